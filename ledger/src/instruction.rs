//! Instructions: what was asked of a system outside that may answer late, twice, wrongly or never. The
//! record is committed before the system is asked; what is heard afterwards comes back as [`News`].
//!
//! ```text
//!            done                          reversal answered
//!   ASKED ─────────▶ DONE ◀──────┐     ┌──────────────▶ REVERSED
//!     │ │ refused     │  taken   │ done│                     ▲
//!     │ └──▶ REFUSED  └─back──▶ REVERSING ◀── not there, ── UNKNOWN
//!     │         ▲                              too long       ▲
//!     └─ silence ──────────────────────────────────────────────┘
//! ```
//!
//! A time-out is not a failure: the money waits in suspense until a query, a late answer, the partner's
//! file of the day or two operators decide.
//!
//! | news | asked | unknown | reversing | done | refused, reversed |
//! |---|---|---|---|---|---|
//! | answered: done | done | done, unless it was to be undone | – | – | contested |
//! | answered: refused | refused | refused | refused | contested | – |
//! | answered: in progress; silence | unknown, ask | asked again, then reversing | – | – | – |
//! | not sent | refused | – | – | – | – |
//! | query: done | done | done, if asked after no reversal could be carried out any more | – | – | contested |
//! | query: refused | refused | refused | refused | contested | – |
//! | query: reversed | reversed | reversed | reversed | reversed if we asked for it, else contested | – |
//! | query: not there | unknown… | refused if that is final, else reversing, else the files | – | contested | – |
//! | query: in progress; silence | unknown | asked again, then reversing, else the files | – | – | – |
//! | reversal: done | reversed | reversed | reversed | reversed if we asked for it, else contested | – |
//! | reversal: refused | – | – | unknown, ask, no reversal any more | – | – |
//! | reversal: in progress; silence | – | – | reversed again, then unknown, asked when the day is over | – | – |
//! | in the partner's file | done | done | done | – | contested |
//! | in neither file | reversed | reversed | reversed | contested | – |
//! | two operators: done | done | done | done | – | – |
//! | two operators: not done | reversed | reversed | reversed | – | – |
//! | taken back | – | reversing | – | reversing | – |
//!
//! *Contested* means that the partner says something else than what our money did: that is never repaired
//! here, it is a break that reconciliation shows and two persons resolve. An ended instruction moves no
//! money again, except that a done one may be reversed.
//!
//! A partner that is told by files is told of an instruction, or of its reversal, when it is put into a
//! [file](file::InstructionFile): from then on it may have heard of it, and what is in no file was surely
//! not sent.

pub mod file;
mod record;

use crate::facts::Need;
use crate::id::{HoldId, InstructionFileId, InstructionId, OrderId};
use crate::money::Fen;
use crate::row::{Cell, Row as _};
use crate::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where an instruction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstructionState {
    /// Committed and on its way; no outcome yet.
    Asked,
    /// The outcome is not known.
    Unknown,
    /// It is to be undone, and the other side has not said that it is.
    Reversing,
    /// The other side has done it.
    Done,
    /// The other side has refused it, or surely never heard of it.
    Refused,
    /// It is undone, or was never done and never will be.
    Reversed,
}

use InstructionState::{Asked, Done, Refused, Reversed, Reversing, Unknown};

impl InstructionState {
    /// All states, in the order of their codes.
    pub const ALL: [InstructionState; 6] = [Asked, Unknown, Reversing, Done, Refused, Reversed];

    /// The number under which the state is stored.
    pub fn code(self) -> i64 {
        match self {
            Asked => 0,
            Unknown => 1,
            Reversing => 2,
            Done => 3,
            Refused => 4,
            Reversed => 5,
        }
    }

    fn from_code(code: i64) -> Option<InstructionState> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether nothing more is waited for.
    pub fn has_ended(self) -> bool {
        matches!(self, Done | Refused | Reversed)
    }

    /// Where its money is.
    pub fn money(self) -> Whereabouts {
        match self {
            Asked => Whereabouts::Held,
            Unknown | Reversing => Whereabouts::Suspense,
            Done => Whereabouts::Partner,
            Refused | Reversed => Whereabouts::Payer,
        }
    }
}

