//! `bench withhold`: a file of claims, taken in and run to its end, against a plain bulk insert of the very
//! rows that the run has left, so many lines a transaction, into a second database with the same settings.
//!
//! The file is on disk, as a partner's would be. Payers have enough, so every line is debited: the dearest
//! outcome. Each payer has a hundred claims, of a hundred months.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use anyhow::Context as _;
use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_adapters::withholding::sign::Sign;
use jiaozi_ledger::chart;
use jiaozi_ledger::command::{AccountRef, OpenAccounts};
use jiaozi_ledger::decision::{Command, Scope};
use jiaozi_ledger::mandate::{Again, Limits, Partial};
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::order::Order;
use jiaozi_ledger::personal::{Name, Personal};
use jiaozi_ledger::posting::Entry;
use jiaozi_ledger::row::{Cell, Row};
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::store::{OpenOptions, Store, check};
use jiaozi_ledger::withholding::{Batch, BatchLine};
use jiff::civil::date;
use serde::Serialize;
use uuid::Uuid;

use super::books::{self, PREFIX};
use super::post;
use crate::clock::{SystemClock, new_id};
use crate::config::secrets::{Key32, Secret, SecretKeys};
use crate::gateway::{Gateway, Parts};
use crate::interrupt::Interrupt;
use crate::trial::place::Place;
use crate::withholding::claims::Content;
use crate::withholding::intake::{self, Source};
use crate::withholding::run;

/// The biller: a shipped one under another name, whose files are run when they come.
const SPEC: &str = include_str!("../../../partner-specs/minbei-power/partner.toml");
const CALENDAR: &str = include_str!("../../../partner-specs/calendars/cn-bank.toml");
const BILLER: &str = "bench-biller";

/// Claims of a payer, each of a month.
const MONTHS: usize = 100;

/// Commands of the preparation a batch.
const PREPARE: usize = 500;

/// What is asked of the bench.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The database; a fresh file that is removed afterwards if it is left out.
    pub database: Option<String>,
    /// The database for the plain inserts; a fresh file if it is left out.
    pub plain: Option<String>,
    /// The lines of the file, rounded up to whole payers.
    pub lines: usize,
}

/// What came of it: the line that is printed.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// `withhold`.
    pub bench: &'static str,
    /// The lines of the file.
    pub lines: u64,
    /// Lines proved and taken in, a second.
    pub taken_in_per_second: u64,
    /// Lines presented and debited, a second.
    pub rate_per_second: u64,
    /// Lines whose rows a plain bulk insert writes, a second.
    pub plain_per_second: u64,
    /// The one as a part of the other, in thousandths.
    pub permille_of_plain: u64,
    /// The rows that the run has left and the plain insert has written: journal, entries, orders, lines.
    pub rows: u64,
    /// The most memory that the process had until the run was over, in mebibytes; the preparation included.
    pub memory_mib: u64,
    /// Lines that were not debited.
    pub errors: u64,
    /// Whether every invariant holds afterwards.
    pub check: bool,
    /// The invariants that do not.
    pub broken: Vec<String>,
    /// The engine.
    pub engine: &'static str,
}

/// Runs the bench.
///
/// # Errors
/// When a database is not one for benches, or cannot be used; or when a signal ends it.
pub async fn run(terms: &Terms) -> anyhow::Result<Figures> {
    let mut interrupt = Interrupt::listen().context("signal handler")?;
    let place = Place::make("bench", terms.database.as_deref())?;
    let figures = interrupt.or(measured(terms, &place)).await;
    place.remove()?;
    figures
}

