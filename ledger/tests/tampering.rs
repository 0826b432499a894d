//! Whoever changes the database behind the store's back is found out, by the invariant that it breaks.
#![cfg(feature = "store")]

#[macro_use]
mod support;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::bill::{Bill, BillState};
use jiaozi_ledger::command::{HoldStep, OpenAccounts};
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Changes;
use jiaozi_ledger::facts::Facts;
use jiaozi_ledger::id::{BillId, DayId, OrderId, RefundId};
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::order::{Order, OrderLine, OrderState, Refund};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::store::{Store, check};
use jiff::civil::date;
use std::sync::Arc;
use support::commands::{Scripted, change_hold, code, hold_of, place_hold, post};
use support::{TestClock, all_hold, broken, funded, one, tamper};

/// An order of 1,000 fen for a bill of 1,200, of which 300 were given back; its day is open.
fn order_with_refund(facts: &Facts) -> Changes {
    let (moment, day) = (*facts.moment(), date(2026, 11, 22));
    let id = |code| facts.account(code).expect("loaded").id;
    let (bill, order) = (moment.ids.id::<BillId>(0), moment.ids.id::<OrderId>(1));
    let line = OrderLine {
        bill,
        import_id: "b-1".to_owned(),
        item: "water".to_owned(),
        period: "2026-11".to_owned(),
        principal: Fen(1_000),
        late_fee: Fen::ZERO,
        discount: Fen::ZERO,
        refunded_principal: Fen(300),
        refunded_late_fee: Fen::ZERO,
        refunded_discount: Fen::ZERO,
        late_paid_to_before: day,
    };
    Changes {
        draft: Some(
            Draft::new().debit(id("deposit:a"), Fen(700)).credit(id("deposit:b"), Fen(700)),
        ),
        bills: vec![Bill {
            id: bill,
            partner: "p".to_owned(),
            import_key: "p/b-1".to_owned(),
            house_key: "p/1".to_owned(),
            site: "s".to_owned(),
            item: "water".to_owned(),
            period: "2026-11".to_owned(),
            amount: Fen(1_200),
            paid: Fen(700),
            due: day,
            late_paid_to: day,
            state: BillState::Partial,
            version: 1,
            revision: 3,
            advance: false,
            last_order: None,
        }],
        orders: vec![Order {
            id: order,
            partner: "p".to_owned(),
            channel: "c".to_owned(),
            reference_key: None,
            scene: "property".to_owned(),
            site: "s".to_owned(),
            house: "1".to_owned(),
            payer: id("deposit:a"),
            amount: Fen(1_000),
            discount: Fen::ZERO,
            budget: None,
            fee: Fen::ZERO,
            shares: vec![[("payee:a".to_owned(), Fen(100))].into()],
            refunded: Fen(300),
            state: OrderState::PartRefunded,
            lines: vec![line],
            at: moment.at,
            business_date: day,
            clearing_date: day,
            seq: moment.seq,
            cancel_seq: None,
        }],
        refunds: vec![Refund {
            id: moment.ids.id::<RefundId>(2),
            order,
            partner: "p".to_owned(),
            amount: Fen(300),
            discount: Fen::ZERO,
            from_settled: Fen::ZERO,
            reason: "other".to_owned(),
            items: vec![("water".to_owned(), Fen(300))],
            shares: [("water".to_owned(), [("payee:a".to_owned(), Fen(30))].into())].into(),
            at: moment.at,
            clearing_date: day,
            seq: moment.seq,
        }],
        days: vec![Day {
            payments: 1,
            paid: Fen(1_000),
            refunds: 1,
            refunded: Fen(300),
            items: [("water".to_owned(), 700)].into(),
            shares: [("water".to_owned(), [("payee:a".to_owned(), Fen(70))].into())].into(),
            ..Day::open(moment.ids.id::<DayId>(3), "p", day)
        }],
        ..Changes::default()
    }
}

/// A forced posting that leaves `deposit:b` 500 fen below its floor.
fn forced(facts: &Facts) -> Changes {
    let b = facts.account("deposit:b").expect("loaded");
    let core = facts.account("core:clearing").expect("loaded").id;
    let amount = Fen(b.available().0 + 500);
    let mut draft = Draft::new().debit(b.id, amount).credit(core, amount);
    draft.forced = Some("offline slip 7".to_owned());
    Changes { draft: Some(draft), ..Changes::default() }
}

