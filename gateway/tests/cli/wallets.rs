//! A wallet's bills against what it owes us, a statement that was cut short, one that is overdue, and what
//! the workers do.

use jiaozi::files::content::Content;
use jiaozi::mirror::proving::prove;
use jiaozi_adapters::mirror::ours::{Entry, TakeEntries};
use jiaozi_adapters::mirror::take::TakeAccountStatement;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use serde_json::{Value, json};

use crate::mirrored::{Bank, OPENING, mt940};
use crate::support::Place;
use crate::workers::until;

const RECEIVABLE: &str = "clearing:receivable:wechat-pay";

const COLUMNS: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,\
付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,\
商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";

const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// A trade bill: orders and refunds (our number, fen; below nothing is a refund).
fn bill(lines: &[(&str, i64)]) -> String {
    let yuan = |fen: i64| format!("{}.{:02}", fen.abs() / 100, fen.abs() % 100);
    let mut text = format!("{COLUMNS}\n");
    let (mut orders, mut refunds) = (0, 0);
    for (nth, (number, fen)) in lines.iter().enumerate() {
        let head = format!("`2036-11-20 10:0{nth}:00,`wx1,`1900009191,`0,`,`W{nth}");
        let sum = yuan(*fen);
        let row = if *fen > 0 {
            orders += fen;
            format!(
                "{head},`{number},`u,`JSAPI,`SUCCESS,`OTHERS,`CNY,`{sum},`0.00,`0,`0,`0.00,`0.00,`,`,`fee,`,`0.00000,`0.60%,`{sum},`0.00,`"
            )
        } else {
            refunds -= fen;
            format!(
                "{head},`O-of-{number},`u,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`R{nth},`{number},`{sum},`0.00,`ORIGINAL,`SUCCESS,`fee,`,`0.00000,`0.60%,`0.00,`{sum},`"
            )
        };
        text.push_str(&format!("{row}\n"));
    }
    let (count, orders, refunds) = (lines.len(), yuan(orders), yuan(refunds));
    text.push_str(&format!(
        "{SUMMARY}\n`{count},`{orders},`{refunds},`0.00,`0.00000,`{orders},`{refunds}\n"
    ));
    text
}

async fn a_wallets_bill_is_matched_by_our_numbers(place: Place) {
    let bank = Bank::of(place).await;
    for (number, fen) in [("O-1", 8_800), ("O-2", 1_250), ("B-1", -300)] {
        bank.post_on(RECEIVABLE, number, fen).await;
    }
    bank.day("2036-11-21").await;
    let lines = [("O-1", 8_800), ("O-2", 1_350), ("O-3", 700), ("B-1", -300)];
    let day = bank.imported("bill.csv", &bill(&lines));
    assert_eq!((&day["account"], &day["matched"]), (&json!("wechat-pay"), &json!(2)), "{day}");
    assert_eq!(day["balances"], Value::Null, "a bill says no balance");
    let expected = [
        json!(["O-2", "amount", "other_amount", 1_250, 1_350, 100, 100]),
        json!(["O-3", "only_theirs", "unknown_reference", 0, 700, 700, 700]),
    ];
    assert_eq!(bank.breaks(), expected);
    bank.check().well();
    // A day without entries says neither whose it is nor of which day.
    bank.day("2036-11-22").await;
    let empty = bank.import("empty.csv", &bill(&[]));
    assert!(empty.err.contains("expected the date beside it"), "{}", empty.both());
    let file = bank.place.path("empty.csv");
    let dated =
        ["file", "import", "statement", "--date", "2036-11-21", file.to_str().unwrap(), "--json"];
    let taken = bank.place.run(&dated).well().json();
    let one = &taken["statements"][0];
    assert_eq!(
        (&one["account"], &one["date"], &one["lines"]),
        (&json!("wechat-pay"), &json!("2036-11-21"), &json!(0))
    );
    assert_eq!(bank.unexplained(), 800);
    // One with lines is of no day before its last line's.
    let file = bank.place.file("late.csv", bill(&[("O-9", 900)]));
    let early = ["file", "import", "statement", "--date", "2036-11-19", file.to_str().unwrap()];
    let refused = bank.place.run(&early);
    assert!(refused.err.contains("expected 2036-11-19 or earlier"), "{}", refused.both());
    assert_eq!(bank.unexplained(), 800);
    // Two people bring the rest to its end.
    for reference in ["O-2", "O-3"] {
        let id = bank.id_of(reference);
        let proposed = bank.propose(&id, &["--account", "deposit:1001"]).well().json();
        bank.approve(proposed["approval"].as_str().unwrap(), "wang").well();
    }
    assert_eq!(bank.unexplained(), 0);
    bank.check().well();
}

