//! Signing, changing, suspending, resuming and revoking.

use jiaozi_ledger::mandate::{Again, Limits, Mandate, MandateState, Partial, Word};
use jiaozi_ledger::money::Fen;
use jiff::civil::date;

use super::town::{Town, limits, mandate};

#[test]
fn a_mandate_is_signed_changed_suspended_resumed_and_revoked() {
    let mut town = Town::new();
    let said = town.sign("C1", "deposit:1", limits()).done();
    let id = mandate(&said);
    assert_eq!((said.status, said.body["state"].as_str()), (201, Some("signed")));
    assert_eq!(said.body["account"], "deposit:1");
    let mut changed = limits();
    changed.of_debit = Fen(40_000);
    let said = town.change("mobile-bank", id, changed).done();
    assert_eq!(said.fen("debit_max_fen"), 40_000);
    for (word, state) in [
        (Word::Suspend, MandateState::Suspended),
        (Word::Suspend, MandateState::Suspended),
        (Word::Resume, MandateState::Signed),
        (Word::Revoke, MandateState::Revoked),
        (Word::Revoke, MandateState::Revoked),
    ] {
        town.say("mobile-bank", id, word).done();
        assert_eq!(town.books.mandates[&id.0].state, state);
    }
    town.say("mobile-bank", id, Word::Resume).declined("mandate_revoked");
    town.change("mobile-bank", id, limits()).declined("mandate_revoked");
    let kinds: Vec<&str> = town.books.events.iter().map(|event| event.kind).collect();
    let all = [
        Mandate::SIGNED,
        Mandate::CHANGED,
        Mandate::SUSPENDED,
        Mandate::SUSPENDED,
        Mandate::RESUMED,
        Mandate::REVOKED,
        Mandate::REVOKED,
    ];
    assert_eq!(kinds[..7], all);
}

#[test]
fn a_contract_has_one_mandate_until_it_is_revoked() {
    let mut town = Town::new();
    let first = mandate(&town.sign("C1", "deposit:1", limits()).done());
    let said = town.sign("C1", "deposit:1", limits()).declined("mandate_exists");
    assert_eq!(mandate(&said), first);
    let said = town.sign("C1", "deposit:2", limits()).declined("mandate_exists");
    assert!(said.body.get("mandate").is_none(), "{}", said.body);
    town.say("mobile-bank", first, Word::Revoke).done();
    assert_ne!(mandate(&town.sign("C1", "deposit:2", limits()).done()), first);
}

#[test]
fn what_was_signed_in_one_place_is_changed_and_revoked_in_another() {
    let mut town = Town::new();
    let id = mandate(&town.sign("C1", "deposit:1", limits()).done());
    town.change("counter", id, Limits { of_debit: Fen(1_000), ..limits() }).done();
    assert_eq!(town.books.mandates[&id.0].limits.of_debit, Fen(1_000));
    let said = town.say("counter", id, Word::Revoke).done();
    assert_eq!(said.body["channel"], "mobile-bank", "where it was signed");
    assert_eq!(town.books.mandates[&id.0].state, MandateState::Revoked);
}

#[test]
fn an_account_that_is_not_there_cannot_be_debited() {
    let mut town = Town::new();
    town.sign("C1", "deposit:none", limits()).declined("unknown_account");
}

#[test]
fn terms_that_cannot_be_meant_are_refused_with_their_place() {
    let mut town = Town::new();
    let again = |days: &[i8], times_max| Again { days: days.to_vec(), times_max };
    let wrong = [
        ("debit_max_fen", {
            let mut l = limits();
            l.of_debit = Fen(0);
            l
        }),
        ("month_max_fen", {
            let mut l = limits();
            l.of_month = Some(Fen(29_999));
            l
        }),
        ("valid_to", {
            let mut l = limits();
            l.valid_to = Some(date(2026, 11, 24));
            l
        }),
        ("partial.minimum_fen", {
            let mut l = limits();
            l.partial = Partial::WhatIsThere { minimum_fen: Fen(30_001) };
            l
        }),
        ("again.days", {
            let mut l = limits();
            l.again = again(&[5, 5], 1);
            l
        }),
        ("again.days", {
            let mut l = limits();
            l.again = again(&[0], 1);
            l
        }),
        ("again.times_max", {
            let mut l = limits();
            l.again = again(&[5], 0);
            l
        }),
        ("again.times_max", {
            let mut l = limits();
            l.again = again(&[], 2);
            l
        }),
    ];
    for (place, limits) in wrong {
        let said = town.sign("C1", "deposit:1", limits).declined("mandate_terms");
        assert_eq!(said.body["place"], format!("body, {place}"));
    }
    assert!(town.books.mandates.is_empty());
}
