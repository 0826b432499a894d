//! Operators on a live database: who may order what, with what proof, and what takes two of them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiaozi::edge::signature::key::VerifyingKey;
use jiaozi::notices::write::told;
use jiaozi::operators::Order;
use jiaozi_ledger::operator::Role;
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::time::Instant;
use serde_json::Value;

use crate::support::{Done, Place, path, shipped};

/// A live database with an administrator, a maker, a checker and one of the branch.
struct Live {
    place: Place,
}

impl Live {
    async fn with_staff() -> Live {
        let live = Live { place: Place::empty() };
        live.place.gateway().await.store.close().await.unwrap();
        live.key("chen.yu");
        live.by("chen.yu", &live.adding("chen.yu", "administrator", &["--first"])).well();
        for (code, role) in [("li.wei", "maker"), ("wang.fang", "checker"), ("he.ping", "retail")] {
            live.key(code);
            live.by("chen.yu", &live.adding(code, role, &[])).well();
        }
        live
    }

    fn private(&self, code: &str) -> PathBuf {
        self.place.path(&format!("{code}.key"))
    }

    fn public(&self, code: &str) -> PathBuf {
        self.place.path(&format!("{code}.pub"))
    }

    /// Makes a key for an operator.
    fn key(&self, code: &str) {
        let private = self.private(code);
        let made = self.place.run(&["operator", "key", "--out", path(&private)]).well();
        std::fs::write(self.public(code), made.out).unwrap();
    }

    fn adding(&self, code: &str, role: &str, more: &[&str]) -> Vec<String> {
        let public = self.public(code);
        let mut arguments =
            vec!["operator", "add", code, "--role", role, "--public-key", path(&public)];
        arguments.extend(more);
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Runs a command as an operator.
    fn by<T: AsRef<str>>(&self, code: &str, arguments: &[T]) -> Done {
        self.signed(code, &self.private(code), arguments)
    }

    fn signed<T: AsRef<str>>(&self, code: &str, key: &Path, arguments: &[T]) -> Done {
        let mut all: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        all.extend(["--operator", code, "--operator-key", path(key)]);
        self.place.run(&all)
    }

    async fn feed(&self) -> Vec<Record> {
        let gateway = self.place.gateway().await;
        let feed = gateway.store.feed(0, 1_000).await.unwrap();
        gateway.store.close().await.unwrap();
        feed
    }
}

#[track_caller]
fn refused(done: &Done, why: &str) {
    assert_eq!(done.code, Some(1), "{}", done.both());
    assert!(done.err.contains(why), "expected {why:?}: {}", done.both());
}

#[tokio::test]
async fn a_live_database_takes_no_order_that_nobody_has_signed() {
    let live = Live::with_staff().await;
    let before = live.feed().await.len();
    let bills = shipped().join("yunhe/samples/bills-2026-11.csv");
    let public = live.public("li.wei");
    let nobody = "00000000-0000-0000-0000-000000000000";
    let orders: &[(&[&str], &str)] = &[
        (&["account", "open", "deposit:1001"], "maker"),
        (&["day", "close", "--partner", "yunhe"], "maker"),
        (&["file", "import", "bills", "--partner", "yunhe", path(&bills)], "maker"),
        (
            &[
                "account",
                "adjust",
                "--debit",
                "core:clearing",
                "--credit",
                "income:fees",
                "--fen",
                "1",
                "--reason",
                "x",
            ],
            "maker",
        ),
        (
            &[
                "partner",
                "keys",
                "add",
                "--partner",
                "yunhe",
                "--id",
                "y-1",
                "--public-key",
                path(&public),
            ],
            "administrator",
        ),
        (&["partner", "keys", "revoke", "y-1"], "administrator"),
        (
            &["operator", "add", "x", "--role", "maker", "--public-key", path(&public)],
            "administrator",
        ),
        (&["operator", "revoke", "li.wei"], "administrator"),
        (&["approval", "reject", nobody, "--reason", "x"], "checker"),
        (&["people", "leads", "--unmask", "--reason", "x"], "retail"),
        (
            &[
                "people",
                "consent",
                "record",
                nobody,
                "--purpose",
                "marketing",
                "--refused",
                "--version",
                "1",
                "--evidence",
                "x",
            ],
            "retail",
        ),
    ];
    for (arguments, role) in orders {
        // A name alone proves nothing.
        for claimed in [&[][..], &["--operator", "li.wei"]] {
            let all: Vec<&str> = arguments.iter().chain(claimed).copied().collect();
            let done = live.place.run(&all);
            refused(&done, "--operator-key FILE");
            assert!(done.err.contains(role), "{role}: {}", done.both());
        }
    }
    // An operator of another role is refused too, for the same reasons.
    for (arguments, role) in orders {
        let other = if *role == "retail" { "li.wei" } else { "he.ping" };
        refused(&live.by(other, arguments), &format!("does not have the role {role}"));
    }
    assert_eq!(live.feed().await.len(), before, "nothing was left in the books");
    live.place.run(&["account", "list"]).well();
    live.place.run(&["check"]).well();
}

#[tokio::test]
async fn a_key_proves_one_operator_and_only_while_it_counts() {
    let live = Live::with_staff().await;
    let open =
        |number: &str| ["account".to_owned(), "open".to_owned(), format!("deposit:{number}")];
    live.by("li.wei", &open("1")).well();
    refused(
        &live.signed("li.wei", &live.private("wang.fang"), &open("2")),
        "operator li.wei's key",
    );
    refused(
        &live.signed("nobody", &live.private("li.wei"), &open("2")),
        "there is no operator nobody",
    );
    refused(
        &live.signed("Li Wei", &live.private("li.wei"), &open("2")),
        "expected an operator's code",
    );
    let shared = live.private("li.wei");
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o640)).unwrap();
    refused(&live.by("li.wei", &open("2")), "expected 0600");
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o600)).unwrap();

    // Another key: the old one counts no longer.
    let old = live.place.path("old.key");
    std::fs::rename(live.private("li.wei"), &old).unwrap();
    live.key("li.wei");
    let public = live.public("li.wei");
    let change = ["operator", "change", "li.wei", "--public-key", path(&public)];
    live.by("chen.yu", &change).well();
    refused(&live.signed("li.wei", &old, &open("2")), "operator li.wei's key");
    live.by("li.wei", &open("2")).well();

    refused(
        &live.by("chen.yu", &["operator", "revoke", "chen.yu"]),
        "nobody changes their own record",
    );
    live.by("chen.yu", &["operator", "revoke", "li.wei"]).well();
    refused(&live.by("li.wei", &open("3")), "revoked");
    // The first of all is first once, whoever claims it.
    live.key("mallory");
    let first = live.adding("mallory", "administrator", &["--first"]);
    refused(&live.by("mallory", &first), "the first operator was chen.yu");
    let listed = live.place.run(&["operator", "list", "--json"]).well().json();
    let state = |code: &str| {
        let all = listed.as_array().unwrap();
        all.iter().find(|one| one["operator"] == code).unwrap().clone()
    };
    assert_eq!(state("chen.yu")["first"], true);
    assert!(state("li.wei")["revoked_at"].is_string());
    live.place.run(&["check"]).well();
}

