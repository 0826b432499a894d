//! Reconciliation over books in memory.

mod breaks;
mod files;
