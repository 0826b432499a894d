//! Reconciliation of billers' days: a file is taken, both sides are laid beside each other, and what
//! differs is a break until evidence or two operators resolve it.
//!
//! What matches is found by the database, so memory does not grow with the day; only what does not match
//! is looked at one by one. Everything is found again in the tables: a run that was interrupted is simply
//! started again, and a run more changes nothing.
//!
//! | module | thought |
//! |---|---|
//! | [`taking`] | a file read, proved, put on record, and its days compared |
//! | [`comparing`] | a clearing date: what does not match |
//! | [`settling`] | one reference: what is heard of it, and its break |
//! | [`evidence`] | what the files on record say of a reference |
//! | [`following`] | payments that become something else after their break was opened |
//! | [`asking`] | the last query for what no file has |
//! | [`breaks`] | breaks listed, owned, proposed for resolution |
//! | [`unexplained`] | what is unexplained, by partner and age |
//! | [`summary`] | what a biller's day came to |

pub mod asking;
pub mod breaks;
pub mod comparing;
pub mod evidence;
pub mod following;
pub mod settling;
pub mod summary;
pub mod taking;
pub mod unexplained;
