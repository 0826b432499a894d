//! An order as text, signed and verified. The text is made of what the journal keeps of the command and
//! of the proof in its event, so that whoever audits can make it again and verify it years later.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiaozi_ledger::decision::Digest;
use jiaozi_ledger::operator::{Role, key_name};
use jiaozi_ledger::time::Instant;
use serde_json::{Value, json};

use super::OrderError;
use crate::edge::signature::key::{SigningKey, VerifyingKey};
use crate::edge::signature::refusal::Refusal;

/// How far an order may be from now, in seconds: what was signed yesterday is not ordered today.
const FRESH_SECONDS: i64 = 300;

/// What an operator orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// When the book was made, in microseconds: an order for one database counts in no other.
    pub book_since: i64,
    /// The operator's code.
    pub operator: String,
    /// As what the operator orders it.
    pub role: Role,
    /// The operation of the command.
    pub operation: &'static str,
    /// The command's idempotency key.
    pub key: String,
    /// The digest of the command's body.
    pub digest: Digest,
    /// When it is ordered.
    pub at: Instant,
}

impl Order {
    /// The canonical text: eight lines, each a name and a JSON value, each ended by a line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = [
            ("jiaozi-order", json!(1)),
            ("book", json!(self.book_since)),
            ("operator", json!(self.operator)),
            ("role", json!(self.role)),
            ("operation", json!(self.operation)),
            ("key", json!(self.key)),
            ("digest", json!(hex::encode(self.digest))),
            ("at", json!(self.at)),
        ];
        lines.map(|(name, value)| format!("{name} {value}\n")).concat()
    }

    /// Signs it.
    ///
    /// # Errors
    /// When the random source fails.
    pub fn sign(self, key: &SigningKey) -> Result<Signed, Refusal> {
        let signature = key.sign(self.text().as_bytes())?;
        Ok(Signed { order: self, signature })
    }
}

/// An order with a signature that nobody has verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The order.
    pub order: Order,
    /// The signature over its text.
    pub signature: Vec<u8>,
}

impl Signed {
    /// Verifies the signature with the operator's public key, and that it was made just now.
    ///
    /// # Errors
    /// Why not.
    pub fn verify(self, public_key: &str, now: Instant) -> Result<Proof, OrderError> {
        let Signed { order, signature } = self;
        let key = VerifyingKey::from_pem(public_key).map_err(|error| {
            OrderError::Refused(format!("operator {}: {error}", order.operator))
        })?;
        if !key.accepts(order.text().as_bytes(), &signature) {
            let why = format!("the signature is not made with operator {}'s key", order.operator);
            return Err(OrderError::Refused(why));
        }
        if now.0.abs_diff(order.at.0) > FRESH_SECONDS.unsigned_abs() * 1_000_000 {
            let why = format!("the order is of {}, and it is {now} now", order.at);
            return Err(OrderError::Refused(why));
        }
        let key = key_name(public_key);
        Ok(Proof { operator: order.operator, role: order.role, key, at: order.at, signature })
    }
}

/// An order's proof, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The operator's code.
    pub operator: String,
    /// As what the operator ordered it.
    pub role: Role,
    /// The short name of the key.
    pub key: String,
    /// When it was ordered.
    pub at: Instant,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Proof {
    /// The proof as the feed keeps it.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "operator": self.operator, "role": self.role, "key": self.key, "at": self.at,
            "signature": BASE64.encode(&self.signature),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::signature::pair;

    fn order() -> Order {
        Order {
            book_since: 7,
            operator: "li.wei".to_owned(),
            role: Role::Maker,
            operation: "accounts.open",
            key: "a\nrole \"checker\"".to_owned(),
            digest: [1; 32],
            at: Instant(1_795_312_800_000_000),
        }
    }

    #[test]
    fn every_part_of_an_order_is_signed_on_a_line_of_its_own() {
        let text = order().text();
        assert_eq!(text.lines().count(), 8, "{text}");
        assert!(text.contains("role \"maker\"\noperation \"accounts.open\"\n"), "{text}");
        let made = pair::ed25519().unwrap();
        let key = SigningKey::from_pem(&made.private).unwrap();
        let signed = order().sign(&key).unwrap();
        let now = order().at;
        assert!(signed.clone().verify(&made.public, now).is_ok());
        let others: [fn(&mut Order); 7] = [
            |order| order.book_since = 8,
            |order| order.operator = "chen.yu".to_owned(),
            |order| order.role = Role::Checker,
            |order| order.operation = "books.adjust",
            |order| order.key = "b".to_owned(),
            |order| order.digest = [2; 32],
            |order| order.at = Instant(order.at.0 + 1),
        ];
        for change in others {
            let mut changed = signed.clone();
            change(&mut changed.order);
            assert!(changed.verify(&made.public, now).is_err());
        }
    }

    #[test]
    fn an_order_is_for_now_and_of_one_key() {
        let (made, other) = (pair::ed25519().unwrap(), pair::ed25519().unwrap());
        let key = SigningKey::from_pem(&made.private).unwrap();
        let signed = order().sign(&key).unwrap();
        let at = order().at;
        for seconds in [-301, 301] {
            assert!(signed.clone().verify(&made.public, at.plus_seconds(seconds)).is_err());
        }
        assert!(signed.clone().verify(&made.public, at.plus_seconds(300)).is_ok());
        assert!(signed.clone().verify(&other.public, at).is_err());
        assert!(signed.verify("no key", at).is_err());
    }
}
