//! The scene "utility bills" (生活缴费): water, power, gas, heat, tuition. What is due is known to the
//! biller, a system that we ask and that may answer late, twice, wrongly or never. Pure commands; what is
//! said to a biller is in [`crate::exchange`], who says it is the gateway's matter.
//!
//! # What moves what
//!
//! | command | instruction | order | day | money |
//! |---|---|---|---|---|
//! | [`quote::quote`] | (reads only; a quote is a value, not a row) | | | |
//! | [`accept::Accept`] | → asked | → accepted | opened | reserved on the payer's account |
//! | [`hear::Hear`] | as its table says | follows it | counted when the biller has it, taken off when it is undone before the day is closed | reserved → settlement, suspense, or given back |
//! | [`gather::Gather`] | asked, reversing: told in a file, where the partner is told by files | | | |
//! | [`rule::Rule`] | asked, unknown, reversing → done, reversed, by two operators | follows it | counted when it is done | suspense → settlement, or given back |
//! | [`take_back::TakeBack`] | done, unknown → reversing | → reversing | taken off | settlement → suspense |
//! | [`refund::Refund`] | | → part refunded, refunded, by two operators | a refund of the open day | settlement, or what was settled → payer |
//!
//! An order that is resolved after its clearing day was closed keeps its clearing date and counts in the
//! first open day: it is settled as a late item.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`biller`] | a biller: its specification, resolved once |
//! | [`by_files`] | when a partner is told that is told by files |
//! | `follow` | what becomes of money, order and day when an instruction goes on |
//! | [`answer`] | what callers are told |
//! | the others | one command each, in the same shape: `needs`, then `decide` |

pub mod accept;
pub mod answer;
pub mod biller;
pub mod by_files;
pub(crate) mod follow;
pub mod gather;
pub mod hear;
pub mod quote;
pub mod refund;
pub mod rule;
pub mod take_back;

#[cfg(test)]
pub(crate) mod tests;

/// The name under which orders and events of this scene are kept.
pub const SCENE: &str = "utility";
