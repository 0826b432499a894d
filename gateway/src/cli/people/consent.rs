//! `jiaozi people consent`: what a person allows, and a word put on record.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiaozi_acquisition::consent::{self, Party, Purpose, Word};
use jiaozi_ledger::decision::digest_of;
use jiaozi_ledger::id::PersonId;
use jiaozi_ledger::operator::Role;
use serde_json::{Value, json};

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_json};
use crate::clock::{SystemClock, new_id};

/// The channel under which words that an operator records are kept.
const CHANNEL: &str = "counter";

/// What a person allows; a word given or taken back.
#[derive(Debug, Args)]
pub(super) struct Consent {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
    Record(Record),
}

impl Consent {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Show(show) => show.run(),
            Command::Record(record) => record.run(),
        }
    }
}

/// Shows what a person allows now, and every word that led there, as JSON.
#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    common: Common,
    /// The person's identifier, as lists of leads have it.
    #[arg(value_name = "PERSON")]
    person: PersonId,
}

impl Show {
    fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let now = consent::consent_of(&gateway.store, self.person).await.context("consent")?;
            let now: serde_json::Map<String, Value> = now
                .into_iter()
                .map(|(purpose, granted)| (purpose.to_string(), granted.into()))
                .collect();
            let history = consent::history(&gateway.store, self.person).await.context("consent")?;
            print_json(&json!({"person": self.person, "allows": now, "history": history}))?;
            Ok(())
        })
    }
}

/// Records that a person allows or refuses something. The latest word counts.
#[derive(Debug, Args)]
// Its --version is that of the text shown to the person, not the program's.
#[command(disable_version_flag = true)]
#[command(after_help = "Example:
  jiaozi people consent record PERSON --purpose marketing --refused \\
      --version 2026-11 --evidence \"call of 2026-11-22, recording 4711\"")]
struct Record {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The person's identifier, as lists of leads have it.
    #[arg(value_name = "PERSON")]
    person: PersonId,
    /// For what.
    #[arg(long, value_name = "PURPOSE", value_parser = purpose)]
    purpose: Purpose,
    /// The person allows it.
    #[arg(long, required_unless_present = "refused", conflicts_with = "refused")]
    granted: bool,
    /// The person refuses it, or takes back what was allowed.
    #[arg(long)]
    refused: bool,
    /// The version of the text that the person was shown or read.
    #[arg(long, value_name = "TEXT")]
    version: String,
    /// What proves it: a paper, a recording, a message.
    #[arg(long, value_name = "TEXT")]
    evidence: String,
}

fn purpose(text: &str) -> Result<Purpose, String> {
    text.parse().map_err(|error: jiaozi_acquisition::UnknownWord| error.to_string())
}

impl Record {
    fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let said = if self.granted { "granted" } else { "refused" };
            let purpose = self.purpose.to_string();
            let content = digest_of(&[
                &self.person.to_string(),
                &purpose,
                said,
                &self.version,
                &self.evidence,
            ]);
            let key = new_id(&SystemClock).to_string();
            let order =
                who.order_work(&gateway, Role::Retail, "consent.record", &key, content).await;
            order.map_err(refused)?;
            let actor = who.actor();
            let word = Word {
                purpose: self.purpose,
                granted: self.granted,
                channel: CHANNEL,
                version: &self.version,
                evidence: &self.evidence,
                actor: &actor,
            };
            let now = gateway.now().await.context("the books")?;
            let party = Party::Person(self.person);
            let recorded =
                consent::record_consent(&gateway.store, &gateway.vault, party, &word, now).await;
            print_json(&recorded.context("consent")?)?;
            Ok(())
        })
    }
}
