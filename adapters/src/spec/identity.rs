//! Who a partner is: code, names, kind, zone, currency; and the small checked names that other sections use.

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Version of the specification format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Version(i64);

impl TryFrom<i64> for Version {
    type Error = String;
    fn try_from(number: i64) -> Result<Self, String> {
        match number {
            1 => Ok(Self(1)),
            other => Err(format!("specification version {other} is not known, expected 1")),
        }
    }
}

/// Code, names, zone and currency of a partner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The partner's code, also the name of its folder.
    pub code: PartnerCode,
    /// What kind of partner it is.
    pub kind: Kind,
    /// The scene that it belongs to; left out for a channel.
    pub scene: Option<Scene>,
    /// Names that people see.
    pub name: Names,
    /// The zone of its business dates.
    #[serde(default)]
    pub zone: Zone,
    /// ISO 4217 code of all its amounts.
    #[serde(default)]
    pub currency: Currency,
}

/// The kinds of partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Property company.
    Property,
    /// Utility, school or other payee whose own system we call.
    Biller,
    /// Channel of the bank.
    Channel,
    /// The bank's own core system, where customers' deposits are.
    Core,
}

impl Kind {
    /// Its name in a specification.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Biller => "biller",
            Self::Channel => "channel",
            Self::Core => "core",
        }
    }
}

/// The scenes that a partner can belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// Property fees.
    Property,
    /// Water, power, gas, heat, tuition.
    Utility,
}

/// A name in both languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Chinese.
    pub zh: Label,
    /// English.
    pub en: Label,
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $accepts:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&text) {
                    Ok(Self(text))
                } else {
                    Err(format!("`{}` is not accepted, expected {}", text.escape_debug(), $expected))
                }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(super) use checked_text;

checked_text!(
    /// Code of a partner.
    PartnerCode,
    |t| (2..=32).contains(&t.len()) && slug(t),
    "2 to 32 of a-z, 0-9 and -, not beginning or ending with -"
);
checked_text!(
    /// Code of a community, an item, a plan or a format within its partner.
    Code,
    |t| (1..=32).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_'),
    "1 to 32 of a-z, 0-9, - and _"
);
checked_text!(
    /// Code of an account of the books, such as `settlement:yunhe`.
    AccountCode,
    |t| t.len() <= 96 && t.contains(':') && t.split(':').all(|part| !part.is_empty() && slug(part)),
    "lower-case segments of a-z, 0-9 and - joined by `:`, such as `settlement:yunhe`"
);
checked_text!(
    /// A name for people, 1 to 60 characters without control characters.
    Label,
    |t| (1..=60).contains(&t.chars().count()) && t.trim() == t && !t.chars().any(char::is_control),
    "1 to 60 characters without control characters or spaces around them"
);
checked_text!(
    /// Three capital letters of ISO 4217.
    Currency,
    |t| t.len() == 3 && t.bytes().all(|b| b.is_ascii_uppercase()),
    "an ISO 4217 code such as CNY"
);

impl Default for Currency {
    fn default() -> Self {
        Self("CNY".to_owned())
    }
}

fn slug(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// An IANA time zone that exists in the installed zone data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// The zone of a partner that names none.
const ZONE: &str = "Asia/Shanghai";

impl Zone {
    /// The zone with these rules, which are those of an installed zone.
    #[must_use]
    pub fn of(rules: TimeZone) -> Zone {
        Zone(rules)
    }

    /// The zone's rules.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

impl TryFrom<String> for Zone {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        TimeZone::get(&name).map(Self).map_err(|_| {
            format!("`{name}` is not a known zone, expected an IANA name such as Asia/Shanghai")
        })
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.0.iana_name().unwrap_or(ZONE).to_owned()
    }
}

impl Default for Zone {
    /// Asia/Shanghai; where zone data are missing altogether, its offset, which has not changed since 1991.
    fn default() -> Self {
        Self(TimeZone::get(ZONE).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8))))
    }
}
