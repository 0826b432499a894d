//! How a refund is divided: among the lines of its order, between payer and budget, between the open
//! day's money and the company's settled money. Arithmetic only; whether money goes back at all is
//! decided in [`super::refund`].

use std::collections::BTreeMap;

use crate::settlement::days;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, OrderLine, OrderState, Shares};
use jiaozi_ledger::rounding::{Rounding, shares};

/// What goes back of one line of the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Back {
    /// Of the principal, to the payer.
    pub principal: Fen,
    /// Of the late fee, to the payer.
    pub late_fee: Fen,
    /// Of the principal, to the budget.
    pub discount: Fen,
}

impl Back {
    /// What the payer gets.
    pub fn to_payer(self) -> Option<Fen> {
        self.principal.plus(self.late_fee)
    }

    /// What payer and budget get.
    pub fn whole(self) -> Option<Fen> {
        self.to_payer()?.plus(self.discount)
    }
}

/// What a line can still give back.
pub(super) fn left(line: &OrderLine) -> Option<Back> {
    let discount = line.discount.minus(line.refunded_discount)?;
    Some(Back {
        principal: line.principal.minus(line.refunded_principal)?.minus(discount)?,
        late_fee: line.late_fee.minus(line.refunded_late_fee)?,
        discount,
    })
}

/// The part of a line that gives the payer so much.
fn part(left: Back, to_payer: Fen) -> Option<Back> {
    if to_payer == left.to_payer()? {
        return Some(left);
    }
    let split = shares(to_payer, &[left.principal.0, left.late_fee.0])?;
    let (principal, late_fee) = (*split.first()?, *split.get(1)?);
    let discount = if principal == left.principal {
        left.discount
    } else {
        Rounding::Down.rate(left.discount, principal.0, left.principal.0)?
    };
    Some(Back { principal, late_fee, discount })
}

/// The sum over all lines.
pub(super) fn sum(backs: &[Back], of: impl Fn(Back) -> Option<Fen>) -> Option<Fen> {
    backs.iter().try_fold(Fen::ZERO, |sum, back| sum.plus(of(*back)?))
}

/// Divides what the payer gets among the lines; all of it takes every discount along.
pub(super) fn divide(left: &[Back], amount: Fen) -> Option<Vec<Back>> {
    if amount == sum(left, Back::to_payer)? {
        return Some(left.to_vec());
    }
    let weights: Vec<i64> =
        left.iter().map(|left| left.to_payer().map(|fen| fen.0)).collect::<Option<_>>()?;
    let parts = shares(amount, &weights)?;
    let give = |(left, to_payer): (&Back, Fen)| {
        // A line whose part is nothing gives nothing, not even a discount on its own.
        if to_payer == Fen::ZERO { Some(Back::default()) } else { part(*left, to_payer) }
    };
    left.iter().zip(parts).map(give).collect()
}

/// The order after the refund.
pub(super) fn order_after(order: &Order, backs: &[Back]) -> Option<Order> {
    let mut after = order.clone();
    for (line, back) in after.lines.iter_mut().zip(backs) {
        let principal = back.principal.plus(back.discount)?;
        line.refunded_principal = line.refunded_principal.plus(principal)?;
        line.refunded_late_fee = line.refunded_late_fee.plus(back.late_fee)?;
        line.refunded_discount = line.refunded_discount.plus(back.discount)?;
    }
    after.refunded = after.refunded.plus(sum(backs, Back::to_payer)?)?;
    let all: Vec<Back> = after.lines.iter().map(left).collect::<Option<_>>()?;
    let nothing_left = sum(&all, Back::whole)? == Fen::ZERO;
    after.state = if nothing_left { OrderState::Refunded } else { OrderState::PartRefunded };
    Some(after)
}

/// Where a refund's money comes from, and the open day without it.
pub(super) struct Funding {
    /// What the payer gets.
    pub amount: Fen,
    /// What the budget gets.
    pub discount: Fen,
    /// What comes from the open day's money.
    pub from_day: Fen,
    /// What comes from the company's settled account.
    pub from_settled: Fen,
    /// What goes back by item.
    pub items: Vec<(String, Fen)>,
    /// What of it comes out of second payees' shares of the open day, by item.
    pub shares: BTreeMap<String, Shares>,
    /// The open day without it.
    pub day: Day,
}

impl Funding {
    /// Takes from the day what it has for the same items.
    pub fn of(order: &Order, backs: &[Back], mut day: Day) -> Option<Funding> {
        let mut items: BTreeMap<String, Fen> = BTreeMap::new();
        for (line, back) in
            order.lines.iter().zip(backs).filter(|(_, back)| **back != Back::default())
        {
            let sum = items.entry(line.item.clone()).or_default();
            *sum = sum.plus(back.whole()?)?;
        }
        let (mut from_day, mut from_settled) = (Fen::ZERO, Fen::ZERO);
        let mut shares = BTreeMap::new();
        for (item, wanted) in &items {
            let taken = (*wanted).min(days::item_sum(&day, item).max(Fen::ZERO));
            from_day = from_day.plus(taken)?;
            from_settled = from_settled.plus(wanted.minus(taken)?)?;
            let borne = borne(&day, item, taken)?;
            days::add_item(&mut day, item, taken.negated()?)?;
            days::take_shares(&mut day, item, &borne)?;
            if !borne.is_empty() {
                shares.insert(item.clone(), borne);
            }
        }
        let (amount, discount) =
            (sum(backs, Back::to_payer)?, sum(backs, |back| Some(back.discount))?);
        // The day's money goes to the payer first, so the sums of a day without settled money are plain.
        let to_payer = amount.min(from_day);
        day.refunds += 1;
        day.refunded = day.refunded.plus(to_payer)?;
        day.refunded_discounts = day.refunded_discounts.plus(from_day.minus(to_payer)?)?;
        Some(Funding {
            amount,
            discount,
            from_day,
            from_settled,
            items: items.into_iter().collect(),
            shares,
            day,
        })
    }
}

/// What second payees bear of what is taken from a day's money for an item: everyone who has a part of
/// it gives in proportion, the company first on a tie.
fn borne(day: &Day, item: &str, taken: Fen) -> Option<Shares> {
    let Some(of_day) = day.shares.get(item) else { return Some(Shares::new()) };
    let mut weights = vec![days::own_part(day, item)?.0];
    weights.extend(of_day.values().map(|fen| fen.0));
    let parts = shares(taken, &weights)?;
    let others = of_day.keys().cloned().zip(parts.into_iter().skip(1));
    Some(others.filter(|(_, fen)| *fen != Fen::ZERO).collect())
}
