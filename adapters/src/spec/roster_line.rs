//! A line of a roster as a value: who lives where, and on what ground the bank may know it.

use jiaozi_ledger::personal::{IdentityNumber, Masking, Name, Personal, Phone};
use jiff::civil::Date;

use super::bill_line::{Place, coded, date, house, place_of};
use super::fields::{identity_number, phone, short_text};
use super::import::{LawfulBasis, Relation, RosterFormat};
use super::raw_line::{Header, LineError, RawLine};

/// One line that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterLine {
    /// Code of the community.
    pub community: String,
    /// The house, in the same form as on bills.
    pub house: String,
    /// Name of the person.
    pub person: Personal<Name>,
    /// Phone number.
    pub phone: Option<Personal<Phone>>,
    /// Resident identity number.
    pub identity_number: Option<Personal<IdentityNumber>>,
    /// What the person is to the house; an owner where the file does not say.
    pub relation: Relation,
    /// On what ground the line may be held.
    pub lawful_basis: LawfulBasis,
    /// When consent was given, if the file says it.
    pub consent_date: Option<Date>,
    /// The partner's evidence of consent.
    pub consent_reference: Option<String>,
}

/// A roster format bound to the header of one file.
#[derive(Debug)]
pub struct RosterReader<'f> {
    format: &'f RosterFormat,
    community: Option<Place>,
    house: Vec<Place>,
    person: Place,
    phone: Option<Place>,
    identity_number: Option<Place>,
    relation: Option<Place>,
    lawful_basis: Option<Place>,
    consent_date: Option<Place>,
    consent_reference: Option<Place>,
}

impl<'f> RosterReader<'f> {
    /// Finds the columns of the format in a file.
    ///
    /// # Errors
    /// A column that is missing or there twice.
    pub fn bind(format: &'f RosterFormat, header: &Header) -> Result<Self, Vec<LineError>> {
        Self::bind_all(format, header).map_err(|error| vec![error])
    }

    fn bind_all(format: &'f RosterFormat, header: &Header) -> Result<Self, LineError> {
        let find = |name| Place::find(header, name);
        Ok(Self {
            format,
            community: place_of(header, &format.community)?,
            house: format.house.columns.iter().map(find).collect::<Result<_, _>>()?,
            person: find(&format.person.column)?,
            phone: format.phone.as_ref().map(|c| find(&c.column)).transpose()?,
            identity_number: format
                .identity_number
                .as_ref()
                .map(|c| find(&c.column))
                .transpose()?,
            relation: format.relation.as_ref().map_or(Ok(None), |r| place_of(header, r))?,
            lawful_basis: place_of(header, &format.lawful_basis)?,
            consent_date: format.consent_date.as_ref().map(|c| find(&c.column)).transpose()?,
            consent_reference: format
                .consent_reference
                .as_ref()
                .map(|c| find(&c.column))
                .transpose()?,
        })
    }

    /// Reads one line.
    ///
    /// # Errors
    /// The first cell that cannot be meant; what it held is never shown if it is personal.
    pub fn read(&self, raw: &RawLine) -> Result<RosterLine, LineError> {
        let lawful_basis = *coded(&self.format.lawful_basis, self.lawful_basis.as_ref(), raw)?;
        let relation = match &self.format.relation {
            Some(relation) => *coded(relation, self.relation.as_ref(), raw)?,
            None => Relation::Owner,
        };
        let name = self.person.cell(raw).text();
        let name = short_text(&name, 60).map_err(|e| self.person.refuse_masked(raw, e))?;
        Ok(RosterLine {
            community: coded(&self.format.community, self.community.as_ref(), raw)?.to_string(),
            house: house(&self.house, &self.format.house, raw)?,
            person: Personal::new(name),
            phone: personal(self.phone.as_ref(), raw, phone)?,
            identity_number: personal(self.identity_number.as_ref(), raw, identity_number)?,
            relation,
            lawful_basis,
            consent_date: self.consent_date(raw, lawful_basis)?,
            consent_reference: self.consent_reference(raw)?,
        })
    }

