//! Each value that a batch looks for, and each row that it changes, is one search of an index: SQLite
//! chooses its plan without knowing how large a book is.

use super::*;
use crate::facts::{Fact, for_every_shelf};
use crate::row::Row;
use crate::store::journal::Record;

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
