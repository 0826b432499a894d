//! A statement against its own totals: what it states is kept, what it holds is counted, and where the two
//! part is reported with the place, what was expected and what was found.

use std::fmt;

use jiaozi_ledger::money::{Currency, Side};
use serde::Serialize;

use super::amount::{Amount, in_units};
use super::entry::{Entry, Status};
use super::place::Place;
use super::record::{Balance, Ending};

/// Imbalances that are listed; more are only counted.
const LISTED_MAX: usize = 100;

/// A figure that a file states about itself, or that is compared with another of the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Number of entries.
    EntryCount,
    /// Sum of all entries without their signs.
    EntrySum,
    /// Credits less debits.
    Net,
    /// Number of credits.
    CreditCount,
    /// Sum of credits.
    CreditSum,
    /// Number of debits.
    DebitCount,
    /// Sum of debits.
    DebitSum,
    /// Number of entries that count as neither.
    NeutralCount,
    /// Sum of entries that count as neither.
    NeutralSum,
    /// The balance before the entries.
    OpeningBalance,
    /// The balance after the entries.
    ClosingBalance,
    /// The balance after one line.
    RunningBalance,
    /// The currency of an entry.
    EntryCurrency,
    /// Number of transactions that an entry books together.
    BatchCount,
    /// Sum of transactions that an entry books together.
    BatchSum,
    /// Sum of what a bill settles.
    SettledSum,
    /// Sum of orders.
    OrderSum,
    /// Sum of refunds.
    RefundSum,
    /// Sum of refunds that were asked for.
    RefundAskedSum,
    /// Sum of coupons that were refunded.
    CouponRefundSum,
    /// Sum of fees.
    FeeSum,
    /// Totals as such.
    Totals,
    /// Number of records.
    Records,
    /// Number of accounts of a group.
    Accounts,
    /// Number of groups of a file.
    Groups,
    /// Sum of all amounts, whatever they mean.
    ControlTotal,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EntryCount => "number of entries",
            Self::EntrySum => "sum of entries",
            Self::Net => "credits less debits",
            Self::CreditCount => "number of credits",
            Self::CreditSum => "sum of credits",
            Self::DebitCount => "number of debits",
            Self::DebitSum => "sum of debits",
            Self::NeutralCount => "number of neutral entries",
            Self::NeutralSum => "sum of neutral entries",
            Self::OpeningBalance => "opening balance",
            Self::ClosingBalance => "closing balance",
            Self::RunningBalance => "balance after the line",
            Self::EntryCurrency => "currency of the entry",
            Self::BatchCount => "number of transactions in the entry",
            Self::BatchSum => "sum of transactions in the entry",
            Self::SettledSum => "sum of what is settled",
            Self::OrderSum => "sum of orders",
            Self::RefundSum => "sum of refunds",
            Self::RefundAskedSum => "sum of refunds asked for",
            Self::CouponRefundSum => "sum of coupons refunded",
            Self::FeeSum => "sum of fees",
            Self::Totals => "totals",
            Self::Records => "number of records",
            Self::Accounts => "number of accounts",
            Self::Groups => "number of groups",
            Self::ControlTotal => "control total",
        })
    }
}

/// A value that is stated or counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// How many.
    Count(u64),
    /// How much.
    Amount(Amount),
    /// A sum of minor units, whatever their currencies.
    Sum(i64),
    /// Which currency.
    Currency(Currency),
    /// The figure is there.
    Present,
    /// It is not.
    Missing,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Amount(amount) => amount.fmt(f),
            Self::Sum(sum) => sum.fmt(f),
            Self::Currency(currency) => currency.fmt(f),
            Self::Present => f.write_str("some"),
            Self::Missing => f.write_str("none"),
        }
    }
}

/// A figure that the file states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stated {
    /// Where.
    pub place: Place,
    /// Of what.
    pub what: What,
    /// How much.
    pub figure: Figure,
}

/// Where a file is not what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imbalance {
    /// Where the figure stands.
    pub place: Place,
    /// Of what.
    pub what: What,
    /// What follows from the rest of the file.
    pub expected: Figure,
    /// What stands there.
    pub found: Figure,
}

impl fmt::Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, what, expected, found } = self;
        write!(f, "{place}: {what}: found {found}, expected {expected}")
    }
}

/// Number and sum of some entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many.
    pub count: u64,
    /// How much, in minor units of the statement's currency.
    #[serde(serialize_with = "exact")]
    pub minor: i128,
}

/// A sum that other programs may not be able to hold is written as text.
fn exact<S: serde::Serializer>(minor: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(*minor) {
        Ok(minor) => serializer.serialize_i64(minor),
        Err(_) => serializer.collect_str(minor),
    }
}

impl Total {
    fn add(&mut self, minor: i64) {
        self.count += 1;
        // 2^64 amounts of at most 2^63 fit.
        self.minor += i128::from(minor);
    }
}

/// What was counted while reading. Entries in another currency than the statement's are in the counts only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Credits.
    pub credits: Total,
    /// Debits.
    pub debits: Total,
    /// Entries that count as neither.
    pub neutral: Total,
}

impl Counted {
    /// Number of entries.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.credits.count + self.debits.count + self.neutral.count
    }
}

/// A statement's proof in the making.
#[derive(Debug, Default)]
pub(super) struct Proof {
    currency: Option<Currency>,
    counted: Counted,
    /// What the booked entries did to the balance.
    booked: i128,
    stated: Vec<Stated>,
    imbalances: Vec<Imbalance>,
    unlisted: u64,
}

