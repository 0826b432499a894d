//! `/v1/bills`: what a partner publishes, and what became of it.

pub mod view;

use axum::extract::{Path, State};
use jiaozi_adapters::property::BillRef;
use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::property::publishing::Line;
use jiaozi_adapters::property::withdraw::Step;
use jiaozi_adapters::spec::access::Scope;
use jiaozi_adapters::spec::import::Action;
use jiaozi_ledger::bill::{Bill, BillState};
use jiaozi_ledger::id::BillId;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use self::view::{
    BillHistory, BillList, BillStateName, BillView, ImportView, VersionView, WithdrawnView,
};
use super::answer::{Answered, read as answer, recorded};
use super::call::{Call, id};
use super::json::Amount;
use super::payments::view::PaymentView;
use super::{Api, query};
use crate::paging::Paging;
use crate::property::bills::Filter;
use crate::property::houses::open;
use crate::property::{bills, publish};
use crate::refused::not_found;

/// The most bills of one request.
const BILLS_MAX: usize = 500;

/// Bills to publish, change or withdraw. Each has a result of its own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bills {
    /// 1 to 500 bills.
    #[schema(min_items = 1, max_items = 500)]
    bills: Vec<NewBill>,
}

/// One bill.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBill {
    /// The partner's own identifier: the same one again is a new version of the bill.
    #[schema(min_length = 1, max_length = 512)]
    import_id: String,
    /// The community, as the specification names it.
    #[schema(example = "yuntai")]
    site: String,
    /// The house.
    #[schema(min_length = 1, max_length = 512, example = "3-2-502")]
    house: String,
    /// What is charged, as the specification names it.
    #[schema(example = "management")]
    item: String,
    /// The first month charged.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-11")]
    period: String,
    /// How many months.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 12, default = 1)]
    months: u8,
    /// The principal, in fen.
    #[schema(value_type = i64, minimum = 1, example = 12050)]
    amount_fen: Amount,
    /// The last day on which nothing is added.
    #[schema(value_type = String, format = "date")]
    due: Date,
    /// What is to be done.
    #[serde(default)]
    action: BillAction,
}

fn one() -> u8 {
    1
}

/// What is to be done with a bill.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BillAction {
    /// Publishes the bill, or a new version of it.
    #[default]
    New,
    /// The same as `new`.
    Change,
    /// Withdraws the bill.
    Withdraw,
    /// The bill was paid at the partner's desk.
    PaidAtDesk,
}

impl NewBill {
    fn line(self, line: usize) -> Line {
        Line {
            line,
            import_id: self.import_id,
            site: self.site,
            house: self.house,
            item: self.item,
            period: self.period,
            months: self.months,
            amount: self.amount_fen.into(),
            due: self.due,
            action: match self.action {
                BillAction::New | BillAction::Change => Action::New,
                BillAction::Withdraw => Action::Withdraw,
                BillAction::PaidAtDesk => Action::PaidAtDesk,
            },
        }
    }
}

/// Which bills.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BillsQuery {
    /// Only of this house.
    house: Option<String>,
    /// Only in this state.
    #[param(value_type = Option<BillStateName>, inline)]
    state: Option<BillState>,
    /// Only for this month.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}$")]
    period: Option<String>,
    /// `next` of the previous page.
    cursor: Option<String>,
    /// How many at the most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<i64>,
}

/// Why a bill is no longer due.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawReason {
    /// The partner takes it back.
    Withdrawn,
    /// It was paid at the partner's desk.
    PaidAtDesk,
}

/// A withdrawal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Why.
    reason: WithdrawReason,
}

/// Publishes, changes and withdraws bills.
///
/// Each bill has a result of its own; a refused one stops no other. A bill that says what it said
/// before is `unchanged`.
#[utoipa::path(post, path = "/v1/bills", operation_id = "import_bills", tag = "partner",
    request_body = Bills, responses((status = 200, body = ImportView)))]
