//! A partner's file put on record: first that it came, then its lines, some a command. The file was read
//! to its end and its totals proved before the first of these.

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::StatementId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::statement::{
    COMPLETED, CONTINUED, LineState, RECEIVED, Statement, StatementLine,
};
use jiff::civil::Date;
use serde_json::json;

use crate::answer::digest_of;
use crate::spec::statement::LineStatus;
use crate::spec::statement_line;

/// Begins to take a file. Its key is that of its content, so that the same file is taken once.
#[derive(Debug)]
pub struct TakeStatement {
    /// Under which key: [`TakeStatement::scope_of`].
    pub scope: Scope,
    /// The partner.
    pub partner: String,
    /// The clearing date.
    pub date: Date,
    /// SHA-256 of its bytes, hex.
    pub content_hash: String,
    /// Its name.
    pub name: String,
    /// How many lines it has.
    pub lines: i64,
    /// Their sum, in fen.
    pub sum: Fen,
}

impl TakeStatement {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "statement.take";

    /// The scope of a file of a partner's date.
    #[must_use]
    pub fn scope_of(partner: &str, date: Date, content_hash: &str) -> Scope {
        let key = format!("{date}/{content_hash}");
        Scope { partner: partner.to_owned(), operation: TakeStatement::OPERATION, key }
    }
}

impl Command for TakeStatement {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Under which name it comes again makes it no other file.
    fn body_digest(&self) -> Digest {
        digest_of(&[&self.partner, &self.date.to_string(), &self.content_hash])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Statement::of_day(&self.partner, self.date)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let moment = facts.moment();
        let earlier = facts.all::<Statement>(&Statement::of_day(&self.partner, self.date));
        let number = earlier.iter().map(|one| one.number + 1).max().unwrap_or(0);
        let statement = Statement {
            id: moment.ids.id(0),
            statement_key: Statement::key_of(&self.partner, self.date, number),
            day_key: format!("{}/{}", self.partner, self.date),
            partner: self.partner.clone(),
            date: self.date,
            number,
            content_hash: self.content_hash.clone(),
            name: self.name.clone(),
            lines: self.lines,
            sum: self.sum,
            taken: 0,
            received_at: moment.at,
            completed_at: (self.lines == 0).then_some(moment.at),
            seq: moment.seq,
        };
        let told = statement.told();
        let event = Event { kind: RECEIVED, subject: statement.id.0, data: told.clone() };
        let changes = Changes { statements: vec![statement], ..Changes::default() };
        Decision::done(Answer::json(200, &told), event, changes)
    }
}

/// A line of the file with its place.
#[derive(Debug, Clone)]
pub struct TakenLine {
    /// Where it stands.
    pub line: i64,
    /// What it says.
    pub of: statement_line::StatementLine,
}

/// Takes some lines of a file.
#[derive(Debug)]
pub struct TakeLines {
    /// Under which key: the file's, and the number of the part.
    pub scope: Scope,
    /// The partner.
    pub partner: String,
    /// The file.
    pub statement: StatementId,
    /// The lines.
    pub lines: Vec<TakenLine>,
}

impl TakeLines {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "statement.take_lines";

    /// The scope of a part of a file.
    #[must_use]
    pub fn scope_of(partner: &str, statement: StatementId, part: usize) -> Scope {
        let key = format!("{statement}/{part}");
        Scope { partner: partner.to_owned(), operation: TakeLines::OPERATION, key }
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let before = facts.get::<Statement>(self.statement).ok_or_else(|| {
            let detail = "The file was never begun to be taken.";
            Problem::new(409, "unknown_statement", detail, "Import it from its beginning.")
        })?;
        let moment = facts.moment();
        let count = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        let taken = before.taken.saturating_add(count);
        if taken > before.lines {
            let detail = "These are more lines than the file has.";
            return Err(Problem::new(409, "too_many_lines", detail, "Import the file again."));
        }
        let whole = taken == before.lines;
        let completed_at = whole.then_some(moment.at);
        let after = Statement { taken, completed_at, ..before.clone() };
        let told = after.told();
        let kind = if whole { COMPLETED } else { CONTINUED };
        let event = Event { kind, subject: after.id.0, data: told.clone() };
        let lines = self.lines.iter().map(|line| self.kept(line)).collect();
        let changes =
            Changes { statements: vec![after], statement_lines: lines, ..Changes::default() };
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }

    fn kept(&self, line: &TakenLine) -> StatementLine {
        let of = &line.of;
        StatementLine {
            statement: self.statement,
            reference_key: format!("{}/{}", self.partner, of.reference),
            line: line.line,
            customer: of.customer.clone(),
            amount: Fen(of.amount_fen),
            state: match of.status {
                LineStatus::Paid => LineState::Paid,
                LineStatus::Reversed => LineState::Reversed,
                LineStatus::NotPaid => LineState::NotPaid,
            },
            paid_at: of.at.and_then(|at| at.strftime("%Y%m%d%H%M%S").to_string().parse().ok()),
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
            let kept = self.kept(line);
            let (customer, paid_at) =
                (kept.customer.unwrap_or_default(), kept.paid_at.unwrap_or(0));
            let state = kept.state.code();
            text.push_str(&format!(
                "{}|{}|{customer}|{}|{state}|{paid_at}\n",
                kept.line, kept.reference_key, kept.amount.0
            ));
        }
        digest_of(&[&self.statement.to_string(), &text])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Statement::by_id(self.statement)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            problem.decline(
                "statement.declined",
                self.statement.0,
                json!({"partner": self.partner}),
            )
        })
    }

    fn weight(&self) -> usize {
        // A line is one row; a payment some ten.
        self.lines.len() / 10 + 1
    }
}
