//! What a day becomes.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

const FORMAT: &str = r#"
name = "paid-{date}.csv"
date_pattern = "yyyymmdd"
type = "csv"
header = true
columns = [
  { name = "单号", source = "import_id" },
  { name = "类型", source = "kind", map = { paid = "收", refunded = "退" } },
  { name = "金额", source = "amount" },
  { name = "时间", source = "paid_at", pattern = "yyyymmddHHMMSS" },
]
totals = { at = "last_line", cells = ["合计", "{count}", "{sum}", "{date}"], unit = "yuan" }
"#;

fn line(kind: DayKind, principal_fen: i64) -> DayLine {
    DayLine {
        kind,
        order: "o".to_owned(),
        import_id: "B1".to_owned(),
        community: "north".to_owned(),
        house: "1-101".to_owned(),
        item: "management".to_owned(),
        period: "2026-11".to_owned(),
        principal_fen,
        late_fee_fen: 5,
        discount_fen: 0,
        own_share_fen: principal_fen,
        fee_fen: 1,
        paid_at: "2026-11-20T18:00:00Z".parse().expect("an instant"),
        clearing_date: date(2026, 11, 21),
        channel: "bank".to_owned(),
    }
}

fn table(lines: Vec<DayLine>, number: u32) -> DayTable {
    let format: DayFile = toml::from_str(FORMAT).expect("a format");
    let day = Day { date: date(2026, 11, 21), number, head: "h".to_owned(), lines };
    format.table(&day, &TimeZone::fixed(jiff::tz::offset(8))).expect("it sums")
}

#[test]
fn a_day_becomes_rows_with_totals_in_the_partners_words() {
    let table = table(vec![line(DayKind::Paid, 10_000), line(DayKind::Refunded, 2_000)], 0);
    assert_eq!(table.name, "paid-20261121.csv");
    assert_eq!(table.rows[1], ["B1", "收", "100.05", "20261121020000"]);
    assert_eq!(table.rows[2], ["B1", "退", "20.05", "20261121020000"]);
    assert_eq!(table.rows[3], ["合计", "2", "80.00", "20261121"]);
    assert_eq!(table.frame, (1, 1));
}

#[test]
fn an_empty_day_still_has_header_and_totals() {
    assert_eq!(table(vec![], 0).rows.len(), 2);
}

#[test]
fn a_correction_has_a_name_of_its_own() {
    assert_eq!(table(vec![], 2).name, "paid-20261121-2.csv");
}

#[test]
fn sums_that_overflow_are_refused() {
    let format: DayFile = toml::from_str(FORMAT).expect("a format");
    let lines = vec![line(DayKind::Paid, i64::MAX - 5), line(DayKind::Paid, 1)];
    let day = Day { date: date(2026, 11, 21), number: 0, head: String::new(), lines };
    assert_eq!(format.table(&day, &TimeZone::UTC), Err(SumOverflow));
}

proptest! {
    #[test]
    fn written_amounts_keep_every_fen(fen in any::<i64>()) {
        let text = written(fen, Unit::Yuan);
        prop_assert_eq!(text.replace('.', "").parse::<i64>().ok(), Some(fen));
    }
}
