//! Partners that are told by files: instructions, and their reversals, are gathered into files, the files are
//! put into the partner's outbox, and what its files say of them comes back as news.
//!
//! A file is a record made of the records of its instructions alone. It is committed before its bytes are
//! written, so whoever is interrupted writes the same bytes again under the same name: the other side never
//! hears of an instruction under two names. Why so: `docs/adr/0014-told-by-files.md`.
//!
//! | module | holds |
//! |---|---|
//! | [`gathering`] | what is due goes into files |
//! | [`writing`] | the bytes of a file, and putting it into the outbox |
//! | [`results`] | what a file of results says, line by line, whatever its format |
//! | [`hearing`] | taking such a file: whole or not at all, however often it comes |
//! | [`silence`] | what was told and not answered in time, and what was never told |

pub mod gathering;
pub mod hearing;
pub mod results;
pub mod silence;
pub mod writing;

use std::sync::Arc;

use jiaozi_adapters::iso20022::xml::Unwritable;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::files::Files;
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;

use crate::files::whole::WholeError;
use crate::gateway::Gateway;

/// A partner that is told by files.
#[derive(Debug, Clone)]
pub struct Filed {
    /// The partner, ready for decisions.
    pub biller: Arc<Biller>,
    spec: Arc<PartnerSpec>,
}

impl Filed {
    /// The partner of a code, if it is told by files.
    #[must_use]
    pub fn of(gateway: &Gateway, code: &str) -> Option<Filed> {
        let biller = Arc::clone(gateway.partners.called(code)?);
        let spec = Arc::clone(gateway.partners.spec(code)?);
        let filed = Filed { biller, spec };
        filed.terms().is_some().then_some(filed)
    }

    /// All of them, by code.
    #[must_use]
    pub fn all(gateway: &Gateway) -> Vec<Filed> {
        let codes = gateway.partners.all_called().map(|biller| &biller.payee.code);
        codes.filter_map(|code| Filed::of(gateway, code)).collect()
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.biller.payee.code
    }

    /// What its specification says of files.
    #[must_use]
    pub fn terms(&self) -> Option<&Files> {
        self.spec.called()?.outbound.files.as_ref()
    }
}

/// Why something with files did not go on. It is found again.
#[derive(Debug, thiserror::Error)]
pub enum FiledError {
    /// A record does not fit into its file.
    #[error("file {file}: {error}")]
    Unwritable {
        /// The file.
        file: String,
        /// Why.
        error: Unwritable,
    },
    /// A record does not read.
    #[error("file {file}: {what} does not read")]
    Unreadable {
        /// The file.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// A file cannot be put into the outbox.
    #[error("{name} is not in the outbox of {partner}: {error}")]
    Outbox {
        /// The file's name.
        name: String,
        /// Whose outbox.
        partner: String,
        /// Why.
        error: WholeError,
    },
    /// The inbox cannot be read or written.
    #[error("the inbox of {partner}: {error}")]
    Inbox {
        /// Whose inbox.
        partner: String,
        /// Why.
        error: std::io::Error,
    },
    /// A command could not be handed in.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
