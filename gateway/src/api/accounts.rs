//! `/v1/accounts`: payers' deposits, for channels.

use axum::extract::{Path, State};
use jiaozi_acquisition::holder::Holder;
use jiaozi_adapters::spec::access::Scope;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::money::Side;
use jiaozi_ledger::personal::Personal;
use jiaozi_ledger::time::Instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{Answered, read as answer, recorded};
use super::call::Call;
use super::payments::view::BalanceView;
use super::{Api, query};
use crate::accounts;
use crate::edge::problem::Problem;
use crate::refused::not_found;

/// The longest part of a holder's personal data, in bytes.
const HOLDER_BYTES_MAX: usize = 256;

/// An account to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its number; its code is `deposit:` and this.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,64}$", example = "6222-01")]
    number: String,
    /// Who holds it.
    holder: Option<NewHolder>,
}

/// Who holds an account: personal data, sealed at rest, never in an answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHolder {
    /// The name.
    #[schema(max_length = 256)]
    name: Option<String>,
    /// The telephone number.
    #[schema(max_length = 256)]
    phone: Option<String>,
    /// The identity document's number.
    #[schema(max_length = 256)]
    identity_number: Option<String>,
}

impl std::fmt::Debug for NewHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewHolder")
    }
}

impl NewHolder {
    fn details(self) -> Result<Holder, Problem> {
        let each = [
            ("name", &self.name),
            ("phone", &self.phone),
            ("identity_number", &self.identity_number),
        ];
        for (name, value) in each {
            if value.as_ref().is_some_and(|text| text.len() > HOLDER_BYTES_MAX) {
                let expected = format!("at most {HOLDER_BYTES_MAX} bytes");
                return Err(
                    query::invalid("It is too long.").at(format!("body, holder.{name}"), expected)
                );
            }
        }
        Ok(Holder {
            name: self.name.map(Personal::new),
            phone: self.phone.map(Personal::new),
            identity_number: self.identity_number.map(Personal::new),
        })
    }
}

/// An account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Our identifier.
    pub account: Uuid,
    /// Its code.
    pub code: String,
    /// Its currency.
    pub currency: String,
    /// `active`, `frozen` or `closed`.
    pub status: String,
    /// What is on it.
    pub balances: BalanceView,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> AccountView {
        let status = serde_json::to_value(account.status).unwrap_or_default();
        AccountView {
            account: account.id.0,
            code: account.code.clone(),
            currency: account.currency.to_string(),
            status: status.as_str().unwrap_or_default().to_owned(),
            balances: BalanceView {
                posted_fen: account.posted.0,
                pending_fen: account.pending.0,
                available_fen: account.available().0,
            },
        }
    }
}

/// From where, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatementQuery {
    /// The `nth` of the last entry that is known; 0 for all.
    #[serde(default)]
    #[param(minimum = 0, default = 0)]
    after: i64,
    /// How many at the most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<i64>,
}

/// A part of an account's statement, oldest entry first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StatementView {
    /// The account's code.
    pub code: String,
    /// The entries.
    pub entries: Vec<EntryView>,
}

/// An entry of a statement.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    /// Its number on the account, from 1.
    pub nth: i64,
    /// When it was posted.
    #[schema(value_type = String, format = "date-time")]
    pub at: Instant,
    /// `credit` (more) or `debit` (less).
    #[schema(value_type = String)]
    pub side: Side,
    /// How much, in fen.
    pub amount_fen: i64,
    /// What was posted on the account after it, in fen.
    pub balance_after_fen: i64,
    /// What happened.
    #[schema(example = "payment.posted")]
    pub kind: String,
    /// What it happened to: a payment's `order`, mostly.
    pub subject: Uuid,
    /// Its number in the feed.
    pub seq: i64,
}

impl From<accounts::StatementLine> for EntryView {
    fn from(line: accounts::StatementLine) -> EntryView {
        EntryView {
            nth: line.entry.nth,
            at: line.at,
            side: line.entry.side,
            amount_fen: line.entry.amount.0,
            balance_after_fen: line.entry.balance_after.0,
            kind: line.kind,
            subject: line.subject,
            seq: line.entry.seq,
        }
    }
}

/// Opens a deposit account, and says who holds it.
///
/// Opening one that is open already changes nothing; who holds it is kept as said last.
#[utoipa::path(post, path = "/v1/accounts", operation_id = "open_account", tag = "channel",
    request_body = NewAccount, responses((status = 201, body = AccountView),
        (status = 200, description = "It was open already.", body = AccountView)))]
pub(super) async fn open(State(api): State<Api>, call: Call) -> Answered {
    let channel = call.channel(Scope::Accounts)?;
    let asked = call.asked_in_private()?;
    let body: NewAccount = call.json()?;
    let holder = body.holder.map(NewHolder::details).transpose()?;
    let reply = accounts::open(&api.gateway, &asked, &body.number).await?;
    if let Some(holder) = holder
        && reply.answer.status < 300
    {
        // After the account is there; a repetition of the request repeats this, which is harmless.
        let opened: AccountView =
            serde_json::from_slice(&reply.answer.body).map_err(Problem::internal)?;
        let gateway = &api.gateway;
        let (account, now) = (opened.account.into(), gateway.now().await?);
        let channel = channel.partner.code.as_str();
        gateway.register_holder(account, holder, channel, now).await?;
    }
    recorded(reply)
}

/// A deposit account with its balances.
#[utoipa::path(get, path = "/v1/accounts/{code}", operation_id = "read_account", tag = "channel",
    params(("code" = String, Path, description = "The account's code")),
    responses((status = 200, body = AccountView)))]
pub(super) async fn read(State(api): State<Api>, Path(code): Path<String>, call: Call) -> Answered {
    answer(AccountView::from(&find(&api, &call, &code).await?))
}

/// A part of a deposit account's statement.
#[utoipa::path(get, path = "/v1/accounts/{code}/statement", operation_id = "read_statement",
    tag = "channel", params(("code" = String, Path, description = "The account's code"), StatementQuery),
    responses((status = 200, body = StatementView)))]
pub(super) async fn statement(
    State(api): State<Api>,
    Path(code): Path<String>,
    call: Call,
) -> Answered {
    let account = find(&api, &call, &code).await?;
    let query: StatementQuery = call.query()?;
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let lines = accounts::statement(&api.gateway, &account, query.after, limit).await?;
    answer(StatementView { code, entries: lines.into_iter().map(EntryView::from).collect() })
}

async fn find(api: &Api, call: &Call, code: &str) -> Result<Account, Problem> {
    call.channel(Scope::Accounts)?;
    let account = accounts::deposit(&api.gateway, code).await?;
    Ok(account.ok_or_else(|| not_found("account"))?)
}
