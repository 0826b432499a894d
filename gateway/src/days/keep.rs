//! The folder in which day files are kept, `<folder>/<partner>/<date>/<name>`: written whole or not at
//! all, and never over another.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::files::day_writer::WrittenFile;

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
        entries.any(|entry| entry.is_ok_and(|entry| !hidden(&entry.path())))
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
    let failed = |error| KeepError::Io { path: path.clone(), error };
    match std::fs::read(&path) {
        Ok(there) if there == file.bytes => return Ok(path),
        Ok(_) => {
            let expected = file.content_hash.to_string();
            return Err(KeepError::Differs { path, expected });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    // Whoever reads the folder sees the whole file or none. The process is part of the name, so that
    // two that write the same file do not write into each other's.
    let draft = folder.join(format!(".{}.{}", file.name, std::process::id()));
    let written = std::fs::File::create(&draft).and_then(|mut out| {
        out.write_all(&file.bytes)?;
        out.sync_all()
    });
    written
        .and_then(|()| std::fs::rename(&draft, &path))
        .and_then(|()| std::fs::File::open(&folder)?.sync_all())
        .map_err(|error| {
            let _ = std::fs::remove_file(&draft);
            failed(error)
        })?;
    Ok(path)
}

fn place(folder: &Path, partner: &str, date: Date) -> PathBuf {
    folder.join(partner).join(date.to_string())
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
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
