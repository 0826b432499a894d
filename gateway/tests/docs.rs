//! The codes on the documentation's page are those that the code says: none is missing, none is left over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiaozi::docs::codes::CODES;

/// Where the answers of the API are made.
const SOURCES: [&str; 16] = [
    "adapters/src/draw",
    "gateway/src/draws",
    "gateway/src/api",
    "gateway/src/edge",
    "gateway/src/property",
    "gateway/src/property.rs",
    "gateway/src/accounts.rs",
    "gateway/src/refused.rs",
    "gateway/src/utility",
    "adapters/src/answer.rs",
    "adapters/src/property",
    "adapters/src/settlement",
    "adapters/src/utility",
    "adapters/src/withholding",
    "gateway/src/withholding",
    "ledger/src/command.rs",
];

/// Calls that make a problem; the first text among their first arguments is its code.
const MAKERS: [&str; 6] =
    ["Problem::new(", "Problem::of_books(", "refuse(", "refused(", "LineProblem::new(", "wrong("];

/// Made by commands that no call of the API orders.
const ELSEWHERE: [&str; 32] = [
    "account_in_debt",
    "already_closed",
    "below_minimum",
    "calendar_ends",
    "date_not_open",
    "day_does_not_add_up",
    "day_not_over",
    "destination_not_approved",
    "destination_not_yet",
    "file_not_next",
    "file_not_suitable",
    "hold_refused",
    "instruction_changed",
    "no_such_file",
    "not_a_working_day",
    "not_paid_out",
    "not_positive",
    "nothing_due",
    "outcome_known",
    "payment_has_break",
    "payout_changed",
    "payout_contested",
    "payout_held",
    "payout_holds_nothing",
    "payout_known",
    "payout_returned",
    "payout_rejected",
    "refund_outdated",
    "refunded_already",
    "reversal_possible",
    "ruling_outdated",
    "unknown_hold",
];

fn files(place: &Path, found: &mut Vec<PathBuf>) {
    if place.is_dir() {
        for entry in std::fs::read_dir(place).expect("a folder") {
            files(&entry.expect("an entry").path(), found);
        }
    } else if place.extension().is_some_and(|end| end == "rs") {
        found.push(place.to_owned());
    }
}

fn is_code(text: &str) -> bool {
    text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The codes in a source: what stands first in a call that makes a problem, and what the arms of a
/// function `code` give.
fn codes_of(text: &str, codes: &mut BTreeSet<String>) {
    let own = text.split("#[cfg(test)]").next().unwrap_or_default();
    for maker in MAKERS {
        for call in own.split(maker).skip(1) {
            let arguments: String = call.chars().take(120).collect();
            let first = arguments.split(['{', ';', ')']).next().unwrap_or_default();
            if let Some(code) = first.split('"').nth(1).filter(|code| is_code(code)) {
                codes.insert(code.to_owned());
            }
        }
    }
    for body in own.split("fn code(&self) -> &'static str {").skip(1) {
        let arms = body.split("\n    }\n").next().unwrap_or_default();
        let given = arms.split("=> \"").skip(1).filter_map(|arm| arm.split('"').next());
        codes.extend(given.filter(|code| is_code(code)).map(str::to_owned));
    }
}

#[test]
fn every_code_that_is_said_is_explained_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for place in SOURCES {
        files(&root.join(place), &mut found);
    }
    let (mut said, mut whole) = (BTreeSet::new(), String::new());
    for file in &found {
        let text = std::fs::read_to_string(file).unwrap();
        if !file.ends_with("tests.rs") && !file.to_string_lossy().contains("/tests/") {
            codes_of(&text, &mut said);
            whole.push_str(&text);
        }
    }
    assert!(said.len() > 80, "{said:?}");
    let explained: BTreeSet<String> = CODES
        .iter()
        .flat_map(|(_, codes)| codes.iter())
        .map(|(code, _)| (*code).to_owned())
        .collect();
    let missing: Vec<&String> =
        said.difference(&explained).filter(|code| !ELSEWHERE.contains(&code.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new(), "are said, but not explained");
    let left: Vec<&String> =
        explained.iter().filter(|code| !whole.contains(&format!("\"{code}\""))).collect();
    assert_eq!(left, Vec::<&String>::new(), "are explained, but never said");
}
