//! What the bills of personal wallets share: a preamble in words that states how many entries there are and
//! what they sum to (`共43笔记录`, `收入：1笔 0.35元`), and a period between brackets.

use jiaozi_ledger::money::{Currency, Side};
use jiff::civil::Date;

use super::amount::{Amount, Written};
use super::date;
use super::place::{Place, Refusal};
use super::proof::{Figure, Proof, Stated, What};
use super::table::{Column, Row};

/// What a preamble has said.
#[derive(Debug, Default)]
pub(super) struct Preamble {
    stated: Vec<Stated>,
    /// First day of the period.
    pub(super) from: Option<Date>,
    /// Last day of the period.
    pub(super) to: Option<Date>,
}

impl Preamble {
    /// A line; one that says nothing of this is passed over.
    pub(super) fn line(&mut self, place: &Place, text: &str) -> Result<(), Refusal> {
        if let Some(count) = text.strip_prefix("共").and_then(|rest| rest.strip_suffix("笔记录"))
        {
            self.count(place, What::EntryCount, count)?;
        }
        for (word, count, sum) in [
            ("收入：", What::CreditCount, What::CreditSum),
            ("支出：", What::DebitCount, What::DebitSum),
            ("中性交易：", What::NeutralCount, What::NeutralSum),
            ("不计收支：", What::NeutralCount, What::NeutralSum),
        ] {
            let Some(rest) = text.strip_prefix(word) else { continue };
            let parts = rest.strip_suffix('元').and_then(|rest| rest.split_once('笔'));
            let Some((number, amount)) = parts else {
                let expected = format!("a number and a sum, such as {word}1笔 0.35元");
                return Err(place.clone().refuse(text, expected));
            };
            self.count(place, count, number)?;
            let (currency, amount) = (Currency::CNY, amount.trim());
            let minor = Written::Point.unsigned(amount, currency);
            let minor = minor.map_err(|expected| place.clone().refuse(amount, expected))?;
            self.state(place, sum, Figure::Amount(Amount { currency, minor }));
        }
        if let Some((_, rest)) = text.split_once("起始时间：[") {
            self.from = Some(day(place, rest)?);
        }
        if let Some((_, rest)) = text.split_once("终止时间：[") {
            self.to = Some(day(place, rest)?);
        }
        Ok(())
    }

    fn count(&mut self, place: &Place, what: What, text: &str) -> Result<(), Refusal> {
        let count = text.trim().parse();
        let count = count.map_err(|_| place.clone().refuse(text, "a number of entries"))?;
        self.state(place, what, Figure::Count(count));
        Ok(())
    }

    fn state(&mut self, place: &Place, what: What, figure: Figure) {
        self.stated.push(Stated { place: place.clone(), what, figure });
    }

    /// Gives what was stated to the proof. A bill that states nothing has lost its preamble.
    pub(super) fn prove(&mut self, place: Place, proof: &mut Proof) {
        if self.stated.is_empty() {
            proof.report(place, What::Totals, Figure::Present, Figure::Missing);
        }
        for Stated { place, what, figure } in std::mem::take(&mut self.stated) {
            proof.state(place, what, figure);
        }
    }
}

fn day(place: &Place, text: &str) -> Result<Date, Refusal> {
    let text = text.split_once(']').map_or(text, |(inside, _)| inside);
    let moment = date::moment(text).ok_or_else(|| place.clone().refuse(text, date::MOMENT))?;
    Ok(moment.date())
}

/// What a wallet calls an entry's side.
pub(super) fn side(
    row: &Row<'_>,
    column: Column,
    neutral: &[&str],
) -> Result<Option<Side>, Refusal> {
    match row.text(column) {
        "收入" => Ok(Some(Side::Credit)),
        "支出" => Ok(Some(Side::Debit)),
        word if neutral.contains(&word) => Ok(None),
        _ => Err(row.refuse(column, format!("收入, 支出 or {}", neutral.join(" or ")))),
    }
}
