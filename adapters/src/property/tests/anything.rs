//! Whatever people do, in whatever order, the books hold.

use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;
use proptest::prelude::*;

use super::town::{Town, line};
use crate::property::publishing::Line;
use crate::property::refund::Reason;
use crate::property::withdraw::Step;
use crate::spec::import::Action;

#[derive(Clone, Debug)]
enum Deed {
    Publish { bill: u8, amount: i64, parking: bool, action: Action },
    Step { bill: u8, step: Step },
    PayAll { house: u8, payer: bool },
    PayPart { bill: u8, amount: i64 },
    PayAhead { house: u8 },
    PayStale { nth: usize },
    Cancel { nth: usize },
    Refund { nth: usize, amount: Option<i64>, desk: bool },
    Wait { hours: i64 },
    Close { days_ago: i64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    let action = prop_oneof![8 => Just(Action::New), 1 => Just(Action::Withdraw), 1 => Just(Action::PaidAtDesk)];
    prop_oneof![
        6 => (0..9u8, 1..60_000i64, any::<bool>(), action)
            .prop_map(|(bill, amount, parking, action)| Deed::Publish { bill, amount, parking, action }),
        1 => (0..9u8, prop_oneof![Just(Step::Withdraw), Just(Step::PaidAtDesk)])
            .prop_map(|(bill, step)| Deed::Step { bill, step }),
        4 => (0..3u8, any::<bool>()).prop_map(|(house, payer)| Deed::PayAll { house, payer }),
        3 => (0..9u8, 1_000..40_000i64).prop_map(|(bill, amount)| Deed::PayPart { bill, amount }),
        2 => (0..3u8).prop_map(|house| Deed::PayAhead { house }),
        1 => any::<usize>().prop_map(|nth| Deed::PayStale { nth }),
        2 => any::<usize>().prop_map(|nth| Deed::Cancel { nth }),
        4 => (any::<usize>(), prop::option::of(1..60_000i64), any::<bool>())
            .prop_map(|(nth, amount, desk)| Deed::Refund { nth, amount, desk }),
        4 => (1..100i64).prop_map(|hours| Deed::Wait { hours }),
        3 => (0..4i64).prop_map(|days_ago| Deed::Close { days_ago }),
    ]
}

/// Bill `n` belongs to house `n % 3` and to the month `n / 3` from November on; its import id never
/// changes its house.
fn import_id(bill: u8) -> String {
    format!("bill-{bill}")
}

fn published(bill: u8, amount: i64, parking: bool, action: Action) -> Line {
    let item = if parking { "parking" } else { "management" };
    Line {
        period: format!("2026-{:02}", 10 + bill / 3),
        item: item.to_owned(),
        amount: Fen(amount),
        action,
        ..line(&import_id(bill), &(bill % 3).to_string())
    }
}

fn act(town: &mut Town, stale: &mut Vec<crate::property::quote::Quote>, deed: &Deed) {
    let order = |town: &Town, nth: usize| {
        let mut orders: Vec<OrderId> = town.orders.values().map(|order| order.id).collect();
        orders.sort();
        (!orders.is_empty()).then(|| orders[nth % orders.len()])
    };
    match deed {
        Deed::Publish { bill, amount, parking, action } => {
            town.import(vec![published(*bill, *amount, *parking, *action)]);
        }
        Deed::Step { bill, step } => {
            town.step(&import_id(*bill), *step);
        }
        Deed::PayAll { house, payer } => {
            if let Ok(quote) = town.ask(&house.to_string(), None, None) {
                stale.push(quote.clone());
                town.pay(&quote, if *payer { "li" } else { "wang" });
            }
        }
        Deed::PayPart { bill, amount } => {
            let (house, id) = ((bill % 3).to_string(), import_id(*bill));
            if let Ok(quote) = town.ask(&house, Some(&[(&id, Some(*amount))]), None) {
                town.pay(&quote, "wang").done();
            }
        }
        Deed::PayAhead { house } => {
            if let Ok(quote) = town.ask(&house.to_string(), Some(&[]), Some("year")) {
                stale.push(quote.clone());
                town.pay(&quote, "li");
            }
        }
        Deed::PayStale { nth } => {
            if !stale.is_empty() {
                let quote = stale[nth % stale.len()].clone();
                town.pay(&quote, "li");
            }
        }
        Deed::Cancel { nth } => {
            if let Some(order) = order(town, *nth) {
                town.cancel(order);
            }
        }
        Deed::Refund { nth, amount, desk } => {
            if let Some(order) = order(town, *nth) {
                let reason = if *desk { Reason::PaidAtDesk } else { Reason::PayerRequest };
                town.refund(order, *amount, reason);
            }
        }
        Deed::Wait { hours } => town.at = town.at.plus_seconds(hours * 3_600),
        Deed::Close { days_ago } => {
            let date = town.today().checked_sub(jiff::Span::new().days(*days_ago)).expect("a day");
            town.close(date);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_deeds_breaks_the_books(deeds in prop::collection::vec(deed(), 1..60)) {
        let mut town = Town::new();
        for account in town.accounts.values_mut().filter(|account| account.code == "budget:yunhe") {
            assert_eq!(account.posted, Fen(100_000));
        }
        let mut stale = Vec::new();
        for deed in &deeds {
            let before = town.clone();
            act(&mut town, &mut stale, deed);
            town.check();
            // A day that can be closed was closed whole; one that cannot has not changed.
            if town.events.len() > before.events.len() {
                let event = town.events.last().expect("an event");
                let declined = event.kind.ends_with("_declined") || event.kind.ends_with(".declined");
                if declined {
                    prop_assert_eq!(&town.accounts, &before.accounts);
                    prop_assert_eq!(&town.bills, &before.bills);
                    prop_assert_eq!(&town.orders, &before.orders);
                    prop_assert_eq!(&town.days, &before.days);
                }
            }
        }
        // However it went, every day that is over can be closed.
        let dates: Vec<_> = town.days.values().filter(|day| day.closed_at.is_none()).map(|day| day.date).collect();
        town.days_pass(2);
        for date in dates {
            prop_assert_eq!(town.close(date).verdict, Verdict::Done);
        }
        town.check();
        prop_assert_eq!(town.balance("partner:yunhe:settlement"), 0);
    }
}
