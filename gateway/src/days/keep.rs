//! The folder in which day files are kept, `<folder>/<partner>/<date>/<name>`: written whole or not at
//! all, and never over another.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::files::day_writer::WrittenFile;
use crate::files::whole::{self, WholeError};

/// Why a file is not in its folder.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The folder cannot be written.
    #[error("{path}: {error}; expected a folder that can be written ([days] folder)")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// There is another file under the name.
    #[error(
        "{path}: what is there is not the file of this day, which has SHA-256 {expected}; expected the same bytes. It was left as it is"
    )]
    Differs {
        /// Where.
        path: PathBuf,
        /// What it should be.
        expected: String,
    },
}

/// Whether a day has a file in the folder.
#[must_use]
pub fn is_kept(folder: &Path, partner: &str, date: Date) -> bool {
    std::fs::read_dir(place(folder, partner, date)).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| !whole::is_hidden(&entry.file_name())))
    })
}

/// Keeps a file and says where. The same file again is left as it is.
///
/// # Errors
/// When the folder cannot be written, or another file has the name.
pub fn keep(
    folder: &Path,
    partner: &str,
    date: Date,
    file: &WrittenFile,
) -> Result<PathBuf, KeepError> {
    let folder = place(folder, partner, date);
    let path = folder.join(&file.name);
    whole::put(&folder, &file.name, &file.bytes).map_err(|error| match error {
        WholeError::Io(error) => KeepError::Io { path, error },
        WholeError::Differs => KeepError::Differs { path, expected: file.content_hash.to_string() },
    })
}

fn place(folder: &Path, partner: &str, date: Date) -> PathBuf {
    folder.join(partner).join(date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::content_hash::ContentHash;

    fn file(bytes: &[u8]) -> WrittenFile {
        let content_hash = ContentHash::of(bytes);
        WrittenFile { name: "day.csv".to_owned(), bytes: bytes.to_vec(), content_hash }
    }

    #[test]
    fn a_file_is_kept_once_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let date = jiff::civil::date(2026, 11, 30);
        assert!(!is_kept(folder.path(), "a", date));
        let path = keep(folder.path(), "a", date, &file(b"1")).unwrap();
        assert!(is_kept(folder.path(), "a", date));
        assert_eq!(keep(folder.path(), "a", date, &file(b"1")).unwrap(), path);
        let refused = keep(folder.path(), "a", date, &file(b"2")).unwrap_err();
        assert!(matches!(refused, KeepError::Differs { .. }), "{refused}");
        assert_eq!(std::fs::read(path).unwrap(), b"1");
    }
}
