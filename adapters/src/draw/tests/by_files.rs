//! A core that is told by files. Whatever becomes of files and of reports on the way (lost, doubled, late, cut
//! off and taken again, out of order, a reversal's before the original's), both sides end with the same
//! opinion once the core's file of the day has come, no draw is told in two files of payments, and the books
//! hold at every step.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::draw::DrawState;
use jiaozi_ledger::id::{InstructionFileId, InstructionId};
use jiaozi_ledger::instruction::file::{InstructionFile, Told};
use jiaozi_ledger::instruction::{Instruction, InstructionState, News, Said, Step};
use proptest::prelude::*;

use super::town::Town;
use crate::utility::by_files::Due;
use crate::utility::gather::Gather;

/// What the core has made of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Booked,
    Refused,
    Undone,
}

/// What a report says: of each instruction of a file, what became of it.
type Report = Vec<(InstructionId, Told, Said)>;

#[derive(Clone, Copy, Debug)]
enum Move {
    Pay {
        customer: u8,
        account: bool,
    },
    /// We do what is due: the silent are noticed, and the others gathered.
    Work,
    /// The core reads a file, perhaps not for the first time; it may lack the money for what is new to it.
    Read {
        file: usize,
        refuses: bool,
    },
    /// We take a report as far as some line; and then, perhaps, all of it.
    Take {
        report: usize,
        lines: usize,
        whole: bool,
    },
    /// The biller behind it answers.
    Biller {
        nth: usize,
        done: bool,
    },
    /// The reader of the feed reads so many events.
    Feed {
        events: u8,
    },
    Wait {
        seconds: i64,
    },
}

fn any_move() -> impl Strategy<Value = Move> {
    let of = || any::<usize>();
    prop_oneof![
        3 => (0..3u8, any::<bool>()).prop_map(|(customer, account)| Move::Pay { customer, account }),
        6 => Just(Move::Work),
        6 => (of(), prop::bool::weighted(0.2)).prop_map(|(file, refuses)| Move::Read { file, refuses }),
        7 => (of(), 0..3usize, prop::bool::weighted(0.8))
            .prop_map(|(report, lines, whole)| Move::Take { report, lines, whole }),
        3 => (of(), prop::bool::weighted(0.6)).prop_map(|(nth, done)| Move::Biller { nth, done }),
        5 => (1..6u8).prop_map(|events| Move::Feed { events }),
        6 => prop_oneof![4 => 1..1_200i64, 1 => 3_600..20_000i64].prop_map(|seconds| Move::Wait { seconds }),
    ]
}

struct World {
    town: Town,
    truth: BTreeMap<InstructionId, Truth>,
    /// Every file that was made, and every report that was written: they may be carried at any time.
    files: Vec<InstructionFile>,
    reports: Vec<Report>,
}

impl World {
    fn of_core(&self) -> Vec<Instruction> {
        let all = self.town.instructions.values().filter(|one| one.partner == "core");
        let mut all: Vec<Instruction> = all.cloned().collect();
        all.sort_by_key(|one| one.id);
        all
    }

    fn work(&mut self) {
        let now = self.town.at;
        for one in self.of_core() {
            if let Due::Heard(news, tried, _) = self.town.core.due_by_files(&one, now) {
                self.town.hear(one.id, news, tried).done();
            }
        }
        let mut heaps: BTreeMap<(i64, i64, Option<InstructionFileId>), Vec<Instruction>> =
            BTreeMap::new();
        for one in self.of_core() {
            if let Due::Gather(verb) = self.town.core.due_by_files(&one, now) {
                let about = one.file.filter(|_| verb == Told::Reversals);
                let day = jiaozi_ledger::time::date_to_number(one.clearing_date);
                heaps.entry((verb.code(), day, about)).or_default().push(one);
            }
        }
        for ((code, _, about), of) in heaps {
            let verb = Told::ALL.into_iter().find(|verb| verb.code() == code).expect("a verb");
            self.gather(verb, about, &of);
        }
    }

    fn gather(&mut self, verb: Told, about: Option<InstructionFileId>, of: &[Instruction]) {
        let date = of[0].clearing_date;
        let made = self.files.iter().filter(|file| file.date == date).count();
        let number = i64::try_from(made).expect("few files") + 1;
        let command = Gather {
            scope: Scope {
                partner: "worker".to_owned(),
                operation: Gather::OPERATION,
                key: self.town.seq.to_string(),
            },
            biller: Arc::clone(&self.town.core),
            verb,
            date,
            number,
            name: format!("{date}-{number}"),
            about,
            terms: String::new(),
            of: of.iter().map(|one| one.id).collect(),
        };
        self.town.run(&command).done();
        let file = self.town.instruction_files.values();
        let file = file.filter(|file| !self.files.contains(file)).cloned();
        self.files.extend(file.collect::<Vec<_>>());
    }

    /// The core reads a file: what it knows already it answers again.
    fn read(&mut self, file: usize, refuses: bool) {
        let Some(place) = file.checked_rem(self.files.len()) else { return };
        let file = self.files[place].clone();
        let mut report = Report::new();
        for id in &file.of {
            let date = self.town.instructions[&id.0].clearing_date;
            let over = self.town.core.now(self.town.at, date).day_is_over();
            let said = match (file.verb, self.truth.get(id)) {
                (Told::Payments, None) if refuses || over => {
                    self.truth.insert(*id, Truth::Refused);
                    Said::Refused
                }
                (Told::Payments, None) => {
                    self.truth.insert(*id, Truth::Booked);
                    Said::Done
                }
                (Told::Payments, Some(Truth::Booked)) => Said::Done,
                (Told::Payments, Some(_)) => Said::Refused,
                (Told::Reversals, Some(Truth::Booked)) if over => Said::Refused,
                (Told::Reversals, Some(Truth::Refused)) => Said::Done,
                (Told::Reversals, _) => {
                    self.truth.insert(*id, Truth::Undone);
                    Said::Done
                }
            };
            report.push((*id, file.verb, said));
        }
        self.reports.push(report);
    }

