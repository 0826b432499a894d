//! A payout that the core has paid, and whose money comes back by the statement of its account.

use serde_json::json;

use crate::mirrored::mt940;
use crate::paid_out::{
    balances, between, close, core, day_is, import, minimum, prepared, report_of_one, sandboxes_of,
    sent,
};
use crate::support::{MORNING, Place, instant, path, pay, payer, shipped};

/// The core's account, reconciled from the day on which the payout is made.
fn reconciled(place: &Place) {
    std::fs::create_dir_all(place.path("partners/accounts")).unwrap();
    let text = std::fs::read_to_string(shipped().join("examples/core-bank.toml")).unwrap();
    let text = text
        .replace("2026-11-01", "2036-11-21")
        .replace("calendar = \"cn-bank\"", "calendar = \"every-day\"");
    place.file("partners/accounts/core-bank.toml", text);
}

#[tokio::test]
async fn what_came_back_is_ruled_not_paid_and_waits_again() {
    for place in sandboxes_of(&minimum(1), reconciled).await {
        let gateway = place.gateway().await;
        gateway.store.move_time(instant(MORNING)).await.unwrap();
        let from = payer(&gateway, "1001").await;
        pay(&gateway, &from, "1-1-101").await;
        day_is(&gateway, "2036-11-21").await;
        let fen = close(&place, "2036-11-20");
        let opening = core(&gateway).await;
        let payout = prepared(&place);
        let file = sent(&place, &["--date", "2036-11-21"]);
        let reference = between(&file, "EndToEndId").to_owned();
        let id = payout["payout"].as_str().unwrap();
        import(&place, &report_of_one(&file, &reference, "ACSC"), &[]).well();
        let statement = |name: &str, text: String| {
            let file = place.file(name, text);
            let taken = place.run(&["file", "import", "statement", path(&file), "--json"]).well();
            taken.json()["accounts"][0].clone()
        };
        day_is(&gateway, "2036-11-22").await;
        let paid = mt940(1, "2036-11-21", opening, &[(-fen, "NTRF", &reference)]);
        assert_eq!(statement("paid.sta", paid)["matched"], 1);
        let propose = |by: &str| {
            let propose =
                ["payout", "propose", id, by, "--reason", "their desk", "--operator", "li"];
            place.run(&propose)
        };
        // While nothing says otherwise, it is paid.
        let known = propose("--not-paid");
        assert!(known.err.contains("what became of it is known: settled"), "{}", known.both());

        day_is(&gateway, "2036-11-23").await;
        let back = mt940(2, "2036-11-22", opening - fen, &[(fen, "NRTI", &reference)]);
        let day = statement("back.sta", back);
        assert_eq!(day["breaks"], json!({"only_theirs": 1}), "{day}");
        let list = place.run(&["break", "list", "--json"]).well().json();
        let one = &list["breaks"][0];
        assert_eq!((&one["cause"], &one["theirs_fen"]), (&json!("returned"), &json!(fen)), "{one}");
        // It is not the company's by a posting of which its days know nothing.
        let elsewhere = ["break", "propose", one["break"].as_str().unwrap(), "--account"];
        let elsewhere =
            [&elsewhere[..], &["settlement:yunhe", "--reason", "x", "--operator", "li"]];
        let approval = place.run(&elsewhere.concat()).well().json()["approval"].clone();
        let approval = approval.as_str().unwrap();
        let refused = place.run(&["approval", "approve", approval, "--operator", "wang"]);
        assert!(refused.err.contains("payout_returned"), "{}", refused.both());

        assert!(propose("--paid").err.contains("is known: settled"));
        let approval = propose("--not-paid").well().json()["approval"].clone();
        let approval = approval.as_str().unwrap();
        let own = place.run(&["approval", "approve", approval, "--operator", "li"]);
        assert!(own.err.contains("approval_own"), "{}", own.both());
        place.run(&["approval", "approve", approval, "--operator", "wang"]).well();
        // The workers or the next import resolve the break: the money is with the company's days.
        let none = mt940(3, "2036-11-23", opening, &[]);
        day_is(&gateway, "2036-11-24").await;
        let day = statement("none.sta", none);
        assert_eq!((&day["breaks"], &day["unexplained_fen"]), (&json!({}), &json!(0)), "{day}");
        assert_eq!(balances(&gateway).await, [fen, 0, opening]);
        place.run(&["check"]).well();
        // A late word of the core says what is known.
        import(&place, &report_of_one(&file, &reference, "RJCT").replace("B0", "B1"), &[]).well();
        let second = prepared(&place);
        assert_eq!((&second["amount_fen"], &second["days"]), (&json!(fen), &payout["days"]));
        place.run(&["check"]).well();
    }
}