/// Where the money of an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Reserved on the payer's account.
    Held,
    /// In suspense.
    Suspense,
    /// Credited to the partner.
    Partner,
    /// The payer's again.
    Payer,
}

/// What is to be said next about an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The outcome of the instruction itself is awaited.
    Await,
    /// Ask for its outcome.
    Ask,
    /// Ask to undo it, under the same reference each time.
    Reverse,
    /// Nothing: the partner's files or two operators decide, or it has ended.
    Rest,
}

impl Step {
    /// The number under which the step is stored.
    pub fn code(self) -> i64 {
        match self {
            Step::Await => 0,
            Step::Ask => 1,
            Step::Reverse => 2,
            Step::Rest => 3,
        }
    }

    fn from_code(code: i64) -> Option<Step> {
        [Step::Await, Step::Ask, Step::Reverse, Step::Rest]
            .into_iter()
            .find(|step| step.code() == code)
    }
}

/// What the other side has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It is done.
    Done,
    /// It is refused and never will be done.
    Refused,
    /// It was done, and is undone.
    Reversed,
    /// There is no such reference, so far.
    NotFound,
    /// It is being worked on, or they do not know themselves.
    InProgress,
    /// Nothing that can be trusted.
    Nothing,
}

/// What is heard of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// An answer to the instruction itself, in time or late.
    Answered(Said),
    /// It surely never reached the other side.
    NotSent,
    /// An answer to a query for its outcome.
    Queried(Said),
    /// An answer to a reversal.
    Reversal(Said),
    /// It is in the partner's complete file of a day, as done.
    Listed,
    /// It is in neither the complete file of its day nor that of the next, and a last query did not say
    /// done.
    Unlisted,
    /// Two operators have ruled whether it was done.
    Ruled {
        /// Whether it was.
        done: bool,
    },
    /// It is to be taken back.
    TakenBack,
}

impl News {
    /// Its name, in keys and events.
    pub fn name(self) -> &'static str {
        match self {
            News::Answered(said) => match said {
                Said::Done => "answered.done",
                Said::Refused => "answered.refused",
                Said::Reversed => "answered.reversed",
                Said::NotFound => "answered.not_found",
                Said::InProgress => "answered.in_progress",
                Said::Nothing => "answered.nothing",
            },
            News::NotSent => "not_sent",
            News::Queried(said) => match said {
                Said::Done => "queried.done",
                Said::Refused => "queried.refused",
                Said::Reversed => "queried.reversed",
                Said::NotFound => "queried.not_found",
                Said::InProgress => "queried.in_progress",
                Said::Nothing => "queried.nothing",
            },
            News::Reversal(said) => match said {
                Said::Done | Said::Reversed => "reversal.done",
                Said::Refused => "reversal.refused",
                Said::NotFound => "reversal.not_found",
                Said::InProgress => "reversal.in_progress",
                Said::Nothing => "reversal.nothing",
            },
            News::Listed => "listed",
            News::Unlisted => "unlisted",
            News::Ruled { done: true } => "ruled.done",
            News::Ruled { done: false } => "ruled.not_done",
            News::TakenBack => "taken_back",
        }
    }
}

impl News {
    /// What was heard of a system outside, by its name.
    fn named(name: &str) -> Option<News> {
        const SAID: [Said; 6] = [
            Said::Done,
            Said::Refused,
            Said::Reversed,
            Said::NotFound,
            Said::InProgress,
            Said::Nothing,
        ];
        let said = |said| [News::Answered(said), News::Queried(said), News::Reversal(said)];
        let all = SAID.into_iter().flat_map(said);
        all.chain([News::NotSent, News::Listed, News::Unlisted]).find(|news| news.name() == name)
    }
}

/// How a partner is asked again, as its specification says. Waits are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How long the answer to the instruction itself is waited for, with what a restart may take.
    pub await_seconds: i64,
    /// The waits before the first, second, … query of an unknown outcome.
    pub ask_after: Vec<i64>,
    /// The waits before the first, second, … reversal; the last one repeats.
    pub reverse_after: Vec<i64>,
    /// How often a reversal is sent before the files are waited for.
    pub reversals_max: i64,
    /// Whether it can be reversed at all.
    pub reversible: bool,
    /// Whether "no such reference" means that it never will be done.
    pub not_found_is_final: bool,
}

