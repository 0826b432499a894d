//! The entries of a biller's accounts, as a part of a statement, and what such a statement gives of a
//! record: what it says, beside what was posted for it on each account.

use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Table};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::date_to_number;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::super::accounts::Accounts;
use super::super::entries::from;
use super::super::span::Span;
use super::super::{Breaks, Legs, add};
use crate::days::DayError;
use crate::gateway::Gateway;

/// What such a row is called where it does not read.
const ROWS: Table = Table { name: "records with their entries", key: &[], columns: &[] };

/// An entry with its sign: credits above nothing, debits below.
const SIGNED: &str = "e.account as account, e.seq as seq,
    case e.side when 1 then e.amount_fen else -e.amount_fen end as fen";

/// The first file of a date or a later one: breaks of the date come after it.
const FIRST_FILE: &str = "select coalesce(min(seq), 0) from statements
    where book = $1 and partner = $2 and date >= $3";

/// A biller's date, with everything that is read to compare it.
pub(super) struct Scope<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) biller: &'a Biller,
    pub(super) span: &'a Span,
    pub(super) accounts: &'a Accounts,
    /// The biller's own accounts with the number of the first entry that can be of the date: settlement,
    /// its settled account, suspense.
    own: Vec<(AccountId, i64)>,
}

impl<'a> Scope<'a> {
    pub(super) async fn of(
        gateway: &'a Gateway,
        biller: &'a Biller,
        span: &'a Span,
        accounts: &'a Accounts,
    ) -> Result<Scope<'a>, StoreError> {
        let mut scope = Scope { gateway, biller, span, accounts, own: Vec::new() };
        let first = match gateway.store.number(FIRST_FILE, scope.binds()).await? {
            0 => span.first,
            file => file.min(span.first),
        };
        let codes = scope.codes();
        for account in accounts.open().iter().filter(|account| codes.contains(&account.code)) {
            let nth = from(&gateway.store, account, first).await?;
            scope.own.push((account.id, nth));
        }
        Ok(scope)
    }

    fn codes(&self) -> [String; 4] {
        let payee = &self.biller.payee;
        let settled = payee.settled().to_owned();
        [payee.settlement(), settled, self.biller.suspense(), self.biller.unexplained()]
    }

    /// The account of what is held while an outcome is not known.
    pub(super) fn unknown(&self) -> Option<AccountId> {
        self.accounts.id(&self.biller.suspense())
    }

    /// The account of differences.
    pub(super) fn unexplained(&self) -> Option<AccountId> {
        self.accounts.id(&self.biller.unexplained())
    }

    /// The binds that every statement begins with: book, partner, date.
    pub(super) fn binds(&self) -> Vec<Cell> {
        let partner = Cell::Text(self.biller.payee.code.clone());
        vec![Cell::Int(BOOK), partner, Cell::Int(date_to_number(self.span.date))]
    }

    /// The entries of the biller's own accounts, and of the accounts that `payers` selects as `payer`.
    pub(super) fn entries(&self, payers: Option<&str>, binds: &mut Vec<Cell>) -> String {
        let mut bind = |cell: Cell| {
            binds.push(cell);
            format!("${}", binds.len())
        };
        let (mut parts, mut known) = (Vec::new(), Vec::new());
        for (account, nth) in &self.own {
            let id = bind(Cell::Id(account.0));
            parts.push(format!(
                "select {SIGNED} from entries e where e.book = $1 and e.account = {id} and e.nth >= {}",
                bind(Cell::Int(*nth)),
            ));
            known.push(id);
        }
        if let Some(payers) = payers {
            let not_known = match known.is_empty() {
                true => String::new(),
                false => format!(" and e.account not in ({})", known.join(", ")),
            };
            parts.push(format!(
                "select {SIGNED} from ({payers}) p join entries e on e.book = $1 \
                 and e.account = p.payer{not_known}"
            ));
        }
        if parts.is_empty() {
            // None of its accounts is open: nothing can have been posted.
            parts.push(format!("select {SIGNED} from entries e where e.book = $1 and e.nth < 0"));
        }
        parts.join(" union all ")
    }

    /// The records that a statement gives, each once, with what was posted for it. A row begins with the
    /// record's identifier and ends with an account and an amount, which may be nothing.
    pub(super) fn records(&self, sql: String, binds: Vec<Cell>, more: &[Kind]) -> Records {
        let mut kinds = vec![Kind::Id];
        kinds.extend_from_slice(more);
        kinds.extend([Kind::Id, Kind::Int]);
        let rows = self.gateway.store.engine().stream(Query { sql, binds, kinds });
        Records { rows, waiting: None, begun: false, said: more.len() }
    }

    /// Names what differs between what should have been posted and what was; whether all is as it should be.
    pub(super) async fn judge(
        &self,
        kind: &'static str,
        subject: &str,
        expected: &Legs,
        found: &Legs,
        breaks: &mut Breaks<'_>,
    ) -> Result<bool, DayError> {
        if expected == found {
            return Ok(true);
        }
        let both: std::collections::BTreeSet<&AccountId> =
            expected.keys().chain(found.keys()).collect();
        for account in both {
            let of = |legs: &Legs| legs.get(account).copied().unwrap_or(0);
            let (expected, found) = (of(expected), of(found));
            if expected != found {
                let code = self.accounts.code_of(self.gateway, *account).await?;
                let what = format!("moves {found} fen on {code}, expected {expected}");
                breaks.entry(kind, subject.to_owned(), code, [expected, found], what);
            }
        }
        Ok(false)
    }
}

