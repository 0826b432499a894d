//! Draws commands at random and knows what should come of them.

use super::model::{Model, Op};
use crate::support::commands::{Scripted, change_hold, code, hold_of, place_hold_for, scope};
use jiaozi_ledger::account::{Account, AccountStatus};
use jiaozi_ledger::bill::{Bill, BillState, BillVersion};
use jiaozi_ledger::command::{HoldStep, OpenAccounts, Post};
use jiaozi_ledger::decision::{Changes, Command, Verdict};
use jiaozi_ledger::facts::Facts;
use jiaozi_ledger::id::{BillId, HoldId};
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::store::batch::{Failure, Result};
use jiaozi_ledger::time::Instant;
use jiff::civil::date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// `deposit:capped` has a ceiling too.
const CODES: [&str; 6] =
    ["core:clearing", "deposit:a", "deposit:b", "deposit:c", "deposit:capped", "income:fees"];
const STRANGERS: [&str; 2] = ["deposit:nobody", "deposit:'; drop table entries; --"];

/// What a command of the current batch should come to.
enum Expected {
    /// Decided for the first time.
    New(Op),
    /// The same key and body as before.
    Repeat,
    /// The same key with another body.
    Conflict,
}

/// A run that is being drawn.
pub struct Script {
    state: u64,
    keys: u64,
    now: i64,
    model: Model,
    /// The holds that were placed, in their order.
    holds: Vec<HoldId>,
    /// What was ever asked, with its key.
    asked: Vec<(String, Arc<dyn Command>)>,
    expected: Vec<Expected>,
    opened: bool,
    met: BTreeMap<&'static str, u32>,
}

impl Script {
    /// A run of a seed.
    pub fn new(seed: u64) -> Script {
        let mut model = Model::default();
        for code in CODES {
            let floor = code.starts_with("deposit").then_some(0);
            model.open(code, code == "core:clearing", floor, (code == CODES[4]).then_some(2_000));
        }
        Script {
            state: seed,
            keys: 0,
            now: 0,
            model,
            holds: Vec::new(),
            asked: Vec::new(),
            expected: Vec::new(),
            opened: false,
            met: BTreeMap::new(),
        }
    }

    /// SplitMix64.
    fn draw(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }

    fn amount(&mut self, below: u64) -> i64 {
        self.draw(below) as i64
    }

    fn account(&mut self) -> String {
        match self.draw(40) {
            0 => STRANGERS[self.draw(2) as usize].to_owned(),
            nth => CODES[nth as usize % CODES.len()].to_owned(),
        }
    }

    /// The seconds that pass before the next batch, and the batch.
    pub fn batch(&mut self) -> (i64, Vec<Arc<dyn Command>>) {
        let seconds = if self.draw(3) == 0 { self.amount(90) } else { 0 };
        self.now += seconds;
        self.expected.clear();
        if !self.opened {
            self.opened = true;
            return (seconds, self.opening());
        }
        let length = 1 + self.draw(24);
        (seconds, (0..length).map(|_| self.command()).collect())
    }

    fn opening(&mut self) -> Vec<Arc<dyn Command>> {
        let codes = CODES.map(str::to_owned).to_vec();
        let open = OpenAccounts::new("test", codes, Currency::CNY);
        let cap = Scripted::doing("cap", vec![Account::by_code(CODES[4])], |facts| {
            let capped = facts.account(CODES[4]).expect("loaded").clone();
            Changes { accounts: vec![capped.with_ceiling(Fen(2_000))], ..Changes::default() }
        });
        self.expected.extend([Expected::New(Op::Other), Expected::New(Op::Other)]);
        vec![Arc::new(open), cap]
    }

    fn command(&mut self) -> Arc<dyn Command> {
        if !self.asked.is_empty() && self.draw(8) == 0 {
            let nth = self.draw(self.asked.len() as u64) as usize;
            let (key, command) = self.asked[nth].clone();
            if self.draw(3) > 0 {
                self.expected.push(Expected::Repeat);
                return command;
            }
            let other = Op::Post(vec![
                ("core:clearing".to_owned(), true, 987_654_321),
                ("deposit:a".to_owned(), false, 987_654_321),
            ]);
            self.expected.push(Expected::Conflict);
            return self.asking(&key, &other);
        }
        let op = self.op();
        self.keys += 1;
        let key = format!("k{}", self.keys);
        let command = self.asking(&key, &op);
        self.asked.push((key, Arc::clone(&command)));
        self.expected.push(Expected::New(op));
        command
    }

    fn op(&mut self) -> Op {
        // One in so many is a hold that nobody has placed.
        let hold = self.draw(self.holds.len() as u64 + 1) as usize;
        let hold = if hold == self.holds.len() { usize::MAX } else { hold };
        match self.draw(20) {
            0..=2 => {
                let (to, amount) = (self.account(), self.amount(3_000));
                Op::Post(vec![("core:clearing".to_owned(), true, amount), (to, false, amount)])
            }
            3..=8 => {
                let (from, to, amount) = (self.account(), self.account(), self.amount(900) - 3);
                Op::Post(vec![(from, true, amount), (to, false, amount)])
            }
            9 => {
                let (from, amount) = (self.account(), 2 + self.amount(500));
                let (a, b) = (self.account(), self.account());
                let wrong = i64::from(self.draw(4) == 0);
                let part = amount / 2;
                Op::Post(vec![
                    (from, true, amount),
                    (a, false, part),
                    (b, false, amount - part + wrong),
                ])
            }
            10..=12 => {
                let (account, amount) = (self.account(), self.amount(700));
                Op::Place(account, amount, self.amount(60), self.amount(100))
            }
            13..=15 => {
                let (amount, to) = (self.amount(400), self.account());
                Op::Capture(hold, amount, to, self.draw(2) == 0)
            }
            16 => Op::Void(hold),
            17 => Op::Expire(hold),
            18 => Op::Other,
            _ => Op::Forced("deposit:c".to_owned(), 1 + self.amount(300)),
        }
    }

