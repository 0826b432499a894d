//! The day files of the billers: every line of their samples, and their totals.

use encoding_rs::GB18030;
use jiaozi_adapters::spec::raw_line::{Cell, Header, RawLine};
use jiaozi_adapters::spec::statement::{LineStatus, Statement};
use jiaozi_adapters::spec::statement_line::{StatementLine, StatementReader};
use jiaozi_adapters::spec::totals::{Counted, TotalsProof, prove};
use jiff::civil::{DateTime, date};

use super::office::{biller, sample};

fn statement(code: &str) -> Statement {
    biller(code).statement.expect("a day file")
}

fn cut(text: &str, delimiter: char) -> Vec<RawLine> {
    let line = |(index, line): (usize, &str)| RawLine {
        line: u32::try_from(index + 1).expect("a short file"),
        cells: line.split(delimiter).map(|cell| Cell::Text(cell.to_owned())).collect(),
    };
    text.lines().enumerate().map(line).collect()
}

/// The lines of a file and its proof.
fn read(
    statement: &Statement,
    header: &Header,
    lines: &[RawLine],
    totals: &RawLine,
) -> (Vec<StatementLine>, TotalsProof) {
    let reader = StatementReader::bind(statement, header).expect("its columns are there");
    let mut counted = Counted::default();
    let understood = lines
        .iter()
        .map(|raw| {
            if reader.is_covered(raw) {
                counted.add(reader.amount_of(raw).ok());
            }
            reader.read(raw).expect("a line")
        })
        .collect();
    let format = statement.file.totals.as_ref().expect("totals");
    (understood, prove(format, totals, counted).expect("right totals"))
}

fn line(reference: &str, customer: &str, amount_fen: i64, at: Option<DateTime>) -> StatementLine {
    StatementLine {
        reference: reference.to_owned(),
        customer: Some(customer.to_owned()),
        amount_fen,
        at,
        status: LineStatus::Paid,
    }
}

#[test]
fn the_water_company_writes_yuan_and_days() {
    let statement = statement("rongjiang-water");
    let day = date(2026, 11, 20);
    let name = statement.file_name(day);
    assert_eq!(name, "654321_20261120.txt");
    let text = String::from_utf8(sample("rongjiang-water", &name)).expect("UTF-8");
    let lines = cut(&text, '|');
    let (read, proof) = read(&statement, &Header::numbered(), &lines[1..], &lines[0]);
    let midnight = Some(day.at(0, 0, 0, 0));
    assert_eq!(
        read,
        [
            line("000000000102", "0012345678", 15_000, midnight),
            line("000000000108", "0012345690", 3_000, midnight)
        ]
    );
    assert_eq!(proof, TotalsProof::Right);
    assert_eq!(statement.day_of(&lines[0]), Ok(None));
}

#[test]
fn the_power_company_writes_fen_and_seconds() {
    let statement = statement("minbei-power");
    let name = statement.file_name(date(2026, 11, 20));
    assert_eq!(name, "DZ_DL_100208_20261120.txt");
    let text = sample("minbei-power", &name);
    let text = GB18030.decode_without_bom_handling_and_without_replacement(&text);
    let lines = cut(&text.expect("GB18030"), '|');
    let (read, proof) = read(&statement, &Header::numbered(), &lines[1..], &lines[0]);
    let at = Some(date(2026, 11, 20).at(10, 15, 30, 0));
    assert_eq!(read[0], line("JZ00000000000202", "350700112233", 23_456, at));
    assert_eq!((read.len(), proof), (2, TotalsProof::Right));
}

#[test]
fn the_gas_company_counts_only_what_is_paid() {
    let statement = statement("huaran-gas");
    let name = statement.file_name(date(2026, 11, 20));
    assert_eq!(name, "gas_2026-11-20.csv");
    let text = String::from_utf8(sample("huaran-gas", &name)).expect("UTF-8");
    let lines = cut(text.strip_prefix('\u{feff}').expect("a byte order mark"), ',');
    let [first, middle @ .., last] = lines.as_slice() else { panic!("lines") };
    let names: Vec<String> = first.cells.iter().map(|cell| cell.text().into_owned()).collect();
    let header = Header::named(1, names.iter().map(String::as_str));
    let (read, proof) = read(&statement, &header, middle, last);
    assert_eq!(
        read.iter().map(|l| l.status).collect::<Vec<_>>(),
        [LineStatus::Paid, LineStatus::NotPaid]
    );
    assert_eq!(read[0].at, Some(date(2026, 11, 20).at(10, 15, 31, 0)));
    assert_eq!(proof, TotalsProof::Right);
}

#[test]
fn the_college_says_its_day_and_has_a_file_when_nothing_was_paid() {
    let statement = statement("nanhu-college");
    for (day, count) in [(date(2026, 11, 20), 1), (date(2026, 11, 21), 0)] {
        let text = sample("nanhu-college", &statement.file_name(day));
        let lines = cut(std::str::from_utf8(&text).expect("ASCII"), '|');
        assert_eq!(statement.day_of(&lines[0]), Ok(Some(day)));
        let (read, proof) = read(&statement, &Header::numbered(), &lines[1..], &lines[0]);
        assert_eq!((read.len(), proof), (count, TotalsProof::Right));
    }
    let error = statement.day_of(&cut("35002|2026|0", '|')[0]).expect_err("no day");
    assert_eq!(error.to_string(), "line 1, column 2: found `2026`, expected a date as yyyymmdd");
}

#[test]
fn a_line_that_cannot_be_meant_names_its_cell_and_no_customer() {
    let statement = statement("rongjiang-water");
    let reader = StatementReader::bind(&statement, &Header::numbered()).expect("its columns");
    for (text, error) in [
        (
            "20261120|000000000102|0012345678|150|JZ|07",
            "line 1, column 6: found `07`, expected one of 01, 02",
        ),
        (
            "20261120||0012345678|150.00|JZ|01",
            "line 1, column 2: found nothing, expected 1 to 64 characters without control characters",
        ),
        (
            "20261120|000000000102||150.00|JZ|01",
            "line 1, column 3: found nothing, expected 1 to 64 characters without control characters",
        ),
        (
            "20261120|000000000102|0012345678|0.00|JZ|01",
            "line 1, column 4: found `0.00`, expected an amount above zero, 100,000,000 yuan at most",
        ),
        (
            "20261120|000000000102|0012345678|１５０|JZ|01",
            "line 1, column 4: found `１５０`, expected plain digits (full-width ones are not agreed)",
        ),
        (
            "2026112|000000000102|0012345678|150.00|JZ|01",
            "line 1, column 1: found `2026112`, expected a date as yyyymmdd",
        ),
        ("20261120|000000000102", "line 1, column 6: found nothing, expected one of 01, 02"),
    ] {
        let raw = &cut(text, '|')[0];
        assert_eq!(reader.read(raw).expect_err("a wrong line").to_string(), error, "{text}");
    }
    let reversed = &cut("20261120|000000000102|0012345678|150.00|JZ|02", '|')[0];
    assert_eq!(reader.read(reversed).expect("a line").status, LineStatus::Reversed);
}
