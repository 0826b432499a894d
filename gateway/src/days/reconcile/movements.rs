//! What should have been posted: the day's payments, cancels, refunds and its closing, in the order of
//! the feed.

use std::collections::BTreeMap;

use jiaozi_ledger::chart::FEE_INCOME;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::order::Shares;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind as CellKind, Table};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::engine::Query;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::accounts::Accounts;
use super::span::Span;
use super::{Legs, add};
use crate::gateway::Gateway;

/// One row a movement: number, kind, subject, payer, budget, amount, discount, from settled money, fee,
/// whether it counts, shares. A cancel of what the core has paid moves nothing on the payer's account: what
/// comes onto it goes back to the core in the same command.
const SQL: &str = "select o.seq, cast(0 as bigint), o.id, o.payer, o.budget, o.amount_fen, o.discount_fen,
    cast(0 as bigint), o.fee_fen,
    cast(case when o.state = 1 and (o.cancel_seq is null or o.cancel_seq <= $4) then 0 else 1 end as bigint), o.shares
    from orders o where o.book = $1 and o.partner = $2 and o.clearing_date = $3 and o.seq <= $4
    union all select o.cancel_seq, cast(1 as bigint), o.id,
    case when exists (select 1 from draws d where d.book = o.book and d.order_id = o.id) then null else o.payer end, o.budget, o.amount_fen, o.discount_fen,
    cast(0 as bigint), o.fee_fen, cast(0 as bigint), o.shares
    from orders o where o.book = $1 and o.partner = $2 and o.clearing_date = $3 and o.cancel_seq <= $4
    union all select r.seq, cast(2 as bigint), r.id, o.payer, o.budget, r.amount_fen, r.discount_fen,
    r.from_settled_fen, cast(0 as bigint), cast(1 as bigint), r.shares
    from refunds r left join orders o on o.book = r.book and o.id = r.order_id
    where r.book = $1 and r.partner = $2 and r.clearing_date = $3 and r.seq <= $4
    order by 1";

const KINDS: [CellKind; 11] = [
    CellKind::Int,
    CellKind::Int,
    CellKind::Id,
    CellKind::Id,
    CellKind::Id,
    CellKind::Int,
    CellKind::Int,
    CellKind::Int,
    CellKind::Int,
    CellKind::Int,
    CellKind::Text,
];

/// What such a row is called where it does not read.
const ROWS: Table = Table { name: "orders and refunds", key: &[], columns: &[] };

/// What a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Payment,
    Cancel,
    Refund,
    Closing,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Payment => "payment",
            Kind::Cancel => "cancel",
            Kind::Refund => "refund",
            Kind::Closing => "closing",
        }
    }

    fn from_code(code: i64) -> Option<Kind> {
        [Kind::Payment, Kind::Cancel, Kind::Refund].into_iter().nth(usize::try_from(code).ok()?)
    }
}

/// What one command should have moved.
#[derive(Debug)]
pub(super) struct Movement {
    /// Its number in the feed.
    pub(super) seq: i64,
    pub(super) kind: Kind,
    /// The order, the refund, or the day.
    pub(super) subject: Uuid,
    payer: Option<AccountId>,
    budget: Option<AccountId>,
    pub(super) amount: i64,
    pub(super) discount: i64,
    pub(super) from_settled: i64,
    pub(super) fee: i64,
    live: bool,
    /// What second payees get of it, or of a refund, bear of it.
    pub(super) shares: Shares,
    /// What the partner gets of a closing.
    settled: i64,
    /// The part of its fee that is collected apart.
    fee_apart: i64,
}

impl Movement {
    fn read(row: Vec<Cell>) -> Result<Movement, Corrupt> {
        let mut cells = Cells::new(ROWS, row);
        let (seq, kind) = (cells.int()?, cells.int_as(Kind::from_code)?);
        let mut movement = Movement {
            seq,
            kind,
            subject: cells.id()?,
            payer: cells.maybe_id()?,
            budget: cells.maybe_id()?,
            amount: cells.int()?,
            discount: cells.int()?,
            from_settled: cells.int()?,
            fee: cells.int()?,
            live: cells.int()? != 0,
            shares: Shares::new(),
            settled: 0,
            fee_apart: 0,
        };
        let parts: Vec<Shares> = match kind {
            Kind::Refund => cells.json::<BTreeMap<String, Shares>>()?.into_values().collect(),
            _ => cells.json()?,
        };
        for (payee, fen) in parts.into_iter().flatten() {
            let sum = movement.shares.entry(payee).or_default();
            sum.0 = sum.0.saturating_add(fen.0);
        }
        Ok(movement)
    }

    pub(super) fn closing(day: &Day) -> Option<Movement> {
        Some(Movement {
            seq: day.seq?,
            kind: Kind::Closing,
            subject: day.id.0,
            payer: None,
            budget: None,
            amount: day.net().0,
            discount: 0,
            from_settled: 0,
            fee: day.fee.0.saturating_add(day.fee_apart.0),
            live: false,
            shares: day.payees(),
            settled: day.settled.0,
            fee_apart: day.fee_apart.0,
        })
    }

    /// Whether it counts: a payment that was not cancelled, or a refund.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// What it gives the partner's settlement, or takes from it.
    pub(super) fn gross(&self) -> i64 {
        self.amount.saturating_add(self.discount)
    }

    /// What it should have moved.
    pub(super) fn legs(&self, accounts: &Accounts) -> Legs {
        let mut legs = Legs::new();
        let mut credit = |account: Option<AccountId>, fen: i64| {
            if let Some(account) = account {
                add(&mut legs, account, fen);
            }
        };
        match self.kind {
            Kind::Payment | Kind::Cancel => {
                let sign = if self.kind == Kind::Payment { 1 } else { -1 };
                credit(self.payer, -sign * self.amount);
                credit(self.budget, -sign * self.discount);
                credit(accounts.settlement(), sign * self.gross());
            }
            Kind::Refund => {
                credit(self.payer, self.amount);
                credit(self.budget, self.discount);
                credit(accounts.settlement(), self.from_settled.saturating_sub(self.gross()));
                credit(accounts.own(), -self.from_settled);
            }
            Kind::Closing => {
                credit(accounts.settlement(), -self.amount);
                credit(accounts.own(), self.settled);
                credit(accounts.id(FEE_INCOME), self.fee);
                if self.fee_apart != 0 {
                    credit(accounts.fees_owed(), -self.fee_apart);
                }
                for (payee, fen) in &self.shares {
                    credit(accounts.id(payee), fen.0);
                }
            }
        }
        legs
    }
}

/// The movements of a day, one after another.
pub(super) struct Movements {
    rows: mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
    closing: Option<Movement>,
}

impl Movements {
    pub(super) fn of(gateway: &Gateway, span: &Span) -> Movements {
        let query = Query { sql: SQL.to_owned(), binds: span.binds(), kinds: KINDS.to_vec() };
        let closing = span.day.as_ref().and_then(Movement::closing);
        Movements { rows: gateway.store.engine().stream(query), closing }
    }

    /// The next one. Nothing is added to a day after its closing.
    pub(super) async fn next(&mut self) -> Result<Option<Movement>, StoreError> {
        match self.rows.recv().await {
            Some(row) => Ok(Some(Movement::read(row?)?)),
            None => Ok(self.closing.take()),
        }
    }
}
