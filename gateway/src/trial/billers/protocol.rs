//! What a protocol has to be able to do: read a message, write an answer, write a day's file.

use std::fmt;

use jiff::civil::DateTime;

use super::day_file::{Day, DayFile};
use super::office::Rules;
use super::order::{Order, Outcome};
use super::shelf::Wanted;

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As requests of HTTP.
    Http,
    /// With so many ASCII digits before them, which do not count themselves.
    Digits(usize),
}

/// A message that has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// The method; nothing where there is no HTTP.
    pub method: String,
    /// The path; nothing where there is no HTTP.
    pub path: String,
    /// The headers, with names in small letters; none where there is no HTTP.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Incoming {
    /// A header, by its name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The status, for HTTP.
    pub status: u16,
    /// The headers, for HTTP.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// A body that everything is well with, as far as HTTP is concerned.
    #[must_use]
    pub fn body(body: Vec<u8>) -> Outgoing {
        Outgoing { status: 200, headers: Vec::new(), body }
    }

    /// A status and nothing else.
    #[must_use]
    pub fn status(status: u16) -> Outgoing {
        Outgoing { status, headers: Vec::new(), body: Vec::new() }
    }
}

/// A message that is not carried out: what is answered, if anything.
pub type Unread = Option<Outgoing>;

/// An interface.
pub trait Protocol: fmt::Debug + Send + Sync + 'static {
    /// How messages travel.
    fn framing(&self) -> Framing;

    /// The rules of its office.
    fn rules(&self) -> Rules;

    /// What a message asks for.
    ///
    /// # Errors
    /// When it is not as the interface says, or not signed by whom it should be.
    fn read(&self, incoming: &Incoming) -> Result<Order, Unread>;

    /// The answer to an order, given at a time. Its signature may be a wrong one.
    fn write(
        &self,
        order: &Order,
        outcome: &Outcome,
        now: DateTime,
        wrongly_signed: bool,
    ) -> Outgoing;

    /// The file of a day.
    fn day_file(&self, day: &Day) -> DayFile;

    /// Which file a message asks for; nothing if it asks for none, or nobody is asked for files.
    fn wanted(&self, _incoming: &Incoming) -> Option<Wanted> {
        None
    }

    /// The answer to that: no file is one that is not made yet.
    fn hand_over(
        &self,
        _wanted: &Wanted,
        _file: Option<&DayFile>,
        _now: DateTime,
        _wrongly_signed: bool,
    ) -> Outgoing {
        Outgoing::status(404)
    }
}
