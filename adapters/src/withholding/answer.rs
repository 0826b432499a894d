//! What callers are told of mandates and batches. No names: a mandate has an index of one only.

use jiaozi_ledger::mandate::Mandate;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::withholding::Batch;
use serde_json::{Map, Value, json};

use crate::answer::object;

/// A mandate as it is answered. The account is named by whoever knows its code.
#[must_use]
pub fn mandate_body(mandate: &Mandate, account: &str) -> Map<String, Value> {
    let mut body = object(event_data(mandate));
    body.remove("payer");
    body.insert("account".to_owned(), account.into());
    body.insert("at".to_owned(), json!(mandate.at));
    body.insert("seq".to_owned(), mandate.seq.into());
    body
}

/// What events say of a mandate.
pub(super) fn event_data(mandate: &Mandate) -> Value {
    let limits = &mandate.limits;
    json!({
        "mandate": mandate.id, "partner": mandate.partner, "contract": mandate.contract(),
        "channel": mandate.channel, "payer": mandate.payer, "state": mandate.state,
        "debit_max_fen": limits.of_debit, "month_max_fen": limits.of_month,
        "valid_from": limits.valid_from, "valid_to": limits.valid_to,
        "partial": limits.partial, "again": limits.again,
    })
}

/// A batch as it is answered, and told in events.
#[must_use]
pub fn batch_body(batch: &Batch) -> Map<String, Value> {
    object(json!({
        "batch": batch.id, "partner": batch.partner, "name": batch.name(), "sha256": batch.hash(),
        "state": batch.state, "lines": batch.lines, "sum_fen": batch.sum, "loaded": batch.loaded,
        "presented": batch.presented, "done": batch.done, "partial": batch.partial,
        "refused": batch.refused, "waiting": batch.waiting, "debited_fen": batch.debited,
        "run_on": batch.run_on, "at": batch.at, "sent_at": batch.sent_at, "seq": batch.seq,
    }))
}

/// A mandate that is not there, or not of this channel.
#[must_use]
pub fn no_such_mandate() -> Problem {
    let detail = "There is no such mandate.";
    Problem::new(404, "not_found", detail, "Check the mandate's identifier.")
}

/// A batch that is not there, or not of this partner.
#[must_use]
pub fn no_such_batch() -> Problem {
    let detail = "There is no such batch among those of the partner.";
    Problem::new(404, "not_found", detail, "Check the batch's identifier.")
}
