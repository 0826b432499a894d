//! Instructions in the store: kept as they are, found by what they are looked up by, and whoever changes
//! one behind the store's back is found out.
#![cfg(feature = "store")]

#[macro_use]
mod support;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Changes;
use jiaozi_ledger::facts::Facts;
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::id::{DayId, HoldId, InstructionId, OrderId};
use jiaozi_ledger::instruction::{Instruction, InstructionLine, InstructionState, Step};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::store::Store;
use jiff::civil::date;
use std::sync::Arc;
use support::commands::Scripted;
use support::{TestClock, all_hold, broken, funded, one, tamper};

/// A payment of 900 fen that a partner was asked for and has not answered.
fn asked(facts: &Facts) -> Changes {
    let (moment, day) = (*facts.moment(), date(2026, 11, 22));
    let payer = facts.account("deposit:a").expect("loaded").id;
    let amount = Fen(900);
    let hold = Hold::place(
        moment.ids.id::<HoldId>(2),
        payer,
        amount,
        Fen::ZERO,
        moment.at.plus_seconds(86_400),
    );
    let order = Order {
        id: moment.ids.id::<OrderId>(0),
        partner: "p".to_owned(),
        channel: "c".to_owned(),
        reference_key: None,
        scene: "utility".to_owned(),
        site: String::new(),
        house: "1001".to_owned(),
        payer,
        amount,
        discount: Fen::ZERO,
        budget: None,
        fee: Fen::ZERO,
        shares: Vec::new(),
        refunded: Fen::ZERO,
        state: OrderState::Accepted,
        lines: Vec::new(),
        at: moment.at,
        business_date: day,
        clearing_date: day,
        seq: moment.seq,
        cancel_seq: None,
    };
    let instruction = Instruction {
        id: moment.ids.id::<InstructionId>(1),
        order: order.id,
        partner: "p".to_owned(),
        reference_key: "p/JZ0001".to_owned(),
        reversal_reference: "JZ0002".to_owned(),
        customer_key: "p/1001".to_owned(),
        amount,
        lines: vec![InstructionLine {
            label: "水费".to_owned(),
            period: "202611".to_owned(),
            principal: amount,
            late_fee: Fen::ZERO,
        }],
        carried: [("contract".to_owned(), "C-1".to_owned())].into(),
        hold: hold.id,
        state: InstructionState::Asked,
        step: Step::Await,
        tries: 0,
        first_try: 0,
        due_at: Some(moment.at.plus_seconds(60)),
        file: None,
        reversal_file: None,
        reversals: 0,
        reversible: true,
        their_reference: None,
        reason: None,
        contested: false,
        at: moment.at,
        clearing_date: day,
        counted_on: None,
        posted_seq: None,
        seq: moment.seq,
    };
    Changes {
        holds: vec![hold],
        orders: vec![order],
        days: vec![Day::open(moment.ids.id::<DayId>(3), "p", day)],
        instructions: vec![instruction],
        ..Changes::default()
    }
}

async fn book(store: &Store) {
    funded(store).await;
    let needs = vec![Account::by_code("deposit:a")];
    one(store, Scripted::doing("i1", needs, asked)).await.expect("asked");
    all_hold(store).await;
}

async fn what_was_asked_is_found_again(store: Store, _clock: Arc<TestClock>) {
    book(&store).await;
    let found: Vec<Instruction> = store.find("state = 0", vec![]).await.expect("read");
    let [instruction] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((instruction.reference(), instruction.customer()), ("JZ0001", "1001"));
    assert_eq!(instruction.carried["contract"], "C-1");
    // A reference has one instruction, whoever forgets to look.
    let needs = vec![Account::by_code("deposit:a")];
    let again = one(&store, Scripted::doing("i2", needs, asked)).await;
    assert!(again.is_err(), "{again:?}");
    all_hold(&store).await;
}

/// What is changed; the invariant that says so is I5 each time.
const TAMPERINGS: [&str; 9] = [
    "update instructions set state = 3",
    "update instructions set state = 4",
    "update instructions set amount_fen = amount_fen + 1",
    "update instructions set partner = 'q'",
    "update instructions set clearing_date = clearing_date + 1",
    "update instructions set hold = order_id",
    "update instructions set counted_on = clearing_date",
    "update orders set state = 0",
    "delete from orders",
];

async fn every_change_is_found(store: Store, _clock: Arc<TestClock>) {
    book(&store).await;
    let tables = ["instructions", "orders"];
    for sql in TAMPERINGS {
        for table in tables {
            let copy = format!("create table kept_{table} as select * from {table}");
            tamper(&store, &copy).await;
        }
        assert!(tamper(&store, sql).await > 0, "{sql}: changed nothing");
        let found = broken(&store).await;
        assert!(found.contains(&"I5"), "{sql}: found {found:?}");
        for table in tables {
            tamper(&store, &format!("delete from {table}")).await;
            tamper(&store, &format!("insert into {table} select * from kept_{table}")).await;
            tamper(&store, &format!("drop table kept_{table}")).await;
        }
        all_hold(&store).await;
    }
}

on_both_engines! { what_was_asked_is_found_again, every_change_is_found }
