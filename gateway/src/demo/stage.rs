//! The stage: a folder, the specifications in it, a sandbox database, keys for everyone, and the
//! gateway as a process. Set up with the commands that an operator would use.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiaozi_ledger::time::{Clock as _, Instant};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, time};
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::Mutex;

use super::caller::Caller;
use super::notebook::Notebook;
use super::specs;
use crate::clock::SystemClock;
use crate::config::{Config, Sources};
use crate::notices::sign::new_secret;
use crate::partners::Partners;
use crate::trial::client::OwnKey;
use crate::trial::place::Place;
use crate::trial::program::{self, Server};

/// The channel of the payer's own page; it needs no nonces.
pub const PAGE: &str = "sandbox-bank";
/// The bank's application.
pub const APP: &str = "mobile-bank";

/// The zone of the town.
const ZONE: &str = "Asia/Shanghai";

/// What the gateway's process is given, where it differs from the defaults: notices are given up for
/// lost after a second, because the companies here are on this machine.
fn settings(others: &Others) -> [(&'static str, &'static str, serde_json::Value); 6] {
    [
        ("outbound", "addresses", json!(others.billers)),
        ("core", "partner", json!(super::core::CORE)),
        ("webhooks", "attempt_seconds", json!(1)),
        ("webhooks", "in_flight_max", json!(128)),
        ("webhooks", "partner_in_flight_max", json!(40)),
        ("telemetry", "log_filter", json!("warn,jiaozi::cli=info")),
    ]
}

/// Where everyone else is, and what they share with us.
#[derive(Debug)]
pub struct Others {
    /// Where companies hear notices.
    pub companies: SocketAddr,
    /// Where billers and the core are, by code.
    pub billers: BTreeMap<&'static str, String>,
    /// The secrets with which messages to them are signed, by code.
    pub secrets: BTreeMap<&'static str, String>,
}

/// Where the day is played.
#[derive(Debug)]
pub struct Stage {
    /// The gateway's process: before the folder, since what is dropped first is gone first.
    server: Mutex<Option<Server>>,
    /// The folder.
    pub place: Place,
    /// The partners as the gateway reads them.
    pub partners: Partners,
    /// Where the gateway listens.
    pub address: SocketAddr,
    /// The day that is played.
    pub day: Date,
    /// What is written down.
    pub notebook: Arc<Notebook>,
    /// The secrets with which notices to each company are signed.
    pub secrets: BTreeMap<String, String>,
    keys: BTreeMap<String, Arc<OwnKey>>,
    zone: TimeZone,
}

impl Stage {
    /// Sets everything up and starts the gateway.
    ///
    /// # Errors
    /// When something cannot be set up.
    pub async fn set(
        database: Option<&str>,
        listen: Option<SocketAddr>,
        others: &Others,
        notebook: Arc<Notebook>,
    ) -> anyhow::Result<Stage> {
        let place = Place::make("demo", database)?;
        place.configure(&settings(others))?;
        let zone = TimeZone::get(ZONE).context("the zone of the town")?;
        let today = SystemClock.now().date_in(&zone);
        let own = Config::load(&Sources::of_process(None, Vec::new()))?;
        specs::copy(&own.partners.folder, &place.specs(), others.companies, today)
            .with_context(|| format!("the specifications of {}", own.partners.folder.display()))?;
        let partners = Partners::load(&place.specs())?;
        let created = program::run(&place, ["sandbox", "create", "--database", &place.database]);
        created.await?.done().context("the sandbox")?;
        let (keys, secrets) = keys(&place, &partners).await?;
        message_keys(&place, &partners, others).await?;
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start(&place, listen.unwrap_or(any_port)).await?;
        Ok(Stage {
            address: server.address,
            day: day_to_play(&partners, today),
            server: Mutex::new(Some(server)),
            place,
            partners,
            notebook,
            secrets,
            keys,
            zone,
        })
    }

    /// Someone with a key of their own at the gateway's door.
    ///
    /// # Errors
    /// When there is no such partner.
    pub fn caller(&self, partner: &str) -> anyhow::Result<Caller> {
        Ok(Caller::new(self.address, self.key(partner)?))
    }

    /// Someone's key, for those who misuse it.
    ///
    /// # Errors
    /// When there is no such partner.
    pub fn key(&self, partner: &str) -> anyhow::Result<Arc<OwnKey>> {
        self.keys.get(partner).cloned().with_context(|| format!("no key of {partner}"))
    }

    /// An instant of the town: so many days after the day that is played, at an hour and minute.
    #[must_use]
    pub fn at(&self, days: i32, hour: i8, minute: i8) -> Instant {
        let date = self.day.saturating_add(days.days());
        let there = date.to_datetime(time(hour, minute, 0, 0)).to_zoned(self.zone.clone());
        there.map_or(Instant(i64::MAX), |there| there.timestamp().into())
    }

