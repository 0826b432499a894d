//! How a partner proves who it is, what it may ask for, and where it hears from us.
//! Keys themselves are not here: a specification names them, the database keeps them.

use serde::{Deserialize, Serialize};

use super::identity::{Code, Kind};

/// Authentication and scopes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// What the partner may ask for.
    pub scopes: Vec<Scope>,
    /// HTTP message signatures with these keys.
    pub signature: Option<Signature>,
    /// Mutual TLS with these certificates.
    pub mutual_tls: Option<MutualTls>,
    /// Whether every signed request must carry a nonce that was not seen before.
    #[serde(default)]
    pub require_nonce: bool,
}

/// HTTP message signatures (RFC 9421).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Identifiers of the keys that may sign.
    pub key_ids: Vec<Code>,
}

/// Mutual TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MutualTls {
    /// SHA-256 of each accepted certificate.
    pub certificate_sha256: Vec<Fingerprint>,
}

/// SHA-256 of a certificate, 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let digits = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(digits) {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not accepted, expected 64 lower-case hexadecimal digits"))
        }
    }
}

/// One thing that a partner may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Publish and change what is due.
    Publish,
    /// Withdraw what is due.
    Withdraw,
    /// Send rosters.
    Roster,
    /// Send and fetch files.
    Files,
    /// Read orders of its own bills.
    Orders,
    /// Look up what is due.
    Query,
    /// Ask for a binding amount.
    Quote,
    /// Order a debit of a payer that it has authenticated.
    Pay,
    /// Cancel an order that is not done.
    Cancel,
    /// Give money back.
    Refund,
    /// Read a payer's accounts.
    Accounts,
    /// Record a payer's consent or refusal.
    Consent,
    /// Sign, change, suspend and revoke mandates for a payer.
    Mandates,
    /// Send files of claims under mandates, and fetch their results.
    Withhold,
}

impl Scope {
    /// Whether a partner of this kind can have the scope. A payee can publish what is due, never take it.
    #[must_use]
    pub fn suits(self, kind: Kind) -> bool {
        match self {
            Self::Publish | Self::Withdraw | Self::Roster => kind == Kind::Property,
            Self::Files | Self::Orders => matches!(kind, Kind::Property | Kind::Biller),
            Self::Quote
            | Self::Pay
            | Self::Cancel
            | Self::Accounts
            | Self::Consent
            | Self::Mandates => kind == Kind::Channel,
            Self::Withhold => kind == Kind::Biller,
            Self::Query | Self::Refund => kind != Kind::Core,
        }
    }
}

/// Notices to the partner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where notices go.
    pub url: WebhookUrl,
    /// Which notices.
    pub events: Vec<WebhookEvent>,
}

/// An https address; plain http only to this machine, for trials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WebhookUrl {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", ""));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let clean = !host.is_empty()
            && !authority.contains('@')
            && text.len() <= 500
            && text.bytes().all(|b| b.is_ascii_graphic());
        let local = matches!(host, "localhost" | "127.0.0.1" | "::1");
        match scheme {
            "https" if clean => Ok(Self(text)),
            "http" if clean && local => Ok(Self(text)),
            _ => Err(format!(
                "`{}` is not accepted, expected https://host/path without a user name (http only to this machine)",
                text.escape_debug()
            )),
        }
    }
}

/// What a partner can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WebhookEvent {
    /// A bill was paid, whole or in part.
    #[serde(rename = "bill.paid")]
    BillPaid,
    /// Money of a bill went back to its payer.
    #[serde(rename = "bill.refunded")]
    BillRefunded,
    /// A payment was taken back before its day was closed.
    #[serde(rename = "bill.cancelled")]
    BillCancelled,
    /// Months were paid ahead.
    #[serde(rename = "prepay.paid")]
    PrepayPaid,
    /// A file was taken in, with its results.
    #[serde(rename = "file.imported")]
    FileImported,
    /// The day was closed.
    #[serde(rename = "day.closed")]
    DayClosed,
    /// Money was paid to the partner's account.
    #[serde(rename = "payout.settled")]
    PayoutSettled,
    /// The bank's core has not paid it, and it waits again.
    #[serde(rename = "payout.rejected")]
    PayoutRejected,
    /// A payout was prepared; the bank's core is told next.
    #[serde(rename = "payout.prepared")]
    PayoutPrepared,
    /// A payer was debited under a mandate; tells the channel through which it was signed.
    #[serde(rename = "payment.withheld")]
    PaymentWithheld,
    /// What a payment has come to of which nobody knew when it was ordered: paid, refused or reversed; tells the
    /// channel that ordered it.
    #[serde(rename = "payment.ended")]
    PaymentEnded,
    /// Money of a payment to a biller went back to its payer; tells the payer's channel.
    #[serde(rename = "payment.refunded")]
    PaymentRefunded,
    /// Every line of a file of claims was presented.
    #[serde(rename = "withholding.done")]
    WithholdingDone,
}
