//! Bill files and rosters: every line read and understood, wrong ones reported, totals proved. Nothing has
//! an effect here; a caller applies what came back.

use std::io::Read;

use jiaozi_adapters::spec::bill_line::{BillLine, BillReader};
use jiaozi_adapters::spec::file_shape::FileShape;
use jiaozi_adapters::spec::import::{BillFormat, RosterFormat};
use jiaozi_adapters::spec::raw_line::{Header, LineError, RawLine};
use jiaozi_adapters::spec::roster_line::{RosterLine, RosterReader};
use jiaozi_adapters::spec::totals::{Counted, TotalsProof, prove};

use super::content_hash::ContentHash;
use super::limits::Limits;
use super::{FileError, Piece, read};

/// A file that was read to its end.
#[derive(Debug)]
pub struct Import<T> {
    /// Lines that are understood, with their numbers, in the order of the file.
    pub lines: Vec<(u32, T)>,
    /// Lines that are not, in the order of the file.
    pub faults: Vec<LineError>,
    /// Count and sum over all lines.
    pub counted: Counted,
    /// How far the file's own totals were proved.
    pub totals: TotalsProof,
    /// Hash of the bytes.
    pub content_hash: ContentHash,
}

/// Reads a bill file.
///
/// # Errors
/// The file as a whole is refused.
pub fn bills(
    source: impl Read,
    format: &BillFormat,
    limits: &Limits,
) -> Result<Import<BillLine>, FileError> {
    let bind = |header: &Header| BillReader::bind(format, header);
    let line =
        |reader: &BillReader<'_>, raw: &RawLine| (reader.read(raw), reader.amount_of(raw).ok());
    collect(source, &format.file, limits, bind, line)
}

/// Reads a roster.
///
/// # Errors
/// The file as a whole is refused.
pub fn roster(
    source: impl Read,
    format: &RosterFormat,
    limits: &Limits,
) -> Result<Import<RosterLine>, FileError> {
    let bind = |header: &Header| RosterReader::bind(format, header);
    let line = |reader: &RosterReader<'_>, raw: &RawLine| (reader.read(raw), Some(0));
    collect(source, &format.file, limits, bind, line)
}

fn collect<R, T>(
    source: impl Read,
    shape: &FileShape,
    limits: &Limits,
    bind: impl Fn(&Header) -> Result<R, Vec<LineError>>,
    line: impl Fn(&R, &RawLine) -> (Result<T, LineError>, Option<i64>),
) -> Result<Import<T>, FileError> {
    let mut reader = None;
    let mut lines = Vec::new();
    let mut faults = Vec::new();
    let mut counted = Counted::default();
    let ending = read(source, shape, limits, &mut |piece| {
        match (piece, &reader) {
            (Piece::Header(header), _) => reader = Some(bind(&header).map_err(FileError::Columns)?),
            (Piece::Line(raw), Some(reader)) => {
                let (value, amount_fen) = line(reader, &raw);
                counted.add(amount_fen);
                match value {
                    Ok(value) => lines.push((raw.line, value)),
                    Err(error) => faults.push(error),
                }
            }
            (Piece::Fault(error), _) => {
                counted.add(None);
                faults.push(error);
            }
            (Piece::Line(raw), None) => return Err(FileError::NoHeader { line: raw.line }),
        }
        Ok(())
    })?;
    let totals = match (&shape.totals, &ending.totals) {
        (Some(format), Some(raw)) => prove(format, raw, counted)?,
        _ => TotalsProof::NotStated,
    };
    Ok(Import { lines, faults, counted, totals, content_hash: ending.content_hash })
}
