//! Any days of both sides with differences planted: what comes out is what was planted and nothing else,
//! through the commands, over books in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_ledger::breaks::{Break, BreakKind};
use jiaozi_ledger::chart;
use jiaozi_ledger::decision::{Command, Scope, Verdict};
use jiaozi_ledger::facts::{Fact as _, Facts, Moment, Shelved};
use jiaozi_ledger::id::Ids;
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::mirror::item::{Item, ItemState, Origin};
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::{account::Account, book, time::Instant};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{ours, spec, theirs};
use crate::mirror::chain::Reach;
use crate::mirror::compare::{About, CompareMirror};
use crate::mirror::judge::judge;
use crate::mirror::pair::{By, Pair};
use crate::spec::mirror::MirrorSpec;

const LAST: Date = date(2026, 11, 25);
const REACH: Reach = Reach { until: LAST, unbroken: LAST };

/// What happens to a movement on its way between both sides.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Same,
    OnlyOurs,
    OnlyTheirs,
    Different(i64),
    Twice,
}

/// Books in memory.
struct Books {
    facts: Facts,
    spec: Arc<MirrorSpec>,
    seq: i64,
}

impl Books {
    fn with(items: &[Item]) -> Books {
        let spec = Arc::new(spec());
        let mut books = Books { facts: Facts::new(moment(0)), spec, seq: 0 };
        for (code, nth) in books.spec.accounts().iter().zip(500_u16..) {
            let id = moment(0).ids.id(nth);
            let account = chart::account(id, code, Currency::CNY).expect("in the chart");
            Account::shelf_mut(&mut books.facts).load(&[Account::by_code(code)], vec![account]);
        }
        let account = books.facts.account(&books.spec.account).expect("opened").id;
        let mirror = Mirror { account, ..super::balances::mirror(0) };
        Mirror::shelf_mut(&mut books.facts).load(&[Mirror::by_code("core")], vec![mirror]);
        let statement = super::balances::statement(7, (LAST, LAST), None);
        let by_id = AccountStatement::by_id(statement.id);
        AccountStatement::shelf_mut(&mut books.facts).load(&[by_id], vec![statement]);
        for item in items {
            let needs = [Item::by_reference(&item.reference_key), Item::by_id(item.id)];
            Item::shelf_mut(&mut books.facts).load(&needs, vec![item.clone()]);
        }
        books
    }

    fn run(&mut self, command: &dyn Command) {
        self.seq += 1;
        self.facts.set_moment(moment(self.seq));
        for need in command.needs(&self.facts) {
            if need.table == "breaks" && !self.facts.knows(&need) {
                Break::shelf_mut(&mut self.facts).load(&[need], Vec::new());
            }
        }
        let decision = command.decide(&self.facts);
        assert_eq!(decision.verdict(), Verdict::Done, "{:?}", decision.event());
        book::apply(&mut self.facts, decision.changes()).expect("the books take it");
    }

    fn items(&self, all: &[Item]) -> Vec<Item> {
        all.iter().filter_map(|item| self.facts.get::<Item>(item.id)).cloned().collect()
    }

    fn posted(&self, code: &str) -> i64 {
        self.facts.account(code).expect("opened").posted.0
    }
}

fn moment(seq: i64) -> Moment {
    let at = Instant(1_800_000_000_000_000 + seq * 1_000);
    Moment { at, seq, ids: Ids::new(at, 7, 0) }
}

fn scope(operation: &'static str, key: String) -> Scope {
    Scope { partner: "worker".to_owned(), operation, key }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Same),
        1 => Just(Fate::OnlyOurs),
        1 => Just(Fate::OnlyTheirs),
        1 => (1_i64..50).prop_map(Fate::Different),
        1 => Just(Fate::Twice),
    ]
}

