//! `/v1/mandates`: for channels, what a payer lets a partner debit under a contract. They are the
//! payer's: a channel sees those of its payers' accounts, whichever channel they were signed through.

use axum::extract::{Path, State};
use jiaozi_adapters::spec::access::Scope;
use jiaozi_adapters::spec::claim_line::{CONTRACT_EXPECTED, is_contract};
use jiaozi_ledger::id::MandateId;
use jiaozi_ledger::mandate::{Again, Limits, Mandate, Partial, Word};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::personal::Personal;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{Answered, read as answer, recorded};
use super::call::{Call, id};
use super::json::Amount;
use super::{Api, query};
use crate::accounts;
use crate::edge::problem::Problem;
use crate::paging::Paging;
use crate::refused::not_found;
use crate::withholding::mandates::{self, Wish};

/// The longest name of an account holder, in characters.
const HOLDER_CHARACTERS_MAX: usize = 60;

/// A mandate to sign.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMandate {
    /// The partner that may debit.
    partner: String,
    /// The contract's number there.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,64}$")]
    contract: String,
    /// The payer's account.
    #[schema(pattern = "^deposit:[A-Za-z0-9._-]{1,64}$", example = "deposit:6222-01")]
    account: String,
    /// The account holder's name as the partner writes it: personal data, kept as an index that can be
    /// compared and not read, never in an answer.
    #[schema(min_length = 1, max_length = 60)]
    holder: String,
    /// The most of one debit, in fen.
    #[schema(value_type = i64, minimum = 1)]
    debit_max_fen: Amount,
    /// The most of a calendar month, in fen; no such limit if it is left out.
    #[schema(value_type = Option<i64>, minimum = 1)]
    month_max_fen: Option<Amount>,
    /// The first day on which it may be used.
    #[schema(value_type = String, format = "date")]
    valid_from: Date,
    /// The last day on which it may be used; until it is revoked if it is left out.
    #[schema(value_type = Option<String>, format = "date")]
    valid_to: Option<Date>,
    /// Debits what is there if it is less, but at least so much, in fen; only the whole if it is left out.
    #[schema(value_type = Option<i64>, minimum = 1)]
    partial_minimum_fen: Option<Amount>,
    /// When what failed for want of money is presented again; never if it is left out.
    again: Option<AgainView>,
}

impl std::fmt::Debug for NewMandate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewMandate")
    }
}

/// What a mandate allows from now on, all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MandateChange {
    /// The most of one debit, in fen.
    #[schema(value_type = i64, minimum = 1)]
    debit_max_fen: Amount,
    /// The most of a calendar month, in fen.
    #[schema(value_type = Option<i64>, minimum = 1)]
    month_max_fen: Option<Amount>,
    /// The first day on which it may be used.
    #[schema(value_type = String, format = "date")]
    valid_from: Date,
    /// The last day on which it may be used.
    #[schema(value_type = Option<String>, format = "date")]
    valid_to: Option<Date>,
    /// Debits what is there if it is less, but at least so much, in fen.
    #[schema(value_type = Option<i64>, minimum = 1)]
    partial_minimum_fen: Option<Amount>,
    /// When what failed for want of money is presented again.
    again: Option<AgainView>,
}

impl MandateChange {
    fn limits(self) -> Limits {
        let partial = match self.partial_minimum_fen {
            Some(minimum) => Partial::WhatIsThere { minimum_fen: minimum.into() },
            None => Partial::None,
        };
        let again = self.again.map(|again| Again { days: again.days, times_max: again.times_max });
        Limits {
            of_debit: self.debit_max_fen.into(),
            of_month: self.month_max_fen.map(Fen::from),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            partial,
            again: again.unwrap_or_default(),
        }
    }
}

/// When what failed for want of money is presented again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgainView {
    /// Days of the month, rising; the last day of a month that is shorter.
    days: Vec<i8>,
    /// How often at the most.
    #[schema(minimum = 0, maximum = 31)]
    times_max: i64,
}