    /// An instant as the town's clocks show it.
    #[must_use]
    pub fn civil(&self, at: Instant) -> DateTime {
        self.zone.to_datetime(at.timestamp())
    }

    /// Moves the sandbox's time.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub async fn move_to(&self, at: Instant) -> anyhow::Result<()> {
        let answer = self.caller(PAGE)?.post("/v1/sandbox/time", &json!({"to": at})).await?;
        anyhow::ensure!(answer.status.is_success(), "time does not move: {}", answer.code());
        Ok(())
    }

    /// The time in the town.
    ///
    /// # Errors
    /// When the gateway does not say.
    pub async fn now(&self) -> anyhow::Result<Instant> {
        let past = json!({"to": Instant(0)});
        let answer = self.caller(PAGE)?.post("/v1/sandbox/time", &past).await?.json();
        serde_json::from_value(answer["now"].clone()).context("the time")
    }

    /// Takes the gateway's power away, and gives it back: the process is killed and started again on
    /// the same port.
    ///
    /// # Errors
    /// When it does not come back.
    pub async fn cut_the_power(&self) -> anyhow::Result<()> {
        let mut server = self.server.lock().await;
        if let Some(server) = server.take() {
            server.kill().await?;
        }
        *server = Some(Server::start(&self.place, self.address).await?);
        Ok(())
    }

    /// The end of what the gateway has logged.
    pub async fn log(&self) -> String {
        self.server.lock().await.as_ref().map(Server::log).unwrap_or_default()
    }

    /// Waits until the gateway's process ends.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub async fn ended(&self) -> anyhow::Result<()> {
        match self.server.lock().await.as_mut() {
            Some(server) => server.ended().await,
            None => Ok(()),
        }
    }

    /// Stops the gateway and removes the folder.
    ///
    /// # Errors
    /// When something stays.
    pub async fn strike(self) -> anyhow::Result<()> {
        if let Some(server) = self.server.into_inner() {
            server.kill().await?;
        }
        self.place.remove()
    }
}

/// A day after tomorrow on which all partners work, so that the day before it is over for everyone.
fn day_to_play(partners: &Partners, today: Date) -> Date {
    let first = today.saturating_add(2.days());
    let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(30);
    let all_work = |day: &Date| {
        partners.payees().all(|payee| payee.calendar.is_working_day(*day).unwrap_or(false))
    };
    days.into_iter().find(all_work).unwrap_or(first)
}

type KeysAndSecrets = (BTreeMap<String, Arc<OwnKey>>, BTreeMap<String, String>);

/// A key for everyone, and for companies a secret, handed over as an operator hands them over.
async fn keys(place: &Place, partners: &Partners) -> anyhow::Result<KeysAndSecrets> {
    let (mut keys, mut secrets) = (BTreeMap::new(), BTreeMap::new());
    for spec in partners.specs() {
        let code = spec.partner.code.as_str();
        let listed = spec.access.signature.as_ref().and_then(|keys| keys.key_ids.first());
        let Some(id) = listed else { continue };
        let key = OwnKey::generate(id.as_str())?;
        let pem = place.put(&format!("keys/{id}.pem"), key.public_pem.as_bytes())?;
        let add = ["partner", "keys", "add", "--operator", "demo", "--partner", code, "--id"];
        let add = add.map(str::to_owned).to_vec();
        let public = [id.to_string(), "--public-key".to_owned(), shown(&pem)];
        program::run(place, [add.clone(), public.to_vec()].concat()).await?.done()?;
        let key = if spec.access.require_nonce { key.with_nonces() } else { key };
        keys.insert(code.to_owned(), Arc::new(key));
        if spec.webhook.is_some() {
            let secret = new_secret().map_err(|_| anyhow::anyhow!("no random bytes"))?;
            let webhook = [&format!("{code}-hook"), "--secret", "--kind", "webhook"];
            let webhook = webhook.map(str::to_owned).to_vec();
            let added = program::run_with(place, [add, webhook].concat(), secret.as_bytes());
            added.await?.done()?;
            secrets.insert(code.to_owned(), secret);
        }
    }
    Ok((keys, secrets))
}

/// The secrets of billers and of the core, handed over in the same way.
async fn message_keys(place: &Place, partners: &Partners, others: &Others) -> anyhow::Result<()> {
    for (code, secret) in &others.secrets {
        let spec = partners.spec(code).and_then(|spec| spec.called());
        let Some(signing) = spec.and_then(|terms| terms.outbound.signature.as_ref()) else {
            continue;
        };
        let words = ["partner", "keys", "add", "--operator", "demo", "--partner", code, "--id"];
        let words =
            words.into_iter().chain([signing.key.as_str(), "--secret", "--kind", "message"]);
        program::run_with(place, words, secret.as_bytes()).await?.done()?;
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