/// Whoever audits needs nothing but the journal: the key is in the event that added the operator, and
/// the text that was signed is made of the row.
#[tokio::test]
async fn the_proof_of_an_order_can_be_verified_from_the_journal_alone() {
    let live = Live::with_staff().await;
    live.by("li.wei", &["account", "open", "deposit:1001"]).well();
    live.by("li.wei", &["day", "close", "--partner", "yunhe"]).well();
    let bills = shipped().join("yunhe/samples/bills-2026-11.csv");
    let import = ["file", "import", "bills", "--partner", "yunhe", path(&bills)];
    live.by("li.wei", &import).well();
    let gateway = live.place.gateway().await;
    let since = "select created_at from books where book = $1";
    let since = gateway.store.number(since, vec![jiaozi_ledger::row::Cell::Int(1)]).await.unwrap();
    let feed = live.feed().await;
    let added = feed.iter().find(|record| record.data.contains("\"li.wei\"")).unwrap();
    let added: Value = serde_json::from_str(&added.data).unwrap();
    let key = VerifyingKey::from_pem(added["public_key"].as_str().unwrap()).unwrap();
    let mut verified = Vec::new();
    for record in feed.iter().filter(|record| record.partner == "operator:li.wei") {
        let data: Value = serde_json::from_str(&record.data).unwrap();
        let proof = &data["ordered"];
        let operation: &'static str = record.operation.clone().leak();
        let order = Order {
            book_since: since,
            operator: proof["operator"].as_str().unwrap().to_owned(),
            role: Role::Maker,
            operation,
            key: record.idempotency_key.clone(),
            digest: record.body_digest,
            at: serde_json::from_value::<Instant>(proof["at"].clone()).unwrap(),
        };
        let signature = BASE64.decode(proof["signature"].as_str().unwrap()).unwrap();
        assert!(key.accepts(order.text().as_bytes(), &signature), "{}", record.kind);
        verified.push(record.kind.clone());
    }
    assert_eq!(verified, ["accounts.opened", "day.closed", "operator.ordered"]);
    // It is the bank's own affair: the partner is told of the day, not of who closed it.
    let closed = feed.iter().find(|record| record.kind == "day.closed").unwrap();
    let notice = told(closed).remove(0).body;
    assert_eq!(notice["data"]["partner"], "yunhe");
    assert_eq!(notice["data"].get("ordered"), None);
}

