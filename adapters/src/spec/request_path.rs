//! The paths of requests, with what changes from one to the next.

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
        let found = pieces(&text, "", |piece| match piece {
            Ok(literal) => Some(PathPiece::Literal(literal.to_owned())),
            Err("customer") => Some(PathPiece::Customer),
            Err("reference") => Some(PathPiece::Reference),
            Err("original_reference") => Some(PathPiece::OriginalReference),
            Err(_) => None,
        });
        found.map(Self).ok_or_else(|| {
            format!(
                "`{}` is not a path, expected one such as /bills/{{customer}}, with {{customer}}, {{reference}} and {{original_reference}}",
                text.escape_debug()
            )
        })
    }
}

/// The path under which a file lies, such as `/files/{date}/{name}`; it may have a query.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FilePath(Vec<FilePiece>);

/// A piece of the path of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePiece {
    /// Itself.
    Literal(String),
    /// `{date}`: the day of the file, written as in its name.
    Date,
    /// `{name}`: the name of the file.
    Name,
}

impl FilePath {
    /// The pieces in their order.
    #[must_use]
    pub fn pieces(&self) -> &[FilePiece] {
        &self.0
    }
}

impl TryFrom<String> for FilePath {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let found = pieces(&text, "?", |piece| match piece {
            Ok(literal) => Some(FilePiece::Literal(literal.to_owned())),
            Err("date") => Some(FilePiece::Date),
            Err("name") => Some(FilePiece::Name),
            Err(_) => None,
        });
        let named = |pieces: &Vec<FilePiece>| {
            pieces.iter().any(|piece| !matches!(piece, FilePiece::Literal(_)))
        };
        found.filter(named).map(Self).ok_or_else(|| {
            format!(
                "`{}` is not the path of files, expected one such as /files/{{name}}, with {{name}} or {{date}}",
                text.escape_debug()
            )
        })
    }
}

/// The pieces of a path, literal ones and names in braces; nothing where it is none. Characters beside those
/// of a path are allowed where they are named.
fn pieces<P>(
    text: &str,
    more: &str,
    piece: impl Fn(Result<&str, &str>) -> Option<P>,
) -> Option<Vec<P>> {
    let plain = |b: u8| {
        b.is_ascii_alphanumeric()
            || b"/-._~:@!$&'()*+,;=%".contains(&b)
            || more.as_bytes().contains(&b)
    };
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let literal = rest.split('{').next().unwrap_or_default();
        if literal.is_empty() {
            let (name, after) = rest[1..].split_once('}')?;
            pieces.push(piece(Err(name))?);
            rest = after;
        } else {
            if !literal.bytes().all(plain) {
                return None;
            }
            pieces.push(piece(Ok(literal))?);
            rest = &rest[literal.len()..];
        }
    }
    (text.starts_with('/') && text.len() <= 200).then_some(pieces)
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

    #[test]
    fn a_file_lies_under_its_day_or_its_name() {
        let path = |text: &str| FilePath::try_from(text.to_owned());
        assert!(path("/files?day={date}&name={name}").is_ok());
        for wrong in ["/files", "files/{name}", "/files/{customer}", "/files/{name", "/a b/{name}"]
        {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }
}
