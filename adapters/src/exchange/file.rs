//! The file of a day within an answer, whole or in parts, or the name under which it lies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encoding;
use super::telling::{FilePart, Unreadable};
use super::tree::{Content, Level};
use super::values::Said;
use crate::spec::biller::Biller;
use crate::spec::fields::short_text;
use crate::spec::message::{ContentForm, FieldPath, FileAt};
use crate::spec::outbound::Charset;
use crate::spec::raw_line::Found;

/// No file comes in more parts.
const PARTS_MAX: u32 = 10_000;

/// The longest name of a file.
const NAME_CHARACTERS_MAX: usize = 100;

/// What an answer has of the file that was asked for.
///
/// # Errors
/// It has nothing, another part, or something that cannot be its content.
pub(super) fn part(
    biller: &Biller,
    level: Level<'_>,
    said: Said<'_>,
) -> Result<FilePart, Unreadable> {
    let missing = || Unreadable::new("file", Found::Nothing, "where the answer has the file");
    let at = said.message.answer.file.as_ref().ok_or_else(missing)?;
    if let Some(path) = &at.name {
        let name = level.needed(path)?;
        let refuse = |expected| Unreadable::new(path.as_str(), Found::text(name), expected);
        let short = short_text(name, NAME_CHARACTERS_MAX).map_err(refuse)?;
        return Ok(FilePart::Named(short));
    }
    let wanted = said.telling.part;
    let parts = match &at.parts {
        Some(path) => number(level, path)?,
        None => 1,
    };
    if let Some(path) = &at.part {
        let told = number(level, path)?;
        if told != wanted {
            let expected = format!("{wanted}, the part that was asked for");
            return Err(Unreadable::new(path.as_str(), Found::text(&told.to_string()), expected));
        }
    }
    if let Some(path) = at.parts.as_ref().filter(|_| parts < wanted) {
        let expected = format!("at least {wanted}, for so many were asked for");
        return Err(Unreadable::new(path.as_str(), Found::text(&parts.to_string()), expected));
    }
    Ok(FilePart::Content { bytes: content(biller, level, at)?, parts })
}

fn number(level: Level<'_>, path: &FieldPath) -> Result<u32, Unreadable> {
    let text = level.needed(path)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && (1..=PARTS_MAX).contains(number));
    let expected = || format!("a number of 1 to {PARTS_MAX}");
    number.ok_or_else(|| Unreadable::new(path.as_str(), Found::text(text), expected()))
}

/// The bytes of the file. What stands there as it is becomes the bytes of the file's own encoding.
fn content(biller: &Biller, level: Level<'_>, at: &FileAt) -> Result<Vec<u8>, Unreadable> {
    let missing = || Unreadable::new("file.content", Found::Nothing, "a field with the content");
    let path = at.content.as_ref().ok_or_else(missing)?;
    let masked = |text: &str| Found::Masked { characters: text.chars().count() };
    let text = match level.one(path)? {
        Some(Content::Text(text) | Content::Number(text)) => text.as_str(),
        Some(_) => {
            let found = Found::text("other fields");
            return Err(Unreadable::new(path.as_str(), found, "the content as a text"));
        }
        None => return Err(Unreadable::new(path.as_str(), Found::Nothing, "the content")),
    };
    let compact = || text.split_ascii_whitespace().collect::<String>();
    let refuse = |expected: &str| Unreadable::new(path.as_str(), masked(text), expected);
    match at.form {
        ContentForm::Plain => {
            let own = biller.statement.as_ref().map(|statement| statement.file.encoding());
            let charset = own.flatten().map_or(biller.outbound.charset(), Charset::of);
            let foreign = || refuse("characters that the encoding of the file has");
            encoding::encode(text, charset).map_err(|_| foreign())
        }
        ContentForm::Base64 => STANDARD.decode(compact()).map_err(|_| refuse("base64")),
        ContentForm::Hex => hex::decode(compact()).map_err(|_| refuse("hexadecimal digits")),
    }
}
