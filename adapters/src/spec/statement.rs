//! The day's file of a biller as it comes to us: which payments it has. How the file is laid out is in
//! [`super::file_shape`].

use serde::{Deserialize, Serialize};

use super::fetch::Fetch;
use super::file_shape::FileShape;
use super::import::{AmountColumn, Coded, ColumnName, PeriodColumn, TextColumn};
use super::pattern::{DatePattern, MomentPattern, Pattern};

/// The section `[statement]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Name of the file, with `{date}`.
    pub name: String,
    /// How the clearing date is written in the name.
    pub date_pattern: Pattern,
    /// Whether a day without payments has a file.
    pub empty_day: EmptyDay,
    /// How it comes by itself; left out: it is imported by hand.
    pub fetch: Option<Fetch>,
    /// Its layout.
    pub file: FileShape,
    /// Where the totals line says which day it is.
    pub totals_date: Option<TotalsDate>,
    /// Which lines the totals cover.
    #[serde(default)]
    pub totals_cover: TotalsCover,
    /// Our reference of the payment.
    pub reference: TextColumn,
    /// The customer number.
    pub customer: Option<TextColumn>,
    /// What was paid.
    pub amount: AmountColumn,
    /// On which day, or when.
    pub date: Option<MomentColumn>,
    /// What became of the line; left out: every line is a payment.
    pub status: Option<Coded<LineStatus>>,
    /// Whether debits under mandates are in the file: said by every biller that claims such.
    pub withheld: Option<Withheld>,
    /// The contract of a debit under a mandate. A line without one is a payment and has our reference; a line
    /// with one is known by contract and period.
    pub contract: Option<TextColumn>,
    /// The month or quarter of a debit under a mandate.
    pub period: Option<PeriodColumn>,
}

/// Whether debits under mandates are in the file of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// They are, each known by its contract and period.
    Listed,
    /// They are not: the result file alone settles them.
    NotListed,
}

/// A date, perhaps with a time of day, in the biller's zone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MomentColumn {
    /// Which column.
    pub column: ColumnName,
    /// How it is written.
    pub pattern: MomentPattern,
}

/// Whether a day without payments has a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyDay {
    /// It has: a missing file is late, never an empty day.
    HasFile,
    /// It has none.
    HasNone,
}

/// Which lines the totals of the file cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TotalsCover {
    /// All of them.
    #[default]
    AllLines,
    /// Those that are payments.
    Paid,
}

/// Where the totals line says which day it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalsDate {
    /// Counted from 1.
    pub column: u32,
    /// How it is written.
    pub pattern: DatePattern,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// It is a payment.
    Paid,
    /// It was a payment and was taken back.
    Reversed,
    /// It never was one.
    NotPaid,
}
