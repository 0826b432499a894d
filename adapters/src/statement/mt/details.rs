//! The information `:86:` of an entry. Free text is kept as it stands; the structured form of German banks
//! (`166?00GUTSCHRIFT?20EREF+…?32NAME`), which others have taken over, is taken apart.

use super::super::entry::{Entry, filled, named, numbered, reference};
use super::fields::Field;

/// Words that begin a part of the purpose, always at the start of a subfield.
const WORDS: [&str; 12] = [
    "EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "SVWZ+", "ABWA+", "ABWE+", "IBAN+", "BIC+",
    "PURP+", "MTLG:",
];

/// Adds to the entry what the field says of it.
pub(super) fn read(field: &Field, entry: &mut Entry) {
    match structured(&field.lines.concat()) {
        Some(subfields) => take_apart(&subfields, entry),
        None => {
            let text = field.lines.concat();
            if let Some(end_to_end) = between_slashes(&text, "EREF") {
                entry.references.end_to_end = reference(end_to_end);
            }
            entry.reversal |= between_slashes(&text, "RTRN").is_some();
            let mut lines: Vec<&str> = entry.description.iter().map(String::as_str).collect();
            lines.extend(field.lines.iter().map(String::as_str));
            entry.description = filled(&lines.join("\n"));
        }
    }
}

/// The subfields by their codes, if the text is structured: three digits and a separator that is repeated
/// before every code.
fn structured(text: &str) -> Option<Vec<(u8, String)>> {
    let code = text.get(..3)?;
    let separator = text[3..].chars().next()?;
    let right = code.bytes().all(|b| b.is_ascii_digit())
        && !separator.is_alphanumeric()
        && !separator.is_whitespace()
        && text[3..].split(separator).skip(1).all(|subfield| number(subfield).is_some());
    right.then(|| {
        let subfields = text[3..].split(separator).skip(1);
        subfields
            .filter_map(|subfield| Some((number(subfield)?, subfield[2..].to_owned())))
            .collect()
    })
}

/// Words that banks write between slashes, each followed by what it names (`/EREF/…/REMI/…`).
const SLASHED: [&str; 18] = [
    "ACCW", "BENM", "BIC", "CNTP", "CSID", "EREF", "IBAN", "ISDT", "KREF", "MARF", "NAME", "ORDP",
    "PREF", "PURP", "REMI", "RTRN", "TRTP", "ULTD",
];

/// What follows a word between slashes, up to the next such word, where the text begins with one of them.
fn between_slashes<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let after =
        |text: &'t str, word: &str| text.strip_prefix('/')?.strip_prefix(word)?.strip_prefix('/');
    let begins = |text: &'t str| SLASHED.iter().any(|word| after(text, word).is_some());
    let mut rest = Some(text).filter(|text| begins(text))?;
    loop {
        let found = after(rest, word);
        let value = &rest[1..];
        let end = value.match_indices('/').map(|(at, _)| at).find(|at| begins(&value[*at..]));
        match (found, end) {
            (Some(found), Some(end)) => return Some(&found[..found.len() + end - value.len()]),
            (Some(found), None) => return Some(found),
            (None, end) => rest = &value[end?..],
        }
    }
}

fn number(subfield: &str) -> Option<u8> {
    subfield.get(..2).filter(|code| code.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

fn take_apart(subfields: &[(u8, String)], entry: &mut Entry) {
    let joined = |codes: &[u8]| {
        let texts = subfields.iter().filter(|(code, _)| codes.contains(code));
        texts.map(|(_, text)| text.as_str()).collect::<String>()
    };
    if let Some(kind) = filled(&joined(&[0])) {
        // The type of the statement line stands beside the word.
        entry.kind_code = entry.kind.replace(kind);
    }
    entry.counterparty.name = named(&joined(&[32, 33]));
    entry.counterparty.account = numbered(&joined(&[31]));
    entry.counterparty.bank = filled(&joined(&[30]));
    let mut free = entry.description.take().unwrap_or_default();
    let mut word = "SVWZ+";
    let mut parts: Vec<(&str, String)> = Vec::new();
    for (code, text) in subfields {
        if !matches!(code, 20..=29 | 60..=63) {
            continue;
        }
        let begun = WORDS.into_iter().find(|word| text.starts_with(word));
        if let Some(begun) = begun {
            word = begun;
        }
        let text = begun.map_or(text.as_str(), |begun| &text[begun.len()..]);
        match parts.last_mut().filter(|(last, _)| *last == word && begun.is_none()) {
            Some((_, part)) => part.push_str(text),
            None => parts.push((word, text.to_owned())),
        }
    }
    for (word, text) in parts {
        match word {
            "EREF+" => entry.references.end_to_end = reference(&text),
            "MREF+" => entry.references.mandate = reference(&text),
            // The statement line says only that the reference stands here.
            "KREF+" => entry.references.ours = reference(&text),
            "SVWZ+" | "MTLG:" => {
                if !free.is_empty() {
                    free.push('\n');
                }
                free.push_str(text.trim());
            }
            _ => {}
        }
    }
    entry.description = filled(&free);
    if entry.references.ours.as_deref() == Some("KREF+") {
        entry.references.ours = None;
    }
}
