//! Billers' orders against our ledger: whichever entry is changed behind the books' back is named, and
//! nothing else.

use jiaozi::days::{self, Break};
use jiaozi::gateway::Gateway;
use jiaozi::operators::Who;
use jiaozi_ledger::instruction::{InstructionState, News, Said};
use jiaozi_ledger::posting::Entry;
use jiaozi_ledger::row::{Cell, Cells, Kind, Row as _};
use jiaozi_ledger::store::BOOK;
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;

use crate::biller_books::{Books, DAY, LATER, NEXT};
use crate::support::{Place, instant};
use crate::withholding::{claims, fund, limits, number, run_at_once, sign};

const CODE: &str = "minbei-power";
const SETTLEMENT: &str = "partner:minbei-power:settlement";
const OWN: &str = "settlement:minbei-power";
const UNKNOWN: &str = "suspense:unknown:minbei-power";
const UNEXPLAINED: &str = "suspense:unexplained:minbei-power";
const DATES: [Date; 4] =
    [DAY, NEXT, jiff::civil::date(2036, 11, 22), jiff::civil::date(2036, 11, 23)];

/// Settles on every day: the calendars that are shipped end before the time of these tests.
fn every_day(place: &Place) {
    place.change_partner(CODE, |text| text.replace("\"cn-bank\"", "\"every-day\""));
}

/// A day with a payment in each state, a debit under a mandate, one payment that is done after the day was
/// closed and one that the biller undoes then, and its file, which lacks one and has another amount for
/// another.
async fn of_every_kind(place: Place) -> Books {
    run_at_once(&place);
    every_day(&place);
    let mut books = Books::of(place, CODE).await;
    fund(&books.gateway, &number(0), 10_000).await;
    sign(&books.gateway, 0, limits()).await;
    claims(&books.place, &[(0, 9_000)]).well();
    books.pay(10_000, None).await;
    let unknown = books.pay(10_100, Some(Said::Nothing)).await;
    let missing = books.pay(10_200, Some(Said::Done)).await;
    let other = books.pay(10_300, Some(Said::Done)).await;
    books.pay(10_400, Some(Said::Refused)).await;
    let late = books.pay(10_500, Some(Said::Nothing)).await;
    let undone = books.pay(10_600, Some(Said::Nothing)).await;
    books.until_nobody_is_asked(&undone).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    for date in [DAY, NEXT] {
        days::close(&books.gateway, CODE, date, &Who::Worker).await.unwrap();
    }
    books.hear(&late, News::Listed).await;
    books.hear(&undone, News::Unlisted).await;
    let slips = [
        jiaozi::trial::billers::day_file::Slip::Missing(missing),
        jiaozi::trial::billers::day_file::Slip::WrongAmount(other, -300),
    ];
    books.import(&books.file(&slips).await).well();
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    assert_eq!(books.state(&unknown).await, InstructionState::Unknown);
    books
}

async fn execute(gateway: &Gateway, sql: &str, more: Vec<Cell>) {
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let binds = std::iter::once(Cell::Int(BOOK)).chain(more).collect();
    let changed = unit.execute(sql.to_owned(), binds).await.unwrap();
    unit.commit().await.unwrap();
    assert!(changed > 0, "{sql}: changes nothing");
}

/// What the reports of all dates name.
async fn named(gateway: &Gateway) -> Vec<Break> {
    let mut all = Vec::new();
    for date in DATES {
        all.extend(days::report(gateway, date, &mut |_| {}).await.unwrap().breaks);
    }
    all
}

/// The entries of an account that are of a payment, a break, a refund or a closing of the biller.
async fn entries(gateway: &Gateway, code: &str) -> Vec<Entry> {
    let clause = "account in (select id from accounts where code = $2) and seq in (select seq from journal
        where kind like 'payment.%' or kind like 'break.%' or kind = 'instruction.heard' or kind = 'day.closed')
        order by nth";
    gateway.store.find(clause, vec![Cell::Text(code.to_owned())]).await.unwrap()
}

async fn whichever_entry_is_changed_is_named_and_nothing_else(place: Place) {
    let books = of_every_kind(place).await;
    let gateway = &books.gateway;
    assert_eq!(named(gateway).await, []);
    let of_day = days::report(gateway, DAY, &mut |_| {}).await.unwrap();
    let power = of_day.partners.iter().find(|one| one.partner == CODE).unwrap();
    // Withheld, missing in the file, of another amount there, and late; two of them count on the day.
    assert_eq!((power.matched, power.payments), (4, 3), "{power:?}");
    let payer = format!("deposit:{}", number(0));
    for code in [SETTLEMENT, OWN, UNKNOWN, UNEXPLAINED, "income:fees", "deposit:li", &payer] {
        let all = entries(gateway, code).await;
        assert!(!all.is_empty() || code == "income:fees", "{code}");
        for entry in all {
            let at = || vec![Cell::Id(entry.account.0), Cell::Int(entry.nth)];
            let change = async |by: &str| {
                let sql = format!(
                    "update entries set amount_fen = amount_fen {by} where book = $1 and account = $2 and nth = $3"
                );
                execute(gateway, &sql, at()).await;
            };
            change("+ 7").await;
            let found = named(gateway).await;
            let [one] = &found[..] else { panic!("{code} {}: {found:?}", entry.nth) };
            assert_eq!(one.account.as_deref(), Some(code), "{one:?}");
            assert_eq!(one.expected_fen.abs_diff(one.found_fen), 7, "{one:?}");
            change("- 7").await;
        }
    }
    assert_eq!(named(gateway).await, []);
}

