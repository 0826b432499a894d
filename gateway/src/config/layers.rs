//! Merges the layers and remembers where each value came from.
//!
//! Sections are one level deep, so a key is `section.key`, a variable `JIAOZI_SECTION_KEY`, and
//! one table of keys, made from the defaults, says what exists and of which type. A value may itself be
//! a table whose keys are free; a later layer replaces it whole.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::{ConfigError, DEFAULTS};

/// Variables of ours that are not configuration.
const NOT_CONFIGURATION: [&str; 4] =
    ["JIAOZI_CONFIG", "JIAOZI_SHARED_DATA", "JIAOZI_OPERATOR", "JIAOZI_OPERATOR_KEY"];
const NOT_CONFIGURATION_PREFIX: &str = "JIAOZI_TEST_";

/// What the configuration is made from. All of it is data, so that a test can make it up. It has
/// no `Debug`: there are secrets in it.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file given with `--config`.
    pub file: Option<PathBuf>,
    /// The environment; only names that begin with `JIAOZI_` are looked at.
    pub environment: Vec<(String, String)>,
    /// Flags that set a key.
    pub flags: Vec<Flag>,
}

/// A command-line flag that sets a key.
#[derive(Clone)]
pub struct Flag {
    /// The flag as the user wrote it, as in `--listen`.
    pub flag: &'static str,
    /// The key that it sets, as in `listen.http`.
    pub key: &'static str,
    /// Its value.
    pub value: String,
}

