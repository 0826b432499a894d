//! A whole answer: bytes into names and texts, the signature over them, and what they mean.

use std::collections::BTreeMap;

use super::due::due;
use super::signature::Signed;
use super::telling::{Incoming, Reading, Telling, Unreadable};
use super::tree::{Content, Level, Node, text_of};
use super::values::Said;
use super::{MESSAGE_BYTES_MAX, amount, encoding, file, fixed, form, json, xml};
use crate::spec::biller::Biller;
use crate::spec::fields::short_text;
use crate::spec::file_shape::Encoding;
use crate::spec::message::{
    AmountAt, Cell, Codes, Field, FieldPath, FieldSource, MessageAnswer, Outcome, Verb,
};
use crate::spec::outbound::BodyKind;
use crate::spec::raw_line::Found;
use crate::spec::signing::SignedAnswer;

/// The most characters of one value that is kept.
const KEPT_CHARACTERS_MAX: usize = 200;
/// The most values that are kept under one name.
const KEPT_VALUES_MAX: usize = 200;

/// What a biller's answer to a message means.
///
/// # Errors
/// The answer cannot be meant: its signature or form is wrong, it repeats another reference than ours, an
/// amount is none. It is no answer then, and the outcome is unknown.
pub fn read(
    biller: &Biller,
    telling: &Telling,
    incoming: &Incoming<'_>,
    secret: Option<&[u8]>,
) -> Result<Reading, Unreadable> {
    let form = &biller.outbound.answer;
    if let Some(status) = incoming.status
        && !(200..=299).contains(&status)
        && !form.also_read.contains(&status)
    {
        return Ok(Reading { code: format!("HTTP {status}"), ..nothing_more(Outcome::Unknown) });
    }
    if incoming.body.len() > MESSAGE_BYTES_MAX {
        let found = Found::text(&format!("{} bytes", incoming.body.len()));
        return Err(Unreadable::new("body", found, format!("at most {MESSAGE_BYTES_MAX} bytes")));
    }
    let message = biller.messages.of(telling.verb).ok_or_else(|| {
        Unreadable::new(telling.verb.as_str(), Found::Nothing, "a message of this biller")
    })?;
    let answer = Answer { biller, own: &message.answer };
    let parsed = answer.parsed(incoming.body)?;
    let level = Level(&parsed.nodes);
    answer.signed(incoming, &parsed, secret)?;
    let said = Said { message, telling };
    for echo in &form.echo {
        repeats(level, echo, said, true)?;
    }
    let code = level.needed(&form.code)?;
    let by_code = meaning(code, [&message.answer.codes, &form.codes]);
    let by_code = by_code.unwrap_or(message.answer.otherwise);
    let done = matches!(by_code, Outcome::Done | Outcome::Reversed);
    if done && !parsed.whole {
        let wanted = fixed::width(&message.answer.fields);
        return Err(Unreadable::new("body", Found::Nothing, format!("{wanted} bytes")));
    }
    for echo in &message.answer.echo {
        repeats(level, echo, said, done)?;
    }
    let mut reading = Reading {
        code: short_text(code, 60)
            .map_err(|expected| Unreadable::new(form.code.as_str(), Found::text(code), expected))?,
        message: form.text.as_ref().map(|path| level.text(path)).transpose()?.flatten().map(shown),
        amount: message.answer.amount.as_ref().map(|at| optional(level, at)).transpose()?.flatten(),
        their_reference: theirs(level, &message.answer)?,
        ..nothing_more(by_code)
    };
    if let (Outcome::Done, Some(status)) = (by_code, &message.answer.status) {
        let word = level.needed(&status.name)?;
        reading.outcome = meaning(word, [&status.map]).unwrap_or_default();
    }
    match (telling.verb, reading.outcome) {
        (Verb::Query, Outcome::Done) => {
            reading.due = due(level, &message.answer)?;
            match reading.due {
                Some(_) => reading.carried = carried(level, &message.answer.carry)?,
                None => reading.outcome = Outcome::NothingDue,
            }
        }
        (Verb::Reversal, Outcome::Done) => reading.outcome = Outcome::Reversed,
        (Verb::DayFile, Outcome::Done) => reading.file = Some(file::part(biller, level, said)?),
        _ => {}
    }
    Ok(reading)
}

