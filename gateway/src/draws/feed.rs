//! The reader of the feed that carries draws on: money that the core has given is spent, and money that a
//! scene has given back whole goes back to the core. Its cursor moves when what an event asks for is in the
//! books, so a process that ends in between does it again; what was done then changes nothing a second
//! time.

use std::collections::{BTreeMap, BTreeSet};

use jiaozi_ledger::account::{CHANGED, Terms};
use jiaozi_ledger::chart;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::draw::{DRAWN, Draw, DrawState};
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::journal::Record;
use serde::Deserialize;
use tokio::task::JoinSet;

use super::payments::of_order;
use super::spending::{give_back, spend};
use crate::gateway::Gateway;
use crate::refused::Refused;
use crate::utility::billers::Billers;

/// The name of this reader of the feed.
pub const READER: &str = "draws";

/// How many events are read at once.
pub const EVENTS: i64 = 500;

/// How many payments are carried on at a time: their commands share commits.
const AT_A_TIME: usize = 64;

/// Draws that wait for this reader, whatever it has read: drawn, or spent on what was refused, reversed or
/// cancelled. Their money is on the payer's account, on which there is nothing otherwise.
const PASSED_OVER: &str = "id > $2 and account in \
    (select a.id from accounts a where a.book = $1 and a.code like 'customer:%' and a.posted_fen <> 0) \
    and (state = 1 or (state = 2 and order_id in \
    (select o.id from orders o where o.book = draws.book and o.id = draws.order_id \
     and o.state in (1, 7, 8)))) order by id limit $3";

/// The kinds of events by which a scene gives a payment back whole.
const GIVEN_BACK: [&str; 3] = ["payment.refused", "payment.reversed", "payment.cancelled"];

/// Carries on what the next events of the feed ask for. Says how many it has read.
///
/// # Errors
/// When something could not be done now: it is done again.
pub async fn run_once(gateway: &Gateway, billers: &Billers) -> Result<usize, Refused> {
    let store = &gateway.store;
    let from = store.cursor(READER).await?;
    let events = store.feed(from, EVENTS).await?;
    let Some(last) = events.last() else { return Ok(0) };
    // What is to be done follows from how things stand, so once is enough for all events of an order.
    let mut waiting: BTreeMap<OrderId, i64> = BTreeMap::new();
    for event in &events {
        let orders = concerned(gateway, event).await?;
        waiting.extend(orders.into_iter().map(|order| (order, event.seq)));
    }
    let waiting: Vec<(OrderId, i64)> = waiting.into_iter().collect();
    for part in waiting.chunks(AT_A_TIME) {
        all_carried_on(gateway, billers, part).await?;
    }
    let (mut unit, _) = store.engine().begin().await?;
    if unit.cursor(READER).await? == from {
        unit.move_cursor(READER, last.seq).await?;
    }
    unit.commit().await?;
    Ok(events.len())
}

/// Carries on what was passed over while the specification of its core was away: what is drawn, and what was
/// given back whole and stayed on the payer's account.
///
/// # Errors
/// When something could not be done now.
pub async fn take_up(gateway: &Gateway, billers: &Billers) -> Result<(), Refused> {
    let mut after = uuid::Uuid::nil();
    loop {
        let binds = vec![Cell::Id(after), Cell::Int(EVENTS)];
        let draws: Vec<Draw> = gateway.store.find(PASSED_OVER, binds).await?;
        let Some(last) = draws.last() else { return Ok(()) };
        after = last.id.0;
        let waiting: Vec<(OrderId, i64)> =
            draws.iter().map(|draw| (draw.order, draw.seq)).collect();
        for part in waiting.chunks(AT_A_TIME) {
            all_carried_on(gateway, billers, part).await?;
        }
    }
}

/// The payments with whose money something may be to be done after an event.
async fn concerned(gateway: &Gateway, event: &Record) -> Result<BTreeSet<OrderId>, StoreError> {
    if event.verdict != Verdict::Done {
        return Ok(BTreeSet::new());
    }
    match event.kind.as_str() {
        kind if kind == DRAWN || GIVEN_BACK.contains(&kind) => Ok([OrderId(event.subject)].into()),
        // What waited on an account that was frozen can go on.
        CHANGED => on_accounts(gateway, event).await,
        _ => Ok(BTreeSet::new()),
    }
}

async fn on_accounts(gateway: &Gateway, event: &Record) -> Result<BTreeSet<OrderId>, StoreError> {
    #[derive(Deserialize)]
    struct Said {
        accounts: Vec<Terms>,
    }
    let said = serde_json::from_str::<Said>(&event.data).map(|said| said.accounts);
    let mut orders = BTreeSet::new();
    for terms in said.unwrap_or_default() {
        if chart::customer_number(&terms.code).is_none() {
            continue;
        }
        let binds = vec![
            Cell::Id(terms.id.0),
            Cell::Int(DrawState::Drawn.code()),
            Cell::Int(DrawState::Spent.code()),
        ];
        let clause = "account = $2 and state in ($3, $4) order by id";
        let draws: Vec<Draw> = gateway.store.find(clause, binds).await?;
        orders.extend(draws.into_iter().map(|draw| draw.order));
    }
    Ok(orders)
}

/// Carries several orders on; what fails keeps no other waiting.
async fn all_carried_on(
    gateway: &Gateway,
    billers: &Billers,
    orders: &[(OrderId, i64)],
) -> Result<(), Refused> {
    let mut under_way = JoinSet::new();
    for (order, because) in orders {
        let (gateway, billers, order, because) =
            (gateway.clone(), billers.clone(), *order, *because);
        under_way.spawn(async move { carry_on(&gateway, &billers, order, because).await });
    }
    let mut failed = None;
    while let Some(ended) = under_way.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(refused)) => failed = Some(refused),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn carry_on(
    gateway: &Gateway,
    billers: &Billers,
    order: OrderId,
    because: i64,
) -> Result<(), Refused> {
    let Some(drawn) = of_order(gateway, order).await? else { return Ok(()) };
    let draw = drawn.draw;
    let Some(core) = gateway.partners.core(&draw.core) else {
        tracing::error!(draw = %draw.id, core = draw.core, "the specification of this core is gone");
        return Ok(());
    };
    match draw.state {
        DrawState::Drawn => match spend(gateway, billers, core, &draw, because).await {
            // What a payment is refused for before it reaches the books is nobody else's trouble: its
            // money goes back, and the reader goes on.
            Err(Refused::Problem(problem)) => {
                tracing::error!(draw = %draw.id, code = problem.code, "drawn money cannot be spent");
                give_back(gateway, core, &draw, because, Some(problem.code)).await
            }
            done => done,
        },
        DrawState::Spent => {
            let order: Option<Order> =
                gateway.store.first("id = $2", vec![Cell::Id(order.0)]).await?;
            let given_back = order.is_some_and(|order| {
                let ended = [OrderState::Refused, OrderState::Reversed, OrderState::Cancelled];
                ended.contains(&order.state)
            });
            if given_back { give_back(gateway, core, &draw, because, None).await } else { Ok(()) }
        }
        DrawState::Asked | DrawState::Returning | DrawState::Returned | DrawState::Refused => {
            Ok(())
        }
    }
}
