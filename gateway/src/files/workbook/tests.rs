//! Workbooks that were made to do harm.

use std::io::Write;

use jiaozi_adapters::spec::file_shape::FileShape;
use zip::write::SimpleFileOptions;

use super::*;
use crate::files::{self, Piece};

const SHEET: &str = "xl/worksheets/sheet1.xml";

/// A good workbook with another sheet in it.
fn with_sheet(sheet: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../partner-specs/huating/samples/roster.xlsx");
    let good = std::fs::read(path).expect("the sample is there");
    let mut parts = zip::ZipArchive::new(Cursor::new(good)).expect("an archive");
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..parts.len() {
        let mut part = parts.by_index(index).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut content = String::new();
        part.read_to_string(&mut content).expect("text");
        out.start_file(&name, SimpleFileOptions::default()).expect("a part");
        let content = if name == SHEET { sheet } else { &content };
        out.write_all(content.as_bytes()).expect("in memory");
    }
    out.finish().expect("in memory").into_inner()
}

fn sheet(rows: &str) -> String {
    format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    )
}

fn lines(bytes: &[u8], limits: &Limits) -> Result<Vec<RawLine>, FileError> {
    let shape: FileShape = toml::from_str("type = 'xlsx'\nheader = false").expect("a shape");
    let mut lines = Vec::new();
    files::read(bytes, &shape, limits, &mut |piece| {
        if let Piece::Line(line) = piece {
            lines.push(line);
        }
        Ok(())
    })?;
    Ok(lines)
}

#[test]
fn a_number_is_read_as_the_decimal_that_it_is() {
    let rows = r#"<row r="1"><c r="A1"><v>1043.5999999999999</v></c><c r="B1"><v>3843.540000000002</v></c><c r="C1"><v>1E-05</v></c></row>"#;
    let lines = lines(&with_sheet(&sheet(rows)), &Limits::default()).expect("it is good");
    let texts: Vec<_> = lines[0].cells.iter().map(|cell| cell.text().into_owned()).collect();
    assert_eq!(texts, ["1043.6", "3843.540000000002", "0.00001"]);
}

#[test]
fn cells_at_absurd_places_refuse_the_file_and_nothing_else() {
    for place in ["A99999999999999", "ZZZZZZZZZZZZ1", "XFD1048576", "1A", "", "A0"] {
        let rows = format!(r#"<row r="1"><c r="{place}"><v>1</v></c></row>"#);
        let result = lines(&with_sheet(&sheet(&rows)), &Limits::default());
        assert!(result.is_err() || result.is_ok_and(|lines| lines.len() <= 1), "{place}");
    }
}

#[test]
fn a_small_archive_that_unpacks_to_a_large_one_is_refused() {
    let bomb = with_sheet(&sheet(&" ".repeat(8_000_000)));
    assert!(bomb.len() < 20_000, "{} bytes", bomb.len());
    let limits = Limits { workbook_unpacked_bytes_max: 4_000_000, ..Limits::default() };
    let error = lines(&bomb, &limits).expect_err("too large");
    assert!(error.to_string().contains("larger than 4000000"), "{error}");
}

#[test]
fn a_flipped_bit_in_a_part_is_noticed() {
    let rows = r#"<row r="1"><c r="A1"><v>12345678</v></c></row>"#;
    let mut bytes = with_sheet(&sheet(rows));
    let name = bytes.windows(SHEET.len()).position(|w| w == SHEET.as_bytes()).expect("the part");
    bytes[name + SHEET.len() + 40] ^= 0x10;
    assert!(matches!(lines(&bytes, &Limits::default()), Err(FileError::Workbook { .. })));
}
