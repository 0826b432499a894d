//! MT940, MT942 and BAI2.

use jiaozi_ledger::money::Side;
use jiff::civil::date;
use proptest::prelude::*;

use super::{reported, said, samples, statements};
use crate::statement::Format;
use crate::statement::record::Issue;

const MT940: &str = "{1:F01BANKCNBJA0010000000000}{2:O940}{4:\n\
    :20:S1\n:25:6222000011112222\n:28C:324/2\n:60M:C261231CNY100,\n\
    :61:2612310102RC12,5NTRFKREF+//BANK-1\nsecond line\n\
    :86:166?00TRANSFER?20EREF+END?21-TO-END?22KREF+OURS-7?23SVWZ+water ?24fee?30BANKCNBJ?31622200\n\
    99998888?32SOME?33ONE\n\
    :61:261231D0,50NMSCNONREF\n:86:free text\n:with a colon\n\
    :62M:C261231CNY87,00\n:64:C261231CNY87,00\n:86:about the statement\n-}{5:}\n";

#[test]
fn a_statement_is_read_with_everything_in_it() {
    let all = statements(Format::Mt, MT940.as_bytes()).unwrap();
    let [statement] = &all[..] else { panic!("{}", all.len()) };
    assert_eq!(statement.ending.imbalances, []);
    let head = &statement.head;
    assert_eq!((head.kind.as_str(), head.id.as_deref()), ("MT940", Some("S1")));
    assert_eq!((head.number.as_deref(), head.page.as_deref()), (Some("324"), Some("2")));
    assert!(head.opening.as_ref().unwrap().intermediate);
    let [first, second] = &statement.entries[..] else { panic!("{:?}", statement.entries) };
    // A reversed credit takes money away.
    assert_eq!((first.side, first.reversal, first.gained()), (Some(Side::Debit), true, -1_250));
    assert_eq!(first.value_date, Some(date(2026, 12, 31)));
    assert_eq!(first.booking_date, Some(date(2027, 1, 2)));
    assert_eq!(first.kind.as_deref(), Some("TRANSFER"));
    let references = &first.references;
    assert_eq!(references.end_to_end.as_deref(), Some("END-TO-END"));
    assert_eq!(references.ours.as_deref(), Some("OURS-7"));
    assert_eq!(references.bank.as_deref(), Some("BANK-1"));
    assert_eq!(first.description.as_deref(), Some("second line\nwater fee"));
    let other = &first.counterparty;
    assert_eq!(other.name.as_ref().unwrap().expose(), "SOMEONE");
    assert_eq!(other.account.as_ref().unwrap().expose(), "62220099998888");
    assert_eq!(other.account.as_ref().unwrap().to_string(), "**********8888");
    assert_eq!(second.references.ours, None);
    assert_eq!(second.description.as_deref(), Some("free text\n:with a colon"));
    assert_eq!((second.place.line, second.place.at.as_str()), (10, "field 61"));
}

#[test]
fn a_broken_statement_is_refused_or_reported_with_its_place() {
    said(
        Format::Mt,
        MT940.as_bytes(),
        &[
            (
                "RC12,5N",
                "RC12,505N",
                "line 6, field 61: found `12,505`, expected at most 2 decimals, for CNY has no smaller unit",
            ),
            (
                "RC12,5N",
                "RC12.5N",
                "line 6, field 61: found `12`, expected an amount such as 1234,50",
            ),
            (
                "RC12,5N",
                "XX12,5N",
                "line 6, field 61: found `XX12,5NTRFKREF+//BANK-1`, expected C, D, RC or RD, and then an amount",
            ),
            (
                "RC12,5NTRF",
                "RC12,5ntrf",
                "line 6, field 61: found `ntrfKREF+//BANK-1`, expected a type such as NTRF after the amount",
            ),
            (
                ":61:261231D",
                ":61:261331D",
                "line 10, field 61: found `261331`, expected a date such as 261120 (YYMMDD)",
            ),
            (
                ":61:2612310102",
                ":61:2612311302",
                "line 6, field 61: found `1302`, expected nothing, or a date such as 1120 (MMDD)",
            ),
            (
                ":62M:C261231CNY87,00\n",
                "",
                "line 13, field 64: found `:64:`, expected a closing balance (:62F:, :62M:) before it",
            ),
            (
                ":60M:C261231CNY100,\n",
                "",
                "line 5, field 61: found `:61:`, expected an opening balance (:60F:, :60M:), or the :34F: of an MT942, before it",
            ),
            (
                ":60M:C261231CNY100,",
                ":60M:C2612CNY100,",
                "line 5, field 60M: found `2612CN`, expected a date such as 261120 (YYMMDD)",
            ),
            (
                ":60M:C261231CNY100,",
                ":60M:C261231CNY",
                "line 5, field 60M: found nothing, expected an amount such as 1234,50",
            ),
            (
                ":60M:C261231CNY100,",
                ":60M:C261231CNY100,\nmore",
                "line 6, field 60M: found `more`, expected the next field, from :NN: on",
            ),
            (
                ":28C:",
                ":99Z:",
                "line 4, field 99Z: found `:99Z:`, expected a field of MT940 or MT942",
            ),
            (":20:S1\n", "", "line 2, field 25: found `:25:`, expected a message, from :20: on"),
            (
                "87,00\n:64",
                "88,00\n:64",
                "line 13, field 62M: closing balance: found CNY 88.00, expected CNY 87.00",
            ),
            (
                "62M:C261231CNY",
                "62M:D261231CNY",
                "line 13, field 62M: closing balance: found CNY -87.00, expected CNY 87.00",
            ),
            (
                "62M:C261231CNY",
                "62M:C261231USD",
                "line 13, field 62M: closing balance: found USD 87.00, expected CNY 87.00",
            ),
        ],
    );
}

