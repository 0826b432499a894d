//! Holds past their time are expired: what was open on them is available again.

use jiaozi_ledger::command::{ChangeHold, HoldStep};
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::row::Cell;

use super::{Run, Worker};
use crate::gateway::Gateway;
use crate::record::WORKER;

/// Holds of one run.
const HOLDS: i64 = 256;

/// Expires holds.
#[derive(Debug)]
pub(super) struct Expiry;

impl Worker for Expiry {
    fn name(&self) -> &'static str {
        "holds"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let now = gateway.now().await?;
            let clause = "closed = 0 and expires_at <= $2 order by expires_at, id limit $3";
            let binds = vec![Cell::Int(now.0), Cell::Int(HOLDS)];
            let due: Vec<Hold> = gateway.store.find(clause, binds).await?;
            let mut expired = 0;
            for hold in due {
                // One key a hold: of two processes that expire it, one does. It is not declined for
                // being early, since the books' time is never behind the one that was just read.
                let scope = Scope {
                    partner: WORKER.to_owned(),
                    operation: "hold.expire",
                    key: hold.id.to_string(),
                };
                let command = ChangeHold { scope, hold: hold.id, step: HoldStep::Expire };
                let reply = gateway.submit(command).await?;
                expired += usize::from(!reply.replayed);
            }
            Ok(expired)
        })
    }
}
