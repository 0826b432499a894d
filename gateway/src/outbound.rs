//! The systems outside that the gateway calls.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`target`] | which addresses may be called |

pub mod target;
