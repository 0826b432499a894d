//! The bank's core system, where customers' deposits are.

use serde::Deserialize;

use super::Complaint;

/// Which core is in force; `config.default.toml` says what that means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Core {
    partner: String,
}

impl Core {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.partner.bytes().all(plain) {
            return Ok(());
        }
        let what = format!("{:?} is no code of a partner", self.partner);
        Err(Complaint::new("core.partner", what, "the code of a specification of kind `core`"))
    }

    /// The code of the core in force; none where deposits are in our own books alone.
    #[must_use]
    pub fn partner(&self) -> Option<&str> {
        Some(self.partner.as_str()).filter(|partner| !partner.is_empty())
    }
}
