//! `/v1/payments`: ordered by channels, read by whom they concern, taken back and given back.

pub mod view;

use axum::extract::{Path, State};
use jiaozi_adapters::property::BillRef;
use jiaozi_adapters::property::refund::Reason;
use jiaozi_adapters::spec::access::Scope;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::id::BillId;
use jiaozi_ledger::order::Order;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use self::view::{
    AtBiller, AtCore, PaymentDetail, PaymentList, PaymentToBiller, PaymentUnderWay, PaymentView,
    RefundView,
};
use super::answer::{Answered, read as answer, recorded};
use super::call::{Call, id};
use super::json::Amount;
use super::{Api, query};
use crate::accounts;
use crate::draws::payments as draws;
use crate::edge::problem::Problem;
use crate::paging::{Page, Paging};
use crate::payment::Payment;
use crate::property::bills;
use crate::property::payments::{self, GiveBack};
use crate::refused::not_found;
use crate::utility::payments as to_biller;

/// The longest reference, in bytes.
const REFERENCE_BYTES_MAX: usize = 128;

/// A payment, as a channel orders it for a payer that it has authenticated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// `token` of a quote.
    quote: String,
    /// The payer's account: a deposit, or `customer:` and the number of an account with the bank's core.
    #[schema(pattern = "^(deposit|customer):[A-Za-z0-9._-]{1,64}$", example = "deposit:6222-01")]
    payer: String,
    /// The channel's own reference, unique for it.
    #[schema(min_length = 1, max_length = 128)]
    reference: Option<String>,
}

/// What is to be given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// What the payer gets, in fen; all that is left if it is left out.
    #[schema(value_type = Option<i64>, minimum = 1)]
    amount_fen: Option<Amount>,
    /// Only of these bills; of all if it is left out.
    bills: Option<Vec<NamedBill>>,
    /// Why.
    #[schema(value_type = ReasonName)]
    reason: Reason,
}

/// A bill, by one of its two identifiers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedBill {
    /// Our identifier.
    bill: Option<Uuid>,
    /// The partner's own.
    import_id: Option<String>,
}

/// A bill by exactly one of its two identifiers.
pub(super) fn bill_ref(
    bill: Option<Uuid>,
    import_id: Option<String>,
    place: impl Into<String>,
) -> Result<BillRef, Problem> {
    match (bill, import_id) {
        (Some(id), None) => Ok(BillRef::Id(BillId(id))),
        (None, Some(import_id)) => Ok(BillRef::ImportId(import_id)),
        _ => Err(query::invalid("The bill is not named.").at(place, "either bill or import_id")),
    }
}

/// Why money goes back.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum ReasonName {
    PaidAtDesk,
    PaidTwice,
    WrongHouse,
    WrongAmount,
    PayerRequest,
    Other,
}

/// Which payments: exactly one of the first four.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PaymentsQuery {
    /// Partners: of the bill with this identifier of their own.
    import_id: Option<String>,
    /// Partners: of this clearing day.
    #[param(value_type = Option<String>, format = "date")]
    clearing_date: Option<Date>,
    /// Channels: with this reference of their own.
    reference: Option<String>,
    /// Channels: from this account.
    account: Option<String>,
    /// `next` of the previous page.
    cursor: Option<String>,
    /// How many at the most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<i64>,
}

/// Pays a quote.
///
/// The payer is debited and the partner credited in one transaction, or neither. A decline says what
/// happened between quote and payment, in `code`, and what to do, in `next`.
///
/// A quote of a biller is answered with 202: the money is reserved and the biller is told. What becomes
/// of it is read at the payment.
///
/// A payer's account with the bank's core (`customer:…`) is answered with 202 in every scene: the core is
/// asked for the money first, and the partner is paid when the core has given it.
#[utoipa::path(post, path = "/v1/payments", operation_id = "pay", tag = "channel",
    request_body = NewPayment,
    responses((status = 201, body = PaymentView), (status = 202, body = PaymentUnderWay)))]
