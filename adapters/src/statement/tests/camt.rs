//! camt.053 and camt.054.

use jiaozi_ledger::money::Side;

use super::samples::{balance, file, message};
use super::{reported, said, statements};
use crate::statement::Format;
use crate::statement::entry::Status;

/// A statement of 100.00 that closes with 90.00, around entries.
fn around(version: &str, entries: &str) -> Vec<u8> {
    let (opening, closing) = (balance("PRCD", 10_000), balance("CLBD", 9_000));
    let acct = "<Acct><Id><IBAN>CN1</IBAN></Id></Acct>";
    message(version, &format!("<Stmt><Id>S</Id>{acct}{opening}{closing}{entries}</Stmt>\n"))
        .into_bytes()
}

const OLD: &str = "<Ntry><Amt Ccy=\"CNY\">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>\
    <Sts>BOOK</Sts><BookgDt><DtTm>2026-11-20T09:30:00+08:00</DtTm></BookgDt><BkTxCd><Prtry><Cd>77</Cd></Prtry>\
    </BkTxCd><Chrgs><Amt Ccy=\"CNY\">0.10</Amt></Chrgs><Chrgs><Amt Ccy=\"CNY\">0.05</Amt></Chrgs><NtryDtls>\
    <TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><MndtId>M7</MndtId></Refs><RltdPties><Dbtr><Nm>Debtor \
    &amp; Co</Nm></Dbtr><Cdtr><Nm>Creditor</Nm></Cdtr></RltdPties><RmtInf><Ustrd>water</Ustrd><Ustrd><![CDATA[fee\
    ]]></Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>";

#[test]
fn old_and_new_versions_are_read_alike() {
    let new = OLD
        .replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>")
        .replace("<Nm>", "<Pty><Nm>")
        .replace("</Nm>", "</Nm></Pty>")
        .replace("<Chrgs>", "<Chrgs><Rcrd>")
        .replace("</Chrgs>", "</Rcrd></Chrgs>");
    for (version, entry) in [("camt.053.001.02", OLD), ("camt.053.001.08", new.as_str())] {
        let all = statements(Format::Camt, &around(version, entry)).unwrap();
        assert_eq!(all[0].ending.imbalances, [], "{version}");
        assert_eq!(all[0].head.kind, version);
        let [entry] = &all[0].entries[..] else { panic!("{version}") };
        assert_eq!((entry.gained(), entry.reversal), (-1_000, true));
        assert_eq!(entry.status, Status::Booked);
        assert_eq!(entry.at.unwrap().to_string(), "2026-11-20T09:30:00");
        assert_eq!(entry.fees.unwrap().minor, 15);
        assert_eq!(entry.references.end_to_end, None);
        assert_eq!(entry.references.mandate.as_deref(), Some("M7"));
        // In a reversal everyone keeps the role of what is reversed.
        assert_eq!(entry.counterparty.name.as_ref().unwrap().expose(), "Debtor & Co");
        assert_eq!(entry.description.as_deref(), Some("water\nfee"));
        assert_eq!(entry.place.at, "Stmt[1]/Ntry[1]");
    }
}

#[test]
fn prefixes_comments_and_unknown_elements_change_nothing() {
    let bytes = around("camt.053.001.04", OLD);
    let text = String::from_utf8(bytes).unwrap();
    let prefixed = text
        .replace("xmlns=", "xmlns:c=")
        .replace("</", "</c:")
        .replace('<', "<c:")
        .replace("<c:/c:", "</c:")
        .replace("<c:?xml", "<?xml")
        .replace("<c:![CDATA[", "<![CDATA[")
        .replace("<c:Stmt>", "<!-- > --><c:Stmt><?go on?><c:RltdAcct><c:Ntry/></c:RltdAcct>");
    let plain = statements(Format::Camt, text.as_bytes()).unwrap();
    let read = statements(Format::Camt, prefixed.as_bytes()).unwrap();
    assert_eq!(read[0].entries, plain[0].entries);
}

#[test]
fn pending_entries_are_not_in_the_balance() {
    let pending = OLD.replace("BOOK", "PDNG");
    let entries = format!("{OLD}{pending}");
    let all = statements(Format::Camt, &around("camt.053.001.02", &entries)).unwrap();
    assert_eq!(all[0].entries[1].status, Status::Pending);
    assert!(all[0].ending.balances());
}

