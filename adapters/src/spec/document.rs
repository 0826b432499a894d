//! TOML text to types, with every error collected and placed. It knows nothing of what the keys mean.
//!
//! serde stops at the first error. So that a partner engineer sees all of them at once, the offending
//! part is taken out of the document and the rest is tried again, until nothing is left to complain about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// A specification with more problems than this is reported up to here.
pub const PROBLEMS_MAX: usize = 100;

/// One thing that is wrong with a specification, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// The file, as it was named by the caller.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Path of the key, such as `bills[0].amount.unit`; empty for the document as a whole.
    pub key: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for SpecError {}

/// A TOML document whose syntax is right.
#[derive(Debug)]
pub struct Document<'t> {
    file: &'t str,
    text: &'t str,
    root: Spanned<DeTable<'t>>,
    /// Key path to where it begins.
    places: BTreeMap<String, usize>,
    /// Span to key path, for errors that only know a span.
    paths: BTreeMap<(usize, usize), String>,
}

impl<'t> Document<'t> {
    /// Reads the syntax only.
    ///
    /// # Errors
    /// All syntax errors.
    pub fn parse(file: &'t str, text: &'t str) -> Result<Self, Vec<SpecError>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors
                .iter()
                .take(PROBLEMS_MAX)
                .map(|e| SpecError {
                    file: file.to_owned(),
                    line: line_of(text, e.span().map_or(0, |s| s.start)),
                    key: String::new(),
                    message: e.message().to_owned(),
                })
                .collect());
        }
        let mut document =
            Self { file, text, root, places: BTreeMap::new(), paths: BTreeMap::new() };
        let root = document.root.clone();
        document.index_table(root.get_ref(), "");
        Ok(document)
    }

    /// The document as a type.
    ///
    /// # Errors
    /// Unknown keys, wrong types and wrong values, all of them; of missing keys one per table.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, Vec<SpecError>> {
        let mut tree = self.root.clone();
        let mut removed: BTreeSet<String> = BTreeSet::new();
        let mut problems = Vec::new();
        while problems.len() < PROBLEMS_MAX {
            let error = match T::deserialize(Deserializer::from(tree.clone())) {
                Ok(value) if problems.is_empty() => return Ok(value),
                Ok(_) => break,
                Err(error) => error,
            };
            let span = error.span().unwrap_or(0..0);
            let path = self.paths.get(&(span.start, span.end)).cloned().unwrap_or_default();
            let of_our_making = missing_field(error.message())
                .is_some_and(|field| removed.contains(&child(&path, field)));
            if !of_our_making {
                problems.push(SpecError {
                    file: self.file.to_owned(),
                    line: line_of(self.text, span.start),
                    key: path.clone(),
                    message: error.message().to_owned(),
                });
            }
            if path.is_empty() || !take_out(tree.get_mut(), &span) {
                break;
            }
            removed.insert(path);
        }
        problems.sort_by_key(|p| p.line);
        Err(problems)
    }

    /// An error at a key, or at the closest enclosing key that the file has.
    #[must_use]
    pub fn error(&self, key: &str, message: impl Into<String>) -> SpecError {
        let mut known = key;
        let start = loop {
            if let Some(start) = self.places.get(known) {
                break *start;
            }
            match known.rfind(['.', '[']) {
                Some(cut) => known = &known[..cut],
                None => break 0,
            }
        };
        SpecError {
            file: self.file.to_owned(),
            line: line_of(self.text, start),
            key: key.to_owned(),
            message: message.into(),
        }
    }

    fn index_table(&mut self, table: &DeTable<'t>, path: &str) {
        for (key, value) in table {
            let path = child(path, key.get_ref());
            self.places.insert(path.clone(), key.span().start);
            self.paths.insert((key.span().start, key.span().end), path.clone());
            self.index_value(value, &path);
        }
    }

    fn index_value(&mut self, value: &Spanned<DeValue<'t>>, path: &str) {
        self.places.entry(path.to_owned()).or_insert(value.span().start);
        // An array of one table has the span of its table: the deeper path is the better name.
        self.paths.insert((value.span().start, value.span().end), path.to_owned());
        match value.get_ref() {
            DeValue::Table(table) => self.index_table(table, path),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.index_value(item, &format!("{path}[{index}]"));
                }
            }
            _ => {}
        }
    }
}

fn child(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Removes the entry or element whose key or value has this span.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let keys: Vec<_> = table.keys().cloned().collect();
    if keys.iter().any(|key| table.get_mut(key).is_some_and(|v| take_out_of(v.get_mut(), span))) {
        return true;
    }
    let hit = table
        .iter()
        .find(|(key, value)| key.span() == *span || value.span() == *span)
        .map(|(key, _)| key.clone());
    hit.is_some_and(|key| table.remove(&key).is_some())
}

fn take_out_of(value: &mut DeValue<'_>, span: &Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => take_out(table, span),
        DeValue::Array(items) => {
            if items.iter().any(|item| item.span() == *span) {
                *items = items.iter().filter(|item| item.span() != *span).cloned().collect();
                return true;
            }
            items.iter_mut().any(|item| take_out_of(item.get_mut(), span))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        #[expect(dead_code, reason = "only its parsing is of interest")]
        count: i64,
        #[expect(dead_code, reason = "only its parsing is of interest")]
        part: Vec<Part>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        #[expect(dead_code, reason = "only its parsing is of interest")]
        size: i64,
    }

    #[test]
    fn every_error_is_found_and_placed() {
        let text = "count = 'x'\nextra = 1\n[[part]]\nsize = 1\n[[part]]\nsise = 2\n[[part]]\nsize = 'y'\n";
        let document = Document::parse("a.toml", text).expect("the syntax is right");
        let errors = document.typed::<Whole>().expect_err("it has errors");
        let seen: Vec<_> = errors.iter().map(|e| (e.line, e.key.as_str())).collect();
        assert_eq!(
            seen,
            [(1, "count"), (2, "extra"), (5, "part[1]"), (6, "part[1].sise"), (8, "part[2].size")]
        );
    }

    #[test]
    fn syntax_errors_name_their_line() {
        let errors = Document::parse("a.toml", "a = 1\nb = \n").expect_err("b has no value");
        assert_eq!(errors[0].line, 2);
    }

    #[test]
    fn an_error_at_a_key_that_is_absent_is_placed_at_its_table() {
        let document = Document::parse("a.toml", "\n[part]\nsize = 1\n").expect("right");
        assert_eq!(document.error("part.colour", "expected a colour").line, 2);
    }
}
