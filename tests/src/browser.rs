//! A scene in a real browser: a script of `tests/browser` that Node runs against a server.

use std::process::Command;

use crate::project::root;
use crate::server::Server;

/// Plays a scene of a script, and stops the server.
#[track_caller]
pub fn plays(script: &str, scene: &str, server: Server) {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let modules = std::env::var_os("JIAOZI_TEST_NODE_MODULES").expect(
        "JIAOZI_TEST_NODE_MODULES names a folder with playwright-core: scripts/test installs it, or \
         run `npm ci` in tests/browser",
    );
    let node = Command::new("node")
        .arg(root().join("tests/browser").join(script))
        .args([scene, &server.base])
        .env("JIAOZI_TEST_NODE_MODULES", modules)
        .env("JIAOZI_TEST_PROFILE", profile.path())
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&node.stdout).into_owned();
    let errors = String::from_utf8_lossy(&node.stderr).into_owned();
    let log = server.stop();
    let passed = said.lines().any(|line| line == format!("passed {scene}"));
    assert!(node.status.success() && passed, "{scene}:\n{said}{errors}\nthe server said\n{log}");
}
