//! The server is killed at random moments under load, and started again.

use super::{AMOUNT, sum, times};
use jiaozi_tests::installation::{Installation, On};
use jiaozi_tests::load::Load;
use jiaozi_tests::parties::{Parties, Payment};

/// Bills of one round; more than are paid before the kill.
const BILLS: usize = 200;

async fn nothing_is_lost_or_doubled(on: On, rounds: usize) {
    let Some(installation) = Installation::new(on).await else {
        eprintln!("left out: JIAOZI_TEST_PG names no server");
        return;
    };
    let mut unsettled: Vec<Payment> = Vec::new();
    let mut payments = 0;
    for round in 0..rounds {
        let server = installation.serve();
        let parties = Parties::of(&installation, &server);
        parties.repeat(&mut unsettled).await;
        payments += unsettled.len();
        let name = format!("round-{round}");
        parties.publish(&name, BILLS, AMOUNT).await;
        let mut load = Load::start(&parties, &name, BILLS);
        load.acknowledged(1 + usize::from(uuid::Uuid::new_v4().as_bytes()[0]) % 60).await;
        server.kill();
        unsettled = load.end().await.payments;
    }
    let server = installation.serve();
    Parties::of(&installation, &server).repeat(&mut unsettled).await;
    payments += unsettled.len();
    drop(server);

    installation.payer_has_paid(sum(payments)).await;
    installation.all_hold();
    eprintln!("{rounds} kills, {payments} payments, every one exactly once");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_sqlite_loses_and_doubles_nothing() {
    nothing_is_lost_or_doubled(On::Sqlite, times(100, 8)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_postgres_loses_and_doubles_nothing() {
    nothing_is_lost_or_doubled(On::Postgres, times(30, 4)).await;
}
