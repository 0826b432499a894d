//! An account of ours against the statements of the one that it mirrors, through the real program.

use serde_json::{Value, json};

use crate::mirrored::{Bank, NUMBER, OPENING, a_day, camt053, first_statement, mt940};
use crate::support::{Place, path};

async fn what_differs_is_a_break_until_evidence_or_two_people_say_otherwise(place: Place) {
    let bank = a_day(place).await;
    let day = bank.imported("s1.sta", &first_statement(-3_100));
    assert_eq!(day["account"], "core-bank");
    assert_eq!((&day["matched"], &day["in_transit"]), (&json!(2), &json!(1)), "{day}");
    assert_eq!(day["breaks"], json!({"amount": 1, "only_theirs": 2}));
    let expected = [
        json!(["C", "amount", "other_amount", -3_000, -3_100, 100, -100]),
        json!(["D", "only_ours", "in_transit", -700, 0, 0, 0]),
        json!(["X", "only_theirs", "unknown_reference", 0, 5_000, 5_000, 5_000]),
        json!(["~2036-11-20~-15", "only_theirs", "charges", 0, -15, 15, -15]),
    ];
    assert_eq!(bank.breaks(), expected);
    assert_eq!(bank.unexplained(), 5_115);
    let list = bank.place.run(&["break", "list", "--json"]).well().json();
    let of = &list["partners"]["core-bank"];
    assert_eq!((&of["items"], &of["ages"]["today_fen"]), (&json!(3), &json!(5_115)), "{of}");
    // What was booked brings the mirror to what they say; what is left is in transit.
    let balances = &day["balances"];
    assert_eq!(balances["theirs_fen"], OPENING + 99_385);
    assert_eq!(balances["ours_fen"], OPENING + 99_385 - 700);
    assert_eq!(
        (&balances["difference_fen"], &balances["open_breaks_fen"]),
        (&json!(-700), &json!(-700))
    );
    assert_eq!(balances["in_transit_fen"], -700);
    bank.check().well();

    // The same file has one effect.
    let again = bank.import("again.sta", &first_statement(-3_100)).well().json();
    assert_eq!(again["statements"][0]["repeated"], true);
    assert_eq!((bank.breaks(), bank.unexplained()), (expected.to_vec(), 5_115));

    // A corrected one takes the booking back; the next day brings what was on its way.
    let corrected = bank.import("s1-corrected.sta", &first_statement(-3_000)).well().json();
    assert_eq!(corrected["statements"][0]["corrects"], 1, "{corrected}");
    assert_eq!(corrected["accounts"][0]["matched"], 3);
    assert_eq!(bank.unexplained(), 5_015);
    bank.check().well();
    bank.day("2036-11-22").await;
    let second = mt940(2, "2036-11-21", OPENING + 99_485, &[(-700, "NTRF", "D")]);
    let day = bank.imported("s2.sta", &second);
    assert_eq!(
        (&day["in_transit"], &day["balances"]["difference_fen"]),
        (&json!(0), &json!(0)),
        "{day}"
    );
    // What was replaced stays replaced when it comes again.
    let old = bank.import("s1.sta", &first_statement(-3_100)).well().json();
    assert_eq!(old["statements"][0]["superseded"], true);
    assert_eq!(bank.unexplained(), 5_015);

    // Two people resolve what is left, each with a posting.
    for (reference, account) in [("X", "deposit:1001"), ("~2036-11-20~-15", "income:fees")] {
        let id = bank.id_of(reference);
        bank.place.run(&["break", "own", &id, "--owner", "clearing desk"]).well();
        let proposed = bank.propose(&id, &["--account", account]).well().json();
        let approval = proposed["approval"].as_str().unwrap();
        let alone = bank.approve(approval, "li");
        assert_eq!(alone.code, Some(1), "{}", alone.both());
        let resolved = bank.approve(approval, "wang").well().json();
        assert_eq!(
            (&resolved["resolution"], &resolved["state"]),
            (&json!("approved"), &json!("resolved"))
        );
    }
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    bank.check().well();
    let report = bank.place.run(&["day", "report", "--date", "2036-11-21"]).well();
    assert!(
        report.out.contains("core-bank 2036-11-21: ours 100987.85 less theirs 100987.85 is 0.00"),
        "{}",
        report.both()
    );
    // Evidence against what they have ruled is a break again.
    let otherwise = first_statement(-3_000).replace("C50,00NTRFX", "C50,00NTRFY");
    bank.import("s1-again.sta", &otherwise).well();
    let causes: Vec<Value> =
        bank.breaks().iter().map(|one| json!([one[0], one[2], one[6]])).collect();
    let expected =
        [json!(["X", "ruled_otherwise", -5_000]), json!(["Y", "unknown_reference", 5_000])];
    assert_eq!(causes, expected);
    bank.check().well();
}

