//! The disk is full under load: callers are told, nothing is half done, and once there is room again the
//! same process goes on by itself.

use super::{AMOUNT, is_told_to_come_back, sum, until_readyz_says, with};
use jiaozi_tests::disk::SmallDisk;
use jiaozi_tests::installation::Installation;
use jiaozi_tests::load::{Load, PAYERS};
use jiaozi_tests::parties::{Parties, house};
use jiaozi_tests::postgres;
use jiaozi_tests::server::Server;
use std::process::Command;
use std::sync::Arc;

/// More bills than are paid before the disk is full.
const BILLS: usize = 3_000;

/// How many are paid once there is room again.
const AGAIN: usize = 300;

/// How much the log may still grow, in bytes: some payments.
const ROOM: u64 = 256 * 1_024;

/// Load until the disk is full for everyone, then room again.
async fn is_told_and_survived(
    installation: &Installation,
    mut server: Server,
    fill: impl FnOnce(&Server),
    make_room: impl FnOnce(&Server),
) {
    let parties = Parties::of(installation, &server);
    parties.publish("full", BILLS, AMOUNT).await;
    let mut load = Load::start(&parties, "full", BILLS);
    load.acknowledged(PAYERS).await;
    fill(&server);
    let mut sent = load.end().await;

    // Each payer has met the full disk with a payment, and the books have what was acknowledged.
    assert!(sent.payments.iter().all(|payment| payment.met.is_ok()), "no connection broke");
    assert_eq!(sent.payments.len() - sent.acknowledged(), PAYERS);
    for answer in sent.refusals() {
        is_told_to_come_back(answer);
        assert_eq!(answer.code(), "store_unavailable", "{:?}", answer.body);
    }
    installation.payer_has_paid(sum(sent.acknowledged())).await;
    installation.all_hold();
    // What needs no room is done all the same.
    let quote = parties.quote("while-full", &house("full", BILLS - 1)).await.expect("answered");
    assert_eq!(quote.status, 200, "{:?}", quote.body);

    make_room(&server);
    parties.repeat(&mut sent.payments).await;
    assert!(server.is_running(), "the same process goes on");
    parties.publish("again", AGAIN, AMOUNT).await;
    let again = Load::start(&parties, "again", AGAIN).end().await;
    assert_eq!(again.acknowledged(), AGAIN);
    installation.payer_has_paid(sum(sent.payments.len() + AGAIN)).await;
    server.stop();
    installation.all_hold();
}

/// Bounds the files that a process may write from now on, as a disk does: a number of bytes, or
/// `unlimited`.
fn bound_files(server: &Server, bytes: &str) {
    let bound = format!("--fsize={bytes}:unlimited");
    let done = Command::new("prlimit").args(["--pid", &server.id().to_string(), &bound]).status();
    assert!(done.expect("prlimit, of util-linux").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_may_not_grow_are_told_and_survived() {
    let installation = Installation::on_sqlite().await;
    // Without the signal, writing fails as it does on a full disk.
    let server = installation.serve_under(&["env", "--ignore-signal=XFSZ"]);
    let size = |name: &str| {
        std::fs::metadata(installation.folder().join(name)).map_or(0, |file| file.len())
    };
    let fill = |server: &Server| {
        let used = size("jiaozi.db").max(size("jiaozi.db-wal"));
        bound_files(server, &(used + ROOM).to_string());
    };
    let make_room = |server: &Server| bound_files(server, "unlimited");
    is_told_and_survived(&installation, server, fill, make_room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_a_sqlite_file_is_told_and_survived() {
    let Some(disk) = SmallDisk::mount(128) else { return };
    let file = disk.path().join("jiaozi.db");
    let installation = Installation::on_database(format!("sqlite:{}", file.display())).await;
    let server = installation.serve();
    is_told_and_survived(&installation, server, |_| disk.fill(), |_| disk.make_room()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_postgresql_data_is_told_and_survived() {
    let Some(disk) = SmallDisk::mount(128) else { return };
    let log = tempfile::tempdir().expect("a folder");
    let places = (Some(disk.path()), Some(log.path()));
    let Some(database) = postgres::Server::start_with(places.0, places.1) else { return };
    let installation = Installation::on_database(database.url()).await;
    let server = installation.serve();
    is_told_and_survived(&installation, server, |_| disk.fill(), |_| disk.make_room()).await;
}

/// Without room for its log PostgreSQL gives up and has to be started again; the gateway does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_postgresql_s_log_loses_and_doubles_nothing() {
    let Some(disk) = SmallDisk::mount(128) else { return };
    let Some(database) = postgres::Server::start_with(None, Some(disk.path())) else { return };
    let database = Arc::new(database);
    let installation = Installation::on_database(database.url()).await;
    let mut server = installation.serve();
    let parties = Parties::of(&installation, &server);
    parties.publish("full", BILLS, AMOUNT).await;
    let mut load = Load::start(&parties, "full", BILLS);
    load.acknowledged(PAYERS).await;
    disk.fill();
    let mut sent = load.end().await;
    assert!(sent.payments.iter().all(|payment| payment.met.is_ok()), "no connection broke");
    assert_eq!(sent.refusals().count(), PAYERS, "each payer has met it");
    sent.refusals().for_each(is_told_to_come_back);

    disk.make_room();
    with(&database, |database| {
        database.stop_immediately();
        database.start_again();
    })
    .await;
    until_readyz_says(&parties.channel, 200).await;
    parties.repeat(&mut sent.payments).await;
    assert!(server.is_running(), "the same process goes on");
    installation.payer_has_paid(sum(sent.payments.len())).await;
    server.stop();
    installation.all_hold();
}
