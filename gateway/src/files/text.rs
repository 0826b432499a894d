//! Text files: physical lines, their encoding, and how a line falls into cells.
//!
//! A line is decoded before it is split: in GB18030 the second byte of a character can be `|`, so that
//! splitting bytes would tear characters apart. Only the line feed is safe to look for in bytes.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{BufRead, Read};

use encoding_rs::{GB18030, UTF_8};
use jiaozi_adapters::spec::file_shape::{Encoding, FixedField};
use jiaozi_adapters::spec::raw_line::{Cell, Found, LineError, RawLine};

use super::FileError;
use super::frame::Frame;
use super::limits::Limits;

/// How a line falls into cells.
#[derive(Debug, Clone, Copy)]
pub struct Delimited {
    /// Between two cells.
    pub delimiter: char,
    /// Around a cell.
    pub quote: Option<char>,
}

/// What a text falls into.
#[derive(Debug, PartialEq, Eq)]
enum Split {
    Cells(Vec<Cell>),
    /// A quoted cell is still open at the end of the text.
    Open,
    /// Something follows a closing quote that is no delimiter.
    Torn,
}

impl Delimited {
    fn split(self, text: &str) -> Split {
        let mut cells = Vec::new();
        let mut rest = text;
        loop {
            let Some(quote) = self.quote.filter(|quote| rest.starts_with(*quote)) else {
                match rest.split_once(self.delimiter) {
                    Some((cell, tail)) => {
                        cells.push(cell_of(cell));
                        rest = tail;
                        continue;
                    }
                    None => {
                        cells.push(cell_of(rest));
                        return Split::Cells(cells);
                    }
                }
            };
            let mut cell = String::new();
            rest = &rest[quote.len_utf8()..];
            loop {
                let Some((part, tail)) = rest.split_once(quote) else {
                    return Split::Open;
                };
                cell.push_str(part);
                rest = tail;
                match rest.strip_prefix(quote) {
                    Some(tail) => {
                        cell.push(quote);
                        rest = tail;
                    }
                    None => break,
                }
            }
            cells.push(cell_of(&cell));
            match rest.strip_prefix(self.delimiter) {
                Some(tail) => rest = tail,
                None if rest.trim().is_empty() => return Split::Cells(cells),
                None => return Split::Torn,
            }
        }
    }
}

fn cell_of(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

/// Physical lines, bounded, without their ends.
struct Lines<'r, R> {
    reader: &'r mut R,
    bytes_max: usize,
    line: u32,
    encoding: Encoding,
}

impl<R: BufRead> Lines<'_, R> {
    fn next(&mut self) -> Result<Option<(u32, Vec<u8>)>, FileError> {
        let mut bytes = Vec::new();
        let most = self.bytes_max as u64 + 2;
        let count = Read::take(&mut *self.reader, most).read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        self.line = self.line.saturating_add(1);
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if bytes.len() > self.bytes_max {
            return Err(FileError::LineTooLong { line: self.line, bytes_max: self.bytes_max });
        }
        if self.line == 1 {
            self.byte_order_mark(&mut bytes)?;
        }
        Ok(Some((self.line, bytes)))
    }

    fn byte_order_mark(&mut self, bytes: &mut Vec<u8>) -> Result<(), FileError> {
        if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
            self.encoding = Encoding::Utf8;
            bytes.drain(..3);
        } else if bytes.starts_with(&[0x84, 0x31, 0x95, 0x33]) {
            self.encoding = Encoding::Gb18030;
            bytes.drain(..4);
        } else if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(FileError::Encoding { line: 1, expected: name_of(self.encoding) });
        }
        Ok(())
    }
}

fn name_of(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::Gb18030 => "GB18030",
    }
}

fn decode(bytes: &[u8], encoding: Encoding) -> Option<Cow<'_, str>> {
    let rules = match encoding {
        Encoding::Utf8 => UTF_8,
        Encoding::Gb18030 => GB18030,
    };
    rules.decode_without_bom_handling_and_without_replacement(bytes)
}

fn undecodable(line: u32, column: &str, encoding: Encoding) -> LineError {
    LineError {
        line,
        column: column.to_owned(),
        found: Found::Shown("bytes that are no characters".to_owned()),
        expected: name_of(encoding).to_owned(),
    }
}