#[test]
fn a_page_opens_with_what_the_page_before_closed_with() {
    let page = |number: u32, opening: &str, closing: &str| {
        format!(":20:S\n:25:1\n:28C:1/{number}\n:60{opening}\n:62{closing}\n-\n")
    };
    let first = page(1, "F:C261120CNY1,00", "M:C261120CNY1,00");
    let right = format!("{first}{}", page(2, "M:C261120CNY1,00", "F:C261120CNY1,00"));
    assert!(reported(Format::Mt, right.as_bytes()).is_empty());
    let lost = format!("{first}{}", page(3, "M:C261120CNY5,00", "F:C261120CNY5,00"));
    assert_eq!(
        reported(Format::Mt, lost.as_bytes()),
        ["line 10, field 60M: opening balance: found CNY 5.00, expected CNY 1.00"]
    );
}

const MT942: &str = ":20:R1\n:25:1\n:28C:1/1\n:34F:CNYD0,00\n:34F:CNYC0,00\n:13D:2611201730+0800\n\
    :61:261120D0,42NCHGNONREF\n:86:charge\n:90D:1CNY0,42\n:90C:0CNY0,\n-\n";

#[test]
fn an_interim_report_is_proved_by_its_sums() {
    let all = statements(Format::Mt, MT942.as_bytes()).unwrap();
    assert_eq!(all[0].head.kind, "MT942");
    assert_eq!(all[0].head.to, Some(date(2026, 11, 20)));
    said(
        Format::Mt,
        MT942.as_bytes(),
        &[
            (
                "90D:1CNY0,42",
                "90D:2CNY0,42",
                "line 9, field 90D: number of debits: found 2, expected 1",
            ),
            (
                "90D:1CNY0,42",
                "90D:1CNY2,30",
                "line 9, field 90D: sum of debits: found CNY 2.30, expected CNY 0.42",
            ),
            (
                "90C:0CNY0,",
                "90C:0USD1,",
                "line 10, field 90C: sum of credits: found USD 1.00, expected CNY 0.00",
            ),
            (
                "90D:1CNY0,42",
                "90D:CNY0,42",
                "line 9, field 90D: found `CNY0,42`, expected a number, a currency and a sum, 2EUR12,30",
            ),
            (
                "34F:CNYD0,00",
                "34F:0,00",
                "line 4, field 34F: found `0,00`, expected a floor limit such as CNYD0,00",
            ),
        ],
    );
}

#[test]
fn bai2_is_refused_or_reported_with_its_place() {
    let bytes = samples::file(Format::Bai2, 3);
    said(
        Format::Bai2,
        &bytes,
        &[
            (
                "16,195,1,0",
                "16,195,1.5,0",
                "line 5, record 16, field 2: found `1.5`, expected an amount such as 123450, whole minor units",
            ),
            (
                "16,195,1,0",
                "16,042,1,0",
                "line 5, record 16, field 1: found `042`, expected a type from 100 to 999",
            ),
            (
                "16,195,1,0",
                "16,195,1,Q",
                "line 5, record 16, field 3: found `Q`, expected a type of funds: 0, 1, 2, S, V, D, Z or nothing",
            ),
            (
                "US,BANK,1,",
                "US,BANK,7,",
                "line 2, record 02, field 3: found `7`, expected a status from 1 to 4",
            ),
            (
                "1,261120,,CNY",
                "1,261320,,CNY",
                "line 2, record 02, field 4: found `261320`, expected a date such as 261120 (YYMMDD)",
            ),
            ("01,BANK", "02,BANK", "line 1, record 02: found `02`, expected the record 01"),
            ("03,6222", "16,6222", "line 3, record 16: found `16`, expected the record 03 or 98"),
            ("88,100", "88100", "line 4: found `another line`, expected a record such as 16,…"),
        ],
    );
    let reports = reported(Format::Bai2, &super::changed(&bytes, "16,495,102", "16,495,103"));
    // One changed amount is seen by everything above it.
    assert!(reports.len() >= 4, "{reports:?}");
    assert!(reports.iter().any(|one| one.contains("record 99: control total")), "{reports:?}");
    let corrected = super::changed(&bytes, "US,BANK,1,", "US,BANK,3,");
    assert_eq!(statements(Format::Bai2, &corrected).unwrap()[0].head.issue, Issue::Correction);
}

