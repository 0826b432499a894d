//! One row of a text file that goes to a partner: cells with a delimiter between them, or at fixed widths,
//! in the partner's encoding.

use encoding_rs::GB18030;
use jiaozi_adapters::spec::day_file::{Align, DayFile, LineEnd};
use jiaozi_adapters::spec::file_shape::{Encoding, FileType};
use jiaozi_adapters::spec::withholding::ResultFile;

use super::day_writer::WriteError;

/// How a row looks.
#[derive(Debug, Clone)]
pub struct RowForm {
    encoding: Encoding,
    /// Between two cells; nothing at fixed widths.
    delimiter: Option<char>,
    quote: Option<char>,
    line_end: LineEnd,
    /// The widths of a row of data, where they are fixed.
    fields: Option<Vec<Field>>,
}

/// One field of a fixed width.
#[derive(Debug, Clone, Copy)]
struct Field {
    bytes: usize,
    align: Align,
    pad: u8,
}

impl Field {
    fn of(bytes: Option<u32>, align: Align, pad: Option<char>) -> Field {
        let pad = u8::try_from(pad.unwrap_or(' ')).unwrap_or(b' ');
        Field { bytes: bytes.unwrap_or(0) as usize, align, pad }
    }
}

impl From<&DayFile> for RowForm {
    fn from(file: &DayFile) -> RowForm {
        let fields = file.columns.iter().map(|c| Field::of(c.bytes, c.align, c.pad)).collect();
        let fixed = file.r#type == FileType::FixedWidth;
        RowForm {
            encoding: file.encoding,
            delimiter: (!fixed).then(|| file.delimiter.unwrap_or(',')),
            quote: file.quote.map_or(Some('"'), |quote| quote.0),
            line_end: file.line_end,
            fields: fixed.then_some(fields),
        }
    }
}

impl From<&ResultFile> for RowForm {
    fn from(file: &ResultFile) -> RowForm {
        let fields = file.columns.iter().map(|c| Field::of(c.bytes, c.align, c.pad)).collect();
        let fixed = file.r#type == FileType::FixedWidth;
        RowForm {
            encoding: file.encoding,
            delimiter: (!fixed).then(|| file.delimiter.unwrap_or(',')),
            quote: file.quote.map_or(Some('"'), |quote| quote.0),
            line_end: file.line_end,
            fields: fixed.then_some(fields),
        }
    }
}

impl RowForm {
    /// Writes a row of data. `number` is that of the row in the file, from 1.
    ///
    /// # Errors
    /// A value does not fit the form.
    pub fn data(&self, out: &mut Vec<u8>, row: &[String], number: usize) -> Result<(), WriteError> {
        match &self.fields {
            Some(fields) => self.fixed(out, fields, row, number)?,
            None => self.delimited(out, row, number)?,
        }
        self.end(out);
        Ok(())
    }

    /// Writes a header or totals: at fixed widths they have no fields of their own, their cells follow
    /// each other.
    ///
    /// # Errors
    /// A value does not fit the form.
    pub fn frame(
        &self,
        out: &mut Vec<u8>,
        row: &[String],
        number: usize,
    ) -> Result<(), WriteError> {
        self.delimited(out, row, number)?;
        self.end(out);
        Ok(())
    }

    fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self.line_end {
            LineEnd::Lf => b"\n",
            LineEnd::Crlf => b"\r\n",
        });
    }

    fn delimited(
        &self,
        out: &mut Vec<u8>,
        row: &[String],
        number: usize,
    ) -> Result<(), WriteError> {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                line.extend(self.delimiter);
            }
            let special = |c: char| {
                Some(c) == self.delimiter || Some(c) == self.quote || matches!(c, '\n' | '\r')
            };
            match self.quote {
                _ if !cell.contains(special) => line.push_str(cell),
                Some(quote) if self.delimiter.is_some() => {
                    line.push(quote);
                    line.push_str(&cell.replace(quote, &format!("{quote}{quote}")));
                    line.push(quote);
                }
                _ => return Err(WriteError::NeedsQuotes { row: number, column: index + 1 }),
            }
        }
        out.extend(self.encode(&line, number)?);
        Ok(())
    }

    fn fixed(
        &self,
        out: &mut Vec<u8>,
        fields: &[Field],
        row: &[String],
        number: usize,
    ) -> Result<(), WriteError> {
        for (index, (cell, field)) in row.iter().zip(fields).enumerate() {
            let value = self.encode(cell, number)?;
            let Some(left) = field.bytes.checked_sub(value.len()) else {
                return Err(WriteError::TooLong {
                    row: number,
                    column: index + 1,
                    length: value.len(),
                    bytes: field.bytes,
                });
            };
            let fill = std::iter::repeat_n(field.pad, left);
            match field.align {
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

    fn encode(&self, text: &str, row: usize) -> Result<Vec<u8>, WriteError> {
        match self.encoding {
            Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
            Encoding::Gb18030 => match GB18030.encode(text) {
                (bytes, _, false) => Ok(bytes.into_owned()),
                (_, _, true) => Err(WriteError::NotEncodable { row }),
            },
        }
    }
}
