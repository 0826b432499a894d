//! One covered component: from its identifier to its value in a message.
//!
//! All derived components of RFC 9421 section 2.2 and fields with `sf`, `key`, `bs` and `req` are
//! known. `tr` is not: no trailer of ours means anything.

use http::{HeaderMap, HeaderName};
use sfv::{BareItem, Dictionary, FieldType, Item, List, ListEntry, Parser};

use super::message::{Head, Message, RequestHead, field_lines};
use super::refusal::Refusal;

/// Fields whose structure we know, so that `sf` can serialise them anew.
const DICTIONARIES: [&str; 6] = [
    "accept-signature",
    "content-digest",
    "priority",
    "signature",
    "signature-input",
    "want-content-digest",
];
const ITEMS: [&str; 1] = ["idempotency-key"];

/// A component identifier with its parameters understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// `@method`, `content-digest`, …: always lower case.
    pub name: String,
    /// As it stands in the signature base, quotes and parameters included.
    pub identifier: String,
    form: Form,
    of_request: bool,
}

/// How a value is taken from a field or a query.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// The field's lines, joined.
    Plain,
    /// `sf`: parsed and serialised anew.
    Structured,
    /// `key`: one member of a dictionary.
    Member(String),
    /// `bs`: each line as a byte sequence.
    Bytes,
    /// `name`: one parameter of the query.
    QueryParameter(String),
}

