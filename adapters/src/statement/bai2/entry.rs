//! An entry (16): type, amount, when the funds are there, references and text.

use jiaozi_ledger::money::{Currency, Side};
use jiff::civil::Date;

use super::super::amount::{Amount, Written};
use super::super::date;
use super::super::entry::{Entry, filled, reference};
use super::super::place::Refusal;
use super::records::Record;

/// When funds are there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Funds {
    /// How many fields say so, the type included.
    pub(super) fields: usize,
    /// From which day, if it is one day.
    value_date: Option<Date>,
}

/// Reads the type of funds and what belongs to it, from a field on that is counted from 1.
pub(super) fn funds(record: &Record, fields: &[&str], at: usize) -> Result<Funds, Refusal> {
    let field = |number: usize| fields.get(number - 1).copied().unwrap_or("");
    match field(at) {
        "" | "0" | "1" | "2" | "Z" => Ok(Funds { fields: 1, value_date: None }),
        // Immediate, one day, two days.
        "S" => Ok(Funds { fields: 4, value_date: None }),
        "V" => {
            let written = field(at + 1);
            let value_date = date::short(written);
            if value_date.is_none() && !written.is_empty() {
                return Err(record.refuse(at + 1, "a date such as 261120 (YYMMDD)"));
            }
            Ok(Funds { fields: 3, value_date })
        }
        "D" => {
            let number = field(at + 1).parse::<u8>();
            let number = number.map_err(|_| record.refuse(at + 1, "a number of distributions"))?;
            Ok(Funds { fields: 2 + 2 * usize::from(number), value_date: None })
        }
        _ => Err(record.refuse(at, "a type of funds: 0, 1, 2, S, V, D, Z or nothing")),
    }
}

/// Reads an entry of an account.
pub(super) fn read(
    record: &Record,
    currency: Currency,
    day: Option<Date>,
) -> Result<Entry, Refusal> {
    let code = record.field(1);
    let side = match code.parse::<u16>() {
        Ok(100..=399) if code.len() == 3 => Some(Side::Credit),
        Ok(400..=699) if code.len() == 3 => Some(Side::Debit),
        // Loans, and what banks have agreed among themselves.
        Ok(700..=999) => None,
        _ => return Err(record.refuse(1, "a type from 100 to 999")),
    };
    let minor = Written::Minor.unsigned(record.field(2), currency);
    let minor = minor.map_err(|expected| record.refuse(2, expected))?;
    let fields: Vec<&str> = record.fields().collect();
    let Funds { fields: taken, value_date } = funds(record, &fields, 3)?;
    let bank = 3 + taken;
    let mut entry = Entry::new(record.place(), side, Amount { currency, minor });
    entry.booking_date = day;
    entry.value_date = value_date;
    entry.kind = filled(code);
    entry.references.bank = reference(record.field(bank));
    entry.references.ours = reference(record.field(bank + 1));
    entry.description = filled(&record.after(bank + 1));
    Ok(entry)
}
