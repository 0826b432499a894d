//! The account details of CMB (招商银行交易流水): one column of amounts with a sign, and the balance after
//! each line, which is the only total that the file has of itself.

use jiaozi_ledger::money::{Currency, Side};

use super::amount::{Amount, Written};
use super::date;
use super::entry::{Entry, filled, named, numbered};
use super::lines::Line;
use super::place::{Place, Refusal};
use super::proof::Proof;
use super::record::Head;
use super::running::Running;
use super::table::{Column, Columns, Row, Table};

/// The details.
#[derive(Debug, Default)]
pub(super) struct Cmb {
    columns: Found,
    running: Running,
}

/// Where the columns are.
#[derive(Debug, Default)]
struct Found {
    date: Column,
    currency: Column,
    amount: Column,
    balance: Column,
    kind: Column,
    counterparty: Column,
    description: Column,
}

impl Table for Cmb {
    const HEADER: &'static [&'static str] = &["记账日期", "交易金额", "联机余额"];

    fn preamble(&mut self, _: &Line) -> Result<(), Refusal> {
        Ok(())
    }

    fn header(&mut self, columns: &Columns) -> Result<(), Refusal> {
        self.columns = Found {
            date: columns.need(&["记账日期"])?,
            currency: columns.need(&["货币"])?,
            amount: columns.need(&["交易金额"])?,
            balance: columns.need(&["联机余额"])?,
            kind: columns.find(&["交易摘要"]),
            counterparty: columns.find(&["对手信息"]),
            description: columns.find(&["客户摘要"]),
        };
        Ok(())
    }

    fn head(&mut self, first: Option<&Row<'_>>) -> Result<Head, Refusal> {
        let currency = first.map(|row| currency(row, self.columns.currency)).transpose()?;
        Ok(Head {
            place: first.map_or(Place::new(1, ""), Row::place),
            kind: "招商银行交易流水".to_owned(),
            currency,
            ..Head::default()
        })
    }

    fn row(&mut self, row: &Row<'_>, _: &mut Proof) -> Result<Option<Entry>, Refusal> {
        row.check_width()?;
        let at = &self.columns;
        let currency = currency(row, at.currency)?;
        let Amount { minor, .. } = row.signed(at.amount, Written::Grouped, currency)?;
        let side = if minor < 0 { Side::Debit } else { Side::Credit };
        // What was read is more than i64::MIN.
        let amount = Amount { currency, minor: minor.abs() };
        let mut entry = Entry::new(row.place(), Some(side), amount);
        entry.booking_date = Some(row.read(at.date, date::long, "a date such as 2026-11-20")?);
        entry.kind = filled(row.text(at.kind));
        entry.description = filled(row.text(at.description));
        let (name, account) = apart(row.text(at.counterparty));
        entry.counterparty.name = named(name);
        entry.counterparty.account = numbered(account);
        entry.balance_after = Some(row.signed(at.balance, Written::Grouped, currency)?);
        self.running.entry(&entry);
        Ok(Some(entry))
    }

    fn end(&mut self, _: Place, proof: &mut Proof) -> Result<(), Refusal> {
        std::mem::take(&mut self.running).report(proof);
        Ok(())
    }
}

fn currency(row: &Row<'_>, column: Column) -> Result<Currency, Refusal> {
    let parsed = Currency::parse(row.text(column));
    parsed.ok_or_else(|| row.refuse(column, "a currency such as CNY"))
}

/// The other side's name and account, which stand in one cell with or without a space.
fn apart(cell: &str) -> (&str, &str) {
    let name = cell.trim_end_matches(|c: char| c.is_ascii_digit());
    let account = &cell[name.len()..];
    if account.len() < 8 { (cell, "") } else { (name.trim_end(), account) }
}
