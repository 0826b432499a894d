//! Files in: every line has its result, and a file has one effect however often it comes.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use jiaozi::imports::{Kind, Source};
use jiaozi_acquisition::roster::RosterEntry;
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::progress::Progress;
use serde_json::Value;
use tokio::sync::watch;

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

/// A roster of the company yunhe.
fn roster(rows: &[(&str, &str, &str)]) -> String {
    let header = "房号,姓名,手机,身份证号,关系,处理依据,同意日期,同意书编号\n";
    let line = |(house, name, phone): &(&str, &str, &str)| {
        format!("{house},{name},{phone},,业主,合同必需,,\n")
    };
    let lines: String = rows.iter().map(line).collect();
    format!("{header}{lines}合计,{}人\n", rows.len())
}

/// Who lives where, as it is known, with when that was changed last.
async fn residents(place: &Place) -> Vec<String> {
    let gateway = place.gateway().await;
    let rows: Vec<RosterEntry> = gateway.store.find("order by roster_key", vec![]).await.unwrap();
    rows.into_iter().map(|row| format!("{row:?}")).collect()
}

#[tokio::test]
async fn an_old_roster_does_not_come_back_over_a_newer_one() {
    let place = Place::sandbox();
    let old = place.file("old.csv", roster(&[("1栋1单元101室", "林小满", "13800000001")]));
    let new = place.file("new.csv", roster(&[("1栋1单元101室", "林小满", "13800000002")]));
    let import = |file: &std::path::Path, more: &[&str]| {
        let mut words = vec!["file", "import", "roster", "--partner", "yunhe", "--json"];
        words.extend(more);
        words.push(path(file));
        place.run(&words)
    };
    let first = import(&old, &[]).well();
    assert_eq!(import(&new, &[]).well().json()["counts"], serde_json::json!({"changed": 1}));
    let (known, head) = (residents(&place).await, head(&place));
    let again = import(&old, &[]).well();
    assert_eq!(again.out, first.out, "the first answer");
    assert_eq!(residents(&place).await, known);
    assert_eq!(head_of(&place), head, "not even the feed has grown");

    // Other bytes that say what was so a month ago, with the day of which they tell.
    let older = roster(&[
        ("1栋1单元101室", "林小满", "13800000001"),
        ("1栋1单元101室", "苏清和", "13800000003"),
    ]);
    let older = place.file("older.csv", older);
    let done = import(&older, &["--as-of", "2026-01-31"]).well();
    assert_eq!(done.json()["counts"], serde_json::json!({"outdated": 2}));
    assert_eq!(done.json()["as_of"], "2026-01-31T15:59:59.999999Z");
    assert_eq!(residents(&place).await, known);
    // Without a day it is today's word, and counts.
    assert_eq!(import(&older, &[]).well().json()["counts"]["changed"], 1);
    // What is so again is said with a day, or it is the same file again.
    assert_eq!(import(&new, &[]).well().json()["counts"], serde_json::json!({"changed": 1}));
    assert_ne!(residents(&place).await, known);
    let today = place.gateway().await.now().await.unwrap();
    let today = today.date_in(&jiff::tz::TimeZone::get("Asia/Shanghai").unwrap()).to_string();
    assert_eq!(import(&new, &["--as-of", &today]).well().json()["counts"]["changed"], 1);

    let late = import(&new, &["--as-of", "2199-01-01"]);
    assert_eq!(late.code, Some(1));
    assert!(late.err.contains("that day has not come; expected"), "{}", late.err);
    let bills = shipped().join("yunhe/samples/bills-2026-11.csv");
    let words = ["file", "import", "bills", "--partner", "yunhe", "--as-of", "2026-01-31"];
    let refused = place.run(&[&words[..], &[path(&bills)]].concat());
    assert_eq!(refused.code, Some(1), "{}", refused.both());
    assert!(refused.err.contains("expected it of a roster only"), "{}", refused.err);
}

