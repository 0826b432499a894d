//! `/v1/bills`: what a partner publishes, and what became of it.

use axum::extract::{Path, State};
use jiaozi_adapters::property::BillRef;
use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::property::publishing::Line;
use jiaozi_adapters::property::withdraw::Step;
use jiaozi_adapters::spec::access::Scope;
use jiaozi_adapters::spec::import::Action;
use jiaozi_ledger::bill::{Bill, BillState, BillVersion};
use jiaozi_ledger::id::BillId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{Answered, read as answer, recorded};
use super::call::{Call, id};
use super::json::Amount;
use super::payments::PaymentView;
use super::{Api, query};
use crate::paging::Paging;
use crate::property::bills::Filter;
use crate::property::houses::{OpenBill, open};
use crate::property::{bills, not_found, publish};

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

/// What became of an import.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportView {
    /// The import.
    pub import: Uuid,
    /// Its number in the feed.
    pub seq: i64,
    /// How many lines had which result.
    pub counts: std::collections::BTreeMap<String, u64>,
    /// The results, in the order of the lines.
    pub lines: Vec<LineView>,
}

/// What became of one bill of an import.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// Its place in the request, from 1.
    pub line: u64,
    /// The partner's own identifier.
    pub import_id: String,
    /// `new`, `unchanged`, `new_version`, `withdrawn`, `paid_at_desk` or `refused`.
    pub result: String,
    /// Our identifier; absent if refused, like the members after it.
    #[serde(default)]
    pub bill: Option<Uuid>,
    /// Where the bill stands.
    #[serde(default)]
    #[schema(value_type = Option<BillStateName>)]
    pub state: Option<BillState>,
    /// Raised by each import that changes what is due.
    #[serde(default)]
    pub version: Option<i64>,
    /// The principal, in fen.
    #[serde(default)]
    pub amount_fen: Option<i64>,
    /// What is paid of it, in fen.
    #[serde(default)]
    pub paid_fen: Option<i64>,
    /// What was paid above the new amount, in fen: to be given back.
    #[serde(default)]
    pub overpaid_fen: Option<i64>,
    /// Why it was refused, for programs.
    #[serde(default)]
    pub code: Option<String>,
    /// Why it was refused, in words.
    #[serde(default)]
    pub why: Option<String>,
}

/// Where a bill stands.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum BillStateName {
    Published,
    Partial,
    Paid,
    Withdrawn,
    PaidAtDesk,
}

/// A bill as it stands, with what is open of it as of a day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BillView {
    /// Our identifier.
    pub bill: Uuid,
    /// The partner's own.
    pub import_id: String,
    /// The community.
    pub site: String,
    /// The house.
    pub house: String,
    /// What is charged.
    pub item: String,
    /// The month charged.
    pub period: String,
    /// The principal, in fen.
    pub amount_fen: i64,
    /// The principal paid so far, in fen.
    pub paid_fen: i64,
    /// The late fee as of the day, in fen.
    pub late_fee_fen: i64,
    /// What is to be paid as of the day, in fen.
    pub open_fen: i64,
    /// The last day on which nothing is added.
    #[schema(value_type = String, format = "date")]
    pub due: Date,
    /// Where it stands.
    #[schema(value_type = BillStateName)]
    pub state: BillState,
    /// Whether a part of it may be paid.
    pub takes_parts: bool,
    /// Raised by each import that changes what is due.
    pub version: i64,
    /// Raised by every change, payments included.
    pub revision: i64,
    /// Whether it was paid ahead and is not published yet.
    pub advance: bool,
}

impl From<OpenBill> for BillView {
    fn from(open: OpenBill) -> BillView {
        let bill = open.bill;
        BillView {
            bill: bill.id.0,
            import_id: bill.import_id().to_owned(),
            house: bill.house().to_owned(),
            site: bill.site,
            item: bill.item,
            period: bill.period,
            amount_fen: bill.amount.0,
            paid_fen: bill.paid.0,
            late_fee_fen: open.late_fee.0,
            open_fen: open.open.0,
            due: bill.due,
            state: bill.state,
            takes_parts: open.takes_parts,
            version: bill.version,
            revision: bill.revision,
            advance: bill.advance,
        }
    }
}

/// A list of bills.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BillList {
    /// The day whose late fees these are.
    #[schema(value_type = String, format = "date")]
    pub as_of: Date,
    /// The bills.
    pub bills: Vec<BillView>,
    /// The cursor to the rest; null at the end.
    pub next: Option<String>,
}

/// A bill with everything that happened to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BillHistory {
    /// The day whose late fees these are.
    #[schema(value_type = String, format = "date")]
    pub as_of: Date,
    /// The bill as it stands.
    pub bill: BillView,
    /// What each import said, oldest first.
    pub versions: Vec<VersionView>,
    /// The payments, oldest first.
    pub payments: Vec<PaymentView>,
}

/// What one import said of a bill.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// From 1.
    pub version: i64,
    /// The principal, in fen.
    pub amount_fen: i64,
    /// The last day on which nothing is added.
    #[schema(value_type = String, format = "date")]
    pub due: Date,
    /// What it did to the bill.
    #[schema(value_type = BillStateName)]
    pub state: BillState,
    /// When it came.
    #[schema(value_type = String, format = "date-time")]
    pub at: jiaozi_ledger::time::Instant,
}

impl From<BillVersion> for VersionView {
    fn from(version: BillVersion) -> VersionView {
        VersionView {
            version: version.version,
            amount_fen: version.amount.0,
            due: version.due,
            state: version.state,
            at: version.at,
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

/// A bill after a withdrawal.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct WithdrawnView {
    /// Our identifier.
    pub bill: Uuid,
    /// The partner's own.
    pub import_id: String,
    /// `withdrawn`, `paid_at_desk` or `unchanged`.
    pub result: String,
    /// Where it stands.
    #[schema(value_type = BillStateName)]
    pub state: BillState,
    /// Its version.
    pub version: i64,
    /// Its number in the feed.
    pub seq: i64,
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
    let page = bills::list(&api.gateway, &company.code, &filter, &paging).await?;
    let as_of = company.today(api.gateway.now().await?);
    let bills = page.items.into_iter().map(|bill| view(&company, bill, as_of)).collect();
    answer(BillList { as_of, bills, next: page.next })
}

/// A bill with its versions and payments.
#[utoipa::path(get, path = "/v1/bills/{bill}", operation_id = "read_bill", tag = "partner",
    params(("bill" = Uuid, Path, description = "Our identifier")),
    responses((status = 200, body = BillHistory)))]
pub(super) async fn read(
    State(api): State<Api>,
    Path(bill): Path<String>,
    call: Call,
) -> Answered {
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
    let found = bills::find(&api.gateway, &company.code, &bill).await?;
    let bill = found.ok_or_else(|| not_found("bill"))?;
    let import_id = bill.import_id().to_owned();
    recorded(publish::withdraw(&api.gateway, &asked, &company, import_id, step).await?)
}

async fn history(api: &Api, company: &Company, bill: BillRef) -> Answered {
    let history = bills::history(&api.gateway, &company.code, &bill).await?;
    let history = history.ok_or_else(|| not_found("bill"))?;
    let as_of = company.today(api.gateway.now().await?);
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
