//! Whether the database answers: asked once a second, said at `/readyz`.

use std::time::Duration;

use jiaozi_ledger::store::Store;
use tokio::sync::watch;

use crate::edge::health::Readiness;

/// The name of the part that `/readyz` waits for.
const PART: &str = "database";

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(1);

/// After how long without an answer it counts as gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks until the process is told to stop. What is wrong goes to the log; outside it is only said that
/// something is.
pub(super) async fn watch(store: Store, readiness: Readiness, mut stopped: watch::Receiver<bool>) {
    let mut gone = false;
    loop {
        let trouble = match tokio::time::timeout(PATIENCE, store.head()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        match &trouble {
            Some(trouble) => {
                readiness.waits_for(PART, "it does not answer");
                if !gone {
                    tracing::error!(trouble, "the database does not answer");
                }
            }
            None => {
                readiness.ready(PART);
                if gone {
                    tracing::info!("the database answers again");
                }
            }
        }
        gone = trouble.is_some();
        tokio::select! {
            ended = stopped.wait_for(|stopped| *stopped) => {
                drop(ended);
                return;
            }
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
