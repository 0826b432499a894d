//! The accounts that a partner's days touch, payers left out.

use std::collections::BTreeMap;

use jiaozi_adapters::property::company::Company;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::chart::FEE_INCOME;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::id::AccountId;
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
    /// Those that are open. One that is not has an identifier that nobody has, so that what should have
    /// been posted to it is found missing.
    pub(super) async fn of(
        gateway: &Gateway,
        company: &Company,
        day: Option<&Day>,
    ) -> Result<Accounts, StoreError> {
        let mut codes = company.accounts();
        codes.push(FEE_INCOME.to_owned());
        let owed = company.payee.fees_owed();
        // Owed by an earlier specification, perhaps.
        codes.extend(day.is_some_and(|day| day.fee_apart.0 != 0).then(|| owed.clone()));
        codes.extend(day.map(Day::payees).unwrap_or_default().into_keys());
        codes.sort();
        codes.dedup();
        let mut accounts = Accounts {
            open: Vec::new(),
            codes: BTreeMap::new(),
            ids: BTreeMap::new(),
            settlement: company.payee.settlement(),
            own: company.payee.settled().to_owned(),
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
