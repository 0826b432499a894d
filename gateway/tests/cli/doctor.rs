//! `jiaozi doctor`: each thing that can be wrong is found, and nothing is changed by looking.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiaozi_ledger::row::{Cell, Kind};
use jiaozi_ledger::store::engine::Query;
use serde_json::Value;

use crate::support::{Done, Place, path, payer};

/// A sandbox with one company and the channels, all with their keys.
fn sound() -> Place {
    let place = Place::empty();
    for code in ["huating", "jinding", "mobile-bank"] {
        std::fs::remove_dir_all(place.path("partners").join(code)).unwrap();
    }
    place.run(&["sandbox", "create"]).well();
    for (partner, id, kind) in [
        ("yunhe", "yunhe-2026-1", "ed25519"),
        ("yunhe", "yunhe-hook", "webhook"),
        ("sandbox-bank", "sandbox-bank-1", "ed25519"),
        ("minbei-power", "minbei-power-1", "ed25519"),
    ] {
        let out = place.path(&format!("{id}.secret"));
        let generate =
            ["partner", "keys", "generate", "--partner", partner, "--id", id, "--kind", kind];
        place.run(&[&generate[..], &["--out", path(&out)]].concat()).well();
    }
    place
}

fn doctor_with(place: &Place, more: &[(&str, &str)]) -> (Done, Value) {
    let mut command = place.jiaozi();
    // Any free port, whatever else runs on this machine.
    command.args(["doctor", "--json"]).env("JIAOZI_LISTEN_HTTP", "127.0.0.1:0");
    command.env("JIAOZI_PAYOUTS_NAME", "The bank").env("JIAOZI_PAYOUTS_ACCOUNT", "9900000001");
    for (name, value) in more {
        command.env(format!("JIAOZI_{name}"), value);
    }
    let done = Done::of(command.output().unwrap());
    let json = done.json();
    (done, json)
}

fn doctor(place: &Place) -> (Done, Value) {
    doctor_with(place, &[])
}

/// What was found about something, with its level.
fn about(json: &Value, what: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = json["findings"].as_array().unwrap().iter().filter(|one| one["about"] == what);
    all.map(|one| (text(&one["level"]), text(&one["says"]))).collect()
}

/// Something was found at this level, and it says what to do.
#[track_caller]
fn found(json: &Value, what: &str, level: &str, says: &str) {
    let hit = json["findings"].as_array().unwrap().iter().find(|one| {
        one["about"] == what
            && one["level"] == level
            && one["says"].as_str().unwrap().contains(says)
    });
    let hit = hit.unwrap_or_else(|| panic!("expected {level} of {what} with {says:?}: {json:#}"));
    assert_eq!(hit["todo"].is_string(), level != "ok", "{hit}");
}

async fn change(place: &Place, statements: &[&str]) {
    let gateway = place.gateway().await;
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    for sql in statements {
        assert!(unit.execute((*sql).to_owned(), vec![]).await.unwrap() > 0, "{sql}");
    }
    unit.commit().await.unwrap();
    gateway.store.close().await.unwrap();
}

#[test]
fn payouts_that_cannot_be_told_to_the_core_are_found() {
    let place = sound();
    let unset = [("PAYOUTS_NAME", ""), ("PAYOUTS_ACCOUNT", "")];
    let (_, json) = doctor_with(&place, &unset);
    found(&json, "payouts", "warn", "who pays is not set");
    let (_, json) = doctor(&place);
    found(&json, "payouts", "ok", "0 payouts on the way");
}

#[test]
fn a_sound_installation_is_well_and_stays_as_it_is() {
    let place = sound();
    let before = place.run(&["check", "--json"]).well().json()["ledger"].clone();
    let (done, json) = doctor(&place);
    assert_eq!((done.code, &json["wrong"]), (Some(0), &Value::from(0)), "{}", done.both());
    for what in [
        "configuration",
        "folder",
        "disk",
        "tls",
        "address",
        "specifications",
        "schema",
        "database",
        "durability",
        "time",
        "keys",
        "readers",
        "notices",
        "holds",
        "days",
        "payouts",
        "calendar",
        "operators",
        "approvals",
    ] {
        assert!(!about(&json, what).is_empty(), "{what} is looked at: {json:#}");
    }
    assert_eq!(place.run(&["check", "--json"]).well().json()["ledger"], before);
    // For people the same, a line each.
    let shown = place.jiaozi().arg("doctor").env("JIAOZI_LISTEN_HTTP", "127.0.0.1:0").output();
    let shown = Done::of(shown.unwrap()).well();
    assert!(
        shown
            .out
            .lines()
            .all(|line| ["ok ", "warn", "    "].iter().any(|start| line.starts_with(start))),
        "{}",
        shown.out
    );
}

