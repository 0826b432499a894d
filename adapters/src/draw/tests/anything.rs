//! Whatever is lost, late, twice or out of order between us and the core, and between us and the biller
//! behind it, both sides of both end with the same opinion; no money stays where it only passes through;
//! and the books hold at every step.
//!
//! The core and the biller of the model are small: what each has booked, what it has undone, and which
//! references it will refuse because they were reversed before they arrived. Requests and answers are on
//! their way until the next move delivers, repeats or loses them. The reader of the feed is as late as the
//! moves have it.

use jiaozi_ledger::draw::DrawState;
use jiaozi_ledger::id::{InstructionId, OrderId};
use jiaozi_ledger::instruction::{Instruction, InstructionState, News, Said, Step};
use jiaozi_ledger::order::OrderState;
use jiff::ToSpan as _;
use jiff::civil::Date;
use proptest::prelude::*;

use super::town::Town;

/// What the other side has made of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Nothing,
    Booked,
    Refused,
    Undone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Instruct,
    Query { tried: i64 },
    Reversal { tried: i64 },
}

/// One instruction, at the other side and between it and us.
#[derive(Clone, Debug)]
struct Affair {
    instruction: InstructionId,
    truth: Truth,
    requests: Vec<Request>,
    answers: Vec<(News, i64)>,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Pay {
        customer: u8,
        account: bool,
    },
    /// The other side gets a request that is on its way.
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
    /// The reader of the feed reads so many events.
    Read {
        events: u8,
    },
    Wait {
        seconds: i64,
    },
    /// The files of an affair's day and of the next working day are here, and what they say of it is heard;
    /// whatever is on its way still comes.
    File {
        affair: usize,
    },
}

