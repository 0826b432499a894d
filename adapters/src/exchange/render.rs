//! A whole message: values into fields, fields into a body, and the signature over it.

use super::encoding;
use super::signature::Signed;
use super::telling::{Outgoing, Telling, Unsayable};
use super::values::{Said, Value};
use super::{MESSAGE_BYTES_MAX, fixed, form, json, xml};
use crate::spec::biller::Biller;
use crate::spec::message::{Field, FieldPath, Message, MessageAnswer, Method, Under, Verb};
use crate::spec::outbound::{BodyKind, Charset, Transport};
use crate::spec::request_path::{FilePath, FilePiece, PathPiece};

/// The message that says something to a biller. The same telling gives the same bytes.
///
/// # Errors
/// The biller has no such message, a value that it needs is missing or does not fit, or there is no secret
/// to sign with. Nothing may be sent then.
pub fn render(
    biller: &Biller,
    telling: &Telling,
    secret: Option<&[u8]>,
) -> Result<Outgoing, Unsayable> {
    let verb = telling.verb;
    let message = biller
        .messages
        .of(verb)
        .ok_or_else(|| Unsayable::new(verb.as_str(), "this biller has no such message"))?;
    let said = Said { message, telling };
    suits(biller, said)?;
    let request = &biller.outbound.request;
    let root = message.root.as_ref().or(request.root.as_ref());
    let mut parts = Parts {
        kind: request.body,
        root: root.map_or("", FieldPath::as_str),
        charset: biller.outbound.charset(),
        headers: said.values(&request.headers)?,
        head: said.values(&request.head)?,
        rest: said.values(&message.fields)?,
    };
    parts.rest.extend(said.values(&request.tail)?);
    let https = matches!(biller.outbound.transport, Transport::Https { .. });
    let method = message.method.unwrap_or(Method::Post);
    let get = https && method == Method::Get;
    let path = match &message.path {
        Some(path) => address(path.pieces(), said, parts.charset)?,
        None => String::new(),
    };
    let path_of = |body: &[u8]| {
        if get { format!("{path}?{}", String::from_utf8_lossy(body)) } else { path.clone() }
    };
    if biller.outbound.signature.is_some() {
        let unsigned = parts.body()?;
        let signed =
            if parts.kind == BodyKind::Fixed { parts.after_head()? } else { unsigned.clone() };
        let signed = if get { Vec::new() } else { signed };
        let signature = parts.sign(biller, method, &path_of(&unsigned), &signed, secret)?;
        parts.put(&signature);
    }
    let body = parts.body()?;
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(Unsayable::new(verb.as_str(), format!("at most {MESSAGE_BYTES_MAX} bytes")));
    }
    Ok(Outgoing {
        method: method.as_str(),
        path: path_of(&body),
        headers: headers(biller, &parts, get)?,
        body: if get { Vec::new() } else { body },
    })
}

/// The request for a file that lies at the biller's address: a GET with the headers and the signature of its
/// messages, and without their fields. The day is as it is written in the name.
///
/// # Errors
/// A value that is needed is missing or does not fit, or there is no secret to sign with.
pub fn render_get(
    biller: &Biller,
    path: &FilePath,
    (day, name): (&str, &str),
    telling: &Telling,
    secret: Option<&[u8]>,
) -> Result<Outgoing, Unsayable> {
    let message = Message {
        code: None,
        method: Some(Method::Get),
        path: None,
        root: None,
        reference: Under::Own,
        fields: Vec::new(),
        answer: MessageAnswer::default(),
    };
    let said = Said { message: &message, telling };
    suits(biller, said)?;
    let charset = biller.outbound.charset();
    let escaped = |text: &str| {
        form::escape(text, charset).map_err(|c| Unsayable::new("path", foreign(c, charset)))
    };
    let mut at = String::new();
    for piece in path.pieces() {
        match piece {
            FilePiece::Literal(text) => at.push_str(text),
            FilePiece::Date => at.push_str(&escaped(day)?),
            FilePiece::Name => at.push_str(&escaped(name)?),
        }
    }
    let mut parts = Parts {
        kind: biller.outbound.request.body,
        root: "",
        charset,
        headers: said.values(&biller.outbound.request.headers)?,
        head: Vec::new(),
        rest: Vec::new(),
    };
    if biller.outbound.signature.is_some() {
        let signature = parts.sign(biller, Method::Get, &at, &[], secret)?;
        parts.put(&signature);
    }
    let headers = headers(biller, &parts, true)?;
    Ok(Outgoing { method: Method::Get.as_str(), path: at, headers, body: Vec::new() })
}

/// What a foreign character is called in errors.
pub(super) fn foreign(character: char, charset: Charset) -> String {
    format!("{} does not have U+{:04X}", charset.as_str(), u32::from(character))
}