impl Component {
    /// Reads an identifier, refusing what we would not resolve as its author meant it.
    pub fn parse(item: &Item) -> Result<Self, Refusal> {
        let identifier = item.clone().serialize();
        let bad = |reason: &str| Refusal::BadComponent {
            component: identifier.clone(),
            reason: reason.to_owned(),
        };
        let BareItem::String(name) = &item.bare_item else {
            return Err(bad("an identifier is a string"));
        };
        let name = name.as_str().to_owned();
        if name.is_empty() || name.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(bad("names are lower case"));
        }
        let mut form = Form::Plain;
        let mut of_request = false;
        for (parameter, value) in &item.params {
            form = match (parameter.as_str(), value, &form) {
                ("req", BareItem::Boolean(true), _) => {
                    of_request = true;
                    continue;
                }
                ("sf", BareItem::Boolean(true), Form::Plain) => Form::Structured,
                // `key` implies `sf`; RFC 9421 allows both together.
                ("sf", BareItem::Boolean(true), Form::Member(_)) => continue,
                ("bs", BareItem::Boolean(true), Form::Plain) => Form::Bytes,
                ("key", BareItem::String(key), Form::Plain | Form::Structured) => {
                    Form::Member(key.as_str().to_owned())
                }
                ("name", BareItem::String(key), Form::Plain) if name == "@query-param" => {
                    Form::QueryParameter(key.as_str().to_owned())
                }
                ("tr", ..) => return Err(bad("trailers are not read here")),
                ("sf" | "bs" | "key" | "name" | "req", ..) => {
                    return Err(bad("its parameters do not fit together"));
                }
                (unknown, ..) => return Err(bad(&format!("parameter {unknown} is not known"))),
            };
        }
        let fits = match name.as_str() {
            "@query-param" => matches!(form, Form::QueryParameter(_)),
            _ if name.starts_with('@') => form == Form::Plain,
            _ => true,
        };
        if !fits {
            return Err(bad("its parameters do not fit its name"));
        }
        Ok(Self { name, identifier, form, of_request })
    }

    /// What makes two identifiers the same component, whatever the order of their parameters.
    pub(super) fn identity(&self) -> (String, String, bool) {
        (self.name.clone(), format!("{:?}", self.form), self.of_request)
    }

    /// Whether the whole of the message's own `name` is covered, not a part of it.
    pub fn covers(&self, name: &str) -> bool {
        let whole = matches!(self.form, Form::Plain | Form::Structured | Form::Bytes);
        self.name == name && !self.of_request && whole
    }

    /// The component's value in this message.
    pub fn value(&self, message: &Message<'_>) -> Result<String, Refusal> {
        if self.of_request {
            let answered = message.answered().ok_or_else(|| self.bad("there is no request"))?;
            return self.value_in(&answered);
        }
        self.value_in(message)
    }

    fn value_in(&self, message: &Message<'_>) -> Result<String, Refusal> {
        if !self.name.starts_with('@') {
            return self.field(message.headers);
        }
        match (&message.head, self.name.as_str()) {
            (Head::Response { status, .. }, "@status") => Ok(status.as_str().to_owned()),
            (Head::Request(head), _) => self.derived(head),
            (Head::Response { .. }, _) => Err(self.bad("a response has only @status")),
        }
    }

    fn derived(&self, head: &RequestHead<'_>) -> Result<String, Refusal> {
        Ok(match self.name.as_str() {
            "@method" => head.method.as_str().to_owned(),
            "@target-uri" => head.target_uri(),
            "@authority" => head.origin.normal_authority(),
            "@scheme" => head.origin.scheme.to_ascii_lowercase(),
            "@request-target" => head.request_target(),
            "@path" => head.path().to_owned(),
            "@query" => format!("?{}", head.uri.query().unwrap_or_default()),
            "@query-param" => self.query_parameter(head.uri.query().unwrap_or_default())?,
            _ => return Err(self.bad("no such derived component of a request")),
        })
    }

    fn query_parameter(&self, query: &str) -> Result<String, Refusal> {
        let Form::QueryParameter(wanted) = &self.form else {
            return Err(self.bad("@query-param needs name"));
        };
        let mut found = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_encoded(&form_decoded(name)) == *wanted).then(|| form_decoded(value))
        });
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(form_encoded(&value)),
            (Some(_), Some(_)) => Err(self.bad("the query has it more than once: cover @query")),
            (None, _) => Err(self.absent()),
        }
    }

    fn field(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let name = HeaderName::from_bytes(self.name.as_bytes())
            .map_err(|_| self.bad("no header can have this name"))?;
        if !headers.contains_key(&name) {
            return Err(self.absent());
        }
        if self.form == Form::Bytes {
            let lines = headers.get_all(&name).iter().map(|value| {
                let bytes = value.as_bytes().trim_ascii().to_vec();
                ListEntry::Item(Item::new(BareItem::ByteSequence(bytes)))
            });
            return Ok(lines.collect::<List>().serialize().unwrap_or_default());
        }
        let line = field_lines(headers, &name)?.join(", ");
        match &self.form {
            Form::Structured => self.structured(&line),
            Form::Member(key) => self.member(&line, key),
            _ => Ok(line),
        }
    }

    fn structured(&self, line: &str) -> Result<String, Refusal> {
        let unreadable = |error: sfv::Error| self.bad(&error.to_string());
        if DICTIONARIES.contains(&self.name.as_str()) {
            let parsed = Parser::new(line).parse::<Dictionary>().map_err(unreadable)?;
            Ok(parsed.serialize().unwrap_or_default())
        } else if ITEMS.contains(&self.name.as_str()) {
            let parsed = Parser::new(line).parse::<Item>().map_err(unreadable)?;
            Ok(parsed.serialize())
        } else {
            Err(self.bad("we do not know this field's structure: cover it without ;sf"))
        }
    }

    fn member(&self, line: &str, key: &str) -> Result<String, Refusal> {
        let parsed = Parser::new(line)
            .parse::<Dictionary>()
            .map_err(|error| self.bad(&error.to_string()))?;
        let entry = parsed.get(key).cloned().ok_or_else(|| self.absent())?;
        Ok(serialised(entry))
    }

    fn bad(&self, reason: &str) -> Refusal {
        Refusal::BadComponent { component: self.identifier.clone(), reason: reason.to_owned() }
    }

    fn absent(&self) -> Refusal {
        Refusal::AbsentComponent { component: self.identifier.clone() }
    }
}

/// A member on its own, as it would stand in a list.
pub(super) fn serialised(entry: ListEntry) -> String {
    vec![entry].serialize().unwrap_or_default()
}

/// Decodes `application/x-www-form-urlencoded`. A broken escape stays as it is.
fn form_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let octet = escape.and_then(|pair| hex::decode(pair).ok());
        if let Some(octet) = octet {
            decoded.extend(octet);
            at += 3;
            continue;
        }
        decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
        at += 1;
    }
    decoded
}

/// Encodes with the form set of the URL standard, but blanks as `%20`: RFC 9421 section 2.2.8.
fn form_encoded(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
