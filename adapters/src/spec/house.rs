//! Where a file names a house, and how the partner's way of writing becomes one form, so that a bill, a
//! roster and a payer's request meet at the same house.

use serde::{Deserialize, Serialize};

use super::import::ColumnName;

/// The columns of a house and how they become its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "HouseKeys")]
pub struct HouseRule {
    /// The columns, in the order of the placeholders.
    pub columns: Vec<ColumnName>,
    reads: Option<HousePattern>,
    form: Option<HousePattern>,
    remove: Vec<String>,
    leading_zeros: LeadingZeros,
}

/// A rule as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseKeys {
    columns: Vec<ColumnName>,
    reads: Option<HousePattern>,
    form: Option<HousePattern>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    leading_zeros: LeadingZeros,
}

/// Whether `0502` and `502` are one room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadingZeros {
    /// They differ.
    #[default]
    Keep,
    /// They are one.
    Remove,
}

/// Text with placeholders `{1}` to `{9}`, such as `{1}栋{2}单元{3}室`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HousePattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Part(usize),
}

impl TryFrom<String> for HousePattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let refuse = || {
            format!(
                "`{text}` is not a house pattern, expected placeholders {{1}} to {{9}} with text between them"
            )
        };
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find('{') {
            if open > 0 {
                pieces.push(Piece::Literal(rest[..open].to_owned()));
            }
            let close = rest.find('}').filter(|close| *close > open).ok_or_else(refuse)?;
            let number = rest[open + 1..close].parse::<usize>().map_err(|_| refuse())?;
            if !(1..=9).contains(&number) {
                return Err(refuse());
            }
            pieces.push(Piece::Part(number - 1));
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        let side_by_side = pieces.windows(2).any(|w| matches!(w, [Piece::Part(_), Piece::Part(_)]));
        if side_by_side || !pieces.iter().any(|p| matches!(p, Piece::Part(_))) || rest.contains('}')
        {
            return Err(refuse());
        }
        Ok(Self(pieces))
    }
}

impl HousePattern {
    fn parts(&self) -> usize {
        let numbers = self.0.iter().filter_map(|p| match p {
            Piece::Part(n) => Some(n + 1),
            Piece::Literal(_) => None,
        });
        numbers.max().unwrap_or(0)
    }

    fn read(&self, text: &str) -> Option<Vec<String>> {
        let mut out = vec![String::new(); self.parts()];
        let mut rest = text;
        for (index, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Piece::Part(number) => {
                    let end = match self.0.get(index + 1) {
                        Some(Piece::Literal(next)) => rest.find(next.as_str())?,
                        _ => rest.len(),
                    };
                    out[*number] = rest[..end].to_owned();
                    rest = &rest[end..];
                }
            }
        }
        (rest.is_empty() && out.iter().all(|part| !part.is_empty())).then_some(out)
    }

    fn write(&self, parts: &[String]) -> Option<String> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Part(number) => out.push_str(parts.get(*number)?),
            }
        }
        Some(out)
    }
}

impl TryFrom<HouseKeys> for HouseRule {
    type Error = String;
    fn try_from(keys: HouseKeys) -> Result<Self, String> {
        if keys.columns.is_empty() || keys.columns.len() > 9 {
            return Err("expected 1 to 9 `columns`".to_owned());
        }
        if keys.reads.is_some() && (keys.columns.len() != 1 || keys.form.is_none()) {
            return Err(
                "`reads` needs exactly one column, and `form` to say what comes out".to_owned()
            );
        }
        let parts = keys.reads.as_ref().map_or(keys.columns.len(), HousePattern::parts);
        if keys.form.as_ref().is_some_and(|form| form.parts() > parts) {
            return Err(format!(
                "`form` has more placeholders than the {parts} parts that are read"
            ));
        }
        let HouseKeys { columns, reads, form, remove, leading_zeros } = keys;
        Ok(Self { columns, reads, form, remove, leading_zeros })
    }
}

impl HouseRule {
    /// The house that the cells say; the error says what was expected.
    ///
    /// # Errors
    /// A part is empty, or the text is not in the partner's form.
    pub fn read(&self, cells: &[String]) -> Result<String, String> {
        let parts = match (&self.reads, cells) {
            (Some(pattern), [cell]) => {
                pattern.read(cell).ok_or("a house in the form that `house.reads` describes")?
            }
            _ => cells.to_vec(),
        };
        let clean: Vec<String> = parts.iter().map(|part| self.clean(part)).collect();
        if clean.iter().any(String::is_empty) {
            return Err("every part of the house".to_owned());
        }
        let house = match &self.form {
            Some(form) => form.write(&clean).unwrap_or_default(),
            None => clean.join("-"),
        };
        let fits =
            (1..=64).contains(&house.chars().count()) && !house.chars().any(char::is_control);
        if fits { Ok(house) } else { Err("a house of 1 to 64 characters".to_owned()) }
    }

    fn clean(&self, part: &str) -> String {
        let mut text = part.trim().to_owned();
        for word in self.remove.iter().filter(|word| !word.is_empty()) {
            text = text.replace(word.as_str(), "");
        }
        let text = text.trim();
        match self.leading_zeros {
            LeadingZeros::Keep => text.to_owned(),
            LeadingZeros::Remove => {
                let short = text.trim_start_matches('0');
                if short.is_empty() && !text.is_empty() { "0".to_owned() } else { short.to_owned() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(value: serde_json::Value) -> HouseRule {
        serde_json::from_value(value).expect("a rule")
    }

    fn read(rule: &HouseRule, cells: &[&str]) -> Result<String, String> {
        rule.read(&cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn one_column_and_three_columns_meet_at_the_same_house() {
        let one = rule(serde_json::json!({
            "columns": ["房屋"], "reads": "{1}栋{2}单元{3}室", "form": "{1}-{2}-{3}", "leading_zeros": "remove",
        }));
        let three = rule(serde_json::json!({
            "columns": ["楼栋", "单元", "房间"], "form": "{1}-{2}-{3}", "remove": ["栋", "单元", "室"],
            "leading_zeros": "remove",
        }));
        assert_eq!(read(&one, &["3栋1单元0502室"]), Ok("3-1-502".to_owned()));
        assert_eq!(read(&three, &["03栋", "1单元", "502"]), Ok("3-1-502".to_owned()));
        assert!(read(&one, &["3-1-502"]).is_err());
        assert!(read(&three, &["3栋", "", "502"]).is_err());
    }

    proptest! {
        #[test]
        fn reading_never_panics(pattern in ".{0,24}", cell in ".{0,24}") {
            let Ok(pattern) = HousePattern::try_from(pattern) else { return Ok(()) };
            if let Some(parts) = pattern.read(&cell) {
                let _ = pattern.write(&parts);
            }
        }
    }
}
