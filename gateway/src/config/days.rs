//! Where the day files are kept.

use std::path::PathBuf;

use serde::Deserialize;

use super::Complaint;

/// The partners' clearing days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The folder of the day files, `<folder>/<partner>/<date>/<name>`.
    pub folder: PathBuf,
}

impl Days {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        if self.folder.as_os_str().is_empty() {
            let expected = "a folder for the day files";
            return Err(Complaint::new("days.folder", "no folder is set", expected));
        }
        if self.folder.exists() && !self.folder.is_dir() {
            let what = format!("{} is no folder", self.folder.display());
            return Err(Complaint::new("days.folder", what, "a folder for the day files"));
        }
        Ok(())
    }
}
