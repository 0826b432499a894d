//! A length before a message, on a connection that has no other end of it.

use thiserror::Error;

use super::MESSAGE_BYTES_MAX;
use crate::spec::outbound::{Frame, LengthForm};

/// Why a message cannot be framed, or a length not be meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A message that is longer than the length can say, or than is accepted.
    #[error("a message of {bytes} bytes, expected at most {most}")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// What stands where the length should is none.
    #[error("{found} where the length should be, expected {expected}")]
    NoLength {
        /// What stands there, in hexadecimal digits.
        found: String,
        /// What should.
        expected: String,
    },
}

impl Frame {
    /// How many bytes the length itself has: so many are read first.
    #[must_use]
    pub fn prefix_bytes(&self) -> usize {
        usize::from(self.bytes)
    }

    /// The longest message.
    #[must_use]
    pub fn message_bytes_max(&self) -> usize {
        let base: usize = match self.length {
            LengthForm::Digits => 10,
            LengthForm::BigEndian => 256,
        };
        let sayable = base.saturating_pow(u32::from(self.bytes)).saturating_sub(1);
        sayable.saturating_sub(self.itself()).min(MESSAGE_BYTES_MAX)
    }

    fn itself(&self) -> usize {
        if self.counts_itself { self.prefix_bytes() } else { 0 }
    }

    /// The message with its length before it.
    ///
    /// # Errors
    /// It is too long.
    pub fn wrap(&self, body: &[u8]) -> Result<Vec<u8>, FrameError> {
        let most = self.message_bytes_max();
        if body.len() > most {
            return Err(FrameError::TooLong { bytes: body.len(), most });
        }
        let length = body.len() + self.itself();
        let width = self.prefix_bytes();
        let mut framed = match self.length {
            LengthForm::Digits => format!("{length:0width$}").into_bytes(),
            LengthForm::BigEndian => {
                let bytes = length.to_be_bytes();
                bytes[bytes.len().saturating_sub(width)..].to_vec()
            }
        };
        framed.extend_from_slice(body);
        Ok(framed)
    }

    /// How many bytes of message follow a length, of which there are [`Frame::prefix_bytes`].
    ///
    /// # Errors
    /// It is no length, or more than is accepted.
    pub fn length_of(&self, prefix: &[u8]) -> Result<usize, FrameError> {
        let none = |expected: String| FrameError::NoLength { found: hex::encode(prefix), expected };
        let width = self.prefix_bytes();
        if prefix.len() != width {
            return Err(none(format!("{width} bytes")));
        }
        let stated = match self.length {
            LengthForm::Digits if prefix.iter().all(u8::is_ascii_digit) => prefix
                .iter()
                .fold(0_usize, |sum, digit| sum.saturating_mul(10) + usize::from(digit - b'0')),
            LengthForm::Digits => return Err(none(format!("{width} ASCII digits"))),
            LengthForm::BigEndian => prefix
                .iter()
                .fold(0_usize, |sum, byte| sum.saturating_mul(256).saturating_add((*byte).into())),
        };
        let bytes = stated
            .checked_sub(self.itself())
            .ok_or_else(|| none(format!("at least {width}, for the length counts itself")))?;
        let most = self.message_bytes_max();
        if bytes > most { Err(FrameError::TooLong { bytes, most }) } else { Ok(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(length: LengthForm, bytes: u8, counts_itself: bool) -> Frame {
        Frame { length, bytes, counts_itself }
    }

    #[test]
    fn a_length_is_digits_or_binary_and_may_count_itself() {
        let wrap = |frame: Frame| frame.wrap(b"abc").expect("short enough");
        assert_eq!(wrap(frame(LengthForm::Digits, 6, false)), b"000003abc");
        assert_eq!(wrap(frame(LengthForm::Digits, 4, true)), b"0007abc");
        assert_eq!(wrap(frame(LengthForm::BigEndian, 2, false)), b"\x00\x03abc");
        assert_eq!(wrap(frame(LengthForm::BigEndian, 4, true)), b"\x00\x00\x00\x07abc");
    }

    #[test]
    fn what_is_no_length_is_refused_with_what_stands_there() {
        let four = frame(LengthForm::Digits, 4, true);
        for wrong in [b"12".as_slice(), b"12a4", b" 123", b"-001", b"0003", "１２".as_bytes()] {
            assert!(matches!(four.length_of(wrong), Err(FrameError::NoLength { .. })), "{wrong:?}");
        }
        assert_eq!(four.length_of(b"0004"), Ok(0));
        assert_eq!(four.length_of(b"9999"), Ok(9_995));
        let error = four.length_of(b"12a4").expect_err("no digits");
        assert_eq!(
            error.to_string(),
            "31326134 where the length should be, expected 4 ASCII digits"
        );
    }

    #[test]
    fn a_length_that_nobody_would_keep_is_refused_before_anything_is_read() {
        let wide = frame(LengthForm::BigEndian, 4, false);
        let error = wide.length_of(&[0xff; 4]).expect_err("four thousand million bytes");
        assert_eq!(error, FrameError::TooLong { bytes: 0xffff_ffff, most: MESSAGE_BYTES_MAX });
        let narrow = frame(LengthForm::Digits, 1, false);
        assert!(narrow.wrap(b"123456789").is_ok());
        assert!(narrow.wrap(b"1234567890").is_err());
    }

    proptest! {
        #[test]
        fn what_is_wrapped_is_measured_right(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            digits in any::<bool>(),
            bytes in 1_u8..=4,
            counts_itself in any::<bool>(),
        ) {
            let length = if digits { LengthForm::Digits } else { LengthForm::BigEndian };
            let frame = frame(length, bytes, counts_itself);
            let Ok(framed) = frame.wrap(&body) else {
                prop_assert!(body.len() > frame.message_bytes_max());
                return Ok(());
            };
            let (prefix, rest) = framed.split_at(frame.prefix_bytes());
            prop_assert_eq!(frame.length_of(prefix), Ok(body.len()));
            prop_assert_eq!(rest, &body[..]);
        }

        #[test]
        fn no_bytes_make_a_length_panic(
            prefix in proptest::collection::vec(any::<u8>(), 0..10),
            bytes in 1_u8..=8,
            digits in any::<bool>(),
            counts_itself in any::<bool>(),
        ) {
            let length = if digits { LengthForm::Digits } else { LengthForm::BigEndian };
            let _ = frame(length, bytes, counts_itself).length_of(&prefix);
        }
    }
}
