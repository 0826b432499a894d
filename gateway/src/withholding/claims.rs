//! Reading a file of claims: first whole, to prove it, then again, a part at a time. Between the two nothing
//! of it is kept but two numbers of 16 bytes a line: one for its number, one for its claim.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use bytes::Bytes;
use jiaozi_adapters::spec::claim_line::{ClaimLine, ClaimReader, Repeated};
use jiaozi_adapters::spec::raw_line::{Header, LineError};
use jiaozi_adapters::spec::totals::{Counted, prove};
use jiaozi_adapters::spec::withholding::Withholding;
use jiaozi_ledger::decision::digest_of;

use crate::files::content_hash::ContentHash;
use crate::files::limits::Limits;
use crate::files::{FileError, Piece, read};

/// How many places of a wrong file are named; more are counted.
const PLACES_MAX: usize = 10_000;

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory.
    Bytes(Bytes),
    /// On disk, read again each time.
    Path(PathBuf),
}

impl Content {
    /// The bytes from the beginning.
    fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Content::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Content::Path(path) => Box::new(File::open(path)?),
        })
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// The file is not there.
    pub fn length(&self) -> io::Result<u64> {
        match self {
            Content::Bytes(bytes) => Ok(bytes.len() as u64),
            Content::Path(path) => Ok(std::fs::metadata(path)?.len()),
        }
    }

    /// Their hash.
    ///
    /// # Errors
    /// The bytes do not come, or are too many.
    pub fn hash(&self) -> io::Result<ContentHash> {
        let limits = Limits::default();
        crate::files::content_hash::HashingReader::new(self.open()?, limits.file_bytes_max).finish()
    }
}

/// What a file is as a whole.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Count and sum over all lines.
    pub counted: Counted,
    /// Every place where it is wrong, in the order of the file; none: it is right.
    pub places: Vec<String>,
    /// In how many more it is wrong.
    pub unlisted: usize,
}

impl Proof {
    /// In how many places it is wrong.
    #[must_use]
    pub fn wrong(&self) -> usize {
        self.places.len().saturating_add(self.unlisted)
    }
}

/// Reads the file of a hash whole and proves its totals, every line, and that no number and no claim is
/// there twice.
///
/// # Errors
/// The bytes do not come, or are not those of the hash. A file that is wrong is a proof of that.
pub fn prove_whole(
    content: &Content,
    hash: ContentHash,
    terms: &Withholding,
) -> Result<Proof, io::Error> {
    let mut found = Found::default();
    let mut keys = Keys::default();
    let mut bound = None;
    let ending = each(content, terms, &mut bound, &mut |reader, piece| match piece {
        Ok(raw) => {
            let amount = reader.amount_of(raw).ok();
            found.counted.add(amount);
            match reader.read(raw) {
                Ok(line) => keys.add(&line),
                Err(error) => found.line(error),
            }
        }
        Err(error) => {
            found.counted.add(None);
            found.line(error);
        }
    });
    match ending {
        Ok(ending) if ending.content_hash != hash => return Err(changed()),
        Ok(ending) => {
            if let Some(reader) = &bound {
                keys.repeated(reader, &mut found);
            }
            if let (Some(format), Some(raw)) = (&terms.file.totals, &ending.totals)
                && let Err(error) = prove(format, raw, found.counted)
            {
                found.place(raw.line, error.to_string());
            }
        }
        Err(FileError::Read(error)) => return Err(error),
        // A file that does not fit the layout has one place, where it stops to.
        Err(error) => found.place(0, error.to_string()),
    }
    let places = found.places.into_values().flatten().collect();
    Ok(Proof { counted: found.counted, places, unlisted: found.unlisted })
}

/// Reads a file that is right, line by line.
///
/// # Errors
/// The file is not as it was when it was proved, or `visit` does not want more. That every line reads does
/// not make it the same file: its hash says that.
pub fn lines(
    content: &Content,
    terms: &Withholding,
    visit: &mut dyn FnMut(ClaimLine) -> Result<(), FileError>,
) -> Result<ContentHash, FileError> {
    let changed = || FileError::Read(changed());
    let mut stopped = Ok(());
    let ending = each(content, terms, &mut None, &mut |reader, piece| {
        if stopped.is_ok() {
            stopped = match piece
                .map_err(|_| changed())
                .and_then(|raw| reader.read(raw).map_err(|_| changed()))
            {
                Ok(line) => visit(line),
                Err(error) => Err(error),
            };
        }
    })?;
    stopped.map(|()| ending.content_hash)
}

/// Another file lies where it was: what was proved is not what would be taken.
pub(super) fn changed() -> io::Error {
    io::Error::other("the file was changed while it was read")
}

type OneLine<'v, 'f> = &'v mut dyn FnMut(
    &ClaimReader<'f>,
    Result<&jiaozi_adapters::spec::raw_line::RawLine, LineError>,
);

