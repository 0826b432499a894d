//! A biller and its books in memory, with what is done and heard in the tests, and what must hold of
//! them whatever happened.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use jiaozi_ledger::chart::FEE_INCOME;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::id::{Ids, OrderId};
use jiaozi_ledger::instruction::{
    Instruction, InstructionLine, InstructionState, News, Schedule, Whereabouts,
};
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::order::OrderState;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::books::{Books, Said};
use crate::caller::Caller;
use crate::settlement::close::CloseDay;
use crate::settlement::payee::Payee;
use crate::spec::calendar::Calendar;
use crate::spec::outbound::ReferenceForm;
use crate::spec::reconciliation::Reconciliation;
use crate::utility::accept::{Accept, References};
use crate::utility::biller::{Biller, Role};
use crate::utility::hear::Hear;
use crate::utility::quote::{Asked, Due, Quote, quote};
use crate::utility::take_back::TakeBack;

const CALENDAR: &str = r#"
calendar = 1
name = "plain"
source = "made for these tests"
covers = { from = "2026-01-01", to = "2027-12-31" }
rest_days = ["saturday", "sunday"]
"#;

const CLEARING: &str = r#"
cut_off = "17:00"
calendar = "plain"
settlement_day = "next_working_day"
account = "settlement:water"
"#;

const FEE: &str = r#"
basis_points = 20
minimum_fen = 10
rounding = "half_up"
borne_by = "partner"
"#;

/// What every payer has at first.
pub const DEPOSIT: i64 = 1_000_000;

/// A biller whose day ends at 17:00, which is asked twice and then reversed.
pub fn biller() -> Biller {
    Biller {
        role: Role::Biller,
        payee: Arc::new(Payee {
            code: "water".to_owned(),
            scene: crate::utility::SCENE,
            zone: TimeZone::get("Asia/Shanghai").expect("a zone"),
            currency: Currency::CNY,
            clearing: toml::from_str(CLEARING).expect("a clearing section"),
            calendar: Calendar::parse("plain.toml", CALENDAR).expect("a calendar").1,
            fee: Some(toml::from_str(FEE).expect("a fee section")),
            splits: Vec::new(),
            payout: None,
            day_file: None,
        }),
        item: "water".to_owned(),
        schedule: Schedule {
            await_seconds: 60,
            ask_after: vec![5, 60],
            reverse_after: vec![0, 60],
            reversals_max: 3,
            reversible: true,
            not_found_is_final: false,
        },
        told_within: Duration::from_secs(45),
        reference: ReferenceForm { prefix: "JZ".to_owned(), digits: 12 },
        files: None,
        quote_valid_seconds: 300,
        reconciliation: Reconciliation::default(),
    }
}

/// A biller and its books.
#[derive(Debug, Clone)]
pub struct Town {
    pub biller: Arc<Biller>,
    books: Books,
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
    /// 20 November 2026, a Friday, ten in the morning; Li and Wang have 10,000 yuan each.
    pub fn new() -> Town {
        Town::of(biller())
    }

    pub fn of(biller: Biller) -> Town {
        let codes = biller.accounts();
        let mut accounts =
            vec![(FEE_INCOME, 0), ("deposit:li", DEPOSIT), ("deposit:wang", DEPOSIT)];
        accounts.extend(codes.iter().map(|code| (code.as_str(), 0)));
        let books = Books::new("2026-11-20T10:00:00+08:00", &accounts);
        Town { biller: Arc::new(biller), books }
    }

    pub fn seconds_pass(&mut self, seconds: i64) {
        self.at = self.at.plus_seconds(seconds);
    }

    pub fn scope(&self, operation: &'static str) -> Scope {
        Scope { partner: "app".to_owned(), operation, key: self.seq.to_string() }
    }

    pub fn ask(&self, customer: &str, fen: i64) -> Result<Quote, Problem> {
        let line = InstructionLine {
            label: "水费".to_owned(),
            period: "202610".to_owned(),
            principal: Fen(fen),
            late_fee: Fen::ZERO,
        };
        let carried = BTreeMap::from([("contract".to_owned(), "C-1".to_owned())]);
        let due = Due { lines: vec![line], total: Fen(fen), carried };
        quote(&self.biller, customer, due, Ids::new(self.at, 99, 0).id(0), self.asked())
    }

    pub fn asked(&self) -> Asked {
        Asked { at: self.at, seq: self.seq }
    }

    pub fn pay(&mut self, customer: &str, fen: i64, payer: &str) -> Said {
        let quote = self.ask(customer, fen).expect("something is due");
        self.pay_quote(&quote, payer)
    }

    fn references(&self) -> References {
        let number = self.seq.unsigned_abs() * 2;
        let reference = |number| self.biller.reference.write(number).expect("few numbers");
        References { instruction: reference(number), reversal: reference(number + 1) }
    }

