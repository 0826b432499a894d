//! One payout of an account: what its due days and all else on it come to, set apart until the core says
//! that it has paid. Less than the minimum waits and is paid with the next.
//!
//! The first payout of an account goes where the specification says; from then on only two operators change
//! where it goes ([`super::redirect`]). An account of which a payout was rejected waits until two
//! operators release it or agree on another destination; one of which a payout is contested, until they rule.

use std::sync::Arc;

use jiaozi_ledger::account::{Account, AccountStatus};
use jiaozi_ledger::book;
use jiaozi_ledger::chart::PAYOUTS_TRANSIT;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::payout::payable::{Due, Payable};
use jiaozi_ledger::payout::{self, Part, Payout, PayoutState};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::{clearing_date, digest_of_destination, fits, no_such_payout, payable};
use crate::answer::{self, digest_of, not_opened};
use crate::settlement::payee::Payee;

/// Prepares a payout.
#[derive(Debug)]
pub struct Prepare {
    /// Under which key.
    pub scope: Scope,
    /// By whose specification.
    pub payee: Arc<Payee>,
    /// The account of the books that is paid out.
    pub account: String,
    /// On which day: what is due then.
    pub date: Date,
}

/// What keeps an account from being paid out on a day, or what it can pay.
///
/// # Errors
/// What keeps it, with what to do.
pub fn ready(
    payee: &Payee,
    list: &Payable,
    held_by: &[&Payout],
    account: &Account,
    date: Date,
) -> Result<Due, Problem> {
    let code = &account.code;
    let (Some(to), Some(terms)) = (payee.destination(code), payee.payout.as_ref()) else {
        let detail = format!("The specification of {} does not pay out {code}.", payee.code);
        return Err(Problem::new(422, "not_paid_out", detail, "Name it in [payout]."));
    };
    if account.status != AccountStatus::Active {
        let detail = format!("{code} is frozen or closed.");
        let next = "Unfreeze it, or leave the money where it is.";
        return Err(Problem::new(409, "account_not_active", detail, next));
    }
    match payee.calendar.is_working_day(date) {
        Ok(true) => {}
        Ok(false) => {
            let detail = format!("{date} is no working day of {}.", payee.clearing.calendar);
            return Err(Problem::new(409, "not_a_working_day", detail, "Take a working day."));
        }
        Err(error) => {
            let detail = format!("Whether it is a working day is not known: {error}.");
            return Err(Problem::new(422, "calendar_ends", detail, "Extend the calendar."));
        }
    }
    let digest = digest_of_destination(to);
    if let Some(held) = held_by.iter().find(|held| held.contested.is_some()) {
        let detail = format!("Payout {} of this account is contested.", held.id);
        let next = "Let two operators rule: `jiaozi payout propose`.";
        return Err(Problem::new(409, "payout_contested", detail, next));
    }
    if list.destination.as_ref().is_some_and(|known| *known != digest) {
        let detail = format!("{code} is to be paid to {}, which nobody has approved.", to.shown());
        let next = "Let two operators agree: `jiaozi payout redirect`, `jiaozi approval approve`.";
        return Err(Problem::new(409, "destination_not_approved", detail, next));
    }
    if let Some(held) = held_by.first() {
        let detail = format!("Payout {} of this account was rejected.", held.id);
        let next = "Find out why; then `jiaozi payout release`, or correct the specification and `jiaozi payout redirect`.";
        return Err(Problem::new(409, "payout_rejected", detail, next));
    }
    if let Some(from) = list.destination_from.filter(|from| date < *from) {
        let detail = format!("{code} is paid to {} from {from} on.", to.shown());
        return Err(Problem::new(409, "destination_not_yet", detail, "Wait until then."));
    }
    let due = fits(list.due(account, date))?;
    if due.amount < Fen(terms.minimum_fen.max(1)) {
        let detail = format!(
            "{} fen are due, expected {} at least; they are paid with the next payout.",
            due.amount.0,
            terms.minimum_fen.max(1)
        );
        return Err(Problem::new(409, "below_minimum", detail, "Wait for more."));
    }
    Ok(due)
}