/// The day before closes, on which nothing happened.
fn closed_day(facts: &Facts) -> Changes {
    let moment = *facts.moment();
    let day = Day {
        closed_at: Some(moment.at),
        settlement_date: Some(date(2026, 11, 23)),
        seq: Some(moment.seq),
        ..Day::open(moment.ids.id::<DayId>(0), "p", date(2026, 11, 21))
    };
    Changes { days: vec![day], ..Changes::default() }
}

/// `deposit:b` gets a ceiling far above its balance.
fn ceiling(facts: &Facts) -> Changes {
    let b = facts.account("deposit:b").expect("loaded").clone();
    Changes { accounts: vec![b.with_ceiling(Fen(1_000_000))], ..Changes::default() }
}

/// A book with something of everything. Numbers in the feed: 1 opens, 2 and 3 fund, 4 is a payment,
/// 5 a decline, 6 and 7 a hold with a capture, 8 an open hold, 9 an order, 10 a forced posting, 11 a
/// closed day, 12 opens an account that stays empty, 13 changes a limit.
async fn book(store: &Store) {
    funded(store).await;
    one(store, post("p4", "deposit:a", "deposit:b", 100)).await.expect("paid");
    one(store, post("p5", "deposit:a", "deposit:b", 1_000_000)).await.expect("declined");
    let hold = hold_of(&one(store, place_hold("h6", "deposit:a", 400, 0)).await.expect("held"));
    let capture = HoldStep::Capture { amount: Fen(150), to: code("deposit:b"), last: true };
    one(store, change_hold("c7", hold, capture)).await.expect("captured");
    one(store, place_hold("h8", "deposit:a", 50, 0)).await.expect("held");
    let needs = ["core:clearing", "deposit:a", "deposit:b"].map(Account::by_code).to_vec();
    one(store, Scripted::doing("o9", needs.clone(), order_with_refund)).await.expect("ordered");
    one(store, Scripted::doing("f10", needs.clone(), forced)).await.expect("forced");
    one(store, Scripted::doing("d11", vec![], closed_day)).await.expect("closed");
    let empty = OpenAccounts::new("test", vec!["deposit:c".to_owned()], Currency::CNY);
    one(store, Arc::new(empty)).await.expect("opened");
    one(store, Scripted::doing("c13", needs, ceiling)).await.expect("changed");
    all_hold(store).await;
}

