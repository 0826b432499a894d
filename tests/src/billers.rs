//! The four billers as peers on the network, a gateway that is told where they are, and a channel that
//! pays them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use jiaozi::trial::billers::huaran_gas::HuaranGas;
use jiaozi::trial::billers::minbei_power::MinbeiPower;
use jiaozi::trial::billers::nanhu_college::NanhuCollege;
use jiaozi::trial::billers::office::{Bill, Customer};
use jiaozi::trial::billers::order::Standing;
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;
use jiaozi::trial::core::MinrongCore;
use jiaozi::trial::core_files::CoreByFiles;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::core::{BALANCE, CORE, CORE_BY_FILES, NUMBER};
use crate::installation::{CHANNEL, Installation, PAYER};
use crate::project;
use crate::server::Server;

/// The secret under which messages are signed, at every biller that wants one.
const SECRET: &str = "a secret that both sides know, long enough";

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// The codes of the billers, and a customer of each.
pub const CUSTOMERS: [(&str, &str); 4] = [
    ("rongjiang-water", "0012345678"),
    ("minbei-power", "350100000001"),
    ("huaran-gas", "80012345"),
    ("nanhu-college", "2026000001"),
];

/// What every customer owes, in fen.
pub const DUE: i64 = 15_080;

/// Billers, and a gateway that knows them.
#[derive(Debug)]
pub struct Utilities {
    /// The installation.
    pub installation: Installation,
    billers: BTreeMap<&'static str, Biller>,
    pub(crate) core: Option<Biller>,
    pub(crate) core_by_files: Option<CoreByFiles>,
    specs: PathBuf,
}

impl Utilities {
    /// Starts the billers on a sandbox whose time is an instant, in the billers' zone.
    pub async fn start(installation: Installation, now: &str) -> Utilities {
        let now: Timestamp = now.parse().expect("an instant");
        let gateway = installation.gateway().await;
        gateway.store.move_time(now.into()).await.expect("later than now");
        gateway.store.close().await.expect("closed");
        let civil = civil(now);
        let key = || SECRET.as_bytes().to_vec();
        let water = Biller::start(RongjiangWater, civil, None).await;
        let power = Biller::start(MinbeiPower { key: key() }, civil, None).await;
        let gas = Biller::start(HuaranGas { key: key() }, civil, None).await;
        let college = Biller::start(NanhuCollege { key: key() }, civil, None).await;
        let started = [water, power, gas, college].map(|biller| biller.expect("a port"));
        let codes = CUSTOMERS.map(|(code, _)| code);
        let billers: BTreeMap<_, _> = codes.into_iter().zip(started).collect();
        let specs = impatient_specs(installation.folder());
        let utilities = Utilities { installation, billers, core: None, core_by_files: None, specs };
        for (code, customer) in CUSTOMERS {
            utilities.owes(code, customer, DUE);
            utilities.share_secret(code);
        }
        utilities
    }

    /// The same with the bank's core in force, where a customer has money.
    pub async fn with_core(mut self) -> Utilities {
        let key = SECRET.as_bytes().to_vec();
        let now = self.biller("rongjiang-water").office().now();
        let core = Biller::start(MinrongCore { key }, now, None).await.expect("a port");
        core.office().open_account(NUMBER, BALANCE);
        self.core = Some(core);
        self.share_secret(CORE);
        self
    }

    /// The same with the bank's core in force that is told by files.
    pub fn with_core_by_files(mut self) -> Utilities {
        let now = self.biller("rongjiang-water").office().now();
        let core = CoreByFiles::start(&self.mailbox(CORE_BY_FILES), now);
        core.office().open_account(NUMBER, BALANCE);
        self.core_by_files = Some(core);
        self
    }

    /// The mailbox of a partner.
    pub fn mailbox(&self, code: &str) -> PathBuf {
        self.installation.folder().join("mailboxes").join(code)
    }

    /// One of the billers.
    pub fn biller(&self, code: &str) -> &Biller {
        &self.billers[code]
    }

    /// A customer of a biller owes so much.
    pub fn owes(&self, code: &str, customer: &str, fen: i64) {
        let known = Customer {
            number: customer.to_owned(),
            name: "林小榕".to_owned(),
            repeats: "C-0042".to_owned(),
        };
        let bill = Bill {
            id: format!("B-{customer}"),
            fee: "本期费用".to_owned(),
            period: "202611".to_owned(),
            amount_fen: fen - 80,
            late_fee_fen: 80,
        };
        self.biller(code).office().bill(known, vec![bill]);
    }

