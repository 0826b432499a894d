//! Strict JSON: what is not understood exactly is refused, with its place and what was expected there.
//!
//! Unknown and repeated members are refused by the types. Amounts are whole fen: `12.5`, `12.0` and
//! `"12"` are no amounts, since a sender who writes them may mean yuan.

use std::fmt;

use http::{HeaderMap, StatusCode, header};
use jiaozi_ledger::money::Fen;
use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::edge::problem::Problem;

/// Objects and lists in one another.
const DEPTH_MAX: usize = 16;

/// The body as JSON of a type.
///
/// # Errors
/// 415 for another media type, 400 with the place and what was expected there.
pub fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type_unknown",
            "The body's media type is not taken here",
        )
        .at("header Content-Type", "application/json"));
    }
    parse(body)
}

/// JSON of a type.
///
/// # Errors
/// 400 with the place and what was expected there.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if is_too_deep(body) {
        return Err(invalid("The body is nested too deep.")
            .at("body", format!("at most {DEPTH_MAX} levels")));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        complain(&path, error.inner())
    })?;
    reader.end().map_err(|error| complain(".", &error))?;
    Ok(value)
}

fn complain(path: &str, error: &serde_json::Error) -> Problem {
    if error.is_syntax() || error.is_eof() {
        return Problem::new(StatusCode::BAD_REQUEST, "body_not_json", "The body is not JSON")
            .with_detail(error.to_string())
            .at(format!("body, line {} column {}", error.line(), error.column()), "JSON");
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let place = if path == "." { "body".to_owned() } else { format!("body, {path}") };
    let (what, expected) =
        text.split_once(", expected ").unwrap_or((text, "what the interface document says"));
    invalid(what).at(place, expected)
}

fn invalid(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "body_invalid", "The body is not what is expected here")
        .with_detail(detail)
}

/// Whether objects and lists are nested deeper than allowed; text that is no JSON is left to the parser.
fn is_too_deep(body: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

/// A positive amount in whole fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub i64);

impl From<Amount> for Fen {
    fn from(amount: Amount) -> Fen {
        Fen(amount.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        struct WholeFen;
        impl Visitor<'_> for WholeFen {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of fen above zero, as in 12050 for 120.50 yuan")
            }

            fn visit_i64<E: Error>(self, fen: i64) -> Result<Amount, E> {
                if fen > 0 {
                    Ok(Amount(fen))
                } else {
                    Err(E::invalid_value(Unexpected::Signed(fen), &self))
                }
            }

            fn visit_u64<E: Error>(self, fen: u64) -> Result<Amount, E> {
                let amount = i64::try_from(fen).ok().filter(|fen| *fen > 0).map(Amount);
                amount.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(fen), &self))
            }
        }
        deserializer.deserialize_i64(WholeFen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "only read")]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[expect(dead_code, reason = "only read")]
        amount_fen: Amount,
    }

    fn refused(body: &str) -> Problem {
        parse::<Body>(body.as_bytes()).expect_err(body)
    }

    #[test]
    fn what_is_no_amount_is_refused_with_its_place() {
        for wrong in ["1.5", "1.0", "1e2", "\"12\"", "0", "-1", "null", "9223372036854775808"] {
            let problem = refused(&format!(
                "{{\"lines\":[{{\"amount_fen\":1}},{{\"amount_fen\":{wrong}}}]}}"
            ));
            assert_eq!(problem.code, "body_invalid", "{wrong}");
            assert_eq!(problem.place.as_deref(), Some("body, lines[1].amount_fen"), "{wrong}");
            let expected = problem.expected.expect("an expectation");
            assert!(expected.starts_with("a whole number of fen"), "{wrong}: {expected}");
        }
        assert!(parse::<Body>(br#"{"lines":[{"amount_fen":9223372036854775807}]}"#).is_ok());
    }

    #[test]
    fn members_that_are_unknown_repeated_or_missing_are_refused() {
        for wrong in [r#"{"lines":[],"more":1}"#, r#"{"lines":[],"lines":[]}"#, r#"{}"#, r#"[]"#] {
            assert_eq!(refused(wrong).code, "body_invalid", "{wrong}");
        }
        for wrong in ["", "{", "{} x", "{\"lines\":[]} {}", "nul"] {
            assert_eq!(refused(wrong).code, "body_not_json", "{wrong}");
        }
    }

    #[test]
    fn depth_is_bounded_outside_of_texts() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_too_deep(deep(17).as_bytes()));
        assert!(!is_too_deep(deep(16).as_bytes()));
        assert!(!is_too_deep(br#""[[[[[[[[[[[[[[[[[[\"[""#));
    }
}
