//! A server that cannot start says why, and leaves everything as it was.

use jiaozi_tests::installation::Installation;
use jiaozi_tests::parties::{Parties, house};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

/// The names of the files of a folder, with what they hold.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one"));
    let files = entries.filter(|entry| entry.path().is_file());
    files
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("readable"))
        })
        .collect()
}

/// Runs a command that must end by itself: its exit code, and what it said on standard error.
fn ended(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, stdout } = command.output().expect("it runs");
    assert!(stdout.is_empty(), "standard output is for programs");
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_and_nothing_is_touched() {
    let installation = Installation::on_sqlite().await;
    let first = installation.serve();
    let address = first.base.strip_prefix("http://").expect("an address").to_owned();
    let parties = Parties::of(&installation, &first);
    parties.publish("port", 1, 1_000).await;

    // On the same books, which somebody is working with.
    let commands = installation.commands().await;
    let mut second = installation.jiaozi();
    let (code, said) = ended(second.args(["serve", "--listen", &address]));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("listen.http = {address}: Address already in use")), "{said}");
    assert_eq!(installation.commands().await, commands, "not even the feed has grown");

    // Where there are no books yet, none are made.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite:{}", elsewhere.path().join("data/jiaozi.db").display());
    let any = "127.0.0.1:0".to_owned();
    for (http, admin) in [(&address, &any), (&any, &address)] {
        let mut second = installation.jiaozi();
        second.args(["serve", "--database", &database, "--listen", http]);
        let (code, said) =
            ended(second.env("JIAOZI_LISTEN_ADMIN", admin).current_dir(elsewhere.path()));
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&address) && said.contains("already in use"), "{said}");
        assert_eq!(std::fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
    }

    // Whoever had the port has not noticed.
    let quote = parties.quote("quote", &house("port", 0)).await.expect("answered");
    assert!(parties.pay("pay", &quote).await.is_acknowledged());
    first.stop();
    installation.payer_has_paid(1_000).await;
    installation.all_hold();
}

#[test]
fn bad_configuration_is_found_before_a_port_opens_and_named_by_file_line_and_key() {
    // The port is taken: whoever tried to open it would be told so, and exit with another code.
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = format!("http = \"{}\"", taken.local_addr().expect("an address"));
    // What is in the file after the line with the address, and what must be said of it.
    let cases = [
        ("[limits]\nheader_max = 50", ":4: limits.header_max is not known"),
        ("[limits]\nheaders_max = \"many\"", ":4 (limits.headers_max): this is a text"),
        ("\n[limits]\nheaders_max = 1", ":5 (limits.headers_max): 1 is out of range"),
        ("[limits]\nheaders_max = = 1", ":4: "),
        ("[database]\nurl = \"mysql://h/d\"", ":4 (database.url): "),
        ("[secrets]\nquote_key = \"abc\"", ":4 (secrets.quote_key): "),
        (
            "[secrets]\npersonal_data_key_file = \"nowhere\"",
            ":4 (secrets.personal_data_key_file): nowhere",
        ),
        (
            "[tls]\ncertificate_file = \"nowhere\"\nkey_file = \"nowhere\"",
            ":4 (tls.certificate_file): ",
        ),
        ("[roles]\nrun = [\"cook\"]", ":4 (roles.run): "),
        // A live gateway cannot be without keys.
        ("", "default (secrets.personal_data_key): "),
    ];
    for (text, told) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("jiaozi.toml");
        std::fs::write(&file, format!("[listen]\n{listen}\n{text}\n")).expect("written");
        let before = content(folder.path());
        let mut serve = Command::new(jiaozi_tests::project::binary());
        serve.args(["serve", "--config"]).arg(&file).current_dir(folder.path()).env_clear();
        let (code, said) = ended(&mut serve);
        assert_eq!(code, Some(64), "{text}: {said}");
        let place = if told.starts_with(':') { file.display().to_string() } else { String::new() };
        assert!(said.contains(&format!("configuration: {place}{told}")), "{text}: {said}");
        assert!(said.contains("expected"), "{text}: {said}");
        // The content does not hold what a setting does not say aloud.
        assert_eq!(content(folder.path()), before, "{text}: nothing is created or changed");
    }
}

#[tokio::test]
async fn the_doctor_tells_a_running_gateway_from_a_port_that_somebody_else_has() {
    let installation = Installation::on_sqlite().await;
    let server = installation.serve();
    let address = server.base.strip_prefix("http://").expect("an address").to_owned();
    let commands = installation.commands().await;
    let mut doctor = installation.jiaozi();
    let output = doctor.args(["doctor", "--json"]).env("JIAOZI_LISTEN_HTTP", &address).output();
    let output = output.expect("it runs");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let addresses: Vec<_> = found["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|one| one["about"] == "address")
        .collect();
    assert_eq!(addresses.len(), 1, "{found:#}");
    assert_eq!(addresses[0]["level"], "ok", "{found:#}");
    assert!(addresses[0]["says"].as_str().expect("text").contains("a gateway is running"));
    server.stop();
    assert_eq!(installation.commands().await, commands, "nothing was written");
}
