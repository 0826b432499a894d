//! What is wrong with the configuration is said with its place before anything is made: no port opens,
//! and no database comes into being.

use std::process::Command;

use crate::support::{Done, Place, path};

const KEY: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const KEYS: [(&str, &str); 2] =
    [("JIAOZI_SECRETS_PERSONAL_DATA_KEY", KEY), ("JIAOZI_SECRETS_QUOTE_KEY", KEY)];

/// The program on a place, with everything set but its keys.
fn without_keys(place: &Place) -> Command {
    let mut command = place.jiaozi();
    for (name, _) in KEYS {
        command.env_remove(name);
    }
    command
}

/// Runs a command on a place without a database, where it must end with 64 and leave none.
#[track_caller]
fn refused(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
    let mut command = without_keys(place);
    command.args(arguments).env("JIAOZI_LISTEN_HTTP", "127.0.0.1:0");
    let done = Done::of(command.envs(variables.iter().copied()).output().unwrap());
    assert_eq!(done.code, Some(64), "{}", done.both());
    assert!(!done.err.contains("listening"), "{}", done.err);
    let left: Vec<_> = std::fs::read_dir(place.path("")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the specifications: {left:?}");
    done
}

#[test]
fn a_broken_specification_ends_the_start_with_64_and_its_place() {
    let place = Place::empty();
    let file = place.path("partners/yunhe/partner.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, good.replace("cut_off = \"23:00\"", "cut_off = \"25:00\"")).unwrap();
    let line = good.lines().position(|line| line.starts_with("cut_off")).unwrap() + 1;
    let named = format!("configuration: {}:{line}: clearing.cut_off: ", path(&file));
    for arguments in [["serve"].as_slice(), &["sandbox", "create"], &["partner", "list"]] {
        let done = refused(&place, arguments, &KEYS);
        assert!(done.err.contains(&named), "{named}: {}", done.err);
        assert!(done.err.contains("expected HH:MM"), "{}", done.err);
    }
    let nowhere = [KEYS[0], KEYS[1], ("JIAOZI_PARTNERS_FOLDER", "nowhere")];
    let done = refused(&place, &["serve"], &nowhere);
    assert!(done.err.contains("JIAOZI_PARTNERS_FOLDER (partners.folder): nowhere"), "{}", done.err);
    assert!(done.err.contains("expected a folder with"), "{}", done.err);
}

#[test]
fn a_live_gateway_without_its_keys_makes_no_database() {
    let place = Place::empty();
    let done = refused(&place, &["serve"], &[]);
    let named = "default (secrets.personal_data_key): the key is not set; expected 64 hexadecimal";
    assert!(done.err.contains(named), "{}", done.err);
    let done = refused(&place, &["serve"], &KEYS[..1]);
    assert!(done.err.contains("default (secrets.quote_key): the key is not set"), "{}", done.err);
    let done = refused(&place, &["serve"], &[KEYS[0], ("JIAOZI_SECRETS_QUOTE_KEY", "short")]);
    let named = "JIAOZI_SECRETS_QUOTE_KEY (secrets.quote_key): this is not a key; expected 64";
    assert!(done.err.contains(named), "{}", done.err);
    // Where no file can keep a sandbox's keys, they must be set whatever the database is.
    let done = refused(&place, &["serve", "--database", "postgres://u@127.0.0.1:1/none"], &[]);
    assert!(done.err.contains("secrets.personal_data_key"), "{}", done.err);
}

#[test]
fn files_that_are_named_are_read_before_anything_is_made() {
    let place = Place::empty();
    let (missing, wrong) = ("/nowhere/file.pem", "/dev/null");
    let cases: [(&[(&str, &str)], &str); 7] = [
        (
            &[KEYS[0], ("JIAOZI_SECRETS_QUOTE_KEY_FILE", missing)],
            "JIAOZI_SECRETS_QUOTE_KEY_FILE (secrets.quote_key_file): /nowhere/file.pem: ",
        ),
        (
            &[KEYS[0], ("JIAOZI_SECRETS_QUOTE_KEY_FILE", wrong)],
            "JIAOZI_SECRETS_QUOTE_KEY_FILE (secrets.quote_key_file): this is not a key",
        ),
        (
            &[("JIAOZI_TLS_CERTIFICATE_FILE", missing), ("JIAOZI_TLS_KEY_FILE", wrong)],
            "JIAOZI_TLS_CERTIFICATE_FILE (tls.certificate_file): /nowhere/file.pem: ",
        ),
        (
            &[("JIAOZI_SIGNATURES_SIGNING_KEY_FILE", missing)],
            "JIAOZI_SIGNATURES_SIGNING_KEY_FILE (signatures.signing_key_file): ",
        ),
        (
            &[("JIAOZI_DAYS_FOLDER", wrong)],
            "JIAOZI_DAYS_FOLDER (days.folder): /dev/null is no folder",
        ),
        (
            &[("JIAOZI_MAILBOXES_FOLDER", wrong)],
            "JIAOZI_MAILBOXES_FOLDER (mailboxes.folder): /dev/null is no folder",
        ),
        (&[("JIAOZI_DATABASE_URL", "sqlite:x.db?mode=x")], "JIAOZI_DATABASE_URL (database.url): "),
    ];
    for (variables, named) in cases {
        let mut all = variables.to_vec();
        let is_set = |name: &str| variables.iter().any(|(set, _)| set.starts_with(name));
        all.extend(KEYS.into_iter().filter(|(name, _)| !is_set(name)));
        let done = refused(&place, &["serve"], &all);
        assert!(done.err.contains(named), "{named}: {}", done.err);
        assert!(done.err.contains("; expected "), "{}", done.err);
    }
}

#[test]
fn addresses_and_roles_are_read_before_anything_is_made() {
    let place = Place::empty();
    let done = refused(&place, &["serve", "--listen", "nonsense"], &KEYS);
    assert!(done.err.contains("--listen (listen.http)"), "{}", done.err);
    let done = refused(&place, &["serve", "--role", "cook"], &KEYS);
    assert!(done.err.contains("--role (roles.run)"), "{}", done.err);
    let twice = [KEYS[0], KEYS[1], ("JIAOZI_LISTEN_ADMIN", "127.0.0.1:8088")];
    let done = refused(&place, &["serve", "--listen", "127.0.0.1:8088"], &twice);
    assert!(done.err.contains("JIAOZI_LISTEN_ADMIN (listen.admin)"), "{}", done.err);
}

#[test]
fn a_sandbox_does_not_pass_over_what_is_set_and_is_no_key() {
    let place = Place::sandbox();
    for arguments in [["serve"].as_slice(), &["day", "report"]] {
        let mut command = without_keys(&place);
        command.args(arguments).env("JIAOZI_SECRETS_QUOTE_KEY_FILE", "/dev/null");
        let done = Done::of(command.output().unwrap());
        assert_eq!(done.code, Some(64), "{arguments:?}: {}", done.both());
        assert!(done.err.contains("(secrets.quote_key_file): this is not a key"), "{}", done.err);
    }
}
