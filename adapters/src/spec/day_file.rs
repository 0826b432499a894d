//! The file that we send a partner for each clearing date: which columns, in which form. It turns the
//! day's lines into rows of text; bytes are the gateway's matter.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::file_shape::{Encoding, FileType, Quote, TotalsAt, Unit};
use super::identity::Zone;
use super::pattern::Pattern;

/// The day's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayFile {
    /// Name, with `{date}`, and `{number}` for the number of a correction.
    pub name: String,
    /// How the date is written in the name and the totals.
    pub date_pattern: Pattern,
    /// Type of the file.
    pub r#type: FileType,
    /// Encoding of a text file.
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
    pub header: bool,
    /// The columns in their order.
    pub columns: Vec<DayColumn>,
    /// A line with totals.
    pub totals: Option<DayTotals>,
}

/// End of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnd {
    /// Line feed.
    #[default]
    Lf,
    /// Carriage return and line feed.
    Crlf,
}

/// One column.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayColumn {
    /// Its name in the header.
    pub name: String,
    /// What it holds.
    pub source: Source,
    /// Unit of an amount; yuan if left out.
    pub unit: Option<Unit>,
    /// How a date or an instant is written; `yyyy-mm-dd` or `yyyy-mm-dd HH:MM:SS` if left out.
    pub pattern: Option<Pattern>,
    /// Our value to the partner's word; a value that is not named stays as it is.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
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

/// Side to which a text stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Filled on the right.
    #[default]
    Left,
    /// Filled on the left.
    Right,
}

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Number of the line in the file, from 1.
    Sequence,
    /// Our order.
    Order,
    /// `paid` or `refunded`.
    Kind,
    /// The partner's bill.
    ImportId,
    /// Community.
    Community,
    /// House.
    House,
    /// Item.
    Item,
    /// First month.
    Period,
    /// What the payer paid or got back: principal and late fee.
    Amount,
    /// Part of it that was the bill.
    Principal,
    /// Part of it that was late fee.
    LateFee,
    /// What a budget paid on top.
    Discount,
    /// Part of it that goes to the partner's own account, before our fee.
    OwnShare,
    /// Our fee.
    Fee,
    /// When it was accepted.
    PaidAt,
    /// Civil date of that.
    BusinessDate,
    /// Clearing date of the line: earlier than the file's for a late item.
    ClearingDate,
    /// Channel that ordered it.
    Channel,
    /// A fixed text.
    Text,
}

/// A line with totals.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayTotals {
    /// Before everything else, or after.
    pub at: TotalsAt,
    /// Its cells, with `{count}`, `{sum}` (paid less refunded), `{paid_count}`, `{paid_sum}`,
    /// `{refunded_count}`, `{refunded_sum}`, `{fee_sum}`, `{date}`, `{number}` and `{head}`.
    pub cells: Vec<String>,
    /// Unit of the sums.
    pub unit: Unit,
}

/// All that a day's file depends on besides the day itself. It is kept with a closed day, so that the
/// file can be made again: a key that is added to the specification later must be one that may be left
/// out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DayForm {
    /// The zone of its dates and times.
    pub zone: Zone,
    /// Which columns, in which form.
    pub file: DayFile,
}

/// One payment or refund of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLine {
    /// Paid or refunded.
    pub kind: DayKind,
    /// Our order.
    pub order: String,
    /// The partner's bill.
    pub import_id: String,
    /// Community.
    pub community: String,
    /// House.
    pub house: String,
    /// Item.
    pub item: String,
    /// First month, `YYYY-MM`.
    pub period: String,
    /// The part that was the bill; never negative, the kind says the direction.
    pub principal_fen: i64,
    /// The part that was late fee.
    pub late_fee_fen: i64,
    /// What a budget paid on top.
    pub discount_fen: i64,
    /// What goes to the partner's own account, before our fee; of a refund, what came out of it.
    pub own_share_fen: i64,
    /// Our fee.
    pub fee_fen: i64,
    /// When it was accepted.
    pub paid_at: Timestamp,
    /// Its clearing date.
    pub clearing_date: Date,
    /// Channel that ordered it.
    pub channel: String,
}

/// Direction of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// From the payer.
    Paid,
    /// Back to the payer.
    Refunded,
}

/// A closed day of one partner.
#[derive(Debug, Clone)]
pub struct Day {
    /// The clearing date.
    pub date: Date,
    /// 0 for the file itself, 1 and up for its corrections.
    pub number: u32,
    /// Head of the chain when the day was closed.
    pub head: String,
    /// In the order in which they are written.
    pub lines: Vec<DayLine>,
}

/// A file as rows of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTable {
    /// Name of the file.
    pub name: String,
    /// Every row, header and totals included.
    pub rows: Vec<Vec<String>>,
    /// How many rows stand before the first line of data, and how many after the last.
    pub frame: (usize, usize),
}

/// A day whose sums leave `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the sums of the day are beyond what an amount can be")]
pub struct SumOverflow;

#[derive(Default)]
struct Sums {
    paid: (u64, i64),
    refunded: (u64, i64),
    fee: i64,
}

