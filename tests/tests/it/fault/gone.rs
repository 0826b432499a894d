//! The database goes away under load and comes back: the same process says so, and goes on by itself.

use super::{AMOUNT, is_told_to_come_back, sum, times, until_readyz_says, with};
use jiaozi_tests::installation::Installation;
use jiaozi_tests::load::{Load, PAYERS};
use jiaozi_tests::parties::Parties;
use jiaozi_tests::postgres;
use std::sync::Arc;

/// More bills of one round than are paid before the database goes away.
const BILLS: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_and_comes_back_is_told_and_survived() {
    let Some(database) = postgres::Server::start() else {
        eprintln!("left out: JIAOZI_TEST_PG says that there is no PostgreSQL");
        return;
    };
    let database = Arc::new(database);
    let installation = Installation::on_database(database.url()).await;
    let mut server = installation.serve();
    let parties = Parties::of(&installation, &server);
    let client = &parties.channel;
    let mut payments = 0;
    for round in 0..times(10, 2) {
        until_readyz_says(client, 200).await;
        let name = format!("round-{round}");
        parties.publish(&name, BILLS, AMOUNT).await;
        let mut load = Load::start(&parties, &name, BILLS);
        load.acknowledged(2 * PAYERS).await;
        with(&database, postgres::Server::stop_immediately).await;

        let mut sent = load.end().await;
        assert!(sent.payments.iter().all(|payment| payment.met.is_ok()), "no connection broke");
        sent.refusals().for_each(is_told_to_come_back);
        assert_eq!(sent.refusals().count(), PAYERS, "each payer has met it");
        let unready = until_readyz_says(client, 503).await;
        assert!(unready.json()["waiting"]["database"].is_string(), "{:?}", unready.body);
        assert_eq!(client.get("/healthz").await.expect("answered").status, 200);

        with(&database, postgres::Server::start_again).await;
        until_readyz_says(client, 200).await;
        parties.repeat(&mut sent.payments).await;
        payments += sent.payments.len();
        assert!(server.is_running(), "the same process goes on");
        installation.payer_has_paid(sum(payments)).await;
        installation.all_hold();
    }
    let log = server.stop();
    assert!(log.contains("the database does not answer"), "{log}");
    assert!(log.contains("the database answers again"), "{log}");
}
