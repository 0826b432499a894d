//! `jiaozi account adjust`: a correction by hand, proposed by one operator for another to approve.

use clap::Args;
use jiaozi_ledger::command::Adjustment;
use jiaozi_ledger::money::Fen;

use super::find;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::operators::approvals;

/// Proposes to move money from one account to another. Nothing is posted before a second operator has
/// approved it (`jiaozi approval approve`).
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi account adjust --debit settlement:yunhe --credit suspense:unexplained --fen 1200 \\
      --reason \"paid twice at the desk, slip 4711\" --operator li.wei --operator-key li.wei.key")]
pub(super) struct Adjust {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The account debited, by its code.
    #[arg(long, value_name = "CODE")]
    debit: String,
    /// The account credited, by its code.
    #[arg(long, value_name = "CODE")]
    credit: String,
    /// How much, in fen.
    #[arg(long, value_name = "FEN", value_parser = clap::value_parser!(i64).range(1..))]
    fen: i64,
    /// Why, for whoever approves it. No names or numbers of people.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// An idempotency key: the same key again proposes nothing new.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl Adjust {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let debit = find(&gateway, &self.debit).await?.id;
            let credit = find(&gateway, &self.credit).await?.id;
            let content = Adjustment { debit, credit, amount: Fen(self.fen) }.content();
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            let proposed = approvals::propose(&gateway, &who, key, content, self.reason.clone());
            print_answer(&proposed.await.map_err(refused)?)
        })
    }
}
