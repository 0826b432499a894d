//! What is said to a partner that we call, and what its answers mean: a specification and values in, bytes
//! out, and back. Pure: no socket, no clock; who travels and waits is the gateway's matter.
//!
//! An answer that cannot be meant (a wrong signature, a wrong form, another reference than ours) is an
//! [`Unreadable`] that says where and why; it is no answer at all, so the outcome stays unknown.

pub mod telling;

pub use telling::{
    Due, DueLine, Incoming, Original, Outgoing, Reading, Telling, Unreadable, Unsayable,
};

pub use crate::spec::message::{Outcome, Verb};

/// No message and no answer is longer; a transport need not keep more.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