#[tokio::test]
async fn a_correction_by_hand_takes_two() {
    let live = Live::with_staff().await;
    let adjust = [
        "account",
        "adjust",
        "--debit",
        "core:clearing",
        "--credit",
        "income:fees",
        "--fen",
        "1200",
        "--reason",
        "a fee that was booked at the core only",
        "--key",
        "slip-4711",
    ];
    let proposed = live.by("li.wei", &adjust).well().json();
    // The same key is the same proposal.
    assert_eq!(live.by("li.wei", &adjust).well().json(), proposed);
    let id = proposed["approval"].as_str().unwrap().to_owned();
    let shown = live.place.run(&["approval", "show", &id]).well().json();
    assert_eq!(shown["parameters"]["amount_fen"], 1200);
    assert_eq!(shown["reason"], "a fee that was booked at the core only");
    let fees = || {
        let shown = live.place.run(&["account", "show", "income:fees"]).well().json();
        shown["balances"]["posted_fen"].as_i64().unwrap()
    };
    let approve = ["approval", "approve", id.as_str()];
    refused(&live.by("li.wei", &approve), "does not have the role checker");
    // With both roles the maker is still no second person.
    let both = ["operator", "change", "li.wei", "--role", "maker,checker"];
    live.by("chen.yu", &both).well();
    refused(&live.by("li.wei", &approve), "approval_own");
    assert_eq!(fees(), 0);

    let done = live.by("wang.fang", &approve).well().json();
    assert_eq!(
        (&done["state"], &done["checker"]),
        (&"carried_out".into(), &"operator:wang.fang".into())
    );
    assert_eq!(fees(), 1200);
    refused(&live.by("wang.fang", &approve), "approval_carried_out");
    assert_eq!(
        live.place.run(&["approval", "list", "--json"]).well().json(),
        serde_json::json!([])
    );

    let adjust = [
        "account",
        "adjust",
        "--debit",
        "income:fees",
        "--credit",
        "core:clearing",
        "--fen",
        "200",
        "--reason",
        "half of it",
    ];
    let second = live.by("li.wei", &adjust).well().json();
    let second = second["approval"].as_str().unwrap();
    live.by("wang.fang", &["approval", "reject", second, "--reason", "no slip"]).well();
    let third = live.by("li.wei", &adjust).well().json();
    let third = third["approval"].as_str().unwrap();
    refused(
        &live.by("wang.fang", &["approval", "withdraw", third]),
        "does not have the role maker",
    );
    live.by("li.wei", &["approval", "withdraw", third]).well();
    let all = live.place.run(&["approval", "list", "--all", "--json"]).well().json();
    let states: Vec<&str> =
        all.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["carried_out", "rejected", "withdrawn"]);
    assert_eq!(all[1]["remark"], "no slip");

    // Of two persons who agree, one who was sent away is none.
    let fourth = live.by("li.wei", &adjust).well().json();
    let fourth = fourth["approval"].as_str().unwrap();
    live.by("chen.yu", &["operator", "revoke", "li.wei"]).well();
    let approve = ["approval", "approve", fourth];
    refused(&live.by("wang.fang", &approve), "maker_refused");
    live.by("wang.fang", &["approval", "reject", fourth, "--reason", "proposed by nobody"]).well();
    assert_eq!(fees(), 1200);
    live.place.run(&["check"]).well();
}

#[test]
fn in_a_sandbox_a_name_is_taken_and_told_apart_from_a_proof() {
    let place = Place::sandbox();
    let adjust = |operator: &str, more: &[&str]| {
        let mut all = vec![
            "account",
            "adjust",
            "--debit",
            "core:clearing",
            "--credit",
            "income:fees",
            "--fen",
            "5",
            "--reason",
            "play",
            "--operator",
            operator,
        ];
        all.extend(more);
        place.run(&all)
    };
    let proposed = adjust("li.wei", &[]).well().json();
    assert_eq!(proposed["maker"], "user:li.wei");
    let id = proposed["approval"].as_str().unwrap();
    refused(&place.run(&["approval", "approve", id, "--operator", "li.wei"]), "approval_own");
    let done = place.run(&["approval", "approve", id, "--operator", "wang.fang"]).well().json();
    assert_eq!(done["checker"], "user:wang.fang");
    // Whoever signs is asked for a record, in a sandbox too.
    let key = place.path("x.key");
    place.run(&["operator", "key", "--out", path(&key)]).well();
    refused(&adjust("li.wei", &["--operator-key", path(&key)]), "there is no operator li.wei");
    place.run(&["check"]).well();
}
