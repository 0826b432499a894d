//! Books in memory for the tests of every scene: loads what commands need, decides, applies. The shape is
//! the writer's, with a batch of one and maps instead of tables.

use std::collections::{BTreeMap, HashMap};

use jiaozi_ledger::account::Account;
use jiaozi_ledger::approval::Approval;
use jiaozi_ledger::bill::{Bill, BillPayment, BillVersion};
use jiaozi_ledger::book;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::chart::account;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::{Answer, Command, Event, ROUNDS, Verdict};
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::facts::{Fact, Facts, Moment, Need, Shelved};
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::id::{Ids, OrderId};
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::instruction::file::InstructionFile;
use jiaozi_ledger::mandate::Mandate;
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::order::{Order, Refund};
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::payout::file::PayoutFile;
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::statement::{Statement, StatementLine};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::withholding::{Batch, BatchLine};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

/// What was said to the caller.
#[derive(Debug, Clone)]
pub struct Said {
    pub verdict: Verdict,
    pub status: u16,
    pub body: Value,
}

impl Said {
    fn of(verdict: Verdict, answer: &Answer) -> Said {
        let body = serde_json::from_slice(&answer.body).expect("answers are JSON");
        Said { verdict, status: answer.status, body }
    }

    /// The code of a decline, or of a refused line.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    #[track_caller]
    pub fn done(self) -> Said {
        assert_eq!(self.verdict, Verdict::Done, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn declined(self, code: &str) -> Said {
        assert_eq!(self.verdict, Verdict::Declined, "{}", self.body);
        if self.status != 200 {
            assert_eq!(self.code(), code, "{}", self.body);
            assert!(self.body["detail"].as_str().is_some_and(|text| !text.is_empty()));
            assert!(self.body["next"].as_str().is_some_and(|text| !text.is_empty()));
        }
        self
    }

    pub fn order(&self) -> OrderId {
        serde_json::from_value(self.body["order"].clone()).expect("an order")
    }

    pub fn fen(&self, name: &str) -> i64 {
        self.body[name].as_i64().unwrap_or_else(|| panic!("{name} in {}", self.body))
    }

    /// The results of an import, line by line.
    pub fn results(&self) -> Vec<&str> {
        let lines = self.body["lines"].as_array().expect("lines");
        lines.iter().map(|line| line["result"].as_str().expect("a result")).collect()
    }
}

/// Everything there is.
#[derive(Debug, Clone)]
pub struct Books {
    pub at: Instant,
    pub seq: i64,
    pub accounts: HashMap<Uuid, Account>,
    pub holds: HashMap<Uuid, Hold>,
    pub bills: HashMap<Uuid, Bill>,
    pub orders: HashMap<Uuid, Order>,
    pub refunds: HashMap<Uuid, Refund>,
    pub days: HashMap<Uuid, Day>,
    pub instructions: HashMap<Uuid, Instruction>,
    pub instruction_files: HashMap<Uuid, InstructionFile>,
    pub draws: HashMap<Uuid, Draw>,
    pub mandates: HashMap<Uuid, Mandate>,
    pub batches: HashMap<Uuid, Batch>,
    pub batch_lines: HashMap<Uuid, BatchLine>,
    pub approvals: HashMap<Uuid, Approval>,
    pub statements: HashMap<Uuid, Statement>,
    pub breaks: HashMap<Uuid, Break>,
    pub payouts: HashMap<Uuid, Payout>,
    pub payout_files: HashMap<Uuid, PayoutFile>,
    pub payables: HashMap<Uuid, Payable>,
    pub statement_lines: Vec<StatementLine>,
    pub versions: BTreeMap<(Uuid, i64), BillVersion>,
    pub payments: Vec<BillPayment>,
    pub events: Vec<Event>,
}

impl Books {
    /// Books with these accounts open and this money in them, at an instant.
    pub fn new(at: &str, accounts: &[(&str, i64)]) -> Books {
        let mut books = Books {
            at: Instant(0),
            seq: 0,
            accounts: HashMap::new(),
            holds: HashMap::new(),
            bills: HashMap::new(),
            orders: HashMap::new(),
            refunds: HashMap::new(),
            days: HashMap::new(),
            instructions: HashMap::new(),
            instruction_files: HashMap::new(),
            draws: HashMap::new(),
            mandates: HashMap::new(),
            batches: HashMap::new(),
            batch_lines: HashMap::new(),
            approvals: HashMap::new(),
            statements: HashMap::new(),
            breaks: HashMap::new(),
            payouts: HashMap::new(),
            payout_files: HashMap::new(),
            payables: HashMap::new(),
            statement_lines: Vec::new(),
            versions: BTreeMap::new(),
            payments: Vec::new(),
            events: Vec::new(),
        };
        books.clock(at);
        for ((code, posted), nth) in accounts.iter().zip(0u16..) {
            let id = Ids::new(Instant(1), 1, 0).id(nth);
            let mut account = account(id, code, Currency::CNY).expect("in the chart");
            account.posted = Fen(*posted);
            books.accounts.insert(account.id.0, account);
        }
        books
    }

    pub fn clock(&mut self, text: &str) {
        let at: Timestamp = text.parse().expect("a time");
        self.at = self.at.max(at.into());
    }

    /// Decides and applies one command.
    pub fn run(&mut self, command: &dyn Command) -> Said {
        self.seq += 1;
        self.at = Instant(self.at.0 + 1);
        let ids = Ids::new(self.at, self.seq.unsigned_abs(), 0);
        let mut facts = Facts::new(Moment { at: self.at, seq: self.seq, ids });
        let mut rounds = 0;
        loop {
            let missing: Vec<Need> =
                command.needs(&facts).into_iter().filter(|need| !facts.knows(need)).collect();
            if missing.is_empty() {
                break;
            }
            rounds += 1;
            assert!(rounds <= ROUNDS, "more than {ROUNDS} rounds: {missing:?}");
            load(&self.accounts, &mut facts, &missing);
            load(&self.holds, &mut facts, &missing);
            load(&self.bills, &mut facts, &missing);
            load(&self.orders, &mut facts, &missing);
            load(&self.refunds, &mut facts, &missing);
            load(&self.days, &mut facts, &missing);
            load(&self.instructions, &mut facts, &missing);
            load(&self.instruction_files, &mut facts, &missing);
            load(&self.draws, &mut facts, &missing);
            load(&self.mandates, &mut facts, &missing);
            load(&self.batches, &mut facts, &missing);
            load(&self.batch_lines, &mut facts, &missing);
            load(&self.approvals, &mut facts, &missing);
            load(&self.statements, &mut facts, &missing);
            load(&self.breaks, &mut facts, &missing);
            load(&self.payouts, &mut facts, &missing);
            load(&self.payout_files, &mut facts, &missing);
            load(&self.payables, &mut facts, &missing);
        }
        let decision = command.decide(&facts);
        let again = command.decide(&facts);
        assert_eq!(decision.answer(), again.answer(), "a decision is a function of its facts");
        book::apply(&mut facts, decision.changes()).expect("what is decided can be applied");
        save(&mut self.accounts, &facts);
        save(&mut self.holds, &facts);
        save(&mut self.bills, &facts);
        save(&mut self.orders, &facts);
        save(&mut self.refunds, &facts);
        save(&mut self.days, &facts);
        save(&mut self.instructions, &facts);
        save(&mut self.instruction_files, &facts);
        save(&mut self.draws, &facts);
        save(&mut self.mandates, &facts);
        save(&mut self.batches, &facts);
        save(&mut self.batch_lines, &facts);
        save(&mut self.approvals, &facts);
        save(&mut self.statements, &facts);
        save(&mut self.breaks, &facts);
        save(&mut self.payouts, &facts);
        save(&mut self.payout_files, &facts);
        save(&mut self.payables, &facts);
        for version in &decision.changes().bill_versions {
            let key = (version.bill.0, version.version);
            assert!(self.versions.insert(key, version.clone()).is_none(), "a version comes once");
        }
        self.statement_lines.extend(decision.changes().statement_lines.iter().cloned());
        self.payments.extend(decision.changes().bill_payments.iter().cloned());
        self.events.push(decision.event().clone());
        Said::of(decision.verdict(), decision.answer())
    }

    pub fn balance(&self, code: &str) -> i64 {
        let account = self.accounts.values().find(|account| account.code == code);
        account.unwrap_or_else(|| panic!("account {code}")).posted.0
    }

    pub fn order(&self, id: OrderId) -> &Order {
        &self.orders[&id.0]
    }

    pub fn day(&self, date: Date) -> &Day {
        self.days.values().find(|day| day.date == date).expect("the day")
    }
}

fn load<T: Fact>(rows: &HashMap<Uuid, T>, facts: &mut Facts, needs: &[Need]) {
    let needs: Vec<Need> =
        needs.iter().filter(|need| need.table == T::TABLE.name).cloned().collect();
    let place = |need: &Need| T::TABLE.columns.iter().position(|column| column.name == need.column);
    let wanted = |row: &&T| {
        let cells = row.cells();
        needs.iter().any(|need| place(need).and_then(|place| cells.get(place)) == Some(&need.value))
    };
    let found: Vec<T> = rows.values().filter(wanted).cloned().collect();
    T::shelf_mut(facts).load(&needs, found);
}

fn save<T: Fact + Shelved>(rows: &mut HashMap<Uuid, T>, facts: &Facts) {
    let shelf = T::shelf(facts);
    for row in shelf.new_rows().chain(shelf.changed_rows()) {
        rows.insert(row.key(), row.clone());
    }
}
