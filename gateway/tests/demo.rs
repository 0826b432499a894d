//! The demonstration, as anyone can run it: the report, and that the books agree with it afterwards.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn jiaozi(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiaozi"));
    // The configuration of whoever runs the tests is not ours.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JIAOZI_") {
            command.env_remove(name);
        }
    }
    // Where the shipped specifications are.
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    command.args(words).output().unwrap()
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_day_is_played_and_everything_holds_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("demo.db").display());
    let report = folder.path().join("report.json");
    let played = jiaozi(&["demo", "--database", &database, "--report", report.to_str().unwrap()]);
    assert_eq!(played.status.code(), Some(0), "{}", said(&played));
    assert!(played.stdout.is_empty());

    let report = read(&report);
    let invariants = report["invariants"].as_object().unwrap();
    assert_eq!(invariants.len(), 10);
    assert!(invariants.values().all(|holds| *holds == true), "{invariants:?}");
    assert_eq!(report["unexpected"], serde_json::json!([]));
    assert_eq!(report["reconciliation"]["unexplained_fen"], 0);
    assert!(report["payments"]["property"]["count"].as_i64().unwrap() > 3_000);
    assert!(report["payments"]["utility"]["count"].as_i64().unwrap() > 150);
    assert!(report["unknown_resolved"].as_i64().unwrap() > 20);
    assert!(report["declined"].as_i64().unwrap() > 0);
    assert!(report["people"].as_i64().unwrap() > 0);
    assert!(report["leads"].as_i64().unwrap() > 0);
    assert_eq!(report["accounts_opened"], 0);
    let ledger = &report["ledger"];
    assert!(ledger["debits_fen"].as_i64().unwrap() > 0);
    assert_eq!(ledger["debits_fen"], ledger["credits_fen"]);

    // What was planted is known here, and nowhere in the program: it must have been found.
    let faults = read(&folder.path().join("report-faults.json"));
    let planted = |fault: &str| {
        faults.as_array().unwrap().iter().filter(|planted| planted["fault"] == fault).count()
    };
    assert!(planted("the same payment again, twice") > 0);
    let lost = planted("said that it has the notice, and lost it");
    assert!(lost > 0);
    assert!(report["reconciliation"]["breaks"].as_u64().unwrap() > 0);
    let failing = [
        "answered 500 without looking",
        "noted it and answered 500",
        "noted it and answered too late",
    ];
    let failing: usize = failing.iter().map(|fault| planted(fault)).sum();
    assert_eq!(report["webhooks"]["failures"].as_u64().unwrap(), failing as u64);

    let checked = jiaozi(&["check", "--database", &database, "--json"]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    let checked: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(checked["holds"], true);
    assert_eq!(checked["ledger"]["debits_fen"], ledger["debits_fen"]);

    // A database with a day in it is neither for another day nor for a bench.
    let again = jiaozi(&["demo", "--database", &database]);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    let bench = jiaozi(&["bench", "post", "--seconds", "1", "--database", &database]);
    assert_eq!(bench.status.code(), Some(1));
    assert!(said(&bench).contains("has other data"), "{}", said(&bench));
}

/// What was planted in billers' files, as the faults on file tell it.
fn planted(faults: &Value) -> BTreeSet<(String, String)> {
    let wrong = |fault: &&Value| fault["fault"] == "a biller's file is wrong";
    let faults = faults.as_array().unwrap().iter().filter(wrong);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    faults.map(|fault| (text(&fault["whom"]), text(&fault["what"]))).collect()
}

#[test]
fn whatever_is_planted_is_named_and_nothing_else() {
    let mut seen = BTreeSet::new();
    for seed in 1..=10 {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let words = ["demo", "--scene", "utility", "--seed", &seed.to_string(), "--report"];
        let played = jiaozi(&[&words[..], &[report.to_str().unwrap()]].concat());
        assert_eq!(played.status.code(), Some(0), "seed {seed}: {}", said(&played));
        let (report, faults) = (read(&report), read(&folder.path().join("report-faults.json")));
        let reconciliation = &report["reconciliation"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let named: BTreeSet<(String, String)> = reconciliation["differences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                seen.insert(text(&one["kind"]));
                let (reference, kind) = (text(&one["reference"]), text(&one["kind"]));
                (text(&one["partner"]), format!("{reference} {kind} {}", one["gap_fen"]))
            })
            .collect();
        let planted = planted(&faults);
        assert_eq!(named, planted, "seed {seed}");
        // What is open without a confirmed cause: the differences, and what is in suspense for an outcome
        // that is not known.
        let fen = |what: &str| what.rsplit(' ').next().unwrap().parse::<i64>().unwrap();
        let differences: i64 = planted.iter().map(|(_, what)| fen(what)).sum();
        let faults = faults.as_array().unwrap().iter();
        let in_suspense = faults.filter(|fault| {
            fault["fault"] == "a payment never arrived and only the files can tell"
        });
        let unknown: i64 = in_suspense.map(|fault| fen(&text(&fault["what"]))).sum();
        assert_eq!(reconciliation["differences_unexplained_fen"], differences + unknown);
        assert_eq!(reconciliation["unexplained_fen"], 0, "seed {seed}");
    }
    let kinds = ["amount", "only_ours", "only_theirs", "status", "unknown"];
    assert_eq!(seen, kinds.map(str::to_owned).into(), "ten seeds plant each kind");
}