#[test]
fn a_broken_message_is_refused_or_reported_with_its_place() {
    let bytes = around("camt.053.001.02", OLD);
    said(
        Format::Camt,
        &bytes,
        &[
            (
                "camt.053.001.02",
                "camt.053.001.99",
                "line 2: found `urn:iso:std:iso:20022:tech:xsd:camt.053.001.99`, expected the namespace of camt.053.001.02 to .08 or camt.054.001.02 to .08",
            ),
            (
                "\">10.00<",
                "\">10.005<",
                "line 7, Stmt[1]/Ntry[1]/Amt: found `10.005`, expected at most 2 decimals, for CNY has no smaller unit",
            ),
            (
                "\">10.00<",
                "\">1e1<",
                "line 7, Stmt[1]/Ntry[1]/Amt: found `1e1`, expected an amount such as 1234.50",
            ),
            (
                "\">10.00<",
                "\">-10.00<",
                "line 7, Stmt[1]/Ntry[1]/Amt: found `-10.00`, expected an amount such as 1234.50",
            ),
            (
                "CNY\">10.00<",
                "yuan\">10.00<",
                "line 7, Stmt[1]/Ntry[1]/Amt: found `yuan`, expected an attribute Ccy such as CNY",
            ),
            (
                "2026-11-20T09",
                "2026-11-31T09",
                "line 7, Stmt[1]/Ntry[1]/BookgDt/DtTm: found `2026-11-31T09:30:00+08:00`, expected a date such as 2026-11-20, with or without a time",
            ),
            ("<Sts>BOOK</Sts>", "", "line 7, Stmt[1]/Ntry[1]: found `none`, expected <Sts>"),
            (
                "<CdtDbtInd>DBIT",
                "<CdtDbtInd>D",
                "line 7, Stmt[1]/Ntry[1]/CdtDbtInd: found `D`, expected CRDT or DBIT",
            ),
            (
                "<RvslInd>true",
                "<RvslInd>yes",
                "line 7, Stmt[1]/Ntry[1]/RvslInd: found `yes`, expected true or false",
            ),
            (
                "<Cd>CLBD",
                "<Cd>CLAV",
                "line 7, Stmt[1]: found `none`, expected a closing balance (CLBD)",
            ),
            (
                "<Cd>PRCD",
                "<Cd>OPAV",
                "line 5, Stmt[1]: found `none`, expected an opening balance (OPBD or PRCD) before the entries",
            ),
            (
                "<Cd>PRCD",
                "<Cd>CLBD",
                "line 6, Stmt[1]/Bal[2]: found `CLBD twice`, expected each balance once",
            ),
            (
                "</Ntry>",
                "</Entry>",
                "line 7, Stmt[1]/Ntry[1]: found `ill-formed document: expected `</Ntry>`, but `</Entry>` was…`, expected well-formed XML",
            ),
            ("</Document>", "", "line 10: found `the end of the file`, expected well-formed XML"),
            (
                "</Document>",
                "</Document><More/>",
                "line 9: found `more`, expected the end of the file",
            ),
            (
                "<Document",
                "<!DOCTYPE D [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Document",
                "line 2: found `<!DOCTYPE`, expected no document type",
            ),
            (
                "&amp;",
                "&x;",
                "line 7, Stmt[1]/Ntry[1]/NtryDtls/TxDtls[1]/RltdPties/Dbtr/Nm: found `&x;`, expected no entities",
            ),
            ("UTF-8", "GBK", "line 1: found `GBK`, expected encoding UTF-8"),
            (
                "\">10.00<",
                "\">10.01<",
                "line 6, Stmt[1]/Bal[2]: closing balance: found CNY 90.00, expected CNY 89.99",
            ),
        ],
    );
}

#[test]
fn totals_are_compared_where_they_are_given() {
    said(
        Format::Camt,
        &file(Format::Camt, 3),
        &[
            (
                "<NbOfNtries>3<",
                "<NbOfNtries>4<",
                "line 10, Stmt[1]/TxsSummry/TtlNtries/NbOfNtries: number of entries: found 4, expected 3",
            ),
            (
                "<Sum>",
                "<Sum>1",
                "line 10, Stmt[1]/TxsSummry/TtlNtries/Sum: sum of entries: found CNY 13.06, expected CNY 3.06",
            ),
            (
                "<NbOfNtries>3<",
                "<NbOfNtries>three<",
                "line 10, Stmt[1]/TxsSummry/TtlNtries/NbOfNtries: found `three`, expected a number",
            ),
        ],
    );
}

