//! A line of a biller's day file as a value: one payment that the biller has, or had.

use jiff::civil::{Date, DateTime};

use super::bill_line::{Place, coded, place_of};
use super::claim_line::{CONTRACT_EXPECTED, claim, is_contract, period_at};
use super::fetch::Naming;
use super::fields::{AMOUNT_FEN_MAX, amount_fen, short_text};
use super::raw_line::{Found, Header, LineError, RawLine};
use super::statement::{LineStatus, Statement, TotalsCover};

/// One line that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Our reference of the payment; of a debit under a mandate `contract/period`.
    pub reference: String,
    /// The customer number as it stands there.
    pub customer: Option<String>,
    /// What was paid. Above zero.
    pub amount_fen: i64,
    /// On which day, or when, in the biller's zone; midnight if the file says only the day.
    pub at: Option<DateTime>,
    /// Whether the payment stands.
    pub status: LineStatus,
}

/// A day file bound to the header of one file.
#[derive(Debug)]
pub struct StatementReader<'f> {
    format: &'f Statement,
    reference: Place,
    customer: Option<Place>,
    amount: Place,
    date: Option<Place>,
    status: Option<Place>,
    contract: Option<Place>,
    period: Option<Place>,
}

impl<'f> StatementReader<'f> {
    /// Finds the columns of the format in a file.
    ///
    /// # Errors
    /// A column that is missing or there twice.
    pub fn bind(format: &'f Statement, header: &Header) -> Result<Self, Vec<LineError>> {
        Self::bind_all(format, header).map_err(|error| vec![error])
    }

    fn bind_all(format: &'f Statement, header: &Header) -> Result<Self, LineError> {
        let find = |name| Place::find(header, name);
        Ok(Self {
            format,
            reference: find(&format.reference.column)?,
            customer: format.customer.as_ref().map(|c| find(&c.column)).transpose()?,
            amount: find(&format.amount.column)?,
            date: format.date.as_ref().map(|c| find(&c.column)).transpose()?,
            status: format.status.as_ref().map_or(Ok(None), |status| place_of(header, status))?,
            contract: format.contract.as_ref().map(|c| find(&c.column)).transpose()?,
            period: format.period.as_ref().map(|c| find(&c.column)).transpose()?,
        })
    }

    /// Reads one line.
    ///
    /// # Errors
    /// The first cell that cannot be meant; a customer number is never shown.
    pub fn read(&self, raw: &RawLine) -> Result<StatementLine, LineError> {
        let status = self.status(raw)?;
        let reference = match self.claim(raw)? {
            Some(claim) => claim,
            None => self.own_reference(raw)?,
        };
        Ok(StatementLine {
            reference,
            customer: self.customer(raw)?,
            amount_fen: self.amount_of(raw)?,
            at: self.at(raw)?,
            status,
        })
    }

    fn own_reference(&self, raw: &RawLine) -> Result<String, LineError> {
        let refuse = |expected| self.reference.refuse(raw, expected);
        let reference = self.reference.identifier(raw)?;
        let reference = short_text(&reference, 64).map_err(refuse)?;
        // With a stroke it would be the name of a claim.
        match self.contract.is_some() && reference.contains('/') {
            true => Err(self.reference.refuse(raw, "our reference, which has no /")),
            false => Ok(reference),
        }
    }

    /// What a line claims that is a debit under a mandate.
    fn claim(&self, raw: &RawLine) -> Result<Option<String>, LineError> {
        let (Some(contract), Some(place)) = (&self.contract, &self.period) else { return Ok(None) };
        if contract.cell(raw).text().trim().is_empty() {
            return Ok(None);
        }
        let name = contract.identifier(raw)?;
        if !is_contract(&name) {
            return Err(contract.refuse(raw, CONTRACT_EXPECTED));
        }
        let Some(format) = &self.format.period else { return Ok(None) };
        let period = period_at(place, format, raw)?;
        Ok(Some(claim(&name, &period)))
    }

    /// The amount of a line alone, for the totals: a line may be wrong elsewhere and still count.
    ///
    /// # Errors
    /// The cell is not an amount above zero.
    pub fn amount_of(&self, raw: &RawLine) -> Result<i64, LineError> {
        let refuse = |expected: String| self.amount.refuse(raw, expected);
        let amount = amount_fen(self.amount.cell(raw), &self.format.amount).map_err(refuse)?;
        if (1..=AMOUNT_FEN_MAX).contains(&amount) {
            Ok(amount)
        } else {
            Err(refuse("an amount above zero, 100,000,000 yuan at most".to_owned()))
        }
    }

    /// Whether the file's totals cover a line. One whose status cannot be read may be covered.
    #[must_use]
    pub fn is_covered(&self, raw: &RawLine) -> bool {
        match self.format.totals_cover {
            TotalsCover::AllLines => true,
            TotalsCover::Paid => self.status(raw).map_or(true, |s| s == LineStatus::Paid),
        }
    }

    fn status(&self, raw: &RawLine) -> Result<LineStatus, LineError> {
        match &self.format.status {
            Some(status) => coded(status, self.status.as_ref(), raw).copied(),
            None => Ok(LineStatus::Paid),
        }
    }

    fn customer(&self, raw: &RawLine) -> Result<Option<String>, LineError> {
        let Some(place) = &self.customer else {
            return Ok(None);
        };
        let masked = |expected: String| place.refuse_masked(raw, expected);
        let text = place.cell(raw).identifier();
        let text =
            text.ok_or_else(|| masked("a text cell: a number cell has lost digits".to_owned()))?;
        short_text(&text, 64).map(Some).map_err(masked)
    }

    fn at(&self, raw: &RawLine) -> Result<Option<DateTime>, LineError> {
        let (Some(place), Some(column)) = (&self.date, &self.format.date) else {
            return Ok(None);
        };
        let expected = || format!("a date as {}", column.pattern.as_str());
        let at = column.pattern.read(&place.cell(raw).text());
        at.map(Some).ok_or_else(|| place.refuse(raw, expected()))
    }
}

impl Statement {
    /// The day that the totals line says, where it says one.
    ///
    /// # Errors
    /// What stands there is no date.
    pub fn day_of(&self, totals: &RawLine) -> Result<Option<Date>, LineError> {
        let Some(at) = &self.totals_date else {
            return Ok(None);
        };
        let index = usize::try_from(at.column).unwrap_or(usize::MAX).wrapping_sub(1);
        let text = totals.cells.get(index).map(|cell| cell.text().into_owned()).unwrap_or_default();
        at.pattern.read(&text).map(Some).ok_or_else(|| LineError {
            line: totals.line,
            column: at.column.to_string(),
            found: Found::text(&text),
            expected: format!("a date as {}", at.pattern.as_str()),
        })
    }

    /// The clearing date that the name of a file says, if it is a name of such a file.
    #[must_use]
    pub fn day_of_name(&self, name: &str) -> Option<Date> {
        self.naming().day(name)
    }

    /// The name of the file of a clearing date.
    #[must_use]
    pub fn file_name(&self, day: Date) -> String {
        self.naming().of(day)
    }

    /// What its files are called.
    #[must_use]
    pub fn naming(&self) -> Naming<'_> {
        Naming { name: &self.name, date_pattern: &self.date_pattern }
    }
}
