//! The form that the compiler and the linter do not see.

use jiaozi_tests::project::{root, sources};

const FOLDERS: [&str; 4] = ["ledger/src", "adapters/src", "acquisition/src", "gateway/src"];

/// Past this a file holds a second thought. Tests at the end of a file do not count.
const LINES_MAX: usize = 600;

fn product() -> impl Iterator<Item = (String, String)> {
    FOLDERS.into_iter().flat_map(sources)
}

#[test]
fn every_module_says_what_it_is() {
    for (path, text) in product() {
        let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
        assert!(is_test || text.starts_with("//!"), "{path} does not begin with what it is");
    }
}

#[test]
fn a_file_holds_one_thought() {
    for (path, text) in product() {
        let own = text.split("#[cfg(test)]").next().unwrap_or("");
        let lines = own.lines().count();
        assert!(lines <= LINES_MAX, "{path} has {lines} lines, at most {LINES_MAX} were expected");
    }
}

#[test]
fn folders_and_files_are_named_for_what_they_hold() {
    for (path, _) in product() {
        for name in ["utils", "helpers", "common", "misc", "_v2", "mod.rs"] {
            assert!(!path.contains(name), "{path} is named for nothing");
        }
    }
}

#[test]
fn nothing_is_left_to_do_in_the_code() {
    for (path, text) in product() {
        for word in ["todo!(", "unimplemented!(", "FIXME", "XXX", "#[ignore"] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| {
        let folder = root().join("migrations").join(engine);
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("the migrations")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
