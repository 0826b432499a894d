//! The files that a biller hands out to whoever asks for them, and what goes wrong when they are asked for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;

use super::day_file::DayFile;

/// A question for the file of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The day.
    pub date: Date,
    /// Which part of it, from 1, where files come in parts.
    pub part: usize,
    /// What the answer repeats.
    pub echo: Vec<String>,
}

/// What goes wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// The connection ends in its middle.
    CutOff,
    /// In its middle nothing more comes.
    Hangs,
    /// Its signature is another one.
    WrongSignature,
}

/// The shelf. A file that is not on it is not made yet.
#[derive(Debug, Default)]
pub struct Shelf {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    files: BTreeMap<Date, DayFile>,
    faults: VecDeque<FileFault>,
    asked: usize,
}

impl Shelf {
    /// Lays a file there as the one of a day, in place of another.
    pub fn put(&self, date: Date, file: DayFile) {
        self.inner().files.insert(date, file);
    }

    /// Something goes wrong with the next answer that has a file.
    pub fn next(&self, fault: FileFault) {
        self.inner().faults.push_back(fault);
    }

    /// How often somebody has asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.inner().asked
    }

    /// The file of a day, if it is there, with what goes wrong with it.
    pub(super) fn take(&self, date: Date) -> (Option<DayFile>, Option<FileFault>) {
        let mut inner = self.inner();
        inner.asked += 1;
        let file = inner.files.get(&date).cloned();
        let fault = file.as_ref().and_then(|_| inner.faults.pop_front());
        (file, fault)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