/// Values that a biller never accepts are not sent.
fn suits(biller: &Biller, said: Said<'_>) -> Result<(), Unsayable> {
    let Telling { customer, reference, original, .. } = said.telling;
    // A question for a file is about nobody.
    if said.telling.verb != Verb::DayFile && !biller.customer.accepts(customer) {
        let expected = format!("expected {}", biller.customer.expected());
        return Err(Unsayable::new("customer", expected));
    }
    let form = &biller.outbound.reference;
    let references = std::iter::once(reference).chain(original.iter().map(|o| &o.reference));
    for reference in references {
        if !form.accepts(reference) {
            let expected = format!("expected `{}` and {} digits", form.prefix, form.digits);
            return Err(Unsayable::new("reference", expected));
        }
    }
    Ok(())
}

fn address(pieces: &[PathPiece], said: Said<'_>, charset: Charset) -> Result<String, Unsayable> {
    let mut out = String::new();
    for piece in pieces {
        let text = match piece {
            PathPiece::Literal(text) => {
                out.push_str(text);
                continue;
            }
            PathPiece::Customer => &said.telling.customer,
            PathPiece::Reference => said.reference()?,
            PathPiece::OriginalReference => &said.original()?.reference,
        };
        let text = form::escape(text, charset);
        out.push_str(&text.map_err(|c| Unsayable::new("path", foreign(c, charset)))?);
    }
    Ok(out)
}

fn headers(
    biller: &Biller,
    parts: &Parts<'_>,
    get: bool,
) -> Result<Vec<(String, String)>, Unsayable> {
    let mut headers = Vec::new();
    if let Transport::Https { content_type, .. } = &biller.outbound.transport
        && !get
    {
        headers.push(("Content-Type".to_owned(), content_type.clone()));
    }
    for (field, value) in &parts.headers {
        let text = value.text();
        if !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            return Err(Unsayable::new(field.name.as_str(), "expected ASCII in a header"));
        }
        headers.push((field.name.as_str().to_owned(), text));
    }
    Ok(headers)
}

/// The parts of a message while it is made.
struct Parts<'a> {
    kind: BodyKind,
    root: &'a str,
    charset: Charset,
    headers: Vec<(&'a Field, Value)>,
    head: Vec<(&'a Field, Value)>,
    rest: Vec<(&'a Field, Value)>,
}

impl Parts<'_> {
    fn body(&self) -> Result<Vec<u8>, Unsayable> {
        let all: Vec<(&Field, Value)> =
            self.head.iter().chain(&self.rest).map(|(f, v)| (*f, v.clone())).collect();
        let text = match self.kind {
            BodyKind::Fixed => return fixed::write(&all, self.charset),
            BodyKind::Xml => xml::write(self.root, &all, self.charset),
            BodyKind::Json => json::write(&all),
            BodyKind::Form => form::write(&all, self.charset)?,
        };
        encoding::encode(&text, self.charset).map_err(|character| {
            // Which field it is in is found only when something is wrong.
            let place = all.iter().find(|(_, value)| value.text().contains(character));
            let place = place.map_or("body", |(field, _)| field.name.as_str());
            Unsayable::new(place, foreign(character, self.charset))
        })
    }

    fn after_head(&self) -> Result<Vec<u8>, Unsayable> {
        fixed::write(&self.rest, self.charset)
    }

    fn header(&self, name: &str) -> String {
        let mut found =
            self.headers.iter().filter(|(f, _)| f.name.as_str().eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.text()).unwrap_or_default()
    }

    /// The body has been written by now, so the encoding has all its characters.
    fn field(&self, name: &str) -> Vec<u8> {
        let mut found = self.head.iter().chain(&self.rest).filter(|(f, _)| f.name.as_str() == name);
        let text = found.next().map(|(_, value)| value.text()).unwrap_or_default();
        encoding::encode(&text, self.charset).unwrap_or_default()
    }

    /// The signature over a body and the rest of a message; empty where messages are not signed.
    fn sign(
        &self,
        biller: &Biller,
        method: Method,
        path: &str,
        body: &[u8],
        secret: Option<&[u8]>,
    ) -> Result<String, Unsayable> {
        let Some(signing) = &biller.outbound.signature else { return Ok(String::new()) };
        let missing = || Unsayable::new("signature", format!("no secret `{}`", signing.key));
        Signed {
            body,
            method: method.as_str(),
            path,
            header: &|name| self.header(name),
            field: &|name| self.field(name),
        }
        .sign(signing, secret.ok_or_else(missing)?)
        .ok_or_else(|| Unsayable::new("signature", "this secret cannot be used"))
    }

    fn put(&mut self, signature: &str) {
        for (_, value) in self.headers.iter_mut().chain(&mut self.head).chain(&mut self.rest) {
            if *value == Value::Signature {
                *value = Value::Text(signature.to_owned());
            }
        }
    }
}
