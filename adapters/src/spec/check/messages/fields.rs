//! The fields that we write.

use std::collections::BTreeSet;

use super::super::Problems;
use crate::spec::biller::Biller;
use crate::spec::file_shape::Unit;
use crate::spec::message::{Field, FieldSource, Message, Verb};
use crate::spec::outbound::{BodyKind, Transport};

/// Where a field stands, which decides what it may hold and which keys it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Header,
    Frame,
    Message(Verb),
}

pub(super) fn shared(biller: &Biller, problems: &mut Problems<'_>) {
    let request = &biller.outbound.request;
    if matches!(biller.outbound.transport, Transport::Https { .. }) {
        list(biller, Part::Header, &request.headers, "outbound.request.headers", problems);
    }
    list(biller, Part::Frame, &request.head, "outbound.request.head", problems);
    list(biller, Part::Frame, &request.tail, "outbound.request.tail", problems);
}

pub(super) fn of(
    biller: &Biller,
    verb: Verb,
    message: &Message,
    key: &str,
    problems: &mut Problems<'_>,
) {
    let request = &biller.outbound.request;
    let fields = format!("{key}.fields");
    list(biller, Part::Message(verb), &message.fields, &fields, problems);
    let all = request.head.iter().chain(&message.fields).chain(&request.tail);
    let mut seen = BTreeSet::new();
    for field in all.clone() {
        let own = message.fields.iter().position(|f| std::ptr::eq(f, field));
        let place = own.map_or(key.to_owned(), |index| format!("{fields}[{index}].name"));
        let once = seen.insert(field.name.as_str());
        problems.unless(once, &place, &format!("`{}` is there twice", field.name));
    }
    for name in &seen {
        let inside = seen
            .iter()
            .any(|other| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
        let message = format!("`{name}` cannot be a value and hold others");
        problems.unless(!inside, &fields, &message);
    }
    let coded = all.clone().chain(&request.headers).any(|f| f.source == Some(FieldSource::Message));
    problems.unless(
        !coded || message.code.is_some(),
        &format!("{key}.code"),
        "expected the partner's code of this message, for a field has source `message`",
    );
    let clean = message.code.as_ref().is_none_or(|code| {
        (1..=60).contains(&code.chars().count()) && !code.chars().any(char::is_control)
    });
    problems.unless(clean, &format!("{key}.code"), "expected 1 to 60 characters");
}

/// What an answer repeats: a field without a form.
pub(super) fn echo(
    biller: &Biller,
    verb: Option<Verb>,
    fields: &[Field],
    key: &str,
    problems: &mut Problems<'_>,
) {
    let part = verb.map_or(Part::Frame, Part::Message);
    for (index, field) in fields.iter().enumerate() {
        let key = format!("{key}[{index}]");
        held(biller, part, field, &key, problems);
        problems.unless(
            field.source != Some(FieldSource::Signature),
            &format!("{key}.source"),
            "a signature is checked by `outbound.signature.answer`",
        );
        let formless = field.bytes.is_none() && field.pad.is_none() && !field.number && !field.list;
        problems.unless(
            formless,
            &key,
            "expected `name` and what it repeats, without `bytes`, `pad`, `number` and `list`",
        );
    }
}

fn list(biller: &Biller, part: Part, fields: &[Field], key: &str, problems: &mut Problems<'_>) {
    for (index, field) in fields.iter().enumerate() {
        let key = format!("{key}[{index}]");
        held(biller, part, field, &key, problems);
        formed(biller, part, field, &key, problems);
    }
}

/// What a field holds, and whether that is there.
fn held(biller: &Biller, part: Part, field: &Field, key: &str, problems: &mut Problems<'_>) {
    use FieldSource as F;
    let at = |name: &str| format!("{key}.{name}");
    problems.unless(
        field.source.is_some() != field.value.is_some(),
        key,
        "expected either `source` or `value`",
    );
    if let Some(source) = field.source {
        let there = match (source, part) {
            (F::Customer, Part::Message(verb)) => verb != Verb::DayFile,
            (F::Message | F::Reference | F::Time | F::ClearingDate | F::Customer, _) => true,
            (F::Part, part) => part == Part::Message(Verb::DayFile),
            (F::OriginalReference | F::OriginalDate, Part::Message(verb)) => {
                matches!(verb, Verb::Ask | Verb::Reversal)
            }
            (F::Amount | F::Carried, Part::Message(verb)) => {
                !matches!(verb, Verb::Query | Verb::DayFile)
            }
            (F::Signature, Part::Header | Part::Frame) => biller.outbound.signature.is_some(),
            (F::OriginalReference | F::OriginalDate | F::Amount | F::Carried, _) => false,
            (F::Signature, Part::Message(_)) => false,
        };
        problems.unless(there, &at("source"), "this is not there at this point");
    }
    let is = |source| field.source == Some(source);
    let united = field.unit.is_some() == is(F::Amount);
    problems.unless(united, &at("unit"), "expected `unit` with source `amount`, and only there");
    let dated = is(F::Time) || is(F::OriginalDate) || is(F::ClearingDate);
    problems.unless(
        field.pattern.is_some() == dated,
        &at("pattern"),
        "expected `pattern` with a date or time, and only there",
    );
    let clock = field.pattern.as_ref().is_some_and(|pattern| pattern.has_clock());
    problems.unless(
        !clock || is(F::Time),
        &at("pattern"),
        "a date has no time of day, expected it with source `time` only",
    );
    problems.unless(
        field.carried.is_some() == is(F::Carried),
        &at("carried"),
        "expected `carried` with source `carried`, and only there",
    );
    if let Some(carried) = &field.carried {
        let query = biller.messages.query.as_ref();
        let given = query.is_some_and(|query| query.answer.carry.contains_key(carried));
        problems.unless(
            given,
            &at("carried"),
            &format!("`{carried}` is not in `message.query.answer.carry`"),
        );
    }
    let clean = field.value.as_ref().is_none_or(|value| !value.chars().any(char::is_control));
    problems.unless(clean, &at("value"), "expected no control characters");
}

/// Keys that only some forms have.
fn formed(biller: &Biller, part: Part, field: &Field, key: &str, problems: &mut Problems<'_>) {
    let at = |name: &str| format!("{key}.{name}");
    let body = biller.outbound.request.body;
    let header = part == Part::Header;
    let fixed = body == BodyKind::Fixed && !header;
    let sized = match field.bytes {
        Some(bytes) => fixed && (1..=1_000).contains(&bytes),
        None => !fixed,
    };
    problems.unless(
        sized,
        &at("bytes"),
        "expected 1 to 1000 bytes in a `fixed` body, and none in others",
    );
    let padded = field.pad.is_none_or(|pad| fixed && (pad == ' ' || pad.is_ascii_graphic()));
    problems.unless(padded, &at("pad"), "expected one plain ASCII character, in a `fixed` body");
    let nested = field.name.names().count() > 1;
    let flat = header || matches!(body, BodyKind::Form | BodyKind::Fixed);
    problems.unless(!(nested && flat), &at("name"), "expected one name: this form has no levels");
    let number = body == BodyKind::Json
        && !header
        && field.source == Some(FieldSource::Amount)
        && field.unit == Some(Unit::Fen);
    problems.unless(
        !field.number || number,
        &at("number"),
        "applies to an amount in fen of body `json` only: a fraction would be a float",
    );
    let repeats = !header && body != BodyKind::Fixed;
    let listed = repeats && field.source == Some(FieldSource::Carried);
    problems.unless(
        !field.list || listed,
        &at("list"),
        "applies to source `carried` of body `json`, `xml` or `form` only",
    );
}
