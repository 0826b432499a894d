//! The account details that ICBC gives out (工商银行明细查询文件): values padded with spaces and tabs, two
//! columns of amounts, and a last line with the sum of each.

use jiaozi_ledger::money::{Currency, Side};

use super::amount::{Amount, Written};
use super::date;
use super::entry::{Entry, filled, named, numbered};
use super::lines::Line;
use super::place::{Place, Refusal};
use super::proof::{Figure, Proof, What};
use super::record::Head;
use super::running::Running;
use super::table::{Column, Columns, Row, Table};

/// First cell of the line with the sums.
const SUMMARY: &str = "人民币合计";

/// The details.
#[derive(Debug, Default)]
pub(super) struct Icbc {
    account: String,
    columns: Found,
    running: Running,
    summed: bool,
}

/// Where the columns are.
#[derive(Debug, Default)]
struct Found {
    date: Column,
    kind: Column,
    place: Column,
    credit: Column,
    debit: Column,
    currency: Column,
    balance: Column,
    counterparty: Column,
    counterparty_account: Column,
}

impl Table for Icbc {
    const HEADER: &'static [&'static str] = &["交易日期", "记账金额(收入)", "记账金额(支出)"];

    fn preamble(&mut self, line: &Line) -> Result<(), Refusal> {
        if let Some(rest) = line.text.strip_prefix("卡号:") {
            rest.split(',').next().unwrap_or(rest).trim().clone_into(&mut self.account);
        }
        Ok(())
    }

    fn header(&mut self, columns: &Columns) -> Result<(), Refusal> {
        self.columns = Found {
            date: columns.need(&["交易日期"])?,
            kind: columns.find(&["摘要"]),
            place: columns.find(&["交易场所", "交易详情"]),
            credit: columns.need(&["记账金额(收入)"])?,
            debit: columns.need(&["记账金额(支出)"])?,
            currency: columns.need(&["记账币种"])?,
            balance: columns.find(&["余额"]),
            counterparty: columns.find(&["对方户名"]),
            counterparty_account: columns.find(&["对方账户", "对方账号"]),
        };
        Ok(())
    }

    fn head(&mut self, first: Option<&Row<'_>>) -> Result<Head, Refusal> {
        Ok(Head {
            place: first.map_or(Place::new(1, ""), Row::place),
            kind: "工商银行明细查询".to_owned(),
            account: numbered(&self.account),
            currency: Some(Currency::CNY),
            ..Head::default()
        })
    }

    fn row(&mut self, row: &Row<'_>, proof: &mut Proof) -> Result<Option<Entry>, Refusal> {
        if self.summed {
            return Err(row.place().refuse("another line", "the end of the file after the sums"));
        }
        if row.cells().first().is_some_and(|first| first == SUMMARY) {
            self.summed = true;
            self.sums(row, proof)?;
            return Ok(None);
        }
        row.check_width()?;
        self.entry(row).map(Some)
    }

    fn end(&mut self, place: Place, proof: &mut Proof) -> Result<(), Refusal> {
        if !self.summed {
            proof.report(place, What::Totals, Figure::Present, Figure::Missing);
        }
        std::mem::take(&mut self.running).report(proof);
        Ok(())
    }
}

impl Icbc {
    fn sums(&self, row: &Row<'_>, proof: &mut Proof) -> Result<(), Refusal> {
        for (column, what) in
            [(self.columns.credit, What::CreditSum), (self.columns.debit, What::DebitSum)]
        {
            let sum = row.unsigned(column, Written::Grouped, Currency::CNY)?;
            proof.state(row.at(column), what, Figure::Amount(sum));
        }
        Ok(())
    }

    fn entry(&mut self, row: &Row<'_>) -> Result<Entry, Refusal> {
        let at = &self.columns;
        let Some(currency) = currency_of(row.text(at.currency)) else {
            return Err(row.refuse(at.currency, "a currency such as 人民币"));
        };
        let (side, column) = match (row.text(at.credit), row.text(at.debit)) {
            (_, "") => (Side::Credit, at.credit),
            ("", _) => (Side::Debit, at.debit),
            _ => return Err(row.refuse(at.debit, "nothing, for there is a credit already")),
        };
        let amount = row.unsigned(column, Written::Grouped, currency)?;
        let mut entry = Entry::new(row.place(), Some(side), amount);
        entry.booking_date = Some(row.read(at.date, date::long, "a date such as 2026-11-20")?);
        entry.kind = filled(row.text(at.kind));
        entry.description = filled(row.text(at.place));
        entry.counterparty.name = named(row.text(at.counterparty));
        entry.counterparty.account = numbered(row.text(at.counterparty_account));
        entry.balance_after = balance(row, at.balance, currency)?;
        self.running.entry(&entry);
        Ok(entry)
    }
}

/// The balance after the line; people mask it (`xx,yyyy.zz`) before they hand the file on.
fn balance(row: &Row<'_>, column: Column, currency: Currency) -> Result<Option<Amount>, Refusal> {
    let text = row.text(column);
    if text.is_empty() || text.contains(['x', '*']) {
        return Ok(None);
    }
    row.signed(column, Written::Grouped, currency).map(Some)
}

fn currency_of(word: &str) -> Option<Currency> {
    Currency::parse(match word {
        "人民币" => "CNY",
        "美元" => "USD",
        "欧元" => "EUR",
        "英镑" => "GBP",
        "港币" => "HKD",
        "日元" => "JPY",
        code => code,
    })
}