pub(super) async fn import(State(api): State<Api>, call: Call) -> Answered {
    let company = call.company(&api, Scope::Publish)?;
    let body: Bills = call.json()?;
    if !(1..=BILLS_MAX).contains(&body.bills.len()) {
        return Err(query::invalid(&format!("{} bills", body.bills.len()))
            .at("body, bills", format!("1 to {BILLS_MAX} bills")));
    }
    let lines = body.bills.into_iter().zip(1..).map(|(bill, nth)| bill.line(nth)).collect();
    recorded(publish::import(&api.gateway, &call.asked()?, &company, lines).await?)
}

/// The partner's own bills, in the order in which they came.
#[utoipa::path(get, path = "/v1/bills", operation_id = "list_bills", tag = "partner",
    params(BillsQuery), responses((status = 200, body = BillList)))]
pub(super) async fn list(State(api): State<Api>, call: Call) -> Answered {
    let company = call.company(&api, Scope::Query)?;
    let query: BillsQuery = call.query()?;
    let filter = Filter { house: query.house, state: query.state, period: query.period };
    let paging = Paging { cursor: query.cursor, limit: query.limit };
    let page = bills::list(&api.gateway, &company.payee.code, &filter, &paging).await?;
    let as_of = company.payee.today(api.gateway.now().await?);
    let bills = page.items.into_iter().map(|bill| view(&company, bill, as_of)).collect();
    answer(BillList { as_of, bills, next: page.next })
}

/// A bill with its versions and payments.
#[utoipa::path(get, path = "/v1/bills/{bill}", operation_id = "read_bill", tag = "partner",
    params(("bill" = Uuid, Path, description = "Our identifier")),
    responses((status = 200, body = BillHistory)))]
pub(super) async fn read(State(api): State<Api>, Path(bill): Path<String>, call: Call) -> Answered {
    let company = call.company(&api, Scope::Query)?;
    history(&api, &company, BillRef::Id(id(&bill, "bill")?)).await
}

/// A bill by the partner's own identifier, with its versions and payments.
#[utoipa::path(get, path = "/v1/bills/by-import-id/{import_id}",
    operation_id = "read_bill_by_import_id", tag = "partner",
    params(("import_id" = String, Path, description = "The partner's own identifier")),
    responses((status = 200, body = BillHistory)))]
pub(super) async fn read_by_import_id(
    State(api): State<Api>,
    Path(import_id): Path<String>,
    call: Call,
) -> Answered {
    let company = call.company(&api, Scope::Query)?;
    history(&api, &company, BillRef::ImportId(import_id)).await
}

/// Withdraws a bill, or marks it as paid at the partner's desk.
#[utoipa::path(post, path = "/v1/bills/{bill}/withdraw", operation_id = "withdraw_bill",
    tag = "partner", params(("bill" = Uuid, Path, description = "Our identifier")),
    request_body = Withdrawal, responses((status = 200, body = WithdrawnView)))]
pub(super) async fn withdraw(
    State(api): State<Api>,
    Path(bill): Path<String>,
    call: Call,
) -> Answered {
    let company = call.company(&api, Scope::Withdraw)?;
    let asked = call.asked()?;
    let step = match call.json::<Withdrawal>()?.reason {
        WithdrawReason::Withdrawn => Step::Withdraw,
        WithdrawReason::PaidAtDesk => Step::PaidAtDesk,
    };
    let bill = BillRef::Id(id::<BillId>(&bill, "bill")?);
    let found = bills::find(&api.gateway, &company.payee.code, &bill).await?;
    let bill = found.ok_or_else(|| not_found("bill"))?;
    let import_id = bill.import_id().to_owned();
    recorded(publish::withdraw(&api.gateway, &asked, &company, import_id, step).await?)
}

async fn history(api: &Api, company: &Company, bill: BillRef) -> Answered {
    let history = bills::history(&api.gateway, &company.payee.code, &bill).await?;
    let history = history.ok_or_else(|| not_found("bill"))?;
    let as_of = company.payee.today(api.gateway.now().await?);
    answer(BillHistory {
        as_of,
        bill: view(company, history.bill, as_of),
        versions: history.versions.into_iter().map(VersionView::from).collect(),
        payments: history.payments.iter().map(PaymentView::from).collect(),
    })
}

fn view(company: &Company, bill: Bill, as_of: Date) -> BillView {
    open(company, bill, as_of).into()
}
