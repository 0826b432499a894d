//! Operators at work: what they order by hand is signed with a key of their own, verified here for every
//! manual command, and left in the feed with the order's proof.
//!
//! | what is ordered | how |
//! |---|---|
//! | one command of the books | [`Who::order`]: whether the operator may is decided in the same commit |
//! | other work (a file, a partner's key) | [`Who::order_work`]: the order is left in the feed, then the work is done |
//!
//! What takes a second person is proposed by one operator and approved by another ([`approvals`]).
//!
//! In a sandbox nobody has to prove anything; records then name the user of the operating system, or the
//! name that was given, as `user:NAME`, so that nobody takes it for a proof.

pub mod approvals;
mod approving;
mod order;

use jiaozi_ledger::decision::{Command, Decision, Digest, Scope, Verdict};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::operator::{self, Operator, Role};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::{Failure, Reply};
use jiaozi_ledger::store::{Store, StoreError};
use serde_json::json;
use uuid::Uuid;

pub use self::order::{Order, Proof, Signed};

use crate::edge::signature::key::SigningKey;
use crate::gateway::Gateway;
use crate::record::{LeaveEvent, WORKER};

/// The member of an event's data that holds the proof of the order.
pub const ORDERED: &str = "ordered";

/// Who gives a command that no partner gives.
#[derive(Debug)]
pub enum Who {
    /// An operator, with the private key of their own.
    Operator {
        /// The operator's code.
        code: String,
        /// The private key.
        key: Box<SigningKey>,
    },
    /// Whoever runs the program: nobody has proved anything.
    User(String),
    /// The gateway itself, by its clock.
    Worker,
}

