//! A sandbox installation of its own: a database, the project's partner specifications, keys for one
//! company and one channel, a payer with money.

use crate::project;
use crate::server::Server;
use jiaozi::clock::{Clock, SystemClock};
use jiaozi::config::{Key32, SecretKeys};
use jiaozi::gateway::{Gateway, Parts};
use jiaozi_ledger::command::{AccountRef, OpenAccounts, Post};
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::store::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// The company and its key.
pub const COMPANY: (&str, &str) = ("yunhe", "yunhe-2026-1");
/// The channel and its key.
pub const CHANNEL: (&str, &str) = ("sandbox-bank", "sandbox-bank-1");
/// The payer's account.
pub const PAYER: &str = "deposit:payer";
/// What the payer has at first, in fen.
pub const FUNDS: i64 = 1_000_000_000;

const PERSONAL_DATA_KEY: [u8; 32] = [0x11; 32];
const QUOTE_KEY: [u8; 32] = [0x22; 32];

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A file in the installation's folder.
    Sqlite,
    /// A database of its own on the server that `JIAOZI_TEST_PG` names.
    Postgres,
}

/// An installation.
#[derive(Debug)]
pub struct Installation {
    folder: TempDir,
    /// The database's address.
    pub database: String,
}

impl Installation {
    /// A new installation; nothing where PostgreSQL is asked for and not there.
    pub async fn new(on: On) -> Option<Installation> {
        match on {
            On::Sqlite => Some(Installation::on_sqlite().await),
            On::Postgres => Some(Installation::on_database(new_postgres_database().await?).await),
        }
    }

    /// A new installation on a file in its folder.
    pub async fn on_sqlite() -> Installation {
        let folder = new_folder();
        let database = format!("sqlite:{}", folder.path().join("jiaozi.db").display());
        Installation { folder, database }.prepared().await
    }

    /// A new installation on a database that is there and empty.
    pub async fn on_database(database: String) -> Installation {
        Installation { folder: new_folder(), database }.prepared().await
    }

    async fn prepared(self) -> Installation {
        let gateway = self.gateway().await;
        for (partner, key) in [COMPANY, CHANNEL] {
            let mut generate = self.jiaozi();
            generate.args(["partner", "keys", "generate", "--partner", partner, "--id", key]);
            let output =
                generate.arg("--out").arg(self.private_key(key)).output().expect("it runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let open = OpenAccounts::new("test", vec![PAYER.to_owned()], Currency::CNY);
        gateway.submit(open).await.expect("opened");
        let line = |code: &str, side| (AccountRef::Code(code.to_owned()), side, Fen(FUNDS));
        let fund = Post {
            scope: Scope { partner: "test".to_owned(), operation: "fund", key: "fund".to_owned() },
            lines: vec![line("core:clearing", Side::Debit), line(PAYER, Side::Credit)],
            effective_at: None,
        };
        gateway.submit(fund).await.expect("funded");
        gateway.store.close().await.expect("closed");
        self
    }

    /// The installation's gateway in this process: a hand on the same books beside the server.
    pub async fn gateway(&self) -> Gateway {
        let secrets = SecretKeys {
            personal_data_key: Key32::new(PERSONAL_DATA_KEY),
            quote_key: Key32::new(QUOTE_KEY),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = OpenOptions { create_sandbox: true, ..OpenOptions::default() };
        let specs = project::partner_specs();
        let parts = Parts {
            database: &self.database,
            partner_specs: &specs,
            core: None,
            secrets,
            clock,
            options,
        };
        Gateway::open(parts).await.expect("a gateway")
    }

    /// Where the private half of a key lies.
    pub fn private_key(&self, key: &str) -> PathBuf {
        self.folder.path().join(format!("{key}.pem"))
    }

    /// The folder of this installation.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The real binary, set up for this installation.
    pub fn jiaozi(&self) -> Command {
        self.jiaozi_under(&[])
    }

    /// The same, run by a program that goes before it on the command line.
    pub fn jiaozi_under(&self, before: &[&str]) -> Command {
        let binary = project::binary();
        let mut words = before.iter().map(AsRef::as_ref).chain([binary.as_os_str()]);
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words);
        // The configuration of whoever runs the tests is not ours.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JIAOZI_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.folder.path())
            .env("JIAOZI_DATABASE_URL", &self.database)
            .env("JIAOZI_PARTNERS_FOLDER", project::partner_specs())
            .env("JIAOZI_SECRETS_PERSONAL_DATA_KEY", hex(&PERSONAL_DATA_KEY))
            .env("JIAOZI_SECRETS_QUOTE_KEY", hex(&QUOTE_KEY));
        command
    }

    /// Starts the real server and waits until it listens.
    pub fn serve(&self) -> Server {
        self.serve_under(&[])
    }

    /// The same, run by a program that goes before it on the command line.
    pub fn serve_under(&self, before: &[&str]) -> Server {
        let mut command = self.jiaozi_under(before);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Server::start(command)
    }

    /// Every invariant holds, says `jiaozi check`.
    #[track_caller]
    pub fn all_hold(&self) {
        let output = self.jiaozi().arg("check").output().expect("it runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}{errors}");
    }

    /// Our orders of a clearing date agree with our ledger, says `jiaozi day report`.
    #[track_caller]
    pub fn agree(&self, date: &str) {
        let report = self.jiaozi().args(["day", "report", "--json", "--date", date]).output();
        let report = report.expect("it runs");
        let errors = String::from_utf8_lossy(&report.stderr);
        let told: serde_json::Value =
            serde_json::from_slice(&report.stdout).unwrap_or_else(|_| panic!("{errors}"));
        assert_eq!(told["breaks"], serde_json::json!([]), "{date}");
    }

    /// How many commands the feed has.
    pub async fn commands(&self) -> i64 {
        let gateway = self.gateway().await;
        let head = gateway.store.head().await.expect("read");
        gateway.store.close().await.expect("closed");
        head.seq
    }

    /// The payer has paid so much, in fen, and nothing else has happened on the account.
    pub async fn payer_has_paid(&self, fen: i64) {
        let gateway = self.gateway().await;
        let payer = gateway.store.account(PAYER).await.expect("read").expect("exists");
        gateway.store.close().await.expect("closed");
        assert_eq!((FUNDS - payer.posted.0, payer.pending.0), (fen, 0));
    }
}

fn new_folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn hex(key: &[u8; 32]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn new_postgres_database() -> Option<String> {
    use sqlx::Connection;
    let server = std::env::var("JIAOZI_TEST_PG").ok()?;
    let name = format!("i_{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::PgConnection::connect(&server).await.expect("the server answers");
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .expect("creates");
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    Some(format!("{base}/{name}"))
}

/// The first community of the company's specification.
pub fn site() -> String {
    let path = project::partner_specs().join(COMPANY.0).join("partner.toml");
    let text = std::fs::read_to_string(path).expect("a specification");
    let table: toml::Table = text.parse().expect("TOML");
    table["community"][0]["code"].as_str().expect("a code").to_owned()
}
