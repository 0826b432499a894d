//! Files of claims, with the real program: taken in, run, killed on the way, presented again, refused.

use std::process::Stdio;

use encoding_rs::GB18030;
use jiaozi::accounts;
use jiaozi::asked::Asked;
use jiaozi::gateway::Gateway;
use jiaozi::notices::{Notice, write};
use jiaozi::withholding::mandates::{self, Wish};
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::mandate::{Again, Limits, Partial};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::personal::Personal;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::withholding::{Batch, BatchLine, BatchState, LineOutcome};
use jiff::civil::date;
use serde_json::Value;

use crate::support::{Done, Place, path, shipped};
use crate::workers::until;

const PARTNER: &str = "minbei-power";
const SETTLEMENT: &str = "partner:minbei-power:settlement";

/// The names of holders, in turn; one is in no older set of characters than GB18030.
const NAMES: [&str; 4] = ["林小雨", "欧阳明", "𠮷田一郎", "Anna Li"];

/// A sandbox whose biller runs files when they come.
fn at_once(place: Place) -> Place {
    run_at_once(&place);
    place.run(&["sandbox", "create"]).well();
    place
}

/// Lets the biller's files be run when they come.
pub fn run_at_once(place: &Place) {
    place.change_partner(PARTNER, |text| {
        text.replace("next_working_day\"\nnumber", "on_arrival\"\nnumber")
    });
}

/// Hands in claims of so many fen on payers.
pub fn claims(place: &Place, claims: &[(usize, i64)]) -> Done {
    let rows: Vec<Row> = claims.iter().map(|(payer, fen)| row(*payer, *fen)).collect();
    import(place, &place.file("claims.txt", file(&rows)))
}

fn name(payer: usize) -> &'static str {
    NAMES[payer % NAMES.len()]
}

pub fn limits() -> Limits {
    Limits {
        of_debit: Fen(100_000),
        of_month: None,
        valid_from: date(2020, 1, 1),
        valid_to: None,
        partial: Partial::None,
        again: Again::default(),
    }
}

/// Opens an account with so much on it.
pub async fn fund(gateway: &Gateway, number: &str, fen: i64) {
    accounts::open(gateway, &Asked::by("sandbox-bank", number), number).await.unwrap();
    if fen > 0 {
        let asked = Asked::by("operator:tester", format!("fund-{number}-{fen}"));
        let code = format!("deposit:{number}");
        let funded = accounts::fund(gateway, &asked, &code, Fen(fen)).await.unwrap();
        assert_eq!(funded.verdict, Verdict::Done);
    }
}

pub async fn sign(gateway: &Gateway, payer: usize, limits: Limits) {
    let channel = gateway.partners.spec("sandbox-bank").unwrap();
    let wish = Wish {
        partner: PARTNER.to_owned(),
        contract: contract(payer),
        account: format!("deposit:{}", number(payer)),
        holder: Personal::new(name(payer)),
        limits,
    };
    let asked = Asked::by("sandbox-bank", format!("sign-{payer}"));
    let reply = mandates::sign(gateway, &asked, channel, wish).await.unwrap();
    assert_eq!(reply.answer.status, 201, "{}", String::from_utf8_lossy(&reply.answer.body));
}

pub fn number(payer: usize) -> String {
    format!("6222-{payer:06}")
}

fn contract(payer: usize) -> String {
    format!("HT{payer:08}")
}

/// A line of a file, without its number.
#[derive(Clone)]
struct Row {
    payer: usize,
    fen: i64,
    period: String,
}

fn row(payer: usize, fen: i64) -> Row {
    Row { payer, fen, period: "202611".to_owned() }
}

/// A file as the biller writes it.
fn file(rows: &[Row]) -> Vec<u8> {
    let sum: i64 = rows.iter().map(|row| row.fen).sum();
    let mut text = format!("{}|{sum}\n", rows.len());
    for (row, nth) in rows.iter().zip(1..) {
        let Row { payer, fen, period } = row;
        let (contract, account, name) = (contract(*payer), number(*payer), name(*payer));
        text.push_str(&format!("{nth:07}|{contract}|{account}|{name}|{fen}|{period}\n"));
    }
    GB18030.encode(&text).0.into_owned()
}

