//! A sandbox in a folder of its own, the program that works on it, and the gateway as a library beside
//! it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use jiaozi::accounts;
use jiaozi::asked::Asked;
use jiaozi::clock::SystemClock;
use jiaozi::config::{Config, Sources};
use jiaozi::gateway::{Gateway, Parts};
use jiaozi::payment::Payment;
use jiaozi::property::{payments, quotes};
use jiaozi::sandbox;
use jiaozi_adapters::property::quote::Wanted;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::store::OpenOptions;
use jiaozi_ledger::time::Instant;
use jiff::Timestamp;
use serde_json::Value;

/// The sandbox's first instant: far enough ahead that no clock that runs the tests is beyond it.
pub const MORNING: &str = "2036-11-20T02:00:00Z";

/// What came of a command.
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    pub fn of(Output { status, stdout, stderr }: Output) -> Done {
        Done {
            code: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// The command's JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.both()))
    }

    /// Both outputs, for a message.
    pub fn both(&self) -> String {
        format!("exit {:?}\n--- out\n{}\n--- err\n{}", self.code, self.out, self.err)
    }

    /// The same, if the command ended well.
    #[track_caller]
    pub fn well(self) -> Done {
        assert_eq!(self.code, Some(0), "{}", self.both());
        self
    }
}

/// A folder with a database, specifications and day files.
pub struct Place {
    folder: tempfile::TempDir,
    /// A database elsewhere than in the folder.
    database: Option<String>,
}

impl Place {
    /// A new sandbox with the shipped partners.
    pub fn sandbox() -> Place {
        let place = Place::empty();
        place.run(&["sandbox", "create"]).well();
        place
    }

    /// The folder with the shipped partners, without a database.
    pub fn empty() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), database: None };
        copy(&shipped(), &place.path("partners"));
        place
    }

    /// The same, with a new database of the server that `JIAOZI_TEST_PG` names, if it names one.
    pub async fn empty_on_postgres() -> Option<Place> {
        use sqlx::Connection as _;
        let server = std::env::var("JIAOZI_TEST_PG").ok()?;
        let name = format!("g_{}", uuid::Uuid::new_v4().simple());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Place { database: Some(format!("{base}/{name}")), ..Place::empty() })
    }

    /// Changes the specification of a partner here.
    pub fn change_partner(&self, code: &str, change: impl FnOnce(String) -> String) {
        let file = self.path("partners").join(code).join("partner.toml");
        let before = std::fs::read_to_string(&file).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after, "something is changed");
        std::fs::write(file, after).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and says where.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// What is set for this place.
    pub fn environment(&self) -> Vec<(String, String)> {
        let set = |name: &str, value: String| (format!("JIAOZI_{name}"), value);
        let file = || format!("sqlite:{}", self.path("jiaozi.db").display());
        vec![
            set("DATABASE_URL", self.database.clone().unwrap_or_else(file)),
            set("SECRETS_PERSONAL_DATA_KEY", "11".repeat(32)),
            set("SECRETS_QUOTE_KEY", "22".repeat(32)),
            set("PARTNERS_FOLDER", self.path("partners").display().to_string()),
            set("DAYS_FOLDER", self.path("days").display().to_string()),
            set("MAILBOXES_FOLDER", self.path("mailboxes").display().to_string()),
            set("WEBHOOKS_ALLOW_PRIVATE_TARGETS", "true".to_owned()),
        ]
    }

    /// The program, set up for this place.
    pub fn jiaozi(&self) -> Command {
        self.set_up(Command::new(env!("CARGO_BIN_EXE_jiaozi")))
    }

    /// A program that will run ours, set up for this place.
    pub fn set_up(&self, mut command: Command) -> Command {
        // The configuration of whoever runs the tests is not ours.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JIAOZI_") {
                command.env_remove(name);
            }
        }
        command.envs(self.environment()).env("USER", "tester");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        Done::of(self.jiaozi().args(arguments).output().unwrap())
    }

    pub fn config(&self) -> Config {
        self.config_with(&[])
    }

    /// The configuration with more set.
    pub fn config_with(&self, more: &[(&str, &str)]) -> Config {
        let more = more.iter().map(|(name, value)| (format!("JIAOZI_{name}"), (*value).to_owned()));
        let environment = self.environment().into_iter().chain(more).collect();
        Config::load(&Sources { environment, ..Sources::default() }).unwrap()
    }

    /// The gateway as a library, on the same database.
    pub async fn gateway(&self) -> Gateway {
        let config = self.config();
        let parts = Parts {
            database: &config.database.url,
            partner_specs: &config.partners.folder,
            core: None,
            secrets: sandbox::keys(&config, true).unwrap(),
            clock: Arc::new(SystemClock),
            options: OpenOptions::default(),
        };
        Gateway::open(parts).await.unwrap()
    }

    /// Imports the shipped November bills of the company yunhe.
    pub fn import_november(&self) -> Done {
        let file = shipped().join("yunhe/samples/bills-2026-11.csv");
        self.run(&["file", "import", "bills", "--partner", "yunhe", path(&file), "--json"]).well()
    }
}

/// The specifications of this repository.
pub fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../partner-specs")
}

pub fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub fn instant(text: &str) -> Instant {
    text.parse::<Timestamp>().unwrap().into()
}

/// Opens a payer's account with enough on it.
pub async fn payer(gateway: &Gateway, number: &str) -> AccountRef {
    accounts::open(gateway, &Asked::by("mobile-bank", number), number).await.unwrap();
    let code = format!("deposit:{number}");
    let asked = Asked::by("operator:tester", format!("fund-{number}"));
    let funded = accounts::fund(gateway, &asked, &code, Fen(10_000_000)).await.unwrap();
    assert_eq!(funded.verdict, Verdict::Done);
    AccountRef::Code(code)
}

/// Pays all that a house of yunhe owes.
pub async fn pay(gateway: &Gateway, payer: &AccountRef, house: &str) -> OrderId {
    let wish = quotes::Wish { house: house.to_owned(), bills: Wanted::All, prepay: None };
    pay_as_wished(gateway, payer, wish).await
}

/// Pays months of a house of yunhe ahead.
pub async fn pay_ahead(gateway: &Gateway, payer: &AccountRef, house: &str, plan: &str) -> OrderId {
    let bills = Wanted::These(Vec::new());
    let wish = quotes::Wish { house: house.to_owned(), bills, prepay: Some(plan.to_owned()) };
    pay_as_wished(gateway, payer, wish).await
}

async fn pay_as_wished(gateway: &Gateway, payer: &AccountRef, wish: quotes::Wish) -> OrderId {
    let company = gateway.partners.company("yunhe").unwrap();
    let asked = Asked::by("mobile-bank", format!("pay-{}", wish.house));
    let (_, token) = quotes::quote(gateway, company, wish).await.unwrap();
    let channel = gateway.partners.spec("mobile-bank").unwrap();
    let payment = Payment { quote: token, payer: payer.clone(), reference: None };
    let reply = payments::pay(gateway, &asked, channel, payment).await.unwrap();
    assert_eq!(reply.answer.status, 201, "{}", String::from_utf8_lossy(&reply.answer.body));
    let body: Value = serde_json::from_slice(&reply.answer.body).unwrap();
    body["order"].as_str().unwrap().parse().unwrap()
}
