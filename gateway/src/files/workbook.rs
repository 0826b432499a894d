//! Workbooks (XLSX): one sheet becomes rows of cells, read cell by cell so that a sheet that claims to be
//! a million columns wide costs nothing.
//!
//! The parser stops where the sheet ends and so never compares a checksum: a flipped bit could change an
//! amount in silence. Therefore every part is unpacked once beforehand, within limits, and its checksum
//! verified. The parser also computes with numbers of the file unchecked; a panic of it refuses the file.

use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx};
use jiaozi_adapters::spec::raw_line::{Cell, RawLine};
use jiff::civil::DateTime;

use super::FileError;
use super::frame::Frame;
use super::limits::Limits;

/// Reads one sheet.
///
/// # Errors
/// The file as a whole is refused.
pub fn read(
    source: &mut impl Read,
    sheet: Option<&str>,
    limits: &Limits,
    frame: &mut Frame<'_>,
) -> Result<(), FileError> {
    let mut bytes = Vec::new();
    source.take(limits.workbook_bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits.workbook_bytes_max {
        return Err(FileError::TooLarge { bytes_max: limits.workbook_bytes_max });
    }
    verify(&bytes, limits.workbook_unpacked_bytes_max)?;
    let mut workbook: Xlsx<_> = guarded(|| Xlsx::new(Cursor::new(bytes)))?;
    let names = workbook.sheet_names();
    let name = match sheet {
        Some(wanted) => names.iter().find(|name| *name == wanted),
        None => names.first(),
    };
    let name = name
        .cloned()
        .ok_or_else(|| FileError::NoSheet { sheet: sheet.unwrap_or("1").to_owned() })?;
    let mut cells = guarded(|| workbook.worksheet_cells_reader(&name))?;
    let mut row: Option<RawLine> = None;
    while let Some(cell) = guarded(|| cells.next_cell())? {
        let (row_index, column) = cell.get_position();
        let line = row_index.saturating_add(1);
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let value = value_of(cell.get_value());
        if value == Cell::Empty {
            continue;
        }
        if column >= limits.columns_max {
            return Err(FileError::TooManyColumns { line, columns_max: limits.columns_max });
        }
        if row.as_ref().is_some_and(|row| row.line > line) {
            return Err(FileError::Workbook {
                reason: format!("row {line} comes after a later row"),
            });
        }
        if let Some(done) = row.take_if(|row| row.line != line) {
            frame.row(done)?;
        }
        let row = row.get_or_insert_with(|| RawLine { line, cells: Vec::new() });
        if row.cells.len() <= column {
            row.cells.resize(column + 1, Cell::Empty);
        }
        row.cells[column] = value;
    }
    row.map_or(Ok(()), |done| frame.row(done))
}

/// Runs the parser; what it panics on is a damaged file, not a reason to stop serving.
fn guarded<T>(parse: impl FnOnce() -> Result<T, calamine::XlsxError>) -> Result<T, FileError> {
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(FileError::Workbook { reason: error.to_string() }),
        Err(_) => Err(FileError::Workbook { reason: "its cells make no sense".to_owned() }),
    }
}

/// Unpacks every part once, within the limit, and compares its checksum.
fn verify(archive: &[u8], unpacked_bytes_max: u64) -> Result<(), FileError> {
    let refuse = |reason: String| FileError::Workbook { reason };
    let damaged = |error: zip::result::ZipError| refuse(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).map_err(damaged)?;
    let mut left = unpacked_bytes_max;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(damaged)?;
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink())
            .map_err(|error| refuse(format!("a part of it is damaged: {error}")))?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            refuse(format!("unpacked it is larger than {unpacked_bytes_max} bytes"))
        })?;
    }
    Ok(())
}

fn value_of(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) if text.is_empty() => Cell::Empty,
        DataRef::SharedString("") => Cell::Empty,
        DataRef::String(text) => Cell::Text(text.clone()),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Int(number) => Cell::Number(number.to_string()),
        // The shortest decimal text that is the same binary number: what Excel saved as 3843.54 reads so,
        // and what a partner's float arithmetic made of it stays visible.
        DataRef::Float(number) => Cell::Number(number.to_string()),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            moment(year, month, day, hour, minute, second)
                .map_or_else(|| Cell::Other("a date that does not exist".to_owned()), Cell::Moment)
        }
        DataRef::DateTime(_) | DataRef::DurationIso(_) => Cell::Other("a duration".to_owned()),
        DataRef::DateTimeIso(text) => match text.parse::<DateTime>() {
            Ok(at) => Cell::Moment(at),
            Err(_) => Cell::Text(text.clone()),
        },
        DataRef::Bool(true) => Cell::Text("TRUE".to_owned()),
        DataRef::Bool(false) => Cell::Text("FALSE".to_owned()),
        DataRef::Error(error) => Cell::Other(error.to_string()),
    }
}

fn moment(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<DateTime> {
    DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests;
