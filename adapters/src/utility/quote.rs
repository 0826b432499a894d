//! Quoting: what the biller has just said is due, as an amount that binds us until the quote expires. A
//! quote is a value, sealed by the door; a quote that is never paid leaves nothing behind.

use std::collections::BTreeMap;

use jiaozi_ledger::instruction::InstructionLine;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::time::Instant;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::biller::Biller;
use crate::answer::too_large;

/// What a biller has said is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The things that are due.
    pub lines: Vec<InstructionLine>,
    /// What they come to, as the biller says.
    pub total: Fen,
    /// What it wants to hear again when they are paid. No personal data.
    pub carried: BTreeMap<String, String>,
}

/// What a payer would pay. Serialises with short names, because the sealed form travels in a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The identifier.
    #[serde(rename = "i")]
    pub id: Uuid,
    /// The biller.
    #[serde(rename = "u")]
    pub biller: String,
    /// The customer's number there.
    #[serde(rename = "n")]
    pub customer: String,
    /// What is paid.
    #[serde(rename = "l")]
    pub lines: Vec<InstructionLine>,
    /// What it comes to.
    #[serde(rename = "t")]
    pub total: Fen,
    /// What the biller wants to hear again.
    #[serde(rename = "c")]
    pub carried: BTreeMap<String, String>,
    /// Until when it binds, that instant included.
    #[serde(rename = "x")]
    pub expires_at: Instant,
    /// The number of the last command in the feed when the biller was asked: what was posted later is not
    /// taken off what it said.
    #[serde(rename = "s")]
    pub asked_seq: i64,
}

/// When the biller was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The instant.
    pub at: Instant,
    /// The number of the last command in the feed then.
    pub seq: i64,
}

/// Quotes what is due for a customer.
///
/// # Errors
/// What the biller says does not add up, or comes to nothing: then nothing can be paid.
pub fn quote(
    biller: &Biller,
    customer: &str,
    due: Due,
    id: Uuid,
    asked: Asked,
) -> Result<Quote, Problem> {
    let of_lines = due.lines.iter().flat_map(|line| [line.principal, line.late_fee]);
    let sum = Fen::total(of_lines).ok_or_else(too_large)?;
    if !due.lines.is_empty() && sum != due.total {
        let detail = format!(
            "The biller says that {} fen are due in total, and its items come to {} fen.",
            due.total.0, sum.0
        );
        let next = "Try again later; tell the biller if it persists.";
        return Err(Problem::new(502, "biller_does_not_add_up", detail, next));
    }
    if !due.total.is_positive() {
        let detail = "Nothing is due for this customer.";
        return Err(Problem::new(409, "nothing_due", detail, "There is nothing to pay."));
    }
    Ok(Quote {
        id,
        biller: biller.payee.code.clone(),
        customer: customer.to_owned(),
        lines: due.lines,
        total: due.total,
        carried: due.carried,
        expires_at: asked.at.plus_seconds(biller.quote_valid_seconds),
        asked_seq: asked.seq,
    })
}
