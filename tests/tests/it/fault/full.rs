//! The disk is full under load: callers are told, nothing is half done, and once there is room again the
//! same process goes on by itself.

use super::{AMOUNT, is_told_to_come_back, sum};
use jiaozi_tests::installation::Installation;
use jiaozi_tests::load::{Load, PAYERS, Sent};
use jiaozi_tests::parties::{Parties, house};
use jiaozi_tests::server::Server;
use std::process::Command;

/// More bills than are paid before the disk is full.
const BILLS: usize = 1_000;

/// How much the log may still grow, in bytes: some payments.
const ROOM: u64 = 256 * 1_024;

/// Bounds the files that a process may write from now on, as a disk does: a number of bytes, or
/// `unlimited`.
fn bound_files(server: &Server, bytes: &str) {
    let bound = format!("--fsize={bytes}:unlimited");
    let done = Command::new("prlimit").args(["--pid", &server.id().to_string(), &bound]).status();
    assert!(done.expect("prlimit, of util-linux").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_a_sqlite_file_is_told_and_survived() {
    let installation = Installation::on_sqlite().await;
    // Without the signal, writing fails as it does on a full disk.
    let mut server = installation.serve_under(&["env", "--ignore-signal=XFSZ"]);
    let parties = Parties::of(&installation, &server);
    parties.publish("full", BILLS, AMOUNT).await;
    let mut load = Load::start(&parties, "full", BILLS);
    load.acknowledged(PAYERS).await;
    let size = |name: &str| {
        std::fs::metadata(installation.folder().join(name)).map_or(0, |file| file.len())
    };
    let used = size("jiaozi.db").max(size("jiaozi.db-wal"));
    bound_files(&server, &(used + ROOM).to_string());
    let mut sent = load.end().await;

    // Each payer has met the full disk with a payment.
    refused_and_nothing_done(&installation, &sent).await;
    assert_eq!(sent.payments.len() - sent.acknowledged(), PAYERS);
    // What needs no room is done all the same.
    let quote = parties.quote("while-full", &house("full", BILLS - 1)).await.expect("answered");
    assert_eq!(quote.status, 200, "{:?}", quote.body);
    is_told_to_come_back(&parties.pay("while-full", &quote).await.met.expect("answered"));

    bound_files(&server, "unlimited");
    parties.repeat(&mut sent.payments).await;
    assert!(server.is_running(), "the same process goes on");
    parties.publish("again", BILLS, AMOUNT).await;
    let again = Load::start(&parties, "again", BILLS).end().await;
    assert_eq!(again.acknowledged(), BILLS);
    installation.payer_has_paid(sum(sent.payments.len() + BILLS)).await;
    installation.all_hold();
    server.stop();
    installation.all_hold();
}

/// Every caller that was not served was told so, and the books have what was acknowledged and no more.
async fn refused_and_nothing_done(installation: &Installation, sent: &Sent) {
    assert!(sent.payments.iter().all(|payment| payment.met.is_ok()), "no connection broke");
    for answer in sent.refusals() {
        is_told_to_come_back(answer);
        assert_eq!(answer.code(), "store_unavailable", "{:?}", answer.body);
    }
    installation.payer_has_paid(sum(sent.acknowledged())).await;
    installation.all_hold();
}
