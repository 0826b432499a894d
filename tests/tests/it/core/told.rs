//! What the core's files tell, and what is told of payments from it: to payers at the pages, to operators
//! and to the doctor.

use jiaozi::trial::billers::faults::{Fault, Gate, Until};
use jiaozi::trial::billers::order::Verb;
use jiaozi_tests::billers::{DUE, Utilities};
use jiaozi_tests::core::{AtPages, CORE, NUMBER};
use jiaozi_tests::installation::On;

use serde_json::{Value, json};

use super::{AT_POWER, AT_WATER, POWER, WATER, at_water, ends_well, morning};

/// Puts the core's file of a day into the books; says what came of it.
async fn file(utilities: &Utilities, date: &str) -> Value {
    let file = utilities.the_core().day_file(date.parse().expect("a date"), &[]);
    let path = utilities.installation.folder().join(&file.name);
    std::fs::write(&path, &file.bytes).expect("written");
    let mut import = utilities.jiaozi();
    import.args(["file", "import", "statement", "--partner", CORE, "--json"]).arg(&path);
    let output = import.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_stays_silent_past_its_day_is_decided_by_its_files() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let faults = utilities.the_core().faults();
    faults.next(Verb::Pay, Fault::NeverAnswers);
    faults.next(Verb::Pay, Fault::NeverArrives);
    faults.rule(|order, _| (order.verb != Verb::Pay).then(|| Fault::Code("9999".to_owned())));
    let booked = payers.until(&at_water(&payers, "booked").await, "unknown").await;
    let quote = payers.quote(POWER, AT_POWER).await;
    let lost = payers.until(&payers.draw("lost", &quote).await.json(), "unknown").await;
    utilities.the_core().down().await;
    utilities.move_time(&payers, "2036-11-20T12:00:00+08:00").await;
    utilities.move_time(&payers, "2036-11-20T23:30:00+08:00").await;
    for payment in [&booked, &lost] {
        let still = payers.read(payment).await;
        assert_eq!(still["core"]["state"], "asked", "nothing of ours has moved: {still}");
    }
    // Presence decides: the core has taken the money, nobody is to have it any more, and it takes nothing
    // back. The payer is told, and two operators say when it was given back.
    let taken = file(&utilities, "2036-11-20").await;
    assert_eq!(taken["day"]["breaks"], json!({"unknown": 1}), "{taken}");
    let known = payers.until_drawn(&booked, "returning").await;
    assert_eq!(
        (&known["core"]["asked"], &known["core"]["contested"]),
        (&json!("done"), &json!(true))
    );
    // Absence decides with the file of the next day and a last query.
    utilities.move_time(&payers, "2036-11-21T23:30:00+08:00").await;
    file(&utilities, "2036-11-21").await;
    assert_eq!(payers.read(&lost).await["core"]["state"], "asked", "it was not asked a last time");
    utilities.the_core().up().await.expect("the same port");
    faults.clear();
    // Its questions go on where they were, and then it is asked a last time.
    for minute in (35..59).step_by(3) {
        let before = payers.read(&lost).await;
        utilities.move_time(&payers, &format!("2036-11-21T23:{minute}:00+08:00")).await;
        let asked_again = |read: &Value| {
            read["state"] == "reversed"
                || read["core"]["next_asked_at"] != before["core"]["next_asked_at"]
        };
        if payers.until_so(&lost, asked_again).await["core"]["step"] == "rest" {
            break;
        }
    }
    utilities.move_time(&payers, "2036-11-21T23:59:30+08:00").await;
    payers.until(&lost, "reversed").await;
    assert_eq!(utilities.truth_at_core(&lost), None);
    let mut list = utilities.jiaozi();
    let list = list.args(["core", "list", "--json"]).output().expect("it runs");
    let open: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    assert_eq!(open[0]["order"], booked["order"], "{open}");
    let mut doctor = utilities.jiaozi();
    let doctor = doctor.args(["doctor", "--json"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("1 draw must be given back by hand"), "{said}");
    assert!(said.contains("minrong-core takes connections"), "{said}");
    // It is given back at the counter, and two operators say so.
    let draw = open[0]["draw"].as_str().expect("a draw").to_owned();
    let said = |words: &[&str]| {
        let mut command = utilities.jiaozi();
        let output = command.args(words).output().expect("it runs");
        let printed = serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default();
        (output.status.success(), printed)
    };
    let propose = ["core", "propose", &draw, "--not-done", "--reason", "x", "--operator", "li"];
    let (_, proposed) = said(&propose);
    let approval = proposed["approval"].as_str().expect("an approval").to_owned();
    let approve = |by: &str| said(&["approval", "approve", &approval, "--operator", by]).0;
    assert_eq!((approve("li"), approve("wang")), (false, true), "nobody approves alone");
    let returned = payers.until_drawn(&booked, "returned").await;
    assert_eq!(returned["state"], "reversed", "{returned}");
    assert_eq!(said(&["core", "list", "--json"]).1, json!([]), "nothing is open");
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_is_down_or_has_no_key_is_told_by_the_doctor() {
    let Some((utilities, server, _)) = morning(On::Sqlite).await else { return };
    drop(server);
    utilities.the_core().down().await;
    let mut revoke = utilities.jiaozi();
    revoke.args(["partner", "keys", "revoke", "minrong-core-2026"]);
    let revoked = revoke.output().expect("it runs");
    assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));
    let mut doctor = utilities.jiaozi();
    let doctor = doctor.args(["doctor", "--json"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("minrong-core is not reached"), "{said}");
    assert!(said.contains("minrong-core has no key to sign messages with"), "{said}");
}

/// What a page says in a language: the balance is the bank's to check, the money is asked for, the payment
/// is done, the core is not reached, not enough money.
async fn a_payer_sees_where_the_money_is(language: &str, says: [&str; 5]) {
    let [balance, asked, paid, unreached, not_enough] = says;
    let Some((utilities, server, _)) = morning(On::Sqlite).await else { return };
    let core = utilities.the_core();
    let payer = AtPages::log_in(&server, language).await;
    let due = format!("/pay/billers/{WATER}/due?customer={AT_WATER}&key={}", uuid::Uuid::nil());
    assert!(payer.get(&due).await.contains(balance));
    let gate = Gate::new();
    core.faults().next(Verb::Pay, Fault::AnswersLate(Until::Told(gate.clone())));
    let receipt = payer.pay(WATER, AT_WATER).await;
    gate.reached_by(1).await;
    payer.until(&receipt, asked).await;
    gate.open();
    payer.until(&receipt, paid).await;
    let paid_one = receipt;
    core.office().open_account(NUMBER, 1);
    let poor = payer.pay(POWER, AT_POWER).await;
    payer.until(&poor, not_enough).await;
    core.down().await;
    let receipt = payer.pay(POWER, AT_POWER).await;
    payer.until(&receipt, unreached).await;
    // Also what never became a payment is in the history.
    let history = payer.get("/pay/history").await;
    for receipt in [&paid_one, &poor, &receipt] {
        assert!(history.contains(receipt.as_str()), "{receipt} in {history}");
    }
    utilities.installation.all_hold();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_sees_where_the_money_is_in_chinese() {
    let says = [
        "付款时由银行核对",
        "正在从您的银行账户取款",
        "付款成功",
        "暂时联系不上银行核心系统",
        "银行账户余额不足",
    ];
    a_payer_sees_where_the_money_is("zh", says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_sees_where_the_money_is_in_english() {
    let says = [
        "checked by the bank when you pay",
        "The money is being asked from your bank account",
        "Payment done",
        "core cannot be reached now",
        "Not enough money in your bank account",
    ];
    a_payer_sees_where_the_money_is("en", says).await;
}
