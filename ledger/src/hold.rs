//! Holds: money reserved on an account until it is captured, voided or expires.
//!
//! ```text
//!            capture (part)          capture (last) / void / expire
//!   OPEN ──────────────────▶ OPEN ─────────────────────────────────▶ CLOSED
//! ```
//!
//! At all times open + captured + voided + expired = held + excess, and the excess (captured above
//! what was held) stays within the tolerance agreed when the hold was placed.

use crate::id::{AccountId, HoldId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A reservation on one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The identifier.
    pub id: HoldId,
    /// The account on which money is reserved.
    pub account: AccountId,
    /// What was reserved.
    pub held: Fen,
    /// How much more than held may be captured.
    pub tolerance: Fen,
    /// What is still reserved.
    pub open: Fen,
    /// What was captured, the excess included.
    pub captured: Fen,
    /// What was given back by a void, or by a last capture below what was open.
    pub voided: Fen,
    /// What was given back by expiry.
    pub expired: Fen,
    /// When what is open may be expired.
    pub expires_at: Instant,
    /// Whether it is over: nothing is open and nothing can be captured any more.
    pub closed: bool,
}

/// Why a hold does not take a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum HoldRefusal {
    /// It is captured, voided or expired to the end.
    #[error("the hold is closed")]
    Closed,
    /// More than is open plus the tolerance that is left.
    #[error("the capture is above what is open and the tolerance")]
    AboveTolerance,
    /// An amount that is not more than nothing.
    #[error("the amount is not positive")]
    NotPositive,
    /// The time of expiry has not come.
    #[error("the hold has not expired yet")]
    NotYet,
}

impl Hold {
    /// A new hold with everything open.
    pub fn place(
        id: HoldId,
        account: AccountId,
        held: Fen,
        tolerance: Fen,
        expires_at: Instant,
    ) -> Hold {
        Hold {
            id,
            account,
            held,
            tolerance,
            open: held,
            captured: Fen::ZERO,
            voided: Fen::ZERO,
            expired: Fen::ZERO,
            expires_at,
            closed: false,
        }
    }

    /// What was captured above what was held so far.
    pub fn excess(&self) -> Fen {
        Fen(self.open.0 + self.captured.0 + self.voided.0 + self.expired.0 - self.held.0)
    }

    /// The hold after capturing `amount`; a last capture gives back what is then still open.
    ///
    /// # Errors
    /// When it is closed, the amount is not positive, or it passes the tolerance.
    pub fn capture(&self, amount: Fen, last: bool) -> Result<Hold, HoldRefusal> {
        if self.closed {
            return Err(HoldRefusal::Closed);
        }
        if !amount.is_positive() {
            return Err(HoldRefusal::NotPositive);
        }
        let above = amount.0.saturating_sub(self.open.0).max(0);
        if above > self.tolerance.0.saturating_sub(self.excess().0) {
            return Err(HoldRefusal::AboveTolerance);
        }
        let mut after = self.clone();
        after.open = Fen((self.open.0 - amount.0).max(0));
        after.captured = self.captured.plus(amount).ok_or(HoldRefusal::AboveTolerance)?;
        if last {
            after.voided = Fen(self.voided.0 + after.open.0);
            after.open = Fen::ZERO;
        }
        after.closed = after.open == Fen::ZERO;
        Ok(after)
    }

    /// The hold after giving back all that is open.
    ///
    /// # Errors
    /// When it is closed.
    pub fn void(&self) -> Result<Hold, HoldRefusal> {
        if self.closed {
            return Err(HoldRefusal::Closed);
        }
        let mut after = self.clone();
        after.voided = Fen(self.voided.0 + self.open.0);
        after.open = Fen::ZERO;
        after.closed = true;
        Ok(after)
    }

    /// The hold after its time has run out.
    ///
    /// # Errors
    /// When it is closed, or `now` is before its time.
    pub fn expire(&self, now: Instant) -> Result<Hold, HoldRefusal> {
        if self.closed {
            return Err(HoldRefusal::Closed);
        }
        if now < self.expires_at {
            return Err(HoldRefusal::NotYet);
        }
        let mut after = self.clone();
        after.expired = Fen(self.expired.0 + self.open.0);
        after.open = Fen::ZERO;
        after.closed = true;
        Ok(after)
    }
}

impl Row for Hold {
    const TABLE: Table = Table {
        name: "holds",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("account", Kind::Id),
            fixed("held_fen", Kind::Int),
            fixed("tolerance_fen", Kind::Int),
            changing("open_fen", Kind::Int),
            changing("captured_fen", Kind::Int),
            changing("voided_fen", Kind::Int),
            changing("expired_fen", Kind::Int),
            fixed("expires_at", Kind::Int),
            changing("closed", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Id(self.account.0),
            Cell::Int(self.held.0),
            Cell::Int(self.tolerance.0),
            Cell::Int(self.open.0),
            Cell::Int(self.captured.0),
            Cell::Int(self.voided.0),
            Cell::Int(self.expired.0),
            Cell::Int(self.expires_at.0),
            Cell::Int(i64::from(self.closed)),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Hold, Corrupt> {
        Ok(Hold {
            id: cells.id()?,
            account: cells.id()?,
            held: Fen(cells.int()?),
            tolerance: Fen(cells.int()?),
            open: Fen(cells.int()?),
            captured: Fen(cells.int()?),
            voided: Fen(cells.int()?),
            expired: Fen(cells.int()?),
            expires_at: Instant(cells.int()?),
            closed: cells.int()? != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ids;
    use proptest::prelude::*;

    fn hold(held: i64, tolerance: i64) -> Hold {
        let ids = Ids::new(Instant(0), 1, 0);
        Hold::place(ids.id(0), ids.id(1), Fen(held), Fen(tolerance), Instant(100))
    }

    #[test]
    fn a_part_is_captured_and_the_rest_given_back() {
        let after = hold(100, 0)
            .capture(Fen(30), false)
            .and_then(|hold| hold.capture(Fen(20), true))
            .expect("within");
        assert_eq!(
            (after.captured, after.voided, after.open, after.closed),
            (Fen(50), Fen(50), Fen(0), true)
        );
        assert_eq!(after.void(), Err(HoldRefusal::Closed));
    }

    #[test]
    fn a_capture_above_the_tolerance_is_refused() {
        assert_eq!(hold(100, 10).capture(Fen(111), true), Err(HoldRefusal::AboveTolerance));
        let after = hold(100, 10).capture(Fen(110), true).expect("within tolerance");
        assert_eq!(after.excess(), Fen(10));
    }

    #[test]
    fn nothing_expires_before_its_time() {
        assert_eq!(hold(5, 0).expire(Instant(99)), Err(HoldRefusal::NotYet));
        assert_eq!(hold(5, 0).expire(Instant(100)).map(|hold| hold.expired), Ok(Fen(5)));
    }

    proptest! {
        #[test]
        fn parts_always_sum_to_held_and_excess(held in 1i64..1000, tolerance in 0i64..100,
            steps in prop::collection::vec((0u8..4, 1i64..500, any::<bool>()), 0..12)) {
            let mut now = hold(held, tolerance);
            for (what, amount, last) in steps {
                let next = match what {
                    0 | 1 => now.capture(Fen(amount), last),
                    2 => now.void(),
                    _ => now.expire(Instant(100)),
                };
                if let Ok(next) = next { now = next; }
                prop_assert!(now.open.0 >= 0 && now.excess().0 >= 0 && now.excess().0 <= tolerance);
                prop_assert_eq!(now.closed, now.open == Fen::ZERO);
            }
        }
    }
}
