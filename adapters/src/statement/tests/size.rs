//! Files of any size are read entry by entry: what is ahead is not asked for before it is needed.

use std::cell::Cell;
use std::io::{BufReader, Read};

use super::samples;
use crate::statement::{Format, Part, read};

/// A source that is made while it is read, and that says how far it was asked for.
struct Made<'m> {
    line: Box<dyn FnMut() -> Option<Vec<u8>> + 'm>,
    left: Vec<u8>,
    given: &'m Cell<usize>,
}

impl Read for Made<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left.is_empty() {
            self.left = (self.line)().unwrap_or_default();
        }
        let count = self.left.len().min(into.len());
        into[..count].copy_from_slice(&self.left[..count]);
        self.left.drain(..count);
        self.given.set(self.given.get() + count);
        Ok(count)
    }
}

#[test]
fn a_million_entries_are_read_from_a_source_that_is_never_whole() {
    const ROWS: usize = 1_000_000;
    let given = Cell::new(0);
    let mut row = 0;
    let line = move || {
        row += 1;
        match row {
            1 => Some(b":20:LARGE\n:25:1\n:28C:1\n:60F:C261120CNY0,00\n".to_vec()),
            end if end == ROWS + 2 => Some(b":62F:C261120CNY10000,00\n-\n".to_vec()),
            end if end > ROWS + 2 => None,
            _ => Some(b":61:261120C0,01NTRFNONREF\n".to_vec()),
        }
    };
    let source = Made { line: Box::new(line), left: Vec::new(), given: &given };
    let (mut entries, mut balances) = (0_usize, false);
    let mut lead = 0;
    for part in read(Format::Mt, BufReader::new(source)) {
        match part.unwrap() {
            Part::Begins(_) => {}
            Part::Entry(_) => {
                entries += 1;
                lead = lead.max(given.get().saturating_sub(entries * 26));
            }
            Part::Ends(ending) => balances = ending.balances(),
        }
    }
    assert_eq!((entries, balances), (ROWS, true));
    assert!(lead < 20_000, "the source was {lead} bytes ahead of the entries");
}

#[test]
fn no_format_asks_for_more_than_the_next_entry_needs() {
    for format in Format::ALL {
        let bytes = samples::file(format, 3_000);
        let given = Cell::new(0);
        let mut whole = Some(bytes.clone());
        let line = move || whole.take();
        let source = Made { line: Box::new(line), left: Vec::new(), given: &given };
        let mut entries = 0;
        for part in read(format, BufReader::new(source)) {
            if let Part::Entry(_) = part.unwrap() {
                entries += 1;
                if entries == 10 {
                    let (given, all) = (given.get(), bytes.len());
                    assert!(given < 20_000, "{format}: {given} of {all} bytes for ten entries");
                }
            }
        }
        assert_eq!(entries, 3_000, "{format}");
    }
}

#[test]
fn what_has_no_end_is_refused_and_not_kept() {
    for format in Format::ALL {
        let given = Cell::new(0);
        let start = match format {
            Format::Camt => "<a>",
            Format::Mt => ":20:",
            Format::Bai2 => "01,",
            _ => "交易时间,",
        };
        let mut first = Some(start.as_bytes().to_vec());
        let line = move || first.take().or_else(|| Some(vec![b'x'; 1_000]));
        let source = Made { line: Box::new(line), left: Vec::new(), given: &given };
        assert!(read(format, BufReader::new(source)).any(|part| part.is_err()), "{format}");
        assert!(given.get() < 200_000, "{format}: {} bytes", given.get());
    }
}
