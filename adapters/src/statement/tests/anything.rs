//! Whatever the bytes are, a reader ends, and it ends in order; and a file that was cut never balances.

use proptest::prelude::*;

use super::samples;
use crate::statement::{Entry, Format, Part, collect, read};

/// Reads to the end, and looks at the order of what comes.
fn read_in_order(format: Format, bytes: &[u8]) {
    let mut open = false;
    let mut parts = read(format, bytes);
    for part in parts.by_ref() {
        match part {
            Ok(Part::Begins(_)) => {
                assert!(!open, "a statement within a statement");
                open = true;
            }
            Ok(Part::Entry(entry)) => {
                assert!(open, "an entry outside a statement");
                assert!(entry.amount.minor >= 0 && entry.place.line > 0);
            }
            Ok(Part::Ends(_)) => {
                assert!(open, "an end without a beginning");
                open = false;
            }
            Err(error) => {
                assert!(error.to_string().starts_with("line "), "{error}");
                open = false;
            }
        }
    }
    assert!(!open, "a statement without an end");
    assert!(parts.next().is_none());
}

#[derive(Clone, Debug)]
enum Mutation {
    Set { at: usize, byte: u8 },
    Insert { at: usize, bytes: Vec<u8> },
    Remove { at: usize, count: usize },
    Repeat { at: usize, count: usize },
    Cut { at: usize },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let byte =
        || prop_oneof![any::<u8>(), Just(b','), Just(b'\n'), Just(b'9'), Just(b'-'), Just(b'<')];
    prop_oneof![
        4 => (any::<usize>(), byte()).prop_map(|(at, byte)| Mutation::Set { at, byte }),
        2 => (any::<usize>(), prop::collection::vec(byte(), 1..8))
            .prop_map(|(at, bytes)| Mutation::Insert { at, bytes }),
        2 => (any::<usize>(), 1..40usize).prop_map(|(at, count)| Mutation::Remove { at, count }),
        2 => (any::<usize>(), 1..200usize).prop_map(|(at, count)| Mutation::Repeat { at, count }),
        1 => any::<usize>().prop_map(|at| Mutation::Cut { at }),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    let length = bytes.len().max(1);
    let range = |at: usize, count: usize| {
        let at = (at % length).min(bytes.len());
        at..(at + count).min(bytes.len())
    };
    match mutation {
        Mutation::Set { at, byte } => {
            let at = at % length;
            bytes.iter_mut().skip(at).take(1).for_each(|own| *own = *byte);
        }
        Mutation::Insert { at, bytes: more } => {
            let at = range(*at, 0).start;
            bytes.splice(at..at, more.iter().copied());
        }
        Mutation::Remove { at, count } => drop(bytes.drain(range(*at, *count))),
        Mutation::Repeat { at, count } => {
            let part = bytes[range(*at, *count)].to_vec();
            let at = range(*at, 0).start;
            bytes.splice(at..at, part);
        }
        Mutation::Cut { at } => bytes.truncate(at % length),
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Format::recognise(&bytes);
        for format in Format::ALL {
            read_in_order(format, &bytes);
        }
    }

    #[test]
    fn no_change_of_a_file_makes_a_reader_panic(
        mutations in prop::collection::vec(mutation(), 1..6),
        of in 0..Format::ALL.len(),
    ) {
        let mut bytes = samples::file(Format::ALL[of], 4);
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        let _ = Format::recognise(&bytes);
        for format in Format::ALL {
            read_in_order(format, &bytes);
        }
    }
}

fn entries(format: Format, bytes: &[u8]) -> Vec<Entry> {
    collect(read(format, bytes)).unwrap().into_iter().flat_map(|one| one.entries).collect()
}

#[test]
fn every_format_is_recognised_read_and_proved() {
    for format in Format::ALL {
        for rows in [1, 2, 7, 300] {
            let bytes = samples::file(format, rows);
            assert_eq!(Format::recognise(&bytes), Some(format));
            assert_eq!(Format::named(format.name()), Some(format));
            let statements = collect(read(format, &bytes[..])).unwrap();
            let [statement] = &statements[..] else { panic!("{format}: {}", statements.len()) };
            let ending = &statement.ending;
            assert!(ending.balances(), "{format}: {:?}", ending.imbalances);
            assert_eq!(statement.entries.len(), rows, "{format}");
            assert_eq!(ending.counted.entries(), rows as u64, "{format}");
            for (row, entry) in statement.entries.iter().enumerate() {
                let gained = samples::minor(row) * if row % 2 == 0 { 1 } else { -1 };
                assert_eq!(entry.gained(), gained, "{format}, {}", entry.place);
            }
        }
    }
    assert_eq!(Format::recognise(b""), None);
    assert_eq!(Format::recognise("一封信".as_bytes()), None);
}

#[test]
fn an_empty_file_is_refused_in_every_format() {
    for format in Format::ALL {
        assert!(collect(read(format, &b""[..])).is_err(), "{format}");
    }
}

#[test]
fn a_file_that_was_cut_never_balances() {
    // CMB gives no totals: what is missing at its end cannot be known.
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Cmb) {
        let bytes = samples::file(format, 5);
        let ends: Vec<usize> = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1)
            .collect();
        for end in ends.iter().copied().filter(|end| *end < bytes.len()) {
            // The line that ends an MT940 says nothing.
            if bytes[end..].iter().all(|byte| matches!(byte, b'-' | b'\n')) {
                continue;
            }
            let whole = collect(read(format, &bytes[..end]));
            let balances = whole.is_ok_and(|all| all.iter().all(|one| one.ending.balances()));
            assert!(!balances, "{format} cut after {end} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn an_entry_that_was_taken_out_or_doubled_never_goes_unseen() {
    for format in Format::ALL {
        let bytes = samples::file(format, 6);
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let places: Vec<usize> =
            entries(format, &bytes).iter().map(|entry| entry.place.line as usize - 1).collect();
        // The first and the last line of details without totals are not missed by anyone.
        let inner = if format == Format::Cmb { &places[1..5] } else { &places[..] };
        for at in inner.iter().copied() {
            for times in [0, 2] {
                let mut changed = lines[..at].concat();
                (0..times).for_each(|_| changed.extend_from_slice(lines[at]));
                changed.extend(lines[at + 1..].concat());
                let whole = collect(read(format, &changed[..]));
                let balances = whole.is_ok_and(|all| all.iter().all(|one| one.ending.balances()));
                assert!(!balances, "{format}, line {} {times} times", at + 1);
            }
        }
    }
}