/// When an instruction is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The instant.
    pub at: Instant,
    /// When the partner's day to which the instruction belongs is over: from then on it takes no reversal.
    pub day_ends_at: Instant,
}

impl Now {
    /// Whether that day is over.
    #[must_use]
    pub fn day_is_over(self) -> bool {
        self.at >= self.day_ends_at
    }
}

/// One thing that is paid with an instruction, as the partner named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstructionLine {
    /// What the partner calls it.
    pub label: String,
    /// The period charged, as the partner writes it; empty where it says none.
    pub period: String,
    /// What is due without its late fee, in fen.
    #[serde(rename = "principal_fen")]
    pub principal: Fen,
    /// The late fee, in fen.
    #[serde(rename = "late_fee_fen")]
    pub late_fee: Fen,
}

/// Something asked of a system outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The identifier.
    pub id: InstructionId,
    /// The order for which it is asked.
    pub order: OrderId,
    /// The partner who is asked.
    pub partner: String,
    /// `partner/reference`: our reference there, unique for ever.
    pub reference_key: String,
    /// Our reference of a reversal there, the same in every repeat.
    pub reversal_reference: String,
    /// `partner/customer`: the customer's number there.
    pub customer_key: String,
    /// How much, in fen.
    pub amount: Fen,
    /// What is paid with it.
    pub lines: Vec<InstructionLine>,
    /// What the partner's own answer to the query said and wants to hear again. No personal data.
    pub carried: BTreeMap<String, String>,
    /// The reservation on the payer's account.
    pub hold: HoldId,
    /// Where it stands.
    pub state: InstructionState,
    /// What is said next.
    pub step: Step,
    /// The number of the try that is due or under way. It only grows, over all steps, so that what is
    /// heard is known to belong to a try.
    pub tries: i64,
    /// The number of the step's first try.
    pub first_try: i64,
    /// When the step is due; nothing while it rests, unless the books did not take what was heard: then when
    /// that is tried again. A process that carries it out moves it on, so that
    /// no other does at the same time.
    pub due_at: Option<Instant>,
    /// The file in which the partner was told of it; nothing while it is in none, and where the partner is
    /// not told by files.
    pub file: Option<InstructionFileId>,
    /// The file in which the reversal under way was told; nothing while it is in none.
    pub reversal_file: Option<InstructionFileId>,
    /// How often it was begun to be reversed.
    pub reversals: i64,
    /// Whether a reversal may still be sent.
    pub reversible: bool,
    /// The partner's own reference, once it was told.
    pub their_reference: Option<String>,
    /// The code with which the partner, or we, gave the last reason.
    pub reason: Option<String>,
    /// Whether the partner has said otherwise after it ended.
    pub contested: bool,
    /// When it was committed.
    pub at: Instant,
    /// The partner's clearing day, stamped at acceptance; never changes.
    pub clearing_date: Date,
    /// The partner's day in whose run its money is settled; nothing while the partner has no money of it.
    pub counted_on: Option<Date>,
    /// The number in the feed of its first posting to the partner.
    pub posted_seq: Option<i64>,
    /// The number in the feed of the command that committed it.
    pub seq: i64,
}

impl Instruction {
    /// The kind of the events that tell of it after it was accepted, whatever they tell.
    pub const HEARD: &'static str = "instruction.heard";

    /// The instruction resting where it is, because the books did not take what was heard of it, for a
    /// reason. What has not ended is tried again at an instant.
    #[must_use]
    pub fn held_up(&self, news: News, reason: &str, again_at: Instant) -> Instruction {
        Instruction {
            step: Step::Rest,
            due_at: (!self.state.has_ended()).then_some(again_at),
            contested: true,
            reason: Some(format!("{}: {reason}", news.name())),
            ..self.clone()
        }
    }

    /// What was heard of it last and the books did not take, while it waits for that.
    #[must_use]
    pub fn not_taken(&self) -> Option<News> {
        if self.step != Step::Rest || !self.contested || self.state.has_ended() {
            return None;
        }
        let (name, _) = self.reason.as_deref()?.split_once(": ")?;
        News::named(name)
    }