#[test]
fn a_batch_keeps_its_transactions_and_is_compared_with_them() {
    let one = |amount: &str, id: &str| {
        format!(
            "<TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs><Amt Ccy=\"CNY\">{amount}</Amt></TxDtls>"
        )
    };
    let entry = format!(
        "<Ntry><Amt Ccy=\"CNY\">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><NtryDtls><Btch>\
         <NbOfTxs>2</NbOfTxs><TtlAmt Ccy=\"CNY\">10.00</TtlAmt></Btch>{}{}</NtryDtls></Ntry>",
        one("4.00", "A"),
        one("6.00", "B")
    );
    let bytes = around("camt.053.001.02", &entry);
    let all = statements(Format::Camt, &bytes).unwrap();
    assert_eq!(all[0].ending.imbalances, []);
    let details = &all[0].entries[0].details;
    let ids: Vec<_> = details.iter().map(|one| one.references.end_to_end.as_deref()).collect();
    assert_eq!(ids, [Some("A"), Some("B")]);
    assert_eq!(details[0].side, Some(Side::Debit));
    let changed = super::changed(&bytes, ">6.00<", ">6.01<");
    assert_eq!(
        reported(Format::Camt, &changed),
        [
            "line 7, Stmt[1]/Ntry[1]/NtryDtls/Btch/TtlAmt: sum of transactions in the entry: found CNY \
             10.00, expected CNY 10.01",
            "line 7, Stmt[1]/Ntry[1]/Amt: sum of transactions in the entry: found CNY 10.00, expected CNY \
             10.01",
        ]
    );
}

#[test]
fn a_notification_needs_no_balance() {
    let text = message("camt.054.001.04", &format!("<Ntfctn><Id>N</Id>{OLD}</Ntfctn>"));
    let all = statements(Format::Camt, text.as_bytes()).unwrap();
    assert_eq!((all[0].head.opening.as_ref(), all[0].entries.len()), (None, 1));
    assert!(all[0].ending.balances());
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = format!("{}{}", "<a>".repeat(60), "</a>".repeat(60));
    let entry = OLD.replace("<NtryDtls>", &format!("{deep}<NtryDtls>"));
    let refused = statements(Format::Camt, &around("camt.053.001.02", &entry)).unwrap_err();
    assert!(refused.ends_with("expected elements at most 40 deep"), "{refused}");
    let wide = OLD.replace("<RmtInf>", &format!("<X>{}</X><RmtInf>", "<a/>".repeat(5_000)));
    let refused = statements(Format::Camt, &around("camt.053.001.02", &wide)).unwrap_err();
    assert!(refused.ends_with("expected at most 4000 elements"), "{refused}");
    for long in
        ["x".repeat(70_000), "x&amp;".repeat(40_000), format!("<!--{}-->", "x".repeat(70_000))]
    {
        let entry = OLD.replace("water", &long);
        let refused = statements(Format::Camt, &around("camt.053.001.02", &entry)).unwrap_err();
        assert!(refused.ends_with("expected at most 65536 bytes"), "{refused}");
    }
}

#[test]
fn a_period_may_end_with_the_midnight_after_its_last_day() {
    let head = |from: &str, to: &str, closing: &str| {
        let period =
            format!("<Id>S</Id><FrToDt><FrDtTm>{from}</FrDtTm><ToDtTm>{to}</ToDtTm></FrToDt>");
        let text = String::from_utf8(around("camt.053.001.02", OLD)).unwrap();
        let text = text.replacen("<Id>S</Id>", &period, 1);
        let (before, last) = text.rsplit_once("<Dt><Dt>2026-11-20").unwrap();
        let text = format!("{before}<Dt><Dt>{closing}{last}");
        let head = statements(Format::Camt, text.as_bytes()).unwrap().remove(0).head;
        (head.from.unwrap().to_string(), head.to.unwrap().to_string())
    };
    for (from, to, closing, days) in [
        ("2026-11-20T00:00:00", "2026-11-21T00:00:00", "2026-11-20", ("2026-11-20", "2026-11-20")),
        ("2026-11-20T00:00:00", "2026-11-20T24:00:00", "2026-11-20", ("2026-11-20", "2026-11-20")),
        ("2026-11-20T00:00:00", "2026-11-20T23:59:59", "2026-11-20", ("2026-11-20", "2026-11-20")),
        // Some write no time but midnight, and mean whole days.
        ("2026-11-20T00:00:00", "2026-11-20T00:00:00", "2026-11-20", ("2026-11-20", "2026-11-20")),
        ("2026-11-01T00:00:00", "2026-11-30T00:00:00", "2026-11-30", ("2026-11-01", "2026-11-30")),
        ("2026-11-01T00:00:00", "2026-12-01T00:00:00", "2026-11-30", ("2026-11-01", "2026-11-30")),
        ("2026-11-01", "2026-11-30", "2026-11-30", ("2026-11-01", "2026-11-30")),
    ] {
        assert_eq!(head(from, to, closing), (days.0.to_owned(), days.1.to_owned()), "{from} {to}");
    }
}
