//! The companies' own servers: they hear notices, verify who signed them, keep books of their own, and
//! behave as such servers do.
//!
//! | what they do | how often | what has to come of it |
//! |---|---|---|
//! | answer 500 and have not looked at it | the first attempt of some | it comes again |
//! | note it, then answer 500 | the first attempt of some | it comes again, and counts once |
//! | note it, and take too long to say so | the first attempt of a few | the same |
//! | take their time | some | nothing |
//! | say that they have it, and lose it | a few | the day file shows it; the feed has it still |
//!
//! Which notice meets what is decided by its place in the order of first arrival, per company.

mod books;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use ring::hmac;
use serde_json::Value;
use tokio::net::TcpListener;

pub use self::books::{Books, Sums};

use super::notebook::Notebook;
use super::papers;

/// How long a server takes that takes too long: more than the gateway waits.
const TOO_LONG: Duration = Duration::from_millis(1_500);
/// How long a server takes that takes its time.
const A_WHILE: Duration = Duration::from_millis(40);

/// What a company's server does with a notice that it has not seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Failing,
    NotedThenFailing,
    TooLate,
    Slow,
    Forgetful,
}

/// By the place of a notice among those of its company.
fn mood(place: usize) -> Mood {
    match place {
        place if place % 397 == 11 => Mood::TooLate,
        place if place % 311 == 150 => Mood::Forgetful,
        place if place % 97 == 5 => Mood::Failing,
        place if place % 89 == 7 => Mood::NotedThenFailing,
        place if place % 41 == 3 => Mood::Slow,
        _ => Mood::Well,
    }
}

/// What became of the notices to all companies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Different notices.
    pub notices: usize,
    /// Attempts.
    pub attempts: usize,
    /// Attempts of notices that were noted already.
    pub duplicates: usize,
    /// Attempts that were answered with 500, or too late.
    pub failures: usize,
    /// Signatures that did not verify.
    pub forged: usize,
}

#[derive(Debug)]
struct Desk {
    secret: Option<hmac::Key>,
    books: Books,
    attempts: HashMap<String, usize>,
    noted: HashSet<String>,
    heard: Heard,
}

/// All companies, on one address.
#[derive(Debug, Clone)]
pub struct Companies {
    /// Where they listen.
    pub address: SocketAddr,
    desks: Arc<BTreeMap<String, Mutex<Desk>>>,
    notebook: Arc<Notebook>,
}

