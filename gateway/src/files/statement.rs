//! A biller's file of the day: taken whole and balanced, or refused with places. Reading it has no effect;
//! a file is read twice, once to be sure of it and once for its lines, so that memory does not grow with
//! what a line holds.

use std::collections::HashMap;
use std::io::Read;

use jiaozi_adapters::spec::raw_line::{Found, LineError};
use jiaozi_adapters::spec::statement::Statement;
use jiaozi_adapters::spec::statement_line::{StatementLine, StatementReader};
use jiaozi_adapters::spec::totals::{Counted, prove};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::content_hash::ContentHash;
use super::limits::Limits;
use super::{FileError, Piece, read};

/// How many wrong lines are named. All are counted.
const NAMED: usize = 100;

/// A file that is whole and balanced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// How many lines it has.
    pub lines: i64,
    /// The sum of all their amounts, in fen.
    pub sum_fen: i64,
    /// Hash of the bytes.
    pub content_hash: ContentHash,
}

/// Why a file is refused as a whole.
#[derive(Debug, Error)]
pub enum Refusal {
    /// It cannot be read, or does not balance.
    #[error(transparent)]
    File(#[from] FileError),
    /// Lines that cannot be meant.
    #[error("{count} lines cannot be taken: {}", join(named))]
    Lines {
        /// How many.
        count: usize,
        /// The first of them.
        named: Vec<LineError>,
    },
    /// It is of another day than it should be.
    #[error("it says that it is of {found}, expected {expected}")]
    AnotherDay {
        /// What it says.
        found: Date,
        /// What was expected.
        expected: Date,
    },
    /// It is not the file any more that was proved.
    #[error("it was changed while it was read")]
    Changed,
    /// Nothing says of which day it is.
    #[error(
        "nothing says of which clearing date it is: expected a name as {name}, or the date beside it"
    )]
    NoDay {
        /// What files are called.
        name: String,
    },
}

fn join(errors: &[LineError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The clearing date of a file: as it was told, else as its name says.
///
/// # Errors
/// When the two differ, or neither is there.
pub fn day_of(format: &Statement, name: &str, told: Option<Date>) -> Result<Date, Refusal> {
    match (told, format.day_of_name(name)) {
        (Some(expected), Some(found)) if found != expected => {
            Err(Refusal::AnotherDay { found, expected })
        }
        (Some(date), _) | (None, Some(date)) => Ok(date),
        (None, None) => Err(Refusal::NoDay { name: format.name.clone() }),
    }
}

/// Reads the file of a clearing date to its end and proves it.
///
/// # Errors
/// Why it is refused: all lines that are wrong are named, up to a hundred.
pub fn prove_file(
    source: impl Read,
    format: &Statement,
    date: Date,
    limits: &Limits,
) -> Result<Proved, Refusal> {
    let mut seen: HashMap<[u8; 16], u32> = HashMap::new();
    let mut wrong = Wrong::default();
    let (mut lines, mut sum_fen) = (0_i64, 0_i64);
    let mut counted = Counted::default();
    let mut reader = None;
    let ending = read(source, &format.file, limits, &mut |piece| {
        match (piece, &reader) {
            (Piece::Header(header), _) => {
                reader = Some(StatementReader::bind(format, &header).map_err(FileError::Columns)?);
            }
            (Piece::Line(raw), Some(reader)) => {
                if reader.is_covered(&raw) {
                    counted.add(reader.amount_of(&raw).ok());
                }
                lines += 1;
                match reader.read(&raw) {
                    Ok(line) => {
                        sum_fen = sum_fen.saturating_add(line.amount_fen);
                        wrong.add_all(against(&line, raw.line, date, format, &mut seen));
                    }
                    Err(error) => wrong.add_all(Some(error)),
                }
            }
            (Piece::Fault(error), _) => {
                counted.add(None);
                wrong.add_all(Some(error));
            }
            (Piece::Line(raw), None) => return Err(FileError::NoHeader { line: raw.line }),
        }
        Ok(())
    })?;
    if let Some(raw) = &ending.totals {
        match format.day_of(raw) {
            Ok(Some(found)) if found != date => {
                return Err(Refusal::AnotherDay { found, expected: date });
            }
            Ok(_) => {}
            Err(error) => wrong.add_all(Some(error)),
        }
        if let Some(totals) = &format.file.totals {
            prove(totals, raw, counted).map_err(FileError::from)?;
        }
    }
    match wrong.count {
        0 => Ok(Proved { lines, sum_fen, content_hash: ending.content_hash }),
        count => Err(Refusal::Lines { count, named: wrong.named }),
    }
}

#[derive(Default)]
struct Wrong {
    count: usize,
    named: Vec<LineError>,
}

impl Wrong {
    fn add_all(&mut self, errors: impl IntoIterator<Item = LineError>) {
        for error in errors {
            self.count += 1;
            if self.named.len() < NAMED {
                self.named.push(error);
            }
        }
    }
}

/// What is wrong with a line beside the others and the day.
fn against(
    line: &StatementLine,
    place: u32,
    date: Date,
    format: &Statement,
    seen: &mut HashMap<[u8; 16], u32>,
) -> Option<LineError> {
    let digest = Sha256::digest(line.reference.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    let wrong = |column: String, found: &str, expected: String| LineError {
        line: place,
        column,
        found: Found::text(found),
        expected,
    };
    if let Some(before) = seen.insert(first, place) {
        let expected = format!("each reference once, line {before} has it too");
        return Some(wrong(format.reference.column.to_string(), &line.reference, expected));
    }
    // A payment after the cut-off counts in the next day, never in an earlier one.
    let at = line.at.filter(|at| at.date() > date)?;
    let column = format.date.as_ref().map(|date| date.column.to_string()).unwrap_or_default();
    Some(wrong(column, &at.date().to_string(), format!("a day up to {date}")))
}

/// Reads a file that was proved once more, and hands its lines over. The hash tells whether it is still the
/// file that was proved.
///
/// # Errors
/// When it reads no more, or `take` refuses to go on.
pub fn lines(
    source: impl Read,
    format: &Statement,
    limits: &Limits,
    take: &mut dyn FnMut(u32, StatementLine) -> Result<(), FileError>,
) -> Result<ContentHash, FileError> {
    let mut reader = None;
    read(source, &format.file, limits, &mut |piece| {
        match (piece, &reader) {
            (Piece::Header(header), _) => {
                reader = Some(StatementReader::bind(format, &header).map_err(FileError::Columns)?);
            }
            (Piece::Line(raw), Some(reader)) => {
                let line = reader.read(&raw).map_err(|error| FileError::Columns(vec![error]))?;
                take(raw.line, line)?;
            }
            (Piece::Fault(error), _) => return Err(FileError::Columns(vec![error])),
            (Piece::Line(raw), None) => return Err(FileError::NoHeader { line: raw.line }),
        }
        Ok(())
    })
    .map(|ending| ending.content_hash)
}
