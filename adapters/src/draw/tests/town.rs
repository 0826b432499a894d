//! A core, a biller and their books in memory, with what is done and heard in the tests, and what must hold
//! of them whatever happened. Money that is drawn comes from the core alone: nobody has a deposit here.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::approval::{Propose, WithdrawApproval};
use jiaozi_ledger::chart::{CORE_CLEARING, FEE_INCOME};
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::draw::{DRAWN, Draw, DrawState};
use jiaozi_ledger::id::{ApprovalId, Ids, InstructionId, OrderId};
use jiaozi_ledger::instruction::{
    Instruction, InstructionLine, InstructionState, News, Schedule, Whereabouts,
};
use jiaozi_ledger::money::{Fen, Side};
use jiaozi_ledger::order::OrderState;

use crate::books::{Books, Said};
use crate::draw::Intention;
use crate::draw::begin::Begin;
use crate::draw::give_back::GiveBack;
use crate::draw::spend::{self, Spend};
use crate::settlement::payee::Payee;
use crate::spec::clearing::CutOff;
use crate::utility::accept::{Accept, References};
use crate::utility::biller::{Biller, Role};
use crate::utility::by_files::ByFiles;
use crate::utility::hear::Hear;
use crate::utility::quote::{Asked, Due, Quote, quote};
use crate::utility::rule::{Rule, Ruling};
use crate::utility::tests::town::biller;

/// The core: its day ends at a time of the day.
fn core(cut_off: &str) -> Biller {
    let of = biller();
    let mut clearing = of.payee.clearing.clone();
    clearing.cut_off = CutOff::try_from(cut_off.to_owned()).expect("a cut-off");
    let payee = Payee {
        code: "core".to_owned(),
        scene: crate::draw::SCENE,
        fee: None,
        clearing,
        ..Payee::clone(&of.payee)
    };
    Biller { role: Role::Core, payee: Arc::new(payee), ..of }
}

/// A core, a biller and their books.
#[derive(Debug, Clone)]
pub struct Town {
    pub core: Arc<Biller>,
    pub water: Arc<Biller>,
    books: Books,
    /// How many events the reader of the feed has read.
    read: usize,
}

impl Deref for Town {
    type Target = Books;
    fn deref(&self) -> &Books {
        &self.books
    }
}

impl DerefMut for Town {
    fn deref_mut(&mut self) -> &mut Books {
        &mut self.books
    }
}

impl Town {
    /// 20 November 2026, ten in the morning; the biller's day ends at 17:00.
    pub fn new(cut_off_of_core: &str) -> Town {
        let (core, water) = (core(cut_off_of_core), biller());
        let mut accounts = vec![(FEE_INCOME, 0), (CORE_CLEARING, 0)];
        accounts.extend([("customer:1", 0), ("customer:2", 0)]);
        let codes = [core.accounts(), water.accounts()].concat();
        accounts.extend(codes.iter().map(|code| (code.as_str(), 0)));
        let books = Books::new("2026-11-20T10:00:00+08:00", &accounts);
        Town { core: Arc::new(core), water: Arc::new(water), books, read: 0 }
    }

    /// The same with a core that is told by files every quarter of an hour, and answers within half an hour.
    pub fn with_core_by_files(cut_off_of_core: &str) -> Town {
        let of = Town::new(cut_off_of_core);
        let files = ByFiles {
            zone: of.core.payee.zone.clone(),
            every_minutes: Some(15),
            at: Vec::new(),
            before_cut_off_seconds: 600,
            answer_seconds: 1_800,
        };
        let schedule = Schedule { ask_after: Vec::new(), ..of.core.schedule.clone() };
        let core = Biller { files: Some(files), schedule, ..Biller::clone(&of.core) };
        Town { core: Arc::new(core), ..of }
    }

    pub fn seconds_pass(&mut self, seconds: i64) {
        self.at = self.at.plus_seconds(seconds);
    }

    fn scope(&self, operation: &'static str) -> Scope {
        Scope { partner: "app".to_owned(), operation, key: self.seq.to_string() }
    }

    fn references(&self) -> References {
        let number = self.seq.unsigned_abs() * 2;
        let reference = |number| self.water.reference.write(number).expect("few numbers");
        References { instruction: reference(number), reversal: reference(number + 1) }
    }

