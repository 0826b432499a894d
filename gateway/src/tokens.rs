//! Values that we hand out to be shown again: quotes, cursors, the sandbox channel's sessions.
//!
//! A token is the value itself with our HMAC over it, so nothing has to be kept for it: a quote that
//! nobody pays costs nothing, and any process can open it. It is not secret: whoever holds it can read
//! it, nobody else can make one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of the HMAC that are kept: 128 bits.
const TAG_LENGTH: usize = 16;

/// What a token is for: one kind cannot stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The amount that binds us.
    Quote,
    /// The amount that a biller has said is due.
    BillerQuote,
    /// Where a list goes on.
    Cursor,
    /// Who is logged in at the sandbox channel.
    Session,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Purpose::Quote => b"jiaozi quote v1\0",
            Purpose::BillerQuote => b"jiaozi biller quote v1\0",
            Purpose::Cursor => b"jiaozi cursor v1\0",
            Purpose::Session => b"jiaozi session v1\0",
        }
    }
}

/// A token that we did not make, or that was changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a token as it was handed out, unchanged")]
pub struct NotOurs;

/// Makes tokens and opens them.
pub struct Tokens {
    key: hmac::Key,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Tokens under a key; every process of an installation has the same.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Tokens {
        Tokens { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The token of a value.
    #[must_use]
    pub fn seal<T: Serialize>(&self, purpose: Purpose, value: &T) -> String {
        // Only maps with keys that are not text fail to serialise; what is sealed has none.
        let mut bytes = serde_json::to_vec(value).unwrap_or_default();
        let tag = self.tag(purpose, &bytes);
        bytes.extend_from_slice(&tag.as_ref()[..TAG_LENGTH]);
        BASE64.encode(bytes)
    }

    /// The value of a token.
    ///
    /// # Errors
    /// When it is not one that we made for this purpose.
    pub fn open<T: DeserializeOwned>(&self, purpose: Purpose, token: &str) -> Result<T, NotOurs> {
        let bytes = BASE64.decode(token).map_err(|_| NotOurs)?;
        let length = bytes.len().checked_sub(TAG_LENGTH).ok_or(NotOurs)?;
        let (value, tag) = bytes.split_at(length);
        let right = self.tag(purpose, value);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(&right.as_ref()[..TAG_LENGTH], tag)) {
            return Err(NotOurs);
        }
        serde_json::from_slice(value).map_err(|_| NotOurs)
    }

    fn tag(&self, purpose: Purpose, value: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(purpose.label());
        context.update(value);
        context.sign()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_only_unchanged_and_for_its_purpose() {
        let tokens = Tokens::new(&[3; 32]);
        let token = tokens.seal(Purpose::Quote, &("bill", 100));
        assert_eq!(tokens.open(Purpose::Quote, &token), Ok(("bill".to_owned(), 100)));
        assert_eq!(tokens.open::<(String, i64)>(Purpose::Cursor, &token), Err(NotOurs));
        let other = Tokens::new(&[4; 32]);
        assert_eq!(other.open::<(String, i64)>(Purpose::Quote, &token), Err(NotOurs));
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(tokens.open::<(String, i64)>(Purpose::Quote, &changed), Err(NotOurs));
        }
        assert_eq!(tokens.open::<(String, i64)>(Purpose::Quote, ""), Err(NotOurs));
    }
}
