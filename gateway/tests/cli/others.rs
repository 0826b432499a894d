//! Statements that others wrote, taken against accounts of ours: from the folder that `JIAOZI_SHARED_DATA`
//! names, or from `../shared/data` beside the project; without it these tests are passed over.

use serde_json::json;

use crate::support::{Done, Place, path};

/// A file of the folder.
fn file(name: &str) -> Option<Vec<u8>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var("JIAOZI_SHARED_DATA").unwrap_or_else(|_| beside.to_owned());
    std::fs::read(std::path::Path::new(&folder).join(name)).ok()
}

/// A sandbox with an account of ours that mirrors one with a number, in a currency.
fn mirroring(code: &str, account: &str, number: &str, currency: &str, formats: &str) -> Place {
    let place = Place::empty();
    std::fs::create_dir_all(place.path("partners/accounts")).unwrap();
    let text = format!(
        "mirror = 1\ncode = \"{code}\"\nname = {{ zh = \"外\", en = \"Elsewhere\" }}\n\
         account = \"{account}\"\ntheirs = \"{number}\"\ncurrency = \"{currency}\"\n\
         formats = [{formats}]\nsince = \"2000-01-01\"\ncalendar = \"every-day\"\n"
    );
    place.file(&format!("partners/accounts/{code}.toml"), text);
    place.run(&["sandbox", "create"]).well();
    place
}

fn import(place: &Place, name: &str, bytes: &[u8]) -> Done {
    let file = place.file(name, bytes);
    place.run(&["file", "import", "statement", path(&file), "--json"])
}

#[test]
fn what_is_wrong_with_an_account_is_named_with_its_file() {
    let place = mirroring("generic", "core:clearing", "1", "CNY", "\"mt\"");
    let right = std::fs::read_to_string(place.path("partners/accounts/generic.toml")).unwrap();
    let file = place.path("partners/accounts/generic.toml");
    let checked = place.run(&["partner", "check", path(&file)]).well();
    assert!(checked.err.contains("1 specifications pass"), "{}", checked.both());
    for (name, from, to, says) in [
        ("yunhe.toml", "\"generic\"", "\"yunhe\"", "a partner is called yunhe too"),
        ("other.toml", "\"generic\"", "\"another\"", "expected the file to be named another.toml"),
        ("other.toml", "\"generic\"", "\"other\"", "generic mirrors core:clearing too"),
        (
            "other.toml",
            "core:clearing",
            "income:fees",
            "accounts/other.toml:4: account: `income:fees` mirrors nothing",
        ),
        ("other.toml", "\"mt\"", "\"pdf\"", "accounts/other.toml:7: formats: `pdf` is no format"),
    ] {
        let wrong = place.file(&format!("partners/accounts/{name}"), right.replace(from, to));
        let checked = place.run(&["partner", "check"]);
        assert_eq!(checked.code, Some(1), "{says}: {}", checked.both());
        assert!(checked.out.contains(says), "{says}: {}", checked.both());
        let doctor = place.run(&["doctor"]);
        assert!(doctor.both().contains(says), "{says}: {}", doctor.both());
        std::fs::remove_file(wrong).unwrap();
    }
}

#[test]
fn a_banks_statements_are_taken_and_what_is_ours_alone_or_theirs_is_all_that_differs() {
    let Some(bytes) = file("statements/generic.sta") else { return };
    let place = mirroring("generic", "core:clearing:generic", "1111 1111", "EUR", "\"mt\"");
    let taken = import(&place, "generic.sta", &bytes).well().json();
    assert!(taken["statements"].as_array().unwrap().len() > 1, "{taken}");
    let balances = &taken["accounts"][0]["balances"];
    assert_eq!(balances["rest_fen"], 0, "{taken}");
    // Nothing of it is ours: the first balance, and every entry, which was booked.
    let list = place.run(&["break", "list", "--json"]).well().json();
    let kinds: Vec<&str> = list["breaks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.iter().all(|kind| ["balance", "only_theirs"].contains(kind)), "{list}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "balance").count(), 1, "{list}");
    place.run(&["check"]).well();
    let again = import(&place, "generic.sta", &bytes).well().json();
    assert_eq!(again["statements"][0]["repeated"], true);
}

#[test]
fn what_does_not_balance_or_is_no_statement_has_no_effect() {
    for (name, number, says) in [
        ("statements/abnamro.sta", "1234567", "account: found"),
        (
            "statements/mt942.sta",
            "1234567",
            "message: found MT942, expected a statement of whole days",
        ),
        ("iso20022/camt054.v4.xml", "1234567", "message: found camt.054.001.04"),
        ("iso20022/camt053.v2.wrong.xml", "1234567", "expected <Stmt>"),
        ("iso20022/camt053.v8.xml", "1234567", "account: found"),
    ] {
        let Some(bytes) = file(name) else { return };
        let place = mirroring(
            "abroad",
            "core:clearing:abroad",
            number,
            "EUR",
            "\"mt\", \"camt\", \"bai2\"",
        );
        let short = name.rsplit('/').next().unwrap();
        let done = import(&place, short, &bytes);
        assert_eq!(done.code, Some(1), "{name}: {}", done.both());
        assert!(done.err.contains(says), "{name}: {}", done.both());
        let list = place.run(&["break", "list", "--json"]).well().json();
        assert_eq!(list["breaks"], json!([]), "{name}");
    }
    // By its own number it is another fault.
    let Some(bytes) = file("statements/abnamro.sta") else { return };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let number = text.lines().find_map(|line| line.strip_prefix(":25:")).unwrap().trim().to_owned();
    let place = mirroring("abroad", "core:clearing:abroad", &number, "EUR", "\"mt\"");
    let done = import(&place, "abnamro.sta", &bytes);
    assert!(done.err.contains("it does not balance, in "), "{}", done.both());
    assert!(done.err.contains("closing balance: found EUR 876.84"), "{}", done.both());
}

#[test]
fn a_trade_bill_that_lost_its_totals_is_reported_and_not_taken() {
    let Some(bytes) = file("bills/wechatpay-tradebill-v3.csv") else { return };
    let text = String::from_utf8(bytes.clone()).unwrap();
    let merchant = text.lines().nth(1).unwrap().split(',').nth(2).unwrap().trim_start_matches('`');
    let account = "clearing:receivable:wechat";
    let place = mirroring("wechat", account, merchant, "CNY", "\"wechat-pay\"");
    let done = import(&place, "bill.csv", &bytes);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("line 3: totals: found none, expected some"), "{}", done.both());
    assert!(done.err.contains("nothing of it was taken"), "{}", done.both());
}
