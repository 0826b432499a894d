//! Encodings, XML, amounts and hashes, as the interface documents ask for them.

use encoding_rs::{Encoding, GB18030, GBK};
use md5::{Digest as _, Md5};

/// Text in GBK.
pub(super) fn to_gbk(text: &str) -> Vec<u8> {
    GBK.encode(text).0.into_owned()
}

/// Text in GB18030.
pub(super) fn to_gb18030(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

/// Text of an encoding; none if it is not of it.
pub(super) fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(String::from)
}

/// The text of the first element with a name. Elements with attributes are not looked for: the
/// interfaces have none.
pub(in crate::trial) fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let mut text = text.to_owned();
    for (plain, escaped) in ESCAPES {
        text = text.replace(escaped, plain);
    }
    Some(text)
}

/// The ampersand is first where it is written and, the other way round, last where it is read.
const ESCAPES: [(&str, &str); 5] =
    [("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;"), ("&", "&amp;")];

/// An element with a text.
pub(in crate::trial) fn tagged(name: &str, text: &str) -> String {
    let mut escaped = text.to_owned();
    for (plain, code) in ESCAPES.iter().rev() {
        escaped = escaped.replace(plain, code);
    }
    format!("<{name}>{escaped}</{name}>")
}

/// Yuan with two places, as in `150.00`.
pub(in crate::trial) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// A number of digits only.
pub(in crate::trial) fn digits(text: &str) -> Option<i64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| all)
}

/// A date as in `20261102`.
pub(in crate::trial) fn date(text: &str) -> Option<jiff::civil::Date> {
    jiff::civil::Date::strptime("%Y%m%d", text).ok().filter(|_| text.len() == 8)
}

/// MD5 over parts, one after the other, in small hexadecimal letters.
pub(super) fn md5(parts: &[&[u8]]) -> String {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// A signature that is certainly another one, of the same form.
pub(in crate::trial) fn spoilt(signature: &str) -> String {
    let turned = |letter| if letter == '0' { '1' } else { '0' };
    signature.chars().map(turned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_hold_what_was_put_into_them() {
        let text = "a<b> & \"c\" 'd' &amp; 李";
        let xml = format!("<out>{}{}</out>", tagged("A", "1"), tagged("Name", text));
        assert_eq!(element(&xml, "Name").as_deref(), Some(text));
        assert_eq!(element(&xml, "B"), None);
    }

    #[test]
    fn amounts_are_written_as_yuan() {
        for (fen, text) in [(0, "0.00"), (5, "0.05"), (15_000, "150.00"), (-101, "-1.01")] {
            assert_eq!(yuan(fen), text);
        }
    }

    #[test]
    fn a_hash_is_the_published_one() {
        // RFC 1321, A.5.
        assert_eq!(md5(&[b"a", b"bc"]), "900150983cd24fb0d6963f7d28e17f72");
        let hash = md5(&[b"0"]);
        assert!(hash.bytes().zip(spoilt(&hash).bytes()).all(|(one, other)| one != other));
    }
}
