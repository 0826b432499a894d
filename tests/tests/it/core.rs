//! Paying from accounts with the bank's core: the real binary between a signing channel, a core and billers
//! on the network. Whatever happens on the way, the core, the biller and the books end with the same
//! opinion, and the customer has paid once or not at all.

mod told;

use jiaozi::trial::billers::faults::{Fault, Gate, Until};
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi_tests::billers::{CUSTOMERS, DUE, Payers, Utilities};
use jiaozi_tests::core::NUMBER;
use jiaozi_tests::installation::{Installation, On, PAYER};
use jiaozi_tests::parties::{Parties, house};
use jiaozi_tests::server::Server;
use serde_json::{Value, json};

const MORNING: &str = "2036-11-20T10:00:00+08:00";
const WATER: &str = CUSTOMERS[0].0;
const AT_WATER: &str = CUSTOMERS[0].1;
const POWER: &str = CUSTOMERS[1].0;
const AT_POWER: &str = CUSTOMERS[1].1;

/// A core, billers and a gateway on a morning far from every cut-off.
async fn morning(on: On) -> Option<(Utilities, Server, Payers)> {
    let utilities = Utilities::start(Installation::new(on).await?, MORNING).await;
    let utilities = utilities.with_core().await;
    let server = utilities.serve();
    let payers = utilities.channel(&server);
    Some((utilities, server, payers))
}

async fn at_water(payers: &Payers, key: &str) -> Value {
    let quote = payers.quote(WATER, AT_WATER).await;
    let accepted = payers.draw(key, &quote).await;
    assert_eq!(accepted.status, 202, "{:?}", accepted.body);
    accepted.json()
}

/// Changes one row behind the back of everybody.
async fn change_behind(utilities: &Utilities, sql: &str) {
    let gateway = utilities.installation.gateway().await;
    let (mut unit, _) = gateway.store.engine().begin().await.expect("begun");
    assert_eq!(unit.execute(sql.to_owned(), Vec::new()).await.expect("changed"), 1, "{sql}");
    unit.commit().await.expect("committed");
    gateway.store.close().await.expect("closed");
}

