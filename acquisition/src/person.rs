//! A person whom the ledger has seen, with sealed personal data. Not how a person is recognised:
//! that is [`crate::identity`].

use crate::Error;
use crate::table::{maybe_bytes, maybe_id};
use jiaozi_ledger::id::PersonId;
use jiaozi_ledger::personal::{IdentityNumber, Masking, Name, Personal, Phone};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::{NoRandomness, Place, Vault};
use uuid::Uuid;

/// What may be known of a person. Formats and serialises masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The name.
    pub name: Option<Personal<Name>>,
    /// The telephone number.
    pub phone: Option<Personal<Phone>>,
    /// The identity document's number.
    pub identity_number: Option<Personal<IdentityNumber>>,
}

impl Details {
    /// The same without what is blank: an empty field of a file or form says nothing.
    #[must_use]
    pub fn without_blanks(self) -> Details {
        fn keep<K: Masking>(value: Option<Personal<K>>) -> Option<Personal<K>> {
            value.filter(|value| !value.normal().is_empty())
        }
        Details {
            name: keep(self.name),
            phone: keep(self.phone),
            identity_number: keep(self.identity_number),
        }
    }
}

/// The details as they lie in a row: sealed for that table, row and column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedDetails {
    /// The name.
    pub name: Option<Vec<u8>>,
    /// The telephone number.
    pub phone: Option<Vec<u8>>,
    /// The identity document's number.
    pub identity_number: Option<Vec<u8>>,
}

impl SealedDetails {
    /// Whether something is missing here that the others have.
    pub(crate) fn lacks(&self, others: &SealedDetails) -> bool {
        (self.name.is_none() && others.name.is_some())
            || (self.phone.is_none() && others.phone.is_some())
            || (self.identity_number.is_none() && others.identity_number.is_some())
    }

    /// Seals details for a row.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn seal(
        vault: &Vault,
        table: &str,
        row: Uuid,
        details: &Details,
    ) -> Result<SealedDetails, NoRandomness> {
        fn one<K: Masking>(
            vault: &Vault,
            place: Place<'_>,
            value: Option<&Personal<K>>,
        ) -> Result<Option<Vec<u8>>, NoRandomness> {
            value.map(|value| vault.seal(place, value)).transpose()
        }
        let place = |column| Place { table, row, column };
        Ok(SealedDetails {
            name: one(vault, place("name"), details.name.as_ref())?,
            phone: one(vault, place("phone"), details.phone.as_ref())?,
            identity_number: one(
                vault,
                place("identity_number"),
                details.identity_number.as_ref(),
            )?,
        })
    }

    /// Opens the details of a row.
    ///
    /// # Errors
    /// When they were sealed with another key or for another row.
    pub fn open(&self, vault: &Vault, table: &str, row: Uuid) -> Result<Details, Error> {
        fn one<K: Masking>(
            vault: &Vault,
            place: Place<'_>,
            sealed: Option<&[u8]>,
        ) -> Result<Option<Personal<K>>, Error> {
            Ok(sealed.map(|sealed| vault.open(place, sealed)).transpose()?)
        }
        let place = |column| Place { table, row, column };
        Ok(Details {
            name: one(vault, place("name"), self.name.as_deref())?,
            phone: one(vault, place("phone"), self.phone.as_deref())?,
            identity_number: one(vault, place("identity_number"), self.identity_number.as_deref())?,
        })
    }

    /// The three cells.
    pub(crate) fn cells(&self) -> [Cell; 3] {
        [&self.name, &self.phone, &self.identity_number]
            .map(|sealed| maybe_bytes(sealed.as_deref()))
    }

    /// Reads the three cells back.
    pub(crate) fn from_cells(cells: &mut Cells) -> Result<SealedDetails, Corrupt> {
        Ok(SealedDetails {
            name: cells.maybe_bytes()?,
            phone: cells.maybe_bytes()?,
            identity_number: cells.maybe_bytes()?,
        })
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The identifier.
    pub id: PersonId,
    /// What is known, sealed.
    pub details: SealedDetails,
    /// When the ledger first saw them.
    pub created_at: Instant,
    /// The person that this one turned out to be, if any. Never one that was merged itself.
    pub merged_into: Option<PersonId>,
}

impl Person {
    /// Somebody of whom nothing is known yet.
    pub fn new(id: PersonId, created_at: Instant) -> Person {
        Person { id, details: SealedDetails::default(), created_at, merged_into: None }
    }

    /// What is known of them.
    ///
    /// # Errors
    /// When it was sealed with another key.
    pub fn open(&self, vault: &Vault) -> Result<Details, Error> {
        self.details.open(vault, Person::TABLE.name, self.id.0)
    }

    /// Takes over details: what is new where nothing was known, and everything where `newer`.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub(crate) fn learn(
        &mut self,
        vault: &Vault,
        details: &Details,
        newer: bool,
    ) -> Result<(), Error> {
        let sealed = SealedDetails::seal(vault, Person::TABLE.name, self.id.0, details)?;
        let own = &mut self.details;
        for (old, new) in [
            (&mut own.name, sealed.name),
            (&mut own.phone, sealed.phone),
            (&mut own.identity_number, sealed.identity_number),
        ] {
            if new.is_some() && (newer || old.is_none()) {
                *old = new;
            }
        }
        Ok(())
    }
}

impl Row for Person {
    const TABLE: Table = Table {
        name: "people",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            changing("name", Kind::Bytes),
            changing("phone", Kind::Bytes),
            changing("identity_number", Kind::Bytes),
            fixed("created_at", Kind::Int),
            changing("merged_into", Kind::Id),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        let [name, phone, identity_number] = self.details.cells();
        vec![
            Cell::Id(self.id.0),
            name,
            phone,
            identity_number,
            Cell::Int(self.created_at.0),
            maybe_id(self.merged_into),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Person, Corrupt> {
        Ok(Person {
            id: cells.id()?,
            details: SealedDetails::from_cells(cells)?,
            created_at: Instant(cells.int()?),
            merged_into: cells.maybe_id()?,
        })
    }
}
