//! What goes wrong on a day, played on purpose, each with what must come of it.
//!
//! | module | trouble |
//! |---|---|
//! | [`files`] | files that are cut, have bad lines, or come twice |
//! | [`repeats`] | the same payment again; the same key for another one |
//! | [`races`] | two for one bill |
//! | [`lost`] | answers that never arrive; the power fails |
//! | [`forged`] | requests that are not who they say they are |
//! | [`changed`] | bills that change, expire, are paid at the desk or withdrawn between quote and payment |
//! | [`money`] | parts, a year ahead, too little money, taken back, given back |

pub mod changed;
pub mod files;
pub mod forged;
pub mod lost;
pub mod money;
pub mod races;
pub mod repeats;
