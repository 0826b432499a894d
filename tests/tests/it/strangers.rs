//! Clients that nobody here wrote, against the real binary.

use jiaozi_tests::installation::{CHANNEL, COMPANY, Installation, PAYER, site};
use jiaozi_tests::project;
use std::process::Command;

/// The interpreter that `scripts/test` set up.
fn python() -> String {
    std::env::var("JIAOZI_TEST_PYTHON").expect(
        "JIAOZI_TEST_PYTHON names a Python with tests/clients/requirements.txt: run scripts/test",
    )
}

#[tokio::test]
async fn a_company_and_a_channel_written_in_python_are_served() {
    let installation = Installation::on_sqlite().await;
    let server = installation.serve();
    let output = Command::new(python())
        .arg(project::root().join("tests/clients/company_and_channel.py"))
        .args([&server.base, COMPANY.1, CHANNEL.1])
        .args([installation.private_key(COMPANY.1), installation.private_key(CHANNEL.1)])
        .args([COMPANY.0, &site(), PAYER])
        .output()
        .expect("Python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    installation.all_hold();
}
