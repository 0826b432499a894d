//! Who gives a manual command, and with what they prove it.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::operator;

use super::private_file;
use crate::edge::signature::key::{Algorithm, SigningKey};
use crate::operators::{OrderError, Who};

/// The longest name.
const NAME_MAX: usize = 64;

#[derive(Debug, Args)]
pub(super) struct OrderedBy {
    /// Who gives this command; it is recorded. With --operator-key an operator's code; without, in a
    /// sandbox, any name, or else the user of the operating system.
    #[arg(long, env = "JIAOZI_OPERATOR", value_name = "CODE", value_parser = name)]
    operator: Option<String>,
    /// The operator's private key, a PEM file that only its owner can read: it signs the command. A
    /// live database takes no command that changes something without it.
    #[arg(long, env = "JIAOZI_OPERATOR_KEY", value_name = "FILE", requires = "operator")]
    operator_key: Option<PathBuf>,
}

impl OrderedBy {
    /// Who it is, ready to sign.
    pub(super) fn who(&self) -> anyhow::Result<Who> {
        let Some(path) = &self.operator_key else {
            let name = self.operator.clone().or_else(user);
            return Ok(Who::User(name.unwrap_or_else(|| "unknown".to_owned())));
        };
        let code = self.operator.clone().unwrap_or_default();
        anyhow::ensure!(
            operator::is_code(&code),
            "--operator {code}: expected an operator's code, as `jiaozi operator list` shows them"
        );
        let pem = private_file::read(path)?;
        let place = || path.display().to_string();
        let key = SigningKey::from_pem(&pem).with_context(place)?;
        anyhow::ensure!(
            key.algorithm() != Algorithm::HmacSha256,
            "{}: expected an Ed25519 or P-256 key",
            path.display()
        );
        Ok(Who::Operator { code, key: Box::new(key) })
    }
}

/// What to say of an order that was not taken.
pub(super) fn refused(error: OrderError) -> anyhow::Error {
    match error {
        OrderError::Unsigned { .. } => anyhow::anyhow!(
            "{error}; expected --operator CODE --operator-key FILE (`jiaozi operator list` says who there is)"
        ),
        other => other.into(),
    }
}

/// The user of the operating system who runs this process: by its number where the system tells it,
/// since a variable can be set to anything.
fn user() -> Option<String> {
    let number = std::fs::metadata("/proc/self").ok().map(|process| process.uid());
    let listed = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let by_number = number.and_then(|number| named(&listed, number));
    by_number
        .or_else(|| std::env::var("USER").ok())
        .and_then(|user| name(&user).ok())
        .or_else(|| number.map(|number| format!("uid {number}")))
}

/// The name of a user in the system's list.
fn named(listed: &str, number: u32) -> Option<String> {
    listed.lines().find_map(|line| {
        let mut fields = line.split(':');
        let user = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| user.to_owned())
    })
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let plain = !text.is_empty() && text.chars().count() <= NAME_MAX;
    if plain && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("expected a name of 1 to {NAME_MAX} characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number() {
        let listed = "root:x:0:0:root:/root:/bin/sh\nli:x:1000:1000::/home/li:/bin/sh\n";
        assert_eq!(named(listed, 1000).as_deref(), Some("li"));
        assert_eq!(named(listed, 7), None);
    }
}
