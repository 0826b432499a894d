//! The bill in the answer to a query.

use jiaozi_ledger::money::Fen;
use jiaozi_ledger::personal::Personal;

use super::amount;
use super::telling::{Due, DueLine, Unreadable};
use super::tree::{Content, Level};
use crate::spec::fields::short_text;
use crate::spec::message::{AmountAt, FieldPath, Lines, MessageAnswer, PeriodAt};
use crate::spec::raw_line::Found;

/// The most lines of a bill.
const LINES_MAX: usize = 200;

/// What is due; nothing if that is zero.
pub(super) fn due(level: Level<'_>, answer: &MessageAnswer) -> Result<Option<Due>, Unreadable> {
    let common = answer.period.as_ref().map(|at| period(level, at)).transpose()?.flatten();
    let mut lines = match &answer.lines {
        Some(form) => lines(level, form)?,
        None => Vec::new(),
    };
    for line in lines.iter_mut().filter(|line| line.period.is_none()) {
        line.period = common.clone();
    }
    let place = answer.total.as_ref().map_or("lines", |at| at.name.as_str());
    let too_much = || Unreadable::new(place, Found::text("more"), "amounts whose sum can be held");
    let sum = Fen::total(lines.iter().flat_map(|line| [line.amount, line.late_fee]))
        .ok_or_else(too_much)?;
    let total = match &answer.total {
        None => sum,
        Some(at) => {
            let total = needed(level, at)?;
            if answer.lines.is_some() && total != sum {
                let expected = format!("{sum}, which its lines sum to");
                return Err(Unreadable::new(place, Found::text(&total.to_string()), expected));
            }
            total
        }
    };
    if !total.is_positive() {
        return Ok(None);
    }
    let customer_name = answer.customer_name.as_ref().map(|path| name(level, path)).transpose()?;
    let customer_name = customer_name.flatten().map(Personal::new);
    Ok(Some(Due { customer_name, lines, total }))
}

fn lines(level: Level<'_>, form: &Lines) -> Result<Vec<DueLine>, Unreadable> {
    let Some(each) = &form.each else {
        return Ok(vec![line(level, form)?]);
    };
    let found = level.all(each);
    if found.len() > LINES_MAX {
        let times = Found::text(&format!("it {} times", found.len()));
        return Err(Unreadable::new(each.as_str(), times, format!("at most {LINES_MAX} lines")));
    }
    let mut lines = Vec::with_capacity(found.len());
    for (index, content) in found.into_iter().enumerate() {
        let place = |place: &str| format!("{each}[{}].{place}", index + 1);
        let Content::Branch(nodes) = content else {
            return Err(Unreadable::new(
                format!("{each}[{}]", index + 1),
                Found::text("a value"),
                "the fields of a line",
            ));
        };
        let read = line(Level(nodes), form);
        lines.push(read.map_err(|error| Unreadable { place: place(&error.place), ..error })?);
    }
    Ok(lines)
}

fn line(level: Level<'_>, form: &Lines) -> Result<DueLine, Unreadable> {
    let stated = needed(level, &form.amount)?;
    let late_fee = match &form.late_fee {
        Some(at) => needed(level, at)?,
        None => Fen::ZERO,
    };
    let amount = if form.late_fee_included { stated.minus(late_fee) } else { Some(stated) };
    let amount = amount.filter(|amount| amount.0 >= 0).ok_or_else(|| {
        let expected = format!("at least the late fee of {late_fee}");
        Unreadable::new(form.amount.name.as_str(), Found::text(&stated.to_string()), expected)
    })?;
    Ok(DueLine {
        label: form.label.as_ref().map(|path| shown(level, path)).transpose()?.flatten(),
        period: form.period.as_ref().map(|at| period(level, at)).transpose()?.flatten(),
        amount,
        late_fee,
    })
}

fn needed(level: Level<'_>, at: &AmountAt) -> Result<Fen, Unreadable> {
    let content = level
        .one(&at.name)?
        .ok_or_else(|| Unreadable::new(at.name.as_str(), Found::Nothing, "an amount"))?;
    amount::read(content, at)
}

fn period(level: Level<'_>, at: &PeriodAt) -> Result<Option<String>, Unreadable> {
    let (Some(text), Some(pattern)) = (level.text(&at.name)?, &at.pattern) else {
        return shown(level, &at.name);
    };
    let expected = || format!("a period as {}", pattern.as_str());
    let period = pattern
        .read(text)
        .ok_or_else(|| Unreadable::new(at.name.as_str(), Found::text(text), expected()))?;
    Ok(Some(period.code()))
}

fn shown(level: Level<'_>, path: &FieldPath) -> Result<Option<String>, Unreadable> {
    let Some(text) = level.text(path)? else {
        return Ok(None);
    };
    let refuse = |expected| Unreadable::new(path.as_str(), Found::text(text), expected);
    short_text(text, 60).map(Some).map_err(refuse)
}

/// A name says who somebody is: it is never shown in an error.
fn name(level: Level<'_>, path: &FieldPath) -> Result<Option<String>, Unreadable> {
    let Some(text) = level.text(path)? else {
        return Ok(None);
    };
    let found = Found::Masked { characters: text.chars().count() };
    short_text(text, 60)
        .map(Some)
        .map_err(|expected| Unreadable::new(path.as_str(), found, expected))
}