    pub fn pay_quote(&mut self, quote: &Quote, payer: &str) -> Said {
        let sealed = serde_json::to_string(quote).expect("quotes serialise");
        let accept = Accept {
            scope: self.scope(Accept::OPERATION),
            biller: Arc::clone(&self.biller),
            channel: "app".to_owned(),
            quote: serde_json::from_str(&sealed).expect("and come back"),
            payer: AccountRef::Code(format!("deposit:{payer}")),
            reference: None,
            order: None,
            references: self.references(),
        };
        self.run(&accept)
    }

    pub fn hear(&mut self, order: OrderId, news: News) -> Said {
        let tried = self.instruction(order).tries;
        self.hear_of_try(order, news, tried)
    }

    pub fn hear_of_try(&mut self, order: OrderId, news: News, tried: i64) -> Said {
        let hear = Hear {
            scope: self.scope(Hear::OPERATION),
            biller: Arc::clone(&self.biller),
            instruction: self.instruction(order).id,
            news,
            tried,
            their_reference: None,
            reason: None,
        };
        self.run(&hear)
    }

    pub fn take_back(&mut self, order: OrderId) -> Said {
        let take_back = TakeBack {
            scope: self.scope(TakeBack::OPERATION),
            biller: Arc::clone(&self.biller),
            caller: Caller::Channel("app".to_owned()),
            order,
        };
        self.run(&take_back)
    }

    pub fn close(&mut self, date: Date) -> Said {
        let (scope, payee) = (self.scope(CloseDay::OPERATION), Arc::clone(&self.biller.payee));
        self.run(&CloseDay { scope, payee, date })
    }

    pub fn instruction(&self, order: OrderId) -> &Instruction {
        let found = self.instructions.values().find(|instruction| instruction.order == order);
        found.expect("an instruction")
    }

    pub fn state(&self, order: OrderId) -> InstructionState {
        self.instruction(order).state
    }

    /// Everything that must hold whatever happened.
    #[track_caller]
    pub fn check(&self) {
        let signed = |side: Side, fen: i64| if side == Side::Debit { fen } else { -fen };
        let sum: i64 =
            self.accounts.values().map(|account| signed(account.side, account.posted.0)).sum();
        assert_eq!(sum, -2 * DEPOSIT, "no fen is made or lost");
        let at = |place: Whereabouts| -> i64 {
            let there = self.instructions.values().filter(|one| one.state.money() == place);
            there.map(|instruction| instruction.amount.0).sum()
        };
        assert_eq!(self.balance("suspense:unknown:water"), at(Whereabouts::Suspense), "suspense");
        let booked: i64 = self.breaks.values().map(|one| one.booked.0).sum();
        assert_eq!(self.balance("suspense:unexplained:water"), booked, "unexplained");
        let held: i64 = self.holds.values().map(|hold| hold.open.0).sum();
        assert_eq!(held, at(Whereabouts::Held), "held");
        for instruction in self.instructions.values() {
            let order = self.order(instruction.order);
            let given_back = [OrderState::PartRefunded, OrderState::Refunded];
            assert!(
                order.state == crate::utility::follow::state_of(instruction.state)
                    || (instruction.state == InstructionState::Done
                        && given_back.contains(&order.state)),
                "{order:?}"
            );
            let refunds = self.refunds.values().filter(|refund| refund.order == order.id);
            assert_eq!(order.refunded.0, refunds.map(|refund| refund.amount.0).sum::<i64>());
            let waits = instruction.due_at.is_some();
            assert!(!(waits && instruction.state.has_ended()), "nothing is asked after the end");
            let has_money = instruction.state.money() == Whereabouts::Partner;
            assert!(!has_money || instruction.counted_on.is_some(), "settled nowhere");
        }
        self.check_days();
    }

    #[track_caller]
    fn check_days(&self) {
        let mut open = 0;
        for day in self.days.values() {
            let counted = self.instructions.values().filter(|one| one.counted_on == Some(day.date));
            let amounts: Vec<i64> = counted.map(|one| one.amount.0).collect();
            assert_eq!(day.payments, i64::try_from(amounts.len()).expect("few"), "{}", day.date);
            assert_eq!(day.paid.0, amounts.iter().sum::<i64>(), "{}", day.date);
            let items: i64 = day.items.values().sum();
            assert_eq!(items, day.net().0, "items of {}", day.date);
            if day.closed_at.is_none() {
                open += day.net().0;
            } else {
                assert_eq!(day.settled.0 + day.fee.0, day.net().0, "{}", day.date);
            }
        }
        assert_eq!(self.balance("partner:water:settlement"), open, "unsettled is of open days");
    }
}
