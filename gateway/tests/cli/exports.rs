//! Files out: what was imported, and statements of accounts, as tables.

use std::process::Command;

use jiaozi::days;
use jiaozi::imports::Batches;
use jiaozi_ledger::progress::Progress;
use jiaozi_ledger::store::check::check;

use crate::days::CLOSE;
use crate::support::{MORNING, Place, instant, path, pay, payer, shipped};

/// The rows of a CSV, each as columns by name.
fn table(text: &str) -> Vec<std::collections::HashMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_statement_has_every_entry_of_the_account() {
    let place = Place::sandbox();
    place.import_november();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    for house in ["1-1-101", "1-1-102", "1-2-301"] {
        pay(&gateway, &from, house).await;
    }
    let out = place.path("statement.csv");
    let words = ["file", "export", "statement", "--account", "deposit:1001", "--out", path(&out)];
    place.run(&words).well();
    let exported = table(&std::fs::read_to_string(&out).unwrap());
    let shown = place.run(&["account", "statement", "deposit:1001", "--json"]).well().json();
    let shown = shown.as_array().unwrap();
    assert_eq!((exported.len(), shown.len()), (4, 4));
    for (row, entry) in exported.iter().zip(shown) {
        assert_eq!(row["nth"], entry["nth"].to_string());
        assert_eq!(row["amount_fen"], entry["amount_fen"].to_string());
        assert_eq!(row["balance_after_fen"], entry["balance_after_fen"].to_string());
        assert_eq!((&row["what"], &row["side"]), (&word(&entry["kind"]), &word(&entry["side"])));
    }
    let unknown = place.run(&["file", "export", "statement", "--account", "deposit:7"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("there is no account deposit:7"), "{}", unknown.err);
    assert_eq!(place.run(&["file", "export", "statement", "--partner", "yunhe"]).code, Some(2));
    assert_eq!(place.run(&["file", "export", "bills"]).code, Some(2));
}

fn word(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn batches_tell_of_every_import_and_of_every_line_that_is_kept() {
    let place = Place::sandbox();
    let samples = shipped().join("yunhe/samples");
    let import = |kind: &str, name: &str| {
        let file = samples.join(name);
        let words =
            ["file", "import", kind, "--partner", "yunhe", "--operator", "li.wei", "--json"];
        place.run(&[&words[..], &[path(&file)]].concat()).well().json()
    };
    let (bills, broken) =
        (import("bills", "bills-2026-11.csv"), import("bills", "bills-broken.csv"));
    let roster = import("roster", "roster.csv");
    import("bills", "bills-2026-11.csv");
    let words = ["file", "export", "batches", "--partner", "yunhe"];
    let rows = table(&place.run(&words).well().out);
    assert_eq!(rows.len(), 3, "the same file again is no other import");
    for (row, report) in rows.iter().zip([&bills, &broken, &roster]) {
        for name in ["name", "sha256", "by", "kind", "format", "at"] {
            assert_eq!(row[name], word(&report[name]), "{name}");
        }
        for (result, lines) in report["counts"].as_object().unwrap() {
            assert_eq!(row[result], lines.to_string(), "{result}");
        }
    }
    assert_eq!(rows[0]["by"], "user:li.wei");
    assert_eq!((rows[0]["as_of"].as_str(), &rows[2]["as_of"]), ("", &word(&roster["as_of"])));

    let done = place.run(&[&words[..], &["--lines"]].concat()).well();
    let lines = table(&done.out);
    let kept = |report: &serde_json::Value| -> Vec<String> {
        let results = report["results"].as_array().unwrap();
        let read = results.iter().filter(|result| result["code"] != "line_malformed");
        read.map(|result| result["line"].to_string() + &word(&result["result"])).collect()
    };
    let expected: Vec<String> = [kept(&bills), kept(&broken)].concat();
    let found: Vec<String> =
        lines.iter().map(|line| line["line"].clone() + &line["result"]).collect();
    assert_eq!(found, expected);
    let all: u64 =
        [&bills, &broken, &roster].iter().map(|report| report["lines"].as_u64().unwrap()).sum();
    let not_kept = all - lines.len() as u64;
    assert!(done.err.contains(&format!("of {not_kept} lines")), "{}", done.err);
    let other = place.run(&["file", "export", "batches", "--partner", "huating"]).well();
    assert_eq!(table(&other.out).len(), 0);
}

#[tokio::test]
async fn long_work_says_how_far_it_has_come() {
    let place = Place::sandbox();
    place.import_november();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    for house in ["1-1-101", "1-1-102", "1-2-301"] {
        pay(&gateway, &from, house).await;
    }
    gateway.store.move_time(instant("2036-11-21T02:00:00Z")).await.unwrap();
    place.run(&CLOSE).well();
    let date = jiff::civil::date(2036, 11, 20);
    let mut last = Progress::default();
    days::file(&gateway, "yunhe", date, &mut |progress| last = progress).await.unwrap();
    assert_eq!((last.done, last.of), (3, 3), "payments in a day's file");
    days::report(&gateway, date, &mut |progress| last = progress).await.unwrap();
    assert_eq!((last.done, last.of), (3, 3), "payments of a report");
    let (_, totals) = check(&gateway.store, &mut |progress| last = progress).await.unwrap();
    assert_eq!((last.done, last.of), (totals.commands as u64 + 3, totals.commands as u64 + 3));
    let mut told = Progress::default();
    let mut watcher = |progress| told = progress;
    let mut batches = Batches::of(&gateway, "yunhe", &mut watcher);
    assert!(batches.next().await.unwrap().is_some());
    assert!(batches.next().await.unwrap().is_none());
}

#[test]
fn a_bar_is_drawn_on_a_terminal_and_nowhere_else() {
    let place = Place::sandbox();
    place.import_november();
    let out = place.path("bills.csv");
    let export = ["file", "export", "bills", "--partner", "yunhe"];
    let long: [(&[&str], &str); 3] = [
        (&["check"], " commands and orders, "),
        (&["file", "export", "bills", "--partner", "yunhe", "--out", path(&out)], " bills, "),
        (&["day", "report"], " payments and refunds, "),
    ];
    for (words, counted) in long {
        let done = place.run(words).well();
        assert!(!done.both().contains(counted), "{words:?}: {}", done.both());
        let _ = std::fs::remove_file(&out);
        let drawn = on_a_terminal(&place, words);
        assert!(drawn.contains(counted), "{words:?}: {drawn}");
    }
    // Into the table itself no bar is drawn.
    assert!(!on_a_terminal(&place, &export).contains(" bills, "));
}

/// What a person sees: `script` runs it on a terminal of its own.
fn on_a_terminal(place: &Place, words: &[&str]) -> String {
    let program = place.jiaozi();
    let words: Vec<String> = std::iter::once(program.get_program().to_str().unwrap())
        .chain(words.iter().copied())
        .map(|word| format!("'{word}'"))
        .collect();
    let mut script = place.set_up(Command::new("script"));
    script.args(["-qec", &words.join(" "), "/dev/null"]).env("TERM", "xterm");
    let output = script.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
