//! The documentation of the API in a real browser, on a phone and on a desk, with scripts and without.

use std::process::Command;

use jiaozi_tests::installation::Installation;
use jiaozi_tests::project::root;

async fn read(scene: &str) {
    let installation = Installation::on_sqlite().await;
    let server = installation.serve();
    let profile = tempfile::tempdir().expect("a temporary folder");
    let modules = std::env::var_os("JIAOZI_TEST_NODE_MODULES").expect(
        "JIAOZI_TEST_NODE_MODULES names a folder with playwright-core: scripts/test installs it, or \
         run `npm ci` in tests/browser",
    );
    let node = Command::new("node")
        .arg(root().join("tests/browser/docs.mjs"))
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

#[tokio::test]
async fn the_documentation_is_read_on_a_phone_and_on_a_desk() {
    read("reading").await;
}

#[tokio::test]
async fn the_documentation_needs_no_scripts() {
    read("no-script").await;
}
