//! What files of the day leave open, and who decides it: later files, a last query, two operators. By the
//! real program.

use std::time::Duration;

use jiaozi::reconciliation::{asking, following};
use jiaozi::telemetry::Metrics;
use jiaozi::trial::billers::day_file::Slip;
use jiaozi::trial::billers::faults::Fault;
use jiaozi::trial::billers::office::{Bill, Customer};
use jiaozi::trial::billers::order::{Order, Outcome, Verb};
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;
use jiaozi::utility::billers::Billers;
use jiaozi::utility::follow_up;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::instruction::{Instruction, InstructionState, Said};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::check;
use jiff::civil::date;

use crate::biller_books::{Books, DAY, LATER, NEXT, found, is, line};
use crate::support::{Place, instant};

#[tokio::test]
async fn at_the_cut_off_a_payment_waits_for_the_file_of_the_next_day() {
    let mut books = Books::of(Place::empty(), "minbei-power").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    books.import(&books.file(&[Slip::Empty]).await).well();
    let waits = found(&books.breaks());
    assert_eq!(waits[&one], is("only_ours", "cut_off", [10_000, 0, 0]));
    books.sound(10_000).await;
    books.import(&books.written(NEXT, vec![line(&one, 10_000)], &[])).well();
    assert_eq!(books.breaks()["breaks"][0]["resolution"], "evidence");
    // The file of yet another day has it too: theirs to explain, and nobody is paid twice for it. The very
    // same file under another day's name is not even taken.
    let again = books.written(date(2036, 11, 22), vec![line(&one, 10_000)], &[]);
    let refused = books.import(&again);
    assert!(refused.both().contains("has the very bytes of 2036-11-21"), "{}", refused.both());
    let other = line(&format!("9{}", &one[1..]), 7);
    let again = books.written(date(2036, 11, 22), vec![line(&one, 10_000), other], &[]);
    books.import(&again).well();
    let breaks = books.breaks();
    let duplicate = breaks["breaks"].as_array().unwrap().iter();
    let duplicate: Vec<_> = duplicate.filter(|one| one["cause"] == "duplicate").collect();
    assert_eq!(duplicate.len(), 1, "{breaks}");
    assert_eq!(duplicate[0]["booked_fen"], 0);
    assert_eq!(books.suspense().await, -7);
    books.sound(10_007).await;
}

/// A payment that goes on after its break was opened is judged again: what the file says of it is another
/// difference now.
#[tokio::test]
async fn what_becomes_of_a_payment_changes_its_break() {
    for (done, is_now, unexplained) in [
        (true, is("amount", "other_amount", [15_000, 16_000, -1_000]), 1_000),
        (false, is("only_theirs", "reversed_here", [0, 16_000, -16_000]), 16_000),
    ] {
        let mut books = Books::of(Place::empty(), "minbei-power").await;
        let one = books.pay(15_000, Some(Said::Nothing)).await;
        books.gateway.store.move_time(instant(LATER)).await.unwrap();
        books.import(&books.written(DAY, vec![line(&one, 16_000)], &[])).well();
        let open = found(&books.breaks());
        assert_eq!(open[&one], is("amount", "other_amount", [15_000, 16_000, 0]));
        let (to, _) = following::follow(&books.gateway, None).await.unwrap();
        let id = books.breaks()["breaks"][0]["break"].as_str().unwrap().to_owned();
        let outcome = if done { "--done" } else { "--not-done" };
        let propose = ["break", "propose", &id, outcome, "--reason", "x", "--operator", "li"];
        let proposed = books.place.run(&propose).well().json();
        let approval = proposed["approval"].as_str().unwrap();
        books.place.run(&["approval", "approve", approval, "--operator", "wang"]).well();
        // A process that knows nothing of it begins at the cursor, one that does where it has stopped.
        let from = done.then_some(to);
        assert_eq!(following::follow(&books.gateway, from).await.unwrap().1, 1);
        assert_eq!(found(&books.breaks())[&one], is_now);
        books.sound(unexplained).await;
        // What the judging itself had to say of the payment is looked at once more, and that is all.
        let (end, _) = following::follow(&books.gateway, None).await.unwrap();
        assert_eq!(following::follow(&books.gateway, Some(end)).await.unwrap(), (end, 0));
    }
}

