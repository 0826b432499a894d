//! From the feed to notices: what each partner wants to hear, as its specification says.

use std::collections::HashSet;

use jiaozi_adapters::spec::access::WebhookEvent;
use jiaozi_adapters::utility;
use jiaozi_adapters::withholding::finish::DONE;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::payout;
use jiaozi_ledger::row::{Cell, Row};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::journal::Record;
use serde_json::{Value, json};

use super::{Notice, NoticeState};
use crate::gateway::Gateway;
use crate::operators::ORDERED;

/// The name of this reader of the feed.
pub const READER: &str = "notices";

/// How many events are read at once.
pub const EVENTS: i64 = 500;

/// Writes the notices of the next events of the feed. Says how many events it has read: none means
/// that there is nothing new.
///
/// # Errors
/// When the database cannot be read or written; then nothing was written.
pub async fn run_once(gateway: &Gateway) -> Result<usize, StoreError> {
    let store = &gateway.store;
    let from = store.cursor(READER).await?;
    let events = store.feed(from, EVENTS).await?;
    let Some(last) = events.last() else { return Ok(0) };
    let notices: Vec<Vec<_>> = events
        .iter()
        .flat_map(|event| notices(gateway, event))
        .map(|notice| notice.cells())
        .collect();
    let (mut unit, _) = store.engine().begin().await?;
    if unit.cursor(READER).await? != from {
        // Another process has read these events meanwhile.
        unit.rollback().await?;
        return Ok(0);
    }
    // What is known already is left as it is: a reader that was set back changes nothing that was sent.
    let known = unit
        .select_in(
            &Notice::TABLE,
            "id",
            notices.iter().filter_map(|cells| cells.first().cloned()).collect(),
        )
        .await?;
    let known: HashSet<&Cell> = known.iter().filter_map(|cells| cells.first()).collect();
    let is_new = |cells: &Vec<Cell>| cells.first().is_some_and(|id| !known.contains(id));
    let new = notices.into_iter().filter(is_new).collect();
    unit.write(&Notice::TABLE, new, false).await?;
    unit.move_cursor(READER, last.seq).await?;
    unit.commit().await?;
    Ok(events.len())
}

/// What an event tells the partner whom it concerns, whether it wants to hear it or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The notice's identifier, the same however often it is told.
    pub id: String,
    /// Whom it concerns.
    pub partner: String,
    /// What it is called.
    pub kind: WebhookEvent,
    /// What is sent.
    pub body: Value,
}

/// What an event tells partners; nothing if it concerns none.
#[must_use]
pub fn told(event: &Record) -> Vec<Told> {
    if event.verdict == Verdict::Declined {
        return Vec::new();
    }
    let Ok(data) = serde_json::from_str::<Value>(&event.data) else { return Vec::new() };
    let concerned = kind(event, &data).and_then(|kind| {
        // A debit under a mandate is told to the channel through which the payer signed it, and a refund of
        // a payment to a biller to the payer's.
        let whom = match kind {
            WebhookEvent::PaymentWithheld | WebhookEvent::PaymentRefunded => "channel",
            _ => "partner",
        };
        told_to(event, &data, kind, whom, "")
    });
    let ordered = is_outcome(event, &data)
        .then(|| told_to(event, &data, WebhookEvent::PaymentEnded, "channel", "_channel"));
    concerned.into_iter().chain(ordered.flatten()).collect()
}

/// What an event tells whom its data name so.
fn told_to(
    event: &Record,
    data: &Value,
    kind: WebhookEvent,
    whom: &str,
    suffix: &str,
) -> Option<Told> {
    let partner = data.get(whom)?.as_str()?.to_owned();
    let mut data = data.clone();
    // Whose account it was is between the payer and the bank, and who of the bank ordered it with what
    // proof is the bank's own affair.
    if let Some(data) = data.as_object_mut() {
        data.remove("payer");
        data.remove(ORDERED);
        // So is who has ruled on a payout, a refund or a payment.
        let ruled = matches!(kind, WebhookEvent::PaymentRefunded | WebhookEvent::PaymentEnded);
        if ruled || event.kind.starts_with("payout.") {
            data.remove("maker");
            data.remove("by");
        }
    }
    let body = json!({
        "type": kind,
        "timestamp": event.at,
        "data": data,
        "feed": {"seq": event.seq, "hash": hex::encode(event.hash)},
    });
    let id = format!("evt_{}_{}{suffix}", event.seq, event.subject.simple());
    Some(Told { id, partner, kind, body })
}

/// The notices of an event to the partners whom it concerns, of those who want it.
fn notices(gateway: &Gateway, event: &Record) -> Vec<Notice> {
    told(event).into_iter().filter_map(|told| notice(gateway, event, told)).collect()
}

fn notice(gateway: &Gateway, event: &Record, told: Told) -> Option<Notice> {
    let webhook = gateway.partners.spec(&told.partner)?.webhook.as_ref()?;
    if !webhook.events.contains(&told.kind) {
        return None;
    }
    Some(Notice {
        id: told.id,
        partner: told.partner,
        seq: event.seq,
        kind: json!(told.kind).as_str()?.to_owned(),
        subject: event.subject,
        body: told.body.to_string(),
        attempts: 0,
        next_at: event.at,
        state: NoticeState::Waiting,
        outcome: None,
    })
}

/// Whether an event says what a payment has come to that was answered before anybody knew: one to a biller,
/// or one of which the core was asked first.
fn is_outcome(event: &Record, data: &Value) -> bool {
    let waited = data["scene"] == utility::SCENE || data.get("draw").is_some();
    match event.kind.as_str() {
        "payment.posted" => waited && data.get("withholding").is_none(),
        "payment.refused" | "payment.reversed" | "payment.kept" => true,
        "payment.cancelled" => data["scene"] == utility::SCENE,
        _ => false,
    }
}

/// What an event is called in a notice.
fn kind(event: &Record, data: &Value) -> Option<WebhookEvent> {
    match event.kind.as_str() {
        "payment.posted" if data.get("prepay").is_some_and(|plan| !plan.is_null()) => {
            Some(WebhookEvent::PrepayPaid)
        }
        "payment.posted" if data.get("withholding").is_some() => {
            Some(WebhookEvent::PaymentWithheld)
        }
        "payment.posted" => Some(WebhookEvent::BillPaid),
        "payment.refunded" if data["scene"] == utility::SCENE => {
            Some(WebhookEvent::PaymentRefunded)
        }
        "payment.refunded" => Some(WebhookEvent::BillRefunded),
        "payment.cancelled" => Some(WebhookEvent::BillCancelled),
        "file.imported" => Some(WebhookEvent::FileImported),
        "day.closed" => Some(WebhookEvent::DayClosed),
        payout::PREPARED => Some(WebhookEvent::PayoutPrepared),
        payout::SETTLED => Some(WebhookEvent::PayoutSettled),
        payout::REJECTED => Some(WebhookEvent::PayoutRejected),
        DONE => Some(WebhookEvent::WithholdingDone),
        _ => None,
    }
}
