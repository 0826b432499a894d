//! Bodies of fields with fixed lengths in bytes.

use super::encoding;
use super::telling::{Unreadable, Unsayable};
use super::tree::{Content, Node};
use super::values::Value;
use crate::spec::day_file::Align;
use crate::spec::file_shape::Encoding;
use crate::spec::message::{Cell, Field};
use crate::spec::outbound::Charset;
use crate::spec::raw_line::Found;

/// The bytes of fields in their order.
pub(super) fn write(fields: &[(&Field, Value)], charset: Charset) -> Result<Vec<u8>, Unsayable> {
    let mut out = Vec::new();
    for (field, value) in fields {
        let wrong = |problem: String| Unsayable::new(field.name.as_str(), problem);
        let text = encoding::encode(&value.text(), charset)
            .map_err(|foreign| wrong(super::render::foreign(foreign, charset)))?;
        let width = field.bytes.map_or(0, size);
        let fill = width
            .checked_sub(text.len())
            .ok_or_else(|| wrong(format!("{} bytes, expected at most {width}", text.len())))?;
        let pad = std::iter::repeat_n(pad(field.pad), fill);
        match field.align {
            Align::Left => {
                out.extend(text);
                out.extend(pad);
            }
            Align::Right => {
                out.extend(pad);
                out.extend(text);
            }
        }
    }
    Ok(out)
}

/// How an answer's head is laid out where it is like ours.
pub(super) fn cells_of(fields: &[Field]) -> Vec<Cell> {
    let cell = |field: &Field| Cell {
        name: field.name.clone(),
        bytes: field.bytes.unwrap_or(0),
        align: field.align,
        pad: field.pad,
    };
    fields.iter().map(cell).collect()
}

/// How many bytes the cells have together.
pub(super) fn width(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| size(cell.bytes)).sum()
}

/// The texts of cells; there are exactly as many bytes as they need.
pub(super) fn read(
    part: &str,
    cells: &[Cell],
    bytes: &[u8],
    encoding: Encoding,
) -> Result<Vec<Node>, Unreadable> {
    let wanted = width(cells);
    if bytes.len() != wanted {
        let found = Found::text(&format!("{} bytes", bytes.len()));
        return Err(Unreadable::new(part, found, format!("{wanted} bytes")));
    }
    let mut rest = bytes;
    let mut nodes = Vec::with_capacity(cells.len());
    for cell in cells {
        let (own, after) = rest.split_at(size(cell.bytes).min(rest.len()));
        rest = after;
        let text = encoding::decode(own, encoding).map_err(|expected| {
            let found = Found::Masked { characters: own.len() };
            Unreadable::new(cell.name.as_str(), found, expected)
        })?;
        let content = Content::Text(trimmed(&text, cell).to_owned());
        nodes.push(Node { name: cell.name.as_str().to_owned(), content });
    }
    Ok(nodes)
}

/// A text without what fills it; of a number that is all zeros one is kept.
fn trimmed<'t>(text: &'t str, cell: &Cell) -> &'t str {
    let pad = char::from(pad(cell.pad));
    match cell.align {
        Align::Left => text.trim_end_matches(pad),
        Align::Right => match text.trim_start_matches(pad) {
            "" if pad == '0' && !text.is_empty() => "0",
            short => short,
        },
    }
}

fn pad(pad: Option<char>) -> u8 {
    pad.and_then(|pad| u8::try_from(pad).ok()).unwrap_or(b' ')
}

fn size(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
