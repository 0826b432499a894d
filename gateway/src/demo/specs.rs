//! The shipped specifications, copied for the demonstration with four things changed: companies listen
//! on this machine, they want to hear everything about payments, billers are waited for less long, and a
//! calendar that does not reach to the day that is played goes on.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use jiff::ToSpan as _;
use jiff::civil::Date;
use toml::{Table, Value};

/// What companies want to hear here.
const EVENTS: [&str; 5] =
    ["bill.paid", "bill.refunded", "bill.cancelled", "prepay.paid", "day.closed"];

/// How far calendars have to reach.
const REACH_DAYS: i64 = 90;

/// Copies all specifications of a folder.
///
/// # Errors
/// When a file cannot be read, understood or written.
pub fn copy(from: &Path, to: &Path, companies: SocketAddr, today: Date) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name().map(|name| to.join(name)) else { continue };
        let spec = path.join("partner.toml");
        if spec.is_file() {
            let code = name.file_name().map(|name| name.to_string_lossy().into_owned());
            let url = format!("http://{companies}/{}", code.unwrap_or_default());
            change(&spec, &name.join("partner.toml"), |table| {
                on_this_machine(table, &url);
                impatient(table);
            })?;
        } else if name.file_name().is_some_and(|name| name == "calendars") {
            for calendar in std::fs::read_dir(&path)? {
                let calendar = calendar?.path();
                let Some(file) = calendar.file_name() else { continue };
                change(&calendar, &name.join(file), |table| reaching(table, today))?;
            }
        }
    }
    Ok(())
}

fn change(from: &Path, to: &Path, change: impl FnOnce(&mut Table)) -> anyhow::Result<()> {
    let read = std::fs::read_to_string(from).with_context(|| from.display().to_string())?;
    let mut table: Table = toml::from_str(&read).with_context(|| from.display().to_string())?;
    change(&mut table);
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(to, toml::to_string(&table)?).with_context(|| to.display().to_string())
}

fn on_this_machine(spec: &mut Table, url: &str) {
    if let Some(webhook) = spec.get_mut("webhook").and_then(Value::as_table_mut) {
        webhook.insert("url".to_owned(), url.into());
        webhook.insert("events".to_owned(), EVENTS.map(Value::from).to_vec().into());
    }
}

/// Silence is silence after a second here, and who was silent is tried again after another: these are
/// seconds of the clock on the wall, which nobody can move.
fn impatient(spec: &mut Table) {
    for (section, key) in [("timeouts", "answer_seconds"), ("breaker", "pause_seconds")] {
        let outbound = spec.get_mut("outbound").and_then(Value::as_table_mut);
        let section = outbound.and_then(|outbound| outbound.get_mut(section));
        if let Some(section) = section.and_then(Value::as_table_mut) {
            section.insert(key.to_owned(), 1.into());
        }
    }
}

fn reaching(calendar: &mut Table, today: Date) {
    let needed = today.saturating_add(REACH_DAYS.days()).to_string();
    let covers = calendar.get_mut("covers").and_then(Value::as_table_mut);
    if let Some(covers) = covers
        && covers.get("to").and_then(Value::as_str).is_some_and(|to| to < needed.as_str())
    {
        covers.insert("to".to_owned(), needed.into());
    }
}