/// What is done, and which invariants must say so.
const TAMPERINGS: &[(&str, &[&str])] = &[
    (
        "update entries set amount_fen = amount_fen + 1 where seq = 4 and line = 0",
        &["I1", "I2", "I8"],
    ),
    ("update entries set amount_fen = amount_fen + 1 where seq = 4", &["I2", "I8"]),
    (
        "update entries set balance_after_fen = balance_after_fen - 1 where seq = 4 and line = 1",
        &["I2", "I8"],
    ),
    ("update entries set side = 1 - side where seq = 4", &["I2", "I8"]),
    ("update entries set seq = 5 where seq = 4", &["I6", "I8"]),
    ("update entries set seq = 14 where seq = 4", &["I7", "I8"]),
    ("update entries set line = line + 1 where seq = 4 and line = 1", &["I8"]),
    ("delete from entries where seq = 4 and line = 1", &["I1", "I2", "I8"]),
    ("delete from entries where seq = 4", &["I2", "I8"]),
    ("update accounts set posted_fen = posted_fen + 1 where code = 'deposit:a'", &["I2"]),
    ("update accounts set entries = entries + 1 where code = 'deposit:a'", &["I2"]),
    ("update accounts set pending_fen = pending_fen - 1 where code = 'deposit:a'", &["I3"]),
    (
        "update accounts set floor_fen = posted_fen - pending_fen + 1 where code = 'deposit:a'",
        &["I2"],
    ),
    ("update accounts set ceiling_fen = posted_fen - 1 where code = 'deposit:a'", &["I2"]),
    ("update accounts set side = 1 - side where code = 'deposit:a'", &["I2"]),
    ("update accounts set currency = 'EUR' where code = 'deposit:a'", &["I1"]),
    ("delete from accounts where code = 'deposit:b'", &["I1"]),
    ("delete from accounts where code = 'deposit:c'", &["I2"]),
    (
        "insert into accounts select book, (select id from orders), 'deposit:d', side, currency, floor_fen, \
         ceiling_fen, status, 0, 0, 0 from accounts where code = 'deposit:c'",
        &["I2"],
    ),
    ("update accounts set code = 'deposit:z' where code = 'deposit:a'", &["I2"]),
    ("update accounts set floor_fen = floor_fen - 1 where code = 'deposit:a'", &["I2"]),
    ("update accounts set floor_fen = floor_fen + 1 where code = 'deposit:a'", &["I2"]),
    ("update accounts set floor_fen = null where code = 'deposit:a'", &["I2"]),
    ("update accounts set ceiling_fen = 1000000 where code = 'deposit:a'", &["I2"]),
    ("update accounts set ceiling_fen = ceiling_fen + 1 where code = 'deposit:b'", &["I2"]),
    ("update accounts set ceiling_fen = null where code = 'deposit:b'", &["I2"]),
    ("update accounts set status = 1 where code = 'deposit:c'", &["I2"]),
    ("update accounts set side = 1 - side where code = 'deposit:c'", &["I2"]),
    ("update accounts set currency = 'EUR' where code = 'deposit:c'", &["I2"]),
    ("update journal set data = '{}' where seq = 1", &["I2", "I8"]),
    ("update journal set kind = 'test.done' where seq = 13", &["I2", "I8"]),
    ("delete from debts", &["I2"]),
    ("update debts set settled_fen = 1", &["I2"]),
    ("update debts set amount_fen = amount_fen - 1", &["I2"]),
    ("update debts set seq = 5", &["I6"]),
    ("update holds set open_fen = open_fen - 1 where closed = 0", &["I3"]),
    ("update holds set captured_fen = captured_fen + 1 where closed = 1", &["I3"]),
    (
        "update holds set voided_fen = voided_fen - 1, captured_fen = captured_fen + 2 where closed = 1",
        &["I3"],
    ),
    ("update holds set closed = 0 where closed = 1", &["I3"]),
    ("delete from holds where closed = 0", &["I3"]),
    ("update journal set answer = answer_digest where seq = 4", &["I4"]),
    ("update journal set status = 200 where seq = 4", &["I4"]),
    ("update journal set content_type = 'text/plain' where seq = 4", &["I4"]),
    ("update journal set idempotency_key = 'other' where seq = 4", &["I4"]),
    ("update journal set partner = 'other' where seq = 4", &["I4"]),
    ("update journal set body_digest = hash where seq = 4", &["I8"]),
    ("update journal set data = '{}' where seq = 6", &["I8"]),
    ("update journal set kind = 'hold.voided' where seq = 6", &["I8"]),
    ("update journal set subject = scope where seq = 4", &["I8"]),
    ("update journal set at = at + 1 where seq = 4", &["I7", "I8"]),
    ("update journal set effective_at = effective_at - 1 where seq = 4", &["I8"]),
    ("update journal set verdict = 1 where seq = 4", &["I6", "I8"]),
    ("update journal set verdict = 0 where seq = 5", &["I8"]),
    ("update journal set hash = body_digest where seq = 4", &["I8"]),
    ("delete from journal where seq = 5", &["I7", "I8"]),
    ("delete from journal where seq = 10", &["I6", "I7", "I8"]),
    ("update journal set seq = 14 where seq = 10", &["I7", "I8"]),
    ("update books set seq = seq - 1", &["I8"]),
    ("update books set hash = (select hash from journal where seq = 9)", &["I8"]),
    ("update books set at = at - 1", &["I8"]),
    ("update orders set amount_fen = amount_fen - 1", &["I5"]),
    ("update orders set discount_fen = 1", &["I5"]),
    ("update orders set refunded_fen = 301", &["I5"]),
    ("update orders set refunded_fen = 1001", &["I5"]),
    ("update orders set state = 0", &["I5"]),
    ("update orders set clearing_date = clearing_date + 1", &["I5"]),
    (
        "update orders set lines = replace(lines, '\"principal_fen\":1000', '\"principal_fen\":999')",
        &["I5"],
    ),
    (
        "update orders set lines = replace(lines, '\"refunded_principal_fen\":300', '\"refunded_principal_fen\":0')",
        &["I5"],
    ),
    ("update orders set shares = replace(shares, '100', '1001')", &["I5"]),
    ("update orders set shares = replace(shares, '100', '-1')", &["I5"]),
    ("update orders set seq = 5", &["I6"]),
    ("update orders set cancel_seq = 5", &["I5", "I6"]),
    ("delete from orders", &["I5"]),
    ("update refunds set amount_fen = 299", &["I5"]),
    ("update refunds set from_settled_fen = 1", &["I5"]),
    ("delete from refunds", &["I5"]),
    ("update bills set paid_fen = paid_fen + 1", &["I5"]),
    ("delete from bills", &["I5"]),
    ("update days set payments = 2", &["I5"]),
    ("update days set paid_fen = paid_fen + 1", &["I5"]),
    ("update days set refunded_fen = 0", &["I5"]),
    ("update days set items = '{\"water\":699}'", &["I5"]),
    ("update days set closed_at = 1, settled_fen = 699", &["I5"]),
    ("update days set fee_fen = 1 where closed_at is null", &["I5"]),
    ("delete from days where closed_at is null", &["I5"]),
    ("delete from days where closed_at is not null", &["I5"]),
    (
        "update days set closed_at = null, settlement_date = null, seq = null where closed_at is not null",
        &["I5"],
    ),
    ("update days set closed_at = closed_at + 1000000 where closed_at is not null", &["I5"]),
    ("update days set settlement_date = settlement_date + 1 where closed_at is not null", &["I5"]),
    ("update days set shares = '{\"water\":{\"payee:z\":1}}' where closed_at is not null", &["I5"]),
    ("update days set seq = 10 where closed_at is not null", &["I5"]),
    ("update days set day_key = 'p/2026-11-20' where closed_at is not null", &["I5"]),
    (
        "update days set date = 20261120, day_key = 'p/2026-11-20' where closed_at is not null",
        &["I5"],
    ),
    (
        "update days set partner = 'q', day_key = 'q/2026-11-21' where closed_at is not null",
        &["I5"],
    ),
    ("update journal set data = '{}' where seq = 11", &["I5", "I8"]),
    (
        "update days set closed_at = 1, settled_fen = 629, shares = replace(shares, '70', '71')",
        &["I5"],
    ),
];