    /// Somebody orders a payment for a customer of the biller from an account with the core.
    pub fn begin(
        &mut self,
        customer: &str,
        fen: i64,
        account: &str,
        reference: Option<&str>,
    ) -> Said {
        let quote = self.quote(customer, fen);
        let begin = Begin {
            scope: self.scope(Begin::OPERATION),
            core: Arc::clone(&self.core),
            channel: "app".to_owned(),
            number: account.to_owned(),
            intention: Intention::Utility(quote),
            reference: reference.map(str::to_owned),
            references: self.references(),
        };
        self.run(&begin)
    }

    /// Somebody orders a payment to the biller from an account of our own books.
    pub fn pay_here(&mut self, customer: &str, account: &str, reference: Option<&str>) -> Said {
        let payment = Accept {
            scope: self.scope(Accept::OPERATION),
            biller: Arc::clone(&self.water),
            channel: "app".to_owned(),
            quote: self.quote(customer, 1_500),
            payer: AccountRef::Code(account.to_owned()),
            reference: reference.map(str::to_owned),
            order: None,
            references: self.references(),
        };
        self.run(&payment)
    }

    fn quote(&self, customer: &str, fen: i64) -> Quote {
        let line = InstructionLine {
            label: "水费".to_owned(),
            period: "202610".to_owned(),
            principal: Fen(fen),
            late_fee: Fen::ZERO,
        };
        let due = Due { lines: vec![line], total: Fen(fen), ..Due::default() };
        let id = Ids::new(self.at, 99, 0).id(0);
        quote(&self.water, customer, due, id, Asked { at: self.at, seq: self.seq })
            .expect("something is due")
    }

    pub fn freeze(&mut self, code: &str) {
        let account = self.accounts.values_mut().find(|account| account.code == code);
        account.expect("an account").status = AccountStatus::Frozen;
    }

    pub fn draw(&self, order: OrderId) -> &Draw {
        self.draws.values().find(|draw| draw.order == order).expect("a draw")
    }

    /// What the core was asked for an order.
    pub fn of_core(&self, order: OrderId) -> &Instruction {
        &self.instructions[&self.draw(order).instruction.0]
    }

    /// What the biller was asked for an order, once it was.
    pub fn of_biller(&self, order: OrderId) -> Option<&Instruction> {
        self.instructions.values().find(|one| one.order == order)
    }

    pub fn hear(&mut self, instruction: InstructionId, news: News, tried: i64) -> Said {
        let ours = &self.instructions[&instruction.0];
        let biller = if ours.partner == "core" { &self.core } else { &self.water };
        let hear = Hear {
            scope: self.scope(Hear::OPERATION),
            biller: Arc::clone(biller),
            instruction,
            news,
            tried,
            their_reference: None,
            reason: None,
        };
        self.run(&hear)
    }

    /// The reader of the feed reads an event, as the gateway's does. Whether there was one.
    pub fn read_one(&mut self) -> bool {
        let Some(event) = self.events.get(self.read).cloned() else { return false };
        self.read += 1;
        let given_back = ["payment.refused", "payment.reversed", "payment.cancelled"];
        if event.kind != DRAWN && !given_back.contains(&event.kind) {
            return true;
        }
        let order = OrderId(event.subject);
        let Some(draw) = self.draws.values().find(|draw| draw.order == order).cloned() else {
            return true;
        };
        match draw.state {
            DrawState::Drawn => {
                self.spend(&draw);
            }
            DrawState::Spent if self.order(order).state != OrderState::Paid => {
                self.give_back(&draw).done();
            }
            _ => {}
        }
        true
    }

    pub fn spend(&mut self, draw: &Draw) -> Said {
        let Ok(Intention::Utility(quote)) = Intention::of(&draw.intention) else {
            panic!("what was kept comes back")
        };
        let payment = Accept {
            scope: self.scope(Accept::OPERATION),
            biller: Arc::clone(&self.water),
            channel: draw.channel.clone(),
            quote,
            payer: AccountRef::Id(draw.account),
            reference: draw.reference().map(str::to_owned),
            order: Some(draw.order),
            references: self.references(),
        };
        let scope = self.scope(spend::OPERATION);
        let core = Arc::clone(&self.core);
        self.run(&Spend { scope, core, draw: draw.id, payment })
    }

    pub fn give_back(&mut self, draw: &Draw) -> Said {
        let scope = self.scope(GiveBack::OPERATION);
        let core = Arc::clone(&self.core);
        self.run(&GiveBack { scope, core, draw: draw.id, unspendable: None })
    }

