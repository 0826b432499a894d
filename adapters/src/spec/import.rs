//! What the columns of a partner's bill and roster files mean. How the file is laid out is in
//! [`super::file_shape`]; how one line becomes a value is in [`super::bill_line`] and [`super::roster_line`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::fields::normalise;
use super::file_shape::{FileShape, Unit};
use super::house::HouseRule;
use super::identity::Code;
use super::pattern::{DatePattern, PeriodPattern};
use super::rounding::Rounding;

/// A bill file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillFormat {
    /// Its code within the partner.
    pub name: Code,
    /// Its layout.
    pub file: FileShape,
    /// What makes a bill the same bill when it is sent again.
    pub import_id: ImportId,
    /// Which community.
    pub community: Coded<Code>,
    /// Which house.
    pub house: HouseRule,
    /// What is due.
    pub item: Coded<Code>,
    /// For which month or quarter.
    pub period: PeriodColumn,
    /// How much.
    pub amount: AmountColumn,
    /// Until when.
    pub due: Due,
    /// What is to be done with the bill; left out: every line publishes.
    pub action: Option<Coded<Action>>,
    /// Name of the owner.
    pub owner: Option<TextColumn>,
    /// Anything that the payer should read.
    pub note: Option<TextColumn>,
}

/// A roster file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterFormat {
    /// Its code within the partner.
    pub name: Code,
    /// Its layout.
    pub file: FileShape,
    /// Which community.
    pub community: Coded<Code>,
    /// Which house.
    pub house: HouseRule,
    /// Name of the person.
    pub person: TextColumn,
    /// Phone number.
    pub phone: Option<TextColumn>,
    /// Resident identity number.
    pub identity_number: Option<TextColumn>,
    /// What the person is to the house.
    pub relation: Option<Coded<Relation>>,
    /// On what ground the bank may hold this line.
    pub lawful_basis: Coded<LawfulBasis>,
    /// When consent was given; needed on lines whose basis is consent.
    pub consent_date: Option<DateColumn>,
    /// The partner's evidence of consent.
    pub consent_reference: Option<TextColumn>,
}

/// A column by its name in the header, by its field's name in a fixed-width file, or by its number
/// counted from 1 in a file without header.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ColumnName(String);

impl ColumnName {
    /// The name, normalised like the header that it is looked for in.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ColumnName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let name = normalise(&text).into_owned();
        if (1..=60).contains(&name.chars().count()) {
            Ok(Self(name))
        } else {
            Err("expected the name of a column, 1 to 60 characters".to_owned())
        }
    }
}

impl From<ColumnName> for String {
    fn from(name: ColumnName) -> Self {
        name.0
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A column whose text is taken as it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextColumn {
    /// Which column.
    pub column: ColumnName,
}

/// What together identifies a bill.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "ImportIdKeys")]
pub struct ImportId {
    /// What is joined.
    pub parts: ImportIdParts,
    /// What stands between two parts.
    pub joined_by: String,
}

/// What an identifier is made of.
#[derive(Debug, Clone)]
pub enum ImportIdParts {
    /// Columns as they stand in the file.
    Columns(Vec<ColumnName>),
    /// Fields in our form: a period typed as a date or as text gives the same identifier.
    Fields(Vec<KeyField>),
}

/// A field that an identifier can be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyField {
    /// Code of the community.
    Community,
    /// House.
    House,
    /// Code of the item.
    Item,
    /// `2026-11`, or `2026Q4`.
    Period,
}

/// An identifier as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportIdKeys {
    columns: Option<Vec<ColumnName>>,
    fields: Option<Vec<KeyField>>,
    joined_by: Option<String>,
}

impl TryFrom<ImportIdKeys> for ImportId {
    type Error = String;
    fn try_from(keys: ImportIdKeys) -> Result<Self, String> {
        let parts = match (keys.columns, keys.fields) {
            (Some(columns), None) if !columns.is_empty() => ImportIdParts::Columns(columns),
            (None, Some(fields)) if !fields.is_empty() => ImportIdParts::Fields(fields),
            _ => return Err("expected either `columns` or `fields`, at least one".to_owned()),
        };
        Ok(Self { parts, joined_by: keys.joined_by.unwrap_or_else(|| "-".to_owned()) })
    }
}

/// A date.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateColumn {
    /// Which column.
    pub column: ColumnName,
    /// How it is written.
    pub pattern: DatePattern,
}

/// A month or a quarter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodColumn {
    /// Which column.
    pub column: ColumnName,
    /// How it is written.
    pub pattern: PeriodPattern,
}

