//! What the core says of a file of payouts: a pain.002, understood and held against the file as a whole
//! before any of it has an effect. The same report again finds everything heard already; one that was
//! interrupted is simply imported again.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use jiaozi_adapters::iso20022::status::{self, StatusReport, TransactionStatus};
use jiaozi_adapters::settlement::payout::hear::Hear;
use jiaozi_adapters::statement::amount::decimals;
use jiaozi_adapters::statement::{Place, StatementError};
use jiaozi_ledger::decision::{Scope, Verdict, digest};
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::payout::file::PayoutFile;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::{Failure, Reply};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::gateway::Gateway;
use crate::operators::{Who, detail};
use crate::record::LeaveEvent;

/// Who says it, as records name it: the same report has one effect, whoever imports it.
const CORE: &str = "core";

/// Why a refusal changes nothing.
const COPY: &str =
    "refused as a duplicate: of what came first the core says nothing by that; ask it";

/// Unknown references that are kept with the report's event; all are named to whoever imports it.
const KEPT: usize = 100;

/// What came of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heard {
    /// The report's own identifier.
    pub report: String,
    /// The message that it is about: one of our files.
    pub message: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Whether all of it was heard before.
    pub repeated: bool,
    /// How many payouts of the file it says something of, by what came of it: `payout.settled`, ….
    pub counts: BTreeMap<String, i64>,
    /// Each of them.
    pub payouts: Vec<HeardOne>,
    /// Payouts of the file of which it says nothing.
    pub silent: i64,
    /// References in it that are none of the file's.
    pub unknown: Vec<Unknown>,
}

impl Heard {
    /// Whether somebody should look at it.
    #[must_use]
    pub fn is_strange(&self) -> bool {
        !self.unknown.is_empty() || self.payouts.iter().any(|one| one.why.is_some())
    }
}

/// What came of one payout.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeardOne {
    /// The payout.
    pub payout: PayoutId,
    /// The partner.
    pub partner: String,
    /// How much, in fen.
    pub amount_fen: Fen,
    /// The core's word.
    pub status: String,
    /// Its reason.
    pub reason: Option<String>,
    /// What came of it.
    pub event: String,
    /// What contradicts, why it changes nothing, or why the books did not take it.
    pub why: Option<String>,
}

/// A reference that is none of the file's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub reference: String,
}

