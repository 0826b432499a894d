//! Presenting a line: it is held against its mandate, and the payer is debited, or it is refused with its
//! outcome. The order, the posting, the day, the mandate's month, the line and the batch's counters are one
//! commit.
//!
//! A refused line is a command that was carried out: it keeps an outcome, which a decline could not. What is
//! not the line's own fault (the partner's account is frozen) is a decline: the line stays as it is, and the
//! batch stops until that is mended.

use std::sync::Arc;

use jiaozi_ledger::account::{Account, AccountStatus};
use jiaozi_ledger::book::{self, Refusal};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::mandate::{Mandate, MandateState, Partial};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::withholding::{Batch, BatchLine, LineOutcome, LineState};
use jiff::civil::Date;
use serde_json::json;

use super::answer::no_such_batch;
use super::claimant::Claimant;
use crate::answer::{self, digest_of, no_open_day, not_opened, too_large};
use crate::settlement::days;
use crate::spec::claim_line::claim;
use crate::utility::follow;

/// Presents a line.
#[derive(Debug)]
pub struct Present {
    scope: Scope,
    claimant: Arc<Claimant>,
    /// The line as it was read; what it is when it is decided is asked of the facts.
    line: BatchLine,
}

impl Present {
    /// Presents a line of a file, the next time for it: under the hash of the file, the number of the line,
    /// the contract and the period.
    #[must_use]
    pub fn new(claimant: Arc<Claimant>, hash: &str, line: BatchLine) -> Present {
        let BatchLine { number, contract, period, tries, .. } = &line;
        let key = format!("{hash}/{tries}/{number}/{contract}/{period}");
        let partner = claimant.code().to_owned();
        let scope = Scope { partner, operation: "withholding.present", key };
        Present { scope, claimant, line }
    }

    /// The same line once more, after it was declined under a number of the feed for something that was mended
    /// since.
    #[must_use]
    pub fn after(self, declined: i64) -> Present {
        let key = format!("{}/{declined}", self.scope.key);
        Present { scope: Scope { key, ..self.scope }, ..self }
    }

    /// The claim: what a contract is debited for, once.
    fn claim(&self) -> String {
        claim(&self.line.contract, &self.line.period)
    }
}

impl Command for Present {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.line.id.to_string(), &self.line.tries.to_string()])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let code = self.claimant.code();
        let of_contract = Mandate::of_contract(code, &self.line.contract);
        let mut needs = vec![
            BatchLine::by_id(self.line.id),
            Batch::by_id(self.line.batch),
            Order::by_reference(code, &self.claim()),
            Account::by_code(&self.claimant.payee.settlement()),
        ];
        let payers = facts.all::<Mandate>(&of_contract).into_iter();
        needs.extend(payers.map(|mandate| Account::by_id(mandate.payer)));
        needs.push(of_contract);
        needs.extend(days::needs(&self.claimant.payee, facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({
                    "partner": self.claimant.code(), "batch": self.line.batch, "line": self.line.line,
                });
                problem.decline("withholding.declined", self.line.id.0, data)
            }
        }
    }
}

/// Why a line is not debited.
enum Fault {
    /// Its own, its mandate's or its payer's.
    Line(LineOutcome),
    /// Nobody's of the lines: no other one could be debited either.
    Batch(Problem),
}

/// A debit that a line and its mandate come to.
struct Debit<'f> {
    mandate: &'f Mandate,
    payer: &'f Account,
    amount: Fen,
}

