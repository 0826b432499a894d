//! What a group says for its accounts (02), and an account of itself (03): balances and summaries.

use jiaozi_ledger::money::Currency;
use jiff::civil::Date;

use super::super::amount::{Amount, Written};
use super::super::date;
use super::super::entry::numbered;
use super::super::place::{Place, Refusal};
use super::super::proof::{Figure, Proof, What};
use super::super::record::{Balance, Ending, Head, Issue};
use super::entry::funds;
use super::records::Record;

/// What a group says for its accounts.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) date: Option<Date>,
    currency: Option<Currency>,
    issue: Issue,
    /// Whether more of the day may follow.
    interim: bool,
}

impl Group {
    pub(super) fn of(record: &Record) -> Result<Self, Refusal> {
        let issue = match record.field(3) {
            "1" => Issue::Original,
            "2" => Issue::Deletion,
            "3" => Issue::Correction,
            "4" => Issue::Test,
            _ => return Err(record.refuse(3, "a status from 1 to 4")),
        };
        let date = date::short(record.field(4));
        let date = date.ok_or_else(|| record.refuse(4, "a date such as 261120 (YYMMDD)"))?;
        // Of the day before, or of the same one: while it lasts, or after its end.
        let interim = match record.field(7) {
            "1" | "3" => true,
            "" | "2" | "4" => false,
            _ => return Err(record.refuse(7, "a modifier from 1 to 4, or nothing")),
        };
        Ok(Self { date: Some(date), currency: currency(record, 6)?, issue, interim })
    }
}

fn currency(record: &Record, number: usize) -> Result<Option<Currency>, Refusal> {
    match record.field(number) {
        "" => Ok(None),
        code => match Currency::parse(code) {
            Some(currency) => Ok(Some(currency)),
            None => Err(record.refuse(number, "a currency such as CNY, or nothing")),
        },
    }
}

/// An account.
pub(super) struct Account {
    pub(super) head: Head,
    pub(super) currency: Currency,
    pub(super) proof: Proof,
    closing: Option<Balance>,
    summaries: Vec<Summary>,
}

/// What an account says of its credits or debits: only one that counts them also lists them.
struct Summary {
    place: Place,
    count: (What, u64),
    sum: (What, Amount),
}

impl Account {
    /// The account, and the sum of all amounts in its record.
    pub(super) fn of(
        record: &Record,
        group: &Group,
        file: Option<String>,
    ) -> Result<(Self, i128), Refusal> {
        let own = currency(record, 2)?.or(group.currency);
        // The standard's default.
        let currency = own.or(Currency::parse("USD")).unwrap_or(Currency::CNY);
        let head = Head {
            place: record.place(),
            kind: if group.interim { "BAI2 interim report" } else { "BAI2" }.to_owned(),
            id: file,
            issue: group.issue,
            account: numbered(record.field(1)),
            currency: Some(currency),
            to: group.date,
            ..Head::default()
        };
        let proof = Proof::new(Some(currency));
        let mut account = Self { head, currency, proof, closing: None, summaries: Vec::new() };
        let sum = account.figures(record, group.date)?;
        Ok((account, sum))
    }

    /// The balances and summaries: type, amount, number of items and funds, again and again.
    fn figures(&mut self, record: &Record, date: Option<Date>) -> Result<i128, Refusal> {
        let fields: Vec<&str> = record.fields().collect();
        let mut sum = 0;
        // Fields are counted from 1, and the first two are the account and its currency.
        let mut at = 3;
        let field = |number: usize| fields.get(number - 1).copied().unwrap_or("");
        while at <= fields.len() {
            let (code, written, items) = (field(at), field(at + 1), field(at + 2));
            if !code.is_empty() || !written.is_empty() {
                if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(record.refuse(at, "a type of three digits"));
                }
                let minor = match written {
                    "" => 0,
                    _ => Written::Minor
                        .signed(written, self.currency)
                        .map_err(|expected| record.refuse(at + 1, expected))?,
                };
                let items = match items {
                    "" => None,
                    _ => Some(items.parse().map_err(|_| record.refuse(at + 2, "a number"))?),
                };
                sum += i128::from(minor);
                self.figure(record.place(), code, minor, items, date);
            }
            at += 3 + funds(record, &fields, at + 3)?.fields;
        }
        Ok(sum)
    }

    fn figure(
        &mut self,
        place: Place,
        code: &str,
        minor: i64,
        items: Option<u64>,
        date: Option<Date>,
    ) {
        let amount = Amount { currency: self.currency, minor };
        let balance = || Balance { place: place.clone(), date, amount, intermediate: false };
        match (code, items) {
            ("010", _) => self.head.opening = Some(balance()),
            ("015", _) => self.closing = Some(balance()),
            ("100", Some(items)) => self.summaries.push(Summary {
                place,
                count: (What::CreditCount, items),
                sum: (What::CreditSum, amount),
            }),
            ("400", Some(items)) => self.summaries.push(Summary {
                place,
                count: (What::DebitCount, items),
                sum: (What::DebitSum, amount),
            }),
            _ => {}
        }
    }

    /// The account's end, compared.
    pub(super) fn end(mut self) -> Ending {
        // An account without any entry reports balances and summaries alone.
        if self.proof.counted().entries() > 0 {
            for Summary { place, count, sum } in self.summaries {
                self.proof.state(place.clone(), count.0, Figure::Count(count.1));
                self.proof.state(place, sum.0, Figure::Amount(sum.1));
            }
            return self.proof.end(self.head.opening.as_ref(), self.closing);
        }
        self.proof.end(None, self.closing)
    }
}
