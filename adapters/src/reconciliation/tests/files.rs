//! Files put on record.

use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::StatementId;
use jiaozi_ledger::money::Fen;
use jiff::civil::date;

use crate::books::{Books, Said};
use crate::reconciliation::take::{TakeLines, TakeStatement, TakenLine};
use crate::spec::statement::LineStatus;
use crate::spec::statement_line::StatementLine;

fn begin(books: &mut Books, hash: &str, lines: i64) -> Said {
    let day = date(2026, 11, 20);
    books.run(&TakeStatement {
        scope: TakeStatement::scope_of("water", day, hash),
        partner: "water".to_owned(),
        date: day,
        content_hash: hash.to_owned(),
        name: "a.txt".to_owned(),
        lines,
        sum: Fen(lines * 100),
    })
}

fn go_on(books: &mut Books, statement: StatementId, part: usize, lines: &[&str]) -> Said {
    let line = |(reference, line): (&&str, i64)| TakenLine {
        line,
        of: StatementLine {
            reference: (*reference).to_owned(),
            customer: None,
            amount_fen: 100,
            at: Some(date(2026, 11, 20).at(9, 30, 0, 0)),
            status: LineStatus::Paid,
        },
    };
    books.run(&TakeLines {
        scope: TakeLines::scope_of("water", statement, part),
        partner: "water".to_owned(),
        statement,
        lines: lines.iter().zip(1..).map(line).collect(),
    })
}

fn id(said: &Said) -> StatementId {
    serde_json::from_value(said.body["statement"].clone()).expect("a file")
}

#[test]
fn a_file_counts_once_all_its_lines_are_there() {
    let mut books = Books::new("2026-11-20T20:00:00+08:00", &[]);
    let first = begin(&mut books, "aa", 3).done();
    assert_eq!((&first.body["number"], first.body["completed_at"].is_null()), (&0.into(), true));
    let some = go_on(&mut books, id(&first), 0, &["1", "2"]).done();
    assert!(some.body["completed_at"].is_null());
    assert_eq!(go_on(&mut books, id(&first), 1, &["3", "4"]).verdict, Verdict::Declined);
    let all = go_on(&mut books, id(&first), 1, &["3"]).done();
    assert!(!all.body["completed_at"].is_null());
    assert_eq!(books.statement_lines.len(), 3);
    assert_eq!(books.statement_lines[0].reference_key, "water/1");
    assert_eq!(books.statement_lines[0].paid_at, Some(20_261_120_093_000));
}

#[test]
fn a_corrected_file_has_the_next_number_and_an_empty_one_is_complete_at_once() {
    let mut books = Books::new("2026-11-20T20:00:00+08:00", &[]);
    begin(&mut books, "aa", 3).done();
    let second = begin(&mut books, "bb", 0).done();
    assert_eq!((&second.body["number"], second.body["completed_at"].is_null()), (&1.into(), false));
}
