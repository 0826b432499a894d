//! Where the partners' specifications are.

use std::path::PathBuf;

use serde::Deserialize;

use super::Complaint;

/// The partners.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partners {
    /// The folder with `<code>/partner.toml` for every partner, and `calendars`.
    pub folder: PathBuf,
}

impl Partners {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        if self.folder.as_os_str().is_empty() {
            let expected = "a folder with <code>/partner.toml for every partner";
            return Err(Complaint::new("partners.folder", "no folder is set", expected));
        }
        Ok(())
    }
}
