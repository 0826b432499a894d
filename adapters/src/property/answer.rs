//! What callers are told in this scene: its problems, and the bodies of orders and refunds. It decides
//! nothing.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::book::{Outcome, Refusal};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::order::{Order, Refund};
use jiaozi_ledger::problem::Problem;
use serde_json::{Map, Value, json};

use super::company::Company;
use crate::answer;

/// What the books' refusal means in this scene. Accounts of the company are named, the payer's is not.
#[must_use]
pub fn refused(refusal: &Refusal, company: &Company) -> Problem {
    let is_budget =
        |code: &str| company.terms.budgets.iter().any(|budget| budget.account.as_str() == code);
    match refusal {
        Refusal::BelowFloor { code, .. } if is_budget(code) => Problem::new(
            422,
            "discount_exhausted",
            "The budget that bears the discount has not enough left.",
            "Pay without the plan, or ask the company for another.",
        ),
        other => answer::refused(other, &company.payee, &company.accounts()),
    }
}

/// An order as it is answered.
#[must_use]
pub fn order_body(order: &Order) -> Map<String, Value> {
    let body = json!({
        "order": order.id, "state": order.state, "scene": order.scene, "partner": order.partner,
        "channel": order.channel, "reference": order.reference(), "site": order.site,
        "house": order.house, "amount_fen": order.amount, "discount_fen": order.discount,
        "refunded_fen": order.refunded, "lines": order.lines, "at": order.at,
        "business_date": order.business_date, "clearing_date": order.clearing_date,
        "seq": order.seq,
    });
    object(body)
}

/// A refund as it is answered.
#[must_use]
pub fn refund_body(refund: &Refund) -> Map<String, Value> {
    let items: Map<String, Value> =
        refund.items.iter().map(|(item, fen)| (item.clone(), json!(fen))).collect();
    object(json!({
        "refund": refund.id, "order": refund.order, "partner": refund.partner,
        "amount_fen": refund.amount, "discount_fen": refund.discount,
        "from_settled_fen": refund.from_settled, "reason": refund.reason, "items": items,
        "at": refund.at, "clearing_date": refund.clearing_date, "seq": refund.seq,
    }))
}

/// The balances of an account after the outcome.
#[must_use]
pub fn balance_after(outcome: &Outcome, before: Option<&Account>, id: AccountId) -> Value {
    outcome.accounts.get(&id).or(before).map_or(Value::Null, |account| json!(account.balances()))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
