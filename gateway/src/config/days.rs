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
        Complaint::unless_folder("days.folder", &self.folder, "a folder for the day files")
    }
}
