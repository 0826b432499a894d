//! The scenes: pure decisions, and the specification that says how one partner differs from another.
//!
//! Nothing here reads a clock, a file, a socket or a database; text and facts come in, values go out.

pub mod property;
pub mod spec;
