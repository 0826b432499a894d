//! Whether the database answers and the writer lives: asked once a second, said at `/readyz`.

use std::time::Duration;

use tokio::sync::watch;

use crate::edge::health::Readiness;
use crate::gateway::Gateway;

/// The name of the part that `/readyz` waits for.
const PART: &str = "database";

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How long an answer may take, and how often in a row it may take longer: many readers at once are no
/// reason to send everybody away.
const PATIENCE: Duration = Duration::from_secs(2);
const SILENCES: u32 = 2;

/// Asks until the process is told to stop. What is wrong goes to the log; outside it is only said that
/// something is.
pub(super) async fn watch(
    gateway: Gateway,
    readiness: Readiness,
    mut stopped: watch::Receiver<bool>,
) {
    let (mut gone, mut silences) = (false, 0);
    loop {
        let trouble = match tokio::time::timeout(PATIENCE, gateway.store.head()).await {
            Ok(_) if gateway.writer.has_ended() => Some("the writer has ended".to_owned()),
            Ok(Ok(_)) => {
                silences = 0;
                None
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => {
                silences += 1;
                (silences >= SILENCES).then(|| format!("no answer within {} s", PATIENCE.as_secs()))
            }
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
