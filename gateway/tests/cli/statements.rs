//! Statements of others on the command line.

use crate::support::{Place, path};

const STATEMENT: &str = ":20:S1\n:25:6222000011112222\n:28C:324/1\n:60F:C261120CNY100,00\n\
    :61:2611201120D12,50NTRFORDER-7//BANK-7\n:86:166?00TRANSFER?20SVWZ+water fee?32WANGXIAO\n\
    :62F:C261120CNY87,50\n-\n";

#[test]
fn a_statement_is_shown_and_proved_without_a_database() {
    let place = Place::empty();
    let file = place.path("statement.sta");
    std::fs::write(&file, STATEMENT).unwrap();
    let done = place.run(&["file", "read", "statement", path(&file)]).well();
    for shown in [
        "MT940, S1, number 324, page 1, account ************2222",
        "opens with CNY 100.00",
        "2026-11-20          CNY -12.50  ORDER-7",
        "*******O  water fee",
        "closes with CNY 87.50",
        "1 debits, CNY 12.50",
        "balances",
    ] {
        assert!(done.out.contains(shown), "{shown}: {}", done.out);
    }
    assert!(!place.path("jiaozi.db").exists());

    let done = place.run(&["file", "read", "statement", path(&file), "--json"]).well();
    let lines: Vec<serde_json::Value> =
        done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [begins, entry, ends] = &lines[..] else { panic!("{}", done.out) };
    assert_eq!(begins["begins"]["opening"]["amount"]["minor"], 10_000);
    assert_eq!(entry["entry"]["amount"], serde_json::json!({ "currency": "CNY", "minor": 1_250 }));
    assert_eq!(entry["entry"]["side"], "debit");
    assert_eq!(entry["entry"]["references"]["bank"], "BANK-7");
    assert_eq!(entry["entry"]["counterparty"]["name"], "*******O");
    assert_eq!(entry["entry"]["place"]["line"], 5);
    assert_eq!(ends["balances"], true);
}

#[test]
fn what_does_not_balance_and_what_is_broken_exit_1_with_the_place() {
    let place = Place::empty();
    let file = place.path("statement.sta");
    std::fs::write(&file, STATEMENT.replace("87,50", "88,50")).unwrap();
    let done = place.run(&["file", "read", "statement", path(&file)]);
    assert_eq!(done.code, Some(1), "{}", done.both());
    let report = "line 7, field 62F: closing balance: found CNY 88.50, expected CNY 87.50";
    assert!(done.out.contains("DOES NOT BALANCE") && done.out.contains(report), "{}", done.out);
    assert!(done.out.contains("ORDER-7"), "its entries are there: {}", done.out);
    let json = place.run(&["file", "read", "statement", path(&file), "--json"]);
    assert_eq!(json.code, Some(1));
    let last: serde_json::Value = serde_json::from_str(json.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["balances"], false);
    assert_eq!(last["ends"]["imbalances"][0]["what"], "closing_balance");
    assert_eq!(last["ends"]["imbalances"][0]["expected"]["amount"]["minor"], 8_750);

    std::fs::write(&file, STATEMENT.replace("12,50", "12,505")).unwrap();
    let done = place.run(&["file", "read", "statement", path(&file)]);
    assert_eq!(done.code, Some(1), "{}", done.both());
    assert!(done.err.contains("statement.sta: line 5, field 61: found `12,505`"), "{}", done.err);
    let json = place.run(&["file", "read", "statement", path(&file), "--json"]);
    let last: serde_json::Value = serde_json::from_str(json.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["refused"]["place"]["line"], 5);

    std::fs::write(&file, "a letter\n").unwrap();
    let done = place.run(&["file", "read", "statement", path(&file)]);
    assert_eq!(done.code, Some(1), "{}", done.both());
    assert!(done.err.contains("expected --format with one of camt, mt,"), "{}", done.err);
    let done = place.run(&["file", "read", "statement", path(&file), "--format", "letter"]);
    assert_eq!(done.code, Some(2), "{}", done.both());
}
