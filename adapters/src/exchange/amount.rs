//! An amount in an answer.

use jiaozi_ledger::money::Fen;

use super::telling::Unreadable;
use super::tree::{Content, text_of};
use crate::spec::fields::{AMOUNT_FEN_MAX, decimal_fen, normalise};
use crate::spec::file_shape::Unit;
use crate::spec::import::ExtraDecimals;
use crate::spec::message::AmountAt;
use crate::spec::raw_line::Found;

/// The amount that a value says, zero or more.
pub(super) fn read(content: &Content, at: &AmountAt) -> Result<Fen, Unreadable> {
    let place = at.name.as_str();
    if at.unit == Unit::Yuan && matches!(content, Content::Number(_) | Content::Float) {
        let expected = "yuan as a text, for a number with decimals is a float";
        return Err(Unreadable::new(place, Found::text("a number of JSON"), expected));
    }
    let text = text_of(content, &at.name)?;
    let plain = if at.full_width { normalise(text) } else { text.into() };
    let refuse = |expected: String| Unreadable::new(place, Found::text(text), expected);
    let fen = decimal_fen(&plain, at.unit, ExtraDecimals::Refuse, false, &[]).map_err(refuse)?;
    if (0..=AMOUNT_FEN_MAX).contains(&fen) {
        Ok(Fen(fen))
    } else {
        Err(refuse("an amount of zero or more, 100,000,000 yuan at most".to_owned()))
    }
}
