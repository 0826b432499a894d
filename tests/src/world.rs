//! A sandbox installation of its own: a database, the project's partner specifications, keys for one
//! company and one channel, a payer with money.

use crate::server::Server;
use jiaozi::clock::{Clock, SystemClock};
use jiaozi::config::{Key32, SecretKeys};
use jiaozi::gateway::{Gateway, Parts};
use jiaozi_ledger::command::{AccountRef, OpenAccounts, Post};
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::store::OpenOptions;
use std::path::PathBuf;
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
    /// A file in the world's folder.
    Sqlite,
    /// A database of its own on the server that `JIAOZI_TEST_PG` names.
    Postgres,
}

/// An installation.
#[derive(Debug)]
pub struct World {
    folder: TempDir,
    /// The database's address.
    pub database: String,
}

impl World {
    /// A new installation; nothing where PostgreSQL is asked for and not there.
    pub async fn new(on: On) -> Option<World> {
        let folder = tempfile::tempdir().expect("a folder");
        let database = match on {
            On::Sqlite => format!("sqlite:{}", folder.path().join("jiaozi.db").display()),
            On::Postgres => new_postgres_database().await?,
        };
        let world = World { folder, database };
        let gateway = world.gateway().await;
        for (partner, key) in [COMPANY, CHANNEL] {
            let mut generate = world.jiaozi();
            generate.args(["partner", "keys", "generate", "--partner", partner, "--id", key]);
            let output =
                generate.arg("--out").arg(world.private_key(key)).output().expect("it runs");
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
        Some(world)
    }

    /// The installation's gateway in this process, for looking into it.
    pub async fn gateway(&self) -> Gateway {
        let secrets = SecretKeys {
            personal_data_key: Key32::new(PERSONAL_DATA_KEY),
            quote_key: Key32::new(QUOTE_KEY),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = OpenOptions { create_sandbox: true, ..OpenOptions::default() };
        let specs = crate::root().join("partner-specs");
        let parts =
            Parts { database: &self.database, partner_specs: &specs, secrets, clock, options };
        Gateway::open(parts).await.expect("a gateway")
    }

    /// Where the private half of a key lies.
    pub fn private_key(&self, key: &str) -> PathBuf {
        self.folder.path().join(format!("{key}.pem"))
    }

    /// The folder of this installation.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The real binary, set up for this installation.
    pub fn jiaozi(&self) -> Command {
        let mut command = Command::new(crate::binary());
        command
            .current_dir(self.folder.path())
            .env("JIAOZI_DATABASE_URL", &self.database)
            .env("JIAOZI_PARTNERS_FOLDER", crate::root().join("partner-specs"))
            .env("JIAOZI_SECRETS_PERSONAL_DATA_KEY", "11".repeat(32))
            .env("JIAOZI_SECRETS_QUOTE_KEY", "22".repeat(32));
        command
    }

    /// Starts the real server and waits until it listens.
    pub fn serve(&self) -> Server {
        let mut command = self.jiaozi();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Server::start(command)
    }

    /// Runs `jiaozi check` and says whether every invariant holds, with what it printed.
    pub fn check(&self) -> (bool, String) {
        let output = self.jiaozi().arg("check").output().expect("it runs");
        let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
        (output.status.success(), printed)
    }
}

async fn new_postgres_database() -> Option<String> {
    use sqlx::Connection;
    let server = std::env::var("JIAOZI_TEST_PG").ok()?;
    let name = format!("w_{}", uuid::Uuid::new_v4().simple());
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
    let path = crate::root().join("partner-specs").join(COMPANY.0).join("partner.toml");
    let text = std::fs::read_to_string(path).expect("a specification");
    let table: toml::Table = text.parse().expect("TOML");
    table["community"][0]["code"].as_str().expect("a code").to_owned()
}
