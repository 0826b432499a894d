//! A line of a bill file as a value. Columns are looked up once, then every line is read by position.

use jiaozi_ledger::personal::{Name, Personal};
use jiff::ToSpan;
use jiff::civil::Date;

use super::fields::{AMOUNT_FEN_MAX, amount_fen, short_text};
use super::import::{Action, BillFormat, Coded, ColumnName, Due, ImportIdParts, KeyField};
use super::pattern::Period;
use super::raw_line::{Cell, Found, Header, LineError, RawLine};

/// One line that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// Makes a bill the same bill when it is sent again.
    pub import_id: String,
    /// Code of the community.
    pub community: String,
    /// The house, in the partner's normal form.
    pub house: String,
    /// Code of the item.
    pub item: String,
    /// First month, `YYYY-MM`.
    pub period: String,
    /// How many months from it on: 1, or 3 for a quarter.
    pub period_months: u8,
    /// What is due. Above zero; zero only where a withdrawal leaves the cell empty.
    pub amount_fen: i64,
    /// Last day on which paying is not late.
    pub due: Date,
    /// What to do.
    pub action: Action,
    /// Name of the owner.
    pub owner: Option<Personal<Name>>,
    /// What the payer should read.
    pub note: Option<String>,
}

/// A column of a format, found in a file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    name: ColumnName,
    at: usize,
}

impl Place {
    pub(super) fn find(header: &Header, name: &ColumnName) -> Result<Self, LineError> {
        Ok(Self { name: name.clone(), at: header.position(name)? })
    }

    pub(super) fn cell<'l>(&self, raw: &'l RawLine) -> &'l Cell {
        raw.cells.get(self.at).unwrap_or(&Cell::Empty)
    }

    pub(super) fn refuse(&self, raw: &RawLine, expected: impl Into<String>) -> LineError {
        self.error(raw, Found::shown(self.cell(raw)), expected)
    }

    pub(super) fn refuse_masked(&self, raw: &RawLine, expected: impl Into<String>) -> LineError {
        self.error(raw, Found::masked(self.cell(raw)), expected)
    }

    fn error(&self, raw: &RawLine, found: Found, expected: impl Into<String>) -> LineError {
        LineError {
            line: raw.line,
            column: self.name.to_string(),
            found,
            expected: expected.into(),
        }
    }

    pub(super) fn identifier(&self, raw: &RawLine) -> Result<String, LineError> {
        let text = self.cell(raw).identifier();
        let text =
            text.ok_or_else(|| self.refuse(raw, "a text cell: a number cell has lost digits"))?;
        Ok(text.into_owned())
    }
}

/// A coded column, found in a file.
pub(super) fn coded<'f, T>(
    coded: &'f Coded<T>,
    place: Option<&Place>,
    raw: &RawLine,
) -> Result<&'f T, LineError> {
    let (Coded::Column { map, empty, .. }, Some(place)) = (coded, place) else {
        return match coded {
            Coded::Fixed(value) => Ok(value),
            Coded::Column { column, .. } => Err(LineError {
                line: raw.line,
                column: column.to_string(),
                found: Found::Nothing,
                expected: "this column".to_owned(),
            }),
        };
    };
    let text = place.cell(raw).text();
    let known = if text.is_empty() { empty.as_ref() } else { map.get(text.as_ref()) };
    known.ok_or_else(|| {
        let words = map.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        place.refuse(raw, format!("one of {words}"))
    })
}

pub(super) fn place_of<T>(header: &Header, coded: &Coded<T>) -> Result<Option<Place>, LineError> {
    coded.column().map(|column| Place::find(header, column)).transpose()
}

/// A bill format bound to the header of one file.
#[derive(Debug)]
pub struct BillReader<'f> {
    format: &'f BillFormat,
    import_id: Vec<Place>,
    community: Option<Place>,
    house: Vec<Place>,
    item: Option<Place>,
    period: Place,
    amount: Place,
    due: Option<Place>,
    action: Option<Place>,
    owner: Option<Place>,
    note: Option<Place>,
}