async fn what_is_not_there_in_its_days_is_missing(place: Place) {
    let bank = a_day(place).await;
    bank.imported("s1.sta", &first_statement(-3_000));
    bank.day("2036-11-24").await;
    // A statement is left out: the balances part, the days are named, and what it may have is not missed.
    let late = mt940(3, "2036-11-23", OPENING + 99_485 + 40, &[]);
    let day = bank.imported("s3.sta", &late);
    assert_eq!(day["seams"], json!(["no statement of 2036-11-21 to 2036-11-22"]));
    let expected = [
        json!(["D", "only_ours", "in_transit", -700, 0, 0, 0]),
        json!(["X", "only_theirs", "unknown_reference", 0, 5_000, 5_000, 5_000]),
        json!([
            "statement 2036-11-23 3 1",
            "balance",
            "statement_missing",
            10_099_485,
            10_099_525,
            40,
            0
        ]),
        json!(["~2036-11-20~-15", "only_theirs", "charges", 0, -15, 15, -15]),
    ];
    assert_eq!(bank.breaks(), expected);
    let balances = &day["balances"];
    assert_eq!(
        (&balances["difference_fen"], &balances["open_breaks_fen"]),
        (&json!(-740), &json!(-740))
    );
    // It comes late, and with it what was missing.
    let missing =
        mt940(2, "2036-11-22", OPENING + 99_485, &[(40, "NTRF", "E"), (-700, "NTRF", "D")]);
    bank.import("s2.sta", &missing).well();
    let balance = json!([
        "statement 2036-11-23 3 1",
        "balance",
        "statement_missing",
        10_098_825,
        10_099_525,
        700,
        0
    ]);
    assert!(bank.breaks().contains(&balance), "{:?}", bank.breaks());
    assert!(!bank.breaks().iter().any(|one| one[0] == "D"), "{:?}", bank.breaks());
    bank.check().well();
    let list = bank.place.run(&["break", "list"]).well();
    assert!(list.out.contains("core-bank"), "{}", list.out);
}

async fn what_is_not_listed_by_its_days_is_booked(place: Place) {
    let bank = a_day(place).await;
    bank.imported("s1.sta", &first_statement(-3_000));
    bank.day("2036-11-24").await;
    let rest = mt940(2, "2036-11-23", OPENING + 99_485, &[]).replace("C361122", "C361120");
    bank.imported("s2.sta", &rest);
    let missing = json!(["D", "only_ours", "not_listed", -700, 0, 700, 700]);
    assert!(bank.breaks().contains(&missing), "{:?}", bank.breaks());
    bank.check().well();
}

async fn what_was_moved_and_is_said_otherwise_is_resolved_to_the_fen(place: Place) {
    let bank = Bank::of(place).await;
    bank.post("A", 1_000).await;
    bank.day("2036-11-21").await;
    let with =
        |second| mt940(1, "2036-11-20", OPENING, &[(1_000, "NTRF", "A"), (second, "NTRF", "A")]);
    let resolve = || {
        let proposed = bank.propose(&bank.id_of("A"), &["--account", "deposit:1001"]).well().json();
        bank.approve(proposed["approval"].as_str().unwrap(), "wang").well();
    };
    bank.imported("s.sta", &with(700));
    resolve();
    // The same twice: for that nothing is booked, and what was moved for the other is taken back.
    bank.imported("t.sta", &with(1_000));
    let expected = json!(["A", "only_theirs", "duplicate", 0, 1_000, 1_000, -700]);
    assert_eq!(bank.breaks(), [expected]);
    bank.check().well();
    resolve();
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    let after = bank.imported("t.sta", &with(1_000));
    assert_eq!(after["balances"]["difference_fen"], 0, "{after}");
    bank.check().well();
}

