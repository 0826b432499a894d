//! What we say to the bank's core in ISO 20022, and what it says of that. Bytes and values only: which
//! money moves is decided elsewhere.
//!
//! | module | holds |
//! |---|---|
//! | [`initiation`] | pain.001, what is to be paid: written |
//! | [`status`] | pain.002, the status of what was initiated: read |

pub mod initiation;
pub mod status;
