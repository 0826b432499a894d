//! Where the doors are, and with which certificates.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Complaint, unset_when_empty};
use crate::edge::signature::Origin;

/// Addresses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The HTTP API and the pages.
    pub http: SocketAddr,
    /// Health and metrics, when they have an address of their own.
    #[serde(deserialize_with = "unset_when_empty")]
    pub admin: Option<SocketAddr>,
    /// How the world sees us behind a proxy.
    #[serde(deserialize_with = "unset_when_empty")]
    pub public_origin: Option<String>,
    /// Plain HTTP elsewhere than on loopback.
    pub allow_plain_http: bool,
}

impl Listen {
    pub(super) fn check(&self, tls: &Tls) -> Result<(), Complaint> {
        let plain = !tls.is_on() && !self.http.ip().is_loopback();
        if plain && !self.allow_plain_http {
            return Err(Complaint::new(
                "listen.http",
                format!("plain HTTP on {}, which others can reach", self.http),
                "a loopback address, or tls.certificate_file, or listen.allow_plain_http = true",
            ));
        }
        let open = self.admin.filter(|admin| !admin.ip().is_loopback());
        if let Some(admin) = open.filter(|_| !self.allow_plain_http) {
            return Err(Complaint::new(
                "listen.admin",
                format!("plain HTTP on {admin}, which others can reach"),
                "a loopback address, or listen.allow_plain_http = true",
            ));
        }
        if self.admin == Some(self.http) && self.http.port() != 0 {
            return Err(Complaint::new(
                "listen.admin",
                format!("{} is listen.http as well", self.http),
                "an address of its own, or none",
            ));
        }
        match &self.public_origin {
            Some(text) if Origin::parse(text).is_none() => Err(Complaint::new(
                "listen.public_origin",
                format!("{text:?} is not an origin"),
                "scheme, host and port only, as in https://pay.example.com",
            )),
            _ => Ok(()),
        }
    }

    /// The public origin, which [`super::Config::load`] has already checked.
    pub fn origin(&self) -> Option<Origin> {
        self.public_origin.as_deref().and_then(Origin::parse)
    }
}

/// Certificates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The server's chain.
    pub certificate_file: PathBuf,
    /// The server's key.
    pub key_file: PathBuf,
    /// Whether clients prove who they are.
    pub client_certificate: ClientCertificate,
    /// Who signs clients' certificates.
    pub client_ca_file: PathBuf,
}

/// Whether clients show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificate {
    /// They are not asked.
    None,
    /// They may.
    Optional,
    /// Without one there is no connection.
    Required,
}

impl Tls {
    /// Whether the server ends TLS itself.
    pub fn is_on(&self) -> bool {
        !self.certificate_file.as_os_str().is_empty()
    }

    pub(super) fn check(&self) -> Result<(), Complaint> {
        let has_key = !self.key_file.as_os_str().is_empty();
        if self.is_on() != has_key {
            return Err(Complaint::new(
                "tls.key_file",
                "certificate and key belong together",
                "tls.certificate_file and tls.key_file both set, or neither",
            ));
        }
        let asks = self.client_certificate != ClientCertificate::None;
        let has_authority = !self.client_ca_file.as_os_str().is_empty();
        if asks && !(self.is_on() && has_authority) {
            return Err(Complaint::new(
                "tls.client_certificate",
                "client certificates cannot be checked",
                "tls.certificate_file, tls.key_file and tls.client_ca_file set",
            ));
        }
        Ok(())
    }
}