fn each<'f>(
    content: &Content,
    terms: &'f Withholding,
    bound: &mut Option<ClaimReader<'f>>,
    visit: OneLine<'_, 'f>,
) -> Result<crate::files::Ending, FileError> {
    let bind = |header: &Header| ClaimReader::bind(terms, header).map_err(FileError::Columns);
    read(content.open()?, &terms.file, &Limits::default(), &mut |piece| {
        match (piece, bound.as_ref()) {
            (Piece::Header(header), _) => *bound = Some(bind(&header)?),
            (Piece::Line(raw), Some(reader)) => visit(reader, Ok(&raw)),
            (Piece::Fault(error), Some(reader)) => visit(reader, Err(error)),
            (Piece::Line(raw), None) => return Err(FileError::NoHeader { line: raw.line }),
            (Piece::Fault(error), None) => return Err(FileError::NoHeader { line: error.line }),
        }
        Ok(())
    })
}

/// What is found on the way: sums, and the places that are wrong, by line.
#[derive(Default)]
struct Found {
    counted: Counted,
    places: BTreeMap<u32, Vec<String>>,
    listed: usize,
    unlisted: usize,
}

impl Found {
    fn line(&mut self, error: LineError) {
        self.place(error.line, error.to_string());
    }

    fn place(&mut self, line: u32, what: String) {
        if self.listed == PLACES_MAX {
            self.unlisted += 1;
            return;
        }
        self.listed += 1;
        self.places.entry(line).or_default().push(what);
    }
}

/// The numbers and claims of a file: 96 bits of a hash and the line, so that equal ones come together when
/// they are sorted. Two of a million that are not equal agree in them once in 10^17 files.
#[derive(Default)]
struct Keys {
    numbers: Vec<u128>,
    claims: Vec<u128>,
}

impl Keys {
    fn add(&mut self, line: &ClaimLine) {
        let key = |parts: &[&str]| {
            let digest = digest_of(parts);
            let mut high = [0u8; 16];
            high[..12].copy_from_slice(&digest[..12]);
            u128::from_be_bytes(high) | u128::from(line.line)
        };
        self.numbers.push(key(&[&line.number]));
        self.claims.push(key(&[&line.contract, &line.period]));
    }

    fn repeated(self, reader: &ClaimReader<'_>, found: &mut Found) {
        for (mut keys, what) in [(self.numbers, Repeated::Number), (self.claims, Repeated::Claim)] {
            keys.sort_unstable();
            let line = |key: u128| u32::try_from(key & u128::from(u32::MAX)).unwrap_or(u32::MAX);
            for same in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
                for key in same.iter().skip(1) {
                    found.line(reader.repeated(line(*key), what, line(same[0])));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Withholding {
        let text = r#"
            run = "on_arrival"
            number = { column = "1" }
            contract = { column = "2" }
            amount = { column = "3", unit = "fen" }
            period = { column = "4", pattern = "yyyymm" }
            [file]
            type = "csv"
            delimiter = "|"
            header = false
            preamble_lines = 1
            totals = { at = "first_line", count = { column = 1 }, sum = { column = 2, unit = "fen" } }
            [result]
            name = "{name}-{round}"
            type = "csv"
            columns = []
            codes = {}
        "#;
        toml::from_str(text).expect("a format")
    }

    fn proof(text: &str) -> Proof {
        let content = Content::Bytes(Bytes::from(text.to_owned()));
        let hash = content.hash().expect("bytes");
        prove_whole(&content, hash, &terms()).expect("bytes")
    }

    #[test]
    fn a_right_file_is_proved_and_read_again_line_by_line() {
        let text = "2|350\n1|C1|100|202611\n2|C2|250|202611\n";
        let found = proof(text);
        assert_eq!((found.wrong(), found.counted.lines, found.counted.sum_fen), (0, 2, 350));
        let content = Content::Bytes(Bytes::from(text));
        let mut contracts = Vec::new();
        let mut visit = |line: ClaimLine| {
            contracts.push(line.contract);
            Ok(())
        };
        let hash = lines(&content, &terms(), &mut visit).expect("lines");
        assert_eq!(contracts, ["C1", "C2"]);
        assert_eq!(hash, content.hash().expect("bytes"));
    }

    #[test]
    fn every_place_of_a_wrong_file_is_named_in_its_order() {
        let text = "4|350\n1|C1|100|202611\n1|C2|250|202611\n3|C1|1|202611\n4|C?|x|202611\n5|C5|1|2026-11\n";
        let places = proof(text).places;
        let begins = [
            "line 1:",
            "line 3, column 1",
            "line 4, column 2",
            "line 5, column",
            "line 6, column 4",
        ];
        assert_eq!(places.len(), begins.len(), "{places:?}");
        for (place, begin) in places.iter().zip(begins) {
            assert!(place.starts_with(begin), "{place}: {begin}");
        }
    }

    #[test]
    fn a_file_that_was_cut_or_is_empty_is_wrong() {
        for text in ["", "2|350\n1|C1|100|202611\n", "nothing\n", "1|100\n1|C1|100\n"] {
            assert_ne!(proof(text).wrong(), 0, "{text:?}");
        }
        assert_eq!(proof("0|0\n").wrong(), 0);
    }
}