/// An amount.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountColumn {
    /// Which column.
    pub column: ColumnName,
    /// Unit of the number.
    pub unit: Unit,
    /// What happens to a fraction of a fen.
    #[serde(default)]
    pub extra_decimals: ExtraDecimals,
    /// Whether `1,234.50` is accepted.
    #[serde(default)]
    pub thousands_separators: bool,
    /// Whether full-width digits and signs are accepted.
    #[serde(default)]
    pub full_width: bool,
    /// Texts around the number, such as ¥ and 元.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// What happens to a fraction of a fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtraDecimals {
    /// The line is refused.
    #[default]
    Refuse,
    /// Rounded to the nearest, a half away from zero.
    HalfUp,
    /// Rounded to the nearest, a half to even.
    HalfEven,
    /// Rounded away from zero.
    Up,
    /// Rounded towards zero.
    Down,
}

impl ExtraDecimals {
    /// The rounding, unless fractions are refused.
    #[must_use]
    pub fn rounding(self) -> Option<Rounding> {
        match self {
            Self::Refuse => None,
            Self::HalfUp => Some(Rounding::HalfUp),
            Self::HalfEven => Some(Rounding::HalfEven),
            Self::Up => Some(Rounding::Up),
            Self::Down => Some(Rounding::Down),
        }
    }
}

/// Until when a bill is due.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "DueKeys")]
pub enum Due {
    /// A column says it.
    Column(DateColumn),
    /// A day of a month counted from the first month of the period.
    AfterPeriod {
        /// Day of the month; the last one if the month is shorter.
        day: i8,
        /// 0: in the first month of the period itself.
        months_later: u8,
    },
}

/// A due date as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueKeys {
    column: Option<ColumnName>,
    pattern: Option<DatePattern>,
    day: Option<i8>,
    months_later: Option<u8>,
}

impl TryFrom<DueKeys> for Due {
    type Error = String;
    fn try_from(keys: DueKeys) -> Result<Self, String> {
        match (keys.column, keys.pattern, keys.day, keys.months_later) {
            (Some(column), Some(pattern), None, None) => {
                Ok(Self::Column(DateColumn { column, pattern }))
            }
            (None, None, Some(day @ 1..=31), months_later) => {
                Ok(Self::AfterPeriod { day, months_later: months_later.unwrap_or(0) })
            }
            _ => {
                Err("expected either `column` and `pattern`, or `day` (1 to 31) and `months_later`"
                    .to_owned())
            }
        }
    }
}

/// A value by a table of the partner's words, or one value for every line.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "CodedKeys<T>", bound(deserialize = "T: Deserialize<'de>"))]
pub enum Coded<T> {
    /// The same for every line.
    Fixed(T),
    /// A column with words.
    Column {
        /// Which column.
        column: ColumnName,
        /// The partner's word to our value.
        map: BTreeMap<String, T>,
        /// The value of an empty cell; none: an empty cell is an error.
        empty: Option<T>,
    },
}

/// A coded value as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodedKeys<T> {
    fixed: Option<T>,
    column: Option<ColumnName>,
    map: Option<BTreeMap<String, T>>,
    empty: Option<T>,
}

impl<T> TryFrom<CodedKeys<T>> for Coded<T> {
    type Error = String;
    fn try_from(keys: CodedKeys<T>) -> Result<Self, String> {
        match (keys.fixed, keys.column, keys.map, keys.empty) {
            (Some(value), None, None, None) => Ok(Self::Fixed(value)),
            (None, Some(column), Some(map), empty) if !map.is_empty() => {
                let map = map
                    .into_iter()
                    .map(|(word, value)| (normalise(&word).into_owned(), value))
                    .collect();
                Ok(Self::Column { column, map, empty })
            }
            _ => {
                Err("expected either `fixed`, or `column` and `map` (and `empty` for empty cells)"
                    .to_owned())
            }
        }
    }
}

impl<T> Coded<T> {
    /// The column, if there is one.
    #[must_use]
    pub fn column(&self) -> Option<&ColumnName> {
        match self {
            Self::Fixed(_) => None,
            Self::Column { column, .. } => Some(column),
        }
    }

    /// Every value that can come out.
    pub fn values(&self) -> Vec<&T> {
        match self {
            Self::Fixed(value) => vec![value],
            Self::Column { map, empty, .. } => map.values().chain(empty).collect(),
        }
    }
}

/// What a line of a bill file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Publishes the bill, or a new version of one with the same `import_id`.
    #[serde(alias = "change")]
    New,
    /// Withdraws the bill.
    Withdraw,
    /// The bill was paid at the partner's desk.
    PaidAtDesk,
}

/// What a person is to a house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Owner.
    Owner,
    /// Tenant.
    Tenant,
    /// Member of the owner's family.
    Family,
}

/// On what ground personal data may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LawfulBasis {
    /// The person consented to this transfer, apart from anything else.
    SeparateConsent,
    /// Needed to perform a contract with the person.
    ContractNecessity,
    /// The partner stays responsible and has entrusted the bank with the processing.
    Entrusted,
}
