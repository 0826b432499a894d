//! Payouts with the real program, on both engines: prepared, told to the core, its status read back.

use std::process::Stdio;

use jiaozi::gateway::Gateway;
use jiaozi_ledger::payout::PayoutState;
use serde_json::Value;

use crate::paid_out::{
    OWN, SWAPPED, balances, between, close, core, day_is, export, import, minimum, payouts,
    prepare, prepared, report, report_of_one, sandboxes, sent, waits,
};
use crate::support::{Done, MORNING, Place, instant, pay, payer};
use crate::workers::until;

/// What is done to the books from outside, and undone, and must be found.
const TAMPERINGS: [(&str, &str); 13] = [
    (
        "update payouts set amount_fen = amount_fen + 1",
        "update payouts set amount_fen = amount_fen - 1",
    ),
    (
        "update payouts set other_fen = other_fen + 1",
        "update payouts set other_fen = other_fen - 1",
    ),
    (
        "update payouts set state = 2 where state = 3",
        "update payouts set state = 3 where state = 2",
    ),
    (
        "update payouts set status = 'RJCT' where status = 'ACSC'",
        "update payouts set status = 'ACSC' where status = 'RJCT'",
    ),
    (
        "update payouts set destination = destination || ' '",
        "update payouts set destination = trim(destination)",
    ),
    (
        "update payouts set account = account || 'x'",
        "update payouts set account = 'settlement:yunhe'",
    ),
    (
        "update payouts set prepared_seq = prepared_seq - 1",
        "update payouts set prepared_seq = prepared_seq + 1",
    ),
    ("update payouts set seq = seq - 1", "update payouts set seq = seq + 1"),
    (
        "update payout_files set sum_fen = sum_fen + 1",
        "update payout_files set sum_fen = sum_fen - 1",
    ),
    (
        "update payout_files set debtor = debtor || ' '",
        "update payout_files set debtor = trim(debtor)",
    ),
    (
        "update payables set destination = destination || 'x'",
        "update payables set destination = substr(destination, 1, 64)",
    ),
    ("update payables set fees_fen = fees_fen + 1", "update payables set fees_fen = fees_fen - 1"),
    (
        "update accounts set posted_fen = posted_fen + 1 where code = 'payouts:transit'",
        "update accounts set posted_fen = posted_fen - 1 where code = 'payouts:transit'",
    ),
];

/// Changes the books from outside. Whether the database took it: its own constraints may refuse.
async fn execute(gateway: &Gateway, sql: &str) -> bool {
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let Ok(changed) = unit.execute(sql.to_owned(), vec![]).await else { return false };
    assert!(changed > 0, "{sql}: changes nothing");
    unit.commit().await.unwrap();
    true
}

async fn is_found(place: &Place, gateway: &Gateway, sql: &str, back: &str) {
    if execute(gateway, sql).await {
        let check = place.run(&["check"]);
        assert_eq!(check.code, Some(1), "{sql}: not found\n{}", check.both());
        assert!(execute(gateway, back).await, "{back}");
    } else {
        assert!(sql.contains("set state"), "{sql}: refused");
    }
}