    /// When the partner is asked next.
    #[must_use]
    pub fn next_asked_at(&self) -> Option<Instant> {
        self.due_at.filter(|_| self.step != Step::Rest)
    }

    /// Our reference at the partner.
    pub fn reference(&self) -> &str {
        self.reference_key.get(self.partner.len() + 1..).unwrap_or_default()
    }

    /// The customer's number at the partner.
    pub fn customer(&self) -> &str {
        self.customer_key.get(self.partner.len() + 1..).unwrap_or_default()
    }

    /// The instruction of this identifier.
    pub fn by_id(id: InstructionId) -> Need {
        Need::id::<Instruction>(id.0)
    }

    /// The instruction with our reference at a partner.
    pub fn by_reference(partner: &str, reference: &str) -> Need {
        Need::text::<Instruction>("reference_key", format!("{partner}/{reference}"))
    }

    /// The instructions for a customer of a partner.
    pub fn of_customer(partner: &str, customer: &str) -> Need {
        Need::text::<Instruction>("customer_key", format!("{partner}/{customer}"))
    }

    /// The instructions of an order.
    pub fn of_order(order: OrderId) -> Need {
        Need { table: Instruction::TABLE.name, column: "order_id", value: Cell::Id(order.0) }
    }

    /// The instruction after some news. `tried` is the try of the step to which an answer belongs: silence
    /// about an earlier try is no news any more.
    #[must_use]
    pub fn heard(&self, news: News, tried: i64, schedule: &Schedule, now: Now) -> Instruction {
        let mut after = self.clone();
        match self.state {
            Asked | Unknown | Reversing => after.go_on(news, tried, schedule, now),
            Done => after.after_done(news, tried, schedule, now),
            Refused | Reversed => {
                let done = matches!(
                    news,
                    News::Answered(Said::Done) | News::Queried(Said::Done) | News::Listed
                );
                after.contested |= done;
            }
        }
        after
    }

    fn go_on(&mut self, news: News, tried: i64, schedule: &Schedule, now: Now) {
        let open = self.state;
        let of_this_try = |step: Step| self.step == step && self.tries == tried;
        // Whoever rests is only asked once no reversal is sent any more: the last query of all.
        let asked_last = of_this_try(Step::Ask) || of_this_try(Step::Rest);
        match news {
            News::Listed | News::Ruled { done: true } => self.end(Done),
            News::Unlisted | News::Ruled { done: false } => self.end(Reversed),
            News::Answered(Said::Refused) | News::Queried(Said::Refused) => self.end(Refused),
            News::Answered(Said::Reversed)
            | News::Queried(Said::Reversed)
            | News::Reversal(Said::Done | Said::Reversed) => self.end(Reversed),
            // Once it was asked to be undone, "done" may be older than the undoing. Only who was asked
            // after no reversal could be carried out any more can say it.
            News::Answered(Said::Done) if self.reversals > 0 => {}
            News::Queried(Said::Done) if self.reversals > 0 && !asked_last => {}
            News::Answered(Said::Done) | News::Queried(Said::Done) => self.end(Done),
            // What is in a file may have been heard.
            News::NotSent if open == Asked && self.file.is_none() => self.end(Refused),
            News::NotSent => {}
            News::Answered(_) if open == Asked => self.wait(Unknown, Step::Ask, schedule, now),
            News::Answered(_) => {}
            News::Queried(Said::NotFound) if open == Reversing => {}
            News::Queried(Said::NotFound) if schedule.not_found_is_final => self.end(Refused),
            News::Queried(Said::NotFound) if self.can_reverse(now) => {
                self.wait(Reversing, Step::Reverse, schedule, now);
            }
            News::Queried(_) if of_this_try(Step::Ask) => self.try_again(schedule, now),
            News::Queried(_) => {}
            News::Reversal(Said::Refused) if open == Reversing => {
                self.reversible = false;
                self.wait(Unknown, Step::Ask, schedule, now);
            }
            News::Reversal(_) if of_this_try(Step::Reverse) => self.try_again(schedule, now),
            News::Reversal(_) => {}
            News::TakenBack if open == Unknown && self.can_reverse(now) => {
                self.wait(Reversing, Step::Reverse, schedule, now);
            }
            News::TakenBack => {}
        }
    }

