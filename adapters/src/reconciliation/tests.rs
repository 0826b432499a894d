//! Reconciliation over books in memory.

mod breaks;
mod files;
mod given_back;
mod withheld;
