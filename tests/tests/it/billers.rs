//! Paying billers that answer late, twice, wrongly or never: the real binary between a signing channel
//! and billers on the network. Whatever happens on the way, both sides end with the same opinion.

use jiaozi::trial::billers::faults::{Fault, Gate, Until};
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi_tests::billers::{CUSTOMERS, DUE, Payers, Utilities};
use jiaozi_tests::browser::plays;
use jiaozi_tests::installation::{Installation, On};
use jiaozi_tests::server::Server;
use serde_json::{Value, json};

const MORNING: &str = "2036-11-20T10:00:00+08:00";

/// Billers and a gateway on a morning far from every cut-off.
async fn morning(on: On) -> Option<(Utilities, Server, Payers)> {
    let utilities = Utilities::start(Installation::new(on).await?, MORNING).await;
    let server = utilities.serve();
    let payers = utilities.channel(&server);
    Some((utilities, server, payers))
}

async fn four_billers_are_paid(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    for (code, customer) in CUSTOMERS {
        let quote = payers.quote(code, customer).await;
        assert_eq!(quote.status, 200, "{code}: {:?}", quote.body);
        assert_eq!(quote.json()["total_fen"], DUE, "{code}");
        let accepted = payers.pay(code, &quote).await;
        assert_eq!(accepted.status, 202, "{code}: {:?}", accepted.body);
        let again = payers.pay(code, &quote).await;
        assert_eq!(again.body, accepted.body, "{code}: a repeat has the first answer");
        if code == "huaran-gas" {
            // It books when it is asked the first time.
            payers.until(&accepted.json(), "unknown").await;
            utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
        }
        let paid = payers.until(&accepted.json(), "paid").await;
        assert_eq!(utilities.truth(&paid), Some(Standing::Booked), "{code}");
        assert_eq!(paid["biller"]["settles_on"], "2036-11-20", "{code}");
    }
    drop(server);
    utilities.installation.payer_has_paid(4 * DUE).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

#[tokio::test(flavor = "multi_thread")]
async fn four_billers_that_differ_in_everything_are_paid_on_sqlite() {
    four_billers_are_paid(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_billers_that_differ_in_everything_are_paid_on_postgres() {
    four_billers_are_paid(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_such_customer_nothing_due_and_could_not_ask_are_three_answers() {
    let Some((utilities, _server, payers)) = morning(On::Sqlite).await else { return };
    for (code, customer) in CUSTOMERS {
        let stranger = payers.quote(code, "9999999999").await;
        assert_eq!(
            (stranger.status, stranger.code().as_str()),
            (404, "no_such_customer"),
            "{code}"
        );
        let malformed = payers.quote(code, "!").await;
        assert_eq!((malformed.status, malformed.code().as_str()), (400, "customer_number_invalid"));
        let accepted = payers.order(code, code, customer).await;
        if code == "huaran-gas" {
            payers.until(&accepted, "unknown").await;
            utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
        }
        payers.until(&accepted, "paid").await;
        let nothing = payers.quote(code, customer).await;
        assert_eq!((nothing.status, nothing.code().as_str()), (409, "nothing_due"), "{code}");
        utilities.biller(code).down().await;
        let down = payers.quote(code, customer).await;
        assert_eq!((down.status, down.code().as_str()), (503, "biller_unavailable"), "{code}");
    }
}

/// Pays a biller while a message goes wrong, and gives the payment once its outcome is not known.
async fn unknown(utilities: &Utilities, payers: &Payers, code: &str, fault: Fault) -> Value {
    utilities.biller(code).faults().next(Verb::Pay, fault);
    let accepted = payers.order(code, code, customer(code)).await;
    let unknown = payers.until(&accepted, "unknown").await;
    assert!(unknown["biller"]["next_asked_at"].is_string(), "{code}: it will be asked: {unknown}");
    unknown
}

fn customer(code: &str) -> &'static str {
    let found = CUSTOMERS.into_iter().find(|(one, _)| *one == code);
    found.expect("a customer").1
}

async fn what_was_booked_is_found_by_asking(on: On) {
    let faults = [
        ("rongjiang-water", Fault::NeverAnswers),
        ("minbei-power", Fault::WrongSignature),
        ("huaran-gas", Fault::Garbage),
        ("nanhu-college", Fault::Half),
    ];
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let mut payments = Vec::new();
    for (code, fault) in faults {
        payments.push(unknown(&utilities, &payers, code, fault).await);
    }
    utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
    for payment in payments {
        let paid = payers.until(&payment, "paid").await;
        assert_eq!(utilities.truth(&paid), Some(Standing::Booked), "{paid}");
    }
    drop(server);
    utilities.installation.payer_has_paid(4 * DUE).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_booked_and_not_told_is_found_by_asking_on_sqlite() {
    what_was_booked_is_found_by_asking(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_booked_and_not_told_is_found_by_asking_on_postgres() {
    what_was_booked_is_found_by_asking(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrived_is_reversed_so_that_it_cannot_arrive_later() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    for (code, minute) in [("rongjiang-water", 5), ("minbei-power", 15), ("nanhu-college", 25)] {
        let gate = Gate::new();
        let late = Fault::ArrivesLate(Until::Told(gate.clone()));
        let payment = unknown(&utilities, &payers, code, late).await;
        utilities.move_time(&payers, &format!("2036-11-20T10:{minute:02}:00+08:00")).await;
        payers.until(&payment, "reversing").await;
        let later = minute + 5;
        utilities.move_time(&payers, &format!("2036-11-20T10:{later:02}:00+08:00")).await;
        let reversed = payers.until(&payment, "reversed").await;
        // Now the payment arrives after all. The biller refuses it: its reversal came first.
        gate.open();
        assert_ne!(utilities.truth(&reversed), Some(Standing::Booked), "{code}");
        assert_eq!(payers.quote(code, customer(code)).await.status, 200, "{code}: it is still due");
    }
    drop(server);
    utilities.installation.payer_has_paid(0).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_decides_without_anybody_asking() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let gate = Gate::new();
    let late = Fault::AnswersLate(Until::Told(gate.clone()));
    let payment = unknown(&utilities, &payers, "minbei-power", late).await;
    gate.open();
    payers.until(&payment, "paid").await;
    let asked = |(verb, _): &(Verb, String)| *verb == Verb::Ask;
    assert!(!utilities.biller("minbei-power").faults().seen().iter().any(asked));
    drop(server);
    utilities.installation.payer_has_paid(DUE).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_biller_that_is_down_refuses_nothing_unknown_and_costs_the_others_nothing() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let quote = payers.quote("rongjiang-water", customer("rongjiang-water")).await;
    utilities.biller("rongjiang-water").down().await;
    let accepted = payers.pay("down", &quote).await;
    assert_eq!(accepted.status, 202, "the money is reserved before anyone is called");
    let refused = payers.until(&accepted.json(), "refused").await;
    assert_eq!(refused["biller"]["reason"], "refused", "nobody listens there: {refused}");
    assert_eq!(utilities.truth(&refused), None);
    let paid = payers.order("others", "minbei-power", customer("minbei-power")).await;
    payers.until(&paid, "paid").await;
    drop(server);
    utilities.installation.payer_has_paid(DUE).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_biller_that_goes_down_in_the_middle_and_stays_past_the_cut_off_is_asked_when_it_is_back()
{
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    // Booked and never told; the line is dead before anyone can ask.
    let payment = unknown(&utilities, &payers, "minbei-power", Fault::NeverAnswers).await;
    utilities.biller("minbei-power").down().await;
    utilities.move_time(&payers, "2036-11-20T12:00:00+08:00").await;
    utilities.move_time(&payers, "2036-11-20T17:30:00+08:00").await;
    let still = payers.read(&payment).await;
    assert!(["unknown", "reversing"].contains(&still["state"].as_str().unwrap_or("")), "{still}");
    utilities.biller("minbei-power").up().await.expect("the same port");
    utilities.move_time(&payers, "2036-11-20T18:30:00+08:00").await;
    let paid = payers.until(&payment, "paid").await;
    assert_eq!(utilities.truth(&paid), Some(Standing::Booked));
    assert_eq!(paid["clearing_date"], "2036-11-20", "its clearing date never changes");
    drop(server);
    utilities.installation.payer_has_paid(DUE).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

/// Nobody answers, and no file comes: two operators ask the biller and rule.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_ever_says_two_operators_rule_and_the_channel_is_told() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let college = unknown(&utilities, &payers, "nanhu-college", Fault::NeverAnswers).await;
    let water = unknown(&utilities, &payers, "rongjiang-water", Fault::NeverArrives).await;
    let run = |arguments: &[&str]| {
        let output = utilities.jiaozi().args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let listed = run(&["payment", "list", "--json"]);
    let orders: Vec<&Value> =
        listed.as_array().expect("a list").iter().map(|one| &one["order"]).collect();
    assert_eq!(orders, [&college["order"], &water["order"]]);
    for (payment, word, state) in [(&college, "--done", "paid"), (&water, "--not-done", "reversed")]
    {
        let order = payment["order"].as_str().expect("an order");
        let propose = ["payment", "propose", order, word, "--reason", "their desk"];
        let proposed = run(&[&propose[..], &["--operator", "li"]].concat());
        let approval = proposed["approval"].as_str().expect("an approval");
        run(&["approval", "approve", approval, "--operator", "wang"]);
        payers.until(payment, state).await;
        let again = utilities.jiaozi().args(propose).output().expect("it runs");
        assert!(String::from_utf8_lossy(&again.stderr).contains("is known"), "{again:?}");
    }
    let events = payers.client.get("/v1/events?limit=500").await.expect("answered").json();
    let ended = events["events"].as_array().expect("a list").iter();
    let ended: Vec<_> = ended
        .filter(|event| event["type"] == "payment.ended")
        .map(|event| (&event["data"]["order"], &event["data"]["state"]))
        .collect();
    let (paid, reversed) = (json!("paid"), json!("reversed"));
    assert_eq!(ended, [(&college["order"], &paid), (&water["order"], &reversed)]);
    drop(server);
    utilities.installation.payer_has_paid(DUE).await;
    utilities.installation.all_hold();
}

async fn a_gateway_that_dies_leaves_nothing_doubled(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let gate = Gate::new();
    let held = Fault::AnswersLate(Until::Told(gate.clone()));
    utilities.biller("nanhu-college").faults().next(Verb::Pay, held);
    let accepted = payers.order("dies", "nanhu-college", customer("nanhu-college")).await;
    gate.reached_by(1).await;
    server.kill();
    gate.open();

    let server = utilities.serve();
    let payers = utilities.channel(&server);
    assert_eq!(payers.read(&accepted).await["state"], "accepted", "nobody knows more yet");
    utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
    let unknown = payers.until(&accepted, "unknown").await;
    assert_eq!(unknown["biller"]["reason"], "no_outcome_on_record", "{unknown}");
    utilities.move_time(&payers, "2036-11-20T10:10:00+08:00").await;
    payers.until(&accepted, "paid").await;
    let told = |(verb, _): &&(Verb, String)| *verb == Verb::Pay;
    let seen = utilities.biller("nanhu-college").faults().seen();
    assert_eq!(seen.iter().filter(told).count(), 1, "it was told once");
    drop(server);
    utilities.installation.payer_has_paid(DUE).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_during_a_call_asks_and_tells_nothing_twice_on_sqlite() {
    a_gateway_that_dies_leaves_nothing_doubled(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_during_a_call_asks_and_tells_nothing_twice_on_postgres() {
    a_gateway_that_dies_leaves_nothing_doubled(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_taken_back_at_the_biller_until_its_day_is_over() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let accepted = payers.order("back", "rongjiang-water", customer("rongjiang-water")).await;
    let paid = payers.until(&accepted, "paid").await;
    let taken = payers.take_back("taken", &paid).await;
    assert_eq!((taken.status, taken.json()["state"].as_str()), (202, Some("reversing")));
    utilities.move_time(&payers, "2036-11-20T10:05:00+08:00").await;
    let reversed = payers.until(&paid, "reversed").await;
    assert_eq!(utilities.truth(&reversed), Some(Standing::Reversed));
    let again = payers.take_back("again", &paid).await;
    assert_eq!((again.status, again.code().as_str()), (409, "not_paid"));
    drop(server);
    utilities.installation.payer_has_paid(0).await;
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

/// A payer at the page pays water, and then power, whose answer never comes.
async fn pays_at_the_page(scene: &str) {
    let Some((utilities, server, _payers)) = morning(On::Sqlite).await else { return };
    utilities.biller("minbei-power").faults().next(Verb::Pay, Fault::NeverAnswers);
    plays("biller.mjs", scene, server);
    utilities.installation.all_hold();
    utilities.installation.agree("2036-11-20");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_sees_what_is_due_pays_and_is_told_the_truth_in_chinese() {
    pays_at_the_page("pays-zh").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_sees_what_is_due_pays_and_is_told_the_truth_in_english() {
    pays_at_the_page("pays-en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_without_scripts_is_told_the_truth_too() {
    pays_at_the_page("no-script").await;
}
