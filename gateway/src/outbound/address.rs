//! Where a system is: `https://host/base`, `http://host:port`, `tls://host:port` or `tcp://host:port`.

use std::fmt;

use http::Uri;

use super::settings::Frame;

/// How bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP in TLS.
    Https,
    /// HTTP in the open.
    Http,
    /// Framed messages in TLS.
    Tls,
    /// Framed messages in the open.
    Tcp,
}

/// The schemes and their names.
const SCHEMES: [(&str, Scheme); 4] =
    [("https", Scheme::Https), ("http", Scheme::Http), ("tls", Scheme::Tls), ("tcp", Scheme::Tcp)];

impl Scheme {
    /// Whether messages are requests of HTTP.
    #[must_use]
    pub fn is_http(self) -> bool {
        matches!(self, Scheme::Https | Scheme::Http)
    }

    /// Whether nobody on the way can read along.
    #[must_use]
    pub fn is_tls(self) -> bool {
        matches!(self, Scheme::Https | Scheme::Tls)
    }

    /// Its name, as in an address.
    #[must_use]
    pub fn name(self) -> &'static str {
        SCHEMES.iter().find(|(_, scheme)| *scheme == self).map_or("", |(name, _)| *name)
    }

    fn port(self) -> Option<u16> {
        match self {
            Scheme::Https => Some(443),
            Scheme::Http => Some(80),
            Scheme::Tls | Scheme::Tcp => None,
        }
    }
}

/// Why a text is not an address, or not the one that is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: {what}; expected {expected}")]
pub struct AddressError {
    text: String,
    what: &'static str,
    /// What was expected.
    pub expected: &'static str,
}

impl AddressError {
    fn new(text: impl fmt::Display, what: &'static str, expected: &'static str) -> AddressError {
        AddressError { text: text.to_string(), what, expected }
    }
}

const EXPECTED: &str = "https://HOST[:PORT][/BASE], http://…, tls://HOST:PORT or tcp://HOST:PORT";

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// How bytes travel.
    pub scheme: Scheme,
    /// A name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What stands before the path of every request: empty, or `/base` without a slash at its end.
    pub base: String,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        let wrong = |what| AddressError::new(text, what, EXPECTED);
        let uri: Uri = text.parse().map_err(|_| wrong("this is not an address"))?;
        let named = |name| SCHEMES.iter().find(|(known, _)| *known == name);
        let (_, scheme) = uri
            .scheme_str()
            .and_then(named)
            .ok_or_else(|| wrong("there is no scheme that we speak"))?;
        let authority = uri.authority().ok_or_else(|| wrong("there is no host"))?;
        if authority.as_str().contains('@') {
            // Not shown: there may be a password in it.
            return Err(AddressError::new("…", "there is a user in it", EXPECTED));
        }
        if uri.query().is_some() {
            return Err(wrong("there is a query in it"));
        }
        let host = authority.host().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(wrong("there is no host"));
        }
        let port = match authority.port_u16() {
            Some(0) => return Err(wrong("nobody listens on port 0")),
            Some(port) => port,
            None => scheme.port().ok_or_else(|| wrong("there is no port"))?,
        };
        let base = uri.path().trim_end_matches('/');
        if !scheme.is_http() && !base.is_empty() {
            return Err(wrong("framed messages have no path"));
        }
        Ok(Address { scheme: *scheme, host: host.to_owned(), port, base: base.to_owned() })
    }

    /// Whether messages framed so, or requests, can be sent to it.
    pub(super) fn check(&self, frame: Option<&Frame>) -> Result<(), AddressError> {
        match (self.scheme.is_http(), frame) {
            (true, None) | (false, Some(_)) => Ok(()),
            (true, Some(_)) => Err(AddressError::new(
                self,
                "requests of HTTP are not framed",
                "tls://HOST:PORT or tcp://HOST:PORT, or no frame",
            )),
            (false, None) => Err(AddressError::new(
                self,
                "nobody knows where a message ends",
                "a frame, or https://HOST or http://HOST",
            )),
        }
    }

    /// Host and port, as a request names them.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.scheme.port() == Some(self.port) {
            true => host,
            false => format!("{host}:{}", self.port),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.name(), self.authority(), self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_shown_again() {
        for (text, shown) in [
            ("https://bank.example.com", "https://bank.example.com"),
            ("https://bank.example.com:443/", "https://bank.example.com"),
            ("http://127.0.0.1:9001/pay/", "http://127.0.0.1:9001/pay"),
            ("tcp://127.0.0.1:9002", "tcp://127.0.0.1:9002"),
            ("tls://[::1]:9003", "tls://[::1]:9003"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
        assert_eq!(Address::parse("tls://[::1]:9003").unwrap().host, "::1");
    }

    #[test]
    fn what_is_no_address_is_told() {
        for (text, what) in [
            ("", "not an address"),
            ("127.0.0.1", "no scheme"),
            ("ftp://host", "no scheme"),
            ("tcp://host", "no port"),
            ("tcp://host:0", "port 0"),
            ("tcp://host:1/path", "no path"),
            ("https://host/?a=1", "a query"),
            ("https://me:secret@host", "a user"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_address_fits_its_frame() {
        let http = Address::parse("http://host").unwrap();
        let tcp = Address::parse("tcp://host:1").unwrap();
        let frame =
            Frame { length: super::super::settings::Length::Digits(6), counts_itself: false };
        assert!(http.check(None).is_ok() && tcp.check(Some(&frame)).is_ok());
        assert!(http.check(Some(&frame)).is_err() && tcp.check(None).is_err());
    }
}
