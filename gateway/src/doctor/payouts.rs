//! Payouts: whether they can be told to the core, which it does not answer, what keeps accounts from being
//! paid out.

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::settlement::payout::digest_of_destination;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::Instant;

use super::{Finding, count};
use crate::config::Config;
use crate::partners::Partners;
use crate::payouts::{holding, payable};

const ABOUT: &str = "payouts";

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// How long a payout may wait to be put into a file.
const SEND_LATE: i64 = DAY;

/// How long the core may say nothing final of a payout, a weekend included.
const HEAR_LATE: i64 = 4 * DAY;

/// What there is to say of payouts; nothing where no partner is paid out and none ever was.
pub(super) async fn examine(
    config: &Config,
    store: &Store,
    partners: &Partners,
    now: Instant,
) -> Result<Vec<Finding>, StoreError> {
    let payees: Vec<&Payee> =
        partners.payees().map(AsRef::as_ref).filter(|payee| payee.payout.is_some()).collect();
    let number = async |what: &str, before: i64| {
        let sql = format!(
            "select count(*) from payouts where book = $1 and {what} and prepared_at <= $2"
        );
        store.number(&sql, vec![Cell::Int(BOOK), Cell::Int(before)]).await
    };
    if payees.is_empty() && number("amount_fen > 0", i64::MAX).await? == 0 {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    if !payees.is_empty() && config.payouts.debtor().is_none() {
        findings.push(Finding::warn(
            ABOUT,
            "who pays is not set: payouts are prepared, and no file can be made for the core",
            "set payouts.name and payouts.account (or payouts.iban)",
        ));
    }
    let contested = number("contested is not null", i64::MAX).await?;
    if contested > 0 {
        findings.push(Finding::wrong(
            ABOUT,
            format!("{} contested: the core contradicts our books", count(contested, "payout")),
            "ask the core; then `jiaozi payout propose`, and a second operator's approval",
        ));
    }
    let unsent = number("state = 0", now.0.saturating_sub(SEND_LATE)).await?;
    if unsent > 0 {
        findings.push(Finding::warn(
            ABOUT,
            format!("{} prepared for more than a day and in no file", count(unsent, "payout")),
            "jiaozi file export payouts",
        ));
    }
    let unheard = number("state in (1, 2)", now.0.saturating_sub(HEAR_LATE)).await?;
    if unheard > 0 {
        findings.push(Finding::warn(
            ABOUT,
            format!("{} of which the core has not said in four days what became", count(unheard, "payout")),
            "jiaozi payout list; ask the core, and import its status (`jiaozi file import payout-status`)",
        ));
    }
    for payee in payees {
        for account in payee.paid_out() {
            findings.extend(of_account(store, payee, account).await?);
        }
    }
    if findings.is_empty() {
        let open = number("state in (0, 1, 2)", i64::MAX).await?;
        findings.push(Finding::ok(ABOUT, format!("{} on the way", count(open, "payout"))));
    }
    Ok(findings)
}

/// What keeps an account from being paid out.
async fn of_account(
    store: &Store,
    payee: &Payee,
    account: &str,
) -> Result<Option<Finding>, StoreError> {
    let Some(list) = payable(store, account).await? else { return Ok(None) };
    let to = payee.destination(account).map(digest_of_destination);
    if list.destination.is_some() && list.destination != to {
        return Ok(Some(Finding::warn(
            ABOUT,
            format!(
                "{account} is to be paid to somewhere else than before, and nobody has approved that"
            ),
            format!(
                "jiaozi payout redirect --partner {}, and a second operator's approval",
                payee.code
            ),
        )));
    }
    let held = holding(store, &list).await?.into_iter();
    let mut rejected = held.filter(|held| held.contested.is_none());
    Ok(rejected.next().map(|held| {
        let reason = held.reason.unwrap_or_else(|| "no reason".to_owned());
        Finding::warn(
            ABOUT,
            format!("{account} is not paid out: payout {} was rejected ({reason})", held.id),
            "find out why; then `jiaozi payout release`, or correct the specification and `jiaozi payout redirect`",
        )
    }))
}
