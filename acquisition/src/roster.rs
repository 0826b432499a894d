//! Who lives where, as a partner's file says, and on what basis we were told.
//!
//! A row makes nobody a person of ours and nobody a lead: it gives a report its households, and is
//! linked to a person who pays. Personal data of a row stays in the row, so that what was entrusted
//! to us for one purpose does not reach the lists of another.

use crate::directory::Directory;
use crate::identity::{IdentityKind, Keys, index, phone_index};
use crate::person::{Details, SealedDetails};
use crate::table::{maybe_id, replace, select, texts};
use crate::{Error, new_ids, said};
use jiaozi_ledger::id::PersonId;
use jiaozi_ledger::personal::{IdentityNumber, Name, Personal, Phone};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use jiaozi_ledger::store::engine::Unit;
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::Vault;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

words! {
    /// On what basis a partner tells us who lives where.
    Basis {
        /// The person agreed to it separately.
        SeparateConsent = 0 "separate_consent",
        /// A contract with the person needs it.
        ContractNecessity = 1 "contract_necessity",
        /// We work on the partner's behalf, and for nothing else: never for marketing.
        Entrusted = 2 "entrusted",
    }
}

/// Rows written in one transaction.
const BATCH: usize = 500;

/// One row of a partner's file.
#[derive(Clone, Debug)]
pub struct RosterRow {
    /// Its line in the file.
    pub line: i64,
    /// The site (community).
    pub site: String,
    /// The house.
    pub house: String,
    /// Who lives there.
    pub name: Option<Personal<Name>>,
    /// Their phone.
    pub phone: Option<Personal<Phone>>,
    /// Their identity number.
    pub identity_number: Option<Personal<IdentityNumber>>,
    /// The basis, as the file says it.
    pub basis: String,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedRow {
    /// Its line in the file.
    pub line: i64,
    /// The field.
    pub field: &'static str,
    /// What is wrong with it, and what was expected.
    pub reason: String,
}

/// What became of a file's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RosterResult {
    /// Rows that are new.
    pub added: i64,
    /// Rows that say something else than before.
    pub changed: i64,
    /// Rows that were there already, also further up in the same file.
    pub unchanged: i64,
    /// Rows that were not taken.
    pub refused: Vec<RefusedRow>,
}

/// A house of a partner's site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// The partner.
    pub partner: String,
    /// The house, as in bills and orders.
    pub house: String,
    /// The site.
    pub site: String,
}

impl Row for Household {
    const TABLE: Table = Table {
        name: "households",
        key: &["partner", "house"],
        columns: &[
            fixed("partner", Kind::Text),
            fixed("house", Kind::Text),
            changing("site", Kind::Text),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        [&self.partner, &self.house, &self.site].map(|text| Cell::Text(text.clone())).to_vec()
    }

    fn from_cells(cells: &mut Cells) -> Result<Household, Corrupt> {
        Ok(Household { partner: cells.text()?, house: cells.text()?, site: cells.text()? })
    }
}

/// A roster row on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterEntry {
    /// The identifier.
    pub id: Uuid,
    /// Partner, house and who: what makes a second import harmless.
    pub key: String,
    /// The partner.
    pub partner: String,
    /// The site.
    pub site: String,
    /// The house.
    pub house: String,
    /// On what basis we were told.
    pub basis: Basis,
    /// Who lives there, sealed.
    pub details: SealedDetails,
    /// The keys that it gives.
    pub keys: Keys,
    /// The person whom we know as the one.
    pub person: Option<PersonId>,
    /// The line of the file that said so last.
    pub line: i64,
    /// When it was imported last with a change.
    pub at: Instant,
}

