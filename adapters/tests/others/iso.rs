//! camt.053 and camt.054: the samples of a PHP library. Some of them do not balance, and one holds nothing.
//! pain.002: the sample of a JavaScript library, which forgets its namespace. pain.001
//! and pain.008: the standard's schemas.

use std::io::Write as _;
use std::process::{Command, Stdio};

use jiaozi_adapters::iso20022::debit::{self, Debit, Drawn};
use jiaozi_adapters::iso20022::initiation::{Initiation, Transfer, write};
use jiaozi_adapters::iso20022::status::{self, Status};
use jiaozi_adapters::spec::payout::Destination;
use jiaozi_adapters::statement::Format;
use jiaozi_adapters::statement::record::Issue;
use jiaozi_ledger::money::{Currency, Side};
use jiff::civil::date;

use super::{file, read, reported};

#[test]
fn a_statement_that_does_not_balance_is_reported_and_still_read() {
    for (name, line) in [("camt053.v2.minimal.xml", 54), ("camt053.v8.xml", 74)] {
        let Some(bytes) = file(&format!("iso20022/{name}")) else { return };
        let found = read(Format::Camt, &bytes).expect(name);
        let expected = format!(
            "line {line}, Stmt[1]/Bal[2]: closing balance: found SEK -27.00, expected EUR 27.00"
        );
        assert_eq!(reported(&found), [expected], "{name}");
        let [statement] = &found[..] else { panic!("{} statements", found.len()) };
        let head = &statement.head;
        assert_eq!(head.account.as_ref().map(|own| own.expose()), Some("NL26VAYB8060476890"));
        assert_eq!(head.issue, Issue::CopyDuplicate);
        assert_eq!(head.from, Some(date(2007, 10, 18)));
        let [entry] = &statement.entries[..] else { panic!("{name}") };
        assert_eq!((entry.side, entry.amount.minor), (Some(Side::Credit), 885));
        assert_eq!(entry.booking_date, Some(date(2014, 12, 31)));
        assert_eq!(entry.value_date, Some(date(2015, 1, 2)));
        assert_eq!(entry.references.creditor.as_deref(), Some("4654654654654654"));
        assert_eq!(entry.counterparty.name.as_ref().map(|own| own.expose()), Some("NAME NAME"));
        let account = entry.counterparty.account.as_ref().map(|own| own.expose());
        assert_eq!(account, Some("NL56AGDH9619008421"));
    }
    let Some(bytes) = file("iso20022/camt053.v8.xml") else { return };
    let entry = &read(Format::Camt, &bytes).expect("a statement")[0].entries[0];
    assert_eq!(entry.references.end_to_end.as_deref(), Some("MUELL/FINP/RA12345"));
    assert_eq!(entry.references.bank.as_deref(), Some("AAAASESS-FP-CN_98765/01"));
    assert_eq!(entry.kind.as_deref(), Some("PMNT/RCDT/BOOK"));
}

#[test]
fn a_batch_that_is_not_what_it_says_is_reported() {
    let Some(bytes) = file("iso20022/camt054.v4.xml") else { return };
    let found = read(Format::Camt, &bytes).expect("a notification");
    assert_eq!(
        reported(&found),
        [
            "line 90, Ntfctn[1]/Ntry[1]/NtryDtls/Btch/NbOfTxs: number of transactions in the entry: \
             found 2, expected 3",
            "line 91, Ntfctn[1]/Ntry[1]/NtryDtls/Btch/TtlAmt: sum of transactions in the entry: \
             found CHF 6.30, expected CHF 9.50",
        ]
    );
    let entry = &found[0].entries[0];
    assert_eq!(entry.gained(), -20_000_000);
    let ends: Vec<_> =
        entry.details.iter().map(|one| one.references.end_to_end.as_deref()).collect();
    assert_eq!(
        ends,
        [
            Some("UXC06170000006PI00001EE00001"),
            Some("UXC06170000006PI00001EE00002"),
            Some("UXC06170000006PI00001EE00002"),
        ]
    );
    let names: Vec<_> = entry
        .details
        .iter()
        .map(|one| one.counterparty.name.as_ref().map(|own| own.expose()))
        .collect();
    assert_eq!(names[2], Some("Example Creditor 3 - V3"));
}

#[test]
fn a_message_without_a_statement_is_refused() {
    let Some(bytes) = file("iso20022/camt053.v2.wrong.xml") else { return };
    let refused = read(Format::Camt, &bytes).expect_err("nothing is in it");
    assert_eq!(refused, "line 8: found `a message without a statement`, expected <Stmt>");
    for other in ["pain_002_credit_accepted.xml", "sepa_pain_001_v3.xml"] {
        let Some(bytes) = file(&format!("iso20022/{other}")) else { return };
        let refused = read(Format::Camt, &bytes).expect_err("another message");
        assert!(refused.contains("expected the namespace of camt.053"), "{refused}");
    }
}

