//! The reader of the feed: payments in, people and leads out.
//!
//! # The phases of a batch
//!
//! | phase | what happens |
//! |---|---|
//! | read | the feed after the cursor, before any lock |
//! | begin | a writing transaction; if another process has moved the cursor, start again |
//! | people | holders and people of the batch's payers are loaded, found, made, merged and written |
//! | leads | leads and payments of the batch are loaded, counted and written |
//! | commit | with the cursor |
//!
//! The cursor makes each event count once. Beyond that every effect has a natural key (a payer
//! account, a person with partner and scene, an order) and remembers the last number that changed it,
//! so reading the feed again from its beginning changes nothing.

use crate::Error;
use crate::directory::{Claim, Directory};
use crate::holder;
use crate::identity::account_key;
use crate::lead::{Lead, LeadId, LeadPayment, LeadState, PaymentState};
use crate::payment::{self, PaymentEvent, Posted, UnreadEvent};
use crate::table::{ids, insert, replace, select};
use jiaozi_ledger::id::{AccountId, Ids, OrderId, PersonId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::store::engine::Unit;
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::vault::Vault;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The name of the cursor.
pub const READER: &str = "acquisition";

/// Events of one transaction. It holds the book's head, and payments wait meanwhile: some ten
/// milliseconds, no more.
const BATCH: i64 = 500;

/// The places (see [`Ids`]) that keep the identifiers of an event's person and lead apart.
const PERSON_PLACE: u16 = 1;
const LEAD_PLACE: u16 = 2;

/// What a run has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Events read, of whatever kind.
    pub events: i64,
    /// Payments counted.
    pub payments: i64,
    /// People made.
    pub people: i64,
    /// Leads made.
    pub leads: i64,
    /// People merged into others.
    pub merged: i64,
    /// Events that could not be used, and were put on record.
    pub unread: i64,
    /// How far the reader has come.
    pub cursor: i64,
    /// Whether there was nothing more to read.
    pub caught_up: bool,
}

/// Reads up to `limit` events of the feed, some hundreds a transaction.
///
/// # Errors
/// When the store cannot be read or written, or personal data does not open. What was committed
/// stays; the next run goes on from there.
pub async fn run_once(store: &Store, vault: &Vault, limit: i64) -> Result<Progress, Error> {
    let mut progress = Progress { cursor: store.cursor(READER).await?, ..Progress::default() };
    while progress.events < limit {
        let size = BATCH.min(limit - progress.events);
        let records = store.feed(progress.cursor, size).await?;
        if records.is_empty() {
            progress.caught_up = true;
            break;
        }
        let (mut unit, _) = store.engine().begin().await?;
        match read_batch(unit.as_mut(), vault, &records, progress).await {
            Ok(Some(after)) => {
                unit.commit().await?;
                progress = after;
            }
            Ok(None) => {
                unit.rollback().await?;
                progress.cursor = store.cursor(READER).await?;
            }
            Err(error) => {
                // The first error is the one to tell.
                let _ = unit.rollback().await;
                return Err(error);
            }
        }
    }
    Ok(progress)
}

/// One batch inside its transaction; nothing when another process has read it meanwhile.
async fn read_batch(
    unit: &mut dyn Unit,
    vault: &Vault,
    records: &[Record],
    mut progress: Progress,
) -> Result<Option<Progress>, Error> {
    let Some(last) = records.last() else { return Ok(None) };
    if unit.cursor(READER).await? != progress.cursor {
        return Ok(None);
    }
    let mut events = Vec::new();
    let mut unread = Vec::new();
    for record in records {
        match payment::read(record) {
            Ok(Some(event)) => events.push((record, event)),
            Ok(None) => {}
            Err(event) => unread.push(event),
        }
    }
    if !events.is_empty() {
        let payers = people_of(unit, vault, &events, &mut progress).await?;
        count(unit, &payers, &events, &mut unread, &mut progress).await?;
    }
    for event in &unread {
        tracing::warn!(event.seq, event.kind, event.reason, "an event could not be used");
    }
    // On a second reading they are there already.
    replace(unit, &unread).await?;
    unit.move_cursor(READER, last.seq).await?;
    progress.unread += unread.len() as i64;
    progress.events += records.len() as i64;
    progress.cursor = last.seq;
    Ok(Some(progress))
}

