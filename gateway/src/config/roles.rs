//! What this process does. All of it by default; several processes can share the work.

use serde::Deserialize;

use super::Complaint;

/// The roles of this process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// As configured; `all` among them means all.
    run: Vec<Role>,
}

/// Something that a gateway does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything below.
    All,
    /// The HTTP API and the pages.
    Http,
    /// Calls partners back.
    Webhooks,
    /// Settlement, reconciliation, expiry, acquisition: the readers of the feed.
    Workers,
}

impl Roles {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        if self.run.is_empty() {
            return Err(Complaint::new("roles.run", "nothing is to be done", "\"all\", or some"));
        }
        Ok(())
    }

    /// Whether this process has the role.
    pub fn has(&self, role: Role) -> bool {
        self.run.contains(&Role::All) || self.run.contains(&role)
    }
}
