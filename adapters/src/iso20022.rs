//! What we say to the bank's core in ISO 20022, and what it says of that. Bytes and values only: which
//! money moves is decided elsewhere.
//!
//! | module | holds |
//! |---|---|
//! | [`initiation`] | pain.001, what is to be paid: written |
//! | [`debit`] | pain.008, what is to be drawn: written |
//! | [`reversal`] | pain.007, what is to be given back: written |
//! | [`status`] | pain.002, the status of what was initiated: read |

pub mod debit;
pub mod initiation;
pub mod reversal;
pub mod status;
pub mod xml;
