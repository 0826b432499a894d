//! TLS: who is believed, and that nothing is sent to anybody else.

use std::io::Write as _;
use std::sync::Arc;

use jiaozi::outbound::heard::{Message, NotSent};
use jiaozi::outbound::line::Line;
use jiaozi::outbound::settings::{Settings, Times};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio::join;
use tokio_rustls::TlsAcceptor;

use crate::support::{
    BRIEF, Peer, answer, not_sent, outside, post, read_framed, read_request, settings, times,
};

/// An authority, and the file with its certificate.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(params.self_signed(&key).unwrap().pem().as_bytes()).unwrap();
        Authority { issuer: Issuer::new(params, key), file }
    }

    /// A server whose certificate is for a name.
    fn server(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// A line that believes this authority.
    fn line(&self, settings: Settings) -> Line {
        let file = self.file.path().to_str().unwrap();
        let (outside, _) = outside(&[("ALLOW_PRIVATE_TARGETS", "true"), ("CA_FILE", file)]);
        outside.line("biller", settings).unwrap()
    }
}

#[tokio::test]
async fn a_system_with_a_certificate_of_a_configured_authority_is_believed() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1");
    let peer = Peer::start().await;
    let line = authority.line(settings(&peer.address("https")));
    let (heard, ()) = join!(line.exchange(None, post("/", "a")), async {
        let mut stream = server.accept(peer.accept().await).await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        stream.shutdown().await.unwrap();
    });
    assert_eq!(&answer(heard).body[..], b"ok");
    let line = authority.line(settings(&peer.address("tls")));
    let (heard, ()) = join!(line.exchange(None, Message::framed("a")), async {
        let mut stream = server.accept(peer.accept().await).await.unwrap();
        assert_eq!(read_framed(&mut stream).await, "a");
        stream.write_all(b"0002ok").await.unwrap();
        stream.shutdown().await.unwrap();
    });
    assert_eq!(&answer(heard).body[..], b"ok");
}

#[tokio::test]
async fn nothing_is_sent_to_one_that_cannot_prove_who_it_is() {
    let (authority, another) = (Authority::new(), Authority::new());
    for (server, what) in [
        (another.server("127.0.0.1"), "an authority that nobody knows"),
        (authority.server("other.example.com"), "another name"),
    ] {
        let peer = Peer::start().await;
        let line = authority.line(settings(&peer.address("https")));
        let (heard, accepted) = join!(line.exchange(None, post("/", "a")), async {
            server.accept(peer.accept().await).await.is_ok()
        });
        let why = not_sent(heard);
        assert!(matches!(why, NotSent::NotTrusted(_)), "{what}: {why}");
        assert!(!accepted, "{what}");
    }
}

#[tokio::test]
async fn nothing_is_sent_in_the_open_to_one_that_speaks_no_tls() {
    let authority = Authority::new();
    let peer = Peer::start().await;
    let line = authority.line(settings(&peer.address("tls")));
    let (heard, ()) = join!(line.exchange(None, Message::framed("a")), async {
        peer.accept().await.write_all(b"0005hello").await.unwrap();
    });
    assert!(matches!(not_sent(heard), NotSent::NotTrusted(_)));
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_no_connection() {
    let authority = Authority::new();
    let peer = Peer::start().await;
    let times = Times { connect: BRIEF, ..times() };
    let line = authority.line(Settings { times, ..settings(&peer.address("https")) });
    // Accepted by the kernel, and nobody speaks.
    assert_eq!(not_sent(line.exchange(None, post("/", "a")).await), NotSent::ConnectTimedOut);
}

#[tokio::test]
async fn a_file_of_authorities_that_is_none_is_told() {
    use jiaozi::config::{Config, Sources};
    let file = NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let environment = vec![("JIAOZI_OUTBOUND_CA_FILE".to_owned(), path)];
    let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap();
    let meter = jiaozi::telemetry::Metrics::new("test").unwrap().meter();
    let error = jiaozi::outbound::Outside::new(&config.outbound, &meter).unwrap_err();
    assert_eq!(error.key(), "outbound.ca_file");
}
