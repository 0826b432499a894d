//! Fields of SWIFT messages out of lines: `:61:…` and the lines that continue it, up to a line `-`.

use std::io::BufRead;

use super::super::lines::{Line, Lines};
use super::super::place::{Place, Refusal, StatementError};

/// Lines of one field: the standard allows six for the longest, banks use more.
const FIELD_LINES_MAX: usize = 100;

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Such as `61` or `60F`.
    pub(super) tag: String,
    pub(super) line: u32,
    /// At least one.
    pub(super) lines: Vec<String>,
}

impl Field {
    /// The field as it is called.
    pub(super) fn name(&self) -> String {
        format!(":{}:", self.tag)
    }

    pub(super) fn place(&self) -> Place {
        Place::new(self.line, format!("field {}", self.tag))
    }

    /// Its first line.
    pub(super) fn first(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    /// Its only line.
    pub(super) fn only(&self) -> Result<&str, Refusal> {
        match self.lines.get(1) {
            None => Ok(self.first()),
            Some(second) => {
                let place = Place { line: self.line.saturating_add(1), ..self.place() };
                Err(place.refuse(second, "the next field, from :NN: on"))
            }
        }
    }
}

/// What comes next.
pub(super) enum Next {
    Field(Field),
    /// The line that ends a message.
    EndOfMessage(Place),
    /// The end of the file.
    End(Place),
}

/// The fields of a source.
pub(super) struct Fields<R> {
    lines: Lines<R>,
    /// The line that was read to find the end of the field before it.
    ahead: Option<Line>,
    within: bool,
}

impl<R: BufRead> Fields<R> {
    pub(super) fn new(source: R) -> Self {
        Self { lines: Lines::new(source), ahead: None, within: false }
    }

    fn line(&mut self) -> Result<Option<Line>, StatementError> {
        match self.ahead.take() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    pub(super) fn next(&mut self) -> Result<Next, StatementError> {
        loop {
            let Some(line) = self.line()? else {
                return Ok(Next::End(self.lines.end()));
            };
            if let Some((tag, text)) = tag(&line.text) {
                self.within = true;
                let (tag, text) = (tag.to_owned(), text.to_owned());
                return self.field(tag, line.number, text);
            }
            if ends_message(&line.text) {
                self.within = false;
                return Ok(Next::EndOfMessage(line.place()));
            }
            if self.within || !surrounds(&line.text) {
                let expected = "a field of a SWIFT message, such as :20:";
                return Err(line.place().refuse("another line", expected).into());
            }
        }
    }

    fn field(&mut self, tag: String, number: u32, first: String) -> Result<Next, StatementError> {
        let mut lines = vec![first];
        while let Some(line) = self.line()? {
            if starts_field(&line.text) || ends_message(&line.text) {
                self.ahead = Some(line);
                break;
            }
            // Some banks put empty lines between fields.
            if line.is_blank() {
                continue;
            }
            if lines.len() == FIELD_LINES_MAX {
                let expected = format!("at most {FIELD_LINES_MAX} lines in a field");
                return Err(line.place().refuse("more", expected).into());
            }
            lines.push(line.text.trim_end().to_owned());
        }
        Ok(Next::Field(Field { tag, line: number, lines }))
    }
}

fn starts_field(text: &str) -> bool {
    tag(text).is_some()
}

/// `:61:` and what follows.
fn tag(text: &str) -> Option<(&str, &str)> {
    // Within the block of a SWIFT message the first field may follow the brace at once.
    let text = text.find("{4:").map_or(text, |at| &text[at + 3..]);
    let (tag, rest) = text.strip_prefix(':')?.split_once(':')?;
    let bytes = tag.as_bytes();
    let standard = matches!(bytes, [a, b] | [a, b, b'A'..=b'Z']
        if a.is_ascii_digit() && b.is_ascii_digit());
    (standard || tag == "NS").then(|| (tag, rest.trim_end()))
}

fn ends_message(text: &str) -> bool {
    let text = text.trim_end_matches([' ', '\t', '\u{3}']);
    text == "-" || text.starts_with("-}")
}

/// What stands between messages: blocks of SWIFT, or the bank's code and the number of the message type
/// on lines of their own.
fn surrounds(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t', '\u{1}', '\u{3}']);
    text.starts_with('{')
        || text.is_empty()
        || (text.len() <= 20 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}