    fn take(&mut self, report: usize, lines: usize, whole: bool) {
        let Some(place) = report.checked_rem(self.reports.len()) else { return };
        let report = self.reports[place].clone();
        let again = if whole { report.len() } else { 0 };
        for (id, verb, said) in report.iter().take(lines).chain(report.iter().take(again)) {
            let news = match verb {
                Told::Payments => News::Answered(*said),
                Told::Reversals => News::Reversal(*said),
            };
            self.town.hear(*id, news, 0).done();
        }
    }

    fn make(&mut self, one: Move) {
        match one {
            Move::Pay { customer, account } => {
                let account = if account { "1" } else { "2" };
                self.town.begin(&format!("100{customer}"), 1_500, account, None);
            }
            Move::Work => self.work(),
            Move::Read { file, refuses } => self.read(file, refuses),
            Move::Take { report, lines, whole } => self.take(report, lines, whole),
            Move::Biller { nth, done } => {
                let asked = self.town.instructions.values();
                let asked = asked.filter(|one| one.partner == "water" && !one.state.has_ended());
                let mut asked: Vec<InstructionId> = asked.map(|one| one.id).collect();
                asked.sort();
                let Some(place) = nth.checked_rem(asked.len()) else { return };
                let said = if done { Said::Done } else { Said::Refused };
                self.town.hear(asked[place], News::Answered(said), 0).done();
            }
            Move::Feed { events } => {
                for _ in 0..events {
                    self.town.read_one();
                }
            }
            Move::Wait { seconds } => self.town.seconds_pass(seconds),
        }
    }

    /// Everything that holds after every move.
    fn check(&self) {
        self.town.check();
        let mut told = BTreeMap::new();
        for file in self.files.iter().filter(|file| file.verb == Told::Payments) {
            for id in &file.of {
                assert!(told.insert(*id, file.id).is_none(), "told in two files of payments");
            }
        }
        for one in self.of_core() {
            assert_eq!(told.get(&one.id), one.file.as_ref(), "{one:?}");
            assert!(one.file.is_some() || !self.truth.contains_key(&one.id));
            if let Some(file) = one.reversal_file {
                let file = &self.town.instruction_files[&file.0];
                assert!(file.of.contains(&one.id) && file.about == one.file);
                assert_eq!(one.step, Step::Reverse);
            }
        }
    }

    /// Days pass without any report; then the core's files of the days come.
    fn end(&mut self) {
        for _ in 0..40 {
            self.town.seconds_pass(3_600 * 3);
            self.work();
            while self.town.read_one() {}
        }
        for one in self.of_core() {
            assert!(one.state.has_ended() || one.step == Step::Rest, "it waits for ever: {one:?}");
            let booked = self.truth.get(&one.id) == Some(&Truth::Booked);
            let news = if booked { News::Listed } else { News::Unlisted };
            // A done one that the file lacks is a break of its own, and a refused one says nothing new.
            if !one.state.has_ended() || booked {
                self.town.hear(one.id, news, 0).done();
            }
        }
        while self.town.read_one() {}
        self.check();
        for one in self.of_core() {
            let booked = self.truth.get(&one.id) == Some(&Truth::Booked);
            if one.contested {
                continue;
            }
            assert_eq!(one.state == InstructionState::Done, booked, "{one:?}");
            let draw = self.town.draws.values().find(|draw| draw.instruction == one.id);
            let draw = draw.expect("a draw").state;
            let kept = !matches!(draw, DrawState::Returned | DrawState::Refused);
            assert_eq!(kept, booked, "{draw:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn both_sides_end_with_one_opinion(moves in prop::collection::vec(any_move(), 1..60)) {
        let town = Town::with_core_by_files("20:00");
        let mut world = World { town, truth: BTreeMap::new(), files: Vec::new(), reports: Vec::new() };
        for one in moves {
            world.make(one);
            world.check();
        }
        world.end();
    }
}

#[test]
fn what_is_in_no_file_when_its_day_ends_is_refused_and_a_file_s_silence_is_not() {
    let mut world = World {
        town: Town::with_core_by_files("20:00"),
        truth: BTreeMap::new(),
        files: Vec::new(),
        reports: Vec::new(),
    };
    let never = world.town.begin("1001", 1_500, "1", None).done().order();
    world.town.clock("2026-11-20T20:00:00+08:00");
    world.work();
    let never = world.town.of_core(never).clone();
    assert_eq!(never.state, InstructionState::Refused, "nobody gathered in time");
    assert!(world.files.is_empty());
    let told = world.town.begin("1002", 1_500, "1", None).done().order();
    world.town.seconds_pass(900);
    world.work();
    assert_eq!(world.files.len(), 1);
    assert_eq!(world.town.of_core(told).state, InstructionState::Asked);
    world.town.seconds_pass(1_800);
    world.work();
    assert_eq!(world.town.of_core(told).state, InstructionState::Reversing);
}
