//! The record that a decided command leaves, and its link of the chain.

use crate::chain::{self, Link};
use crate::decision::{Decision, Digest, Scope, digest};
use crate::facts::Moment;
use crate::posting::Entry;
use crate::store::BOOK;
use crate::store::engine::Head;
use crate::store::journal::Record;
use uuid::Uuid;

/// Makes the record of a decision after `tip`.
pub(super) fn make(
    scope: &Scope,
    fingerprint: Uuid,
    body_digest: Digest,
    decision: Decision,
    entries: &[Entry],
    moment: &Moment,
    tip: Head,
) -> Record {
    let effective_at =
        decision.changes.draft.as_ref().and_then(|draft| draft.effective_at).unwrap_or(moment.at);
    let Decision { verdict, answer, event, .. } = decision;
    let mut record = Record {
        seq: moment.seq,
        at: moment.at,
        effective_at,
        partner: scope.partner.clone(),
        operation: scope.operation.to_owned(),
        idempotency_key: scope.key.clone(),
        scope: fingerprint,
        body_digest,
        verdict,
        status: answer.status,
        answer_digest: chain::answer_digest(
            i64::from(answer.status),
            &answer.content_type,
            &answer.body,
        ),
        content_type: answer.content_type,
        answer: answer.body,
        kind: event.kind.to_owned(),
        subject: event.subject,
        data: event.data.to_string(),
        hash: chain::GENESIS,
    };
    record.hash = link(&record, entries).hash(&tip.hash);
    record
}

/// The link of the chain that a record with its entries makes.
pub(in crate::store) fn link<'a>(record: &'a Record, entries: &'a [Entry]) -> Link<'a> {
    Link {
        book: BOOK,
        seq: record.seq,
        at: record.at,
        effective_at: record.effective_at,
        scope: record.scope,
        body_digest: record.body_digest,
        verdict: record.verdict,
        answer_digest: record.answer_digest,
        kind: &record.kind,
        subject: record.subject,
        data_digest: digest(record.data.as_bytes()),
        entries,
    }
}
