//! What surrounds every page: who visits, in which language, the navigation; and how a page becomes an
//! answer.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;
use http::request::Parts;
use jiaozi_adapters::spec::PartnerSpec;
use std::sync::Arc;

use super::assets::ADDRESSES;
use super::language::Language;
use super::session::Session;
use super::texts::Texts;
use super::{CHANNEL, Pages, link};
use crate::edge::stack::RequestId;
use crate::gateway::Gateway;
use crate::refused::{Refused, not_found};

/// A request, as far as every page wants to know it.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    /// What the pages have.
    pub pages: Pages,
    /// The language of the answer.
    pub language: Language,
    /// Who is logged in.
    pub session: Option<Session>,
    /// The path and query.
    pub here: String,
    /// The request's identifier.
    pub request: String,
}

impl Visit {
    /// The visit of a request.
    pub(super) fn of(parts: &mut Parts, pages: &Pages) -> Visit {
        let id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
        Visit {
            language: Language::of(&parts.headers),
            session: Session::of(&pages.gateway, &parts.headers),
            here: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            request: id.unwrap_or_default(),
            pages: pages.clone(),
        }
    }

    /// The gateway.
    pub(super) fn gateway(&self) -> &Gateway {
        &self.pages.gateway
    }

    /// The texts of the language.
    pub(super) fn t(&self) -> &'static Texts {
        self.language.texts()
    }

    /// The channel for which the pages speak.
    ///
    /// # Errors
    /// When this installation has none.
    pub(super) fn channel(&self) -> Result<&Arc<PartnerSpec>, Refused> {
        self.gateway().partners.spec(CHANNEL).ok_or_else(|| not_found("channel"))
    }

    /// The frame of a page.
    pub(super) fn frame(&self, title: impl Into<String>, section: &'static str) -> Frame {
        let session = self.session.as_ref();
        Frame {
            t: self.t(),
            title: title.into(),
            section,
            sandbox: self.gateway().sandbox,
            payer: session.map(|session| self.payer(session)),
            language_link: self.language_link(&self.here),
            refresh: None,
            style: &ADDRESSES.style,
            script: &ADDRESSES.script,
            htmx: &ADDRESSES.htmx,
            icon: &ADDRESSES.icon,
        }
    }

    /// The payer as the page may name them: the account's end, the name masked.
    pub(super) fn payer(&self, session: &Session) -> String {
        let account = (self.t().account_tail)(&session.tail);
        if session.name.is_empty() { account } else { format!("{} · {account}", session.name) }
    }

    fn language_link(&self, back: &str) -> String {
        let path = format!("/pay/language/{}", self.t().other);
        link::query(&path, &[("back", back)])
    }
}

impl FromRequestParts<Pages> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Infallible> {
        Ok(Visit::of(parts, pages))
    }
}

/// A visit of somebody who is logged in; others are sent to the login first.
#[derive(Debug, Clone)]
pub(super) struct Payer {
    /// The visit.
    pub visit: Visit,
    /// Who it is.
    pub session: Session,
}

impl FromRequestParts<Pages> for Payer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Response> {
        let visit = Visit::of(parts, pages);
        match visit.session.clone() {
            Some(session) => Ok(Payer { visit, session }),
            // After the login the page that was wanted; what was sent by a form is not repeated.
            None if parts.method == http::Method::GET => {
                let login = link::query("/pay/login", &[("next", &visit.here)]);
                Err(Redirect::to(&login).into_response())
            }
            None => Err(Redirect::to("/pay/login").into_response()),
        }
    }
}

/// How often a page is looked at again while something is under way.
const REFRESH_SECONDS: u32 = 3;

/// What every template shows around its content.
#[derive(Debug)]
pub(super) struct Frame {
    /// The texts.
    pub t: &'static Texts,
    /// The page's title.
    pub title: String,
    section: &'static str,
    /// Whether money is play money.
    pub sandbox: bool,
    /// Who is logged in.
    pub payer: Option<String>,
    /// To the same page in the other language.
    pub language_link: String,
    /// After how many seconds the page is looked at again by itself; never if it is left out.
    pub refresh: Option<u32>,
    /// Addresses of assets.
    pub style: &'static str,
    /// Our script.
    pub script: &'static str,
    /// htmx.
    pub htmx: &'static str,
    /// The icon.
    pub icon: &'static str,
}

impl Frame {
    /// Whether the page belongs to a section of the navigation.
    pub(super) fn is(&self, section: &str) -> bool {
        self.section == section
    }

    /// The same, looked at again by itself as long as something is under way.
    pub(super) fn refreshed(self, under_way: bool) -> Frame {
        Frame { refresh: under_way.then_some(REFRESH_SECONDS), ..self }
    }

    /// The same, where another language is wanted of another page: a form's answer has no address.
    pub(super) fn reached_by(mut self, visit: &Visit, back: &str) -> Frame {
        self.language_link = visit.language_link(back);
        self
    }
}

/// A page as an answer.
pub(super) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
