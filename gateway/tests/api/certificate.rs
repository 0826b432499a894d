//! Mutual TLS in place of signatures. The handshake is the edge's; here the proven certificate is given.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use jiaozi::edge::accept::Connection;
use rustls_pki_types::CertificateDer;
use tower::ServiceExt as _;

use crate::bank::Bank;

const CERTIFICATE: &[u8] = b"the certificate of huating";

/// The shipped specifications, with huating's certificate replaced.
fn specs(folder: &Path) {
    let shipped = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../partner-specs"));
    for partner in ["calendars", "yunhe", "jinding", "huating", "sandbox-bank", "mobile-bank"] {
        std::fs::create_dir(folder.join(partner)).unwrap();
        for file in std::fs::read_dir(shipped.join(partner)).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), folder.join(partner).join(file.file_name())).unwrap();
            }
        }
    }
    let path = folder.join("huating/partner.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("certificate_sha256 = [\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    let own = hex::encode(ring::digest::digest(&ring::digest::SHA256, CERTIFICATE));
    std::fs::write(path, format!("{before}certificate_sha256 = [\"{own}\"{after}")).unwrap();
}

async fn get(bank: &Bank, path: &str, certificate: &'static [u8]) -> (StatusCode, String) {
    let mut request = Request::get(path).header("host", "test").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Connection {
        peer: ([127, 0, 0, 1], 1).into(),
        scheme: "https",
        client_certificate: Some(Arc::new(CertificateDer::from(certificate))),
    });
    let answer = bank.router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_certificate_that_the_specification_lists_speaks_for_its_partner() {
    let folder = tempfile::tempdir().unwrap();
    specs(folder.path());
    let bank = Bank::open_with(folder.path(), true, None).await;
    let (status, body) = get(&bank, "/v1/bills", CERTIFICATE).await;
    assert_eq!(status, 200, "{body}");
    let (status, body) = get(&bank, "/v1/partners", CERTIFICATE).await;
    assert!(status == 403 && body.contains("kind_wrong"), "{status} {body}");
    let (status, body) = get(&bank, "/v1/bills", b"another").await;
    assert!(status == 401 && body.contains("certificate_unknown"), "{status} {body}");
}
