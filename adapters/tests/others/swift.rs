//! MT940 and MT942, with the expectations that the Python package `mt-940` keeps beside them; BAI2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiaozi_adapters::statement::{Entry, Format};
use jiaozi_ledger::money::Side;
use jiff::civil::Date;

use super::{file, read, reported};

/// One transaction of an expectation: its keys and values.
struct Expected(Vec<(String, String)>);

impl Expected {
    /// All transactions of a file.
    fn all(text: &str) -> Vec<Self> {
        let (_, transactions) = text.split_once("\ntransactions:").expect("transactions");
        let blocks = transactions.split("- !!python/object:mt940.models.Transaction\n").skip(1);
        blocks.map(Self::of).collect()
    }

    fn of(block: &str) -> Self {
        let mut values: Vec<(String, String)> = Vec::new();
        for line in block.lines().take_while(|line| !line.starts_with("  transactions:")) {
            // Keys stand four spaces deep; what continues a value stands deeper, or begins with a dash.
            let own = line.strip_prefix("    ").filter(|own| !own.starts_with([' ', '-']));
            match own.and_then(|own| own.split_once(": ")) {
                Some((key, value)) => values.push((key.to_owned(), value.to_owned())),
                None => {
                    if let Some((_, value)) = values.last_mut() {
                        value.push(' ');
                        value.push_str(line.trim());
                    }
                }
            }
        }
        Self(values)
    }

    fn text(&self, key: &str) -> Option<String> {
        let (_, value) = self.0.iter().find(|(own, _)| own == key)?;
        let value = plain(value.trim().trim_matches('\''));
        (value != "null" && !value.is_empty()).then_some(value)
    }

    /// Minor units with a sign, of a currency with two decimals.
    fn gained(&self) -> i64 {
        let amount = self.text("amount").expect("an amount");
        let number = amount.split('\'').nth(1).expect("a decimal");
        let (whole, cents) = number.split_once('.').unwrap_or((number, ""));
        format!("{whole}{cents:0<2}").parse().expect("an amount")
    }

    /// Four bytes of a pickled date.
    fn date(&self, key: &str) -> Option<Date> {
        let text = self.text(key)?;
        let bytes = STANDARD.decode(text.split_whitespace().last()?).expect("base64");
        let [high, low, month, day] = bytes[..] else { panic!("a date of {bytes:?}") };
        let signed = |byte: u8| i8::try_from(byte).expect("a month or a day");
        let year = i16::from(high) * 256 + i16::from(low);
        Some(Date::new(year, signed(month), signed(day)).expect("a date"))
    }
}

/// White space as single spaces.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn same(entry: &Entry, expected: &Expected) {
    assert_eq!(entry.gained(), expected.gained());
    assert_eq!(entry.amount.currency.as_str(), expected.text("currency").expect("a currency"));
    assert_eq!(entry.value_date, expected.date("date"));
    assert_eq!(entry.booking_date, expected.date("entry_date"));
    let side = expected.text("status").map(|word| match word.as_str() {
        "C" => Side::Credit,
        _ => Side::Debit,
    });
    assert_eq!(entry.side, side);
    if let Some(details) = expected.text("transaction_details") {
        // The package keeps the second line of the entry apart.
        let extra = expected.text("extra_details").unwrap_or_default();
        let whole = plain(&format!("{extra} {details}"));
        assert_eq!(entry.description.as_deref().map(plain), Some(whole));
    }
    // The package reads at most sixteen characters of one reference and takes the rest for details.
    if let Some(bank) = expected.text("bank_reference") {
        assert_eq!(entry.references.bank.as_deref(), Some(bank.as_str()));
    }
    if let Some(kind) = expected.text("posting_text").or_else(|| expected.text("id")) {
        assert_eq!(entry.kind.as_deref(), Some(kind.as_str()));
    }
    let other = &entry.counterparty;
    let name = other.name.as_ref().map(|name| plain(name.expose()));
    assert_eq!(name, expected.text("applicant_name"));
    assert_eq!(
        other.account.as_ref().map(|account| account.expose().to_owned()),
        expected.text("applicant_iban")
    );
    assert_eq!(other.bank, expected.text("applicant_bin"));
    let description = entry.description.as_deref().map(plain);
    match expected.text("end_to_end_reference") {
        // The package does not know the word that ends a reference here.
        Some(whole) if whole.contains("MTLG:") => {
            let (reference, rest) = whole.split_once("MTLG:").expect("the word");
            assert_eq!(entry.references.end_to_end.as_deref(), Some(reference));
            assert_eq!(description.as_deref(), Some(rest));
        }
        whole => assert_eq!(entry.references.end_to_end, whole),
    }
    if let Some(purpose) = expected.text("purpose") {
        assert_eq!(description, Some(purpose));
    }
}