/// A payment is said, asked for and undone under one date: that of its acceptance.
#[tokio::test]
async fn a_payment_that_leaves_after_midnight_is_asked_for_under_the_date_it_was_said_with() {
    let mut books = Books::of(Place::empty(), "rongjiang-water").await;
    let one = books.pay(10_000, None).await;
    let order = books.instruction(&one).await.order;
    let (biller, billers) = reached(&books).await;
    biller.office().set_time(date(2036, 11, 21).at(0, 0, 1, 0));
    biller.office().bill(customer("0000000001"), vec![bill()]);
    biller.faults().next(Verb::Pay, Fault::Closes);
    books.gateway.store.move_time(instant("2036-11-20T16:00:01Z")).await.unwrap();
    // It may not leave any more once others may have given it up.
    let long_ago = tokio::time::Instant::now() - Duration::from_secs(3_600);
    let tell = follow_up::tell(&books.gateway, &billers, order, tokio::time::Instant::now());
    tell.await.unwrap();
    assert_eq!(books.state(&one).await, InstructionState::Unknown);
    books.gateway.store.move_time(instant("2036-11-21T01:00:00Z")).await.unwrap();
    let asked = books.instruction(&one).await;
    follow_up::carry_out(&books.gateway, &billers, &asked).await.unwrap();
    assert_eq!(books.state(&one).await, InstructionState::Done, "it was found");
    let late = books.pay(10_000, None).await;
    let order = books.instruction(&late).await.order;
    follow_up::tell(&books.gateway, &billers, order, long_ago).await.unwrap();
    assert_eq!(books.state(&late).await, InstructionState::Refused, "it was surely not sent");
    assert!(!biller.office().truth().contains_key(&late));
}

fn customer(number: &str) -> Customer {
    Customer { number: number.to_owned(), name: "林".to_owned(), repeats: "C-1".to_owned() }
}

fn bill() -> Bill {
    Bill {
        id: "B".to_owned(),
        fee: "水费".to_owned(),
        period: "203611".to_owned(),
        amount_fen: 10_000,
        late_fee_fen: 0,
    }
}

