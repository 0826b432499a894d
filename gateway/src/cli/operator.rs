//! Who gives a manual command: recorded with everything that it changes.

use clap::Args;

use crate::record;

/// The longest name.
const NAME_MAX: usize = 64;

#[derive(Debug, Args)]
pub(super) struct Operator {
    /// Who gives this command; it is recorded. Without it: the user of the operating system.
    #[arg(long = "operator", value_name = "NAME", env = "USER", value_parser = name, hide_env_values = true)]
    name: Option<String>,
}

impl Operator {
    /// The name, as people write it.
    pub(super) fn name(&self) -> anyhow::Result<&str> {
        self.name.as_deref().ok_or_else(|| {
            anyhow::anyhow!(
                "nobody is named; expected --operator NAME, or a user of the operating system"
            )
        })
    }

    /// The name, as records have it.
    pub(super) fn recorded(&self) -> anyhow::Result<String> {
        Ok(record::operator(self.name()?))
    }
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
