//! Reconciliation: a biller's file of the day against our books. Pure commands; who reads the file and
//! which lines are looked at is the gateway's matter.
//!
//! # What comes of a line, or of a payment without one
//!
//! | we | their file | outcome | booked |
//! |---|---|---|---|
//! | done | paid, same amount | match | – |
//! | done | paid, another amount | different amount | the difference: partner → suspense, or back |
//! | done | reversed, not paid | different status | – |
//! | done | lacks it | only ours, perhaps in the next day's file | – |
//! | done | that of the next day lacks it too | only ours | partner → suspense |
//! | not known | paid, same amount | done: it is heard as `listed` | – |
//! | not known | paid, another amount | different amount | – |
//! | not known | lacks it, or not paid | unknown; the next day's file and a last query decide | – |
//! | refused, reversed | paid | only theirs | suspense → partner |
//! | nothing | paid | only theirs | suspense → partner |
//! | refused, reversed, nothing | lacks it, or not paid | match | – |
//!
//! A debit under a mandate is a payment that is done, if the specification says that the file lists it; it is
//! known by its claim, contract and period. Otherwise it is in no comparison. A payment that we have given
//! back whole and of which their file says `reversed` is a match.
//!
//! The specification's `[reconciliation]` can leave a booking out. Bookings count in the day of their
//! clearing date while it is open, else in the open one, as late items. A later file takes them back by
//! their reference and books anew.
//!
//! | module | holds |
//! |---|---|
//! | [`take`] | a file put on record, with all its lines |
//! | [`judge`] | the table above |
//! | [`compare`] | one reference judged, and its break opened, changed or resolved |
//! | [`own`] | a break gets an owner |
//! | [`resolve`] | a break resolved by two operators |
//! | `booking` | from partner to suspense and back |

mod booking;
pub mod compare;
pub mod judge;
pub mod own;
pub mod resolve;
pub mod take;

#[cfg(test)]
mod tests;
