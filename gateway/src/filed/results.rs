//! What a file of results says, line by line: of which instruction, whether of itself or of its reversal, and
//! what became of it. What cannot be followed is named with its place, and never guessed.

use std::collections::HashMap;

use jiaozi_adapters::iso20022::status::{self, Says, Status, StatusReport};
use jiaozi_adapters::statement::amount::decimals;
use jiaozi_adapters::statement::{Place, StatementError};
use jiaozi_ledger::instruction::file::{InstructionFile, Told};
use jiaozi_ledger::instruction::{Instruction, Said};
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::row::Cell;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::writing::instructions;
use super::{Filed, FiledError};
use crate::gateway::Gateway;

/// What a file says.
#[derive(Debug)]
pub struct Results {
    /// How the file names itself, if it does.
    pub name: Option<String>,
    /// The file of ours that it is about, if it is about one.
    pub about: Option<String>,
    /// What it says of our instructions.
    pub lines: Vec<Line>,
    /// What it says that cannot be followed.
    pub strange: Vec<Strange>,
}

/// What is said of one instruction.
#[derive(Debug)]
pub struct Line {
    /// The instruction.
    pub instruction: Instruction,
    /// Whether of itself, or of its reversal.
    pub verb: Told,
    /// What became of it.
    pub said: Said,
    /// Their code or word, or a name of ours for it.
    pub reason: Option<String>,
    /// Their own reference.
    pub their_reference: Option<String>,
}

/// What is said and cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strange {
    /// Where it stands.
    pub place: String,
    /// The reference that is named.
    pub reference: String,
    /// Why it cannot be followed: `none_of_ours`, `amount_differs`, `code_not_known`.
    pub why: &'static str,
}