#[tokio::test]
async fn what_was_under_the_minimum_for_a_day_is_paid_once_with_the_next() {
    for place in sandboxes(&minimum(1)).await {
        let gateway = place.gateway().await;
        gateway.store.move_time(instant(MORNING)).await.unwrap();
        let from = payer(&gateway, "1001").await;
        pay(&gateway, &from, "1-1-101").await;
        day_is(&gateway, "2036-11-21").await;
        pay(&gateway, &from, "1-1-102").await;
        let first = close(&place, "2036-11-20");
        place.change_partner("yunhe", |text| {
            text.replace("minimum_fen = 1\n", &format!("minimum_fen = {}\n", first + 1))
        });
        waits(&place, "below_minimum");
        let of_day = ["day", "report", "--date", "2036-11-20", "--json"];
        let carried = place.run(&of_day).well().json()["payouts"][0].clone();
        assert_eq!(
            (&carried["state"], &carried["settled_fen"]),
            (&"carried_over".into(), &first.into())
        );

        day_is(&gateway, "2036-11-22").await;
        let both = first + close(&place, "2036-11-21");
        let core = core(&gateway).await;
        let payout = prepared(&place);
        assert_eq!((&payout["amount_fen"], &payout["other_fen"]), (&both.into(), &0.into()));
        assert_eq!(payout["days"].as_array().unwrap().len(), 2);
        assert_eq!(balances(&gateway).await, [0, both, core]);
        waits(&place, "below_minimum");
        place.run(&["check"]).well();

        // What is in transit is of open payouts, and nobody adjusts it.
        let adjust = ["--credit", OWN, "--fen", "1", "--reason", "x", "--operator", "li"];
        let adjust = [&["account", "adjust", "--debit", "payouts:transit"], &adjust[..]].concat();
        let approval = place.run(&adjust).well().json()["approval"].as_str().unwrap().to_owned();
        let refused = place.run(&["approval", "approve", &approval, "--operator", "wang"]);
        assert!(refused.err.contains("account_of_items"), "{}", refused.both());

        // Without an account to pay from there is no file, and nothing is done.
        let refused = place.run(&["file", "export", "payouts", "--date", "2036-11-22"]);
        assert!(
            refused.err.contains("expected payouts.name and payouts.account"),
            "{}",
            refused.both()
        );
        // A typo of a year makes no file.
        let far = export(&place, &["--date", "2037-11-22"]).output().unwrap();
        let expected = "expected a day from 2036-11-22 to 2036-12-02";
        assert!(Done::of(far).err.contains(expected));
        assert_eq!(payouts(&gateway).await[0].state, PayoutState::Prepared);
        // Whoever is cut off while the file is written gets the same one again.
        let mut cut =
            export(&place, &["--date", "2036-11-22"]).stdout(Stdio::piped()).spawn().unwrap();
        drop(cut.stdout.take());
        assert!(!cut.wait().unwrap().success());
        let file = sent(&place, &["--date", "2036-11-22"]);
        assert_eq!(sent(&place, &["--date", "2036-11-22"]), file, "the same bytes");
        assert_eq!(sent(&place, &["--date", "2036-11-22", "--number", "1"]), file);
        let none = export(&place, &["--date", "2036-11-22", "--number", "2"]).output().unwrap();
        assert!(Done::of(none).err.contains("has no file 2; expected 1 to 1"));
        let reference = payout["end_to_end"].as_str().unwrap();
        assert_eq!((between(&file, "EndToEndId"), between(&file, "NbOfTxs")), (reference, "1"));
        assert!(file.contains("<Ustrd>2036-11-20 - 2036-11-21</Ustrd>"), "{file}");
        let listed = place.run(&["payout", "list", "--json"]).well().json()["payouts"][0].clone();
        assert_eq!((&listed["state"], &listed["age_hours"]), (&"sent".into(), &0.into()));

        // Refused as a whole: cut off, about another message, another sum.
        let settled = report_of_one(&file, reference, "ACSC");
        let half = &settled[..settled.len() / 2];
        for (text, expected) in [
            (half.to_owned(), "the report is refused: line"),
            (settled.replace(between(&file, "MsgId"), "another"), "OrgnlMsgId: found `another`"),
            (
                settled.replace("<OrgnlNbOfTxs>1", "<OrgnlNbOfTxs>2"),
                "OrgnlNbOfTxs: found 2, expected 1",
            ),
            (
                settled.replace("pain.001.001.09", "pain.008.001.08"),
                "OrgnlMsgNmId: found `pain.008.001.08`",
            ),
        ] {
            let refused = import(&place, &text, &[]);
            assert_eq!(refused.code, Some(1), "{}", refused.both());
            assert!(refused.err.contains(expected), "{expected}\n{}", refused.both());
            assert!(refused.err.contains("nothing of it was taken"), "{}", refused.both());
        }
        assert_eq!(balances(&gateway).await, [0, both, core]);

        // Accepted; then settled, with a reference that is none of ours; twice.
        let accepted = import(&place, &report("B1", &file, "ACCP", &[]), &[]).well().json();
        assert_eq!(accepted["counts"]["payout.accepted"], 1, "{accepted}");
        let strange = report("B2", &file, "PART", &[(reference, "ACSC"), ("nobody", "RJCT")]);
        let heard = import(&place, &strange, &["--strict"]);
        assert_eq!(heard.code, Some(1), "{}", heard.both());
        assert_eq!(heard.json()["unknown"][0]["reference"], "nobody", "{}", heard.both());
        assert_eq!(heard.json()["counts"]["payout.settled"], 1, "{}", heard.both());
        assert_eq!(balances(&gateway).await, [0, 0, core - both]);
        let head = gateway.store.head().await.unwrap().seq;
        let again = import(&place, &strange, &[]).well().json();
        assert_eq!(again["repeated"], true, "{again}");
        assert_eq!(gateway.store.head().await.unwrap().seq, head, "nothing is written twice");
        place.run(&["check"]).well();
        for (sql, back) in TAMPERINGS {
            is_found(&place, &gateway, sql, back).await;
        }
        place.run(&["check"]).well();

        // The core contradicts itself: nothing moves, two people rule.
        let contested =
            import(&place, &report("B3", &file, "", &[(reference, "RJCT")]), &["--strict"]);
        assert_eq!(contested.json()["counts"]["payout.contested"], 1, "{}", contested.both());
        assert_eq!(contested.code, Some(1));
        assert_eq!(balances(&gateway).await, [0, 0, core - both]);
        let unexplained = place.run(&["break", "list", "--json"]).well().json();
        assert_eq!(unexplained["unexplained_fen"], both);
        let doctor = place.run(&["doctor", "--json"]);
        assert!(doctor.out.contains("1 payout contested"), "{}", doctor.both());
        let id = payout["payout"].as_str().unwrap();
        let propose = [
            "payout",
            "propose",
            id,
            "--not-paid",
            "--reason",
            "the core's desk",
            "--operator",
            "li",
        ];
        let approval = place.run(&propose).well().json()["approval"].as_str().unwrap().to_owned();
        let own = place.run(&["approval", "approve", &approval, "--operator", "li"]);
        assert!(own.err.contains("approval_own"), "{}", own.both());
        place.run(&["approval", "approve", &approval, "--operator", "wang"]).well();
        assert_eq!(balances(&gateway).await, [both, 0, core]);
        let second = prepared(&place);
        assert_eq!((&second["amount_fen"], &second["run"]), (&both.into(), &2.into()));
        place.run(&["check"]).well();
    }
}