fn import(place: &Place, file: &std::path::Path) -> Done {
    place.run(&["file", "import", "withholding", "--partner", PARTNER, path(file), "--json"])
}

/// The lines of all batches, in their order.
async fn lines(gateway: &Gateway) -> Vec<BatchLine> {
    gateway.store.find("order by batch, line", vec![]).await.unwrap()
}

async fn posted(gateway: &Gateway, code: &str) -> i64 {
    gateway.store.account(code).await.unwrap().unwrap().posted.0
}

#[tokio::test]
async fn a_file_is_run_and_its_result_has_the_billers_own_codes() {
    let place = at_once(Place::empty());
    let gateway = place.gateway().await;
    for payer in 0..3 {
        fund(&gateway, &number(payer), 10_000).await;
    }
    sign(&gateway, 0, limits()).await;
    let part = Partial::WhatIsThere { minimum_fen: Fen(1) };
    sign(&gateway, 1, Limits { partial: part, ..limits() }).await;
    let claims = file(&[row(0, 9_000), row(1, 12_000), row(2, 100)]);
    let claims = place.file("DK202611.txt", claims);
    let batch = import(&place, &claims).well().json();
    assert_eq!(
        (&batch["state"], &batch["done"], &batch["partial"]),
        (&"done".into(), &1.into(), &1.into())
    );
    assert_eq!((&batch["refused"], &batch["debited_fen"]), (&1.into(), &19_000.into()));
    assert_eq!(posted(&gateway, SETTLEMENT).await, 19_000);

    let id = batch["batch"].as_str().unwrap();
    let out = place.path("result.txt");
    let words = ["file", "export", "result", "--partner", PARTNER, "--batch", id, "--out"];
    let said = place.run(&[&words[..], &[path(&out)]].concat()).well();
    assert!(said.err.contains("DK202611_JG0.txt"), "{}", said.err);
    let expected = "3|21100|2|19000\r\n\
        0000001|HT00000000|6222-000000|9000|9000|202611|0000\r\n\
        0000002|HT00000001|6222-000001|12000|10000|202611|0001\r\n\
        0000003|HT00000002|6222-000002|100|0|202611|2001\r\n";
    assert_eq!(std::fs::read_to_string(&out).unwrap(), expected);

    let again = import(&place, &claims).well().json();
    assert_eq!(again, batch, "the same file again changes nothing");
    assert_eq!(posted(&gateway, SETTLEMENT).await, 19_000);
    let exported = place.run(&["file", "export", "batches", "--partner", PARTNER]).well();
    let line = exported.out.lines().nth(1).unwrap();
    assert!(line.contains("withholding,,DK202611.txt") && line.contains(",done,"), "{line}");
    place.run(&["check"]).well();
}

#[tokio::test]
async fn no_name_is_kept_in_the_books() {
    let place = at_once(Place::empty());
    let gateway = place.gateway().await;
    fund(&gateway, &number(0), 10_000).await;
    sign(&gateway, 0, limits()).await;
    import(&place, &place.file("a.txt", file(&[row(0, 100)]))).well();
    gateway.store.close().await.unwrap();
    for ending in ["", "-wal"] {
        let bytes = std::fs::read(place.path(&format!("jiaozi.db{ending}"))).unwrap_or_default();
        let text = name(0).as_bytes();
        assert!(!bytes.windows(text.len()).any(|window| window == text), "jiaozi.db{ending}");
    }
}

