//! The readers on samples of our own, and on everything that a file can be.

mod anything;
mod banks;
mod camt;
mod samples;
mod size;
mod swift;
mod wallets;

use super::{Format, Statement, collect, read};

/// All statements of a file, or why it is refused.
fn statements(format: Format, bytes: &[u8]) -> Result<Vec<Statement>, String> {
    collect(read(format, bytes)).map_err(|error| error.to_string())
}

/// What a file's statements do not balance by.
fn reported(format: Format, bytes: &[u8]) -> Vec<String> {
    let statements = statements(format, bytes).unwrap();
    let imbalances = statements.iter().flat_map(|statement| &statement.ending.imbalances);
    imbalances.map(ToString::to_string).collect()
}

/// A file with one text changed, which must be in it.
fn changed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1).into_bytes()
}

/// Changes, and what is said of each.
fn said(format: Format, bytes: &[u8], cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        let found = match statements(format, &changed(bytes, from, to)) {
            Err(refused) => refused,
            Ok(_) => reported(format, &changed(bytes, from, to)).join("; "),
        };
        assert_eq!(found, *expected, "{from} → {to}");
    }
}
