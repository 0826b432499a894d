//! What waits until an account takes money again is shown, goes on by itself, and keeps nobody else waiting.

use jiaozi::gateway::Gateway;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::instruction::{InstructionState, News, Said, Step};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use jiaozi_ledger::withholding::{Batch, BatchState, LineState};
use serde_json::Value;

use crate::biller_books::{Books, DAY};
use crate::support::{MORNING, Place, instant, pay, payer};
use crate::withholding::{claims, fund, limits, number, run_at_once, sign};
use crate::workers::until;

const CODE: &str = "minbei-power";
const SETTLEMENT: &str = "partner:minbei-power:settlement";

async fn execute(gateway: &Gateway, sql: &str) {
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let changed = unit.execute(sql.to_owned(), vec![Cell::Int(BOOK)]).await.unwrap();
    unit.commit().await.unwrap();
    assert!(changed > 0, "{sql}: changes nothing");
}

async fn freeze(gateway: &Gateway, code: &str, frozen: bool) {
    let status = i64::from(frozen);
    let sql = format!("update accounts set status = {status} where book = $1 and code = '{code}'");
    execute(gateway, &sql).await;
}

/// What the doctor says of something, with its level.
fn doctor(place: &Place, about: &str) -> Vec<(String, String)> {
    let told = place.run(&["doctor", "--json"]).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = told["findings"].as_array().unwrap().iter().filter(|one| one["about"] == about);
    findings.map(|one| (text(&one["level"]), text(&one["says"]))).collect()
}

async fn an_outcome_that_the_books_do_not_take_is_shown_and_taken_when_the_account_is_mended(
    place: Place,
) {
    let mut books = Books::of(place, CODE).await;
    let paid = books.pay(10_000, None).await;
    assert_eq!(doctor(&books.place, "payments")[0].0, "ok");
    freeze(&books.gateway, "deposit:li", true).await;
    books.hear(&paid, News::Answered(Said::Done)).await;
    let rested = books.instruction(&paid).await;
    assert_eq!((rested.state, rested.step), (InstructionState::Asked, Step::Rest));
    assert!(rested.due_at.is_some() && rested.next_asked_at().is_none());
    let (level, says) = &doctor(&books.place, "payments")[0];
    assert_eq!(level, "warn");
    let reason = "answered.done: account_not_active";
    assert!(says.contains("1 payment whose outcome") && says.contains(reason), "{says}");
    let report = books.place.run(&["day", "report", "--date", "2036-11-20"]);
    assert!(report.out.contains(&format!("the books do not take {reason}")), "{}", report.out);
    assert!(report.err.contains("100.00 unexplained"), "{}", report.err);
    let list = books.breaks();
    assert_eq!(list["unexplained_fen"], 10_000);
    assert_eq!(list["partners"][CODE]["items"], 1);

    // While it is frozen nothing is written for it, however often it is looked at.
    let head = books.gateway.store.head().await.unwrap().seq;
    books.gateway.store.move_time(instant("2036-11-20T03:00:00Z")).await.unwrap();
    let due = books.instruction(&paid).await.due_at;
    until(&books.gateway, &books.place.path("days"), || async {
        books.instruction(&paid).await.due_at > due
    })
    .await;
    let heard =
        "select count(*) from journal where book = $1 and operation = 'utility.hear' and seq > $2";
    let binds = vec![Cell::Int(BOOK), Cell::Int(head)];
    assert_eq!(books.gateway.store.number(heard, binds).await.unwrap(), 0);

    freeze(&books.gateway, "deposit:li", false).await;
    books.gateway.store.move_time(instant("2036-11-20T04:00:00Z")).await.unwrap();
    until(&books.gateway, &books.place.path("days"), || async {
        books.state(&paid).await == InstructionState::Done
    })
    .await;
    let done = books.instruction(&paid).await;
    assert_eq!((done.contested, done.reason, done.counted_on), (false, None, Some(DAY)));
    assert_eq!(doctor(&books.place, "payments")[0].0, "ok");
    books.sound(0).await;
}

async fn claims_wait_while_the_partners_account_is_frozen_and_no_line_is_burnt(place: Place) {
    run_at_once(&place);
    let books = Books::of(place, CODE).await;
    for payer in 0..2 {
        fund(&books.gateway, &number(payer), 10_000).await;
        sign(&books.gateway, payer, limits()).await;
    }
    freeze(&books.gateway, SETTLEMENT, true).await;
    let refused = claims(&books.place, &[(0, 9_000), (1, 8_000), (7, 1)]);
    assert_eq!(refused.code, Some(1), "{}", refused.both());
    assert!(refused.err.contains("partner:minbei-power:settlement is frozen"), "{}", refused.err);
    let (level, says) = &doctor(&books.place, "withholding")[0];
    assert_eq!(level, "wrong");
    assert!(says.contains("1 file of claims") && says.contains("is frozen"), "{says}");
    let new = || async {
        let lines: Vec<jiaozi_ledger::withholding::BatchLine> =
            books.gateway.store.find("order by line", vec![]).await.unwrap();
        lines.iter().filter(|line| line.state == LineState::New).count()
    };
    assert_eq!(new().await, 3, "no line has an outcome");

    // Another partner's day goes on meanwhile, and the claims when the account is mended.
    freeze(&books.gateway, SETTLEMENT, false).await;
    until(&books.gateway, &books.place.path("days"), || async {
        let state = vec![Cell::Int(BatchState::Done.code())];
        let done: Option<Batch> = books.gateway.store.first("state = $2", state).await.unwrap();
        done.is_some_and(|batch| (batch.done, batch.refused) == (2, 1))
    })
    .await;
    assert_eq!(new().await, 0);
    assert!(doctor(&books.place, "withholding").is_empty());
    books.sound(0).await;
}

async fn a_day_that_does_not_close_keeps_no_other_open(place: Place) {
    place.run(&["sandbox", "create"]).well();
    place.import_november();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    pay(&gateway, &from, "1-1-101").await;
    let spoilt = "update days set items = '{\"water\":1}' where book = $1 and partner = 'yunhe'";
    execute(&gateway, spoilt).await;
    // The first day is that on which the partner became known; nobody pays for ten years here.
    let since = instant("2036-11-20T01:00:00Z").0;
    execute(&gateway, &format!("update journal set at = {since} where book = $1 and at < {since}"))
        .await;
    gateway.store.move_time(instant("2036-11-21T02:00:00Z")).await.unwrap();
    pay(&gateway, &from, "1-1-102").await;
    gateway.store.move_time(instant("2036-11-22T02:00:00Z")).await.unwrap();
    let folder = place.path("days");
    until(&gateway, &folder, || async {
        let clause = "partner = 'yunhe' and payments > 0 order by date";
        let days: Vec<Day> = gateway.store.find(clause, vec![]).await.unwrap();
        let closed: Vec<bool> = days.iter().map(|day| day.closed_at.is_some()).collect();
        let clause = "partner = 'huaran-gas' and closed_at is not null";
        let other: Option<Day> = gateway.store.first(clause, vec![]).await.unwrap();
        closed == [false, true] && other.is_some() && folder.join("yunhe/2036-11-21").exists()
    })
    .await;
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
    an_outcome_that_the_books_do_not_take_is_shown_and_taken_when_the_account_is_mended,
    claims_wait_while_the_partners_account_is_frozen_and_no_line_is_burnt,
    a_day_that_does_not_close_keeps_no_other_open,
}
