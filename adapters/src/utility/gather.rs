//! Instructions, or their reversals, in a file for a partner that is told by files. What the file says is on
//! record before it is written: whoever is interrupted writes it again, the same bytes. From then on the
//! partner may have heard of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{InstructionFileId, InstructionId};
use jiaozi_ledger::instruction::file::{InstructionFile, MADE, PUT, Told};
use jiaozi_ledger::instruction::{Instruction, Step};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde_json::json;

use super::biller::Biller;
use crate::answer::{digest_of, no_such_order, too_large};

/// The most instructions of one file.
pub const INSTRUCTIONS_MAX: usize = 1_000;

/// Puts instructions into a file.
#[derive(Debug)]
pub struct Gather {
    /// Under which key.
    pub scope: Scope,
    /// Who is told.
    pub biller: Arc<Biller>,
    /// What it is told.
    pub verb: Told,
    /// The clearing day of the instructions.
    pub date: Date,
    /// The number of the file among those of the day, from 1.
    pub number: i64,
    /// What it is called.
    pub name: String,
    /// The file in which all of them were told, where it is about one.
    pub about: Option<InstructionFileId>,
    /// All else that its bytes depend on, as text to be kept.
    pub terms: String,
    /// The instructions; at most [`INSTRUCTIONS_MAX`].
    pub of: Vec<InstructionId>,
}

impl Gather {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "utility.gather";

    fn key_of(&self, number: i64) -> String {
        InstructionFile::key_of(&self.biller.payee.code, self.date, number)
    }

    fn before(&self) -> Option<Need> {
        (self.number > 1).then(|| InstructionFile::by_key(&self.key_of(self.number - 1)))
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let moment = facts.moment();
        let times = self.biller.files.as_ref().ok_or_else(|| self.not_suitable())?;
        let key = self.key_of(self.number);
        let follows =
            self.before().is_none_or(|before| facts.one::<InstructionFile>(&before).is_some());
        let there = facts.one::<InstructionFile>(&InstructionFile::by_key(&key)).is_some();
        if self.number < 1 || there || !follows {
            let detail = format!("File {} of {} is not the next one.", self.number, self.date);
            return Err(Problem::new(409, "file_not_next", detail, "Gather again."));
        }
        let different: BTreeSet<InstructionId> = self.of.iter().copied().collect();
        let counted = (1..=INSTRUCTIONS_MAX).contains(&self.of.len());
        if !counted || different.len() != self.of.len() {
            return Err(self.not_suitable());
        }
        let id: InstructionFileId = moment.ids.id(0);
        let answer_by = moment.at.plus_seconds(times.answer_seconds);
        let mut told = Vec::with_capacity(self.of.len());
        for instruction in &self.of {
            let instruction = facts.get::<Instruction>(*instruction).ok_or_else(no_such_order)?;
            if !self.may_hold(instruction) || self.is_over(facts, instruction) {
                let detail = format!("Instruction {} is not one to gather.", instruction.id);
                return Err(Problem::new(409, "instruction_changed", detail, "Gather again."));
            }
            told.push(instruction.told_in(id, answer_by));
        }
        let file = InstructionFile {
            id,
            file_key: key,
            partner: self.biller.payee.code.clone(),
            verb: self.verb,
            about: self.about,
            date: self.date,
            number: self.number,
            name: self.name.clone(),
            of: self.of.clone(),
            sum: Fen::total(told.iter().map(|one| one.amount)).ok_or_else(too_large)?,
            terms: self.terms.clone(),
            made_at: moment.at,
            answer_by,
            put_at: None,
            seq: moment.seq,
        };
        let data = file.told();
        let event = Event { kind: MADE, subject: id.0, data: data.clone() };
        let changes =
            Changes { instructions: told, instruction_files: vec![file], ..Changes::default() };
        Ok(Decision::done(Answer::json(201, &data), event, changes))
    }

    fn may_hold(&self, one: &Instruction) -> bool {
        let step = match self.verb {
            Told::Payments => Step::Await,
            Told::Reversals => Step::Reverse,
        };
        one.partner == self.biller.payee.code
            && one.step == step
            && one.waits_for_file()
            && one.clearing_date == self.date
            && (self.about.is_none() || self.about == one.file)
    }

    /// Whether its day is over: nobody is told of it any more.
    fn is_over(&self, facts: &Facts, one: &Instruction) -> bool {
        self.biller.now(facts.moment().at, one.clearing_date).day_is_over()
    }

    fn not_suitable(&self) -> Problem {
        let partner = &self.biller.payee.code;
        let detail = format!(
            "A file for {partner} has 1 to {INSTRUCTIONS_MAX} instructions, each of them once."
        );
        Problem::new(422, "file_not_suitable", detail, "Gather again.")
    }
}

impl Command for Gather {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let of: Vec<String> = self.of.iter().map(ToString::to_string).collect();
        let (date, number) = (self.date.to_string(), self.number.to_string());
        let partner = &self.biller.payee.code;
        digest_of(&[partner, self.verb.as_str(), &date, &number, &self.terms, &of.join(",")])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        let mut needs = vec![InstructionFile::by_key(&self.key_of(self.number))];
        needs.extend(self.before());
        needs.extend(self.of.iter().map(|id| Instruction::by_id(*id)));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let partner = &self.biller.payee.code;
            let data = json!({"partner": partner, "date": self.date, "number": self.number});
            problem.decline("instruction_file.declined", facts.moment().ids.id(0), data)
        })
    }

    fn weight(&self) -> usize {
        1 + self.of.len() / 8
    }
}

/// Notes that a file lies in the partner's outbox, whole.
#[derive(Debug)]
pub struct NotePut {
    /// Under which key.
    pub scope: Scope,
    /// The file.
    pub file: InstructionFileId,
}

impl NotePut {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "utility.note_put";
}

impl Command for NotePut {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.file.to_string()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![InstructionFile::by_id(self.file)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let Some(file) = facts.get::<InstructionFile>(self.file) else {
            let problem = Problem::new(404, "no_such_file", "There is no such file.", "Gather.");
            return problem.decline("instruction_file.declined", self.file.0, json!({}));
        };
        let at = facts.moment().at;
        let put = InstructionFile { put_at: file.put_at.or(Some(at)), ..file.clone() };
        let data = json!({"file": put.id, "partner": put.partner, "name": put.name});
        let event = Event { kind: PUT, subject: put.id.0, data: data.clone() };
        let changes = Changes { instruction_files: vec![put], ..Changes::default() };
        Decision::done(Answer::json(200, &data), event, changes)
    }
}