#[test]
fn where_nothing_is_yet_nothing_is_made() {
    let place = Place::empty();
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(0), "{}", done.both());
    found(&json, "database", "warn", "not there yet");
    assert!(!place.path("jiaozi.db").exists() && !place.path("days").exists());
    let (done, json) =
        doctor_with(&place, &[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")]);
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "database", "wrong", "127.0.0.1:1");
}

#[test]
fn bad_configuration_ends_with_64_and_bad_specifications_are_listed() {
    let place = sound();
    let mut command = place.jiaozi();
    let done =
        Done::of(command.arg("doctor").env("JIAOZI_LIMITS_HEADERS_MAX", "many").output().unwrap());
    assert_eq!(done.code, Some(64), "{}", done.both());
    place
        .change_partner("yunhe", |spec| spec.replace("cut_off = \"23:00\"", "cut_off = \"25:00\""));
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "specifications", "wrong", "clearing.cut_off");
}

#[test]
fn keys_that_are_missing_are_named_by_partner() {
    let place = sound();
    place.run(&["partner", "keys", "revoke", "yunhe-2026-1"]).well();
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "keys", "wrong", "yunhe has no key to sign requests with: yunhe-2026-1");
    place.run(&["partner", "keys", "revoke", "yunhe-hook"]).well();
    let (_, json) = doctor(&place);
    found(&json, "keys", "wrong", "yunhe wants notices");
}

#[test]
fn folders_files_and_addresses_are_looked_at() {
    let place = sound();
    let key = place.file("quote.key", "33".repeat(32));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let blocked = place.file("blocked", "no folder");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    // It takes the connection and says something that no gateway says.
    let address = taken.local_addr().unwrap().to_string();
    let other = std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut stream, _) = taken.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
            .unwrap();
    });
    let (done, json) = doctor_with(
        &place,
        &[
            ("SECRETS_QUOTE_KEY", ""),
            ("SECRETS_QUOTE_KEY_FILE", path(&key)),
            ("DAYS_FOLDER", path(&blocked.join("days"))),
            ("LISTEN_HTTP", &address),
        ],
    );
    other.join().unwrap();
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "secret", "warn", "mode 0644");
    found(&json, "folder", "wrong", "day files");
    found(&json, "address", "wrong", "no gateway");
}

fn certificate(folder: &Place, year: i32) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    wanted.not_after = rcgen::date_time_ymd(year, 1, 1);
    let made = wanted.self_signed(&key).unwrap();
    let shown = |path: &Path| path.to_str().unwrap().to_owned();
    let certificate = folder.file("tls.pem", made.pem());
    let private = folder.file("tls.key", key.serialize_pem());
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o600)).unwrap();
    (shown(&certificate), shown(&private))
}

#[test]
fn a_certificate_is_judged_by_its_end() {
    let place = sound();
    for (year, level, code) in [(2020, "wrong", 1), (2090, "ok", 0)] {
        let (certificate, key) = certificate(&place, year);
        let set = [("TLS_CERTIFICATE_FILE", certificate.as_str()), ("TLS_KEY_FILE", key.as_str())];
        let (done, json) = doctor_with(&place, &set);
        assert_eq!(done.code, Some(code), "{}", done.both());
        found(&json, "tls", level, &format!("valid until {year}-01-01"));
    }
    let broken = place.file("tls.pem", "no certificate");
    let key = place.path("tls.key");
    let set = [("TLS_CERTIFICATE_FILE", path(&broken)), ("TLS_KEY_FILE", path(&key))];
    let (done, json) = doctor_with(&place, &set);
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "tls", "wrong", "PEM certificates");
}

