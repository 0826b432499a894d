//! A statement's entries as items: one each, or one for each transaction that an entry books together
//! where all of them say how much they are.

use jiaozi_ledger::money::Side;
use jiff::civil::Date;

use crate::spec::mirror::MirrorSpec;
use crate::statement::entry::{Detail, Entry, References, Status};
use crate::statement::{Amount, Place};

/// What a statement says that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line of the file.
    pub line: i64,
    /// The day.
    pub date: Date,
    /// Our reference, where there is one.
    pub reference: Option<String>,
    /// How much, in minor units: above nothing is more money for us.
    pub amount: i64,
    /// Their word for what it is, where the specification knows it.
    pub kind: Option<String>,
    /// Whether it takes an earlier one back.
    pub returned: bool,
    /// What was taken for it, in minor units.
    pub fees: Option<i64>,
    /// Whether it is in their balance.
    pub booked: bool,
}

/// An entry as lines; none where the file counts it as neither more nor less money. `day` is that of the
/// statement, for entries that do not say theirs.
#[must_use]
pub fn of(entry: &Entry, day: Date, spec: &MirrorSpec) -> Vec<Line> {
    let Some(side) = entry.side else { return Vec::new() };
    let common = Line {
        line: i64::from(entry.place.line),
        date: day_of(entry).unwrap_or(day),
        reference: None,
        amount: entry.gained(),
        kind: [&entry.kind, &entry.kind_code]
            .into_iter()
            .find_map(|kind| spec.known_word(kind.as_deref()))
            .map(str::to_owned),
        returned: entry.reversal,
        fees: fees(entry.fees, entry.amount),
        booked: entry.status == Status::Booked,
    };
    let own = spec.reference_in(&entry.references).map(str::to_owned);
    match apart(entry, side) {
        Some(parts) => parts
            .map(|(place, gained, references, detail)| Line {
                line: i64::from(place.line),
                reference: spec.reference_in(references).map(str::to_owned),
                amount: gained,
                returned: entry.reversal || detail.reversal,
                fees: fees(detail.fees, entry.amount),
                ..common.clone()
            })
            .collect(),
        // What is one transaction may name itself in its only detail.
        None => {
            let inner = match &entry.details[..] {
                [only] => spec.reference_in(&only.references).map(str::to_owned),
                _ => None,
            };
            let returned = entry.reversal || entry.details.iter().any(|detail| detail.reversal);
            vec![Line { reference: own.or(inner), returned, ..common }]
        }
    }
}

/// The day of an entry, where it says one.
#[must_use]
pub fn day_of(entry: &Entry) -> Option<Date> {
    entry.booking_date.or(entry.value_date).or(entry.at.map(|at| at.date()))
}

fn fees(fees: Option<Amount>, of: Amount) -> Option<i64> {
    fees.filter(|fees| fees.currency == of.currency).map(|fees| fees.minor)
}

type Part<'e> = (&'e Place, i64, &'e References, &'e Detail);

/// The transactions of an entry that books several, where they come to the entry. Some banks tell each from
/// the side of whoever gets it or has sent it: then they come to the same with the other sign, and are turned
/// round.
fn apart<'e>(entry: &'e Entry, side: Side) -> Option<impl Iterator<Item = Part<'e>>> {
    if entry.details.len() < 2 {
        return None;
    }
    let part = move |detail: &'e Detail| {
        let amount = detail.amount.filter(|amount| amount.currency == entry.amount.currency)?;
        let gained = match detail.side.unwrap_or(side) {
            Side::Credit => amount.minor,
            Side::Debit => -amount.minor,
        };
        (gained != 0).then_some((&detail.place, gained, &detail.references, detail))
    };
    let parts: Option<Vec<Part<'e>>> = entry.details.iter().map(part).collect();
    let parts = parts?;
    let sum: i128 = parts.iter().map(|(_, gained, ..)| i128::from(*gained)).sum();
    let whole = i128::from(entry.gained());
    let turned = sum != whole;
    let turn = move |gained: i64| if turned { -gained } else { gained };
    let part = move |(place, gained, references, detail): Part<'e>| {
        (place, turn(gained), references, detail)
    };
    (sum.abs() == whole.abs()).then(|| parts.into_iter().map(part))
}
