//! A line of a file of claims as a value. Columns are looked up once, then every line is read by position.

use jiaozi_ledger::personal::{Name, Personal};

use super::bill_line::Place;
use super::fields::{AMOUNT_FEN_MAX, amount_fen, short_text};
use super::import::{ColumnName, PeriodColumn};
use super::raw_line::{Cell, Found, Header, LineError, RawLine};
use super::withholding::Withholding;

/// One line that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimLine {
    /// Line of the file, counted from 1.
    pub line: u32,
    /// The partner's own number of the line.
    pub number: String,
    /// The contract.
    pub contract: String,
    /// The number of the account to debit; empty where the file has none.
    pub account: String,
    /// The account holder's name, where the file has it.
    pub holder: Option<Personal<Name>>,
    /// `2026-11`, or `2026Q4` for a quarter.
    pub period: String,
    /// What is claimed, above zero.
    pub amount_fen: i64,
}

/// The section `[withholding]` bound to the header of one file.
#[derive(Debug)]
pub struct ClaimReader<'f> {
    format: &'f Withholding,
    number: Place,
    contract: Place,
    account: Option<Place>,
    holder: Option<Place>,
    period: Place,
    amount: Place,
}

impl<'f> ClaimReader<'f> {
    /// Finds the columns of the format in a file.
    ///
    /// # Errors
    /// All columns that are missing or there twice.
    pub fn bind(format: &'f Withholding, header: &Header) -> Result<Self, Vec<LineError>> {
        let mut errors = Vec::new();
        let mut find = |name: &ColumnName| match Place::find(header, name) {
            Ok(place) => Some(place),
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let number = find(&format.number.column);
        let contract = find(&format.contract.column);
        let account = format.account.as_ref().and_then(|column| find(&column.column));
        let holder = format.holder.as_ref().and_then(|column| find(&column.column));
        let period = find(&format.period.column);
        let amount = find(&format.amount.column);
        match (number, contract, period, amount) {
            (Some(number), Some(contract), Some(period), Some(amount)) if errors.is_empty() => {
                Ok(Self { format, number, contract, account, holder, period, amount })
            }
            _ => Err(errors),
        }
    }

    /// Reads one line.
    ///
    /// # Errors
    /// The first cell that cannot be meant.
    pub fn read(&self, raw: &RawLine) -> Result<ClaimLine, LineError> {
        let contract = self.contract.identifier(raw)?;
        if !is_contract(&contract) {
            return Err(self.contract.refuse(raw, CONTRACT_EXPECTED));
        }
        Ok(ClaimLine {
            line: raw.line,
            number: self.number(raw)?,
            contract,
            account: self.account(raw)?,
            holder: self.holder(raw)?,
            period: self.period(raw)?,
            amount_fen: self.amount(raw)?,
        })
    }

    /// The amount of a line alone, for the totals: a line may be wrong elsewhere and still count.
    ///
    /// # Errors
    /// The cell is not an amount.
    pub fn amount_of(&self, raw: &RawLine) -> Result<i64, LineError> {
        amount_fen(self.amount.cell(raw), &self.format.amount)
            .map_err(|expected| self.amount.refuse(raw, expected))
    }

    /// That a line's number or claim is that of an earlier line of the file.
    #[must_use]
    pub fn repeated(&self, line: u32, what: Repeated, earlier: u32) -> LineError {
        let (format, expected) = match what {
            Repeated::Number => (&self.format.number, "every number once"),
            Repeated::Claim => (&self.format.contract, "every contract once for a period"),
        };
        LineError {
            line,
            column: format.column.to_string(),
            found: Found::Shown(format!("that of line {earlier} again")),
            expected: expected.to_owned(),
        }
    }

    fn number(&self, raw: &RawLine) -> Result<String, LineError> {
        let number = self.number.identifier(raw)?;
        short_text(&number, NUMBER_CHARACTERS_MAX)
            .map_err(|expected| self.number.refuse(raw, expected))
    }

    fn account(&self, raw: &RawLine) -> Result<String, LineError> {
        let Some(place) = &self.account else { return Ok(String::new()) };
        let account = place.identifier(raw)?;
        let named = (1..=64).contains(&account.len())
            && account.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if named {
            Ok(account)
        } else {
            Err(place.refuse_masked(
                raw,
                "the number of an account: 1 to 64 letters, digits, -, _ and .",
            ))
        }
    }

    fn holder(&self, raw: &RawLine) -> Result<Option<Personal<Name>>, LineError> {
        let Some(place) = &self.holder else { return Ok(None) };
        let text = place.cell(raw).text();
        let name = short_text(&text, 60).map_err(|expected| place.refuse_masked(raw, expected))?;
        Ok(Some(Personal::new(name)))
    }

    fn period(&self, raw: &RawLine) -> Result<String, LineError> {
        period_at(&self.period, &self.format.period, raw)
    }

    fn amount(&self, raw: &RawLine) -> Result<i64, LineError> {
        let amount = self.amount_of(raw)?;
        if (1..=AMOUNT_FEN_MAX).contains(&amount) {
            Ok(amount)
        } else {
            Err(self.amount.refuse(raw, "an amount above zero, 100,000,000 yuan at most"))
        }
    }
}

/// The period at a place, `2026-11` or `2026Q4`.
pub(super) fn period_at(
    place: &Place,
    format: &PeriodColumn,
    raw: &RawLine,
) -> Result<String, LineError> {
    let pattern = &format.pattern;
    let read = match place.cell(raw) {
        // A spreadsheet turns `2026年11月` into the first day of that month.
        Cell::Moment(at) if !pattern.is_quarter() => Some(at.date().strftime("%Y-%m").to_string()),
        cell => pattern.read(&cell.text()).map(|period| period.code()),
    };
    read.ok_or_else(|| place.refuse(raw, format!("a period as {}", pattern.as_str())))
}

/// What a contract is debited for once: the reference of the payment.
#[must_use]
pub fn claim(contract: &str, period: &str) -> String {
    format!("{contract}/{period}")
}

/// What may be in a file once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// The partner's own number of the line.
    Number,
    /// A contract for a period.
    Claim,
}

