//! The project as it lies on the disk: its folders, its sources, its binary. Nothing of what a payment
//! is.

use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The folder of the partners' specifications.
pub fn partner_specs() -> PathBuf {
    root().join("partner-specs")
}

/// A crate's manifest; that of the workspace for an empty name.
pub fn manifest(folder: &str) -> toml::Table {
    let path = root().join(folder).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    text.parse().expect("TOML")
}

/// All Rust files below a folder of the project: path from the root, and text.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).expect("below the root");
                let text = std::fs::read_to_string(&path).expect("readable");
                found.push((name.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

/// The real binary, as it was built beside the tests, or as `JIAOZI_BIN` says.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("JIAOZI_BIN") {
        return path.into();
    }
    let here = std::env::current_exe().expect("this test's own path");
    let folder = here.ancestors().nth(2).expect("the build's folder");
    let path = folder.join("jiaozi");
    assert!(path.is_file(), "{} is missing: run cargo build first", path.display());
    path
}
