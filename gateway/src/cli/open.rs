//! Opening what a command works on: the specifications, the books alone, or the whole gateway beside a
//! running server. What is wrong with the configuration is found before anything is made.

use std::sync::Arc;

use anyhow::Context as _;
use jiaozi_ledger::store::{OpenOptions, Store, StoreError};

use super::Failure;
use crate::clock::SystemClock;
use crate::config::{Complaint, Config};
use crate::gateway::{Gateway, GatewayError, Parts};
use crate::partners::{Partners, PartnersError};
use crate::sandbox;

/// Runs a command's work on a runtime of its own.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
    runtime.block_on(work)
}

/// The specifications.
pub(super) fn partners(config: &Config) -> Result<Partners, Failure> {
    Partners::load(&config.partners.folder).map_err(|error| wrong_partners(config, error))
}

fn wrong_partners(config: &Config, error: PartnersError) -> Failure {
    match error {
        PartnersError::Wrong(problems) => Failure::Specifications(problems),
        PartnersError::Unreadable { path, error } => {
            let what = format!("{}: {error}", path.display());
            let expected = "a folder with calendars, and <code>/partner.toml for every partner";
            config.complain(Complaint::new("partners.folder", what, expected)).into()
        }
    }
}

/// Opens a database.
pub(super) async fn store(config: &Config, options: OpenOptions) -> Result<Store, Failure> {
    let store = Store::open(&config.database.url, Arc::new(SystemClock), options).await;
    store.map_err(|error| wrong_database(config, error))
}

fn wrong_database(config: &Config, error: StoreError) -> Failure {
    match error {
        StoreError::Address(what) => {
            let expected = "sqlite:FILE or postgres://USER@HOST/NAME";
            config.complain(Complaint::new("database.url", what, expected)).into()
        }
        other => anyhow::Error::from(other).context(config.database.shown_url()).into(),
    }
}

/// The books, without partners and keys. A database that is not there is not made: a check of a
/// mistyped path would find everything in order.
pub(super) async fn books(config: &Config) -> Result<Store, Failure> {
    let url = &config.database.url;
    if let Some(file) = sandbox::database_file(url)
        && !file.exists()
    {
        return Err(anyhow::anyhow!(
            "there is no database {}; expected one that `jiaozi serve` or `jiaozi sandbox create` has made",
            file.display()
        )
        .into());
    }
    let options = OpenOptions { allow_weak_durability: true, ..OpenOptions::default() };
    store(config, options).await
}

/// The whole gateway: books, partners, keys.
pub(super) async fn gateway(config: &Config) -> Result<Gateway, Failure> {
    let store = books(config).await?;
    let head = store.head().await.context("the books");
    store.close().await.context("the books")?;
    parts(config, head?.sandbox, OpenOptions::default()).await
}

/// The whole gateway, over a database that may be new. The specifications are read before a sandbox
/// makes up its keys, and again when the gateway is put together.
pub(super) async fn parts(
    config: &Config,
    sandbox: bool,
    options: OpenOptions,
) -> Result<Gateway, Failure> {
    partners(config)?;
    let parts = Parts {
        database: &config.database.url,
        partner_specs: &config.partners.folder,
        core: config.core.partner(),
        secrets: sandbox::keys(config, sandbox)?,
        clock: Arc::new(SystemClock),
        options,
    };
    Gateway::open(parts).await.map_err(|error| match error {
        GatewayError::Partners(error) => wrong_partners(config, error),
        GatewayError::Store(error) => wrong_database(config, error),
        GatewayError::NoSuchCore(code) => {
            let what = format!("there is no core {code:?}");
            let expected = "the code of a specification of kind `core`, or nothing";
            config.complain(Complaint::new("core.partner", what, expected)).into()
        }
        other => anyhow::Error::from(other).context("the gateway cannot be opened").into(),
    })
}
