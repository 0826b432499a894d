//! Which record may follow which, and the totals of every level: sums of all amounts, and numbers of
//! accounts, groups and records.

use jiaozi_ledger::money::Currency;

use super::super::amount::Written;
use super::super::place::Refusal;
use super::super::proof::{Proof, What};
use super::records::Record;

/// A level of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// From 03 to 49.
    Account,
    /// From 02 to 98.
    Group,
    /// From 01 to 99.
    File,
}

/// What was counted on the levels that are open.
#[derive(Debug, Default)]
pub(super) struct Control {
    begun: bool,
    file: Option<Tally>,
    group: Option<Tally>,
    account: Option<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    sum: i128,
    records: u64,
    /// Accounts of a group, groups of a file.
    below: u64,
}

impl Control {
    fn open(&mut self) -> impl Iterator<Item = &mut Tally> {
        [&mut self.file, &mut self.group, &mut self.account].into_iter().flatten()
    }

    /// Counts a record where it may stand.
    pub(super) fn record(&mut self, record: &Record) -> Result<(), Refusal> {
        let (opens, expected) = match (&self.file, &self.group, &self.account) {
            (None, ..) => (["01", "01"], "the record 01"),
            (_, None, _) => (["02", "99"], "the record 02 or 99"),
            (_, _, None) => (["03", "98"], "the record 03 or 98"),
            _ => (["16", "49"], "the record 16 or 49"),
        };
        if !opens.contains(&record.code.as_str()) || (self.begun && record.code == "01") {
            return Err(record.place().refuse(&record.code, expected));
        }
        self.begun = true;
        match record.code.as_str() {
            "01" => self.file = Some(Tally::default()),
            "02" => {
                self.file.iter_mut().for_each(|file| file.below += 1);
                self.group = Some(Tally::default());
            }
            "03" => {
                self.group.iter_mut().for_each(|group| group.below += 1);
                self.account = Some(Tally::default());
            }
            _ => {}
        }
        self.open().for_each(|tally| tally.records += u64::from(record.lines));
        Ok(())
    }

    /// Adds an amount, whatever it means.
    pub(super) fn add(&mut self, minor: i128) {
        self.open().for_each(|tally| tally.sum += minor);
    }

    /// Ends a level: compares what its last record states.
    pub(super) fn end(
        &mut self,
        level: Level,
        record: &Record,
        proof: &mut Proof,
    ) -> Result<(), Refusal> {
        let (tally, below) = match level {
            Level::Account => (self.account.take(), None),
            Level::Group => (self.group.take(), Some(What::Accounts)),
            Level::File => (self.file.take(), Some(What::Groups)),
        };
        let Some(tally) = tally else { return Ok(()) };
        let sum = Written::Minor.signed(record.field(1), Currency::CNY);
        let sum = sum.map_err(|expected| record.refuse(1, expected))?;
        proof.sum(record.place(), What::ControlTotal, tally.sum, sum);
        let number = |at| record.field(at).parse().map_err(|_| record.refuse(at, "a number"));
        let mut at = 2;
        if let Some(what) = below {
            proof.count(record.place(), what, tally.below, number(at)?);
            at += 1;
        }
        proof.count(record.place(), What::Records, tally.records, number(at)?);
        Ok(())
    }
}
