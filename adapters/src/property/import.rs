//! Importing bills: a chunk of a file, or the bills of one request. A bad line never stops a good one,
//! and a line that was imported before changes nothing.
//!
//! Lines are applied in order, so two lines of one import id act one after the other. Reading files is
//! not done here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiaozi_ledger::bill::{Bill, BillVersion};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::BillId;
use jiaozi_ledger::problem::Problem;
use serde_json::{Value, json};
use uuid::Uuid;

use super::company::Company;
use super::publishing::{self, Applied, Effect, Line, Refused};
use crate::answer::digest_of;

/// The most lines of one command: few enough that payments behind it in the queue do not wait long.
pub const LINES_MAX: usize = 1_000;

/// Imports some bills.
#[derive(Debug)]
pub struct ImportBills {
    /// Under which key.
    pub scope: Scope,
    /// The company.
    pub company: Arc<Company>,
    /// The lines, at most [`LINES_MAX`].
    pub lines: Vec<Line>,
}

impl ImportBills {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "property.import";
}

impl Command for ImportBills {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let lines: Vec<String> = self.lines.iter().map(|line| json!(line).to_string()).collect();
        let mut parts = vec![self.company.payee.code.as_str()];
        parts.extend(lines.iter().map(String::as_str));
        digest_of(&parts)
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        let partner = &self.company.payee.code;
        let of_line = |line: &Line| {
            let mut ids = line.ahead_ids(&self.company);
            ids.push(line.import_id.clone());
            ids.into_iter().map(|id| Bill::by_import_id(partner, &id)).collect::<Vec<_>>()
        };
        self.lines.iter().flat_map(of_line).collect()
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let import: Uuid = facts.moment().ids.id(0);
        if self.lines.len() > LINES_MAX {
            let detail = format!("{} lines, expected at most {LINES_MAX}.", self.lines.len());
            let problem = Problem::new(422, "too_many_lines", detail, "Send smaller chunks.");
            let data = json!({"partner": self.company.payee.code});
            return problem.decline("bills.import_declined", import, data);
        }
        let mut work = Work::new(&self.company, facts);
        let results: Vec<Value> = self
            .lines
            .iter()
            .zip(1u16..)
            .map(|(line, nth)| work.take(line, facts.moment().ids.id(nth)))
            .collect();
        let counts = json!(work.counts);
        let body = json!({
            "import": import, "seq": facts.moment().seq, "counts": counts, "lines": results,
        });
        let data = json!({
            "scene": super::SCENE, "partner": self.company.payee.code, "lines": self.lines.len(),
            "counts": counts,
        });
        let event = Event { kind: "bills.imported", subject: import, data };
        Decision::done(Answer::json(200, &body), event, work.changes())
    }

    fn weight(&self) -> usize {
        1 + self.lines.len() / 4
    }
}

/// The bills as the lines so far have left them, over the facts.
struct Work<'a> {
    company: &'a Company,
    facts: &'a Facts,
    bills: BTreeMap<BillId, Bill>,
    /// The changed bills by the import id that the change gave them.
    keys: HashMap<String, BillId>,
    versions: Vec<BillVersion>,
    counts: BTreeMap<String, usize>,
}

impl<'a> Work<'a> {
    fn new(company: &'a Company, facts: &'a Facts) -> Work<'a> {
        Work {
            company,
            facts,
            bills: BTreeMap::new(),
            keys: HashMap::new(),
            versions: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// The bill that has this import id now.
    fn find(&self, import_id: &str) -> Option<Bill> {
        let need = Bill::by_import_id(&self.company.payee.code, import_id);
        let loaded = self.facts.one::<Bill>(&need).map(|bill| bill.id);
        let changed = self.keys.get(import_id).copied();
        let id = changed.or(loaded)?;
        match self.bills.get(&id) {
            // An earlier line may have given it another import id.
            Some(bill) => (bill.import_id() == import_id).then(|| bill.clone()),
            None => self.facts.get::<Bill>(id).cloned(),
        }
    }

    fn take(&mut self, line: &Line, new_id: BillId) -> Value {
        let bill = self.find(&line.import_id);
        let ahead = line.ahead_ids(self.company);
        let ahead: Vec<Bill> = ahead.iter().filter_map(|id| self.find(id)).collect();
        let ahead: Vec<&Bill> = ahead.iter().collect();
        let applied = publishing::apply(self.company, line, bill.as_ref(), &ahead, new_id);
        let (result, value) = match &applied {
            Ok(applied) => (effect_name(applied.effect), done(line, applied)),
            Err(refused) => ("refused", refused_line(line, refused)),
        };
        *self.counts.entry(result.to_owned()).or_default() += 1;
        if let Ok(Applied { effect, bill }) = applied
            && effect != Effect::Unchanged
        {
            self.versions.push(version_of(&bill, self.facts));
            self.keys.insert(bill.import_id().to_owned(), bill.id);
            self.bills.insert(bill.id, bill);
        }
        value
    }

    fn changes(self) -> Changes {
        Changes {
            bills: self.bills.into_values().collect(),
            bill_versions: self.versions,
            ..Changes::default()
        }
    }
}

/// The record of the version that a bill has reached.
pub(super) fn version_of(bill: &Bill, facts: &Facts) -> BillVersion {
    BillVersion {
        bill: bill.id,
        version: bill.version,
        amount: bill.amount,
        due: bill.due,
        state: bill.state,
        at: facts.moment().at,
    }
}

/// The name of an effect, as answers have it.
pub(super) fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::New => "new",
        Effect::Unchanged => "unchanged",
        Effect::NewVersion => "new_version",
        Effect::Withdrawn => "withdrawn",
        Effect::PaidAtDesk => "paid_at_desk",
    }
}

/// A bill after a change, as answers have it.
pub(super) fn done(line: &Line, applied: &Applied) -> Value {
    let bill = &applied.bill;
    let mut value = json!({
        "line": line.line, "import_id": line.import_id, "result": effect_name(applied.effect),
        "bill": bill.id, "state": bill.state, "version": bill.version,
        "amount_fen": bill.amount, "paid_fen": bill.paid,
    });
    if bill.paid > bill.amount {
        value["overpaid_fen"] = json!(bill.paid.0.saturating_sub(bill.amount.0));
    }
    value
}

fn refused_line(line: &Line, refused: &Refused) -> Value {
    json!({
        "line": line.line, "import_id": line.import_id, "result": "refused",
        "code": refused.code, "why": refused.why,
    })
}
