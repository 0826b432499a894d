//! A schema as a piece of JSON: what a body looks like at a glance.

use serde_json::{Map, Value, json};

use super::fields::{resolved, variants};

/// Deeper than this an example says nothing more.
const DEPTH_MAX: usize = 6;

/// An example of a schema's values.
pub(super) fn of_schema(document: &Value, schema: &Value) -> Value {
    of(document, schema, 0)
}

fn of(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if let Some(said) = ["example", "const", "default"].iter().find_map(|key| schema.get(*key)) {
        return said.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(first) = variants(&schema).first() {
        return of(document, first, depth);
    }
    let named = schema["type"].as_str().or_else(|| {
        let all = schema["type"].as_array()?;
        all.iter().filter_map(Value::as_str).find(|name| *name != "null")
    });
    match named {
        Some("object") if depth < DEPTH_MAX => {
            let properties = schema["properties"].as_object();
            let members: Map<String, Value> = properties
                .into_iter()
                .flatten()
                .map(|(name, property)| (name.clone(), of(document, property, depth + 1)))
                .collect();
            Value::Object(members)
        }
        Some("array") if depth < DEPTH_MAX => json!([of(document, &schema["items"], depth + 1)]),
        Some("object") => json!({}),
        Some("array") => json!([]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(100)),
        Some("boolean") => json!(false),
        Some("string") => json!(match schema["format"].as_str() {
            Some("uuid") => "019ac2a5-3f00-7000-8000-000000000001",
            Some("date") => "2026-11-30",
            Some("date-time") => "2026-11-30T02:00:00Z",
            _ => "…",
        }),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_every_member_in_the_form_of_its_schema() {
        let document = json!({"components": {"schemas": {
            "Part": {"type": "object", "properties": {"fen": {"type": "integer", "minimum": 1}}},
        }}});
        let schema = json!({"type": "object", "properties": {
            "house": {"type": "string", "example": "3-2-502"},
            "due": {"type": ["string", "null"], "format": "date"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
            "kind": {"oneOf": [{"type": "null"}, {"type": "string", "enum": ["new", "old"]}]},
        }});
        assert_eq!(
            of_schema(&document, &schema),
            json!({"house": "3-2-502", "due": "2026-11-30", "parts": [{"fen": 1}], "kind": "new"})
        );
    }
}