    fn consent_date(&self, raw: &RawLine, basis: LawfulBasis) -> Result<Option<Date>, LineError> {
        let (Some(place), Some(column)) = (&self.consent_date, &self.format.consent_date) else {
            return Ok(None);
        };
        let cell = place.cell(raw);
        if cell.text().is_empty() {
            return match basis {
                LawfulBasis::SeparateConsent => {
                    Err(place.refuse(raw, "the day of the consent that this line rests on"))
                }
                LawfulBasis::ContractNecessity | LawfulBasis::Entrusted => Ok(None),
            };
        }
        let read = date(cell, &column.pattern);
        read.map(Some)
            .ok_or_else(|| place.refuse(raw, format!("a date as {}", column.pattern.as_str())))
    }

    fn consent_reference(&self, raw: &RawLine) -> Result<Option<String>, LineError> {
        let Some(place) = &self.consent_reference else {
            return Ok(None);
        };
        match place.identifier(raw)? {
            text if text.is_empty() => Ok(None),
            text => short_text(&text, 128).map(Some).map_err(|e| place.refuse(raw, e)),
        }
    }
}

fn personal<K: Masking>(
    place: Option<&Place>,
    raw: &RawLine,
    rule: fn(&str) -> Result<String, String>,
) -> Result<Option<Personal<K>>, LineError> {
    let Some(place) = place else { return Ok(None) };
    let Some(text) = place.cell(raw).identifier() else {
        return Err(place.refuse_masked(raw, "a text cell: a number cell has lost digits"));
    };
    if text.is_empty() {
        return Ok(None);
    }
    rule(&text).map(|value| Some(Personal::new(value))).map_err(|e| place.refuse_masked(raw, e))
}

#[cfg(test)]
mod tests {
    use super::super::raw_line::Cell;
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = r#"
name = "all"
file = { type = "csv" }
community = { fixed = "north" }
house = { columns = ["房号"] }
person = { column = "姓名" }
phone = { column = "手机" }
identity_number = { column = "证件" }
lawful_basis = { column = "依据", map = { "单独同意" = "separate_consent", "合同必需" = "contract_necessity" } }
consent_date = { column = "同意日期", pattern = "yyyy-mm-dd" }
"#;

    fn read(cells: &[&str]) -> Result<RosterLine, LineError> {
        let format: RosterFormat = toml::from_str(TEXT).expect("a format");
        let header = Header::named(1, ["房号", "姓名", "手机", "证件", "依据", "同意日期"]);
        let cells = cells.iter().map(|c| Cell::Text((*c).to_owned())).collect();
        RosterReader::bind(&format, &header)
            .expect("all columns are there")
            .read(&RawLine { line: 2, cells })
    }

    #[test]
    fn a_line_without_lawful_basis_is_not_taken() {
        assert!(read(&["1-101", "林小满", "", "", "", ""]).is_err());
        assert!(
            read(&["1-101", "林小满", "", "", "单独同意", ""]).is_err(),
            "consent without its day"
        );
        let line = read(&["1-101", "林小满", "100 0000 0001", "", "单独同意", "2026-09-01"])
            .expect("good");
        assert_eq!(line.lawful_basis, LawfulBasis::SeparateConsent);
        assert_eq!(line.phone.expect("a phone").expose(), "10000000001");
    }

    #[test]
    fn wrong_personal_data_are_not_shown() {
        let error = read(&["1-101", "林小满", "", "999999202601010000", "合同必需", ""])
            .expect_err("wrong");
        assert_eq!(
            error.to_string(),
            "line 2, column 证件: found personal data of 18 characters, expected an 18-character identity number whose check character is right"
        );
    }

    proptest! {
        #[test]
        fn no_line_makes_the_reader_panic(cells in prop::collection::vec(".{0,12}", 0..8)) {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let _ = read(&cells);
        }
    }
}
