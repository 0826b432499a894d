//! Where files are exchanged with those who do so by files.

use std::path::PathBuf;

use serde::Deserialize;

use super::Complaint;

/// The mailboxes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailboxes {
    /// The folder of all of them, `<folder>/<code>/inbox` and `<folder>/<code>/outbox`.
    pub folder: PathBuf,
}

impl Mailboxes {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        Complaint::unless_folder("mailboxes.folder", &self.folder, "a folder for the mailboxes")
    }
}
