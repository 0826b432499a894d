//! Billers as systems of their own on the network: four interfaces over one kind of back office, with
//! faults by script. The tests and the demonstration call them through the doors that real billers have,
//! and afterwards ask the [office](office::Office) what truly happened.
//!
//! The protocols are written by hand from the billers' interface documents, and share nothing with the
//! code that calls them: what both would get wrong together, nobody would see.
//!
//! An office reads no clock: its date and time are what the caller has [set](office::Office::set_time).
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`office`] | customers, bills, payments, reversals, the clearing day |
//! | [`order`] | what is asked of an office, and what it says |
//! | [`faults`] | which message goes wrong, and how |
//! | [`day_file`] | the lines of a day, and what can be wrong with its file |
//! | [`shelf`] | the files that are handed out, and what goes wrong with that |
//! | [`protocol`] | what a protocol has to be able to do |
//! | [`peer`] | a biller on a port: up, down, and up again on the same one |
//! | [`wire`] | requests and frames, byte by byte |
//! | [`text`] | encodings, XML and hashes, as the documents ask for them |
//! | [`rongjiang_water`], [`minbei_power`], [`huaran_gas`], [`nanhu_college`] | the four interfaces |

pub mod day_file;
pub mod faults;
pub mod huaran_gas;
pub mod minbei_power;
pub mod nanhu_college;
pub mod office;
pub mod order;
pub mod peer;
pub mod protocol;
pub mod rongjiang_water;
pub mod shelf;
pub(super) mod text;
mod wire;
