//! What goes wrong at the billers, made from a seed: with which answers, and in which files of the day.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::DateTime;

use super::{BILLERS, CUSTOMERS, NEVER_UNDOES};
use crate::trial::billers::day_file::{Line, Slip};
use crate::trial::billers::faults::{Fault, Until};
use crate::trial::chance::Chance;

/// Of so many of a biller's customers the answer goes wrong: as many as there are sorts, so that in one
/// run each sort is likely to be seen somewhere.
const WRONG_ANSWERS: usize = 10;

/// At most so many differences in the file of a biller's day.
const SLIPS_MAX: u64 = 3;

/// The billers whose files tell a status for each line.
const TELL_STATUS: [&str; 2] = ["nanhu-college", "rongjiang-water"];

/// What is planned.
#[derive(Debug)]
pub(super) struct Plan {
    seed: u64,
    answers: BTreeMap<&'static str, BTreeMap<usize, Fault>>,
}

/// A difference that is planted in a file.
#[derive(Debug, Clone)]
pub(super) struct Planted {
    /// What is wrong.
    pub slip: Slip,
    /// About which reference.
    pub reference: String,
    /// What such a difference is called.
    pub kind: &'static str,
    /// How much of it is unexplained, in fen.
    pub gap_fen: i64,
}

/// A payment that a biller has booked.
#[derive(Debug, Clone)]
pub(super) struct Booked {
    pub reference: String,
    pub customer: String,
    pub amount_fen: i64,
}

impl Plan {
    /// The plan of a seed.
    pub(super) fn of(seed: u64) -> Plan {
        let answers = BILLERS.map(|(code, _)| {
            let mut chance = chance(seed, code, "answers");
            let mut wrong = BTreeMap::new();
            while wrong.len() < WRONG_ANSWERS {
                let customer = 1 + chance.place(CUSTOMERS);
                wrong.insert(customer, fault(&mut chance, code));
            }
            (code, wrong)
        });
        Plan { seed, answers: BTreeMap::from(answers) }
    }

    /// What goes wrong with a biller's answers, by customer.
    pub(super) fn answers(&self, code: &str) -> BTreeMap<usize, Fault> {
        self.answers.get(code).cloned().unwrap_or_default()
    }

    /// What goes wrong with the answer about a customer's payment.
    pub(super) fn answer(&self, code: &str, customer: usize) -> Option<&Fault> {
        self.answers.get(code)?.get(&customer)
    }

    /// What is wrong with the file of a biller's day: nothing, or differences in some of its payments.
    pub(super) fn slips(&self, code: &str, mut booked: Vec<Booked>, at: DateTime) -> Vec<Planted> {
        let mut chance = chance(self.seed, code, "files");
        let mut slips = Vec::new();
        for _ in 0..chance.below(SLIPS_MAX + 1) {
            if booked.is_empty() {
                break;
            }
            let payment = booked.swap_remove(chance.place(booked.len()));
            slips.push(slip(&mut chance, code, payment, at));
        }
        slips
    }
}

/// Chance of its own for each biller and purpose, so that what happens to one changes nothing for others.
fn chance(seed: u64, code: &str, purpose: &str) -> Chance {
    Chance::of(&format!("{seed}/{code}/{purpose}"))
}

fn fault(chance: &mut Chance, code: &str) -> Fault {
    let late = || Until::After(Duration::from_millis(1_500));
    match chance.below(10) {
        0 => Fault::NeverAnswers,
        1 => Fault::NeverArrives,
        2 => Fault::Half,
        3 => Fault::WrongSignature,
        4 => Fault::Garbage,
        5 => Fault::Closes,
        6 => Fault::Twice,
        7 => Fault::WrongAmount(100),
        // A payment that may still arrive after everyone was told is for billers that can undo one.
        8 if code != NEVER_UNDOES => Fault::ArrivesLate(late()),
        _ => Fault::AnswersLate(late()),
    }
}

fn slip(chance: &mut Chance, code: &str, payment: Booked, at: DateTime) -> Planted {
    let Booked { reference, customer, amount_fen } = payment;
    match chance.below(4) {
        0 => {
            let off = 1 + i64::try_from(chance.below(500)).unwrap_or(0);
            let slip = Slip::WrongAmount(reference.clone(), off);
            Planted { slip, reference, kind: "amount", gap_fen: off }
        }
        1 => {
            let stranger = strange(&reference);
            let line = Line {
                reference: stranger.clone(),
                customer,
                amount_fen,
                at,
                paid: true,
                slipped: false,
            };
            let slip = Slip::TooMany(line);
            Planted { slip, reference: stranger, kind: "only_theirs", gap_fen: amount_fen }
        }
        2 if TELL_STATUS.contains(&code) => {
            let slip = Slip::WrongStatus(reference.clone());
            Planted { slip, reference, kind: "status", gap_fen: amount_fen }
        }
        _ => {
            let slip = Slip::Missing(reference.clone());
            Planted { slip, reference, kind: "only_ours", gap_fen: amount_fen }
        }
    }
}

/// A reference of the same form that we have never used: our numbers begin far below it.
fn strange(reference: &str) -> String {
    let first = reference.find(|character: char| character.is_ascii_digit());
    let mut strange = reference.to_owned();
    if let Some(first) = first {
        strange.replace_range(first..=first, "9");
    }
    strange
}