#[test]
fn bai2_says_whether_its_day_is_over() {
    for (modifier, kind) in [
        ("", "BAI2"),
        ("1", "BAI2 interim report"),
        ("2", "BAI2"),
        ("3", "BAI2 interim report"),
        ("4", "BAI2"),
    ] {
        let bytes = samples::file(Format::Bai2, 3);
        let bytes = super::changed(&bytes, ",,CNY,2/", &format!(",,CNY,{modifier}/"));
        assert_eq!(statements(Format::Bai2, &bytes).unwrap()[0].head.kind, kind, "{modifier}");
    }
    let bytes = super::changed(&samples::file(Format::Bai2, 3), ",,CNY,2/", ",,CNY,5/");
    let refused = statements(Format::Bai2, &bytes).unwrap_err();
    let expected =
        "line 2, record 02, field 7: found `5`, expected a modifier from 1 to 4, or nothing";
    assert_eq!(refused, expected);
}

#[test]
fn bai2_text_and_funds_may_run_over_lines() {
    let text = "01,A,B,261120,,1,,,2/\n02,B,A,1,261120,,,/\n03,1,,,,,/\n\
                16,218,500,D,2,0,200,1,300,BANK,OURS,first, with a comma/\n88,second/\n\
                16,475,100,V,261121,,,,CHEQUE\n49,600,5/\n98,600,1,7/\n99,600,1,9/\n";
    let all = statements(Format::Bai2, text.as_bytes()).unwrap();
    assert_eq!(all[0].ending.imbalances, []);
    let [first, second] = &all[0].entries[..] else { panic!("{:?}", all[0].entries) };
    assert_eq!(first.amount.to_string(), "USD 5.00");
    assert_eq!(first.description.as_deref(), Some("first, with a comma second"));
    assert_eq!(first.references.ours.as_deref(), Some("OURS"));
    assert_eq!(second.value_date, Some(date(2026, 11, 21)));
    assert_eq!((second.side, second.description.as_deref()), (Some(Side::Debit), Some("CHEQUE")));
}

proptest! {
    #[test]
    fn what_is_written_as_mt940_reads_back(
        rows in prop::collection::vec((0..2_000_000_000_i64, 0..4usize, "[A-Z0-9]{1,16}"), 0..20),
        opening in -1_000_000_000_i64..1_000_000_000,
    ) {
        let balance = |minor: i64| {
            let mark = if minor < 0 { 'D' } else { 'C' };
            format!("{mark}261120CNY{},{:02}", minor.abs() / 100, minor.abs() % 100)
        };
        let marks = [("C", 1), ("D", -1), ("RC", -1), ("RD", 1)];
        let mut text = format!(":20:S\n:25:1\n:28C:1\n:60F:{}\n", balance(opening));
        let mut closing = opening;
        for (minor, mark, reference) in &rows {
            let (mark, sign) = marks[*mark];
            closing += sign * minor;
            text += &format!(":61:261120{mark}{},{:02}NTRF{reference}\n", minor / 100, minor % 100);
        }
        text += &format!(":62F:{}\n", balance(closing));
        let all = statements(Format::Mt, text.as_bytes()).unwrap();
        prop_assert!(all[0].ending.balances());
        let read: Vec<_> = all[0].entries.iter().map(|one| {
            (one.gained(), one.reversal, one.references.ours.clone())
        }).collect();
        let written: Vec<_> = rows.iter().map(|(minor, mark, reference)| {
            let ours = Some(reference.clone()).filter(|one| one != "0" && one != "NONREF");
            (marks[*mark].1 * minor, *mark > 1, ours)
        }).collect();
        prop_assert_eq!(read, written);
    }
}