    /// Two operators rule on an instruction to the core.
    pub fn rule(&mut self, instruction: InstructionId, done: bool) -> Said {
        let (ruling, approval) = self.propose_ruling(instruction, done);
        self.approve_ruling(ruling, approval)
    }

    /// One operator proposes what became of an instruction to the core.
    pub fn propose_ruling(
        &mut self,
        instruction: InstructionId,
        done: bool,
    ) -> (Ruling, ApprovalId) {
        let draw = self.draws.values().find(|draw| draw.instruction == instruction);
        let ruling = Ruling::on(&self.instructions[&instruction.0], draw, done);
        let scope = Scope { partner: "maker".to_owned(), ..self.scope(Propose::OPERATION) };
        let proposed =
            Propose { scope, content: ruling.content(), reason: "asked on the phone".to_owned() };
        let said = self.run(&proposed).done();
        let approval = serde_json::from_value(said.body["approval"].clone()).expect("an approval");
        (ruling, approval)
    }

    /// Whoever has proposed it thinks again.
    pub fn withdraw(&mut self, approval: ApprovalId) {
        let scope = self.scope(WithdrawApproval::OPERATION);
        let scope = Scope { partner: "maker".to_owned(), ..scope };
        self.run(&WithdrawApproval { scope, approval }).done();
    }

    /// The other approves it.
    pub fn approve_ruling(&mut self, ruling: Ruling, approval: ApprovalId) -> Said {
        let scope = Scope { partner: "checker".to_owned(), ..self.scope(Rule::OPERATION) };
        let biller = Arc::clone(&self.core);
        self.run(&Rule { scope, approval, biller, ruling, remark: None })
    }

    /// Everything that must hold whatever happened.
    #[track_caller]
    pub fn check(&self) {
        let signed = |side: Side, fen: i64| if side == Side::Debit { fen } else { -fen };
        let sum: i64 =
            self.accounts.values().map(|account| signed(account.side, account.posted.0)).sum();
        assert_eq!(sum, 0, "no fen is made or lost");
        let given_back = |draw: &Draw| {
            let order = self.orders.get(&draw.order.0).expect("spent on an order");
            order.state != OrderState::Paid
                && order.state != OrderState::Unknown
                && order.state != OrderState::Reversing
        };
        let (mut cleared, mut suspense, mut passing) = (0, 0, 0);
        for draw in self.draws.values() {
            let asked = self.instructions[&draw.instruction.0].state;
            let fits = match draw.state {
                DrawState::Asked => !asked.has_ended(),
                DrawState::Drawn | DrawState::Spent => asked == InstructionState::Done,
                DrawState::Returning => !matches!(
                    asked,
                    InstructionState::Asked
                        | InstructionState::Refused
                        | InstructionState::Reversed
                ),
                DrawState::Returned => asked.has_ended(),
                DrawState::Refused => {
                    matches!(asked, InstructionState::Refused | InstructionState::Reversed)
                }
            };
            assert!(fits, "{:?} and {asked:?}", draw.state);
            let drawn =
                !matches!(draw.state, DrawState::Asked | DrawState::Returned | DrawState::Refused);
            cleared += if drawn { draw.amount.0 } else { 0 };
            suspense += if draw.state == DrawState::Returning { draw.amount.0 } else { 0 };
            passing += match draw.state {
                DrawState::Drawn => draw.amount.0,
                DrawState::Spent if given_back(draw) => draw.amount.0,
                _ => 0,
            };
        }
        let clearing = self.balance(CORE_CLEARING);
        assert_eq!(clearing, cleared, "what the core has given");
        assert_eq!(self.balance("suspense:unknown:core"), suspense, "what goes back");
        assert_eq!(self.balance("customer:1") + self.balance("customer:2"), passing, "passing");
        let at = |place: Whereabouts| -> i64 {
            let there = self
                .instructions
                .values()
                .filter(|one| one.partner == "water" && one.state.money() == place);
            there.map(|instruction| instruction.amount.0).sum()
        };
        assert_eq!(self.balance("suspense:unknown:water"), at(Whereabouts::Suspense), "suspense");
        let held: i64 = self.holds.values().map(|hold| hold.open.0).sum();
        assert_eq!(held, at(Whereabouts::Held), "held");
        let paid = self.balance("partner:water:settlement");
        assert_eq!(paid, at(Whereabouts::Partner), "the biller's");
    }
}
