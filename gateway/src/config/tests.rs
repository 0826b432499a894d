//! What each layer may say, and how it is told that it may not.

use std::io::Write as _;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Sources {
    let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Sources { environment: environment.collect(), ..Sources::default() }
}

fn file(text: &str) -> (tempfile::NamedTempFile, Sources) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let sources = Sources { file: Some(file.path().to_owned()), ..Sources::default() };
    (file, sources)
}

fn refused(sources: &Sources) -> ConfigError {
    Config::load(sources).expect_err("this configuration does not pass")
}

#[test]
fn the_defaults_pass_and_are_for_loopback() {
    let config = Config::load(&Sources::default()).unwrap();
    assert!(config.listen.http.ip().is_loopback());
    assert!(config.roles.has(Role::Workers));
    assert_eq!(config.limits.of_connections().drain_max.as_secs(), 25);
}

#[test]
fn later_layers_win() {
    let (_file, mut sources) = file("[limits]\nheaders_max = 50\ndrain_seconds = 5\n");
    sources.environment = vec![("JIAOZI_LIMITS_DRAIN_SECONDS".into(), "6".into())];
    sources.flags =
        vec![Flag { flag: "--listen", key: "listen.http", value: "127.0.0.1:0".to_owned() }];
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.limits.headers_max, 50);
    assert_eq!(config.limits.drain_seconds, 6);
    assert_eq!(config.listen.http.port(), 0);
}

#[test]
fn an_unknown_key_is_told_with_its_line() {
    let (file, sources) = file("[limits]\n\nheader_max = 50\n");
    let error = refused(&sources);
    assert_eq!(error.place, format!("{}:3", file.path().display()));
    assert_eq!(error.what, "limits.header_max is not known");
    assert!(error.expected.contains("headers_max"));
}

#[test]
fn who_pays_is_set_whole_or_not_at_all() {
    assert_eq!(Config::load(&Sources::default()).unwrap().payouts.debtor(), None);
    let set = [("JIAOZI_PAYOUTS_NAME", "银行"), ("JIAOZI_PAYOUTS_ACCOUNT", "99-1")];
    let debtor = Config::load(&variables(&set)).unwrap().payouts.debtor().unwrap();
    assert_eq!((debtor.name.as_str(), debtor.shown().as_str()), ("银行", "…99-1"));
    for (name, value, place, expected) in [
        ("BIC", "ABC", "JIAOZI_PAYOUTS_BIC", "a BIC of 8 or 11"),
        ("IBAN", "ES9121000418450200051332", "JIAOZI_PAYOUTS_IBAN", "either `account` or `iban`"),
        ("ACCOUNT", "", "JIAOZI_PAYOUTS_ACCOUNT", "`account` or `iban`"),
        ("NAME", "", "JIAOZI_PAYOUTS_NAME", "who pays"),
    ] {
        let variable = format!("JIAOZI_PAYOUTS_{name}");
        let mut changed: Vec<(&str, &str)> =
            set.into_iter().filter(|(name, _)| *name != variable).collect();
        changed.push((&variable, value));
        let error = refused(&variables(&changed));
        assert!(error.place.starts_with(place), "{error}");
        assert!(error.expected.contains(expected), "{error}");
    }
}

