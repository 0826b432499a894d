//! What callers are told in this scene: its problems, and the bodies of orders and refunds. It decides
//! nothing.

use jiaozi_ledger::book::Refusal;
use jiaozi_ledger::order::Refund;
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

/// A refund as it is answered.
#[must_use]
pub fn refund_body(refund: &Refund) -> Map<String, Value> {
    let items: Map<String, Value> =
        refund.items.iter().map(|(item, fen)| (item.clone(), json!(fen))).collect();
    answer::object(json!({
        "refund": refund.id, "order": refund.order, "partner": refund.partner,
        "amount_fen": refund.amount, "discount_fen": refund.discount,
        "from_settled_fen": refund.from_settled, "reason": refund.reason, "items": items,
        "at": refund.at, "clearing_date": refund.clearing_date, "seq": refund.seq,
    }))
}
