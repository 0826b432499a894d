//! What a statement lists, as items.

use jiff::civil::{Date, date};

use super::spec;
use crate::mirror::lines::{self, Line};
use crate::spec::mirror::MirrorSpec;
use crate::statement::{Format, Statement, collect, read};

const DAY: Date = date(2026, 11, 20);

fn only(format: Format, text: &str) -> Statement {
    let mut all = collect(read(format, text.as_bytes())).expect("a statement");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// The lines of an MT940 with one entry.
fn of_mt(line: &str, information: &str) -> Line {
    let text = format!(
        ":20:S\n:25:1\n:28C:1\n:60F:C261119CNY100,\n:61:2611201120D5,{line}\n:86:{information}\n\
         :62F:C261120CNY95,\n-\n"
    );
    let statement = only(Format::Mt, &text);
    lines::of(&statement.entries[0], DAY, &spec()).remove(0)
}

/// The lines of a camt.053 with one entry, a debit of 10.00.
fn of_camt(inner: &str) -> Vec<Line> {
    by(inner, &spec())
}

fn by(inner: &str, spec: &MirrorSpec) -> Vec<Line> {
    let balance = |code, sum| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{sum}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>"
        )
    };
    let text = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt>\
         <Id>S</Id><Acct><Id><Othr><Id>1</Id></Othr></Id></Acct>{}{}<Ntry><Amt Ccy=\"CNY\">10.00</Amt>\
         <CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>{inner}</Ntry></Stmt></BkToCstmrStmt></Document>",
        balance("OPBD", "100.00"),
        balance("CLBD", "90.00"),
    );
    let statement = only(Format::Camt, &text);
    assert!(statement.ending.balances(), "{:?}", statement.ending.imbalances);
    lines::of(&statement.entries[0], DAY, spec)
}

/// A code of ISO 20022 for what an entry is.
fn code(domain: &str, family: &str, sub: &str) -> String {
    format!(
        "<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    )
}

#[test]
fn a_charge_is_known_by_its_type_whatever_text_stands_beside_it() {
    for information in ["free text", "808?00ENTGELT?20SVWZ+month"] {
        assert_eq!(of_mt("NCHGNONREF", information).kind.as_deref(), Some("NCHG"));
        assert_eq!(of_mt("NTRFNONREF", information).kind, None);
    }
    let mut by_text = spec();
    by_text.matching.charges = vec!["ENTGELT".to_owned(), "PMNT/MCOP/CHRG".to_owned()];
    let statement = only(
        Format::Mt,
        ":20:S\n:25:1\n:28C:1\n:60F:C261119CNY100,\n:61:2611201120D5,NCHGNONREF\n:86:808?00ENTGELT\n\
         :62F:C261120CNY95,\n-\n",
    );
    let line = lines::of(&statement.entries[0], DAY, &by_text).remove(0);
    assert_eq!(line.kind.as_deref(), Some("ENTGELT"));
}

#[test]
fn the_words_for_charges_of_the_example_are_those_that_statements_have() {
    let example = include_str!("../../../../partner-specs/examples/core-bank.toml");
    let calendar = include_str!("../../../../partner-specs/calendars/cn-bank.toml");
    let calendar = crate::spec::calendar::Calendar::parse("cn-bank.toml", calendar);
    let calendars = [calendar.expect("a calendar")].into_iter().collect();
    let example = MirrorSpec::parse("core-bank.toml", example, &calendars);
    let example = example.expect("a specification");
    let charge = by(&code("PMNT", "MCOP", "CHRG"), &example).remove(0);
    assert_eq!(charge.kind.as_deref(), Some("PMNT/MCOP/CHRG"));
}

#[test]
fn what_is_sent_back_takes_an_earlier_one_back() {
    assert!(of_mt("NRTINONREF", "free text").returned);
    assert!(!of_mt("NTRFNONREF", "free text").returned);
    assert!(of_mt("NTRFNONREF", "/RTRN/AC04/EREF/E-1").returned);
    assert!(of_camt(&code("PMNT", "ICDT", "RRTN"))[0].returned);
    assert!(!of_camt(&code("PMNT", "ICDT", "ESCT"))[0].returned);
    let transaction = |amount: &str, more: &str| {
        format!("<TxDtls><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>{more}</TxDtls>")
    };
    let reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
    let alone = format!("<NtryDtls>{}</NtryDtls>", transaction("10.00", reason));
    assert!(of_camt(&alone)[0].returned);
    let several =
        format!("<NtryDtls>{}{}</NtryDtls>", transaction("4.00", reason), transaction("6.00", ""));
    let returned: Vec<(i64, bool)> =
        of_camt(&several).iter().map(|line| (line.amount, line.returned)).collect();
    assert_eq!(returned, [(-400, true), (-600, false)]);
}

#[test]
fn a_batch_may_be_told_from_the_payees_side() {
    let transaction = |amount: &str, side: &str, reference: &str| {
        format!(
            "<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy=\"CNY\">{amount}</Amt>\
             <CdtDbtInd>{side}</CdtDbtInd></TxDtls>"
        )
    };
    let (first, second) = (transaction("4.00", "CRDT", "A"), transaction("6.00", "CRDT", "B"));
    let lines = of_camt(&format!("<NtryDtls>{first}{second}</NtryDtls>"));
    let found: Vec<(Option<&str>, i64)> =
        lines.iter().map(|line| (line.reference.as_deref(), line.amount)).collect();
    assert_eq!(found, [(Some("A"), -400), (Some("B"), -600)]);
}

#[test]
fn an_end_to_end_reference_is_read_between_slashes_too() {
    let id = "0190f3c2a1b07d5e8f00112233445566";
    let of = |information: &str| of_mt("NTRF0190f3c2a1b07d5e", information).reference;
    assert_eq!(of(&format!("/TRTP/SEPA OVERBOEKING/EREF/{id}/NAME/X")).as_deref(), Some(id));
    // A line ends after 65 characters, wherever that is.
    let cut =
        format!("/TRTP/TRANSFER/IBAN/CN12/NAME/SOMEONE/EREF/{}\n{}/REMI/x", &id[..20], &id[20..]);
    assert_eq!(of(&cut).as_deref(), Some(id));
    assert_eq!(of(&format!("/EREF/{id}")).as_deref(), Some(id));
    assert_eq!(of("/EREF/INV/2026/7/REMI/x").as_deref(), Some("INV/2026/7"));
    assert_eq!(of("/EREF/NOTPROVIDED/REMI/x").as_deref(), Some("0190f3c2a1b07d5e"));
    assert_eq!(of("a letter about /EREF/nothing").as_deref(), Some("0190f3c2a1b07d5e"));
}
