//! The two languages of the pages, and which one a request wants: what the payer chose, else what the
//! browser prefers, else Chinese.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use jiaozi_adapters::spec::identity::Names;

use super::session::{cookie, set_cookie};
use super::texts::{EN, Texts, ZH};
use super::{Pages, link};

/// The name of the cookie that keeps the choice.
const COOKIE: &str = "jiaozi_language";
/// A year.
const COOKIE_SECONDS: i64 = 31_536_000;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Chinese as written in the mainland.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The language that a request wants.
    pub(super) fn of(headers: &HeaderMap) -> Language {
        cookie(headers, COOKIE)
            .and_then(Language::parse)
            .or_else(|| preferred(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
            .unwrap_or(Language::Zh)
    }

    /// The language of a short name.
    pub(super) fn parse(name: &str) -> Option<Language> {
        match name {
            "zh" => Some(Language::Zh),
            "en" => Some(Language::En),
            _ => None,
        }
    }

    /// All that is said in it.
    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Language::Zh => &ZH,
            Language::En => &EN,
        }
    }

    /// A partner's name for something.
    pub(super) fn name(self, names: &Names) -> String {
        match self {
            Language::Zh => names.zh.to_string(),
            Language::En => names.en.to_string(),
        }
    }
}

/// The first language of ours in an `Accept-Language`, by weight.
fn preferred(header: &str) -> Option<Language> {
    let mut wanted: Vec<(u32, Language)> = header
        .split(',')
        .filter_map(|part| {
            let (tag, parameter) = part.split_once(';').unwrap_or((part, ""));
            let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
            Some((weight(parameter), Language::parse(&primary)?))
        })
        .filter(|(weight, _)| *weight > 0)
        .collect();
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wanted.first().map(|(_, language)| *language)
}

/// Thousandths: `q=0.8` is 800. What cannot be read counts as wanted.
fn weight(parameter: &str) -> u32 {
    let Some(value) = parameter.trim().strip_prefix("q=") else { return 1_000 };
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let thousandths: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u32>(), thousandths.parse::<u32>()) {
        (Ok(whole), Ok(part)) => (whole * 1_000 + part).min(1_000),
        _ => 1_000,
    }
}

/// Keeps the choice and goes back to the page on which it was made.
pub(super) async fn choose(
    State(pages): State<Pages>,
    Path(language): Path<String>,
    Query(back): Query<Vec<(String, String)>>,
) -> Response {
    let here = back.into_iter().find(|(name, _)| name == "back").map(|(_, value)| value);
    let back = here.as_deref().map_or("/pay", link::ours);
    let mut response = Redirect::to(back).into_response();
    if let Some(chosen) = Language::parse(&language) {
        let value = match chosen {
            Language::Zh => "zh",
            Language::En => "en",
        };
        set_cookie(&mut response, pages.secure, COOKIE, value, COOKIE_SECONDS);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_preference_is_followed_by_weight() {
        for (header, expected) in [
            ("en-GB,en;q=0.9,zh-CN;q=0.5", Some(Language::En)),
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Language::Zh)),
            ("fr, en;q=0.3, zh;q=0.7", Some(Language::Zh)),
            ("fr", None),
            ("en;q=0, zh;q=0.1", Some(Language::Zh)),
            ("", None),
        ] {
            assert_eq!(preferred(header), expected, "{header}");
        }
    }
}