impl Prepare {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "payout.prepare";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let moment = facts.moment();
        let today = self.payee.today(moment.at);
        let list = payable(facts, &self.account)?;
        let account = facts.account(&self.account).ok_or_else(|| not_opened(&self.account))?;
        if self.date > today || list.last_date.is_some_and(|last| self.date < last) {
            let detail = format!("Payouts of {} are prepared for {today}.", self.date);
            let next = "Take a day that has come and is not before the last payout.";
            return Err(Problem::new(409, "date_not_open", detail, next));
        }
        let held_by: Option<Vec<&Payout>> =
            list.holds.iter().map(|held| facts.get::<Payout>(*held)).collect();
        let held_by = held_by.ok_or_else(no_such_payout)?;
        let due = ready(&self.payee, list, &held_by, account, self.date)?;
        let payout = fits(self.payout(facts, list, &due))?;
        let transit = facts.account(PAYOUTS_TRANSIT).ok_or_else(|| not_opened(PAYOUTS_TRANSIT))?;
        let after = Payable {
            waiting: due.later,
            destination: Some(payout.destination_digest.clone()),
            last_date: Some(payout.date),
            last_run: payout.run,
            seq: moment.seq,
            ..list.clone()
        };
        let draft = Draft::new().debit(account.id, payout.amount).credit(transit.id, payout.amount);
        let changes = Changes {
            draft: Some(draft),
            payouts: vec![payout.clone()],
            payables: vec![after],
            ..Changes::default()
        };
        book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.payee, &self.payee.accounts()))?;
        let told = payout.told();
        let data = json!(told);
        let event = Event { kind: payout::PREPARED, subject: payout.id.0, data };
        Ok(Decision::done(Answer::json(201, &told), event, changes))
    }

    fn payout(&self, facts: &Facts, list: &Payable, due: &Due) -> Option<Payout> {
        let moment = facts.moment();
        let to = self.payee.destination(&self.account)?;
        let terms = self.payee.payout.as_ref()?;
        let dates = due.days.iter().filter_map(|one| clearing_date(&one.day));
        let (from, last) = (dates.clone().min(), dates.max());
        let parts = Fen::total(due.days.iter().map(|one| one.fen))?;
        let run = list.next_run(self.date);
        let (from, last) = (from.unwrap_or(self.date), last.unwrap_or(self.date));
        Some(Payout {
            id: moment.ids.id::<PayoutId>(0),
            payout_key: Payout::key_of(&self.account, self.date, run),
            partner: self.payee.code.clone(),
            account: self.account.clone(),
            date: self.date,
            run,
            amount: due.amount,
            days: due.days.iter().map(|one| Part { day: one.day.clone(), fen: one.fen }).collect(),
            other: due.amount.minus(parts)?,
            destination: to.kept(),
            destination_digest: digest_of_destination(to),
            remittance: terms.remittance.text(self.date, from, last),
            currency: self.payee.currency,
            file: None,
            state: PayoutState::Prepared,
            status: None,
            reason: None,
            contested: None,
            prepared_at: moment.at,
            sent_at: None,
            heard_at: None,
            ended_at: None,
            approval: None,
            prepared_seq: moment.seq,
            seq: moment.seq,
        })
    }
}

impl Command for Prepare {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.payee.code, &self.account, &self.date.to_string()])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let by_account = Payable::by_account(&self.account);
        let list = facts.one::<Payable>(&by_account);
        let held: Vec<Need> =
            list.iter().flat_map(|list| &list.holds).map(|held| Payout::by_id(*held)).collect();
        let mut needs =
            vec![by_account, Account::by_code(&self.account), Account::by_code(PAYOUTS_TRANSIT)];
        needs.extend(held);
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let list = facts.one::<Payable>(&Payable::by_account(&self.account));
            let subject: Uuid = list.map_or_else(|| facts.moment().ids.id(0), |list| list.id.0);
            let data = json!({
                "partner": self.payee.code, "account": self.account, "date": self.date,
            });
            problem.decline("payout.declined", subject, data)
        })
    }
}
