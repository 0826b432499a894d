//! `jiaozi check`: every invariant of the books, on a live database.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::store::check::{check, knows_head};
use serde_json::{Map, Value, json};

use super::progress::Bar;
use super::{Common, Failure, open};

/// Checks every invariant of the books (I1 to I10), one line each.
///
/// It reads a live database beside a running server and changes nothing. Exit code 1 if an invariant
/// does not hold, or if the chain never had the head given with --head.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi check
  jiaozi check --database sqlite:data/jiaozi.db --json
  # The head of a day file or of a webhook: was it ever ours?
  jiaozi check --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
pub(super) struct Check {
    #[command(flatten)]
    common: Common,
    /// A hash of the chain, as day files and webhooks name it: 64 hexadecimal digits.
    #[arg(long, value_name = "HASH", value_parser = hash)]
    head: Option<Head>,
    /// For programs: one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// A hash of the chain.
#[derive(Debug, Clone)]
struct Head(Vec<u8>);

fn hash(text: &str) -> Result<Head, String> {
    match hex::decode(text) {
        Ok(bytes) if bytes.len() == 32 => Ok(Head(bytes)),
        _ => Err("expected 64 hexadecimal digits".to_owned()),
    }
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let store = open::books(&config).await?;
            let bar = Bar::of("commands and orders");
            let checked = check(&store, &mut bar.watcher()).await;
            let (mut invariants, totals) = checked.context("the books")?;
            invariants.push(jiaozi_acquisition::check::check(&store).await.context("people")?);
            let known = match &self.head {
                Some(head) => Some(knows_head(&store, &head.0).await.context("the chain")?),
                None => None,
            };
            drop(bar);
            let whole = invariants.iter().all(|invariant| invariant.holds);
            let holds = whole && known != Some(None);
            if self.json {
                let names: Map<String, Value> = invariants
                    .iter()
                    .map(|invariant| (invariant.name.to_owned(), invariant.holds.into()))
                    .collect();
                let head = known.map(|seq| json!({"known": seq.is_some(), "seq": seq}));
                let body = json!({
                    "holds": holds, "invariants": names, "details": invariants,
                    "ledger": totals, "head": head,
                });
                super::print_json(&body)?;
            } else {
                for invariant in &invariants {
                    let verdict = if invariant.holds { "holds " } else { "BROKEN" };
                    println!(
                        "{:<3} {verdict} {} ({})",
                        invariant.name, invariant.says, invariant.found
                    );
                }
                match known {
                    Some(Some(seq)) => {
                        println!("head  known  the chain had it after command {seq}")
                    }
                    Some(None) => println!("head  UNKNOWN  the chain never had it"),
                    None => {}
                }
                eprintln!(
                    "{} commands, {} entries, {} fen debited and {} credited, {} unexplained",
                    totals.commands,
                    totals.entries,
                    totals.debits_fen,
                    totals.credits_fen,
                    totals.unexplained_fen,
                );
            }
            if holds { Ok(()) } else { Err(Failure::Said) }
        })
    }
}
