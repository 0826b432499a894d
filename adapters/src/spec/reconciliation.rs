//! How a biller's file of the day and our books are brought together: what is booked for each way in which
//! they can differ. What is booked waits in suspense until the break is resolved.

use serde::{Deserialize, Serialize};

/// The section `[reconciliation]`; every key may be left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reconciliation {
    /// We say that it is done, and neither the file of its day nor that of the next has it.
    pub only_ours: OnlyOurs,
    /// They say that it is paid, and we have nothing, or refused or reversed it.
    pub only_theirs: OnlyTheirs,
    /// Both have it, with other amounts.
    pub different_amount: DifferentAmount,
    /// Both have it, and they say that it is not paid.
    pub different_status: DifferentStatus,
}

/// What is booked for a payment that only we have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnlyOurs {
    /// What we owe the partner for it becomes suspense.
    #[default]
    PartnerToSuspense,
    /// Nothing.
    Nothing,
}

/// What is booked for a payment that only they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnlyTheirs {
    /// We owe it to the partner, out of suspense.
    #[default]
    SuspenseToPartner,
    /// Nothing.
    Nothing,
}

/// What is booked for a payment with two amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferentAmount {
    /// The difference: we owe the partner what they say.
    #[default]
    DifferenceToSuspense,
    /// Nothing.
    Nothing,
}

/// What is booked for a payment with two statuses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferentStatus {
    /// Nothing: which of the two is right must be found out first.
    #[default]
    Nothing,
}
