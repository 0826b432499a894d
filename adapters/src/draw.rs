//! Paying from an account with the bank's core system: the money is asked of the core first, under our
//! reference; only when the core has given it does the scene spend it, and what the scene does not take, or
//! gives back whole, goes back to the core. Pure commands, like those of the scenes; the table of states is
//! in [`jiaozi_ledger::draw`].
//!
//! | command | draw | instruction to the core | money |
//! |---|---|---|---|
//! | [`begin::Begin`] | → asked | → asked | none of ours |
//! | [`Hear`](crate::utility::hear::Hear) of the core | as its table says | as its table says | core clearing → customer; suspense → core clearing |
//! | [`spend::Spend`] | drawn → spent, by the scene's own command in the same commit; or → returning | done, or → reversing | customer → as the scene says; or → suspense |
//! | [`give_back::GiveBack`] | spent → returning, once the scene has given all of it back | → reversing | customer → suspense |
//! | [`ask_back::AskBack`] | stays, if it could go back now | done | as the scene says |
//! | [`undo::Undo`] | spent → returning, with the scene's own command that undoes the payment | → reversing | as the scene says, then → suspense |
//!
//! After the core's day nothing can be reversed: what has to go back then waits in suspense until two
//! operators say that it was given back by hand. The core's files decide what it has done, and move no money
//! of a draw that they have decided.

pub mod answer;
pub mod ask_back;
pub mod begin;
pub(crate) mod follow;
pub mod give_back;
pub mod possible;
pub mod spend;
pub mod undo;

#[cfg(test)]
mod tests;

use jiaozi_ledger::money::Fen;
use jiaozi_ledger::time::Instant;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{property, utility};

/// The name under which the core is settled with: never, it is nobody's payee.
pub const SCENE: &str = "core";

/// What drawn money is meant for: the quote of a scene, as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scene", content = "quote", rename_all = "snake_case")]
pub enum Intention {
    /// Property bills.
    Property(property::quote::Quote),
    /// A biller's.
    Utility(utility::quote::Quote),
}

impl Intention {
    /// The scene.
    #[must_use]
    pub fn scene(&self) -> &'static str {
        match self {
            Intention::Property(_) => property::SCENE,
            Intention::Utility(_) => utility::SCENE,
        }
    }

    /// Who is to be paid.
    #[must_use]
    pub fn payee(&self) -> &str {
        match self {
            Intention::Property(quote) => &quote.partner,
            Intention::Utility(quote) => &quote.biller,
        }
    }

    /// What the payer pays.
    #[must_use]
    pub fn amount(&self) -> Fen {
        match self {
            Intention::Property(quote) => quote.total,
            Intention::Utility(quote) => quote.total,
        }
    }

    /// The quote's identifier.
    #[must_use]
    pub fn quote(&self) -> Uuid {
        match self {
            Intention::Property(quote) => quote.id,
            Intention::Utility(quote) => quote.id,
        }
    }

    fn site(&self) -> &str {
        match self {
            Intention::Property(quote) => &quote.site,
            Intention::Utility(_) => "",
        }
    }

    fn house(&self) -> &str {
        match self {
            Intention::Property(quote) => &quote.house,
            Intention::Utility(quote) => &quote.customer,
        }
    }

    fn expires_at(&self) -> Instant {
        match self {
            Intention::Property(quote) => quote.expires_at,
            Intention::Utility(quote) => quote.expires_at,
        }
    }

    /// The same, whose quote is good until an instant at least.
    fn good_until(&self, at: Instant) -> Intention {
        let mut longer = self.clone();
        let expires_at = match &mut longer {
            Intention::Property(quote) => &mut quote.expires_at,
            Intention::Utility(quote) => &mut quote.expires_at,
        };
        *expires_at = at.max(*expires_at);
        longer
    }

    /// As it is kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Quotes serialise: they travel in tokens.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was kept.
    ///
    /// # Errors
    /// When it was kept by another version.
    pub fn of(text: &str) -> serde_json::Result<Intention> {
        serde_json::from_str(text)
    }
}
