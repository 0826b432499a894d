//! The terms of the bank's core system, where customers' deposits are. It is called like a biller: what is
//! said, over what and how answers are read are the same sections.

use serde::Deserialize;

use super::biller::Customer;
use super::clearing::CutOff;
use super::identity::Code;

/// The section `[core]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Core {
    /// What its account numbers look like.
    pub account: Customer,
    /// When its day ends: from then on it takes nothing back, and a debit belongs to the next day.
    pub cut_off: CutOff,
    /// The calendar of its working days, a file of `partner-specs/calendars`.
    pub calendar: Code,
}
