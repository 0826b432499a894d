//! The columns of a table, found by their names, and a row seen through them.

use jiaozi_ledger::money::Currency;

use super::super::amount::{Amount, Written};
use super::super::place::{Place, Refusal};

/// The header of a table.
#[derive(Debug)]
pub(in super::super) struct Columns {
    line: u32,
    names: Vec<String>,
}

/// A column that was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct Column(Option<usize>);

impl Columns {
    pub(super) fn new(line: u32, names: &[String]) -> Result<Self, Refusal> {
        for (at, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..at].contains(name) {
                let place = Place::new(line, format!("column {name}"));
                return Err(place.refuse("it twice", "every column once"));
            }
        }
        Ok(Self { line, names: names.to_vec() })
    }

    /// A column that must be there, by any of its names.
    pub(in super::super) fn need(&self, names: &[&str]) -> Result<Column, Refusal> {
        let column = self.find(names);
        if column.0.is_some() {
            return Ok(column);
        }
        let expected = format!("a column named {}", names.join(" or "));
        Err(Place::new(self.line, "").refuse("a header without it", expected))
    }

    /// A column that may be there, by any of its names.
    pub(in super::super) fn find(&self, names: &[&str]) -> Column {
        Column(self.names.iter().position(|own| names.contains(&own.as_str())))
    }

    fn width(&self) -> usize {
        self.names.len()
    }
}

/// One row of a table.
#[derive(Debug)]
pub(in super::super) struct Row<'r> {
    line: u32,
    cells: &'r [String],
    columns: &'r Columns,
}

impl<'r> Row<'r> {
    pub(super) fn new(line: u32, cells: &'r [String], columns: &'r Columns) -> Self {
        Self { line, cells, columns }
    }

    /// The row as a place.
    pub(in super::super) fn place(&self) -> Place {
        Place::new(self.line, "")
    }

    /// All cells as they stand.
    pub(in super::super) fn cells(&self) -> &'r [String] {
        self.cells
    }

    /// Refuses a row that has another number of cells than the header; one more that is empty comes from a
    /// comma at the end.
    pub(in super::super) fn check_width(&self) -> Result<(), Refusal> {
        let width = self.columns.width();
        let right = match self.cells.len().checked_sub(width) {
            Some(0) => true,
            Some(1) => self.cells[width].is_empty(),
            _ => false,
        };
        if right {
            return Ok(());
        }
        let found = format!("{} cells", self.cells.len());
        Err(self.place().refuse(&found, format!("{width} cells, as the header has")))
    }

    /// The text of a column; empty if there is no such column.
    pub(in super::super) fn text(&self, column: Column) -> &'r str {
        column.0.and_then(|at| self.cells.get(at)).map_or("", String::as_str)
    }

    /// The place of a cell.
    pub(in super::super) fn at(&self, column: Column) -> Place {
        match column.0.and_then(|at| self.columns.names.get(at)) {
            Some(name) => Place::new(self.line, format!("column {name}")),
            None => self.place(),
        }
    }

    /// Refuses a cell that may be shown.
    pub(in super::super) fn refuse(&self, column: Column, expected: impl Into<String>) -> Refusal {
        self.at(column).refuse(self.text(column), expected)
    }

    /// A date or the like.
    pub(in super::super) fn read<T>(
        &self,
        column: Column,
        rule: fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<T, Refusal> {
        rule(self.text(column)).ok_or_else(|| self.refuse(column, expected))
    }

    /// An amount that is not negative; signs of a currency before it are gone.
    pub(in super::super) fn unsigned(
        &self,
        column: Column,
        written: Written,
        currency: Currency,
    ) -> Result<Amount, Refusal> {
        let text = self.text(column).trim_start_matches(['¥', '￥']);
        let minor = written.unsigned(text, currency);
        let minor = minor.map_err(|expected| self.refuse(column, expected))?;
        Ok(Amount { currency, minor })
    }

    /// An amount that may be negative.
    pub(in super::super) fn signed(
        &self,
        column: Column,
        written: Written,
        currency: Currency,
    ) -> Result<Amount, Refusal> {
        let minor = written.signed(self.text(column), currency);
        let minor = minor.map_err(|expected| self.refuse(column, expected))?;
        Ok(Amount { currency, minor })
    }
}