/// Why an order was not taken.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// A live database, and nobody has signed.
    #[error(
        "this database is live: {operation} needs the signature of an operator with the role {role}"
    )]
    Unsigned {
        /// What was ordered.
        operation: &'static str,
        /// What the operator must be.
        role: Role,
    },
    /// The signature does not convince, or the operator may not.
    #[error("{0}")]
    Refused(String),
    /// No signature could be made.
    #[error("the order cannot be signed: {0}")]
    NotSigned(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The writer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl Who {
    /// How records name them.
    #[must_use]
    pub fn actor(&self) -> String {
        match self {
            Who::Operator { code, .. } => Operator::actor(code),
            Who::User(name) => format!("user:{name}"),
            Who::Worker => WORKER.to_owned(),
        }
    }

    /// The scope of an idempotency key for what they order.
    #[must_use]
    pub fn scope(&self, operation: &'static str, key: impl Into<String>) -> Scope {
        Scope { partner: self.actor(), operation, key: key.into() }
    }

    /// Orders a command. Its scope is theirs; what is signed is its operation, its key and the digest of
    /// its body, as the journal keeps them.
    ///
    /// # Errors
    /// When the order is not taken; then nothing was done. A decline is an answer.
    pub async fn order(
        &self,
        gateway: &Gateway,
        role: Role,
        command: impl Command + 'static,
    ) -> Result<Reply, OrderError> {
        let Scope { operation, key, .. } = command.scope().clone();
        let digest = command.body_digest();
        match self.prove(gateway, role, operation, &key, digest).await? {
            Some(proof) => Ok(gateway.submit(Ordered { command, proof, first: false }).await?),
            None => Ok(gateway.submit(command).await?),
        }
    }

    /// Orders work that is not one command of the books. A signed order is left in the feed first.
    ///
    /// # Errors
    /// When the order is not taken; then nothing was done.
    pub async fn order_work(
        &self,
        gateway: &Gateway,
        role: Role,
        operation: &'static str,
        key: &str,
        digest: Digest,
    ) -> Result<(), OrderError> {
        let Some(proof) = self.prove(gateway, role, operation, key, digest).await? else {
            return Ok(());
        };
        let event = LeaveEvent {
            scope: self.scope(operation, key),
            digest,
            kind: "operator.ordered",
            subject: None,
            data: json!({"operation": operation, "key": key, "by": self.actor()}),
        };
        let reply = gateway.submit(Ordered { command: event, proof, first: false }).await?;
        match reply.verdict {
            Verdict::Done => Ok(()),
            Verdict::Declined => Err(OrderError::Refused(detail(&reply))),
        }
    }

    /// Orders that the first operator of the book be added: by that operator, who proves to have the key.
    ///
    /// # Errors
    /// When the order is not taken; then nothing was done. A decline is an answer.
    pub async fn order_first(
        &self,
        gateway: &Gateway,
        command: operator::AddOperator,
    ) -> Result<Reply, OrderError> {
        let operation = operator::AddOperator::OPERATION;
        let Who::Operator { code, .. } = self else {
            return Err(OrderError::Unsigned { operation, role: Role::Administrator });
        };
        if !command.first || command.code != *code {
            let expected = "expected the first operator's own signature".to_owned();
            return Err(OrderError::Refused(expected));
        }
        let key = command.scope.key.clone();
        let signed =
            self.sign(gateway, Role::Administrator, operation, &key, command.body_digest());
        let signed = signed.await?.ok_or_else(|| OrderError::Refused("no signature".to_owned()))?;
        let proof = signed.verify(&command.public_key, gateway.now().await?)?;
        Ok(gateway.submit(Ordered { command, proof, first: true }).await?)
    }

    /// The proof of an order; nothing where none is asked for.
    async fn prove(
        &self,
        gateway: &Gateway,
        role: Role,
        operation: &'static str,
        key: &str,
        digest: Digest,
    ) -> Result<Option<Proof>, OrderError> {
        match self.sign(gateway, role, operation, key, digest).await? {
            Some(signed) => Ok(Some(verify(gateway, signed).await?)),
            None if matches!(self, Who::Worker) || gateway.sandbox => Ok(None),
            None => Err(OrderError::Unsigned { operation, role }),
        }
    }

    async fn sign(
        &self,
        gateway: &Gateway,
        role: Role,
        operation: &'static str,
        key: &str,
        digest: Digest,
    ) -> Result<Option<Signed>, OrderError> {
        let Who::Operator { code, key: private } = self else { return Ok(None) };
        let order = Order {
            book_since: book_since(&gateway.store).await?,
            operator: code.clone(),
            role,
            operation,
            key: key.to_owned(),
            digest,
            at: gateway.now().await?,
        };
        let signed =
            order.sign(private).map_err(|refusal| OrderError::NotSigned(refusal.to_string()))?;
        Ok(Some(signed))
    }
}

/// Verifies an order: the one place through which every manual command goes.
///
/// # Errors
/// When there is no such operator, the operator may not order this, or the signature is not theirs.
pub async fn verify(gateway: &Gateway, signed: Signed) -> Result<Proof, OrderError> {
    let code = &signed.order.operator;
    let refuse = |why: String| Err(OrderError::Refused(why));
    let by_code = vec![Cell::Text(code.clone())];
    let Some(operator) = gateway.store.first::<Operator>("code = $2", by_code).await? else {
        return refuse(format!(
            "there is no operator {code}; expected one of `jiaozi operator list`"
        ));
    };
    if let Some(at) = operator.revoked_at {
        return refuse(format!("operator {code} is revoked since {at}"));
    }
    let role = signed.order.role;
    if !operator.roles.contains(&role) {
        return refuse(format!("operator {code} does not have the role {role}"));
    }
    if signed.order.book_since != book_since(&gateway.store).await? {
        return refuse("the order is for another database".to_owned());
    }
    signed.verify(&operator.public_key, gateway.now().await?)
}

/// When the book was made: it tells one database from another.
async fn book_since(store: &Store) -> Result<i64, StoreError> {
    let sql = "select created_at from books where book = $1";
    store.number(sql, vec![Cell::Int(jiaozi_ledger::store::BOOK)]).await
}

/// What a declined command's answer says.
#[must_use]
pub fn detail(reply: &Reply) -> String {
    let body: serde_json::Value = serde_json::from_slice(&reply.answer.body).unwrap_or_default();
    match body["detail"].as_str() {
        Some(detail) => detail.to_owned(),
        None => String::from_utf8_lossy(&reply.answer.body).into_owned(),
    }
}

/// A command that an operator has ordered. Its event carries the proof; and whether the operator may is
/// asked once more in the commit, so that a revocation that came between counts.
#[derive(Debug)]
struct Ordered<C> {
    command: C,
    proof: Proof,
    /// It makes the operator the first of all: then nobody is there to be asked.
    first: bool,
}

impl<C: Command> Command for Ordered<C> {
    fn scope(&self) -> &Scope {
        self.command.scope()
    }

    fn body_digest(&self) -> Digest {
        self.command.body_digest()
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = self.command.needs(facts);
        needs.push(Operator::by_code(&self.proof.operator));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let Proof { operator, role, key, .. } = &self.proof;
        let may = match self.first {
            true => Ok(()),
            false => operator::authorised(facts, operator, *role, key).map(|_| ()),
        };
        let decision = match may {
            Ok(()) => self.command.decide(facts),
            Err(problem) => {
                let data = json!({"operator": operator, "operation": self.scope().operation});
                problem.decline("operator.declined", Uuid::nil(), data)
            }
        };
        decision.with_event_member(ORDERED, self.proof.told())
    }

    fn weight(&self) -> usize {
        self.command.weight()
    }
}
