//! The people that a batch is about, in memory: finding the person of a payer, making new ones, and
//! seeing that two are one. Deciding is pure; [`Directory::load`] and [`Directory::save`] do the I/O,
//! each with a few statements for the whole batch.
//!
//! # Who is who
//!
//! | shared | same person? |
//! |---|---|
//! | payer account | yes |
//! | identity number | yes; two known people who share one are merged |
//! | phone and name | yes, unless their identity numbers differ; two known people are merged |
//! | phone alone | only a new payer, when one person has it and the name of one side is not known |
//!
//! Two people with different identity numbers are never merged, whatever else they share; where a phone
//! and a name lead to two such people, they lead to nobody.

use crate::Error;
use crate::holder::AccountHolder;
use crate::identity::{Identity, IdentityKind, Keys};
use crate::merge::{self, PersonMerge};
use crate::person::Person;
use crate::roster;
use crate::table::{ids, insert, replace, select, texts};
use jiaozi_ledger::id::PersonId;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::engine::Unit;
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::Vault;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is said of somebody whose person is wanted.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    /// The key of the payer account.
    pub account: &'a str,
    /// Who holds the account, where the channel told us.
    pub holder: Option<&'a AccountHolder>,
    /// Whether the holder's details replace what is known, instead of only filling gaps.
    pub newer: bool,
    /// What shows it.
    pub evidence: String,
    /// When that was.
    pub at: Instant,
}

/// The people that a batch is about.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    people: BTreeMap<PersonId, Person>,
    identities: BTreeMap<PersonId, Vec<Identity>>,
    by_key: HashMap<String, BTreeSet<PersonId>>,
    created: BTreeSet<PersonId>,
    changed: BTreeSet<PersonId>,
    learnt: Vec<Identity>,
    merges: Vec<PersonMerge>,
}

impl Directory {
    /// Loads everyone who has one of these keys, with all of their keys.
    pub(crate) async fn load(
        unit: &mut dyn Unit,
        keys: &BTreeSet<String>,
    ) -> Result<Directory, StoreError> {
        let keys = texts(keys.iter().map(String::as_str));
        let hits: Vec<Identity> = select(unit, "identity_key", keys).await?;
        let found: BTreeSet<PersonId> = hits.iter().map(|identity| identity.person).collect();
        let mut directory = Directory::default();
        for person in select::<Person>(unit, "id", ids(found.iter().copied())).await? {
            directory.people.insert(person.id, person);
        }
        for identity in select::<Identity>(unit, "person", ids(found)).await? {
            directory.remember(identity);
        }
        Ok(directory)
    }

    /// The keys to load for an account and its holder.
    pub(crate) fn keys_of(account: &str, holder: Option<&AccountHolder>) -> Vec<String> {
        let own = holder.into_iter().flat_map(|holder| holder.keys.each());
        let own = own.map(|(_, key)| key.to_owned());
        std::iter::once(account.to_owned()).chain(own).collect()
    }

    /// The person of an account, if it has one.
    pub(crate) fn of_account(&self, account: &str) -> Option<PersonId> {
        self.by_key.get(account).and_then(|people| people.first().copied())
    }

    /// The person that somebody of these keys must be, if there is one.
    pub(crate) fn of_keys(&self, keys: &Keys) -> Option<PersonId> {
        let mut number = keys.identity_number.clone();
        let mut found = Vec::new();
        self.find_by_keys(keys, &mut number, &mut found);
        found.first().map(|(person, _)| *person)
    }

    /// The identity number's key of a person.
    pub(crate) fn number_of(&self, person: PersonId) -> Option<&str> {
        let own = self.identities.get(&person)?;
        own.iter()
            .find(|identity| identity.kind == IdentityKind::IdentityNumber)
            .map(|identity| identity.key.as_str())
    }

    /// Who a person is by now: somebody else after a merge.
    pub(crate) fn current(&self, person: PersonId) -> PersonId {
        self.people.get(&person).and_then(|person| person.merged_into).unwrap_or(person)
    }

    /// How many people were made.
    pub(crate) fn created(&self) -> usize {
        self.created.len()
    }

    /// How many people were merged into others.
    pub(crate) fn merged(&self) -> usize {
        self.merges.len()
    }

    /// The identities that were added.
    pub(crate) fn learnt(&self) -> &[Identity] {
        &self.learnt
    }

    /// Finds or makes the person of a claim, merges those who turn out to be one, and keeps what the
    /// claim adds.
    pub(crate) fn resolve(
        &mut self,
        vault: &Vault,
        claim: &Claim<'_>,
        new_id: PersonId,
    ) -> Result<PersonId, Error> {
        let none = Keys::default();
        let keys = claim.holder.map_or(&none, |holder| &holder.keys);
        let mut found: Vec<(PersonId, IdentityKind)> = Vec::new();
        let mut number = keys.identity_number.clone();
        if let Some(person) = self.of_account(claim.account) {
            found.push((person, IdentityKind::PayerAccount));
            let known = self.number_of(person).map(str::to_owned);
            if known.is_some() && number.is_some() && known != number {
                // The account was somebody else's, or was registered wrongly: nothing is concluded.
                tracing::warn!(%person, "the holder of a payer account has another identity number");
                return Ok(person);
            }
            number = known.or(number);
        }
        self.find_by_keys(keys, &mut number, &mut found);
        if found.is_empty() {
            found.extend(self.by_phone(keys, number.as_deref()));
        }
        let oldest = found.iter().map(|(person, _)| *person).min_by_key(|id| self.age(*id));
        let person = match oldest {
            Some(person) => person,
            None => {
                self.people.insert(new_id, Person::new(new_id, claim.at));
                self.created.insert(new_id);
                self.changed.insert(new_id);
                new_id
            }
        };
        // An account leads to one person only, so what two share is another key: the surest of them.
        let shared = found.iter().map(|(_, kind)| *kind);
        let shared = shared.filter(|kind| *kind != IdentityKind::PayerAccount).min();
        let shared = shared.unwrap_or(IdentityKind::PayerAccount);
        for (other, _) in found {
            if other != person && self.current(other) == other {
                self.merge(vault, other, person, shared, claim)?;
            }
        }
        self.learn_key(person, IdentityKind::PayerAccount, claim.account, claim);
        for (kind, key) in keys.each() {
            self.learn_key(person, kind, key, claim);
        }
        self.learn_details(vault, person, claim)?;
        Ok(person)
    }

