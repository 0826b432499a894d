//! What is sent and what is heard.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tokio::sync::oneshot;

use super::pace::Whose;

/// What is sent.
#[derive(Clone)]
pub struct Message {
    /// The method; nothing for framed messages.
    pub method: Method,
    /// The path behind the address's base, with its query; nothing for framed messages.
    pub path: String,
    /// The headers beside those that every request has; nothing for framed messages.
    pub headers: HeaderMap,
    /// The body; of framed messages, what comes after the length.
    pub body: Bytes,
}

impl Message {
    /// A framed message.
    #[must_use]
    pub fn framed(body: impl Into<Bytes>) -> Message {
        Message {
            method: Method::POST,
            path: String::new(),
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }
}

/// There are customers in it.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} bytes)", self.body.len())
    }
}

/// An answer, complete.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status; none for framed messages.
    pub status: Option<StatusCode>,
    /// The headers; none for framed messages.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// There are customers in it.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({:?}, {} bytes)", self.status, self.body.len())
    }
}

/// What came of a message.
#[derive(Debug)]
pub enum Heard {
    /// An answer, whatever it says and whether it is true.
    Answer(Answer),
    /// Surely nothing of the message reached the other side.
    NotSent(NotSent),
    /// It may have been received, and there is no answer: unknown.
    Silent(Silent),
}

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The system has not answered for a while and rests.
    #[error("it has not answered for a while and is tried again in {} s", again_after.as_secs())]
    Resting {
        /// When it is tried again.
        again_after: Duration,
    },
    /// More than it wants to be asked.
    #[error("{whose} has had as many messages as a minute may have; again in {} s", again_after.as_secs())]
    TooFast {
        /// Whose limit it is.
        whose: Whose,
        /// When there is room again.
        again_after: Duration,
    },
    /// As many messages as may be are under way, and none has ended in time.
    #[error("as many messages as may be are under way")]
    Busy,
    /// The message cannot be sent as it is.
    #[error("the message cannot be sent: {0}")]
    Unsendable(String),
    /// The name of the system is not known.
    #[error("its name is not known: {0}")]
    Unresolved(String),
    /// The address is private, and nobody has allowed that.
    #[error("{0} is not a public address")]
    Private(String),
    /// Nobody listens there, or nobody lets us in.
    #[error("no connection: {0}")]
    Refused(String),
    /// There was no connection in time.
    #[error("no connection in time")]
    ConnectTimedOut,
    /// The system could not prove who it is, or speaks no TLS.
    #[error("no trusted connection: {0}")]
    NotTrusted(String),
    /// The connection was closed before anything was written to it.
    #[error("the connection was closed before anything was sent: {0}")]
    ClosedBefore(String),
    /// By the time it could be sent nobody waited for it any more.
    #[error("it could not be sent while it was of use")]
    TooLate,
}

impl NotSent {
    /// A stable word for it, for records and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            NotSent::Resting { .. } => "resting",
            NotSent::TooFast { .. } => "too_fast",
            NotSent::Busy => "busy",
            NotSent::Unsendable(_) => "unsendable",
            NotSent::Unresolved(_) => "unresolved",
            NotSent::Private(_) => "private",
            NotSent::Refused(_) => "refused",
            NotSent::ConnectTimedOut => "connect_timed_out",
            NotSent::NotTrusted(_) => "not_trusted",
            NotSent::ClosedBefore(_) => "closed_before",
            NotSent::TooLate => "too_late",
        }
    }
}

/// No answer, or not yet.
#[derive(Debug)]
pub struct Silent {
    /// Why.
    pub why: Silence,
    /// The answer, should it still come. Only for a system that takes its time, and only while as few
    /// of its messages are listened to as may be.
    pub late: Option<Late>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// There was none in time.
    #[error("no answer in time")]
    TimedOut,
    /// The connection ended before the answer did.
    #[error("the connection ended before the answer: {0}")]
    Cut(String),
    /// What came is not even the form of an answer.
    #[error("what came is no answer: {0}")]
    Garbled(String),
    /// The answer is longer than we read.
    #[error("the answer is too long")]
    TooLong,
    /// Our own side ended on the way.
    #[error("the call has ended on our side")]
    Abandoned,
}

impl Silence {
    /// A stable word for it, for records and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Silence::TimedOut => "timed_out",
            Silence::Cut(_) => "cut",
            Silence::Garbled(_) => "garbled",
            Silence::TooLong => "too_long",
            Silence::Abandoned => "abandoned",
        }
    }
}

/// An answer that may still come. Dropping it changes nothing for the other side.
#[derive(Debug)]
pub struct Late(pub(super) oneshot::Receiver<Answer>);

impl Late {
    /// Waits for it. None when the time for late answers is over, or the connection has ended.
    pub async fn answer(self) -> Option<Answer> {
        self.0.await.ok()
    }
}
