//! What is due for a customer now, as the biller says: an amount that binds us until it expires. "No such
//! customer", "nothing due" and "could not ask" are three answers.

use std::collections::BTreeMap;

use jiaozi_adapters::exchange::{self, Outcome, Verb};
use jiaozi_adapters::utility::quote::{Asked, Due, Quote, quote};
use jiaozi_ledger::instruction::InstructionLine;
use jiaozi_ledger::problem::Problem;

use super::billers::{Billers, Reached};
use super::saying::{Mute, Wish, Word, say};
use crate::clock::new_id;
use crate::gateway::Gateway;
use crate::outbound::heard::NotSent;
use crate::refused::Refused;
use crate::tokens::Purpose;

/// A quote with its token, and who the customer is there, as much as may be shown.
#[derive(Debug)]
pub struct Quoted {
    /// The quote.
    pub quote: Quote,
    /// What pays it.
    pub token: String,
    /// The customer's name, masked.
    pub customer_name: Option<String>,
}

/// Asks a biller what is due for a customer.
///
/// # Errors
/// A number that is none there, no such customer, nothing due, or nobody who answers: each a problem of
/// its own.
pub async fn ask(
    gateway: &Gateway,
    billers: &Billers,
    reached: &Reached,
    customer: &str,
) -> Result<Quoted, Refused> {
    let customer = customer_number(reached, customer)?;
    let seq = gateway.store.head().await?.seq;
    let asked = Asked { at: gateway.now().await?, seq };
    let wish = Wish {
        verb: Verb::Query,
        reference: None,
        original: None,
        at: None,
        clearing_date: None,
        deadline: None,
        customer: customer.clone(),
        amount: None,
        carried: BTreeMap::new(),
    };
    let reading = match say(gateway, billers, reached, wish).await.map_err(mute)? {
        Word::Said(reading) => reading,
        Word::NotSent(why) => return Err(not_asked(reached, &why).into()),
        Word::Nothing(nothing) => {
            return Err(unanswered(reached, &nothing.reason).into());
        }
    };
    let due = match reading.outcome {
        Outcome::Done => reading.due,
        Outcome::NothingDue => {
            let detail = "Nothing is due for this customer.";
            return Err(Problem::new(409, "nothing_due", detail, "There is nothing to pay.").into());
        }
        Outcome::NoSuchCustomer => {
            let detail = "The biller knows no such customer.";
            return Err(Problem::new(404, "no_such_customer", detail, "Check the number.").into());
        }
        _ => return Err(unanswered(reached, &reading.code).into()),
    };
    let due = due.ok_or_else(|| unanswered(reached, &reading.code))?;
    let customer_name = due.customer_name.as_ref().map(ToString::to_string);
    let due = understood(reached, due, reading.carried);
    let id = new_id(gateway.store.clock().as_ref());
    let quote = quote(&reached.biller, &customer, due, id, asked)?;
    let token = gateway.tokens.seal(Purpose::BillerQuote, &quote);
    Ok(Quoted { quote, token, customer_name })
}

/// The quote of a token, if it is one of a biller's.
#[must_use]
pub fn open(gateway: &Gateway, token: &str) -> Option<Quote> {
    gateway.tokens.open(Purpose::BillerQuote, token).ok()
}

fn customer_number(reached: &Reached, typed: &str) -> Result<String, Problem> {
    let Some(terms) = reached.terms() else { return Err(unanswered(reached, "no_terms")) };
    terms.customer.read(typed).map_err(|expected| {
        let detail = "This is no customer number of the biller.";
        Problem::new(400, "customer_number_invalid", detail, "Check the number.")
            .with("place", "customer")
            .with("expected", expected)
    })
}

fn understood(reached: &Reached, due: exchange::Due, carried: BTreeMap<String, String>) -> Due {
    let item = || {
        let terms = reached.terms();
        terms.map_or_else(String::new, |terms| terms.item.name.zh.as_str().to_owned())
    };
    let line = |line: exchange::DueLine| InstructionLine {
        label: line.label.unwrap_or_else(item),
        period: line.period.unwrap_or_default(),
        principal: line.amount,
        late_fee: line.late_fee,
    };
    Due { lines: due.lines.into_iter().map(line).collect(), total: due.total, carried }
}

/// Nobody was asked: the biller is down, or wants no more messages for now.
fn not_asked(reached: &Reached, why: &NotSent) -> Problem {
    let busy = matches!(why, NotSent::TooFast { .. } | NotSent::Busy);
    let again = match why {
        NotSent::TooFast { again_after, .. } | NotSent::Resting { again_after } => {
            Some(again_after.as_secs().max(1))
        }
        _ => None,
    };
    let (status, code, detail) = if busy {
        (429, "biller_busy", "The biller takes no more questions for the moment.")
    } else {
        (503, "biller_unavailable", "The biller cannot be reached at the moment.")
    };
    let problem = Problem::new(status, code, detail, "Try again later.")
        .with("partner", reached.code())
        .with("reason", why.code());
    match again {
        Some(seconds) => problem.with("retry_after_seconds", seconds),
        None => problem,
    }
}

/// It was asked, and what is due is not known.
fn unanswered(reached: &Reached, reason: &str) -> Problem {
    let detail = "The biller has not said what is due.";
    Problem::new(503, "biller_unavailable", detail, "Try again later.")
        .with("partner", reached.code())
        .with("reason", reason)
}

/// Nothing could be said, for reasons of our own.
pub(super) fn mute(mute: Mute) -> Refused {
    match mute {
        Mute::Store(error) => error.into(),
        Mute::Key(error) => {
            tracing::error!(%error, "a secret cannot be used");
            let detail = "The gateway cannot sign messages to this biller.";
            Problem::new(503, "biller_unavailable", detail, "Tell the bank.").into()
        }
    }
}
