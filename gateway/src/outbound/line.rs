//! One message to one system, and what was heard.
//!
//! A message first needs a place, then room in the minute and the leave of the breaker, then a connection:
//! until there is one, nothing was sent and that is sure. From the first byte on only a complete answer is
//! an answer. When its time is over the caller is told at once; the connection stays open for a while and
//! gives its place to others, and an answer that still comes reaches whoever waits for it.
//!
//! The call is a task of its own: a caller that goes away does not cut a message in half.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tracing::Instrument as _;

use super::Outside;
use super::breaker::{Breaker, Leave, Phase};
use super::connect::Connection;
use super::download::{self, Intake, Lost};
use super::heard::{Answer, Heard, Late, Message, NotSent, Silence, Silent};
use super::metrics::Instruments;
use super::pace::{Pace, Purpose, TooFast};
use super::settings::{Frame, Settings};
use super::{framed, http as requests};

/// The line to one system. Clones are the same line.
#[derive(Debug, Clone)]
pub struct Line {
    inner: Arc<Inner>,
}

struct Inner {
    partner: String,
    settings: Settings,
    private_allowed: bool,
    tls: TlsConnector,
    guard: Mutex<Guard>,
    places: Arc<Semaphore>,
    late_places: Arc<Semaphore>,
    instruments: Instruments,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("partner", &self.partner)
            .field("settings", &self.settings)
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Guard {
    breaker: Breaker,
    pace: Pace,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unheard {
    NotSent(NotSent),
    Silent(Silence),
}

impl From<NotSent> for Unheard {
    fn from(why: NotSent) -> Unheard {
        Unheard::NotSent(why)
    }
}

impl From<Silence> for Unheard {
    fn from(why: Silence) -> Unheard {
        Unheard::Silent(why)
    }
}

/// A message as it goes out.
enum Outgoing {
    Request(Box<Request<Full<Bytes>>>),
    Framed(Frame, Vec<u8>),
}

/// The answer in time, or the promise of a late one.
type Told = oneshot::Sender<Heard>;

impl Line {
    pub(super) fn new(
        partner: &str,
        settings: Settings,
        outside: &Outside,
        private_allowed: bool,
    ) -> Line {
        let places = settings.limits.in_flight_max.clamp(1, Semaphore::MAX_PERMITS);
        let guard =
            Guard { breaker: Breaker::new(settings.breaker), pace: Pace::new(&settings.limits) };
        Line {
            inner: Arc::new(Inner {
                partner: partner.to_owned(),
                settings,
                private_allowed,
                tls: outside.tls.clone(),
                guard: Mutex::new(guard),
                places: Arc::new(Semaphore::new(places)),
                late_places: Arc::new(Semaphore::new(places)),
                instruments: outside.instruments.clone(),
            }),
        }
    }

    /// Whose system it is.
    #[must_use]
    pub fn partner(&self) -> &str {
        &self.inner.partner
    }

    /// Where its breaker stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.inner.guard().breaker.phase(Instant::now().into_std())
    }

    /// Sends a message, about a customer if one is named, and waits for its answer in time. Never sends
    /// it twice.
    pub async fn exchange(&self, customer: Option<&str>, message: Message) -> Heard {
        self.exchange_by(customer, message, None).await
    }

    /// The same for somebody's payment, which is of use only if its first byte leaves by a time: later it is
    /// surely not sent.
    pub async fn exchange_by(
        &self,
        customer: Option<&str>,
        message: Message,
        deadline: Option<Instant>,
    ) -> Heard {
        let begun = Instant::now();
        let span = tracing::debug_span!("outbound", partner = self.inner.partner);
        let heard = self.heard(customer, message, deadline).instrument(span).await;
        self.inner.instruments.heard(&self.inner.partner, &heard, begun.elapsed());
        heard
    }

    /// Gets a file, which is handed on while it comes, at most so many bytes of it. Whoever goes away cuts
    /// it off, and that does no harm: asking for a file changes nothing at the other side.
    ///
    /// # Errors
    /// Why it did not come to its end.
    pub async fn download(
        &self,
        message: Message,
        bytes_max: u64,
        intake: &mut dyn Intake,
    ) -> Result<(), Lost> {
        let inner = &self.inner;
        let request = match inner.outgoing(message)? {
            Outgoing::Request(request) => *request,
            Outgoing::Framed(..) => {
                let why = "files are got by requests only".to_owned();
                return Err(NotSent::Unsendable(why).into());
            }
        };
        let (place, leave) = inner.begin(None, Purpose::Question).await?;
        let times = inner.settings.times;
        let got = async {
            let open = Connection::open(&inner.settings.address, inner.private_allowed, &inner.tls);
            let connection =
                timeout(times.connect, open).await.map_err(|_| NotSent::ConnectTimedOut)??;
            download::talk(connection, request, bytes_max, times.answer, intake).await
        };
        let got = got.await;
        match &got {
            // A disk of ours says nothing of the other side.
            Ok(()) | Err(Lost::Unkept(_)) => inner.answered(),
            Err(lost) => inner.failed(leave, lost.code()),
        }
        drop(place);
        got
    }

    async fn heard(
        &self,
        customer: Option<&str>,
        message: Message,
        deadline: Option<Instant>,
    ) -> Heard {
        // Only of somebody's payment is it too late at some time.
        let purpose = if deadline.is_some() { Purpose::Order } else { Purpose::Question };
        let begun = async {
            let outgoing = self.inner.outgoing(message)?;
            let (place, leave) = self.inner.begin(customer, purpose).await?;
            Ok((outgoing, place, leave))
        };
        let (outgoing, place, leave) = match begun.await {
            Ok(begun) => begun,
            Err(why) => return Heard::NotSent(why),
        };
        let (told, tells) = oneshot::channel();
        let call = Arc::clone(&self.inner).call(outgoing, place, leave, deadline, told);
        tokio::spawn(call.in_current_span());
        let abandoned = Silent { why: Silence::Abandoned, late: None };
        tells.await.unwrap_or(Heard::Silent(abandoned))
    }
}

impl Inner {
    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outgoing(&self, message: Message) -> Result<Outgoing, NotSent> {
        Ok(match self.settings.frame {
            Some(frame) => Outgoing::Framed(frame, frame.wrap(&message.body)?),
            None => {
                Outgoing::Request(Box::new(requests::request(&self.settings.address, message)?))
            }
        })
    }

