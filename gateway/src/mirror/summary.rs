//! What a mirrored account came to by a day: its statement, what matches, its breaks, and how the
//! difference of both balances is made up.

use std::collections::BTreeMap;

use jiaozi_adapters::mirror::chain::{Seam, seams};
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::breaks::{Break, Cause, Resolution};
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::{Instant, date_to_number};
use jiff::civil::Date;
use serde::Serialize;

use super::current;
use crate::gateway::Gateway;

const MATCHED: &str = "select count(*) from account_statements s
    join mirror_items i on i.book = s.book and i.statement = s.id
    where s.book = $1 and s.mirror = $2 and s.date = $3 and s.completed_at is not null
        and s.replaced_by is null and i.state in (1, 2)";

/// Our balance by the items up to a day, without what was there before them.
const OURS: &str = "select cast(coalesce(sum(amount_fen), 0) as bigint) from mirror_items
    where book = $1 and mirror = $2 and statement is null and date <= $3";

/// Entries that took effect by then and are no items yet: those of reconciliation itself (1), or others (0).
const NO_ITEMS: &str = "select cast(coalesce(sum(
        case e.side when 0 then e.amount_fen else -e.amount_fen end), 0) as bigint)
    from mirrors m join entries e on e.book = m.book and e.account = m.account and e.nth > m.taken
    join journal j on j.book = e.book and j.seq = e.seq
    where m.book = $1 and m.code = $2 and j.effective_at < $3
        and case when j.operation like 'mirror.%' then 1 else 0 end = $4";

/// Theirs that we have posted for a later day.
const LATER: &str = "select cast(coalesce(sum(t.amount_fen), 0) as bigint) from mirror_items t
    join account_statements s on s.book = t.book and s.id = t.statement
    join mirror_items o on o.book = t.book and o.id = t.pair
    where t.book = $1 and t.mirror = $2 and t.statement is not null and s.date <= $3 and o.date > $3";

/// A statement that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementOfDay {
    /// Its file's name.
    pub name: String,
    /// Its number, where it has one.
    pub number: Option<String>,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub date: Date,
    /// How many items it has.
    pub lines: i64,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// When it came.
    pub received_at: Instant,
}

impl From<&AccountStatement> for StatementOfDay {
    fn from(one: &AccountStatement) -> StatementOfDay {
        StatementOfDay {
            name: one.name.clone(),
            number: one.number.clone(),
            from: one.from,
            date: one.date,
            lines: one.lines,
            sha256: one.content_hash.clone(),
            received_at: one.received_at,
        }
    }
}

/// Both balances at the end of a day, and what their difference is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balances {
    /// The day: that of the account's last statement.
    pub date: Date,
    /// Our balance, in fen: above nothing where we have money there.
    pub ours_fen: i64,
    /// Theirs, in fen.
    pub theirs_fen: i64,
    /// Ours less theirs, in fen.
    pub difference_fen: i64,
    /// What open breaks leave of it, in fen, in transit included.
    pub open_breaks_fen: i64,
    /// What of that is in transit, in fen.
    pub in_transit_fen: i64,
    /// What they have and we have posted for a later day, in fen, with the sign of the difference.
    pub posted_later_fen: i64,
    /// What we have posted for these days and not compared yet, in fen.
    pub not_compared_fen: i64,
    /// What nothing of these explains, in fen.
    pub rest_fen: i64,
}

/// In one line.
impl std::fmt::Display for Balances {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fen = |fen: i64| Fen(fen).to_string();
        write!(
            f,
            "{}: ours {} less theirs {} is {}: open breaks {}, of which in transit {}",
            self.date,
            fen(self.ours_fen),
            fen(self.theirs_fen),
            fen(self.difference_fen),
            fen(self.open_breaks_fen),
            fen(self.in_transit_fen),
        )?;
        for (what, part) in [
            ("posted by us for a later day", self.posted_later_fen),
            ("posted and not compared yet", self.not_compared_fen),
            ("NOT EXPLAINED", self.rest_fen),
        ] {
            if part != 0 {
                write!(f, "; {what} {}", fen(part))?;
            }
        }
        Ok(())
    }
}

/// An account by a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountDay {
    /// The code of the mirrored account.
    pub account: String,
    /// The account of the books.
    pub code: String,
    /// The day.
    pub date: Date,
    /// The statements that end with it.
    pub statements: Vec<StatementOfDay>,
    /// How many of their items match ours.
    pub matched: i64,
    /// Open breaks by their kind, of this day and earlier ones.
    pub breaks: BTreeMap<&'static str, i64>,
    /// How many of them are in transit, which is no error.
    pub in_transit: i64,
    /// What they leave unexplained, in fen.
    pub unexplained_fen: i64,
    /// How many breaks of these days are resolved.
    pub resolved: i64,
    /// Days that no statement tells, or two, up to this one.
    pub seams: Vec<String>,
    /// Both balances at the end of the last statement; nothing while none says its balances.
    pub balances: Option<Balances>,
}

