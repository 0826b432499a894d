//! What the fields of a message hold.

use jiaozi_ledger::money::Fen;
use jiff::civil::DateTime;

use super::telling::{Original, Telling, Unsayable};
use crate::spec::file_shape::Unit;
use crate::spec::message::{Field, FieldSource, Message, Under};

/// What one field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// Digits that JSON has without quotes.
    Number(String),
    /// Several texts.
    List(Vec<String>),
    /// The signature, which is computed when everything else is known.
    Signature,
}

impl Value {
    /// The text of a single value; empty for a signature, which is not signed itself.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::List(texts) => texts.join(""),
            Self::Signature => String::new(),
        }
    }
}

/// What is said, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) message: &'a Message,
    pub(super) telling: &'a Telling,
}

impl<'a> Said<'a> {
    /// The reference under which the message is sent.
    pub(super) fn reference(self) -> Result<&'a str, Unsayable> {
        match self.message.reference {
            Under::Own => Ok(&self.telling.reference),
            Under::Original => Ok(&self.original()?.reference),
        }
    }

    /// The message that this one is about.
    pub(super) fn original(self) -> Result<&'a Original, Unsayable> {
        let verb = self.telling.verb;
        let missing =
            || Unsayable::new(verb.as_str(), "expected the reference of the message it is about");
        self.telling.original.as_ref().ok_or_else(missing)
    }

    /// The values of fields.
    pub(super) fn values(self, fields: &[Field]) -> Result<Vec<(&Field, Value)>, Unsayable> {
        fields.iter().map(|field| Ok((field, self.value(field)?))).collect()
    }

    /// What a field holds.
    pub(super) fn value(self, field: &Field) -> Result<Value, Unsayable> {
        let telling = self.telling;
        let wrong = |problem: &str| Unsayable::new(field.name.as_str(), problem);
        let written = |at: DateTime| {
            field
                .pattern
                .as_ref()
                .map(|pattern| pattern.write(at))
                .ok_or_else(|| wrong("expected a pattern"))
        };
        let Some(source) = field.source else {
            return Ok(Value::Text(field.value.clone().unwrap_or_default()));
        };
        let text = match source {
            FieldSource::Message => {
                self.message.code.clone().ok_or_else(|| wrong("expected a code of the message"))?
            }
            FieldSource::Reference => self.reference()?.to_owned(),
            FieldSource::OriginalReference => self.original()?.reference.clone(),
            FieldSource::OriginalDate => written(self.original()?.date.at(0, 0, 0, 0))?,
            FieldSource::Time => written(telling.at)?,
            FieldSource::ClearingDate => written(telling.clearing_date.at(0, 0, 0, 0))?,
            FieldSource::Customer => telling.customer.clone(),
            FieldSource::Part => telling.part.to_string(),
            FieldSource::Amount => {
                let amount = telling.amount.ok_or_else(|| wrong("expected an amount"))?;
                if !amount.is_positive() {
                    return Err(wrong("expected an amount above zero"));
                }
                let text = amount_text(amount, field.unit.unwrap_or(Unit::Fen));
                return Ok(if field.number { Value::Number(text) } else { Value::Text(text) });
            }
            FieldSource::Carried => return self.carried(field),
            FieldSource::Signature => return Ok(Value::Signature),
        };
        clean(&text).map(Value::Text).ok_or_else(|| wrong("expected no control characters"))
    }

    fn carried(self, field: &Field) -> Result<Value, Unsayable> {
        let wrong = |problem: String| Unsayable::new(field.name.as_str(), problem);
        let name = field.carried.as_ref().map_or("", |name| name.as_str());
        let missing = || wrong(format!("expected `{name}` of the answer to the query"));
        let kept = self.telling.carried.get(name).ok_or_else(missing)?;
        let texts: Option<Vec<String>> = kept.split('\n').map(clean).collect();
        match texts {
            Some(texts) if field.list => Ok(Value::List(texts)),
            Some(texts) if texts.len() == 1 => Ok(Value::Text(texts.concat())),
            Some(_) => Err(wrong(format!("expected one value of `{name}`, for this is no list"))),
            None => Err(wrong(format!("expected no control characters in `{name}`"))),
        }
    }
}

fn clean(text: &str) -> Option<String> {
    (!text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// An amount without sign in a unit.
pub(super) fn amount_text(amount: Fen, unit: Unit) -> String {
    let fen = amount.0.unsigned_abs();
    match unit {
        Unit::Fen => fen.to_string(),
        Unit::Yuan => format!("{}.{:02}", fen / 100, fen % 100),
    }
}
