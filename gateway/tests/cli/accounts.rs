//! Accounts on the command line.

use crate::support::Place;

#[test]
fn an_account_is_opened_funded_once_and_shown() {
    let place = Place::sandbox();
    place.run(&["account", "open", "deposit:1001"]).well();
    for _ in 0..2 {
        place.run(&["account", "fund", "deposit:1001", "--fen", "500", "--key", "once"]).well();
    }
    let shown = place.run(&["account", "show", "deposit:1001"]).well().json();
    assert_eq!(shown["balances"]["available_fen"], 500);
    let lines = place.run(&["account", "statement", "deposit:1001", "--json"]).well().json();
    assert_eq!(lines.as_array().unwrap().len(), 1);
    let listed = place.run(&["account", "list", "--prefix", "deposit:", "--json"]).well().json();
    assert_eq!(listed[0]["code"], "deposit:1001");
}

#[test]
fn what_is_not_there_is_named_with_what_was_expected() {
    let place = Place::sandbox();
    let done = place.run(&["account", "show", "deposit:none"]);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("deposit:none") && done.err.contains("expected"), "{}", done.err);
    let done = place.run(&["account", "fund", "deposit:1001", "--fen", "1.5"]);
    assert_eq!(done.code, Some(2));
}
