//! Our orders against our ledger: whichever entry is changed behind the books' back is named.

use jiaozi::accounts;
use jiaozi::asked::Asked;
use jiaozi::days::{self, Break, Report};
use jiaozi::gateway::Gateway;
use jiaozi::operators::Who;
use jiaozi::property::payments::{self, GiveBack};
use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::property::refund::Reason;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use jiff::civil::{Date, date};

use crate::days::with_a_second_payee;
use crate::support::{MORNING, Place, instant, pay, pay_ahead, payer};

const FIRST: Date = date(2036, 11, 20);
const SECOND: Date = date(2036, 11, 21);
const PAYER: &str = "deposit:1001";
const SETTLEMENT: &str = "partner:yunhe:settlement";
const OWN: &str = "settlement:yunhe";
const BUDGET: &str = "budget:yunhe-prepay";
const FUND: &str = "payee:fund";

async fn give_back(gateway: &Gateway, key: &str, order: OrderId, fen: i64) {
    let amount = Some(Fen(fen));
    let back = GiveBack { order, amount, bills: None, reason: Reason::PayerRequest };
    let caller = Caller::Partner("yunhe".to_owned());
    let reply = payments::refund(gateway, &Asked::by("yunhe", key), caller, back).await.unwrap();
    assert_eq!(reply.answer.status, 201, "{}", String::from_utf8_lossy(&reply.answer.body));
}

/// Two days. On the first: a payment that is cancelled, one that is given back in part, one ahead with a
/// discount. It is closed after the second has begun, on which a refund takes from settled money. The
/// second stays open.
async fn two_days(place: &Place) -> Gateway {
    with_a_second_payee(place);
    place.run(&["sandbox", "create"]).well();
    place.import_november();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    let asked = Asked::by("operator:tester", "budget");
    accounts::fund(&gateway, &asked, BUDGET, Fen(1_000_000)).await.unwrap();
    let cancelled = pay(&gateway, &from, "1-1-101").await;
    let refunded = pay(&gateway, &from, "1-1-102").await;
    let ahead = pay_ahead(&gateway, &from, "2-1-502", "year").await;
    let caller = Caller::Channel("mobile-bank".to_owned());
    payments::cancel(&gateway, &Asked::by("mobile-bank", "c"), caller, cancelled, None)
        .await
        .unwrap();
    give_back(&gateway, "r1", refunded, 5_000).await;
    gateway.store.move_time(instant("2036-11-21T02:00:00Z")).await.unwrap();
    pay(&gateway, &from, "1-2-301").await;
    days::close(&gateway, "yunhe", FIRST, &Who::Worker).await.unwrap();
    give_back(&gateway, "r2", ahead, 50_000).await;
    gateway
}

async fn execute(gateway: &Gateway, sql: &str) {
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let changed = unit.execute(sql.to_owned(), vec![Cell::Int(BOOK)]).await.unwrap();
    unit.commit().await.unwrap();
    assert!(changed > 0, "{sql}: changes nothing");
}

async fn report(gateway: &Gateway, date: Date) -> Report {
    days::report(gateway, date, &mut |_| {}).await.unwrap()
}

/// The account and the last command of a kind, as a condition on entries.
fn leg(account: &str, kind: &str) -> String {
    format!(
        "book = $1 and account = (select id from accounts where code = '{account}') \
         and seq = (select max(seq) from journal where kind = '{kind}')"
    )
}

/// Every account that a command of the first day has moved something on.
const LEGS: [(&str, &str, &str); 12] = [
    ("payment.posted", "payment", PAYER),
    ("payment.posted", "payment", SETTLEMENT),
    ("payment.posted", "payment", BUDGET),
    ("payment.cancelled", "cancel", PAYER),
    ("payment.cancelled", "cancel", SETTLEMENT),
    ("payment.refunded", "refund", PAYER),
    ("payment.refunded", "refund", SETTLEMENT),
    ("day.closed", "closing", SETTLEMENT),
    ("day.closed", "closing", OWN),
    ("day.closed", "closing", FUND),
    ("day.closed", "closing", "income:fees"),
    ("payment.refunded", "refund", OWN),
];

