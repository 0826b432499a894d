//! How a partner's file is laid out: type, encoding, where the lines begin, where its totals stand.
//! What the columns mean is in [`super::import`].

use serde::{Deserialize, Serialize};

/// The layout of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "FileShapeKeys")]
pub struct FileShape {
    /// Type, with what only that type has.
    pub kind: FileKind,
    /// Whether the first line after the preamble names the columns.
    pub header: bool,
    /// Lines to skip at the top.
    pub preamble_lines: u32,
    /// A sign before every cell that is not part of it, such as the back quote of some exports.
    pub cell_prefix: Option<char>,
    /// Totals that the file states about itself.
    pub totals: Option<TotalsFormat>,
}

/// The types of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    /// Text with a delimiter.
    Csv {
        /// How bytes become characters.
        encoding: Encoding,
        /// Between two cells.
        delimiter: char,
        /// Around a cell; none: quotes are ordinary characters.
        quote: Option<char>,
    },
    /// A workbook.
    Xlsx {
        /// Which sheet; none: the first.
        sheet: Option<String>,
    },
    /// Fields of fixed lengths in bytes.
    FixedWidth {
        /// How bytes become characters.
        encoding: Encoding,
        /// The fields in their order.
        fields: Vec<FixedField>,
    },
}

impl FileShape {
    /// How the bytes of its text become characters; nothing for a workbook.
    #[must_use]
    pub fn encoding(&self) -> Option<Encoding> {
        match &self.kind {
            FileKind::Csv { encoding, .. } | FileKind::FixedWidth { encoding, .. } => {
                Some(*encoding)
            }
            FileKind::Xlsx { .. } => None,
        }
    }
}

/// How bytes become characters. A byte order mark of UTF-8 or GB18030 is accepted and decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB18030, which contains GBK and GB2312.
    #[serde(rename = "gb18030")]
    Gb18030,
}

/// One field of a fixed-width line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedField {
    /// Its name, which column keys refer to.
    pub name: String,
    /// Its length in bytes of the file.
    pub bytes: u32,
}

/// Where a file states its own count and sum.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalsFormat {
    /// Which line.
    pub at: TotalsAt,
    /// What its first cell begins with; needed for a last line, which ends the file.
    #[serde(default)]
    pub marker: String,
    /// Where the number of lines stands.
    pub count: Option<TotalsCell>,
    /// Where the sum of the amounts stands.
    pub sum: Option<TotalsSum>,
}

/// Which line holds the totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TotalsAt {
    /// The first line of the file, which is part of the preamble.
    FirstLine,
    /// The last line of the file.
    LastLine,
}

/// A cell of the totals line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalsCell {
    /// Counted from 1.
    pub column: u32,
    /// Texts around the number, such as 共 and 笔.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// The cell with the sum.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalsSum {
    /// Counted from 1.
    pub column: u32,
    /// Unit of the sum.
    pub unit: Unit,
    /// Texts around the number.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// Unit of an amount in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Yuan with at most two decimals.
    Yuan,
    /// Whole fen.
    Fen,
}

/// A layout as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileShapeKeys {
    r#type: FileType,
    encoding: Option<Encoding>,
    delimiter: Option<char>,
    quote: Option<Quote>,
    sheet: Option<String>,
    fields: Option<Vec<FixedField>>,
    header: Option<bool>,
    #[serde(default)]
    preamble_lines: u32,
    cell_prefix: Option<char>,
    totals: Option<TotalsFormat>,
}

/// Type of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileType {
    /// Text with a delimiter.
    Csv,
    /// Workbook.
    Xlsx,
    /// Fixed lengths.
    FixedWidth,
}

/// A quotation mark, or the word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quote(pub Option<char>);

impl TryFrom<String> for Quote {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let mut chars = text.chars();
        match (text.as_str(), chars.next(), chars.next()) {
            ("none", _, _) => Ok(Self(None)),
            (_, Some(mark @ ('"' | '\'')), None) => Ok(Self(Some(mark))),
            _ => Err(format!("`{text}` is not accepted, expected \" or ' or none")),
        }
    }
}

impl From<Quote> for String {
    fn from(quote: Quote) -> String {
        quote.0.map_or_else(|| "none".to_owned(), String::from)
    }
}

impl TryFrom<FileShapeKeys> for FileShape {
    type Error = String;
    fn try_from(keys: FileShapeKeys) -> Result<Self, String> {
        let misplaced = |name: &str, present: bool| {
            if present {
                Err(format!("`{name}` does not apply to this `type` of file"))
            } else {
                Ok(())
            }
        };
        let encoding = keys.encoding.unwrap_or_default();
        if keys.r#type != FileType::Csv {
            misplaced("delimiter", keys.delimiter.is_some())?;
            misplaced("quote", keys.quote.is_some())?;
        }
        if keys.r#type != FileType::Xlsx {
            misplaced("sheet", keys.sheet.is_some())?;
        }
        if keys.r#type != FileType::FixedWidth {
            misplaced("fields", keys.fields.is_some())?;
        }
        let kind = match keys.r#type {
            FileType::Csv => {
                let delimiter = keys.delimiter.unwrap_or(',');
                let quote = keys.quote.map_or(Some('"'), |q| q.0);
                if delimiter.is_alphanumeric()
                    || matches!(delimiter, '\n' | '\r' | ' ' | '.')
                    || Some(delimiter) == quote
                {
                    return Err("`delimiter` cannot be a letter, digit, space, full stop, line end or the quote".to_owned());
                }
                FileKind::Csv { encoding, delimiter, quote }
            }
            FileType::Xlsx => {
                misplaced("encoding", keys.encoding.is_some())?;
                FileKind::Xlsx { sheet: keys.sheet }
            }
            FileType::FixedWidth => {
                misplaced("header", keys.header.is_some())?;
                let fields = keys.fields.unwrap_or_default();
                let total: u64 = fields.iter().map(|f| u64::from(f.bytes)).sum();
                if fields.is_empty()
                    || fields.iter().any(|f| f.bytes == 0 || f.name.is_empty())
                    || total > 4_096
                {
                    return Err("a fixed_width file needs `fields`, each with a name and at least 1 byte, 4096 bytes together at most".to_owned());
                }
                FileKind::FixedWidth { encoding, fields }
            }
        };
        if let Some(totals) = &keys.totals {
            check_totals(totals, keys.preamble_lines)?;
        }
        let header = keys.header.unwrap_or(keys.r#type != FileType::FixedWidth);
        Ok(Self {
            kind,
            header,
            preamble_lines: keys.preamble_lines,
            cell_prefix: keys.cell_prefix,
            totals: keys.totals,
        })
    }
}

fn check_totals(totals: &TotalsFormat, preamble_lines: u32) -> Result<(), String> {
    let columns = [totals.count.as_ref().map(|c| c.column), totals.sum.as_ref().map(|s| s.column)];
    if columns == [None, None] {
        return Err("`totals` needs `count` or `sum`".to_owned());
    }
    if columns.contains(&Some(0)) {
        return Err("columns of `totals` are counted from 1".to_owned());
    }
    match totals.at {
        TotalsAt::LastLine if totals.marker.is_empty() => {
            Err("`totals` at last_line needs a `marker`, so that a cut file is recognised"
                .to_owned())
        }
        TotalsAt::FirstLine if preamble_lines == 0 => {
            Err("`totals` at first_line needs `preamble_lines` of at least 1".to_owned())
        }
        _ => Ok(()),
    }
}
