//! The documentation of the API in a real browser, on a phone and on a desk, with scripts and without.

use jiaozi_tests::browser::plays;
use jiaozi_tests::installation::Installation;

async fn read(scene: &str) {
    let installation = Installation::on_sqlite().await;
    plays("docs.mjs", scene, installation.serve());
}

#[tokio::test]
async fn the_documentation_is_read_on_a_phone_and_on_a_desk() {
    read("reading").await;
}

#[tokio::test]
async fn the_documentation_needs_no_scripts() {
    read("no-script").await;
}
