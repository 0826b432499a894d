//! The bytes of a file, made of its record and those of its instructions, and putting it into the outbox.
//!
//! That it lies there is noted afterwards. A process that ends in between puts it again: the same bytes under
//! the same name, also when it was carried away meanwhile.

use std::collections::HashMap;

use jiaozi_adapters::iso20022::debit::{self, Debit, Drawn};
use jiaozi_adapters::iso20022::reversal::{self, GivenBack, Reversal};
use jiaozi_adapters::iso20022::xml::Unwritable;
use jiaozi_adapters::spec::files::Files;
use jiaozi_adapters::spec::payout::Destination;
use jiaozi_adapters::utility::gather::NotePut;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::id::InstructionId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::instruction::file::{InstructionFile, Told};
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Filed, FiledError};
use crate::gateway::Gateway;
use crate::mailbox::Mailbox;
use crate::record::WORKER;

/// How many instructions are read at a time.
const PAGE: usize = 500;

/// All that the bytes depend on besides records, as it is kept with a file.
#[derive(Debug, Serialize, Deserialize)]
struct Terms {
    currency: Currency,
    creditor: Option<Destination>,
}

/// The terms of a specification as they are kept.
pub(super) fn terms_of(filed: &Filed, files: &Files) -> String {
    let currency = filed.biller.payee.currency;
    json!(Terms { currency, creditor: files.creditor.clone() }).to_string()
}

/// Puts what is not in the outbox of a partner there; says how many files. One that tells of a payment whose
/// outcome was found otherwise meanwhile is not put any more: the partner would do what was given up.
///
/// # Errors
/// When one cannot be written or put: it is put later. Those after it are put all the same.
pub async fn put_all(
    gateway: &Gateway,
    filed: &Filed,
    mailbox: &Mailbox,
) -> Result<usize, FiledError> {
    let binds = vec![Cell::Text(filed.code().to_owned())];
    let clause = "partner = $2 and put_at is null order by seq";
    let files: Vec<InstructionFile> = gateway.store.find(clause, binds).await?;
    let (mut number, mut failed) = (0, None);
    for file in &files {
        match put(gateway, file, mailbox).await {
            Ok(true) => number += 1,
            Ok(false) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(number), Err)
}

async fn put(
    gateway: &Gateway,
    file: &InstructionFile,
    mailbox: &Mailbox,
) -> Result<bool, FiledError> {
    let given_up = match file.verb {
        Told::Payments => {
            instructions(gateway, file).await?.iter().any(|one| one.state.has_ended())
        }
        Told::Reversals => false,
    };
    let name = &file.name;
    if given_up {
        tracing::warn!(
            partner = file.partner,
            file = name,
            "not put: a payment in it was given up meanwhile"
        );
        return Ok(false);
    }
    let bytes = bytes(gateway, file).await?;
    mailbox.put(name, &bytes).map_err(|error| FiledError::Outbox {
        name: name.clone(),
        partner: file.partner.clone(),
        error,
    })?;
    let scope =
        Scope { partner: WORKER.to_owned(), operation: NotePut::OPERATION, key: file.message() };
    gateway.submit(NotePut { scope, file: file.id }).await?;
    Ok(true)
}

/// The file of a day with a number, if it has one.
///
/// # Errors
/// When the database cannot be read.
pub async fn file_of(
    gateway: &Gateway,
    partner: &str,
    date: Date,
    number: i64,
) -> Result<Option<InstructionFile>, FiledError> {
    let binds =
        vec![Cell::Text(partner.to_owned()), Cell::Int(date_to_number(date)), Cell::Int(number)];
    let clause = "partner = $2 and date = $3 and number = $4";
    Ok(gateway.store.first(clause, binds).await?)
}

/// The bytes of a file: always the same of the same one.
///
/// # Errors
/// When a record does not read, or does not fit into the format.
pub async fn bytes(gateway: &Gateway, file: &InstructionFile) -> Result<Vec<u8>, FiledError> {
    let unreadable = |what| FiledError::Unreadable { file: file.name.clone(), what };
    let terms: Terms =
        serde_json::from_str(&file.terms).map_err(|_| unreadable("what it depends on"))?;
    let of = instructions(gateway, file).await?;
    let unwritable = |error: Unwritable| FiledError::Unwritable { file: file.name.clone(), error };
    match file.verb {
        Told::Payments => {
            let creditor = terms.creditor.ok_or_else(|| unreadable("who is paid"))?;
            debit::write(&pain_008(file, &of, terms.currency, creditor)).map_err(unwritable)
        }
        Told::Reversals => {
            let about =
                about(gateway, file).await?.ok_or_else(|| unreadable("what it is about"))?;
            reversal::write(&pain_007(file, &of, terms.currency, &about)).map_err(unwritable)
        }
    }
}

/// The instructions of a file, in its order.
///
/// # Errors
/// When the database cannot be read, or one is missing.
pub(super) async fn instructions(
    gateway: &Gateway,
    file: &InstructionFile,
) -> Result<Vec<Instruction>, FiledError> {
    let mut known: HashMap<InstructionId, Instruction> = HashMap::with_capacity(file.of.len());
    for page in file.of.chunks(PAGE) {
        let places: Vec<String> = (2..page.len() + 2).map(|place| format!("${place}")).collect();
        let clause = format!("id in ({})", places.join(", "));
        let binds = page.iter().map(|id| Cell::Id(id.0)).collect();
        let found: Vec<Instruction> = gateway.store.find(&clause, binds).await?;
        known.extend(found.into_iter().map(|one| (one.id, one)));
    }
    let missing = || FiledError::Unreadable { file: file.name.clone(), what: "an instruction" };
    file.of.iter().map(|id| known.remove(id).ok_or_else(missing)).collect()
}

async fn about(
    gateway: &Gateway,
    file: &InstructionFile,
) -> Result<Option<InstructionFile>, FiledError> {
    let Some(about) = file.about else { return Ok(None) };
    Ok(gateway.store.first("id = $2", vec![Cell::Id(about.0)]).await?)
}

fn pain_008(
    file: &InstructionFile,
    of: &[Instruction],
    currency: Currency,
    creditor: Destination,
) -> Debit {
    let transactions = of.iter().map(|one| Drawn {
        end_to_end: one.reference().to_owned(),
        amount: one.amount.0,
        account: one.customer().to_owned(),
    });
    Debit {
        message: file.message(),
        payment: file.payment(),
        created: file.made_at.timestamp(),
        date: file.date,
        creditor,
        currency,
        transactions: transactions.collect(),
    }
}

fn pain_007(
    file: &InstructionFile,
    of: &[Instruction],
    currency: Currency,
    about: &InstructionFile,
) -> Reversal {
    let transactions = of.iter().map(|one| GivenBack {
        reversal: one.reversal_reference.clone(),
        original: one.reference().to_owned(),
        amount: one.amount.0,
    });
    Reversal {
        message: file.message(),
        payment: file.payment(),
        created: file.made_at.timestamp(),
        original: (about.message(), about.payment(), about.made_at.timestamp()),
        currency,
        transactions: transactions.collect(),
    }
}
