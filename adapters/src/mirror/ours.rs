//! Entries of a mirrored account become items, some a command, in the order of the account.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::mirror::item::{Item, ItemState, Origin};
use jiaozi_ledger::mirror::{MIRRORED, Mirror};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde_json::json;

use crate::answer::{digest_of, not_opened};
use crate::spec::mirror::MirrorSpec;

/// An entry of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number on the account.
    pub nth: i64,
    /// The number in the feed of what has posted it.
    pub seq: i64,
    /// The day on which it took effect.
    pub date: Date,
    /// How much, in fen: debits are above nothing.
    pub amount: Fen,
    /// Its reference.
    pub reference: String,
    /// The kind of the event.
    pub kind: String,
    /// Whether reconciliation itself has posted it.
    pub booking: bool,
}

/// Takes some entries, those that follow the last one taken.
#[derive(Debug)]
pub struct TakeEntries {
    /// Under which key.
    pub scope: Scope,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// The number of the last entry before these.
    pub after: i64,
    /// The account's balance with that one, in fen; it becomes the base of a mirror that is new.
    pub base: Fen,
    /// The entries.
    pub entries: Vec<Entry>,
}

impl TakeEntries {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mirror.take_entries";

    /// The most entries of one command.
    pub const MOST: usize = 1_000;

    /// The scope of the entries after one.
    #[must_use]
    pub fn scope_of(worker: &str, code: &str, after: i64, last: i64) -> Scope {
        let key = format!("{code}/{after}/{last}");
        Scope { partner: worker.to_owned(), operation: TakeEntries::OPERATION, key }
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let (moment, code) = (facts.moment(), &self.spec.code);
        let account: AccountId =
            facts.account(&self.spec.account).ok_or_else(|| not_opened(&self.spec.account))?.id;
        let before = facts.one::<Mirror>(&Mirror::by_code(code));
        if before.is_some_and(|before| before.taken != self.after || before.account != account) {
            let detail = "Other entries have become items meanwhile.";
            return Err(Problem::new(409, "mirror_moved", detail, "Import the statement again."));
        }
        let mut mirror = before.cloned().unwrap_or_else(|| Mirror {
            id: moment.ids.id(0),
            code: code.clone(),
            account,
            base_nth: self.after,
            base: self.base,
            taken: self.after,
            evidence: moment.seq,
            compared: 0,
            compared_taken: self.after,
            seq: moment.seq,
        });
        mirror.taken = self.entries.last().map_or(self.after, |last| last.nth);
        mirror.seq = moment.seq;
        let items = self.entries.iter().zip(1_u16..).map(|(entry, nth)| Item {
            id: moment.ids.id(nth),
            mirror: code.clone(),
            reference_key: format!("{code}/{}", entry.reference),
            named: true,
            origin: if entry.booking { Origin::Booking } else { Origin::Ours },
            place: entry.nth,
            source: entry.seq,
            statement: None,
            date: entry.date,
            amount: entry.amount,
            kind: Some(entry.kind.clone()),
            returned: false,
            fees: None,
            state: if entry.booking { ItemState::Alone } else { ItemState::Open },
            pair: None,
        });
        let told = json!({
            "account": code, "code": self.spec.account, "after": self.after, "taken": mirror.taken,
            "base_nth": mirror.base_nth, "base_fen": mirror.base,
        });
        let event = Event { kind: MIRRORED, subject: mirror.id.0, data: told.clone() };
        let changes =
            Changes { mirror_items: items.collect(), mirrors: vec![mirror], ..Changes::default() };
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }
}

impl Command for TakeEntries {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let mut text = format!("{}/{}\n", self.after, self.base.0);
        for entry in &self.entries {
            text.push_str(&format!("{}|{}|{}\n", entry.nth, entry.seq, entry.amount.0));
        }
        digest_of(&[&self.spec.code, &text])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Mirror::by_code(&self.spec.code), Account::by_code(&self.spec.account)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"account": self.spec.code});
            problem.decline("mirror.declined", uuid::Uuid::nil(), data)
        })
    }

    fn weight(&self) -> usize {
        // An item is one row; a payment some ten.
        self.entries.len() / 10 + 1
    }
}
