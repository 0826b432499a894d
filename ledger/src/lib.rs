//! The books, and the records that explain them.
//!
//! A reader should start with [`decision`]: a [`decision::Command`] says which facts it needs and
//! decides over them; [`book`] applies what was decided to the facts in memory; the store writes a
//! whole batch of decisions in one SQL transaction.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`money`], [`rounding`], [`time`], [`id`] | the words everything else is written in |
//! | [`account`], [`posting`], [`hold`] | the double-entry books |
//! | [`bill`], [`order`], [`day`] | the records that explain postings |
//! | [`instruction`] | what was asked of a system outside, and what is known of it |
//! | [`draw`] | money that is asked of the bank's core system for a payment |
//! | [`mandate`], [`withholding`] | what payers let partners debit, and the files that claim it |
//! | [`statement`], [`breaks`] | what a partner says that it has of a day, and where it is not what the books say |
//! | [`payout`] | what the bank's core is told to pay, and what waits to be paid |
//! | [`mirror`] | accounts that stand for one of ours elsewhere, and what its statements say |
//! | [`operator`], [`approval`] | who of the bank may order what by hand, and what takes two of them |
//! | [`chart`] | which accounts every book begins with, and how the others are named |
//! | [`facts`], [`decision`], [`book`], [`chain`] | deciding: facts in, decision out, applied in memory, linked by hash |
//! | [`problem`] | why something was not done, as callers are told |
//! | [`personal`], [`vault`] | personal data: masked by type, sealed at rest |
//! | [`row`] | how a record becomes cells of a table and back |
//! | [`progress`] | how far long work has come, for whoever watches |
//! | `store` (feature `store`) | SQLite and PostgreSQL, the writer, the feed, the invariants |
//!
//! What is absent: no HTTP, no partner's field name, no clock that anybody else could not set.

pub mod account;
pub mod approval;
pub mod bill;
pub mod book;
pub mod breaks;
pub mod chain;
pub mod chart;
pub mod command;
pub mod day;
pub mod decision;
pub mod draw;
pub mod facts;
pub mod hold;
pub mod id;
pub mod instruction;
pub mod mandate;
pub mod mirror;
pub mod money;
pub mod operator;
pub mod order;
pub mod payout;
pub mod personal;
pub mod posting;
pub mod problem;
pub mod progress;
pub mod rounding;
pub mod row;
pub mod statement;
#[cfg(feature = "store")]
pub mod store;
pub mod time;
pub mod vault;
pub mod withholding;
