//! Batch withholding: mandates that payers sign through their channel, and the files by which partners
//! claim under them, the same for every door.
//!
//! | module | holds |
//! |---|---|
//! | [`mandates`] | a payer's words about a mandate, on their way to the books, and reading them |
//! | [`claims`] | a file of claims: proved whole, read line by line |
//! | [`intake`] | taking one in |
//! | [`batches`] | what was taken in, read |
//! | [`run`] | presenting its lines |
//! | [`obstacle`] | what keeps all of them from being presented |
//! | [`result`] | the file that goes back |

pub mod batches;
pub mod claims;
pub mod intake;
pub mod mandates;
pub mod obstacle;
pub mod result;
pub mod run;