impl<'f> BillReader<'f> {
    /// Finds the columns of the format in a file.
    ///
    /// # Errors
    /// All columns that are missing or there twice.
    pub fn bind(format: &'f BillFormat, header: &Header) -> Result<Self, Vec<LineError>> {
        let mut errors = Vec::new();
        let mut find = |name: &ColumnName| match Place::find(header, name) {
            Ok(place) => place,
            Err(error) => {
                errors.push(error);
                Place { name: name.clone(), at: usize::MAX }
            }
        };
        let due = match &format.due {
            Due::Column(due) => Some(find(&due.column)),
            Due::AfterPeriod { .. } => None,
        };
        let reader = Self {
            format,
            import_id: match &format.import_id.parts {
                ImportIdParts::Columns(columns) => columns.iter().map(&mut find).collect(),
                ImportIdParts::Fields(_) => Vec::new(),
            },
            community: format.community.column().map(&mut find),
            house: format.house.columns.iter().map(&mut find).collect(),
            item: format.item.column().map(&mut find),
            period: find(&format.period.column),
            amount: find(&format.amount.column),
            due,
            action: format.action.as_ref().and_then(Coded::column).map(&mut find),
            owner: format.owner.as_ref().map(|c| find(&c.column)),
            note: format.note.as_ref().map(|c| find(&c.column)),
        };
        if errors.is_empty() { Ok(reader) } else { Err(errors) }
    }

    /// Reads one line.
    ///
    /// # Errors
    /// The first cell that cannot be meant.
    pub fn read(&self, raw: &RawLine) -> Result<BillLine, LineError> {
        let action = match &self.format.action {
            Some(action) => *coded(action, self.action.as_ref(), raw)?,
            None => Action::New,
        };
        let period = self.period(raw)?;
        let community = coded(&self.format.community, self.community.as_ref(), raw)?.to_string();
        let house = self.house(raw)?;
        let item = coded(&self.format.item, self.item.as_ref(), raw)?.to_string();
        let parts = match &self.format.import_id.parts {
            ImportIdParts::Columns(_) => self.columns_of_id(raw)?,
            ImportIdParts::Fields(fields) => fields
                .iter()
                .map(|field| match field {
                    KeyField::Community => community.clone(),
                    KeyField::House => house.clone(),
                    KeyField::Item => item.clone(),
                    KeyField::Period => period.code(),
                })
                .collect(),
        };
        Ok(BillLine {
            import_id: self.import_id(raw, &parts)?,
            community,
            house,
            item,
            period: period.first_month(),
            period_months: period.months,
            amount_fen: self.amount(raw, action)?,
            due: self.due(raw, action, period)?,
            action,
            owner: self.owner(raw)?,
            note: self.note(raw)?,
        })
    }

    /// The amount of a line alone, for the totals: a line may be wrong elsewhere and still count.
    ///
    /// # Errors
    /// The cell is not an amount.
    pub fn amount_of(&self, raw: &RawLine) -> Result<i64, LineError> {
        let cell = self.amount.cell(raw);
        if cell.text().is_empty() {
            return Ok(0);
        }
        amount_fen(cell, &self.format.amount).map_err(|expected| self.amount.refuse(raw, expected))
    }

    fn columns_of_id(&self, raw: &RawLine) -> Result<Vec<String>, LineError> {
        let part = |place: &Place| match place.identifier(raw)? {
            part if part.is_empty() => {
                Err(place.refuse(raw, "a value, for it identifies the bill"))
            }
            part => Ok(part),
        };
        self.import_id.iter().map(part).collect()
    }

    fn import_id(&self, raw: &RawLine, parts: &[String]) -> Result<String, LineError> {
        let joined = parts.join(&self.format.import_id.joined_by);
        short_text(&joined, 128).map_err(|expected| LineError {
            line: raw.line,
            column: "import_id".to_owned(),
            found: Found::shown(&Cell::Text(joined.clone())),
            expected,
        })
    }

    fn house(&self, raw: &RawLine) -> Result<String, LineError> {
        house(&self.house, &self.format.house, raw)
    }