/// Why a file is refused as a whole.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is broken.
    #[error("{0}")]
    Broken(#[from] StatementError),
    /// It is about something else than one of our files, or another one.
    #[error("{place}: found {found}, expected {expected}")]
    Another {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// It could not be held against the books.
    #[error(transparent)]
    Filed(#[from] FiledError),
}

/// Reads an ISO 20022 status report about one of our files.
///
/// # Errors
/// It is broken, contradicts itself, or is about no file of ours for this partner.
pub(super) async fn of_iso(
    gateway: &Gateway,
    filed: &Filed,
    bytes: &[u8],
) -> Result<Results, Refused> {
    let report = status::read(bytes)?;
    let file = file_of(gateway, filed, &report).await?;
    let instructions = instructions(gateway, &file).await?;
    agrees(&report, &file, filed.biller.payee.currency)?;
    let ours = file.payment();
    let known: HashMap<&str, &Instruction> =
        instructions.iter().map(|one| (one.reference(), one)).collect();
    let mut strange = Vec::new();
    for payment in &report.payments {
        let other = payment.id != ours;
        if other {
            strange.push(stranger(&payment.place, &payment.id));
        }
        let alien =
            |one: &&status::TransactionStatus| other || !known.contains_key(one.reference());
        let aliens = payment.listed.iter().filter(alien);
        strange.extend(aliens.map(|one| stranger(&one.place, one.reference())));
    }
    let (index, mut lines) = (report.index(), Vec::new());
    for instruction in &instructions {
        let Some(says) = index.of(&ours, instruction.reference()) else { continue };
        if differs(&says, instruction, filed.biller.payee.currency) {
            let why = "amount_differs";
            strange.push(Strange { why, ..stranger(says.place, instruction.reference()) });
            continue;
        }
        if status::is_of_a_copy(says.status, says.code()) {
            let why = "refused_as_a_copy";
            strange.push(Strange { why, ..stranger(says.place, instruction.reference()) });
            continue;
        }
        lines.push(Line {
            instruction: instruction.clone(),
            verb: file.verb,
            said: said(says.status),
            reason: reason(&says),
            their_reference: says.listed.and_then(|listed| listed.bank.clone()),
        });
    }
    Ok(Results { name: Some(report.id.clone()), about: Some(file.name), lines, strange })
}

fn stranger(place: &Place, reference: &str) -> Strange {
    Strange { place: place.to_string(), reference: reference.to_owned(), why: "none_of_ours" }
}

/// The file of ours that a report is about.
async fn file_of(
    gateway: &Gateway,
    filed: &Filed,
    report: &StatusReport,
) -> Result<InstructionFile, Refused> {
    let original = &report.original;
    let another = |at: &str, found: &str, expected: String| Refused::Another {
        place: Place::new(original.place.line, format!("OrgnlGrpInfAndSts/{at}")),
        found: format!("`{found}`"),
        expected,
    };
    let id = Uuid::try_parse(&original.id).ok().filter(|id| id.simple().to_string() == original.id);
    let unknown = || {
        let expected = format!("the message identifier of a file for {}", filed.code());
        another("OrgnlMsgId", &original.id, expected)
    };
    let id = id.ok_or_else(unknown)?;
    let file = gateway.store.first("id = $2", vec![Cell::Id(id)]).await;
    let file: Option<InstructionFile> = file.map_err(FiledError::Store)?;
    let file = file.filter(|file| file.partner == filed.code()).ok_or_else(unknown)?;
    let kind = match file.verb {
        Told::Payments => "pain.008.",
        Told::Reversals => "pain.007.",
    };
    if !original.kind.starts_with(kind) {
        let expected = format!("the version of a {kind}001 message, which {} is", file.name);
        return Err(another("OrgnlMsgNmId", &original.kind, expected));
    }
    Ok(file)
}

/// What a report says of the file as a whole is what the file is.
fn agrees(
    report: &StatusReport,
    file: &InstructionFile,
    currency: Currency,
) -> Result<(), Refused> {
    let count = u64::try_from(file.of.len()).unwrap_or(0);
    let sum = in_units(file.sum, currency);
    let refuse = |place: &Place, at: &str, found: String, expected: String| {
        let above = if place.at.is_empty() { "OrgnlGrpInfAndSts" } else { place.at.as_str() };
        let place = Place::new(place.line, format!("{above}/{at}"));
        Err(Refused::Another { place, found, expected })
    };
    let original = &report.original;
    let own = report.payments.iter().filter(|payment| payment.id == file.payment());
    let parts = own.map(|one| (&one.place, one.transactions, one.control_sum));
    let whole = (&original.place, original.transactions, original.control_sum);
    for (place, transactions, control_sum) in std::iter::once(whole).chain(parts) {
        if let Some(found) = transactions.filter(|found| *found != count) {
            return refuse(place, "OrgnlNbOfTxs", found.to_string(), count.to_string());
        }
        if let Some(found) = control_sum.filter(|found| *found != sum) {
            return refuse(place, "OrgnlCtrlSum", found.to_string(), sum.to_string());
        }
    }
    Ok(())
}

/// Whether a report repeats another amount than that of the instruction.
fn differs(says: &Says<'_>, instruction: &Instruction, currency: Currency) -> bool {
    let listed = says.listed.and_then(|listed| listed.amount.as_ref());
    listed.is_some_and(|(amount, found)| {
        found != currency.as_str() || *amount != in_units(instruction.amount, currency)
    })
}

/// An amount in units of its currency.
fn in_units(fen: Fen, currency: Currency) -> Decimal {
    Decimal::new(fen.0, u32::from(decimals(currency))).normalize()
}

fn said(status: Status) -> Said {
    match status {
        status if status.is_settled() => Said::Done,
        status if status.is_refused() => Said::Refused,
        _ => Said::InProgress,
    }
}

/// Why, in a word: names of ours for what a payer can understand, else the code of the standard.
fn reason(says: &Says<'_>) -> Option<String> {
    if !says.status.is_refused() {
        return None;
    }
    let code = says.code().unwrap_or(says.status.code());
    let name = match code {
        "AM04" => "core_insufficient_funds",
        "AC01" | "AC03" => "core_no_such_account",
        "AC04" | "AC06" => "core_account_frozen",
        other => other,
    };
    Some(name.to_owned())
}
