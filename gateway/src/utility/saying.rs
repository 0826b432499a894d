//! Saying one thing to a biller: the message as its specification wants it, over its line, and what its
//! answer means. What cannot be trusted is no answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiaozi_adapters::exchange::{
    Incoming, Original, Outgoing, Reading, Telling, Verb, read, render,
};
use jiaozi_adapters::spec::biller;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use super::billers::{Billers, Reached};
use crate::gateway::Gateway;
use crate::keys::{KeyError, KeyKind};
use crate::outbound::heard::{Answer, Heard, Late, Message, NotSent};

/// What is to be said, before it has a reference of its own.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What.
    pub verb: Verb,
    /// Under which reference; a new one if it is left out.
    pub reference: Option<String>,
    /// The message that this one is about.
    pub original: Option<Original>,
    /// When it counts as said; now, if it is left out. A payment is said with the time at which it was
    /// accepted, because that is the date under which it is asked for and undone afterwards.
    pub at: Option<Instant>,
    /// The clearing date of the payment that it is, or is about; that of now, if it is left out.
    pub clearing_date: Option<Date>,
    /// Until when it may leave; whenever it can, if it is left out.
    pub deadline: Option<tokio::time::Instant>,
    /// The customer's number.
    pub customer: String,
    /// What is paid.
    pub amount: Option<Fen>,
    /// What the biller wants to hear again.
    pub carried: BTreeMap<String, String>,
}

/// What came of it.
#[derive(Debug)]
pub enum Word {
    /// An answer that was understood.
    Said(Reading),
    /// Surely nothing was sent, and why.
    NotSent(NotSent),
    /// It may have been heard, and there is no answer that can be trusted; and why.
    Nothing(Nothing),
}

/// No answer that can be trusted, or not yet.
#[derive(Debug)]
pub struct Nothing {
    /// Why, in a word.
    pub reason: String,
    late: Option<(Late, Telling)>,
}

impl Nothing {
    /// Waits for a late answer that can be trusted; nothing if none comes.
    pub async fn late(self, gateway: &Gateway, reached: &Reached) -> Option<Reading> {
        let (late, telling) = self.late?;
        let answer = late.answer().await?;
        let terms = reached.terms()?;
        let secret = secret(gateway, terms).await.ok()?;
        understood(terms, &telling, &answer, secret.as_deref()).ok()
    }
}

/// Why nothing could be said.
#[derive(Debug, thiserror::Error)]
pub enum Mute {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secret.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Says something to a biller.
///
/// # Errors
/// When the store cannot be read; nothing was said then.
pub async fn say(
    gateway: &Gateway,
    billers: &Billers,
    reached: &Reached,
    wish: Wish,
) -> Result<Word, Mute> {
    let unsendable = |what: String| Ok(Word::NotSent(NotSent::Unsendable(what)));
    let Some(terms) = reached.terms() else {
        return unsendable("it is not a biller any more".to_owned());
    };
    let Some(line) = &reached.line else {
        return unsendable("it is told by files alone".to_owned());
    };
    let (now, deadline) = (gateway.now().await?, wish.deadline);
    let Some(telling) = telling(billers, reached, wish, now).await? else {
        return unsendable("our reference has more digits than it takes".to_owned());
    };
    let secret = secret(gateway, terms).await?;
    let message = match render(terms, &telling, secret.as_deref()) {
        Ok(outgoing) => message(outgoing),
        Err(error) => return unsendable(error.to_string()),
    };
    let Some(message) = message else {
        return unsendable("a header is not one of HTTP".to_owned());
    };
    let heard = line.exchange_by(Some(&telling.customer), message, deadline);
    Ok(match heard.await {
        Heard::Answer(answer) => match understood(terms, &telling, &answer, secret.as_deref()) {
            Ok(reading) => Word::Said(reading),
            Err(reason) => {
                tracing::warn!(partner = reached.code(), verb = %telling.verb, reason, "an answer that is none");
                Word::Nothing(Nothing { reason: "answer_not_understood".to_owned(), late: None })
            }
        },
        Heard::NotSent(why) => Word::NotSent(why),
        Heard::Silent(silent) => {
            let reason = silent.why.code().to_owned();
            Word::Nothing(Nothing { reason, late: silent.late.map(|late| (late, telling)) })
        }
    })
}

/// What is said; nothing if a reference does not fit.
async fn telling(
    billers: &Billers,
    reached: &Reached,
    wish: Wish,
    now: Instant,
) -> Result<Option<Telling>, StoreError> {
    let payee = &reached.biller.payee;
    let reference = match wish.reference {
        Some(reference) => Some(reference),
        None => reached.biller.reference.write(billers.references.next(reached.code()).await?),
    };
    Ok(reference.map(|reference| Telling {
        verb: wish.verb,
        reference,
        original: wish.original,
        at: payee.zone.to_datetime(wish.at.unwrap_or(now).timestamp()),
        clearing_date: wish
            .clearing_date
            .or_else(|| payee.clearing_date(now))
            .unwrap_or_else(|| payee.today(now)),
        customer: wish.customer,
        amount: wish.amount,
        carried: wish.carried,
        part: 1,
    }))
}

/// The secret under which messages are signed; nothing where they are not, or it is not there.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn secret(
    gateway: &Gateway,
    terms: &biller::Biller,
) -> Result<Option<Vec<u8>>, KeyError> {
    let Some(signing) = &terms.outbound.signature else { return Ok(None) };
    let key = gateway.keys.find(signing.key.as_str()).await?;
    let live = key.filter(|key| key.kind == KeyKind::Message && key.revoked_at.is_none());
    let Some(key) = live else { return Ok(None) };
    Ok(Some(gateway.keys.secret(&key)?.expose().as_bytes().to_vec()))
}

/// A message as it goes out; nothing if a header is not one of HTTP.
pub(crate) fn message(outgoing: Outgoing) -> Option<Message> {
    let mut headers = HeaderMap::new();
    for (name, value) in &outgoing.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_str(value).ok()?);
    }
    Some(Message {
        method: Method::from_bytes(outgoing.method.as_bytes()).ok()?,
        path: outgoing.path,
        headers,
        body: Bytes::from(outgoing.body),
    })
}

/// What an answer means.
///
/// # Errors
/// Why it is none.
pub(crate) fn understood(
    terms: &biller::Biller,
    telling: &Telling,
    answer: &Answer,
    secret: Option<&[u8]>,
) -> Result<Reading, String> {
    let headers = texts(&answer.headers);
    let status = answer.status.map(|status| status.as_u16());
    let incoming = Incoming { status, headers: &headers, body: &answer.body };
    read(terms, telling, &incoming, secret).map_err(|error| error.to_string())
}

/// Headers as texts.
pub(crate) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}