    fn asking(&mut self, key: &str, op: &Op) -> Arc<dyn Command> {
        let step = |script: &Script, nth: usize, step| {
            let hold = script.holds.get(nth).copied().unwrap_or(HoldId(uuid::Uuid::max()));
            change_hold(key, hold, step)
        };
        match op.clone() {
            Op::Post(lines) => {
                let lines = lines.into_iter().map(|(account, debit, amount)| {
                    let side = if debit { Side::Debit } else { Side::Credit };
                    (code(&account), side, Fen(amount))
                });
                let effective_at = (self.draw(5) == 0).then_some(Instant(7));
                Arc::new(Post { scope: scope(key), lines: lines.collect(), effective_at })
            }
            Op::Place(account, amount, tolerance, seconds) => {
                place_hold_for(key, &account, amount, tolerance, seconds)
            }
            Op::Capture(nth, amount, to, last) => {
                step(self, nth, HoldStep::Capture { amount: Fen(amount), to: code(&to), last })
            }
            Op::Void(nth) => step(self, nth, HoldStep::Void),
            Op::Expire(nth) => step(self, nth, HoldStep::Expire),
            Op::Other => publishing(key, self.draw(5), self.amount(1_000)),
            Op::Forced(from, amount) => forcing(key, from, amount),
        }
    }

    /// Compares what came of the batch with the model, and remembers the holds.
    pub fn learn(&mut self, results: &[Result], place: &str) {
        let expected = std::mem::take(&mut self.expected);
        assert_eq!(expected.len(), results.len(), "{place}");
        for (expected, result) in expected.iter().zip(results) {
            let what = match (expected, result) {
                (Expected::New(op), Ok(reply)) if !reply.replayed => {
                    let done = self.model.carry_out(op, self.now);
                    assert_eq!(reply.verdict == Verdict::Done, done, "{place}: {op:?}: {reply:?}");
                    if done && matches!(op, Op::Place(..)) {
                        self.holds.push(hold_of(reply));
                    }
                    if done { name(op) } else { "declined" }
                }
                (Expected::Repeat, Ok(reply)) if reply.replayed => "replayed",
                (Expected::Conflict, Err(Failure::Conflict)) => "conflict",
                (_, other) => panic!("{place}: {other:?}"),
            };
            *self.met.entry(what).or_default() += 1;
        }
    }

    /// Every account's posted and pending balance as the model has it.
    pub fn balances(&self) -> Vec<(String, i64, i64)> {
        self.model.balances().map(|(code, posted, held)| (code.clone(), posted, held)).collect()
    }

    /// The run was not one of the same thing over and over.
    pub fn met_everything(&self) {
        for what in
            ["posted", "placed", "captured", "forced", "other", "declined", "replayed", "conflict"]
        {
            assert!(self.met.contains_key(what), "no {what} in {:?}", self.met);
        }
    }
}

fn name(op: &Op) -> &'static str {
    match op {
        Op::Post(_) => "posted",
        Op::Place(..) => "placed",
        Op::Capture(..) => "captured",
        Op::Void(_) | Op::Expire(_) => "ended",
        Op::Forced(..) => "forced",
        Op::Other => "other",
    }
}

/// Publishes one of five bills, or a new version of it.
fn publishing(key: &str, nth: u64, amount: i64) -> Arc<dyn Command> {
    let import_id = format!("账单-{nth}");
    let needs = vec![Bill::by_import_id("p", &import_id), Bill::by_house("p", "1")];
    Scripted::doing(key, needs, move |facts: &Facts| {
        let (day, moment) = (date(2026, 11, 22), facts.moment());
        let found = facts.one::<Bill>(&Bill::by_import_id("p", &import_id));
        let others = facts.all::<Bill>(&Bill::by_house("p", "1")).len() as i64;
        let bill = match found {
            Some(bill) => Bill { amount: Fen(amount), version: bill.version + 1, ..bill.clone() },
            None => Bill {
                id: moment.ids.id::<BillId>(0),
                partner: "p".to_owned(),
                import_key: format!("p/{import_id}"),
                house_key: "p/1".to_owned(),
                site: "云河花园".to_owned(),
                item: "water".to_owned(),
                period: "2026-11".to_owned(),
                amount: Fen(amount),
                paid: Fen::ZERO,
                due: day,
                late_paid_to: day,
                state: BillState::Published,
                version: 1,
                revision: others,
                advance: false,
                last_order: None,
            },
        };
        let version = BillVersion {
            bill: bill.id,
            version: bill.version,
            amount: bill.amount,
            due: bill.due,
            state: bill.state,
            at: moment.at,
        };
        Changes { bills: vec![bill], bill_versions: vec![version], ..Changes::default() }
    })
}

/// Takes money that an outside fact has already taken.
fn forcing(key: &str, from: String, amount: i64) -> Arc<dyn Command> {
    let needs = vec![Account::by_code(&from), Account::by_code("core:clearing")];
    Scripted::doing(key, needs, move |facts: &Facts| {
        let account = |code: &str| facts.account(code).expect("loaded");
        assert_eq!(account(&from).status, AccountStatus::Active);
        let mut draft = Draft::new()
            .debit(account(&from).id, Fen(amount))
            .credit(account("core:clearing").id, Fen(amount));
        draft.forced = Some(format!("slip of {from}"));
        Changes { draft: Some(draft), ..Changes::default() }
    })
}
