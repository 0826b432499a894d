//! Which message goes wrong, and how: by a queue of faults for messages of a kind, or by a rule.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::order::{Order, Verb};

/// What goes wrong with one message.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It arrives late: it is carried out only then, after what was sent later.
    ArrivesLate(Until),
    /// It is carried out, and answered late.
    AnswersLate(Until),
    /// It never arrives, and nothing is answered.
    NeverArrives,
    /// It is carried out, and nothing is answered.
    NeverAnswers,
    /// It is carried out, and the connection closed without an answer.
    Closes,
    /// Only the first half of the answer arrives.
    Half,
    /// The answer arrives twice.
    Twice,
    /// The answer is something else altogether.
    Garbage,
    /// The amount in the answer is off by so many fen, where there is one.
    WrongAmount(i64),
    /// The signature of the answer is wrong, where there is one.
    WrongSignature,
    /// It is not carried out, and answered with a code.
    Code(String),
    /// It is carried out, and answered with a code all the same.
    CodeAfter(String),
    /// A payment is in progress until the office is told what becomes of it.
    InProgress,
}

/// For how long something is held.
#[derive(Debug, Clone)]
pub enum Until {
    /// Until the gate is opened.
    Told(Gate),
    /// For so long.
    After(Duration),
}

impl Until {
    pub(in crate::trial) async fn wait(&self) {
        match self {
            Until::Told(gate) => gate.pass().await,
            Until::After(time) => tokio::time::sleep(*time).await,
        }
    }
}

/// Where messages are held until somebody opens it. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate {
    open: watch::Sender<bool>,
    held: watch::Sender<usize>,
}

impl Default for Gate {
    fn default() -> Gate {
        Gate { open: watch::Sender::new(false), held: watch::Sender::new(0) }
    }
}

impl Gate {
    /// A closed one.
    #[must_use]
    pub fn new() -> Gate {
        Gate::default()
    }

    /// Opens it, for those who wait and for all who come.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until so many messages have come to it.
    pub async fn reached_by(&self, messages: usize) {
        // The sender is ours, so the channel is open.
        let _ = self.held.subscribe().wait_for(|held| *held >= messages).await;
    }

    async fn pass(&self) {
        self.held.send_modify(|held| *held += 1);
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }
}

/// A rule: what goes wrong with the message that asks for this, if anything. The number says how many
/// messages of its verb came under its reference before.
pub type Rule = Box<dyn FnMut(&Order, usize) -> Option<Fault> + Send>;

/// The faults of a biller.
#[derive(Default)]
pub struct Faults {
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    queue: VecDeque<(Verb, Option<String>, Fault)>,
    rule: Option<Rule>,
    seen: Vec<(Verb, String)>,
    came: HashMap<(Verb, String), usize>,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("queue", &self.script().queue).finish_non_exhaustive()
    }
}

impl Faults {
    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next message with this verb goes wrong, after those that were said before.
    pub fn next(&self, verb: Verb, fault: Fault) {
        self.script().queue.push_back((verb, None, fault));
    }

    /// The next message with this verb that names a customer or a reference goes wrong.
    pub fn next_about(&self, verb: Verb, whom: &str, fault: Fault) {
        self.script().queue.push_back((verb, Some(whom.to_owned()), fault));
    }

    /// A rule for whatever the queue says nothing about.
    pub fn rule(&self, rule: impl FnMut(&Order, usize) -> Option<Fault> + Send + 'static) {
        self.script().rule = Some(Box::new(rule));
    }

    /// From now on nothing goes wrong.
    pub fn clear(&self) {
        let mut script = self.script();
        script.queue.clear();
        script.rule = None;
    }

    /// The messages that came, in their order, with the reference that each is about.
    #[must_use]
    pub fn seen(&self) -> Vec<(Verb, String)> {
        self.script().seen.clone()
    }

    /// What goes wrong with a message that has come.
    pub(super) fn take(&self, order: &Order) -> Option<Fault> {
        let mut script = self.script();
        let this = (order.verb, order.reference.clone());
        script.seen.push(this.clone());
        let came = script.came.entry(this).or_default();
        let before = *came;
        *came += 1;
        let about = |whom: &Option<String>| {
            whom.is_none() || *whom == order.customer || whom.as_deref() == Some(&order.reference)
        };
        let place =
            script.queue.iter().position(|(verb, whom, _)| *verb == order.verb && about(whom));
        if let Some((_, _, fault)) = place.and_then(|place| script.queue.remove(place)) {
            return Some(fault);
        }
        script.rule.as_mut().and_then(|rule| rule(order, before))
    }
}
