//! Whatever is lost, late, twice or out of order between us and a biller that keeps its word, both end
//! with the same opinion, and the books hold at every step.
//!
//! The biller of the model is small: what it has booked, what it has undone, and which references it
//! will refuse because they were reversed before they arrived. Requests and answers are on their way
//! until the next move delivers, repeats or loses them.

use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::{InstructionState, News, Said, Step};
use jiff::civil::date;
use proptest::prelude::*;

use super::town::{Town, biller};

/// When the day is over and its file is here, and when that of the next is.
const EVENING: &str = "2026-11-20T18:00:00+08:00";
const NEXT_EVENING: &str = "2026-11-21T18:00:00+08:00";

/// What the biller has made of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Nothing,
    Booked,
    Refused,
    Undone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    WriteOff,
    Query { tried: i64 },
    Reversal { tried: i64 },
}

/// One order, at the biller and between it and us.
#[derive(Clone, Debug)]
struct Affair {
    order: OrderId,
    truth: Truth,
    requests: Vec<Request>,
    answers: Vec<(News, i64)>,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Pay {
        customer: u8,
        li: bool,
    },
    /// The biller gets a request that is on its way.
    Arrive {
        affair: usize,
        request: usize,
        refuses: bool,
        twice: bool,
    },
    /// A request is lost. We may know that it never went out.
    Lose {
        affair: usize,
        request: usize,
        known: bool,
    },
    /// We get an answer; it may come again.
    Hear {
        affair: usize,
        answer: usize,
        twice: bool,
    },
    /// An answer is lost.
    Forget {
        affair: usize,
        answer: usize,
    },
    /// Our patience is over.
    Silence {
        affair: usize,
    },
    /// We carry out the step that is due.
    Carry {
        affair: usize,
    },
    TakeBack {
        affair: usize,
    },
    Wait {
        seconds: i64,
    },
    CloseDay,
    /// The files of the day and of the next are here, and what they say of an affair is heard; whatever is on
    /// its way still comes.
    File {
        affair: usize,
        next_too: bool,
    },
}