/// Both sides of some movements, and what was planted: by reference and kind, with what it leaves
/// unexplained.
fn sides(moves: &[(Fate, i64, i8)]) -> (Vec<Item>, BTreeMap<(String, &'static str), i64>) {
    let (mut items, mut planted) = (Vec::new(), BTreeMap::new());
    for ((fate, fen, day), number) in moves.iter().zip(0_u128..) {
        let reference = format!("R{number}");
        let (mine, other) = (number * 10 + 1, number * 10 + 2);
        let day = date(2026, 11, 2 + day);
        // Days are over for all of them.
        let late = day.saturating_add(jiff::ToSpan::days(2));
        let mut plant = |kind: BreakKind, gap: i64| {
            planted.insert((reference.clone(), kind.name()), gap.abs());
        };
        match fate {
            Fate::Same | Fate::Twice => items.push(theirs(other, &reference, late, *fen)),
            Fate::OnlyOurs => plant(BreakKind::OnlyOurs, *fen),
            Fate::OnlyTheirs => {
                items.push(theirs(other, &reference, late, *fen));
                plant(BreakKind::OnlyTheirs, *fen);
            }
            Fate::Different(by) => {
                // Away from nothing, so that the direction stays.
                items.push(theirs(other, &reference, late, fen + by * fen.signum()));
                plant(BreakKind::Amount, *by);
            }
        }
        if matches!(fate, Fate::Twice) {
            items.push(theirs(number * 10 + 3, &reference, late, *fen));
            plant(BreakKind::OnlyTheirs, *fen);
        }
        if !matches!(fate, Fate::OnlyTheirs) {
            items.push(ours(mine, &reference, day, *fen));
        }
    }
    (items, planted)
}

/// Pairs what has the same reference and amount, as the gateway finds it.
fn same(items: &[Item]) -> Vec<(jiaozi_ledger::id::ItemId, jiaozi_ledger::id::ItemId)> {
    let mut pairs: Vec<(jiaozi_ledger::id::ItemId, jiaozi_ledger::id::ItemId)> = Vec::new();
    let open = |origin| move |item: &&Item| item.origin == origin && item.state == ItemState::Open;
    for mine in items.iter().filter(open(Origin::Ours)) {
        let found = items.iter().filter(open(Origin::Theirs)).find(|other| {
            other.reference_key == mine.reference_key
                && other.amount == mine.amount
                && !pairs.iter().any(|(_, taken)| *taken == other.id)
        });
        pairs.extend(found.map(|other| (mine.id, other.id)));
    }
    pairs
}

/// Settles everything that is left over, as the gateway does.
fn settle(books: &mut Books, all: &[Item]) {
    let mut references: Vec<String> = all.iter().map(|item| item.reference_key.clone()).collect();
    references.sort();
    references.dedup();
    for reference_key in references {
        let items: Vec<Item> = books.items(all);
        let here: Vec<&Item> =
            items.iter().filter(|item| item.reference_key == reference_key).collect();
        let mut keys: Vec<String> = judge(&here, REACH, &books.spec).into_keys().collect();
        keys.extend(
            opened(books)
                .iter()
                .filter(|one| one.reference_key == reference_key)
                .map(|one| one.break_key.clone()),
        );
        keys.sort();
        keys.dedup();
        for break_key in keys {
            let about = About::Items { reference_key: reference_key.clone(), reach: REACH };
            let scope = scope(CompareMirror::OPERATION, format!("{}/{break_key}", books.seq));
            let spec = Arc::clone(&books.spec);
            books.run(&CompareMirror { scope, spec, break_key, about, evidence: 1 });
        }
    }
}

/// The breaks that there are.
fn opened(books: &Books) -> Vec<Break> {
    Break::shelf(&books.facts).new_rows().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn what_was_planted_comes_out_and_nothing_else(
        moves in prop::collection::vec(
            (fate(), prop_oneof![1_i64..5_000, -5_000_i64..-1], 0_i8..10), 0..24),
    ) {
        let (items, planted) = sides(&moves);
        let mut books = Books::with(&items);
        let pairs = same(&items);
        let spec = Arc::clone(&books.spec);
        books.run(&Pair { scope: scope(Pair::OPERATION, "p".to_owned()), spec, by: By::Reference, pairs });
        settle(&mut books, &items);
        let found: BTreeMap<(String, &'static str), i64> = opened(&books)
            .into_iter()
            .filter(Break::is_open)
            .map(|one| ((one.reference().to_owned(), one.kind.name()), one.gap.0))
            .collect();
        prop_assert_eq!(&found, &planted);
        // What was booked brings the mirror to what they say, and waits in suspense to the fen.
        let of = |origin| items.iter().filter(|item| item.origin == origin).map(|item| item.amount.0).sum::<i64>();
        // But for what they say twice, for which nothing is booked.
        let twice: i64 =
            moves.iter().filter(|(fate, ..)| matches!(fate, Fate::Twice)).map(|(_, fen, _)| fen).sum();
        prop_assert_eq!(of(Origin::Ours) + books.posted("core:clearing"), of(Origin::Theirs) - twice);
        prop_assert_eq!(books.posted("suspense:unexplained:core"), books.posted("core:clearing"));
        let booked: i64 = opened(&books).iter().map(|one| one.booked.0).sum();
        prop_assert_eq!(booked, books.posted("suspense:unexplained:core"));
        // A run more changes nothing.
        let before = books.posted("core:clearing");
        settle(&mut books, &items);
        prop_assert_eq!(before, books.posted("core:clearing"));
    }

    #[test]
    fn a_corrected_statement_takes_every_booking_back(
        moves in prop::collection::vec(
            (fate(), prop_oneof![1_i64..5_000, -5_000_i64..-1], 0_i8..10), 1..16),
    ) {
        let (items, _) = sides(&moves);
        let mut books = Books::with(&items);
        let pairs = same(&items);
        let spec = Arc::clone(&books.spec);
        books.run(&Pair { scope: scope(Pair::OPERATION, "p".to_owned()), spec, by: By::Reference, pairs });
        settle(&mut books, &items);
        // They say now what we say.
        let withdrawn: Vec<_> =
            items.iter().filter(|item| item.origin == Origin::Theirs).map(|item| item.id).collect();
        let spec = Arc::clone(&books.spec);
        let scope_of = |key: &str| scope("test", key.to_owned());
        books.run(&crate::mirror::take::Withdraw { scope: scope_of("w"), spec, items: withdrawn });
        let mine: Vec<&Item> = items.iter().filter(|item| item.origin == Origin::Ours).collect();
        let corrected: Vec<Item> = mine
            .iter()
            .map(|item| {
                let reference = item.reference_key.trim_start_matches("core/");
                theirs(item.key().as_u128() + 5, reference, item.date, item.amount.0)
            })
            .collect();
        let pairs = mine.iter().zip(&corrected).map(|(one, other)| (one.id, other.id)).collect();
        for item in &corrected {
            Item::shelf_mut(&mut books.facts).load(
                &[Item::by_reference(&item.reference_key), Item::by_id(item.id)],
                vec![item.clone()],
            );
        }
        let all = [items.clone(), corrected].concat();
        let spec = Arc::clone(&books.spec);
        books.run(&Pair { scope: scope_of("q"), spec, by: By::Reference, pairs });
        settle(&mut books, &all);
        prop_assert!(opened(&books).iter().all(|one| !one.is_open()));
        prop_assert_eq!(books.posted("core:clearing"), 0);
        prop_assert_eq!(books.posted("suspense:unexplained:core"), 0);
        prop_assert_eq!(opened(&books).iter().map(|one| one.gap).max().unwrap_or(Fen(0)), Fen(0));
    }
}

/// Compares a reference of theirs; the code with which it is declined, or nothing.
fn compared(books: &mut Books, evidence: i64) -> Option<String> {
    let about = About::Items { reference_key: "core/X".to_owned(), reach: REACH };
    let scope = scope(CompareMirror::OPERATION, "x".to_owned());
    let spec = Arc::clone(&books.spec);
    let break_key = "core/X/2026-11-20-in-1".to_owned();
    let command = CompareMirror { scope, spec, break_key, about, evidence };
    let by_key = Break::by_key(&command.break_key);
    Break::shelf_mut(&mut books.facts).load(&[by_key], Vec::new());
    let decision = command.decide(&books.facts);
    if decision.verdict() == Verdict::Done {
        book::apply(&mut books.facts, decision.changes()).expect("the books take it");
        return None;
    }
    let answer: serde_json::Value = serde_json::from_slice(&decision.answer().body).expect("JSON");
    answer["code"].as_str().map(str::to_owned)
}

#[test]
fn what_was_read_before_another_statement_was_complete_decides_nothing() {
    let mut books = Books::with(&[theirs(1, "X", date(2026, 11, 20), 500)]);
    assert_eq!(compared(&mut books, 0).as_deref(), Some("evidence_changed"));
    assert!(opened(&books).is_empty());
    assert_eq!(compared(&mut books, 1), None);
    assert_eq!(opened(&books).len(), 1);
}

#[test]
fn nothing_is_booked_on_another_account_than_was_reconciled() {
    let mut books = Books::with(&[theirs(1, "X", date(2026, 11, 20), 500)]);
    Mirror::shelf_mut(&mut books.facts).put(super::balances::mirror(0));
    assert_eq!(compared(&mut books, 1).as_deref(), Some("mirror_moved"));
    assert!(opened(&books).is_empty());
}

#[test]
fn what_a_statement_says_counts_when_it_is_complete() {
    let (mut mine, there) =
        (ours(1, "X", date(2026, 11, 20), 500), theirs(2, "X", date(2026, 11, 20), 500));
    mine.date = date(2026, 11, 24);
    let mut books = Books::with(&[mine.clone(), there.clone()]);
    let unfinished = AccountStatement {
        completed_at: None,
        ..super::balances::statement(7, (LAST, LAST), None)
    };
    AccountStatement::shelf_mut(&mut books.facts).put(unfinished.clone());
    let pairs = vec![(mine.id, there.id)];
    let pair = |books: &mut Books| {
        let spec = Arc::clone(&books.spec);
        let scope = scope(Pair::OPERATION, "p".to_owned());
        books.run(&Pair { scope, spec, by: By::Reference, pairs: pairs.clone() });
    };
    pair(&mut books);
    assert!(!books.items(std::slice::from_ref(&mine))[0].is_paired());
    let complete = AccountStatement { completed_at: Some(Instant(1)), ..unfinished };
    AccountStatement::shelf_mut(&mut books.facts).put(complete);
    pair(&mut books);
    assert!(books.items(std::slice::from_ref(&mine))[0].is_paired());
}

#[test]
fn what_two_people_approve_is_the_money_that_is_moved() {
    use crate::mirror::resolve::ResolveMirror;
    use crate::reconciliation::resolve::Proposed;

    let mut paid = ours(3, "X", date(2026, 11, 20), 500);
    let mut there = theirs(1, "X", date(2026, 11, 20), 500);
    super::pair(&mut paid, &mut there);
    let twice = theirs(2, "X", date(2026, 11, 20), 500);
    let mut books = Books::with(&[paid.clone(), there.clone(), twice.clone()]);
    settle(&mut books, &[paid, there, twice]);
    let one = opened(&books).remove(0);
    assert_eq!((one.booked, one.left()), (Fen::ZERO, -500));
    let code = |books: &Books, left: i64| {
        let account = Some("deposit:1".to_owned());
        let proposed = Proposed { id: one.id, booked: Fen::ZERO, left: Some(Fen(left)), account };
        let command = ResolveMirror {
            scope: scope(ResolveMirror::OPERATION, "r".to_owned()),
            approval: jiaozi_ledger::id::ApprovalId(uuid::Uuid::nil()),
            spec: Arc::clone(&books.spec),
            proposed,
            remark: None,
        };
        let decision = command.decide(&books.facts);
        let answer: serde_json::Value =
            serde_json::from_slice(&decision.answer().body).expect("JSON");
        answer["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(code(&books, -400), "break_changed");
    // Of the same money only the approval is missing here.
    assert_ne!(code(&books, -500), "break_changed");
}
