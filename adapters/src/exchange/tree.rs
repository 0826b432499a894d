//! A body as names and texts, whatever its form was.

use super::telling::Unreadable;
use crate::spec::message::FieldPath;
use crate::spec::raw_line::Found;

/// One named thing in an answer. A list is its elements, each under the list's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) content: Content,
}

/// What stands under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A text.
    Text(String),
    /// A whole number of JSON.
    Number(String),
    /// A number of JSON with a fraction or an exponent, which is a float to somebody.
    Float,
    /// Others.
    Branch(Vec<Node>),
}

/// The things of one level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level<'n>(pub(super) &'n [Node]);

impl<'n> Level<'n> {
    /// Everything at a path.
    pub(super) fn all(self, path: &FieldPath) -> Vec<&'n Content> {
        let mut levels = vec![self.0];
        let mut found = Vec::new();
        for name in path.names() {
            found = levels
                .into_iter()
                .flatten()
                .filter(|node| node.name == name)
                .map(|node| &node.content)
                .collect();
            levels = found
                .iter()
                .filter_map(|content| match content {
                    Content::Branch(nodes) => Some(nodes.as_slice()),
                    _ => None,
                })
                .collect();
        }
        found
    }

    /// The only thing at a path, if there is one.
    pub(super) fn one(self, path: &FieldPath) -> Result<Option<&'n Content>, Unreadable> {
        match self.all(path).as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            more => Err(Unreadable::new(
                path.as_str(),
                Found::text(&format!("it {} times", more.len())),
                "it once",
            )),
        }
    }

    /// The text at a path; nothing if it is not there or empty.
    pub(super) fn text(self, path: &FieldPath) -> Result<Option<&'n str>, Unreadable> {
        let Some(content) = self.one(path)? else {
            return Ok(None);
        };
        text_of(content, path).map(|text| (!text.is_empty()).then_some(text))
    }

    /// The text at a path.
    pub(super) fn needed(self, path: &FieldPath) -> Result<&'n str, Unreadable> {
        self.text(path)?.ok_or_else(|| Unreadable::new(path.as_str(), Found::Nothing, "a value"))
    }
}

/// The text of a value, blanks around it gone.
pub(super) fn text_of<'n>(content: &'n Content, path: &FieldPath) -> Result<&'n str, Unreadable> {
    match content {
        Content::Text(text) | Content::Number(text) => Ok(text.trim()),
        Content::Float => Err(Unreadable::new(
            path.as_str(),
            Found::text("a number with a fraction"),
            "a text or a whole number",
        )),
        Content::Branch(_) => {
            Err(Unreadable::new(path.as_str(), Found::text("other fields"), "a value"))
        }
    }
}