    /// A place, room in the minute, and the leave of the breaker.
    async fn begin(
        &self,
        customer: Option<&str>,
        purpose: Purpose,
    ) -> Result<(OwnedSemaphorePermit, Leave), NotSent> {
        let resting = |again_after| NotSent::Resting { again_after };
        // Nobody waits for a place on a line that rests.
        self.guard().breaker.check(Instant::now().into_std()).map_err(resting)?;
        let place = timeout(self.settings.times.connect, Arc::clone(&self.places).acquire_owned());
        let place = place.await.ok().and_then(Result::ok).ok_or(NotSent::Busy)?;
        let mut guard = self.guard();
        let now = Instant::now().into_std();
        // Looked at first, so that a line that rests uses up nobody's minute.
        guard.breaker.check(now).map_err(resting)?;
        guard
            .pace
            .take(customer, purpose, now)
            .map_err(|TooFast { whose, again_after }| NotSent::TooFast { whose, again_after })?;
        let leave = guard.breaker.admit(now).map_err(resting)?;
        Ok((place, leave))
    }

    /// The call: a connection, the message, the answer, and the answer after its time.
    async fn call(
        self: Arc<Self>,
        outgoing: Outgoing,
        place: OwnedSemaphorePermit,
        leave: Leave,
        deadline: Option<Instant>,
        told: Told,
    ) {
        let times = self.settings.times;
        let open = Connection::open(&self.settings.address, self.private_allowed, &self.tls);
        let connection = match timeout(times.connect, open).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(why)) => return self.tell(Err(why.into()), leave, told),
            Err(_) => return self.tell(Err(NotSent::ConnectTimedOut.into()), leave, told),
        };
        // A process that stood still says nothing that others have given up meanwhile. That is no failure
        // of the other side.
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            let _ = told.send(Heard::NotSent(NotSent::TooLate));
            return;
        }
        let mut talk = Box::pin(self.talk(connection, outgoing));
        if let Ok(outcome) = timeout(times.answer, &mut talk).await {
            return self.tell(outcome, leave, told);
        }
        self.failed(leave, Silence::TimedOut.code());
        // A few are listened to, so that a system that never answers does not collect connections.
        let late_place = Arc::clone(&self.late_places).try_acquire_owned();
        let late_place = late_place.ok().filter(|_| !times.late.is_zero());
        let (comes, late) = oneshot::channel();
        let late = late_place.is_some().then_some(Late(late));
        // Whoever hears of it first may count on the place.
        drop(place);
        let _ = told.send(Heard::Silent(Silent { why: Silence::TimedOut, late }));
        if late_place.is_some()
            && let Ok(Ok(answer)) = timeout(times.late, talk).await
        {
            self.answered();
            self.instruments.late(&self.partner);
            // Nobody may be waiting for it any more: then the day's files decide.
            let _ = comes.send(answer);
        }
    }

    async fn talk(&self, connection: Connection, outgoing: Outgoing) -> Result<Answer, Unheard> {
        let bytes_max = self.settings.answer_bytes_max;
        match outgoing {
            Outgoing::Request(request) => requests::talk(connection, *request, bytes_max).await,
            Outgoing::Framed(frame, message) => {
                Ok(framed::talk(connection, frame, &message, bytes_max).await?)
            }
        }
    }

    fn tell(&self, outcome: Result<Answer, Unheard>, leave: Leave, told: Told) {
        let heard = match outcome {
            Ok(answer) => {
                self.answered();
                Heard::Answer(answer)
            }
            Err(Unheard::NotSent(why)) => {
                self.failed(leave, why.code());
                Heard::NotSent(why)
            }
            Err(Unheard::Silent(why)) => {
                self.failed(leave, why.code());
                Heard::Silent(Silent { why, late: None })
            }
        };
        // A caller that is gone has left an intent without an outcome: unknown, as it should be.
        let _ = told.send(heard);
    }

    fn answered(&self) {
        if self.guard().breaker.heard() {
            tracing::info!(partner = self.partner, "it answers again");
        }
    }

    fn failed(&self, leave: Leave, why: &'static str) {
        tracing::debug!(partner = self.partner, why, "no answer");
        if self.guard().breaker.failed(leave, Instant::now().into_std()) {
            tracing::warn!(partner = self.partner, why, "it does not answer and rests");
        }
    }
}
