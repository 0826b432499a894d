//! Content-Digest (RFC 9530): made, and checked over the raw bytes before anything parses them.
//!
//! Every member with an algorithm that we know must match; one such member must exist. Members
//! with other algorithms (`md5`, `unixsum`, …) prove nothing and are passed over.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use ring::digest::{self, SHA256, SHA512};
use sfv::{BareItem, Dictionary, ListEntry, Parser};

use super::message::field_lines;
use super::refusal::Refusal;

/// The header's name.
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

const KNOWN: [(&str, &digest::Algorithm); 2] = [("sha-256", &SHA256), ("sha-512", &SHA512)];

/// The Content-Digest of a body, with SHA-256.
pub fn content_digest(body: &[u8]) -> HeaderValue {
    HeaderValue::from_str(&member("sha-256", &SHA256, body))
        .expect("base64 between colons is a header value")
}

/// Checks Content-Digest against the body.
///
/// No header and no body is fine; a header must be right even for an empty body.
pub fn check(headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    if !headers.contains_key(&CONTENT_DIGEST) {
        return if body.is_empty() { Ok(()) } else { Err(Refusal::DigestMissing) };
    }
    let line = field_lines(headers, &CONTENT_DIGEST)?.join(", ");
    let members =
        Parser::new(&line).parse::<Dictionary>().map_err(|error| malformed(error.to_string()))?;
    let mut checked = false;
    for (name, algorithm) in KNOWN {
        let Some(claimed) = members.get(name) else {
            continue;
        };
        let ListEntry::Item(item) = claimed else {
            return Err(malformed(format!("{name} is a list")));
        };
        let BareItem::ByteSequence(claimed) = &item.bare_item else {
            return Err(malformed(format!("{name} is not a byte sequence")));
        };
        if digest::digest(algorithm, body).as_ref() != claimed.as_slice() {
            return Err(Refusal::DigestMismatch {
                algorithm: name,
                computed: member(name, algorithm, body),
            });
        }
        checked = true;
    }
    if checked { Ok(()) } else { Err(Refusal::DigestUnsupported) }
}

fn member(name: &str, algorithm: &'static digest::Algorithm, body: &[u8]) -> String {
    let digest = digest::digest(algorithm, body);
    format!("{name}=:{}:", STANDARD.encode(digest))
}

fn malformed(reason: String) -> Refusal {
    Refusal::Malformed { header: "Content-Digest", reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"hello": "world"}"#;

    fn with(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_DIGEST, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_examples_of_rfc_9530_hold() {
        // RFC 9530, appendix B.1 and RFC 9421, appendix B.2: the same body.
        let sha_256 = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
        let sha_512 = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
        assert_eq!(content_digest(BODY), sha_256);
        for value in [sha_256.to_owned(), sha_512.to_owned(), format!("{sha_512}, {sha_256}")] {
            assert_eq!(check(&with(&value), BODY), Ok(()));
        }
    }

    #[test]
    fn one_wrong_member_is_enough_to_refuse() {
        let right = content_digest(BODY);
        let value = format!("{}, sha-512=:AAAA:", right.to_str().unwrap());
        let refused = check(&with(&value), BODY).unwrap_err();
        assert_eq!(refused.code(), "digest_mismatch");
        assert!(refused.expected().starts_with("sha-512=:"));
    }

    #[test]
    fn an_unknown_algorithm_proves_nothing() {
        assert_eq!(check(&with("md5=:AAAA:"), BODY), Err(Refusal::DigestUnsupported));
        assert_eq!(check(&HeaderMap::new(), BODY), Err(Refusal::DigestMissing));
        assert_eq!(check(&HeaderMap::new(), b""), Ok(()));
        assert_eq!(check(&with("sha-256=1"), BODY).unwrap_err().code(), "signature_malformed");
    }
}
