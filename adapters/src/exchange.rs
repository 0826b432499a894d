//! What is said to a partner that we call, and what its answers mean: a specification and values in, bytes
//! out, and back. Pure: no socket, no clock; who travels and waits is the gateway's matter.
//!
//! [`render`] writes a message, [`read`] reads its answer, and [`frame`] puts lengths before messages of a
//! stream. An answer that cannot be meant (a wrong signature, a wrong form, another reference than ours) is
//! an [`Unreadable`] that says where and why; it is no answer at all, so the outcome stays unknown.
//!
//! | module | thought |
//! |---|---|
//! | [`telling`] | what is to be said, and what came back, as values |
//! | [`frame`] | a length before a message |
//! | `encoding` | characters to bytes and back, nothing replaced |
//! | `values`, `nest` | what the fields of a message hold, and which stand together |
//! | `tree`, `amount` | an answer as names and texts, whatever its form; an amount in it |
//! | `xml`, `json`, `form`, `fixed` | each form, written and read |
//! | `signature` | computed and compared |
//! | `render`, `read`, `due`, `file` | the whole message; the whole answer; the bill in it; the file in it |
//! | [`proof`] | the signature of a file, while it comes |

pub mod frame;
pub mod proof;
pub mod telling;

mod amount;
mod due;
mod encoding;
mod file;
mod fixed;
mod form;
mod json;
mod nest;
mod read;
mod render;
mod signature;
mod tree;
mod values;
mod xml;

pub use read::read;
pub use render::{render, render_get};
pub use telling::{
    Due, DueLine, FilePart, Incoming, Original, Outgoing, Reading, Telling, Unreadable, Unsayable,
};

pub use crate::spec::message::{Outcome, Verb};

/// No message and no answer is longer; a transport need not keep more.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