async fn what_two_people_have_moved_and_comes_back_is_approved_without_a_posting(place: Place) {
    let bank = Bank::of(place).await;
    bank.day("2036-11-21").await;
    let says = |reference, mark: &str| {
        let text = mt940(1, "2036-11-20", OPENING, &[(5_000, "NTRF", reference)]);
        text.replace("//B10", mark)
    };
    let rule = |more: &[&str]| {
        let proposed = bank.propose(&bank.id_of("X"), more).well().json();
        bank.approve(proposed["approval"].as_str().unwrap(), "wang")
    };
    bank.imported("first.sta", &says("X", "//1"));
    rule(&["--account", "deposit:1001"]).well();
    bank.imported("second.sta", &says("Y", "//2"));
    assert_eq!(
        bank.breaks()[0],
        json!(["X", "only_theirs", "ruled_otherwise", 0, 0, 5_000, -5_000])
    );
    bank.imported("third.sta", &says("X", "//3"));
    let back = json!(["X", "only_theirs", "unknown_reference", 0, 5_000, 5_000, 0]);
    assert_eq!(bank.breaks(), [back]);
    // The money is where two people have moved it: there is nothing to move, and an account is too much.
    let proposed = bank.propose(&bank.id_of("X"), &["--account", "deposit:1001"]).well().json();
    let approval = proposed["approval"].as_str().unwrap();
    let too_much = bank.approve(approval, "wang");
    assert!(too_much.both().contains("There is nothing to be moved"), "{}", too_much.both());
    bank.place.run(&["approval", "withdraw", approval, "--operator", "li"]).well();
    rule(&[]).well();
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    // It stays so, whatever is imported again.
    let day = bank.imported("third.sta", &says("X", "//3"));
    assert_eq!((bank.breaks(), &day["balances"]["difference_fen"]), (Vec::new(), &json!(0)));
    bank.check().well();
}

async fn a_reference_that_is_cut_short_is_found_if_one_begins_so(place: Place) {
    let bank = Bank::of(place).await;
    let long = |end: &str| format!("0190f3c2a1b07d5e{end}");
    for (reference, fen) in [
        (long("8f00112233445566"), -1_000),
        (long("8f00112233445577"), -1_001),
        // Two of ours begin so and have the amount: nobody can say which is meant.
        (long("8f00112233445588"), -700),
        (long("8f00112233445599"), -700),
        ("short".to_owned(), -90),
    ] {
        bank.post(&reference, fen).await;
    }
    bank.day("2036-11-21").await;
    let cut = long("");
    let lines = [(-1_000, "NTRF", cut.as_str()), (-700, "NTRF", &cut), (-90, "NTRF", "shor")];
    let day = bank.imported("s.sta", &mt940(1, "2036-11-20", OPENING, &lines));
    assert_eq!(day["matched"], 1, "{day}");
    let found: Vec<Value> =
        bank.breaks().iter().map(|one| json!([one[0], one[2], one[4]])).collect();
    let expected = [
        json!([cut, "unknown_reference", -700]),
        json!([long("8f00112233445577"), "in_transit", 0]),
        json!([long("8f00112233445588"), "in_transit", 0]),
        json!([long("8f00112233445599"), "in_transit", 0]),
        json!(["shor", "unknown_reference", -90]),
        json!(["short", "in_transit", 0]),
    ];
    assert_eq!(found, expected);
    bank.check().well();
    // The whole reference comes as well: it is the same once more.
    bank.day("2036-11-22").await;
    let whole = [(-1_000, "NTRF", "0190f3c2a1b07d5e8f00112233445566")];
    bank.imported("t.sta", &mt940(2, "2036-11-21", OPENING - 1_790, &whole));
    let twice = bank.breaks().into_iter().find(|one| one[2] == "duplicate");
    assert_eq!(twice.map(|one| one[4].clone()), Some(json!(-1_000)));
    bank.check().well();
}

