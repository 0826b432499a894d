//! A statement put on record: first that it came, then its items, some a command. The file was read to its
//! end and proved before the first of these. One that says the days of another anew replaces it, and then
//! the items of that one count no more.

use std::sync::Arc;

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{AccountStatementId, ItemId};
use jiaozi_ledger::mirror::account_statement::{AccountStatement, COMPLETED, CONTINUED, RECEIVED};
use jiaozi_ledger::mirror::item::{Item, ItemState, Origin};
use jiaozi_ledger::mirror::standing::{Standing, standing};
use jiaozi_ledger::mirror::{Mirror, WITHDRAWN};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde_json::json;

use super::lines::Line;
use crate::answer::digest_of;
use crate::spec::mirror::MirrorSpec;

/// What is known of a statement when it begins to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Its place among the statements of its file, from 0.
    pub place: usize,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub date: Date,
    /// Its number.
    pub number: Option<String>,
    /// Its page.
    pub page: Option<String>,
    /// The balance before its entries.
    pub opening: Option<Fen>,
    /// The balance after them.
    pub closing: Option<Fen>,
    /// How many items it has.
    pub lines: i64,
}

/// Begins to take a statement. Its key is that of the file and its place in it, so that it is taken once.
#[derive(Debug)]
pub struct TakeAccountStatement {
    /// Under which key: [`TakeAccountStatement::scope_of`].
    pub scope: Scope,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// SHA-256 of the file's bytes, hex.
    pub content_hash: String,
    /// The file's name.
    pub name: String,
    /// The statement.
    pub face: Face,
}

impl TakeAccountStatement {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mirror.take_statement";

    /// The scope of a statement.
    #[must_use]
    pub fn scope_of(code: &str, content_hash: &str, face: &Face) -> Scope {
        let key = format!("{content_hash}/{}/{}", face.place, face.date);
        Scope { partner: code.to_owned(), operation: TakeAccountStatement::OPERATION, key }
    }

    /// The statement as it begins to be taken.
    fn begun(&self, id: AccountStatementId, at: Instant, seq: i64) -> AccountStatement {
        let (code, face) = (&self.spec.code, self.face.clone());
        AccountStatement {
            id,
            statement_key: AccountStatement::key_of(
                code,
                &self.content_hash,
                face.place,
                face.date,
            ),
            mirror: code.clone(),
            from: face.from,
            date: face.date,
            number: face.number,
            page: face.page,
            content_hash: self.content_hash.clone(),
            name: self.name.clone(),
            opening: face.opening,
            closing: face.closing,
            lines: face.lines,
            taken: 0,
            received_at: at,
            completed_at: (face.lines == 0).then_some(at),
            replaced_by: None,
            seq,
        }
    }

    /// The statement as it is going to be on record, for those that come after it in its file.
    #[must_use]
    pub fn announced(&self) -> AccountStatement {
        let place = u128::try_from(self.face.place).unwrap_or(u128::MAX);
        let id = AccountStatementId(uuid::Uuid::from_u128(place.saturating_add(1)));
        self.begun(id, Instant(0), i64::MAX)
    }

    /// The statement of the account beside which this one cannot come, with the reason; `all` are the
    /// account's statements. One that is on record already can always come again.
    #[must_use]
    pub fn hindrance<'s>(&self, all: &[&'s AccountStatement]) -> Option<Hindrance<'s>> {
        let nobody = AccountStatementId(uuid::Uuid::nil());
        let own = self.begun(nobody, Instant(0), i64::MAX);
        if all.iter().any(|one| one.statement_key == own.statement_key) {
            return None;
        }
        let current: Vec<&'s AccountStatement> =
            all.iter().copied().filter(|one| one.replaced_by.is_none()).collect();
        current.iter().find_map(|before| match standing(&own, before, &current) {
            Standing::Clash => Some(Hindrance::Clash(before)),
            // What another one goes on with must be whole before the next is compared with it.
            Standing::Apart | Standing::Part
                if before.completed_at.is_none() && before.content_hash != own.content_hash =>
            {
                Some(Hindrance::HalfTaken(before))
            }
            _ => None,
        })
    }
}

