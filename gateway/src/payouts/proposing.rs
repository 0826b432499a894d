//! What two operators decide about payouts: where an account is paid out to from now on, that it is paid
//! again after a rejection, and what became of a payout of which the core says nothing, or two things, or
//! whose money came back. One proposes; it is carried out when another approves it.

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::settlement::payout::digest_of_destination;
use jiaozi_adapters::settlement::payout::redirect::Redirection;
use jiaozi_adapters::settlement::payout::release::Freeing;
use jiaozi_adapters::settlement::payout::rule::{PayoutRuling, came_back};
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::id::{BreakId, PayoutId};
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::Reply;
use jiff::civil::Date;

use super::payable;
use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, approvals};

/// Proposes that the account of a rejected payout is paid out again, to where it was.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn release(
    gateway: &Gateway,
    who: &Who,
    key: String,
    payout: PayoutId,
    reason: String,
) -> Result<Reply, OrderError> {
    approvals::propose(gateway, who, key, Freeing { payout }.content(), reason).await
}

/// Proposes what became of a payout.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn propose(
    gateway: &Gateway,
    who: &Who,
    key: String,
    payout: &Payout,
    settled: bool,
    reason: String,
) -> Result<Reply, OrderError> {
    let returned = if settled { None } else { returned(gateway, payout).await? };
    if !payout.state.is_open() && payout.contested.is_none() && returned.is_none() {
        let why = format!(
            "what became of it is known: {}; a settled one is ruled on when the statement of its account lists its money as returned",
            payout.state.name()
        );
        return Err(OrderError::Refused(why));
    }
    let ruling = PayoutRuling { returned, ..PayoutRuling::on(payout, settled) };
    approvals::propose(gateway, who, key, ruling.content(), reason).await
}

/// The break by which the money of a payout has come back, if there is one.
async fn returned(gateway: &Gateway, payout: &Payout) -> Result<Option<BreakId>, OrderError> {
    for spec in gateway.partners.mirrors() {
        let reference_key = format!("{}/{}", spec.code, payout.end_to_end());
        let binds = vec![Cell::Text(reference_key)];
        let breaks: Vec<Break> =
            gateway.store.find("reference_key = $2 order by id", binds).await?;
        if let Some(one) = breaks.iter().find(|one| came_back(payout, one)) {
            return Ok(Some(one.id));
        }
    }
    Ok(None)
}

/// Proposes that an account is paid out to where its specification says now, from a day on.
///
/// # Errors
/// When the order is not taken, or there is nothing to propose. A decline is an answer.
pub async fn redirect(
    gateway: &Gateway,
    who: &Who,
    key: String,
    payee: &Payee,
    account: &str,
    from: Date,
    reason: String,
) -> Result<Reply, OrderError> {
    let refuse = |why: String| Err(OrderError::Refused(why));
    let Some(to) = payee.destination(account) else {
        let known = payee.paid_out().join(", ");
        return refuse(format!(
            "{} does not pay out {account}; expected one of: {known}",
            payee.code
        ));
    };
    let Some(list) = payable(&gateway.store, account).await? else {
        return refuse(format!(
            "no day was ever settled to {account}; its first payout needs nobody"
        ));
    };
    let digest = digest_of_destination(to);
    let Some(known) = &list.destination else {
        return refuse(format!("{account} was never paid out; its first payout needs nobody"));
    };
    if *known == digest {
        return refuse(format!("{account} is paid out to where its specification says already"));
    }
    let redirection = Redirection {
        payable: list.id,
        partner: payee.code.clone(),
        account: account.to_owned(),
        destination_sha256: digest,
        number: to.shown(),
        from,
    };
    approvals::propose(gateway, who, key, redirection.content(), reason).await
}
