//! Batch withholding: mandates that payers sign through their channel, and the files by which partners
//! claim under them, the same for every door.
//!
//! | module | holds |
//! |---|---|
//! | [`mandates`] | a payer's words about a mandate, on their way to the books, and reading them |

pub mod mandates;
