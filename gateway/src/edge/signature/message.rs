//! A request or a response as something that can be signed.
//!
//! Only views: nothing is copied from the message until a component asks for it.

use http::header::HOST;
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, Version, request, response};

use super::refusal::Refusal;
use crate::edge::accept::Connection;

/// Where a request was sent: what its target URI has in front of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: String,
    /// Host, and port when the sender gave one.
    pub authority: String,
}

impl Origin {
    /// The origin that a request's signature must mean: the configured public one where there is
    /// one (behind a proxy, or to ignore what `Host` says), or else what the request and its
    /// connection say.
    pub fn of_request(parts: &request::Parts, public: Option<&Self>) -> Result<Self, Refusal> {
        match public {
            Some(public) => Ok(public.clone()),
            None => {
                let connection = parts.extensions.get::<Connection>();
                Self::of(parts, connection.map_or("http", |connection| connection.scheme))
            }
        }
    }

    /// A request's own authority or `Host`, under a scheme.
    pub fn of(parts: &request::Parts, scheme: &str) -> Result<Self, Refusal> {
        let authority = match parts.uri.authority() {
            Some(authority) => authority.as_str(),
            None => {
                let mut hosts = parts.headers.get_all(HOST).iter();
                match (hosts.next(), hosts.next()) {
                    (Some(host), None) => host.to_str().map_err(|_| Refusal::NoAuthority)?,
                    _ => return Err(Refusal::NoAuthority),
                }
            }
        };
        if authority.is_empty() || authority.contains('@') {
            return Err(Refusal::NoAuthority);
        }
        Ok(Self { scheme: scheme.to_owned(), authority: authority.to_owned() })
    }

    /// Reads `https://pay.example.com`.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let bare = uri.path_and_query().is_none_or(|rest| rest.as_str() == "/");
        let scheme = uri.scheme_str()?;
        let authority = uri.authority()?.as_str();
        (bare && !authority.contains('@') && matches!(scheme, "http" | "https"))
            .then(|| Self { scheme: scheme.to_owned(), authority: authority.to_owned() })
    }

    /// The authority in the form of `@authority`: lower case, without the scheme's own port.
    pub(super) fn normal_authority(&self) -> String {
        let authority = self.authority.to_ascii_lowercase();
        let own_port = if self.scheme == "https" { ":443" } else { ":80" };
        match authority.strip_suffix(own_port) {
            Some(host) => host.to_owned(),
            None => authority,
        }
    }
}

/// A message whose components can be covered.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub(super) head: Head<'a>,
    pub(super) headers: &'a HeaderMap,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Head<'a> {
    Request(RequestHead<'a>),
    Response {
        status: StatusCode,
        /// The request that this answers, for components with `req`.
        request: Option<(RequestHead<'a>, &'a HeaderMap)>,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RequestHead<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) version: Version,
    pub(super) origin: &'a Origin,
}

impl<'a> Message<'a> {
    /// A request that was sent to `origin`.
    pub fn request(parts: &'a request::Parts, origin: &'a Origin) -> Self {
        Self {
            head: Head::Request(RequestHead {
                method: &parts.method,
                uri: &parts.uri,
                version: parts.version,
                origin,
            }),
            headers: &parts.headers,
        }
    }

    /// A response, with the request that it answers when that may be covered too.
    pub fn response(parts: &'a response::Parts, request: Option<Message<'a>>) -> Self {
        let request = request.and_then(|request| match request.head {
            Head::Request(head) => Some((head, request.headers)),
            Head::Response { .. } => None,
        });
        Self { head: Head::Response { status: parts.status, request }, headers: &parts.headers }
    }

    /// The request that a response answers, as a message of its own.
    pub(super) fn answered(&self) -> Option<Message<'a>> {
        match self.head {
            Head::Response { request: Some((head, headers)), .. } => {
                Some(Message { head: Head::Request(head), headers })
            }
            _ => None,
        }
    }
}

impl RequestHead<'_> {
    pub(super) fn target_uri(&self) -> String {
        let Origin { scheme, authority } = self.origin;
        let path = self.path();
        let query = self.uri.query().map(|query| format!("?{query}"));
        format!("{scheme}://{authority}{path}{}", query.unwrap_or_default())
    }

    pub(super) fn path(&self) -> &str {
        match self.uri.path() {
            "" => "/",
            path => path,
        }
    }

    /// The target as on the request line. HTTP/2 has no such line; its `:path` stands for it.
    pub(super) fn request_target(&self) -> String {
        let absolute = self.version <= Version::HTTP_11 && self.uri.scheme().is_some();
        if self.method == Method::CONNECT {
            return self.uri.authority().map(ToString::to_string).unwrap_or_default();
        }
        if absolute {
            return self.uri.to_string();
        }
        match self.uri.path_and_query() {
            Some(target) => target.to_string(),
            None => "/".to_owned(),
        }
    }
}

/// A field's lines in order, without the white space around them.
pub(super) fn field_lines<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Vec<&'a str>, Refusal> {
    let lines = headers.get_all(name).iter();
    lines
        .map(|value| match std::str::from_utf8(value.as_bytes()) {
            Ok(line) if line.is_ascii() => Ok(line.trim_matches([' ', '\t'])),
            _ => Err(Refusal::BadComponent {
                component: format!("\"{name}\""),
                reason: "its value is not ASCII; cover it with ;bs, or not at all".to_owned(),
            }),
        })
        .collect()
}
