//! The lines of a day, and what can be wrong with its file.
//!
//! A corrected file is the file of the same day once more, without what was wrong.

use jiff::civil::{Date, DateTime};

/// A line: one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its reference.
    pub reference: String,
    /// By whom.
    pub customer: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// When it came.
    pub at: DateTime,
    /// Whether it is paid; otherwise it was refused, which only some files tell.
    pub paid: bool,
    /// Whether the file tells another status, where it tells one.
    pub slipped: bool,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slip {
    /// The payment under a reference is not in it.
    Missing(String),
    /// A line is in it that nobody has paid.
    TooMany(Line),
    /// The amount under a reference is off by so many fen. The totals say the same as the lines.
    WrongAmount(String, i64),
    /// The status under a reference is another one, in files that tell it.
    WrongStatus(String),
    /// The number of lines and the sum at its beginning or end are not those of the lines.
    WrongTotals,
    /// It says that there was nothing on that day.
    Empty,
    /// It has not a single byte.
    NoBytes,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What goes into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The clearing day.
    pub date: Date,
    /// The lines, in their order: paid ones and refused ones.
    pub lines: Vec<Line>,
    totals_off: bool,
    no_bytes: bool,
}

impl Day {
    /// A day with what is wrong with its file.
    #[must_use]
    pub fn with(date: Date, lines: Vec<Line>, slips: &[Slip]) -> Day {
        let mut day = Day { date, lines, totals_off: false, no_bytes: false };
        for slip in slips {
            match slip {
                Slip::Missing(reference) => day.lines.retain(|line| line.reference != *reference),
                Slip::TooMany(line) => day.lines.push(line.clone()),
                Slip::WrongAmount(reference, off) => day.change(reference, |line| {
                    line.amount_fen = line.amount_fen.saturating_add(*off);
                }),
                Slip::WrongStatus(reference) => day.change(reference, |line| line.slipped = true),
                Slip::WrongTotals => day.totals_off = true,
                Slip::Empty => day.lines.clear(),
                Slip::NoBytes => day.no_bytes = true,
            }
        }
        day
    }

    fn change(&mut self, reference: &str, change: impl Fn(&mut Line)) {
        self.lines.iter_mut().filter(|line| line.reference == reference).for_each(change);
    }

    /// The lines that are truly paid, whatever status the file tells.
    pub fn paid(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.paid)
    }

    /// How many these lines are and their sum in fen, as the file tells it.
    pub fn totals<'a>(&self, lines: impl Iterator<Item = &'a Line>) -> (usize, i64) {
        let off = (usize::from(self.totals_off), i64::from(self.totals_off));
        lines.fold(off, |(count, sum), line| (count + 1, sum.saturating_add(line.amount_fen)))
    }

    /// The file, of its bytes unless it has none.
    pub(in crate::trial) fn file(&self, name: String, bytes: Vec<u8>) -> DayFile {
        DayFile { name, bytes: if self.no_bytes { Vec::new() } else { bytes } }
    }
}
