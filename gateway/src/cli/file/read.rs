//! `jiaozi file read`: a statement or bill that others wrote, as we understand it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiaozi_adapters::statement::format::HEAD_BYTES;
use jiaozi_adapters::statement::{
    Amount, Ending, Entry, Format, Head, Part, StatementError, proof, read,
};
use jiaozi_ledger::money::Currency;
use serde_json::json;

use crate::cli::Failure;

/// Characters of a description that are shown.
const DESCRIPTION_CHARACTERS: usize = 40;

/// Reads a statement or bill that others wrote, and shows what is in it and whether it balances.
///
/// Nothing is kept: neither the configuration nor the database is opened. Names and accounts are masked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi file read statement camt053.xml
  jiaozi file read statement trade-bill.csv --format wechat-pay --json

With --json every part of the file is an object on its own line: `begins`, `entry`, `ends`, and
`refused` if the file is broken; what came before `refused` does not count.

Exit code: 0 if every statement is what its own totals say; 1 if one is not, or the file is broken.")]
pub(super) struct Read {
    /// What the file is.
    #[arg(value_enum)]
    what: What,
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Its format; without it what the first lines show.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    format: Option<Format>,
    /// For programs: one JSON object a line on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// A statement or bill of a bank, a clearing or a wallet.
    Statement,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .try_map(|name| Format::named(&name).ok_or("expected the name of a format"))
}

impl Read {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Statement => self.statement(),
        }
    }

    fn statement(&self) -> Result<(), Failure> {
        let place = || self.file.display().to_string();
        let file = File::open(&self.file).with_context(place)?;
        let mut source = BufReader::with_capacity(HEAD_BYTES, file);
        let head = source.fill_buf().with_context(place)?;
        let format = self.format.or_else(|| Format::recognise(head)).with_context(|| {
            let names = Format::ALL.map(Format::name).join(", ");
            format!("{}: not recognised, expected --format with one of {names}", place())
        })?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let mut show = Show { json: self.json, currency: None, balances: true };
        for part in read(format, source) {
            let shown = match part {
                Ok(part) => show.part(&mut out, &part),
                Err(error) => {
                    if self.json {
                        refused(&mut out, &error).context("writing")?;
                    }
                    out.flush().context("writing")?;
                    return Err(anyhow::Error::from(error).context(place()).into());
                }
            };
            shown.context("writing")?;
        }
        out.flush().context("writing")?;
        if show.balances { Ok(()) } else { Err(Failure::Said) }
    }
}

fn refused(out: &mut dyn Write, error: &StatementError) -> std::io::Result<()> {
    let place = match error {
        StatementError::Refused(refusal) => Some(&refusal.place),
        StatementError::Source(_) => None,
    };
    writeln!(out, "{}", json!({ "refused": { "place": place, "why": error.to_string() } }))
}

/// How parts are shown, and whether all of them balanced.
struct Show {
    json: bool,
    currency: Option<Currency>,
    balances: bool,
}

impl Show {
    fn part(&mut self, out: &mut dyn Write, part: &Part) -> std::io::Result<()> {
        match part {
            Part::Begins(head) => self.currency = head.currency,
            Part::Entry(entry) => self.currency = self.currency.or(Some(entry.amount.currency)),
            Part::Ends(ending) => self.balances &= ending.balances(),
        }
        match part {
            Part::Begins(head) if self.json => writeln!(out, "{}", json!({ "begins": head })),
            Part::Entry(entry) if self.json => writeln!(out, "{}", json!({ "entry": entry })),
            Part::Ends(ending) if self.json => {
                let balances = ending.balances();
                writeln!(out, "{}", json!({ "ends": ending, "balances": balances }))
            }
            Part::Begins(head) => begins(out, head),
            Part::Entry(entry) => shown(out, entry),
            Part::Ends(ending) => ends(out, ending, self.currency),
        }
    }
}

fn begins(out: &mut dyn Write, head: &Head) -> std::io::Result<()> {
    write!(out, "{}", head.kind)?;
    for (name, value) in [("", &head.id), ("number ", &head.number), ("page ", &head.page)] {
        if let Some(value) = value {
            write!(out, ", {name}{value}")?;
        }
    }
    if let Some(account) = &head.account {
        write!(out, ", account {account}")?;
    }
    if let (Some(from), Some(to)) = (head.from, head.to) {
        write!(out, ", {from} to {to}")?;
    }
    writeln!(out)?;
    match &head.opening {
        Some(opening) => writeln!(out, "  opens with {}", opening.amount),
        None => Ok(()),
    }
}

fn shown(out: &mut dyn Write, entry: &Entry) -> std::io::Result<()> {
    let date = entry.booking_date.or(entry.value_date);
    let date = date.map_or_else(|| "-".to_owned(), |date| date.to_string());
    let amount = match entry.side {
        Some(_) => Amount { minor: entry.gained(), ..entry.amount }.to_string(),
        None => format!("({})", entry.amount),
    };
    let all = &entry.references;
    let reference = [&all.merchant_order, &all.end_to_end, &all.ours, &all.bank];
    let reference = reference.into_iter().flatten().next().map_or("-", String::as_str);
    let name = entry.counterparty.name.as_ref().map_or("-".to_owned(), ToString::to_string);
    let description = entry.description.as_deref().unwrap_or("");
    let description: String = description
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(DESCRIPTION_CHARACTERS)
        .collect();
    let line = format!(
        "  {:>7}  {date:<10}  {amount:>18}  {reference:<32}  {name}  {description}",
        entry.place.line
    );
    writeln!(out, "{}", line.trim_end())?;
    for detail in &entry.details {
        let amount = detail.amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string());
        let all = &detail.references;
        let reference = [&all.end_to_end, &all.ours, &all.bank];
        let reference = reference.into_iter().flatten().next().map_or("-", String::as_str);
        let line = detail.place.line;
        writeln!(out, "  {line:>7}  of which    {amount:>18}  {reference}")?;
    }
    Ok(())
}

fn ends(out: &mut dyn Write, ending: &Ending, currency: Option<Currency>) -> std::io::Result<()> {
    if let Some(closing) = &ending.closing {
        writeln!(out, "  closes with {}", closing.amount)?;
    }
    let counted = &ending.counted;
    for (name, total) in
        [("credits", counted.credits), ("debits", counted.debits), ("neutral", counted.neutral)]
    {
        if total.count > 0 {
            writeln!(out, "  {} {name}, {}", total.count, proof::shown(total, currency))?;
        }
    }
    if ending.balances() {
        return writeln!(out, "  balances");
    }
    writeln!(out, "  DOES NOT BALANCE")?;
    for imbalance in &ending.imbalances {
        writeln!(out, "    {imbalance}")?;
    }
    match ending.unlisted {
        0 => Ok(()),
        more => writeln!(out, "    and {more} more"),
    }
}