#[tokio::test]
async fn presence_decides_what_nobody_knew_and_absence_only_asks_a_last_time() {
    let mut books = Books::of(Place::empty(), "minbei-power").await;
    let there = books.pay(10_000, Some(Said::Nothing)).await;
    let absent = books.pay(5_000, Some(Said::Nothing)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    books.import(&books.written(DAY, vec![line(&there, 10_000)], &[])).well();
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    assert_eq!(books.state(&there).await, InstructionState::Done);
    assert_eq!(books.state(&absent).await, InstructionState::Unknown);
    let open = books.breaks();
    assert_eq!(found(&open)[&absent], is("unknown", "status_not_known", [5_000, 0, 0]));
    assert_eq!(open["unexplained_fen"], 5_000, "not twice");
    books.sound(5_000).await;

    // Two operators rule; the same one cannot.
    let id = open["breaks"][0]["break"].as_str().unwrap().to_owned();
    let propose = ["break", "propose", &id, "--not-done", "--reason", "x", "--operator", "li"];
    let proposed = books.place.run(&propose).well().json();
    let approval = proposed["approval"].as_str().unwrap();
    let approve = |by: &str| books.place.run(&["approval", "approve", approval, "--operator", by]);
    assert_eq!(approve("li").code, Some(1));
    approve("wang").well();
    assert_eq!(books.state(&absent).await, InstructionState::Reversed);
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    assert_eq!(books.breaks()["breaks"][0]["resolution"], "evidence");
    books.sound(0).await;
}

/// A biller on the network, and the lines to it.
async fn reached(books: &Books) -> (Biller, Billers) {
    let biller = Biller::start(RongjiangWater, date(2036, 11, 23).at(10, 0, 0, 0), None);
    let biller = biller.await.unwrap();
    let addresses = format!("{}={}", books.code, biller.address());
    let config = books.place.config_with(&[("OUTBOUND_ADDRESSES", &addresses)]);
    let metrics = Metrics::new("test").unwrap();
    let billers = Billers::open(&books.gateway, &config.outbound, &metrics.meter()).unwrap();
    (biller, billers)
}

#[tokio::test]
async fn a_last_query_decides_what_no_file_has_and_silence_decides_nothing() {
    for (truly_done, state, kind) in [
        (false, InstructionState::Reversed, None),
        (true, InstructionState::Done, Some("only_ours")),
    ] {
        let mut books = Books::of(Place::empty(), "rongjiang-water").await;
        let one = books.pay(10_000, Some(Said::Nothing)).await;
        books.gateway.store.move_time(instant(LATER)).await.unwrap();
        books.until_nobody_is_asked(&one).await;
        books.import(&books.written(DAY, Vec::new(), &[])).well();
        assert!(waiting(&books).await.is_none(), "the file of the next day is not there");
        books.import(&books.written(NEXT, Vec::new(), &[])).well();
        let (biller, billers) = reached(&books).await;
        if truly_done {
            let number = "0012345678".to_owned();
            biller.office().bill(customer(&number), vec![bill()]);
            let order = Order {
                verb: Verb::Pay,
                reference: one.clone(),
                sent_on: Some(DAY),
                customer: Some(number),
                amount_fen: Some(10_000),
                bills: None,
                repeats: Some("C-1".to_owned()),
                echo: Vec::new(),
            };
            let booked = biller.office().carry_out(&order, false);
            assert!(matches!(booked, Outcome::Booked { .. }), "{booked:?}");
        }
        biller.down().await;
        let (found, ours) = waiting(&books).await.unwrap();
        asking::bring_on(&books.gateway, &billers, &found, &ours).await.unwrap();
        assert_eq!(books.state(&one).await, InstructionState::Unknown, "nobody has answered");
        biller.up().await.unwrap();
        asking::bring_on(&books.gateway, &billers, &found, &ours).await.unwrap();
        assert_eq!(books.state(&one).await, state);
        let breaks = books.breaks();
        let resolved = breaks["breaks"][0]["resolution"] == "evidence";
        assert_eq!(resolved, kind.is_none(), "{breaks}");
        if let Some(kind) = kind {
            assert_eq!(self::found(&breaks)[&one], is(kind, "not_listed", [10_000, 0, 10_000]));
        }
        books.sound(if truly_done { 10_000 } else { 0 }).await;
    }
}

/// The one break whose payment is to be asked for now.
async fn waiting(books: &Books) -> Option<(Break, Instruction)> {
    let found = asking::waiting(&books.gateway).await.unwrap().pop()?;
    let ours = asking::payment(&books.gateway, &found).await.unwrap()?;
    Some((found, ours))
}

#[tokio::test]
async fn an_owner_lowers_nothing_and_two_operators_move_what_is_explained() {
    let mut books = Books::of(Place::empty(), "rongjiang-water").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    let open = books.both_days(&[Slip::Missing(one)]).await;
    let id = open["breaks"][0]["break"].as_str().unwrap().to_owned();
    books.place.run(&["break", "own", &id, "--owner", "li.wei"]).well();
    let owned = books.place.run(&["break", "show", &id]).well().json();
    assert_eq!((&owned["owner"], &owned["unexplained_fen"]), (&"li.wei".into(), &10_000.into()));
    let report = books.place.run(&["day", "report", "--date", "2036-11-20", "--json"]);
    assert_eq!(report.code, Some(1), "{}", report.both());
    let report = report.json();
    let billers = report["billers"].as_array().unwrap();
    let water = billers.iter().find(|one| one["partner"] == "rongjiang-water").unwrap();
    assert_eq!(water["breaks"], serde_json::json!({"only_ours": 1}));
    assert_eq!(report["unexplained_fen"], 10_000);
    assert_eq!(report["unexplained"]["rongjiang-water"]["ages"]["today_fen"], 10_000);
    let propose = [
        "break",
        "propose",
        &id,
        "--account",
        "deposit:li",
        "--reason",
        "their letter",
        "--operator",
        "li",
    ];
    let proposed = books.place.run(&propose).well().json();
    let approval = proposed["approval"].as_str().unwrap();
    let approve = |by: &str| books.place.run(&["approval", "approve", approval, "--operator", by]);
    assert_eq!(approve("li").code, Some(1));
    assert_eq!(books.suspense().await, 10_000);
    approve("wang").well();
    let resolved = books.place.run(&["break", "show", &id]).well().json();
    assert_eq!(
        (&resolved["resolution"], &resolved["approval"]),
        (&"approved".into(), &approval.into())
    );
    assert_eq!(books.suspense().await, 0);
    books.sound(0).await;
}

#[tokio::test]
async fn whoever_changes_what_is_in_suspense_behind_the_books_is_found() {
    let mut books = Books::of(Place::empty(), "rongjiang-water").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.both_days(&[Slip::Missing(one)]).await;
    let execute = async |sql: &str| {
        let (mut unit, _) = books.gateway.store.engine().begin().await.unwrap();
        assert!(unit.execute(sql.to_owned(), vec![Cell::Int(1)]).await.unwrap() > 0, "{sql}");
        unit.commit().await.unwrap();
    };
    for (change, back) in [
        (
            "update breaks set booked_fen = booked_fen - 1 where book = $1",
            "update breaks set booked_fen = booked_fen + 1 where book = $1",
        ),
        (
            "update breaks set moved_fen = 1 where book = $1",
            "update breaks set moved_fen = 0 where book = $1",
        ),
        (
            "update instructions set state = 1 where book = $1",
            "update instructions set state = 3 where book = $1",
        ),
        (
            "update statements set taken = lines + 1 where book = $1",
            "update statements set taken = lines where book = $1",
        ),
    ] {
        execute(change).await;
        let (all, _) = check::check(&books.gateway.store, &mut |_| {}).await.unwrap();
        let broken: Vec<&str> = all.iter().filter(|one| !one.holds).map(|one| one.name).collect();
        assert_eq!(broken, ["I5"], "{change}");
        execute(back).await;
        books.sound(10_000).await;
    }
}

#[tokio::test]
async fn no_correction_by_hand_touches_what_belongs_to_open_items() {
    let mut books = Books::of(Place::empty(), "rongjiang-water").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.both_days(&[Slip::Missing(one)]).await;
    let suspense = "suspense:unexplained:rongjiang-water";
    let adjust = ["account", "adjust", "--debit", suspense, "--credit", "deposit:li", "--fen", "1"];
    let by_li = ["--reason", "x", "--operator", "li"];
    let proposed = books.place.run(&[&adjust[..], &by_li[..]].concat()).well().json();
    let approval = proposed["approval"].as_str().unwrap();
    let approved = books.place.run(&["approval", "approve", approval, "--operator", "wang"]);
    assert!(
        approved.code == Some(1) && approved.err.contains("account_of_items"),
        "{}",
        approved.both()
    );
    books.sound(10_000).await;
}

/// Where an empty day has no file, the next file says that it was empty.
#[tokio::test]
async fn of_a_biller_that_sends_no_empty_files_a_later_one_says_that_the_days_before_were_empty() {
    let place = Place::empty();
    let spec = place.path("partners/huaran-gas/partner.toml");
    let text = std::fs::read_to_string(&spec).unwrap();
    assert!(text.contains("empty_day = \"has_file\""));
    std::fs::write(&spec, text.replace("\"has_file\"", "\"has_none\"")).unwrap();
    let mut books = Books::of(place, "huaran-gas").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant("2036-11-27T02:00:00Z")).await.unwrap();
    assert!(!found(&books.breaks()).contains_key(&one), "nothing is known of its day");
    books.import(&books.written(date(2036, 11, 24), Vec::new(), &[])).well();
    let breaks = found(&books.breaks());
    assert_eq!(breaks[&one], is("only_ours", "not_listed", [10_000, 0, 10_000]));
    books.sound(10_000).await;
}