fn any_move() -> impl Strategy<Value = Move> {
    let of = || any::<usize>();
    prop_oneof![
        3 => (0..3u8, any::<bool>()).prop_map(|(customer, li)| Move::Pay { customer, li }),
        6 => (of(), of(), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
            .prop_map(|(affair, request, refuses, twice)| Move::Arrive { affair, request, refuses, twice }),
        1 => (of(), of(), any::<bool>())
            .prop_map(|(affair, request, known)| Move::Lose { affair, request, known }),
        6 => (of(), of(), prop::bool::weighted(0.2))
            .prop_map(|(affair, answer, twice)| Move::Hear { affair, answer, twice }),
        1 => (of(), of()).prop_map(|(affair, answer)| Move::Forget { affair, answer }),
        4 => of().prop_map(|affair| Move::Silence { affair }),
        6 => of().prop_map(|affair| Move::Carry { affair }),
        1 => of().prop_map(|affair| Move::TakeBack { affair }),
        2 => prop_oneof![5 => 1..120i64, 1 => 3_600..20_000i64].prop_map(|seconds| Move::Wait { seconds }),
        1 => Just(Move::CloseDay),
        1 => (of(), any::<bool>()).prop_map(|(affair, next_too)| Move::File { affair, next_too }),
    ]
}

struct World {
    town: Town,
    affairs: Vec<Affair>,
    not_found_is_final: bool,
}

impl World {
    fn day_is_over(&self) -> bool {
        self.town.biller.now(self.town.at, date(2026, 11, 20)).day_is_over()
    }

    fn pick(&self, nth: usize) -> Option<usize> {
        nth.checked_rem(self.affairs.len())
    }

    fn make(&mut self, next: Move) {
        match next {
            Move::Pay { customer, li } if !self.day_is_over() => {
                let payer = if li { "li" } else { "wang" };
                let said = self.town.pay(&customer.to_string(), 1_000 + i64::from(customer), payer);
                if said.status == 202 {
                    let (order, requests) = (said.order(), vec![Request::WriteOff]);
                    let truth = Truth::Nothing;
                    self.affairs.push(Affair { order, truth, requests, answers: Vec::new() });
                }
            }
            Move::Pay { .. } => {}
            Move::Arrive { affair, request, refuses, twice } => {
                let over = self.day_is_over();
                let is_final = self.not_found_is_final;
                let Some(affair) = self.pick(affair) else { return };
                let affair = &mut self.affairs[affair];
                let Some(nth) = request.checked_rem(affair.requests.len()) else { return };
                let request = affair.requests[nth];
                if !twice {
                    affair.requests.remove(nth);
                }
                affair.arrive(request, refuses, over, is_final);
            }
            Move::Lose { affair, request, known } => {
                let Some(affair) = self.pick(affair) else { return };
                let affair = &mut self.affairs[affair];
                let Some(nth) = request.checked_rem(affair.requests.len()) else { return };
                let lost = affair.requests.remove(nth);
                // Only of what was never delivered can we know that it never went out.
                let first = affair.truth == Truth::Nothing && affair.answers.is_empty();
                if known && lost == Request::WriteOff && first {
                    affair.answers.push((News::NotSent, 0));
                }
            }
            Move::Hear { affair, answer, twice } => {
                let Some(affair) = self.pick(affair) else { return };
                let affair = &mut self.affairs[affair];
                let Some(nth) = answer.checked_rem(affair.answers.len()) else { return };
                let (news, tried) = affair.answers[nth];
                if !twice {
                    affair.answers.remove(nth);
                }
                let order = affair.order;
                self.town.hear_of_try(order, news, tried).done();
            }
            Move::Forget { affair, answer } => {
                let Some(affair) = self.pick(affair) else { return };
                let affair = &mut self.affairs[affair];
                let Some(nth) = answer.checked_rem(affair.answers.len()) else { return };
                affair.answers.remove(nth);
            }
            Move::Silence { affair } => {
                let Some(affair) = self.pick(affair) else { return };
                self.silence(affair);
            }
            Move::Carry { affair } => {
                let Some(affair) = self.pick(affair) else { return };
                self.carry(affair);
            }
            Move::TakeBack { affair } => {
                let Some(affair) = self.pick(affair) else { return };
                let order = self.affairs[affair].order;
                self.town.take_back(order);
            }
            Move::Wait { seconds } => self.town.seconds_pass(seconds),
            Move::CloseDay => {
                self.town.close(date(2026, 11, 20));
            }
            Move::File { affair, next_too } => {
                let Some(affair) = self.pick(affair) else { return };
                self.town.clock(if next_too { NEXT_EVENING } else { EVENING });
                self.file(affair, next_too);
            }
        }
    }

    fn silence(&mut self, affair: usize) {
        let order = self.affairs[affair].order;
        let instruction = self.town.instruction(order);
        let news = match instruction.step {
            Step::Await => News::Answered(Said::Nothing),
            Step::Ask => News::Queried(Said::Nothing),
            Step::Reverse => News::Reversal(Said::Nothing),
            Step::Rest => return,
        };
        self.town.hear(order, news).done();
    }

    fn carry(&mut self, affair: usize) {
        let instruction = self.town.instruction(self.affairs[affair].order);
        let tried = instruction.tries;
        if instruction.due_at.is_none_or(|due_at| due_at > self.town.at) {
            return;
        }
        let request = match instruction.step {
            Step::Ask => Request::Query { tried },
            Step::Reverse => Request::Reversal { tried },
            Step::Await | Step::Rest => return,
        };
        self.affairs[affair].requests.push(request);
    }

    /// What the file of the day says of an affair is heard, and what it does not say if that of the next is
    /// here too. A last query says nothing else than the files, for a biller that keeps its word.
    fn file(&mut self, affair: usize, next_too: bool) {
        let Affair { order, truth, .. } = self.affairs[affair].clone();
        if truth == Truth::Booked {
            self.town.hear(order, News::Listed).done();
        } else if next_too && !self.town.state(order).has_ended() {
            self.town.hear(order, News::Unlisted).done();
        }
    }

    /// The days go by until the files of the day and of the next are here.
    fn end(&mut self) {
        self.town.clock(NEXT_EVENING);
        for nth in 0..self.affairs.len() {
            let order = self.affairs[nth].order;
            // A process that comes back finds what was never answered.
            if self.town.state(order) == InstructionState::Asked {
                self.town.hear(order, News::Answered(Said::Nothing)).done();
            }
            self.file(nth, true);
            self.town.check();
        }
    }
}

impl Affair {
    fn arrive(&mut self, request: Request, refuses: bool, day_is_over: bool, is_final: bool) {
        let answer = match request {
            Request::WriteOff => {
                // A reference has one effect, and the first answer is given again.
                if self.truth == Truth::Nothing {
                    let refused = refuses || day_is_over;
                    self.truth = if refused { Truth::Refused } else { Truth::Booked };
                }
                match self.truth {
                    Truth::Booked => (News::Answered(Said::Done), 0),
                    _ => (News::Answered(Said::Refused), 0),
                }
            }
            Request::Query { tried } => {
                let said = match self.truth {
                    Truth::Nothing => Said::NotFound,
                    Truth::Booked => Said::Done,
                    Truth::Refused => Said::Refused,
                    Truth::Undone => Said::Reversed,
                };
                // A biller for which "not there" is final keeps its word.
                if is_final && self.truth == Truth::Nothing {
                    self.truth = Truth::Refused;
                }
                (News::Queried(said), tried)
            }
            Request::Reversal { tried } => {
                let too_late = day_is_over && self.truth == Truth::Booked;
                if !too_late && self.truth != Truth::Refused {
                    self.truth = Truth::Undone;
                }
                let said = if too_late { Said::Refused } else { Said::Done };
                (News::Reversal(said), tried)
            }
        };
        self.answers.push(answer);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn both_sides_end_with_the_same_opinion(
        moves in prop::collection::vec(any_move(), 1..60),
        reversible in prop::bool::weighted(0.8),
        not_found_is_final in prop::bool::weighted(0.2),
    ) {
        let mut biller = biller();
        biller.schedule.reversible = reversible;
        biller.schedule.not_found_is_final = not_found_is_final;
        let mut world = World { town: Town::of(biller), affairs: Vec::new(), not_found_is_final };
        for next in moves {
            world.make(next);
            world.town.check();
        }
        world.end();
        for affair in &world.affairs {
            let state = world.town.state(affair.order);
            let agrees = match affair.truth {
                Truth::Booked => state == InstructionState::Done,
                Truth::Nothing | Truth::Refused | Truth::Undone => {
                    matches!(state, InstructionState::Refused | InstructionState::Reversed)
                }
            };
            prop_assert!(agrees, "{:?} there, {state:?} here", affair.truth);
        }
    }
}
