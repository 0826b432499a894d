//! The scene as sentences: each test tells what happened to some bills and what the books say then.
//!
//! | module | tells about |
//! |---|---|
//! | [`town`] | the runner: books in memory, a company, payers, a clock that the test sets |
//! | [`invariants`] | what must hold after every step |
//! | [`publishing`] | bills coming in |
//! | [`paying`] | quotes, payments, cancellations |
//! | [`refunding`], [`closing`] | money going back, days |
//! | [`anything`] | random sequences that must never break the books |

mod anything;
mod closing;
mod invariants;
mod paying;
mod publishing;
mod refunding;
mod town;
