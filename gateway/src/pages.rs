//! The payer's page: find the house, see what is due and why, pay, keep the receipt, say no to
//! marketing. Server-rendered, in Chinese and English; it works without scripts, and htmx only saves
//! reloads.
//!
//! A door like the API: it translates and answers. What is due and whether it may be paid is decided
//! behind it; nothing here knows a rule about money. The channel that it speaks for is the sandbox's;
//! on a live database the bank's own login belongs in its place, and the page offers nothing.
//!
//! # Why nobody pays twice
//!
//! | what happens | what stops it |
//! |---|---|
//! | double click, lost answer, form sent again | the key in the form: the first answer is repeated |
//! | reload or "back" to the quote, pay again | the reference, made where the bills were chosen: one order each |
//! | the bill was paid meanwhile | the quote names the revision that it priced |
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | `texts`, `language`, `wording` | every sentence, in which language, and amounts and dates in it |
//! | `frame`, `shield`, `assets` | what surrounds every page: navigation, headers, style |
//! | `session`, `form`, `link` | who is logged in; what comes in; where links lead |
//! | `login`, `find`, `bills`, `quote`, `pay`, `receipt`, `history`, `privacy` | one page each |
//! | `trouble` | what went wrong, in plain words, and what to do next |

mod assets;
mod bills;
mod find;
mod form;
mod frame;
mod history;
mod language;
mod link;
mod login;
mod pay;
mod privacy;
mod quote;
mod receipt;
mod session;
mod shield;
mod texts;
mod trouble;
mod wording;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use crate::gateway::Gateway;

/// The channel for which these pages speak.
pub const CHANNEL: &str = "sandbox-bank";

/// The pages under `/pay`.
pub fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/pay", get(find::communities))
        .route("/pay/communities", get(find::matching))
        .route("/pay/house", get(find::house))
        .route("/pay/bills", get(bills::page))
        .route("/pay/sum", get(bills::sum))
        .route("/pay/quote", get(quote::page))
        .route("/pay/pay", post(pay::pay))
        .route("/pay/receipt/{order}", get(receipt::page))
        .route("/pay/history", get(history::page))
        .route("/pay/privacy", get(privacy::page).post(privacy::say))
        .route("/pay/login", get(login::page).post(login::enter))
        .route("/pay/logout", post(login::leave))
        .route("/pay/language/{language}", get(language::choose))
        .route("/pay/assets/{name}", get(assets::serve))
        .route("/pay/{*nothing}", get(trouble::no_such_page))
        .with_state(gateway)
        .layer(from_fn(shield::guard))
}
