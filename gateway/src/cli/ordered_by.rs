//! Who gives a manual command: recorded with everything that it changes.

use std::os::unix::fs::MetadataExt as _;

use clap::Args;

use crate::record;

/// The longest name.
const NAME_MAX: usize = 64;

#[derive(Debug, Args)]
pub(super) struct Operator {
    /// Who gives this command; it is recorded. Without it: the user of the operating system.
    #[arg(long = "operator", value_name = "NAME", value_parser = name)]
    name: Option<String>,
}

impl Operator {
    /// The name, as people write it.
    pub(super) fn name(&self) -> String {
        self.name.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned())
    }

    /// The name, as records have it.
    pub(super) fn recorded(&self) -> String {
        record::operator(&self.name())
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