async fn an_amount_is_matched_only_when_one_can_be_meant(place: Place) {
    let bank = Bank::of(place).await;
    for (reference, fen) in [("one", 4_200), ("two", 900), ("three", 900), ("four", 77)] {
        bank.post(reference, fen).await;
    }
    bank.day("2036-11-21").await;
    let lines = [(4_200, "NTRF", "NONREF"), (900, "NTRF", "NONREF"), (77, "NTRF", "other")];
    let day = bank.imported("s.sta", &mt940(1, "2036-11-20", OPENING, &lines));
    assert_eq!(day["matched"], 1);
    let found: Vec<Value> = bank.breaks().iter().map(|one| json!([one[0], one[2]])).collect();
    let expected = [
        json!(["four", "in_transit"]),
        json!(["other", "unknown_reference"]),
        json!(["three", "in_transit"]),
        json!(["two", "in_transit"]),
        json!(["~2036-11-20~900", "no_reference"]),
    ];
    assert_eq!(found, expected);
    // A reference takes what was matched by its amount.
    bank.day("2036-11-22").await;
    let day =
        bank.imported("t.sta", &mt940(2, "2036-11-21", OPENING + 5_177, &[(4_200, "NTRF", "one")]));
    assert_eq!(day["matched"], 1);
    assert!(bank.breaks().iter().any(|one| one[0] == "~2036-11-20~4200"), "{:?}", bank.breaks());
    bank.check().well();
}

async fn an_entry_that_books_several_is_matched_one_by_one(place: Place) {
    let bank = Bank::of(place).await;
    for (reference, fen) in [("P-1", -100), ("P-2", -200), ("P-3", -300)] {
        bank.post(reference, fen).await;
    }
    bank.day("2036-11-21").await;
    let batch = camt053("2036-11-20", OPENING, &[(-100, "P-1"), (-200, "P-2"), (-350, "P-3")]);
    let taken = bank.import("batch.xml", &batch).well().json();
    assert_eq!((&taken["format"], &taken["statements"][0]["lines"]), (&json!("camt"), &json!(3)));
    assert_eq!(taken["accounts"][0]["matched"], 2, "{taken}");
    let expected = [json!(["P-3", "amount", "other_amount", -300, -350, 50, -50])];
    assert_eq!(bank.breaks(), expected);
    bank.check().well();
}

async fn what_is_not_a_statement_of_the_account_is_refused_with_the_place(place: Place) {
    let bank = a_day(place).await;
    let right = first_statement(-3_000);
    let other_currency = right.replace("CNY", "EUR");
    let unbalanced = right.replace(":62F:C361120CNY100994,85", ":62F:C361120CNY100995,85");
    for (name, text, says) in [
        (
            "other.sta",
            right.replace(NUMBER, "6222999999999999"),
            "line 1, field 20: account: found ************9999, expected the number of core-bank",
        ),
        ("currency.sta", other_currency, "currency: found EUR, expected CNY of core-bank"),
        (
            "unbalanced.sta",
            unbalanced,
            "closing balance: found CNY 100995.85, expected CNY 100994.85",
        ),
        ("cut.sta", right[..right.len() / 2].to_owned(), "the file is refused"),
        (
            "letter.txt",
            "a letter\n".to_owned(),
            "its format is not recognised; expected one of bai2, camt, mt, wechat-pay",
        ),
        ("empty.sta", String::new(), "its format is not recognised"),
        ("early.sta", mt940(1, "2036-11-12", OPENING, &[]), "2036-11-20 or later"),
        ("future.sta", mt940(1, "2036-11-25", OPENING, &[]), "expected a day up to 2036-11-21"),
    ] {
        let done = bank.import(name, &text);
        assert_eq!(done.code, Some(1), "{name}: {}", done.both());
        assert!(done.err.contains(says) && done.err.contains(name), "{name}: {}", done.both());
        assert!(done.err.contains("nothing of it was taken"), "{name}: {}", done.both());
    }
    let file = bank.place.file("s1.sta", &right);
    let wrong = |arguments: &[&str]| {
        bank.place.run(&[&["file", "import", "statement"], arguments].concat())
    };
    let nobody = wrong(&["--partner", "nobody", path(&file)]);
    assert!(
        nobody.err.contains("expected one of core-bank, wechat-pay, huaran-gas"),
        "{}",
        nobody.both()
    );
    let another = wrong(&["--date", "2036-11-19", path(&file)]);
    assert!(another.err.contains("found 2036-11-20, expected 2036-11-19"), "{}", another.both());
    assert_eq!((bank.breaks(), bank.unexplained()), (Vec::new(), 0));
    // An empty day is a statement too, and no account needs to be resolved to the mirror itself.
    bank.import("s1.sta", &right).well();
    bank.day("2036-11-22").await;
    let empty = bank.imported("s2.sta", &mt940(2, "2036-11-21", OPENING + 99_485, &[]));
    assert_eq!(
        (&empty["matched"], &empty["statements"][0]["lines"]),
        (&json!(0), &json!(0)),
        "{empty}"
    );
    let (known, on_its_way) = (bank.id_of("X"), bank.id_of("D"));
    for (id, more, says) in [
        (&known, &[][..], "account was expected"),
        (&known, &["--account", "core:clearing"][..], "Nothing can be resolved to core:clearing"),
        (
            &known,
            &["--account", "payouts:transit"][..],
            "Nothing can be resolved to payouts:transit",
        ),
        (&known, &["--account", "suspense:unexplained"][..], "Nothing can be resolved to"),
        (&known, &["--account", "deposit:nobody"][..], "deposit:nobody"),
        (&on_its_way, &["--account", "deposit:1001"][..], "in transit"),
    ] {
        let proposed = bank.propose(id, more).well().json();
        let approval = proposed["approval"].as_str().unwrap();
        let declined = bank.approve(approval, "wang");
        assert_eq!(declined.code, Some(1), "{more:?}: {}", declined.both());
        assert!(declined.both().contains(says), "{more:?}: {}", declined.both());
        bank.place.run(&["approval", "withdraw", approval, "--operator", "li"]).well();
    }
    bank.check().well();
}

