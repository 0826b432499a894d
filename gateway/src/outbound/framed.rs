//! One message with its length before it, over a connection of its own: what comes back is another.

use bytes::Bytes;
use http::HeaderMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::connect::Connection;
use super::heard::{Answer, NotSent, Silence};
use super::settings::{Frame, Length};

impl Frame {
    /// The bytes of the length itself.
    fn own(self) -> usize {
        match self.length {
            Length::Digits(digits) => usize::from(digits),
            Length::Binary2 => 2,
            Length::Binary4 => 4,
        }
    }

    /// The message with its length before it.
    ///
    /// # Errors
    /// When it is too long for that.
    pub(super) fn wrap(self, body: &[u8]) -> Result<Vec<u8>, NotSent> {
        let counted = body.len() + if self.counts_itself { self.own() } else { 0 };
        let too_long = || NotSent::Unsendable(format!("{counted} bytes do not fit the frame"));
        let mut bytes = match self.length {
            Length::Digits(digits) => {
                let text = format!("{counted:0width$}", width = usize::from(digits));
                if text.len() != usize::from(digits) {
                    return Err(too_long());
                }
                text.into_bytes()
            }
            Length::Binary2 => u16::try_from(counted).map_err(|_| too_long())?.to_be_bytes().into(),
            Length::Binary4 => u32::try_from(counted).map_err(|_| too_long())?.to_be_bytes().into(),
        };
        bytes.extend_from_slice(body);
        Ok(bytes)
    }

    /// How many bytes come after a length.
    fn rest(self, length: &[u8], bytes_max: usize) -> Result<usize, Silence> {
        let garbled = |what: &str| Silence::Garbled(format!("the frame: {what}"));
        let counted = match self.length {
            Length::Digits(_) => {
                let text = std::str::from_utf8(length).unwrap_or_default();
                // The parser of numbers takes a sign as well.
                if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.is_empty() {
                    return Err(garbled("digits were expected"));
                }
                // So many digits that no number holds them are too long in any case.
                text.parse().unwrap_or(u64::MAX)
            }
            Length::Binary2 | Length::Binary4 => {
                length.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        };
        let own = if self.counts_itself { self.own() } else { 0 };
        let rest = usize::try_from(counted)
            .unwrap_or(usize::MAX)
            .checked_sub(own)
            .ok_or_else(|| garbled("the length counts itself and is shorter than that"))?;
        if rest > bytes_max { Err(Silence::TooLong) } else { Ok(rest) }
    }
}

/// Sends a framed message and reads the one that answers it. Takes as long as it takes.
///
/// # Errors
/// Why there is no answer.
pub(super) async fn talk(
    mut connection: Connection,
    frame: Frame,
    message: &[u8],
    bytes_max: usize,
) -> Result<Answer, Silence> {
    let cut = |error: std::io::Error| Silence::Cut(error.to_string());
    connection.write_all(message).await.map_err(cut)?;
    connection.flush().await.map_err(cut)?;
    let mut length = vec![0; frame.own()];
    connection.read_exact(&mut length).await.map_err(cut)?;
    let rest = frame.rest(&length, bytes_max)?;
    let mut body = vec![0; rest];
    connection.read_exact(&mut body).await.map_err(cut)?;
    Ok(Answer { status: None, headers: HeaderMap::new(), body: Bytes::from(body) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: Length, counts_itself: bool) -> Frame {
        Frame { length, counts_itself }
    }

    #[test]
    fn lengths_are_written_and_read_alike() {
        for (frame, expected) in [
            (frame(Length::Digits(4), false), b"0003abc".to_vec()),
            (frame(Length::Digits(6), true), b"000009abc".to_vec()),
            (frame(Length::Binary2, false), b"\x00\x03abc".to_vec()),
            (frame(Length::Binary2, true), b"\x00\x05abc".to_vec()),
            (frame(Length::Binary4, true), b"\x00\x00\x00\x07abc".to_vec()),
        ] {
            assert_eq!(frame.wrap(b"abc").unwrap(), expected);
            assert_eq!(frame.rest(&expected[..frame.own()], 3), Ok(3));
        }
    }

    #[test]
    fn what_does_not_fit_is_not_sent() {
        let long = vec![b' '; 65_534];
        for frame in [frame(Length::Digits(4), false), frame(Length::Binary2, true)] {
            assert!(matches!(frame.wrap(&long), Err(NotSent::Unsendable(_))));
        }
        assert!(frame(Length::Binary2, false).wrap(&long).is_ok());
    }

    #[test]
    fn a_length_that_cannot_be_meant_is_told() {
        let digits = frame(Length::Digits(4), true);
        for length in [b"+012", b"12 4", b"\xb0\xa1\xb0\xa1", b"    "] {
            assert!(matches!(digits.rest(length, 100), Err(Silence::Garbled(_))), "{length:?}");
        }
        assert!(matches!(digits.rest(b"0003", 100), Err(Silence::Garbled(_))));
        assert_eq!(digits.rest(b"9999", 100), Err(Silence::TooLong));
        let many = frame(Length::Digits(30), false);
        assert_eq!(many.rest(&[b'9'; 30], 100), Err(Silence::TooLong));
        let binary = frame(Length::Binary4, false);
        assert_eq!(binary.rest(&[0xff; 4], 100), Err(Silence::TooLong));
    }
}
