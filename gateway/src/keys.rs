//! The keys of partners and channels: kept in the database, found by their identifier.
//!
//! Public keys are kept as they are; shared secrets are sealed with the vault. A key that is revoked
//! is refused within [`FRESH`] by every process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Stopwatch};

use jiaozi_ledger::personal::{Masking, Personal};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int};
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::{Place, Vault};
use uuid::Uuid;

/// For how long a key that was read is used without asking the database again.
pub const FRESH: Duration = Duration::from_secs(5);

/// What a key is for, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A partner signs requests with the private half.
    Ed25519,
    /// The same on the curve P-256.
    EcdsaP256Sha256,
    /// A secret that both sides know, for signing requests.
    HmacSha256,
    /// The secret with which we sign notices to the partner (Standard Webhooks).
    Webhook,
    /// The secret with which messages to the partner and its answers are signed, by the name that its
    /// specification gives it.
    Message,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [KeyKind; 5] = [
        KeyKind::Ed25519,
        KeyKind::EcdsaP256Sha256,
        KeyKind::HmacSha256,
        KeyKind::Webhook,
        KeyKind::Message,
    ];

    /// The name under which it is stored and given on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            KeyKind::Ed25519 => "ed25519",
            KeyKind::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            KeyKind::HmacSha256 => "hmac-sha256",
            KeyKind::Webhook => "webhook",
            KeyKind::Message => "message",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<KeyKind> {
        KeyKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether both sides know it, so that it must be sealed.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, KeyKind::HmacSha256 | KeyKind::Webhook | KeyKind::Message)
    }
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerKey {
    /// Its identifier, the `keyid` of signatures.
    pub id: String,
    /// Whose it is.
    pub partner: String,
    /// What it is for.
    pub kind: KeyKind,
    /// A PEM public key, or a sealed secret.
    pub material: Vec<u8>,
    /// Since when it is known.
    pub created_at: Instant,
    /// Since when it is refused.
    pub revoked_at: Option<Instant>,
}

impl Row for PartnerKey {
    const TABLE: Table = Table {
        name: "partner_keys",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Text),
            fixed("partner", Kind::Text),
            fixed("algorithm", Kind::Text),
            fixed("material", Kind::Bytes),
            fixed("created_at", Kind::Int),
            changing("revoked_at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.id.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.kind.name().to_owned()),
            Cell::Bytes(self.material.clone()),
            Cell::Int(self.created_at.0),
            maybe_int(self.revoked_at.map(|at| at.0)),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<PartnerKey, Corrupt> {
        Ok(PartnerKey {
            id: cells.text()?,
            partner: cells.text()?,
            kind: {
                let name = cells.text()?;
                KeyKind::parse(&name).ok_or_else(|| cells.corrupt())?
            },
            material: cells.bytes()?,
            created_at: Instant(cells.int()?),
            revoked_at: cells.maybe_int()?.map(Instant),
        })
    }
}

/// A shared secret, masked wherever it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedSecret {}
impl Masking for SharedSecret {
    const NAME: &'static str = "shared_secret";
    fn mask(_value: &str) -> String {
        "***".to_owned()
    }
}

/// Why a key cannot be added or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The identifier is taken.
    #[error("there is a key {0} already: expected an identifier that was never used")]
    Taken(String),
    /// There is no such key.
    #[error("there is no key {0}")]
    Unknown(String),
    /// The secret does not open: another personal data key.
    #[error(
        "the secret of key {0} does not open: was it stored under another secrets.personal_data_key?"
    )]
    DoesNotOpen(String),
    /// No random bytes.
    #[error("no random bytes can be had")]
    NoRandomness,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keys, with a short memory of those used last.
#[derive(Debug)]
pub struct Keys {
    store: Store,
    vault: Arc<Vault>,
    known: Mutex<HashMap<String, (Stopwatch, Arc<PartnerKey>)>>,
}