impl Proof {
    /// The currency of the account; without it that of the first entry is taken.
    pub(super) fn new(currency: Option<Currency>) -> Self {
        Self { currency, ..Self::default() }
    }

    /// The currency in which sums are.
    pub(super) fn currency(&self) -> Option<Currency> {
        self.currency
    }

    pub(super) fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Counts an entry.
    pub(super) fn entry(&mut self, entry: &Entry) {
        let Amount { currency, minor } = entry.amount;
        let own = *self.currency.get_or_insert(currency);
        if own != currency {
            let (expected, found) = (Figure::Currency(own), Figure::Currency(currency));
            self.report(entry.place.clone(), What::EntryCurrency, expected, found);
        }
        let minor = if own == currency { minor } else { 0 };
        match entry.side {
            Some(Side::Credit) => self.counted.credits.add(minor),
            Some(Side::Debit) => self.counted.debits.add(minor),
            None => self.counted.neutral.add(minor),
        }
        if entry.status == Status::Booked {
            self.booked += i128::from(super::entry::gained(entry.side, minor));
        }
    }

    /// Keeps a figure that the file states; it is compared at the end.
    pub(super) fn state(&mut self, place: Place, what: What, figure: Figure) {
        self.stated.push(Stated { place, what, figure });
    }

    /// Compares two counts now.
    pub(super) fn count(&mut self, place: Place, what: What, expected: u64, found: u64) {
        if expected != found {
            self.report(place, what, Figure::Count(expected), Figure::Count(found));
        }
    }

    /// Compares two amounts of a currency now.
    pub(super) fn amount(
        &mut self,
        place: Place,
        what: What,
        currency: Currency,
        expected: i128,
        found: i64,
    ) {
        if expected != i128::from(found) {
            let found = Figure::Amount(Amount { currency, minor: found });
            self.report(place, what, amount(currency, expected), found);
        }
    }

    /// Compares two sums now, whatever their currencies.
    pub(super) fn sum(&mut self, place: Place, what: What, expected: i128, found: i64) {
        if expected != i128::from(found) {
            let expected = Figure::Sum(held(expected));
            self.report(place, what, expected, Figure::Sum(found));
        }
    }

    /// Reports that two figures part.
    pub(super) fn report(&mut self, place: Place, what: What, expected: Figure, found: Figure) {
        if self.imbalances.len() < LISTED_MAX {
            self.imbalances.push(Imbalance { place, what, expected, found });
        } else {
            self.unlisted += 1;
        }
    }

    /// Counts imbalances that are not listed.
    pub(super) fn leave_out(&mut self, count: u64) {
        self.unlisted += count;
    }

    /// Compares everything that was stated.
    pub(super) fn end(mut self, opening: Option<&Balance>, closing: Option<Balance>) -> Ending {
        if let (Some(opening), Some(closing)) = (opening, &closing) {
            self.close(opening, closing);
        }
        for Stated { place, what, figure } in std::mem::take(&mut self.stated) {
            let expected = self.expected(what, figure);
            if let Some(expected) = expected.filter(|expected| *expected != figure) {
                self.report(place.clone(), what, expected, figure);
            }
            self.stated.push(Stated { place, what, figure });
        }
        Ending {
            closing,
            stated: self.stated,
            counted: self.counted,
            imbalances: self.imbalances,
            unlisted: self.unlisted,
        }
    }

    fn close(&mut self, opening: &Balance, closing: &Balance) {
        let currency = opening.amount.currency;
        let expected = i128::from(opening.amount.minor) + self.booked;
        let right = closing.amount.currency == currency
            && i128::from(closing.amount.minor) == expected
            // Entries of another currency than the balances are reported above, and not in the sum.
            && self.currency.is_none_or(|own| own == currency);
        if !right {
            let found = Figure::Amount(closing.amount);
            let expected = amount(currency, expected);
            self.report(closing.place.clone(), What::ClosingBalance, expected, found);
        }
    }

    /// What the entries say that a stated figure should be.
    fn expected(&self, what: What, stated: Figure) -> Option<Figure> {
        let Counted { credits, debits, neutral } = self.counted;
        let sum = match what {
            What::EntryCount => return Some(Figure::Count(self.counted.entries())),
            What::CreditCount => return Some(Figure::Count(credits.count)),
            What::DebitCount => return Some(Figure::Count(debits.count)),
            What::NeutralCount => return Some(Figure::Count(neutral.count)),
            What::EntrySum => credits.minor + debits.minor + neutral.minor,
            What::Net => credits.minor - debits.minor,
            What::CreditSum => credits.minor,
            What::DebitSum => debits.minor,
            What::NeutralSum => neutral.minor,
            _ => return None,
        };
        Some(match stated {
            Figure::Amount(stated) => amount(self.currency.unwrap_or(stated.currency), sum),
            _ => Figure::Sum(held(sum)),
        })
    }
}

fn amount(currency: Currency, minor: i128) -> Figure {
    Figure::Amount(Amount { currency, minor: held(minor) })
}

/// A sum as far as a figure can hold it.
fn held(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// A sum for people: in units if the currency is known.
#[must_use]
pub fn shown(total: Total, currency: Option<Currency>) -> String {
    match currency {
        Some(currency) => format!("{currency} {}", in_units(total.minor, currency)),
        None => total.minor.to_string(),
    }
}
