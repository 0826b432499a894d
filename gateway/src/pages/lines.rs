//! The lines of a quote or of a receipt: one a bill, and one for all months ahead of an item.

use jiaozi_adapters::property::bills::ADVANCE;
use jiaozi_adapters::property::quote::Quote;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::OrderLine;

use super::frame::Visit;
use super::names::Names;
use super::wording::{money, month};

/// A line as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The item.
    pub item: String,
    /// The month, or the first and the last of many.
    pub period: String,
    /// The principal, before any discount.
    pub principal: String,
    /// The late fee, if there is one.
    pub late_fee: Option<String>,
}

/// A late fee, where there is one.
fn some(fee: Fen) -> Option<String> {
    fee.is_positive().then(|| money(fee))
}

/// The lines of a quote.
pub(super) fn of_quote(visit: &Visit, names: &Names<'_>, quote: &Quote) -> Vec<Line> {
    let due = quote.lines.iter().map(|line| Line {
        item: names.item(&line.item),
        period: month(visit.language, &line.period),
        principal: money(line.principal),
        late_fee: some(line.late_fee),
    });
    let ahead = quote.prepay.iter().filter_map(|ahead| {
        let months = ahead.months.iter().map(|month| (month.period.as_str(), month.principal));
        months_ahead(visit, names, &ahead.item, months.collect())
    });
    due.chain(ahead).collect()
}

/// The lines of an order.
pub(super) fn of_order(visit: &Visit, names: &Names<'_>, lines: &[OrderLine]) -> Vec<Line> {
    let (ahead, due): (Vec<&OrderLine>, Vec<&OrderLine>) =
        lines.iter().partition(|line| line.import_id.starts_with(ADVANCE));
    let mut shown: Vec<Line> = due
        .into_iter()
        .map(|line| Line {
            item: names.item(&line.item),
            period: month(visit.language, &line.period),
            principal: money(line.principal),
            late_fee: some(line.late_fee),
        })
        .collect();
    let months = ahead.iter().map(|line| (line.period.as_str(), line.principal)).collect();
    let item = ahead.first().map_or("", |line| line.item.as_str());
    shown.extend(months_ahead(visit, names, item, months));
    shown
}

/// Many months of an item as one line.
fn months_ahead(
    visit: &Visit,
    names: &Names<'_>,
    item: &str,
    months: Vec<(&str, Fen)>,
) -> Option<Line> {
    let (first, last) = (months.first()?.0, months.last()?.0);
    let language = visit.language;
    let period =
        (visit.t().ahead_months)(months.len(), &month(language, first), &month(language, last));
    let principal = Fen::total(months.iter().map(|(_, principal)| *principal))?;
    Some(Line { item: names.item(item), period, principal: money(principal), late_fee: None })
}
