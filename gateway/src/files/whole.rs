//! Files that are there whole or not at all, and never written over.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why a file is not where it should be.
#[derive(Debug, thiserror::Error)]
pub enum WholeError {
    /// The folder cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There is another file under the name. It was left as it is.
    #[error("what is there has other bytes")]
    Differs,
}

/// Puts bytes under a name in a folder, which is made where it is missing. Whoever reads the folder sees the
/// whole file or none, also when the power fails. The same bytes again are left as they are.
///
/// # Errors
/// When the folder cannot be written, or another file has the name.
pub fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, WholeError> {
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(there) if there == bytes => return Ok(path),
        Ok(_) => return Err(WholeError::Differs),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    std::fs::create_dir_all(folder)?;
    // The process is part of the name, so that two that write the same file do not write into each other's.
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let written = File::create(&draft)
        .and_then(|mut out| {
            out.write_all(bytes)?;
            out.sync_all()
        })
        .and_then(|()| std::fs::rename(&draft, &path))
        .and_then(|()| File::open(folder)?.sync_all());
    if let Err(error) = written {
        let _ = std::fs::remove_file(&draft);
        return Err(error.into());
    }
    Ok(path)
}

/// Whether a name is that of a draft, or of something else that nobody means to be read yet.
#[must_use]
pub fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
