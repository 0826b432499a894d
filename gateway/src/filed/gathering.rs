//! What is due goes into files: payments into one, reversals into another, each of one clearing day.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_adapters::spec::files::{FileFormat, Files};
use jiaozi_adapters::utility::by_files::Due;
use jiaozi_adapters::utility::gather::{Gather, INSTRUCTIONS_MAX};
use jiaozi_ledger::decision::{Scope, Verdict};
use jiaozi_ledger::id::{InstructionFileId, InstructionId};
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::instruction::file::Told;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;

use super::writing::terms_of;
use super::{Filed, FiledError};
use crate::gateway::Gateway;
use crate::record::WORKER;

/// Instructions of a partner that wait for a file, or whose reversal does, the longest waiting first.
const WAITING: &str = "partner = $2 and due_at <= $3 \
    and ((step = 0 and file is null) or (step = 2 and reversal_file is null)) order by due_at, id limit $4";

/// How many are looked at at a time.
const LOOK_MAX: i64 = 20_000;

/// What goes into one file: what is told of which day, about which other file.
type Heap = (i64, Date, Option<InstructionFileId>);

/// Gathers what is due for a partner into files; says how many files.
///
/// # Errors
/// When the database cannot be read, or a command not be handed in.
pub async fn gather(gateway: &Gateway, filed: &Filed) -> Result<usize, FiledError> {
    let Some(files) = filed.terms() else { return Ok(0) };
    let now = gateway.now().await?;
    let binds = vec![Cell::Text(filed.code().to_owned()), Cell::Int(now.0), Cell::Int(LOOK_MAX)];
    let waiting: Vec<Instruction> = gateway.store.find(WAITING, binds).await?;
    let mut heaps: BTreeMap<Heap, (Told, Vec<InstructionId>)> = BTreeMap::new();
    for one in &waiting {
        let Due::Gather(verb) = filed.biller.due_by_files(one, now) else { continue };
        // A message of the standard gives back what one message has drawn.
        let one_message = files.format == FileFormat::Iso20022 && verb == Told::Reversals;
        let about = one.file.filter(|_| one_message);
        let heap = heaps.entry((verb.code(), one.clearing_date, about));
        heap.or_insert_with(|| (verb, Vec::new())).1.push(one.id);
    }
    let mut made = 0;
    for ((_, date, about), (verb, of)) in heaps {
        for of in of.chunks(INSTRUCTIONS_MAX) {
            if !into_one(gateway, filed, files, (verb, date, about), of).await? {
                // Somebody else was quicker, or something has changed: it is looked at again.
                return Ok(made);
            }
            made += 1;
        }
    }
    Ok(made)
}

/// Puts instructions into the next file of a day; whether the books took it.
async fn into_one(
    gateway: &Gateway,
    filed: &Filed,
    files: &Files,
    (verb, date, about): (Told, Date, Option<InstructionFileId>),
    of: &[InstructionId],
) -> Result<bool, FiledError> {
    let number = last_number(gateway, filed.code(), date).await? + 1;
    let Some(name) = name_of(files, verb, date, number) else { return Ok(false) };
    let key = format!("{}/{date}/{number}/{}", filed.code(), gateway.now().await?.0);
    let scope = Scope { partner: WORKER.to_owned(), operation: Gather::OPERATION, key };
    let gather = Gather {
        scope,
        biller: Arc::clone(&filed.biller),
        verb,
        date,
        number,
        name: name.clone(),
        about,
        terms: terms_of(filed, files),
        of: of.to_vec(),
    };
    let reply = gateway.submit(gather).await?;
    let made = reply.verdict == Verdict::Done;
    if made {
        tracing::info!(partner = filed.code(), name, instructions = of.len(), "a file is made");
    }
    Ok(made)
}

async fn last_number(gateway: &Gateway, partner: &str, date: Date) -> Result<i64, StoreError> {
    let sql = "select coalesce(max(number), 0) from instruction_files \
        where book = $1 and partner = $2 and date = $3";
    let binds =
        vec![Cell::Int(BOOK), Cell::Text(partner.to_owned()), Cell::Int(date_to_number(date))];
    gateway.store.number(sql, binds).await
}

/// What a file is called; nothing for reversals where there are none.
fn name_of(files: &Files, verb: Told, date: Date, number: i64) -> Option<String> {
    let pattern = match verb {
        Told::Payments => Some(&files.payments),
        Told::Reversals => files.reversals.as_ref(),
    }?;
    let date = files.date_pattern.write(date.to_datetime(jiff::civil::Time::midnight()));
    let digits = usize::from(files.number_digits);
    Some(pattern.replace("{date}", &date).replace("{number}", &format!("{number:0digits$}")))
}
