//! What lines of bill files become.

use super::*;
use jiff::civil::date as day;
use proptest::prelude::*;

fn format(extra: &str) -> BillFormat {
    let text = format!(
        r#"
name = "monthly"
file = {{ type = "csv" }}
import_id = {{ columns = ["编号"] }}
community = {{ fixed = "north" }}
house = {{ columns = ["房号"] }}
item = {{ column = "项目", map = {{ "物业费" = "management" }} }}
period = {{ column = "账期", pattern = "yyyy-mm" }}
amount = {{ column = "金额", unit = "yuan" }}
due = {{ column = "截止", pattern = "yyyy-mm-dd" }}
owner = {{ column = "业主" }}
{extra}
"#
    );
    toml::from_str(&text).expect("a format")
}

const COLUMNS: [&str; 8] = ["编号", "房号", "项目", "账期", "金额", "截止", "业主", "操作"];

fn raw(cells: [&str; 8]) -> RawLine {
    RawLine { line: 7, cells: cells.iter().map(|c| Cell::Text((*c).to_owned())).collect() }
}

const GOOD: [&str; 8] = ["B1", "1-101", "物业费", "2026-11", "128.50", "2026-11-30", "林小满", ""];

fn read(format: &BillFormat, raw: &RawLine) -> Result<BillLine, LineError> {
    BillReader::bind(format, &Header::named(1, COLUMNS)).expect("all columns are there").read(raw)
}

#[test]
fn a_good_line_becomes_a_bill() {
    let bill = read(&format(""), &raw(GOOD)).expect("it is good");
    assert_eq!((bill.amount_fen, bill.due), (12_850, day(2026, 11, 30)));
    assert_eq!((bill.period.as_str(), bill.item.as_str()), ("2026-11", "management"));
    assert!(!format!("{bill:?}").contains("林"));
}

#[test]
fn an_error_names_the_line_the_column_and_what_was_expected() {
    let mut cells = GOOD;
    cells[4] = "128.505";
    let error = read(&format(""), &raw(cells)).expect_err("half a fen");
    assert_eq!((error.line, error.column.as_str()), (7, "金额"));
    assert!(error.to_string().contains("128.505"), "{error}");
}

#[test]
fn a_name_is_never_shown_in_an_error() {
    let mut cells = GOOD;
    let long = "林".repeat(61);
    cells[6] = &long;
    let error = read(&format(""), &raw(cells)).expect_err("too long");
    assert!(!error.to_string().contains('林'), "{error}");
}

#[test]
fn every_missing_column_is_named() {
    let header = Header::named(3, ["编号", "房号", "房号"]);
    let format = format("");
    let errors = BillReader::bind(&format, &header).expect_err("columns are missing");
    assert_eq!(errors.len(), 6);
    assert!(errors.iter().all(|e| e.line == 3));
}

#[test]
fn a_withdrawal_may_leave_amount_and_due_date_empty() {
    let format = format(
        r#"action = { column = "操作", map = { "作废" = "withdraw", "变更" = "change" }, empty = "new" }"#,
    );
    let mut cells = GOOD;
    (cells[4], cells[5], cells[7]) = ("", "", "作废");
    let bill = read(&format, &raw(cells)).expect("a withdrawal");
    assert_eq!((bill.action, bill.amount_fen, bill.due), (Action::Withdraw, 0, day(2026, 11, 30)));
    cells[7] = "变更";
    assert!(read(&format, &raw(cells)).is_err(), "a change needs its amount");
}

#[test]
fn a_due_date_can_follow_from_the_period() {
    let mut format = format("");
    format.due = Due::AfterPeriod { day: 31, months_later: 3 };
    let bill = read(&format, &raw(GOOD)).expect("it is good");
    assert_eq!(bill.due, day(2027, 2, 28));
}

#[test]
fn a_long_number_cell_is_no_identifier() {
    let mut line = raw(GOOD);
    line.cells[0] = Cell::Number("2026110000000000001".to_owned());
    assert!(read(&format(""), &line).is_err());
}

proptest! {
    #[test]
    fn no_line_makes_the_reader_panic(cells in prop::collection::vec(".{0,12}", 0..10)) {
        let line = RawLine { line: 1, cells: cells.into_iter().map(Cell::Text).collect() };
        let _ = read(&format(""), &line);
    }
}