#[test]
fn messages_are_what_the_python_package_finds_in_them() {
    for (name, statements, report) in [
        (
            "abnamro",
            2,
            vec![
                "line 27, field 62F: closing balance: found EUR 876.84, expected EUR 2914.84",
                "line 40, field 62M: closing balance: found EUR 1849.75, expected EUR 2852.35",
            ],
        ),
        ("generic", 2, vec![]),
        ("mt942", 1, vec!["line 11, field 90D: sum of debits: found EUR 2.30, expected EUR 0.42"]),
        (
            "sepa_snippet",
            2,
            vec![
                "line 55, field 62F: closing balance: found EUR -4472049.09, expected EUR -4472349.17",
            ],
        ),
    ] {
        let (Some(bytes), Some(expected)) =
            (file(&format!("statements/{name}.sta")), file(&format!("statements/{name}.yml")))
        else {
            return;
        };
        let found = read(Format::Mt, &bytes).expect(name);
        assert_eq!(found.len(), statements, "{name}");
        assert_eq!(reported(&found), report, "{name}");
        let expected = Expected::all(std::str::from_utf8(&expected).expect("text"));
        let entries: Vec<&Entry> = found.iter().flat_map(|one| &one.entries).collect();
        assert_eq!(entries.len(), expected.len(), "{name}");
        for (entry, expected) in entries.into_iter().zip(&expected) {
            println!("{name}, {}", entry.place);
            same(entry, expected);
        }
    }
}

#[test]
fn heads_are_read() {
    let Some(bytes) = file("statements/sepa_snippet.sta") else { return };
    let found = read(Format::Mt, &bytes).expect("statements");
    let head = &found[1].head;
    let account = head.account.as_ref().map(|account| account.expose());
    assert_eq!(account, Some("50880050/0194791600888"));
    assert_eq!(head.id.as_deref(), Some("T089414096000001"));
    assert_eq!((head.number.as_deref(), head.page.as_deref()), (Some("00004"), Some("00001")));
    let opening = head.opening.as_ref().expect("an opening balance");
    assert_eq!(opening.amount.to_string(), "EUR -1970431.87");
    let reference = found[0].entries[3].references.ours.as_deref();
    assert_eq!(reference, Some("TFNr 01022 MSGID CTSc-01 EBB"));
}

#[test]
fn bai2_balances_on_every_level() {
    for (name, accounts) in [
        ("bai2-sample1.txt", vec![("10200123456", 11), ("10200123456", 6)]),
        (
            "bai2-sample2.txt",
            vec![
                ("0123456789", 1),
                ("9876543210", 1),
                ("4589761203", 2),
                ("0975312468", 0),
                ("7890654321", 0),
            ],
        ),
    ] {
        let Some(bytes) = file(&format!("statements/{name}")) else { return };
        let found = read(Format::Bai2, &bytes).expect(name);
        assert_eq!(reported(&found), Vec::<String>::new(), "{name}");
        let read: Vec<(&str, usize)> = found
            .iter()
            .map(|one| {
                let account = one.head.account.as_ref().map_or("", |account| account.expose());
                (account, one.entries.len())
            })
            .collect();
        assert_eq!(read, accounts, "{name}");
    }
    let Some(bytes) = file("statements/bai2-sample2.txt") else { return };
    let found = read(Format::Bai2, &bytes).expect("accounts");
    let entry = &found[2].entries[0];
    assert_eq!(entry.amount.to_string(), "USD 200000.00");
    assert_eq!(entry.references.bank.as_deref(), Some("SP4738"));
    assert_eq!(entry.references.ours.as_deref(), Some("YRC065321"));
    let text = "PROCEEDS OF LETTER OF CREDIT FROM THE ARAMCO OIL CO";
    assert_eq!(entry.description.as_deref(), Some(text));
}
