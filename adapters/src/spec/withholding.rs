//! Batch withholding (批量代扣): the file of claims that a partner sends, what its columns mean, when it is
//! run, and the file with the results that goes back.

use std::collections::BTreeMap;

use jiaozi_ledger::withholding::LineOutcome;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, CalendarError};
use super::day_file::{Align, DayTotals, LineEnd, written};
use super::file_shape::{Encoding, FileShape, FileType, Quote, TotalsAt, Unit};
use super::import::{AmountColumn, PeriodColumn, TextColumn};
use super::pattern::Pattern;

/// The section `[withholding]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withholding {
    /// On which day a file is run.
    pub run: Run,
    /// Its layout.
    pub file: FileShape,
    /// The partner's own number of the line.
    pub number: TextColumn,
    /// The contract's number, under which payers have signed.
    pub contract: TextColumn,
    /// The account to debit; left out: the mandate's, unseen.
    pub account: Option<TextColumn>,
    /// The account holder's name; left out: it is not compared.
    pub holder: Option<TextColumn>,
    /// For which month or quarter.
    pub period: PeriodColumn,
    /// How much.
    pub amount: AmountColumn,
    /// The file with the results.
    pub result: ResultFile,
}

/// On which day a file is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    /// When it comes.
    OnArrival,
    /// On the first working day after it came.
    NextWorkingDay,
}

impl Run {
    /// The day on which a file is run that came on a date.
    ///
    /// # Errors
    /// The calendar does not cover the days in question; a day is never guessed.
    pub fn day_after(self, came: Date, days: &Calendar) -> Result<Date, CalendarError> {
        match self {
            Run::OnArrival => Ok(came),
            Run::NextWorkingDay => days.next_working_day(came),
        }
    }
}

/// The section `[withholding.result]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultFile {
    /// Name, with `{name}` for that of the claims without its ending, and `{round}`, which is 0 for the
    /// file itself and counts the days on which what failed was presented again.
    pub name: String,
    /// Type of the file; no workbook.
    pub r#type: FileType,
    /// Encoding.
    #[serde(default)]
    pub encoding: Encoding,
    /// Between two cells of a `csv`; a comma if left out.
    pub delimiter: Option<char>,
    /// Around cells of a `csv` that need it; left out: `"`.
    pub quote: Option<Quote>,
    /// End of a line.
    #[serde(default)]
    pub line_end: LineEnd,
    /// Whether a line with the names of the columns comes first.
    #[serde(default)]
    pub header: bool,
    /// The columns in their order.
    pub columns: Vec<ResultColumn>,
    /// A line with totals: its cells may contain `{count}`, `{sum}`, `{debited_count}`, `{debited_sum}`,
    /// `{failed_count}` and `{failed_sum}`.
    pub totals: Option<DayTotals>,
    /// The partner's own code of each outcome.
    pub codes: BTreeMap<LineOutcome, String>,
}

/// One column of the results.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultColumn {
    /// Its name in the header.
    pub name: String,
    /// What it holds.
    pub source: ResultSource,
    /// Unit of an amount; yuan if left out.
    pub unit: Option<Unit>,
    /// How a period is written; `2026-11` or `2026Q4` if left out.
    pub pattern: Option<Pattern>,
    /// The text of a column whose source is `text`.
    pub text: Option<String>,
    /// Length in bytes in a `fixed_width` file.
    pub bytes: Option<u32>,
    /// Side to which the text stands in a `fixed_width` file.
    #[serde(default)]
    pub align: Align,
    /// What fills the rest.
    pub pad: Option<char>,
}

/// What a column of the results can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultSource {
    /// The partner's own number of the line.
    Number,
    /// The contract.
    Contract,
    /// The account as the partner wrote it.
    Account,
    /// The period.
    Period,
    /// What was claimed.
    Amount,
    /// What was debited.
    Debited,
    /// What was claimed and not debited.
    Open,
    /// The partner's code of the outcome.
    Code,
    /// Our name of the outcome.
    Outcome,
    /// Our payment, where something was debited.
    Order,
    /// A fixed text.
    Text,
}

