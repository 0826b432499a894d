//! The scene over books in memory.

mod mandates;
mod running;
mod town;