/// Why a statement cannot come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance<'s> {
    /// This one tells some of its days, and nothing says which of the two counts there.
    Clash(&'s AccountStatement),
    /// This one was not taken to its end.
    HalfTaken(&'s AccountStatement),
}

impl Command for TakeAccountStatement {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Under which name it comes again makes it no other file.
    fn body_digest(&self) -> Digest {
        let place = format!("{}/{}", self.face.place, self.face.date);
        digest_of(&[&self.spec.code, &self.content_hash, &place])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![AccountStatement::of_mirror(&self.spec.code), Mirror::by_code(&self.spec.code)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let (moment, code) = (facts.moment(), &self.spec.code);
        let all = facts.all::<AccountStatement>(&AccountStatement::of_mirror(code));
        if let Some(Hindrance::Clash(other) | Hindrance::HalfTaken(other)) = self.hindrance(&all) {
            let detail =
                format!("{} of {} to {} stands against it.", other.name, other.from, other.date);
            let next = "Import the file again: it is said why it cannot come.";
            let data = json!({"account": code});
            return Problem::new(409, "statement_clashes", detail, next).decline(
                "account_statement.declined",
                other.id.0,
                data,
            );
        }
        let statement = self.begun(moment.ids.id(0), moment.at, moment.seq);
        let mut changes = Changes::default();
        let statement = match statement.completed_at {
            Some(_) => completed(facts, statement, &mut changes),
            None => statement,
        };
        let told = statement.told();
        let event = Event { kind: RECEIVED, subject: statement.id.0, data: told.clone() };
        changes.account_statements.push(statement);
        Decision::done(Answer::json(200, &told), event, changes)
    }
}

/// A statement that is complete now: those that it says anew count no more, and neither does it itself where
/// a later one that is complete already says it anew.
fn completed(facts: &Facts, mut one: AccountStatement, changes: &mut Changes) -> AccountStatement {
    let (seq, by_code) = (facts.moment().seq, Mirror::by_code(&one.mirror));
    // What was read before this decides nothing any more.
    let mirror = facts.one::<Mirror>(&by_code).cloned();
    changes.mirrors.extend(mirror.map(|mirror| Mirror { evidence: seq, seq, ..mirror }));
    let all = facts.all::<AccountStatement>(&AccountStatement::of_mirror(&one.mirror));
    let others: Vec<&AccountStatement> =
        all.into_iter().filter(|other| other.id != one.id && other.replaced_by.is_none()).collect();
    let mut current = others.clone();
    let own = one.clone();
    current.push(&own);
    let later = others.iter().find(|other| {
        other.completed_at.is_some()
            && other.seq > one.seq
            && standing(other, &own, &current) == Standing::Anew
    });
    one.replaced_by = one.replaced_by.or(later.map(|later| later.id));
    if one.replaced_by.is_none() {
        let replaced = others
            .iter()
            .filter(|other| {
                other.seq < one.seq && standing(&own, other, &current) == Standing::Anew
            })
            .map(|other| AccountStatement { replaced_by: Some(one.id), ..(*other).clone() });
        changes.account_statements.extend(replaced);
    }
    one
}

/// Takes some items of a statement.
#[derive(Debug)]
pub struct TakeLines {
    /// Under which key: [`TakeLines::scope_of`].
    pub scope: Scope,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// The statement.
    pub statement: AccountStatementId,
    /// How many items come before these.
    pub after: i64,
    /// The lines.
    pub lines: Vec<Line>,
}

impl TakeLines {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mirror.take_lines";

    /// The most lines of one command.
    pub const MOST: usize = 1_000;

    /// The scope of some items of a statement.
    #[must_use]
    pub fn scope_of(code: &str, statement: AccountStatementId, after: i64) -> Scope {
        let key = format!("{statement}/{after}");
        Scope { partner: code.to_owned(), operation: TakeLines::OPERATION, key }
    }

    /// How many items are on record with these.
    fn taken(&self) -> i64 {
        self.after.saturating_add(i64::try_from(self.lines.len()).unwrap_or(i64::MAX))
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let before = facts.get::<AccountStatement>(self.statement).ok_or_else(|| {
            let detail = "The statement was never begun to be taken.";
            Problem::new(409, "unknown_statement", detail, "Import it from its beginning.")
        })?;
        let moment = facts.moment();
        let taken = self.taken();
        if before.taken != self.after || taken > before.lines {
            let detail = "These are not the lines that follow.";
            return Err(Problem::new(409, "too_many_lines", detail, "Import the file again."));
        }
        let whole = taken == before.lines;
        let completed_at = whole.then_some(moment.at);
        let mut changes = Changes::default();
        let mut after = AccountStatement { taken, completed_at, ..before.clone() };
        if whole {
            after = completed(facts, after, &mut changes);
        }
        let told = after.told();
        let kind = if whole { COMPLETED } else { CONTINUED };
        let event = Event { kind, subject: after.id.0, data: told.clone() };
        let items = self.lines.iter().zip(0_u16..).map(|(line, nth)| Item {
            id: moment.ids.id(nth),
            mirror: self.spec.code.clone(),
            reference_key: self.reference_key(line),
            named: line.reference.is_some(),
            origin: Origin::Theirs,
            place: self.after + i64::from(nth),
            source: line.line,
            statement: Some(self.statement),
            date: line.date,
            amount: Fen(line.amount),
            kind: line.kind.clone(),
            returned: line.returned,
            fees: line.fees.map(Fen),
            state: if line.booked { ItemState::Open } else { ItemState::NotBooked },
            pair: None,
        });
        changes.mirror_items = items.collect();
        changes.account_statements.push(after);
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }

    /// Where there is no reference, day and amount are what people call it by.
    fn reference_key(&self, line: &Line) -> String {
        let code = &self.spec.code;
        match &line.reference {
            Some(reference) => format!("{code}/{reference}"),
            None => format!("{code}/~{}~{}", line.date, line.amount),
        }
    }
}

impl Command for TakeLines {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let mut text = String::new();
        for line in &self.lines {
            let (key, booked) = (self.reference_key(line), line.booked);
            text.push_str(&format!("{}|{key}|{}|{}|{booked}\n", line.line, line.date, line.amount));
        }
        digest_of(&[&self.statement.to_string(), &text])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![AccountStatement::by_id(self.statement)];
        let before = facts.get::<AccountStatement>(self.statement);
        // Only the last lines say what becomes of others.
        if before.is_some_and(|before| self.taken() >= before.lines) {
            let code = &self.spec.code;
            needs.extend([AccountStatement::of_mirror(code), Mirror::by_code(code)]);
        }
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"account": self.spec.code});
            problem.decline("account_statement.declined", self.statement.0, data)
        })
    }

    fn weight(&self) -> usize {
        // An item is one row; a payment some ten.
        self.lines.len() / 10 + 1
    }
}

