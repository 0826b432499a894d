//! The journal: one row a command. It is the idempotency record with its answer, the event of the
//! feed and the link of the chain, so that a command costs one row for all three.

use crate::decision::{Digest, Verdict};
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed};
use crate::time::Instant;
use uuid::Uuid;

/// What is kept of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The number in the feed: 1, 2, 3, … without a gap.
    pub seq: i64,
    /// The accounting time.
    pub at: Instant,
    /// When the cause took effect.
    pub effective_at: Instant,
    /// Who ordered it.
    pub partner: String,
    /// What was ordered.
    pub operation: String,
    /// The caller's key.
    pub idempotency_key: String,
    /// The fingerprint of partner, operation and key.
    pub scope: Uuid,
    /// The digest of what was asked.
    pub body_digest: Digest,
    /// Done or declined.
    pub verdict: Verdict,
    /// The status of the answer.
    pub status: u16,
    /// The media type of the answer.
    pub content_type: String,
    /// The answer.
    pub answer: Vec<u8>,
    /// The digest of the answer.
    pub answer_digest: Digest,
    /// The kind of the event.
    pub kind: String,
    /// The subject of the event.
    pub subject: Uuid,
    /// The event's details, JSON.
    pub data: String,
    /// The hash of the chain up to and including this.
    pub hash: Digest,
}

fn digest_cell(cells: &mut Cells) -> Result<Digest, Corrupt> {
    let bytes = cells.bytes()?;
    bytes.try_into().map_err(|_| cells.corrupt())
}

impl Record {
    /// The cells, without copying the texts.
    pub(super) fn into_cells(self) -> Vec<Cell> {
        vec![
            Cell::Int(self.seq),
            Cell::Int(self.at.0),
            Cell::Int(self.effective_at.0),
            Cell::Text(self.partner),
            Cell::Text(self.operation),
            Cell::Text(self.idempotency_key),
            Cell::Id(self.scope),
            Cell::Bytes(self.body_digest.to_vec()),
            Cell::Int(self.verdict.code()),
            Cell::Int(i64::from(self.status)),
            Cell::Text(self.content_type),
            Cell::Bytes(self.answer),
            Cell::Bytes(self.answer_digest.to_vec()),
            Cell::Text(self.kind),
            Cell::Id(self.subject),
            Cell::Text(self.data),
            Cell::Bytes(self.hash.to_vec()),
        ]
    }
}

impl Row for Record {
    const TABLE: Table = Table {
        name: "journal",
        key: &["seq"],
        columns: &[
            fixed("seq", Kind::Int),
            fixed("at", Kind::Int),
            fixed("effective_at", Kind::Int),
            fixed("partner", Kind::Text),
            fixed("operation", Kind::Text),
            fixed("idempotency_key", Kind::Text),
            fixed("scope", Kind::Id),
            fixed("body_digest", Kind::Bytes),
            fixed("verdict", Kind::Int),
            fixed("status", Kind::Int),
            fixed("content_type", Kind::Text),
            fixed("answer", Kind::Bytes),
            fixed("answer_digest", Kind::Bytes),
            fixed("kind", Kind::Text),
            fixed("subject", Kind::Id),
            fixed("data", Kind::Text),
            fixed("hash", Kind::Bytes),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        self.clone().into_cells()
    }

    fn from_cells(cells: &mut Cells) -> Result<Record, Corrupt> {
        Ok(Record {
            seq: cells.int()?,
            at: Instant(cells.int()?),
            effective_at: Instant(cells.int()?),
            partner: cells.text()?,
            operation: cells.text()?,
            idempotency_key: cells.text()?,
            scope: cells.id()?,
            body_digest: digest_cell(cells)?,
            verdict: cells.int_as(Verdict::from_code)?,
            status: cells.int_as(|status| u16::try_from(status).ok())?,
            content_type: cells.text()?,
            answer: cells.bytes()?,
            answer_digest: digest_cell(cells)?,
            kind: cells.text()?,
            subject: cells.id()?,
            data: cells.text()?,
            hash: digest_cell(cells)?,
        })
    }
}
