//! How a partner is called: over what, in which encoding and form, how much at once, how long we wait, and
//! what happens while an outcome is not known. What is said is in [`super::message`].

use serde::{Deserialize, Serialize};

use super::file_shape::Encoding;
use super::files::Files;
use super::message::{Cell, Codes, Field, FieldPath};
use super::signing::Signing;

/// The section `[outbound]`. What a line needs is empty where there is none.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "OutboundKeys")]
pub struct Outbound {
    /// Over what.
    pub transport: Transport,
    /// How characters become bytes, both ways.
    pub encoding: Encoding,
    /// The name of the encoding in an XML declaration, where it is another than that of `encoding`.
    pub declared: Option<Charset>,
    /// What our references look like.
    pub reference: ReferenceForm,
    /// What all our messages have in common.
    pub request: RequestForm,
    /// What all its answers have in common.
    pub answer: AnswerForm,
    /// How much at once.
    pub limits: Limits,
    /// How long we wait.
    pub timeouts: Timeouts,
    /// When we stop calling for a while.
    pub breaker: Breaker,
    /// What happens while an outcome is not known.
    pub schedule: Schedule,
    /// How messages are signed; none if they are not.
    pub signature: Option<Signing>,
    /// How it is told of payments and reversals by files; none if that is said in messages.
    pub files: Option<Files>,
}

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboundKeys {
    transport: Transport,
    #[serde(default)]
    encoding: Encoding,
    declared: Option<Charset>,
    reference: ReferenceForm,
    request: Option<RequestForm>,
    answer: Option<AnswerForm>,
    limits: Option<Limits>,
    timeouts: Option<Timeouts>,
    breaker: Option<Breaker>,
    schedule: Schedule,
    signature: Option<Signing>,
    files: Option<Files>,
}

impl TryFrom<OutboundKeys> for Outbound {
    type Error = String;
    fn try_from(keys: OutboundKeys) -> Result<Self, String> {
        let line = [
            ("request", keys.request.is_some()),
            ("answer", keys.answer.is_some()),
            ("limits", keys.limits.is_some()),
            ("timeouts", keys.timeouts.is_some()),
            ("breaker", keys.breaker.is_some()),
        ];
        let by_files = keys.transport == Transport::Files;
        for (name, present) in line {
            if by_files && present {
                return Err(format!("`{name}` does not apply to transport `files`"));
            }
            if !by_files && !present {
                return Err(format!("missing field `{name}`"));
            }
        }
        if by_files && keys.signature.is_some() {
            return Err("`signature` does not apply to transport `files`".to_owned());
        }
        if by_files && keys.files.is_none() {
            return Err("transport `files` needs [outbound.files]".to_owned());
        }
        Ok(Self {
            transport: keys.transport,
            encoding: keys.encoding,
            declared: keys.declared,
            reference: keys.reference,
            request: keys.request.unwrap_or_else(RequestForm::none),
            answer: keys.answer.unwrap_or_else(AnswerForm::none),
            limits: keys.limits.unwrap_or(Limits::NONE),
            timeouts: keys.timeouts.unwrap_or(Timeouts::NONE),
            breaker: keys.breaker.unwrap_or(Breaker::NONE),
            schedule: keys.schedule,
            signature: keys.signature,
            files: keys.files,
        })
    }
}

/// Over what a partner is called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "TransportKeys")]
pub enum Transport {
    /// Requests of HTTP over TLS.
    Https {
        /// `https://host` or `https://host:port`, without path.
        address: String,
        /// Value of the header `Content-Type`.
        content_type: String,
    },
    /// One message and one answer on a connection that is opened for them.
    Tcp {
        /// `host:port`.
        address: String,
        /// Whether the connection is encrypted.
        tls: bool,
        /// How the length of a message is told.
        frame: Frame,
    },
    /// No line: all that is said to it is in files.
    Files,
}

impl Transport {
    /// Where: `https://host[:port]`, `host:port`, or words for a mailbox.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Self::Https { address, .. } | Self::Tcp { address, .. } => address,
            Self::Files => "its mailbox",
        }
    }
}

/// A transport as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransportKeys {
    r#type: TransportType,
    address: Option<String>,
    content_type: Option<String>,
    tls: Option<bool>,
    frame: Option<Frame>,
}

/// The types of transports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportType {
    /// HTTP over TLS.
    Https,
    /// Short connections.
    Tcp,
    /// Files in mailboxes, and nothing else.
    Files,
}

/// A length before each message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// How the length is written.
    pub length: LengthForm,
    /// In how many bytes: digits of `digits`, bytes of `big_endian`.
    pub bytes: u8,
    /// Whether the length counts itself.
    #[serde(default)]
    pub counts_itself: bool,
}

/// How the length of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthForm {
    /// ASCII digits, filled with zeros.
    Digits,
    /// A binary number, the highest byte first.
    BigEndian,
}

