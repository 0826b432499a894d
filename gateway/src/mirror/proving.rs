//! A file of statements read to its end: whose they are, of which days, and whether they are what they say
//! of themselves. Reading it has no effect, and keeps nothing but the statements' faces.

use std::io::{BufRead as _, BufReader};
use std::sync::Arc;

use jiaozi_adapters::mirror::lines::{self, Line};
use jiaozi_adapters::mirror::take::Face;
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_adapters::statement::entry::{AccountNumber, Entry, Status};
use jiaozi_adapters::statement::format::HEAD_BYTES;
use jiaozi_adapters::statement::proof::{Figure, What};
use jiaozi_adapters::statement::record::{Balance, Issue};
use jiaozi_adapters::statement::{
    Amount, Ending, Format, Head, Imbalance, Part, Place, StatementError, read,
};
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::personal::Personal;
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::files::content::Content;
use crate::files::content_hash::{ContentHash, HashingReader};
use crate::files::limits::Limits;

/// How many imbalances are named. All are counted.
const NAMED: usize = 20;

/// A file whose statements are whole and balanced.
#[derive(Debug, Clone)]
pub struct Proved {
    /// Its format.
    pub format: Format,
    /// Hash of the bytes.
    pub content_hash: ContentHash,
    /// Its statements, each with its account.
    pub statements: Vec<(Arc<MirrorSpec>, Face)>,
}

/// Why a file is refused as a whole.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is broken, or cannot be read.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// Nothing in it says what it is.
    #[error("its format is not recognised; expected one of {}", names(.expected))]
    NotRecognised {
        /// What may come.
        expected: Vec<Format>,
    },
    /// A format in which no account's statements come.
    #[error("it is {found}; expected one of {}", names(.expected))]
    Format {
        /// What it is.
        found: Format,
        /// What may come.
        expected: Vec<Format>,
    },
    /// Something in it is not of the account.
    #[error("{place}: {what}: found {found}, expected {expected}")]
    Wrong {
        /// Where.
        place: Place,
        /// What is looked at.
        what: &'static str,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
    /// It is not what it says of itself.
    #[error("it does not balance, in {count} places: {}", joined(named))]
    Unbalanced {
        /// How many.
        count: u64,
        /// The first of them.
        named: Vec<Imbalance>,
    },
    /// Nothing says of which day it is.
    #[error("{place}: nothing says of which day the statement is; expected the date beside it")]
    NoDay {
        /// Where it begins.
        place: Place,
    },
    /// It holds no statement at all.
    #[error("it holds no statement")]
    Empty,
    /// It is not the file any more that was proved.
    #[error("it was changed while it was read")]
    Changed,
}

fn names(formats: &[Format]) -> String {
    formats.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
}

