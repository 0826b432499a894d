//! The systems outside that we call.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Complaint;
use crate::outbound::address::Address;

/// The systems outside; `config.default.toml` says what each is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the default file documents every key")]
pub struct Outbound {
    pub allow_private_targets: bool,
    ca_file: PathBuf,
    pub addresses: BTreeMap<String, String>,
}

impl Outbound {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        for (partner, address) in &self.addresses {
            if let Err(error) = Address::parse(address) {
                let what = format!("{partner}: {error}");
                return Err(Complaint::new("outbound.addresses", what, "a partner's address"));
            }
        }
        Ok(())
    }

    /// The file of further authorities.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        Some(self.ca_file.as_path()).filter(|file| !file.as_os_str().is_empty())
    }
}
