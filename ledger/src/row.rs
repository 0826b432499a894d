//! How a record becomes the cells of a table's row and back. Pure: which engine stores the cells is
//! the store's affair.
//!
//! A table that grows has `book` as the leading column of its key; it is not part of [`Table::columns`],
//! the store adds it.

use crate::time::date_from_number;
use jiff::civil::Date;
use uuid::Uuid;

/// One value of one column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number: amounts, instants, dates as `yyyymmdd`, codes.
    Int(i64),
    /// Text, UTF-8.
    Text(String),
    /// Bytes: hashes, sealed personal data.
    Bytes(Vec<u8>),
    /// An identifier.
    Id(Uuid),
}

/// The type of a column, the same in both engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `bigint`.
    Int,
    /// `text`.
    Text,
    /// `blob` / `bytea`.
    Bytes,
    /// `blob` of 16 bytes / `uuid`.
    Id,
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The name, the same in both engines.
    pub name: &'static str,
    /// The type.
    pub kind: Kind,
    /// Whether the value never changes once written. Fixed columns are left out of updates, so that
    /// their indexes stay untouched.
    pub fixed: bool,
}

/// A column whose value never changes.
pub const fn fixed(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, fixed: true }
}

/// A column whose value may change.
pub const fn changing(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, fixed: false }
}

/// A table: its name, the columns of its key (after `book`), and all its columns in order.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The name, plural.
    pub name: &'static str,
    /// The key's columns after `book`.
    pub key: &'static [&'static str],
    /// All columns but `book`, in the order of the cells.
    pub columns: &'static [Column],
}

impl Table {
    /// The columns of an update: the key's, then those that may change.
    pub fn update_columns(&self) -> impl Iterator<Item = &'static Column> {
        let columns = self.columns;
        let keys =
            self.key.iter().filter_map(|key| columns.iter().find(|column| column.name == *key));
        keys.chain(columns.iter().filter(|column| !column.fixed))
    }

    /// The cells of a whole row that [`Table::update_columns`] takes, in that order. Key columns
    /// come first in every table.
    pub fn updated(&self, row: Vec<Cell>) -> impl Iterator<Item = Cell> + use<> {
        let (columns, keys) = (self.columns, self.key.len());
        row.into_iter()
            .zip(columns)
            .enumerate()
            .filter(move |(place, (_, column))| *place < keys || !column.fixed)
            .map(|(_, (cell, _))| cell)
    }
}

/// A stored row that does not read as what it should be: the database was changed from outside, or
/// written by another version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} of {table} holds what it cannot hold")]
pub struct Corrupt {
    /// The table.
    pub table: &'static str,
    /// The column, or the number of it when the row is too short.
    pub column: String,
}

/// A record that lives in a table of its own.
pub trait Row: Clone + Send + Sync + Sized + 'static {
    /// Where it lives.
    const TABLE: Table;

    /// The cells, in the order of [`Table::columns`].
    fn cells(&self) -> Vec<Cell>;

    /// Reads the cells back.
    ///
    /// # Errors
    /// [`Corrupt`] when a cell is missing or of another kind.
    fn from_cells(cells: &mut Cells) -> Result<Self, Corrupt>;
}

/// Reads a row's cells one after another.
#[derive(Debug)]
pub struct Cells {
    table: Table,
    cells: std::vec::IntoIter<Cell>,
    at: usize,
}

impl Cells {
    /// The cells of one row of a table.
    pub fn new(table: Table, cells: Vec<Cell>) -> Cells {
        Cells { table, cells: cells.into_iter(), at: 0 }
    }

    fn next(&mut self) -> Cell {
        self.at += 1;
        self.cells.next().unwrap_or(Cell::Null)
    }

    /// What to say of the cell just read when it does not read.
    pub fn corrupt(&self) -> Corrupt {
        let column = match self.table.columns.get(self.at.wrapping_sub(1)) {
            Some(column) => column.name.to_owned(),
            None => self.at.to_string(),
        };
        Corrupt { table: self.table.name, column }
    }

    /// The next cell, a number.
    pub fn int(&mut self) -> Result<i64, Corrupt> {
        self.maybe_int()?.ok_or_else(|| self.corrupt())
    }

    /// The next cell, a number or nothing.
    pub fn maybe_int(&mut self) -> Result<Option<i64>, Corrupt> {
        match self.next() {
            Cell::Int(value) => Ok(Some(value)),
            Cell::Null => Ok(None),
            _ => Err(self.corrupt()),
        }
    }

    /// The next cell, a date as `yyyymmdd`, or nothing.
    pub fn maybe_date(&mut self) -> Result<Option<Date>, Corrupt> {
        let Some(number) = self.maybe_int()? else { return Ok(None) };
        date_from_number(number).map(Some).ok_or_else(|| self.corrupt())
    }

    /// The next cell, text.
    pub fn text(&mut self) -> Result<String, Corrupt> {
        self.maybe_text()?.ok_or_else(|| self.corrupt())
    }

    /// The next cell, text or nothing.
    pub fn maybe_text(&mut self) -> Result<Option<String>, Corrupt> {
        match self.next() {
            Cell::Text(value) => Ok(Some(value)),
            Cell::Null => Ok(None),
            _ => Err(self.corrupt()),
        }
    }

    /// The next cell, bytes.
    pub fn bytes(&mut self) -> Result<Vec<u8>, Corrupt> {
        self.maybe_bytes()?.ok_or_else(|| self.corrupt())
    }

    /// The next cell, bytes or nothing.
    pub fn maybe_bytes(&mut self) -> Result<Option<Vec<u8>>, Corrupt> {
        match self.next() {
            Cell::Bytes(value) => Ok(Some(value)),
            Cell::Null => Ok(None),
            _ => Err(self.corrupt()),
        }
    }

    /// The next cell, an identifier.
    pub fn id<T: From<Uuid>>(&mut self) -> Result<T, Corrupt> {
        self.maybe_id()?.ok_or_else(|| self.corrupt())
    }

    /// The next cell, an identifier or nothing.
    pub fn maybe_id<T: From<Uuid>>(&mut self) -> Result<Option<T>, Corrupt> {
        match self.next() {
            Cell::Id(value) => Ok(Some(value.into())),
            Cell::Null => Ok(None),
            _ => Err(self.corrupt()),
        }
    }

    /// The next cell, read by a rule of the caller's that may refuse it.
    pub fn int_as<T>(&mut self, read: impl FnOnce(i64) -> Option<T>) -> Result<T, Corrupt> {
        let value = self.int()?;
        read(value).ok_or_else(|| self.corrupt())
    }

    /// The next cell, JSON text.
    pub fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Corrupt> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|_| self.corrupt())
    }
}

/// A cell of JSON text.
pub fn json<T: serde::Serialize>(value: &T) -> Cell {
    // Only maps with keys that are not text fail to serialise; records have none.
    Cell::Text(serde_json::to_string(value).unwrap_or_default())
}

/// A cell of a number or nothing.
pub fn maybe_int(value: Option<i64>) -> Cell {
    value.map_or(Cell::Null, Cell::Int)
}

/// A cell of text or nothing.
pub fn maybe_text(value: Option<&str>) -> Cell {
    value.map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}
