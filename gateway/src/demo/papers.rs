//! What companies write and read with programs of their own: their bills, their rosters, and the day
//! files that they get from us. Not made from their specifications, as their programs are not: what
//! they write has to be understood, and what we write has to be what they read.
//!
//! | module | company | files |
//! |---|---|---|
//! | [`yunhe`] | one community | CSV in UTF-8, yuan |
//! | [`jinding`] | three communities | GB18030 with `\|`, fen, totals; a roster of fixed width |
//! | [`huating`] | two communities | workbooks |

mod huating;
mod jinding;
mod yunhe;

use std::sync::Arc;

use super::town::{Home, Household};

/// A file of a company's.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Whether money came or went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A payer paid.
    Paid,
    /// A payer got it back.
    Refunded,
}

/// What an order paid, as far as any company's file tells.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    /// Our order.
    pub order: &'a str,
    /// Community.
    pub site: &'a str,
    /// House.
    pub house: &'a str,
    /// The company's bill.
    pub import_id: &'a str,
    /// Item.
    pub item: &'a str,
    /// Month, `yyyy-mm`.
    pub period: &'a str,
}

/// A company's own programs.
pub trait Papers: Send + Sync {
    /// How its bills name a home, as our specification of it reads them.
    fn house(&self, home: Home) -> String;

    /// What it charges: item, for how many in a hundred, and the amounts in fen from and to.
    fn items(&self) -> &'static [(&'static str, u64, u64, u64)];

    /// Its bill file.
    ///
    /// # Errors
    /// When a workbook cannot be made.
    fn bills(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper>;

    /// Its roster file.
    ///
    /// # Errors
    /// When a workbook cannot be made.
    fn roster(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper>;

    /// Under which name it looks for a payment in its own books, when it compares them with a day file.
    fn key(&self, told: &Told<'_>) -> String;

    /// Reads a day file: for every line the key, the way and the amount in fen.
    ///
    /// # Errors
    /// When the file is not what was agreed.
    fn read_day(&self, bytes: &[u8]) -> anyhow::Result<Vec<(String, Way, i64)>>;
}

/// The programs of a company, if it has a part in the demonstration.
#[must_use]
pub fn of(partner: &str) -> Option<Arc<dyn Papers>> {
    match partner {
        "yunhe" => Some(Arc::new(yunhe::Yunhe)),
        "jinding" => Some(Arc::new(jinding::Jinding)),
        "huating" => Some(Arc::new(huating::Huating)),
        _ => None,
    }
}

/// Fen as yuan with two decimals.
fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Yuan with up to two decimals as fen.
fn fen(yuan: &str) -> anyhow::Result<i64> {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, ""));
    anyhow::ensure!(part.len() <= 2, "{yuan:?} has more than two decimals");
    let part = format!("{part:0<2}");
    Ok(whole.parse::<i64>()? * 100 + part.parse::<i64>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_and_fen_are_the_same_money() {
        for (text, amount) in [("0.05", 5), ("12.5", 1_250), ("12", 1_200), ("3843.54", 384_354)] {
            assert_eq!(fen(text).expect(text), amount);
            assert_eq!(fen(&yuan(amount)).expect(text), amount);
        }
        assert!(fen("1.234").is_err());
    }
}
