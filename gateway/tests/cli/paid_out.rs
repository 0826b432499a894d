//! A company whose days are paid out, for the tests of payouts.

use jiaozi::gateway::Gateway;
use jiaozi_ledger::payout::Payout;
use serde_json::Value;

use crate::support::{Done, Place, instant, path};

pub const OWN: &str = "settlement:yunhe";

pub const NET: &str = r#"
[payout]
settle = "net"
minimum_fen = MINIMUM
to = { name = "云和物业", account = "6222000001", clearing_member = "102584000018" }
"#;

/// Thursday 20 November 2036 is worked, Friday is a holiday, Saturday is worked in exchange.
pub const SWAPPED: &str = r#"
calendar = 1
name = "swapped"
source = "made for these tests"
covers = { from = "2036-01-01", to = "2037-12-31" }
rest_days = ["saturday", "sunday"]
working_days = ["2036-11-22"]
[[holiday]]
name = "a holiday"
from = "2036-11-21"
to = "2036-11-21"
"#;

/// A sandbox on every engine that there is, whose company yunhe has more in its specification.
pub async fn sandboxes(more: &str) -> Vec<Place> {
    sandboxes_of(more, |_| {}).await
}

/// The same, with more than that before they are made.
pub async fn sandboxes_of(more: &str, also: impl Fn(&Place)) -> Vec<Place> {
    let places = [Some(Place::empty()), Place::empty_on_postgres().await];
    let places: Vec<Place> = places.into_iter().flatten().collect();
    for place in &places {
        let add = |text: String| text.replacen("[late_fee]", &format!("{more}\n[late_fee]"), 1);
        place.change_partner("yunhe", add);
        also(place);
        place.run(&["sandbox", "create"]).well();
        place.import_november();
    }
    places
}

pub fn minimum(fen: i64) -> String {
    NET.replace("MINIMUM", &fen.to_string())
}

pub async fn day_is(gateway: &Gateway, day: &str) {
    gateway.store.move_time(instant(&format!("{day}T02:00:00Z"))).await.unwrap();
}

/// Closes a day and says what the company's own account got.
pub fn close(place: &Place, day: &str) -> i64 {
    let closed = ["day", "close", "--partner", "yunhe", "--date", day, "--json"];
    place.run(&closed).well().json()[0]["settled_fen"].as_i64().unwrap()
}

/// Prepares what is due of the company's own account, and says what came of it.
pub fn prepare(place: &Place) -> Value {
    let prepare = ["payout", "prepare", "--partner", "yunhe", "--json"];
    place.run(&prepare).well().json()["outcomes"][0].clone()
}

pub fn prepared(place: &Place) -> Value {
    let outcome = prepare(place);
    assert!(outcome["payout"].is_object(), "{outcome}");
    outcome["payout"].clone()
}

pub fn waits(place: &Place, code: &str) {
    let outcome = prepare(place);
    assert_eq!((&outcome["waits"], &outcome["payout"]), (&code.into(), &Value::Null), "{outcome}");
}

/// The program, set up to pay from the bank's account.
pub fn export(place: &Place, arguments: &[&str]) -> std::process::Command {
    let mut command = place.jiaozi();
    command
        .args(["file", "export", "payouts"])
        .args(arguments)
        .env("JIAOZI_PAYOUTS_NAME", "交子银行")
        .env("JIAOZI_PAYOUTS_ACCOUNT", "9900000001")
        .env("JIAOZI_PAYOUTS_BIC", "JZBKCNBJ");
    command
}

/// The file of a day.
pub fn sent(place: &Place, arguments: &[&str]) -> String {
    Done::of(export(place, arguments).output().unwrap()).well().out
}

/// What stands between two tags.
pub fn between<'t>(text: &'t str, tag: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("<{tag}>")).unwrap();
    rest.split_once(&format!("</{tag}>")).unwrap().0
}

/// A report of the core about a file.
pub fn report(id: &str, file: &str, group: &str, listed: &[(&str, &str)]) -> String {
    let (message, payment) = (between(file, "MsgId"), between(file, "PmtInfId"));
    let (count, sum) = (between(file, "NbOfTxs"), between(file, "CtrlSum"));
    let one = |(reference, status): &(&str, &str)| {
        let reason = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>";
        let reason = if *status == "RJCT" { reason } else { "" };
        format!(
            "<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{reason}</TxInfAndSts>\n"
        )
    };
    let listed: String = listed.iter().map(one).collect();
    let group = if group.is_empty() { String::new() } else { format!("<GrpSts>{group}</GrpSts>") };
    let payment = if listed.is_empty() {
        String::new()
    } else {
        format!(
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>{payment}</OrgnlPmtInfId>\n{listed}</OrgnlPmtInfAndSts>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>\n\
         <GrpHdr><MsgId>{id}</MsgId><CreDtTm>2036-11-22T17:00:00+08:00</CreDtTm></GrpHdr>\n\
         <OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>\
         <OrgnlNbOfTxs>{count}</OrgnlNbOfTxs><OrgnlCtrlSum>{sum}</OrgnlCtrlSum>{group}</OrgnlGrpInfAndSts>\n\
         {payment}</CstmrPmtStsRpt></Document>\n"
    )
}

pub fn import(place: &Place, text: &str, more: &[&str]) -> Done {
    let file = place.file("status.xml", text);
    let mut arguments = vec!["file", "import", "payout-status", path(&file), "--json"];
    arguments.extend(more);
    place.run(&arguments)
}

pub async fn balances(gateway: &Gateway) -> [i64; 3] {
    let mut found = [0; 3];
    for (place, code) in [OWN, "payouts:transit", "core:clearing"].iter().enumerate() {
        found[place] = gateway.store.account(code).await.unwrap().unwrap().posted.0;
    }
    found
}

pub async fn payouts(gateway: &Gateway) -> Vec<Payout> {
    gateway.store.find("order by id", vec![]).await.unwrap()
}

/// What the payer's own money has put on core clearing before anything is paid out.
pub async fn core(gateway: &Gateway) -> i64 {
    balances(gateway).await[2]
}

/// A report about one payout alone.
pub fn report_of_one(file: &str, reference: &str, status: &str) -> String {
    report("B0", file, "", &[(reference, status)])
}
