//! The terms of a channel of the bank: whom it serves. What it may do is in its scopes.

use serde::Deserialize;

use super::identity::PartnerCode;

/// Kind `channel`: it names payers whom it has authenticated.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Partners whose bills it may show and pay, or `all`.
    pub serves: Serves,
}

impl Channel {
    /// Whether the channel may act for this partner's bills.
    #[must_use]
    pub fn serves(&self, partner: &PartnerCode) -> bool {
        match &self.serves {
            Serves::All => true,
            Serves::These(codes) => codes.contains(partner),
        }
    }
}

/// Which partners a channel serves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub enum Serves {
    /// Every partner, written `["*"]`.
    All,
    /// Only these.
    These(Vec<PartnerCode>),
}

impl TryFrom<Vec<String>> for Serves {
    type Error = String;
    fn try_from(codes: Vec<String>) -> Result<Self, String> {
        if codes.is_empty() {
            return Err("an empty list serves nobody, expected partner codes or [\"*\"]".to_owned());
        }
        if codes == ["*"] {
            return Ok(Self::All);
        }
        codes.into_iter().map(PartnerCode::try_from).collect::<Result<_, _>>().map(Self::These)
    }
}
