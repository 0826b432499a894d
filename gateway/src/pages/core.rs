//! What payers are shown whose account is with the bank's core: where their money is while it is asked for,
//! and while it goes back.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::chart;
use jiaozi_ledger::draw::{Draw, DrawState};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::instruction::InstructionState;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;

use super::CHANNEL;
use super::frame::Visit;
use super::texts::Texts;
use super::wording::money;
use crate::draws::payments::{Drawn, account_number, by_reference, of_order, open_account};
use crate::refused::Refused;

/// How many payments without an order are shown.
const LATEST: i64 = 10;

/// What is shown as available on an account, and whether it is enough: with the core, the core says it
/// when it is paid.
pub(super) fn available(t: &Texts, account: Option<&Account>, total: Fen) -> (String, bool) {
    if account.is_some_and(|account| chart::customer_number(&account.code).is_some()) {
        return (t.core_balance.to_owned(), true);
    }
    let available = account.map(|account| account.balances().available).unwrap_or_default();
    (money(available), total <= available)
}

/// The account of a customer of the core in force, by its number as it was typed; nothing if there is no
/// core, or it has no such numbers.
pub(super) async fn account(visit: &Visit, typed: &str) -> Result<Option<Account>, Refused> {
    let Some(core) = visit.pages.billers.core() else { return Ok(None) };
    let Ok(number) = account_number(core, typed) else { return Ok(None) };
    open_account(visit.gateway(), &core.biller, &number).await
}

/// The payment that a choice has become while it waits for the core, or did; nothing if it is not one of
/// this payer.
pub(super) async fn chosen(
    visit: &Visit,
    payer: AccountId,
    reference: &str,
) -> Result<Option<Order>, StoreError> {
    let drawn = by_reference(visit.gateway(), CHANNEL, reference).await?;
    let order = drawn.map(|drawn| drawn.draw.as_order(drawn.instruction.state));
    Ok(order.filter(|order| order.payer == payer))
}

/// The latest payments of a payer that wait for the core, or that never became an order: the newest first.
pub(super) async fn without_order(
    visit: &Visit,
    payer: AccountId,
) -> Result<Vec<Order>, StoreError> {
    let gateway = visit.gateway();
    if gateway.core.is_none() {
        return Ok(Vec::new());
    }
    let clause = "account = $2 and channel = $3 and not exists (select 1 from orders o
        where o.book = draws.book and o.id = draws.order_id) order by id desc limit $4";
    let binds = vec![Cell::Id(payer.0), Cell::Text(CHANNEL.to_owned()), Cell::Int(LATEST)];
    let draws: Vec<Draw> = gateway.store.find(clause, binds).await?;
    let mut orders = Vec::with_capacity(draws.len());
    for draw in draws {
        let drawn = of_order(gateway, draw.order).await?;
        orders.extend(drawn.map(|drawn| drawn.draw.as_order(drawn.instruction.state)));
    }
    Ok(orders)
}

/// Where the money of a payment is with the core, if that is what counts most now.
pub(super) fn headline(t: &Texts, drawn: &Drawn) -> Option<&'static str> {
    let reason = drawn.draw.reason.as_deref();
    Some(match (drawn.draw.state, drawn.instruction.state) {
        (DrawState::Asked, InstructionState::Unknown) => t.core_unknown,
        (DrawState::Asked, InstructionState::Reversing) => t.core_returning,
        (DrawState::Asked, _) => t.core_asked,
        (DrawState::Drawn, _) => t.core_drawn,
        (DrawState::Spent, _) => return None,
        (DrawState::Returning, InstructionState::Done) => t.core_by_hand,
        (DrawState::Returning, _) => t.core_returning,
        (DrawState::Returned, _) => t.core_returned,
        (DrawState::Refused, InstructionState::Reversed) => t.core_returned,
        (DrawState::Refused, _) => match reason {
            Some("core_no_such_account") => t.core_no_such_account,
            Some("core_insufficient_funds") => t.core_insufficient_funds,
            Some("core_account_frozen") => t.core_account_frozen,
            Some("core_unreachable") => t.core_unreachable,
            _ => t.core_refused,
        },
    })
}