async fn measured(terms: &Terms, place: &Place) -> anyhow::Result<Figures> {
    // Whether it is a database for benches is found out before anything is written to it.
    books::open(&place.database).await?.close().await?;
    let gateway = gateway(place).await?;
    let claimant = intake::claimant(&gateway, BILLER)?;
    let run_id = new_id(&SystemClock);
    let payers = terms.lines.div_ceil(MONTHS).max(1);
    prepare(&gateway, &claimant, run_id, payers).await?;
    let file = place.path("claims.txt");
    write_file(&file, run_id, payers)?;

    let lines = (payers * MONTHS) as u64;
    let start = Stopwatch::now();
    let name = format!("{}.txt", run_id.simple());
    let source = Source { name, by: PREFIX.to_owned(), content: Content::Path(file) };
    let taken = intake::take(&gateway, &claimant, source, &mut |_| {}).await?;
    let intake_time = start.elapsed();
    let first = gateway.store.head().await?.seq;
    let start = Stopwatch::now();
    let batch = run::whole(&gateway, &claimant, &taken.batch, &mut |_| {}).await?;
    let run_time = start.elapsed();
    let memory_mib = memory_mib();

    let plain_url = terms
        .plain
        .clone()
        .unwrap_or_else(|| format!("sqlite:{}", place.path("plain.db").display()));
    let plain = books::open(&plain_url).await?;
    let (plain_time, rows) = plain_insert(&gateway.store, &plain, &batch, first).await?;
    plain.close().await?;

    let (invariants, _) = check::check(&gateway.store, &mut |_| {}).await?;
    let broken: Vec<String> = invariants
        .iter()
        .filter(|invariant| !invariant.holds)
        .map(|invariant| format!("{}: {}", invariant.name, invariant.found))
        .collect();
    let engine = gateway.store.durability().await?.engine;
    gateway.store.close().await?;
    let rate = |time: Duration| per_second(lines, time);
    Ok(Figures {
        bench: "withhold",
        lines,
        taken_in_per_second: rate(intake_time),
        rate_per_second: rate(run_time),
        plain_per_second: rate(plain_time),
        permille_of_plain: permille(plain_time, run_time),
        rows,
        memory_mib,
        errors: (batch.lines - batch.done).unsigned_abs(),
        check: broken.is_empty(),
        broken,
        engine,
    })
}

async fn gateway(place: &Place) -> anyhow::Result<Gateway> {
    let spec = SPEC
        .replace("minbei-power", BILLER)
        .replace("run = \"next_working_day\"", "run = \"on_arrival\"");
    place.put(&format!("partner-specs/{BILLER}/partner.toml"), spec.as_bytes())?;
    place.put("partner-specs/calendars/cn-bank.toml", CALENDAR.as_bytes())?;
    let parts = Parts {
        database: &place.database,
        partner_specs: &place.specs(),
        core: None,
        secrets: SecretKeys { personal_data_key: key()?, quote_key: key()? },
        clock: Arc::new(SystemClock),
        options: OpenOptions { create_sandbox: true, allow_weak_durability: false },
    };
    Ok(Gateway::open(parts).await?)
}

fn key() -> anyhow::Result<Key32> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    Ok(Secret::new(bytes))
}

fn number(run: Uuid, payer: usize) -> String {
    // The first part of the identifier is the time: runs in one database have payers of their own.
    let run = run.simple().to_string();
    format!("{PREFIX}-{}-{payer:06}", run.get(..12).unwrap_or_default())
}

fn holder(payer: usize) -> Personal<Name> {
    Personal::new(format!("持有人{payer}"))
}

async fn prepare(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    run: Uuid,
    payers: usize,
) -> anyhow::Result<()> {
    let all: Vec<usize> = (0..payers).collect();
    for part in all.chunks(PREPARE) {
        let codes: Vec<String> =
            part.iter().map(|payer| chart::deposit(&number(run, *payer))).collect();
        let open = OpenAccounts::new(PREFIX, codes.clone(), Currency::CNY);
        post::carry_out(&gateway.store, &[Arc::new(open)]).await?;
        let funded: Vec<Arc<dyn Command>> = codes
            .iter()
            .zip(part)
            .map(|(code, payer)| post::fund(code, run, u32::try_from(*payer).unwrap_or(u32::MAX)))
            .collect();
        post::carry_out(&gateway.store, &funded).await?;
        let signed: Vec<Arc<dyn Command>> = codes
            .into_iter()
            .zip(part)
            .map(|(code, payer)| sign(gateway, claimant, run, code, *payer))
            .collect();
        post::carry_out(&gateway.store, &signed).await?;
    }
    Ok(())
}

fn sign(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    run: Uuid,
    code: String,
    payer: usize,
) -> Arc<dyn Command> {
    let contract = number(run, payer);
    Arc::new(Sign {
        scope: Scope {
            partner: PREFIX.to_owned(),
            operation: Sign::OPERATION,
            key: contract.clone(),
        },
        claimant: Arc::clone(claimant),
        channel: format!("{PREFIX}-channel"),
        contract,
        payer: AccountRef::Code(code),
        name_index: gateway.vault.index(&holder(payer)),
        limits: Limits {
            of_debit: Fen(100_000),
            of_month: None,
            valid_from: date(2020, 1, 1),
            valid_to: None,
            partial: Partial::None,
            again: Again::default(),
        },
    })
}

