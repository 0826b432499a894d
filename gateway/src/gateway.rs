//! The gateway, put together: the store with its writer, the partners with their keys, the vault, and
//! the tokens. Doors, workers and the command line all stand on this; it knows none of them.

use std::path::Path;
use std::sync::Arc;

use jiaozi_ledger::chart;
use jiaozi_ledger::command::OpenAccounts;
use jiaozi_ledger::decision::Command;
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::store::batch::{Failure, Reply};
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
    /// Whether this database is a sandbox.
    pub sandbox: bool,
}

impl Gateway {
    /// Opens the store, reads the partners, and opens the accounts that they need.
    ///
    /// # Errors
    /// What is wrong with the database or the specifications, every problem of the latter.
    pub async fn open(parts: Parts<'_>) -> Result<Gateway, GatewayError> {
        let partners = Partners::load(parts.partner_specs)?;
        let store = Store::open(parts.database, parts.clock, parts.options).await?;
        let sandbox = store.head().await?.sandbox;
        let vault = Arc::new(Vault::new(parts.secrets.personal_data_key.expose()));
        let (writer, _) = Writer::start(store.clone());
        let gateway = Gateway {
            keys: Arc::new(Keys::new(store.clone(), Arc::clone(&vault))),
            tokens: Arc::new(Tokens::new(parts.secrets.quote_key.expose())),
            partners: Arc::new(partners),
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
        for company in self.partners.companies() {
            let command = OpenAccounts::new(&company.code, company.accounts(), company.currency);
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

    /// The time as the books see it: the clock, moved by the sandbox's offset.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn now(&self) -> Result<Instant, StoreError> {
        self.store.now().await
    }
}
