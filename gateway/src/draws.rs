//! Paying from accounts with the bank's core system, as every door uses it: the money is asked of the core,
//! what becomes of it is followed up like any instruction, and when it is there the scene spends it. There
//! is no HTTP here, and nothing is decided.
//!
//! | module | answers |
//! |---|---|
//! | [`payments`] | order, read, take back |
//! | [`feed`] | what is to be done next with money that has come, or come back? |
//! | [`ruling`] | what is not at an end, and what do two operators say of it? |
//! | [`spending`] | which command of the scene spends it? |

pub mod feed;
pub mod payments;
pub mod ruling;
pub mod spending;
