//! Who lives where, as a partner's file says, and on what basis we were told.
//!
//! A row makes nobody a person of ours and nobody a lead: it gives a report its households, and is
//! linked to a person who pays. Personal data of a row stays in the row, so that what was entrusted
//! to us for one purpose does not reach the lists of another.
//!
//! A roster holds as of an instant. A house keeps that of the newest roster that named it: what an older
//! one says about it, other than what is known, is outdated and changes nothing. Rosters of the same
//! instant count in the order in which they come.

use crate::directory::Directory;
use crate::identity::{IdentityKind, Keys, index, phone_index};
use crate::person::{Details, SealedDetails};
use crate::table::{maybe_id, replace, select, texts};
use crate::{Error, new_ids, said};
use jiaozi_ledger::id::PersonId;
use jiaozi_ledger::personal::{IdentityNumber, Name, Personal, Phone};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use jiaozi_ledger::store::engine::{Query, Unit, records};
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
    /// Rows of houses about which a newer roster has spoken, and said something else: not taken.
    pub outdated: i64,
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
    /// As of when the newest roster holds that names it.
    pub as_of: Instant,
}

impl Row for Household {
    const TABLE: Table = Table {
        name: "households",
        key: &["partner", "house"],
        columns: &[
            fixed("partner", Kind::Text),
            fixed("house", Kind::Text),
            changing("site", Kind::Text),
            changing("as_of", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        let mut cells = texts([&self.partner, &self.house, &self.site].map(String::as_str));
        cells.push(Cell::Int(self.as_of.0));
        cells
    }

    fn from_cells(cells: &mut Cells) -> Result<Household, Corrupt> {
        Ok(Household {
            partner: cells.text()?,
            house: cells.text()?,
            site: cells.text()?,
            as_of: Instant(cells.int()?),
        })
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

/// Takes a partner's roster as of an instant, some hundred rows a transaction. A row that cannot be
/// taken is refused with its line, the others stand; the same file again changes nothing.
///
/// # Errors
/// When the partner is empty, the store cannot be written, or there are no random bytes. Rows of
/// earlier transactions stand; the file can simply be imported again.
pub async fn import_roster(
    store: &Store,
    vault: &Vault,
    partner: &str,
    rows: Vec<RosterRow>,
    as_of: Instant,
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
        match take(unit.as_mut(), vault, partner, batch, as_of).await {
            Ok([added, changed, unchanged, outdated]) => {
                unit.commit().await?;
                result.outdated += outdated;
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

/// The rows of a roster that are not taken whatever is known already.
#[must_use]
pub fn refusals(vault: &Vault, partner: &str, rows: Vec<RosterRow>) -> Vec<RefusedRow> {
    let refusal = |row| entry(vault, partner, row, Instant::default()).err();
    rows.into_iter().filter_map(refusal).collect()
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

/// Writes one batch: how many rows were added, changed, there already, and outdated.
async fn take(
    unit: &mut dyn Unit,
    vault: &Vault,
    partner: &str,
    batch: &[(RosterEntry, Details)],
    as_of: Instant,
) -> Result<[i64; 4], Error> {
    let houses: BTreeSet<&str> = batch.iter().map(|(entry, _)| entry.house.as_str()).collect();
    let houses = households(unit, partner, &houses).await?;
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
    let mut counts = [0; 4];
    let mut rows = Vec::new();
    let mut named: BTreeMap<&str, Household> = BTreeMap::new();
    for ((entry, details), nth) in batch.iter().zip(0u16..) {
        let house = houses.get(&entry.house);
        let same = known.get(&entry.key).is_some_and(|before| before.says_the_same(entry));
        if house.is_some_and(|house| house.as_of > as_of) {
            counts[if same { 2 } else { 3 }] += 1;
            continue;
        }
        // The last word on a house's site counts, and a statement may name a row only once.
        let household = Household {
            partner: entry.partner.clone(),
            house: entry.house.clone(),
            site: entry.site.clone(),
            as_of,
        };
        if house != Some(&household) {
            named.insert(&entry.house, household);
        }
        if same {
            counts[2] += 1;
            continue;
        }
        let mut entry = entry.clone();
        entry.id = match known.get(&entry.key) {
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
    replace(unit, &named.into_values().collect::<Vec<_>>()).await?;
    replace(unit, &rows).await?;
    Ok(counts)
}

/// What is known of some houses of a partner.
async fn households(
    unit: &mut dyn Unit,
    partner: &str,
    houses: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Household>, StoreError> {
    let places: Vec<String> = (3..houses.len() + 3).map(|place| format!("${place}")).collect();
    let clause = format!("partner = $2 and house in ({})", places.join(", "));
    let binds = texts(std::iter::once(partner).chain(houses.iter().copied()));
    let known: Vec<Household> =
        records(unit.read(Query::rows::<Household>(&clause, binds)).await?)?;
    Ok(known.into_iter().map(|household| (household.house.clone(), household)).collect())
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