#[tokio::test]
async fn a_roster_that_was_cut_short_keeps_the_day_on_which_it_first_came() {
    let place = Place::sandbox();
    let house = |nth: usize| format!("{}栋1单元{}室", nth / 100 + 1, nth % 100 + 101);
    let houses: Vec<String> = (0..4_100).map(house).collect();
    let of = |phone: &str| -> String {
        let rows: Vec<_> = houses.iter().map(|house| (house.as_str(), "某某", phone)).collect();
        roster(&rows)
    };
    let (old, new) = (of("13800000001"), of("13800000002"));
    let gateway = place.gateway().await;
    let source = |text: &str| Source {
        partner: "yunhe".to_owned(),
        kind: Kind::Roster,
        format: None,
        name: "roster.csv".to_owned(),
        by: "yunhe".to_owned(),
        as_of: None,
        bytes: text.to_owned().into(),
    };
    let (told, mut heard) = watch::channel(0);
    let mut watcher = |progress: Progress| {
        told.send_replace(progress.done);
    };
    tokio::select! {
        report = jiaozi::imports::import(&gateway, source(&old), &mut watcher) => panic!("it ended: {report:?}"),
        done = heard.wait_for(|done| *done >= 2_000) => assert!(done.is_ok()),
    }
    let whole = jiaozi::imports::import(&gateway, source(&new), &mut |_| {}).await.unwrap();
    assert_eq!(whole.summary.counts.values().sum::<u64>(), 4_100);
    let known = residents(&place).await;
    let rest = jiaozi::imports::import(&gateway, source(&old), &mut |_| {}).await.unwrap();
    assert_eq!(rest.summary.counts, [("outdated".to_owned(), 4_100)].into());
    assert_eq!(residents(&place).await, known);
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

/// A bill file of the company yunhe with so many lines.
fn large(lines: usize) -> String {
    let header = "账单编号,小区,房号,收费项目,账期,应收金额,缴费截止日,业主姓名,操作,备注\n";
    let line = |nth: usize| {
        format!(
            "L{nth:05},云台花园,{}栋1单元{}室,物业费,2026-11,{}.50,2026-11-30,某某,,\n",
            nth / 100 + 1,
            nth % 100 + 101,
            nth + 1
        )
    };
    std::iter::once(header.to_owned()).chain((0..lines).map(line)).collect()
}

#[tokio::test]
async fn an_import_that_was_cut_short_goes_on_without_a_second_effect() {
    let text = large(900);
    let alone = Place::sandbox();
    let arguments = ["file", "import", "bills", "--partner", "yunhe", "--json"];
    let import = |place: &Place| {
        let file = place.file("large.csv", &text);
        let mut arguments = arguments.to_vec();
        arguments.push(path(&file));
        place.run(&arguments).well().json()
    };
    assert_eq!(import(&alone)["counts"]["new"], 900);

    let place = Place::sandbox();
    let gateway = place.gateway().await;
    let source = Source {
        partner: "yunhe".to_owned(),
        kind: Kind::Bills,
        format: None,
        name: "large.csv".to_owned(),
        by: "yunhe".to_owned(),
        as_of: None,
        bytes: text.clone().into(),
    };
    let (told, mut heard) = watch::channel(0);
    let mut watcher = |progress: Progress| {
        told.send_replace(progress.done);
    };
    tokio::select! {
        report = jiaozi::imports::import(&gateway, source, &mut watcher) => panic!("it ended: {report:?}"),
        done = heard.wait_for(|done| *done >= 200) => assert!(done.is_ok()),
    }
    let before = bills(&place).await.len();
    assert!((200..900).contains(&before), "{before} lines are done");
    // What was done is answered as it was done: every line is new.
    assert_eq!(import(&place)["counts"]["new"], 900);
    assert_eq!(bills(&place).await, bills(&alone).await);
    place.run(&["check"]).well();
}