impl AccountDay {
    /// Whether somebody has to look at it.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.unexplained_fen != 0 || self.balances.is_some_and(|balances| balances.rest_fen != 0)
    }
}

/// What an account came to by a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn account_day(
    gateway: &Gateway,
    spec: &MirrorSpec,
    date: Date,
) -> Result<AccountDay, StoreError> {
    let store = &gateway.store;
    let of = || vec![Cell::Int(BOOK), Cell::Text(spec.code.clone()), number(date)];
    let all = current(store, &spec.code).await?;
    let clause = "partner = $2 and clearing_date <= $3 order by id";
    let binds = vec![Cell::Text(spec.code.clone()), number(date)];
    let breaks: Vec<Break> = store.find(clause, binds).await?;
    let up_to: Vec<AccountStatement> = all.iter().filter(|one| one.date <= date).cloned().collect();
    let mut day = AccountDay {
        account: spec.code.clone(),
        code: spec.account.clone(),
        date,
        statements: all.iter().filter(|one| one.date == date).map(StatementOfDay::from).collect(),
        matched: store.number(MATCHED, of()).await?,
        breaks: BTreeMap::new(),
        in_transit: 0,
        unexplained_fen: 0,
        resolved: 0,
        seams: seams(spec, &up_to).iter().map(said).collect(),
        balances: balances(gateway, spec, &all).await?,
    };
    for one in breaks {
        if !one.is_open() {
            day.resolved += 1;
            continue;
        }
        if one.cause == Cause::InTransit {
            day.in_transit += 1;
        } else {
            *day.breaks.entry(one.kind.name()).or_default() += 1;
        }
        day.unexplained_fen = day.unexplained_fen.saturating_add(one.gap.0);
    }
    Ok(day)
}

fn number(date: Date) -> Cell {
    Cell::Int(date_to_number(date))
}

fn said(seam: &Seam) -> String {
    match seam {
        Seam::Missing { from, to } if from == to => format!("no statement of {from}"),
        Seam::Missing { from, to } => format!("no statement of {from} to {to}"),
        Seam::Twice { from, to } if from == to => format!("two statements of {from}"),
        Seam::Twice { from, to } => format!("two statements of {from} to {to}"),
    }
}

/// Both balances at the end of the account's last statement that says them.
async fn balances(
    gateway: &Gateway,
    spec: &MirrorSpec,
    statements: &[AccountStatement],
) -> Result<Option<Balances>, StoreError> {
    let store = &gateway.store;
    let code = || Cell::Text(spec.code.clone());
    let mirror: Option<Mirror> = store.first("code = $2", vec![code()]).await?;
    let last = statements.iter().filter_map(|one| Some((one.date, one.closing?))).next_back();
    let (Some(mirror), Some((date, theirs))) = (mirror, last) else { return Ok(None) };
    let of = || vec![Cell::Int(BOOK), code(), number(date)];
    let after = date.tomorrow().ok().and_then(|next| spec.begins(next));
    let after = Cell::Int(after.map_or(i64::MAX, |after| after.0));
    let no_items = async |of_reconciliation: i64| {
        let binds = vec![Cell::Int(BOOK), code(), after.clone(), Cell::Int(of_reconciliation)];
        store.number(NO_ITEMS, binds).await
    };
    let (not_compared, booked) = (no_items(0).await?, no_items(1).await?);
    let items = store.number(OURS, of()).await?;
    let ours = [items, not_compared, booked].into_iter().fold(mirror.base.0, i64::saturating_add);
    let later = store.number(LATER, of()).await?;
    let clause = "partner = $2 and clearing_date <= $3 order by id";
    let breaks: Vec<Break> = store.find(clause, vec![code(), number(date)]).await?;
    let standing = breaks.iter().filter(|one| one.resolution != Some(Resolution::Evidence));
    let (mut open, mut in_transit) = (0_i128, 0_i128);
    for one in standing {
        open += one.left();
        if one.cause == Cause::InTransit && one.is_open() {
            in_transit += one.left();
        }
    }
    let fen = |sum: i128| i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX });
    let difference = ours.saturating_sub(theirs.0);
    let (open, later) = (fen(open), later.saturating_neg());
    Ok(Some(Balances {
        date,
        ours_fen: ours,
        theirs_fen: theirs.0,
        difference_fen: difference,
        open_breaks_fen: open,
        in_transit_fen: fen(in_transit),
        posted_later_fen: later,
        not_compared_fen: not_compared,
        rest_fen: [open, later, not_compared].into_iter().fold(difference, i64::saturating_sub),
    }))
}
