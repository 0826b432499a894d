//! Every way in which a signature can fail to convince us, each with its place and expectation.
//!
//! Syntax is a 400, a signature that does not convince is a 401. The sender is a developer with
//! a clock, a key and a proxy that may all be wrong, so a mismatch returns the signature base as
//! we rebuilt it: it holds nothing but the sender's own request, and comparing it with their own
//! finds the fault in a minute.

use http::{HeaderName, HeaderValue, StatusCode, header};

use super::key::Algorithm;
use crate::edge::problem::Problem;

/// The longest signature base that a refusal shows.
const BASE_SHOWN_BYTES_MAX: usize = 4_096;

/// What we ask for when a request comes without a signature, in the form of RFC 9421 section 5.
const ACCEPT_SIGNATURE: &str = "sig=(\"@method\" \"@target-uri\" \"content-digest\" \
                                \"content-type\" \"idempotency-key\");created;keyid";

/// Why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no signature at all, or only half of one.
    #[error("the request is not signed: {header} is missing")]
    Missing {
        /// The missing header.
        header: &'static str,
    },
    /// A header is not the structured field that it must be.
    #[error("{header} cannot be read: {reason}")]
    Malformed {
        /// The header.
        header: &'static str,
        /// The parser's words.
        reason: String,
    },
    /// A label stands in one of the two headers only.
    #[error("label {label} must be in Signature-Input and in Signature")]
    Unpaired {
        /// The label.
        label: String,
    },
    /// More signatures, or more components in one, than we are willing to look at.
    #[error("{found} {what} are more than {max}")]
    TooMany {
        /// Signatures or components.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many we take.
        max: usize,
    },
    /// The request does not say to whom it is sent.
    #[error("the request has no usable Host")]
    NoAuthority,
    /// A signature parameter that we do not know.
    #[error("signature parameter {parameter} is not known")]
    UnknownParameter {
        /// The parameter.
        parameter: String,
    },
    /// A signature parameter with a value of the wrong kind.
    #[error("signature parameter {parameter} has a wrong value")]
    BadParameter {
        /// The parameter.
        parameter: &'static str,
        /// What it should be.
        expected: String,
    },
    /// A signature parameter that we need.
    #[error("signature parameter {parameter} is missing")]
    MissingParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// A component identifier that we cannot take.
    #[error("component {component} cannot be covered: {reason}")]
    BadComponent {
        /// The identifier.
        component: String,
        /// Why not.
        reason: String,
    },
    /// The same component twice.
    #[error("component {component} is covered twice")]
    RepeatedComponent {
        /// The identifier.
        component: String,
    },
    /// A covered component that the message does not have.
    #[error("component {component} is covered but not in the message")]
    AbsentComponent {
        /// The identifier.
        component: String,
    },
    /// A component that must be covered and is not.
    #[error("the signature does not cover {component}, {because}")]
    Uncovered {
        /// The component.
        component: &'static str,
        /// Why it must be.
        because: &'static str,
    },
    /// A key identifier that is on no ring.
    #[error("no key {key_id} is known")]
    UnknownKey {
        /// The identifier.
        key_id: String,
    },
    /// The ring itself could not be asked.
    #[error("keys cannot be looked up at the moment")]
    KeyRingUnavailable {
        /// For the log.
        reason: String,
    },
    /// `alg` contradicts the key.
    #[error("the signature says {claimed}, but the key is for {bound}")]
    AlgorithmMismatch {
        /// What the message says.
        claimed: String,
        /// What the key's record says.
        bound: Algorithm,
    },
    /// Signed too long ago.
    #[error("the signature was created {age_seconds} s ago")]
    TooOld {
        /// How long ago.
        age_seconds: i64,
        /// The window.
        window_seconds: i64,
    },
    /// Signed in the future.
    #[error("the signature was created {ahead_seconds} s in the future")]
    FromTheFuture {
        /// How far.
        ahead_seconds: i64,
        /// The window.
        window_seconds: i64,
    },
    /// Past its own expiry.
    #[error("the signature expired {ago_seconds} s ago")]
    Expired {
        /// How long ago.
        ago_seconds: i64,
    },
    /// The mathematics says no.
    #[error("the signature does not match")]
    Mismatch {
        /// The base as we rebuilt it.
        base: String,
    },
    /// A body without Content-Digest.
    #[error("the request has a body but no Content-Digest")]
    DigestMissing,
    /// No algorithm in Content-Digest that we know.
    #[error("Content-Digest has no algorithm that we know")]
    DigestUnsupported,
    /// The body is not the body that was digested.
    #[error("Content-Digest does not match the body")]
    DigestMismatch {
        /// The algorithm of the member that failed.
        algorithm: &'static str,
        /// Content-Digest as it would be right.
        computed: String,
    },
    /// A key of ours that cannot sign. Never the sender's fault.
    #[error("signing failed: {reason}")]
    CannotSign {
        /// What went wrong.
        reason: String,
    },
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "signature_missing",
            Self::Malformed { .. } => "signature_malformed",
            Self::Unpaired { .. } => "signature_label_unpaired",
            Self::TooMany { .. } => "signature_too_large",
            Self::NoAuthority => "host_missing",
            Self::UnknownParameter { .. } => "signature_parameter_unknown",
            Self::BadParameter { .. } => "signature_parameter_invalid",
            Self::MissingParameter { .. } => "signature_parameter_missing",
            Self::BadComponent { .. } => "signature_component_invalid",
            Self::RepeatedComponent { .. } => "signature_component_repeated",
            Self::AbsentComponent { .. } => "signature_component_absent",
            Self::Uncovered { .. } => "signature_component_uncovered",
            Self::UnknownKey { .. } => "signature_key_unknown",
            Self::KeyRingUnavailable { .. } => "keys_unavailable",
            Self::AlgorithmMismatch { .. } => "signature_algorithm_mismatch",
            Self::TooOld { .. } => "signature_too_old",
            Self::FromTheFuture { .. } => "signature_from_the_future",
            Self::Expired { .. } => "signature_expired",
            Self::Mismatch { .. } => "signature_mismatch",
            Self::DigestMissing => "digest_missing",
            Self::DigestUnsupported => "digest_unsupported",
            Self::DigestMismatch { .. } => "digest_mismatch",
            Self::CannotSign { .. } => "internal_error",
        }
    }

    /// The HTTP status: 400 when it cannot be read, 401 when it does not convince.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed { .. }
            | Self::Unpaired { .. }
            | Self::TooMany { .. }
            | Self::NoAuthority
            | Self::UnknownParameter { .. }
            | Self::BadParameter { .. }
            | Self::BadComponent { .. }
            | Self::RepeatedComponent { .. }
            | Self::AbsentComponent { .. }
            | Self::DigestUnsupported => StatusCode::BAD_REQUEST,
            Self::KeyRingUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::CannotSign { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// Which part of the request is meant.
    pub fn place(&self) -> String {
        match self {
            Self::Missing { header } | Self::Malformed { header, .. } => format!("header {header}"),
            Self::Unpaired { label } => format!("header Signature-Input, label {label}"),
            Self::TooMany { .. } => "header Signature-Input".to_owned(),
            Self::NoAuthority => "header Host".to_owned(),
            Self::UnknownParameter { parameter } => parameter_place(parameter),
            Self::BadParameter { parameter, .. } | Self::MissingParameter { parameter } => {
                parameter_place(parameter)
            }
            Self::BadComponent { component, .. }
            | Self::RepeatedComponent { component }
            | Self::AbsentComponent { component } => {
                format!("header Signature-Input, component {component}")
            }
            Self::Uncovered { component, .. } => {
                format!("header Signature-Input, component \"{component}\"")
            }
            Self::UnknownKey { .. } => parameter_place("keyid"),
            Self::AlgorithmMismatch { .. } => parameter_place("alg"),
            Self::TooOld { .. } | Self::FromTheFuture { .. } => parameter_place("created"),
            Self::Expired { .. } => parameter_place("expires"),
            Self::Mismatch { .. } => "header Signature".to_owned(),
            Self::DigestMissing | Self::DigestUnsupported | Self::DigestMismatch { .. } => {
                "header Content-Digest".to_owned()
            }
            Self::KeyRingUnavailable { .. } | Self::CannotSign { .. } => "server".to_owned(),
        }
    }

    /// What was expected at that place.
    pub fn expected(&self) -> String {
        match self {
            Self::Missing { .. } => format!("an RFC 9421 signature, as in {ACCEPT_SIGNATURE}"),
            Self::Malformed { header, .. } => match *header {
                "Content-Digest" => "a dictionary of byte sequences, as in sha-256=:…:".to_owned(),
                "Signature" => "a dictionary of byte sequences, as in sig=:…:".to_owned(),
                "Signature-Input" => {
                    "a dictionary of inner lists, as in sig=(\"@method\");created=1".to_owned()
                }
                _ => "a structured field".to_owned(),
            },
            Self::Unpaired { label } => format!("{label} in both headers"),
            Self::TooMany { what, max, .. } => format!("at most {max} {what}"),
            Self::NoAuthority => "exactly one host name, with its port if there is one".to_owned(),
            Self::UnknownParameter { .. } => {
                "only created, expires, nonce, alg, keyid and tag".to_owned()
            }
            Self::BadParameter { expected, .. } => expected.clone(),
            Self::MissingParameter { parameter } => format!("{parameter}=…"),
            Self::BadComponent { .. } => "a component of RFC 9421 that this door knows".to_owned(),
            Self::RepeatedComponent { .. } => "each component once".to_owned(),
            Self::AbsentComponent { .. } => "only components that the message has".to_owned(),
            Self::Uncovered { component, .. } => format!("\"{component}\" among the components"),
            Self::UnknownKey { .. } => "the identifier of a key that we have registered".to_owned(),
            Self::AlgorithmMismatch { bound, .. } => format!("alg=\"{bound}\", or none"),
            Self::TooOld { window_seconds, .. } | Self::FromTheFuture { window_seconds, .. } => {
                format!("a time within {window_seconds} s of ours")
            }
            Self::Expired { .. } => "a time that is still to come".to_owned(),
            Self::Mismatch { .. } => {
                "the registered key's signature over exactly signature_base".to_owned()
            }
            Self::DigestMissing => "sha-256=:…: of the body".to_owned(),
            Self::DigestUnsupported => "sha-256 or sha-512".to_owned(),
            Self::DigestMismatch { computed, .. } => computed.clone(),
            Self::KeyRingUnavailable { .. } | Self::CannotSign { .. } => {
                "nothing that the sender can change".to_owned()
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let title = match refusal.status() {
            StatusCode::UNAUTHORIZED => "The request's signature does not convince",
            StatusCode::BAD_REQUEST => "The request's signature cannot be read",
            _ => "The request's signature cannot be judged now",
        };
        let mut problem = Problem::new(refusal.status(), refusal.code(), title)
            .with_detail(refusal.to_string())
            .at(refusal.place(), refusal.expected());
        if refusal.status() == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Signature realm=\"jiaozi\"");
            let wanted = HeaderValue::from_static(ACCEPT_SIGNATURE);
            problem = problem
                .with_header(header::WWW_AUTHENTICATE, challenge)
                .with_header(HeaderName::from_static("accept-signature"), wanted);
        }
        match refusal {
            Refusal::Mismatch { base } if base.len() <= BASE_SHOWN_BYTES_MAX => {
                problem.with("signature_base", base)
            }
            Refusal::KeyRingUnavailable { reason } => problem.retry_after(1).because(reason),
            Refusal::CannotSign { reason } => Problem::internal(reason),
            _ => problem,
        }
    }
}

fn parameter_place(parameter: &str) -> String {
    format!("header Signature-Input, parameter {parameter}")
}