#[tokio::test]
async fn a_file_that_is_wrong_does_nothing_and_names_every_place() {
    let place = at_once(Place::empty());
    let gateway = place.gateway().await;
    fund(&gateway, &number(0), 10_000).await;
    sign(&gateway, 0, limits()).await;
    let broken = shipped().join("minbei-power/samples/DK202611-broken.txt");
    let done = import(&place, &broken);
    assert_eq!(done.code, Some(1), "{}", done.both());
    let said = done.json();
    assert_eq!(said["state"], "rejected");
    let places: Vec<&str> =
        said["places"].as_array().unwrap().iter().map(|place| place.as_str().unwrap()).collect();
    let begins = [
        "line 1: the file states 6 lines, but has 5",
        "line 3, column 1: found `that of line 2 again`",
        "line 4, column 5",
        "line 5, column 2: found `that of line 2 again`",
        "line 6, column 6",
    ];
    assert_eq!(places.len(), begins.len(), "{places:#?}");
    for (place, begin) in places.iter().zip(begins) {
        assert!(place.starts_with(begin), "{place}\n{begin}");
    }
    assert!(lines(&gateway).await.is_empty());
    let batches: Vec<Batch> = gateway.store.find("order by id", vec![]).await.unwrap();
    assert_eq!(batches.len(), 1, "that it was rejected is on record");
    let good = shipped().join("minbei-power/samples/DK202611.txt");
    import(&place, &good).well();
    place.run(&["check"]).well();
}

#[tokio::test]
async fn another_file_does_not_come_under_a_name_that_was_taken() {
    let place = at_once(Place::empty());
    let first = place.file("a.txt", file(&[row(0, 100)]));
    let batch = import(&place, &first).well().json();
    let other = place.file("a.txt", file(&[row(1, 100)]));
    let done = import(&place, &other);
    assert_eq!(done.code, Some(1), "{}", done.both());
    assert!(done.err.contains("file_name_used"), "{}", done.err);
    assert!(done.err.contains(batch["sha256"].as_str().unwrap()), "{}", done.err);
}

#[tokio::test]
async fn a_file_waits_for_its_day_and_then_the_worker_runs_it_and_tells_the_channel() {
    let place = Place::empty();
    place.change_partner(PARTNER, |text| text.replace("\"cn-bank\"", "\"every-day\""));
    place.change_partner("sandbox-bank", |text| {
        format!(
            "{text}\n[webhook]\nurl = \"http://127.0.0.1:9/\"\nevents = [\"payment.withheld\"]\n"
        )
    });
    place.run(&["sandbox", "create"]).well();
    let gateway = place.gateway().await;
    fund(&gateway, &number(0), 10_000).await;
    sign(&gateway, 0, limits()).await;
    let batch =
        import(&place, &place.file("a.txt", file(&[row(0, 100), row(1, 100)]))).well().json();
    assert_eq!(batch["state"], "validated");
    let claimant = gateway.partners.claimant(PARTNER).unwrap();
    let tomorrow = claimant.payee.today(gateway.now().await.unwrap()).tomorrow().unwrap();
    assert_eq!(batch["run_on"], tomorrow.to_string());
    let noon = tomorrow.at(12, 0, 0, 0).to_zoned(claimant.payee.zone.clone()).unwrap();
    gateway.store.move_time(noon.timestamp().into()).await.unwrap();
    until(&gateway, &place.path("days"), || async {
        let batches = gateway.store.first("state = $2", vec![Cell::Int(BatchState::Done.code())]);
        let done = batches.await.unwrap().is_some_and(|batch: Batch| batch.presented == 2);
        done && jiaozi_acquisition::counts(&gateway.store).await.unwrap().leads == 1
    })
    .await;
    assert_eq!(posted(&gateway, SETTLEMENT).await, 100);
    while write::run_once(&gateway).await.unwrap() > 0 {}
    let clause = "partner = 'sandbox-bank' order by id";
    let notices: Vec<Notice> = gateway.store.find(clause, vec![]).await.unwrap();
    let kinds: Vec<&str> = notices.iter().map(|notice| notice.kind.as_str()).collect();
    assert_eq!(kinds, ["payment.withheld"]);
    let leads = place.run(&["people", "leads", "--partner", PARTNER, "--json"]).well().json();
    assert_eq!(leads[0]["house"], contract(0));
    place.run(&["check"]).well();
}

/// How many lines a run has that is killed five times.
fn many() -> usize {
    if std::env::var_os("JIAOZI_TEST_FULL").is_some() { 1_000_000 } else { 10_000 }
}