impl Keys {
    /// The keys of a store.
    #[must_use]
    pub fn new(store: Store, vault: Arc<Vault>) -> Keys {
        Keys { store, vault, known: Mutex::default() }
    }

    /// Adds a key; a secret is sealed.
    ///
    /// # Errors
    /// When the identifier was ever used, or the store fails.
    pub async fn add(
        &self,
        id: &str,
        partner: &str,
        kind: KeyKind,
        material: &str,
        now: Instant,
    ) -> Result<(), KeyError> {
        let material = if kind.is_secret() {
            self.vault
                .seal(place(id), &Personal::<SharedSecret>::new(material))
                .map_err(|_| KeyError::NoRandomness)?
        } else {
            material.as_bytes().to_vec()
        };
        let key = PartnerKey {
            id: id.to_owned(),
            partner: partner.to_owned(),
            kind,
            material,
            created_at: now,
            revoked_at: None,
        };
        let (mut unit, _) = self.store.engine().begin().await?;
        match unit.write(&PartnerKey::TABLE, vec![key.cells()], false).await {
            Ok(()) => Ok(unit.commit().await?),
            Err(StoreError::Refused(_)) => {
                unit.rollback().await?;
                Err(KeyError::Taken(id.to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Revokes a key: from now on it is refused.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn revoke(&self, id: &str, now: Instant) -> Result<(), KeyError> {
        let key = self.read(id).await?.ok_or_else(|| KeyError::Unknown(id.to_owned()))?;
        let revoked = PartnerKey { revoked_at: Some(key.revoked_at.unwrap_or(now)), ..key };
        let (mut unit, _) = self.store.engine().begin().await?;
        unit.write(&PartnerKey::TABLE, vec![revoked.cells()], true).await?;
        unit.commit().await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(())
    }

    /// All keys, of one partner or of everyone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, partner: Option<&str>) -> Result<Vec<PartnerKey>, StoreError> {
        match partner {
            Some(partner) => {
                let binds = vec![Cell::Text(partner.to_owned())];
                self.store.find("partner = $2 order by created_at, id", binds).await
            }
            None => self.store.find("order by partner, created_at, id", vec![]).await,
        }
    }

    /// The key with an identifier, revoked or not, from memory if it was read a moment ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, id: &str) -> Result<Option<Arc<PartnerKey>>, StoreError> {
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read, key)) = known.get(id)
                && read.elapsed() < FRESH
            {
                return Ok(Some(Arc::clone(key)));
            }
        }
        let Some(key) = self.read(id).await?.map(Arc::new) else { return Ok(None) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(id.to_owned(), (Stopwatch::now(), Arc::clone(&key)));
        Ok(Some(key))
    }

    /// The secret of a key of a secret kind.
    ///
    /// # Errors
    /// When it was sealed with another key.
    pub fn secret(&self, key: &PartnerKey) -> Result<Personal<SharedSecret>, KeyError> {
        self.vault
            .open(place(&key.id), &key.material)
            .map_err(|_| KeyError::DoesNotOpen(key.id.clone()))
    }

    /// The newest webhook secrets of a partner that are not revoked, newest first: notices are signed
    /// with all of them while a secret is rotated.
    ///
    /// # Errors
    /// When the store fails or a secret does not open.
    pub async fn webhook_secrets(
        &self,
        partner: &str,
    ) -> Result<Vec<Personal<SharedSecret>>, KeyError> {
        let keys = self.list(Some(partner)).await?;
        let live = |key: &&PartnerKey| key.kind == KeyKind::Webhook && key.revoked_at.is_none();
        keys.iter().rev().filter(live).map(|key| self.secret(key)).collect()
    }

    async fn read(&self, id: &str) -> Result<Option<PartnerKey>, StoreError> {
        self.store.first("id = $2", vec![Cell::Text(id.to_owned())]).await
    }
}

/// Where a key's secret lives. Keys are named by text, so their row is told by the column.
fn place(id: &str) -> Place<'_> {
    Place { table: "partner_keys", row: Uuid::nil(), column: id }
}