/// Why a report was not taken, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum HearError {
    /// It is broken, or no status report.
    #[error("the report is refused: {0}; nothing of it was taken")]
    Refused(#[from] StatementError),
    /// It is about something else than one of our files, or another one.
    #[error(
        "the report is refused: {place}: found {found}, expected {expected}; nothing of it was taken"
    )]
    Another {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// A part could not be handed in.
    #[error("stopped: {0}; import the report again to go on")]
    Stopped(#[from] Failure),
    /// The store.
    #[error("stopped: {0}; import the report again to go on")]
    Store(#[from] StoreError),
}

/// Takes a report.
///
/// # Errors
/// It is refused as a whole, or could not be taken to its end.
pub async fn hear(
    gateway: &Gateway,
    who: &Who,
    name: &str,
    bytes: &Bytes,
) -> Result<Heard, HearError> {
    let report = status::read(&bytes[..])?;
    let (file, payouts) = file_of(gateway, &report).await?;
    let known: HashMap<String, &Payout> =
        payouts.iter().map(|payout| (payout.end_to_end(), payout)).collect();
    agrees(&report, &file, &payouts)?;
    let ours = file.payment();
    let strangers = report
        .listed()
        .filter(|(payment, one)| payment.id != ours || !known.contains_key(one.reference()));
    let mut unknown: Vec<Unknown> = strangers
        .map(|(_, one)| Unknown { place: one.place.clone(), reference: one.reference().to_owned() })
        .collect();
    let other = report.payments.iter().filter(|payment| payment.id != ours);
    unknown.extend(
        other
            .map(|payment| Unknown { place: payment.place.clone(), reference: payment.id.clone() }),
    );
    let content = digest(bytes);
    let sha256 = hex::encode(content);
    let scope = |operation, key| Scope { partner: CORE.to_owned(), operation, key };
    let received = LeaveEvent {
        scope: scope("payout.status", sha256.clone()),
        digest: content,
        kind: "payout_status.received",
        subject: Some(file.id.0),
        data: json!({
            "report": report.id, "message": report.original.id, "name": name, "sha256": sha256,
            "status": report.original.status, "listed": report.listed().count(),
            "unknown": unknown.iter().take(KEPT).map(|one| &one.reference).collect::<Vec<_>>(),
            "unknown_found": unknown.len(), "by": who.actor(),
        }),
    };
    let mut repeated = gateway.submit(received).await?.replayed;
    let (index, mut heard) = (report.index(), Vec::new());
    for payout in &payouts {
        let reference = payout.end_to_end();
        let Some(says) = index.of(&ours, &reference) else { continue };
        let differs = says.listed.and_then(|listed| differs(listed, payout));
        let reason = says.code().map(str::to_owned);
        let command = |key: String| Hear {
            scope: scope(Hear::OPERATION, key),
            payout: payout.id,
            status: says.status,
            reason: reason.clone(),
            differs,
            report: report.id.clone(),
        };
        let key = format!("{sha256}/{reference}");
        let mut reply = gateway.submit(command(key.clone())).await?;
        if reply.replayed && reply.verdict == Verdict::Declined {
            // What kept it then need not keep it now; a decline is kept under its key for ever.
            let key = format!("{key}/{}", gateway.now().await?.0);
            reply = gateway.submit(command(key)).await?;
        }
        repeated &= reply.replayed;
        heard.push(one(payout, &reply, says.status, reason));
    }
    let mut counts = BTreeMap::new();
    for one in &heard {
        *counts.entry(one.event.clone()).or_default() += 1;
    }
    let silent = i64::try_from(payouts.len() - heard.len()).unwrap_or(i64::MAX);
    let (message, report) = (file.message(), report.id.clone());
    Ok(Heard { report, message, sha256, repeated, counts, payouts: heard, silent, unknown })
}

fn one(payout: &Payout, reply: &Reply, status: status::Status, reason: Option<String>) -> HeardOne {
    let body: Value = serde_json::from_slice(&reply.answer.body).unwrap_or_default();
    let (event, why) = match reply.verdict {
        Verdict::Done => {
            let why = match body["copy"].as_bool() {
                Some(true) => Some(COPY.to_owned()),
                _ => body["contested"].as_str().map(str::to_owned),
            };
            (body["event"].as_str().unwrap_or_default().to_owned(), why)
        }
        Verdict::Declined => ("declined".to_owned(), Some(detail(reply))),
    };
    HeardOne {
        payout: payout.id,
        partner: payout.partner.clone(),
        amount_fen: payout.amount,
        status: status.code().to_owned(),
        reason,
        event,
        why,
    }
}

/// The file that a report is about, with its payouts.
async fn file_of(
    gateway: &Gateway,
    report: &StatusReport,
) -> Result<(PayoutFile, Vec<Payout>), HearError> {
    let original = &report.original;
    let another = |at: &str, found: &str, expected: &str| HearError::Another {
        place: Place::new(original.place.line, format!("OrgnlGrpInfAndSts/{at}")),
        found: format!("`{found}`"),
        expected: expected.to_owned(),
    };
    if !original.kind.starts_with("pain.001.") {
        return Err(another("OrgnlMsgNmId", &original.kind, "pain.001.001.09, a file of payouts"));
    }
    let expected = "the message identifier of a file that `jiaozi file export payouts` has made";
    let id = Uuid::try_parse(&original.id).ok().filter(|id| id.simple().to_string() == original.id);
    let unknown = || another("OrgnlMsgId", &original.id, expected);
    let id = id.ok_or_else(unknown)?;
    let file: Option<PayoutFile> = gateway.store.first("id = $2", vec![Cell::Id(id)]).await?;
    let file = file.ok_or_else(unknown)?;
    let payouts = gateway.store.find("file = $2 order by id", vec![Cell::Id(id)]).await?;
    Ok((file, payouts))
}

/// What a report says of the file as a whole is what the file is.
fn agrees(report: &StatusReport, file: &PayoutFile, payouts: &[Payout]) -> Result<(), HearError> {
    let currency = payouts.first().map_or(Currency::CNY, |one| one.currency);
    let (count, sum) = (u64::try_from(file.payouts).unwrap_or(0), in_units(file.sum, currency));
    let refuse = |place: &Place, at: &str, found: String, expected: String| {
        let above = if place.at.is_empty() { "OrgnlGrpInfAndSts" } else { place.at.as_str() };
        let place = Place::new(place.line, format!("{above}/{at}"));
        Err(HearError::Another { place, found, expected })
    };
    let original = &report.original;
    let own = report.payments.iter().filter(|payment| payment.id == file.payment());
    let parts = own.map(|one| (&one.place, one.transactions, one.control_sum));
    let whole = (&original.place, original.transactions, original.control_sum);
    for (place, transactions, control_sum) in std::iter::once(whole).chain(parts) {
        if let Some(found) = transactions.filter(|found| *found != count) {
            return refuse(place, "OrgnlNbOfTxs", found.to_string(), count.to_string());
        }
        if let Some(found) = control_sum.filter(|found| *found != sum) {
            return refuse(place, "OrgnlCtrlSum", found.to_string(), sum.to_string());
        }
    }
    Ok(())
}

/// What a report repeats of a payout and what the payout is, if they differ.
fn differs(listed: &TransactionStatus, payout: &Payout) -> Option<&'static str> {
    let (amount, currency) = listed.amount.as_ref()?;
    let same =
        currency == payout.currency.as_str() && *amount == in_units(payout.amount, payout.currency);
    (!same).then_some("amount")
}

/// An amount in units of its currency.
fn in_units(fen: Fen, currency: Currency) -> Decimal {
    Decimal::new(fen.0, u32::from(decimals(currency))).normalize()
}
