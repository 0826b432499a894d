//! Files at the door: bytes of any shape that a specification describes become numbered lines, and a
//! closed day becomes bytes again. What a line means is decided by `jiaozi_adapters::spec`; whether it has
//! an effect is decided by the writer. Nothing here knows money or partners.
//!
//! | module | thought |
//! |---|---|
//! | [`limits`] | how much of a file we are willing to read |
//! | [`content_hash`] | the same bytes have one effect |
//! | [`content`] | a file that is read more than once, without being held |
//! | [`text`] | physical lines, encodings, delimiters, fixed widths |
//! | [`workbook`] | sheets |
//! | [`frame`] | preamble, header, totals: what surrounds the lines of any file |
//! | [`import`] | bills and rosters: lines read, understood, counted, proved |
//! | [`statement`] | a biller's file of the day: whole and balanced, or refused |
//! | [`row_writer`], [`day_writer`] | a row of text for a partner; the day's file |
//! | [`whole`] | files that are there whole or not at all |

pub mod content;
pub mod content_hash;
pub mod day_writer;
pub mod frame;
pub mod import;
pub mod limits;
pub mod row_writer;
pub mod statement;
pub mod text;
pub mod whole;
pub mod workbook;

use std::io::{self, BufReader, Read};

use jiaozi_adapters::spec::file_shape::{FileKind, FileShape};
use jiaozi_adapters::spec::raw_line::{Header, LineError, RawLine};
use jiaozi_adapters::spec::totals::TotalsError;
use thiserror::Error;

use content_hash::{ContentHash, HashingReader};
use frame::Frame;
use limits::Limits;

/// One thing that a reader finds, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The columns; exactly once, before any line.
    Header(Header),
    /// A line.
    Line(RawLine),
    /// A line that could not be made out; the others are not affected.
    Fault(LineError),
}

/// What is known once the end is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The line with the totals, if the format has one.
    pub totals: Option<RawLine>,
    /// Hash of all bytes of the file.
    pub content_hash: ContentHash,
}

/// Why a file as a whole is refused. Nothing of a refused file may have an effect.
#[derive(Debug, Error)]
pub enum FileError {
    /// The bytes did not come.
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
    /// More bytes than we read.
    #[error("the file is larger than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// A line without end.
    #[error("line {line}: longer than {bytes_max} bytes")]
    LineTooLong {
        /// The line.
        line: u32,
        /// The limit.
        bytes_max: usize,
    },
    /// More lines than we read.
    #[error("line {line}: more than {rows_max} lines of data")]
    TooManyRows {
        /// The first line that is too many.
        line: u32,
        /// The limit.
        rows_max: u32,
    },
    /// More columns than we read.
    #[error("line {line}: more than {columns_max} columns")]
    TooManyColumns {
        /// The line.
        line: u32,
        /// The limit.
        columns_max: usize,
    },
    /// Bytes that are no text in the agreed encoding, where the whole file depends on them.
    #[error("line {line}: these bytes are not {expected}")]
    Encoding {
        /// The line.
        line: u32,
        /// The encoding that was agreed.
        expected: &'static str,
    },
    /// The file ends before its header.
    #[error("the file ends before its header, expected on line {line}")]
    NoHeader {
        /// Where it should be.
        line: u32,
    },
    /// Columns that the format needs are missing or there twice.
    #[error("the header does not fit the format: {}", join(.0))]
    Columns(Vec<LineError>),
    /// The line with the totals is missing: the file was cut.
    #[error("line {line}: the file ends without its totals line `{marker}`, so it was cut")]
    TotalsMissing {
        /// The last line that there is.
        line: u32,
        /// What the totals line begins with.
        marker: String,
    },
    /// Something follows the line with the totals.
    #[error("line {line}: the file goes on after its totals line")]
    AfterTotals {
        /// The line.
        line: u32,
    },
    /// The totals are not those of the lines.
    #[error(transparent)]
    Totals(#[from] TotalsError),
    /// A workbook that cannot be opened or read.
    #[error("this is not a workbook that can be read: {reason}")]
    Workbook {
        /// Why.
        reason: String,
    },
    /// The sheet is not there.
    #[error("the workbook has no sheet `{sheet}`")]
    NoSheet {
        /// The one that was agreed.
        sheet: String,
    },
}

fn join(errors: &[LineError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Reads a file of any shape and hands its pieces over one after the other.
///
/// # Errors
/// The file as a whole is refused, or `visit` refuses to go on.
pub fn read(
    source: impl Read,
    shape: &FileShape,
    limits: &Limits,
    visit: &mut dyn FnMut(Piece) -> Result<(), FileError>,
) -> Result<Ending, FileError> {
    let mut source = HashingReader::new(source, limits.file_bytes_max);
    let mut frame = Frame::new(shape, limits, visit);
    let outcome = match &shape.kind {
        FileKind::Csv { encoding, delimiter, quote } => {
            let splitter = text::Delimited { delimiter: *delimiter, quote: *quote };
            text::read_delimited(
                &mut BufReader::new(&mut source),
                *encoding,
                splitter,
                limits,
                &mut frame,
            )
        }
        FileKind::FixedWidth { encoding, fields } => text::read_fixed(
            &mut BufReader::new(&mut source),
            *encoding,
            fields,
            limits,
            &mut frame,
        ),
        FileKind::Xlsx { sheet } => {
            workbook::read(&mut source, sheet.as_deref(), limits, &mut frame)
        }
    };
    if source.is_over_limit() {
        return Err(FileError::TooLarge { bytes_max: limits.file_bytes_max });
    }
    outcome?;
    let totals = frame.finish()?;
    Ok(Ending { totals, content_hash: source.finish()? })
}

#[cfg(test)]
mod tests;