async fn whichever_record_is_changed_is_named(place: Place) {
    let books = of_every_kind(place).await;
    let gateway = &books.gateway;
    let query = Query {
        sql: "select id from orders where book = $1 order by id".to_owned(),
        binds: vec![Cell::Int(BOOK)],
        kinds: vec![Kind::Id],
    };
    let rows = gateway.store.engine().read(query).await.unwrap();
    assert_eq!(rows.len(), 8);
    for row in rows {
        let id: uuid::Uuid = Cells::new(jiaozi_ledger::order::Order::TABLE, row).id().unwrap();
        let change = async |by: &str| {
            let sql = format!(
                "update orders set amount_fen = amount_fen {by} where book = $1 and id = $2"
            );
            execute(gateway, &sql, vec![Cell::Id(id)]).await;
        };
        change("+ 7").await;
        let found = named(gateway).await;
        assert!(found.iter().any(|one| one.subject == id.to_string()), "{id}: {found:?}");
        change("- 7").await;
    }
    let late = "amount_fen = 10500";
    let counted = format!("counted_on = {}", date_to_number(DAY));
    let changes = [
        ("instructions", "state = 1", "state = 3", late),
        ("instructions", "counted_on = null", counted.as_str(), "amount_fen = 10200"),
        ("breaks", "booked_fen = booked_fen + 5", "booked_fen = booked_fen - 5", "booked_fen > 0"),
        ("days", "paid_fen = paid_fen + 9", "paid_fen = paid_fen - 9", "payments > 0"),
        ("days", "payments = payments + 1", "payments = payments - 1", "payments > 0"),
        (
            "days",
            "settled_fen = settled_fen + 3",
            "settled_fen = settled_fen - 3",
            "settled_fen > 0",
        ),
        (
            "days",
            "adjusted_fen = adjusted_fen + 4",
            "adjusted_fen = adjusted_fen - 4",
            "payments > 0",
        ),
        ("holds", "open_fen = open_fen + 4", "open_fen = open_fen - 4", "open_fen > 0"),
    ];
    for (table, change, undo, which) in changes {
        for (nth, set) in [change, undo].into_iter().enumerate() {
            let sql = format!("update {table} set {set} where book = $1 and {which}");
            execute(gateway, &sql, vec![]).await;
            assert_eq!(named(gateway).await.is_empty(), nth == 1, "{table}: {set}");
        }
    }

    // An order that disappears leaves its entries without a reason.
    let gone = "update orders set partner = 'nobody' where book = $1 and amount_fen = 10200";
    execute(gateway, gone, vec![]).await;
    let kinds: Vec<&str> = named(gateway).await.iter().map(|one| one.kind).collect();
    assert!(kinds.contains(&"posting") && kinds.contains(&"day"), "{kinds:?}");
    let back = "update orders set partner = 'minbei-power' where book = $1 and partner = 'nobody'";
    execute(gateway, back, vec![]).await;

    // An entry under a command that is none of the biller's.
    let insert = format!(
        "insert into entries (book, account, nth, seq, line, side, amount_fen, balance_after_fen) \
         select $1, id, 900 + entries, (select max(seq) from journal where kind = 'day.closed') + 1, 9, 1, 40, 0 \
         from accounts where code = '{SETTLEMENT}'"
    );
    execute(gateway, &insert, vec![]).await;
    assert!(!named(gateway).await.is_empty());
    execute(gateway, "delete from entries where book = $1 and line = 9", vec![]).await;
    assert_eq!(named(gateway).await, []);
}

async fn the_closing_of_a_day_says_what_differs(place: Place) {
    every_day(&place);
    let mut books = Books::of(place, CODE).await;
    books.pay(10_200, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    let close = ["day", "close", "--partner", CODE, "--date", "2036-11-20"];
    books.place.run(&close).well();
    let tamper = format!(
        "update entries set amount_fen = amount_fen + 7 where book = $1
         and account = (select id from accounts where code = '{SETTLEMENT}') and nth = 1"
    );
    execute(&books.gateway, &tamper, vec![]).await;
    let done = books.place.run(&close);
    assert_eq!(done.code, Some(1), "{}", done.both());
    assert!(
        done.err.contains("moves 10207 fen on partner:minbei-power:settlement"),
        "{}",
        done.err
    );
    let report = books.place.run(&["day", "report", "--date", "2036-11-20"]);
    assert_eq!(report.code, Some(1), "{}", report.both());
    assert!(report.out.contains("BREAK minbei-power payment"), "{}", report.out);
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
    whichever_entry_is_changed_is_named_and_nothing_else,
    whichever_record_is_changed_is_named,
    the_closing_of_a_day_says_what_differs,
}
