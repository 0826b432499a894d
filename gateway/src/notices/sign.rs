//! Standard Webhooks: the three headers of a notice.
//!
//! `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, once for every
//! live secret, separated by a blank, so that a secret can be rotated. A secret is written
//! `whsec_` and base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;

/// How a secret is written.
pub const SECRET_PREFIX: &str = "whsec_";

/// The bytes of a secret.
const SECRET_LENGTH: usize = 32;

/// A text that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected whsec_ and the base64 of 24 to 64 bytes")]
pub struct NotASecret;

/// A new secret, as it is written.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bytes = zeroize::Zeroizing::new([0u8; SECRET_LENGTH]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(format!("{SECRET_PREFIX}{}", BASE64.encode(bytes.as_slice())))
}

/// The `webhook-signature` of a notice under some secrets.
///
/// # Errors
/// When one of them is no secret.
pub fn signature<'a>(
    secrets: impl IntoIterator<Item = &'a str>,
    id: &str,
    timestamp: i64,
    body: &str,
) -> Result<String, NotASecret> {
    let mut signatures = Vec::new();
    for secret in secrets {
        let encoded = secret.strip_prefix(SECRET_PREFIX).ok_or(NotASecret)?;
        let bytes = zeroize::Zeroizing::new(BASE64.decode(encoded).map_err(|_| NotASecret)?);
        if !(24..=64).contains(&bytes.len()) {
            return Err(NotASecret);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
        signatures.push(format!("v1,{}", BASE64.encode(tag)));
    }
    Ok(signatures.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_published_example_is_reproduced() {
        let signed = signature(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned()));
    }

    #[test]
    fn each_live_secret_signs() {
        let secret = new_secret().expect("randomness");
        let signed = signature([secret.as_str(), secret.as_str()], "a", 1, "b").expect("secrets");
        assert_eq!(signed.split(' ').count(), 2);
        assert_eq!(signature(["MfKQ"], "a", 1, "b"), Err(NotASecret));
    }
}
