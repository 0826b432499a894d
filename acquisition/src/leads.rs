//! Lists of leads for the bank's staff: filtered, a page at a time, masked. Clear data leaves only
//! through [`disclose`], only of people who allow marketing, and never without a record of who saw
//! whom and why.

use crate::consent::CONTACTABLE;
use crate::lead::{Lead, LeadId, LeadState};
use crate::person::{Details, Person};
use crate::table::insert;
use crate::{Error, new_ids, said};
use jiaozi_ledger::id::{OrderId, PersonId};
use jiaozi_ledger::personal::{Masking, Name, Personal, Phone};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed, json};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::Vault;
use serde::Serialize;
use uuid::Uuid;

/// The longest page.
pub const PAGE: i64 = 1_000;

/// Which leads are wanted; what is not given is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeadFilter {
    /// Of this partner.
    pub partner: Option<String>,
    /// Of this site.
    pub site: Option<String>,
    /// Of this scene.
    pub scene: Option<String>,
    /// As far as this.
    pub state: Option<LeadState>,
    /// First seen at this instant or later.
    pub since: Option<Instant>,
}

/// A lead as listed: everything personal is masked text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeadLine {
    /// The identifier.
    pub lead: LeadId,
    /// The person.
    pub person: PersonId,
    /// The partner where they paid.
    pub partner: String,
    /// The scene in which they paid.
    pub scene: String,
    /// The site paid for.
    pub site: String,
    /// The house paid for.
    pub house: String,
    /// The channel.
    pub channel: String,
    /// The evidence: the number in the feed of the first payment.
    pub seq: i64,
    /// The order of that payment.
    pub order: OrderId,
    /// When it was posted.
    pub at: Instant,
    /// How far the lead has come.
    pub state: LeadState,
    /// How many payments were posted.
    pub payments: i64,
    /// How many of them were cancelled since.
    pub cancelled: i64,
    /// When the last one was posted.
    pub last_at: Instant,
    /// The name, masked.
    pub name: Option<String>,
    /// The phone, masked.
    pub phone: Option<String>,
    /// Whether the person allows marketing now. Without it nobody may be called.
    pub contactable: bool,
}

/// A lead with what is needed to call the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisclosedLead {
    /// The lead.
    #[serde(flatten)]
    pub line: LeadLine,
    /// The name, if the person allows marketing. It formats masked: to write it in clear, expose it.
    #[serde(skip)]
    pub clear_name: Option<Personal<Name>>,
    /// The phone, if the person allows marketing. It formats masked: to write it in clear, expose it.
    #[serde(skip)]
    pub clear_phone: Option<Personal<Phone>>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The lines, the oldest lead first.
    pub lines: Vec<T>,
    /// After which lead the next page begins, if there may be one.
    pub next: Option<LeadId>,
}

/// Who wants to see clear data, and why.
#[derive(Clone, Copy, Debug)]
pub struct Unmask<'a> {
    /// The operator.
    pub actor: &'a str,
    /// The reason.
    pub reason: &'a str,
}

/// That somebody was shown clear data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The identifier.
    pub id: Uuid,
    /// Who saw it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// What was asked, JSON.
    pub filter: String,
    /// Of whom.
    pub people: Vec<PersonId>,
    /// When.
    pub at: Instant,
}

