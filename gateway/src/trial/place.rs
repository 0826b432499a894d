//! The folder of a trial, and the configuration that every process of it is given.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use tempfile::TempDir;

use crate::sandbox::database_file;

/// A folder with everything that belongs to a trial.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    /// The database's address.
    pub database: String,
}

impl Place {
    /// Makes a folder; with a database in it unless another is given.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(what: &str, database: Option<&str>) -> anyhow::Result<Place> {
        let parent = disk();
        let folder = tempfile::Builder::new()
            .prefix(&format!("jiaozi-{what}-"))
            .tempdir_in(&parent)
            .with_context(|| format!("a folder below {}", parent.display()))?;
        let own = || format!("sqlite:{}", folder.path().join("jiaozi.db").display());
        let database = database.map_or_else(own, str::to_owned);
        Ok(Place { folder, database })
    }

    /// Something in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the specifications.
    #[must_use]
    pub fn specs(&self) -> PathBuf {
        self.path("partner-specs")
    }

    /// The configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path("jiaozi.toml")
    }

    /// Writes the configuration: the defaults but for what a trial needs, and what is given, as
    /// sections with their keys.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn configure(&self, more: &[(&str, &str, serde_json::Value)]) -> anyhow::Result<()> {
        let mut sections = toml::Table::new();
        let database = json!(self.database);
        let (specs, days) = (json!(self.specs()), json!(self.path("days")));
        let mailboxes = json!(self.path("mailboxes"));
        let own = [
            ("database", "url", database),
            ("partners", "folder", specs),
            ("days", "folder", days),
            ("mailboxes", "folder", mailboxes),
            ("webhooks", "allow_private_targets", json!(true)),
        ];
        // Beside a file the sandbox keeps keys of its own, which are there when this folder is not.
        let keys = match database_file(&self.database) {
            Some(_) => Vec::new(),
            None => vec![
                ("secrets", "personal_data_key", json!(secret()?)),
                ("secrets", "quote_key", json!(secret()?)),
            ],
        };
        for (section, key, value) in own.iter().chain(&keys).chain(more) {
            let section = sections.entry(*section).or_insert_with(|| toml::Table::new().into());
            let value = toml::Value::try_from(value).context("a value of the configuration")?;
            section.as_table_mut().context("a section")?.insert((*key).to_owned(), value);
        }
        write(&self.config(), toml::to_string(&sections)?.as_bytes())
    }

    /// Writes a file of the folder, with the folders above it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        write(&path, bytes)?;
        Ok(path)
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// When something of it stays.
    pub fn remove(self) -> anyhow::Result<()> {
        self.folder.close().context("the folder of the trial stays")
    }

    /// Leaves the folder where it is, and says where that is.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes)
    };
    write().with_context(|| path.display().to_string())
}

/// A key of 32 random bytes, as a configuration has it.
fn secret() -> anyhow::Result<String> {
    let mut bytes = zeroize::Zeroizing::new([0u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    Ok(hex::encode(bytes.as_slice()))
}

/// A folder on a disk: on many machines the usual one for temporary files is memory, where a commit
/// costs nothing and a bench would flatter.
fn disk() -> PathBuf {
    let lasting = PathBuf::from("/var/tmp");
    match std::env::var_os("TMPDIR") {
        None if lasting.is_dir() => lasting,
        _ => std::env::temp_dir(),
    }
}