/// Writes the file: month after month, every payer's claim.
fn write_file(path: &Path, run: Uuid, payers: usize) -> anyhow::Result<()> {
    let place = || path.display().to_string();
    let mut out = BufWriter::new(std::fs::File::create(path).with_context(place)?);
    let fen = |payer: usize, month: usize| 100 + (payer * 31 + month * 17) % 400;
    let months = 0..MONTHS;
    let sum: usize =
        months.clone().flat_map(|month| (0..payers).map(move |payer| fen(payer, month))).sum();
    writeln!(out, "{}|{sum}", payers * MONTHS)?;
    for month in months {
        let period = format!("{}{:02}", 2015 + month / 12, month % 12 + 1);
        for payer in 0..payers {
            let (account, nth) = (number(run, payer), month * payers + payer + 1);
            let holder = holder(payer);
            let line = format!(
                "{nth}|{account}|{account}|{}|{}|{period}\n",
                holder.expose(),
                fen(payer, month)
            );
            out.write_all(&encoding_rs::GB18030.encode(&line).0).with_context(place)?;
        }
    }
    out.flush().with_context(place)
}

/// Writes the rows that a run has left into another database, as many lines a transaction as the run has;
/// how long that took, reading not counted, and how many rows they were.
async fn plain_insert(
    from: &Store,
    to: &Store,
    batch: &Batch,
    first: i64,
) -> anyhow::Result<(Duration, u64)> {
    index_by_seq(from).await?;
    let (mut time, mut rows, mut after) = (Duration::ZERO, 0, 0);
    for from_seq in (first..first + batch.lines).step_by(usize::try_from(run::LINES)?) {
        let span =
            vec![Cell::Int(from_seq), Cell::Int((from_seq + run::LINES).min(first + batch.lines))];
        let clause = "seq > $2 and seq <= $3 order by seq";
        let records =
            cells(from.find::<Record>(clause, span.clone()).await?, |record| record.cells());
        let entries =
            from.find::<Entry>("seq > $2 and seq <= $3 order by account, nth", span.clone());
        let entries = cells(entries.await?, |entry| entry.cells());
        let orders = cells(from.find::<Order>(clause, span).await?, |order| order.cells());
        let binds = vec![Cell::Id(batch.id.0), Cell::Int(after), Cell::Int(run::LINES)];
        let lines =
            from.find::<BatchLine>("batch = $2 and line > $3 order by line limit $4", binds);
        let lines = lines.await?;
        after = lines.last().map_or(after, |line| line.line);
        let lines = cells(lines, |line| line.cells());
        rows += (records.len() + entries.len() + orders.len() + lines.len()) as u64;
        let start = Stopwatch::now();
        let (mut unit, _) = to.engine().begin().await?;
        unit.write(&Order::TABLE, orders, false).await?;
        unit.write(&BatchLine::TABLE, lines, false).await?;
        unit.write(&Entry::TABLE, entries, false).await?;
        unit.write(&Record::TABLE, records, false).await?;
        unit.commit().await?;
        time += start.elapsed();
    }
    Ok((time, rows))
}

/// Makes rows be found by the commit that wrote them. The books themselves are never asked that, and without
/// it every batch of rows would be looked for in the whole table.
async fn index_by_seq(store: &Store) -> anyhow::Result<()> {
    let (mut unit, _) = store.engine().begin().await?;
    for table in [Order::TABLE.name, Entry::TABLE.name] {
        let index = format!("create index if not exists bench_{table}_seq on {table} (book, seq)");
        unit.execute(index, Vec::new()).await?;
    }
    unit.commit().await?;
    Ok(())
}

fn cells<T>(rows: Vec<T>, of: impl Fn(T) -> Vec<Cell>) -> Vec<Vec<Cell>> {
    rows.into_iter().map(of).collect()
}

fn per_second(lines: u64, time: Duration) -> u64 {
    let micros = time.as_micros().max(1);
    u64::try_from(u128::from(lines) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

fn permille(part: Duration, of: Duration) -> u64 {
    u64::try_from(part.as_micros() * 1_000 / of.as_micros().max(1)).unwrap_or(u64::MAX)
}

/// The most memory that this process has had, in mebibytes, as the system tells it.
fn memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}