/// A mandate.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MandateView {
    /// The mandate.
    pub mandate: Uuid,
    /// The partner that may debit.
    pub partner: String,
    /// The contract's number there.
    pub contract: String,
    /// The channel through which it was signed.
    pub channel: String,
    /// The payer's account.
    pub account: String,
    /// `signed`, `suspended` or `revoked`.
    pub state: String,
    /// The most of one debit, in fen.
    pub debit_max_fen: i64,
    /// The most of a calendar month, in fen.
    pub month_max_fen: Option<i64>,
    /// The first day on which it may be used.
    #[schema(value_type = String, format = "date")]
    pub valid_from: Date,
    /// The last day on which it may be used.
    #[schema(value_type = Option<String>, format = "date")]
    pub valid_to: Option<Date>,
    /// What happens when less is there than is claimed.
    pub partial: PartialView,
    /// When what failed for want of money is presented again.
    pub again: AgainView,
    /// When it was signed.
    #[schema(value_type = String, format = "date-time")]
    pub at: Instant,
    /// The number in the feed of what signed it.
    pub seq: i64,
}

/// What happens when less is there than is claimed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartialView {
    /// `none`: nothing is debited; `what_is_there`: that is debited.
    pub policy: String,
    /// The least that is debited, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_fen: Option<i64>,
}

impl MandateView {
    fn of(mandate: &Mandate, account: &str) -> Result<MandateView, Problem> {
        let body = jiaozi_adapters::withholding::answer::mandate_body(mandate, account);
        serde_json::from_value(body.into()).map_err(Problem::internal)
    }
}

/// Mandates of an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MandateList {
    /// Oldest first.
    pub mandates: Vec<MandateView>,
    /// The cursor to the next page; none at the end.
    pub next: Option<String>,
}

/// Which mandates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MandatesQuery {
    /// The payer's account.
    account: String,
    /// `next` of the previous page.
    cursor: Option<String>,
    /// How many at the most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<i64>,
}

/// Signs a mandate: the payer lets a partner debit an account under a contract.
///
/// A contract has one mandate until that is revoked. Every debit under it is told with a notice
/// `payment.withheld`.
#[utoipa::path(post, path = "/v1/mandates", operation_id = "sign_mandate", tag = "channel",
    request_body = NewMandate, responses((status = 201, body = MandateView)))]
pub(super) async fn sign(State(api): State<Api>, call: Call) -> Answered {
    let channel = call.channel(Scope::Mandates)?;
    let asked = call.asked_in_private()?;
    let body: NewMandate = call.json()?;
    if !is_contract(&body.contract) {
        return Err(
            query::invalid("This is no contract's number.").at("body, contract", CONTRACT_EXPECTED)
        );
    }
    if !accounts::is_deposit(&body.account) {
        return Err(query::invalid("This is no payer's account.")
            .at("body, account", "the code of a deposit account, as in deposit:6222-01"));
    }
    let holder = body.holder.trim();
    if !(1..=HOLDER_CHARACTERS_MAX).contains(&holder.chars().count())
        || holder.chars().any(char::is_control)
    {
        let expected =
            format!("1 to {HOLDER_CHARACTERS_MAX} characters without control characters");
        return Err(query::invalid("This is no name.").at("body, holder", expected));
    }
    let holder = Personal::new(holder);
    let limits = MandateChange {
        debit_max_fen: body.debit_max_fen,
        month_max_fen: body.month_max_fen,
        valid_from: body.valid_from,
        valid_to: body.valid_to,
        partial_minimum_fen: body.partial_minimum_fen,
        again: body.again,
    };
    let wish = Wish {
        partner: body.partner,
        contract: body.contract,
        account: body.account,
        holder,
        limits: limits.limits(),
    };
    recorded(mandates::sign(&api.gateway, &asked, channel, wish).await?)
}

/// The mandates of an account.
#[utoipa::path(get, path = "/v1/mandates", operation_id = "list_mandates", tag = "channel",
    params(MandatesQuery), responses((status = 200, body = MandateList)))]
