//! Opening what a command works on: the books alone, or the whole gateway beside a running server.

use std::sync::Arc;

use anyhow::Context as _;
use jiaozi_ledger::store::{OpenOptions, Store};

use super::Failure;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::gateway::{Gateway, Parts};
use crate::sandbox;

/// Runs a command's work on a runtime of its own.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
    runtime.block_on(work)
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
    let store = Store::open(url, Arc::new(SystemClock), options).await;
    Ok(store.with_context(|| config.database.shown_url())?)
}

/// The whole gateway: books, partners, keys.
pub(super) async fn gateway(config: &Config) -> Result<Gateway, Failure> {
    let store = books(config).await?;
    let head = store.head().await.context("the books");
    store.close().await.context("the books")?;
    parts(config, head?.sandbox, OpenOptions::default()).await
}

/// The whole gateway, over a database that may be new.
pub(super) async fn parts(
    config: &Config,
    sandbox: bool,
    options: OpenOptions,
) -> Result<Gateway, Failure> {
    let parts = Parts {
        database: &config.database.url,
        partner_specs: &config.partners.folder,
        secrets: sandbox::keys(config, sandbox)?,
        clock: Arc::new(SystemClock),
        options,
    };
    Ok(Gateway::open(parts).await.context("the gateway cannot be opened")?)
}
