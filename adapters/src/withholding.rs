//! The scene "batch withholding" (批量代扣): payers sign mandates through their channel, a partner claims
//! under them by file, and every line of the file is debited or refused with a reason. Pure commands.
//!
//! # What moves what
//!
//! | command | mandate | batch | line | order, day, money |
//! |---|---|---|---|---|
//! | [`sign::Sign`] | → signed | | | |
//! | [`change::Change`] | changed | | | |
//! | [`say::Say`] | → suspended, signed, revoked | | | |
//! | [`receive::Receive`], [`receive::Reject`] | | → received, rejected | | |
//! | [`load::Load`] | | → validated with the last | new | |
//! | [`present::Present`] | its month's sum | → running, its counters | → done, partial, refused, waiting | paid in one posting, counted in its day |
//! | [`finish::Finish`] | | → done | | |
//! | [`finish::HandOver`] | | → result sent | | |
//!
//! A payment under a mandate is the partner's order, as DESIGN's second kind of caller has it. Its
//! reference is the claim, `contract/period`, and references are unique: whatever files say, and however
//! often a run is begun again, a contract is debited for a period once.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`claimant`] | a partner that claims: its specification, resolved once |
//! | [`answer`] | what callers are told |
//! | `terms` | what a mandate may say |
//! | the others | one command each, in the same shape: `needs`, then `decide` |

pub mod answer;
pub mod change;
pub mod claimant;
pub mod finish;
pub mod load;
pub mod present;
pub mod receive;
pub mod say;
pub mod sign;
mod terms;

#[cfg(test)]
pub(crate) mod tests;
