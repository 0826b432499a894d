//! The file with the results of a batch, in the partner's own form: the first time every line, afterwards
//! for each time that lines were presented again those lines. It is written line by line, and is the same
//! bytes whenever it is written, for a round that is over does not change.

use std::io::{self, Write};
use std::sync::Arc;

use jiaozi_adapters::spec::file_shape::TotalsAt;
use jiaozi_adapters::spec::withholding::{ResultLine, ResultSums};
use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_adapters::withholding::finish::HandOver;
use jiaozi_ledger::progress::{Pace, Watcher};
use jiaozi_ledger::row::{Cell, Cells, Row};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::withholding::{Batch, BatchLine, BatchState, LineState};

use crate::files::day_writer::WriteError;
use crate::files::row_writer::RowForm;
use crate::gateway::Gateway;
use crate::imports;

/// Why there is no file with results.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    /// Not every line was presented yet.
    #[error("{presented} of {lines} lines were presented: there is no result yet")]
    NotDone {
        /// How many were.
        presented: i64,
        /// Of how many.
        lines: i64,
    },
    /// Nothing was presented so often, or something still waits for it.
    #[error("round {round} is not over: {waiting} lines wait to be presented again")]
    RoundOpen {
        /// The round.
        round: i64,
        /// How many lines wait.
        waiting: i64,
    },
    /// A value does not fit the partner's form.
    #[error(transparent)]
    Form(#[from] WriteError),
    /// A sum does not fit.
    #[error("the sums of the batch are beyond what an amount can be")]
    Overflow,
    /// The bytes could not be written.
    #[error("writing: {0}")]
    Write(#[from] io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the results of a round, and says how the file is called.
///
/// # Errors
/// There is no result yet, or it cannot be written.
pub async fn write(
    gateway: &Gateway,
    claimant: &Claimant,
    batch: &Batch,
    round: i64,
    out: &mut (dyn Write + Send),
    watcher: Watcher<'_>,
) -> Result<String, ResultError> {
    is_over(gateway, batch, round).await?;
    let file = &claimant.terms.result;
    let form = RowForm::from(file);
    let mut pace = Pace::new(watcher);
    pace.expect(batch.lines);
    let mut sums = ResultSums::default();
    if file.totals.is_some() {
        let mut lines = Lines::of(gateway, batch, round);
        while let Some(line) = lines.next().await? {
            sums = sums.plus(&line).ok_or(ResultError::Overflow)?;
        }
    }
    let (mut number, mut bytes) = (0, Vec::new());
    let before = [file.totals_at(TotalsAt::FirstLine, sums), file.head()];
    for row in before.into_iter().flatten() {
        number += 1;
        form.frame(&mut bytes, &row, number)?;
    }
    let mut lines = Lines::of(gateway, batch, round);
    while let Some(line) = lines.next().await? {
        number += 1;
        form.data(&mut bytes, &file.row(&line), number)?;
        if bytes.len() >= 64 * 1024 {
            out.write_all(&bytes)?;
            bytes.clear();
        }
        pace.step();
    }
    if let Some(row) = file.totals_at(TotalsAt::LastLine, sums) {
        form.frame(&mut bytes, &row, number + 1)?;
    }
    out.write_all(&bytes)?;
    Ok(file.file_name(batch.name(), round))
}

/// Keeps that the result of a batch was handed over.
///
/// # Errors
/// It cannot be kept.
pub async fn handed_over(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    batch: &Batch,
) -> Result<(), jiaozi_ledger::store::batch::Failure> {
    if batch.state == BatchState::Done {
        let command = HandOver::new(Arc::clone(claimant), batch.id);
        imports::submit(gateway, Arc::new(command)).await?;
    }
    Ok(())
}

async fn is_over(gateway: &Gateway, batch: &Batch, round: i64) -> Result<(), ResultError> {
    if !batch.state.is_done() {
        return Err(ResultError::NotDone { presented: batch.presented, lines: batch.lines });
    }
    if round == 0 {
        return Ok(());
    }
    let count = async |more: &str, binds: [i64; 2]| {
        let sql =
            format!("select count(*) from batch_lines where book = $1 and batch = $2 and {more}");
        let mut all = vec![Cell::Int(BOOK), Cell::Id(batch.id.0)];
        all.extend(binds.map(Cell::Int));
        gateway.store.number(&sql, all).await
    };
    let waiting = count("state = $3 and tries <= $4", [LineState::Waiting.code(), round]).await?;
    let presented = count("state <> $3 and tries > $4", [LineState::New.code(), round]).await?;
    if waiting > 0 || presented == 0 {
        return Err(ResultError::RoundOpen { round, waiting });
    }
    Ok(())
}

/// The lines of a round, in the order of the file.
struct Lines {
    rows: tokio::sync::mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
    round: i64,
}

impl Lines {
    fn of(gateway: &Gateway, batch: &Batch, round: i64) -> Lines {
        let clause = "batch = $2 and tries > $3 order by line";
        let binds = vec![Cell::Id(batch.id.0), Cell::Int(round)];
        let query = Query::rows::<BatchLine>(clause, binds);
        Lines { rows: gateway.store.engine().stream(query), round }
    }

    async fn next(&mut self) -> Result<Option<ResultLine>, StoreError> {
        while let Some(row) = self.rows.recv().await {
            let line = BatchLine::from_cells(&mut Cells::new(BatchLine::TABLE, row?))?;
            let Some((outcome, debited)) = line.in_round(self.round) else { continue };
            // The books name the account by its code, the partner by its number.
            let account = line.account.split_once(':').map_or("", |(_, number)| number);
            return Ok(Some(ResultLine {
                number: line.number,
                contract: line.contract,
                account: account.to_owned(),
                period: line.period,
                amount_fen: line.amount.0,
                debited_fen: debited.0,
                outcome,
                order: line
                    .order
                    .filter(|_| debited.is_positive())
                    .map_or_else(String::new, |id| id.to_string()),
            }));
        }
        Ok(None)
    }
}