#[test]
fn a_status_report_without_a_namespace_is_refused_and_with_one_it_is_read() {
    let Some(bytes) = file("iso20022/pain_002_credit_accepted.xml") else { return };
    let refused = status::read(&bytes[..]).expect_err("it says Xmlns").to_string();
    assert!(refused.starts_with("line 2: found `a document without a namespace`"), "{refused}");
    let right = String::from_utf8(bytes).expect("text").replacen("Xmlns=", "xmlns=", 1);
    let report = status::read(right.as_bytes()).expect("a report");
    assert_eq!(
        (report.version.as_str(), report.id.as_str()),
        ("pain.002.001.03", "abcdefg0000000")
    );
    let original = &report.original;
    assert_eq!(
        (original.id.as_str(), original.kind.as_str()),
        ("AMBCD10000000", "pain.001.001.03")
    );
    assert_eq!(
        (original.transactions, original.status),
        (Some(3), Some(Status::TechnicallyAccepted))
    );
    assert_eq!(original.control_sum.map(|sum| sum.to_string()).as_deref(), Some("5.01"));
    let said = report.of("ABCD10000000", "0000000000000108").expect("it is listed");
    assert_eq!(said.status, Status::InSettlement);
    assert_eq!(said.listed.and_then(|listed| listed.bank.as_deref()), Some("46456456"));
    let other = report.of("ABCD10000000", "another").map(|says| says.status);
    assert_eq!(other, Some(Status::TechnicallyAccepted));
    for other in ["sepa_pain_001_v3.xml", "camt053.v8.xml"] {
        let Some(bytes) = file(&format!("iso20022/{other}")) else { return };
        let refused = status::read(&bytes[..]).expect_err("another message").to_string();
        assert!(refused.contains("expected the namespace (xmlns) of pain.002"), "{refused}");
    }
}

/// Reads a document on standard input and says what its schema says of it.
const VALIDATES: &str = "
import sys, xmlschema
schema = xmlschema.XMLSchema(sys.argv[1])
errors = [f'{error.path}: {error.reason}' for error in schema.iter_errors(sys.stdin.buffer.read())]
print('\\n'.join(errors))
";

fn destination(text: &str) -> Destination {
    toml::from_str(text).expect("a destination")
}

/// What a schema of the standard says of a file that we write, by PyPI `xmlschema`. It is asked where
/// `JIAOZI_TEST_PYTHON` names a Python that has it; nothing where it is not.
fn said_by_schema(schema: &str, bytes: &[u8]) -> Option<String> {
    let schema = format!("iso20022/{schema}");
    file(&schema)?;
    let python = std::env::var("JIAOZI_TEST_PYTHON").ok()?;
    let has = Command::new(&python).args(["-c", "import xmlschema"]).output().expect("it runs");
    if !has.status.success() {
        eprintln!("passed over: {python} has no xmlschema of tests/clients/requirements.txt");
        return None;
    }
    let folder = std::env::var("JIAOZI_SHARED_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").to_owned());
    let mut asked = Command::new(&python)
        .args(["-c", VALIDATES, &format!("{folder}/{schema}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    asked.stdin.take().expect("its input").write_all(bytes).expect("it reads");
    let said = asked.wait_with_output().expect("it ends");
    assert!(said.status.success());
    Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

#[test]
fn a_file_of_payouts_is_what_the_standard_s_schema_says() {
    let transfer = |creditor: &str, amount: i64| Transfer {
        end_to_end: "0193a1b2c3d4e5f60718293a4b5c6d7e".to_owned(),
        amount,
        creditor: destination(creditor),
        remittance: "物业费 & 水费 <2026-11-29>".to_owned(),
    };
    let mut initiation = Initiation {
        message: "0193a1b2c3d4e5f60718293a4b5c6d7e".to_owned(),
        payment: "0193a1b2c3d4e5f60718293a4b5c6d7e-1".to_owned(),
        created: "2026-11-30T09:02:03.5Z".parse().expect("a time"),
        date: date(2026, 11, 30),
        debtor: destination("name = '交子银行'\naccount = '9900000001'"),
        currency: Currency::CNY,
        transactions: vec![
            transfer("name = '云和'\naccount = '6222-01'\nclearing_member = '102584000018'", 1),
            transfer(
                "name = 'A'\niban = 'ES9121000418450200051332'\nbic = 'BBVAESMM'",
                99_999_999_999_999_999,
            ),
            transfer("name = 'B'\naccount = '1'", 12_345),
        ],
    };
    for debtor in [
        "name = '交子银行'\naccount = '9900000001'",
        "name = 'B'\niban = 'GB82WEST12345698765432'\nbic = 'WESTGB22'",
    ] {
        initiation.debtor = destination(debtor);
        let bytes = write(&initiation).expect("it fits");
        let said = said_by_schema("pain.001.001.09.xsd", &bytes);
        assert_eq!(said.unwrap_or_default(), "", "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_file_of_debits_is_what_the_standard_s_schema_says() {
    let drawn = |end_to_end: &str, amount: i64| Drawn {
        end_to_end: end_to_end.to_owned(),
        amount,
        account: "622202000001".to_owned(),
    };
    for creditor in [
        "name = '交子支付待清算款项'\naccount = '9900000088'",
        "name = 'B & <C>'\niban = 'GB82WEST12345698765432'\nbic = 'WESTGB22'",
        "name = 'D'\naccount = '1'\nclearing_member = '102584000018'",
    ] {
        let debit = Debit {
            message: "0193a1b2c3d4e5f60718293a4b5c6d7e".to_owned(),
            payment: "0193a1b2c3d4e5f60718293a4b5c6d7e-1".to_owned(),
            created: "2026-11-20T02:15:00.5Z".parse().expect("a time"),
            date: date(2026, 11, 20),
            creditor: destination(creditor),
            currency: Currency::CNY,
            transactions: vec![drawn("JF0000000000000001", 1), drawn("JF0000000000000003", 15_080)],
        };
        let bytes = debit::write(&debit).expect("it fits");
        assert_eq!(debit::write(&debit).expect("it fits"), bytes);
        let said = said_by_schema("pain.008.001.08.xsd", &bytes);
        assert_eq!(said.unwrap_or_default(), "", "{}", String::from_utf8_lossy(&bytes));
    }
}
