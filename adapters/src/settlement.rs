//! Settling with whoever is paid through us, whatever the scene: which clearing day a payment counts in,
//! and what becomes of the day's money when it is closed. Nothing here knows why somebody is paid.
//!
//! | module | holds |
//! |---|---|
//! | [`payee`] | who is settled with: cut-off, calendar, fee, second payees |
//! | [`days`] | the day that a payment or refund counts in, and its sums |
//! | [`close`] | closing a day |
//! | [`payout`] | what was settled, paid out through the bank's core |

pub mod close;
pub mod days;
pub mod payee;
pub mod payout;
