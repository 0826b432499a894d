//! Ordering a payment from an account with the core: what the core will be asked, and what the money is
//! meant for, are on record before the core is asked. The answer is a 202: what becomes of it is read at
//! the order, whose identifier is known from now on.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_ledger::account::{Account, AccountStatus};
use jiaozi_ledger::chart;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::draw::{Draw, DrawState};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{DrawId, HoldId, InstructionId, OrderId};
use jiaozi_ledger::instruction::{Instruction, InstructionState, Step};
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::Intention;
use super::answer::{draw_body, event_data};
use crate::answer::{
    PAY, digest_of, no_open_day, quote_is_good, reference_is_free, reference_needs, unknown_payer,
};
use crate::utility::accept::References;
use crate::utility::biller::Biller;

/// What it may take until money is spent that a core gave which is told by files.
const SPENDING_SECONDS: i64 = 600;

/// Orders a payment from an account with the core.
#[derive(Debug)]
pub struct Begin {
    /// Under which key.
    pub scope: Scope,
    /// The core.
    pub core: Arc<Biller>,
    /// The channel that orders it for the payer.
    pub channel: String,
    /// The customer's number with the core. Its account here is open.
    pub number: String,
    /// What the money is meant for.
    pub intention: Intention,
    /// The channel's own reference, unique where given.
    pub reference: Option<String>,
    /// Under which references the core is asked. Whoever asks draws new ones each time; those of the first
    /// time count.
    pub references: References,
}

impl Begin {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = PAY;

    fn code(&self) -> String {
        chart::customer(&self.number)
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let (moment, payee) = (facts.moment(), &self.core.payee);
        self.still_possible(facts)?;
        let account = facts.account(&self.code()).ok_or_else(unknown_payer)?;
        if account.status != AccountStatus::Active {
            let detail = "The account of the payer is frozen or closed.";
            let next = "Use another account, or ask the bank.";
            return Err(Problem::new(422, "account_not_active", detail, next));
        }
        let clearing_date = payee.clearing_date(moment.at).ok_or_else(no_open_day)?;
        let amount = self.intention.amount();
        let draw = Draw {
            id: moment.ids.id::<DrawId>(2),
            order: moment.ids.id::<OrderId>(0),
            instruction: moment.ids.id::<InstructionId>(1),
            core: payee.code.clone(),
            account: account.id,
            amount,
            channel: self.channel.clone(),
            reference_key: self.reference.as_ref().map(|text| format!("{}/{text}", self.channel)),
            scene: self.intention.scene().to_owned(),
            payee: self.intention.payee().to_owned(),
            site: self.intention.site().to_owned(),
            house: self.intention.house().to_owned(),
            intention: self.kept(moment.at, clearing_date).to_text(),
            state: DrawState::Asked,
            reason: None,
            at: moment.at,
            business_date: payee.today(moment.at),
            clearing_date,
            drawn_seq: None,
            returned_seq: None,
            seq: moment.seq,
        };
        let instruction = Instruction {
            id: draw.instruction,
            order: OrderId(draw.id.0),
            partner: payee.code.clone(),
            reference_key: format!("{}/{}", payee.code, self.references.instruction),
            reversal_reference: self.references.reversal.clone(),
            customer_key: format!("{}/{}", payee.code, self.number),
            amount,
            lines: Vec::new(),
            carried: BTreeMap::new(),
            // Nothing of ours is reserved: the money is with the core.
            hold: HoldId(Uuid::nil()),
            state: InstructionState::Asked,
            step: Step::Await,
            tries: 0,
            first_try: 0,
            due_at: Some(self.core.first_due(moment.at, clearing_date)),
            file: None,
            reversal_file: None,
            reversals: 0,
            reversible: self.core.schedule.reversible,
            their_reference: None,
            reason: None,
            contested: false,
            at: moment.at,
            clearing_date,
            counted_on: None,
            posted_seq: None,
            seq: moment.seq,
        };
        let body = draw_body(&draw, &instruction);
        let data = event_data(&draw, &instruction);
        let event = Event { kind: "draw.asked", subject: draw.order.0, data };
        let changes =
            Changes { draws: vec![draw], instructions: vec![instruction], ..Changes::default() };
        Ok(Decision::done(Answer::json(202, &body), event, changes))
    }

    /// What the money is meant for, as it is kept. Who ordered in time is in time: a core that is told by
    /// files answers later than a quote is good, and the quote binds until its answer is due.
    fn kept(&self, at: Instant, clearing_date: Date) -> Intention {
        let Some(files) = &self.core.files else { return self.intention.clone() };
        let told_at = self.core.first_due(at, clearing_date);
        self.intention.good_until(told_at.plus_seconds(files.answer_seconds + SPENDING_SECONDS))
    }

    /// The quote has not expired, comes to something, and the reference is free.
    fn still_possible(&self, facts: &Facts) -> Result<(), Problem> {
        reference_is_free(facts, &self.channel, self.reference.as_deref(), None)?;
        quote_is_good(facts, self.intention.expires_at())?;
        if !self.intention.amount().is_positive() {
            let detail = "Nothing is due from the payer.";
            return Err(Problem::new(409, "nothing_due", detail, "There is nothing to pay."));
        }
        Ok(())
    }
}

impl Command for Begin {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let reference = self.reference.as_deref().unwrap_or("");
        let (core, intention) = (&self.core.payee.code, self.intention.to_text());
        digest_of(&[core, &self.channel, &intention, &self.number, reference])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Account::by_code(&self.code())];
        if let Some(reference) = &self.reference {
            needs.extend(reference_needs(&self.channel, reference));
        }
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({
                "scene": self.intention.scene(), "partner": self.intention.payee(),
                "channel": self.channel, "reference": self.reference,
                "quote": self.intention.quote(), "core": self.core.payee.code,
            });
            problem.decline("payment.declined", self.intention.quote(), data)
        })
    }
}
