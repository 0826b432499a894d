//! Both engines have the same tables, columns, keys and indexes, and the statements of a batch find
//! their rows by them.
#![cfg(feature = "store")]

mod support;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::approval::Approval;
use jiaozi_ledger::bill::{Bill, BillPayment, BillVersion};
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::instruction::file::InstructionFile;
use jiaozi_ledger::mandate::Mandate;
use jiaozi_ledger::operator::Operator;
use jiaozi_ledger::order::{Order, Refund};
use jiaozi_ledger::posting::{Debt, Entry};
use jiaozi_ledger::row::{Cell, Kind, Row, Table};
use jiaozi_ledger::statement::{Statement, StatementLine};
use jiaozi_ledger::store::Store;
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::withholding::{Batch, BatchLine};
use std::collections::BTreeSet;
use support::{postgres, sqlite};

const SQLITE_INDEXES: &str = "select case l.origin when 'pk' then '' else l.name end as name,
        m.name, l.\"unique\", group_concat(i.name, ',') from sqlite_master m
    join pragma_index_list(m.name) l join pragma_index_info(l.name) i
    where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '\\_sqlx%' escape '\\'
    group by m.name, l.name order by 1, 2";

const POSTGRES_INDEXES: &str =
    "select case when x.indisprimary then '' else i.relname end::text as name,
        t.relname::text, x.indisunique::int::bigint, string_agg(a.attname, ',' order by k.place)
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    join unnest(x.indkey) with ordinality as k(attribute, place) on true
    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attribute
    where t.relnamespace = current_schema()::regnamespace and t.relname not like '\\_sqlx%'
    group by 1, 2, 3, i.relname order by 1, 2";

async fn indexes(store: &Store, sql: &str) -> BTreeSet<(String, String, bool, String)> {
    let kinds = vec![Kind::Text, Kind::Text, Kind::Int, Kind::Text];
    let query = Query { sql: sql.to_owned(), binds: vec![], kinds };
    let rows = store.engine().read(query).await.expect("read");
    rows.into_iter()
        .map(|row| match <[Cell; 4]>::try_from(row) {
            Ok([Cell::Text(name), Cell::Text(table), Cell::Int(unique), Cell::Text(columns)]) => {
                (name, table, unique != 0, columns)
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn both_engines_have_the_same_schema() {
    let Some((postgres, _)) = postgres().await else { return };
    let (sqlite, _, _folder) = sqlite().await;
    let columns = |schema: Vec<(String, String, bool)>| schema.into_iter().collect::<BTreeSet<_>>();
    let (here, there) =
        (sqlite.schema().await.expect("read"), postgres.schema().await.expect("read"));
    assert_eq!(columns(here), columns(there));
    let here = indexes(&sqlite, SQLITE_INDEXES).await;
    let mut there = indexes(&postgres, POSTGRES_INDEXES).await;
    // A key of one number is the table itself in SQLite, not an index.
    assert!(there.remove(&(String::new(), "books".to_owned(), true, "book".to_owned())));
    assert!(here.len() > 20, "{here:?}");
    assert_eq!(here, there);
}

fn tables() -> Vec<Table> {
    vec![
        Account::TABLE,
        Hold::TABLE,
        Bill::TABLE,
        BillVersion::TABLE,
        BillPayment::TABLE,
        Order::TABLE,
        Refund::TABLE,
        Day::TABLE,
        Entry::TABLE,
        Debt::TABLE,
        Record::TABLE,
        Operator::TABLE,
        Approval::TABLE,
        Instruction::TABLE,
        InstructionFile::TABLE,
        Draw::TABLE,
        Mandate::TABLE,
        Batch::TABLE,
        BatchLine::TABLE,
        Statement::TABLE,
        StatementLine::TABLE,
        Break::TABLE,
    ]
}

#[tokio::test]
async fn records_and_tables_have_the_same_columns() {
    let (store, _, _folder) = sqlite().await;
    let schema = store.schema().await.expect("read");
    for table in tables() {
        let mut stored: Vec<&str> = schema
            .iter()
            .filter(|(name, column, _)| name == table.name && column != "book")
            .map(|(_, column, _)| column.as_str())
            .collect();
        stored.sort_unstable();
        let mut own: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        own.sort_unstable();
        assert_eq!(own, stored, "{}", table.name);
    }
}

#[test]
fn the_columns_of_the_key_come_first() {
    for table in tables() {
        let first: Vec<&str> =
            table.columns.iter().take(table.key.len()).map(|column| column.name).collect();
        assert_eq!(first, table.key, "{}", table.name);
    }
}