#[test]
fn unknown_sections_and_variables_are_told() {
    let (_file, sources) = file("[limit]\na = 1\n");
    assert!(refused(&sources).expected.contains("limits"));
    let error = refused(&variables(&[("JIAOZI_LIMITS_HEADER_MAX", "1")]));
    assert_eq!(error.place, "JIAOZI_LIMITS_HEADER_MAX");
    let ours = [("JIAOZI_SHARED_DATA", "x"), ("JIAOZI_TEST_PG", "y"), ("PATH", "z")];
    assert!(Config::load(&variables(&ours)).is_ok());
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_its_line() {
    let (file, sources) = file("[limits]\nheaders_max = \"many\"\n");
    let error = refused(&sources);
    assert_eq!(error.place, format!("{}:2 (limits.headers_max)", file.path().display()));
    assert_eq!(error.expected, "a whole number");
    let error = refused(&variables(&[("JIAOZI_LIMITS_HEADERS_MAX", "many")]));
    assert_eq!(error.place, "JIAOZI_LIMITS_HEADERS_MAX (limits.headers_max)");
}

#[test]
fn a_value_that_cannot_be_meant_is_told_with_its_origin() {
    for (name, value, key) in [
        ("JIAOZI_LISTEN_HTTP", "localhost", "listen.http"),
        ("JIAOZI_LISTEN_ADMIN", "nowhere", "listen.admin"),
        ("JIAOZI_LISTEN_ADMIN", "0.0.0.0:9090", "listen.admin"),
        ("JIAOZI_LISTEN_PUBLIC_ORIGIN", "https://a/b", "listen.public_origin"),
        ("JIAOZI_TLS_CLIENT_CERTIFICATE", "perhaps", "tls.client_certificate"),
        ("JIAOZI_LIMITS_HEADER_BYTES_MAX", "1", "limits.header_bytes_max"),
        ("JIAOZI_DATABASE_URL", "mysql://h/d", "database.url"),
        ("JIAOZI_TELEMETRY_OTLP_ENDPOINT", "https://h", "telemetry.otlp_endpoint"),
        ("JIAOZI_SIGNATURES_WINDOW_SECONDS", "86400", "signatures.window_seconds"),
        ("JIAOZI_SECRETS_QUOTE_KEY", "abc", "secrets.quote_key"),
        ("JIAOZI_ROLES_RUN", "cook", "roles.run"),
    ] {
        let error = refused(&variables(&[(name, value)]));
        assert_eq!(error.place, format!("{name} ({key})"), "{error}");
        assert!(!error.expected.is_empty());
    }
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let (file, sources) = file("[limits]\nheaders_max = = 1\n");
    let error = refused(&sources);
    assert_eq!(error.place, format!("{}:2", file.path().display()));
}

#[test]
fn plain_http_is_for_loopback_unless_it_is_allowed() {
    let open = ("JIAOZI_LISTEN_HTTP", "0.0.0.0:8080");
    assert!(refused(&variables(&[open])).expected.contains("allow_plain_http"));
    let allowed = variables(&[open, ("JIAOZI_LISTEN_ALLOW_PLAIN_HTTP", "true")]);
    assert!(Config::load(&allowed).is_ok());
}

#[test]
fn secrets_are_shown_nowhere() {
    let key = "0123456789abcdef".repeat(4);
    let config = Config::load(&variables(&[
        ("JIAOZI_SECRETS_QUOTE_KEY", &key),
        ("JIAOZI_DATABASE_URL", "postgres://u:hidden@h/d"),
    ]))
    .unwrap();
    let json = config.shown_json();
    assert_eq!(json["secrets"]["quote_key"], "***");
    assert_eq!(json["limits"]["headers_max"], 100);
    for shown in [config.shown(), json.to_string(), format!("{config:?}")] {
        assert!(!shown.contains(&key) && !shown.contains("hidden"), "{shown}");
    }
}

#[test]
fn only_a_sandbox_makes_up_keys() {
    let config = Config::load(&Sources::default()).unwrap();
    let complaint = config.secrets.keys(Mode::Live).unwrap_err();
    let error = config.complain(complaint);
    assert_eq!(error.place, "default (secrets.personal_data_key)");
    let (first, second) =
        (config.secrets.keys(Mode::Sandbox).unwrap(), config.secrets.keys(Mode::Sandbox).unwrap());
    assert_ne!(first.quote_key.expose(), second.quote_key.expose());
}

#[test]
fn a_key_can_be_in_a_file() {
    let mut key = tempfile::NamedTempFile::new().unwrap();
    writeln!(key, "{}", "ab".repeat(32)).unwrap();
    let path = key.path().to_str().unwrap();
    let config = Config::load(&variables(&[
        ("JIAOZI_SECRETS_QUOTE_KEY_FILE", path),
        ("JIAOZI_SECRETS_PERSONAL_DATA_KEY_FILE", path),
    ]))
    .unwrap();
    let keys = config.secrets.keys(Mode::Live).unwrap();
    assert_eq!(keys.quote_key.expose(), &[0xab; 32]);
}

#[test]
fn addresses_come_from_a_table_or_a_variable() {
    let water = ("rongjiang-water", "https://10.1.2.3:8443");
    let power = ("minbei-power", "tcp://127.0.0.1:9002");
    let (_file, mut sources) = file(
        "[outbound.addresses]\n# The leased line.\nrongjiang-water = \"https://10.1.2.3:8443\"\n\
         \nminbei-power = \"tcp://127.0.0.1:9002\"\n",
    );
    let addresses = |sources: &Sources| {
        let addresses = Config::load(sources).unwrap().outbound.addresses;
        addresses.into_iter().collect::<Vec<_>>()
    };
    let owned = |(partner, address): (&str, &str)| (partner.to_owned(), address.to_owned());
    assert_eq!(addresses(&sources), [owned(power), owned(water)]);
    let text = "rongjiang-water = https://10.1.2.3:8443,";
    sources.environment = vec![("JIAOZI_OUTBOUND_ADDRESSES".into(), text.into())];
    assert_eq!(addresses(&sources), [owned(water)], "a later layer replaces the table");
}

#[test]
fn an_address_that_is_none_is_told_with_its_line() {
    let (file, sources) =
        file("[outbound.addresses]\nrongjiang-water = \"https://h\"\nminbei-power = \"tcp://h\"\n");
    let error = refused(&sources);
    assert_eq!(error.place, format!("{}:1 (outbound.addresses)", file.path().display()));
    assert!(error.what.contains("minbei-power") && error.what.contains("no port"), "{error}");
    let error = refused(&variables(&[("JIAOZI_OUTBOUND_ADDRESSES", "minbei-power")]));
    assert_eq!(error.expected, "a table");
}