impl Present {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let line = facts.get::<BatchLine>(self.line.id).ok_or_else(no_such_batch)?;
        let batch = facts.get::<Batch>(line.batch).ok_or_else(no_such_batch)?;
        let today = self.claimant.payee.today(facts.moment().at);
        due(line, batch, self.line.tries, today)?;
        let debited = self
            .judge(facts, line, today)
            .map_err(Fault::Line)
            .and_then(|debit| self.debit(facts, line, batch, &debit, today));
        match debited {
            Ok(decision) => Ok(decision),
            Err(Fault::Line(outcome)) => self.refuse(facts, line, batch, outcome, today),
            Err(Fault::Batch(problem)) => Err(problem),
        }
    }

    /// What the line and its mandate come to.
    fn judge<'f>(
        &self,
        facts: &'f Facts,
        line: &BatchLine,
        today: Date,
    ) -> Result<Debit<'f>, LineOutcome> {
        let code = self.claimant.code();
        if facts.one::<Order>(&Order::by_reference(code, &self.claim())).is_some() {
            return Err(LineOutcome::Duplicate);
        }
        let mandate = self.mandate(facts)?;
        match mandate.state {
            MandateState::Suspended => return Err(LineOutcome::Suspended),
            MandateState::Revoked => return Err(LineOutcome::Revoked),
            MandateState::Signed => {}
        }
        if !mandate.covers(today) {
            return Err(LineOutcome::Expired);
        }
        let payer = facts.get::<Account>(mandate.payer).ok_or(LineOutcome::NotPossible)?;
        if !line.account.is_empty() && line.account != payer.code {
            return Err(LineOutcome::AccountMismatch);
        }
        if !line.name_index.is_empty() && line.name_index != mandate.name_index {
            return Err(LineOutcome::NameMismatch);
        }
        if !mandate.allows(line.amount, today) {
            return Err(LineOutcome::AboveLimit);
        }
        match payer.status {
            AccountStatus::Closed => return Err(LineOutcome::AccountClosed),
            AccountStatus::Frozen => return Err(LineOutcome::AccountFrozen),
            AccountStatus::Active => {}
        }
        let amount = match payer.floor {
            None => line.amount,
            Some(floor) => {
                let there = payer.available().minus(floor).ok_or(LineOutcome::NotPossible)?;
                part(line.amount, there, mandate.limits.partial).ok_or(LineOutcome::Insufficient)?
            }
        };
        Ok(Debit { mandate, payer, amount })
    }

    /// The contract's mandate that is not revoked, else its last one.
    fn mandate<'f>(&self, facts: &'f Facts) -> Result<&'f Mandate, LineOutcome> {
        let all =
            facts.all::<Mandate>(&Mandate::of_contract(self.claimant.code(), &self.line.contract));
        let live = all.iter().find(|mandate| mandate.state != MandateState::Revoked);
        live.or(all.last()).copied().ok_or(LineOutcome::NoMandate)
    }

    /// The decision that debits. What the books refuse on the payer's account for a reason that was not
    /// foreseen is the line's outcome too: no line keeps a batch from its end.
    fn debit(
        &self,
        facts: &Facts,
        line: &BatchLine,
        batch: &Batch,
        debit: &Debit<'_>,
        today: Date,
    ) -> Result<Decision, Fault> {
        let not_possible = || Fault::Line(LineOutcome::NotPossible);
        let sum_too_large = || Fault::Batch(too_large());
        let (moment, payee) = (facts.moment(), &self.claimant.payee);
        let code = payee.settlement();
        let settlement = facts.account(&code).ok_or_else(|| Fault::Batch(not_opened(&code)))?.id;
        let mut day = days::open(payee, facts, 1).ok_or_else(|| Fault::Batch(no_open_day()))?;
        let mandate = debit.mandate.debited(debit.amount, today).ok_or_else(not_possible)?;
        let order = Order {
            id: moment.ids.id::<OrderId>(0),
            partner: payee.code.clone(),
            // Under a mandate it is the partner who orders the debit.
            channel: payee.code.clone(),
            reference_key: Some(format!("{}/{}", payee.code, self.claim())),
            scene: payee.scene.to_owned(),
            site: String::new(),
            house: line.contract.clone(),
            payer: debit.payer.id,
            amount: debit.amount,
            discount: Fen::ZERO,
            budget: None,
            fee: payee.fee(debit.amount).ok_or_else(not_possible)?,
            shares: Vec::new(),
            refunded: Fen::ZERO,
            state: OrderState::Paid,
            lines: Vec::new(),
            at: moment.at,
            business_date: today,
            clearing_date: day.date,
            seq: moment.seq,
            cancel_seq: None,
        };
        follow::count(&self.claimant.item, &mut day, &order).ok_or_else(sum_too_large)?;
        let whole = debit.amount == line.amount;
        let line = BatchLine {
            state: if whole { LineState::Done } else { LineState::Partial },
            outcome: Some(if whole { LineOutcome::Done } else { LineOutcome::Partial }),
            debited: debit.amount,
            order: Some(order.id),
            tries: line.tries + 1,
            again_on: None,
            ..line.clone()
        };
        let data = json!({
            "scene": order.scene, "partner": order.partner, "channel": mandate.channel,
            "site": order.site, "house": order.house, "payer": order.payer, "order": order.id,
            "reference": order.reference(), "amount_fen": order.amount, "bills": [],
            "business_date": order.business_date, "clearing_date": order.clearing_date,
            "withholding": {
                "mandate": mandate.id, "batch": line.batch, "number": line.number,
                "contract": line.contract, "period": line.period, "claimed_fen": line.amount,
            },
        });
        let event = Event { kind: "payment.posted", subject: order.id.0, data };
        let answer = told(&line);
        let draft =
            Draft::new().debit(debit.payer.id, debit.amount).credit(settlement, debit.amount);
        let changes = Changes {
            draft: Some(draft),
            orders: vec![order],
            days: vec![day],
            mandates: vec![mandate],
            batches: vec![batch.presented(&line).ok_or_else(sum_too_large)?],
            batch_lines: vec![line],
            ..Changes::default()
        };
        book::preview(facts, &changes).map_err(|refusal| self.fault(debit.payer, &refusal))?;
        Ok(Decision::done(answer, event, changes))
    }

    /// Whose fault it is that the books refuse a debit.
    fn fault(&self, payer: &Account, refusal: &Refusal) -> Fault {
        let of_payer = match refusal {
            Refusal::NotActive { code }
            | Refusal::BelowFloor { code, .. }
            | Refusal::AboveCeiling { code, .. } => *code == payer.code,
            Refusal::UnknownAccount(id) => *id == payer.id,
            _ => false,
        };
        match of_payer {
            true => Fault::Line(LineOutcome::NotPossible),
            false => {
                let payee = &self.claimant.payee;
                Fault::Batch(answer::refused(refusal, payee, &payee.accounts()))
            }
        }
    }

    /// The decision that keeps why nothing was debited, and when the line is presented again.
    fn refuse(
        &self,
        facts: &Facts,
        line: &BatchLine,
        batch: &Batch,
        outcome: LineOutcome,
        today: Date,
    ) -> Result<Decision, Problem> {
        let again = match outcome {
            LineOutcome::Insufficient => self.mandate(facts).ok().map(|one| &one.limits.again),
            _ => None,
        };
        // The first presentation is none again.
        let again_on = again
            .filter(|again| line.tries < again.times_max)
            .and_then(|again| again.next_after(today));
        let line = BatchLine {
            state: if again_on.is_some() { LineState::Waiting } else { LineState::Refused },
            outcome: Some(outcome),
            tries: line.tries + 1,
            again_on,
            ..line.clone()
        };
        let data = json!({
            "partner": line.partner, "batch": line.batch, "line": line.line, "number": line.number,
            "contract": line.contract, "period": line.period, "amount_fen": line.amount,
            "outcome": outcome, "again_on": again_on,
        });
        let event = Event { kind: "withholding.refused", subject: line.id.0, data };
        let answer = told(&line);
        let changes = Changes {
            batches: vec![batch.presented(&line).ok_or_else(too_large)?],
            batch_lines: vec![line],
            ..Changes::default()
        };
        Ok(Decision::done(answer, event, changes))
    }
}

