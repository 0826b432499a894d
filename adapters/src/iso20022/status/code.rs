//! The words of the standard for where a payment stands.

use serde::{Deserialize, Serialize};

/// A status (external code sets of payment groups and transactions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Received.
    #[serde(rename = "RCVD")]
    Received,
    /// Pending: further checks are made.
    #[serde(rename = "PDNG")]
    Pending,
    /// Authentication and form are right.
    #[serde(rename = "ACTC")]
    TechnicallyAccepted,
    /// Some of the authorisations are there.
    #[serde(rename = "PATC")]
    PartlyAuthorised,
    /// The customer's profile is right too.
    #[serde(rename = "ACCP")]
    ProfileAccepted,
    /// The funds are there.
    #[serde(rename = "ACFC")]
    FundsChecked,
    /// Accepted, with something changed.
    #[serde(rename = "ACWC")]
    AcceptedWithChange,
    /// Accepted, and the creditor's account is not posted yet.
    #[serde(rename = "ACWP")]
    AcceptedWithoutPosting,
    /// Settlement is under way.
    #[serde(rename = "ACSP")]
    InSettlement,
    /// The debtor's account is settled.
    #[serde(rename = "ACSC")]
    Settled,
    /// The creditor's account is settled.
    #[serde(rename = "ACCC")]
    SettledAtCreditor,
    /// Rejected.
    #[serde(rename = "RJCT")]
    Rejected,
    /// Cancelled.
    #[serde(rename = "CANC")]
    Cancelled,
    /// The parts differ: only of a whole.
    #[serde(rename = "PART")]
    Part,
}

/// Reasons that refuse something because it came before (ISO 20022 external status reasons).
const DUPLICATE: [&str; 6] = ["AM05", "DU01", "DU02", "DU03", "DU04", "DU05"];

/// Whether a status is the refusal of a second copy: of what came first it says nothing.
#[must_use]
pub fn is_of_a_copy(status: Status, reason: Option<&str>) -> bool {
    status.is_refused() && reason.is_some_and(|reason| DUPLICATE.contains(&reason))
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Received,
        Self::Pending,
        Self::TechnicallyAccepted,
        Self::PartlyAuthorised,
        Self::ProfileAccepted,
        Self::FundsChecked,
        Self::AcceptedWithChange,
        Self::AcceptedWithoutPosting,
        Self::InSettlement,
        Self::Settled,
        Self::SettledAtCreditor,
        Self::Rejected,
        Self::Cancelled,
        Self::Part,
    ];

    /// The code of four letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Received => "RCVD",
            Self::Pending => "PDNG",
            Self::TechnicallyAccepted => "ACTC",
            Self::PartlyAuthorised => "PATC",
            Self::ProfileAccepted => "ACCP",
            Self::FundsChecked => "ACFC",
            Self::AcceptedWithChange => "ACWC",
            Self::AcceptedWithoutPosting => "ACWP",
            Self::InSettlement => "ACSP",
            Self::Settled => "ACSC",
            Self::SettledAtCreditor => "ACCC",
            Self::Rejected => "RJCT",
            Self::Cancelled => "CANC",
            Self::Part => "PART",
        }
    }

    /// The status of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether money has moved for good.
    #[must_use]
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Settled | Self::SettledAtCreditor)
    }

    /// Whether no money will move.
    #[must_use]
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Rejected | Self::Cancelled)
    }
}