#[tokio::test]
async fn what_is_rejected_comes_back_and_is_paid_after_somebody_has_looked() {
    for place in sandboxes(&minimum(1)).await {
        let gateway = place.gateway().await;
        gateway.store.move_time(instant(MORNING)).await.unwrap();
        let from = payer(&gateway, "1001").await;
        pay(&gateway, &from, "1-1-101").await;
        day_is(&gateway, "2036-11-21").await;
        let fen = close(&place, "2036-11-20");
        let core = core(&gateway).await;
        let first = prepared(&place);
        let file = sent(&place, &["--date", "2036-11-21"]);
        let reference = first["end_to_end"].as_str().unwrap();
        let rejected = import(&place, &report_of_one(&file, reference, "RJCT"), &[]).well().json();
        assert_eq!(rejected["payouts"][0]["reason"], "AC04", "{rejected}");
        assert_eq!(balances(&gateway).await, [fen, 0, core]);
        waits(&place, "payout_rejected");
        let held = place.run(&["payout", "list", "--json"]).well().json()["payouts"][0].clone();
        assert_eq!((&held["state"], &held["reason"]), (&"rejected".into(), &"AC04".into()));
        let doctor = place.run(&["doctor", "--json"]);
        assert!(doctor.out.contains("was rejected (AC04)"), "{}", doctor.both());
        // A changed account needs two people, and then decides.
        place.change_partner("yunhe", |text| text.replace("6222000001", "6222000009"));
        waits(&place, "destination_not_approved");
        let redirect = [
            "payout",
            "redirect",
            "--partner",
            "yunhe",
            "--reason",
            "their letter",
            "--operator",
            "li",
        ];
        let approval = place.run(&redirect).well().json()["approval"].as_str().unwrap().to_owned();
        waits(&place, "destination_not_approved");
        place.run(&["approval", "approve", &approval, "--operator", "wang"]).well();
        let second = prepared(&place);
        assert_eq!((&second["amount_fen"], &second["run"]), (&fen.into(), &2.into()));
        let other = sent(&place, &["--date", "2036-11-21"]);
        assert!(other.contains("6222000009") && !other.contains("6222000001"), "{other}");
        let again = export(&place, &["--date", "2036-11-21", "--number", "1"]).output().unwrap();
        let again = Done::of(again).well();
        assert_eq!(again.out, file, "as it was sent");
        let named = "the core has said nothing yet of file 2 of 2036-11-21";
        assert!(again.err.contains(named), "{}", again.both());
        let reference = second["end_to_end"].as_str().unwrap();
        import(&place, &report_of_one(&other, reference, "RJCT"), &[]).well();
        let release = ["payout", "release", second["payout"].as_str().unwrap()];
        let release = [&release[..], &["--reason", "their desk", "--operator", "li"]].concat();
        let approval = place.run(&release).well().json()["approval"].as_str().unwrap().to_owned();
        waits(&place, "payout_rejected");
        let own = place.run(&["approval", "approve", &approval, "--operator", "li"]);
        assert!(own.err.contains("approval_own"), "{}", own.both());
        place.run(&["approval", "approve", &approval, "--operator", "wang"]).well();
        let rule = |payout: &Value, word: &str| {
            let propose = ["payout", "propose", payout["payout"].as_str().unwrap(), word];
            let propose = [&propose[..], &["--reason", "their desk", "--operator", "li"]].concat();
            let approval =
                place.run(&propose).well().json()["approval"].as_str().unwrap().to_owned();
            place.run(&["approval", "approve", &approval, "--operator", "wang"]).well();
        };
        // A file that never came, say two: it is never written again.
        let third = prepared(&place);
        let lost = sent(&place, &["--date", "2036-11-21"]);
        assert_eq!(between(&lost, "EndToEndId"), third["end_to_end"].as_str().unwrap());
        rule(&third, "--not-paid");
        for again in [&["--date", "2036-11-21", "--number", "3"][..], &["--date", "2036-11-21"]] {
            let again = Done::of(export(&place, again).output().unwrap());
            assert!(again.err.contains("is not written again"), "{}", again.both());
            assert_eq!(again.out, "");
        }
        let fourth = prepared(&place);
        // The core has paid the first one after all: the fourth is in no file, and would pay it again.
        let reference = first["end_to_end"].as_str().unwrap();
        import(&place, &report_of_one(&file, reference, "ACSC"), &[]).well();
        let none = || Done::of(export(&place, &["--date", "2036-11-21"]).output().unwrap());
        assert_eq!(none().out, "");
        rule(&first, "--paid");
        assert_eq!(balances(&gateway).await, [-fen, fen, core - fen]);
        place.run(&["check"]).well();
        assert_eq!(none().out, "");
        rule(&fourth, "--not-paid");
        assert_eq!(balances(&gateway).await, [0, 0, core - fen]);
        let shown =
            place.run(&["payout", "show", fourth["payout"].as_str().unwrap()]).well().json();
        assert_eq!(
            (&shown["to"]["number"], &shown["state"]),
            (&"…0009".into(), &"rejected".into())
        );
        place.run(&["check"]).well();
    }
}

