//! Lists that go on: so many at once, and a sealed cursor to the rest.
//!
//! A cursor names its list, filter included, so it cannot be carried into another one. What is added
//! while someone pages shows up at the end or not at all, never twice.

use jiaozi_ledger::decision::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tokens::{NotOurs, Purpose, Tokens};

/// How many are listed at once, unless asked otherwise.
pub const LIMIT: i64 = 100;
/// How many are listed at once at the most.
pub const LIMIT_MAX: i64 = 500;

/// A part of a list, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor to the next one; none at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The whole list on one page.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Page<T> {
        Page { items, next: None }
    }
}

/// A request for a part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// Where the previous page ended.
    pub cursor: Option<String>,
    /// How many, [`LIMIT`] if it is left out.
    pub limit: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Position {
    #[serde(rename = "l")]
    list: String,
    #[serde(rename = "a")]
    after: Uuid,
}

/// A list that is ordered by identifier, to be read a page at a time.
#[derive(Debug)]
pub struct Listing<'a> {
    tokens: &'a Tokens,
    list: String,
    after: Uuid,
    limit: i64,
}

impl<'a> Listing<'a> {
    /// The list of this name (filter included), from where the cursor says.
    ///
    /// # Errors
    /// When the cursor is not one of this list's.
    pub fn open(tokens: &'a Tokens, list: &str, paging: &Paging) -> Result<Listing<'a>, NotOurs> {
        let list = hex::encode(&digest(list.as_bytes())[..8]);
        let after = match &paging.cursor {
            None => Uuid::nil(),
            Some(cursor) => {
                let position: Position = tokens.open(Purpose::Cursor, cursor)?;
                if position.list != list {
                    return Err(NotOurs);
                }
                position.after
            }
        };
        let limit = paging.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
        Ok(Listing { tokens, list, after, limit })
    }

    /// The identifier after which the page begins.
    #[must_use]
    pub fn after(&self) -> Uuid {
        self.after
    }

    /// How many rows to read: one more than the page has, to see whether there is another.
    #[must_use]
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// The page of the rows that were read.
    #[must_use]
    pub fn page<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| {
            let position = Position { list: self.list.clone(), after: id(last) };
            self.tokens.seal(Purpose::Cursor, &position)
        });
        Page { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let tokens = Tokens::new(&[1; 32]);
        let paging = Paging { cursor: None, limit: Some(2) };
        let listing = Listing::open(&tokens, "bills of a", &paging).expect("no cursor");
        assert_eq!(listing.rows(), 3);
        let ids: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
        let page = listing.page(ids.clone(), |id| *id);
        assert_eq!(page.items, ids[..2]);
        let paging = Paging { cursor: page.next, limit: Some(2) };
        let listing = Listing::open(&tokens, "bills of a", &paging).expect("its cursor");
        assert_eq!(listing.after(), ids[1]);
        assert_eq!(listing.page(vec![ids[2]], |id| *id).next, None);
        assert_eq!(Listing::open(&tokens, "bills of b", &paging).err(), Some(NotOurs));
    }
}
