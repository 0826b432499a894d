//! The hash chain: every command's record is linked to the one before it.
//!
//! The preimage is a canonical byte encoding, version 1: integers big-endian and of fixed length,
//! text and bytes with a length of four bytes before them, lists with their count. It covers
//! identifiers, accounts, amounts, times, the digest of the command and the digests of its answer and
//! event. It holds no personal data, plain or encrypted, so erasing a person leaves the chain valid,
//! and both engines agree on it.

use crate::decision::{Digest, Verdict};
use crate::money::Side;
use crate::posting::Entry;
use crate::time::Instant;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The hash before the first record of a book.
pub const GENESIS: Digest = [0; 32];

/// What one link of the chain covers besides the link before it.
#[derive(Clone, Debug)]
pub struct Link<'a> {
    /// The book.
    pub book: i64,
    /// The number in the feed.
    pub seq: i64,
    /// The accounting time.
    pub at: Instant,
    /// When the cause took effect.
    pub effective_at: Instant,
    /// The fingerprint of the idempotency scope.
    pub scope: Uuid,
    /// The digest of what was asked.
    pub body_digest: Digest,
    /// Done or declined.
    pub verdict: Verdict,
    /// The digest of status, media type and body of the answer.
    pub answer_digest: Digest,
    /// The kind of the event.
    pub kind: &'a str,
    /// The subject of the event.
    pub subject: Uuid,
    /// The digest of the event's data as stored.
    pub data_digest: Digest,
    /// The entries, in the order of their lines.
    pub entries: &'a [Entry],
}

impl Link<'_> {
    /// The hash of this link after `previous`.
    pub fn hash(&self, previous: &Digest) -> Digest {
        let mut bytes = Vec::with_capacity(320 + self.entries.len() * 49);
        bytes.extend_from_slice(b"JZC1");
        bytes.extend_from_slice(previous);
        for number in [self.book, self.seq, self.at.0, self.effective_at.0] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(self.scope.as_bytes());
        bytes.extend_from_slice(&self.body_digest);
        bytes.push(self.verdict.code() as u8);
        bytes.extend_from_slice(&self.answer_digest);
        bytes.extend_from_slice(&(self.kind.len() as u32).to_be_bytes());
        bytes.extend_from_slice(self.kind.as_bytes());
        bytes.extend_from_slice(self.subject.as_bytes());
        bytes.extend_from_slice(&self.data_digest);
        bytes.extend_from_slice(&(self.entries.len() as u32).to_be_bytes());
        for entry in self.entries {
            bytes.extend_from_slice(entry.account.0.as_bytes());
            bytes.extend_from_slice(&entry.nth.to_be_bytes());
            bytes.push(match entry.side {
                Side::Debit => b'D',
                Side::Credit => b'C',
            });
            bytes.extend_from_slice(&entry.amount.0.to_be_bytes());
            bytes.extend_from_slice(&entry.balance_after.0.to_be_bytes());
        }
        Sha256::digest(&bytes).into()
    }
}

/// The digest under which an answer is kept: its status, media type and body.
pub fn answer_digest(status: i64, content_type: &str, body: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(status.to_be_bytes());
    hasher.update((content_type.len() as u32).to_be_bytes());
    hasher.update(content_type.as_bytes());
    hasher.update(body);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published with the format: if this changes, old chains no longer verify.
    #[test]
    fn the_encoding_of_version_1_does_not_change() {
        let link = Link {
            book: 1,
            seq: 1,
            at: Instant(1_700_000_000_000_000),
            effective_at: Instant(1_700_000_000_000_000),
            scope: Uuid::nil(),
            body_digest: [1; 32],
            verdict: Verdict::Done,
            answer_digest: [2; 32],
            kind: "payment.posted",
            subject: Uuid::max(),
            data_digest: [3; 32],
            entries: &[],
        };
        assert_eq!(
            hex::encode(link.hash(&GENESIS)),
            "2ff7bef723f6bbf5381fb2184c3158ef3fc276e885e7f6556002892190666256"
        );
    }
}
