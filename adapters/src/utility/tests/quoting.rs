//! Quotes of what the biller says is due.

use jiaozi_ledger::id::Ids;
use jiaozi_ledger::money::Fen;

use super::town::Town;
use crate::utility::quote::{Due, quote};

#[test]
fn what_does_not_add_up_is_not_quoted() {
    let town = Town::new();
    let sound = town.ask("1001", 8_850).expect("a quote");
    let due = Due { lines: sound.lines, total: Fen(8_851), ..Due::default() };
    let id = Ids::new(town.at, 1, 0).id(0);
    let refused =
        quote(&town.biller, "1001", due, id, town.asked()).expect_err("it does not add up");
    assert_eq!((refused.status, refused.code), (502, "biller_does_not_add_up"));
    assert!(refused.detail.contains("8851") && refused.detail.contains("8850"), "{refused:?}");
}

#[test]
fn nothing_due_is_not_a_quote_of_nothing() {
    let town = Town::new();
    assert_eq!(town.ask("1001", 0).expect_err("nothing is due").code, "nothing_due");
}
