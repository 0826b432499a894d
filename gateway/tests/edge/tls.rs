//! TLS: handshakes that never end, clients that prove who they are.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Router};
use jiaozi::config::{ClientCertificate, Tls};
use jiaozi::edge::accept::{Connection, Limits};
use jiaozi::edge::tls::{fingerprint, server_config};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tempfile::NamedTempFile;
use tokio_rustls::TlsConnector;

use crate::support::{Server, exchange, get as ask, limits, read_to_end};

/// An authority that has signed one server and one client.
struct Authority {
    certificate: CertificateDer<'static>,
    server: (String, String),
    client: (String, String),
    files: Vec<NamedTempFile>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        let sign = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new([name.to_owned()]).unwrap();
            let certificate = params.signed_by(&key, &issuer).unwrap();
            (certificate.pem(), key.serialize_pem())
        };
        Self { certificate, server: sign("localhost"), client: sign("partner"), files: Vec::new() }
    }

    fn file(&mut self, text: &str) -> PathBuf {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let path = file.path().to_owned();
        self.files.push(file);
        path
    }

    fn server(&mut self, client_certificate: ClientCertificate) -> Arc<rustls::ServerConfig> {
        let (certificate, key) = self.server.clone();
        let authority = {
            use base64::Engine as _;
            let text = base64::engine::general_purpose::STANDARD.encode(&self.certificate);
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        };
        let tls = Tls {
            certificate_file: self.file(&certificate),
            key_file: self.file(&key),
            client_certificate,
            client_ca_file: self.file(&authority),
        };
        server_config(&tls).unwrap()
    }

    fn client(&self, with_certificate: bool) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = if with_certificate {
            let key = PrivateKeyDer::from_pem_slice(self.client.1.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![self.client_der()], key).unwrap()
        } else {
            builder.with_no_client_auth()
        };
        TlsConnector::from(Arc::new(config))
    }

    fn client_der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.client.0.as_bytes()).unwrap()
    }
}

/// Answers with the scheme and the client's fingerprint.
fn who() -> Router {
    let handler = async |Extension(connection): Extension<Connection>| {
        let client = connection.client_certificate.map(|certificate| fingerprint(&certificate));
        format!("{} {}", connection.scheme, client.unwrap_or_default())
    };
    Router::new().route("/", get(handler))
}

async fn say(server: &Server, connector: &TlsConnector) -> String {
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connector.connect(name, server.connect().await).await.unwrap();
    exchange(stream, &ask("/")).await
}

#[tokio::test]
async fn a_handshake_that_never_ends_blocks_nobody() {
    let mut authority = Authority::new();
    let tls = authority.server(ClientCertificate::None);
    let server = Server::start_with(who(), limits(), Some(tls)).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(server.connect().await);
    }
    let answer = say(&server, &authority.client(false)).await;
    assert!(answer.ends_with("https "), "{answer}");
    // And a drain does not wait for them.
    assert_eq!(server.stop().await.unwrap().dropped, 0);
}

#[tokio::test]
async fn a_handshake_has_a_time_limit() {
    let mut authority = Authority::new();
    let tls = authority.server(ClientCertificate::None);
    let brief = Limits { tls_handshake_max: std::time::Duration::from_millis(50), ..limits() };
    let server = Server::start_with(who(), brief, Some(tls)).await;
    assert_eq!(read_to_end(server.connect().await).await, "");
}

#[tokio::test]
async fn a_client_certificate_reaches_the_handler() {
    let mut authority = Authority::new();
    let tls = authority.server(ClientCertificate::Optional);
    let server = Server::start_with(who(), limits(), Some(tls)).await;
    let expected = fingerprint(&authority.client_der());
    let answer = say(&server, &authority.client(true)).await;
    assert!(answer.ends_with(&format!("https {expected}")), "{answer}");
    let answer = say(&server, &authority.client(false)).await;
    assert!(answer.ends_with("https "), "{answer}");
}

#[tokio::test]
async fn a_required_certificate_is_required() {
    let mut authority = Authority::new();
    let tls = authority.server(ClientCertificate::Required);
    let server = Server::start_with(who(), limits(), Some(tls)).await;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = authority.client(false).connect(name, server.connect().await).await;
    // In TLS 1.3 the client hears of it only after its own handshake.
    if let Ok(mut stream) = stream {
        use tokio::io::AsyncWriteExt as _;
        let _ = stream.write_all(ask("/").as_bytes()).await;
        assert_eq!(read_to_end(stream).await, "");
    }
    let answer = say(&server, &authority.client(true)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_closed() {
    let mut authority = Authority::new();
    let tls = authority.server(ClientCertificate::None);
    let server = Server::start_with(who(), limits(), Some(tls)).await;
    let answer = tokio::time::timeout(crate::support::PATIENCE, async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = server.connect().await;
        stream.write_all(ask("/").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok();
        answer
    });
    assert!(!answer.await.unwrap().starts_with(b"HTTP"));
}
