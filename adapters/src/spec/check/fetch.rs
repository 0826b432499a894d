//! Contradictions in how files come by themselves: a way that the transport does not have, a message that is
//! not there, a file that would be late before it is asked for, a signature that cannot be made or proved.

use super::Problems;
use super::formats::{NO_FILE_NAME, is_file_name};
use crate::spec::biller::Biller;
use crate::spec::clearing::CutOff;
use crate::spec::fetch::{By, Fetch, On};
use crate::spec::message::{Field, FieldSource, Message};
use crate::spec::mirror::AccountFile;
use crate::spec::outbound::Transport;
use crate::spec::pattern::{DatePattern, Pattern};
use crate::spec::signing::{Over, Piece};

const KEY: &str = "statement.fetch";

/// How the file of a biller's day, or of the core's, comes.
pub(super) fn all(biller: &Biller, problems: &mut Problems<'_>) {
    let asked = biller.messages.day_file.as_ref();
    let fetch = biller.statement.as_ref().and_then(|statement| statement.fetch.as_ref());
    let (Some(statement), Some(fetch)) = (&biller.statement, fetch) else {
        let expected = "nobody asks for it, expected [statement.fetch] with `by = \"message\"`";
        problems.unless(asked.is_none(), "message.day_file", expected);
        return;
    };
    for (key, message) in alone(fetch, &statement.date_pattern) {
        problems.at(&format!("{KEY}.{key}"), message);
    }
    cut_off(biller, fetch, problems);
    let by_message = fetch.by == By::Message;
    problems.unless(
        asked.is_some() == by_message,
        "message.day_file",
        "expected this message with `statement.fetch.by = \"message\"`, and only there",
    );
    let named = asked.is_some_and(names_the_file);
    problems.unless(
        fetch.path.is_some() == (fetch.by == By::Https || named),
        &format!("{KEY}.path"),
        "expected `path` with `https`, or where the answer to [message.day_file] names the file, and only there",
    );
    if fetch.path.is_some() {
        for hindrance in hindrances(biller) {
            problems.at(&format!("{KEY}.path"), hindrance);
        }
    }
    if fetch.by != By::Inbox {
        nobody_s(biller, problems);
    }
}

fn names_the_file(message: &Message) -> bool {
    message.answer.file.as_ref().is_some_and(|file| file.name.is_some())
}

/// What the section says of itself.
fn alone(fetch: &Fetch, pattern: &Pattern) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let mut unless = |right: bool, key: &'static str, message: &str| {
        if !right {
            wrong.push((key, message.to_owned()));
        }
    };
    unless((1..=1_440).contains(&fetch.every_minutes), "every_minutes", "expected 1 to 1440");
    unless(fetch.again_days <= 31, "again_days", "expected 0 to 31");
    unless(
        fetch.again_days == 0 || fetch.by != By::Inbox,
        "again_days",
        "nobody is asked for what is put into an inbox: a corrected file is taken whenever it comes",
    );
    let bytes = (1..=Fetch::BYTES_MAX).contains(&fetch.bytes_max);
    unless(bytes, "bytes_max", &format!("expected 1 to {}", Fetch::BYTES_MAX));
    let same = fetch.late_on.is_none_or(|on| on == fetch.on);
    unless(!same || fetch.from < fetch.late, "late", "expected a time after `from`");
    let sooner = fetch.late_on.is_none_or(|late| rank(late) >= rank(fetch.on));
    unless(sooner, "late_on", "it would be late before it is asked for");
    let statuses = fetch.not_there.iter().all(|status| (400..=599).contains(status));
    unless(statuses, "not_there", "expected statuses of 400 to 599");
    let getting = fetch.by != By::Inbox;
    unless(getting || fetch.not_there.is_empty(), "not_there", "nothing is got for an `inbox`");
    unless(getting || fetch.path.is_none(), "path", "nothing is got for an `inbox`");
    if let Some(corrections) = &fetch.corrections {
        unless(!getting, "corrections", "applies to `inbox` only");
        let numbered = corrections.contains("{number}") && is_file_name(corrections);
        unless(numbered, "corrections", "expected a file name with {date} and {number}");
    }
    let reads = DatePattern::try_from(String::from(pattern.clone())).is_ok();
    unless(reads, "by", "needs a `date_pattern` with yyyy, mm and dd, to know a file by its name");
    wrong
}

