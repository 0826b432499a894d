//! What the tests of all billers share: their specifications, their samples, and what is told to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiaozi_adapters::exchange::{
    Incoming, Original, Outcome, Outgoing, Reading, Telling, Unreadable, Verb, read, render,
};
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::biller::Biller;
use jiaozi_adapters::spec::calendar::{Calendar, Calendars};
use jiaozi_adapters::spec::outbound::Transport;
use jiaozi_ledger::money::Fen;
use jiff::civil::date;

/// The codes of all of them.
pub const BILLERS: [&str; 4] = ["rongjiang-water", "minbei-power", "huaran-gas", "nanhu-college"];

/// A biller with its samples, which are all about one payment.
pub struct Office {
    pub code: &'static str,
    pub biller: Biller,
    pub secret: Option<&'static [u8]>,
    pub customer: &'static str,
    pub amount: Fen,
    pub carried: BTreeMap<String, String>,
    /// The number of the query's reference; the others follow it.
    pub first: u64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../partner-specs")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a shipped specification.
pub fn specification(code: &str) -> String {
    text(&folder().join(code).join("partner.toml"))
}

/// The calendars that the billers name.
pub fn calendars() -> Calendars {
    ["cn-bank", "every-day"]
        .iter()
        .map(|name| folder().join("calendars").join(name).with_extension("toml"))
        .map(|path| Calendar::parse("calendar", &text(&path)).expect("a calendar"))
        .collect()
}

fn spec(code: &str) -> PartnerSpec {
    match PartnerSpec::parse(code, &specification(code), &calendars()) {
        Ok(spec) => spec,
        Err(errors) => panic!("{errors:#?}"),
    }
}

/// A file of a biller as it is on its disk.
pub fn sample(code: &str, name: &str) -> Vec<u8> {
    let path = folder().join(code).join("samples").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The terms of a shipped biller; each is read once, for property tests ask often.
pub fn biller(code: &str) -> Biller {
    static READ: LazyLock<BTreeMap<&str, Biller>> = LazyLock::new(|| {
        BILLERS.map(|code| (code, spec(code).biller().expect("a biller").clone())).into()
    });
    READ[code].clone()
}

impl Office {
    /// What is told for a verb: a query, then its payment, then about it.
    pub fn telling(&self, verb: Verb) -> Telling {
        let reference = |after: u64| {
            self.biller.outbound.reference.write(self.first + after).expect("a reference")
        };
        let own = match verb {
            Verb::Query => 0,
            Verb::WriteOff => 1,
            Verb::Ask => 2,
            Verb::Reversal => 3,
            Verb::DayFile => 4,
        };
        let about = matches!(verb, Verb::Ask | Verb::Reversal);
        let day = date(2026, 11, 20);
        Telling {
            verb,
            reference: reference(own),
            original: about.then(|| Original { reference: reference(1), date: day }),
            at: day.at(10, 15, 30, 0),
            clearing_date: day,
            customer: self.customer.to_owned(),
            amount: (verb != Verb::Query).then_some(self.amount),
            part: 1,
            carried: if verb == Verb::Query { BTreeMap::new() } else { self.carried.clone() },
        }
    }

    /// A message or an answer, with the length of a frame.
    fn sample(&self, name: &str) -> Vec<u8> {
        let ending = match self.biller.outbound.transport {
            Transport::Https { .. } => "http",
            Transport::Tcp { .. } | Transport::Files => "msg",
        };
        sample(self.code, &format!("messages/{name}.{ending}"))
    }

    /// Says something, if the biller has such a message, and compares every byte with the sample.
    pub fn says(&self, verb: Verb) {
        if self.biller.messages.of(verb).is_none() {
            return;
        }
        let said = render(&self.biller, &self.telling(verb), self.secret).expect("it can be said");
        let expected = self.sample(&format!("{verb}.request"));
        assert_eq!(
            String::from_utf8_lossy(&self.on_the_wire(&said)),
            String::from_utf8_lossy(&expected),
            "{verb}"
        );
        assert_eq!(self.on_the_wire(&said), expected, "{verb}");
    }

    fn on_the_wire(&self, said: &Outgoing) -> Vec<u8> {
        match &self.biller.outbound.transport {
            Transport::Tcp { frame, .. } => frame.wrap(&said.body).expect("it is short enough"),
            Transport::Files => Vec::new(),
            Transport::Https { .. } => {
                let headers: String = said
                    .headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}\r\n"))
                    .collect();
                let head = format!("{} {}\r\n{headers}\r\n", said.method, said.path);
                [head.as_bytes(), &said.body].concat()
            }
        }
    }

    /// Reads the sample of an answer.
    pub fn hears(&self, verb: Verb, name: &str) -> Result<Reading, Unreadable> {
        let sample = self.sample(&format!("{verb}.{name}"));
        self.hears_bytes(verb, &sample)
    }

    /// Reads an answer as it is on the wire.
    pub fn hears_bytes(&self, verb: Verb, wire: &[u8]) -> Result<Reading, Unreadable> {
        let telling = self.telling(verb);
        if let Transport::Tcp { frame, .. } = &self.biller.outbound.transport {
            let (length, body) = wire.split_at(frame.prefix_bytes());
            assert_eq!(frame.length_of(length), Ok(body.len()), "the sample has its length");
            let incoming = Incoming { status: None, headers: &[], body };
            return read(&self.biller, &telling, &incoming, self.secret);
        }
        let at = wire.windows(4).position(|four| four == b"\r\n\r\n").expect("an empty line");
        let head = std::str::from_utf8(&wire[..at]).expect("a head of ASCII");
        let (status, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        let status = status.strip_prefix("HTTP ").and_then(|number| number.parse().ok());
        let headers: Vec<(String, String)> = headers
            .lines()
            .map(|line| line.split_once(": ").expect("a header"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        assert!(status.is_some(), "the sample has a status");
        let incoming = Incoming { status, headers: &headers, body: &wire[at + 4..] };
        read(&self.biller, &telling, &incoming, self.secret)
    }

    /// What each sample of a verb's answers means.
    pub fn means(&self, verb: Verb, answers: &[(&str, Outcome)]) {
        for (name, outcome) in answers {
            match self.hears(verb, name) {
                Ok(reading) => assert_eq!(reading.outcome, *outcome, "{verb}, {name}"),
                Err(error) => panic!("{verb}, {name}: {error}"),
            }
        }
    }

    /// Why a sample is no answer.
    pub fn refuses(&self, verb: Verb, name: &str) -> String {
        match self.hears(verb, name) {
            Ok(reading) => panic!("{verb}, {name}: {reading:?}"),
            Err(error) => error.to_string(),
        }
    }

    /// A sample with one text changed for another; the signature is not.
    pub fn altered(
        &self,
        verb: Verb,
        name: &str,
        from: &str,
        to: &str,
    ) -> Result<Reading, Unreadable> {
        assert_eq!(from.len(), to.len(), "the length stays");
        let wire = self.sample(&format!("{verb}.{name}"));
        let at = wire.windows(from.len()).position(|bytes| bytes == from.as_bytes());
        let at = at.expect("the text is in the sample");
        let wire = [&wire[..at], to.as_bytes(), &wire[at + from.len()..]].concat();
        self.hears_bytes(verb, &wire)
    }
}

/// Names and texts that are kept for later messages.
pub fn kept(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn every_message_of_every_biller_has_its_sample() {
    for code in BILLERS {
        let terms = biller(code);
        for verb in Verb::ALL {
            let http = matches!(terms.outbound.transport, Transport::Https { .. });
            let name = format!("{verb}.request.{}", if http { "http" } else { "msg" });
            let there = folder().join(code).join("samples/messages").join(&name).exists();
            assert_eq!(there, terms.messages.of(verb).is_some(), "{code}, {name}");
        }
    }
}