async fn a_statement_that_was_cut_short_goes_on_with_the_same_file(place: Place) {
    let bank = Bank::of(place).await;
    bank.post("A", 500).await;
    bank.day("2036-11-21").await;
    // The process ended after it had begun to take the file.
    let text = mt940(1, "2036-11-20", OPENING, &[(500, "NTRF", "A")]);
    begin(&bank, "s1.sta", &text).await;
    let unfinished = "s1.sta of 2036-11-20 was not taken to its end";
    let other = bank.import("s2.sta", &mt940(2, "2036-11-21", OPENING + 500, &[]));
    assert_eq!(other.code, Some(1));
    assert!(other.err.contains(unfinished), "{}", other.both());
    let doctor = bank.place.run(&["doctor", "--json"]);
    assert!(doctor.out.contains(unfinished), "{}", doctor.both());
    let day = bank.imported("s1.sta", &text);
    let balances = &day["balances"];
    assert_eq!((&day["matched"], &balances["difference_fen"]), (&json!(1), &json!(0)), "{day}");
    // One that is lost for good is given up for another file of its day.
    begin(&bank, "lost.sta", &mt940(2, "2036-11-21", OPENING + 500, &[(1, "NTRF", "B")])).await;
    let whole = mt940(2, "2036-11-21", OPENING + 500, &[(2, "NTRF", "B")]);
    let taken = bank.import("s2.sta", &whole).well().json();
    assert_eq!(taken["statements"][0]["corrects"], 1, "{taken}");
    assert_eq!(bank.breaks(), [json!(["B", "only_theirs", "unknown_reference", 0, 2, 2, 2])]);
    let doctor = bank.place.run(&["doctor", "--json"]);
    assert!(!doctor.out.contains("was not taken to its end"), "{}", doctor.both());
    bank.check().well();
}

/// Begins to take a statement of one line, as a process does that then ends.
async fn begin(bank: &Bank, name: &str, text: &str) {
    let content = Content::Bytes(text.to_owned().into());
    let spec = bank.gateway.partners.mirror("core-bank").unwrap().clone();
    let proved = prove(&content, std::slice::from_ref(&spec), None).unwrap();
    let (content_hash, name) = (proved.content_hash.to_string(), name.to_owned());
    let face = proved.statements[0].1.clone();
    let scope = TakeAccountStatement::scope_of(&spec.code, &content_hash, &face);
    let begin = TakeAccountStatement { scope, spec, content_hash, name, face };
    bank.gateway.submit(begin).await.unwrap();
}

async fn a_statement_that_does_not_come_is_found(place: Place) {
    let bank = Bank::of(place).await;
    let says = |level: &str| {
        let found = bank.place.run(&["doctor", "--json"]).json();
        let all = found["findings"].as_array().unwrap().clone();
        let of = |one: &&Value| {
            let says = one["says"].as_str().unwrap();
            one["about"] == "statements" && one["level"] == level && says.contains("core-bank")
        };
        all.iter().find(of).map(|one| one["says"].as_str().unwrap().to_owned())
    };
    bank.day("2036-11-22").await;
    let none = "core-bank: the statement of 2036-11-20 is overdue; none has come";
    assert_eq!(says("warn").as_deref(), Some(none));
    bank.imported("s.sta", &mt940(1, "2036-11-20", OPENING, &[]));
    assert_eq!(says("ok").as_deref(), Some("core-bank: here up to 2036-11-20"));
    bank.day("2036-11-23").await;
    let one = "core-bank: the statement of 2036-11-21 is overdue; the last is of 2036-11-20";
    assert_eq!(says("warn").as_deref(), Some(one));
    bank.day("2036-11-25").await;
    let more = "core-bank: the statement of 2036-11-23 is overdue; the last is of 2036-11-20";
    assert_eq!(says("wrong").as_deref(), Some(more));
}

async fn what_we_post_later_is_compared_by_the_workers(place: Place) {
    let bank = Bank::of(place).await;
    bank.day("2036-11-21").await;
    bank.imported("s.sta", &mt940(1, "2036-11-20", OPENING, &[(500, "NTRF", "LATE")]));
    assert_eq!(bank.unexplained(), 500);
    bank.post("LATE", 500).await;
    let report = bank.place.run(&["day", "report", "--date", "2036-11-20", "--json"]);
    let before = &report.json()["accounts"][0]["balances"];
    assert_eq!((&before["difference_fen"], &before["rest_fen"]), (&json!(0), &json!(0)));
    let days = bank.place.path("days");
    until(&bank.gateway, &days, || async {
        let none = "select count(*) from breaks where book = $1 and resolution is null";
        let book = vec![Cell::Int(BOOK)];
        bank.gateway.store.number(none, book).await.unwrap() == 0
    })
    .await;
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    // The booking is taken back; what they had on the day before we have posted for ours.
    let report = bank.place.run(&["day", "report", "--date", "2036-11-20", "--json"]).well().json();
    let after = &report["accounts"][0]["balances"];
    assert_eq!(
        (&after["difference_fen"], &after["posted_later_fen"]),
        (&json!(-500), &json!(-500)),
        "{after}"
    );
    assert_eq!((&after["not_compared_fen"], &after["rest_fen"]), (&json!(0), &json!(0)), "{after}");
    bank.check().well();
}

