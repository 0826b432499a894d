//! How answers are read.

use std::collections::BTreeSet;

use super::super::Problems;
use super::{Of, fields};
use crate::spec::biller::Biller;
use crate::spec::message::{
    Cell, ContentForm, Field, FieldPath, Message, MessageAnswer, Outcome, Verb,
};
use crate::spec::outbound::BodyKind;

pub(super) fn shared(biller: &Biller, problems: &mut Problems<'_>) {
    let answer = &biller.outbound.answer;
    fields::echo(biller, None, &answer.echo, "outbound.answer.echo", problems);
    let fixed = answer.body == BodyKind::Fixed;
    problems.unless(
        fixed || answer.head.is_empty(),
        "outbound.answer.head",
        "applies to body `fixed` only",
    );
    let known = biller.outbound.request.body == BodyKind::Fixed || !answer.head.is_empty();
    problems.unless(
        !fixed || known,
        "outbound.answer.head",
        "expected the head of a `fixed` answer, for our messages have none",
    );
    cells(&answer.head, "outbound.answer.head", problems);
    words(answer.codes.keys(), "outbound.answer.codes", problems);
    if fixed {
        let head = head_names(biller);
        let named = [Some(&answer.code), answer.text.as_ref()];
        let keys = ["outbound.answer.code", "outbound.answer.text"];
        for (key, name) in keys.iter().zip(named).filter_map(|(key, name)| Some((key, name?))) {
            problems.unless(
                head.contains(name.as_str()),
                key,
                &format!("`{name}` is not in the head"),
            );
        }
    }
}

pub(super) fn of(
    biller: &Biller,
    whose: Of,
    verb: Verb,
    message: &Message,
    key: &str,
    problems: &mut Problems<'_>,
) {
    let answer = &message.answer;
    let key = |name: &str| format!("{key}.answer.{name}");
    fields::echo(biller, Some(verb), &answer.echo, &key("echo"), problems);
    let fixed = biller.outbound.answer.body == BodyKind::Fixed;
    problems.unless(
        fixed || answer.fields.is_empty(),
        &key("fields"),
        "applies to body `fixed` only",
    );
    cells(&answer.fields, &key("fields"), problems);
    meanings(possible(whose, verb), verb, biller, answer, &key, problems);
    let query_only = "applies to [message.query] only";
    if verb != Verb::Query {
        for (name, present) in [
            ("carry", !answer.carry.is_empty()),
            ("customer_name", answer.customer_name.is_some()),
            ("period", answer.period.is_some()),
            ("total", answer.total.is_some()),
            ("lines", answer.lines.is_some()),
        ] {
            problems.unless(!present, &key(name), query_only);
        }
    } else {
        problems.unless(
            answer.total.is_some() || answer.lines.is_some(),
            &key("total"),
            "expected `total` or `lines`, which say what is due",
        );
        problems.unless(answer.amount.is_none(), &key("amount"), "expected `total` instead");
    }
    file(verb, answer, &key, problems);
    if let Some(lines) = &answer.lines {
        problems.unless(
            !(fixed && lines.each.is_some()),
            &key("lines.each"),
            "a `fixed` body has no repeated elements",
        );
        problems.unless(
            lines.late_fee.is_some() || !lines.late_fee_included,
            &key("lines.late_fee_included"),
            "needs `late_fee`",
        );
    }
    if fixed {
        exist(biller, answer, &key, problems);
    }
}

/// Where the answer has the file of a day.
fn file(
    verb: Verb,
    answer: &MessageAnswer,
    key: &dyn Fn(&str) -> String,
    problems: &mut Problems<'_>,
) {
    let place = key("file");
    problems.unless(
        answer.file.is_some() == (verb == Verb::DayFile),
        &place,
        "expected with [message.day_file], and only there",
    );
    let unpaid = verb != Verb::DayFile || answer.amount.is_none();
    problems.unless(unpaid, &key("amount"), "a file has no amount");
    let Some(file) = &answer.file else { return };
    problems.unless(
        file.content.is_some() != file.name.is_some(),
        &place,
        "expected either `content` or `name`",
    );
    let whole = file.form == ContentForm::Plain && file.part.is_none() && file.parts.is_none();
    problems.unless(
        file.name.is_none() || whole,
        &place,
        "a file that lies elsewhere has no `form`, `part` and `parts` here",
    );
    problems.unless(
        file.part.is_none() || file.parts.is_some(),
        &place,
        "expected `parts` beside `part`: without it nobody knows where the file ends",
    );
}

/// Which outcomes a message can have.
fn possible(whose: Of, verb: Verb) -> &'static [Outcome] {
    use Outcome as O;
    match verb {
        Verb::WriteOff if whose == Of::Core => &[
            O::Done,
            O::Refused,
            O::NoSuchCustomer,
            O::NotEnough,
            O::Frozen,
            O::InProgress,
            O::Unknown,
        ],
        Verb::Query => &[O::Done, O::NothingDue, O::NoSuchCustomer, O::Refused, O::Unknown],
        Verb::WriteOff => {
            &[O::Done, O::Refused, O::NothingDue, O::NoSuchCustomer, O::InProgress, O::Unknown]
        }
        Verb::Ask => &[O::Done, O::Refused, O::Reversed, O::NotFound, O::InProgress, O::Unknown],
        Verb::Reversal => {
            &[O::Done, O::Reversed, O::Refused, O::NotFound, O::InProgress, O::Unknown]
        }
        Verb::DayFile => &[O::Done, O::Refused, O::NotFound, O::InProgress, O::Unknown],
    }
}

