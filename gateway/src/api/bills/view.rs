//! Bills as they are answered.

use std::collections::BTreeMap;

use jiaozi_ledger::bill::{BillState, BillVersion};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::payments::view::PaymentView;
use crate::property::houses::OpenBill;

/// What became of an import.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportView {
    /// The import.
    pub import: Uuid,
    /// Its number in the feed.
    pub seq: i64,
    /// How many lines had which result.
    pub counts: BTreeMap<String, u64>,
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
pub(in crate::api) enum BillStateName {
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
    pub at: Instant,
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
