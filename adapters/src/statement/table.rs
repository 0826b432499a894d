//! Tables: a preamble, a header that names the columns, a row an entry, and perhaps a summary. What the
//! wallets and banks of China give out. Columns are found by their names, for their order and number
//! differ by year.

mod cells;
mod columns;

use std::collections::VecDeque;
use std::io::BufRead;

pub(super) use cells::split;
pub(super) use columns::{Column, Columns, Row};

use super::Steps;
use super::entry::Entry;
use super::lines::{Line, Lines};
use super::place::{Place, Refusal, StatementError};
use super::proof::Proof;
use super::record::{Head, Part};

/// Lines before the header; the longest preamble that we know has 26.
const PREAMBLE_LINES_MAX: u32 = 100;

/// What one such format has of its own.
pub(super) trait Table {
    /// Columns by which the header is known among the lines before it.
    const HEADER: &'static [&'static str];

    /// A line before the header.
    fn preamble(&mut self, line: &Line) -> Result<(), Refusal>;

    /// The header: finds the columns.
    fn header(&mut self, columns: &Columns) -> Result<(), Refusal>;

    /// What is known before the first entry; the first row is the one at hand, if there is one.
    fn head(&mut self, first: Option<&Row<'_>>) -> Result<Head, Refusal>;

    /// A row: an entry, or none if it is the summary or belongs to it.
    fn row(&mut self, row: &Row<'_>, proof: &mut Proof) -> Result<Option<Entry>, Refusal>;

    /// The end of the file: states and compares what the format has of totals.
    fn end(&mut self, place: Place, proof: &mut Proof) -> Result<(), Refusal>;

    /// How a line falls into cells.
    fn cells(line: &Line) -> Result<Vec<String>, Refusal> {
        split(line)
    }
}

/// The parts of a table.
pub(super) struct Reader<R, T> {
    lines: Lines<R>,
    table: T,
    columns: Option<Columns>,
    proof: Option<Proof>,
    queue: VecDeque<Part>,
    over: bool,
}

impl<R: BufRead, T: Table> Reader<R, T> {
    pub(super) fn new(source: R, table: T) -> Self {
        let lines = Lines::new(source);
        Self { lines, table, columns: None, proof: None, queue: VecDeque::new(), over: false }
    }

    fn before(&mut self, line: &Line) -> Result<(), Refusal> {
        if T::HEADER.iter().all(|name| line.text.contains(name)) {
            let columns = Columns::new(line.number, &T::cells(line)?)?;
            self.table.header(&columns)?;
            self.columns = Some(columns);
            return Ok(());
        }
        if line.number > PREAMBLE_LINES_MAX {
            return Err(no_header::<T>(line.place(), "another line"));
        }
        self.table.preamble(line)
    }

    fn end(&mut self) -> Result<(), Refusal> {
        self.over = true;
        if self.columns.is_none() {
            return Err(no_header::<T>(self.lines.end(), "the end of the file"));
        }
        let mut proof = match self.proof.take() {
            Some(proof) => proof,
            None => begin(&mut self.table, None, &mut self.queue)?,
        };
        self.table.end(self.lines.end(), &mut proof)?;
        self.queue.push_back(Part::Ends(Box::new(proof.end(None, None))));
        Ok(())
    }
}

fn begin<T: Table>(
    table: &mut T,
    first: Option<&Row<'_>>,
    queue: &mut VecDeque<Part>,
) -> Result<Proof, Refusal> {
    let head = table.head(first)?;
    let proof = Proof::new(head.currency);
    queue.push_back(Part::Begins(Box::new(head)));
    Ok(proof)
}

fn no_header<T: Table>(place: Place, found: &str) -> Refusal {
    place.refuse(found, format!("a header with the columns {}", T::HEADER.join(", ")))
}

impl<R: BufRead, T: Table> Steps for Reader<R, T> {
    fn step(&mut self) -> Result<(), StatementError> {
        let Some(line) = self.lines.next()? else {
            return Ok(self.end()?);
        };
        let Some(columns) = &self.columns else {
            return Ok(self.before(&line)?);
        };
        if line.is_blank() {
            return Ok(());
        }
        let cells = T::cells(&line)?;
        let row = Row::new(line.number, &cells, columns);
        if self.proof.is_none() {
            self.proof = Some(begin(&mut self.table, Some(&row), &mut self.queue)?);
        }
        let Some(proof) = &mut self.proof else { return Ok(()) };
        if let Some(entry) = self.table.row(&row, proof)? {
            proof.entry(&entry);
            self.queue.push_back(Part::Entry(Box::new(entry)));
        }
        Ok(())
    }

    fn pending(&mut self) -> (&mut VecDeque<Part>, bool) {
        (&mut self.queue, self.over)
    }
}
