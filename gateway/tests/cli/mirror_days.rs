//! Which days the statements of an account tell: none twice, none left out, in whatever order they come.

use serde_json::{Value, json};

use crate::mirrored::{Bank, OPENING, a_day, camt053, first_statement, mt940};
use crate::support::Place;

async fn no_day_counts_twice(place: Place) {
    let bank = Bank::of(place).await;
    for (reference, fen) in [("A", 500), ("B", 30)] {
        bank.post(reference, fen).await;
    }
    bank.day("2036-11-23").await;
    bank.imported("day.sta", &mt940(1, "2036-11-20", OPENING, &[(500, "NTRF", "A")]));
    // The statement of several days replaces that of one of them.
    let lines = [(500, "NTRF", "A"), (30, "NTRF", "B")];
    let days = mt940(9, "2036-11-21", OPENING, &lines).replace(":60F:C361120", ":60F:C361119");
    let taken = bank.import("days.sta", &days).well().json();
    assert_eq!(taken["statements"][0]["from"], "2036-11-20", "{taken}");
    assert_eq!(taken["statements"][0]["corrects"], 1, "{taken}");
    assert_eq!(taken["accounts"][0]["matched"], 2, "{taken}");
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    // A part of it, or what reaches over its end, is refused with both, and nothing happens.
    let part = mt940(2, "2036-11-21", OPENING + 500, &[(30, "NTRF", "B")]);
    let over = mt940(3, "2036-11-22", OPENING + 500, &[(30, "NTRF", "B")])
        .replace(":60F:C361121", ":60F:C361120");
    for (name, text, says) in [
        ("part.sta", part, "its statement 1 tells 2036-11-21 to 2036-11-21, and days.sta tells"),
        ("over.sta", over, "2036-11-20 to 2036-11-21: found days that both tell"),
    ] {
        let refused = bank.import(name, &text);
        assert_eq!(refused.code, Some(1), "{name}: {}", refused.both());
        assert!(refused.err.contains(says), "{name}: {}", refused.both());
        assert!(refused.err.contains("nothing of it was taken"), "{name}: {}", refused.both());
    }
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    // What was replaced comes again without effect.
    let again = bank.import("day.sta", &mt940(1, "2036-11-20", OPENING, &[(500, "NTRF", "A")]));
    assert_eq!(again.well().json()["statements"][0]["superseded"], true);
    bank.check().well();
}

async fn without_numbers_what_goes_on_with_a_day_replaces_nothing(place: Place) {
    let bank = Bank::of(place).await;
    for (reference, fen) in [("A", 100), ("B", 200)] {
        bank.post(reference, fen).await;
    }
    bank.day("2036-11-21").await;
    let part = |opening, fen, reference| {
        camt053("2036-11-20", opening, &[(fen, reference)])
            .replace("<ElctrncSeqNb>7</ElctrncSeqNb>", "")
    };
    bank.import("morning.xml", &part(OPENING, 100, "A")).well();
    let evening = bank.import("evening.xml", &part(OPENING + 100, 200, "B")).well().json();
    assert_eq!(evening["statements"][0]["corrects"], 0, "{evening}");
    assert_eq!(evening["accounts"][0]["matched"], 2, "{evening}");
    let elsewhere = bank.import("other.xml", &part(OPENING + 900, 200, "B"));
    assert!(elsewhere.err.contains("found days that both tell"), "{}", elsewhere.both());
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    bank.check().well();
}

async fn a_file_tells_no_day_twice_itself(place: Place) {
    let bank = Bank::of(place).await;
    bank.day("2036-11-24").await;
    let day = mt940(1, "2036-11-20", OPENING, &[(500, "NTRF", "NONREF")]);
    let other = mt940(2, "2036-11-20", OPENING, &[(500, "NTRF", "NONREF")]);
    let days = mt940(1, "2036-11-22", OPENING, &[(500, "NTRF", "A")]).replace("C361121", "C361119");
    let over = mt940(2, "2036-11-23", OPENING, &[(70, "NTRF", "B")]).replace("C361122", "C361120");
    for (name, text) in [
        ("same.sta", format!("{day}{day}")),
        ("other.sta", format!("{day}{other}")),
        ("over.sta", format!("{days}{over}")),
    ] {
        let refused = bank.import(name, &text);
        assert_eq!(refused.code, Some(1), "{name}: {}", refused.both());
        let says =
            format!("its statement 2 tells 2036-11-{}", if name == "over.sta" { 21 } else { 20 });
        assert!(refused.err.contains(&says), "{name}: {}", refused.both());
        assert!(refused.err.contains("nothing of it was taken"), "{name}: {}", refused.both());
    }
    // Nothing of them is there, half or whole: the account goes on.
    let taken = bank.import("day.sta", &day).well().json();
    assert_eq!(taken["statements"][0]["corrects"], 0, "{taken}");
    assert_eq!(bank.unexplained(), 500);
    bank.check().well();
}

