//! Values of ISO 20022 out of elements.

use jiaozi_ledger::money::{Currency, Side};
use jiff::civil::{Date, DateTime};

use super::super::amount::{Amount, Written};
use super::super::date;
use super::super::place::{Place, Refusal};
use super::super::xml::Element;

/// The place of something at a path below an element.
pub(super) fn below(base: &Place, element: &Element, path: &str) -> Place {
    let at = if base.at.is_empty() { path.to_owned() } else { format!("{}/{path}", base.at) };
    Place::new(element.line, at)
}

/// An amount with its currency.
pub(super) fn amount(base: &Place, path: &str, element: &Element) -> Result<Amount, Refusal> {
    let place = || below(base, element, path);
    let code = element.currency.as_deref().unwrap_or_default();
    let currency = Currency::parse(code)
        .ok_or_else(|| place().refuse(code, "an attribute Ccy such as CNY"))?;
    let minor = Written::Point.unsigned(&element.text, currency);
    let minor = minor.map_err(|expected| place().refuse(&element.text, expected))?;
    Ok(Amount { currency, minor })
}

/// A child's amount that must be there.
pub(super) fn needed_amount(base: &Place, parent: &Element) -> Result<Amount, Refusal> {
    let element = parent.first("Amt").ok_or_else(|| missing(base, parent, "Amt"))?;
    amount(base, "Amt", element)
}

/// Credit or debit, if it is there.
pub(super) fn side(base: &Place, parent: &Element) -> Result<Option<Side>, Refusal> {
    parent.first("CdtDbtInd").map(|element| word_of_side(base, element)).transpose()
}

/// Credit or debit, which must be there.
pub(super) fn needed_side(base: &Place, parent: &Element) -> Result<Side, Refusal> {
    side(base, parent)?.ok_or_else(|| missing(base, parent, "CdtDbtInd"))
}

fn word_of_side(base: &Place, element: &Element) -> Result<Side, Refusal> {
    match element.text.as_str() {
        "CRDT" => Ok(Side::Credit),
        "DBIT" => Ok(Side::Debit),
        other => Err(below(base, element, "CdtDbtInd").refuse(other, "CRDT or DBIT")),
    }
}

/// Yes or no; no if it is not there.
pub(super) fn flag(base: &Place, parent: &Element, name: &str) -> Result<bool, Refusal> {
    match parent.first(name).map(|element| (element, element.text.as_str())) {
        None | Some((_, "false" | "0")) => Ok(false),
        Some((_, "true" | "1")) => Ok(true),
        Some((element, other)) => Err(below(base, element, name).refuse(other, "true or false")),
    }
}

/// A date, or a date and time.
pub(super) fn moment(
    base: &Place,
    path: &str,
    element: &Element,
) -> Result<(Date, Option<DateTime>), Refusal> {
    date::iso(&element.text).ok_or_else(|| {
        let expected = "a date such as 2026-11-20, with or without a time";
        below(base, element, path).refuse(&element.text, expected)
    })
}

/// A choice of `Dt` and `DtTm` below a name, if it is there.
pub(super) fn day(
    base: &Place,
    parent: &Element,
    name: &str,
) -> Result<Option<(Date, Option<DateTime>)>, Refusal> {
    for choice in ["Dt", "DtTm"] {
        let path = format!("{name}/{choice}");
        if let Some(element) = parent.first(&path) {
            return moment(base, &path, element).map(Some);
        }
    }
    Ok(None)
}

/// The text at a path, unless it is empty.
pub(super) fn text(parent: &Element, path: &str) -> Option<String> {
    parent.first(path).map(|element| element.text.clone()).filter(|text| !text.is_empty())
}

/// The number of an account: IBAN or any other.
pub(super) fn account(element: &Element) -> Option<String> {
    text(element, "Id/IBAN").or_else(|| text(element, "Id/Othr/Id"))
}

fn missing(base: &Place, parent: &Element, name: &str) -> Refusal {
    Place::new(parent.line, base.at.clone()).refuse("none", format!("<{name}>"))
}
