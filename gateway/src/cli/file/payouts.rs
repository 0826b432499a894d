//! `jiaozi file export payouts` and `jiaozi file import payout-status`: what the bank's core is told, and
//! what it says.

use std::io::Write;

use anyhow::Context as _;
use bytes::Bytes;
use jiaozi_adapters::spec::payout::Destination;
use jiff::civil::Date;

use crate::gateway::Gateway;
use crate::operators::Who;
use crate::payouts::hearing::{self, Heard};
use crate::payouts::sending;

/// Writes a file for the core, and says what people should know.
pub(super) async fn write(
    gateway: &Gateway,
    debtor: Option<Destination>,
    (date, number): (Option<Date>, Option<i64>),
    who: &Who,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<String> {
    let date = match date {
        Some(date) => date,
        None => sending::today(gateway).await?,
    };
    let written = sending::export(gateway, debtor.as_ref(), date, number, who).await?;
    out.write_all(&written.bytes).context("writing")?;
    Ok(written.said())
}

/// Takes what the core says.
pub(super) async fn hear(
    gateway: &Gateway,
    who: &Who,
    name: &str,
    bytes: &Bytes,
) -> anyhow::Result<Heard> {
    let heard = hearing::hear(gateway, who, name, bytes).await;
    heard.with_context(|| name.to_owned())
}

/// What came of it, for people.
pub(super) fn print(heard: &Heard) {
    for one in &heard.payouts {
        let reason = one.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
        let why = one.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        println!(
            "{} {} {} {}{reason} {}{why}",
            one.payout, one.partner, one.amount_fen, one.status, one.event
        );
    }
    for one in &heard.unknown {
        println!("UNKNOWN {}: {} is none of this file's", one.place, one.reference);
    }
    let counts: Vec<String> =
        heard.counts.iter().map(|(event, count)| format!("{count} {event}")).collect();
    let counts = if counts.is_empty() { "nothing said".to_owned() } else { counts.join(", ") };
    let silent = match heard.silent {
        0 => String::new(),
        silent => format!(", {silent} not spoken of"),
    };
    let unknown = match heard.unknown.len() {
        0 => String::new(),
        unknown => format!(", {unknown} unknown"),
    };
    let again = if heard.repeated { "; it was heard before, nothing changed" } else { "" };
    eprintln!(
        "report {} of message {}: {counts}{silent}{unknown}{again}",
        heard.report, heard.message
    );
}
