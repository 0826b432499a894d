//! Partners that are told by files: what they say is heard, what they do not say too, what is due is put into
//! files, and the files into their outboxes. One whose mailbox cannot be used keeps no other waiting.

use std::path::Path;

use super::{Run, Worker};
use crate::filed::{Filed, FiledError, gathering, hearing, silence, writing};
use crate::gateway::Gateway;
use crate::mailbox::Mailbox;

/// Exchanges files.
#[derive(Debug)]
pub(super) struct ByFiles {
    partners: Vec<(Filed, Mailbox)>,
}

impl ByFiles {
    /// For the partners of a gateway that are told so, with the folder of all mailboxes.
    pub(super) fn new(gateway: &Gateway, mailboxes: &Path) -> ByFiles {
        let with_mailbox = |filed: Filed| {
            let mailbox = Mailbox::of(mailboxes, filed.code());
            (filed, mailbox)
        };
        ByFiles { partners: Filed::all(gateway).into_iter().map(with_mailbox).collect() }
    }
}

/// What a partner said before what is noticed of its silence: an answer that is there is no silence. Each
/// part goes on when another cannot.
async fn exchange(
    gateway: &Gateway,
    filed: &Filed,
    mailbox: &Mailbox,
) -> Result<usize, FiledError> {
    let heard = hearing::take_all(gateway, filed, mailbox).await;
    let noticed = match &heard {
        Ok(looked) if !looked.more_comes => silence::notice(gateway, filed).await,
        Ok(_) | Err(_) => Ok(0),
    };
    let gathered = gathering::gather(gateway, filed).await;
    let put = writing::put_all(gateway, filed, mailbox).await;
    Ok(heard?.taken + noticed? + gathered? + put?)
}

impl Worker for ByFiles {
    fn name(&self) -> &'static str {
        "files"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let (mut done, mut failed) = (0, None);
            for (filed, mailbox) in &self.partners {
                match exchange(gateway, filed, mailbox).await {
                    Ok(number) => done += number,
                    Err(error) => {
                        tracing::error!(partner = filed.code(), %error, "files are not exchanged; again later");
                        failed = Some(error);
                    }
                }
            }
            match failed {
                Some(error) if done == 0 => Err(error.into()),
                _ => Ok(done),
            }
        })
    }
}
