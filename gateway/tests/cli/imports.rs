//! Files in: every line has its result, and a file has one effect however often it comes.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use jiaozi_ledger::bill::Bill;
use serde_json::Value;

use crate::support::{Place, path, shipped};

/// The bills as they stand, without what is drawn anew in every database.
async fn bills(place: &Place) -> Vec<String> {
    let gateway = place.gateway().await;
    let bills: Vec<Bill> = gateway.store.find("order by import_key", vec![]).await.unwrap();
    bills
        .into_iter()
        .map(|bill| format!("{:?}", Bill { id: uuid::Uuid::nil().into(), ..bill }))
        .collect()
}

#[test]
fn a_bad_line_is_named_and_the_good_ones_stand() {
    let place = Place::sandbox();
    let file = shipped().join("yunhe/samples/bills-broken.csv");
    let report =
        place.run(&["file", "import", "bills", "--partner", "yunhe", path(&file), "--json"]);
    let report = report.well().json();
    let results = report["results"].as_array().unwrap();
    let lines: Vec<i64> = results.iter().map(|result| result["line"].as_i64().unwrap()).collect();
    assert!(lines.is_sorted(), "{lines:?}");
    let of = |line: i64| results.iter().find(|result| result["line"] == line).unwrap();
    assert_eq!(of(2)["result"], "new");
    let float = of(3);
    assert_eq!((&float["result"], &float["column"]), (&"refused".into(), &"应收金额".into()));
    assert!(float["found"].as_str().unwrap().contains("3843.540000000002"), "{float}");
    assert!(float["expected"].is_string(), "{float}");
    assert_eq!(report["counts"]["new"], 2, "{report}");
    assert_eq!(report["sums_fen"]["new"], 18_000 + 1_250);

    let done = place.run(&["file", "import", "bills", "--partner", "yunhe", path(&file)]).well();
    assert!(done.out.contains("line 3, column 应收金额"), "{}", done.out);
    assert!(done.err.contains("imported before"), "{}", done.err);
    let strict = ["file", "import", "bills", "--partner", "yunhe", path(&file), "--strict"];
    assert_eq!(place.run(&strict).code, Some(1));
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_answers_the_same() {
    let place = Place::sandbox();
    let first = place.import_november();
    let (before, head) = (bills(&place).await, head(&place));
    let second = place.import_november();
    assert_eq!(first.out, second.out);
    assert_eq!(before, bills(&place).await);
    assert_eq!(head, head_of(&place), "not even the feed has grown");
    // Under another name, and by somebody else.
    let bytes = std::fs::read(shipped().join("yunhe/samples/bills-2026-11.csv")).unwrap();
    let copy = place.file("copy.csv", bytes);
    let arguments = [
        "file",
        "import",
        "bills",
        "--partner",
        "yunhe",
        path(&copy),
        "--operator",
        "other",
        "--json",
    ];
    assert_eq!(place.run(&arguments).well().out, first.out);
}

fn head(place: &Place) -> Value {
    head_of(place)
}

fn head_of(place: &Place) -> Value {
    place.run(&["check", "--json"]).well().json()["ledger"]["head"].clone()
}

#[tokio::test]
async fn a_cut_file_and_then_the_whole_one_end_like_the_whole_one_alone() {
    let whole = std::fs::read(shipped().join("yunhe/samples/bills-2026-11.csv")).unwrap();
    let alone = Place::sandbox();
    alone.import_november();
    let expected = bills(&alone).await;
    for cut in [whole.len() / 3, whole.len() / 2, whole.len() - 20] {
        let place = Place::sandbox();
        let file = place.file("cut.csv", &whole[..cut]);
        place.run(&["file", "import", "bills", "--partner", "yunhe", path(&file)]).well();
        place.import_november();
        assert_eq!(bills(&place).await, expected, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_file_whose_totals_are_wrong_has_no_effect() {
    let place = Place::sandbox();
    for name in ["bills-wrong-sum.txt", "bills-cut.txt"] {
        let file = shipped().join("jinding/samples").join(name);
        let done = place.run(&["file", "import", "bills", "--partner", "jinding", path(&file)]);
        assert_eq!(done.code, Some(1), "{name}: {}", done.both());
        assert!(
            done.err.contains("line ") && done.err.contains("nothing of it was taken"),
            "{}",
            done.err
        );
    }
    assert!(bills(&place).await.is_empty());
}

#[test]
fn every_shipped_sample_goes_in() {
    let place = Place::sandbox();
    let files = [
        ("bills", "yunhe", None, "bills-2026-11.csv"),
        ("bills", "jinding", None, "bills-20261120.txt"),
        ("bills", "huating", Some("monthly"), "bills-2026-11.xlsx"),
        ("bills", "huating", Some("quarterly"), "bills-2026Q4.xlsx"),
        ("roster", "yunhe", None, "roster.csv"),
        ("roster", "jinding", None, "roster.txt"),
        ("roster", "huating", None, "roster.xlsx"),
    ];
    for (kind, partner, format, name) in files {
        let file = shipped().join(partner).join("samples").join(name);
        let mut arguments =
            vec!["file", "import", kind, "--partner", partner, path(&file), "--json"];
        arguments.extend(format.iter().flat_map(|format| ["--format", format]));
        let first = place.run(&arguments).well();
        assert!(first.json()["counts"]["new"].as_i64().unwrap() > 0, "{}", first.out);
        assert_eq!(place.run(&arguments).well().out, first.out, "{name} again");
    }
    place.run(&["check"]).well();
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_could() {
    let place = Place::sandbox();
    let file = place.file("a.csv", "x");
    let import = |partner: &str, more: &[&str]| {
        let mut arguments = vec!["file", "import", "bills", "--partner", partner, path(&file)];
        arguments.extend(more);
        place.run(&arguments)
    };
    let cases = [
        (import("nobody", &[]), "expected one of huating, jinding, yunhe"),
        (import("mobile-bank", &[]), "it is a channel"),
        (import("huating", &["--format", "yearly"]), "expected one of monthly, quarterly"),
        (import("yunhe", &[]), "the header does not fit the format"),
    ];
    for (done, expected) in cases {
        assert_eq!(done.code, Some(1), "{}", done.both());
        assert!(done.err.contains(expected), "{expected}: {}", done.err);
    }
}

#[test]
fn an_import_works_beside_a_running_server() {
    let place = Place::sandbox();
    let mut command = place.jiaozi();
    command.args(["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended early");
        if line.contains("listening on") {
            break;
        }
    }
    let report = place.import_november().json();
    assert_eq!(report["counts"]["new"], 14, "{report}");
    place.run(&["check"]).well();
    let kill = std::process::Command::new("kill").arg(server.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
}
