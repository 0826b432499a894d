//! Workbooks (XLSX): one sheet becomes rows of cells, read cell by cell so that a sheet that claims to be
//! a million columns wide costs nothing.

use std::io::{Cursor, Read};

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
    source
        .take(limits.workbook_bytes_max + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits.workbook_bytes_max {
        return Err(FileError::TooLarge {
            bytes_max: limits.workbook_bytes_max,
        });
    }
    if unpacked_bytes(&bytes) > limits.workbook_unpacked_bytes_max {
        return Err(FileError::Workbook {
            reason: format!(
                "unpacked it is larger than {} bytes",
                limits.workbook_unpacked_bytes_max
            ),
        });
    }
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names = workbook.sheet_names();
    let name = match sheet {
        Some(wanted) => names.iter().find(|name| *name == wanted),
        None => names.first(),
    };
    let name = name.cloned().ok_or_else(|| FileError::NoSheet {
        sheet: sheet.unwrap_or("1").to_owned(),
    })?;
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut row: Option<RawLine> = None;
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row_index, column) = cell.get_position();
        let line = row_index.saturating_add(1);
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let value = value_of(cell.get_value());
        if value == Cell::Empty {
            continue;
        }
        if column >= limits.columns_max {
            return Err(FileError::TooManyColumns {
                line,
                columns_max: limits.columns_max,
            });
        }
        if row.as_ref().is_some_and(|row| row.line > line) {
            return Err(FileError::Workbook {
                reason: format!("row {line} comes after a later row"),
            });
        }
        if let Some(done) = row.take_if(|row| row.line != line) {
            frame.row(done)?;
        }
        let row = row.get_or_insert_with(|| RawLine {
            line,
            cells: Vec::new(),
        });
        if row.cells.len() <= column {
            row.cells.resize(column + 1, Cell::Empty);
        }
        row.cells[column] = value;
    }
    row.map_or(Ok(()), |done| frame.row(done))
}

fn unreadable(error: calamine::XlsxError) -> FileError {
    FileError::Workbook {
        reason: error.to_string(),
    }
}

/// The sum of the sizes that the archive declares. The unpacker refuses a part that turns out larger than
/// declared, so that this sum bounds what can come out. Every occurrence of an entry's signature counts,
/// wherever it stands: an archive with two directories is not a reason to trust the smaller one.
fn unpacked_bytes(archive: &[u8]) -> u64 {
    let size = |entry: &[u8]| {
        let field = entry
            .get(24..28)
            .and_then(|b| b.try_into().ok())
            .map_or(0, u32::from_le_bytes);
        u64::from(field)
    };
    let entries = archive
        .windows(28)
        .filter(|window| window.starts_with(b"PK\x01\x02"));
    entries.map(size).sum()
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
            moment(year, month, day, hour, minute, second).map_or_else(
                || Cell::Other("a date that does not exist".to_owned()),
                Cell::Moment,
            )
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
