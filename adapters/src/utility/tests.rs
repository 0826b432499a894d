//! The scene against books in memory.

mod anything;
mod paying;
mod quoting;
mod refunding;
mod returning;
pub(crate) mod town;
