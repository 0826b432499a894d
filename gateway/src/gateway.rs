//! The gateway, put together: the store with its writer, the partners with their keys, the vault, and
//! the tokens. Doors, workers and the command line all stand on this; it knows none of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiaozi_acquisition::holder::{Holder, register_holders};
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::chart;
use jiaozi_ledger::command::OpenAccounts;
use jiaozi_ledger::decision::Command;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::store::batch::{Failure, Reply};
use jiaozi_ledger::store::gather::{Bounds, Gather};
use jiaozi_ledger::store::writer::Writer;
use jiaozi_ledger::store::{OpenOptions, Store, StoreError};
use jiaozi_ledger::time::{Clock, Instant};
use jiaozi_ledger::vault::Vault;

use crate::config::SecretKeys;
use crate::keys::Keys;
use crate::partners::{Partners, PartnersError};
use crate::tokens::Tokens;

/// What is needed to put a gateway together.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The database's address.
    pub database: &'a str,
    /// The folder of the specifications.
    pub partner_specs: &'a Path,
    /// The code of the core in force, if any.
    pub core: Option<&'a str>,
    /// The keys that nobody may see.
    pub secrets: SecretKeys,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How the database is opened.
    pub options: OpenOptions,
}

/// Why a gateway cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The specifications.
    #[error(transparent)]
    Partners(#[from] PartnersError),
    /// The core that is to be in force has no specification.
    #[error(
        "core.partner is {0:?}, expected the code of a specification of kind `core`, or nothing"
    )]
    NoSuchCore(String),
    /// An account could not be opened.
    #[error("the accounts of the partners cannot be opened: {0}")]
    Accounts(String),
}

/// Everything that doors and workers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// The books.
    pub store: Store,
    /// The one way to change them.
    pub writer: Writer,
    /// The partners as their specifications say.
    pub partners: Arc<Partners>,
    /// The partners' keys.
    pub keys: Arc<Keys>,
    /// Personal data at rest.
    pub vault: Arc<Vault>,
    /// Quotes, cursors and sessions.
    pub tokens: Arc<Tokens>,
    /// The core in force; none where deposits are in our own books alone.
    pub core: Option<Arc<Biller>>,
    /// Whether this database is a sandbox.
    pub sandbox: bool,
    holders: Gather<HolderTold, Result<(), jiaozi_acquisition::Error>>,
}

/// Who holds an account, as a channel has told.
#[derive(Debug)]
struct HolderTold {
    account: AccountId,
    holder: Holder,
    channel: String,
    now: Instant,
}

impl Gateway {
    /// Opens the store, reads the partners, and opens the accounts that they need.
    ///
    /// # Errors
    /// What is wrong with the database or the specifications, every problem of the latter.
    pub async fn open(parts: Parts<'_>) -> Result<Gateway, GatewayError> {
        let partners = Partners::load(parts.partner_specs)?;
        let core = match parts.core {
            Some(code) => {
                let missing = || GatewayError::NoSuchCore(code.to_owned());
                Some(Arc::clone(partners.core(code).ok_or_else(missing)?))
            }
            None => None,
        };
        let store = Store::open(parts.database, parts.clock, parts.options).await?;
        let sandbox = store.head().await?.sandbox;
        let vault = Arc::new(Vault::new(parts.secrets.personal_data_key.expose()));
        let (writer, _) = Writer::start(store.clone())?;
        let gateway = Gateway {
            holders: holders(store.clone(), Arc::clone(&vault)),
            keys: Arc::new(Keys::new(store.clone(), Arc::clone(&vault))),
            tokens: Arc::new(Tokens::new(parts.secrets.quote_key.expose())),
            partners: Arc::new(partners),
            core,
            vault,
            writer,
            store,
            sandbox,
        };
        gateway.open_accounts().await?;
        Ok(gateway)
    }

    /// Opens the chart's accounts and those that the partners' specifications name. Repeating it is
    /// harmless.
    async fn open_accounts(&self) -> Result<(), GatewayError> {
        let refused = |failure: Failure| GatewayError::Accounts(failure.to_string());
        let standard = chart::STANDARD.map(str::to_owned).to_vec();
        self.submit(OpenAccounts::new("operator", standard, Currency::CNY))
            .await
            .map_err(refused)?;
        for mirror in self.partners.mirrors() {
            let command = OpenAccounts::new(&mirror.code, mirror.accounts(), mirror.currency);
            let reply = self.submit(command).await.map_err(refused)?;
            if reply.answer.status >= 400 {
                return Err(GatewayError::Accounts(
                    String::from_utf8_lossy(&reply.answer.body).into_owned(),
                ));
            }
        }
        let companies = self.partners.companies().map(|one| (&one.payee, one.accounts()));
        let billers = self.partners.all_called().map(|one| (&one.payee, one.accounts()));
        for (payee, codes) in companies.chain(billers) {
            let command = OpenAccounts::new(&payee.code, codes, payee.currency);
            let reply = self.submit(command).await.map_err(refused)?;
            if reply.answer.status >= 400 {
                return Err(GatewayError::Accounts(
                    String::from_utf8_lossy(&reply.answer.body).into_owned(),
                ));
            }
        }
        Ok(())
    }

    /// Puts a command into the writer's queue and waits for its answer.
    ///
    /// # Errors
    /// [`Failure`]; a decline is an answer.
    pub async fn submit(&self, command: impl Command + 'static) -> Result<Reply, Failure> {
        self.writer.submit(Arc::new(command)).await
    }

    /// Keeps who holds an account, as a channel has told. Those who come at the same time share a
    /// commit.
    ///
    /// # Errors
    /// When it cannot be kept; then nothing was.
    pub async fn register_holder(
        &self,
        account: AccountId,
        holder: Holder,
        channel: &str,
        now: Instant,
    ) -> Result<(), jiaozi_acquisition::Error> {
        let told = HolderTold { account, holder, channel: channel.to_owned(), now };
        let answer = self.holders.ask(told).await;
        answer.map_err(|busy| StoreError::Unavailable(busy.to_string()))?
    }

    /// The time as the books see it: the clock, moved by the sandbox's offset.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn now(&self) -> Result<Instant, StoreError> {
        self.store.now().await
    }
}

/// Keeps holders as they are told, all that wait in as few transactions as there are channels.
fn holders(
    store: Store,
    vault: Arc<Vault>,
) -> Gather<HolderTold, Result<(), jiaozi_acquisition::Error>> {
    let (holders, _) = Gather::start(Bounds::default(), move |batch: Vec<HolderTold>| {
        let (store, vault) = (store.clone(), Arc::clone(&vault));
        async move {
            let channels: Vec<String> = batch.iter().map(|told| told.channel.clone()).collect();
            let mut by_channel: BTreeMap<String, (Instant, Vec<(AccountId, Holder)>)> =
                BTreeMap::new();
            for told in batch {
                let (now, holders) = by_channel.entry(told.channel).or_default();
                *now = told.now.max(*now);
                holders.push((told.account, told.holder));
            }
            let mut answers = BTreeMap::new();
            for (channel, (now, holders)) in by_channel {
                let kept = register_holders(&store, &vault, holders, &channel, now).await;
                answers.insert(channel, kept);
            }
            channels.iter().map(|channel| answers.get(channel).cloned().unwrap_or(Ok(()))).collect()
        }
    });
    holders
}
