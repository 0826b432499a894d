//! The scene "property fees" as every door uses it: the API, the pages and the command line call these
//! functions and translate nothing but their own form. There is no HTTP here, and nothing is decided.
//!
//! # Layout
//!
//! | module | answers |
//! |---|---|
//! | [`houses`] | whose bills are there, and what does a house owe as of today? |
//! | [`quotes`] | what would it cost now? |
//! | [`payments`] | pay, cancel, give back; find and list payments |
//! | [`bills`] | a partner's bills, one with its versions and payments |
//! | [`publish`] | publish, change and withdraw bills |

pub mod bills;
pub mod houses;
pub mod payments;
pub mod publish;
pub mod quotes;