impl Row for RosterEntry {
    const TABLE: Table = Table {
        name: "roster",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("roster_key", Kind::Text),
            fixed("partner", Kind::Text),
            changing("site", Kind::Text),
            fixed("house", Kind::Text),
            changing("basis", Kind::Int),
            changing("name", Kind::Bytes),
            changing("phone", Kind::Bytes),
            changing("identity_number", Kind::Bytes),
            changing("identity_number_key", Kind::Text),
            changing("phone_key", Kind::Text),
            changing("phone_name_key", Kind::Text),
            changing("person", Kind::Id),
            changing("line", Kind::Int),
            changing("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![
            Cell::Id(self.id),
            Cell::Text(self.key.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.site.clone()),
            Cell::Text(self.house.clone()),
            Cell::Int(self.basis.code()),
        ];
        cells.extend(self.details.cells());
        cells.extend(self.keys.cells());
        cells.extend([maybe_id(self.person), Cell::Int(self.line), Cell::Int(self.at.0)]);
        cells
    }

    fn from_cells(cells: &mut Cells) -> Result<RosterEntry, Corrupt> {
        Ok(RosterEntry {
            id: cells.id()?,
            key: cells.text()?,
            partner: cells.text()?,
            site: cells.text()?,
            house: cells.text()?,
            basis: cells.int_as(Basis::from_code)?,
            details: SealedDetails::from_cells(cells)?,
            keys: Keys::from_cells(cells)?,
            person: cells.maybe_id()?,
            line: cells.int()?,
            at: Instant(cells.int()?),
        })
    }
}

/// Takes a partner's roster, some hundred rows a transaction. A row that cannot be taken is refused
/// with its line, the others stand; the same file again changes nothing.
///
/// # Errors
/// When the partner is empty, the store cannot be written, or there are no random bytes. Rows of
/// earlier transactions stand; the file can simply be imported again.
pub async fn import_roster(
    store: &Store,
    vault: &Vault,
    partner: &str,
    rows: Vec<RosterRow>,
    now: Instant,
) -> Result<RosterResult, Error> {
    let partner = said("the partner", partner)?;
    let mut result = RosterResult::default();
    let mut entries: BTreeMap<String, (RosterEntry, Details)> = BTreeMap::new();
    for row in rows {
        match entry(vault, partner, row, now) {
            // Two lines that say who lives where: the first stands.
            Ok((entry, _)) if entries.contains_key(&entry.key) => result.unchanged += 1,
            Ok((entry, details)) => {
                entries.insert(entry.key.clone(), (entry, details));
            }
            Err(refused) => result.refused.push(refused),
        }
    }
    let mut entries: Vec<(RosterEntry, Details)> = entries.into_values().collect();
    entries.sort_by_key(|(entry, _)| entry.line);
    for batch in entries.chunks(BATCH) {
        let (mut unit, _) = store.engine().begin().await?;
        match take(unit.as_mut(), vault, batch).await {
            Ok([added, changed, unchanged]) => {
                unit.commit().await?;
                result.added += added;
                result.changed += changed;
                result.unchanged += unchanged;
            }
            Err(error) => {
                // The first error is the one to tell.
                let _ = unit.rollback().await;
                return Err(error);
            }
        }
    }
    Ok(result)
}

/// The entry that a row asks for, not sealed yet and without an identifier.
fn entry(
    vault: &Vault,
    partner: &str,
    row: RosterRow,
    now: Instant,
) -> Result<(RosterEntry, Details), RefusedRow> {
    let refuse = |field, reason: String| Err(RefusedRow { line: row.line, field, reason });
    let basis = match row.basis.parse::<Basis>() {
        Ok(basis) => basis,
        Err(unknown) => {
            return refuse("basis", format!("there is no lawful basis for this row: {unknown}"));
        }
    };
    let house = row.house.trim();
    if house.is_empty() {
        return refuse("house", "it is empty: expected the house as bills name it".to_owned());
    }
    let details =
        Details { name: row.name, phone: row.phone, identity_number: row.identity_number };
    let details = details.without_blanks();
    let who = match (&details.name, &details.phone) {
        (Some(name), _) => format!("name:{}", index(vault, name)),
        (None, Some(phone)) => format!("phone:{}", phone_index(vault, phone)),
        (None, None) => {
            return refuse("name", "neither name nor phone is given: expected one".to_owned());
        }
    };
    let entry = RosterEntry {
        id: Uuid::nil(),
        key: format!("{partner}/{house}/{who}"),
        partner: partner.to_owned(),
        site: row.site.trim().to_owned(),
        house: house.to_owned(),
        basis,
        details: SealedDetails::default(),
        keys: Keys::of(vault, &details),
        person: None,
        line: row.line,
        at: now,
    };
    Ok((entry, details))
}