const NUMBER_CHARACTERS_MAX: usize = 32;

/// What a contract's number is made of, for errors.
pub const CONTRACT_EXPECTED: &str = "a contract: 1 to 64 letters, digits, -, _ and .";

/// Whether a text can be a contract's number: it is part of keys.
#[must_use]
pub fn is_contract(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format() -> Withholding {
        let text = r#"
            run = "on_arrival"
            number = { column = "1" }
            contract = { column = "2" }
            account = { column = "3" }
            holder = { column = "4" }
            amount = { column = "5", unit = "fen" }
            period = { column = "6", pattern = "yyyymm" }
            [file]
            type = "csv"
            header = false
            [result]
            name = "{name}.res"
            type = "csv"
            columns = []
            codes = {}
        "#;
        toml::from_str(text).expect("a format")
    }

    fn read(cells: [&str; 6]) -> Result<ClaimLine, LineError> {
        let format = format();
        let reader = ClaimReader::bind(&format, &Header::numbered()).expect("columns");
        let cells = cells.iter().map(|cell| Cell::Text((*cell).to_owned())).collect();
        reader.read(&RawLine { line: 7, cells })
    }

    #[test]
    fn a_line_is_read_by_its_columns() {
        let line = read(["0001", "C-100", "6222-01", "林小雨", "12050", "202611"]).expect("a line");
        assert_eq!((line.line, line.number.as_str(), line.contract.as_str()), (7, "0001", "C-100"));
        assert_eq!((line.account.as_str(), line.amount_fen), ("6222-01", 12_050));
        assert_eq!(line.period, "2026-11");
        assert_eq!(line.holder.expect("a name").expose(), "林小雨");
    }

    #[test]
    fn every_wrong_cell_is_named_and_names_are_not_shown() {
        let good = ["0001", "C-100", "6222-01", "林小雨", "12050", "202611"];
        let wrong = [
            (0, "", "1"),
            (1, "C/100", "2"),
            (1, "合同", "2"),
            (2, "6222 01", "3"),
            (3, "", "4"),
            (4, "0", "5"),
            (4, "120.50", "5"),
            (5, "2026-11", "6"),
        ];
        for (at, cell, column) in wrong {
            let mut cells = good;
            cells[at] = cell;
            let error = read(cells).expect_err(cell);
            assert_eq!((error.line, error.column.as_str()), (7, column), "{cell}");
        }
        let long = "长".repeat(61);
        let mut cells = good;
        cells[3] = &long;
        assert!(!read(cells).expect_err("too long").to_string().contains('长'));
    }
}
