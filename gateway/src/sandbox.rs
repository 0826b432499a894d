//! A sandbox's own keys. A live gateway is configured with its keys; a sandbox makes them up once and
//! keeps them beside its database, so that the server and the command line open the same values.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use crate::config::{Complaint, Config, ConfigError, Mode, SecretKeys, Secrets, Sources};

/// What is added to the name of the database's file.
const SUFFIX: &str = ".sandbox-keys.toml";

/// Checks the keys as far as they can be checked before the database is opened: what is set must be a
/// key, and where no database is yet, or none that could keep keys beside it, both must be set.
///
/// # Errors
/// The first that is missing or malformed.
pub fn check_keys(config: &Config) -> Result<(), ConfigError> {
    let file = database_file(&config.database.url);
    let is_there = file.and_then(|file| file.metadata().ok()).is_some_and(|file| file.len() > 0);
    let mode = if is_there { Mode::Sandbox } else { Mode::Live };
    config.secrets.keys(mode).map(drop).map_err(|complaint| config.complain(complaint))
}

/// The keys with which a database is used: the configured ones, and in a sandbox that has none the
/// ones beside it.
///
/// # Errors
/// When keys are missing or malformed, or cannot be kept.
pub fn keys(config: &Config, sandbox: bool) -> Result<SecretKeys, ConfigError> {
    let configured = config.secrets.keys(Mode::Live);
    if !sandbox {
        return configured.map_err(|complaint| config.complain(complaint));
    }
    if let Ok(keys) = configured {
        return Ok(keys);
    }
    let Some(path) = beside(&config.database.url) else {
        // Several machines may share it, so there is no file that all of them see.
        return configured.map_err(|complaint| config.complain(complaint));
    };
    // What is set, but is no key, is not passed over.
    let made_up = config.secrets.keys(Mode::Sandbox);
    let made_up = made_up.map_err(|complaint| config.complain(complaint))?;
    if !path.exists() {
        keep(&path, &made_up).map_err(|error| {
            let what = format!("{}: {error}", path.display());
            let expected = "a folder that can be written, or both keys set";
            config.complain(Complaint::new("secrets.personal_data_key", what, expected))
        })?;
    }
    // Whoever was quicker has written the file: it counts.
    let kept = Config::load(&Sources { file: Some(path), ..Sources::default() })?;
    let secrets: &Secrets = &kept.secrets;
    secrets.keys(Mode::Live).map_err(|complaint| kept.complain(complaint))
}

/// The file of a SQLite database's keys.
fn beside(url: &str) -> Option<PathBuf> {
    let file = database_file(url)?;
    let mut name = file.file_name()?.to_owned();
    name.push(SUFFIX);
    Some(file.with_file_name(name))
}

/// The file of a SQLite address.
#[must_use]
pub fn database_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

fn keep(path: &PathBuf, keys: &SecretKeys) -> std::io::Result<()> {
    let text = format!(
        "# The keys of the sandbox beside this file. Without them its personal data stays sealed.\n\
         [secrets]\npersonal_data_key = \"{}\"\nquote_key = \"{}\"\n",
        hex::encode(keys.personal_data_key.expose()),
        hex::encode(keys.quote_key.expose()),
    );
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // A link is made only where nothing is: the first to come keeps its keys.
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flag;

    #[test]
    fn a_sandbox_keeps_the_keys_that_it_made_up() {
        let folder = tempfile::tempdir().unwrap();
        let value = format!("sqlite:{}", folder.path().join("s.db").display());
        let flags = vec![Flag { flag: "--database", key: "database.url", value }];
        let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let first = keys(&config, true).unwrap();
        let second = keys(&config, true).unwrap();
        assert_eq!(first.quote_key.expose(), second.quote_key.expose());
        assert_eq!(first.personal_data_key.expose(), second.personal_data_key.expose());
        assert!(keys(&config, false).is_err());
    }

    #[test]
    fn the_file_of_an_address_is_found() {
        let file = |url| database_file(url).map(|path| path.display().to_string());
        assert_eq!(file("sqlite:data/a.db").as_deref(), Some("data/a.db"));
        assert_eq!(file("sqlite:///tmp/a.db?mode=rwc").as_deref(), Some("/tmp/a.db"));
        assert_eq!(file("postgres://h/d"), None);
    }
}
