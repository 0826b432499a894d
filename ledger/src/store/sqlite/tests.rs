//! Each value that a batch looks for, and each row that it changes, is one search of an index: SQLite
//! chooses its plan without knowing how large a book is.

use super::*;
use crate::facts::{Fact, for_every_shelf};
use crate::row::{Row, fixed};
use crate::store::journal::Record;
use std::collections::BTreeMap;

async fn plan(engine: &SqliteEngine, sql: &str) -> Vec<String> {
    let sql = format!("explain query plan {sql}");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&engine.readers).await.expect("a plan");
    rows.iter().map(|row| row.get::<String, _>(3)).collect()
}

fn searches(plan: &[String], columns: &[&str]) -> bool {
    let terms: Vec<String> = columns.iter().map(|column| format!("{column}=?")).collect();
    let wanted = format!("({})", terms.join(" AND "));
    plan.iter().any(|step| step.starts_with("SEARCH t ") && step.contains(&wanted))
}

async fn all_are_searched<T: Fact>(engine: &SqliteEngine) {
    let table = T::TABLE;
    for column in T::LOOKUPS.iter().chain(&["id"]) {
        for by_id in [true, false] {
            let plan = plan(engine, &select_sql(&table, column, by_id)).await;
            assert!(searches(&plan, &["book", column]), "{} by {column}: {plan:?}", table.name);
        }
    }
    if table.columns.iter().any(|column| !column.fixed) {
        for rows in CHUNKS {
            let plan = plan(engine, &update_sql(&table, rows)).await;
            assert!(searches(&plan, &["book", "id"]), "{}, {rows} rows: {plan:?}", table.name);
        }
    }
}

/// Every table of the database with its columns, and the columns that an index finds: those behind
/// `book` at the head of one that leaves nothing out but nulls.
async fn indexed(engine: &SqliteEngine) -> Vec<(Table, &'static str)> {
    let sql = "select m.name, c.name, c.type from sqlite_master m join pragma_table_info(m.name) c \
               where m.type = 'table' and c.name <> 'book' and m.name not like '\\_sqlx%' escape '\\'";
    let rows = sqlx::query(sql).fetch_all(&engine.readers).await.expect("the columns");
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in &rows {
        let name: &'static str = row.get::<String, _>(1).leak();
        let kind = if row.get::<String, _>(2) == "BLOB" { Kind::Id } else { Kind::Text };
        tables.entry(row.get(0)).or_default().push(fixed(name, kind));
    }
    let sql = "select m.name, i.name from sqlite_master m join pragma_index_list(m.name) l \
               join pragma_index_info(l.name) b on b.seqno = 0 and b.name = 'book' \
               join pragma_index_info(l.name) i on i.seqno = 1 \
               left join sqlite_master s on s.name = l.name \
               where m.type = 'table' and (l.partial = 0 or s.sql like '% is not null')";
    let rows = sqlx::query(sql).fetch_all(&engine.readers).await.expect("the indexes");
    let found = rows.iter().filter_map(|row| {
        let (name, column) = (row.get::<String, _>(0), row.get::<String, _>(1));
        let columns = tables.get(&name)?.clone().leak();
        let table = Table { name: name.leak(), key: &[], columns };
        Some((table, columns.iter().find(|of| of.name == column)?.name))
    });
    found.collect()
}

#[tokio::test]
async fn what_an_index_finds_is_searched_and_nothing_is_walked_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("jiaozi.db").display());
    let engine = SqliteEngine::open(&url).await.expect("opens");
    let indexed = indexed(&engine).await;
    assert!(
        indexed.iter().any(|(table, column)| (table.name, *column) == ("identities", "person"))
    );
    for (table, column) in indexed {
        for by_id in [true, false] {
            let plan = plan(&engine, &select_sql(&table, column, by_id)).await;
            assert!(searches(&plan, &["book", column]), "{} by {column}: {plan:?}", table.name);
        }
    }
}

#[tokio::test]
async fn a_batch_never_walks_through_a_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("jiaozi.db").display());
    let engine = SqliteEngine::open(&url).await.expect("opens");
    macro_rules! every_shelf {
        ($(($field:ident, $type:ty)),* $(,)?) => { $(all_are_searched::<$type>(&engine).await;)* };
    }
    for_every_shelf!(every_shelf);
    let plan = plan(&engine, &select_sql(&Record::TABLE, "scope", true)).await;
    assert!(searches(&plan, &["book", "scope"]), "{plan:?}");
}