async fn every_change_is_found(store: Store, _clock: Arc<TestClock>) {
    book(&store).await;
    let totals = all_hold(&store).await;
    for (sql, expected) in TAMPERINGS {
        let (mut unit, _) = store.engine().begin().await.expect("begins");
        // What was there comes back afterwards from copies, table by table.
        let tables = [
            "entries", "accounts", "debts", "holds", "journal", "books", "orders", "refunds",
            "bills", "days",
        ];
        for table in tables {
            let copy = format!("create table kept_{table} as select * from {table}");
            unit.execute(copy, vec![]).await.expect("copied");
        }
        unit.commit().await.expect("commits");
        assert!(tamper(&store, sql).await > 0, "{sql}: changed nothing");
        let found = broken(&store).await;
        for name in *expected {
            assert!(found.contains(name), "{sql}: expected {name}, found {found:?}");
        }
        let (mut unit, _) = match store.engine().begin().await {
            Ok(begun) => begun,
            Err(error) => panic!("{sql}: {error}"),
        };
        for table in tables {
            for back in [
                format!("delete from {table}"),
                format!("insert into {table} select * from kept_{table}"),
                format!("drop table kept_{table}"),
            ] {
                unit.execute(back.clone(), vec![]).await.expect(&back);
            }
        }
        unit.commit().await.expect("commits");
        assert_eq!(all_hold(&store).await, totals, "{sql}: is undone");
    }
}

async fn a_head_from_outside_is_known_or_not(store: Store, _clock: Arc<TestClock>) {
    book(&store).await;
    let feed = support::feed(&store).await;
    assert_eq!(check::knows_head(&store, &feed[4].hash).await, Ok(Some(5)));
    let forged = [7u8; 32];
    assert_eq!(check::knows_head(&store, &forged).await, Ok(None));
}

on_both_engines! { every_change_is_found, a_head_from_outside_is_known_or_not }
