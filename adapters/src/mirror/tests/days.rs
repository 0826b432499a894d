//! What a specification says of days, accounts and references.

use jiff::civil::date;
use serde_json::json;
use uuid::Uuid;

use super::{SPEC, calendars, spec};
use crate::spec::mirror::MirrorSpec;

#[test]
fn a_statement_is_due_after_its_working_days() {
    let spec = spec();
    for (today, expected) in [
        (date(2026, 11, 2), None),
        (date(2026, 11, 3), None),
        // Monday's is due on Tuesday and late on Wednesday.
        (date(2026, 11, 4), Some(date(2026, 11, 2))),
        // Friday's is due on Monday.
        (date(2026, 11, 9), Some(date(2026, 11, 5))),
        (date(2026, 11, 10), Some(date(2026, 11, 6))),
    ] {
        assert_eq!(spec.expected_by(today), Ok(expected), "{today}");
    }
    assert!(spec.expected_by(date(2027, 2, 1)).is_err(), "the calendar ends before");
}

#[test]
fn our_reference_is_the_first_member_that_says_one() {
    let (spec, subject) = (spec(), Uuid::from_u128(0xAB));
    let of = |data| spec.reference_of("key", subject, 9, &data);
    assert_eq!(of(json!({"end_to_end": "E-1", "reference": "R"})), "E-1");
    assert_eq!(of(json!({"reference": "R"})), "R");
    assert_eq!(of(json!({"reference": 7})), "000000000000000000000000000000ab");
    let by_key = SPEC.replace("days = 3", "days = 3\nours = [\"idempotency_key\"]");
    let by_key = MirrorSpec::parse("core.toml", &by_key, &calendars()).expect("a specification");
    assert_eq!(by_key.reference_of("key", subject, 9, &json!({})), "key");
    assert_eq!(spec.reference_of("key", Uuid::nil(), 9, &json!({})), "seq-9");
    assert_eq!(of(json!({"end_to_end": "two words", "reference": "R"})), "R");
    assert!(spec.is_theirs("6222000011112222") && !spec.is_theirs("6222"));
}

#[test]
fn what_is_wrong_with_a_specification_is_said_with_its_place() {
    for (from, to, line, says) in [
        ("core:clearing", "income:fees", 5, "mirrors nothing"),
        ("\"camt\", \"mt\"", "\"pdf\"", 7, "expected one of camt"),
        ("calendar = \"cn\"", "calendar = \"us\"", 9, "expected one of cn"),
        ("days = 3", "days = \"3\"", 11, ""),
        ("days = 3", "reference = []", 11, "at least one field"),
        ("days = 3", "ours = [\"End To End\"]", 11, "a member of our events"),
        ("2026-11-02", "2026-13-02", 8, ""),
        ("[match]", "colour = 1\n[match]", 10, "colour"),
    ] {
        let text = SPEC.replace(from, to);
        let problems = MirrorSpec::parse("core.toml", &text, &calendars()).expect_err(to);
        assert_eq!(problems[0].line, line, "{to}: {problems:?}");
        assert!(problems[0].to_string().contains(says), "{to}: {problems:?}");
    }
}

#[test]
fn the_examples_that_are_shipped_are_right() {
    let calendar = |text| crate::spec::calendar::Calendar::parse("calendar.toml", text);
    let calendars = [
        include_str!("../../../../partner-specs/calendars/cn-bank.toml"),
        include_str!("../../../../partner-specs/calendars/every-day.toml"),
    ];
    let calendars = calendars.map(|text| calendar(text).expect("a calendar")).into_iter().collect();
    for (code, text) in [
        ("core-bank", include_str!("../../../../partner-specs/examples/core-bank.toml")),
        ("wechat-pay", include_str!("../../../../partner-specs/examples/wechat-pay.toml")),
    ] {
        let spec = MirrorSpec::parse(code, text, &calendars).expect("a specification");
        assert_eq!(spec.code, code);
    }
}

#[test]
fn what_people_write_is_no_reference_and_is_not_kept() {
    use crate::statement::entry::References;

    let spec = spec();
    let of = |end_to_end: &str, ours: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let references =
            References { end_to_end: text(end_to_end), ours: text(ours), ..References::default() };
        spec.reference_in(&references).map(str::to_owned)
    };
    assert_eq!(of("E-1", "O-1").as_deref(), Some("E-1"));
    assert_eq!(of("rent of WANG Xiao", "O-1").as_deref(), Some("O-1"));
    assert_eq!(of("王小明", ""), None);
    assert_eq!(
        (spec.known_word(Some("NCHG")), spec.known_word(Some("红包-来自王小明"))),
        (Some("NCHG"), None)
    );
}