fn nothing_more(outcome: Outcome) -> Reading {
    Reading {
        outcome,
        code: String::new(),
        message: None,
        amount: None,
        carried: BTreeMap::new(),
        their_reference: None,
        due: None,
        file: None,
    }
}

fn meaning<const N: usize>(word: &str, tables: [&Codes; N]) -> Option<Outcome> {
    tables.into_iter().find_map(|table| table.get(word)).copied()
}

/// An explanation as it may be kept: on one line, not too long.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(KEPT_CHARACTERS_MAX).collect()
}

fn theirs(level: Level<'_>, answer: &MessageAnswer) -> Result<Option<String>, Unreadable> {
    let Some(path) = &answer.their_reference else {
        return Ok(None);
    };
    level.text(path)?.map(|text| kept(text, path)).transpose()
}

fn kept(text: &str, path: &FieldPath) -> Result<String, Unreadable> {
    let found = || Found::Masked { characters: text.chars().count() };
    short_text(text, KEPT_CHARACTERS_MAX)
        .map_err(|expected| Unreadable::new(path.as_str(), found(), expected))
}

fn optional(
    level: Level<'_>,
    at: &AmountAt,
) -> Result<Option<jiaozi_ledger::money::Fen>, Unreadable> {
    match level.one(&at.name)? {
        Some(Content::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(content) => amount::read(content, at).map(Some),
        None => Ok(None),
    }
}

fn carried<K: ToString>(
    level: Level<'_>,
    carry: &BTreeMap<K, FieldPath>,
) -> Result<BTreeMap<String, String>, Unreadable> {
    let mut carried = BTreeMap::new();
    for (name, path) in carry {
        let found = level.all(path);
        if found.is_empty() || found.len() > KEPT_VALUES_MAX {
            let times = Found::text(&format!("it {} times", found.len()));
            return Err(Unreadable::new(
                path.as_str(),
                times,
                format!("it 1 to {KEPT_VALUES_MAX} times, for later messages need it"),
            ));
        }
        let texts: Vec<String> = found
            .into_iter()
            .map(|content| kept(text_of(content, path)?, path))
            .collect::<Result<_, _>>()?;
        carried.insert(name.to_string(), texts.join("\n"));
    }
    Ok(carried)
}

/// Whether an answer repeats what we sent; where it need not, it may leave it out.
fn repeats(level: Level<'_>, echo: &Field, said: Said<'_>, needed: bool) -> Result<(), Unreadable> {
    let place = echo.name.as_str();
    let Some(text) = level.text(&echo.name)? else {
        return if needed {
            Err(Unreadable::new(place, Found::Nothing, "what we sent"))
        } else {
            Ok(())
        };
    };
    let sent = said.value(echo).map_err(|error| {
        Unreadable::new(place, Found::text(text), format!("what we sent, but {error}"))
    })?;
    let same = match (echo.source, echo.unit, level.one(&echo.name)?) {
        (Some(FieldSource::Amount), Some(unit), Some(content)) => {
            let at = AmountAt { name: echo.name.clone(), unit, full_width: false };
            Some(amount::read(content, &at)?) == said.telling.amount
        }
        _ => text == sent.text(),
    };
    if same {
        return Ok(());
    }
    // A customer number says who somebody is.
    let personal = echo.source == Some(FieldSource::Customer);
    let (found, expected) = if personal {
        (Found::Masked { characters: text.chars().count() }, "what we sent".to_owned())
    } else {
        (Found::text(text), format!("`{}`, as we sent it", sent.text()))
    };
    Err(Unreadable::new(place, found, expected))
}

/// An answer taken apart.
struct Parsed {
    nodes: Vec<Node>,
    /// Where what follows a `fixed` head begins.
    after_head: usize,
    /// Whether the fields of the message are there.
    whole: bool,
}

/// How one answer is read.
struct Answer<'a> {
    biller: &'a Biller,
    own: &'a MessageAnswer,
}

