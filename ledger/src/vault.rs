//! Personal data at rest: sealed with AES-256-GCM-SIV (RFC 8452), found again by a keyed blind index.
//!
//! The place of a value (table, row, column) is the associated data of its seal, so a sealed value
//! moved to another row does not open. Both keys are derived from one key of 32 bytes.

use crate::personal::{Masking, Personal};
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

const NONCE_LENGTH: usize = 12;

/// Where a sealed value lives.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row.
    pub row: Uuid,
    /// The column.
    pub column: &'a str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        format!("{}/{}/{}", self.table, self.row, self.column).into_bytes()
    }
}

/// A sealed value that does not open: another key, another place, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a sealed value does not open: it was sealed with another key, for another row, or was changed"
)]
pub struct DoesNotOpen;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

/// Seals, opens and indexes personal data.
pub struct Vault {
    cipher: Aes256GcmSiv,
    index_key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault over a key of 32 bytes.
    pub fn new(key: &[u8; 32]) -> Vault {
        let sealing = derive(key, b"jiaozi personal data seal v1");
        let index_key = derive(key, b"jiaozi personal data blind index v1");
        Vault { cipher: Aes256GcmSiv::new((&*sealing).into()), index_key }
    }

    /// Seals a value for its place.
    ///
    /// # Errors
    /// When the operating system gives no random bytes for the nonce.
    pub fn seal<K: Masking>(
        &self,
        place: Place<'_>,
        value: &Personal<K>,
    ) -> Result<Vec<u8>, NoRandomness> {
        let mut sealed = vec![0u8; NONCE_LENGTH];
        getrandom::fill(&mut sealed).map_err(|_| NoRandomness)?;
        let payload = Payload { msg: value.expose().as_bytes(), aad: &place.associated_data() };
        let ciphertext = self
            .cipher
            .encrypt(Nonce::from_slice(&sealed), payload)
            .expect("a value far below the cipher's limit of 64 GiB is sealed");
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// When it was sealed with another key, for another place, or was changed.
    pub fn open<K: Masking>(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Personal<K>, DoesNotOpen> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LENGTH).ok_or(DoesNotOpen)?;
        let payload = Payload { msg: ciphertext, aad: &place.associated_data() };
        let bytes = Zeroizing::new(
            self.cipher.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| DoesNotOpen)?,
        );
        let text = std::str::from_utf8(&bytes).map_err(|_| DoesNotOpen)?;
        Ok(Personal::new(text))
    }

    /// The blind index of a value: equal values of one kind have equal indexes, and nothing else can
    /// be told without the key.
    pub fn index<K: Masking>(&self, value: &Personal<K>) -> Vec<u8> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&*self.index_key)
            .expect("HMAC takes a key of any length");
        mac.update(K::NAME.as_bytes());
        mac.update(&[0]);
        mac.update(value.normal().as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

fn derive(key: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(purpose);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personal::{Name, Phone};

    const PLACE: Place<'_> = Place { table: "people", row: Uuid::max(), column: "name" };

    #[test]
    fn a_sealed_value_opens_only_at_its_place() {
        let vault = Vault::new(&[7; 32]);
        let sealed = vault.seal(PLACE, &Personal::<Name>::new("李小龙")).expect("randomness");
        let opened = vault.open::<Name>(PLACE, &sealed).expect("same place");
        assert_eq!(opened.expose(), "李小龙");
        let elsewhere = Place { row: Uuid::nil(), ..PLACE };
        assert_eq!(vault.open::<Name>(elsewhere, &sealed), Err(DoesNotOpen));
        assert_eq!(Vault::new(&[8; 32]).open::<Name>(PLACE, &sealed), Err(DoesNotOpen));
        assert_eq!(vault.open::<Name>(PLACE, &[]), Err(DoesNotOpen));
    }

    #[test]
    fn equal_values_are_found_and_different_kinds_are_not_confused() {
        let vault = Vault::new(&[7; 32]);
        let one = vault.index(&Personal::<Phone>::new("138 1234 5678"));
        assert_eq!(one, vault.index(&Personal::<Phone>::new("13812345678")));
        assert_ne!(one, vault.index(&Personal::<Name>::new("13812345678")));
    }
}
