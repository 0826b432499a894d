//! The scene "utility bills" as every door uses it: what is due is asked of the biller, a payment is
//! accepted and the biller told, and what is not known yet is followed up until it is. There is no HTTP
//! here, and nothing is decided.
//!
//! # Layout
//!
//! | module | answers |
//! |---|---|
//! | [`billers`] | who can be asked, and over which line? |
//! | [`saying`] | what does a biller say to one message? |
//! | [`references`] | under which number is it said? |
//! | [`quotes`] | what is due for a customer now? |
//! | [`payments`] | pay, take back, read |
//! | [`refunds`] | give back what the biller takes back no more |
//! | [`follow_up`] | what became of it? |
//! | [`held_up`] | what do the books not take? |
//! | [`unknown`] | of what does nobody know what became, and who rules on it? |

pub mod billers;
pub mod follow_up;
pub mod held_up;
pub mod payments;
pub mod quotes;
pub mod references;
pub mod refunds;
pub mod saying;
pub mod unknown;
