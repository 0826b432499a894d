//! Debits under mandates and the biller's file of the day, with the real program: listed there, or not.

use std::collections::BTreeMap;

use jiaozi_ledger::instruction::Said;
use serde_json::Value;

use crate::biller_books::{Books, LATER, NEXT, found, is};
use crate::support::{Done, Place, instant, path};
use crate::withholding::{claims, fund, limits, number, run_at_once, sign};

const CODE: &str = "minbei-power";

/// Three debits under mandates and a payment, on the first day; its reference.
async fn debited(place: Place) -> (Books, String) {
    run_at_once(&place);
    let mut books = Books::of(place, CODE).await;
    for payer in 0..3 {
        fund(&books.gateway, &number(payer), 10_000).await;
        sign(&books.gateway, payer, limits()).await;
    }
    claims(&books.place, &[(0, 9_000), (1, 8_000), (2, 7_000)]).well();
    let paid = books.pay(6_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    (books, paid)
}

/// A file of the first day as a biller writes it that lists such debits: a payment has our reference, a
/// debit its contract and month.
fn import(books: &Books, lines: &[(&str, &str, i64)]) -> Done {
    let sum: i64 = lines.iter().map(|(_, _, fen)| fen).sum();
    let mut text = format!("{}|{sum}\n", lines.len());
    for (reference, contract, fen) in lines {
        let month = if contract.is_empty() { "" } else { "202611" };
        text.push_str(&format!("{reference}|0012345678|{fen}|20361120101530|{contract}|{month}\n"));
    }
    let file = books.place.file("DZ_DL_100208_20361120.txt", text.into_bytes());
    books.place.run(&["file", "import", "statement", "--partner", CODE, path(&file), "--json"])
}

fn of_day(books: &Books) -> Value {
    let report = books.place.run(&["day", "report", "--date", "2036-11-20", "--json"]).json();
    let billers = report["billers"].as_array().unwrap();
    billers.iter().find(|one| one["partner"] == CODE).unwrap().clone()
}

async fn listed_debits_are_matched_as_payments_are(place: Place) {
    place.change_partner(CODE, |text| {
        text.replace(
            "withheld = \"not_listed\"\n",
            "withheld = \"listed\"\ncontract = { column = \"5\" }\n\
             period = { column = \"6\", pattern = \"yyyymm\" }\n",
        )
    });
    let (books, paid) = debited(place).await;
    let wrong = [
        ("", "HT00000000", 9_000),
        (paid.as_str(), "", 6_000),
        ("", "HT00000001", 7_900),
        ("", "HT00000009", 500),
    ];
    import(&books, &wrong).well();
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    let of = |payer: u32| format!("HT{payer:08}/2026-11");
    assert_eq!(
        found(&books.breaks()),
        BTreeMap::from([
            (of(1), is("amount", "other_amount", [8_000, 7_900, 100])),
            (of(2), is("only_ours", "not_listed", [7_000, 0, 7_000])),
            (of(9), is("only_theirs", "unknown_reference", [0, 500, -500])),
        ])
    );
    let day = of_day(&books);
    assert_eq!(day["matched"], 2, "{day}");
    assert_eq!(day["withheld"], serde_json::json!({"payments": 3, "fen": 24_000, "listed": true}));
    books.sound(100 + 7_000 + 500).await;

    let right = [
        ("", "HT00000000", 9_000),
        (paid.as_str(), "", 6_000),
        ("", "HT00000001", 8_000),
        ("", "HT00000002", 7_000),
    ];
    let corrected = import(&books, &right).well().json();
    assert_eq!(
        (&corrected["day"]["matched"], &corrected["day"]["resolved"]),
        (&4.into(), &3.into())
    );
    books.sound(0).await;
    let refused = import(&books, &[("", "合同", 100)]);
    assert!(
        refused.err.contains("column 5") && refused.err.contains("a contract"),
        "{}",
        refused.err
    );
    let refused = import(&books, &[("HT00000000/2026-11", "", 100)]);
    assert!(refused.err.contains("which has no /"), "{}", refused.err);
}

async fn debits_that_are_not_listed_are_in_no_comparison_and_the_report_says_so(place: Place) {
    let (books, _) = debited(place).await;
    books.import(&books.file(&[]).await).well();
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    assert!(found(&books.breaks()).is_empty());
    let day = of_day(&books);
    assert_eq!((&day["matched"], &day["withheld"]["listed"]), (&1.into(), &false.into()));
    let report = books.place.run(&["day", "report", "--date", "2036-11-20"]).well();
    let said = "minbei-power: 3 debits under mandates, 240.00, settled by the result file alone";
    assert!(report.out.contains(said), "{}", report.out);
    books.sound(0).await;
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
    listed_debits_are_matched_as_payments_are,
    debits_that_are_not_listed_are_in_no_comparison_and_the_report_says_so,
}