pub(super) async fn pay(State(api): State<Api>, call: Call) -> Answered {
    let channel = call.channel(Scope::Pay)?;
    let asked = call.asked()?;
    let body: NewPayment = call.json()?;
    if !accounts::is_payer(&body.payer) {
        let expected =
            "the code of a deposit account or of one with the core, as in deposit:6222-01";
        return Err(query::invalid("This is no payer's account.").at("body, payer", expected));
    }
    let fits = |text: &String| {
        (1..=REFERENCE_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
    };
    if !body.reference.as_ref().is_none_or(fits) {
        let expected = format!("1 to {REFERENCE_BYTES_MAX} bytes without control characters");
        return Err(query::invalid("This is no reference.").at("body, reference", expected));
    }
    let payer = AccountRef::Code(body.payer);
    let payment = Payment { quote: body.quote, payer, reference: body.reference };
    let drawn = draws::begin(&api.gateway, &api.billers, &asked, channel, &payment).await?;
    if let Some(reply) = drawn {
        return recorded(reply);
    }
    let accepted = to_biller::accept(&api.gateway, &api.billers, &asked, channel, &payment).await?;
    match accepted {
        Some(reply) => recorded(reply),
        None => recorded(payments::pay(&api.gateway, &asked, channel, payment).await?),
    }
}

/// Payments, of the caller's own bills or orders.
#[utoipa::path(get, path = "/v1/payments", operation_id = "list_payments", tag = "payments",
    params(PaymentsQuery), responses((status = 200, body = PaymentList)))]
pub(super) async fn list(State(api): State<Api>, call: Call) -> Answered {
    let query: PaymentsQuery = call.query()?;
    let paging = Paging { cursor: query.cursor.clone(), limit: query.limit };
    let page = if call.spec.channel().is_some() {
        of_channel(&api, &call, query, &paging).await?
    } else {
        of_partner(&api, &call, query, &paging).await?
    };
    let payments = page.items.iter().map(PaymentView::from).collect();
    answer(PaymentList { payments, next: page.next })
}

async fn of_channel(
    api: &Api,
    call: &Call,
    query: PaymentsQuery,
    paging: &Paging,
) -> Result<Page<Order>, Problem> {
    call.channel(Scope::Query)?;
    match query {
        PaymentsQuery {
            reference: Some(reference),
            account: None,
            import_id: None,
            clearing_date: None,
            ..
        } => {
            let found = payments::by_reference(&api.gateway, call.code(), &reference).await?;
            if found.is_none() {
                let drawn = draws::by_reference(&api.gateway, call.code(), &reference).await?;
                let shown = drawn.map(|drawn| drawn.draw.as_order(drawn.instruction.state));
                return Ok(Page::whole(shown.into_iter().collect()));
            }
            Ok(Page::whole(found.into_iter().collect()))
        }
        PaymentsQuery {
            account: Some(code),
            reference: None,
            import_id: None,
            clearing_date: None,
            ..
        } => {
            call.needs(Scope::Accounts)?;
            let account = accounts::payer(&api.gateway, &code).await?;
            let account = account.ok_or_else(|| not_found("account"))?;
            Ok(payments::of_payer(&api.gateway, call.code(), account.id, paging).await?)
        }
        _ => Err(query::invalid("It does not say which payments.")
            .at("query", "either reference or account")),
    }
}

async fn of_partner(
    api: &Api,
    call: &Call,
    query: PaymentsQuery,
    paging: &Paging,
) -> Result<Page<Order>, Problem> {
    call.company(api, Scope::Orders)?;
    match query {
        PaymentsQuery {
            import_id: Some(import_id),
            clearing_date: None,
            reference: None,
            account: None,
            ..
        } => {
            let bill = BillRef::ImportId(import_id);
            let bill = bills::find(&api.gateway, call.code(), &bill).await?;
            let bill = bill.ok_or_else(|| not_found("bill"))?;
            Ok(Page::whole(payments::of_bill(&api.gateway, bill.id).await?))
        }
        PaymentsQuery {
            clearing_date: Some(date),
            import_id: None,
            reference: None,
            account: None,
            ..
        } => Ok(payments::of_day(&api.gateway, call.code(), date, paging).await?),
        _ => Err(query::invalid("It does not say which payments.")
            .at("query", "either import_id or clearing_date")),
    }
}