impl DayFile {
    /// The day as rows. A day without lines still gives a file.
    ///
    /// # Errors
    /// The sums overflow.
    pub fn table(&self, day: &Day, zone: &TimeZone) -> Result<DayTable, SumOverflow> {
        let sums = Sums::of(&day.lines).ok_or(SumOverflow)?;
        let totals = self.totals.as_ref().map(|t| (t.at, self.totals_row(t, day, &sums)));
        let mut rows = Vec::with_capacity(day.lines.len() + 2);
        if let Some((TotalsAt::FirstLine, row)) = &totals {
            rows.push(row.clone());
        }
        if self.header {
            rows.push(self.columns.iter().map(|c| c.name.clone()).collect());
        }
        let before = rows.len();
        for (index, line) in day.lines.iter().enumerate() {
            rows.push(self.columns.iter().map(|c| c.cell(index + 1, line, zone)).collect());
        }
        let data_end = rows.len();
        if let Some((TotalsAt::LastLine, row)) = totals {
            rows.push(row);
        }
        let frame = (before, rows.len() - data_end);
        Ok(DayTable { name: self.file_name(day), rows, frame })
    }

    fn file_name(&self, day: &Day) -> String {
        let date = self.date_pattern.write(day.date.at(0, 0, 0, 0));
        let name = self.name.replace("{date}", &date);
        if name.contains("{number}") || day.number == 0 {
            return name.replace("{number}", &day.number.to_string());
        }
        match name.rsplit_once('.') {
            Some((stem, suffix)) => format!("{stem}-{}.{suffix}", day.number),
            None => format!("{name}-{}", day.number),
        }
    }

    fn totals_row(&self, totals: &DayTotals, day: &Day, sums: &Sums) -> Vec<String> {
        let amount = |fen| written(fen, totals.unit);
        let words = [
            ("{count}", (sums.paid.0 + sums.refunded.0).to_string()),
            ("{sum}", amount(sums.paid.1 - sums.refunded.1)),
            ("{paid_count}", sums.paid.0.to_string()),
            ("{paid_sum}", amount(sums.paid.1)),
            ("{refunded_count}", sums.refunded.0.to_string()),
            ("{refunded_sum}", amount(sums.refunded.1)),
            ("{fee_sum}", amount(sums.fee)),
            ("{date}", self.date_pattern.write(day.date.at(0, 0, 0, 0))),
            ("{number}", day.number.to_string()),
            ("{head}", day.head.clone()),
        ];
        let fill = |cell: &String| {
            words.iter().fold(cell.clone(), |text, (word, value)| text.replace(word, value))
        };
        totals.cells.iter().map(fill).collect()
    }
}

impl Sums {
    fn of(lines: &[DayLine]) -> Option<Self> {
        let mut sums = Self::default();
        for line in lines {
            let amount = line.amount_fen()?;
            let side = match line.kind {
                DayKind::Paid => &mut sums.paid,
                DayKind::Refunded => &mut sums.refunded,
            };
            side.0 += 1;
            side.1 = side.1.checked_add(amount)?;
            sums.fee = sums.fee.checked_add(line.fee_fen)?;
        }
        Some(sums)
    }
}

impl DayLine {
    fn amount_fen(&self) -> Option<i64> {
        self.principal_fen.checked_add(self.late_fee_fen)
    }
}

impl DayColumn {
    fn cell(&self, sequence: usize, line: &DayLine, zone: &TimeZone) -> String {
        let amount = |fen| written(fen, self.unit.unwrap_or(Unit::Yuan));
        let date = |date: Date| match &self.pattern {
            Some(pattern) => pattern.write(date.at(0, 0, 0, 0)),
            None => date.to_string(),
        };
        let value = match self.source {
            Source::Sequence => sequence.to_string(),
            Source::Order => line.order.clone(),
            Source::Kind => match line.kind {
                DayKind::Paid => "paid".to_owned(),
                DayKind::Refunded => "refunded".to_owned(),
            },
            Source::ImportId => line.import_id.clone(),
            Source::Community => line.community.clone(),
            Source::House => line.house.clone(),
            Source::Item => line.item.clone(),
            Source::Period => self.period(&line.period),
            Source::Amount => amount(line.amount_fen().unwrap_or(i64::MAX)),
            Source::Principal => amount(line.principal_fen),
            Source::LateFee => amount(line.late_fee_fen),
            Source::Discount => amount(line.discount_fen),
            Source::OwnShare => amount(line.own_share_fen),
            Source::Fee => amount(line.fee_fen),
            Source::PaidAt => {
                let at = zone.to_datetime(line.paid_at);
                match &self.pattern {
                    Some(pattern) => pattern.write(at),
                    None => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                }
            }
            Source::BusinessDate => date(zone.to_datetime(line.paid_at).date()),
            Source::ClearingDate => date(line.clearing_date),
            Source::Channel => line.channel.clone(),
            Source::Text => self.text.clone().unwrap_or_default(),
        };
        self.map.get(&value).cloned().unwrap_or(value)
    }

    fn period(&self, period: &str) -> String {
        let first_day = format!("{period}-01").parse::<Date>();
        match (&self.pattern, first_day) {
            (Some(pattern), Ok(day)) => pattern.write(day.at(0, 0, 0, 0)),
            _ => period.to_owned(),
        }
    }
}

/// An amount in a unit: `-12.05` yuan, `-1205` fen.
#[must_use]
pub fn written(fen: i64, unit: Unit) -> String {
    match unit {
        Unit::Fen => fen.to_string(),
        Unit::Yuan => {
            let sign = if fen < 0 { "-" } else { "" };
            let whole = fen.unsigned_abs();
            format!("{sign}{}.{:02}", whole / 100, whole % 100)
        }
    }
}

#[cfg(test)]
mod tests;
