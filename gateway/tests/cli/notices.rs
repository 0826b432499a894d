//! Notices reach a partner that fails at first: in order for each resource, signed, and once.

use std::sync::{Arc, Mutex};

use jiaozi::asked::Asked;
use jiaozi::gateway::Gateway;
use jiaozi::notices::send::Sender;
use jiaozi::notices::{sign, write};
use jiaozi::property::payments::{self, GiveBack};
use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::property::refund::Reason;
use tokio::net::TcpListener;

use crate::company::{self, Call, Got};
use crate::support::{MORNING, Place, instant, pay, payer};

/// What was heard, and what was answered to it.
type Heard = Arc<Mutex<Vec<(Got, u16)>>>;

/// A partner that answers 500 to its first requests.
async fn partner(listener: TcpListener, failures: usize, heard: Heard) {
    loop {
        let call = Call::next(&listener).await;
        let status = if heard.lock().unwrap().len() < failures { 500 } else { 204 };
        heard.lock().unwrap().push((call.got.clone(), status));
        call.answer(status).await;
    }
}

/// Writes and sends what is due, and says how many were tried.
async fn run(gateway: &Gateway, sender: &Sender, heard: &Heard) -> usize {
    let before = heard.lock().unwrap().len();
    while write::run_once(gateway).await.unwrap() > 0 {}
    sender.run_once(gateway).await.unwrap();
    sender.finish(gateway).await.unwrap();
    heard.lock().unwrap().len() - before
}

#[tokio::test]
async fn a_notice_is_repeated_until_heard_and_the_next_of_its_resource_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = Place::empty();
    company::listens(&place, "yunhe", listener.local_addr().unwrap());
    let spec = place.path("partners/yunhe/partner.toml");
    let text = std::fs::read_to_string(&spec).unwrap();
    // The import's notice is another resource; here only payments are of interest.
    let text = text.replace("\"file.imported\", \"day.closed\"", "\"day.closed\"");
    std::fs::write(&spec, text).unwrap();
    place.run(&["sandbox", "create"]).well();
    place.import_november();
    let secret = company::secret(&place, "yunhe");

    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    let order = pay(&gateway, &from, "1-1-101").await;
    let back = GiveBack { order, amount: None, bills: None, reason: Reason::PaidTwice };
    let caller = Caller::Partner("yunhe".to_owned());
    payments::refund(&gateway, &Asked::by("yunhe", "r"), caller, back).await.unwrap();

    let heard = Heard::default();
    let listening = tokio::spawn(partner(listener, 2, Arc::clone(&heard)));
    let sender = Sender::new(&place.config().webhooks).unwrap();
    assert_eq!(run(&gateway, &sender, &heard).await, 1, "the refund waits for the payment");
    assert_eq!(run(&gateway, &sender, &heard).await, 0, "and the payment for its pause");
    for time in ["2036-11-20T02:01:00Z", "2036-11-20T02:10:00Z", "2036-11-20T02:20:00Z"] {
        gateway.store.move_time(instant(time)).await.unwrap();
        assert_eq!(run(&gateway, &sender, &heard).await, 1, "{time}");
    }
    gateway.store.move_time(instant("2036-11-21T02:20:00Z")).await.unwrap();
    assert_eq!(run(&gateway, &sender, &heard).await, 0, "what was heard is not told again");
    listening.abort();

    let (got, answered): (Vec<Got>, Vec<u16>) = heard.lock().unwrap().iter().cloned().unzip();
    assert_eq!(answered, [500, 500, 204, 204]);
    let kinds: Vec<String> = got.iter().map(Got::kind).collect();
    assert_eq!(kinds, ["bill.paid", "bill.paid", "bill.paid", "bill.refunded"]);
    assert!(got[0].id == got[1].id && got[1].id == got[2].id, "one identifier for all attempts");
    assert_eq!(got[0].body, got[2].body);
    for one in &got {
        let signed = sign::signature([secret.as_str()], &one.id, one.timestamp, &one.body);
        assert_eq!(Ok(one.signature.clone()), signed);
    }
}
