//! The accounts that a partner's days touch, payers left out.

use std::collections::BTreeMap;

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use uuid::Uuid;

use crate::gateway::Gateway;

/// The accounts of a partner, second payees of the day included.
pub(super) struct Accounts {
    open: Vec<Account>,
    codes: BTreeMap<AccountId, String>,
    ids: BTreeMap<String, AccountId>,
    settlement: String,
    own: String,
    owed: String,
}

impl Accounts {
    /// Those that are open, of some codes and of what the day needs besides. One that is not has an
    /// identifier that nobody has, so that what should have been posted to it is found missing.
    pub(super) async fn of(
        gateway: &Gateway,
        payee: &Payee,
        mut codes: Vec<String>,
        day: Option<&Day>,
    ) -> Result<Accounts, StoreError> {
        let owed = payee.fees_owed();
        // Owed by an earlier specification, perhaps.
        codes.extend(day.is_some_and(|day| day.fee_apart.0 != 0).then(|| owed.clone()));
        codes.extend(day.map(Day::payees).unwrap_or_default().into_keys());
        codes.sort();
        codes.dedup();
        let mut accounts = Accounts {
            open: Vec::new(),
            codes: BTreeMap::new(),
            ids: BTreeMap::new(),
            settlement: payee.settlement(),
            own: payee.settled().to_owned(),
            owed,
        };
        for (code, nobody) in codes.into_iter().zip(1u128..) {
            let account = gateway.store.account(&code).await?;
            let id = account.as_ref().map_or(Uuid::from_u128(nobody).into(), |account| account.id);
            accounts.open.extend(account);
            accounts.codes.insert(id, code.clone());
            accounts.ids.insert(code, id);
        }
        Ok(accounts)
    }

    pub(super) fn open(&self) -> &[Account] {
        &self.open
    }

    pub(super) fn code(&self, account: AccountId) -> Option<&str> {
        self.codes.get(&account).map(String::as_str)
    }

    /// The code of any account; its identifier where it has none.
    pub(super) async fn code_of(
        &self,
        gateway: &Gateway,
        account: AccountId,
    ) -> Result<String, StoreError> {
        if let Some(code) = self.code(account) {
            return Ok(code.to_owned());
        }
        let known: Option<Account> =
            gateway.store.first("id = $2", vec![Cell::Id(account.0)]).await?;
        Ok(known.map_or_else(|| account.to_string(), |account| account.code))
    }

    /// The account of a code that is one of them.
    pub(super) fn id(&self, code: &str) -> Option<AccountId> {
        self.ids.get(code).copied()
    }

    /// Where the partner's money waits for its settlement.
    pub(super) fn settlement(&self) -> Option<AccountId> {
        self.id(&self.settlement)
    }

    /// What it owes in fees.
    pub(super) fn fees_owed(&self) -> Option<AccountId> {
        self.id(&self.owed)
    }

    /// The partner's own account.
    pub(super) fn own(&self) -> Option<AccountId> {
        self.id(&self.own)
    }
}
