//! Payouts in a file for the core. What the file says is on record before the file is written: whoever is
//! interrupted writes it again, the same bytes.

use std::collections::BTreeSet;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{PayoutFileId, PayoutId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::payout::file::{MADE, PayoutFile};
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::payout::{Payout, PayoutState};
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde_json::json;

use super::{fits, no_such_payout, payable};
use crate::answer::{digest_of, not_opened};

/// The most payouts of one file.
pub const PAYOUTS_MAX: usize = 1_000;

/// Puts payouts into a file.
#[derive(Debug)]
pub struct Send {
    /// Under which key.
    pub scope: Scope,
    /// The day on which the core is to pay.
    pub date: Date,
    /// The number of the file among those of the day, from 1.
    pub number: i64,
    /// Who pays and from which account, as text to be kept.
    pub debtor: String,
    /// The payouts; at most [`PAYOUTS_MAX`].
    pub payouts: Vec<PayoutId>,
}

impl Send {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "payout.send";

    fn before(&self) -> Option<Need> {
        let before = || PayoutFile::by_key(&PayoutFile::key_of(self.date, self.number - 1));
        (self.number > 1).then(before)
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let moment = facts.moment();
        let key = PayoutFile::key_of(self.date, self.number);
        let follows = self.before().is_none_or(|before| facts.one::<PayoutFile>(&before).is_some());
        if self.number < 1
            || facts.one::<PayoutFile>(&PayoutFile::by_key(&key)).is_some()
            || !follows
        {
            let detail = format!("File {} of {} is not the next one.", self.number, self.date);
            return Err(Problem::new(409, "file_not_next", detail, "Export again."));
        }
        let id: PayoutFileId = moment.ids.id(0);
        let mut sent = Vec::new();
        for payout in &self.payouts {
            let payout = facts.get::<Payout>(*payout).ok_or_else(no_such_payout)?;
            let free = payout.state == PayoutState::Prepared
                && payout.file.is_none()
                && payout.date <= self.date;
            if !free {
                let detail = format!("Payout {} is in a file, or has ended.", payout.id);
                return Err(Problem::new(409, "payout_changed", detail, "Export again."));
            }
            // What became of another payout of the account may change what is owed to it: this one was prepared
            // before that was known, and a file is never taken back.
            if let Some(holds) = payable(facts, &payout.account)?.holds.first() {
                let detail = format!("{} is held by its payout {holds}.", payout.account);
                let next = "Have two operators rule on that one, or release it.";
                return Err(Problem::new(409, "payout_held", detail, next));
            }
            // What the core has paid after all may have been prepared anew meanwhile: then the account owes it, and
            // this payout would pay it a second time.
            let account = facts.account(&payout.account);
            let account = account.ok_or_else(|| not_opened(&payout.account))?;
            if account.posted < account.floor.unwrap_or(Fen::ZERO) {
                let detail = format!("{} owes {}.", payout.account, account.posted);
                let next = "Let two operators rule that what is prepared of it is not paid, or wait until later days have covered it.";
                return Err(Problem::new(409, "account_in_debt", detail, next));
            }
            sent.push(Payout {
                file: Some(id),
                state: PayoutState::Sent,
                sent_at: Some(moment.at),
                seq: moment.seq,
                ..payout.clone()
            });
        }
        let currencies: BTreeSet<&str> = sent.iter().map(|one| one.currency.as_str()).collect();
        let different: BTreeSet<PayoutId> = sent.iter().map(|one| one.id).collect();
        let right = (1..=PAYOUTS_MAX).contains(&sent.len())
            && different.len() == sent.len()
            && currencies.len() == 1;
        if !right {
            let detail = format!("A file has 1 to {PAYOUTS_MAX} payouts of one currency.");
            return Err(Problem::new(422, "file_not_suitable", detail, "Export again."));
        }
        let file = PayoutFile {
            id,
            file_key: key,
            date: self.date,
            number: self.number,
            payouts: fits(i64::try_from(sent.len()).ok())?,
            sum: fits(Fen::total(sent.iter().map(|one| one.amount)))?,
            debtor: self.debtor.clone(),
            made_at: moment.at,
            seq: moment.seq,
        };
        let told = file.told();
        let mut data = told.clone();
        data["of"] = json!(self.payouts);
        let event = Event { kind: MADE, subject: id.0, data };
        let changes = Changes { payouts: sent, payout_files: vec![file], ..Changes::default() };
        Ok(Decision::done(Answer::json(201, &told), event, changes))
    }
}

impl Command for Send {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let payouts: Vec<String> = self.payouts.iter().map(ToString::to_string).collect();
        let (date, number) = (self.date.to_string(), self.number.to_string());
        digest_of(&[&date, &number, &self.debtor, &payouts.join(",")])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![PayoutFile::by_key(&PayoutFile::key_of(self.date, self.number))];
        needs.extend(self.before());
        needs.extend(self.payouts.iter().map(|payout| Payout::by_id(*payout)));
        let known = self.payouts.iter().filter_map(|payout| facts.get::<Payout>(*payout));
        let accounts: BTreeSet<&str> = known.map(|payout| payout.account.as_str()).collect();
        needs.extend(accounts.iter().copied().map(Payable::by_account));
        needs.extend(accounts.into_iter().map(Account::by_code));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"date": self.date, "number": self.number});
            problem.decline("payout_file.declined", facts.moment().ids.id(0), data)
        })
    }

    fn weight(&self) -> usize {
        1 + self.payouts.len() / 8
    }
}
