//! The content of a file that is read more than once: bytes in memory, or a file on disk that is never
//! held in memory as a whole.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::content_hash::{ContentHash, HashingReader};
use super::limits::Limits;

/// Where the bytes are.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory.
    Bytes(Bytes),
    /// On disk.
    File(PathBuf),
}

impl Content {
    /// The content of a file on disk, if it is not too large.
    ///
    /// # Errors
    /// When it is, or cannot be read.
    pub fn of_file(path: &Path, limits: &Limits) -> io::Result<Content> {
        let (length, most) = (std::fs::metadata(path)?.len(), limits.file_bytes_max);
        if length > most {
            let what = format!("{length} bytes; expected at most {most}");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        Ok(Content::File(path.to_owned()))
    }

    /// Reads it from its beginning.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Content::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Content::File(path) => Box::new(File::open(path)?),
        })
    }

    /// Its hash; it is read to its end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn hash(&self) -> io::Result<ContentHash> {
        HashingReader::new(self.open()?, u64::MAX).finish()
    }
}
