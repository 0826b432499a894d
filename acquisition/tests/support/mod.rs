//! What the tests share: fresh databases, a clock that only moves when told, payments as events, and
//! people to pay them.
#![allow(dead_code, reason = "each test binary uses its own part")]

use jiaozi_acquisition::consent::{Party, Purpose, Word, record_consent};
use jiaozi_acquisition::holder::{Holder, register_holder};
use jiaozi_acquisition::identity::person_of;
use jiaozi_acquisition::lead::Lead;
use jiaozi_acquisition::reader::{Progress, run_once};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope, digest};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{AccountId, OrderId, PersonId};
use jiaozi_ledger::personal::Personal;
use jiaozi_ledger::row::Row;
use jiaozi_ledger::store::{OpenOptions, Store};
use jiaozi_ledger::time::{Clock, Instant};
use jiaozi_ledger::vault::Vault;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Moves the clock.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

/// A store on a fresh database, with a vault and a clock.
pub struct World {
    pub store: Store,
    pub vault: Vault,
    pub clock: Arc<TestClock>,
    pub folder: Option<tempfile::TempDir>,
}

impl World {
    /// On a new SQLite file.
    pub async fn on_sqlite() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("jiaozi.db").display());
        World::open(&url, Some(folder)).await
    }

    /// On a new database of the server that `JIAOZI_TEST_PG` names, if it names one.
    pub async fn on_postgres() -> Option<World> {
        use sqlx::Connection;
        let server = std::env::var("JIAOZI_TEST_PG").ok()?;
        let mut random = [0u8; 8];
        getrandom::fill(&mut random).expect("randomness");
        let name = format!("t_{}", hex::encode(random));
        let mut connection =
            sqlx::PgConnection::connect(&server).await.expect("the server answers");
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .expect("creates");
        let (base, _) = server.rsplit_once('/').expect("an address with a database");
        Some(World::open(&format!("{base}/{name}"), None).await)
    }

    async fn open(url: &str, folder: Option<tempfile::TempDir>) -> World {
        // 2026-11-22T02:00:00Z
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_312_800_000_000)));
        let store = Store::open(url, clock.clone(), OpenOptions::default()).await.expect("opens");
        World { store, vault: Vault::new(&[9; 32]), clock, folder }
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Carries out some events in one batch.
    pub async fn post(&self, events: impl IntoIterator<Item = PaymentEvent>) {
        let commands: Vec<Arc<dyn Command>> =
            events.into_iter().map(|event| Arc::new(event) as Arc<dyn Command>).collect();
        for result in self.store.run(&commands).await {
            result.expect("posted");
        }
    }

    /// Tells who holds an account.
    pub async fn hold(&self, nth: u128, holder: Holder) {
        register_holder(&self.store, &self.vault, account(nth), holder, "app", self.now())
            .await
            .expect("registered");
    }

    /// Reads the feed to its end.
    pub async fn read(&self) -> Progress {
        run_once(&self.store, &self.vault, i64::MAX).await.expect("read")
    }

    /// Sets the reader back to the beginning of the feed.
    pub async fn forget_cursor(&self) {
        let (mut unit, _) = self.store.engine().begin().await.expect("begins");
        unit.move_cursor("acquisition", 0).await.expect("moves");
        unit.commit().await.expect("commits");
    }

    /// That every invariant of people and leads holds.
    pub async fn all_hold(&self) {
        use jiaozi_acquisition::check::{check, check_reader};
        for invariant in [
            check(&self.store).await.expect("checked"),
            check_reader(&self.store).await.expect("checked"),
        ] {
            assert!(
                invariant.holds,
                "{}: {} ({})",
                invariant.name, invariant.says, invariant.found
            );
        }
    }
}

/// The `nth` payer account.
pub fn account(nth: u128) -> AccountId {
    AccountId(Uuid::from_u128(0xACC0_0000_0000_7000_8000_0000_0000_0000 + nth))
}

/// The `nth` order.
pub fn order(nth: u128) -> OrderId {
    OrderId(Uuid::from_u128(0x0DE0_0000_0000_7000_8000_0000_0000_0000 + nth))
}

/// Somebody: an empty text is something that the channel does not know.
pub fn holder(name: &str, phone: &str, identity_number: &str) -> Holder {
    Holder {
        name: Some(Personal::new(name)),
        phone: Some(Personal::new(phone)),
        identity_number: Some(Personal::new(identity_number)),
    }
}

/// A payment's event, as a scene would emit it.
#[derive(Debug)]
pub struct PaymentEvent {
    scope: Scope,
    kind: &'static str,
    order: OrderId,
    data: serde_json::Value,
}

/// The payment of an order by the `payer`th account.
pub fn paid(nth: u128, payer: u128) -> PaymentEvent {
    paid_for(nth, payer, "property-a", "garden", "1-101")
}

/// The payment of an order for a house.
pub fn paid_for(nth: u128, payer: u128, partner: &str, site: &str, house: &str) -> PaymentEvent {
    let data = json!({
        "order": order(nth), "partner": partner, "channel": "app", "scene": "property",
        "site": site, "house": house, "payer": account(payer), "amount_fen": 12_300, "bills": [],
    });
    event("payment.posted", nth, data)
}

/// The cancellation of an order.
pub fn cancelled(nth: u128) -> PaymentEvent {
    event("payment.cancelled", nth, json!({"order": order(nth)}))
}

/// A refund of an order.
pub fn refunded(nth: u128, amount_fen: i64) -> PaymentEvent {
    event("payment.refunded", nth, json!({"order": order(nth), "amount_fen": amount_fen}))
}

/// Any event about an order.
pub fn event(kind: &'static str, nth: u128, data: serde_json::Value) -> PaymentEvent {
    let scope = Scope { partner: "test".to_owned(), operation: kind, key: nth.to_string() };
    PaymentEvent { scope, kind, order: order(nth), data }
}

impl Command for PaymentEvent {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest(self.data.to_string().as_bytes())
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        Vec::new()
    }

    fn decide(&self, _facts: &Facts) -> Decision {
        let event = Event { kind: self.kind, subject: self.order.0, data: self.data.clone() };
        Decision::done(Answer::json(201, &json!({})), event, Changes::default())
    }
}

/// All records of a table.
pub async fn rows<T: Row>(world: &World, order: &str) -> Vec<T> {
    world.store.find(&format!("order by {order}"), Vec::new()).await.expect("read")
}

/// The leads that were not taken over by others.
pub async fn leads_of(world: &World) -> Vec<Lead> {
    let leads: Vec<Lead> = rows(world, "id").await;
    leads.into_iter().filter(|lead| lead.merged_into.is_none()).collect()
}

/// The person of the `nth` payer account.
pub async fn person(world: &World, nth: u128) -> PersonId {
    person_of(&world.store, account(nth)).await.expect("read").expect("a person")
}

/// A word about a purpose.
pub fn word(purpose: Purpose, granted: bool) -> Word<'static> {
    Word { purpose, granted, channel: "app", version: "v1", evidence: "request 7", actor: "payer" }
}

/// Says yes or no to marketing.
pub async fn say(world: &World, party: Party, granted: bool) {
    record_consent(
        &world.store,
        &world.vault,
        party,
        &word(Purpose::Marketing, granted),
        world.now(),
    )
    .await
    .expect("recorded");
}

/// Runs each test on both engines.
macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::support::World::on_sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some(world) = crate::support::World::on_postgres().await else { return };
                super::$test(world).await;
            })*
        }
    };
}