/// The person of each payer of the batch.
async fn people_of(
    unit: &mut dyn Unit,
    vault: &Vault,
    events: &[(&Record, PaymentEvent)],
    progress: &mut Progress,
) -> Result<HashMap<AccountId, PersonId>, Error> {
    let mut first: BTreeMap<AccountId, &Posted> = BTreeMap::new();
    for (_, event) in events {
        if let PaymentEvent::Posted(posted) = event {
            first.entry(posted.payer).or_insert(posted);
        }
    }
    let holders = holder::of_accounts(unit, first.keys().copied()).await?;
    let keys: BTreeSet<String> = first
        .keys()
        .flat_map(|payer| Directory::keys_of(&account_key(*payer), holders.get(payer)))
        .collect();
    let mut directory = Directory::load(unit, &keys).await?;
    let mut in_order: Vec<&Posted> = first.into_values().collect();
    in_order.sort_by_key(|posted| posted.seq);
    let mut payers = HashMap::with_capacity(in_order.len());
    for posted in in_order {
        let account = account_key(posted.payer);
        let claim = Claim {
            account: &account,
            holder: holders.get(&posted.payer),
            newer: false,
            evidence: format!("posting {}", posted.seq),
            at: posted.at,
        };
        let person = directory.resolve(vault, &claim, ids_of(posted, PERSON_PLACE).id(0))?;
        payers.insert(posted.payer, person);
    }
    directory.save(unit).await?;
    progress.people += directory.created() as i64;
    progress.merged += directory.merged() as i64;
    // Somebody found early in the batch may have turned out to be somebody else later.
    Ok(payers.into_iter().map(|(payer, person)| (payer, directory.current(person))).collect())
}

/// Identifiers that follow from the event, so that reading it again gives the same.
fn ids_of(posted: &Posted, place: u16) -> Ids {
    Ids::new(posted.at, posted.seq.unsigned_abs(), place)
}

/// The leads and payments that a batch is about, in memory.
#[derive(Default)]
struct Tally {
    leads: BTreeMap<LeadId, Lead>,
    payments: BTreeMap<OrderId, LeadPayment>,
    new_leads: BTreeSet<LeadId>,
    new_payments: BTreeSet<OrderId>,
    changed_leads: BTreeSet<LeadId>,
    changed_payments: BTreeSet<OrderId>,
}

async fn count(
    unit: &mut dyn Unit,
    payers: &HashMap<AccountId, PersonId>,
    events: &[(&Record, PaymentEvent)],
    unread: &mut Vec<UnreadEvent>,
    progress: &mut Progress,
) -> Result<(), Error> {
    let orders: BTreeSet<OrderId> = events.iter().map(|(_, event)| event.order()).collect();
    let mut tally = Tally::default();
    for payment in select::<LeadPayment>(unit, "order_id", ids(orders)).await? {
        tally.payments.insert(payment.order, payment);
    }
    let people: BTreeSet<PersonId> = payers.values().copied().collect();
    let known: BTreeSet<LeadId> = tally.payments.values().map(|payment| payment.lead).collect();
    let mut leads: Vec<Lead> = select(unit, "person", ids(people)).await?;
    leads.extend(select::<Lead>(unit, "id", ids(known)).await?);
    leads.retain(|lead| lead.merged_into.is_none());
    tally.leads = leads.into_iter().map(|lead| (lead.id, lead)).collect();
    for (record, event) in events {
        let used = match event {
            PaymentEvent::Posted(posted) => tally.posted(posted, payers.get(&posted.payer)),
            PaymentEvent::Cancelled { seq, order } => tally.cancelled(*seq, *order),
            PaymentEvent::Refunded { seq, order, amount } => tally.refunded(*seq, *order, *amount),
        };
        if let Err(reason) = used {
            unread.push(UnreadEvent::of(record, reason));
        }
    }
    progress.leads += tally.new_leads.len() as i64;
    progress.payments += tally.new_payments.len() as i64;
    tally.save(unit).await?;
    Ok(())
}

