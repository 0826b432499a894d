//! The HTTP API `/v1`: what partners' and channels' programs call.
//!
//! A handler reads: who calls, may they, what do they say, ask the service layer, answer. It decides
//! nothing. A body is read whole and its signature verified over the raw bytes before anything parses
//! it; what is refused before the writer leaves no record, and what the writer has answered is
//! answered the same way for ever.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`call`] | an authenticated request, and what can be taken from it |
//! | [`authenticate`], [`nonces`] | whose request it is |
//! | [`json`], [`query`] | strict bodies and query strings |
//! | [`answer`] | answers, recorded ones byte for byte; every error as a problem |
//! | [`sign`] | our signature under answers |
//! | [`document`] | OpenAPI 3.1 from this code |
//! | [`bills`], [`files`], [`payments`], [`days`], [`events`], [`withholdings`] | for a partner |
//! | [`partners`], [`quotes`], [`billers`], [`payments`], [`accounts`], [`consents`], [`mandates`] | for a channel |
//! | [`sandbox`] | what only a sandbox has |

pub mod accounts;
pub mod answer;
pub mod authenticate;
pub mod billers;
pub mod bills;
pub mod call;
pub mod consents;
pub mod days;
pub mod document;
pub mod events;
pub mod files;
pub mod json;
pub mod mandates;
pub mod nonces;
pub mod partners;
pub mod payments;
pub mod query;
pub mod quotes;
pub mod sandbox;
pub mod sign;
pub mod withholdings;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::authenticate::Certificates;
use self::nonces::Nonces;
use crate::config::{Config, ConfigError};
use crate::edge::body::BodyLimits;
use crate::edge::signature::{Origin, Policy, Signer};
use crate::gateway::Gateway;
use crate::utility::billers::Billers;

/// What the configuration says about this door.
#[derive(Debug)]
pub struct Settings {
    /// The rules for signatures; a partner's specification can ask for more.
    pub policy: Policy,
    /// How the world sees this gateway, when a proxy stands in front of it.
    pub public_origin: Option<Origin>,
    /// Signs our answers, when there is a key for it.
    pub signer: Option<Signer>,
    /// What is read of a body.
    pub bodies: BodyLimits,
    /// What is read of a body that is a file.
    pub files: BodyLimits,
}

impl Settings {
    /// As configured.
    ///
    /// # Errors
    /// When our own key cannot be read.
    pub fn of(config: &Config) -> Result<Settings, ConfigError> {
        let signer = config.signatures.signer();
        Ok(Settings {
            policy: config.signatures.policy(),
            public_origin: config.listen.origin(),
            signer: signer.map_err(|complaint| config.complain(complaint))?,
            bodies: config.limits.of_bodies(),
            files: config.limits.of_files(),
        })
    }
}

/// What all handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    /// The service layer stands on this.
    pub gateway: Gateway,
    pub(crate) settings: Arc<Settings>,
    pub(crate) nonces: Nonces,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) billers: Billers,
}

impl Api {
    /// The API of a gateway. Needs a runtime: nonces are remembered by a task of their own.
    #[must_use]
    pub fn new(gateway: Gateway, billers: Billers, settings: Settings) -> Api {
        Api {
            nonces: Nonces::start(gateway.store.clone()),
            certificates: Arc::new(Certificates::of(&gateway.partners)),
            settings: Arc::new(settings),
            billers,
            gateway,
        }
    }

    /// The routes, with their interface document at `/openapi.json`.
    pub fn router(self) -> Router {
        let (routes, document) = routes().split_for_parts();
        let document = document::finish(document);
        routes
            .layer(from_fn_with_state(self.clone(), sign::sign))
            .route("/openapi.json", get(async || axum::Json(document)))
            .with_state(self)
    }
}

/// All routes, in the order of the interface document.
fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(document::begin())
        .routes(routes!(bills::list, bills::import))
        .routes(routes!(bills::read))
        .routes(routes!(bills::read_by_import_id))
        .routes(routes!(bills::withdraw))
        .routes(routes!(payments::list, payments::pay))
        .routes(routes!(payments::read))
        .routes(routes!(payments::cancel))
        .routes(routes!(payments::refund))
        .routes(routes!(days::read))
        .routes(routes!(files::import))
        .routes(routes!(files::day))
        .routes(routes!(withholdings::hand_in))
        .routes(routes!(withholdings::read))
        .routes(routes!(withholdings::results))
        .routes(routes!(events::list))
        .routes(routes!(partners::list))
        .routes(routes!(partners::house))
        .routes(routes!(quotes::quote))
        .routes(routes!(billers::list))
        .routes(routes!(billers::quote))
        .routes(routes!(accounts::open))
        .routes(routes!(accounts::read))
        .routes(routes!(accounts::statement))
        .routes(routes!(consents::record))
        .routes(routes!(mandates::list, mandates::sign))
        .routes(routes!(mandates::read))
        .routes(routes!(mandates::change))
        .routes(routes!(mandates::suspend))
        .routes(routes!(mandates::resume))
        .routes(routes!(mandates::revoke))
        .routes(routes!(sandbox::fund))
        .routes(routes!(sandbox::move_time))
}

/// The interface document, as it is served and kept as `gateway/openapi.json`.
#[must_use]
pub fn openapi() -> serde_json::Value {
    document::finish(routes().split_for_parts().1)
}
