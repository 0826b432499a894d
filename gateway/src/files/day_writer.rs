//! The day's file as bytes. The same day gives the same bytes whenever it is written: there is no clock,
//! no host name and no random order in them.

use jiaozi_adapters::spec::day_file::{DayFile, DayTable};
use jiaozi_adapters::spec::file_shape::FileType;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use thiserror::Error;

use super::content_hash::ContentHash;
use super::row_writer::RowForm;

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
    let form = RowForm::from(format);
    let mut out = Vec::new();
    let data = table.frame.0..table.rows.len() - table.frame.1;
    for (index, row) in table.rows.iter().enumerate() {
        if data.contains(&index) {
            form.data(&mut out, row, index + 1)?;
        } else {
            form.frame(&mut out, row, index + 1)?;
        }
    }
    Ok(out)
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
