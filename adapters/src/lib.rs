//! The scenes: pure decisions, the specification that says how one partner differs from another, what is
//! said to partners that we call, and the statements that others write.
//!
//! Nothing here opens a file, a socket or a database or reads a clock; bytes, text and facts come in,
//! values go out.

pub mod answer;
#[cfg(test)]
mod books;
pub mod caller;
pub mod draw;
pub mod exchange;
pub mod iso20022;
pub mod mirror;
pub mod property;
pub mod reconciliation;
pub mod settlement;
pub mod spec;
pub mod statement;
pub mod utility;
pub mod withholding;