async fn every_leg_is_compared(place: Place) {
    let gateway = two_days(&place).await;
    for (date, matched) in [(FIRST, 3), (SECOND, 2)] {
        let whole = report(&gateway, date).await;
        assert_eq!(whole.breaks, [], "{date}");
        assert_eq!((whole.matched, whole.breaks_found, whole.unexplained_fen), (matched, 0, 0));
    }
    for (cause, kind, account) in LEGS {
        // The last of its kind; of payments and refunds that are of the first day the one before.
        let early = match (cause, account) {
            ("payment.refunded", OWN) => "",
            ("payment.posted" | "payment.refunded", _) => {
                " and seq < (select seq from journal where kind = 'day.closed')"
            }
            _ => "",
        };
        let payment = match (cause, account) {
            ("payment.posted", _) => " and seq in (select seq from orders where discount_fen > 0)",
            _ => "",
        };
        let date = if (cause, account) == ("payment.refunded", OWN) { SECOND } else { FIRST };
        let entry = format!(
            "book = $1 and account = (select id from accounts where code = '{account}') \
             and seq = (select max(seq) from journal where kind = '{cause}'{early}{payment})"
        );
        for (change, undo) in [("+ 7", "- 7"), ("- 1", "+ 1")] {
            let fen = change.replace(' ', "").parse::<i64>().unwrap().abs();
            let set = |by| format!("update entries set amount_fen = amount_fen {by} where {entry}");
            execute(&gateway, &set(change)).await;
            let found = report(&gateway, date).await;
            let [Break { kind: found_kind, account: Some(found_account), .. }] = &found.breaks[..]
            else {
                panic!("{cause} {account} {change}: {:?}", found.breaks);
            };
            assert_eq!((*found_kind, found_account.as_str()), (kind, account));
            assert_eq!((found.breaks_found, found.unexplained_fen), (1, fen), "{cause} {account}");
            execute(&gateway, &set(undo)).await;
        }
        // On the other side it is wrong by twice its amount.
        let flip = format!("update entries set side = 1 - side where {entry}");
        execute(&gateway, &flip).await;
        let found = report(&gateway, date).await;
        assert_eq!(found.breaks.len(), 1, "{cause} {account}: {:?}", found.breaks);
        let one = &found.breaks[0];
        assert_eq!(
            (one.found_fen, found.unexplained_fen),
            (-one.expected_fen, 2 * one.expected_fen.abs())
        );
        execute(&gateway, &flip).await;
    }
    assert_eq!(report(&gateway, FIRST).await.breaks, []);
}

async fn what_is_missing_or_too_much_is_named_and_never_netted(place: Place) {
    let gateway = two_days(&place).await;
    // Up on one account and down on another: both are told.
    let up = leg(FUND, "day.closed");
    let down = leg(OWN, "day.closed");
    execute(&gateway, &format!("update entries set amount_fen = amount_fen + 9 where {up}")).await;
    execute(&gateway, &format!("update entries set amount_fen = amount_fen - 9 where {down}"))
        .await;
    let found = report(&gateway, FIRST).await;
    assert_eq!((found.breaks_found, found.unexplained_fen), (2, 18), "{:?}", found.breaks);
    execute(&gateway, &format!("update entries set amount_fen = amount_fen - 9 where {up}")).await;
    execute(&gateway, &format!("update entries set amount_fen = amount_fen + 9 where {down}"))
        .await;

    // A second credit of the settlement under the closing's number, and one that is nobody's.
    let insert = |seq: &str| {
        format!(
            "insert into entries (book, account, nth, seq, line, side, amount_fen, balance_after_fen) \
             select $1, id, 900 + entries, ({seq}), 9, 1, 40, 0 from accounts where code = '{SETTLEMENT}'"
        )
    };
    let remove = "delete from entries where book = $1 and line = 9";
    execute(&gateway, &insert("select max(seq) from journal where kind = 'day.closed'")).await;
    let found = report(&gateway, FIRST).await;
    assert_eq!(
        (found.breaks[0].kind, found.unexplained_fen),
        ("closing", 40),
        "{:?}",
        found.breaks
    );
    assert_eq!(found.breaks[0].subject, "yunhe/2036-11-20");
    execute(&gateway, remove).await;
    // An account was funded between the payments: that is no reason for an entry on the settlement.
    let funded = "select seq from journal where idempotency_key = 'budget'";
    execute(&gateway, &insert(funded)).await;
    let found = report(&gateway, FIRST).await;
    assert_eq!(
        (found.breaks[0].kind, found.unexplained_fen),
        ("posting", 40),
        "{:?}",
        found.breaks
    );
    assert_eq!(found.breaks[0].account.as_deref(), Some(SETTLEMENT));
    execute(&gateway, remove).await;

    // An order that disappears leaves its entries without a reason.
    let gone = "update orders set partner = 'nobody' where book = $1 and discount_fen > 0";
    execute(&gateway, gone).await;
    let found = report(&gateway, FIRST).await;
    let kinds: Vec<&str> = found.breaks.iter().map(|one| one.kind).collect();
    assert!(kinds.contains(&"posting") && kinds.contains(&"day"), "{:?}", found.breaks);
    execute(&gateway, "update orders set partner = 'yunhe' where book = $1 and partner = 'nobody'")
        .await;

    // A payment whose entries are gone.
    let entry = format!("update entries set seq = 1 where {}", leg(PAYER, "payment.cancelled"));
    execute(&gateway, &entry).await;
    let found = report(&gateway, FIRST).await;
    assert_eq!((found.breaks[0].kind, found.breaks[0].found_fen), ("cancel", 0));
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

on_both_engines! { every_leg_is_compared, what_is_missing_or_too_much_is_named_and_never_netted }
