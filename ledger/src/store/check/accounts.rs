//! Compares every account with what the chain says of it: the event that opened it, and those that
//! changed its limits or status since.

use super::next;
use crate::account::{Account, CHANGED, OPENED, Terms};
use crate::decision::Verdict;
use crate::row::{Cell, Corrupt, Kind};
use crate::store::engine::Query;
use crate::store::{BOOK, Store, StoreError};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

/// How many accounts are compared at a time: each takes some hundred bytes of memory.
const AT_A_TIME: i64 = 250_000;

/// What the data of an event list, besides what else it says. Data that do not read list nothing.
#[derive(Default, Deserialize)]
struct Said {
    accounts: Vec<Terms>,
}

/// An account as its row is, and whether that is what was last said of it.
struct Found {
    terms: Terms,
    as_said: bool,
}

/// How many accounts are not as the chain says, or on one side only. The head was at `up_to` when the
/// check began: what is said later may have reached the rows or not.
pub(super) async fn offenders(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    offenders_in_parts(store, up_to, AT_A_TIME).await
}

async fn offenders_in_parts(store: &Store, up_to: i64, part: i64) -> Result<i64, StoreError> {
    let mut wrong = 0;
    let mut from = Some(Uuid::nil());
    while let Some(first) = from {
        let mut found = read(store, first, part).await?;
        let last = found.keys().max().copied();
        let whole = usize::try_from(part) == Ok(found.len());
        // The last part goes on to the end of all identifiers.
        let last = last.filter(|_| whole).unwrap_or(Uuid::max());
        wrong += compare(store, &mut found, (first, last), up_to).await?;
        wrong += found.values().filter(|found| !found.as_said).count() as i64;
        from = last.as_u128().checked_add(1).map(Uuid::from_u128);
    }
    Ok(wrong)
}

/// So many accounts from an identifier on.
async fn read(store: &Store, from: Uuid, part: i64) -> Result<HashMap<Uuid, Found>, StoreError> {
    let binds = vec![Cell::Id(from), Cell::Int(part)];
    let query = Query::rows::<Account>("id >= $2 order by id limit $3", binds);
    let mut accounts = store.engine().stream(query);
    let mut found = HashMap::new();
    while let Some(account) = next::<Account>(&mut accounts).await? {
        found.insert(account.id.0, Found { terms: account.terms(), as_said: false });
    }
    Ok(found)
}

/// Goes through everything that was ever said of accounts within a range of identifiers, after their
/// rows were read, so that all of it is there. Returns how many have no row.
async fn compare(
    store: &Store,
    found: &mut HashMap<Uuid, Found>,
    (first, last): (Uuid, Uuid),
    up_to: i64,
) -> Result<i64, StoreError> {
    let mut missing = 0;
    let mut events = store.engine().stream(Query {
        sql: "select seq, data from journal \
              where book = $1 and verdict = $2 and kind in ($3, $4) order by seq"
            .to_owned(),
        binds: vec![
            Cell::Int(BOOK),
            Cell::Int(Verdict::Done.code()),
            Cell::Text(OPENED.to_owned()),
            Cell::Text(CHANGED.to_owned()),
        ],
        kinds: vec![Kind::Int, Kind::Text],
    });
    while let Some(event) = events.recv().await {
        let (seq, said) = read_event(event?)?;
        for terms in said.accounts {
            if !(first..=last).contains(&terms.id.0) {
                continue;
            }
            let before = seq <= up_to;
            match found.get_mut(&terms.id.0) {
                Some(found) if before => found.as_said = found.terms == terms,
                Some(found) => found.as_said |= found.terms == terms,
                None => missing += i64::from(before),
            }
        }
    }
    Ok(missing)
}

fn read_event(cells: Vec<Cell>) -> Result<(i64, Said), StoreError> {
    match <[Cell; 2]>::try_from(cells) {
        Ok([Cell::Int(seq), Cell::Text(data)]) => {
            Ok((seq, serde_json::from_str(&data).unwrap_or_default()))
        }
        _ => Err(Corrupt { table: "journal", column: "data".to_owned() }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::OpenAccounts;
    use crate::money::Currency;
    use crate::store::OpenOptions;
    use crate::time::{Clock, Instant};
    use std::sync::Arc;

    #[derive(Debug)]
    struct StandingClock;

    impl Clock for StandingClock {
        fn now(&self) -> Instant {
            Instant(1_795_312_800_000_000)
        }
    }

    async fn execute(store: &Store, sql: &str) {
        let (mut unit, _) = store.engine().begin().await.expect("begins");
        assert_eq!(unit.execute(sql.to_owned(), vec![]).await.expect(sql), 1, "{sql}");
        unit.commit().await.expect("commits");
    }

    #[tokio::test]
    async fn in_parts_of_any_size_the_same_accounts_offend() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("jiaozi.db").display());
        let clock = Arc::new(StandingClock);
        let store = Store::open(&url, clock, OpenOptions::default()).await.expect("opens");
        let codes = (0..6).map(|nth| format!("deposit:{nth}")).collect();
        let open = OpenAccounts::new("test", codes, Currency::CNY);
        store.run(&[Arc::new(open)]).await.pop().expect("an answer").expect("opened");
        for (sql, expected) in [
            ("update accounts set entries = 0 where code = 'deposit:0'", 0),
            ("update accounts set status = 1 where code = 'deposit:2'", 1),
            ("update accounts set floor_fen = -1 where code = 'deposit:5'", 2),
            ("delete from accounts where code = 'deposit:3'", 3),
        ] {
            execute(&store, sql).await;
            for part in 1..=7 {
                let found = offenders_in_parts(&store, 1, part).await.expect("checked");
                assert_eq!(found, expected, "{sql}, in parts of {part}");
            }
        }
        // A check that began before the accounts were opened expects none of them, but no others.
        assert_eq!(offenders_in_parts(&store, 0, 2).await, Ok(2));
    }
}
