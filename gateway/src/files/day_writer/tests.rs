//! What the day's files of the invented partners look like, byte for byte.

use jiaozi_adapters::spec::day_file::{Day, DayKind, DayLine};
use jiaozi_adapters::spec::file_shape::FileShape;
use jiff::civil::date;

use super::*;
use crate::files::limits::Limits;
use crate::files::tests::spec;
use crate::files::{Piece, read};

fn day(lines: usize) -> Day {
    let line = |number: usize| DayLine {
        kind: if number % 3 == 2 { DayKind::Refunded } else { DayKind::Paid },
        order: format!("order-{number}"),
        import_id: format!("B{number}"),
        community: "huating-one".to_owned(),
        house: "1-1-101".to_owned(),
        item: "management".to_owned(),
        period: "2026-11".to_owned(),
        principal_fen: 10_000,
        late_fee_fen: 50,
        discount_fen: 0,
        own_share_fen: 9_750,
        fee_fen: 15,
        paid_at: "2026-11-20T02:00:00Z".parse().expect("an instant"),
        clearing_date: date(2026, 11, 20),
        channel: "mobile-bank".to_owned(),
    };
    Day {
        date: date(2026, 11, 20),
        number: 0,
        head: "ab12".to_owned(),
        lines: (0..lines).map(line).collect(),
    }
}

fn written(code: &str, lines: usize) -> WrittenFile {
    let spec = spec(code);
    let format = &spec.property().expect("a property company").day_file;
    let table = format.table(&day(lines), spec.partner.zone.time_zone()).expect("it sums");
    write(format, &table).expect("it fits")
}

#[test]
fn day_files_are_the_same_bytes_whenever_they_are_written() {
    for code in ["yunhe", "jinding", "huating"] {
        let first = written(code, 4);
        assert_eq!(first, written(code, 4), "{code}");
        assert_ne!(first.content_hash, written(code, 3).content_hash, "{code}");
        assert!(!written(code, 0).bytes.is_empty(), "{code}: an empty day still gives a file");
    }
}

#[test]
fn a_day_file_is_in_the_partners_encoding_and_form() {
    let yunhe = written("yunhe", 2);
    assert_eq!(yunhe.name, "yunhe-20261120.csv");
    let text = String::from_utf8(yunhe.bytes).expect("UTF-8");
    assert!(text.ends_with("合计,2,201.00,20261120,ab12\n"), "{text}");
    let jinding = written("jinding", 3);
    assert_eq!(jinding.name, "JD_20261120_0.txt");
    let (text, _, _) = encoding_rs::GB18030.decode(&jinding.bytes);
    assert_eq!(text.lines().next(), Some("3|10050|45|20261120|ab12"));
    assert!(text.ends_with("\r\n"));
}

#[test]
fn a_workbook_that_we_write_can_be_read() {
    use jiaozi_adapters::spec::raw_line::Cell;
    let shape: FileShape = toml::from_str("type = 'xlsx'").expect("a shape");
    let mut rows = Vec::new();
    let bytes = written("huating", 2).bytes;
    read(bytes.as_slice(), &shape, &Limits::default(), &mut |piece| {
        if let Piece::Line(raw) = piece {
            rows.push(raw.cells[6].clone());
        }
        Ok(())
    })
    .expect("it is a workbook");
    assert_eq!(
        rows,
        [Cell::Text("100.50".to_owned()), Cell::Text("100.50".to_owned()), Cell::Empty]
    );
}

#[test]
fn a_value_that_does_not_fit_the_partners_format_is_named() {
    let spec = spec("jinding");
    let format = &spec.property().expect("a property company").day_file;
    let mut broken = day(1);
    broken.lines[0].house = "1|2".to_owned();
    let table = format.table(&broken, spec.partner.zone.time_zone()).expect("it sums");
    let error = write(format, &table).expect_err("no quotes are agreed");
    assert!(matches!(error, WriteError::NeedsQuotes { row: 2, column: 2 }), "{error}");
}
