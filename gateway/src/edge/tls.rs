//! Server certificates and mutual TLS, on rustls with the ring provider.
//!
//! The provider is passed in every time and never installed as the process default: whichever
//! crate comes along later cannot change what our doors speak.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{ClientCertificate, Tls};

const CERTIFICATE: &str = "tls.certificate_file";
const CLIENT_AUTHORITY: &str = "tls.client_ca_file";

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there or not what it should be.
    #[error("{}: expected {expected}: {reason}", file.display())]
    File {
        /// The key of the configuration that names it.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What was wrong.
        reason: String,
    },
    /// Certificate and key are each readable and do not work together.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
    /// The client authority cannot be used.
    #[error("client authority: {0}")]
    ClientAuthority(#[from] rustls::server::VerifierBuilderError),
}

impl TlsError {
    /// The key of the configuration that it is about.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            TlsError::File { key, .. } => key,
            TlsError::Pair(_) => CERTIFICATE,
            TlsError::ClientAuthority(_) => CLIENT_AUTHORITY,
        }
    }
}

/// Reads the files and builds the server's side, offering HTTP/2 and HTTP/1.1.
pub fn server_config(tls: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(CERTIFICATE, &tls.certificate_file)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key_file).map_err(|error| TlsError::File {
        key: "tls.key_file",
        file: tls.key_file.clone(),
        expected: "a PEM private key",
        reason: error.to_string(),
    })?;
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let builder = match tls.client_certificate {
        ClientCertificate::None => builder.with_no_client_auth(),
        wanted => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(CLIENT_AUTHORITY, &tls.client_ca_file)? {
                roots.add(certificate)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = match wanted {
                ClientCertificate::Optional => verifier.allow_unauthenticated().build()?,
                _ => verifier.build()?,
            };
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The SHA-256 of a certificate in hexadecimal: how partners' certificates are registered.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, certificate))
}

/// The certificates in a file that a key of the configuration names: at least one.
pub(crate) fn certificates(
    key: &'static str,
    file: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |reason: String| TlsError::File {
        key,
        file: file.to_owned(),
        expected: "PEM certificates",
        reason,
    };
    let read = CertificateDer::pem_file_iter(file).map_err(|error| failed(error.to_string()))?;
    let chain: Vec<_> =
        read.collect::<Result<_, _>>().map_err(|error| failed(error.to_string()))?;
    if chain.is_empty() {
        return Err(failed("there is none in it".to_owned()));
    }
    Ok(chain)
}
