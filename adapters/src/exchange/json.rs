//! Bodies of JSON. Numbers are never floats on the way: a whole number keeps its digits, any other is noted
//! as what it is.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::nest::{Branch, Nest};
use super::telling::Unreadable;
use super::tree::{Content, Node};
use super::values::Value;
use crate::spec::message::Field;
use crate::spec::raw_line::Found;

/// The text of an object.
pub(super) fn write(fields: &[(&Field, Value)]) -> String {
    let mut out = String::new();
    branch(&mut out, &Branch::of(fields));
    out
}

fn branch(out: &mut String, branch: &Branch<'_>) {
    joined(out, ['{', '}'], &branch.0, |out, (name, nest)| {
        text(out, name);
        out.push(':');
        match nest {
            Nest::Branch(deeper) => self::branch(out, deeper),
            Nest::Leaf(Value::Number(digits)) => out.push_str(digits),
            Nest::Leaf(Value::List(texts)) => {
                joined(out, ['[', ']'], texts, |out, each| text(out, each));
            }
            Nest::Leaf(value) => text(out, &value.text()),
        }
    });
}

fn joined<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: &[T],
    mut write: impl FnMut(&mut String, &T),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(close);
}

fn text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// What stands in an object.
pub(super) fn read(text: &str) -> Result<Vec<Node>, Unreadable> {
    let wrong = |found: &str| Unreadable::new("body", Found::text(found), "an object of JSON");
    // The error says where, never what stands there.
    let value: Json = serde_json::from_str(text).map_err(|error| {
        wrong(&format!("an error at line {}, column {}", error.line(), error.column()))
    })?;
    match value {
        Json::Object(nodes) => Ok(nodes),
        _ => Err(wrong("another value")),
    }
}

/// A value of JSON on its way to nodes.
enum Json {
    Object(Vec<Node>),
    Array(Vec<Json>),
    Scalar(Content),
    Null,
}

impl Json {
    /// Puts the value under a name: a list as its elements, nothing for `null`.
    fn put<E: Error>(self, name: &str, nodes: &mut Vec<Node>) -> Result<(), E> {
        let content = match self {
            Self::Null => return Ok(()),
            Self::Scalar(content) => content,
            Self::Object(inner) => Content::Branch(inner),
            Self::Array(items) => {
                for item in items {
                    if matches!(item, Self::Array(_)) {
                        return Err(E::custom("a list within a list"));
                    }
                    item.put(name, nodes)?;
                }
                return Ok(());
            }
        };
        nodes.push(Node { name: name.to_owned(), content });
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Scalar(Content::Text(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Scalar(Content::Number(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Scalar(Content::Number(value.to_string())))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Scalar(Content::Float))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Scalar(Content::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut nodes = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            value.put(&name, &mut nodes)?;
        }
        Ok(Json::Object(nodes))
    }
}
