//! `jiaozi file import statement`: a biller's file of the day.

use anyhow::Context as _;
use bytes::Bytes;
use jiaozi_ledger::money::Fen;
use jiff::civil::Date;

use crate::cli::progress::Bar;
use crate::gateway::Gateway;
use crate::reconciliation::taking::{Source, Taken, take};

/// Takes a file and compares its day.
pub(super) async fn import(
    gateway: &Gateway,
    partner: &str,
    date: Option<Date>,
    name: String,
    bytes: Bytes,
) -> anyhow::Result<Taken> {
    let source = Source { partner: partner.to_owned(), date, name: name.clone(), bytes };
    let bar = Bar::of("lines");
    let taken = take(gateway, source, &mut bar.watcher()).await;
    drop(bar);
    taken.context(name)
}

/// What came of it, for people.
pub(super) fn print(taken: &Taken) {
    let day = &taken.day;
    let breaks: Vec<String> =
        day.breaks.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let breaks = if breaks.is_empty() { "no breaks".to_owned() } else { breaks.join(", ") };
    let number = match taken.number {
        0 => String::new(),
        number => format!(", correction {number}"),
    };
    let again = if taken.repeated { "; it was taken before" } else { "" };
    let superseded = if taken.superseded { "; a later file of that day counts" } else { "" };
    eprintln!(
        "{} {}{number}: {} matched, {breaks}, {} unexplained{again}{superseded}",
        day.partner,
        day.date,
        day.matched,
        Fen(day.unexplained_fen),
    );
}
