//! What a person allowed or refused, purpose by purpose. Append-only: the latest word counts, at
//! once; without any word the answer is no. Paying never asks for it.

use crate::directory::{Claim, Directory};
use crate::holder;
use crate::identity::account_key;
use crate::table::insert;
use crate::{Error, new_ids, said};
use jiaozi_ledger::id::{AccountId, PersonId};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed};
use jiaozi_ledger::store::engine::{Query, Unit};
use jiaozi_ledger::store::{BOOK, Store};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::Vault;
use serde::Serialize;
use std::collections::BTreeMap;

words! {
    /// For what personal data may be used.
    Purpose {
        /// To serve what the person uses already.
        Service = 0 "service",
        /// To offer something.
        Marketing = 1 "marketing",
        /// To conclude something about the person from what they do.
        Profiling = 2 "profiling",
        /// To hand something about the person to a partner.
        ShareToPartner = 3 "share_to_partner",
        /// To ask a credit register.
        CreditQuery = 4 "credit_query",
    }
}

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A person whom we know.
    Person(PersonId),
    /// The holder of a payer account, who becomes a person now unless they are one: the page may ask
    /// before the first payment is read.
    Payer(AccountId),
}

/// A word given: everything but who, where in the sequence, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// For what.
    pub purpose: Purpose,
    /// Yes, or no.
    pub granted: bool,
    /// Through which channel it was given.
    pub channel: &'a str,
    /// The version of the text that was shown.
    pub version: &'a str,
    /// What proves it: a request, a recording, a paper.
    pub evidence: &'a str,
    /// Who put it on record: the person, or an operator.
    pub actor: &'a str,
}

/// A word on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// Who gave it.
    pub person: PersonId,
    /// Their how-manieth it is.
    pub nth: i64,
    /// For what.
    pub purpose: Purpose,
    /// Yes, or no.
    pub granted: bool,
    /// Through which channel it was given.
    pub channel: String,
    /// The version of the text that was shown.
    pub version: String,
    /// What proves it.
    pub evidence: String,
    /// Who put it on record.
    pub actor: String,
    /// When.
    pub at: Instant,
}

