//! Billers' files of the day, as the simulated billers write them, with everything that can be wrong with
//! them: by the real program, on both engines.

use std::collections::BTreeMap;

use jiaozi::trial::billers::day_file::{Day, DayFile, Slip};
use jiaozi_ledger::instruction::{InstructionState, Said};
use jiaozi_ledger::row::Cell;
use jiff::civil::date;

use crate::biller_books::{BILLERS, Books, LATER, NEXT, found, is, line, protocol};
use crate::support::{Place, instant};

async fn every_slip_is_found(place: Place, code: &'static str) {
    let mut books = Books::of(place, code).await;
    let mut done = Vec::new();
    for nth in 0..5 {
        done.push(books.pay(10_000 + nth, Some(Said::Done)).await);
    }
    let stranger = books.gateway.partners.biller(code).unwrap().reference.write(900).unwrap();
    let slips = [
        Slip::Missing(done[1].clone()),
        Slip::TooMany(line(&stranger, 7_700)),
        Slip::WrongAmount(done[2].clone(), -602),
        Slip::WrongStatus(done[3].clone()),
    ];
    let breaks = books.both_days(&slips).await;
    let found = found(&breaks);
    let mut expected = BTreeMap::from([
        (done[1].clone(), is("only_ours", "not_listed", [10_001, 0, 10_001])),
        (stranger, is("only_theirs", "unknown_reference", [0, 7_700, -7_700])),
        (done[2].clone(), is("amount", "other_amount", [10_002, 9_400, 602])),
    ]);
    let mut unexplained = 10_001 + 7_700 + 602;
    // The power company's file tells no status.
    if code != "minbei-power" {
        let cause = if code == "rongjiang-water" { "reversed_there" } else { "not_paid_there" };
        expected.insert(done[3].clone(), is("status", cause, [10_003, 10_003, 0]));
        unexplained += 10_003;
    }
    assert_eq!(found, expected, "{code}");
    assert_eq!(breaks["unexplained_fen"], unexplained);
    assert_eq!(breaks["partners"][code]["ages"]["today_fen"], unexplained);
    assert_eq!(books.suspense().await, 10_001 - 7_700 + 602, "booked, and never netted above");
    books.sound(unexplained).await;

    // A corrected file takes everything back; the first one once more changes nothing.
    let corrected = books.import(&books.file(&[]).await).well().json();
    assert_eq!(corrected["number"], 1);
    assert_eq!(
        (&corrected["day"]["matched"], &corrected["day"]["resolved"]),
        (&5.into(), &expected.len().into())
    );
    assert_eq!((books.breaks()["unexplained_fen"].as_i64(), books.suspense().await), (Some(0), 0));
    books.sound(0).await;
    let again = books.import(&books.file(&slips).await).well().json();
    assert_eq!((&again["repeated"], &again["superseded"]), (&true.into(), &true.into()));
    books.sound(0).await;
}

#[tokio::test]
async fn every_slip_is_found_and_a_correction_takes_it_back() {
    for code in BILLERS {
        every_slip_is_found(Place::empty(), code).await;
    }
}

#[tokio::test]
async fn every_slip_is_found_on_postgres_too() {
    for code in BILLERS {
        let Some(place) = Place::empty_on_postgres().await else { return };
        every_slip_is_found(place, code).await;
    }
}

#[tokio::test]
async fn a_file_that_does_not_balance_or_read_is_refused_whole() {
    for code in BILLERS {
        let mut books = Books::of(Place::empty(), code).await;
        let one = books.pay(10_000, Some(Said::Done)).await;
        books.gateway.store.move_time(instant(LATER)).await.unwrap();
        let refused = |file: &DayFile, why: &str| {
            let done = books.import(file);
            assert_eq!(done.code, Some(1), "{}", done.both());
            assert!(done.err.contains(why), "{code}, expected {why:?}: {}", done.both());
            assert!(done.err.contains("nothing of it was taken"), "{}", done.both());
        };
        refused(&books.file(&[Slip::WrongTotals]).await, "the file states");
        refused(&books.file(&[Slip::NoBytes]).await, "ends");
        let twice = Slip::TooMany(line(&one, 10_000));
        refused(&books.file(&[twice]).await, "each reference once");
        let mut torn = books.file(&[]).await;
        let text = String::from_utf8_lossy(&torn.bytes).replace("100", "1OO");
        torn.bytes = text.into_bytes();
        refused(&torn, "expected");
        let after = protocol(code).day_file(&Day::with(date(2036, 12, 1), Vec::new(), &[]));
        refused(&after, "is not over");
        let named = DayFile { name: "renamed.txt".to_owned(), ..books.file(&[]).await };
        refused(&named, "nothing says of which clearing date");
        let files = "select count(*) from statements where book = $1";
        assert_eq!(books.gateway.store.number(files, vec![Cell::Int(1)]).await, Ok(0));
        books.sound(0).await;
    }
}

#[tokio::test]
async fn columns_may_come_in_another_order_where_they_have_names() {
    let mut books = Books::of(Place::empty(), "huaran-gas").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    let file = books.file(&[]).await;
    let text = format!(
        "status,paidAt,requestId,amount,accountNo\n\
         SUCCESS,2036-11-20T10:15:30+08:00,{one},100.00,0012345678\nTOTAL,1,100.00,,\n"
    );
    let day = books.import(&DayFile { bytes: text.into_bytes(), ..file }).well().json();
    assert_eq!(day["day"]["matched"], 1);
    let missing = "status,requestId,accountNo,paidAt\n";
    let named = DayFile { name: "gas_2036-11-21.csv".to_owned(), bytes: missing.into() };
    let done = books.import(&named);
    assert!(done.err.contains("a column named amount"), "{}", done.both());
}

#[tokio::test]
async fn the_same_file_twice_has_one_effect_and_files_may_come_in_any_order() {
    let mut books = Books::of(Place::empty(), "minbei-power").await;
    let here = books.pay(10_000, Some(Said::Done)).await;
    let later = books.pay(5_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    // At their cut-off one of them fell into the next day, whose file comes first.
    let next = books.written(NEXT, vec![line(&later, 5_000)], &[]);
    books.import(&next).well();
    assert_eq!(books.breaks()["breaks"], serde_json::json!([]));
    let first = books.file(&[Slip::Missing(later.clone())]).await;
    let day = books.import(&first).well().json();
    assert_eq!(
        (&day["day"]["matched"], &day["day"]["breaks"]),
        (&1.into(), &serde_json::json!({}))
    );
    let before = books.gateway.store.head().await.unwrap().seq;
    let again = books.import(&first).well().json();
    assert_eq!(again["repeated"], true);
    let by_hand = books.gateway.store.head().await.unwrap().seq - before;
    assert_eq!(by_hand, 0, "nothing but what was recorded");
    assert_eq!(books.state(&here).await, InstructionState::Done);
    books.sound(0).await;
}
