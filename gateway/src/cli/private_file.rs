//! Files with something secret in them: made so that only their owner can read them, and read only if
//! that is so.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;
use zeroize::Zeroizing;

/// The permissions of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A key's PEM document is far shorter.
const BYTES_MAX: u64 = 64 * 1024;

/// Writes a new file that only its owner can read; one that is there is left as it is.
pub(super) fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("{}: expected a place for a new file", path.display()))
}

/// Reads a file that only its owner can read.
pub(super) fn read(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let place = || path.display().to_string();
    let file = std::fs::File::open(path).with_context(place)?;
    let mode = file.metadata().with_context(place)?.permissions().mode();
    anyhow::ensure!(
        mode & OTHERS == 0,
        "{}: others than its owner may use it (mode {:04o}); expected 0600",
        path.display(),
        mode & 0o7777
    );
    let mut text = Zeroizing::new(String::new());
    file.take(BYTES_MAX).read_to_string(&mut text).with_context(place)?;
    Ok(text)
}
