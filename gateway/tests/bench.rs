//! The benches print one line of JSON, make no errors, and leave books that hold. How fast they are is
//! not tested: that is the machine's affair.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::process::Command;

use serde_json::Value;

fn bench(words: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiaozi"));
    // The configuration of whoever runs the tests is not ours.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JIAOZI_") {
            command.env_remove(name);
        }
    }
    let output = command.arg("bench").args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let figures: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(figures["errors"], 0, "{figures}");
    assert_eq!(figures["check"], true, "{figures}");
    assert_eq!(figures["engine"], "sqlite");
    assert_eq!(figures["durability"]["synchronous"], "2");
    assert!(figures["rate_per_second"].as_u64().unwrap() > 0, "{figures}");
    assert!(figures["p50_ms"].as_f64().unwrap() <= figures["p99_ms"].as_f64().unwrap());
    figures
}

#[test]
fn posts_are_counted_and_hold() {
    let figures = bench(&["post", "--seconds", "1", "--batch", "100"]);
    assert_eq!((&figures["batch"], &figures["hot"]), (&100.into(), &false.into()));
    let figures = bench(&["post", "--seconds", "1", "--batch", "1", "--entries", "20", "--hot"]);
    assert_eq!((&figures["done"], &figures["hot"]), (&20.into(), &true.into()));
}

#[test]
fn payments_are_counted_and_hold() {
    let figures = bench(&["pay", "--seconds", "5", "--clients", "8", "--entries", "200"]);
    assert_eq!(figures["clients"], 8);
    let figures = bench(&["pay", "--seconds", "5", "--clients", "8", "--entries", "100", "--hot"]);
    assert_eq!(figures["hot"], true);
}
