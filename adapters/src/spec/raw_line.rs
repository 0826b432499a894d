//! One line of a partner's file as the reader found it: numbered, its cells still text; and the error that
//! says which cell of which line cannot be meant.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::DateTime;

use super::fields::normalise;
use super::import::ColumnName;

/// A numbered line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    /// Line of the file, or row of the sheet, counted from 1.
    pub line: u32,
    /// The cells, in the order of the file.
    pub cells: Vec<Cell>,
}

/// One cell. Only workbooks have numbers, dates and flags; text files have text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, as it stands there.
    Text(String),
    /// A number of a workbook as the shortest decimal text that is the same binary number, so that
    /// `3843.540000000002` stays visible.
    Number(String),
    /// A date or time of a workbook.
    Moment(DateTime),
    /// An error or another thing that a workbook can hold, described.
    Other(String),
}

impl Cell {
    /// The cell as text, surrounding spaces gone and full-width signs made plain.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Other(text) => normalise(text),
            Self::Number(text) => Cow::Borrowed(text),
            Self::Moment(at) if at.time() == jiff::civil::Time::midnight() => {
                Cow::Owned(at.date().to_string())
            }
            Self::Moment(at) => Cow::Owned(at.to_string()),
        }
    }

    /// The cell as it stands in the file.
    #[must_use]
    pub fn verbatim(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            other => other.text(),
        }
    }

    /// The cell as an identifier: a number that a workbook cannot hold exactly is nothing.
    #[must_use]
    pub fn identifier(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Number(text)
                if text.bytes().filter(u8::is_ascii_digit).count() > 15 || text.contains('.') =>
            {
                None
            }
            Self::Other(_) => None,
            _ => Some(self.text()),
        }
    }
}

/// The names of the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The line of the header; 0 in a file without.
    pub line: u32,
    names: Option<Vec<String>>,
}

impl Header {
    /// A header that names its columns.
    pub fn named<'a>(line: u32, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { line, names: Some(names.into_iter().map(|n| normalise(n).into_owned()).collect()) }
    }

    /// No header: columns are found by number.
    #[must_use]
    pub fn numbered() -> Self {
        Self::default()
    }

    /// Where a column is.
    ///
    /// # Errors
    /// It is missing, or there are two of that name.
    pub fn position(&self, column: &ColumnName) -> Result<usize, LineError> {
        let refuse = |found: &str, expected: String| LineError {
            line: self.line,
            column: column.to_string(),
            found: Found::Shown(found.to_owned()),
            expected,
        };
        let Some(names) = &self.names else {
            let number = column.as_str().parse::<usize>().ok().filter(|n| (1..=1_000).contains(n));
            return number.map(|n| n - 1).ok_or_else(|| {
                refuse("a file without header", "the number of a column".to_owned())
            });
        };
        let mut places = names.iter().enumerate().filter(|(_, name)| *name == column.as_str());
        match (places.next(), places.next()) {
            (Some((at, _)), None) => Ok(at),
            (Some(_), Some(_)) => Err(refuse("this column twice", "it once".to_owned())),
            (None, _) => {
                let shown = names.iter().map(|n| clip(n)).collect::<Vec<_>>().join(", ");
                Err(refuse(&clip(&shown), format!("a column named {column} in the header")))
            }
        }
    }
}

/// What is wrong with one cell of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Line of the file, counted from 1.
    pub line: u32,
    /// The column, by its name; empty if the line as a whole is meant.
    pub column: String,
    /// What stands there.
    pub found: Found,
    /// What should.
    pub expected: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": found {}, expected {}", self.found, self.expected)
    }
}

impl std::error::Error for LineError {}

/// What was found, as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing personal.
    Shown(String),
    /// Personal: only how long it was.
    Masked {
        /// Number of characters.
        characters: usize,
    },
    /// Nothing.
    Nothing,
}

impl Found {
    /// A cell that may be shown.
    #[must_use]
    pub fn shown(cell: &Cell) -> Self {
        Self::text(&cell.verbatim())
    }

    /// A text that may be shown; a long one is cut.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Nothing } else { Self::Shown(clip(text)) }
    }

    /// A cell that may not.
    #[must_use]
    pub fn masked(cell: &Cell) -> Self {
        match cell.verbatim().chars().count() {
            0 => Self::Nothing,
            characters => Self::Masked { characters },
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(text) => write!(f, "`{}`", text.escape_debug()),
            Self::Masked { characters } => write!(f, "personal data of {characters} characters"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

fn clip(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(59).chain(['…']).collect()
}