/// Writes one batch: how many rows were added, changed, and there already.
async fn take(
    unit: &mut dyn Unit,
    vault: &Vault,
    batch: &[(RosterEntry, Details)],
) -> Result<[i64; 3], Error> {
    let keys = texts(batch.iter().map(|(entry, _)| entry.key.as_str()));
    let known: BTreeMap<String, RosterEntry> = select::<RosterEntry>(unit, "roster_key", keys)
        .await?
        .into_iter()
        .map(|entry| (entry.key.clone(), entry))
        .collect();
    let keys: BTreeSet<String> = batch
        .iter()
        .flat_map(|(entry, _)| entry.keys.each().map(|(_, key)| key.to_owned()))
        .collect();
    let people = Directory::load(unit, &keys).await?;
    let mut counts = [0; 3];
    let mut rows = Vec::new();
    for ((entry, details), nth) in batch.iter().zip(0u16..) {
        let mut entry = entry.clone();
        entry.id = match known.get(&entry.key) {
            Some(before) if before.says_the_same(&entry) => {
                counts[2] += 1;
                continue;
            }
            Some(before) => {
                entry.person = before.person;
                counts[1] += 1;
                before.id
            }
            None => {
                counts[0] += 1;
                new_ids(entry.at)?.id(nth)
            }
        };
        entry.details = SealedDetails::seal(vault, RosterEntry::TABLE.name, entry.id, details)?;
        entry.person = entry.person.or_else(|| people.of_keys(&entry.keys));
        rows.push(entry);
    }
    // The last word on a house's site counts, and a statement may name a row only once.
    let households: BTreeMap<&str, Household> = rows
        .iter()
        .map(|entry| {
            let (partner, house) = (entry.partner.clone(), entry.house.clone());
            (entry.house.as_str(), Household { partner, house, site: entry.site.clone() })
        })
        .collect();
    replace(unit, &households.into_values().collect::<Vec<_>>()).await?;
    replace(unit, &rows).await?;
    Ok(counts)
}

impl RosterEntry {
    fn says_the_same(&self, other: &RosterEntry) -> bool {
        (&self.site, self.basis, &self.keys) == (&other.site, other.basis, &other.keys)
    }
}

/// Links roster rows to people who have just become known by the same keys.
pub(crate) async fn link(unit: &mut dyn Unit, people: &Directory) -> Result<(), StoreError> {
    let keys = |kind: IdentityKind| {
        let learnt = people.learnt().iter().filter(move |identity| identity.kind == kind);
        texts(learnt.map(|identity| identity.key.as_str()))
    };
    let numbers = keys(IdentityKind::IdentityNumber);
    let phones = keys(IdentityKind::PhoneName);
    let mut rows: Vec<RosterEntry> = select(unit, "identity_number_key", numbers).await?;
    rows.extend(select::<RosterEntry>(unit, "phone_name_key", phones).await?);
    let mut linked: BTreeMap<Uuid, RosterEntry> = BTreeMap::new();
    for mut row in rows.into_iter().filter(|row| row.person.is_none()) {
        row.person = people.of_keys(&row.keys);
        if row.person.is_some() {
            linked.insert(row.id, row);
        }
    }
    replace(unit, &linked.into_values().collect::<Vec<_>>()).await
}
