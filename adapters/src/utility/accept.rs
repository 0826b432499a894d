//! Accepting a payment for a biller: the money is reserved on the payer's account, and what the biller
//! will be asked is on record with its reference, before it is asked. The answer is a 202: what becomes
//! of it is read at the order.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::book;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::id::{HoldId, InstructionId, OrderId};
use jiaozi_ledger::instruction::{Instruction, InstructionState, Step};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::SCENE;
use super::answer::{event_data, order_body};
use super::biller::Biller;
use super::quote::Quote;
use crate::answer::{
    self, PAY, account_part, balance_after, digest_of, no_open_day, too_large, unknown_payer,
};
use crate::settlement::days;

/// The reservation of an instruction ends with the instruction and not by time; no instruction is open
/// for a year.
const HOLD_SECONDS: i64 = 400 * 86_400;

/// Accepts a payment of a quote.
#[derive(Debug)]
pub struct Accept {
    /// Under which key.
    pub scope: Scope,
    /// The biller.
    pub biller: Arc<Biller>,
    /// The channel that orders it for the payer.
    pub channel: String,
    /// The quote, as it was sealed.
    pub quote: Quote,
    /// The payer's account.
    pub payer: AccountRef,
    /// The channel's own reference, unique where given.
    pub reference: Option<String>,
    /// The identifier that the order has, where it was told before: of a payment that waited for the core.
    pub order: Option<OrderId>,
    /// Under which references the biller is asked. Whoever asks draws new ones each time; those of the
    /// first time count.
    pub references: References,
}

/// Our references at a biller for one payment, both never used for anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct References {
    /// That of the instruction.
    pub instruction: String,
    /// That of its reversal, the same in every repeat, where the biller wants one of its own.
    pub reversal: String,
}

impl Accept {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = PAY;
}

impl Command for Accept {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let quote = json!(self.quote).to_string();
        let payer = account_part(&self.payer);
        let reference = self.reference.as_deref().unwrap_or("");
        digest_of(&[&self.biller.payee.code, &self.channel, &quote, &payer, reference])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![self.payer.need(), self.of_customer()];
        if let Some(reference) = &self.reference {
            needs.extend(answer::reference_needs(&self.channel, reference));
        }
        let of_customer = facts.all::<Instruction>(&self.of_customer());
        let pending = of_customer.into_iter().filter(|one| !one.state.has_ended());
        needs.extend(pending.map(|one| Hold::by_id(one.hold)));
        needs.extend(days::needs(&self.biller.payee, facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({
                    "scene": SCENE, "partner": self.biller.payee.code, "channel": self.channel,
                    "reference": self.reference, "quote": self.quote.id,
                });
                problem.decline("payment.declined", self.quote.id, data)
            }
        }
    }
}