/// Takes items of statements that were replaced out of the count. What they were paired with is open
/// again.
#[derive(Debug)]
pub struct Withdraw {
    /// Under which key: a new one each time, for what happens depends on what there is.
    pub scope: Scope,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// The items.
    pub items: Vec<ItemId>,
}

impl Withdraw {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mirror.withdraw";
}

impl Command for Withdraw {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let ids: Vec<String> = self.items.iter().map(ToString::to_string).collect();
        digest_of(&[&self.spec.code, &ids.join("\n")])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let own = self.items.iter().map(|id| Item::by_id(*id));
        let found = self.items.iter().filter_map(|id| facts.get::<Item>(*id));
        own.chain(found.filter_map(|item| item.pair).map(Item::by_id)).collect()
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let mut changes = Changes::default();
        for item in self.items.iter().filter_map(|id| facts.get::<Item>(*id)) {
            let theirs = item.mirror == self.spec.code && item.origin == Origin::Theirs;
            if !theirs || item.state == ItemState::Withdrawn {
                continue;
            }
            if let Some(ours) = item.pair.and_then(|pair| facts.get::<Item>(pair)) {
                changes.mirror_items.push(ours.reopened());
            }
            let state = ItemState::Withdrawn;
            changes.mirror_items.push(Item { state, pair: None, ..item.clone() });
        }
        let told = json!({"account": self.spec.code, "items": self.items.len()});
        let event = Event { kind: WITHDRAWN, subject: uuid::Uuid::nil(), data: told.clone() };
        Decision::done(Answer::json(200, &told), event, changes)
    }

    fn weight(&self) -> usize {
        self.items.len() / 10 + 1
    }
}
