//! A payer's words about mandates, on their way to the books. Names become an index before they reach a
//! command.

use std::sync::Arc;

use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::withholding::change::Change;
use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_adapters::withholding::say::Say;
use jiaozi_adapters::withholding::sign::Sign;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::id::{AccountId, MandateId};
use jiaozi_ledger::mandate::{Limits, Mandate, Word};
use jiaozi_ledger::personal::{Name, Personal};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Reply;

use crate::asked::Asked;
use crate::gateway::Gateway;
use crate::paging::{Listing, Page, Paging};
use crate::refused::{Refused, not_found};

/// What a payer allows.
#[derive(Debug)]
pub struct Wish {
    /// The partner's code.
    pub partner: String,
    /// The contract's number there.
    pub contract: String,
    /// The code of the payer's account.
    pub account: String,
    /// The account holder's name as the partner writes it.
    pub holder: Personal<Name>,
    /// What is allowed.
    pub limits: Limits,
}

/// Signs a mandate for a payer whom the channel has authenticated.
///
/// # Errors
/// A partner that is not served or claims nothing; or the writer. A decline is an answer.
pub async fn sign(
    gateway: &Gateway,
    asked: &Asked,
    channel: &PartnerSpec,
    wish: Wish,
) -> Result<Reply, Refused> {
    let claimant = served(gateway, channel, &wish.partner)?;
    let sign = Sign {
        scope: asked.scope(Sign::OPERATION),
        claimant,
        channel: channel.partner.code.as_str().to_owned(),
        contract: wish.contract,
        payer: AccountRef::Code(wish.account),
        name_index: gateway.vault.index(&wish.holder),
        limits: wish.limits,
    };
    Ok(asked.submit(gateway, sign).await?)
}

/// Changes what a mandate allows.
///
/// # Errors
/// A mandate that is not there, or of a partner that the channel does not serve; or the writer. A decline is an
/// answer.
pub async fn change(
    gateway: &Gateway,
    asked: &Asked,
    channel: &PartnerSpec,
    mandate: MandateId,
    limits: Limits,
) -> Result<Reply, Refused> {
    let (known, _) = read(gateway, mandate).await?.ok_or_else(|| not_found("mandate"))?;
    let claimant = served(gateway, channel, &known.partner)?;
    let scope = asked.scope(Change::OPERATION);
    let channel = channel.partner.code.as_str().to_owned();
    Ok(asked.submit(gateway, Change { scope, claimant, channel, mandate, limits }).await?)
}

/// Suspends, resumes or revokes a mandate.
///
/// # Errors
/// The writer. A decline is an answer.
pub async fn say(
    gateway: &Gateway,
    asked: &Asked,
    channel: &PartnerSpec,
    mandate: MandateId,
    word: Word,
) -> Result<Reply, Refused> {
    let scope = asked.scope(Say::operation(word));
    let channel = channel.partner.code.as_str().to_owned();
    Ok(asked.submit(gateway, Say { scope, channel, mandate, word }).await?)
}

/// A mandate and its account.
///
/// # Errors
/// When the database cannot be read.
pub async fn read(
    gateway: &Gateway,
    mandate: MandateId,
) -> Result<Option<(Mandate, Account)>, StoreError> {
    let known: Option<Mandate> = gateway.store.first("id = $2", vec![Cell::Id(mandate.0)]).await?;
    let Some(known) = known else { return Ok(None) };
    let account = gateway.store.first("id = $2", vec![Cell::Id(known.payer.0)]).await?;
    Ok(account.map(|account| (known, account)))
}

/// The mandates of an account, oldest first.
///
/// # Errors
/// A cursor of another list; or the database.
pub async fn of_account(
    gateway: &Gateway,
    account: AccountId,
    paging: &Paging,
) -> Result<Page<Mandate>, Refused> {
    let list = format!("mandates of {account}");
    let listing = Listing::open(&gateway.tokens, &list, paging)?;
    let clause = "payer = $2 and id > $3 order by id limit $4";
    let binds = vec![Cell::Id(account.0), Cell::Id(listing.after()), Cell::Int(listing.rows())];
    let mandates = gateway.store.find::<Mandate>(clause, binds).await?;
    Ok(listing.page(mandates, |mandate| mandate.id.0))
}

fn served(gateway: &Gateway, channel: &PartnerSpec, code: &str) -> Result<Arc<Claimant>, Refused> {
    let spec = gateway.partners.spec(code);
    let served = spec.is_some_and(|spec| gateway.partners.serves(channel, spec));
    let claimant = gateway.partners.claimant(code).filter(|_| served);
    claimant.cloned().ok_or_else(|| not_found("partner"))
}
