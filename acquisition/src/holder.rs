//! Who holds a payer account, as the channel told us when it registered the account. Events hold no
//! personal data, so this is where the reader of the feed learns whom an account belongs to.
//!
//! A holder who has never paid is not a person of ours.

use crate::directory::{Claim, Directory};
use crate::identity::{Keys, account_key};
use crate::person::{Details, SealedDetails};
use crate::table::{ids, replace, select};
use crate::{Error, new_ids, said};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use jiaozi_ledger::store::Store;
use jiaozi_ledger::store::engine::Unit;
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::Vault;
use std::collections::{BTreeMap, BTreeSet};

/// Who holds an account.
pub type Holder = Details;

/// Holders written in one transaction.
const BATCH: usize = 500;

/// The holder of a payer account, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountHolder {
    /// The account.
    pub account: AccountId,
    /// The channel that told us.
    pub channel: String,
    /// What it told, sealed.
    pub details: SealedDetails,
    /// The keys that it gives.
    pub keys: Keys,
    /// When it told us.
    pub at: Instant,
}

impl AccountHolder {
    /// What the channel told.
    ///
    /// # Errors
    /// When it was sealed with another key.
    pub fn open(&self, vault: &Vault) -> Result<Details, Error> {
        self.details.open(vault, AccountHolder::TABLE.name, self.account.0)
    }
}

impl Row for AccountHolder {
    const TABLE: Table = Table {
        name: "account_holders",
        key: &["account"],
        columns: &[
            fixed("account", Kind::Id),
            changing("channel", Kind::Text),
            changing("name", Kind::Bytes),
            changing("phone", Kind::Bytes),
            changing("identity_number", Kind::Bytes),
            changing("identity_number_key", Kind::Text),
            changing("phone_key", Kind::Text),
            changing("phone_name_key", Kind::Text),
            changing("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![Cell::Id(self.account.0), Cell::Text(self.channel.clone())];
        cells.extend(self.details.cells());
        cells.extend(self.keys.cells());
        cells.push(Cell::Int(self.at.0));
        cells
    }

    fn from_cells(cells: &mut Cells) -> Result<AccountHolder, Corrupt> {
        Ok(AccountHolder {
            account: cells.id()?,
            channel: cells.text()?,
            details: SealedDetails::from_cells(cells)?,
            keys: Keys::from_cells(cells)?,
            at: Instant(cells.int()?),
        })
    }
}

/// Keeps who holds an account. A person whom we know by the account learns the new details, and
/// becomes one with whoever else turns out to be the same.
///
/// # Errors
/// When the channel is empty, the store cannot be written, or there are no random bytes.
pub async fn register_holder(
    store: &Store,
    vault: &Vault,
    account: AccountId,
    holder: Holder,
    channel: &str,
    now: Instant,
) -> Result<(), Error> {
    register_holders(store, vault, vec![(account, holder)], channel, now).await
}

/// Keeps who holds some accounts; see [`register_holder`]. A few hundred go into one transaction; a
/// repetition is harmless, so an interrupted run is simply run again.
///
/// # Errors
/// As [`register_holder`].
pub async fn register_holders(
    store: &Store,
    vault: &Vault,
    holders: Vec<(AccountId, Holder)>,
    channel: &str,
    now: Instant,
) -> Result<(), Error> {
    let channel = said("the channel", channel)?;
    // The last word on an account counts.
    let holders: BTreeMap<AccountId, Holder> = holders.into_iter().collect();
    let mut rows = Vec::with_capacity(holders.len());
    for (account, holder) in holders {
        let holder = holder.without_blanks();
        rows.push(AccountHolder {
            account,
            channel: channel.to_owned(),
            details: SealedDetails::seal(vault, AccountHolder::TABLE.name, account.0, &holder)?,
            keys: Keys::of(vault, &holder),
            at: now,
        });
    }
    for batch in rows.chunks(BATCH) {
        let (mut unit, _) = store.engine().begin().await?;
        match register(unit.as_mut(), vault, batch, now).await {
            Ok(()) => unit.commit().await?,
            Err(error) => {
                // The first error is the one to tell.
                let _ = unit.rollback().await;
                return Err(error);
            }
        }
    }
    Ok(())
}

async fn register(
    unit: &mut dyn Unit,
    vault: &Vault,
    holders: &[AccountHolder],
    now: Instant,
) -> Result<(), Error> {
    replace(unit, holders).await?;
    let keys: BTreeSet<String> = holders
        .iter()
        .flat_map(|holder| Directory::keys_of(&account_key(holder.account), Some(holder)))
        .collect();
    let mut directory = Directory::load(unit, &keys).await?;
    let source = new_ids(now)?;
    for (holder, nth) in holders.iter().zip(0u16..) {
        let account = account_key(holder.account);
        if directory.of_account(&account).is_none() {
            continue;
        }
        let evidence = format!("holder told by {}", holder.channel);
        let claim =
            Claim { account: &account, holder: Some(holder), newer: true, evidence, at: now };
        directory.resolve(vault, &claim, source.id(nth))?;
    }
    directory.save(unit).await?;
    Ok(())
}

/// The holders of some accounts.
pub(crate) async fn of_accounts(
    unit: &mut dyn Unit,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<BTreeMap<AccountId, AccountHolder>, Error> {
    let rows: Vec<AccountHolder> = select(unit, "account", ids(accounts)).await?;
    Ok(rows.into_iter().map(|holder| (holder.account, holder)).collect())
}