#[tokio::test]
async fn a_gross_partner_gets_the_whole_day_and_its_fees_are_collected_in_the_next_month() {
    let fee = "[fee]\nbasis_points = 100\nminimum_fen = 1\nrounding = \"half_up\"\nborne_by = \"partner\"\n";
    for place in sandboxes(&format!("{fee}{}", minimum(1).replace("\"net\"", "\"gross\""))).await {
        let gateway = place.gateway().await;
        gateway.store.move_time(instant(MORNING)).await.unwrap();
        let from = payer(&gateway, "1001").await;
        pay(&gateway, &from, "1-1-101").await;
        day_is(&gateway, "2036-11-21").await;
        let closed = ["day", "close", "--partner", "yunhe", "--date", "2036-11-20", "--json"];
        let closed = place.run(&closed).well().json()[0].clone();
        let (net, settled) = (&closed["net_fen"], &closed["settled_fen"]);
        assert_eq!(net, settled, "{closed}");
        let owed = |gateway: Gateway| async move {
            let code = "receivable:fees:yunhe";
            gateway.store.account(code).await.unwrap().unwrap().posted.0
        };
        let fee = owed(gateway.clone()).await;
        assert!(fee > 0, "{closed}");
        assert_eq!(prepared(&place)["amount_fen"], *net);
        place.run(&["day", "report", "--date", "2036-11-20"]).well();
        pay(&gateway, &from, "1-1-102").await;
        day_is(&gateway, "2036-12-02").await;
        let later = close(&place, "2036-11-21");
        let all = owed(gateway.clone()).await;
        let outcome = prepare(&place);
        assert_eq!(outcome["fees_fen"], all, "{outcome}");
        assert_eq!(outcome["payout"]["amount_fen"], later - all, "{outcome}");
        assert_eq!(owed(gateway.clone()).await, 0);
        place.run(&["check"]).well();
        place.run(&["day", "report", "--date", "2036-11-21"]).well();
    }
}