/// One line of the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultLine {
    /// The partner's own number of the line.
    pub number: String,
    /// The contract.
    pub contract: String,
    /// The account as the partner wrote it.
    pub account: String,
    /// The period, `2026-11` or `2026Q4`.
    pub period: String,
    /// What was claimed.
    pub amount_fen: i64,
    /// What was debited.
    pub debited_fen: i64,
    /// What came of it.
    pub outcome: LineOutcome,
    /// Our payment; empty where nothing was debited.
    pub order: String,
}

/// The sums of the results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResultSums {
    /// Lines.
    pub lines: u64,
    /// What was claimed, in fen.
    pub claimed_fen: i64,
    /// Lines of which something was debited.
    pub debited: u64,
    /// What was debited, in fen.
    pub debited_fen: i64,
}

impl ResultSums {
    /// Adds a line; nothing when a sum does not fit.
    #[must_use]
    pub fn plus(self, line: &ResultLine) -> Option<ResultSums> {
        Some(ResultSums {
            lines: self.lines + 1,
            claimed_fen: self.claimed_fen.checked_add(line.amount_fen)?,
            debited: self.debited + u64::from(line.debited_fen > 0),
            debited_fen: self.debited_fen.checked_add(line.debited_fen)?,
        })
    }
}

impl ResultFile {
    /// The name of the results of a file, of one round.
    #[must_use]
    pub fn file_name(&self, claims: &str, round: i64) -> String {
        let stem = claims.rsplit_once('.').map_or(claims, |(stem, _)| stem);
        self.name.replace("{name}", stem).replace("{round}", &round.to_string())
    }

    /// The names of the columns, where they come first.
    #[must_use]
    pub fn head(&self) -> Option<Vec<String>> {
        self.header.then(|| self.columns.iter().map(|column| column.name.clone()).collect())
    }

    /// A line as text.
    #[must_use]
    pub fn row(&self, line: &ResultLine) -> Vec<String> {
        self.columns.iter().map(|column| self.cell(column, line)).collect()
    }

    /// The line with the totals, if there is one at that end.
    #[must_use]
    pub fn totals_at(&self, at: TotalsAt, sums: ResultSums) -> Option<Vec<String>> {
        let totals = self.totals.as_ref().filter(|totals| totals.at == at)?;
        let amount = |fen| written(fen, totals.unit);
        let words = [
            ("{count}", sums.lines.to_string()),
            ("{sum}", amount(sums.claimed_fen)),
            ("{debited_count}", sums.debited.to_string()),
            ("{debited_sum}", amount(sums.debited_fen)),
            ("{failed_count}", sums.lines.saturating_sub(sums.debited).to_string()),
            ("{failed_sum}", amount(sums.claimed_fen.saturating_sub(sums.debited_fen))),
        ];
        let fill = |cell: &String| {
            words.iter().fold(cell.clone(), |text, (word, value)| text.replace(word, value))
        };
        Some(totals.cells.iter().map(fill).collect())
    }

    fn cell(&self, column: &ResultColumn, line: &ResultLine) -> String {
        let amount = |fen| written(fen, column.unit.unwrap_or(Unit::Yuan));
        match column.source {
            ResultSource::Number => line.number.clone(),
            ResultSource::Contract => line.contract.clone(),
            ResultSource::Account => line.account.clone(),
            ResultSource::Period => period(&line.period, column.pattern.as_ref()),
            ResultSource::Amount => amount(line.amount_fen),
            ResultSource::Debited => amount(line.debited_fen),
            ResultSource::Open => amount(line.amount_fen.saturating_sub(line.debited_fen)),
            ResultSource::Code => self.codes.get(&line.outcome).cloned().unwrap_or_default(),
            ResultSource::Outcome => line.outcome.name().to_owned(),
            ResultSource::Order => line.order.clone(),
            ResultSource::Text => column.text.clone().unwrap_or_default(),
        }
    }
}

/// A period in a pattern; a quarter by its first month.
fn period(code: &str, pattern: Option<&Pattern>) -> String {
    let first = match code.split_once('Q') {
        Some((year, quarter)) => {
            quarter.parse::<i8>().ok().map(|q| format!("{year}-{:02}-01", q * 3 - 2))
        }
        None => Some(format!("{code}-01")),
    };
    let day = first.and_then(|text| text.parse::<Date>().ok());
    match (pattern, day) {
        (Some(pattern), Some(day)) => pattern.write(day.at(0, 0, 0, 0)),
        _ => code.to_owned(),
    }
}
