//! Contradictions about telling a partner by files.

use super::Problems;
use super::payout::destination;
use crate::spec::biller::Biller;
use crate::spec::files::{FileFormat, Files};
use crate::spec::outbound::NotFound;
use crate::spec::pattern::DatePattern;

use super::messages::Of;

/// What is said of the files that a partner is told by.
pub(super) fn all(biller: &Biller, whose: Of, files: &Files, problems: &mut Problems<'_>) {
    let key = |name: &str| format!("outbound.files.{name}");
    for (name, pattern) in
        [("payments", Some(&files.payments)), ("reversals", files.reversals.as_ref())]
    {
        let Some(pattern) = pattern else { continue };
        super::formats::file_name(pattern, &key(name), problems);
        problems.unless(
            pattern.contains("{number}"),
            &key(name),
            "expected {number} in it: a day has several files",
        );
        let result = pattern.replace("{date}", "20261120").replace("{number}", "1");
        problems.unless(
            !files.results.accepts(&result),
            &key("results"),
            &format!(
                "a file that we make has such a name too: expected another than that of `{name}`"
            ),
        );
    }
    if let Some(statement) = &biller.statement {
        let day = statement.name.replace("{date}", "20261120");
        problems.unless(
            !files.results.accepts(&day),
            &key("results"),
            "the file of a day has such a name too: expected another than that of `statement.name`",
        );
    }
    let whole = DatePattern::try_from(String::from(files.date_pattern.clone())).is_ok();
    problems.unless(
        whole,
        &key("date_pattern"),
        "expected a pattern with yyyy, mm and dd: a name is used once for ever",
    );
    problems.unless(
        files.reversals.as_ref() != Some(&files.payments),
        &key("reversals"),
        "expected another name than that of `payments`",
    );
    problems.unless(
        (1..=9).contains(&files.number_digits),
        &key("number_digits"),
        "expected 1 to 9",
    );
    problems.unless(
        files.every_minutes.is_some() || !files.at.is_empty(),
        &key("every_minutes"),
        "expected this or `at`: a file has to be made at some time",
    );
    let once = |list: &[_]| (1..list.len()).all(|end| !list[..end].contains(&list[end]));
    problems.unless(
        files.at.len() <= 96 && once(&files.at),
        &key("at"),
        "expected at most 96 times, each once",
    );
    for (name, value, least, most) in [
        ("every_minutes", files.every_minutes.unwrap_or(1), 1, 1_440),
        ("before_cut_off_minutes", files.before_cut_off_minutes, 1, 720),
        ("answer_minutes", files.answer_minutes, 1, 10_080),
    ] {
        let expected = format!("expected {least} to {most}");
        problems.unless((least..=most).contains(&value), &key(name), &expected);
    }
    for (verb, message) in
        [("write_off", &biller.messages.write_off), ("reversal", &biller.messages.reversal)]
    {
        problems.unless(
            message.is_none(),
            &format!("message.{verb}"),
            "this is told by files: expected no such message, or no [outbound.files]",
        );
    }
    problems.unless(
        biller.outbound.schedule.not_found == NotFound::MayStillArrive,
        "outbound.schedule.not_found",
        "expected `may_still_arrive`: a file that is not read yet is not found",
    );
    match files.format {
        FileFormat::Iso20022 => iso20022(biller, whose, files, problems),
    }
}

fn iso20022(biller: &Biller, whose: Of, files: &Files, problems: &mut Problems<'_>) {
    problems.unless(
        whose == Of::Core,
        "outbound.files.format",
        "`iso20022` draws money from accounts: it applies to kind `core` only",
    );
    match &files.creditor {
        None => problems.at(
            "outbound.files.creditor",
            "format `iso20022` needs it: whose account gets what is drawn",
        ),
        Some(creditor) => destination("outbound.files.creditor", creditor, problems),
    }
    problems.unless(
        !biller.outbound.reference.prefix.contains('_'),
        "outbound.reference.prefix",
        "an identifier of ISO 20022 has no _: expected letters, digits and -",
    );
}
