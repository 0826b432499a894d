//! Where something stands in a file, and why a file is refused.

use std::{fmt, io};

use serde::Serialize;
use thiserror::Error;

use crate::spec::raw_line::Found;

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Line of the file, counted from 1.
    pub line: u32,
    /// The field, column or path on it; empty if the line as a whole is meant.
    pub at: String,
}

impl Place {
    /// A place.
    #[must_use]
    pub fn new(line: u32, at: impl Into<String>) -> Self {
        Self { line, at: at.into() }
    }

    /// Refuses what stands here; a long text is cut.
    pub(crate) fn refuse(self, found: &str, expected: impl Into<String>) -> Refusal {
        Refusal { place: self, found: Found::text(found), expected: expected.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if self.at.is_empty() { Ok(()) } else { write!(f, ", {}", self.at) }
    }
}

/// Why a file is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: found {found}, expected {expected}")]
pub struct Refusal {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub found: Found,
    /// What should.
    pub expected: String,
}

/// Why no more parts come.
#[derive(Debug, Error)]
pub enum StatementError {
    /// The file is broken, or not of this format.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The source could not be read.
    #[error("the file could not be read: {0}")]
    Source(#[from] io::Error),
}
