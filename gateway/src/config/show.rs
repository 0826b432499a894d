//! The effective configuration, without its secrets: for people with origins, or as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Config;
use super::database::without_password;

/// What stands in a secret's place.
const REDACTED: &str = "***";

impl Config {
    /// The effective configuration as TOML, each value with its origin as a comment.
    pub fn shown(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for (key, (value, origin)) in &self.layers.values {
            let (of, name) = key.split_once('.').unwrap_or((key, ""));
            if of != section {
                let gap = if section.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}[{of}]");
                section = of;
            }
            let line = format!("{name} = {}", redacted(key, value));
            let _ = writeln!(text, "{line:<56} # {origin}");
        }
        text
    }

    /// The effective configuration as JSON, section by section.
    pub fn shown_json(&self) -> Value {
        let mut sections = Map::new();
        for (key, (value, _)) in &self.layers.values {
            let (of, name) = key.split_once('.').unwrap_or((key, ""));
            let value = serde_json::to_value(redacted(key, value)).unwrap_or(Value::Null);
            let section = sections.entry(of).or_insert_with(|| json!({}));
            if let Value::Object(section) = section {
                section.insert(name.to_owned(), value);
            }
        }
        Value::Object(sections)
    }
}

fn redacted(key: &str, value: &toml::Value) -> toml::Value {
    match value {
        toml::Value::String(text) if key == "database.url" => without_password(text).into(),
        toml::Value::String(text)
            if key.starts_with("secrets.") && !key.ends_with("_file") && !text.is_empty() =>
        {
            REDACTED.into()
        }
        other => other.clone(),
    }
}
