//! Books with payments to a biller, and the biller's files of the day as it would write them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi::days;
use jiaozi::gateway::Gateway;
use jiaozi::trial::billers::day_file::{Day, DayFile, Line, Slip};
use jiaozi::trial::billers::huaran_gas::HuaranGas;
use jiaozi::trial::billers::minbei_power::MinbeiPower;
use jiaozi::trial::billers::nanhu_college::NanhuCollege;
use jiaozi::trial::billers::protocol::Protocol;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;
use jiaozi_adapters::utility::accept::{Accept, References};
use jiaozi_adapters::utility::hear::Hear;
use jiaozi_adapters::utility::quote::{Asked, Due, quote};
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::{Scope, Verdict};
use jiaozi_ledger::instruction::{
    Instruction, InstructionLine, InstructionState, News, Said, Step,
};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::check;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::Value;

use crate::support::{Done, MORNING, Place, instant, path, payer};

pub const DAY: Date = date(2036, 11, 20);
pub const NEXT: Date = date(2036, 11, 21);
/// When the files of both days can have come.
pub const LATER: &str = "2036-11-23T02:00:00Z";

pub const BILLERS: [&str; 4] = ["rongjiang-water", "minbei-power", "huaran-gas", "nanhu-college"];

pub fn protocol(code: &str) -> Box<dyn Protocol> {
    let key = b"key".to_vec();
    match code {
        "rongjiang-water" => Box::new(RongjiangWater),
        "minbei-power" => Box::new(MinbeiPower { key }),
        "huaran-gas" => Box::new(HuaranGas { key }),
        _ => Box::new(NanhuCollege { key }),
    }
}

/// Books with payments to a biller.
pub struct Books {
    pub place: Place,
    pub gateway: Gateway,
    pub code: &'static str,
    payer: AccountRef,
    paid: u64,
}

impl Books {
    pub async fn of(place: Place, code: &'static str) -> Books {
        place.run(&["sandbox", "create"]).well();
        let gateway = place.gateway().await;
        gateway.store.move_time(instant(MORNING)).await.unwrap();
        let payer = payer(&gateway, "li").await;
        Books { place, gateway, code, payer, paid: 0 }
    }

    /// Pays, and hears what the biller says; gives our reference.
    pub async fn pay(&mut self, fen: i64, heard: Option<Said>) -> String {
        self.paid += 1;
        let biller = Arc::clone(self.gateway.partners.biller(self.code).unwrap());
        let line = InstructionLine {
            label: "本期".to_owned(),
            period: String::new(),
            principal: Fen(fen),
            late_fee: Fen::ZERO,
        };
        let carried = BTreeMap::from([("contract".to_owned(), "C-1".to_owned())]);
        let due = Due { lines: vec![line], total: Fen(fen), carried };
        let seq = self.gateway.store.head().await.unwrap().seq;
        let asked = Asked { at: self.gateway.now().await.unwrap(), seq };
        let customer = format!("{:010}", self.paid);
        let quote = quote(&biller, &customer, due, uuid::Uuid::new_v4(), asked).unwrap();
        let reference = |number| biller.reference.write(number).unwrap();
        let references = References {
            instruction: reference(self.paid * 2),
            reversal: reference(self.paid * 2 + 1),
        };
        let our = references.instruction.clone();
        let scope = |operation, key: &str| Scope {
            partner: "mobile-bank".to_owned(),
            operation,
            key: key.to_owned(),
        };
        let accept = Accept {
            scope: scope(Accept::OPERATION, &our),
            biller: Arc::clone(&biller),
            channel: "mobile-bank".to_owned(),
            quote,
            payer: self.payer.clone(),
            reference: None,
            order: None,
            references,
        };
        let reply = self.gateway.submit(accept).await.unwrap();
        assert_eq!(reply.verdict, Verdict::Done, "{:?}", String::from_utf8(reply.answer.body));
        if let Some(said) = heard {
            let news = News::Answered(said);
            let instruction = self.instruction(&our).await;
            let hear = Hear {
                scope: scope(Hear::OPERATION, &Hear::key(instruction.id, news, 0)),
                biller,
                instruction: instruction.id,
                news,
                tried: 0,
                their_reference: None,
                reason: None,
            };
            assert_eq!(self.gateway.submit(hear).await.unwrap().verdict, Verdict::Done);
        }
        our
    }

    pub async fn instruction(&self, reference: &str) -> Instruction {
        let key = vec![Cell::Text(format!("{}/{reference}", self.code))];
        self.gateway.store.first("reference_key = $2", key).await.unwrap().unwrap()
    }

