//! Fees that are collected apart: of a payee that is settled gross, the fees of ended months are taken from
//! its account on the first day of payouts of a later one, as far as the account has them then, and the
//! rest on the next.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::book;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::payout::FEES_COLLECTED;
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::{fits, payable};
use crate::answer::{self, digest_of, not_opened};
use crate::settlement::payee::Payee;

/// Collects the fees that a payee owes for the months before that of a day.
#[derive(Debug)]
pub struct CollectFees {
    /// Under which key.
    pub scope: Scope,
    /// Who owes them.
    pub payee: Arc<Payee>,
    /// The day on which they are collected.
    pub date: Date,
}

/// How much can be collected on a day: what is owed, and not more than the account can pay out; nothing
/// where sums do not fit.
#[must_use]
pub fn collectable(list: &Payable, account: &Account, date: Date) -> Option<Fen> {
    Some(list.fees_before(date)?.min(list.due(account, date)?.amount))
}

impl CollectFees {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "payout.collect_fees";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let (moment, own) = (facts.moment(), self.payee.settled());
        let today = self.payee.today(moment.at);
        if self.date > today {
            let detail = format!("{} has not come; today is {today}.", self.date);
            return Err(Problem::new(409, "date_not_open", detail, "Wait until then."));
        }
        let list = payable(facts, own)?;
        let account = |code: &str| facts.account(code).ok_or_else(|| not_opened(code));
        let (owned, owed) = (account(own)?, account(&self.payee.fees_owed())?);
        let fee = fits(collectable(list, owned, self.date))?;
        if !fee.is_positive() {
            let detail = "No fee of an ended month is owed that the account has.";
            return Err(Problem::new(409, "nothing_due", detail, "There is nothing to collect."));
        }
        let mut after = Payable { seq: moment.seq, ..list.clone() };
        fits(after.collect(self.date, fee))?;
        let body = json!({
            "partner": self.payee.code, "account": own, "date": self.date, "fee_fen": fee,
            "owed_fen": after.fees_fen, "seq": moment.seq,
        });
        let event = Event { kind: FEES_COLLECTED, subject: after.id.0, data: body.clone() };
        let changes = Changes {
            draft: Some(Draft::new().debit(owned.id, fee).credit(owed.id, fee)),
            payables: vec![after],
            ..Changes::default()
        };
        book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.payee, &self.payee.accounts()))?;
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }
}

impl Command for CollectFees {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.payee.code, &self.date.to_string()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![
            Payable::by_account(self.payee.settled()),
            Account::by_code(self.payee.settled()),
            Account::by_code(&self.payee.fees_owed()),
        ]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let list = facts.one::<Payable>(&Payable::by_account(self.payee.settled()));
            let subject: Uuid = list.map_or_else(|| facts.moment().ids.id(0), |list| list.id.0);
            let data = json!({"partner": self.payee.code, "date": self.date});
            problem.decline("fees.declined", subject, data)
        })
    }
}
