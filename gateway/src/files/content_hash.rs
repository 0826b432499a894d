//! The hash of a file's bytes, taken while they are read: the same file twice is known by it.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// SHA-256 of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of bytes in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Hashes what passes through, and stops after a number of bytes.
#[derive(Debug)]
pub struct HashingReader<R> {
    inner: R,
    hash: Sha256,
    left: u64,
    over: bool,
}

impl<R: Read> HashingReader<R> {
    /// Reads at most `bytes_max`.
    pub fn new(inner: R, bytes_max: u64) -> Self {
        Self { inner, hash: Sha256::new(), left: bytes_max, over: false }
    }

    /// Whether the source had more than was allowed.
    pub fn is_over_limit(&self) -> bool {
        self.over
    }

    /// The hash, once the rest of the source has been read.
    ///
    /// # Errors
    /// The rest could not be read.
    pub fn finish(mut self) -> io::Result<ContentHash> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(ContentHash(self.hash.finalize().into()))
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count as u64 > self.left {
            self.over = true;
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
        }
        self.left -= count as u64;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