/// Name of an encoding in an XML declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charset {
    /// UTF-8.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// GBK: GB18030 without its characters of four bytes.
    #[serde(rename = "GBK")]
    Gbk,
    /// GB2312, as which people declare GBK.
    #[serde(rename = "GB2312")]
    Gb2312,
    /// GB18030.
    #[serde(rename = "GB18030")]
    Gb18030,
}

impl Charset {
    /// That of an encoding.
    #[must_use]
    pub fn of(encoding: Encoding) -> Charset {
        match encoding {
            Encoding::Utf8 => Self::Utf8,
            Encoding::Gb18030 => Self::Gb18030,
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gbk => "GBK",
            Self::Gb2312 => "GB2312",
            Self::Gb18030 => "GB18030",
        }
    }

    /// How its characters become bytes.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        match self {
            Self::Utf8 => Encoding::Utf8,
            Self::Gbk | Self::Gb2312 | Self::Gb18030 => Encoding::Gb18030,
        }
    }
}

impl Outbound {
    /// The name of the encoding that an XML declaration has.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.declared.unwrap_or(Charset::of(self.encoding))
    }
}

/// What our references look like to this partner: a text and a number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceForm {
    /// What every reference begins with.
    #[serde(default)]
    pub prefix: String,
    /// How many digits follow; the number is filled with zeros.
    pub digits: u8,
}

impl ReferenceForm {
    /// The reference of a number that is never used twice; nothing if it needs more digits.
    #[must_use]
    pub fn write(&self, number: u64) -> Option<String> {
        let width = usize::from(self.digits);
        let digits = format!("{number:0width$}");
        (digits.len() == width).then(|| format!("{}{digits}", self.prefix))
    }

    /// Whether a text has this form.
    #[must_use]
    pub fn accepts(&self, reference: &str) -> bool {
        reference.strip_prefix(&self.prefix).is_some_and(|digits| {
            digits.len() == usize::from(self.digits) && digits.bytes().all(|b| b.is_ascii_digit())
        })
    }
}

/// What all our messages have in common.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestForm {
    /// In which form.
    pub body: BodyKind,
    /// The outermost element of XML.
    pub root: Option<FieldPath>,
    /// Fields before those of the message.
    #[serde(default)]
    pub head: Vec<Field>,
    /// Fields after those of the message.
    #[serde(default)]
    pub tail: Vec<Field>,
    /// HTTP headers besides `Content-Type`.
    #[serde(default)]
    pub headers: Vec<Field>,
}

impl RequestForm {
    /// That of somebody to whom no message is sent.
    fn none() -> Self {
        let (head, tail, headers) = (Vec::new(), Vec::new(), Vec::new());
        Self { body: BodyKind::Form, root: None, head, tail, headers }
    }
}

/// What all its answers have in common.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// In which form.
    pub body: BodyKind,
    /// The outermost element of XML.
    pub root: Option<FieldPath>,
    /// Fields before those of the message in a `fixed` body; left out: as in our messages.
    #[serde(default)]
    pub head: Vec<Cell>,
    /// Where the code stands.
    pub code: FieldPath,
    /// Where its explanation stands.
    pub text: Option<FieldPath>,
    /// What codes mean in every answer; those of a message come first.
    #[serde(default)]
    pub codes: Codes,
    /// What every answer repeats.
    #[serde(default)]
    pub echo: Vec<Field>,
    /// HTTP statuses besides 2xx whose bodies are read; with any other the outcome is unknown.
    #[serde(default)]
    pub also_read: Vec<u16>,
}

impl AnswerForm {
    /// That of somebody who answers no message.
    fn none() -> Self {
        Self {
            body: BodyKind::Form,
            root: None,
            head: Vec::new(),
            code: FieldPath::code(),
            text: None,
            codes: Codes::new(),
            echo: Vec::new(),
            also_read: Vec::new(),
        }
    }
}

/// The forms of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// Elements.
    Xml,
    /// An object.
    Json,
    /// `name=value` joined with `&`.
    Form,
    /// Fields of fixed lengths.
    Fixed,
}

/// How much at once. What is above waits for its turn, or is told that we are busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Calls without answer at the same time.
    pub in_flight_max: u32,
    /// Calls a minute.
    pub per_minute: u32,
    /// Calls a minute about the same customer number.
    pub per_customer_per_minute: Option<u32>,
}

impl Limits {
    /// Those of somebody who is not called.
    const NONE: Self = Self { in_flight_max: 1, per_minute: 1, per_customer_per_minute: None };
}

/// How long we wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// For a connection.
    pub connect_seconds: u32,
    /// For an answer; after that the outcome is unknown.
    pub answer_seconds: u32,
    /// How much longer a late answer is still listened for.
    pub late_seconds: u32,
}

impl Timeouts {
    /// Those of somebody who is not called.
    const NONE: Self = Self { connect_seconds: 1, answer_seconds: 1, late_seconds: 0 };
}

/// When we stop calling for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// After so many calls in a row without answer.
    pub failures: u32,
    /// For so long; then one call tries.
    pub pause_seconds: u32,
}

impl Breaker {
    /// That of somebody who is not called.
    const NONE: Self = Self { failures: 1, pause_seconds: 1 };
}

