//! `jiaozi check`, and what is said before anything is opened.

use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;

use crate::support::{Place, payer};

#[tokio::test]
async fn a_tampered_database_is_found() {
    let place = Place::sandbox();
    let gateway = place.gateway().await;
    payer(&gateway, "1001").await;
    let whole = place.run(&["check", "--json"]).well().json();
    assert_eq!(whole["holds"], true);
    for name in ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10"] {
        assert_eq!(whole["invariants"][name], true, "{name}: {whole}");
    }
    let head = whole["ledger"]["head"].as_str().unwrap().to_owned();
    place.run(&["check", "--head", &head]).well();
    let strange = place.run(&["check", "--head", &"0".repeat(64)]);
    assert_eq!(strange.code, Some(1), "{}", strange.both());

    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let sql = "update entries set amount_fen = amount_fen + 1 where book = $1".to_owned();
    assert!(unit.execute(sql, vec![Cell::Int(BOOK)]).await.unwrap() > 0);
    unit.commit().await.unwrap();
    let done = place.run(&["check"]);
    assert_eq!(done.code, Some(1), "{}", done.both());
    let broken =
        |name: &str| done.out.lines().any(|line| line.starts_with(name) && line.contains("BROKEN"));
    assert!(broken("I2 ") && broken("I8 "), "{}", done.out);
    assert_eq!(done.out.lines().count(), 10, "one line each: {}", done.out);
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let place = Place::empty();
    let done = place.run(&["check"]);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("there is no database"), "{}", done.err);
    assert!(!place.path("jiaozi.db").exists());
}

#[test]
fn bad_configuration_exits_64_and_wrong_usage_2() {
    let place = Place::sandbox();
    let commands: [&[&str]; 5] =
        [&["check"], &["day", "report"], &["partner", "list"], &["account", "list"], &["serve"]];
    for arguments in commands {
        let output =
            place.jiaozi().args(arguments).env("JIAOZI_LIMITS_HEADERS_MAX", "0").output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
    }
    assert_eq!(place.run(&["check", "--head", "abc"]).code, Some(2));
    assert_eq!(place.run(&["day", "close"]).code, Some(2));
    assert_eq!(place.run(&["day", "close", "--all", "--date", "2026-02-30"]).code, Some(2));
}