/// Reads a file whose cells stand between delimiters.
///
/// # Errors
/// The file as a whole is refused.
pub fn read_delimited<R: BufRead>(
    reader: &mut R,
    encoding: Encoding,
    splitter: Delimited,
    limits: &Limits,
    frame: &mut Frame<'_>,
) -> Result<(), FileError> {
    let mut lines = Lines { reader, bytes_max: limits.line_bytes_max, line: 0, encoding };
    // Lines that were read ahead for a quoted cell that never closed.
    let mut ahead: VecDeque<(u32, Vec<u8>)> = VecDeque::new();
    while let Some((line, bytes)) = next(&mut ahead, &mut lines)? {
        let Some(text) = decode(&bytes, lines.encoding) else {
            if frame.awaits_header() && !frame.is_preamble(line) {
                return Err(FileError::Encoding { line, expected: name_of(lines.encoding) });
            }
            frame.fault(undecodable(line, "", lines.encoding))?;
            continue;
        };
        let preamble = frame.is_preamble(line);
        let cells = match splitter.split(&text) {
            Split::Cells(cells) => Some(cells),
            Split::Open if !preamble => read_on(&text, splitter, limits, &mut ahead, &mut lines)?,
            Split::Open | Split::Torn => None,
        };
        match cells {
            Some(cells) => frame.row(RawLine { line, cells })?,
            None if preamble => frame.row(RawLine { line, cells: vec![cell_of(&text)] })?,
            None => frame.fault(LineError {
                line,
                column: String::new(),
                found: Found::Shown("a quoted cell without its end".to_owned()),
                expected: "a closing quote before the next delimiter".to_owned(),
            })?,
        }
    }
    Ok(())
}

fn next<R: BufRead>(
    ahead: &mut VecDeque<(u32, Vec<u8>)>,
    lines: &mut Lines<'_, R>,
) -> Result<Option<(u32, Vec<u8>)>, FileError> {
    match ahead.pop_front() {
        Some(line) => Ok(Some(line)),
        None => lines.next(),
    }
}

/// A quoted cell may contain line ends. If it never closes, the lines read ahead are given back, so that
/// one forgotten quote costs one line.
fn read_on<R: BufRead>(
    first: &str,
    splitter: Delimited,
    limits: &Limits,
    ahead: &mut VecDeque<(u32, Vec<u8>)>,
    lines: &mut Lines<'_, R>,
) -> Result<Option<Vec<Cell>>, FileError> {
    let mut text = first.to_owned();
    let mut taken = VecDeque::new();
    while taken.len() < limits.record_lines_max && text.len() <= limits.line_bytes_max {
        let Some((line, bytes)) = next(ahead, lines)? else {
            break;
        };
        let more = decode(&bytes, lines.encoding).map(Cow::into_owned);
        taken.push_back((line, bytes));
        let Some(more) = more else { break };
        text.push('\n');
        text.push_str(&more);
        match splitter.split(&text) {
            Split::Cells(cells) => return Ok(Some(cells)),
            Split::Open => {}
            Split::Torn => break,
        }
    }
    taken.append(ahead);
    *ahead = taken;
    Ok(None)
}

/// Reads a file whose cells have fixed lengths in bytes.
///
/// # Errors
/// The file as a whole is refused.
pub fn read_fixed<R: BufRead>(
    reader: &mut R,
    encoding: Encoding,
    fields: &[FixedField],
    limits: &Limits,
    frame: &mut Frame<'_>,
) -> Result<(), FileError> {
    let mut lines = Lines { reader, bytes_max: limits.line_bytes_max, line: 0, encoding };
    let whole: usize = fields.iter().map(|field| field.bytes as usize).sum();
    while let Some((line, bytes)) = lines.next()? {
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        let totals = decode(&bytes[..bytes.len().min(whole)], lines.encoding)
            .is_some_and(|text| frame.is_last_totals(&text));
        if bytes.len() != whole && !blank && !totals && !frame.is_preamble(line) {
            frame.fault(LineError {
                line,
                column: String::new(),
                found: Found::Shown(format!("{} bytes", bytes.len())),
                expected: format!("{whole} bytes"),
            })?;
            continue;
        }
        match cut(line, &bytes, lines.encoding, fields) {
            Ok(cells) => frame.row(RawLine { line, cells })?,
            Err(error) => frame.fault(error)?,
        }
    }
    Ok(())
}

fn cut(
    line: u32,
    bytes: &[u8],
    encoding: Encoding,
    fields: &[FixedField],
) -> Result<Vec<Cell>, LineError> {
    let mut rest = bytes;
    let mut cells = Vec::with_capacity(fields.len());
    for field in fields {
        let (head, tail) = rest.split_at(rest.len().min(field.bytes as usize));
        rest = tail;
        let text =
            decode(head, encoding).ok_or_else(|| undecodable(line, &field.name, encoding))?;
        cells.push(cell_of(text.trim()));
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Delimited = Delimited { delimiter: ',', quote: Some('"') };

    fn cells(texts: &[&str]) -> Split {
        Split::Cells(texts.iter().map(|text| cell_of(text)).collect())
    }

    #[test]
    fn quotes_delimiters_and_empty_cells() {
        assert_eq!(RULE.split("a,\"b,\"\"c\"\"\",,"), cells(&["a", "b,\"c\"", "", ""]));
        assert_eq!(RULE.split("\"\",x"), cells(&["", "x"]));
        assert_eq!(RULE.split("\"a"), Split::Open);
        assert_eq!(RULE.split("\"a\"b,c"), Split::Torn);
        assert_eq!(RULE.split("a\"b,c"), cells(&["a\"b", "c"]));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_splitter_panic(text in ".{0,40}") {
            let _ = RULE.split(&text);
            let _ = Delimited { delimiter: '|', quote: None }.split(&text);
        }
    }
}