/// Rows of `count` claims over payers and months, and what each payer has: every third has too little for
/// the last of its claims.
fn big(count: usize) -> (Vec<Row>, Vec<i64>) {
    let months = 100;
    let payers = count / months;
    let period = |nth: usize| format!("{}{:02}", 2015 + nth / 12, nth % 12 + 1);
    let fen = |payer: usize, nth: usize| 100 + (payer * 31 + nth * 17) as i64 % 400;
    let mut rows = Vec::with_capacity(count);
    for nth in 0..months {
        rows.extend((0..payers).map(|payer| Row {
            payer,
            fen: fen(payer, nth),
            period: period(nth),
        }));
    }
    let all = |payer: usize| (0..months).map(|nth| fen(payer, nth)).sum::<i64>();
    let funds = |payer: usize| if payer.is_multiple_of(3) { all(payer) / 2 } else { all(payer) };
    (rows, (0..payers).map(funds).collect())
}

/// What comes of each row, and what is left, by a model of our own.
fn expected(rows: &[Row], funds: &[i64]) -> (Vec<LineOutcome>, Vec<i64>) {
    let mut left = funds.to_vec();
    let outcomes = rows
        .iter()
        .map(|row| {
            if left[row.payer] < row.fen {
                return LineOutcome::Insufficient;
            }
            left[row.payer] -= row.fen;
            LineOutcome::Done
        })
        .collect();
    (outcomes, left)
}

/// A file is handed in and killed five times on the way, at the beginning of the intake too; in the end
/// every line has been presented once.
async fn killed_five_times(place: Place) {
    let place = at_once(place);
    let gateway = place.gateway().await;
    let (rows, funds) = big(many());
    for (payer, fen) in funds.iter().enumerate() {
        fund(&gateway, &number(payer), *fen).await;
        sign(&gateway, payer, limits()).await;
    }
    let claims = place.file("big.txt", file(&rows));
    let words = ["file", "import", "withholding", "--partner", PARTNER, path(&claims), "--json"];
    let mut midway = 0;
    for kill in 0..5 {
        let mut run = place.jiaozi();
        let run = run.args(words).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = run.spawn().unwrap();
        // The first falls into the intake, the others into the run.
        let drawn = i64::from(uuid::Uuid::new_v4().as_bytes()[0]) * rows.len() as i64 / 256 / 5;
        let until = rows.len() as i64 * (kill - 1) / 5 + drawn;
        loop {
            let batch: Option<Batch> =
                gateway.store.first("lines > $2", vec![Cell::Int(0)]).await.unwrap();
            let there = batch.is_some_and(|batch| match kill {
                0 => batch.loaded > 0,
                _ => batch.presented > until,
            });
            if child.try_wait().unwrap().is_some() {
                break;
            }
            if there {
                midway += 1;
                break;
            }
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    eprintln!("{midway} of 5 kills fell into the work");
    assert_ne!(midway, 0);
    let batch: Value = place.run(&words).well().json();
    assert_eq!(batch["state"], "done");
    let (outcomes, left) = expected(&rows, &funds);
    let lines = lines(&gateway).await;
    assert_eq!(lines.len(), rows.len());
    for ((line, row), outcome) in lines.iter().zip(&rows).zip(outcomes) {
        let debited = if outcome == LineOutcome::Done { row.fen } else { 0 };
        assert_eq!(
            (line.outcome, line.debited, line.tries),
            (Some(outcome), Fen(debited), 1),
            "{line:?}"
        );
    }
    let taken = funds.iter().sum::<i64>() - left.iter().sum::<i64>();
    assert_eq!(posted(&gateway, SETTLEMENT).await, taken);
    for (payer, left) in left.iter().enumerate() {
        assert_eq!(posted(&gateway, &format!("deposit:{}", number(payer))).await, *left, "{payer}");
    }
    gateway.store.close().await.unwrap();
    place.run(&["check"]).well();
}

#[tokio::test]
async fn killed_on_the_way_sqlite_debits_every_line_once() {
    killed_five_times(Place::empty()).await;
}

#[tokio::test]
async fn killed_on_the_way_postgres_debits_every_line_once() {
    match Place::empty_on_postgres().await {
        Some(place) => killed_five_times(place).await,
        None => eprintln!("left out: JIAOZI_TEST_PG names no server"),
    }
}
