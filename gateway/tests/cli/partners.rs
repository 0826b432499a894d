//! Specifications and keys on the command line.

use crate::support::{Place, path, shipped};

#[test]
fn a_broken_specification_is_named_with_file_place_and_expectation() {
    let place = Place::empty();
    let good = std::fs::read_to_string(shipped().join("yunhe/partner.toml")).unwrap();
    let broken = good
        .replace("cut_off = \"23:00\"", "cut_off = \"25:00\"")
        .replace("calendar = \"every-day\"", "calendar = \"lunar\"");
    let file = place.path("partners/yunhe/partner.toml");
    std::fs::write(&file, broken).unwrap();
    let line = good.lines().position(|line| line.starts_with("cut_off")).unwrap() + 1;
    for arguments in [vec!["partner", "check"], vec!["partner", "check", path(&file)]] {
        let done = place.run(&arguments);
        assert_eq!(done.code, Some(1), "{}", done.both());
        let place = format!("yunhe/partner.toml:{line}: clearing.cut_off");
        assert!(done.out.contains(&place), "{place}: {}", done.out);
        assert!(done.out.contains("expected HH:MM"), "{}", done.out);
    }
    let json = place.run(&["partner", "check", "--json"]).json();
    assert_eq!(json["passes"], false);
    assert_eq!(json["problems"][0]["key"], "clearing.cut_off");
    assert_eq!(place.run(&["partner", "check", "nowhere"]).code, Some(1));
}

#[test]
fn the_shipped_specifications_and_new_ones_pass() {
    let place = Place::empty();
    place.run(&["partner", "check"]).well();
    place.run(&["partner", "new", "greenhill", "--kind", "property"]).well();
    place.run(&["partner", "new", "heat", "--kind", "biller"]).well();
    place.run(&["partner", "new", "counter", "--kind", "channel"]).well();
    place.run(&["partner", "new", "our-core", "--kind", "core"]).well();
    place.run(&["partner", "check"]).well();
    let listed = place.run(&["partner", "list", "--json"]).well().json();
    let codes: Vec<&str> =
        listed.as_array().unwrap().iter().map(|one| one["partner"].as_str().unwrap()).collect();
    for code in ["greenhill", "heat", "counter", "rongjiang-water"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    let gas = listed.as_array().unwrap().iter().find(|one| one["partner"] == "huaran-gas");
    let gas = gas.expect("the gas company is listed");
    assert_eq!((&gas["kind"], &gas["item"]), (&"biller".into(), &"gas".into()));
    assert_eq!(gas["messages"], serde_json::json!(["query", "write_off", "ask"]));
    // What is there is never written over.
    assert_eq!(place.run(&["partner", "new", "yunhe", "--kind", "property"]).code, Some(1));
    assert_eq!(place.run(&["partner", "new", "No", "--kind", "property"]).code, Some(2));
}

#[test]
fn keys_are_made_listed_and_revoked_and_secrets_never_shown() {
    let place = Place::sandbox();
    let out = place.path("key.pem");
    let generate = ["partner", "keys", "generate", "--partner", "yunhe", "--id", "yunhe-2026-1"];
    let mut arguments = generate.to_vec();
    arguments.extend(["--out", path(&out)]);
    place.run(&arguments).well();
    let private = std::fs::read_to_string(&out).unwrap();
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----"), "a private key");
    let hook = [
        "partner",
        "keys",
        "generate",
        "--partner",
        "yunhe",
        "--id",
        "hook-1",
        "--kind",
        "webhook",
    ];
    let secret = place.run(&hook).well().out;
    assert!(secret.starts_with("whsec_"), "a webhook secret");
    place.run(&["partner", "keys", "revoke", "yunhe-2026-1"]).well();
    let listed = place.run(&["partner", "keys", "list", "--partner", "yunhe", "--json"]).well();
    let keys = listed.json();
    assert!(keys[0]["revoked_at"].is_string(), "{keys}");
    assert!(!listed.out.contains(secret.trim()) && !listed.out.contains("PRIVATE"));
    // An identifier is used once.
    let again = place.run(&generate);
    assert_eq!(again.code, Some(1), "{}", again.both());
    place.run(&["check"]).well();
}

#[test]
fn references_that_a_restored_database_has_forgotten_are_left_out() {
    let place = Place::sandbox();
    let skip =
        |partner: &str, by: &str| place.run(&["partner", "skip-references", partner, "--by", by]);
    let first = skip("rongjiang-water", "1000").well();
    assert!(first.err.contains("number 1001 or later"), "{}", first.both());
    let second = skip("rongjiang-water", "500").well();
    assert!(second.err.contains("number 1501 or later"), "{}", second.both());
    assert!(skip("minrong-core", "7").well().err.contains("number 8 or later"));
    let wrong = skip("yunhe", "1");
    assert!(wrong.err.contains("there is no biller yunhe; expected one of"), "{}", wrong.both());
    assert!(skip("rongjiang-water", "0").err.contains("0 is not in 1.."));
    place.change_partner("rongjiang-water", |text| text.replace("digits = 12", "digits = 4"));
    let far = skip("rongjiang-water", "9000");
    assert!(far.err.contains("more than the 4 digits"), "{}", far.both());
    place.run(&["check"]).well();
}

#[test]
fn a_public_key_of_the_partners_own_is_added() {
    let place = Place::sandbox();
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let pem = place.file("public.pem", pair.public_key_pem());
    let add = ["partner", "keys", "add", "--partner", "yunhe", "--id", "yunhe-p1", "--public-key"];
    let mut arguments = add.to_vec();
    arguments.push(path(&pem));
    place.run(&arguments).well();
    let keys = place.run(&["partner", "keys", "list", "--json"]).well().json();
    assert_eq!(keys[0]["kind"], "ecdsa-p256-sha256");
    let wrong = place.file("wrong.pem", "not a key");
    let mut arguments = add.to_vec();
    arguments.push(path(&wrong));
    let done = place.run(&arguments);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("wrong.pem"), "{}", done.err);
}