    fn share_secret(&self, code: &str) {
        let spec = std::fs::read_to_string(self.specs.join(code).join("partner.toml"));
        let spec: toml::Table = spec.expect("a specification").parse().expect("TOML");
        let Some(signature) = spec["outbound"].get("signature") else { return };
        let key = signature["key"].as_str().expect("a name");
        let file = self.installation.folder().join("secret");
        std::fs::write(&file, SECRET).expect("written");
        let mut add = self.jiaozi();
        add.args(["partner", "keys", "add", "--partner", code, "--id", key, "--secret"]);
        let add = add.args(["--kind", "message"]).stdin(File::open(&file).expect("written"));
        let output = add.output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The real binary, told where the billers are.
    pub fn jiaozi(&self) -> Command {
        let mut command = self.installation.jiaozi();
        let at = |(code, biller): (&&str, &Biller)| format!("{code}={}", biller.address());
        let core = self.core.iter().map(|core| (&CORE, core));
        let addresses: Vec<String> = self.billers.iter().chain(core).map(at).collect();
        if self.core.is_some() {
            command.env("JIAOZI_CORE_PARTNER", CORE);
        }
        if self.core_by_files.is_some() {
            command.env("JIAOZI_CORE_PARTNER", CORE_BY_FILES);
        }
        command
            .env("JIAOZI_MAILBOXES_FOLDER", self.installation.folder().join("mailboxes"))
            .env("JIAOZI_PARTNERS_FOLDER", &self.specs)
            .env("JIAOZI_OUTBOUND_ADDRESSES", addresses.join(","));
        command
    }

    /// Starts the real server.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// Starts the real server with more words on its command line.
    pub fn serve_with(&self, more: &[&str]) -> Server {
        let mut command = self.jiaozi();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(more);
        Server::start(command)
    }

    /// The channel on a server.
    pub fn channel(&self, server: &Server) -> Payers {
        let key = self.installation.private_key(CHANNEL.1);
        Payers { client: Client::new(&server.base, CHANNEL.1, &key) }
    }

    /// Moves the time of the sandbox and of every biller to an instant.
    pub async fn move_time(&self, payers: &Payers, to: &str) {
        let body = json!({ "to": to });
        let answer = payers.client.post("/v1/sandbox/time", to, &body).await.expect("answered");
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        let at = civil(to.parse().expect("an instant"));
        for biller in self.billers.values().chain(&self.core) {
            biller.office().set_time(at);
        }
        if let Some(core) = &self.core_by_files {
            core.office().set_time(at);
        }
    }

    /// What truly happened at a biller under the reference of a payment.
    pub fn truth(&self, payment: &Value) -> Option<Standing> {
        let code = payment["partner"].as_str().expect("a partner");
        let reference = payment["biller"]["reference"].as_str().expect("a reference");
        self.biller(code).office().truth().get(reference).map(|truth| truth.standing)
    }
}

/// Who pays through the channel.
#[derive(Clone, Debug)]
pub struct Payers {
    /// The channel's client.
    pub client: Client,
}

impl Payers {
    /// Asks what is due for a customer.
    pub async fn quote(&self, code: &str, customer: &str) -> Answer {
        let (path, body) = (format!("/v1/billers/{code}/quotes"), json!({"customer": customer}));
        self.client.post(&path, "quote", &body).await.expect("answered")
    }

    /// Pays a quote under a key.
    pub async fn pay(&self, key: &str, quote: &Answer) -> Answer {
        assert_eq!(quote.status, 200, "{:?}", quote.body);
        let body = json!({"quote": quote.json()["token"], "payer": PAYER});
        self.client.post("/v1/payments", key, &body).await.expect("answered")
    }

    /// Asks what is due and pays it; gives the payment, accepted.
    pub async fn order(&self, key: &str, code: &str, customer: &str) -> Value {
        let quote = self.quote(code, customer).await;
        let accepted = self.pay(key, &quote).await;
        assert_eq!(accepted.status, 202, "{:?}", accepted.body);
        accepted.json()
    }

    /// Takes a payment back under a key.
    pub async fn take_back(&self, key: &str, payment: &Value) -> Answer {
        let order = payment["order"].as_str().expect("an order");
        let path = format!("/v1/payments/{order}/cancel");
        self.client.post(&path, key, &json!({})).await.expect("answered")
    }

    /// Reads a payment.
    pub async fn read(&self, payment: &Value) -> Value {
        let order = payment["order"].as_str().expect("an order");
        let path = format!("/v1/payments/{order}");
        self.client.get(&path).await.expect("answered").json()
    }

    /// Reads a payment until it stands like this.
    pub async fn until(&self, payment: &Value, state: &str) -> Value {
        self.until_so(payment, |read| read["state"] == state).await
    }

    /// Reads a payment until something is so.
    pub async fn until_so(&self, payment: &Value, so: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                last = self.read(payment).await;
                if so(&last) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(waited.await.is_ok(), "still {last}");
        last
    }
}

fn civil(at: Timestamp) -> DateTime {
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    zone.to_datetime(at)
}

/// The shipped specifications with short patience: a test does not wait ten seconds for a silence.
fn impatient_specs(folder: &Path) -> PathBuf {
    let to = folder.join("partner-specs");
    let copied = Command::new("cp").arg("-r").arg(project::partner_specs()).arg(&to).status();
    assert!(copied.expect("cp runs").success());
    for code in CUSTOMERS.map(|(code, _)| code).into_iter().chain([CORE]) {
        let file = to.join(code).join("partner.toml");
        let text = std::fs::read_to_string(&file).expect("a specification");
        let impatient = |line: &str| {
            if line.starts_with("timeouts = ") {
                "timeouts = { connect_seconds = 5, answer_seconds = 2, late_seconds = 30 }"
                    .to_owned()
            } else {
                line.to_owned()
            }
        };
        let lines: Vec<String> = text.lines().map(impatient).collect();
        std::fs::write(&file, lines.join("\n")).expect("written");
    }
    to
}
