//! Identifiers: UUIDv7 with a type of their own per kind, and where new ones come from.
//!
//! A decision may not draw random numbers, so new identifiers come from the [`Ids`] among its facts.

use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> $name {
                $name(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<$name, uuid::Error> {
                Uuid::parse_str(text).map($name)
            }
        }
    )*};
}

identifiers! {
    /// An account of the books.
    AccountId,
    /// A reservation of money on an account.
    HoldId,
    /// A payment as the payer ordered it.
    OrderId,
    /// Something due to a partner.
    BillId,
    /// Money given back for an order.
    RefundId,
    /// What was asked of a system outside.
    InstructionId,
    /// Money that is asked of the bank's core system for a payment.
    DrawId,
    /// A partner's clearing day.
    DayId,
    /// A limit passed by a posting that an outside fact had already made true.
    DebtId,
    /// A person whom the ledger has seen.
    PersonId,
    /// A person of the bank who gives manual commands.
    OperatorId,
    /// What one operator proposes and another approves.
    ApprovalId,
    /// A file in which a partner is told of instructions.
    InstructionFileId,
    /// What a payer has allowed a partner to debit.
    MandateId,
    /// A partner's file of claims under mandates.
    BatchId,
    /// One claim of such a file.
    BatchLineId,
    /// A partner's file of a clearing date.
    StatementId,
    /// Where such a file and the books differ.
    BreakId,
    /// Money that the bank's core is told to pay.
    PayoutId,
    /// A file in which it is told.
    PayoutFileId,
    /// What waits on an account to be paid out.
    PayableId,
    /// An account that stands for one of ours elsewhere.
    MirrorId,
    /// A statement of such an account.
    AccountStatementId,
    /// What happened on such an account, by one side's word.
    ItemId,
}

/// The source of new identifiers for one command: unique across processes by its seed, growing within
/// a batch by the command's place.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    at: Instant,
    seed: u64,
    place: u16,
}

/// Where the seeds of identifiers come from: one a batch. Only tests that compare runs byte for byte
/// use anything but [`RandomSeeds`].
pub trait Seeds: Send + Sync + fmt::Debug {
    /// The next seed, or `None` when there is none to be had.
    fn draw(&self) -> Option<u64>;
}

/// Seeds from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomSeeds;

impl Seeds for RandomSeeds {
    fn draw(&self) -> Option<u64> {
        let mut seed = [0u8; 8];
        getrandom::fill(&mut seed).ok()?;
        Some(u64::from_be_bytes(seed))
    }
}

impl Ids {
    /// How many commands of a batch have identifiers of their own.
    pub const PLACES: usize = 1 << 12;

    /// The source for the command at `place` of the batch that drew `seed` at `at`.
    pub fn new(at: Instant, seed: u64, place: u16) -> Ids {
        Ids { at, seed, place }
    }

    /// The `nth` identifier of this command: a UUIDv7 (RFC 9562) whose 74 free bits are the place of
    /// the command (12), `nth` (16) and the seed (46). The same call gives the same identifier.
    pub fn id<T: From<Uuid>>(&self, nth: u16) -> T {
        let millis = u64::try_from(self.at.0 / 1_000).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
        let place = u64::from(self.place & 0x0FFF);
        let high = (millis << 16) | 0x7000 | place;
        let low = 0x8000_0000_0000_0000 | (u64::from(nth) << 46) | (self.seed & 0x3FFF_FFFF_FFFF);
        Uuid::from_u64_pair(high, low).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn identifiers_are_version_7_and_grow_within_a_batch() {
        let mut seen = BTreeSet::new();
        let mut last = Uuid::nil();
        for place in 0..300 {
            let ids = Ids::new(Instant(1_800_000_000_000_000), 0xDEAD_BEEF_CAFE_F00D, place);
            for nth in 0..5 {
                let id: Uuid = ids.id(nth);
                assert_eq!(id.get_version_num(), 7);
                assert!(id > last, "{id} follows {last}");
                assert!(seen.insert(id));
                last = id;
            }
        }
    }
}
