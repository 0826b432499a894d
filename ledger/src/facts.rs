//! What a decision may know: records loaded for the whole batch, changed in memory as commands are
//! decided, and written back once.

use crate::account::Account;
use crate::hold::Hold;
use crate::id::{AccountId, Ids};
use crate::row::{Cell, Row};
use crate::time::Instant;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A fact that a command needs: the rows of a table whose column has a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// The table.
    pub table: &'static str,
    /// The column: `id`, or one of [`Fact::LOOKUPS`].
    pub column: &'static str,
    /// The value.
    pub value: Cell,
}

impl Need {
    /// The row with this identifier.
    pub fn id<T: Fact>(id: Uuid) -> Need {
        Need { table: T::TABLE.name, column: "id", value: Cell::Id(id) }
    }

    /// The rows whose text column has this value.
    pub fn text<T: Fact>(column: &'static str, value: String) -> Need {
        Need { table: T::TABLE.name, column, value: Cell::Text(value) }
    }
}

/// A record that decisions read and change.
pub trait Fact: Row + Shelved {
    /// The columns besides `id` by which it can be needed; all indexed.
    const LOOKUPS: &'static [&'static str];

    /// The value of its `id` column.
    fn key(&self) -> Uuid;

    /// The value of one of its [`Fact::LOOKUPS`].
    fn lookup(&self, column: &str) -> Option<Cell> {
        let place = Self::TABLE.columns.iter().position(|candidate| candidate.name == column)?;
        self.cells().into_iter().nth(place)
    }
}

/// The loaded records of one kind.
#[derive(Clone, Debug)]
pub struct Shelf<T> {
    rows: HashMap<Uuid, T>,
    /// The identifiers that were asked for, there or not.
    asked: HashSet<Uuid>,
    /// What was found by the columns of [`Fact::LOOKUPS`]: column, value, identifiers.
    found: HashMap<&'static str, HashMap<Cell, Vec<Uuid>>>,
    /// The rows that the database has.
    stored: HashSet<Uuid>,
    changed: HashSet<Uuid>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Shelf<T> {
        Shelf {
            rows: HashMap::new(),
            asked: HashSet::new(),
            found: HashMap::new(),
            stored: HashSet::new(),
            changed: HashSet::new(),
        }
    }
}

impl<T: Fact> Shelf<T> {
    /// Whether this need was loaded, found or not.
    pub fn knows(&self, need: &Need) -> bool {
        match &need.value {
            Cell::Id(id) if need.column == "id" => {
                self.asked.contains(id) || self.rows.contains_key(id)
            }
            value => self.found.get(need.column).is_some_and(|found| found.contains_key(value)),
        }
    }

    /// Puts the answer to some needs on the shelf. A row that a decision has already changed keeps
    /// its change.
    pub fn load(&mut self, needs: &[Need], rows: Vec<T>) {
        for need in needs {
            match &need.value {
                Cell::Id(id) if need.column == "id" => {
                    self.asked.insert(*id);
                }
                value => {
                    self.found.entry(need.column).or_default().entry(value.clone()).or_default();
                }
            }
        }
        for row in rows {
            self.stored.insert(row.key());
            // A row that is here already, found by another column, must be found by this one too.
            let row = self.rows.remove(&row.key()).unwrap_or(row);
            self.place(row);
        }
    }

    /// Puts a new or changed row on the shelf, to be written with the batch.
    pub fn put(&mut self, row: T) {
        self.changed.insert(row.key());
        self.place(row);
    }

    fn place(&mut self, row: T) {
        let key = row.key();
        for (column, found) in &mut self.found {
            // Only what was asked for is remembered: a lookup that was never loaded is not complete
            // and must not look as if it were.
            if let Some(value) = row.lookup(column)
                && let Some(keys) = found.get_mut(&value)
                && !keys.contains(&key)
            {
                keys.push(key);
            }
        }
        self.rows.insert(key, row);
    }

    /// The rows that answer a need, in no order.
    fn answers<'a, 'n>(&'a self, need: &'n Need) -> impl Iterator<Item = &'a T> + use<'a, 'n, T> {
        let by_id = match &need.value {
            Cell::Id(id) if need.column == "id" => self.rows.get(id),
            _ => None,
        };
        let keys = self.found.get(need.column).and_then(|found| found.get(&need.value));
        let by_column = keys
            .into_iter()
            .flatten()
            .filter_map(|key| self.rows.get(key))
            // A row that was found under a value and has since been changed to another no longer
            // answers.
            .filter(|row| row.lookup(need.column).as_ref() == Some(&need.value));
        by_id.into_iter().chain(by_column)
    }

    /// The rows that decisions have put here and the database does not have yet.
    pub fn new_rows(&self) -> impl Iterator<Item = &T> {
        self.changed
            .iter()
            .filter(|key| !self.stored.contains(*key))
            .filter_map(|key| self.rows.get(key))
    }

    /// The rows that the database has and decisions have put here again.
    pub fn changed_rows(&self) -> impl Iterator<Item = &T> {
        self.changed
            .iter()
            .filter(|key| self.stored.contains(*key))
            .filter_map(|key| self.rows.get(key))
    }

    /// Whether any decision has put a row here.
    pub fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }
}

