//! Who pays partners out, and from which account at the bank's core.

use jiaozi_adapters::spec::payout::Destination;
use serde::Deserialize;

use super::Complaint;

/// Who pays; `config.default.toml` says what each is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payouts {
    name: String,
    account: String,
    iban: String,
    bic: String,
    clearing_member: String,
}

impl Payouts {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        self.read().map(|_| ())
    }

    /// Who pays, and from where; nothing where that is not set. What is set was checked when it was loaded.
    #[must_use]
    pub fn debtor(&self) -> Option<Destination> {
        self.read().ok().flatten()
    }

    fn read(&self) -> Result<Option<Destination>, Complaint> {
        let keys = [&self.name, &self.account, &self.iban, &self.bic, &self.clearing_member];
        if keys.into_iter().all(String::is_empty) {
            return Ok(None);
        }
        let debtor = Destination {
            name: field("payouts.name", &self.name)?
                .ok_or_else(|| Complaint::new("payouts.name", "no name is set", "who pays"))?,
            account: field("payouts.account", &self.account)?,
            iban: field("payouts.iban", &self.iban)?,
            bic: field("payouts.bic", &self.bic)?,
            clearing_member: field("payouts.clearing_member", &self.clearing_member)?,
        };
        match debtor.contradiction() {
            None => Ok(Some(debtor)),
            Some(("account", expected)) => {
                Err(Complaint::new("payouts.account", "no account is set", expected))
            }
            Some(("iban", expected)) => {
                Err(Complaint::new("payouts.iban", "an account is set too", expected))
            }
            Some((_, expected)) => {
                Err(Complaint::new("payouts.clearing_member", "a BIC is set too", expected))
            }
        }
    }
}

/// A key's value, if one is set.
fn field<T: TryFrom<String, Error = String>>(
    key: &'static str,
    text: &str,
) -> Result<Option<T>, Complaint> {
    if text.is_empty() {
        return Ok(None);
    }
    let refused = |error: String| {
        let (what, expected) = match error.split_once(", expected ") {
            Some((what, expected)) => (what.to_owned(), expected.to_owned()),
            None => (error, "another value".to_owned()),
        };
        Complaint::new(key, what, expected)
    };
    T::try_from(text.to_owned()).map(Some).map_err(refused)
}
