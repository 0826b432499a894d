//! How messages to a partner are signed, and how its answers are. The secret is never here: a specification
//! names it, whoever calls brings it.

use serde::{Deserialize, Serialize};

use super::identity::Code;
use super::message::FieldPath;

/// The section `[outbound.signature]`. The signature stands in the field whose source is `signature`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// How it is computed.
    pub algorithm: Algorithm,
    /// How its hexadecimal digits are written; both are read.
    pub digits: HexCase,
    /// Name of the secret.
    pub key: Code,
    /// Over what.
    pub over: Over,
    /// How answers are signed; left out: they are not.
    pub answer: Option<SignedAnswer>,
}

/// How a signature is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// MD5 of what is signed followed by the secret. Weak, and what many partners have.
    Md5KeyAppended,
    /// HMAC with SHA-256.
    HmacSha256,
}

/// How hexadecimal digits are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HexCase {
    /// `0a`.
    Lower,
    /// `0A`.
    Upper,
}

/// A signed answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedAnswer {
    /// The header that it stands in, or
    pub header: Option<FieldPath>,
    /// the field.
    pub field: Option<FieldPath>,
    /// Over what; left out: as in our messages.
    pub over: Option<Over>,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OverKeys")]
pub enum Over {
    /// The whole body; of a `fixed` one what follows the head.
    Body,
    /// The values of fields, wherever they stand.
    Fields {
        /// Their names; one that a message does not have is empty.
        names: Vec<FieldPath>,
        /// What stands between two.
        joined_by: String,
    },
    /// A text with parts of the message.
    Template(Vec<Piece>),
}

/// What is signed, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverKeys {
    body: Option<bool>,
    fields: Option<Vec<FieldPath>>,
    joined_by: Option<String>,
    template: Option<String>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Itself.
    Literal(String),
    /// `{method}`: the HTTP method.
    Method,
    /// `{path}`: path and query.
    Path,
    /// `{body}`: the body.
    Body,
    /// `{header.X-Name}`: the value of a header.
    Header(String),
}

impl TryFrom<OverKeys> for Over {
    type Error = String;
    fn try_from(keys: OverKeys) -> Result<Self, String> {
        match (keys.body, keys.fields, keys.joined_by, keys.template) {
            (Some(true), None, None, None) => Ok(Self::Body),
            (None, Some(names), joined_by, None) if !names.is_empty() => {
                Ok(Self::Fields { names, joined_by: joined_by.unwrap_or_default() })
            }
            (None, None, None, Some(template)) => pieces(&template).map(Self::Template),
            _ => {
                Err("expected `body = true`, or `fields` (and `joined_by`), or `template`"
                    .to_owned())
            }
        }
    }
}

fn pieces(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("`{template}` has a {{ without }}"))?;
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.to_owned()));
        }
        pieces.push(match (name, name.strip_prefix("header.")) {
            ("method", _) => Piece::Method,
            ("path", _) => Piece::Path,
            ("body", _) => Piece::Body,
            (_, Some(header)) if !header.is_empty() => Piece::Header(header.to_owned()),
            _ => {
                return Err(format!(
                    "{{{name}}} is not known, expected {{method}}, {{path}}, {{body}} or {{header.Name}}"
                ));
            }
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    if pieces.contains(&Piece::Body) {
        Ok(pieces)
    } else {
        Err(format!("`{template}` leaves the body unsigned, expected {{body}} in it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(text: &str) -> Result<Over, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_template_is_its_pieces() {
        assert_eq!(
            over("template = \"{method}\\n{header.X-Time}\\n{body}\""),
            Ok(Over::Template(vec![
                Piece::Method,
                Piece::Literal("\n".to_owned()),
                Piece::Header("X-Time".to_owned()),
                Piece::Literal("\n".to_owned()),
                Piece::Body,
            ]))
        );
    }

    #[test]
    fn what_signs_nothing_is_refused() {
        for wrong in [
            "",
            "body = false",
            "fields = []",
            "template = '{method}'",
            "template = '{body'",
            "template = '{body}{colour}'",
            "template = '{body}{header.}'",
            "body = true\ntemplate = '{body}'",
            "template = '{body}'\njoined_by = '|'",
        ] {
            assert!(over(wrong).is_err(), "{wrong}");
        }
    }
}