impl Sources {
    /// The process's environment with a file and flags.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Flag>) -> Self {
        // Names and values that are not Unicode cannot be ours.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file, environment, flags }
    }
}

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Default,
    File { file: PathBuf, line: usize },
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line } => write!(f, "{}:{line}", file.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// The merged values, each with its origin, in the order of the default file's sections.
/// It holds the secrets as they were read, so its `Debug` tells the keys only.
#[derive(Clone, Default)]
pub(super) struct Layers {
    pub(super) values: BTreeMap<String, (Value, Origin)>,
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Layers {
    pub(super) fn merge(sources: &Sources) -> Result<Self, ConfigError> {
        let mut layers = Self::default();
        let defaults: toml::Table = DEFAULTS.parse().expect("the embedded defaults are TOML");
        for (section, keys) in defaults {
            let Value::Table(keys) = keys else { continue };
            for (key, value) in keys {
                let key = format!("{section}.{key}");
                layers.values.insert(key, (value, Origin::Default));
            }
        }
        if let Some(file) = &sources.file {
            layers.add_file(file)?;
        }
        for (name, value) in &sources.environment {
            layers.add_variable(name, value)?;
        }
        for Flag { flag, key, value } in &sources.flags {
            layers.set_text(key, value, Origin::Flag(flag))?;
        }
        Ok(layers)
    }

    fn add_file(&mut self, file: &PathBuf) -> Result<(), ConfigError> {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError {
            place: name.to_string(),
            what: error.to_string(),
            expected: "a file that can be read".to_owned(),
        })?;
        let line_of = |offset: usize| text[..offset].matches('\n').count() + 1;
        let table = DeTable::parse(&text).map_err(|error| ConfigError {
            place: match error.span() {
                Some(span) => format!("{name}:{}", line_of(span.start)),
                None => name.to_string(),
            },
            what: error.message().to_owned(),
            expected: "TOML".to_owned(),
        })?;
        for (section, keys) in table.get_ref() {
            let line = line_of(section.span().start);
            let Some(keys) = keys.get_ref().as_table() else {
                return Err(self.unknown(section.get_ref(), &format!("{name}:{line}")));
            };
            for (key, value) in keys {
                let origin = Origin::File { file: file.clone(), line: line_of(key.span().start) };
                let key = format!("{}.{}", section.get_ref(), key.get_ref());
                self.set(&key, read(&text, value), origin)?;
            }
        }
        Ok(())
    }

    fn add_variable(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        let ours = name.strip_prefix("JIAOZI_");
        let Some(rest) = ours.filter(|_| {
            !NOT_CONFIGURATION.contains(&name) && !name.starts_with(NOT_CONFIGURATION_PREFIX)
        }) else {
            return Ok(());
        };
        let lower = rest.to_ascii_lowercase();
        let Some((section, key)) = lower.split_once('_') else {
            return Err(self.unknown(&lower, name));
        };
        let key = format!("{section}.{key}");
        self.set_text(&key, value, Origin::Variable(name.to_owned()))
    }

    /// Sets a key from text, read as the type that the default has.
    fn set_text(&mut self, key: &str, text: &str, origin: Origin) -> Result<(), ConfigError> {
        let Some((default, _)) = self.values.get(key) else {
            return Err(self.unknown(key, &origin.to_string()));
        };
        let read = match default {
            Value::Integer(_) => text.parse().ok().map(Value::Integer),
            Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
            Value::Array(_) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(Value::Array(items.map(Value::from).collect()))
            }
            Value::Table(_) => read_table(text).map(Value::Table),
            _ => Some(Value::from(text)),
        };
        match read {
            Some(value) => self.set(key, value, origin),
            None => Err(ConfigError {
                place: format!("{origin} ({key})"),
                what: "the value cannot be read".to_owned(),
                expected: kind(default).to_owned(),
            }),
        }
    }

    fn set(&mut self, key: &str, value: Value, origin: Origin) -> Result<(), ConfigError> {
        let Some(place) = self.values.get_mut(key) else {
            return Err(self.unknown(key, &origin.to_string()));
        };
        if !place.0.same_type(&value) {
            return Err(ConfigError {
                place: format!("{origin} ({key})"),
                what: format!("this is {}", kind(&value)),
                expected: kind(&place.0).to_owned(),
            });
        }
        *place = (value, origin);
        Ok(())
    }

    fn unknown(&self, key: &str, place: &str) -> ConfigError {
        let (section, name) = key.split_once('.').unwrap_or((key, ""));
        let known: Vec<&str> = self
            .values
            .keys()
            .filter_map(|known| known.strip_prefix(section)?.strip_prefix('.'))
            .collect();
        let expected = if known.is_empty() {
            let mut sections: Vec<&str> =
                self.values.keys().filter_map(|key| key.split('.').next()).collect();
            sections.dedup();
            format!("one of the sections {}", sections.join(", "))
        } else if name.is_empty() {
            format!("a table with {}", known.join(", "))
        } else {
            format!("one of {}", known.join(", "))
        };
        ConfigError { place: place.to_owned(), what: format!("{key} is not known"), expected }
    }

    /// The merged document. One line for each key, so that a line leads back to its key.
    pub(super) fn to_toml(&self) -> String {
        let mut text = String::new();
        for (key, (value, _)) in &self.values {
            text.push_str(&format!("{key} = {value}\n"));
        }
        text
    }

    /// Turns an error at a line of [`Self::to_toml`] into one at the place where it was set.
    pub(super) fn misread(&self, line: usize, message: &str) -> ConfigError {
        let key = self.values.keys().nth(line.saturating_sub(1));
        let key = key.map_or("configuration", String::as_str);
        self.error(key, "the value cannot be read".to_owned(), message.to_owned())
    }

    pub(super) fn error(&self, key: &str, what: String, expected: String) -> ConfigError {
        let origin = self.values.get(key).map(|(_, origin)| origin.to_string());
        ConfigError { place: format!("{} ({key})", origin.unwrap_or_default()), what, expected }
    }
}

/// A value of a file. A table may be spread over many lines and is read entry by entry.
fn read(text: &str, value: &Spanned<DeValue<'_>>) -> Value {
    if let Some(entries) = value.get_ref().as_table() {
        let entries = entries.iter();
        let entries = entries.map(|(key, value)| (key.get_ref().to_string(), read(text, value)));
        return Value::Table(entries.collect());
    }
    // Values are small: reading one again on its own keeps the two parsers apart.
    let literal = &text[value.span()];
    let value = format!("value = {literal}").parse::<toml::Table>();
    let value = value.ok().and_then(|mut table| table.remove("value"));
    value.unwrap_or(Value::Boolean(false))
}

/// A table from text: entries with commas between them.
fn read_table(text: &str) -> Option<toml::Table> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let read = |entry: &str| {
        let (key, value) = entry.split_once('=')?;
        Some((key.trim().to_owned(), Value::from(value.trim())))
    };
    entries.map(read).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
