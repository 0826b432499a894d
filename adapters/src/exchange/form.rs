//! Bodies of a form: `name=value` joined with `&`, the bytes of the encoding in percent signs where needed.

use super::encoding;
use super::telling::{Unreadable, Unsayable};
use super::tree::{Content, Node};
use super::values::Value;
use crate::spec::file_shape::Encoding;
use crate::spec::message::Field;
use crate::spec::outbound::Charset;
use crate::spec::raw_line::Found;

/// The text of a form.
pub(super) fn write(fields: &[(&Field, Value)], charset: Charset) -> Result<String, Unsayable> {
    let mut pairs = Vec::new();
    for (field, value) in fields {
        let texts = match value {
            Value::List(texts) => texts.clone(),
            other => vec![other.text()],
        };
        for text in texts {
            let text = escape(&text, charset).map_err(|foreign| {
                Unsayable::new(field.name.as_str(), super::render::foreign(foreign, charset))
            })?;
            pairs.push(format!("{}={text}", field.name));
        }
    }
    Ok(pairs.join("&"))
}

/// A text of which everything but unreserved characters is percent signs.
pub(super) fn escape(text: &str, charset: Charset) -> Result<String, char> {
    let bytes = encoding::encode(text, charset)?;
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(out)
}

/// The pairs of a form.
pub(super) fn read(text: &str, encoding: Encoding) -> Result<Vec<Node>, Unreadable> {
    let pairs = text.trim().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = unescape(name, encoding)
                .ok_or_else(|| Unreadable::new("body", Found::text(name), "the name of a field"))?;
            let expected = "percent signs and the agreed encoding";
            let value = unescape(value, encoding).ok_or_else(|| {
                let found = Found::Masked { characters: value.chars().count() };
                Unreadable::new(&name, found, expected)
            })?;
            Ok(Node { name, content: Content::Text(value) })
        })
        .collect()
}

fn unescape(text: &str, encoding: Encoding) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let byte = hex::decode(rest.get(..2)?).ok()?;
                rest = rest.get(2..)?;
                *byte.first()?
            }
            other => *other,
        });
    }
    encoding::decode(&bytes, encoding).ok()
}
