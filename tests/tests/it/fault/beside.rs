//! Other processes work on the same SQLite file while the server is under load: both finish, and nothing
//! is lost.

use super::{AMOUNT, sum, times};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use jiaozi_tests::installation::{COMPANY, Installation};
use jiaozi_tests::load::Load;
use jiaozi_tests::parties::Parties;
use jiaozi_tests::server::Server;
use serde_json::Value;

/// How many bills the file has: some commands of the import.
const LINES: usize = 2_000;

/// The company's file, in its own format: one bill a house, yuan with decimals.
fn file() -> String {
    let mut file =
        "账单编号,小区,房号,收费项目,账期,应收金额,缴费截止日,业主姓名,操作,备注\n".to_owned();
    for nth in 1..=LINES {
        file.push_str(&format!(
            "F{nth},云台花园,9栋{nth}单元101室,物业费,2026-11,12.34,2027-12-31,,,\n"
        ));
    }
    file
}

/// The real server under load, and what runs beside it.
struct Beside {
    installation: Installation,
    server: Server,
    load: Load,
}

impl Beside {
    async fn start(bills: usize) -> Beside {
        let installation = Installation::on_sqlite().await;
        let server = installation.serve();
        let parties = Parties::of(&installation, &server);
        parties.publish("beside", bills, AMOUNT).await;
        let mut load = Load::start(&parties, "beside", bills);
        load.acknowledged(1).await;
        Beside { installation, server, load }
    }

    /// Runs the binary on the same books and gives what it printed.
    async fn run(&self, arguments: &[&str]) -> String {
        let mut command = self.installation.jiaozi();
        command.args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("ran");
        let output = output.expect("it runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}\n{errors}");
        printed
    }

    /// Ends the load: nobody was refused, and every payment is there.
    async fn end(self) -> Installation {
        let sent = self.load.stop().await;
        assert_eq!(sent.refusals().count(), 0, "{:?}", sent.refusals().next());
        self.server.stop();
        self.installation.payer_has_paid(sum(sent.payments.len())).await;
        self.installation.all_hold();
        self.installation
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_imported_beside_the_server_and_nothing_is_lost() {
    let beside = Beside::start(8_000).await;
    let path = beside.installation.folder().join("bills.csv");
    std::fs::write(&path, file()).expect("written");
    let path = path.to_str().expect("text");
    let before = beside.load.acknowledged_so_far();
    let import = ["file", "import", "bills", "--partner", COMPANY.0, path, "--json"];
    let report: Value = serde_json::from_str(&beside.run(&import).await).expect("one object");
    assert_eq!(report["counts"]["new"], LINES, "{report}");
    assert!(beside.load.acknowledged_so_far() > before, "payers were served meanwhile");

    let gateway = beside.end().await.gateway().await;
    let sql = "select count(*) from bills where book = $1 and import_key like 'yunhe/F%'";
    let bills = gateway.store.number(sql, vec![Cell::Int(BOOK)]).await.expect("read");
    assert_eq!(bills, i64::try_from(LINES).expect("few"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_beside_the_server_is_not_misled_by_what_happens_meanwhile() {
    let bills = times(20_000, 3_000);
    let beside = Beside::start(bills).await;
    // The more there is to be read, the more happens while it is read.
    while beside.load.acknowledged_so_far() < bills {
        beside.run(&["check"]).await;
    }
    beside.end().await;
}
