//! Making two people one in the tables: the older stays, and identities, leads, payments and roster
//! rows move. Consents stay where they were given; [`crate::consent`] reads them together. Which two
//! are one is decided in `directory`.

use crate::identity::IdentityKind;
use crate::lead::{Lead, LeadId};
use crate::table::{ids, insert, replace, select};
use jiaozi_ledger::id::PersonId;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed};
use jiaozi_ledger::store::engine::Unit;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// That two people turned out to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonMerge {
    /// The younger.
    pub person: PersonId,
    /// The older, who stays.
    pub survivor: PersonId,
    /// What they share.
    pub kind: IdentityKind,
    /// What showed it.
    pub evidence: String,
    /// When that was.
    pub at: Instant,
}

impl Row for PersonMerge {
    const TABLE: Table = Table {
        name: "person_merges",
        key: &["person"],
        columns: &[
            fixed("person", Kind::Id),
            fixed("survivor", Kind::Id),
            fixed("kind", Kind::Int),
            fixed("evidence", Kind::Text),
            fixed("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.person.0),
            Cell::Id(self.survivor.0),
            Cell::Int(self.kind.code()),
            Cell::Text(self.evidence.clone()),
            Cell::Int(self.at.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<PersonMerge, Corrupt> {
        Ok(PersonMerge {
            person: cells.id()?,
            survivor: cells.id()?,
            kind: cells.int_as(IdentityKind::from_code)?,
            evidence: cells.text()?,
            at: Instant(cells.int()?),
        })
    }
}

/// Writes merges in their order. They are rare, so a few statements each do no harm.
pub(crate) async fn apply(unit: &mut dyn Unit, merges: &[PersonMerge]) -> Result<(), StoreError> {
    if merges.is_empty() {
        return Ok(());
    }
    insert(unit, merges).await?;
    for merge in merges {
        for sql in [
            // Whoever had become the younger is the older now: nobody points at a merged person.
            "update people set merged_into = $3 where book = $1 and merged_into = $2",
            "update roster set person = $3 where book = $1 and person = $2",
        ] {
            unit.execute(sql.to_owned(), binds(merge.person, merge.survivor)).await?;
        }
        let gone = vec![Cell::Int(BOOK), Cell::Id(merge.person.0)];
        let sql = "delete from identities where book = $1 and person = $2";
        unit.execute(sql.to_owned(), gone).await?;
    }
    move_leads(unit, merges).await
}

fn binds(from: impl Into<uuid::Uuid>, to: impl Into<uuid::Uuid>) -> Vec<Cell> {
    vec![Cell::Int(BOOK), Cell::Id(from.into()), Cell::Id(to.into())]
}

async fn move_leads(unit: &mut dyn Unit, merges: &[PersonMerge]) -> Result<(), StoreError> {
    let people: BTreeSet<PersonId> =
        merges.iter().flat_map(|merge| [merge.person, merge.survivor]).collect();
    let mut leads: BTreeMap<LeadId, Lead> = select::<Lead>(unit, "person", ids(people))
        .await?
        .into_iter()
        .filter(|lead| lead.merged_into.is_none())
        .map(|lead| (lead.id, lead))
        .collect();
    let mut taken_over: Vec<(LeadId, LeadId)> = Vec::new();
    for merge in merges {
        taken_over.extend(unite(&mut leads, merge));
    }
    // Those taken over first: a person has one lead a scene, also between two rows of a statement.
    let (gone, kept): (Vec<Lead>, Vec<Lead>) =
        leads.into_values().partition(|lead| lead.merged_into.is_some());
    replace(unit, &gone).await?;
    replace(unit, &kept).await?;
    for (from, to) in taken_over {
        for sql in [
            "update lead_payments set lead = $3 where book = $1 and lead = $2",
            "update leads set merged_into = $3 where book = $1 and merged_into = $2",
        ] {
            unit.execute(sql.to_owned(), binds(from, to)).await?;
        }
    }
    Ok(())
}

/// Gives the younger's leads to the older. Where both have one of a scene, the first evidence wins
/// and takes the other's payments.
fn unite(leads: &mut BTreeMap<LeadId, Lead>, merge: &PersonMerge) -> Vec<(LeadId, LeadId)> {
    let of = |leads: &BTreeMap<LeadId, Lead>, person: PersonId| -> Vec<Lead> {
        leads
            .values()
            .filter(|lead| lead.person == person && lead.merged_into.is_none())
            .cloned()
            .collect()
    };
    let olders = of(leads, merge.survivor);
    let mut taken_over = Vec::new();
    for mut lead in of(leads, merge.person) {
        lead.person = merge.survivor;
        let twin = olders
            .iter()
            .find(|older| older.partner == lead.partner && older.scene == lead.scene)
            .cloned();
        if let Some(twin) = twin {
            let (mut keep, mut gone) =
                if twin.seq <= lead.seq { (twin, lead) } else { (lead, twin) };
            keep.payments += gone.payments;
            keep.cancelled += gone.cancelled;
            keep.last_at = keep.last_at.max(gone.last_at);
            keep.state = keep.state.max(gone.state);
            gone.merged_into = Some(keep.id);
            taken_over.push((gone.id, keep.id));
            leads.insert(gone.id, gone);
            lead = keep;
        }
        leads.insert(lead.id, lead);
    }
    taken_over
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::LeadState;
    use jiaozi_ledger::id::OrderId;
    use uuid::Uuid;

    fn lead(nth: u128, person: PersonId, partner: &str) -> Lead {
        Lead {
            id: LeadId(Uuid::from_u128(nth)),
            person,
            partner: partner.to_owned(),
            scene: "property".to_owned(),
            seq: nth as i64,
            order: OrderId(Uuid::from_u128(nth)),
            channel: "app".to_owned(),
            site: String::new(),
            house: String::new(),
            at: Instant(0),
            state: LeadState::New,
            payments: 1,
            cancelled: 0,
            last_at: Instant(nth as i64),
            merged_into: None,
        }
    }

    #[test]
    fn the_first_evidence_wins_and_takes_the_others_payments() {
        let (old, young) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let rows = [lead(7, old, "a"), lead(3, young, "a"), lead(4, young, "b")];
        let mut leads = rows.into_iter().map(|lead| (lead.id, lead)).collect();
        let merge = PersonMerge {
            person: young,
            survivor: old,
            kind: IdentityKind::IdentityNumber,
            evidence: String::new(),
            at: Instant(0),
        };
        let id = |nth| LeadId(Uuid::from_u128(nth));
        assert_eq!(unite(&mut leads, &merge), [(id(7), id(3))]);
        let kept = &leads[&id(3)];
        assert_eq!((kept.person, kept.payments, kept.last_at), (old, 2, Instant(7)));
        assert_eq!(leads[&id(7)].merged_into, Some(id(3)));
        assert_eq!((leads[&id(4)].person, leads[&id(4)].merged_into), (old, None));
    }
}