pub(super) async fn list(State(api): State<Api>, call: Call) -> Answered {
    call.channel(Scope::Mandates)?;
    let query: MandatesQuery = call.query()?;
    let account = accounts::deposit(&api.gateway, &query.account).await?;
    let account = account.ok_or_else(|| not_found("account"))?;
    let paging = Paging { cursor: query.cursor, limit: query.limit };
    let page = mandates::of_account(&api.gateway, account.id, &paging).await?;
    let view = |mandate: &Mandate| MandateView::of(mandate, &account.code);
    let mandates = page.items.iter().map(view).collect::<Result<_, _>>()?;
    answer(MandateList { mandates, next: page.next })
}

/// A mandate as it stands.
#[utoipa::path(get, path = "/v1/mandates/{mandate}", operation_id = "read_mandate", tag = "channel",
    params(("mandate" = Uuid, Path, description = "The mandate")),
    responses((status = 200, body = MandateView)))]
pub(super) async fn read(
    State(api): State<Api>,
    Path(mandate): Path<String>,
    call: Call,
) -> Answered {
    call.channel(Scope::Mandates)?;
    let mandate: MandateId = id(&mandate, "mandate")?;
    let found = mandates::read(&api.gateway, mandate).await?;
    let (mandate, account) = found.ok_or_else(|| not_found("mandate"))?;
    answer(MandateView::of(&mandate, &account.code)?)
}

/// Changes what a mandate allows.
#[utoipa::path(post, path = "/v1/mandates/{mandate}/change", operation_id = "change_mandate",
    tag = "channel", params(("mandate" = Uuid, Path, description = "The mandate")),
    request_body = MandateChange, responses((status = 200, body = MandateView)))]
pub(super) async fn change(
    State(api): State<Api>,
    Path(mandate): Path<String>,
    call: Call,
) -> Answered {
    let channel = call.channel(Scope::Mandates)?;
    let (asked, mandate) = (call.asked()?, id(&mandate, "mandate")?);
    let limits = call.json::<MandateChange>()?.limits();
    recorded(mandates::change(&api.gateway, &asked, channel, mandate, limits).await?)
}

/// No member at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Suspends a mandate: nothing is debited until it is resumed.
#[utoipa::path(post, path = "/v1/mandates/{mandate}/suspend", operation_id = "suspend_mandate",
    tag = "channel", params(("mandate" = Uuid, Path, description = "The mandate")),
    responses((status = 200, body = MandateView)))]
pub(super) async fn suspend(state: State<Api>, path: Path<String>, call: Call) -> Answered {
    say(state, path, call, Word::Suspend).await
}

/// Resumes a mandate that was suspended.
#[utoipa::path(post, path = "/v1/mandates/{mandate}/resume", operation_id = "resume_mandate",
    tag = "channel", params(("mandate" = Uuid, Path, description = "The mandate")),
    responses((status = 200, body = MandateView)))]
pub(super) async fn resume(state: State<Api>, path: Path<String>, call: Call) -> Answered {
    say(state, path, call, Word::Resume).await
}

/// Revokes a mandate: nothing is debited under it ever again.
#[utoipa::path(post, path = "/v1/mandates/{mandate}/revoke", operation_id = "revoke_mandate",
    tag = "channel", params(("mandate" = Uuid, Path, description = "The mandate")),
    responses((status = 200, body = MandateView)))]
pub(super) async fn revoke(state: State<Api>, path: Path<String>, call: Call) -> Answered {
    say(state, path, call, Word::Revoke).await
}

async fn say(
    State(api): State<Api>,
    Path(mandate): Path<String>,
    call: Call,
    word: Word,
) -> Answered {
    let channel = call.channel(Scope::Mandates)?;
    let (asked, mandate) = (call.asked()?, id(&mandate, "mandate")?);
    let Nothing {} = call.json_or_empty()?;
    recorded(mandates::say(&api.gateway, &asked, channel, mandate, word).await?)
}