impl Tally {
    fn posted(&mut self, posted: &Posted, person: Option<&PersonId>) -> Result<(), &'static str> {
        let Some(person) = person else { return Err("its payer is nobody") };
        match self.payments.get(&posted.order) {
            Some(known) if known.seq == posted.seq => return Ok(()),
            Some(_) => return Err("its order was posted before"),
            None => {}
        }
        let same = |lead: &&Lead| {
            lead.person == *person && lead.partner == posted.partner && lead.scene == posted.scene
        };
        let id = match self.leads.values().find(same) {
            Some(lead) => lead.id,
            None => self.new_lead(posted, *person),
        };
        if let Some(lead) = self.leads.get_mut(&id) {
            lead.payments += 1;
            lead.last_at = posted.at;
            self.changed_leads.insert(id);
        }
        let payment = LeadPayment {
            order: posted.order,
            lead: id,
            seq: posted.seq,
            partner: posted.partner.clone(),
            site: posted.site.clone(),
            house: posted.house.clone(),
            amount: posted.amount,
            refunded: Fen::ZERO,
            state: PaymentState::Posted,
            at: posted.at,
            last_seq: posted.seq,
        };
        self.payments.insert(posted.order, payment);
        self.new_payments.insert(posted.order);
        Ok(())
    }

    fn new_lead(&mut self, posted: &Posted, person: PersonId) -> LeadId {
        let id: LeadId = ids_of(posted, LEAD_PLACE).id(0);
        let lead = Lead {
            id,
            person,
            partner: posted.partner.clone(),
            scene: posted.scene.clone(),
            seq: posted.seq,
            order: posted.order,
            channel: posted.channel.clone(),
            site: posted.site.clone(),
            house: posted.house.clone(),
            at: posted.at,
            state: LeadState::New,
            payments: 0,
            cancelled: 0,
            last_at: posted.at,
            merged_into: None,
        };
        self.leads.insert(id, lead);
        self.new_leads.insert(id);
        id
    }

    /// The payment that an event changes, unless it has changed it before.
    fn changing(
        &mut self,
        seq: i64,
        order: OrderId,
    ) -> Result<Option<&mut LeadPayment>, &'static str> {
        let payment = self.payments.get_mut(&order).ok_or("its payment is not known")?;
        if seq <= payment.last_seq {
            return Ok(None);
        }
        payment.last_seq = seq;
        self.changed_payments.insert(order);
        Ok(Some(payment))
    }

    fn cancelled(&mut self, seq: i64, order: OrderId) -> Result<(), &'static str> {
        let Some(payment) = self.changing(seq, order)? else { return Ok(()) };
        if payment.state == PaymentState::Cancelled {
            return Ok(());
        }
        payment.state = PaymentState::Cancelled;
        let id = payment.lead;
        if let Some(lead) = self.leads.get_mut(&id) {
            lead.cancelled += 1;
            self.changed_leads.insert(id);
        }
        Ok(())
    }

    fn refunded(&mut self, seq: i64, order: OrderId, amount: Fen) -> Result<(), &'static str> {
        if let Some(payment) = self.changing(seq, order)? {
            payment.refunded = payment.refunded.plus(amount).ok_or("its amount is too large")?;
        }
        Ok(())
    }

    async fn save(&self, unit: &mut dyn Unit) -> Result<(), StoreError> {
        let leads = |wanted: &dyn Fn(&LeadId) -> bool| -> Vec<Lead> {
            self.changed_leads
                .iter()
                .filter(|id| wanted(id))
                .filter_map(|id| self.leads.get(id))
                .cloned()
                .collect()
        };
        insert(unit, &leads(&|id| self.new_leads.contains(id))).await?;
        replace(unit, &leads(&|id| !self.new_leads.contains(id))).await?;
        let payments = |orders: &mut dyn Iterator<Item = &OrderId>| -> Vec<LeadPayment> {
            orders.filter_map(|order| self.payments.get(order)).cloned().collect()
        };
        insert(unit, &payments(&mut self.new_payments.iter())).await?;
        let changed = self.changed_payments.difference(&self.new_payments);
        replace(unit, &payments(&mut { changed })).await
    }
}