impl Companies {
    /// Opens the servers of those companies that have a part in the demonstration.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn open(codes: &[&str], notebook: Arc<Notebook>) -> anyhow::Result<Companies> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let desk = |code: &&str| {
            let papers = papers::of(code)?;
            let desk = Desk {
                secret: None,
                books: Books::of(papers),
                attempts: HashMap::new(),
                noted: HashSet::new(),
                heard: Heard::default(),
            };
            Some(((*code).to_owned(), Mutex::new(desk)))
        };
        let desks = Arc::new(codes.iter().filter_map(desk).collect());
        let companies = Companies { address: listener.local_addr()?, desks, notebook };
        let routes = Router::new().route("/{company}", post(hear)).with_state(companies.clone());
        tokio::spawn(async move {
            // It serves as long as this process lives.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(companies)
    }

    /// Tells a company with which secret its notices are signed.
    ///
    /// # Errors
    /// When it is no secret, or there is no such company.
    pub fn trust(&self, company: &str, secret: &str) -> anyhow::Result<()> {
        let bytes = BASE64.decode(secret.trim_start_matches("whsec_"))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        self.desk(company)?.secret = Some(key);
        Ok(())
    }

    /// Does something with a company's books.
    ///
    /// # Errors
    /// When there is no such company.
    pub fn books<T>(&self, company: &str, with: impl FnOnce(&mut Books) -> T) -> anyhow::Result<T> {
        Ok(with(&mut self.desk(company)?.books))
    }

    /// Whether a company has noted a notice.
    ///
    /// # Errors
    /// When there is no such company.
    pub fn take_note(&self, company: &str, id: &str, notice: &Value) -> anyhow::Result<bool> {
        let mut desk = self.desk(company)?;
        let new = desk.noted.insert(id.to_owned());
        if new {
            desk.books.note(notice)?;
        }
        Ok(new)
    }

    /// What all of them have heard.
    #[must_use]
    pub fn heard(&self) -> Heard {
        let mut all = Heard::default();
        for desk in self.desks.values() {
            let heard = desk.lock().unwrap_or_else(PoisonError::into_inner).heard;
            all.notices += heard.notices;
            all.attempts += heard.attempts;
            all.duplicates += heard.duplicates;
            all.failures += heard.failures;
            all.forged += heard.forged;
        }
        all
    }

    fn desk(&self, company: &str) -> anyhow::Result<std::sync::MutexGuard<'_, Desk>> {
        let desk = self.desks.get(company).with_context(|| format!("no company {company}"))?;
        Ok(desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the company does with an attempt: what it answers, and after how long.
    fn take(&self, company: &str, headers: &HeaderMap, body: &Bytes) -> (StatusCode, Duration) {
        let now = Duration::ZERO;
        let Ok(mut desk) = self.desk(company) else { return (StatusCode::NOT_FOUND, now) };
        desk.heard.attempts += 1;
        let Some(id) = verified(desk.secret.as_ref(), headers, body) else {
            desk.heard.forged += 1;
            return (StatusCode::UNAUTHORIZED, now);
        };
        let attempt = *desk.attempts.entry(id.clone()).and_modify(|count| *count += 1).or_insert(1);
        if desk.noted.contains(&id) {
            desk.heard.duplicates += 1;
            return (StatusCode::NO_CONTENT, now);
        }
        if attempt == 1 {
            desk.heard.notices += 1;
        }
        let mood = if attempt == 1 { mood(desk.heard.notices) } else { Mood::Well };
        if mood == Mood::Failing {
            desk.heard.failures += 1;
            self.notebook.plant("answered 500 without looking", company, id);
            return (StatusCode::INTERNAL_SERVER_ERROR, now);
        }
        desk.noted.insert(id.clone());
        if mood == Mood::Forgetful {
            desk.noted.remove(&id);
            self.notebook.plant("said that it has the notice, and lost it", company, id);
            return (StatusCode::OK, now);
        }
        let Ok(notice) = serde_json::from_slice::<Value>(body) else {
            return (StatusCode::BAD_REQUEST, now);
        };
        if desk.books.note(&notice).is_err() {
            return (StatusCode::BAD_REQUEST, now);
        }
        match mood {
            Mood::NotedThenFailing => {
                desk.heard.failures += 1;
                self.notebook.plant("noted it and answered 500", company, id);
                (StatusCode::INTERNAL_SERVER_ERROR, now)
            }
            Mood::TooLate => {
                desk.heard.failures += 1;
                self.notebook.plant("noted it and answered too late", company, id);
                (StatusCode::NO_CONTENT, TOO_LONG)
            }
            Mood::Slow => (StatusCode::NO_CONTENT, A_WHILE),
            _ => (StatusCode::NO_CONTENT, now),
        }
    }
}

async fn hear(
    State(companies): State<Companies>,
    Path(company): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let (status, after) = companies.take(&company, &headers, &body);
    if !after.is_zero() {
        tokio::time::sleep(after).await;
    }
    status
}

/// The identifier of a notice whose signature is right (Standard Webhooks).
fn verified(secret: Option<&hmac::Key>, headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (id, at) = (header("webhook-id")?, header("webhook-timestamp")?);
    let signed = [id.as_bytes(), b".", at.as_bytes(), b".", body].concat();
    let right = |signature: &str| {
        let bytes = BASE64.decode(signature.strip_prefix("v1,").unwrap_or_default());
        bytes.is_ok_and(|bytes| {
            secret.is_some_and(|secret| hmac::verify(secret, &signed, &bytes).is_ok())
        })
    };
    header("webhook-signature")?.split(' ').any(right).then(|| id.to_owned())
}
