//! What became of the money of a clearing day: settled, paid out, or carried over.

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiff::civil::Date;
use serde::Serialize;

use super::payable;
use crate::gateway::Gateway;

/// What became of a day's part for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaidDay {
    /// The partner.
    pub partner: String,
    /// The account.
    pub account: String,
    /// What the day has for it, in fen.
    pub settled_fen: Fen,
    /// `waiting` until its settlement date; `carried_over` after it, when it waits for more, or for somebody;
    /// then the state of the payout that pays it.
    pub state: &'static str,
    /// The payout.
    pub payout: Option<PayoutId>,
    /// On which day it was prepared.
    pub payout_date: Option<Date>,
    /// The core's last word about it.
    pub status: Option<String>,
    /// What contradicts.
    pub contested: Option<String>,
}

/// What became of a date's money, of every account that a partner's specification pays out.
///
/// # Errors
/// When the database cannot be read.
pub async fn paid_day(
    gateway: &Gateway,
    payee: &Payee,
    date: Date,
) -> Result<Vec<PaidDay>, StoreError> {
    let (store, key) = (&gateway.store, Day::key_of(&payee.code, date));
    let today = payee.today(gateway.now().await?);
    let mut found = Vec::new();
    for account in payee.paid_out() {
        let line = |settled_fen, state| PaidDay {
            partner: payee.code.clone(),
            account: account.to_owned(),
            settled_fen,
            state,
            payout: None,
            payout_date: None,
            status: None,
            contested: None,
        };
        let list = payable(store, account).await?;
        let waiting = list.iter().flat_map(|list| &list.waiting).find(|one| one.day == key);
        if let Some(one) = waiting {
            let state = if one.settlement_date > today { "waiting" } else { "carried_over" };
            found.push(line(one.fen, state));
            continue;
        }
        // Keys of partners and dates have no character that a pattern would take for another.
        let pattern = format!("%\"{key}\"%");
        let clause = "account = $2 and days like $3 and state <> 4 order by id desc";
        let binds = vec![Cell::Text(account.to_owned()), Cell::Text(pattern)];
        let Some(payout) = store.first::<Payout>(clause, binds).await? else { continue };
        let part = payout.days.iter().find(|part| part.day == key);
        found.push(PaidDay {
            payout: Some(payout.id),
            payout_date: Some(payout.date),
            status: payout.status.clone(),
            contested: payout.contested.clone(),
            ..line(part.map_or(Fen::ZERO, |part| part.fen), payout.state.name())
        });
    }
    Ok(found)
}
