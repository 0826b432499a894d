//! How a person is recognised: by an account, an identity number, a phone, or a phone with a name.
//! Only opaque identifiers and keyed blind indexes; no personal data, plain or sealed.

use crate::person::Details;
use jiaozi_ledger::id::{AccountId, PersonId};
use jiaozi_ledger::personal::{Masking, Personal, Phone};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed, maybe_text};
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::Vault;
use uuid::Uuid;

words! {
    /// By what a person is recognised.
    IdentityKind {
        /// A payer account: belongs to one person.
        PayerAccount = 0 "payer_account",
        /// An identity document's number: belongs to one person.
        IdentityNumber = 1 "identity_number",
        /// A telephone number together with a name: belongs to one person.
        PhoneName = 2 "phone_name",
        /// A telephone number alone: a family may share it.
        Phone = 3 "phone",
    }
}

/// One way in which a person is recognised, with what showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `kind:value`, the value opaque or a blind index.
    pub key: String,
    /// The person.
    pub person: PersonId,
    /// Its kind.
    pub kind: IdentityKind,
    /// What showed that it is theirs, for example `posting 12`.
    pub evidence: String,
    /// When that was.
    pub at: Instant,
}

impl Row for Identity {
    const TABLE: Table = Table {
        name: "identities",
        key: &["identity_key", "person"],
        columns: &[
            fixed("identity_key", Kind::Text),
            fixed("person", Kind::Id),
            fixed("kind", Kind::Int),
            fixed("evidence", Kind::Text),
            fixed("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.key.clone()),
            Cell::Id(self.person.0),
            Cell::Int(self.kind.code()),
            Cell::Text(self.evidence.clone()),
            Cell::Int(self.at.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Identity, Corrupt> {
        Ok(Identity {
            key: cells.text()?,
            person: cells.id()?,
            kind: cells.int_as(IdentityKind::from_code)?,
            evidence: cells.text()?,
            at: Instant(cells.int()?),
        })
    }
}

/// The keys that somebody's details give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Of the identity number.
    pub identity_number: Option<String>,
    /// Of the phone.
    pub phone: Option<String>,
    /// Of the phone with the name.
    pub phone_name: Option<String>,
}

impl Keys {
    /// The keys of some details.
    pub fn of(vault: &Vault, details: &Details) -> Keys {
        let phone = details.phone.as_ref().map(|phone| phone_index(vault, phone));
        let name = details.name.as_ref().map(|name| index(vault, name));
        Keys {
            identity_number: details
                .identity_number
                .as_ref()
                .map(|number| key(IdentityKind::IdentityNumber, &index(vault, number))),
            phone: phone.as_deref().map(|phone| key(IdentityKind::Phone, phone)),
            phone_name: phone
                .zip(name)
                .map(|(phone, name)| key(IdentityKind::PhoneName, &format!("{phone}/{name}"))),
        }
    }

    /// The keys with their kinds, the surest first.
    pub fn each(&self) -> impl Iterator<Item = (IdentityKind, &str)> {
        [
            (IdentityKind::IdentityNumber, self.identity_number.as_deref()),
            (IdentityKind::PhoneName, self.phone_name.as_deref()),
            (IdentityKind::Phone, self.phone.as_deref()),
        ]
        .into_iter()
        .filter_map(|(kind, key)| key.map(|key| (kind, key)))
    }

    /// The three cells.
    pub(crate) fn cells(&self) -> [Cell; 3] {
        [&self.identity_number, &self.phone, &self.phone_name].map(|key| maybe_text(key.as_deref()))
    }

    /// Reads the three cells back.
    pub(crate) fn from_cells(cells: &mut Cells) -> Result<Keys, Corrupt> {
        Ok(Keys {
            identity_number: cells.maybe_text()?,
            phone: cells.maybe_text()?,
            phone_name: cells.maybe_text()?,
        })
    }
}

/// The key of a payer account: the account's identifier says nothing about its holder.
pub fn account_key(account: AccountId) -> String {
    key(IdentityKind::PayerAccount, &account.0.simple().to_string())
}

/// The person of a payer account, if we know one.
///
/// # Errors
/// When the store cannot be read.
pub async fn person_of(store: &Store, account: AccountId) -> Result<Option<PersonId>, StoreError> {
    let key = vec![Cell::Text(account_key(account))];
    let found: Option<Identity> = store.first("identity_key = $2", key).await?;
    Ok(found.map(|identity| identity.person))
}

fn key(kind: IdentityKind, value: &str) -> String {
    format!("{kind}:{value}")
}

/// The first 128 bits of a blind index, in hex: enough that no two of a country's people meet.
pub(crate) fn index<K: Masking>(vault: &Vault, value: &Personal<K>) -> String {
    let mut first = [0u8; 16];
    for (to, from) in first.iter_mut().zip(vault.index(value)) {
        *to = from;
    }
    Uuid::from_bytes(first).simple().to_string()
}

/// The index of a phone without the country's prefix, so that `+86 138…` and `138…` are one.
pub(crate) fn phone_index(vault: &Vault, phone: &Personal<Phone>) -> String {
    let normal = phone.normal();
    let national = ["+86", "0086", "86"]
        .into_iter()
        .find_map(|prefix| normal.strip_prefix(prefix).filter(|rest| rest.len() == 11))
        .unwrap_or(&normal);
    index(vault, &Personal::<Phone>::new(national))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str, phone: &str) -> Keys {
        let details = Details {
            name: Some(Personal::new(name)),
            phone: Some(Personal::new(phone)),
            identity_number: None,
        };
        Keys::of(&Vault::new(&[3; 32]), &details)
    }

    #[test]
    fn one_number_written_in_three_ways_is_one_phone() {
        let plain = keys("王芳", "13812345678");
        assert_eq!(plain, keys("王芳", "+86 138-1234-5678"));
        assert_eq!(plain, keys("王 芳", "008613812345678"));
        assert_ne!(plain.phone_name, keys("王华", "13812345678").phone_name);
        assert_ne!(plain.phone, keys("王芳", "13812345679").phone);
    }

    #[test]
    fn keys_do_not_show_what_they_stand_for() {
        let shown = format!("{:?}", keys("王芳", "13812345678"));
        assert!(!shown.contains("13812345678") && !shown.contains("王芳"));
    }
}