#[tokio::test]
async fn what_lags_behind_is_found() {
    let place = sound();
    let gateway = place.gateway().await;
    payer(&gateway, "1001").await;
    gateway.store.close().await.unwrap();
    let adjust = [
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
    ];
    place.run(&adjust).well();
    // Everything happened four days ago, and nothing since.
    let ago = 4 * 24 * 3_600 * 1_000_000_i64;
    change(
        &place,
        &[
            &format!("update journal set at = at - {ago}"),
            &format!("update approvals set proposed_at = proposed_at - {ago}"),
            "insert into holds select book, id, id, 5, 0, 5, 0, 0, 0, 1, 0 from accounts where code = 'deposit:1001'",
            "insert into notices select 1, 'evt', 'yunhe', 1, 'bill.paid', id, '{}', 9, 1, 2, 'gone' from accounts where code = 'deposit:1001'",
        ],
    )
    .await;
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "readers", "wrong", "notices is");
    found(&json, "readers", "wrong", "acquisition is");
    found(&json, "notices", "warn", "1 notice given up");
    found(&json, "holds", "warn", "1 hold past their time");
    found(&json, "days", "wrong", "yunhe: ");
    found(&json, "approvals", "warn", "1 proposal for more than three days");
    // A clock that went back, or a book from a machine whose clock is ahead.
    change(&place, &[&format!("update books set at = at + {ago}")]).await;
    let (_, json) = doctor(&place);
    found(&json, "time", "wrong", "ahead of this machine's clock");
}

#[tokio::test]
async fn an_older_schema_is_told_and_left_alone() {
    let place = sound();
    let versions = async || {
        let gateway_free = sqlx_versions(&place).await;
        gateway_free.len()
    };
    let all = versions().await;
    forget_last_migration(&place).await;
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(0), "{}", done.both());
    found(&json, "schema", "warn", "1 behind");
    assert_eq!(versions().await, all - 1, "nothing was brought up to date");
    add_unknown_migration(&place).await;
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "schema", "wrong", "does not know");
}

async fn connection(place: &Place) -> sqlx::SqliteConnection {
    use sqlx::Connection as _;
    let url = format!("sqlite:{}", place.path("jiaozi.db").display());
    sqlx::SqliteConnection::connect(&url).await.unwrap()
}

async fn sqlx_versions(place: &Place) -> Vec<i64> {
    let mut connection = connection(place).await;
    let sql = "select version from _sqlx_migrations order by version";
    sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
}

async fn forget_last_migration(place: &Place) {
    let mut connection = connection(place).await;
    let sql =
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
}

async fn add_unknown_migration(place: &Place) {
    let mut connection = connection(place).await;
    let sql = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
               values (9999, 'of the future', true, x'00', 0)";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn on_a_live_database_somebody_must_be_able_to_order() {
    let place = sound_live().await;
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(1), "{}", done.both());
    found(&json, "operators", "wrong", "nothing can be ordered by hand");
    let key = place.path("a.key");
    let public = place.run(&["operator", "key", "--out", path(&key)]).well().out;
    let public = place.file("a.pub", public);
    let first = [
        "operator",
        "add",
        "a",
        "--first",
        "--role",
        "administrator",
        "--public-key",
        path(&public),
        "--operator",
        "a",
        "--operator-key",
        path(&key),
    ];
    place.run(&first).well();
    let (_, json) = doctor(&place);
    found(&json, "operators", "warn", "if that key is lost");
}

/// The same partners over a live database. Their keys are missing, which is another finding.
async fn sound_live() -> Place {
    let place = Place::empty();
    place.gateway().await.store.close().await.unwrap();
    place
}

#[tokio::test]
async fn on_postgresql_the_same_is_looked_at() {
    let Some(place) = Place::empty_on_postgres().await else { return };
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(0), "{}", done.both());
    found(&json, "schema", "warn", "behind");
    let gateway = place.gateway().await;
    let tables = Query {
        sql: "select count(*) from operators where book = $1".to_owned(),
        binds: vec![Cell::Int(1)],
        kinds: vec![Kind::Int],
    };
    gateway.store.engine().read(tables).await.unwrap();
    gateway.store.close().await.unwrap();
    let (done, json) = doctor(&place);
    assert_eq!(done.code, Some(1), "keys are missing: {}", done.both());
    found(&json, "schema", "ok", "this program's");
    found(&json, "durability", "ok", "postgresql");
}