/// The books hold, nothing is left where money only passes through, and the customer was debited so much.
#[track_caller]
fn ends_well(utilities: &Utilities, debited: i64) {
    assert_eq!(utilities.debited(), debited, "what the core has taken");
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

async fn a_payment_waits_for_the_core_and_is_made_once(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let quote = payers.quote(WATER, AT_WATER).await;
    let accepted = payers.draw("one", &quote).await;
    assert_eq!((accepted.status, &accepted.json()["state"]), (202, &json!("accepted")));
    assert_eq!(accepted.json()["core"]["account"], "0001", "answers are kept without the number");
    assert!(!String::from_utf8_lossy(&accepted.body).contains(NUMBER));
    for _ in 0..3 {
        let again = payers.draw("one", &quote).await;
        assert_eq!((again.status, &again.body), (202, &accepted.body), "the first answer");
    }
    let other_payer = payers.pay("one", &quote).await;
    assert_eq!((other_payer.status, other_payer.code().as_str()), (422, "idempotency_conflict"));
    let paid = payers.until(&accepted.json(), "paid").await;
    assert_eq!(paid["order"], accepted.json()["order"], "known from the beginning");
    assert_eq!(paid["core"]["state"], "spent");
    assert!(paid["core"]["their_reference"].is_string(), "{paid}");
    assert_eq!(utilities.truth_at_core(&paid), Some(Standing::Booked));
    assert_eq!(utilities.truth(&paid), Some(Standing::Booked));

    let parties = Parties::of(&utilities.installation, &server);
    parties.publish("core", 1, 20_000).await;
    let quote = parties.quote("q", &house("core", 0)).await.expect("answered");
    let total = quote.json()["total_fen"].as_i64().expect("a total");
    let accepted = payers.draw("two", &quote).await;
    assert_eq!((accepted.status, &accepted.json()["scene"]), (202, &json!("property")));
    let paid = payers.until(&accepted.json(), "paid").await;
    assert_eq!(paid["core"]["state"], "spent");

    // Who pays from a deposit of our own books is paid at once, core or not.
    let quote = payers.quote(POWER, AT_POWER).await;
    let own = payers.pay("three", &quote).await;
    payers.until(&own.json(), "paid").await;
    let listed = format!("/v1/payments?account=customer:{NUMBER}");
    let listed = payers.client.get(&listed).await.expect("answered").json();
    assert_eq!(listed["payments"].as_array().map(Vec::len), Some(2), "{listed}");
    drop(server);
    let passing = |code: &'static str| {
        let installation = &utilities.installation;
        async move {
            let gateway = installation.gateway().await;
            let account = gateway.store.account(code).await.expect("read").expect("open");
            gateway.store.close().await.expect("closed");
            account.posted.0
        }
    };
    assert_eq!(passing("customer:622202000001").await, 0, "it only passed through");
    ends_well(&utilities, DUE + total);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_waits_for_the_core_and_is_made_once_on_sqlite() {
    a_payment_waits_for_the_core_and_is_made_once(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_waits_for_the_core_and_is_made_once_on_postgres() {
    a_payment_waits_for_the_core_and_is_made_once(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_core_refuses_is_named_and_nobody_else_is_asked() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let office = utilities.the_core().office();
    office.open_account("622202000002", DUE - 1);
    office.open_account("622202000003", DUE);
    office.freeze("622202000003");
    let quote = payers.quote(WATER, AT_WATER).await;
    for (number, reason) in [
        ("622202999999", "core_no_such_account"),
        ("622202000002", "core_insufficient_funds"),
        ("622202000003", "core_account_frozen"),
    ] {
        let accepted = payers.draw_from(number, &quote, number).await;
        let refused = payers.until(&accepted.json(), "refused").await;
        assert_eq!(
            (&refused["core"]["state"], &refused["core"]["reason"]),
            (&json!("refused"), &json!(reason))
        );
        assert!(refused["biller"].is_null(), "{refused}");
    }
    utilities.the_core().down().await;
    let refused = payers.until(&payers.draw("down", &quote).await.json(), "refused").await;
    assert_eq!(refused["core"]["reason"], "core_unreachable", "{refused}");
    let wrong = payers.draw_from("short", &quote, "12").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "core_account_invalid"));
    let asked = |(verb, _): &(Verb, String)| *verb == Verb::Pay;
    assert!(!utilities.biller(WATER).faults().seen().iter().any(asked), "no biller was");
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_core_nobody_pays_from_it_and_a_core_that_is_none_stops_the_start() {
    let installation = Installation::new(On::Sqlite).await.expect("SQLite is always there");
    let utilities = Utilities::start(installation, MORNING).await;
    let server = utilities.serve();
    let payers = utilities.channel(&server);
    let quote = payers.quote(WATER, AT_WATER).await;
    let refused = payers.draw("none", &quote).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "no_core"));
    let paid = payers.pay("own", &quote).await;
    payers.until(&paid.json(), "paid").await;
    drop(server);
    let mut wrong = utilities.jiaozi();
    let wrong = wrong.env("JIAOZI_CORE_PARTNER", WATER).args(["serve"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(64), "{said}");
    assert!(said.contains("JIAOZI_CORE_PARTNER") && said.contains("kind `core`"), "{said}");
}

async fn what_the_core_did_and_did_not_tell_is_found_by_asking(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    utilities.the_core().faults().next(Verb::Pay, Fault::NeverAnswers);
    let accepted = at_water(&payers, "silent").await;
    let unknown = payers.until(&accepted, "unknown").await;
    assert_eq!(
        (&unknown["core"]["state"], &unknown["core"]["asked"]),
        (&json!("asked"), &json!("unknown"))
    );
    assert!(unknown["core"]["next_asked_at"].is_string(), "{unknown}");
    utilities.move_time(&payers, "2036-11-20T10:01:00+08:00").await;
    payers.until(&accepted, "paid").await;
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_core_did_and_did_not_tell_is_found_by_asking_on_sqlite() {
    what_the_core_did_and_did_not_tell_is_found_by_asking(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_core_did_and_did_not_tell_is_found_by_asking_on_postgres() {
    what_the_core_did_and_did_not_tell_is_found_by_asking(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_that_never_arrived_is_reversed_and_refused_when_it_comes() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let gate = Gate::new();
    let late = Fault::ArrivesLate(Until::Told(gate.clone()));
    utilities.the_core().faults().next(Verb::Pay, late);
    let accepted = at_water(&payers, "late").await;
    payers.until(&accepted, "unknown").await;
    utilities.move_time(&payers, "2036-11-20T10:01:00+08:00").await;
    payers.until(&accepted, "reversing").await;
    utilities.move_time(&payers, "2036-11-20T10:02:00+08:00").await;
    let reversed = payers.until(&accepted, "reversed").await;
    gate.open();
    assert_eq!(reversed["core"]["state"], "refused", "nothing of ours had moved: {reversed}");
    assert_eq!(utilities.truth_at_core(&reversed), Some(Standing::NeverCame));
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_done_that_is_older_than_our_reversal_decides_nothing() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let gate = Gate::new();
    let faults = utilities.the_core().faults();
    faults.next(Verb::Pay, Fault::AnswersLate(Until::Told(gate.clone())));
    // It has the debit, and does not find it yet when it is asked.
    faults.next(Verb::Ask, Fault::Code("1440".to_owned()));
    let accepted = at_water(&payers, "late").await;
    payers.until(&accepted, "unknown").await;
    utilities.move_time(&payers, "2036-11-20T10:01:00+08:00").await;
    payers.until(&accepted, "reversing").await;
    utilities.move_time(&payers, "2036-11-20T10:02:00+08:00").await;
    let reversed = payers.until(&accepted, "reversed").await;
    gate.open();
    assert_eq!(utilities.truth_at_core(&reversed), Some(Standing::Reversed));
    // The bill can be paid by somebody else, and is paid once.
    let own = payers.pay("own", &payers.quote(WATER, AT_WATER).await).await;
    payers.until(&own.json(), "paid").await;
    assert_eq!(payers.read(&accepted).await["state"], "reversed");
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_biller_refuses_goes_back_to_the_core() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    // The first reversal is not answered: it is repeated under the same reference.
    utilities.the_core().faults().next(Verb::Reverse, Fault::NeverAnswers);
    utilities.biller(WATER).faults().next(Verb::Pay, Fault::Code("WAT0102".to_owned()));
    let accepted = at_water(&payers, "refused").await;
    let refused = payers.until_drawn(&accepted, "returning").await;
    assert_eq!(
        (&refused["state"], &refused["core"]["reason"]),
        (&json!("refused"), &json!("payment_refused"))
    );
    utilities.move_time(&payers, "2036-11-20T10:00:10+08:00").await;
    payers
        .until_so(&accepted, |read| {
            read["core"]["step"] == "reverse" && read["core"]["next_asked_at"].is_string()
        })
        .await;
    utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
    payers.until_drawn(&accepted, "returned").await;
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_taken_back_at_the_biller_and_at_the_core_on_sqlite() {
    a_payment_is_taken_back_at_the_biller_and_at_the_core(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_taken_back_at_the_biller_and_at_the_core_on_postgres() {
    a_payment_is_taken_back_at_the_biller_and_at_the_core(On::Postgres).await;
}

async fn a_payment_is_taken_back_at_the_biller_and_at_the_core(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let accepted = at_water(&payers, "back").await;
    let paid = payers.until(&accepted, "paid").await;
    let taken = payers.take_back("taken", &paid).await;
    assert_eq!(taken.status, 202, "{:?}", taken.body);
    utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
    payers.until(&paid, "reversed").await;
    payers.until_drawn(&paid, "returning").await;
    let again = payers.take_back("taken", &paid).await;
    assert_eq!((again.status, &again.body), (202, &taken.body), "the first answer");
    utilities.move_time(&payers, "2036-11-20T10:10:00+08:00").await;
    payers.until_drawn(&paid, "returned").await;

    let parties = Parties::of(&utilities.installation, &server);
    parties.publish("back", 2, 20_000).await;
    let mut paid = Vec::new();
    for nth in 0..2 {
        let quote = parties.quote(&format!("q{nth}"), &house("back", nth)).await.expect("answered");
        let accepted = payers.draw(&format!("pay{nth}"), &quote).await;
        paid.push(payers.until(&accepted.json(), "paid").await);
    }
    let cancelled = payers.take_back("cancel", &paid[0]).await;
    assert_eq!((cancelled.status, &cancelled.json()["state"]), (200, &json!("cancelled")));
    let again = payers.take_back("cancel", &paid[0]).await;
    assert_eq!((again.status, &again.body), (200, &cancelled.body), "the first answer");
    utilities.move_time(&payers, "2036-11-20T10:15:00+08:00").await;
    payers.until_drawn(&paid[0], "returned").await;
    let again = payers.take_back("again", &paid[0]).await;
    assert_eq!((again.status, again.code().as_str()), (409, "not_paid"));
    let kept = paid[1]["amount_fen"].as_i64().expect("an amount");
    assert_eq!(utilities.debited(), kept);
    let order = paid[1]["order"].as_str().expect("an order");
    let (path, body) =
        (format!("/v1/payments/{order}/refunds"), json!({"amount_fen": 1, "reason": "other"}));
    let refund = payers.client.post(&path, "refund", &body).await.expect("answered");
    assert_eq!((refund.status, refund.code().as_str()), (409, "no_refund_to_core"));
    utilities.move_time(&payers, "2036-11-20T23:10:00+08:00").await;
    let late = payers.take_back("late", &paid[1]).await;
    assert_eq!((late.status, late.code().as_str()), (409, "core_day_over"));
    drop(server);
    ends_well(&utilities, kept);
    // What was cancelled has been on the payer's account and is none of the day's differences.
    let mut report = utilities.jiaozi();
    let report = report.args(["day", "report", "--date", "2036-11-20"]).output().expect("it runs");
    assert!(report.status.success(), "{report:?}");
}

async fn a_gateway_that_dies_while_the_core_is_asked_pays_once(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let gate = Gate::new();
    let held = Fault::AnswersLate(Until::Told(gate.clone()));
    utilities.the_core().faults().next(Verb::Pay, held);
    let accepted = at_water(&payers, "dies").await;
    gate.reached_by(1).await;
    server.kill();
    gate.open();

    let server = utilities.serve();
    let payers = utilities.channel(&server);
    assert_eq!(payers.read(&accepted).await["state"], "accepted", "nobody knows more yet");
    utilities.move_time(&payers, "2036-11-20T10:02:00+08:00").await;
    let unknown = payers.until(&accepted, "unknown").await;
    assert_eq!(unknown["core"]["reason"], "no_outcome_on_record", "{unknown}");
    utilities.move_time(&payers, "2036-11-20T10:03:00+08:00").await;
    payers.until(&accepted, "paid").await;
    let told = |(verb, _): &&(Verb, String)| *verb == Verb::Pay;
    let seen = utilities.the_core().faults().seen();
    assert_eq!(seen.iter().filter(told).count(), 1, "it was asked once");
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_while_the_core_is_asked_pays_once_on_sqlite() {
    a_gateway_that_dies_while_the_core_is_asked_pays_once(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_while_the_core_is_asked_pays_once_on_postgres() {
    a_gateway_that_dies_while_the_core_is_asked_pays_once(On::Postgres).await;
}

async fn a_gateway_that_dies_between_draw_and_payment_goes_on(on: On) {
    let Some(installation) = Installation::new(on).await else { return };
    let utilities = Utilities::start(installation, MORNING).await.with_core().await;
    // A process that only answers: money is drawn there, and nobody spends it.
    let server = utilities.serve_with(&["--role", "http"]);
    let payers = utilities.channel(&server);
    let parties = Parties::of(&utilities.installation, &server);
    parties.publish("gap", 1, 20_000).await;
    let quote = parties.quote("q", &house("gap", 0)).await.expect("answered");
    let (first, water) = (payers.draw("one", &quote).await.json(), at_water(&payers, "two").await);
    for payment in [&first, &water] {
        let drawn = payers.until_drawn(payment, "drawn").await;
        assert_eq!(drawn["state"], "accepted", "{drawn}");
    }
    utilities.installation.all_hold();
    // Meanwhile somebody else pays the bill of the company.
    let body = json!({"quote": quote.json()["token"], "payer": PAYER});
    let other = payers.client.post("/v1/payments", "other", &body).await.expect("answered");
    assert_eq!(other.status, 201, "{:?}", other.body);
    server.kill();
    // Whoever read the feed meanwhile could do nothing about it, and has passed it over.
    let read = "insert into cursors (book, reader, seq) select book, 'draws', seq from books";
    change_behind(&utilities, read).await;

    let server = utilities.serve();
    let payers = utilities.channel(&server);
    payers.until(&water, "paid").await;
    let back = payers.until(&first, "reversing").await;
    assert_eq!(back["core"]["reason"], "bill_paid_meanwhile", "{back}");
    utilities.move_time(&payers, "2036-11-20T10:01:00+08:00").await;
    let reversed = payers.until(&first, "reversed").await;
    assert_eq!(utilities.truth_at_core(&reversed), Some(Standing::Reversed));
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_between_draw_and_payment_goes_on_on_sqlite() {
    a_gateway_that_dies_between_draw_and_payment_goes_on(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_between_draw_and_payment_goes_on_on_postgres() {
    a_gateway_that_dies_between_draw_and_payment_goes_on(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drawn_money_that_cannot_be_spent_goes_back_and_keeps_nobody_waiting() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    // The last numbers that the biller takes: enough to ask what is due, too few to pay it.
    let last = "insert into numbers (book, name, next) values (1, 'rongjiang-water', 999999999998)";
    change_behind(&utilities, last).await;
    let accepted = at_water(&payers, "numberless").await;
    let back = payers.until_drawn(&accepted, "returning").await;
    assert_eq!(back["core"]["reason"], "references_exhausted", "{back}");
    let quote = payers.quote(POWER, AT_POWER).await;
    let other = payers.draw("other", &quote).await;
    payers.until(&other.json(), "paid").await;
    utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
    let returned = payers.until_drawn(&accepted, "returned").await;
    assert_eq!(utilities.truth_at_core(&returned), Some(Standing::Reversed));
    drop(server);
    ends_well(&utilities, DUE);
}

async fn whoever_changes_draws_behind_the_books_is_found(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let accepted = at_water(&payers, "paid").await;
    payers.until(&accepted, "paid").await;
    drop(server);
    utilities.installation.all_hold();
    let tamper = |sql| change_behind(&utilities, sql);
    for (change, back) in [
        ("update draws set state = 3", "update draws set state = 2"),
        (
            "update draws set drawn_seq = drawn_seq - 1",
            "update draws set drawn_seq = drawn_seq + 1",
        ),
        ("update draws set returned_seq = drawn_seq", "update draws set returned_seq = null"),
        (
            "update draws set amount_fen = amount_fen + 1",
            "update draws set amount_fen = amount_fen - 1",
        ),
    ] {
        tamper(change).await;
        let output = utilities.installation.jiaozi().arg("check").output().expect("it runs");
        assert!(!output.status.success(), "not found: {change}");
        tamper(back).await;
        utilities.installation.all_hold();
    }
    // One that is gone with all that was asked for it is missed by the feed.
    tamper("delete from draws").await;
    tamper("delete from instructions where partner = 'minrong-core'").await;
    let output = utilities.installation.jiaozi().arg("check").output().expect("it runs");
    assert!(!output.status.success(), "a draw is lost and nobody misses it");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_draws_behind_the_books_is_found_on_sqlite() {
    whoever_changes_draws_behind_the_books_is_found(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_draws_behind_the_books_is_found_on_postgres() {
    whoever_changes_draws_behind_the_books_is_found(On::Postgres).await;
}
