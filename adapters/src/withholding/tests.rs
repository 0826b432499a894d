//! The scene over books in memory.

mod mandates;
mod running;
pub(crate) mod town;
