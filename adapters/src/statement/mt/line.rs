//! The statement line `:61:`: `1610301031D0,42MCI0NONREF//055001022000001`, and a second line of details.

use jiaozi_ledger::money::{Currency, Side};

use super::super::amount::{Amount, Written};
use super::super::date;
use super::super::entry::{Entry, filled, reference};
use super::super::place::Refusal;
use super::fields::Field;

/// Reads the line as an entry in the currency of the account.
pub(super) fn read(field: &Field, currency: Currency) -> Result<Entry, Refusal> {
    let text = field.first();
    let value = text.get(..6).unwrap_or(text);
    let value_date =
        date::short(value).ok_or_else(|| refuse(field, value, "a date such as 261120 (YYMMDD)"))?;
    let rest = &text[6..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (entry_date, rest) = rest.split_at(digits);
    let booking_date = match entry_date {
        "" => None,
        written => Some(
            date::month_day_near(written, value_date)
                .ok_or_else(|| refuse(field, written, "nothing, or a date such as 1120 (MMDD)"))?,
        ),
    };
    let (reversal, side, rest) =
        mark(rest).ok_or_else(|| refuse(field, rest, "C, D, RC or RD, and then an amount"))?;
    // The third letter of the currency may stand before the amount.
    let rest = rest.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(rest.len());
    let (written, rest) = rest.split_at(end);
    let minor = Written::Comma.unsigned(written, currency);
    let minor = minor.map_err(|expected| refuse(field, written_or(written, rest), expected))?;
    let (kind, rest) =
        kind(rest).ok_or_else(|| refuse(field, rest, "a type such as NTRF after the amount"))?;
    let (ours, bank) = rest.split_once("//").unwrap_or((rest, ""));
    let amount = Amount { currency, minor };
    let mut entry = Entry::new(field.place(), Some(side), amount);
    entry.value_date = Some(value_date);
    entry.booking_date = booking_date;
    // What is returned is marked by its type alone.
    entry.reversal = reversal || kind.ends_with("RTI");
    entry.kind = filled(kind);
    entry.references.ours = reference(ours);
    entry.references.bank = reference(bank);
    entry.description = filled(&field.lines[1..].join("\n"));
    Ok(entry)
}

fn refuse(field: &Field, found: &str, expected: impl Into<String>) -> Refusal {
    field.place().refuse(found, expected)
}

/// What is shown of an amount that could not be read.
fn written_or<'t>(written: &'t str, rest: &'t str) -> &'t str {
    if written.is_empty() { rest } else { written }
}

/// The mark: what the entry does to the account. A reversed credit takes money away.
fn mark(text: &str) -> Option<(bool, Side, &str)> {
    [
        ("RC", true, Side::Debit),
        ("RD", true, Side::Credit),
        ("C", false, Side::Credit),
        ("D", false, Side::Debit),
    ]
    .into_iter()
    .find_map(|(mark, reversal, side)| Some((reversal, side, text.strip_prefix(mark)?)))
}

/// The type: a letter and three characters.
fn kind(text: &str) -> Option<(&str, &str)> {
    let kind = text.get(..4)?;
    let right = kind.starts_with(|c: char| c.is_ascii_uppercase())
        && kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    right.then(|| (kind, &text[4..]))
}
