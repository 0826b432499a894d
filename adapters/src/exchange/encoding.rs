//! Characters to bytes and back. Nothing is replaced: a character that the encoding has not and bytes that
//! are no characters are errors.

use encoding_rs::{Encoding as Table, GB18030, UTF_8};

use crate::spec::file_shape::Encoding;
use crate::spec::outbound::Charset;

/// The bytes of a text.
///
/// # Errors
/// The first character that the encoding has not.
pub(super) fn encode(text: &str, charset: Charset) -> Result<Vec<u8>, char> {
    if charset.encoding() == Encoding::Utf8 {
        return Ok(text.as_bytes().to_vec());
    }
    let (bytes, _, replaced) = GB18030.encode(text);
    let short = matches!(charset, Charset::Gbk | Charset::Gb2312);
    if !replaced && (!short || bytes.is_ascii()) {
        return Ok(bytes.into_owned());
    }
    match text.chars().find(|c| !has(*c, short)) {
        Some(foreign) => Err(foreign),
        None => Ok(bytes.into_owned()),
    }
}

/// Whether GB18030 has a character; `short`: in at most two bytes, which is what GBK has.
fn has(character: char, short: bool) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, replaced) = GB18030.encode(character.encode_utf8(&mut buffer));
    !replaced && (!short || bytes.len() <= 2)
}

/// The text of bytes; a byte order mark is not part of it.
///
/// # Errors
/// What was expected.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Result<String, &'static str> {
    let (table, expected): (&Table, _) = match encoding {
        Encoding::Utf8 => (UTF_8, "characters of UTF-8"),
        Encoding::Gb18030 => (GB18030, "characters of GB18030"),
    };
    let text = table.decode_without_bom_handling_and_without_replacement(bytes).ok_or(expected)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_of_four_bytes_is_gb18030_and_not_gbk() {
        let rare = "𠮷";
        let bytes = encode(rare, Charset::Gb18030).expect("GB18030 has it");
        assert_eq!(bytes.len(), 4);
        assert_eq!(decode(&bytes, Encoding::Gb18030), Ok(rare.to_owned()));
        for charset in [Charset::Gbk, Charset::Gb2312] {
            assert_eq!(encode("王𠮷", charset), Err('𠮷'));
            assert_eq!(encode("王吉", charset), Ok(b"\xcd\xf5\xbc\xaa".to_vec()));
        }
    }

    #[test]
    fn bytes_that_are_no_characters_are_refused() {
        assert!(decode(b"\xcd", Encoding::Gb18030).is_err());
        assert!(decode(b"\xff\xff", Encoding::Gb18030).is_err());
        assert!(decode(b"\xcd\xf5", Encoding::Utf8).is_err());
        assert_eq!(decode(b"\xef\xbb\xbf{}", Encoding::Utf8), Ok("{}".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "\\PC{0,20}") {
            for charset in [Charset::Utf8, Charset::Gbk, Charset::Gb18030] {
                if let Ok(bytes) = encode(&text, charset) {
                    prop_assert_eq!(decode(&bytes, charset.encoding()), Ok(text.clone()));
                }
            }
        }
    }
}
