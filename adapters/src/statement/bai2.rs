//! BAI2 (cash management balance reporting): groups of accounts, an account's balances and summaries in its
//! first record, an entry a record, and control totals on every level.
//!
//! The end of an account is given out once the record after it is known, for what is wrong with the totals
//! of its group or of the file is reported with the last account that they cover.

mod account;
mod control;
mod entry;
mod records;

use std::collections::VecDeque;
use std::io::BufRead;

use account::{Account, Group};
use control::{Control, Level};
use records::{Record, Records};

use super::Steps;
use super::entry::filled;
use super::place::{Refusal, StatementError};
use super::record::Part;

/// The parts of a file.
pub(super) struct Bai2<R> {
    records: Records<R>,
    control: Control,
    file: Option<String>,
    group: Group,
    account: Option<Account>,
    /// An account that has ended, and that the totals above it may still say something about.
    ended: Option<Account>,
    queue: VecDeque<Part>,
    over: bool,
}

impl<R: BufRead> Bai2<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            records: Records::new(source),
            control: Control::default(),
            file: None,
            group: Group::default(),
            account: None,
            ended: None,
            queue: VecDeque::new(),
            over: false,
        }
    }

    /// The totals of a group or of the file.
    fn above(&mut self, level: Level, record: &Record) -> Result<(), Refusal> {
        match &mut self.ended {
            Some(account) => self.control.end(level, record, &mut account.proof),
            None => Err(record.place().refuse(&record.code, "an account (03) before it")),
        }
    }

    /// Gives out the end of the account before.
    fn settle(&mut self) {
        if let Some(account) = self.ended.take() {
            self.queue.push_back(Part::Ends(Box::new(account.end())));
        }
    }

    fn begin(&mut self, record: &Record) -> Result<(), Refusal> {
        self.settle();
        let (account, sum) = Account::of(record, &self.group, self.file.clone())?;
        self.control.add(sum);
        self.queue.push_back(Part::Begins(Box::new(account.head.clone())));
        self.account = Some(account);
        Ok(())
    }

    fn entry(&mut self, record: &Record) -> Result<(), Refusal> {
        let Some(account) = &mut self.account else { return Ok(()) };
        let entry = entry::read(record, account.currency, self.group.date)?;
        self.control.add(i128::from(entry.amount.minor));
        account.proof.entry(&entry);
        self.queue.push_back(Part::Entry(Box::new(entry)));
        Ok(())
    }
}

impl<R: BufRead> Steps for Bai2<R> {
    fn step(&mut self) -> Result<(), StatementError> {
        let Some(record) = self.records.next()? else {
            let place = self.records.end();
            return Err(place.refuse("the end of the file", "the record 99 at its end").into());
        };
        self.control.record(&record)?;
        match record.code.as_str() {
            "01" => self.file = filled(record.field(5)),
            "02" => self.group = Group::of(&record)?,
            "03" => self.begin(&record)?,
            "16" => self.entry(&record)?,
            "49" => {
                if let Some(mut account) = self.account.take() {
                    self.control.end(Level::Account, &record, &mut account.proof)?;
                    self.ended = Some(account);
                }
            }
            "98" => self.above(Level::Group, &record)?,
            _ => {
                self.above(Level::File, &record)?;
                self.settle();
                self.over = true;
                if self.records.next()?.is_some() {
                    let place = self.records.end();
                    return Err(place.refuse("more", "nothing after the record 99").into());
                }
            }
        }
        Ok(())
    }

    fn pending(&mut self) -> (&mut VecDeque<Part>, bool) {
        (&mut self.queue, self.over)
    }
}