fn meanings(
    possible: &[Outcome],
    verb: Verb,
    biller: &Biller,
    answer: &MessageAnswer,
    key: &dyn Fn(&str) -> String,
    problems: &mut Problems<'_>,
) {
    let wrong = format!("this cannot become of a message `{verb}`");
    for (code, outcome) in &answer.codes {
        problems.unless(possible.contains(outcome), &format!("{}.{code}", key("codes")), &wrong);
    }
    words(answer.codes.keys(), &key("codes"), problems);
    // Of a message about a payment, "refused" says that the payment was: what is refused otherwise is the
    // question, and says nothing of the payment.
    let about = matches!(verb, Verb::Ask | Verb::Reversal);
    let cautious =
        answer.otherwise == Outcome::Unknown || (!about && answer.otherwise == Outcome::Refused);
    let expected = if about { "expected `unknown`" } else { "expected `unknown` or `refused`" };
    problems.unless(cautious, &key("otherwise"), expected);
    for (code, outcome) in &biller.outbound.answer.codes {
        let harmless = matches!(outcome, Outcome::Done | Outcome::Unknown | Outcome::InProgress);
        problems.unless(
            !about || harmless || answer.codes.contains_key(code),
            &key("codes"),
            &format!(
                "the code {code} of all answers means `{outcome:?}`, and this message says nothing of the payment by it: expected a meaning of its own here"
            ),
        );
    }
    let mut codes = answer.codes.values().chain(
        biller
            .outbound
            .answer
            .codes
            .iter()
            .filter(|(code, _)| !answer.codes.contains_key(*code))
            .map(|(_, outcome)| outcome),
    );
    let done = codes.any(|outcome| matches!(outcome, Outcome::Done | Outcome::Reversed));
    problems.unless(done, &key("codes"), "expected a code that means `done`");
    if let Some(status) = &answer.status {
        problems.unless(
            verb != Verb::Query,
            &key("status"),
            "applies to messages about a payment only",
        );
        words(status.map.keys(), &key("status.map"), problems);
        for (word, outcome) in &status.map {
            let place = format!("{}.{word}", key("status.map"));
            problems.unless(possible.contains(outcome), &place, &wrong);
        }
    }
}

fn words<'a>(words: impl Iterator<Item = &'a String>, key: &str, problems: &mut Problems<'_>) {
    for word in words {
        let clean = (1..=60).contains(&word.chars().count()) && word.trim() == word;
        problems.unless(clean, key, "expected codes of 1 to 60 characters without blanks around");
    }
}

fn cells(cells: &[Cell], key: &str, problems: &mut Problems<'_>) {
    let mut seen = BTreeSet::new();
    for (index, cell) in cells.iter().enumerate() {
        let at = |name: &str| format!("{key}[{index}].{name}");
        problems.unless(
            (1..=1_000).contains(&cell.bytes),
            &at("bytes"),
            "expected 1 to 1000 bytes",
        );
        let padded = cell.pad.is_none_or(|pad| pad == ' ' || pad.is_ascii_graphic());
        problems.unless(padded, &at("pad"), "expected one plain ASCII character");
        problems.unless(seen.insert(&cell.name), &at("name"), "expected each name once");
    }
}

fn head_names(biller: &Biller) -> BTreeSet<&str> {
    let outbound = &biller.outbound;
    if outbound.answer.head.is_empty() {
        outbound.request.head.iter().map(|field| field.name.as_str()).collect()
    } else {
        outbound.answer.head.iter().map(|cell| cell.name.as_str()).collect()
    }
}

/// In a `fixed` answer every name is one of a field.
fn exist(
    biller: &Biller,
    answer: &MessageAnswer,
    key: &dyn Fn(&str) -> String,
    problems: &mut Problems<'_>,
) {
    let mut known = head_names(biller);
    for (index, cell) in answer.fields.iter().enumerate() {
        let place = format!("{}[{index}].name", key("fields"));
        problems.unless(known.insert(cell.name.as_str()), &place, "this name is in the head too");
    }
    let mut named: Vec<(String, &FieldPath)> = Vec::new();
    let echoes = |fields: &'_ [Field], list: &str| -> Vec<(String, FieldPath)> {
        let of =
            |(index, field): (usize, &Field)| (format!("{list}[{index}].name"), field.name.clone());
        fields.iter().enumerate().map(of).collect()
    };
    let repeated = echoes(&answer.echo, &key("echo"));
    named.extend(repeated.iter().map(|(key, name)| (key.clone(), name)));
    named.extend(answer.status.iter().map(|s| (key("status.name"), &s.name)));
    named.extend(answer.their_reference.iter().map(|name| (key("their_reference"), name)));
    named.extend(answer.amount.iter().map(|a| (key("amount.name"), &a.name)));
    named
        .extend(answer.carry.iter().map(|(kept, name)| (format!("{}.{kept}", key("carry")), name)));
    named.extend(answer.customer_name.iter().map(|name| (key("customer_name"), name)));
    named.extend(answer.period.iter().map(|p| (key("period.name"), &p.name)));
    named.extend(answer.total.iter().map(|t| (key("total.name"), &t.name)));
    if let Some(file) = &answer.file {
        for (place, name) in [
            ("file.content", &file.content),
            ("file.name", &file.name),
            ("file.part", &file.part),
            ("file.parts", &file.parts),
        ] {
            named.extend(name.iter().map(|name| (key(place), name)));
        }
    }
    if let Some(lines) = &answer.lines {
        named.push((key("lines.amount.name"), &lines.amount.name));
        named.extend(lines.label.iter().map(|name| (key("lines.label"), name)));
        named.extend(lines.period.iter().map(|p| (key("lines.period.name"), &p.name)));
        named.extend(lines.late_fee.iter().map(|f| (key("lines.late_fee.name"), &f.name)));
    }
    for (place, name) in named {
        let there = known.contains(name.as_str());
        problems.unless(there, &place, &format!("`{name}` is not a field of this answer"));
    }
}