async fn parts_of_a_day_without_numbers_come_in_any_order(place: Place) {
    let bank = Bank::of(place).await;
    for (reference, fen) in [("A", 100), ("B", 200), ("C", 300)] {
        bank.post(reference, fen).await;
    }
    bank.day("2036-11-21").await;
    let part = |opening, fen, reference| {
        camt053("2036-11-20", opening, &[(fen, reference)])
            .replace("<ElctrncSeqNb>7</ElctrncSeqNb>", "")
    };
    bank.import("evening.xml", &part(OPENING + 100, 200, "B")).well();
    bank.imported("morning.xml", &part(OPENING, 100, "A"));
    let day = bank.imported("night.xml", &part(OPENING + 300, 300, "C"));
    assert_eq!((&day["matched"], &day["seams"]), (&json!(3), &json!([])), "{day}");
    assert_eq!(day["balances"]["theirs_fen"], OPENING + 600, "{day}");
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    bank.check().well();
}

async fn a_break_of_balances_stays_while_other_parts_of_its_day_go_on(place: Place) {
    let bank = Bank::of(place).await;
    for (reference, fen) in [("A", 100), ("B", 200), ("C", 300)] {
        bank.post(reference, fen).await;
    }
    bank.day("2036-11-22").await;
    bank.imported("first.sta", &mt940(1, "2036-11-20", OPENING, &[(100, "NTRF", "A")]));
    let part = |opening, fen, reference| {
        camt053("2036-11-21", opening, &[(fen, reference)])
            .replace("<ElctrncSeqNb>7</ElctrncSeqNb>", "")
    };
    bank.import("morning.xml", &part(OPENING + 150, 200, "B")).well();
    let balance = |name: &str| {
        json!([name, "balance", "statement_missing", OPENING + 100, OPENING + 150, 50, 0])
    };
    for _ in 0..3 {
        bank.imported("evening.xml", &part(OPENING + 350, 300, "C"));
        assert_eq!(bank.breaks(), [balance("statement 2036-11-21")]);
    }
    bank.check().well();
}

async fn days_before_the_first_statement_may_still_come(place: Place) {
    let bank = Bank::of(place).await;
    bank.post("A", -700).await;
    bank.day("2036-11-27").await;
    // The first days of all are left out: what we have had in them is not said to be missing.
    let late = mt940(5, "2036-11-25", OPENING - 700, &[]);
    let day = bank.imported("late.sta", &late);
    assert_eq!(day["seams"], json!(["no statement of 2036-11-20 to 2036-11-24"]));
    let causes: Vec<Value> = bank.breaks().iter().map(|one| json!([one[0], one[2]])).collect();
    assert_eq!(causes, [json!(["A", "in_transit"]), json!(["opening", "opening_differs"])]);
    let first =
        mt940(1, "2036-11-24", OPENING, &[(-700, "NTRF", "A")]).replace("C361123", "C361119");
    let day = bank.imported("first.sta", &first);
    assert_eq!((&day["seams"], bank.breaks()), (&json!([]), Vec::new()), "{day}");
    bank.check().well();
}

async fn the_order_in_which_statements_come_changes_nothing(place: Place) {
    let statements = [
        ("s1.sta", first_statement(-3_100)),
        (
            "s2.sta",
            mt940(2, "2036-11-21", OPENING + 99_385, &[(-700, "NTRF", "D"), (20, "NTRF", "E")]),
        ),
        (
            "s3.sta",
            mt940(3, "2036-11-22", OPENING + 98_705, &[(-20, "NTRF", "E"), (60, "NTRF", "NONREF")]),
        ),
        ("s4.sta", mt940(4, "2036-11-23", OPENING + 98_745, &[])),
    ];
    let mut found = Vec::new();
    // Also on another engine: what comes out is the same.
    for (place, order) in [(place, [0, 1, 2, 3]), (Place::empty(), [3, 1, 0, 2])] {
        let bank = a_day(place).await;
        bank.post("F", 60).await;
        bank.day("2036-11-24").await;
        let days: Vec<Value> =
            order.map(|nth| bank.imported(statements[nth].0, &statements[nth].1)).to_vec();
        bank.check().well();
        let last = bank.imported(statements[3].0, &statements[3].1);
        assert_eq!((&last["seams"], days.len()), (&json!([]), 4));
        found.push((bank.breaks(), bank.unexplained(), last["balances"].clone()));
    }
    assert!(found[0].0.len() > 3, "{:?}", found[0]);
    assert_eq!(found[0], found[1]);
}

macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Place::empty()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some(place) = super::Place::empty_on_postgres().await else { return };
                super::$test(place).await;
            })*
        }
    };
}

on_both_engines! {
    no_day_counts_twice,
    without_numbers_what_goes_on_with_a_day_replaces_nothing,
    a_file_tells_no_day_twice_itself,
    parts_of_a_day_without_numbers_come_in_any_order,
    a_break_of_balances_stays_while_other_parts_of_its_day_go_on,
    days_before_the_first_statement_may_still_come,
    the_order_in_which_statements_come_changes_nothing,
}
