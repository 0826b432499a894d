//! Records out of lines: a line and those that continue it (88). A slash ends what a line holds.

use std::io::BufRead;

use super::super::lines::{Line, Lines};
use super::super::place::{Place, Refusal, StatementError};

/// Lines of one record.
const RECORD_LINES_MAX: u32 = 1_000;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Two digits.
    pub(super) code: String,
    pub(super) line: u32,
    /// How many lines it has.
    pub(super) lines: u32,
    /// What follows the code, lines kept apart.
    body: String,
}

/// Between two fields.
const SEPARATORS: [char; 2] = [',', '\n'];

impl Record {
    pub(super) fn place(&self) -> Place {
        Place::new(self.line, format!("record {}", self.code))
    }

    /// The fields after the code.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.body.split(SEPARATORS).map(str::trim)
    }

    /// A field, counted from 1 after the code; empty if there are not so many.
    pub(super) fn field(&self, number: usize) -> &str {
        self.fields().nth(number.saturating_sub(1)).unwrap_or("")
    }

    /// Everything after so many fields, on one line.
    pub(super) fn after(&self, fields: usize) -> String {
        let rest = self.body.splitn(fields + 1, SEPARATORS).nth(fields).unwrap_or("");
        rest.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// Refuses a field, counted from 1.
    pub(super) fn refuse(&self, number: usize, expected: impl Into<String>) -> Refusal {
        let place = Place::new(self.line, format!("record {}, field {number}", self.code));
        place.refuse(self.field(number), expected)
    }
}

/// The records of a source.
pub(super) struct Records<R> {
    lines: Lines<R>,
    ahead: Option<Line>,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(source: R) -> Self {
        Self { lines: Lines::new(source), ahead: None }
    }

    pub(super) fn end(&self) -> Place {
        self.lines.end()
    }

    /// The next line that is not blank.
    fn line(&mut self) -> Result<Option<Line>, StatementError> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        while let Some(line) = self.lines.next()? {
            if !line.is_blank() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    pub(super) fn next(&mut self) -> Result<Option<Record>, StatementError> {
        let Some(first) = self.line()? else {
            return Ok(None);
        };
        let (code, body) = apart(&first)?;
        if code == "88" {
            return Err(first.place().refuse("88", "a record that it continues").into());
        }
        let (code, mut body) = (code.to_owned(), body.to_owned());
        let mut lines = 1;
        while let Some(next) = self.line()? {
            let (following, more) = apart(&next)?;
            if following != "88" {
                self.ahead = Some(next);
                break;
            }
            lines += 1;
            if lines > RECORD_LINES_MAX {
                let expected = format!("at most {RECORD_LINES_MAX} lines of one record");
                return Err(next.place().refuse("more", expected).into());
            }
            body.push('\n');
            body.push_str(more);
        }
        Ok(Some(Record { code, line: first.number, lines, body }))
    }
}

/// The code of a line, and what it holds.
fn apart(line: &Line) -> Result<(&str, &str), Refusal> {
    let text = line.text.trim_end();
    let parts = text.split_once(',').filter(|(code, _)| code.len() == 2);
    let (code, rest) =
        parts.ok_or_else(|| line.place().refuse("another line", "a record such as 16,…"))?;
    Ok((code, rest.strip_suffix('/').unwrap_or(rest)))
}
