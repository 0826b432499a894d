//! The calls, group by group, as the interface document has them.

use serde_json::Value;

use super::fields::{self, Field};
use super::prose::{Paragraph, paragraphs};
use super::{example, pretty};
use crate::api::document;

/// The groups in the order of the page, with who they are for. A group of the document that is not here
/// comes after them, under its own name.
const GROUPS: [(&str, &str, &str); 4] = [
    (
        "partner",
        "For a partner",
        "What a company, utility or school calls: it publishes what is due, and reads what became of it.",
    ),
    (
        "channel",
        "For a channel of the bank",
        "What the mobile bank, the counter or the bank's own page calls: it names the payer whom it has authenticated, and orders the payment.",
    ),
    (
        "payments",
        "Payments, for both",
        "A partner sees the payments of its own bills, a channel those that it has ordered.",
    ),
    ("sandbox", "Only in a sandbox", "Play money and movable time. A live gateway answers 404."),
];

/// Calls that belong together.
pub(super) struct Group {
    pub id: String,
    pub name: String,
    pub about: String,
    pub calls: Vec<Call>,
}

/// One call.
pub(super) struct Call {
    pub anchor: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub about: Vec<Paragraph>,
    /// Parameters, with where they stand.
    pub parameters: Vec<(String, Field)>,
    pub body: Option<Content>,
    pub answers: Vec<Answer>,
}

/// A body.
pub(super) struct Content {
    pub media_type: String,
    pub fields: Vec<Field>,
    pub example: Option<String>,
}

/// One answer that is particular to a call.
pub(super) struct Answer {
    pub status: String,
    pub good: bool,
    pub about: Vec<Paragraph>,
    pub content: Option<Content>,
}

/// All groups of the document that have calls.
pub(super) fn groups(document: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> =
        GROUPS.iter().map(|(id, name, about)| group(id, name, about)).collect();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("others");
            let place = groups.iter().position(|group| group.id == tag).unwrap_or_else(|| {
                groups.push(group(tag, tag, ""));
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(place) {
                group.calls.push(call(document, path, method, operation));
            }
        }
    }
    groups.retain(|group| !group.calls.is_empty());
    groups
}

fn group(id: &str, name: &str, about: &str) -> Group {
    Group { id: id.to_owned(), name: name.to_owned(), about: about.to_owned(), calls: Vec::new() }
}

/// The address of a call on the page: operations of two paths may have one name.
pub(super) fn anchor(path: &str, operation: &str) -> String {
    let kind = path.split('/').nth(2).unwrap_or_default();
    format!("{kind}-{operation}")
}

fn call(document: &Value, path: &str, method: &str, operation: &Value) -> Call {
    let text = |key: &str| operation[key].as_str().unwrap_or_default();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let responses = operation["responses"].as_object().into_iter().flatten();
    Call {
        anchor: anchor(path, text("operationId")),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text("summary").to_owned(),
        about: paragraphs(text("description")),
        parameters: parameters.map(|parameter| parameter_of(document, parameter)).collect(),
        body: content(document, &operation["requestBody"]),
        answers: responses
            .filter(|(status, response)| !is_common(status, response))
            .map(|(status, response)| answer(document, status, response))
            .collect(),
    }
}

/// Whether every call can answer this, so that the page says it once.
fn is_common(status: &str, response: &Value) -> bool {
    document::ALWAYS.iter().any(|(own, about)| *own == status && response["description"] == *about)
}

fn parameter_of(document: &Value, parameter: &Value) -> (String, Field) {
    let text = |key: &str| parameter[key].as_str().unwrap_or_default();
    let required = parameter["required"] == true;
    let field =
        fields::single(document, text("name"), required, text("description"), &parameter["schema"]);
    (text("in").to_owned(), field)
}

fn answer(document: &Value, status: &str, response: &Value) -> Answer {
    let good = status.starts_with('2');
    Answer {
        status: status.to_owned(),
        good,
        about: paragraphs(response["description"].as_str().unwrap_or_default()),
        // A problem looks the same everywhere.
        content: if good { content(document, response) } else { None },
    }
}

fn content(document: &Value, holder: &Value) -> Option<Content> {
    let (media_type, content) = holder["content"].as_object()?.iter().next()?;
    let schema = &content["schema"];
    let is_json = media_type.ends_with("json");
    Some(Content {
        media_type: media_type.clone(),
        fields: fields::of_schema(document, schema),
        example: is_json.then(|| pretty(&example::of_schema(document, schema))),
    })
}