    fn after_done(&mut self, news: News, tried: i64, schedule: &Schedule, now: Now) {
        match news {
            // Whoever was asked before the one that said done may not have had it yet.
            News::Queried(Said::NotFound) if tried < self.tries => {}
            News::TakenBack if self.can_reverse(now) => {
                self.wait(Reversing, Step::Reverse, schedule, now);
            }
            News::Reversal(Said::Done | Said::Reversed) | News::Queried(Said::Reversed)
                if self.reversals > 0 =>
            {
                self.end(Reversed);
            }
            News::Answered(Said::Refused | Said::Reversed)
            | News::Queried(Said::Refused | Said::Reversed | Said::NotFound)
            | News::Reversal(Said::Done | Said::Reversed)
            | News::Unlisted => self.contested = true,
            _ => {}
        }
    }

    /// Whether a reversal can be sent now.
    pub fn can_reverse(&self, now: Now) -> bool {
        self.reversible && !now.day_is_over()
    }

    /// Whether it, or its reversal, is to be put into a file and is in none.
    pub fn waits_for_file(&self) -> bool {
        match self.step {
            Step::Await => self.file.is_none(),
            Step::Reverse => self.reversal_file.is_none(),
            Step::Ask | Step::Rest => false,
        }
    }

    /// The instruction once the step that waits for a file is in one, whose answer is waited for until then.
    #[must_use]
    pub fn told_in(&self, file: InstructionFileId, answer_by: Instant) -> Instruction {
        let mut told = Instruction { due_at: Some(answer_by), ..self.clone() };
        match self.step {
            Step::Reverse => told.reversal_file = Some(file),
            _ => told.file = Some(file),
        }
        told
    }

    fn end(&mut self, state: InstructionState) {
        self.state = state;
        self.step = Step::Rest;
        self.reversal_file = None;
        self.due_at = None;
    }

    fn wait(&mut self, state: InstructionState, step: Step, schedule: &Schedule, now: Now) {
        self.state = state;
        self.step = step;
        self.reversal_file = None;
        self.tries += 1;
        self.first_try = self.tries;
        // Counted before it is sent: a process that ends in between may have sent it.
        self.reversals += i64::from(step == Step::Reverse);
        self.due(schedule, now);
    }

    /// Sets when the step is due; a step whose schedule has ended leads to the next one.
    fn due(&mut self, schedule: &Schedule, now: Now) {
        let tried = self.tries - self.first_try;
        let nth = usize::try_from(tried).unwrap_or(usize::MAX);
        let wait = match self.step {
            Step::Ask => schedule.ask_after.get(nth),
            Step::Reverse if self.can_reverse(now) && tried < schedule.reversals_max => {
                schedule.reverse_after.get(nth).or(schedule.reverse_after.last())
            }
            _ => None,
        };
        match (wait, self.step) {
            (Some(wait), step) => {
                let due_at = now.at.plus_seconds(*wait);
                // The first reversal still leaves on the day on which it is ordered.
                let hurries = step == Step::Reverse && tried == 0 && due_at >= now.day_ends_at;
                let last_moment = now.day_ends_at.plus_seconds(-1).max(now.at);
                self.due_at = Some(if hurries { last_moment } else { due_at });
            }
            (None, Step::Ask) if self.can_reverse(now) => {
                self.wait(Reversing, Step::Reverse, schedule, now);
            }
            (None, Step::Reverse) => {
                // Nobody has answered. Whether it was undone is asked once more when the day is over: until
                // then a reversal that is on its way may still be carried out.
                self.reversible = false;
                let after_the_day = Now { at: now.at.max(now.day_ends_at), ..now };
                self.wait(Unknown, Step::Ask, schedule, after_the_day);
            }
            (None, _) => {
                // Nobody can be asked any more: what is not known is decided by the files or by two
                // operators.
                self.state = Unknown;
                self.step = Step::Rest;
                self.reversal_file = None;
                self.due_at = None;
            }
        }
    }

    fn try_again(&mut self, schedule: &Schedule, now: Now) {
        self.tries += 1;
        self.reversal_file = None;
        self.due(schedule, now);
    }
}