/// What happens while an outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Waits before each question for the outcome; after the last one a reversal begins, or where there is
    /// none the day's file decides.
    pub ask_after_seconds: Vec<u32>,
    /// Waits before each repeat of a reversal; the last one is repeated.
    #[serde(default)]
    pub reverse_after_seconds: Vec<u32>,
    /// After so many reversals without answer a person decides.
    pub reverse_attempts_max: Option<u32>,
    /// Whether a payment can be reversed.
    pub reversal: Reversal,
    /// What it means when the partner does not know our reference.
    pub not_found: NotFound,
}

/// Whether a payment can be reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reversal {
    /// Until the cut-off of its clearing date.
    UntilCutOff,
    /// Never.
    None,
}

/// What it means when the partner does not know our reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// It never will: the payment was not done.
    Final,
    /// Our message may still arrive.
    MayStillArrive,
}

impl TryFrom<TransportKeys> for Transport {
    type Error = String;
    fn try_from(keys: TransportKeys) -> Result<Self, String> {
        let misplaced = |name: &str, present: bool| {
            if present {
                Err(format!("`{name}` does not apply to this `type` of transport"))
            } else {
                Ok(())
            }
        };
        if keys.r#type == TransportType::Files {
            misplaced("address", keys.address.is_some())?;
            misplaced("content_type", keys.content_type.is_some())?;
            misplaced("tls", keys.tls.is_some())?;
            misplaced("frame", keys.frame.is_some())?;
            return Ok(Self::Files);
        }
        let address = keys.address.ok_or("this type of transport needs `address`")?;
        match keys.r#type {
            TransportType::Files => Ok(Self::Files),
            TransportType::Https => {
                misplaced("tls", keys.tls.is_some())?;
                misplaced("frame", keys.frame.is_some())?;
                let authority = address.strip_prefix("https://").unwrap_or_default();
                if !is_authority(authority) {
                    return Err(format!(
                        "`{}` is not accepted, expected https://host or https://host:port without path",
                        address.escape_debug()
                    ));
                }
                let content_type =
                    keys.content_type.ok_or("an https transport needs `content_type`")?;
                if !content_type.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                    return Err("expected plain ASCII characters in `content_type`".to_owned());
                }
                Ok(Self::Https { address, content_type })
            }
            TransportType::Tcp => {
                misplaced("content_type", keys.content_type.is_some())?;
                let port = address.rsplit_once(':').is_some_and(|(host, _)| !host.is_empty());
                if !port || !is_authority(&address) {
                    return Err(format!(
                        "`{}` is not accepted, expected host:port",
                        address.escape_debug()
                    ));
                }
                let tls = keys.tls.ok_or("a tcp transport needs `tls`, true or false")?;
                let frame = keys.frame.ok_or("a tcp transport needs `frame`")?;
                let most = match frame.length {
                    LengthForm::Digits => 8,
                    LengthForm::BigEndian => 4,
                };
                if !(1..=most).contains(&frame.bytes) {
                    return Err(format!("expected `frame.bytes` of 1 to {most}"));
                }
                Ok(Self::Tcp { address, tls, frame })
            }
        }
    }
}

/// `host` or `host:port`, a host of six or more groups in brackets.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, rest)) => (v6, rest),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(number) => number.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
    port && (1..=253).contains(&host.len()) && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(text: &str) -> Result<Transport, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_reference_has_its_prefix_and_all_its_digits() {
        let form = ReferenceForm { prefix: "JZ".to_owned(), digits: 4 };
        assert_eq!(form.write(42), Some("JZ0042".to_owned()));
        assert_eq!(form.write(9_999), Some("JZ9999".to_owned()));
        assert_eq!(form.write(10_000), None);
    }

    #[test]
    fn an_address_is_a_host_and_nothing_more() {
        let https = |address: &str| {
            transport(&format!("type = 'https'\naddress = '{address}'\ncontent_type = 'text/xml'"))
        };
        for right in ["https://pay.example", "https://pay.example:8443", "https://[::1]:9000"] {
            assert!(https(right).is_ok(), "{right}");
        }
        for wrong in [
            "http://pay.example",
            "https://",
            "https://a.example/path",
            "https://u@a.example",
            "https://a.example:0",
            "https://a.example:x",
            "a.example:1",
        ] {
            assert!(https(wrong).is_err(), "{wrong}");
        }
        let tcp = |address: &str, frame: &str| {
            transport(&format!("type = 'tcp'\naddress = '{address}'\ntls = false\nframe = {frame}"))
        };
        let six = "{ length = 'digits', bytes = 6 }";
        assert!(tcp("pay.example:9000", six).is_ok());
        assert!(tcp("pay.example", six).is_err());
        assert!(tcp(":9000", six).is_err());
        assert!(tcp("pay.example:9000", "{ length = 'digits', bytes = 9 }").is_err());
        assert!(tcp("pay.example:9000", "{ length = 'big_endian', bytes = 0 }").is_err());
    }
}
