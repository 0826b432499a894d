//! What surrounds the lines of any file: lines to skip, the header, the totals. Readers of every type push
//! their rows in here, so that the rules are the same for all.

use jiaozi_adapters::spec::file_shape::{FileKind, FileShape, TotalsAt};
use jiaozi_adapters::spec::raw_line::{Cell, Found, Header, LineError, RawLine};

use super::limits::Limits;
use super::{FileError, Piece};

/// Sorts rows into preamble, header, lines and totals.
pub struct Frame<'v> {
    shape: &'v FileShape,
    limits: &'v Limits,
    visit: &'v mut dyn FnMut(Piece) -> Result<(), FileError>,
    columns: Option<usize>,
    begun: bool,
    totals: Option<RawLine>,
    rows: u32,
    last_line: u32,
}

impl<'v> Frame<'v> {
    /// A frame around the lines of one file.
    pub fn new(
        shape: &'v FileShape,
        limits: &'v Limits,
        visit: &'v mut dyn FnMut(Piece) -> Result<(), FileError>,
    ) -> Self {
        Self {
            shape,
            limits,
            visit,
            columns: None,
            begun: false,
            totals: None,
            rows: 0,
            last_line: 0,
        }
    }

    /// Whether a line stands above the header.
    #[must_use]
    pub fn is_preamble(&self, line: u32) -> bool {
        line <= self.shape.preamble_lines
    }

    /// Whether the next row is the header, on which the whole file depends.
    #[must_use]
    pub fn awaits_header(&self) -> bool {
        self.shape.header && !self.begun
    }

    /// Whether a row is the totals line that ends the file.
    #[must_use]
    pub fn is_last_totals(&self, first_cell: &str) -> bool {
        let totals = self.shape.totals.as_ref().filter(|t| t.at == TotalsAt::LastLine);
        totals.is_some_and(|t| {
            !self.awaits_header() && first_cell.trim_start().starts_with(&t.marker)
        })
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// The file as a whole is refused.
    pub fn row(&mut self, mut raw: RawLine) -> Result<(), FileError> {
        self.last_line = raw.line;
        if raw.cells.len() > self.limits.columns_max {
            return Err(FileError::TooManyColumns {
                line: raw.line,
                columns_max: self.limits.columns_max,
            });
        }
        self.strip_prefix(&mut raw);
        if self.is_preamble(raw.line) {
            self.preamble(raw);
            return Ok(());
        }
        if raw.cells.iter().all(|cell| cell.text().is_empty()) {
            return Ok(());
        }
        if self.awaits_header() {
            return self.header(&raw);
        }
        self.begin()?;
        if self.has_ended() {
            return Err(FileError::AfterTotals { line: raw.line });
        }
        if raw.cells.first().is_some_and(|cell| self.is_last_totals(&cell.text())) {
            self.totals = Some(raw);
            return Ok(());
        }
        self.count(raw.line)?;
        match self.fit(&mut raw) {
            Ok(()) => (self.visit)(Piece::Line(raw)),
            Err(error) => (self.visit)(Piece::Fault(error)),
        }
    }

    /// Takes a row that could not be made out.
    ///
    /// # Errors
    /// The file as a whole is refused.
    pub fn fault(&mut self, error: LineError) -> Result<(), FileError> {
        self.last_line = error.line;
        if self.is_preamble(error.line) {
            return Ok(());
        }
        self.begin()?;
        if self.has_ended() {
            return Err(FileError::AfterTotals { line: error.line });
        }
        self.count(error.line)?;
        (self.visit)(Piece::Fault(error))
    }

    /// The end of the file; gives the totals line.
    ///
    /// # Errors
    /// The header or the totals line did not come.
    pub fn finish(mut self) -> Result<Option<RawLine>, FileError> {
        if self.awaits_header() {
            return Err(FileError::NoHeader { line: self.shape.preamble_lines + 1 });
        }
        self.begin()?;
        match (&self.shape.totals, self.totals) {
            (Some(format), None) => Err(FileError::TotalsMissing {
                line: self.last_line,
                marker: format.marker.clone(),
            }),
            (_, totals) => Ok(totals),
        }
    }

    fn has_ended(&self) -> bool {
        self.totals.is_some()
            && self.shape.totals.as_ref().is_some_and(|t| t.at == TotalsAt::LastLine)
    }

    fn strip_prefix(&self, raw: &mut RawLine) {
        let Some(prefix) = self.shape.cell_prefix else {
            return;
        };
        for cell in &mut raw.cells {
            if let Cell::Text(text) = cell
                && let Some(rest) = text.trim_start().strip_prefix(prefix)
            {
                *text = rest.to_owned();
            }
        }
    }

    fn preamble(&mut self, raw: RawLine) {
        let wanted = self.shape.totals.as_ref().is_some_and(|t| {
            let marked = raw.cells.first().is_some_and(|cell| cell.text().starts_with(&t.marker));
            t.at == TotalsAt::FirstLine && raw.line == 1 && marked
        });
        if wanted {
            self.totals = Some(raw);
        }
    }

    fn header(&mut self, raw: &RawLine) -> Result<(), FileError> {
        let mut names: Vec<_> = raw.cells.iter().map(Cell::text).collect();
        while names.last().is_some_and(|name| name.is_empty()) {
            names.pop();
        }
        self.begun = true;
        self.columns = Some(names.len());
        let header = Header::named(raw.line, names.iter().map(AsRef::as_ref));
        (self.visit)(Piece::Header(header))
    }

    fn begin(&mut self) -> Result<(), FileError> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        let header = match &self.shape.kind {
            FileKind::FixedWidth { fields, .. } => {
                Header::named(0, fields.iter().map(|field| field.name.as_str()))
            }
            FileKind::Csv { .. } | FileKind::Xlsx { .. } => Header::numbered(),
        };
        (self.visit)(Piece::Header(header))
    }

    fn count(&mut self, line: u32) -> Result<(), FileError> {
        self.rows += 1;
        if self.rows > self.limits.rows_max {
            return Err(FileError::TooManyRows { line, rows_max: self.limits.rows_max });
        }
        Ok(())
    }

    /// A line with another number of cells than the header has been torn somewhere; guessing which cell is
    /// which would put a name into an amount.
    fn fit(&self, raw: &mut RawLine) -> Result<(), LineError> {
        let Some(columns) = self.columns else {
            return Ok(());
        };
        while raw.cells.len() > columns && raw.cells.last().is_some_and(|c| c.text().is_empty()) {
            raw.cells.pop();
        }
        if matches!(self.shape.kind, FileKind::Xlsx { .. }) && raw.cells.len() < columns {
            raw.cells.resize(columns, Cell::Empty);
        }
        if raw.cells.len() == columns {
            return Ok(());
        }
        Err(LineError {
            line: raw.line,
            column: String::new(),
            found: Found::Shown(format!("{} cells", raw.cells.len())),
            expected: format!("{columns} cells, as many as the header has"),
        })
    }
}
