//! The path of a request, with what changes from one message to the next.

use serde::Deserialize;

/// A path such as `/bills/{customer}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RequestPath(Vec<PathPiece>);

/// A piece of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPiece {
    /// Itself.
    Literal(String),
    /// `{customer}`: the customer number.
    Customer,
    /// `{reference}`: the reference under which the message is sent.
    Reference,
    /// `{original_reference}`: the reference of the message that this one is about.
    OriginalReference,
}

impl RequestPath {
    /// The pieces in their order.
    #[must_use]
    pub fn pieces(&self) -> &[PathPiece] {
        &self.0
    }
}

impl TryFrom<String> for RequestPath {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let refuse = || {
            format!(
                "`{}` is not a path, expected one such as /bills/{{customer}}, with {{customer}}, {{reference}} and {{original_reference}}",
                text.escape_debug()
            )
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=%".contains(&b);
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let literal = rest.split('{').next().unwrap_or_default();
            if !literal.is_empty() {
                if !literal.bytes().all(plain) {
                    return Err(refuse());
                }
                pieces.push(PathPiece::Literal(literal.to_owned()));
                rest = &rest[literal.len()..];
                continue;
            }
            let (name, after) = rest[1..].split_once('}').ok_or_else(refuse)?;
            pieces.push(match name {
                "customer" => PathPiece::Customer,
                "reference" => PathPiece::Reference,
                "original_reference" => PathPiece::OriginalReference,
                _ => return Err(refuse()),
            });
            rest = after;
        }
        if text.starts_with('/') && text.len() <= 200 { Ok(Self(pieces)) } else { Err(refuse()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_its_pieces() {
        let path = RequestPath::try_from("/bills/{customer}/open".to_owned()).expect("a path");
        let literal = |text: &str| PathPiece::Literal(text.to_owned());
        assert_eq!(path.pieces(), [literal("/bills/"), PathPiece::Customer, literal("/open")]);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for wrong in
            ["", "bills", "/a b", "/a?b=1", "/a#b", "/{colour}", "/{customer", "/a}", "/缴费"]
        {
            assert!(RequestPath::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