impl Accept {
    fn of_customer(&self) -> Need {
        Instruction::of_customer(&self.biller.payee.code, &self.quote.customer)
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let (moment, payee) = (facts.moment(), &self.biller.payee);
        self.still_offered(facts)?;
        let payer = self.payer.find(facts).ok_or_else(unknown_payer)?;
        if payer.currency != payee.currency {
            let detail = format!("The account is not in {}.", payee.currency);
            return Err(Problem::new(422, "currency", detail, "Pay from another account."));
        }
        self.nothing_pending(facts, payer)?;
        self.nothing_paid_since(facts)?;
        let day = days::open(payee, facts, 3).ok_or_else(no_open_day)?;
        let hold = Hold::place(
            moment.ids.id::<HoldId>(2),
            payer.id,
            self.quote.total,
            Fen::ZERO,
            moment.at.plus_seconds(HOLD_SECONDS),
        );
        let order = Order {
            id: self.order.unwrap_or_else(|| moment.ids.id::<OrderId>(0)),
            partner: payee.code.clone(),
            channel: self.channel.clone(),
            reference_key: self.reference.as_ref().map(|text| format!("{}/{text}", self.channel)),
            scene: SCENE.to_owned(),
            site: String::new(),
            house: self.quote.customer.clone(),
            payer: payer.id,
            amount: self.quote.total,
            discount: Fen::ZERO,
            budget: None,
            fee: payee.fee(self.quote.total).ok_or_else(too_large)?,
            shares: Vec::new(),
            refunded: Fen::ZERO,
            state: OrderState::Accepted,
            lines: Vec::new(),
            at: moment.at,
            business_date: payee.today(moment.at),
            clearing_date: day.date,
            seq: moment.seq,
            cancel_seq: None,
        };
        let instruction = Instruction {
            id: moment.ids.id::<InstructionId>(1),
            order: order.id,
            partner: payee.code.clone(),
            reference_key: format!("{}/{}", payee.code, self.references.instruction),
            reversal_reference: self.references.reversal.clone(),
            customer_key: format!("{}/{}", payee.code, self.quote.customer),
            amount: order.amount,
            lines: self.quote.lines.clone(),
            carried: self.quote.carried.clone(),
            hold: hold.id,
            state: InstructionState::Asked,
            step: Step::Await,
            tries: 0,
            first_try: 0,
            due_at: Some(self.biller.first_due(moment.at, order.clearing_date)),
            file: None,
            reversal_file: None,
            reversals: 0,
            reversible: self.biller.schedule.reversible,
            their_reference: None,
            reason: None,
            contested: false,
            at: moment.at,
            clearing_date: order.clearing_date,
            counted_on: None,
            posted_seq: None,
            seq: moment.seq,
        };
        let mut body = order_body(&order, &instruction);
        let data = event_data(&order, &instruction);
        let event = Event { kind: "payment.accepted", subject: order.id.0, data };
        let changes = Changes {
            holds: vec![hold],
            orders: vec![order],
            days: vec![day],
            instructions: vec![instruction],
            ..Changes::default()
        };
        let outcome = book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, payee, &self.biller.accounts()))?;
        body.insert("balance".to_owned(), balance_after(&outcome, Some(payer), payer.id));
        Ok(Decision::done(Answer::json(202, &body), event, changes))
    }

    /// The quote is of this biller and not expired, and the reference is free.
    fn still_offered(&self, facts: &Facts) -> Result<(), Problem> {
        if self.quote.biller != self.biller.payee.code {
            let detail = "The quote is of another partner.";
            return Err(Problem::new(422, "quote_of_other_partner", detail, "Ask for a quote."));
        }
        let reference = self.reference.as_deref();
        answer::reference_is_free(facts, &self.channel, reference, self.order)?;
        answer::quote_is_good(facts, self.quote.expires_at)
    }

    /// A quote is paid once, and what was due when the biller was asked is not due any more once something
    /// was paid, under whatever quote.
    fn nothing_paid_since(&self, facts: &Facts) -> Result<(), Problem> {
        let all = facts.all::<Instruction>(&self.of_customer());
        if all.into_iter().any(|paid| paid.posted_seq > Some(self.quote.asked_seq)) {
            let detail = "Something was paid for this customer since the biller was asked.";
            return Err(Problem::new(409, "quote_used", detail, "Ask for a new quote."));
        }
        Ok(())
    }

    /// What is on its way for the same customer is waited for: a second payment could be a payment twice.
    /// Whose it is, is told to nobody but its payer.
    fn nothing_pending(&self, facts: &Facts, payer: &Account) -> Result<(), Problem> {
        let all = facts.all::<Instruction>(&self.of_customer());
        let Some(pending) = all.into_iter().find(|instruction| !instruction.state.has_ended())
        else {
            return Ok(());
        };
        let detail = "A payment for this customer is on its way and its outcome is not known yet.";
        let problem = Problem::new(409, "payment_pending", detail, "Wait until it is known.");
        let own = facts.get::<Hold>(pending.hold).is_some_and(|hold| hold.account == payer.id);
        Err(if own { problem.with("order", json!(pending.order)) } else { problem })
    }
}
