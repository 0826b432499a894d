//! What a line hears of a biller whose messages go wrong: the two that the gateway and the simulators are
//! made of, together.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use jiaozi::config::{Config, Sources};
use jiaozi::outbound::Outside;
use jiaozi::outbound::address::Address;
use jiaozi::outbound::heard::{Heard, Message, NotSent, Silence};
use jiaozi::outbound::line::Line;
use jiaozi::outbound::settings::{BreakerSettings, Frame, Length, Limits, Settings, Times};
use jiaozi::telemetry::Metrics;
use jiaozi::trial::billers::faults::{Fault, Gate, Until};
use jiaozi::trial::billers::minbei_power::MinbeiPower;
use jiaozi::trial::billers::order::Verb;
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;

use crate::power::{self, KEY};
use crate::support::{PATIENCE, biller, split};
use crate::water;

/// The time of an answer that does not come.
const BRIEF: Duration = Duration::from_millis(30);

fn line(biller: &Biller, answer: Duration) -> Line {
    let address = Address::parse(&biller.address()).unwrap();
    let settings = Settings {
        frame: (!address.scheme.is_http())
            .then_some(Frame { length: Length::Digits(6), counts_itself: false }),
        address,
        times: Times { connect: PATIENCE, answer, late: PATIENCE },
        limits: Limits { in_flight_max: 4, per_minute: None, per_customer_per_minute: None },
        breaker: BreakerSettings { failures: 0, pause: PATIENCE },
        answer_bytes_max: 10_000,
    };
    let own = ("JIAOZI_OUTBOUND_ADDRESSES".to_owned(), format!("biller={}", biller.address()));
    let config = Config::load(&Sources { environment: vec![own], ..Sources::default() }).unwrap();
    let meter = Metrics::new("test").unwrap().meter();
    Outside::new(&config.outbound, &meter).unwrap().line("biller", settings).unwrap()
}

/// A query, as a biller's document wants it.
fn query(biller: &Biller) -> Message {
    if biller.address().starts_with("tcp") {
        let bytes = power::message(
            "800001",
            "Q1",
            power::CUSTOMER,
            &power::mac(power::CUSTOMER.as_bytes()),
        );
        // The line writes the length itself.
        return Message::framed(bytes[6..].to_vec());
    }
    let fields = format!("<BillKey>{}</BillKey>", water::CUSTOMER);
    let (_, body) = split(&water::request("Query", "000000000001", &fields));
    let xml = HeaderValue::from_static("application/xml");
    Message {
        method: Method::POST,
        path: "/bank/trade".to_owned(),
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, xml)]),
        body: body.into(),
    }
}

async fn both() -> [Biller; 2] {
    let power = MinbeiPower { key: KEY.to_vec() };
    [biller(RongjiangWater, water::CUSTOMER).await, biller(power, power::CUSTOMER).await]
}

async fn ask(biller: &Biller) -> Heard {
    line(biller, PATIENCE).exchange(None, query(biller)).await
}

#[tokio::test]
async fn an_answer_is_heard_also_twice_or_when_it_is_garbage() {
    for biller in both().await {
        let Heard::Answer(whole) = ask(&biller).await else { panic!("{biller:?}") };
        biller.faults().next(Verb::Query, Fault::Twice);
        let twice = ask(&biller).await;
        assert!(matches!(twice, Heard::Answer(once) if once == whole), "{biller:?}");
        biller.faults().next(Verb::Query, Fault::Garbage);
        let garbage = ask(&biller).await;
        assert!(matches!(garbage, Heard::Answer(other) if other != whole), "{biller:?}");
    }
}

#[tokio::test]
async fn what_is_cut_is_silence() {
    for biller in both().await {
        for fault in [Fault::Half, Fault::Closes] {
            biller.faults().next(Verb::Query, fault);
            let heard = ask(&biller).await;
            let Heard::Silent(silent) = heard else { panic!("{biller:?}: {heard:?}") };
            assert!(matches!(silent.why, Silence::Cut(_)), "{biller:?}: {}", silent.why);
        }
    }
}

#[tokio::test]
async fn who_is_held_is_silent_and_heard_late() {
    for biller in both().await {
        let gate = Gate::new();
        biller.faults().next(Verb::Query, Fault::AnswersLate(Until::Told(gate.clone())));
        let heard = line(&biller, BRIEF).exchange(None, query(&biller)).await;
        let Heard::Silent(silent) = heard else { panic!("{biller:?}: {heard:?}") };
        assert_eq!(silent.why, Silence::TimedOut);
        gate.open();
        assert!(silent.late.unwrap().answer().await.is_some(), "{biller:?}");
    }
}

#[tokio::test]
async fn who_is_down_was_not_sent_anything_and_is_heard_when_it_is_up() {
    for biller in both().await {
        let line = line(&biller, PATIENCE);
        biller.down().await;
        let heard = line.exchange(None, query(&biller)).await;
        assert!(matches!(heard, Heard::NotSent(NotSent::Refused(_))), "{biller:?}: {heard:?}");
        biller.up().await.unwrap();
        assert!(matches!(line.exchange(None, query(&biller)).await, Heard::Answer(_)));
    }
}
