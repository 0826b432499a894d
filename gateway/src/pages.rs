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
//! | `names`, `lines` | what a partner calls things; the lines of a quote or receipt |
//! | `login`, `find`, `bills`, `quote`, `pay`, `receipt`, `history`, `privacy` | one page each |
//! | `billers` | the pages of water, power, gas and tuition |
//! | `core` | where the money is of payers whose account is with the bank's core |
//! | `trouble` | what went wrong, in plain words, and what to do next |

mod assets;
mod billers;
mod bills;
mod core;
mod find;
mod form;
mod frame;
mod history;
mod language;
mod lines;
mod link;
mod login;
mod names;
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
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::csrf::CsrfLayer;

use crate::gateway::Gateway;
use crate::utility::billers::Billers;

/// The channel for which these pages speak.
pub const CHANNEL: &str = "sandbox-bank";

/// What every page has.
#[derive(Debug, Clone)]
struct Pages {
    gateway: Gateway,
    /// Who can be paid without a bill having been published.
    billers: Billers,
    /// Whether browsers reach us over TLS, so that cookies need it too.
    secure: bool,
}

/// The pages under `/pay`. `secure` says whether browsers reach them over TLS.
pub fn router(gateway: Gateway, billers: Billers, secure: bool) -> Router {
    let pages = Pages { gateway, billers, secure };
    Router::new()
        .route("/pay", get(find::page))
        .route("/pay/communities", get(find::matching))
        .route("/pay/house", get(find::house))
        .route("/pay/billers/{code}", get(billers::customer))
        .route("/pay/billers/{code}/due", get(billers::due))
        .route("/pay/billers/{code}/pay", post(billers::pay).get(trouble::start_again))
        .route("/pay/bills", get(bills::page))
        .route("/pay/sum", get(bills::sum))
        .route("/pay/quote", get(quote::page))
        .route("/pay/pay", post(pay::pay).get(trouble::start_again))
        .route("/pay/declined", get(trouble::page))
        .route("/pay/receipt/{order}", get(receipt::page))
        .route("/pay/history", get(history::page))
        .route("/pay/privacy", get(privacy::page).post(privacy::say))
        .route("/pay/login", get(login::page).post(login::enter))
        .route("/pay/logout", post(login::leave).get(trouble::start_again))
        .route("/pay/language/{language}", get(language::choose))
        .route("/pay/assets/{name}", get(assets::serve))
        .route("/pay/{*nothing}", get(trouble::no_such_page))
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(pages.clone(), shield::guard))
        .with_state(pages)
}