impl Answer<'_> {
    fn encoding(&self) -> Encoding {
        self.biller.outbound.encoding
    }

    fn parsed(&self, body: &[u8]) -> Result<Parsed, Unreadable> {
        let form = &self.biller.outbound.answer;
        if form.body == BodyKind::Fixed {
            return self.fixed(body);
        }
        let text = encoding::decode(body, self.encoding()).map_err(|expected| {
            Unreadable::new("body", Found::text("bytes that are no text"), expected)
        })?;
        let root = self.own.root.as_ref().or(form.root.as_ref());
        let nodes = match form.body {
            BodyKind::Xml => xml::read(&text, root, self.encoding())?,
            BodyKind::Json => json::read(&text)?,
            BodyKind::Form | BodyKind::Fixed => form::read(&text, self.encoding())?,
        };
        Ok(Parsed { nodes, after_head: 0, whole: true })
    }

    /// A `fixed` answer that did not succeed may end after its head.
    fn fixed(&self, body: &[u8]) -> Result<Parsed, Unreadable> {
        let outbound = &self.biller.outbound;
        let head: Vec<Cell> = if outbound.answer.head.is_empty() {
            fixed::cells_of(&outbound.request.head)
        } else {
            outbound.answer.head.clone()
        };
        let after_head = fixed::width(&head).min(body.len());
        let (first, rest) = body.split_at(after_head);
        let mut nodes = fixed::read("head", &head, first, self.encoding())?;
        let whole = !rest.is_empty() || self.own.fields.is_empty();
        if !rest.is_empty() {
            nodes.extend(fixed::read("body", &self.own.fields, rest, self.encoding())?);
        }
        Ok(Parsed { nodes, after_head, whole })
    }

    fn signed(
        &self,
        incoming: &Incoming<'_>,
        parsed: &Parsed,
        secret: Option<&[u8]>,
    ) -> Result<(), Unreadable> {
        let Some(signing) = &self.biller.outbound.signature else {
            return Ok(());
        };
        let Some(answer) = &signing.answer else {
            return Ok(());
        };
        let place = self.signature_place(answer);
        let wrong =
            |found: &str, expected: &str| Unreadable::new(&place, Found::text(found), expected);
        let secret =
            secret.ok_or_else(|| wrong("no secret", &format!("the secret `{}`", signing.key)))?;
        let level = Level(&parsed.nodes);
        let header = |name: &str| {
            let mut found = incoming.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let stated = match (&answer.header, &answer.field) {
            (Some(name), _) => header(name.as_str()),
            (None, Some(path)) => level.text(path)?.unwrap_or_default().to_owned(),
            (None, None) => String::new(),
        };
        let charset = self.biller.outbound.charset();
        // Only single texts count: a field that is there twice would be signed once.
        let field = |name: &str| {
            let path = FieldPath::try_from(name.to_owned()).ok();
            let text = path.and_then(|path| level.text(&path).ok().flatten()).unwrap_or_default();
            encoding::encode(text, charset).unwrap_or_default()
        };
        let over = answer.over.as_ref().unwrap_or(&signing.over);
        let right = Signed {
            body: &incoming.body[parsed.after_head..],
            method: "",
            path: "",
            header: &header,
            field: &field,
        }
        .is_right(signing.algorithm, over, secret, &stated);
        if right { Ok(()) } else { Err(wrong(&stated, "the signature of this answer")) }
    }

    fn signature_place(&self, answer: &SignedAnswer) -> String {
        match (&answer.header, &answer.field) {
            (Some(name), _) => format!("header {name}"),
            (None, Some(path)) => path.as_str().to_owned(),
            (None, None) => "signature".to_owned(),
        }
    }
}