    fn find_by_keys(
        &self,
        keys: &Keys,
        number: &mut Option<String>,
        found: &mut Vec<(PersonId, IdentityKind)>,
    ) {
        let sure = keys.each().filter(|(kind, _)| *kind != IdentityKind::Phone);
        for (kind, key) in sure {
            let known = number.as_deref();
            let people: Vec<PersonId> =
                self.by_key.get(key).into_iter().flatten().copied().collect();
            let fits = |own: Option<&str>| own.is_none() || known.is_none() || own == known;
            let people: Vec<PersonId> =
                people.into_iter().filter(|person| fits(self.number_of(*person))).collect();
            let numbers: BTreeSet<&str> =
                people.iter().filter_map(|person| self.number_of(*person)).collect();
            if numbers.len() > 1 {
                // Namesakes with one phone: which of them it is cannot be told.
                continue;
            }
            let own = numbers.first().map(|own| (*own).to_owned());
            *number = number.take().or(own);
            for person in people {
                if !found.iter().any(|(already, _)| *already == person) {
                    found.push((person, kind));
                }
            }
        }
    }

    /// The only person with a phone, if nothing speaks against them.
    fn by_phone(&self, keys: &Keys, number: Option<&str>) -> Option<(PersonId, IdentityKind)> {
        let people = self.by_key.get(keys.phone.as_deref()?)?;
        let [person] = people.iter().copied().collect::<Vec<_>>()[..] else { return None };
        let own = self.number_of(person);
        let numbers_differ = own.is_some() && number.is_some() && own != number;
        let named = self.people.get(&person).is_some_and(|person| person.details.name.is_some());
        let names_differ = named && keys.phone_name.is_some();
        (!numbers_differ && !names_differ).then_some((person, IdentityKind::Phone))
    }

    fn age(&self, person: PersonId) -> (Instant, PersonId) {
        (self.people.get(&person).map(|person| person.created_at).unwrap_or_default(), person)
    }

    fn remember(&mut self, identity: Identity) {
        self.by_key.entry(identity.key.clone()).or_default().insert(identity.person);
        self.identities.entry(identity.person).or_default().push(identity);
    }

    fn learn_key(&mut self, person: PersonId, kind: IdentityKind, key: &str, claim: &Claim<'_>) {
        if self.by_key.get(key).is_some_and(|people| people.contains(&person)) {
            return;
        }
        let evidence = claim.evidence.clone();
        let identity = Identity { key: key.to_owned(), person, kind, evidence, at: claim.at };
        self.learnt.push(identity.clone());
        self.remember(identity);
    }

    fn learn_details(
        &mut self,
        vault: &Vault,
        person: PersonId,
        claim: &Claim<'_>,
    ) -> Result<(), Error> {
        let Some(holder) = claim.holder else { return Ok(()) };
        let Some(known) = self.people.get_mut(&person) else { return Ok(()) };
        if !claim.newer && !known.details.lacks(&holder.details) {
            return Ok(());
        }
        known.learn(vault, &holder.open(vault)?, claim.newer)?;
        self.changed.insert(person);
        Ok(())
    }

    /// The younger becomes part of the older: its identities move, its details fill gaps.
    fn merge(
        &mut self,
        vault: &Vault,
        younger: PersonId,
        older: PersonId,
        kind: IdentityKind,
        claim: &Claim<'_>,
    ) -> Result<(), Error> {
        if let Some(gone) = self.people.get_mut(&younger) {
            gone.merged_into = Some(older);
            let details = gone.open(vault)?;
            if let Some(stays) = self.people.get_mut(&older) {
                stays.learn(vault, &details, false)?;
            }
        }
        for earlier in self.people.values_mut().filter(|person| person.merged_into == Some(younger))
        {
            earlier.merged_into = Some(older);
            self.changed.insert(earlier.id);
        }
        for identity in self.identities.remove(&younger).unwrap_or_default() {
            let people = self.by_key.entry(identity.key.clone()).or_default();
            people.remove(&younger);
            if !people.contains(&older) {
                let moved = Identity { person: older, ..identity };
                self.learnt.push(moved.clone());
                self.remember(moved);
            }
        }
        // What the younger had learnt in this very batch has moved too.
        self.learnt.retain(|identity| identity.person != younger);
        self.changed.extend([younger, older]);
        let evidence = claim.evidence.clone();
        self.merges.push(PersonMerge {
            person: younger,
            survivor: older,
            kind,
            evidence,
            at: claim.at,
        });
        Ok(())
    }

    /// Writes who is new, who changed and who is one now.
    pub(crate) async fn save(&self, unit: &mut dyn Unit) -> Result<(), StoreError> {
        let changed: Vec<Person> =
            self.changed.iter().filter_map(|id| self.people.get(id)).cloned().collect();
        let (new, old): (Vec<Person>, Vec<Person>) =
            changed.into_iter().partition(|person| self.created.contains(&person.id));
        insert(unit, &new).await?;
        replace(unit, &old).await?;
        insert(unit, &self.learnt).await?;
        merge::apply(unit, &self.merges).await?;
        roster::link(unit, self).await
    }
}
