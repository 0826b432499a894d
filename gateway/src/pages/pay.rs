//! Paying: the form of the quote, sent once or many times, leads to one receipt.

use std::time::Duration;

use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, Uri};
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::store::batch::{Failure, Reply};
use serde::Deserialize;
use uuid::Uuid;

use super::form::{Fields, Selection, field};
use super::frame::Payer;
use super::{CHANNEL, trouble};
use crate::asked::Asked;
use crate::draws::payments as draws;
use crate::payment::Payment;
use crate::property::payments;
use crate::property::quotes;
use crate::refused::Refused;

/// How long the second click waits for the first one's answer, and how often it looks.
const PATIENCE: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// What the answer to a payment says, as far as this page wants to know it.
#[derive(Debug, Deserialize)]
struct Outcome {
    order: Option<Uuid>,
    code: Option<String>,
}

/// Pays a quote, and goes to the receipt.
pub(super) async fn pay(payer: Payer, Form(fields): Form<Fields>) -> Response {
    match order(&payer, &fields).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

async fn order(payer: &Payer, fields: &Fields) -> Result<Response, Refused> {
    let visit = &payer.visit;
    let token = field(fields, "quote");
    let quote = quotes::open(visit.gateway(), token)?;
    let selection = selection(field(fields, "again")).filter(|again| again.house == quote.house);
    let selection = selection.unwrap_or_else(|| Selection::of_quote(&quote));
    let Ok(reference) = field(fields, "key").parse::<Uuid>() else {
        return Ok(trouble::simple(visit, StatusCode::BAD_REQUEST, visit.t().bad_request));
    };
    // A quote is paid once by whoever pays it; a selection, however often it is quoted, too.
    let key = format!("page/{}/{}", quote.id, payer.session.account);
    let reply = settle(payer, &Asked::by(CHANNEL, key), token, reference).await?;
    let outcome: Outcome =
        serde_json::from_slice(&reply.answer.body).unwrap_or(Outcome { order: None, code: None });
    match (outcome.order, outcome.code) {
        // Paid, now or before; the receipt shows it only to whom it belongs.
        (Some(order), None) => Ok(to_receipt(order)),
        (Some(order), Some(code)) if code == "reference_used" => Ok(to_receipt(order)),
        // A page with an address of its own: going back to it sends nothing again.
        (_, code) => {
            let link = selection.link("/pay/declined", None);
            let code = code.as_deref().unwrap_or("unknown");
            Ok(Redirect::to(&format!("{link}&code={code}")).into_response())
        }
    }
}

/// Pays; while the same payment is being decided, waits for its answer.
async fn settle(
    payer: &Payer,
    asked: &Asked,
    token: &str,
    reference: Uuid,
) -> Result<Reply, Refused> {
    for _ in 0..PATIENCE {
        let payment = Payment {
            quote: token.to_owned(),
            payer: AccountRef::Id(payer.session.account),
            reference: Some(reference.to_string()),
        };
        match either(payer, asked, payment).await {
            Err(Refused::Failure(Failure::InProgress)) => tokio::time::sleep(PAUSE).await,
            answered => return answered,
        }
    }
    Err(Refused::Failure(Failure::InProgress))
}

/// Pays from our own books at once, or asks the core for the money first.
async fn either(payer: &Payer, asked: &Asked, payment: Payment) -> Result<Reply, Refused> {
    let visit = &payer.visit;
    let (gateway, channel) = (visit.gateway(), visit.channel()?);
    match draws::begin(gateway, &visit.pages.billers, asked, channel, &payment).await? {
        Some(drawn) => Ok(drawn),
        None => payments::pay(gateway, asked, channel, payment).await,
    }
}

fn to_receipt(order: Uuid) -> Response {
    Redirect::to(&format!("/pay/receipt/{order}")).into_response()
}

/// The selection that the form carries, as the query of a link.
fn selection(again: &str) -> Option<Selection> {
    let uri: Uri = format!("/{again}").parse().ok()?;
    let fields: Query<Fields> = Query::try_from_uri(&uri).ok()?;
    Some(Selection::of(&fields.0))
}