#[tokio::test]
async fn a_holiday_waits_for_the_saturday_that_is_worked_in_exchange() {
    let place = Place::empty();
    std::fs::write(place.path("partners/calendars/swapped.toml"), SWAPPED).unwrap();
    place.change_partner("yunhe", |text| {
        let text = text.replace("calendar = \"every-day\"", "calendar = \"swapped\"");
        text.replacen("[late_fee]", &format!("{}\n[late_fee]", minimum(1)), 1)
    });
    place.run(&["sandbox", "create"]).well();
    place.import_november();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    pay(&gateway, &from, "1-1-101").await;
    day_is(&gateway, "2036-11-21").await;
    close(&place, "2036-11-20");
    waits(&place, "not_a_working_day");
    let early = place.run(&["payout", "prepare", "--partner", "yunhe", "--date", "2036-11-22"]);
    assert!(early.err.contains("has not come"), "{}", early.both());
    // The workers pay on the Saturday, once.
    day_is(&gateway, "2036-11-22").await;
    until(&gateway, &place.path("days"), || async { !payouts(&gateway).await.is_empty() }).await;
    let found = payouts(&gateway).await;
    assert_eq!((found.len(), found[0].date.to_string().as_str()), (1, "2036-11-22"));
    // Nobody is told to pay on the partner's day of rest.
    let rest = Done::of(export(&place, &["--date", "2036-11-23"]).output().unwrap());
    assert!(rest.err.contains("no payout can be sent on 2036-11-23"), "{}", rest.both());
    // Killed at whatever moment, it is in one file.
    let mut killed =
        export(&place, &["--date", "2036-11-22"]).stdout(Stdio::null()).spawn().unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let file = sent(&place, &["--date", "2036-11-22"]);
    assert_eq!(sent(&place, &["--date", "2036-11-22"]), file);
    let files =
        gateway.store.find::<jiaozi_ledger::payout::file::PayoutFile>("order by id", vec![]);
    assert_eq!(files.await.unwrap().len(), 1);
    place.run(&["check"]).well();
    let wrong = place.run(&["file", "import", "payout-status", "x.xml", "--partner", "yunhe"]);
    assert!(wrong.err.contains("expected the file alone"), "{}", wrong.both());
    let other = place.run(&["payout", "prepare", "--partner", "jinding"]);
    assert!(other.err.contains("expected [payout] in its specification"), "{}", other.both());
}
