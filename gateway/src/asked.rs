//! Who asks for something, and under which key: what every door knows of an order besides its content.

use jiaozi_ledger::decision::{Command, Decision, Digest, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::store::batch::{Failure, Reply};

use crate::gateway::Gateway;

/// Who asks, under which idempotency key, and what came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The partner's or channel's code, or `operator`.
    pub by: String,
    /// The idempotency key.
    pub key: String,
    /// The digest of what came in, where a door received bytes: then any other byte under the same
    /// key is a conflict. Without it, the command's own digest of its parts counts.
    pub digest: Option<Digest>,
}

impl Asked {
    /// Asked by someone under a key, without bytes of its own.
    pub fn by(by: impl Into<String>, key: impl Into<String>) -> Asked {
        Asked { by: by.into(), key: key.into(), digest: None }
    }

    /// The scope of the key for an operation.
    #[must_use]
    pub fn scope(&self, operation: &'static str) -> Scope {
        Scope { partner: self.by.clone(), operation, key: self.key.clone() }
    }

    /// Puts a command into the writer's queue and waits for its answer.
    ///
    /// # Errors
    /// [`Failure`]; a decline is an answer.
    pub async fn submit(
        &self,
        gateway: &Gateway,
        command: impl Command + 'static,
    ) -> Result<Reply, Failure> {
        match self.digest {
            Some(digest) => gateway.submit(AsReceived { command, digest }).await,
            None => gateway.submit(command).await,
        }
    }
}

/// A command whose key is bound to the bytes that a door received.
#[derive(Debug)]
struct AsReceived<C> {
    command: C,
    digest: Digest,
}

impl<C: Command> Command for AsReceived<C> {
    fn scope(&self) -> &Scope {
        self.command.scope()
    }

    fn body_digest(&self) -> Digest {
        self.digest
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        self.command.needs(facts)
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.command.decide(facts)
    }

    fn weight(&self) -> usize {
        self.command.weight()
    }
}
