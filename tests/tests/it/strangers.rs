//! Clients that nobody here wrote, against the real binary.

use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::row::Cell;
use jiaozi_tests::billers::Payers;
use jiaozi_tests::client::Client;
use jiaozi_tests::installation::{CHANNEL, COMPANY, Installation, PAYER, site};
use jiaozi_tests::project;
use jiaozi_tests::server::Server;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

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

/// The specification that `docs/adding-a-partner.md` shows.
fn shown_specification() -> String {
    let walk = std::fs::read_to_string(project::root().join("docs/adding-a-partner.md"));
    let walk = walk.expect("the walk");
    let (_, after) = walk.split_once("```toml\n").expect("a specification in it");
    after.split_once("```").expect("its end").0.to_owned()
}

/// A heating company on a port of its own; it is ended when this goes.
struct HeatCompany {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
    port: String,
}

impl HeatCompany {
    fn start(secret: &str) -> HeatCompany {
        let program = project::root().join("tests/clients/heat_company.py");
        let mut command = Command::new(python());
        command.arg(program).arg(secret).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("Python runs");
        let mut said = BufReader::new(child.stdout.take().expect("piped"));
        let mut port = String::new();
        said.read_line(&mut port).expect("it says its port");
        HeatCompany { child, said, port: port.trim().to_owned() }
    }

    fn booked(&mut self) -> Value {
        let stdin = self.child.stdin.as_mut().expect("piped");
        stdin.write_all(b"\n").and_then(|()| stdin.flush()).expect("it listens");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it answers");
        serde_json::from_str(&line).expect("JSON")
    }
}

impl Drop for HeatCompany {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_biller_that_nobody_has_seen_goes_live_by_one_specification_file() {
    const SECRET: &str = "what both sides know";
    let mut company = HeatCompany::start(SECRET);
    let installation = Installation::on_sqlite().await;
    let specs = installation.folder().join("partner-specs");
    let copied = Command::new("cp").arg("-r").arg(project::partner_specs()).arg(&specs).status();
    assert!(copied.expect("cp runs").success());
    let folder = specs.join("qinghe-heat");
    std::fs::create_dir(&folder).expect("a new folder");
    std::fs::write(folder.join("partner.toml"), shown_specification()).expect("written");

    let address = format!("qinghe-heat=http://127.0.0.1:{}", company.port);
    let jiaozi = || {
        let mut command = installation.jiaozi();
        command.env("JIAOZI_PARTNERS_FOLDER", &specs).env("JIAOZI_OUTBOUND_ADDRESSES", &address);
        command
    };
    let checked = jiaozi().args(["partner", "check"]).output().expect("it runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let secret = installation.folder().join("secret");
    std::fs::write(&secret, SECRET).expect("written");
    let mut add = jiaozi();
    add.args(["partner", "keys", "add", "--partner", "qinghe-heat", "--id", "qinghe-heat-2026"]);
    add.args(["--secret", "--kind", "message"]);
    let added = add.stdin(std::fs::File::open(&secret).expect("written")).output();
    let added = added.expect("it runs");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let mut serve = jiaozi();
    serve.args(["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::start(serve);

    let key = installation.private_key(CHANNEL.1);
    let payers = Payers { client: Client::new(&server.base, CHANNEL.1, &key) };
    let stranger = payers.quote("qinghe-heat", "99999999").await;
    assert_eq!((stranger.status, stranger.code().as_str()), (404, "no_such_customer"));
    let quote = payers.quote("qinghe-heat", "50010203").await;
    assert_eq!(quote.json()["total_fen"], 123_456, "{:?}", quote.body);
    let accepted = payers.pay("heat", &quote).await;
    let paid = payers.until(&accepted.json(), "paid").await;
    let reference = paid["biller"]["reference"].as_str().expect("a reference");
    assert_eq!(paid["biller"]["their_reference"], format!("R-{reference}"));
    assert_eq!(company.booked()[reference], 123_456);
    let nothing = payers.quote("qinghe-heat", "50010203").await;
    assert_eq!((nothing.status, nothing.code().as_str()), (409, "nothing_due"));
    drop(server);
    installation.payer_has_paid(123_456).await;

    // When the day is over its file is there, and has what was paid.
    let store = installation.gateway().await.store;
    let key = vec![Cell::Text(format!("qinghe-heat/{reference}"))];
    let payment: Option<Instruction> = store.first("reference_key = $2", key).await.expect("read");
    let date = payment.expect("the payment").clearing_date;
    let later = store.now().await.expect("the time").plus_seconds(2 * 24 * 60 * 60);
    store.move_time(later).await.expect("later");
    let mut fetch = jiaozi();
    fetch.args(["file", "fetch", "statement", "--partner", "qinghe-heat", "--json"]);
    let fetched = fetch.args(["--date", &date.to_string()]).output().expect("it runs");
    let said = String::from_utf8_lossy(&fetched.stderr);
    assert!(fetched.status.success(), "{said}");
    let told: Value = serde_json::from_slice(&fetched.stdout).expect("JSON");
    assert_eq!(told["outcome"], "taken", "{told}");
    let report = jiaozi().args(["day", "report", "--json", "--date", &date.to_string()]).output();
    let report: Value = serde_json::from_slice(&report.expect("it runs").stdout).expect("JSON");
    let billers = report["billers"].as_array().expect("billers");
    let heat = billers.iter().find(|one| one["partner"] == "qinghe-heat").expect("its day");
    assert_eq!((&heat["matched"], &heat["breaks"]), (&1.into(), &serde_json::json!({})), "{heat}");
}
