//! Reconciliation of mirrored accounts over books in memory.