impl Row for Disclosure {
    const TABLE: Table = Table {
        name: "disclosures",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("actor", Kind::Text),
            fixed("reason", Kind::Text),
            fixed("filter", Kind::Text),
            fixed("people", Kind::Text),
            fixed("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id),
            Cell::Text(self.actor.clone()),
            Cell::Text(self.reason.clone()),
            Cell::Text(self.filter.clone()),
            json(&self.people),
            Cell::Int(self.at.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Disclosure, Corrupt> {
        Ok(Disclosure {
            id: cells.id()?,
            actor: cells.text()?,
            reason: cells.text()?,
            filter: cells.text()?,
            people: cells.json()?,
            at: Instant(cells.int()?),
        })
    }
}

/// A page of leads after `after`, masked.
///
/// # Errors
/// When the store cannot be read, or personal data does not open.
pub async fn list(
    store: &Store,
    vault: &Vault,
    filter: &LeadFilter,
    after: Option<LeadId>,
    limit: i64,
) -> Result<Page<LeadLine>, Error> {
    let rows = store.engine().read(query(filter, after, limit)).await?;
    let next = next(&rows, limit);
    let lines = rows.into_iter().map(|row| Ok(line(vault, row)?.0));
    Ok(Page { lines: lines.collect::<Result<_, Error>>()?, next })
}

/// A page of leads after `after`, with the clear data of those who allow marketing. Who saw whom and
/// why is on record in the same transaction; if it cannot be recorded, nothing is shown.
///
/// # Errors
/// When the actor or the reason is empty, the store cannot be written, or personal data does not
/// open.
pub async fn disclose(
    store: &Store,
    vault: &Vault,
    filter: &LeadFilter,
    after: Option<LeadId>,
    limit: i64,
    unmask: Unmask<'_>,
    now: Instant,
) -> Result<Page<DisclosedLead>, Error> {
    let mut disclosure = Disclosure {
        id: new_ids(now)?.id(0),
        actor: said("the actor", unmask.actor)?.to_owned(),
        reason: said("the reason", unmask.reason)?.to_owned(),
        filter: serde_json::to_string(filter).unwrap_or_default(),
        people: Vec::new(),
        at: now,
    };
    let (mut unit, _) = store.engine().begin().await?;
    let page = async {
        let rows = unit.read(query(filter, after, limit)).await?;
        let next = next(&rows, limit);
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let (line, details) = line(vault, row)?;
            let details = if line.contactable { details } else { Details::default() };
            if line.contactable && !disclosure.people.contains(&line.person) {
                disclosure.people.push(line.person);
            }
            let Details { name: clear_name, phone: clear_phone, .. } = details;
            lines.push(DisclosedLead { line, clear_name, clear_phone });
        }
        insert(unit.as_mut(), &[disclosure]).await?;
        Ok(Page { lines, next })
    }
    .await;
    match page {
        Ok(page) => {
            unit.commit().await?;
            Ok(page)
        }
        Err(error) => {
            // The first error is the one to tell.
            let _ = unit.rollback().await;
            Err(error)
        }
    }
}

/// What was disclosed, the first first.
///
/// # Errors
/// When the store cannot be read.
pub async fn disclosures(store: &Store) -> Result<Vec<Disclosure>, Error> {
    Ok(store.find("order by at, id", Vec::new()).await?)
}

fn query(filter: &LeadFilter, after: Option<LeadId>, limit: i64) -> Query {
    let mut binds = vec![Cell::Int(BOOK)];
    let mut clauses = String::new();
    let mut ask = |clause: &str, value: Option<Cell>| {
        if let Some(value) = value {
            binds.push(value);
            clauses.push_str(&format!(" and l.{clause} ${}", binds.len()));
        }
    };
    let text = |value: &Option<String>| value.clone().map(Cell::Text);
    ask("partner =", text(&filter.partner));
    ask("site =", text(&filter.site));
    ask("scene =", text(&filter.scene));
    ask("state =", filter.state.map(|state| Cell::Int(state.code())));
    ask("at >=", filter.since.map(|since| Cell::Int(since.0)));
    ask("id >", after.map(|after| Cell::Id(after.0)));
    binds.push(Cell::Int(limit.clamp(1, PAGE)));
    let mut kinds: Vec<Kind> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for (alias, table) in [("l", Lead::TABLE), ("p", Person::TABLE)] {
        kinds.extend(table.columns.iter().map(|column| column.kind));
        columns.extend(table.columns.iter().map(|column| format!("{alias}.{}", column.name)));
    }
    kinds.push(Kind::Int);
    Query {
        sql: format!(
            "select {}, {CONTACTABLE} from leads l join people p on p.book = l.book and p.id = l.person
             where l.book = $1 and l.merged_into is null{clauses} order by l.id limit ${}",
            columns.join(", "),
            binds.len(),
        ),
        binds,
        kinds,
    }
}

fn next(rows: &[Vec<Cell>], limit: i64) -> Option<LeadId> {
    let full = i64::try_from(rows.len()) == Ok(limit.clamp(1, PAGE));
    match rows.last().and_then(|row| row.first()) {
        Some(Cell::Id(id)) if full => Some(LeadId(*id)),
        _ => None,
    }
}

/// A row as a line, and the clear details behind it.
fn line(vault: &Vault, mut row: Vec<Cell>) -> Result<(LeadLine, Details), Error> {
    let contactable = row.pop() == Some(Cell::Int(1));
    let person = row.split_off(Lead::TABLE.columns.len().min(row.len()));
    let read = |error: Corrupt| StoreError::from(error);
    let lead = Lead::from_cells(&mut Cells::new(Lead::TABLE, row)).map_err(read)?;
    let person = Person::from_cells(&mut Cells::new(Person::TABLE, person)).map_err(read)?;
    let details = person.open(vault)?;
    fn masked<K: Masking>(value: Option<&Personal<K>>) -> Option<String> {
        value.map(Personal::masked)
    }
    let line = LeadLine {
        lead: lead.id,
        person: lead.person,
        partner: lead.partner,
        scene: lead.scene,
        site: lead.site,
        house: lead.house,
        channel: lead.channel,
        seq: lead.seq,
        order: lead.order,
        at: lead.at,
        state: lead.state,
        payments: lead.payments,
        cancelled: lead.cancelled,
        last_at: lead.last_at,
        name: masked(details.name.as_ref()),
        phone: masked(details.phone.as_ref()),
        contactable,
    };
    Ok((line, details))
}
