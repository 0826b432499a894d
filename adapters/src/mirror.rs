//! Reconciliation of an account of ours that mirrors one elsewhere, against that one's statements. Pure
//! commands; who reads the file and what is looked at is the gateway's matter.
//!
//! # How items find each other
//!
//! | they give | it is the same as |
//! |---|---|
//! | a reference | an item of ours with that reference and amount, whatever the days |
//! | a reference of 16 characters that we do not have | the one item of ours with that amount whose reference begins so, if there is exactly one: MT940 has no room for more |
//! | none, and it is no charge and takes nothing back | the one item of ours with that amount within the days, if there is exactly one, and no other of theirs without a reference could be it too |
//!
//! A reference is never overruled by an amount, and an amount never chosen among several.
//!
//! # What comes of what is left over
//!
//! | who has it | outcome | booked |
//! |---|---|---|
//! | we, and its days are not over by the unbroken row of statements | only ours, in transit; not unexplained | – |
//! | we, and they tell of it without having booked it | different status | – |
//! | we | only ours | mirror → suspense |
//! | they, and we have one like it that is paired already | only theirs, a duplicate | – |
//! | they | only theirs | suspense → mirror |
//! | both, one each of a reference | different amount | the difference |
//! | a statement does not open with what was before | balance | – |
//!
//! The specification's `[book]` can leave a booking out. What is booked brings the mirror to what they
//! say, with effect of the day. A later statement takes it back by its reference.
//!
//! | module | holds |
//! |---|---|
//! | [`lines`] | a statement's entries as items |
//! | [`ours`] | our entries become items |
//! | [`take`] | a statement put on record with all its items, one that it replaces withdrawn |
//! | [`pair`] | items of both sides that are the same; which may be, by amount |
//! | [`judge`] | the table above |
//! | [`chain`] | balances from one statement to the next |
//! | [`compare`] | a break opened, changed or resolved by evidence |
//! | [`compared`] | that it was compared to the end |
//! | [`resolve`] | a break resolved by two operators |

pub mod chain;
pub mod compare;
pub mod compared;
pub mod judge;
pub mod lines;
pub mod ours;
pub mod pair;
pub mod resolve;
pub mod take;

#[cfg(test)]
mod tests;
