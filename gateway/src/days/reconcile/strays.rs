//! Entries on the partner's accounts that are of none of the day's movements: whose are they?
//!
//! On the partner's settlement only payments, cancels, refunds and closings of its other days may be.
//! Its other accounts are used by more than its days (an account is funded, another company's day pays
//! the same second payee), so there any command is answer enough that does not say it is of this day.

use std::collections::HashMap;

use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Table};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use serde::Deserialize;

use super::Breaks;
use super::accounts::Accounts;
use super::entries::Leg;
use super::span::Span;
use crate::gateway::Gateway;

/// How many are looked up at once.
const AT_ONCE: usize = 500;

/// What such a row is called where it does not read.
const ROWS: Table = Table { name: "journal", key: &[], columns: &[] };

/// What a command says of itself in the feed.
struct Cause {
    kind: String,
    verdict: Verdict,
    /// Of which partner and day it is, if it is of one.
    day: Option<(String, String)>,
}

/// What an event of a day says: of a payment the clearing date, of a closing the date.
#[derive(Deserialize)]
struct OfDay {
    partner: String,
    #[serde(alias = "date")]
    clearing_date: String,
}

impl Cause {
    fn read(row: Vec<Cell>) -> Result<(i64, Cause), Corrupt> {
        let mut cells = Cells::new(ROWS, row);
        let (seq, kind) = (cells.int()?, cells.text()?);
        let verdict = cells.int_as(Verdict::from_code)?;
        let of_day = serde_json::from_str::<OfDay>(&cells.text()?).ok();
        let day = of_day.map(|of_day| (of_day.partner, of_day.clearing_date));
        Ok((seq, Cause { kind, verdict, day }))
    }
}

/// Entries that wait to be looked up.
pub(super) struct Strays {
    partner: String,
    date: String,
    waiting: Vec<Leg>,
}

impl Strays {
    pub(super) fn new(span: &Span) -> Strays {
        let (partner, date) = (span.partner.clone(), span.date.to_string());
        Strays { partner, date, waiting: Vec::new() }
    }

    pub(super) async fn add(
        &mut self,
        gateway: &Gateway,
        accounts: &Accounts,
        leg: Leg,
        breaks: &mut Breaks<'_>,
    ) -> Result<(), StoreError> {
        self.waiting.push(leg);
        if self.waiting.len() < AT_ONCE {
            return Ok(());
        }
        self.resolve(gateway, accounts, breaks).await
    }

    /// Looks up those that wait, and names those that are nobody's.
    pub(super) async fn resolve(
        &mut self,
        gateway: &Gateway,
        accounts: &Accounts,
        breaks: &mut Breaks<'_>,
    ) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        let causes = causes(gateway, &waiting).await?;
        for leg in waiting {
            let cause = causes.get(&leg.seq);
            let on_settlement = Some(leg.account) == accounts.settlement();
            if cause.is_some_and(|cause| self.is_elsewhere(cause, on_settlement)) {
                continue;
            }
            let code = accounts.code(leg.account).unwrap_or_default().to_owned();
            let kind = cause.map(|cause| format!(" ({})", cause.kind)).unwrap_or_default();
            let what = format!(
                "moves {} fen on {code}{kind} without a payment, refund or closing of this date",
                leg.fen
            );
            breaks.entry("posting", leg.seq.to_string(), code, [0, leg.fen], what);
        }
        Ok(())
    }

    /// Whether the command is another day's, or on a shared account another's altogether.
    fn is_elsewhere(&self, cause: &Cause, on_settlement: bool) -> bool {
        if cause.verdict != Verdict::Done {
            return false;
        }
        let of_days = ["payment.posted", "payment.cancelled", "payment.refunded", "day.closed"];
        match &cause.day {
            Some((partner, date)) if of_days.contains(&cause.kind.as_str()) => {
                if on_settlement {
                    *partner == self.partner && *date != self.date
                } else {
                    *partner != self.partner || *date != self.date
                }
            }
            _ => !on_settlement,
        }
    }
}

async fn causes(gateway: &Gateway, legs: &[Leg]) -> Result<HashMap<i64, Cause>, StoreError> {
    let mut seqs: Vec<i64> = legs.iter().map(|leg| leg.seq).collect();
    seqs.dedup();
    if seqs.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (2..seqs.len() + 2).map(|place| format!("${place}")).collect();
    let sql = format!(
        "select seq, kind, verdict, data from journal where book = $1 and seq in ({})",
        places.join(", ")
    );
    let binds = std::iter::once(Cell::Int(BOOK)).chain(seqs.into_iter().map(Cell::Int)).collect();
    let kinds = vec![Kind::Int, Kind::Text, Kind::Int, Kind::Text];
    let rows = gateway.store.engine().read(Query { sql, binds, kinds }).await?;
    Ok(rows.into_iter().map(Cause::read).collect::<Result<_, _>>()?)
}