fn any_move() -> impl Strategy<Value = Move> {
    let of = || any::<usize>();
    prop_oneof![
        3 => (0..3u8, any::<bool>()).prop_map(|(customer, account)| Move::Pay { customer, account }),
        7 => (of(), of(), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
            .prop_map(|(affair, request, refuses, twice)| Move::Arrive { affair, request, refuses, twice }),
        1 => (of(), of(), any::<bool>())
            .prop_map(|(affair, request, known)| Move::Lose { affair, request, known }),
        7 => (of(), of(), prop::bool::weighted(0.2))
            .prop_map(|(affair, answer, twice)| Move::Hear { affair, answer, twice }),
        1 => (of(), of()).prop_map(|(affair, answer)| Move::Forget { affair, answer }),
        4 => of().prop_map(|affair| Move::Silence { affair }),
        6 => of().prop_map(|affair| Move::Carry { affair }),
        6 => (1..6u8).prop_map(|events| Move::Read { events }),
        2 => prop_oneof![5 => 1..120i64, 1 => 3_600..20_000i64].prop_map(|seconds| Move::Wait { seconds }),
        1 => of().prop_map(|affair| Move::File { affair }),
    ]
}

struct World {
    town: Town,
    affairs: Vec<Affair>,
    orders: Vec<OrderId>,
}

impl World {
    fn day_is_over(&self, instruction: &Instruction) -> bool {
        let core = instruction.partner == "core";
        let biller = if core { &self.town.core } else { &self.town.water };
        biller.now(self.town.at, instruction.clearing_date).day_is_over()
    }

    fn pick(&self, nth: usize) -> Option<usize> {
        nth.checked_rem(self.affairs.len())
    }

    fn ours(&self, affair: usize) -> &Instruction {
        &self.town.instructions[&self.affairs[affair].instruction.0]
    }

    /// Whoever was accepted since is told: the request is on its way.
    fn tell(&mut self) {
        let known: Vec<InstructionId> =
            self.affairs.iter().map(|affair| affair.instruction).collect();
        let mut new: Vec<InstructionId> = self
            .town
            .instructions
            .values()
            .filter(|one| !known.contains(&one.id))
            .map(|one| one.id)
            .collect();
        new.sort();
        self.affairs.extend(new.into_iter().map(|instruction| Affair {
            instruction,
            truth: Truth::Nothing,
            requests: vec![Request::Instruct],
            answers: Vec::new(),
        }));
    }

    fn make(&mut self, next: Move) {
        match next {
            Move::Pay { customer, account } => {
                let account = if account { "1" } else { "2" };
                let fen = 1_000 + i64::from(customer);
                let said = self.town.begin(&customer.to_string(), fen, account, None);
                self.orders.push(said.done().order());
            }
            Move::Arrive { affair, request, refuses, twice } => {
                let Some(affair) = self.pick(affair) else { return };
                let over = self.day_is_over(self.ours(affair));
                let affair = &mut self.affairs[affair];
                let Some(nth) = request.checked_rem(affair.requests.len()) else { return };
                let request = affair.requests[nth];
                if !twice {
                    affair.requests.remove(nth);
                }
                affair.arrive(request, refuses, over);
            }
            Move::Lose { affair, request, known } => {
                let Some(affair) = self.pick(affair) else { return };
                let affair = &mut self.affairs[affair];
                let Some(nth) = request.checked_rem(affair.requests.len()) else { return };
                let lost = affair.requests.remove(nth);
                // Only of what was never delivered can we know that it never went out.
                let first = affair.truth == Truth::Nothing && affair.answers.is_empty();
                if known && lost == Request::Instruct && first {
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
                let instruction = affair.instruction;
                self.town.hear(instruction, news, tried).done();
            }
            Move::Forget { affair, answer } => {
                let Some(affair) = self.pick(affair) else { return };
                let affair = &mut self.affairs[affair];
                let Some(nth) = answer.checked_rem(affair.answers.len()) else { return };
                affair.answers.remove(nth);
            }
            Move::Silence { affair } => {
                let Some(affair) = self.pick(affair) else { return };
                let ours = self.ours(affair).clone();
                let news = match ours.step {
                    Step::Await => News::Answered(Said::Nothing),
                    Step::Ask => News::Queried(Said::Nothing),
                    Step::Reverse => News::Reversal(Said::Nothing),
                    Step::Rest => return,
                };
                self.town.hear(ours.id, news, ours.tries).done();
            }
            Move::Carry { affair } => {
                let Some(affair) = self.pick(affair) else { return };
                self.carry(affair);
            }
            Move::Read { events } => {
                for _ in 0..events {
                    self.town.read_one();
                }
            }
            Move::Wait { seconds } => self.town.seconds_pass(seconds),
            Move::File { affair } => {
                let Some(affair) = self.pick(affair) else { return };
                self.until_the_next_file_after(self.ours(affair).clearing_date);
                self.file(affair);
            }
        }
    }

    /// The evening on which the files of a day and of the working day after it are here: four days later, over
    /// a weekend.
    fn until_the_next_file_after(&mut self, day: Date) {
        self.town.clock(&format!("{}T20:00:00+08:00", day.saturating_add(4.days())));
    }

    /// What the files say of an affair is heard. A last query says nothing else, for somebody who keeps their
    /// word.
    fn file(&mut self, affair: usize) {
        let Affair { instruction, truth, .. } = self.affairs[affair].clone();
        let ours = self.ours(affair);
        let news = match truth {
            Truth::Booked => News::Listed,
            _ if ours.state.has_ended() => return,
            _ => News::Unlisted,
        };
        let tries = ours.tries;
        self.town.hear(instruction, news, tries).done();
    }

    fn carry(&mut self, affair: usize) {
        let ours = self.ours(affair).clone();
        let tried = ours.tries;
        if ours.due_at.is_none_or(|due_at| due_at > self.town.at) {
            return;
        }
        let request = match ours.step {
            Step::Ask => Request::Query { tried },
            // After the day nobody takes a reversal: what became of it is asked.
            Step::Reverse if self.day_is_over(&ours) => {
                self.town.hear(ours.id, News::Reversal(Said::Nothing), tried).done();
                return;
            }
            Step::Reverse => Request::Reversal { tried },
            Step::Await | Step::Rest => return,
        };
        self.affairs[affair].requests.push(request);
    }

    /// The days go by until the files of the days are here, and the reader has read everything. What is
    /// accepted on the way is seen to its end, too.
    fn end(&mut self) {
        loop {
            while self.town.read_one() {
                self.tell();
            }
            let last = self
                .affairs
                .iter()
                .map(|affair| self.town.instructions[&affair.instruction.0].clearing_date);
            if let Some(last) = last.max() {
                self.until_the_next_file_after(last);
            }
            let mut moved = false;
            for nth in 0..self.affairs.len() {
                moved |= self.end_one(nth);
                self.town.check();
            }
            if !moved {
                return;
            }
        }
    }

    fn end_one(&mut self, nth: usize) -> bool {
        let instruction = self.affairs[nth].instruction;
        // A process that comes back finds what was never answered.
        if self.ours(nth).state == InstructionState::Asked {
            self.town.hear(instruction, News::Answered(Said::Nothing), 0).done();
        }
        if self.ours(nth).state.has_ended() {
            return false;
        }
        self.file(nth);
        assert!(self.ours(nth).state.has_ended(), "the files decide");
        true
    }

    /// The core says that it gave the money, nobody is to have it, and its day is over: it is given back
    /// by hand, and two operators say so. What it did on its day stays true.
    fn give_back_by_hand(&mut self) {
        for nth in 0..self.affairs.len() {
            let instruction = self.affairs[nth].instruction;
            let draws = &self.town.draws;
            let draw = draws.values().find(|draw| draw.instruction == instruction);
            if draw.is_some_and(|draw| draw.state == DrawState::Returning) {
                assert_eq!(self.affairs[nth].truth, Truth::Booked, "nothing else needs a hand");
                self.town.rule(instruction, false).done();
                self.town.check();
            }
        }
    }
}

impl Affair {
    fn arrive(&mut self, request: Request, refuses: bool, day_is_over: bool) {
        let answer = match request {
            Request::Instruct => {
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
    fn the_core_and_the_biller_behind_it_end_with_our_opinion(
        moves in prop::collection::vec(any_move(), 1..80),
        core_ends_first in any::<bool>(),
    ) {
        let town = Town::new(if core_ends_first { "16:00" } else { "22:00" });
        let mut world = World { town, affairs: Vec::new(), orders: Vec::new() };
        for next in moves {
            world.make(next);
            world.tell();
            world.town.check();
        }
        world.end();
        world.give_back_by_hand();
        for affair in &world.affairs {
            let state = world.town.instructions[&affair.instruction.0].state;
            let agrees = match affair.truth {
                Truth::Booked => state == InstructionState::Done,
                Truth::Nothing | Truth::Refused | Truth::Undone => {
                    matches!(state, InstructionState::Refused | InstructionState::Reversed)
                }
            };
            prop_assert!(agrees, "{:?} there, {state:?} here", affair.truth);
        }
        for order in &world.orders {
            let draw = world.town.draw(*order);
            let paid = world.town.orders.get(&order.0).map(|order| order.state);
            match draw.state {
                DrawState::Spent => prop_assert_eq!(paid, Some(OrderState::Paid)),
                DrawState::Returned | DrawState::Refused => {
                    prop_assert_ne!(paid, Some(OrderState::Paid));
                }
                open => prop_assert!(false, "{open:?} at the end"),
            }
        }
        for account in ["customer:1", "customer:2", "suspense:unknown:core"] {
            prop_assert_eq!(world.town.balance(account), 0, "{}", account);
        }
    }
}
