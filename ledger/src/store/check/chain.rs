//! Follows the journal and the entries side by side, in the order of the feed.

use super::next;
use crate::chain::answer_digest;
use crate::decision::{Digest, Scope, Verdict};
use crate::money::Side;
use crate::posting::Entry;
use crate::progress::Pace;
use crate::row::Cell;
use crate::store::batch::link;
use crate::store::engine::Query;
use crate::store::journal::Record;
use crate::store::{BOOK, Store, StoreError};

/// What following has shown.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) commands: i64,
    pub(super) entries: i64,
    pub(super) debits: i128,
    pub(super) credits: i128,
    pub(super) declined: i64,
    /// Transactions of one line, or whose debits and credits differ.
    pub(super) unbalanced: i64,
    /// Answers that do not match their digest.
    pub(super) changed_answers: i64,
    /// Scopes that are not those of the partner, operation and key beside them.
    pub(super) wrong_scopes: i64,
    pub(super) repeated_scopes: i64,
    pub(super) declined_with_entries: i64,
    /// Numbers that are missing, and entries of numbers that nobody has.
    pub(super) gaps: i64,
    /// Commands decided at an earlier time than the one before.
    pub(super) went_back: i64,
    pub(super) broken_links: i64,
    pub(super) last_hash: Digest,
    pub(super) last_at: i64,
}

/// Follows the feed from its beginning up to a number.
pub(super) async fn follow(
    store: &Store,
    up_to: i64,
    pace: &mut Pace<'_>,
) -> Result<Journal, StoreError> {
    let records = Query::rows::<Record>("seq <= $2 order by seq", vec![Cell::Int(up_to)]);
    let entries = Query::rows::<Entry>("seq <= $2 order by seq, line", vec![Cell::Int(up_to)]);
    let mut records = store.engine().stream(records);
    let mut entries = store.engine().stream(entries);
    let mut seen = Journal::default();
    let mut own = Vec::new();
    let mut waiting: Option<Entry> = next(&mut entries).await?;
    while let Some(record) = next::<Record>(&mut records).await? {
        own.clear();
        while let Some(entry) = waiting.take_if(|entry| entry.seq <= record.seq) {
            waiting = next(&mut entries).await?;
            if entry.seq < record.seq {
                // Its record is missing; what it moved counts all the same.
                seen.gaps += 1;
                seen.count(&entry);
            } else {
                own.push(entry);
            }
        }
        seen.look(&record, &own);
        pace.step();
    }
    while let Some(entry) = waiting {
        seen.gaps += 1;
        seen.count(&entry);
        waiting = next(&mut entries).await?;
    }
    seen.repeated_scopes = store
        .number(
            "select count(*) - count(distinct scope) from journal where book = $1",
            vec![Cell::Int(BOOK)],
        )
        .await?;
    Ok(seen)
}

impl Journal {
    fn count(&mut self, entry: &Entry) {
        self.entries += 1;
        match entry.side {
            Side::Debit => self.debits += i128::from(entry.amount.0),
            Side::Credit => self.credits += i128::from(entry.amount.0),
        }
    }

    fn look(&mut self, record: &Record, entries: &[Entry]) {
        self.commands += 1;
        self.gaps += i64::from(record.seq != self.commands);
        self.went_back += i64::from(record.at.0 < self.last_at);
        let (debits, credits) = (self.debits, self.credits);
        entries.iter().for_each(|entry| self.count(entry));
        let balanced = self.debits - debits == self.credits - credits;
        let sound = entries.iter().all(|entry| entry.amount.is_positive());
        self.unbalanced += i64::from(!balanced || !sound || entries.len() == 1);
        if record.verdict == Verdict::Declined {
            self.declined += 1;
            self.declined_with_entries += i64::from(!entries.is_empty());
        }
        let answer = answer_digest(i64::from(record.status), &record.content_type, &record.answer);
        self.changed_answers += i64::from(answer != record.answer_digest);
        let scope =
            Scope::fingerprint_of(&record.partner, &record.operation, &record.idempotency_key);
        self.wrong_scopes += i64::from(scope != record.scope);
        let in_line = entries.iter().zip(0..).all(|(entry, line)| entry.line == line);
        let linked = link(record, entries).hash(&self.last_hash) == record.hash;
        self.broken_links += i64::from(!in_line || !linked);
        (self.last_hash, self.last_at) = (record.hash, record.at.0);
    }
}