/// A payment with what was given back for it.
#[utoipa::path(get, path = "/v1/payments/{payment}", operation_id = "read_payment",
    tag = "payments", params(("payment" = Uuid, Path, description = "The payment's `order`")),
    responses((status = 200, body = PaymentDetail)))]
pub(super) async fn read(
    State(api): State<Api>,
    Path(payment): Path<String>,
    call: Call,
) -> Answered {
    call.needs(if call.spec.channel().is_some() { Scope::Query } else { Scope::Orders })?;
    let order = id(&payment, "payment")?;
    let found = payments::by_id(&api.gateway, &call.caller(), order).await?;
    // Whose account it is, and what waits for its money, is between the payer and the bank.
    let drawn = match call.spec.channel() {
        Some(_) => draws::seen_by(draws::of_order(&api.gateway, order).await?, &call.caller()),
        None => None,
    };
    let waiting = || drawn.as_ref().map(|drawn| drawn.draw.as_order(drawn.instruction.state));
    let order = found.or_else(waiting).ok_or_else(|| not_found("payment"))?;
    let refunds = payments::refunds(&api.gateway, order.id).await?;
    let instruction = to_biller::instruction_of(&api.gateway, order.id).await?;
    answer(PaymentDetail {
        payment: PaymentView::from(&order),
        core: drawn.as_ref().map(AtCore::from),
        biller: instruction.as_ref().map(AtBiller::from),
        refunds: refunds.iter().map(RefundView::from).collect(),
    })
}

/// Nothing but an object.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Takes a whole payment back, as if it had never been made.
///
/// Possible until its clearing day is closed; afterwards it is a refund. A payment to a biller is taken
/// back at the biller until the biller's day is over: then the answer is 202. What was paid from an
/// account with the bank's core can be taken back until the core's day is over.
#[utoipa::path(post, path = "/v1/payments/{payment}/cancel", operation_id = "cancel_payment",
    tag = "channel", params(("payment" = Uuid, Path, description = "The payment's `order`")),
    request_body(content = Option<Nothing>),
    responses((status = 200, body = PaymentView), (status = 202, body = PaymentToBiller)))]
pub(super) async fn cancel(
    State(api): State<Api>,
    Path(payment): Path<String>,
    call: Call,
) -> Answered {
    call.channel(Scope::Cancel)?;
    let asked = call.asked()?;
    let Nothing {} = call.json_or_empty()?;
    let order = id(&payment, "payment")?;
    let (gateway, billers, caller) = (&api.gateway, &api.billers, call.caller());
    let drawn = draws::seen_by(draws::of_order(gateway, order).await?, &caller);
    if let Some(drawn) = &drawn {
        draws::is_ordered(gateway, drawn).await?;
    }
    let drawn = drawn.as_ref();
    match to_biller::take_back(gateway, billers, &asked, caller.clone(), order, drawn).await? {
        Some(reply) => recorded(reply),
        None => recorded(payments::cancel(gateway, &asked, caller, order, drawn).await?),
    }
}

/// Gives money back for a payment, whole or in part, any number of times.
#[utoipa::path(post, path = "/v1/payments/{payment}/refunds", operation_id = "refund_payment",
    tag = "payments", params(("payment" = Uuid, Path, description = "The payment's `order`")),
    request_body = NewRefund, responses((status = 201, body = RefundView)))]
pub(super) async fn refund(
    State(api): State<Api>,
    Path(payment): Path<String>,
    call: Call,
) -> Answered {
    call.needs(Scope::Refund)?;
    let asked = call.asked()?;
    let body: NewRefund = call.json()?;
    let named = |(bill, nth): (NamedBill, usize)| {
        bill_ref(bill.bill, bill.import_id, format!("body, bills[{nth}]"))
    };
    let bills = body.bills.map(|bills| bills.into_iter().zip(0..).map(named).collect());
    let back = GiveBack {
        order: id(&payment, "payment")?,
        amount: body.amount_fen.map(Into::into),
        bills: bills.transpose()?,
        reason: body.reason,
    };
    draws::no_refund(&api.gateway, &call.caller(), back.order).await?;
    recorded(payments::refund(&api.gateway, &asked, call.caller(), back).await?)
}