async fn what_is_changed_behind_the_books_is_found(place: Place) {
    let bank = a_day(place).await;
    bank.import("s1.sta", &first_statement(-3_100)).well();
    bank.check().well();
    let of_booked = "book = $1 and partner = 'core-bank' and booked_fen = 5000";
    for (change, undo) in [
        (
            format!("update breaks set booked_fen = booked_fen + 1 where {of_booked}"),
            "update breaks set booked_fen = booked_fen - 1 where book = $1 and booked_fen = 5001".to_owned(),
        ),
        (
            "update mirror_items set amount_fen = amount_fen + 1 where book = $1 and origin = 0 and place = 2".to_owned(),
            "update mirror_items set amount_fen = amount_fen - 1 where book = $1 and origin = 0 and place = 2".to_owned(),
        ),
        (
            "update mirror_items set amount_fen = amount_fen + 1 where book = $1 and origin = 1 and amount_fen = 5000".to_owned(),
            "update mirror_items set amount_fen = amount_fen - 1 where book = $1 and origin = 1 and amount_fen = 5001".to_owned(),
        ),
        (
            "update mirror_items set origin = 2 where book = $1 and origin = 0 and place = 2".to_owned(),
            "update mirror_items set origin = 0 where book = $1 and origin = 2 and place = 2".to_owned(),
        ),
        (
            "update mirrors set base_fen = base_fen + 1 where book = $1".to_owned(),
            "update mirrors set base_fen = base_fen - 1 where book = $1".to_owned(),
        ),
        (
            "update account_statements set closing_fen = closing_fen + 1 where book = $1".to_owned(),
            "update account_statements set closing_fen = closing_fen - 1 where book = $1".to_owned(),
        ),
        (
            "update entries set amount_fen = amount_fen + 1 where book = $1 and nth = 6 and account = (select account from mirrors)".to_owned(),
            "update entries set amount_fen = amount_fen - 1 where book = $1 and nth = 6 and account = (select account from mirrors)".to_owned(),
        ),
    ] {
        bank.execute(&change).await;
        let found = bank.check();
        assert_eq!(found.code, Some(1), "{change}: {}", found.both());
        bank.execute(&undo).await;
        bank.check().well();
    }
}

macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Place::empty()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some(place) = super::Place::empty_on_postgres().await else { return };
                super::$test(place).await;
            })*
        }
    };
}

on_both_engines! {
    what_differs_is_a_break_until_evidence_or_two_people_say_otherwise,
    what_is_not_there_in_its_days_is_missing,
    what_is_not_listed_by_its_days_is_booked,
    what_was_moved_and_is_said_otherwise_is_resolved_to_the_fen,
    what_two_people_have_moved_and_comes_back_is_approved_without_a_posting,
    a_reference_that_is_cut_short_is_found_if_one_begins_so,
    an_amount_is_matched_only_when_one_can_be_meant,
    an_entry_that_books_several_is_matched_one_by_one,
    what_is_not_a_statement_of_the_account_is_refused_with_the_place,
    what_is_changed_behind_the_books_is_found,
}
