//! Readers and writers, tried on whole files: the samples of the invented partners, and files that are
//! broken on purpose.

use std::path::PathBuf;

use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::calendar::{Calendar, Calendars};
use jiaozi_adapters::spec::import::{Action, LawfulBasis};
use jiaozi_adapters::spec::totals::TotalsProof;
use jiff::civil::date;
use proptest::prelude::*;

use super::import::{Import, bills, roster};
use super::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../partner-specs")
}

fn calendars() -> Calendars {
    let names = ["cn-bank", "every-day"];
    let parse = |name: &str| {
        let path = root().join(format!("calendars/{name}.toml"));
        Calendar::parse(name, &std::fs::read_to_string(path).expect("it is there"))
            .expect("it is right")
    };
    names.into_iter().map(parse).collect()
}

pub(super) fn spec(code: &str) -> PartnerSpec {
    let path = root().join(code).join("partner.toml");
    let text = std::fs::read_to_string(path).expect("it is there");
    PartnerSpec::parse(code, &text, &calendars()).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn sample(code: &str, name: &str) -> Vec<u8> {
    std::fs::read(root().join(code).join("samples").join(name)).expect("it is there")
}

fn bills_of(
    code: &str,
    format: usize,
    bytes: &[u8],
) -> Result<Import<jiaozi_adapters::spec::bill_line::BillLine>, FileError> {
    let spec = spec(code);
    bills(bytes, &spec.property().expect("a property company").bills[format], &Limits::default())
}

#[test]
fn bills_in_utf8_with_quotes_and_a_byte_order_mark() {
    let import = bills_of("yunhe", 0, &sample("yunhe", "bills-2026-11.csv")).expect("it is good");
    assert_eq!(import.faults, []);
    assert_eq!(import.lines.len(), 16);
    let (line, parking) = &import.lines[12];
    assert_eq!((*line, parking.amount_fen, parking.house.as_str()), (14, 30_000, "2-1-502"));
    assert_eq!(parking.note.as_deref(), Some("地下 B-17, 含管理费"));
    assert_eq!(import.lines[13].1.note.as_deref(), Some("他说\"先交一半\""));
    assert_eq!(import.lines[14].1.action, Action::Withdraw);
    assert_eq!(import.lines[15].1.action, Action::PaidAtDesk);
}

#[test]
fn a_broken_file_loses_only_its_broken_lines() {
    let import =
        bills_of("yunhe", 0, &sample("yunhe", "bills-broken.csv")).expect("the file stands");
    let good: Vec<u32> = import.lines.iter().map(|(line, _)| *line).collect();
    assert_eq!(good, [2, 12]);
    let seen: Vec<(u32, &str)> =
        import.faults.iter().map(|f| (f.line, f.column.as_str())).collect();
    assert_eq!(
        seen,
        [
            (3, "应收金额"),
            (4, "账期"),
            (5, "房号"),
            (6, "收费项目"),
            (7, "缴费截止日"),
            (8, "应收金额"),
            (9, ""),
            (10, ""),
            (11, ""),
        ]
    );
    assert!(import.faults.iter().all(|fault| !fault.to_string().contains("江晚晴")));
}

#[test]
fn bills_in_gb18030_whose_characters_contain_the_delimiter() {
    let bytes = sample("jinding", "bills-20261120.txt");
    let torn = [0xac_u8, b'|'];
    assert!(
        bytes.windows(2).any(|pair| pair == torn),
        "a character with `|` as its second byte is in it"
    );
    let import = bills_of("jinding", 0, &bytes).expect("it is good");
    assert_eq!((import.faults.len(), import.lines.len()), (0, 16));
    assert_eq!(import.totals, TotalsProof::Right);
    let first = &import.lines[0].1;
    assert_eq!((first.import_id.as_str(), first.community.as_str()), ("01/000001", "jd-east"));
    assert_eq!(first.owner.as_ref().map(|o| o.expose()), Some("梁瑋"));
    assert_eq!(first.due, date(2026, 11, 30));
}

#[test]
fn a_cut_file_and_wrong_totals_are_refused_as_a_whole() {
    let cut = bills_of("jinding", 0, &sample("jinding", "bills-cut.txt")).expect_err("cut");
    assert!(matches!(cut, FileError::TotalsMissing { line: 12, .. }), "{cut}");
    let sum = bills_of("jinding", 0, &sample("jinding", "bills-wrong-sum.txt")).expect_err("wrong");
    assert!(matches!(sum, FileError::Totals(TotalsError::Sum { line: 21, .. })), "{sum}");
}

#[test]
fn bytes_that_are_no_characters_cost_one_line() {
    let import =
        bills_of("jinding", 0, &sample("jinding", "bills-broken.txt")).expect("the file stands");
    let seen: Vec<u32> = import.faults.iter().map(|fault| fault.line).collect();
    assert_eq!((import.lines.len(), seen), (2, vec![7, 8, 9]));
    assert_eq!(import.totals, TotalsProof::SumOpen);
}

#[test]
fn bills_in_a_workbook_with_text_numbers_and_dates() {
    let import =
        bills_of("huating", 0, &sample("huating", "bills-2026-11.xlsx")).expect("it is good");
    assert_eq!(import.faults, []);
    let amounts: Vec<i64> = import.lines.iter().map(|(_, bill)| bill.amount_fen).collect();
    assert_eq!(amounts, [128_000, 96_540, 104_360, 315_050, 1_800, 384_354, 0, 128_000]);
    let third = &import.lines[2].1;
    assert_eq!((third.period.as_str(), third.due), ("2026-11", date(2026, 12, 5)));
    assert_eq!(third.import_id, "huating-one-2-2-1203-management-2026-11");
    assert_eq!(import.lines[5].1.house, "3-1-601");
    assert_eq!(import.lines[6].0, 11, "rows keep their numbers across an empty one");
}

#[test]
fn a_leaked_float_of_a_workbook_is_refused_where_rounding_is_not_agreed() {
    let spec = spec("huating");
    let mut format = spec.property().expect("a property company").bills[0].clone();
    format.amount.extra_decimals = jiaozi_adapters::spec::import::ExtraDecimals::Refuse;
    let bytes = sample("huating", "bills-2026-11.xlsx");
    let import = bills(bytes.as_slice(), &format, &Limits::default()).expect("the file stands");
    let shown: Vec<String> = import.faults.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert!(shown[0].contains("3843.540000000002"), "{shown:#?}");
}

#[test]
fn quarters_and_due_dates_by_rule() {
    let import =
        bills_of("huating", 1, &sample("huating", "bills-2026Q4.xlsx")).expect("it is good");
    assert_eq!(import.faults, []);
    for (_, bill) in &import.lines {
        assert_eq!((bill.period.as_str(), bill.period_months), ("2026-10", 3));
        assert_eq!(bill.due, date(2026, 11, 15));
    }
    assert!(import.lines[1].1.import_id.ends_with("heating-2026Q4"));
}

#[test]
fn a_broken_workbook_names_its_rows() {
    let import =
        bills_of("huating", 0, &sample("huating", "bills-broken.xlsx")).expect("the file stands");
    let seen: Vec<u32> = import.faults.iter().map(|fault| fault.line).collect();
    assert_eq!((seen, import.lines.len()), (vec![4, 5, 6, 7, 8, 9], 1));
}

#[test]
fn rosters_of_every_shape() {
    for (code, name, people, faults) in [
        ("yunhe", "roster.csv", 7, 0),
        ("jinding", "roster.txt", 6, 0),
        ("huating", "roster.xlsx", 5, 1),
    ] {
        let spec = spec(code);
        let format = &spec.property().expect("a property company").rosters[0];
        let bytes = sample(code, name);
        let import = roster(bytes.as_slice(), format, &Limits::default()).expect("it is good");
        assert_eq!(
            (import.lines.len(), import.faults.len()),
            (people, faults),
            "{code}: {:?}",
            import.faults
        );
        assert!(import.lines.iter().all(
            |(_, l)| l.lawful_basis != LawfulBasis::SeparateConsent || l.consent_date.is_some()
        ));
    }
}

#[test]
fn the_wrong_file_is_refused_by_its_columns() {
    let error =
        bills_of("yunhe", 0, &sample("yunhe", "roster.csv")).expect_err("a roster is no bill file");
    assert!(matches!(&error, FileError::Columns(errors) if errors.len() > 5), "{error}");
    let error = bills_of("huating", 0, &sample("yunhe", "roster.csv")).expect_err("no workbook");
    assert!(matches!(error, FileError::Workbook { .. }), "{error}");
    let error = bills_of("yunhe", 0, b"").expect_err("empty");
    assert!(matches!(error, FileError::NoHeader { line: 1 }), "{error}");
}

#[test]
fn limits_hold() {
    let spec = spec("yunhe");
    let format = &spec.property().expect("a property company").bills[0];
    let bytes = sample("yunhe", "bills-2026-11.csv");
    let with =
        |limits: &Limits| bills(bytes.as_slice(), format, limits).expect_err("beyond a limit");
    let small = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    assert!(matches!(
        with(&small(|l| l.file_bytes_max = 100)),
        FileError::TooLarge { bytes_max: 100 }
    ));
    assert!(matches!(
        with(&small(|l| l.line_bytes_max = 20)),
        FileError::LineTooLong { line: 1, .. }
    ));
    assert!(matches!(with(&small(|l| l.rows_max = 3)), FileError::TooManyRows { line: 5, .. }));
    assert!(matches!(
        with(&small(|l| l.columns_max = 3)),
        FileError::TooManyColumns { line: 1, .. }
    ));
    let bomb = bills_of_limited(&small(|l| l.workbook_unpacked_bytes_max = 1_000));
    assert!(matches!(bomb, FileError::Workbook { .. }), "{bomb}");
}

fn bills_of_limited(limits: &Limits) -> FileError {
    let spec = spec("huating");
    let format = &spec.property().expect("a property company").bills[0];
    let bytes = sample("huating", "bills-2026-11.xlsx");
    bills(bytes.as_slice(), format, limits).expect_err("beyond a limit")
}

#[test]
fn the_same_bytes_have_the_same_hash() {
    let bytes = sample("yunhe", "bills-2026-11.csv");
    let hash = bills_of("yunhe", 0, &bytes).expect("it is good").content_hash;
    assert_eq!(hash, ContentHash::of(&bytes));
}

#[test]
fn every_specification_is_right_and_fits_the_others() {
    let codes = ["yunhe", "jinding", "huating", "sandbox-bank", "mobile-bank"];
    let specs: Vec<_> = codes.iter().map(|code| ((*code).to_owned(), spec(code))).collect();
    assert_eq!(jiaozi_adapters::spec::check_together(&specs), []);
    assert!(specs.iter().all(|(code, spec)| spec.partner.code.as_str() == code));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), zip in any::<bool>()) {
        let bytes = if zip { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
        for (code, format) in [("yunhe", 0), ("jinding", 0), ("huating", 0)] {
            let _ = bills_of(code, format, &bytes);
        }
    }

    #[test]
    fn no_damage_to_a_good_file_makes_a_reader_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for (code, name) in [("yunhe", "bills-2026-11.csv"), ("jinding", "bills-20261120.txt"), ("huating", "bills-2026-11.xlsx")] {
            let mut bytes = sample(code, name);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = bills_of(code, 0, &bytes);
            let _ = bills_of(code, 0, &bytes[..at]);
        }
    }
}