fn rank(on: On) -> u8 {
    match on {
        On::SameDay => 0,
        On::NextDay => 1,
        On::NextWorkingDay => 2,
    }
}

/// A day that is not over has no file.
fn cut_off(biller: &Biller, fetch: &Fetch, problems: &mut Problems<'_>) {
    let over = match biller.clearing.cut_off {
        CutOff::At(time) => fetch.on != On::SameDay || fetch.from.0 >= time,
        CutOff::Midnight => fetch.on != On::SameDay,
    };
    problems.unless(over, &format!("{KEY}.from"), "the day is not over by then");
}

/// Why no file can be got at a biller's address. A request for one has no body: what signs it must be in its
/// headers, and what signs the answer must be provable while the file comes.
pub(super) fn hindrances(biller: &Biller) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut unless = |right: bool, hindrance: &'static str| {
        if !right {
            found.push(hindrance);
        }
    };
    let https = matches!(biller.outbound.transport, Transport::Https { .. });
    unless(https, "it is not called by https");
    let request = &biller.outbound.request;
    let coded = request.headers.iter().any(|field| field.source == Some(FieldSource::Message));
    unless(!coded, "a header has the code of the message, and a GET of a file is none");
    let Some(signing) = &biller.outbound.signature else { return found };
    let signature = |field: &Field| field.source == Some(FieldSource::Signature);
    unless(
        request.headers.iter().any(signature),
        "the signature of messages stands in their body, and a GET of a file has none",
    );
    let covered = matches!(&signing.over, Over::Template(pieces) if pieces.contains(&Piece::Path));
    unless(covered, "a GET has no body: expected {path} in `outbound.signature.over`");
    let Some(answer) = signing.answer.as_ref().filter(|answer| answer.header.is_some()) else {
        return found;
    };
    let provable = match answer.over.as_ref().unwrap_or(&signing.over) {
        Over::Body => true,
        Over::Fields { .. } => false,
        Over::Template(pieces) => pieces.iter().filter(|piece| **piece == Piece::Body).count() == 1,
    };
    unless(
        provable,
        "a file has no fields: expected `outbound.signature.answer` over {body}, once",
    );
    found
}

/// A question for a file is about no customer.
fn nobody_s(biller: &Biller, problems: &mut Problems<'_>) {
    let request = &biller.outbound.request;
    for (key, fields) in
        [("headers", &request.headers), ("head", &request.head), ("tail", &request.tail)]
    {
        let about = fields.iter().any(|field| field.source == Some(FieldSource::Customer));
        let place = format!("outbound.request.{key}");
        problems.unless(
            !about,
            &place,
            "the file of a day is asked for, and that is about no customer",
        );
    }
}

/// How the statements of an account come: what is wrong, by key.
pub(super) fn of_account(file: &AccountFile) -> Vec<(String, String)> {
    let fetch = &file.fetch;
    let mut wrong: Vec<(String, String)> = alone(fetch, &file.date_pattern)
        .into_iter()
        .map(|(key, message)| (format!("{KEY}.{key}"), message))
        .collect();
    let mut unless = |right: bool, key: &str, message: &str| {
        if !right {
            wrong.push((key.to_owned(), message.to_owned()));
        }
    };
    unless(is_file_name(&file.name), "statement.name", NO_FILE_NAME);
    let by = format!("{KEY}.by");
    unless(fetch.by != By::Message, &by, "accounts have no messages, expected `https` or `inbox`");
    let https = fetch.by == By::Https;
    unless(fetch.path.is_some() == https, &format!("{KEY}.path"), "expected `path` with `https`");
    unless(
        file.partner.is_some() == https,
        "statement.partner",
        "expected with `https` the partner at whose address it lies, and only there",
    );
    let due = "`due_days` says by which day a statement is here";
    unless(fetch.late_on.is_none(), &format!("{KEY}.late_on"), due);
    let over = fetch.on != On::SameDay;
    unless(over, &format!("{KEY}.on"), "the day is not over by then");
    wrong
}
