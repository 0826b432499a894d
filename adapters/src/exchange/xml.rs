//! Bodies of XML.

use super::nest::{Branch, Nest};
use super::telling::Unreadable;
use super::tree::{Content, Node};
use super::values::Value;
use crate::spec::file_shape::Encoding;
use crate::spec::message::{Field, FieldPath};
use crate::spec::outbound::Charset;
use crate::spec::raw_line::Found;
use crate::statement::StatementError;
use crate::statement::xml::{Element, Xml};

/// The text of a document.
pub(super) fn write(root: &str, fields: &[(&Field, Value)], charset: Charset) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"{}\"?>", charset.as_str());
    element(&mut out, root, |out| branch(out, &Branch::of(fields)));
    out
}

fn branch(out: &mut String, branch: &Branch<'_>) {
    for (name, nest) in &branch.0 {
        match nest {
            Nest::Branch(deeper) => element(out, name, |out| self::branch(out, deeper)),
            Nest::Leaf(Value::List(texts)) => {
                for text in texts {
                    element(out, name, |out| escape(out, text));
                }
            }
            Nest::Leaf(value) => element(out, name, |out| escape(out, &value.text())),
        }
    }
}

fn element(out: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    content(out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}

/// What stands in the outermost element of a document.
pub(super) fn read(
    text: &str,
    root: Option<&FieldPath>,
    encoding: Encoding,
) -> Result<Vec<Node>, Unreadable> {
    let declared: &'static [&'static str] = match encoding {
        Encoding::Utf8 => &["UTF-8"],
        Encoding::Gb18030 => &["GBK", "GB2312", "GB18030"],
    };
    let mut xml = Xml::recoded(text.as_bytes(), declared);
    let open = xml.child().map_err(refused)?;
    let wanted = root.map_or("", FieldPath::as_str);
    let open = match open {
        Some(open) if open.name == wanted => open,
        other => {
            let found = other.map_or(Found::Nothing, |open| Found::text(&open.name));
            return Err(Unreadable::new("body", found, format!("the element {wanted}")));
        }
    };
    let whole = xml.whole(open).map_err(refused)?;
    xml.end().map_err(refused)?;
    match node(whole).content {
        Content::Branch(nodes) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

fn node(element: Element) -> Node {
    let Element { name, text, children, .. } = element;
    let content = if children.is_empty() {
        Content::Text(text)
    } else {
        Content::Branch(children.into_iter().map(node).collect())
    };
    Node { name, content }
}

fn refused(error: StatementError) -> Unreadable {
    match error {
        StatementError::Refused(refusal) => {
            Unreadable::new(format!("body, {}", refusal.place), refusal.found, refusal.expected)
        }
        StatementError::Source(error) => {
            Unreadable::new("body", Found::text(&error.to_string()), "well-formed XML")
        }
    }
}