/// What of an amount is debited when only so much is there.
fn part(amount: Fen, there: Fen, policy: Partial) -> Option<Fen> {
    match policy {
        _ if there >= amount => Some(amount),
        Partial::WhatIsThere { minimum_fen } if there >= minimum_fen && there.is_positive() => {
            Some(there)
        }
        _ => None,
    }
}

/// Whether a line is to be presented now, for the time after `tries`.
fn due(line: &BatchLine, batch: &Batch, tries: i64, today: Date) -> Result<(), Problem> {
    let open = matches!(line.state, LineState::New | LineState::Waiting);
    if !open || line.tries != tries {
        let detail = "The line was presented meanwhile.";
        return Err(Problem::new(409, "line_presented", detail, "Read the batch."));
    }
    let loaded = batch.loaded == batch.lines;
    let day = line.again_on.unwrap_or(batch.run_on);
    if !loaded || today < day {
        let detail = format!("The line is not to be presented before {day}.");
        return Err(Problem::new(409, "line_not_due", detail, "Wait until then."));
    }
    Ok(())
}

fn told(line: &BatchLine) -> Answer {
    let body = json!({
        "line": line.line, "outcome": line.outcome, "debited_fen": line.debited,
        "order": line.order, "again_on": line.again_on,
    });
    Answer::json(200, &body)
}
