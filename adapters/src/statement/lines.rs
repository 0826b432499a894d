//! Physical lines of a text: bounded, numbered, decoded.
//!
//! Chinese banks and wallets write UTF-8 or GB18030 and rarely say which. The first line that is not plain
//! ASCII decides for the whole file.

use std::io::{BufRead, Read as _};

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::place::{Place, StatementError};

/// Bytes of one line: an honest one needs a few hundred.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024;

/// One line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: u32,
    pub(super) text: String,
}

impl Line {
    /// This line as a place.
    pub(super) fn place(&self) -> Place {
        Place::new(self.number, "")
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The lines of a source.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    encoding: Option<&'static Encoding>,
    number: u32,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, encoding: None, number: 0 }
    }

    /// The end of the file as a place.
    pub(super) fn end(&self) -> Place {
        Place::new(self.number, "")
    }

    /// The next line, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line>, StatementError> {
        let mut bytes = Vec::new();
        let most = LINE_BYTES_MAX as u64 + 2;
        if self.source.by_ref().take(most).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if bytes.len() > LINE_BYTES_MAX {
            let expected = format!("lines of at most {LINE_BYTES_MAX} bytes");
            return Err(self.end().refuse("a longer line", expected).into());
        }
        if self.number == 1 && bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
            self.encoding = Some(UTF_8);
            bytes.drain(..3);
        }
        Ok(Some(Line { number: self.number, text: self.decode(bytes)? }))
    }

    fn decode(&mut self, bytes: Vec<u8>) -> Result<String, StatementError> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None if bytes.is_ascii() => UTF_8,
            None if std::str::from_utf8(&bytes).is_ok() => *self.encoding.insert(UTF_8),
            None => *self.encoding.insert(GB18030),
        };
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes);
        let text = text.filter(|text| !text.contains('\0'));
        text.map(std::borrow::Cow::into_owned).ok_or_else(|| {
            let expected = if encoding == UTF_8 { "UTF-8" } else { "UTF-8 or GB18030" };
            self.end().refuse("bytes that are no text", expected).into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Result<Vec<String>, String> {
        let mut lines = Lines::new(bytes);
        let mut texts = Vec::new();
        while let Some(line) = lines.next().map_err(|error| error.to_string())? {
            texts.push(line.text);
        }
        Ok(texts)
    }

    #[test]
    fn the_first_line_that_is_not_ascii_decides_the_encoding() {
        let (gb, _, _) = GB18030.encode("a\r\n水费\n电费");
        assert_eq!(texts(&gb), Ok(vec!["a".into(), "水费".into(), "电费".into()]));
        assert_eq!(texts("\u{feff}水费\n".as_bytes()), Ok(vec!["水费".to_owned()]));
        let mut mixed = "水费\n".as_bytes().to_vec();
        mixed.extend_from_slice(&[0xb5, 0xe7]);
        let refused = texts(&mixed).unwrap_err();
        assert_eq!(refused, "line 2: found `bytes that are no text`, expected UTF-8");
    }

    #[test]
    fn a_line_without_end_is_refused_and_not_kept() {
        let endless = vec![b'x'; LINE_BYTES_MAX * 4];
        assert!(texts(&endless).unwrap_err().starts_with("line 1: found `a longer line`"));
        assert_eq!(texts(&endless[..LINE_BYTES_MAX]).map(|texts| texts.len()), Ok(1));
    }
}