fn joined(imbalances: &[Imbalance]) -> String {
    imbalances.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Reads a file to its end and proves it. `specs` are the accounts that may be meant, `told` is the day of
/// a statement that says none.
///
/// # Errors
/// Why it is refused.
pub fn prove(
    content: &Content,
    specs: &[Arc<MirrorSpec>],
    told: Option<Date>,
) -> Result<Proved, Refusal> {
    let source = HashingReader::new(content.open()?, Limits::default().file_bytes_max);
    let mut source = BufReader::with_capacity(HEAD_BYTES, source);
    let mut expected: Vec<Format> = specs.iter().flat_map(|spec| spec.formats.clone()).collect();
    expected.sort_by_key(|format| format.name());
    expected.dedup();
    let recognised = Format::recognise(source.fill_buf()?);
    let format = recognised.ok_or_else(|| Refusal::NotRecognised { expected: expected.clone() })?;
    let specs: Vec<_> = specs.iter().filter(|spec| spec.formats.contains(&format)).collect();
    if specs.is_empty() {
        return Err(Refusal::Format { found: format, expected });
    }
    let mut statements = Vec::new();
    let mut open: Option<Open> = None;
    let (mut named, mut count) = (Vec::new(), 0_u64);
    for part in read(format, &mut source) {
        match part? {
            Part::Begins(head) => open = Some(Open::begin(*head, &specs)?),
            Part::Entry(entry) => {
                if let Some(open) = &mut open {
                    open.entry(&entry)?;
                }
            }
            Part::Ends(ending) => {
                let listed = u64::try_from(ending.imbalances.len()).unwrap_or(u64::MAX);
                count = count.saturating_add(listed).saturating_add(ending.unlisted);
                let room = NAMED.saturating_sub(named.len());
                named.extend(ending.imbalances.iter().take(room).cloned());
                if let Some(open) = open.take() {
                    statements.push(open.end(*ending, told, statements.len())?);
                }
            }
        }
    }
    match (count, statements.is_empty()) {
        (0, true) => Err(Refusal::Empty),
        (0, false) => {
            Ok(Proved { format, content_hash: source.into_inner().finish()?, statements })
        }
        _ => Err(Refusal::Unbalanced { count, named }),
    }
}

/// The statement that is under way.
struct Open {
    head: Head,
    spec: Arc<MirrorSpec>,
    /// The first day of an entry, with its place.
    first: Option<(Date, Place)>,
    /// The first day on which one was booked, where they say that.
    first_booked: Option<Date>,
    /// The last day of an entry.
    last: Option<Date>,
    lines: i64,
    /// What the lines that are in the balance come to.
    moved: i128,
}

impl Open {
    fn begin(head: Head, specs: &[&Arc<MirrorSpec>]) -> Result<Open, Refusal> {
        let wrong = |what, found: String, expected: &str| {
            let (place, expected) = (head.place.clone(), expected.to_owned());
            Refusal::Wrong { place, what, found, expected }
        };
        let part_only = ["camt.052", "camt.054", "MT942", "BAI2 interim"];
        if part_only.iter().any(|kind| head.kind.starts_with(kind)) {
            let expected = "a statement of whole days, such as camt.053 or MT940";
            return Err(wrong("message", head.kind.clone(), expected));
        }
        if matches!(head.issue, Issue::Deletion | Issue::Test) {
            let found = format!("{:?}", head.issue).to_lowercase();
            return Err(wrong("status", found, "a statement, or a correction of one"));
        }
        let spec = account(&head, specs)?;
        if let Some(currency) = head.currency {
            same_currency(&head.place, currency, &spec)?;
        }
        if let Some(opening) = &head.opening {
            same_currency(&opening.place, opening.amount.currency, &spec)?;
        }
        let (first, first_booked, last) = (None, None, None);
        Ok(Open { head, spec, first, first_booked, last, lines: 0, moved: 0 })
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), Refusal> {
        same_currency(&entry.place, entry.amount.currency, &self.spec)?;
        let lines = lines::of(entry, Date::ZERO, &self.spec);
        if entry.status == Status::Other && !lines.is_empty() {
            return Err(Refusal::Wrong {
                place: entry.place.clone(),
                what: "status of an entry",
                found: entry.status_word.clone().unwrap_or_default(),
                expected: "a word of the format that says whether it is booked".to_owned(),
            });
        }
        let earlier = |day: Date, than: Option<Date>| than.is_none_or(|than| day < than);
        if let Some(day) = lines::day_of(entry) {
            if earlier(day, self.first.as_ref().map(|(first, _)| *first)) {
                self.first = Some((day, entry.place.clone()));
            }
            self.last = self.last.max(Some(day));
        }
        self.first_booked = match entry.booking_date {
            Some(day) if earlier(day, self.first_booked) => Some(day),
            _ => self.first_booked,
        };
        let booked = lines.iter().filter(|line| line.booked);
        self.moved += booked.map(|line| i128::from(line.amount)).sum::<i128>();
        self.lines = self.lines.saturating_add(i64::try_from(lines.len()).unwrap_or(i64::MAX));
        Ok(())
    }

    fn end(
        self,
        ending: Ending,
        told: Option<Date>,
        place: usize,
    ) -> Result<(Arc<MirrorSpec>, Face), Refusal> {
        let Open { head, spec, first, first_booked, last, lines, moved } = self;
        if let Some(closing) = &ending.closing {
            same_currency(&closing.place, closing.amount.currency, &spec)?;
        }
        whole(&head, &ending, moved)?;
        let closing_day = ending.closing.as_ref().and_then(|closing| closing.date);
        let said = head.to.or(closing_day);
        let date = match (told, said) {
            (Some(expected), Some(found)) if found != expected => {
                return Err(Refusal::Wrong {
                    place: head.place,
                    what: "day of the statement",
                    found: found.to_string(),
                    expected: expected.to_string(),
                });
            }
            (Some(told), None) if last.is_some_and(|last| last > told) => {
                return Err(Refusal::Wrong {
                    place: head.place,
                    what: "day of its last entry",
                    found: last.map(|last| last.to_string()).unwrap_or_default(),
                    expected: format!("{told} or earlier: that is the day beside it"),
                });
            }
            (told, said) => told.or(said).or(last),
        };
        let date = date.ok_or_else(|| Refusal::NoDay { place: head.place.clone() })?;
        if date < spec.since {
            let since = spec.since;
            return Err(Refusal::Wrong {
                place: head.place,
                what: "day of the statement",
                found: date.to_string(),
                expected: format!("{since} or later: {} is reconciled since then", spec.code),
            });
        }
        // The day of the first balance is mostly that of the last one before, unless something was booked on
        // it.
        let opening = head.opening.as_ref().and_then(|opening| opening.date);
        let opening = opening.map(|day| match first_booked == Some(day) {
            true => day,
            false => day.saturating_add(1.day()),
        });
        let begins = first.as_ref().map(|(first, _)| *first);
        let from = head.from.or(opening).or(begins).unwrap_or(date).min(date);
        // Earlier value dates may stand in a statement of later days.
        if let Some((found, place)) =
            first.filter(|(first, _)| from < spec.since && *first < spec.since)
        {
            let (since, found) = (spec.since, found.to_string());
            let expected = format!("{since} or later: {} is reconciled since then", spec.code);
            return Err(Refusal::Wrong { place, what: "day of an entry", found, expected });
        }
        let balance = |balance: Option<Balance>| balance.map(|one| Fen(one.amount.minor));
        // One balance alone proves nothing.
        let (opening, closing) = (balance(head.opening), balance(ending.closing));
        let (opening, closing) = (opening.and(closing).and(opening), opening.and(closing));
        let (number, page) = (head.number, head.page);
        Ok((spec, Face { place, from, date, number, page, opening, closing, lines }))
    }
}

/// Whether a statement lists what lies between its balances: some report balances alone.
fn whole(head: &Head, ending: &Ending, moved: i128) -> Result<(), Refusal> {
    let (Some(opening), Some(closing)) = (&head.opening, &ending.closing) else { return Ok(()) };
    let made = i128::from(opening.amount.minor) + moved;
    // What the reader has found already is named with everything else.
    if made == i128::from(closing.amount.minor) || !ending.imbalances.is_empty() {
        return Ok(());
    }
    let made = i64::try_from(made).unwrap_or(if made < 0 { i64::MIN } else { i64::MAX });
    let imbalance = Imbalance {
        place: closing.place.clone(),
        what: What::ClosingBalance,
        expected: Figure::Amount(Amount { minor: made, ..opening.amount }),
        found: Figure::Amount(closing.amount),
    };
    Err(Refusal::Unbalanced { count: 1, named: vec![imbalance] })
}

/// Whose account it is: by its number, or the only one that can be meant where either side gives none.
fn account(head: &Head, specs: &[&Arc<MirrorSpec>]) -> Result<Arc<MirrorSpec>, Refusal> {
    let number = head.account.as_ref().map(|number: &Personal<AccountNumber>| number.expose());
    let nameless = || specs.iter().filter(|spec| spec.theirs.is_none()).collect::<Vec<_>>();
    let sole = |found: Vec<&&Arc<MirrorSpec>>| match &found[..] {
        [only] => Some(Arc::clone(only)),
        _ => None,
    };
    let found = match number {
        Some(number) => {
            let named = specs.iter().filter(|spec| spec.is_theirs(number)).collect();
            sole(named).or_else(|| sole(nameless()))
        }
        // A bill of a day without entries does not say whose it is.
        None => sole(nameless()).or_else(|| sole(specs.iter().collect())),
    };
    found.ok_or_else(|| {
        let codes: Vec<&str> = specs.iter().map(|spec| spec.code.as_str()).collect();
        let masked = head.account.as_ref().map_or("none".to_owned(), ToString::to_string);
        Refusal::Wrong {
            place: head.place.clone(),
            what: "account",
            found: masked,
            expected: format!("the number of {}", codes.join(" or of ")),
        }
    })
}

fn same_currency(place: &Place, found: Currency, spec: &MirrorSpec) -> Result<(), Refusal> {
    if found == spec.currency {
        return Ok(());
    }
    Err(Refusal::Wrong {
        place: place.clone(),
        what: "currency",
        found: found.to_string(),
        expected: format!("{} of {}", spec.currency, spec.code),
    })
}

/// Reads a file that was proved once more, and hands the lines of its statements over, each with the place
/// of its statement in the file.
///
/// # Errors
/// When it reads no more or is not the same any more, or `take` refuses to go on.
pub fn lines_of(
    content: &Content,
    proved: &Proved,
    take: &mut dyn FnMut(usize, Line) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let source = HashingReader::new(content.open()?, Limits::default().file_bytes_max);
    let mut source = BufReader::with_capacity(HEAD_BYTES, source);
    let mut begun = 0_usize;
    for part in read(proved.format, &mut source) {
        match part? {
            Part::Begins(_) => begun += 1,
            Part::Entry(entry) => {
                let place = begun.saturating_sub(1);
                let (spec, face) = proved.statements.get(place).ok_or(Refusal::Changed)?;
                for line in lines::of(&entry, face.date, spec) {
                    take(place, line)?;
                }
            }
            Part::Ends(_) => {}
        }
    }
    match source.into_inner().finish()? == proved.content_hash {
        true => Ok(()),
        false => Err(Refusal::Changed),
    }
}

#[cfg(test)]
mod tests;