async fn a_statement_that_was_taken_and_not_compared_is_compared_by_the_workers(place: Place) {
    let bank = Bank::of(place).await;
    bank.post("A", 500).await;
    bank.day("2036-11-24").await;
    bank.imported("s1.sta", &mt940(1, "2036-11-20", OPENING, &[]));
    assert_eq!(bank.unexplained(), 0);
    // The process ended after it had put the next one on record: A is missing by its last day.
    let rest = mt940(2, "2036-11-23", OPENING, &[]).replace(":60F:C361122", ":60F:C361120");
    begin(&bank, "s2.sta", &rest).await;
    until(&bank.gateway, &bank.place.path("days"), || async {
        let missing = "select count(*) from breaks where book = $1 and cause = 'not_listed'";
        let book = vec![Cell::Int(BOOK)];
        bank.gateway.store.number(missing, book).await.unwrap() == 1
    })
    .await;
    assert_eq!(bank.unexplained(), 500);
    bank.check().well();
}

async fn entries_that_were_taken_and_not_compared_are_compared_by_the_workers(place: Place) {
    let bank = Bank::of(place).await;
    bank.day("2036-11-21").await;
    bank.imported("s.sta", &mt940(1, "2036-11-20", OPENING, &[(500, "NTRF", "LATE")]));
    bank.post("LATE", 500).await;
    // The process ended after our entry had become an item.
    let store = &bank.gateway.store;
    let mirror: Mirror =
        store.first("code = $2", vec![Cell::Text("core-bank".to_owned())]).await.unwrap().unwrap();
    let last = "select max(seq) from entries where book = $1 and account = (select account from mirrors where book = $1)";
    let entry = Entry {
        nth: mirror.taken + 1,
        seq: store.number(last, vec![Cell::Int(BOOK)]).await.unwrap(),
        date: jiff::civil::date(2036, 11, 21),
        amount: Fen(500),
        reference: "LATE".to_owned(),
        kind: "posting.posted".to_owned(),
        booking: false,
    };
    let take = TakeEntries {
        scope: TakeEntries::scope_of("worker", "core-bank", mirror.taken, entry.nth),
        spec: bank.gateway.partners.mirror("core-bank").unwrap().clone(),
        after: mirror.taken,
        base: mirror.base,
        entries: vec![entry],
    };
    assert_eq!(bank.gateway.submit(take).await.unwrap().verdict, Verdict::Done);
    assert_eq!(bank.unexplained(), 500);
    until(&bank.gateway, &bank.place.path("days"), || async {
        let none = "select count(*) from breaks where book = $1 and resolution is null";
        bank.gateway.store.number(none, vec![Cell::Int(BOOK)]).await.unwrap() == 0
    })
    .await;
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    bank.check().well();
}

async fn a_statement_of_many_lines_is_taken_in_parts(place: Place) {
    let bank = Bank::of(place).await;
    let all: Vec<(String, i64)> =
        (1..=2_300).map(|nth| (format!("N-{nth}"), 100 + nth % 7)).collect();
    bank.post_many(&all).await;
    bank.day("2036-11-21").await;
    // One is left out by us, and one by them.
    bank.post("late", 1).await;
    let lines: Vec<(i64, &str, &str)> =
        all[1..].iter().map(|(reference, fen)| (*fen, "NTRF", reference.as_str())).collect();
    let lines = [&lines[..], &[(9, "NTRF", "other")]].concat();
    let text = mt940(1, "2036-11-20", OPENING, &lines);
    let day = bank.imported("many.sta", &text);
    assert_eq!((&day["matched"], &day["in_transit"]), (&json!(2_299), &json!(1)), "{day}");
    let found: Vec<Value> = bank.breaks().iter().map(|one| json!([one[0], one[2]])).collect();
    let expected = [json!(["N-1", "in_transit"]), json!(["other", "unknown_reference"])];
    assert_eq!(found, expected);
    let again = bank.import("many.sta", &text).well().json();
    assert_eq!(again["statements"][0]["repeated"], true);
    bank.check().well();
}

macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Place::empty()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some(place) = super::Place::empty_on_postgres().await else { return };
                super::$test(place).await;
            })*
        }
    };
}

on_both_engines! {
    a_wallets_bill_is_matched_by_our_numbers,
    a_statement_that_was_cut_short_goes_on_with_the_same_file,
    a_statement_that_does_not_come_is_found,
    what_we_post_later_is_compared_by_the_workers,
    a_statement_that_was_taken_and_not_compared_is_compared_by_the_workers,
    entries_that_were_taken_and_not_compared_are_compared_by_the_workers,
    a_statement_of_many_lines_is_taken_in_parts,
}
