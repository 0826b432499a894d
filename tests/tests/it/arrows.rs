//! The arrows of the house: which crate may know what. An absence is kept by a test, or it is lost.

use jiaozi_tests::project::{manifest, sources};

/// The crates of the workspace that a crate names, in any section but dev-dependencies.
fn ours(folder: &str) -> Vec<String> {
    dependencies(folder).into_iter().filter(|name| name.starts_with("jiaozi")).collect()
}

fn dependencies(folder: &str) -> Vec<String> {
    let manifest = manifest(folder);
    let table = manifest.get("dependencies").and_then(|table| table.as_table());
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn an_arrow_means_depends_on_and_there_are_no_others() {
    assert_eq!(ours("ledger"), Vec::<String>::new());
    assert_eq!(ours("adapters"), ["jiaozi-ledger"]);
    assert_eq!(ours("acquisition"), ["jiaozi-ledger"]);
    assert_eq!(ours("gateway"), ["jiaozi-acquisition", "jiaozi-adapters", "jiaozi-ledger"]);
}

#[test]
fn adapters_see_the_books_without_the_store() {
    let manifest = manifest("adapters");
    let ledger = &manifest["dependencies"]["jiaozi-ledger"];
    let features = ledger.get("features").and_then(|list| list.as_array());
    assert!(features.is_none_or(|list| list.is_empty()), "adapters switch on {features:?}");
    let workspace = manifest_of_the_workspace();
    let shared = &workspace["workspace"]["dependencies"]["jiaozi-ledger"];
    assert_eq!(shared["default-features"].as_bool(), Some(false));
}

fn manifest_of_the_workspace() -> toml::Table {
    manifest("")
}

#[test]
fn only_the_gateway_knows_http_tls_and_argv() {
    for folder in ["ledger", "adapters", "acquisition"] {
        for dependency in dependencies(folder) {
            let edge =
                ["http", "hyper", "axum", "tower", "rustls", "clap", "csv", "calamine", "askama"];
            assert!(
                !edge.iter().any(|name| dependency.starts_with(name)),
                "{folder} depends on {dependency}"
            );
        }
    }
}

#[test]
fn adapters_do_nothing_but_decide() {
    for (path, text) in sources("adapters/src") {
        for word in
            ["std::fs", "std::net", "std::env", "tokio", "async fn", "SystemTime", "Timestamp::now"]
        {
            assert!(!code(&text).contains(word), "{path} knows {word}");
        }
    }
}

#[test]
fn the_engine_is_known_to_one_module_per_engine() {
    let engines = ["ledger/src/store/sqlite", "ledger/src/store/postgres"];
    for folder in ["ledger/src", "adapters/src", "acquisition/src", "gateway/src"] {
        for (path, text) in sources(folder) {
            if !engines.iter().any(|engine| path.starts_with(engine)) {
                assert!(!code(&text).contains("sqlx"), "{path} names sqlx");
            }
        }
    }
}

#[test]
fn nothing_but_the_clock_reads_the_time() {
    for folder in ["ledger/src", "adapters/src", "acquisition/src", "gateway/src"] {
        for (path, text) in sources(folder) {
            if path == "gateway/src/clock.rs" {
                continue;
            }
            for word in ["Timestamp::now()", "Zoned::now()", "SystemTime::now()", "now_v7()"] {
                assert!(!code(&text).contains(word), "{path} calls {word}");
            }
        }
    }
}

#[test]
fn acquisition_writes_no_entries() {
    for (path, text) in sources("acquisition/src") {
        for word in [
            "insert into entries",
            "update accounts",
            "insert into journal",
            "posting::Entry",
            "move_head",
        ] {
            assert!(!code(&text).contains(word), "{path} writes the books: {word}");
        }
    }
}

/// A file without its comments: prose may name what code may not.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}