    /// Hears something of a payment.
    pub async fn hear(&self, reference: &str, news: News) {
        let instruction = self.instruction(reference).await;
        let hear = Hear {
            scope: Scope {
                partner: "worker".to_owned(),
                operation: Hear::OPERATION,
                key: Hear::key(instruction.id, news, instruction.tries),
            },
            biller: Arc::clone(self.gateway.partners.biller(self.code).unwrap()),
            instruction: instruction.id,
            news,
            tried: instruction.tries,
            their_reference: None,
            reason: None,
        };
        assert_eq!(self.gateway.submit(hear).await.unwrap().verdict, Verdict::Done);
    }

    /// Nobody answers until the schedule is at its end.
    pub async fn until_nobody_is_asked(&self, reference: &str) {
        loop {
            let instruction = self.instruction(reference).await;
            let news = match instruction.step {
                Step::Rest => return,
                Step::Reverse => News::Reversal(Said::Nothing),
                Step::Ask | Step::Await => News::Queried(Said::Nothing),
            };
            self.hear(reference, news).await;
        }
    }

    pub async fn state(&self, reference: &str) -> InstructionState {
        self.instruction(reference).await.state
    }

    /// What the biller's file has of our payments, if it has all that are done, with what is wrong.
    pub async fn file(&self, slips: &[Slip]) -> DayFile {
        let done = vec![Cell::Text(self.code.to_owned()), Cell::Int(InstructionState::Done.code())];
        let clause = "partner = $2 and state = $3 order by reference_key";
        let all: Vec<Instruction> = self.gateway.store.find(clause, done).await.unwrap();
        let lines = all.iter().map(|one| line(one.reference(), one.amount.0)).collect();
        self.written(DAY, lines, slips)
    }

    pub fn written(&self, date: Date, lines: Vec<Line>, slips: &[Slip]) -> DayFile {
        protocol(self.code).day_file(&Day::with(date, lines, slips))
    }

    pub fn import(&self, file: &DayFile) -> Done {
        let place = self.place.file(&file.name, &file.bytes);
        let arguments =
            ["file", "import", "statement", "--partner", self.code, path(&place), "--json"];
        self.place.run(&arguments)
    }

    /// Imports the files of both days: the first with something wrong, the second empty.
    pub async fn both_days(&self, slips: &[Slip]) -> Value {
        self.gateway.store.move_time(instant(LATER)).await.unwrap();
        self.import(&self.file(slips).await).well();
        self.import(&self.written(NEXT, Vec::new(), &[])).well();
        self.breaks()
    }

    pub fn breaks(&self) -> Value {
        self.place.run(&["break", "list", "--all", "--json"]).well().json()
    }

    pub async fn suspense(&self) -> i64 {
        let code = format!("suspense:unexplained:{}", self.code);
        self.gateway.store.account(&code).await.unwrap().unwrap().posted.0
    }

    /// All invariants hold, our orders agree with our ledger, and what is unexplained is what the breaks say.
    #[track_caller]
    pub fn sound(&self, unexplained: i64) -> impl Future<Output = ()> {
        let (gateway, store) = (self.gateway.clone(), self.gateway.store.clone());
        async move {
            for date in [DAY, NEXT, NEXT.tomorrow().unwrap(), NEXT.saturating_add(2.days())] {
                let report = days::report(&gateway, date, &mut |_| {}).await.unwrap();
                assert_eq!(report.breaks, [], "{date}");
            }
            let (invariants, totals) = check::check(&store, &mut |_| {}).await.unwrap();
            for one in invariants {
                assert!(one.holds, "{} {}: {}", one.name, one.says, one.found);
            }
            assert_eq!(totals.unexplained_fen, unexplained);
        }
    }
}

pub fn line(reference: &str, amount_fen: i64) -> Line {
    Line {
        reference: reference.to_owned(),
        customer: "0012345678".to_owned(),
        amount_fen,
        at: DAY.at(10, 15, 30, 0),
        paid: true,
        slipped: false,
    }
}

/// Kind, cause, amounts and what is booked of each break, by reference.
pub fn found(breaks: &Value) -> BTreeMap<String, (String, String, i64, i64, i64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fen = |value: &Value| value.as_i64().unwrap();
    let all = breaks["breaks"].as_array().unwrap().iter();
    all.map(|one| {
        let figures = (
            text(&one["kind"]),
            text(&one["cause"]),
            fen(&one["ours_fen"]),
            fen(&one["theirs_fen"]),
            fen(&one["booked_fen"]),
        );
        (text(&one["reference"]), figures)
    })
    .collect()
}

pub fn is(kind: &str, cause: &str, figures: [i64; 3]) -> (String, String, i64, i64, i64) {
    (kind.to_owned(), cause.to_owned(), figures[0], figures[1], figures[2])
}
