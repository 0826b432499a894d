//! A schema as a list of fields, each at its depth, with everything that it refers to resolved.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::prose::{Paragraph, paragraphs};

/// Deeper than this nobody reads; our deepest answer has four levels.
const DEPTH_MAX: usize = 6;

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    /// How deep it lies.
    pub depth: usize,
    /// Its name; `[ ]` for the members of a list, `*` for members of any name.
    pub name: String,
    /// What it holds, in words.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub about: Vec<Paragraph>,
    /// What it may be.
    pub limits: Vec<String>,
}

/// The fields of a schema.
pub(super) fn of_schema(document: &Value, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    members(document, schema, 0, &mut fields);
    fields
}

/// One field on its own, as a parameter is.
pub(super) fn single(
    document: &Value,
    name: &str,
    required: bool,
    about: &str,
    schema: &Value,
) -> Field {
    let schema = resolved(document, schema);
    Field {
        depth: 0,
        name: name.to_owned(),
        kind: kind(document, &schema),
        required,
        about: paragraphs(about),
        limits: limits(&schema),
    }
}

/// A schema with what it refers to in its place; what is said beside the reference counts for more.
pub(super) fn resolved<'v>(document: &Value, schema: &'v Value) -> Cow<'v, Value> {
    let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) else {
        return match schema["allOf"].as_array() {
            Some(parts) => Cow::Owned(merged(document, schema, parts)),
            None => Cow::Borrowed(schema),
        };
    };
    let mut found = resolved(document, &document["components"]["schemas"][name]).into_owned();
    if let (Some(found), Some(own)) = (found.as_object_mut(), schema.as_object()) {
        found.extend(
            own.iter().filter(|(key, _)| *key != "$ref").map(|(k, v)| (k.clone(), v.clone())),
        );
    }
    Cow::Owned(found)
}

/// All parts of an `allOf` as one object.
fn merged(document: &Value, schema: &Value, parts: &[Value]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in parts {
        let part = resolved(document, part);
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    let mut whole = schema.as_object().cloned().unwrap_or_default();
    whole.remove("allOf");
    whole.insert("type".to_owned(), "object".into());
    whole.insert("properties".to_owned(), properties.into());
    whole.insert("required".to_owned(), required.into());
    Value::Object(whole)
}

/// The variants of a schema, `null` left out.
pub(super) fn variants(schema: &Value) -> Vec<&Value> {
    let listed = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    listed.into_iter().flatten().filter(|variant| variant["type"] != "null").collect()
}

fn members(document: &Value, schema: &Value, depth: usize, fields: &mut Vec<Field>) {
    if depth > DEPTH_MAX {
        return;
    }
    let schema = resolved(document, schema);
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name))
    };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let property = resolved(document, property);
        let about = property["description"].as_str().unwrap_or_default();
        fields.push(Field {
            depth,
            name: name.clone(),
            kind: kind(document, &property),
            required: required(name),
            about: paragraphs(about),
            limits: limits(&property),
        });
        members(document, &property, depth + 1, fields);
    }
    if let Some(items) = schema.get("items") {
        members(document, items, depth, fields);
    }
    for variant in variants(&schema) {
        members(document, variant, depth, fields);
    }
    if let Some(any) = schema
        .get("additionalProperties")
        .filter(|any| any["properties"].is_object() || any["$ref"].is_string())
    {
        members(document, any, depth, fields);
    }
}

/// What a schema holds, in words.
fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut words: Vec<String> = Vec::new();
    for name in types.iter().filter(|name| **name != "null") {
        words.push(match *name {
            "array" => format!("list of {}", kind(document, &schema["items"])),
            "string" => match schema["format"].as_str() {
                Some(format) => format.to_owned(),
                None => "string".to_owned(),
            },
            other => other.to_owned(),
        });
    }
    for variant in variants(&schema) {
        words.push(kind(document, variant));
    }
    words.dedup();
    let nullable = types.contains(&"null")
        || schema["oneOf"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["type"] == "null"));
    let words = if words.is_empty() { "anything".to_owned() } else { words.join(" or ") };
    if nullable { format!("{words} or null") } else { words }
}

/// What a value may be, in words.
fn limits(schema: &Value) -> Vec<String> {
    let mut limits = Vec::new();
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(plain).collect();
        limits.push(format!("one of {}", values.join(", ")));
    }
    if let Some(value) = schema.get("const") {
        limits.push(format!("always {}", plain(value)));
    }
    let pairs = [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " entries"),
    ];
    for (least, most, unit) in pairs {
        match (schema[least].as_i64(), schema[most].as_i64()) {
            (Some(least), Some(most)) => limits.push(format!("{least} to {most}{unit}")),
            (Some(least), None) => limits.push(format!("at least {least}{unit}")),
            (None, Some(most)) => limits.push(format!("at most {most}{unit}")),
            (None, None) => {}
        }
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        limits.push(format!("matches {pattern}"));
    }
    if let Some(value) = schema.get("default") {
        limits.push(format!("{} if it is left out", plain(value)));
    }
    limits
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_referred_to_stands_in_its_place() {
        let document = json!({"components": {"schemas": {
            "Line": {"type": "object", "required": ["fen"], "properties": {
                "fen": {"type": "integer", "minimum": 1},
                "state": {"$ref": "#/components/schemas/State", "description": "Own words."},
            }},
            "State": {"type": "string", "enum": ["a", "b"], "description": "Others'."},
        }}});
        let schema = json!({"type": "object", "properties": {
            "lines": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Line"}, "maxItems": 3},
        }});
        let fields = of_schema(&document, &schema);
        let said: Vec<String> = fields
            .iter()
            .map(|field| {
                let need = if field.required { "!" } else { "" };
                format!(
                    "{} {}{need} {} [{}]",
                    field.depth,
                    field.name,
                    field.kind,
                    field.limits.join("; ")
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                "0 lines list of object or null [at most 3 entries]",
                "1 fen! integer [at least 1]",
                "1 state string [one of a, b]",
            ]
        );
        assert_eq!(fields[2].about[0][0].text, "Own words.");
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        let document = json!({"components": {"schemas": {
            "Node": {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Node"}}},
        }}});
        let fields = of_schema(&document, &json!({"$ref": "#/components/schemas/Node"}));
        assert_eq!(fields.len(), DEPTH_MAX + 1);
    }
}
