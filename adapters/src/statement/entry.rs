//! One entry of a statement or bill, in the form that every format is brought to.

use jiaozi_ledger::money::Side;
use jiaozi_ledger::personal::{Masking, Name, Personal};
use jiff::civil::{Date, DateTime};
use serde::Serialize;

use super::amount::Amount;
use super::place::Place;

/// Something that happened to the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Where it stands in the file.
    pub place: Place,
    /// The day on which it was booked, if the file says so.
    pub booking_date: Option<Date>,
    /// The day from which it bears interest, if the file says so.
    pub value_date: Option<Date>,
    /// Date and time as the writer's clock showed them, if the file says so.
    pub at: Option<DateTime>,
    /// What it does to the account: credit is more money for its owner, debit is less, also where a file
    /// writes a reversal by the side of what is reversed. `None`: the file counts it as neither, such as
    /// money moved between two pockets of one wallet.
    pub side: Option<Side>,
    /// How much, never negative.
    pub amount: Amount,
    /// Whether it takes an earlier entry back, whole or in part: a reversal, a return, a refund.
    pub reversal: bool,
    /// How far it has come.
    pub status: Status,
    /// The file's own word for that.
    pub status_word: Option<String>,
    /// What kind of entry, in the file's own words.
    pub kind: Option<String>,
    /// The code of that, where the file writes one beside the word.
    pub kind_code: Option<String>,
    /// What others call it.
    pub references: References,
    /// Who is on the other side.
    pub counterparty: Counterparty,
    /// Free text. It may name people: it is shown to operators, and is in no error and no event.
    pub description: Option<String>,
    /// What was taken for it; negative when a fee is given back. Whether the amount contains it is the
    /// format's rule.
    pub fees: Option<Amount>,
    /// The amount that the payer's order had, where it is not the amount of the entry (coupons).
    pub order_amount: Option<Amount>,
    /// The merchant below the account's owner to whom it belongs, in the bill of a service provider.
    pub sub_account: Option<String>,
    /// The balance after it, if the file says so.
    pub balance_after: Option<Amount>,
    /// The transactions that were booked together in this entry. Empty if it is one transaction: then
    /// everything about it is above.
    pub details: Vec<Detail>,
}

impl Entry {
    /// An entry of which only the money is known.
    pub(super) fn new(place: Place, side: Option<Side>, amount: Amount) -> Self {
        Self {
            place,
            booking_date: None,
            value_date: None,
            at: None,
            side,
            amount,
            reversal: false,
            status: Status::Booked,
            status_word: None,
            kind: None,
            kind_code: None,
            references: References::default(),
            counterparty: Counterparty::default(),
            description: None,
            fees: None,
            order_amount: None,
            sub_account: None,
            balance_after: None,
            details: Vec::new(),
        }
    }

    /// The amount with a sign: what the account gained. Zero for what counts as neither.
    #[must_use]
    pub fn gained(&self) -> i64 {
        gained(self.side, self.amount.minor)
    }
}

/// An unsigned amount as what the account gained.
pub(super) fn gained(side: Option<Side>, minor: i64) -> i64 {
    match side {
        Some(Side::Credit) => minor,
        // Amounts are never negative, so that this cannot overflow.
        Some(Side::Debit) => -minor,
        None => 0,
    }
}

/// How far an entry has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is in the balance.
    Booked,
    /// It is announced, and not in the balance yet.
    Pending,
    /// It is told for information only.
    Information,
    /// It was given up: no money moved, or what moved went back.
    Closed,
    /// The format's word for it is not one that we know.
    Other,
}

/// What an entry is called by those who took part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct References {
    /// By the account's owner (ISO 20022 `InstrId`, MT940 customer reference).
    pub ours: Option<String>,
    /// By whoever started it, carried through to the end.
    pub end_to_end: Option<String>,
    /// By the bank, or by the wallet.
    pub bank: Option<String>,
    /// The merchant's order number.
    pub merchant_order: Option<String>,
    /// The wallet's number of a refund.
    pub refund: Option<String>,
    /// The merchant's number of a refund.
    pub merchant_refund: Option<String>,
    /// The mandate under which it was debited.
    pub mandate: Option<String>,
    /// The reference that the creditor asked for (ISO 20022 `CdtrRefInf`).
    pub creditor: Option<String>,
}

/// Who is on the other side of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counterparty {
    /// Name.
    pub name: Option<Personal<Name>>,
    /// Account.
    pub account: Option<Personal<AccountNumber>>,
    /// The bank that keeps the account.
    pub bank: Option<String>,
}

/// One transaction of an entry that books several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// Where it stands in the file.
    pub place: Place,
    /// What it does to the account.
    pub side: Option<Side>,
    /// How much, never negative; the currency may be another than the entry's.
    pub amount: Option<Amount>,
    /// Whether it takes an earlier one back, by its own word.
    pub reversal: bool,
    /// What others call it.
    pub references: References,
    /// Who is on the other side.
    pub counterparty: Counterparty,
    /// Free text, as in an entry.
    pub description: Option<String>,
    /// What was taken for it.
    pub fees: Option<Amount>,
}

/// The number of an account: the last four characters are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountNumber {}

impl Masking for AccountNumber {
    const NAME: &'static str = "account_number";
    fn mask(value: &str) -> String {
        let characters: Vec<char> = value.chars().collect();
        let shown = if characters.len() < 8 { 0 } else { 4 };
        let hidden = characters.len() - shown;
        "*".repeat(hidden).chars().chain(characters.into_iter().skip(hidden)).collect()
    }
}

/// A text, unless it is empty.
pub(super) fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A reference, unless it says that there is none.
pub(super) fn reference(text: &str) -> Option<String> {
    filled(text).filter(|text| !matches!(text.as_str(), "NONREF" | "NOTPROVIDED" | "/" | "0"))
}

/// A name, unless it is empty.
pub(super) fn named(text: &str) -> Option<Personal<Name>> {
    filled(text).filter(|text| text != "/").map(Personal::new)
}

/// The number of an account, unless it is empty.
pub(super) fn numbered(text: &str) -> Option<Personal<AccountNumber>> {
    filled(text).filter(|text| text != "/").map(Personal::new)
}
