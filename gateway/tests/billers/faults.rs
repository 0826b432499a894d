//! What a script does to messages, whatever their protocol.

use std::io::ErrorKind;
use std::sync::Arc;

use jiaozi::trial::billers::faults::{Fault, Gate, Until};
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;
use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivateKeyDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{ask, biller, morning, of_gbk, read_to_end, send, split, standing};
use crate::water::{CUSTOMER, request};

const ONE: &str = "000000000001";

async fn water() -> Biller {
    biller(RongjiangWater, CUSTOMER).await
}

fn pay(seq: &str) -> Vec<u8> {
    let fields = format!(
        "<BillKey>{CUSTOMER}</BillKey><ContractNo>C-77</ContractNo><Amount>15000</Amount>\
         <OrgDate>20261102</OrgDate>"
    );
    request("Pay", seq, &fields)
}

fn reverse(seq: &str, original: &str) -> Vec<u8> {
    let fields = format!(
        "<OrgTranSeq>{original}</OrgTranSeq><OrgTranDate>20261102</OrgTranDate><Amount>15000</Amount>"
    );
    request("Reverse", seq, &fields)
}

fn text(answer: &[u8]) -> String {
    of_gbk(&split(answer).1)
}

#[tokio::test]
async fn an_answer_is_late_until_its_gate_opens() {
    let water = water().await;
    let gate = Gate::new();
    water.faults().next(Verb::Pay, Fault::AnswersLate(Until::Told(gate.clone())));
    let stream = send(&water, &pay(ONE)).await;
    gate.reached_by(1).await;
    assert_eq!(standing(&water, ONE), Standing::Booked, "booked before it is answered");
    gate.open();
    assert!(text(&read_to_end(stream).await).contains("AAAAAAA"));
}

#[tokio::test]
async fn a_payment_that_arrives_late_meets_its_own_reversal() {
    let water = water().await;
    let gate = Gate::new();
    water.faults().next(Verb::Pay, Fault::ArrivesLate(Until::Told(gate.clone())));
    let stream = send(&water, &pay(ONE)).await;
    gate.reached_by(1).await;
    assert!(water.office().truth().is_empty(), "not yet there");
    assert!(text(&ask(&water, &reverse("000000000002", ONE)).await).contains("AAAAAAA"));
    gate.open();
    assert!(text(&read_to_end(stream).await).contains("WAT0103"));
    assert_eq!(standing(&water, ONE), Standing::NeverCame);
    assert_eq!(
        water.faults().seen(),
        [(Verb::Pay, ONE.to_owned()), (Verb::Reverse, ONE.to_owned())]
    );
}

#[tokio::test]
async fn a_message_can_vanish_before_or_after_it_is_carried_out() {
    for (fault, booked) in [(Fault::NeverArrives, false), (Fault::NeverAnswers, true)] {
        let water = water().await;
        water.faults().next(Verb::Pay, fault);
        let mut stream = send(&water, &pay(ONE)).await;
        // Who hangs up is done with, and that is all that it ever says.
        stream.shutdown().await.unwrap();
        assert_eq!(read_to_end(stream).await, b"");
        assert_eq!(water.office().truth().contains_key(ONE), booked);
    }
}

#[tokio::test]
async fn an_answer_can_be_cut_doubled_closed_or_garbage() {
    let water = water().await;
    let whole = ask(&water, &pay(ONE)).await;
    for fault in [Fault::Half, Fault::Twice, Fault::Closes, Fault::Garbage] {
        water.faults().next(Verb::Pay, fault.clone());
        let answer = ask(&water, &pay(ONE)).await;
        match fault {
            Fault::Half => {
                assert!(whole.starts_with(&answer) && answer.len() < whole.len());
                assert!(answer.windows(4).any(|bytes| bytes == b"\r\n\r\n"), "the head is whole");
            }
            Fault::Twice => assert_eq!(answer, whole.repeat(2)),
            Fault::Closes => assert_eq!(answer, b""),
            _ => assert!(!text(&answer).contains("TranCode")),
        }
    }
    assert_eq!(ask(&water, &pay(ONE)).await, whole, "and then nothing goes wrong");
}

#[tokio::test]
async fn a_query_can_be_wrong_by_an_amount() {
    let water = water().await;
    water.faults().next(Verb::Query, Fault::WrongAmount(1));
    let query = request("Query", ONE, &format!("<BillKey>{CUSTOMER}</BillKey>"));
    assert!(text(&ask(&water, &query).await).contains("<TotalAmount>150.01</TotalAmount>"));
    assert!(text(&ask(&water, &query).await).contains("<TotalAmount>150.00</TotalAmount>"));
}

#[tokio::test]
async fn faults_are_for_messages_about_somebody_and_a_rule_is_for_the_rest() {
    let water = water().await;
    let broken = |code: &str| Fault::Code(code.to_owned());
    water.faults().next_about(Verb::Pay, "somebody else", broken("WAT0001"));
    water.faults().next_about(Verb::Pay, CUSTOMER, broken("WAT9991"));
    water.faults().next_about(Verb::Pay, ONE, broken("WAT9992"));
    water.faults().rule(move |order, before| {
        (order.verb == Verb::Pay && before < 3).then(|| broken("WAT9993"))
    });
    for code in ["WAT9991", "WAT9992", "WAT9993", "AAAAAAA"] {
        let said = text(&ask(&water, &pay(ONE)).await);
        assert!(said.contains(code), "{code}: {said}");
    }
    water.faults().clear();
}

#[tokio::test]
async fn down_it_refuses_and_up_again_it_is_on_the_same_port_with_the_same_books() {
    let water = water().await;
    let address = water.socket_address();
    ask(&water, &pay(ONE)).await;
    let gate = Gate::new();
    water.faults().next(Verb::Pay, Fault::AnswersLate(Until::Told(gate.clone())));
    let mut hanging = send(&water, &pay(ONE)).await;
    gate.reached_by(1).await;
    for _ in 0..3 {
        water.down().await;
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        water.up().await.unwrap();
        assert!(text(&ask(&water, &pay(ONE)).await).contains("AAAAAAA"));
    }
    // Who was in when it went down was thrown out.
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(crate::support::PATIENCE, hanging.read_to_end(&mut rest))
        .await
        .unwrap();
    assert_eq!(rest, b"");
    assert_eq!(water.office().truth().len(), 1);
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let water = Biller::start(RongjiangWater, morning(), Some(Arc::new(server))).await.unwrap();
    assert!(water.address().starts_with("https://127.0.0.1:"));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(water.socket_address()).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let mut stream = connector.connect(name, stream).await.unwrap();
    stream.write_all(&pay(ONE)).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(text(&answer).contains("WAT0001"));
}