impl Row for Consent {
    const TABLE: Table = Table {
        name: "consents",
        key: &["person", "nth"],
        columns: &[
            fixed("person", Kind::Id),
            fixed("nth", Kind::Int),
            fixed("purpose", Kind::Int),
            fixed("granted", Kind::Int),
            fixed("channel", Kind::Text),
            fixed("version", Kind::Text),
            fixed("evidence", Kind::Text),
            fixed("actor", Kind::Text),
            fixed("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.person.0),
            Cell::Int(self.nth),
            Cell::Int(self.purpose.code()),
            Cell::Int(i64::from(self.granted)),
            Cell::Text(self.channel.clone()),
            Cell::Text(self.version.clone()),
            Cell::Text(self.evidence.clone()),
            Cell::Text(self.actor.clone()),
            Cell::Int(self.at.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Consent, Corrupt> {
        Ok(Consent {
            person: cells.id()?,
            nth: cells.int()?,
            purpose: cells.int_as(Purpose::from_code)?,
            granted: cells.int()? != 0,
            channel: cells.text()?,
            version: cells.text()?,
            evidence: cells.text()?,
            actor: cells.text()?,
            at: Instant(cells.int()?),
        })
    }
}

/// Everyone whom a person was before merges, and the person: `$2` is any of them.
const SELVES: &str =
    "person in (select id from people where book = $1 and coalesce(merged_into, id) =
    (select coalesce(merged_into, id) from people where book = $1 and id = $2))";

/// Whether a lead's person (`l.person`, never a merged one) allows marketing now: 1 or 0. For lists,
/// with the same rule as [`consent_of`].
pub(crate) const CONTACTABLE: &str = "coalesce((select c.granted from consents c
    where c.book = l.book and c.purpose = 1 and c.person in (select p.id from people p
        where p.book = l.book and (p.id = l.person or p.merged_into = l.person))
    order by c.at desc, c.nth desc, c.granted limit 1), 0)";

/// Puts a word on record. It counts from now on.
///
/// # Errors
/// When something that must be said is empty, the person is not known, or the store cannot be
/// written.
pub async fn record_consent(
    store: &Store,
    vault: &Vault,
    party: Party,
    word: &Word<'_>,
    now: Instant,
) -> Result<Consent, Error> {
    let mut consent = Consent {
        person: PersonId(uuid::Uuid::nil()),
        nth: 0,
        purpose: word.purpose,
        granted: word.granted,
        channel: said("the channel", word.channel)?.to_owned(),
        version: said("the version of the text", word.version)?.to_owned(),
        evidence: said("the evidence", word.evidence)?.to_owned(),
        actor: said("the actor", word.actor)?.to_owned(),
        at: now,
    };
    let (mut unit, _) = store.engine().begin().await?;
    match append(unit.as_mut(), vault, party, &mut consent).await {
        Ok(()) => unit.commit().await?,
        Err(error) => {
            // The first error is the one to tell.
            let _ = unit.rollback().await;
            return Err(error);
        }
    }
    Ok(consent)
}

async fn append(
    unit: &mut dyn Unit,
    vault: &Vault,
    party: Party,
    consent: &mut Consent,
) -> Result<(), Error> {
    consent.person = match party {
        Party::Person(person) => current(unit, person).await?,
        Party::Payer(account) => payer(unit, vault, account, consent.at).await?,
    };
    let sql = "select coalesce(max(nth), 0) + 1 from consents where book = $1 and person = $2";
    consent.nth = number(unit, sql, consent.person).await?.unwrap_or(1);
    // Time never goes back within a person: the latest word is also the last.
    let sql = "select max(at) from consents where book = $1 and person = $2";
    let last = number(unit, sql, consent.person).await?.unwrap_or(consent.at.0);
    consent.at = consent.at.max(Instant(last));
    insert(unit, std::slice::from_ref(consent)).await?;
    Ok(())
}

/// Who a person is by now.
async fn current(unit: &mut dyn Unit, person: PersonId) -> Result<PersonId, Error> {
    let query = Query {
        sql: "select coalesce(merged_into, id) from people where book = $1 and id = $2".to_owned(),
        binds: vec![Cell::Int(BOOK), Cell::Id(person.0)],
        kinds: vec![Kind::Id],
    };
    let rows = unit.read(query).await?;
    match rows.first().and_then(|row| row.first()) {
        Some(Cell::Id(id)) => Ok(PersonId(*id)),
        _ => Err(Error::UnknownPerson(person)),
    }
}

/// The person of a payer account, made now if need be.
async fn payer(
    unit: &mut dyn Unit,
    vault: &Vault,
    account: AccountId,
    now: Instant,
) -> Result<PersonId, Error> {
    let holders = holder::of_accounts(unit, [account]).await?;
    let holder = holders.get(&account);
    let key = account_key(account);
    let keys = Directory::keys_of(&key, holder).into_iter().collect();
    let mut directory = Directory::load(unit, &keys).await?;
    let evidence = "their word on consent".to_owned();
    let claim = Claim { account: &key, holder, newer: false, evidence, at: now };
    let person = directory.resolve(vault, &claim, new_ids(now)?.id(0))?;
    directory.save(unit).await?;
    Ok(person)
}

async fn number(unit: &mut dyn Unit, sql: &str, person: PersonId) -> Result<Option<i64>, Error> {
    let query = Query::number(sql, vec![Cell::Int(BOOK), Cell::Id(person.0)]);
    let rows = unit.read(query).await?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Cell::Int(number)) => Some(*number),
        _ => None,
    })
}

/// Whether a person allows each purpose now. Words given before a merge count too.
///
/// # Errors
/// When the store cannot be read.
pub async fn consent_of(store: &Store, person: PersonId) -> Result<BTreeMap<Purpose, bool>, Error> {
    let mut latest: BTreeMap<Purpose, bool> =
        Purpose::ALL.iter().map(|purpose| (*purpose, false)).collect();
    for consent in history(store, person).await? {
        latest.insert(consent.purpose, consent.granted);
    }
    Ok(latest)
}

/// Whether a person allows a purpose now.
///
/// # Errors
/// When the store cannot be read.
pub async fn allows(store: &Store, person: PersonId, purpose: Purpose) -> Result<bool, Error> {
    Ok(consent_of(store, person).await?.get(&purpose).copied().unwrap_or(false))
}

/// Every word of a person, the first first.
///
/// # Errors
/// When the store cannot be read.
pub async fn history(store: &Store, person: PersonId) -> Result<Vec<Consent>, Error> {
    let clause = format!("{SELVES} order by at, nth, granted desc");
    Ok(store.find(&clause, vec![Cell::Id(person.0)]).await?)
}