/// A record, and what was posted for it.
pub(super) struct Found {
    pub(super) id: Uuid,
    /// What the record says.
    pub(super) said: Vec<Cell>,
    /// What was posted for it, by account.
    pub(super) legs: Legs,
}

impl Found {
    /// What the record says, to be read in its order.
    pub(super) fn cells(&mut self) -> Cells {
        Cells::new(ROWS, std::mem::take(&mut self.said))
    }
}

/// A row: the record, what it says, and one of its accounts with what was posted there.
type OneRow = (Uuid, Vec<Cell>, Option<(AccountId, i64)>);

/// Records, one after another.
pub(super) struct Records {
    rows: mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
    waiting: Option<OneRow>,
    begun: bool,
    said: usize,
}

impl Records {
    async fn advance(&mut self) -> Result<(), StoreError> {
        self.waiting = match self.rows.recv().await {
            Some(row) => Some(self.read(row?)?),
            None => None,
        };
        Ok(())
    }

    fn read(&self, mut row: Vec<Cell>) -> Result<OneRow, Corrupt> {
        let legs = row.split_off((self.said + 1).min(row.len()));
        let said = row.split_off(1.min(row.len()));
        let id = Cells::new(ROWS, row).id()?;
        let mut legs = Cells::new(ROWS, legs);
        let (account, fen) = (legs.maybe_id::<AccountId>()?, legs.maybe_int()?);
        Ok((id, said, account.zip(fen)))
    }

    /// The next record with all that was posted for it.
    pub(super) async fn next(&mut self) -> Result<Option<Found>, StoreError> {
        if !self.begun {
            self.begun = true;
            self.advance().await?;
        }
        let Some((id, said, leg)) = self.waiting.take() else { return Ok(None) };
        let mut found = Found { id, said, legs: Legs::new() };
        let mut add_leg = |leg: Option<(AccountId, i64)>| {
            if let Some((account, fen)) = leg {
                add(&mut found.legs, account, fen);
            }
        };
        add_leg(leg);
        self.advance().await?;
        while let Some((_, _, leg)) = self.waiting.take_if(|(next, _, _)| *next == id) {
            add_leg(leg);
            self.advance().await?;
        }
        Ok(Some(found))
    }
}
