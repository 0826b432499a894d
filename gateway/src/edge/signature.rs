//! HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530).
//!
//! A request says who sends it by signing what matters of it: the method, the target, the body's
//! digest and type, and the idempotency key. So a captured request can be replayed only as
//! itself, and the idempotency record then answers as the first time; outside the time window it
//! is refused. This module verifies that, says exactly what is wrong when it is not so, and signs
//! our own requests and answers in the same way.
//!
//! It is not authorisation: a [`Verified`] names the key and its owner, and what the owner may do
//! is decided elsewhere. It keeps no nonces: it hands them out for those who do.
//!
//! # Layout
//!
//! - [`message`]: a request or response as something that can be signed
//! - [`component`]: one covered component, from identifier to value
//! - [`base`]: the signature base, the exact bytes that are signed
//! - [`digest`]: Content-Digest, made and checked
//! - [`key`]: algorithms, keys and the ring they are found on
//! - [`pair`]: new keys
//! - [`verify`](mod@verify): the rules, in order
//! - [`sign`]: the other direction
//! - [`refusal`]: every way in which it can fail
//!
//! # Choices
//!
//! - The algorithm belongs to the key, never to the message: `alg` may be sent, and must then agree.
//! - A parameter or component that we do not know is an error, not something to skip: the sender
//!   believes that it says something.
//! - With several signatures, the first that satisfies our rules counts, and others (a proxy's)
//!   are left alone.

pub mod base;
pub mod component;
pub mod digest;
pub mod key;
pub mod message;
pub mod pair;
pub mod refusal;
pub mod sign;
pub mod verify;

pub use key::{Algorithm, KeyRecord, KeyRing, SigningKey, StaticKeyRing, VerifyingKey};
pub use message::{Message, Origin};
pub use refusal::Refusal;
pub use sign::Signer;
pub use verify::{Nonce, Policy, Verified, verify};

#[cfg(test)]
mod tests;
