//! What can be set, from where, and what is wrong with it.
//!
//! Four layers, later ones win: the embedded `config.default.toml`, the file given with
//! `--config`, the environment (`JIAOZI_<SECTION>_<KEY>`), the command line. The default file
//! lists every key with its type, so a key that is not in it is an error wherever it stands. Every
//! error names the place (file and line, variable, flag) and what was expected. Everything is
//! read and checked before a port opens; a configuration that does not pass ends the process with
//! [`EXIT_BAD_CONFIGURATION`]. There is no global: each part of the program is given its section.
//!
//! # Layout
//!
//! - [`layers`]: merges the layers and remembers where each value came from
//! - [`listen`], [`limits`], [`database`], [`partners`], [`days`], [`mailboxes`], [`payouts`], [`observe`],
//!   [`signatures`], [`secrets`], [`webhooks`], [`outbound`], [`core`](mod@core), [`roles`]: the sections, each with its own checks
//! - [`show`]: the effective configuration, without its secrets

pub mod core;
pub mod database;
pub mod days;
pub mod layers;
pub mod limits;
pub mod listen;
pub mod mailboxes;
pub mod observe;
pub mod outbound;
pub mod partners;
pub mod payouts;
pub mod roles;
pub mod secrets;
pub mod show;
pub mod signatures;
pub mod webhooks;

use std::path::Path;

use serde::Deserialize;

pub use self::core::Core;
pub use self::database::Database;
pub use self::days::Days;
pub use self::layers::{Flag, Sources};
pub use self::limits::Limits;
pub use self::listen::{ClientCertificate, Listen, Tls};
pub use self::mailboxes::Mailboxes;
pub use self::observe::{LogFormat, Telemetry};
pub use self::outbound::Outbound;
pub use self::partners::Partners;
pub use self::payouts::Payouts;
pub use self::roles::{Role, Roles};
pub use self::secrets::{Key32, Mode, Secret, SecretKeys, Secrets};
pub use self::signatures::Signatures;
pub use self::webhooks::Webhooks;

use self::layers::Layers;

/// The exit code for a configuration that does not pass: EX_USAGE of sysexits.
pub const EXIT_BAD_CONFIGURATION: u8 = 64;

/// The defaults, as shipped.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Addresses.
    pub listen: Listen,
    /// Certificates.
    pub tls: Tls,
    /// Bounds on what clients may take.
    pub limits: Limits,
    /// Where the books are.
    pub database: Database,
    /// The partners' specifications.
    pub partners: Partners,
    /// The partners' clearing days.
    pub days: Days,
    /// Where files are exchanged.
    pub mailboxes: Mailboxes,
    /// Who pays partners out.
    pub payouts: Payouts,
    /// Logs and traces.
    pub telemetry: Telemetry,
    /// How signatures are judged and made.
    pub signatures: Signatures,
    /// Keys that nobody may see.
    pub secrets: Secrets,
    /// How we call partners back.
    pub webhooks: Webhooks,
    /// The systems outside that we call.
    pub outbound: Outbound,
    /// The bank's core system.
    pub core: Core,
    /// What this process does.
    pub roles: Roles,
    /// The merged layers, for showing and for naming places.
    #[serde(skip)]
    layers: Layers,
}

/// What is wrong with a configuration: where, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}; expected {expected}")]
pub struct ConfigError {
    /// File and line, environment variable or flag, with the key.
    pub place: String,
    /// What is there.
    pub what: String,
    /// What should be.
    pub expected: String,
}

/// A complaint of a section about one of its keys, which [`Config::load`] turns into a
/// [`ConfigError`] by looking up where the key was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    key: &'static str,
    what: String,
    expected: String,
}

impl Complaint {
    pub(crate) fn new(
        key: &'static str,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self { key, what: what.into(), expected: expected.into() }
    }

    /// Complains of a path that can be no folder: it is empty, or something else is there.
    pub(crate) fn unless_folder(
        key: &'static str,
        path: &Path,
        expected: &str,
    ) -> Result<(), Complaint> {
        if path.as_os_str().is_empty() {
            return Err(Complaint::new(key, "no folder is set", expected));
        }
        if path.exists() && !path.is_dir() {
            let what = format!("{} is no folder", path.display());
            return Err(Complaint::new(key, what, expected));
        }
        Ok(())
    }
}

impl Config {
    /// Merges the sources, reads them and checks every section. Opens nothing but files that the
    /// configuration names.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let layers = Layers::merge(sources)?;
        let text = layers.to_toml();
        let mut config: Self = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start].lines().count());
            layers.misread(line, error.message())
        })?;
        let checks = [
            config.listen.check(&config.tls),
            config.tls.check(),
            config.limits.check(),
            config.database.check(),
            config.partners.check(),
            config.days.check(),
            config.mailboxes.check(),
            config.payouts.check(),
            config.telemetry.check(),
            config.signatures.check(),
            config.secrets.check(),
            config.webhooks.check(),
            config.outbound.check(),
            config.core.check(),
            config.roles.check(),
        ];
        if let Some(complaint) = checks.into_iter().find_map(Result::err) {
            return Err(layers.error(complaint.key, complaint.what, complaint.expected));
        }
        config.layers = layers;
        Ok(config)
    }

    /// Names the place of a key in an error that came up later, when the value was used.
    pub fn complain(&self, complaint: Complaint) -> ConfigError {
        self.layers.error(complaint.key, complaint.what, complaint.expected)
    }
}

/// Reads an empty text as "not set".
pub(crate) fn unset_when_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests;
