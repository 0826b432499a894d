//! The day's file as bytes. The same day gives the same bytes whenever it is written: there is no clock,
//! no host name and no random order in them.

use encoding_rs::GB18030;
use jiaozi_adapters::spec::day_file::{Align, DayFile, DayTable, LineEnd};
use jiaozi_adapters::spec::file_shape::{Encoding, FileType};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use thiserror::Error;

use super::content_hash::ContentHash;

/// A file ready to be kept and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Their hash.
    pub content_hash: ContentHash,
}

/// A value that the partner's format cannot hold.
#[derive(Debug, Error)]
pub enum WriteError {
    /// A cell contains the delimiter or a line end, and the format has no quotes.
    #[error(
        "row {row}, column {column}: the value contains the delimiter or a line end, and the format has no quotes"
    )]
    NeedsQuotes {
        /// Counted from 1.
        row: usize,
        /// Counted from 1.
        column: usize,
    },
    /// A cell is longer than its field.
    #[error("row {row}, column {column}: the value has {length} bytes, its field {bytes}")]
    TooLong {
        /// Counted from 1.
        row: usize,
        /// Counted from 1.
        column: usize,
        /// Bytes of the value.
        length: usize,
        /// Bytes of the field.
        bytes: usize,
    },
    /// A character that the encoding does not have.
    #[error("row {row}: a character that the encoding does not have")]
    NotEncodable {
        /// Counted from 1.
        row: usize,
    },
    /// The workbook could not be made.
    #[error("the workbook could not be made: {0}")]
    Workbook(#[from] XlsxError),
}

/// Writes a day.
///
/// # Errors
/// A value does not fit the partner's format; nothing is written then.
pub fn write(format: &DayFile, table: &DayTable) -> Result<WrittenFile, WriteError> {
    let bytes = match format.r#type {
        FileType::Xlsx => workbook(table)?,
        FileType::Csv | FileType::FixedWidth => text(format, table)?,
    };
    let content_hash = ContentHash::of(&bytes);
    Ok(WrittenFile { name: table.name.clone(), bytes, content_hash })
}

fn text(format: &DayFile, table: &DayTable) -> Result<Vec<u8>, WriteError> {
    let end: &[u8] = match format.line_end {
        LineEnd::Lf => b"\n",
        LineEnd::Crlf => b"\r\n",
    };
    let mut out = Vec::new();
    let data = table.frame.0..table.rows.len() - table.frame.1;
    for (index, row) in table.rows.iter().enumerate() {
        if format.r#type == FileType::FixedWidth && data.contains(&index) {
            fixed(&mut out, format, row, index + 1)?;
        } else {
            let line = delimited(format, row, index + 1)?;
            out.extend(encode(format.encoding, &line, index + 1)?);
        }
        out.extend_from_slice(end);
    }
    Ok(out)
}

fn delimited(format: &DayFile, row: &[String], number: usize) -> Result<String, WriteError> {
    // The totals of a fixed-width file have no fields of their own: their cells follow each other.
    let delimiter = match format.r#type {
        FileType::FixedWidth => None,
        FileType::Csv | FileType::Xlsx => Some(format.delimiter.unwrap_or(',')),
    };
    let quote = format.quote.map_or(Some('"'), |quote| quote.0);
    let mut line = String::new();
    for (index, cell) in row.iter().enumerate() {
        if index > 0 {
            line.extend(delimiter);
        }
        let special =
            |c: char| Some(c) == delimiter || Some(c) == quote || matches!(c, '\n' | '\r');
        match quote {
            _ if !cell.contains(special) => line.push_str(cell),
            Some(quote) if delimiter.is_some() => {
                line.push(quote);
                line.push_str(&cell.replace(quote, &format!("{quote}{quote}")));
                line.push(quote);
            }
            _ => {
                return Err(WriteError::NeedsQuotes { row: number, column: index + 1 });
            }
        }
    }
    Ok(line)
}

fn fixed(
    out: &mut Vec<u8>,
    format: &DayFile,
    row: &[String],
    number: usize,
) -> Result<(), WriteError> {
    for (index, (cell, column)) in row.iter().zip(&format.columns).enumerate() {
        let value = encode(format.encoding, cell, number)?;
        let bytes = column.bytes.unwrap_or(0) as usize;
        let Some(left) = bytes.checked_sub(value.len()) else {
            return Err(WriteError::TooLong {
                row: number,
                column: index + 1,
                length: value.len(),
                bytes,
            });
        };
        let pad = u8::try_from(column.pad.unwrap_or(' ')).unwrap_or(b' ');
        let fill = std::iter::repeat_n(pad, left);
        match column.align {
            Align::Left => {
                out.extend(value);
                out.extend(fill);
            }
            Align::Right => {
                out.extend(fill);
                out.extend(value);
            }
        }
    }
    Ok(())
}

fn encode(encoding: Encoding, text: &str, row: usize) -> Result<Vec<u8>, WriteError> {
    match encoding {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::Gb18030 => match GB18030.encode(text) {
            (bytes, _, false) => Ok(bytes.into_owned()),
            (_, _, true) => Err(WriteError::NotEncodable { row }),
        },
    }
}

/// Every cell is text: a number cell would be a float, and a spreadsheet would show it as it likes.
fn workbook(table: &DayTable) -> Result<Vec<u8>, WriteError> {
    let mut workbook = Workbook::new();
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&epoch));
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0_u32..).zip(&table.rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell)?;
        }
    }
    Ok(workbook.save_to_buffer()?)
}

#[cfg(test)]
mod tests;
