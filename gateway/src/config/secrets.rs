//! Keys that nobody may see.
//!
//! [`Secret`] and [`Key32`] have no `Display`, a `Debug` that says nothing, and are wiped when
//! dropped; the only way to the value has a name that is easy to search for.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use zeroize::{Zeroize, Zeroizing};

use super::Complaint;

/// What must not be shown.
#[derive(Clone, Default)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one who uses it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// A key of 32 bytes.
pub type Key32 = Secret<[u8; 32]>;

/// Whether money is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is: every key must have been configured.
    Live,
    /// A sandbox or the demonstration: keys that are not configured are made up.
    Sandbox,
}

/// The section: keys themselves, or files that hold them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    personal_data_key: Secret<String>,
    personal_data_key_file: PathBuf,
    quote_key: Secret<String>,
    quote_key_file: PathBuf,
}

/// The keys, read.
#[derive(Debug, Clone)]
pub struct SecretKeys {
    /// Encrypts personal data at rest.
    pub personal_data_key: Key32,
    /// Signs what is handed out to be shown again: quotes, cursors.
    pub quote_key: Key32,
}

impl Secrets {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        for Setting { key, value, file, .. } in self.each() {
            let in_place = !value.expose().is_empty();
            if in_place && !file.as_os_str().is_empty() {
                return Err(Complaint::new(key, "it is set here and as a file", "one of the two"));
            }
            if in_place && read_key(value.expose()).is_none() {
                return Err(malformed(key));
            }
        }
        Ok(())
    }

    /// Reads the keys, also from files. In a sandbox missing ones are made up, and whoever keeps
    /// the database keeps them with it.
    pub fn keys(&self, mode: Mode) -> Result<SecretKeys, Complaint> {
        let [personal_data, quote] = self.each().map(|Setting { key, value, file, file_key }| {
            let (key, text) = if file.as_os_str().is_empty() {
                (key, Zeroizing::new(value.expose().clone()))
            } else {
                let read = std::fs::read_to_string(file).map_err(|error| {
                    let what = format!("{}: {error}", file.display());
                    Complaint::new(file_key, what, "a file that can be read")
                });
                (file_key, Zeroizing::new(read?))
            };
            match (text.trim(), mode) {
                ("", _) if key == file_key => Err(malformed(key)),
                ("", Mode::Sandbox) => made_up(key),
                ("", Mode::Live) => Err(Complaint::new(
                    key,
                    "the key is not set",
                    "64 hexadecimal digits, or a file that holds them, as from `openssl rand -hex 32`",
                )),
                (text, _) => read_key(text).ok_or_else(|| malformed(key)),
            }
        });
        Ok(SecretKeys { personal_data_key: personal_data?, quote_key: quote? })
    }

    /// The files that hold keys; an empty path where none is named.
    pub fn files(&self) -> Vec<&Path> {
        self.each().iter().map(|setting| setting.file).collect()
    }

    fn each(&self) -> [Setting<'_>; 2] {
        [
            Setting {
                key: "secrets.personal_data_key",
                value: &self.personal_data_key,
                file_key: "secrets.personal_data_key_file",
                file: &self.personal_data_key_file,
            },
            Setting {
                key: "secrets.quote_key",
                value: &self.quote_key,
                file_key: "secrets.quote_key_file",
                file: &self.quote_key_file,
            },
        ]
    }
}

/// Both ways in which one key can be set, each under its name.
struct Setting<'a> {
    key: &'static str,
    value: &'a Secret<String>,
    file_key: &'static str,
    file: &'a Path,
}

fn read_key(text: &str) -> Option<Key32> {
    let mut key = [0_u8; 32];
    hex::decode_to_slice(text, &mut key).ok()?;
    Some(Secret::new(key))
}

fn made_up(key: &'static str) -> Result<Key32, Complaint> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        let what = format!("it cannot be made up: {error}");
        Complaint::new(key, what, "a source of random bytes")
    })?;
    Ok(Secret::new(bytes))
}

fn malformed(key: &'static str) -> Complaint {
    Complaint::new(key, "this is not a key", "64 hexadecimal digits")
}