/// A kind of record that has a shelf among the facts.
pub trait Shelved: Sized {
    /// Its shelf.
    fn shelf(facts: &Facts) -> &Shelf<Self>;
    /// Its shelf, to put rows on.
    fn shelf_mut(facts: &mut Facts) -> &mut Shelf<Self>;
}

/// Calls the macro given with every kind of record that has a shelf: `(field, type)`.
macro_rules! for_every_shelf {
    ($then:ident) => {
        $then! {
            (accounts, crate::account::Account),
            (holds, crate::hold::Hold),
            (bills, crate::bill::Bill),
            (orders, crate::order::Order),
            (refunds, crate::order::Refund),
            (days, crate::day::Day),
            (instructions, crate::instruction::Instruction),
            (instruction_files, crate::instruction::file::InstructionFile),
            (draws, crate::draw::Draw),
            (mandates, crate::mandate::Mandate),
            (batches, crate::withholding::Batch),
            (batch_lines, crate::withholding::BatchLine),
            (operators, crate::operator::Operator),
            (approvals, crate::approval::Approval),
            (statements, crate::statement::Statement),
            (breaks, crate::breaks::Break),
            (payouts, crate::payout::Payout),
            (payout_files, crate::payout::file::PayoutFile),
            (payables, crate::payout::payable::Payable),
            (mirrors, crate::mirror::Mirror),
            (account_statements, crate::mirror::account_statement::AccountStatement),
            (mirror_items, crate::mirror::item::Item),
        }
    };
}
#[cfg(feature = "store")]
pub(crate) use for_every_shelf;

macro_rules! facts {
    ($(($field:ident, $type:ty)),* $(,)?) => {
        /// Everything a batch has loaded, with the changes of the commands decided so far.
        #[derive(Clone, Debug)]
        pub struct Facts {
            moment: Moment,
            $($field: Shelf<$type>,)*
        }

        impl Facts {
            /// No facts but the time.
            pub fn new(moment: Moment) -> Facts {
                Facts { moment, $($field: Shelf::default(),)* }
            }

            /// Whether this need was loaded. A table that has no shelf is never known.
            pub fn knows(&self, need: &Need) -> bool {
                $(if need.table == <$type as Row>::TABLE.name { return self.$field.knows(need); })*
                false
            }
        }

        $(impl Shelved for $type {
            fn shelf(facts: &Facts) -> &Shelf<$type> {
                &facts.$field
            }
            fn shelf_mut(facts: &mut Facts) -> &mut Shelf<$type> {
                &mut facts.$field
            }
        })*
    };
}
for_every_shelf!(facts);

/// What the writer tells every command besides records: when it is, and what it will be called.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The accounting time: never earlier than that of the command before.
    pub at: Instant,
    /// The number that the command will have in the feed.
    pub seq: i64,
    /// The source of new identifiers.
    pub ids: Ids,
}

impl Facts {
    /// The time, the number and the identifiers for the command that is being decided.
    pub fn moment(&self) -> &Moment {
        &self.moment
    }

    /// Sets the moment for the next command.
    pub fn set_moment(&mut self, moment: Moment) {
        self.moment = moment;
    }

    /// The record with this identifier, if it was loaded and exists.
    pub fn get<T: Fact>(&self, id: impl Into<Uuid>) -> Option<&T> {
        T::shelf(self).rows.get(&id.into())
    }

    /// The records that answer a need, oldest identifier first; none when it was not loaded.
    pub fn all<T: Fact>(&self, need: &Need) -> Vec<&T> {
        let mut rows: Vec<&T> = T::shelf(self).answers(need).collect();
        rows.sort_by_key(|row| row.key());
        rows
    }

    /// The one record that answers a need by a unique column.
    pub fn one<T: Fact>(&self, need: &Need) -> Option<&T> {
        T::shelf(self).answers(need).min_by_key(|row| row.key())
    }

    /// The account with this code.
    pub fn account(&self, code: &str) -> Option<&Account> {
        self.one(&Account::by_code(code))
    }
}

impl Account {
    /// The account of this identifier.
    pub fn by_id(id: AccountId) -> Need {
        Need::id::<Account>(id.0)
    }

    /// The account with this code.
    pub fn by_code(code: &str) -> Need {
        Need::text::<Account>("code", code.to_owned())
    }
}

impl Fact for Account {
    const LOOKUPS: &'static [&'static str] = &["code"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "code").then(|| Cell::Text(self.code.clone()))
    }
}

impl Fact for Hold {
    const LOOKUPS: &'static [&'static str] = &[];

    fn key(&self) -> Uuid {
        self.id.0
    }
}

impl Hold {
    /// The hold of this identifier.
    pub fn by_id(id: crate::id::HoldId) -> Need {
        Need::id::<Hold>(id.0)
    }
}