    fn period(&self, raw: &RawLine) -> Result<Period, LineError> {
        let pattern = &self.format.period.pattern;
        let cell = self.period.cell(raw);
        let read = match cell {
            // A spreadsheet turns `2026年11月` into the first day of that month.
            Cell::Moment(at) if !pattern.is_quarter() => {
                Some(Period { first_day: at.date().first_of_month(), months: 1 })
            }
            _ => pattern.read(&cell.text()),
        };
        read.ok_or_else(|| self.period.refuse(raw, format!("a period as {}", pattern.as_str())))
    }

    fn amount(&self, raw: &RawLine, action: Action) -> Result<i64, LineError> {
        if action == Action::Withdraw && self.amount.cell(raw).text().is_empty() {
            return Ok(0);
        }
        let cell = self.amount.cell(raw);
        let amount = amount_fen(cell, &self.format.amount)
            .map_err(|expected| self.amount.refuse(raw, expected))?;
        if (1..=AMOUNT_FEN_MAX).contains(&amount) {
            Ok(amount)
        } else {
            Err(self.amount.refuse(raw, "an amount above zero, 100,000,000 yuan at most"))
        }
    }

    fn due(&self, raw: &RawLine, action: Action, period: Period) -> Result<Date, LineError> {
        let last_of_period = || period.first_day.checked_add(i32::from(period.months - 1).months());
        let (place, column) = match (&self.format.due, &self.due) {
            (Due::AfterPeriod { day, months_later }, _) => {
                let month = period.first_day.checked_add(i32::from(*months_later).months());
                return month
                    .and_then(|m| m.with().day((*day).min(m.days_in_month())).build())
                    .map_err(|_| self.period.refuse(raw, "a period whose due date exists"));
            }
            (Due::Column(column), Some(place)) => (place, column),
            (Due::Column(_), None) => {
                return Err(self.period.refuse(raw, "a column with the due date"));
            }
        };
        let cell = place.cell(raw);
        if action != Action::New && cell.text().is_empty() {
            return last_of_period()
                .map(Date::last_of_month)
                .map_err(|_| place.refuse(raw, "a due date"));
        }
        date(cell, &column.pattern)
            .ok_or_else(|| place.refuse(raw, format!("a date as {}", column.pattern.as_str())))
    }

    fn owner(&self, raw: &RawLine) -> Result<Option<Personal<Name>>, LineError> {
        let Some(place) = &self.owner else {
            return Ok(None);
        };
        let text = place.cell(raw).text();
        if text.is_empty() {
            return Ok(None);
        }
        let name = short_text(&text, 60).map_err(|expected| place.refuse_masked(raw, expected))?;
        Ok(Some(Personal::new(name)))
    }

    fn note(&self, raw: &RawLine) -> Result<Option<String>, LineError> {
        let Some(place) = &self.note else {
            return Ok(None);
        };
        let text = place.cell(raw).text();
        if text.is_empty() {
            return Ok(None);
        }
        // A note is free text and may name someone.
        short_text(&text, 200).map(Some).map_err(|expected| place.refuse_masked(raw, expected))
    }
}

pub(super) fn house(
    places: &[Place],
    rule: &super::house::HouseRule,
    raw: &RawLine,
) -> Result<String, LineError> {
    let cells: Vec<String> = places.iter().map(|p| p.cell(raw).text().into_owned()).collect();
    rule.read(&cells).map_err(|expected| {
        let empty = places.iter().find(|p| p.cell(raw).text().is_empty()).or(places.first());
        match empty {
            Some(place) => place.refuse(raw, expected),
            None => {
                LineError { line: raw.line, column: String::new(), found: Found::Nothing, expected }
            }
        }
    })
}

pub(super) fn date(cell: &Cell, pattern: &super::pattern::DatePattern) -> Option<Date> {
    match cell {
        Cell::Moment(at) => Some(at.date()),
        _ => pattern.read(&cell.text()),
    }
}

#[cfg(test)]
mod tests;
