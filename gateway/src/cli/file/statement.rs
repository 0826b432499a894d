//! `jiaozi file import statement`: a biller's file of the day, or statements of an account.

use anyhow::Context as _;
use jiaozi_ledger::money::Fen;
use jiff::civil::Date;

use crate::cli::progress::Bar;
use crate::files::content::Content;
use crate::gateway::Gateway;
use crate::mirror::summary::AccountDay;
use crate::mirror::taking as accounts;
use crate::reconciliation::taking::{Source, Taken, take};

/// Takes a file and compares its day.
pub(super) async fn import(
    gateway: &Gateway,
    partner: &str,
    date: Option<Date>,
    name: String,
    content: Content,
) -> anyhow::Result<Taken> {
    let source = Source { partner: partner.to_owned(), date, name: name.clone(), content };
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

/// Takes statements and compares their accounts.
pub(super) async fn of_account(
    gateway: &Gateway,
    account: Option<String>,
    date: Option<Date>,
    name: String,
    content: Content,
) -> anyhow::Result<accounts::Taken> {
    let source = accounts::Source { account, date, name: name.clone(), content };
    let bar = Bar::of("lines");
    let taken = accounts::take(gateway, source, &mut bar.watcher()).await;
    drop(bar);
    taken.context(name)
}

/// What came of statements, for people.
pub(super) fn print_accounts(taken: &accounts::Taken) {
    for one in &taken.statements {
        let again = if one.repeated { "; it was taken before" } else { "" };
        let corrects = if one.corrects > 0 { "; it corrects what came before" } else { "" };
        let superseded = if one.superseded { "; a later one of these days counts" } else { "" };
        let (from, to) = (one.from, one.date);
        let days = if from == to { to.to_string() } else { format!("{from} to {to}") };
        eprintln!(
            "{} {days}, {}: {} lines{corrects}{again}{superseded}",
            one.account, taken.format, one.lines
        );
    }
    taken.accounts.iter().for_each(print_account);
}

/// An account by a day, for people.
fn print_account(day: &AccountDay) {
    let breaks: Vec<String> =
        day.breaks.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let breaks = if breaks.is_empty() { "no breaks".to_owned() } else { breaks.join(", ") };
    eprintln!(
        "{} {}: {} matched, {breaks}, {} in transit, {} unexplained",
        day.account,
        day.date,
        day.matched,
        day.in_transit,
        Fen(day.unexplained_fen),
    );
    for seam in &day.seams {
        eprintln!("{}: {seam}", day.account);
    }
    if let Some(balances) = &day.balances {
        println!("{} {balances}", day.account);
    }
}
