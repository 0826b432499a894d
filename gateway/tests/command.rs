//! The program itself: exit codes, and what it prints where.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

fn jiaozi() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiaozi"));
    // The configuration of whoever runs the tests is not ours.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JIAOZI_") {
            command.env_remove(name);
        }
    }
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(command: &mut Command) -> (Option<i32>, Output) {
    let output = command.output().unwrap();
    (output.status.code(), output)
}

#[test]
fn bad_configuration_exits_64_and_names_the_place() {
    let bad = || {
        let mut command = jiaozi();
        command.env("JIAOZI_LIMITS_HEADERS_MAX", "0");
        command
    };
    for arguments in [["config"], ["serve"]] {
        let (code, output) = run(bad().args(arguments));
        assert_eq!(code, Some(64));
        let errors = text(&output.stderr);
        assert!(errors.contains("JIAOZI_LIMITS_HEADERS_MAX (limits.headers_max)"), "{errors}");
        assert!(errors.contains("expected a number from 16 to 1000"), "{errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn wrong_usage_exits_2() {
    assert_eq!(run(jiaozi().arg("fly")).0, Some(2));
}

#[test]
fn the_effective_configuration_is_printed_without_secrets() {
    let key = "5ec2e7".repeat(11)[..64].to_owned();
    let mut command = jiaozi();
    command.args(["config", "--json", "--database", "postgres://u:hidden@h/d"]);
    let (code, output) = run(command.env("JIAOZI_SECRETS_QUOTE_KEY", &key));
    assert_eq!(code, Some(0));
    let printed = text(&output.stdout);
    assert!(!printed.contains(&key) && !printed.contains("hidden"), "{printed}");
    let json: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(json["database"]["url"], "postgres://u:***@h/d");
    assert_eq!(json["secrets"]["quote_key"], "***");
}

#[test]
fn it_serves_until_it_is_told_to_stop() {
    let mut command = jiaozi();
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("books.db").display());
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", &database]);
    command.env("JIAOZI_SECRETS_QUOTE_KEY", "11".repeat(32));
    command.env("JIAOZI_SECRETS_PERSONAL_DATA_KEY", "22".repeat(32));
    command.env("JIAOZI_PARTNERS_FOLDER", concat!(env!("CARGO_MANIFEST_DIR"), "/../partner-specs"));
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended early");
        if let Some((_, address)) = line.trim().split_once("http://") {
            break address.trim_end_matches("\u{1b}[0m").to_owned();
        }
    };
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("alive"), "{answer}");

    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
