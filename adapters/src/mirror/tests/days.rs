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
    let of = |data| spec.reference_of("key", subject, &data);
    assert_eq!(of(json!({"end_to_end": "E-1", "reference": "R"})), "E-1");
    assert_eq!(of(json!({"reference": "R"})), "R");
    assert_eq!(of(json!({"reference": 7})), "000000000000000000000000000000ab");
    let by_key = SPEC.replace("days = 3", "days = 3\nours = [\"idempotency_key\"]");
    let by_key = MirrorSpec::parse("core.toml", &by_key, &calendars()).expect("a specification");
    assert_eq!(by_key.reference_of("key", subject, &json!({})), "key");
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
    let calendars = ["cn-bank", "every-day"].map(|name| {
        let file = format!("{}/../partner-specs/calendars/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).expect("a calendar");
        crate::spec::calendar::Calendar::parse(&file, &text).expect("a calendar")
    });
    let calendars = calendars.into_iter().collect();
    for name in ["core-bank", "wechat-pay"] {
        let file = format!("{}/../partner-specs/examples/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).expect("an example");
        let spec = MirrorSpec::parse(&file, &text, &calendars).expect("a specification");
        assert_eq!(spec.code, name);
    }
}
