//! Payments and refunds as they are answered. What is read has the same members as what was recorded.

use std::collections::BTreeMap;

use jiaozi_adapters::draw::answer::account_end;
use jiaozi_ledger::draw::DrawState;
use jiaozi_ledger::instruction::{Instruction, InstructionLine, InstructionState, Step};
use jiaozi_ledger::order::{Order, OrderLine, OrderState, Refund};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::draws::payments::Drawn;

/// Where a payment stands.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::api) enum OrderStateName {
    Paid,
    Cancelled,
    PartRefunded,
    Refunded,
    Accepted,
    Unknown,
    Reversing,
    Refused,
    Reversed,
}

/// A payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PaymentView {
    /// The payment.
    pub order: Uuid,
    /// Where it stands.
    #[schema(value_type = OrderStateName)]
    pub state: OrderState,
    /// The scene.
    pub scene: String,
    /// Who was paid.
    pub partner: String,
    /// Through which channel.
    pub channel: String,
    /// The channel's own reference.
    pub reference: Option<String>,
    /// The community.
    pub site: String,
    /// The house.
    pub house: String,
    /// What the payer paid, in fen.
    pub amount_fen: i64,
    /// What a budget paid on top, in fen.
    pub discount_fen: i64,
    /// What was given back to the payer, in fen.
    pub refunded_fen: i64,
    /// The bills paid.
    pub lines: Vec<PaymentLine>,
    /// When it was posted.
    #[schema(value_type = String, format = "date-time")]
    pub at: Instant,
    /// The civil date of that at the partner.
    #[schema(value_type = String, format = "date")]
    pub business_date: Date,
    /// The partner's clearing day; never changes.
    #[schema(value_type = String, format = "date")]
    pub clearing_date: Date,
    /// Its number in the feed.
    pub seq: i64,
    /// The payer's account after it; only in the answer to its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<BalanceView>,
}

/// One bill's part of a payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PaymentLine {
    /// The bill.
    pub bill: Uuid,
    /// The partner's own identifier of it.
    pub import_id: String,
    /// What is charged.
    pub item: String,
    /// The month charged.
    pub period: String,
    /// The principal settled, the discount included, in fen.
    pub principal_fen: i64,
    /// The late fee, in fen.
    pub late_fee_fen: i64,
    /// The part of the principal that a budget paid, in fen.
    pub discount_fen: i64,
    /// Principal given back since, the discount's part included, in fen.
    pub refunded_principal_fen: i64,
    /// Late fee given back since, in fen.
    pub refunded_late_fee_fen: i64,
    /// Discount given back to the budget since, in fen.
    pub refunded_discount_fen: i64,
    /// Up to which day the late fee was paid before.
    #[schema(value_type = String, format = "date")]
    pub late_paid_to_before: Date,
}

/// What is on an account.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct BalanceView {
    /// All entries, in fen.
    pub posted_fen: i64,
    /// What is held, in fen.
    pub pending_fen: i64,
    /// Posted less held, in fen.
    pub available_fen: i64,
}

impl From<&Order> for PaymentView {
    fn from(order: &Order) -> PaymentView {
        PaymentView {
            order: order.id.0,
            state: order.state,
            scene: order.scene.clone(),
            partner: order.partner.clone(),
            channel: order.channel.clone(),
            reference: order.reference().map(str::to_owned),
            site: order.site.clone(),
            house: order.house.clone(),
            amount_fen: order.amount.0,
            discount_fen: order.discount.0,
            refunded_fen: order.refunded.0,
            lines: order.lines.iter().map(PaymentLine::from).collect(),
            at: order.at,
            business_date: order.business_date,
            clearing_date: order.clearing_date,
            seq: order.seq,
            balance: None,
        }
    }
}

impl From<&OrderLine> for PaymentLine {
    fn from(line: &OrderLine) -> PaymentLine {
        PaymentLine {
            bill: line.bill.0,
            import_id: line.import_id.clone(),
            item: line.item.clone(),
            period: line.period.clone(),
            principal_fen: line.principal.0,
            late_fee_fen: line.late_fee.0,
            discount_fen: line.discount.0,
            refunded_principal_fen: line.refunded_principal.0,
            refunded_late_fee_fen: line.refunded_late_fee.0,
            refunded_discount_fen: line.refunded_discount.0,
            late_paid_to_before: line.late_paid_to_before,
        }
    }
}

/// Money given back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RefundView {
    /// The refund.
    pub refund: Uuid,
    /// The payment.
    pub order: Uuid,
    /// Who gives it back.
    pub partner: String,
    /// What the payer got, in fen.
    pub amount_fen: i64,
    /// What the budget got, in fen.
    pub discount_fen: i64,
    /// What came from money that was settled already, in fen.
    pub from_settled_fen: i64,
    /// Why.
    pub reason: String,
    /// What was given back of which item, in fen.
    pub items: BTreeMap<String, i64>,
    /// When it was posted.
    #[schema(value_type = String, format = "date-time")]
    pub at: Instant,
    /// Its own clearing day.
    #[schema(value_type = String, format = "date")]
    pub clearing_date: Date,
    /// Its number in the feed.
    pub seq: i64,
}

impl From<&Refund> for RefundView {
    fn from(refund: &Refund) -> RefundView {
        RefundView {
            refund: refund.id.0,
            order: refund.order.0,
            partner: refund.partner.clone(),
            amount_fen: refund.amount.0,
            discount_fen: refund.discount.0,
            from_settled_fen: refund.from_settled.0,
            reason: refund.reason.clone(),
            items: refund.items.iter().map(|(item, fen)| (item.clone(), fen.0)).collect(),
            at: refund.at,
            clearing_date: refund.clearing_date,
            seq: refund.seq,
        }
    }
}

/// A payment that a biller was told of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PaymentToBiller {
    /// The payment.
    #[serde(flatten)]
    pub payment: PaymentView,
    /// What is known of it at the biller.
    pub biller: AtBiller,
}

/// A payment that a biller was told of, or for which the core was asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PaymentUnderWay {
    /// The payment.
    #[serde(flatten)]
    pub payment: PaymentView,
    /// What is known of it at the biller, once a biller was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biller: Option<AtBiller>,
    /// What is known of it at the core, if the payer's account is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<AtCore>,
}

/// What is known of a payment at the bank's core, where the payer's account is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AtCore {
    /// The draw: money that is asked of the core for this payment.
    pub draw: Uuid,
    /// Where it stands.
    #[schema(value_type = DrawStateName)]
    pub state: DrawState,
    /// What the core has said of it.
    #[schema(value_type = InstructionStateName)]
    pub asked: InstructionState,
    /// What is said next.
    #[schema(value_type = StepName)]
    pub step: Step,
    /// The last four digits of the account's number there.
    pub account: String,
    /// Our reference there.
    pub reference: String,
    /// The core's own reference, once it was told.
    pub their_reference: Option<String>,
    /// Why it was refused, or goes back: `core_no_such_account`, `core_insufficient_funds`,
    /// `core_account_frozen`, `core_unreachable`, the code with which the payment was declined, or the
    /// core's own.
    pub reason: Option<String>,
    /// When the core is asked next.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub next_asked_at: Option<Instant>,
    /// Whether the core says that it gave money that nobody is to have: the bank gives it back.
    pub contested: bool,
}

/// Where a draw stands.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::api) enum DrawStateName {
    Asked,
    Drawn,
    Spent,
    Returning,
    Returned,
    Refused,
}

impl From<&Drawn> for AtCore {
    fn from(drawn: &Drawn) -> AtCore {
        let Drawn { draw, instruction } = drawn;
        AtCore {
            draw: draw.id.0,
            state: draw.state,
            asked: instruction.state,
            step: instruction.step,
            account: account_end(instruction),
            reference: instruction.reference().to_owned(),
            their_reference: instruction.their_reference.clone(),
            reason: draw.reason.clone().or_else(|| instruction.reason.clone()),
            next_asked_at: instruction.next_asked_at(),
            contested: instruction.contested,
        }
    }
}

/// What is known of a payment at the biller.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AtBiller {
    /// What the biller was asked.
    pub instruction: Uuid,
    /// Where it stands there.
    #[schema(value_type = InstructionStateName)]
    pub state: InstructionState,
    /// What is said next.
    #[schema(value_type = StepName)]
    pub step: Step,
    /// The customer's number there.
    pub customer: String,
    /// What is paid.
    pub lines: Vec<BillerLine>,
    /// Our reference there.
    pub reference: String,
    /// The biller's own reference, once it was told.
    pub their_reference: Option<String>,
    /// The code with which the biller, or the gateway, gave the last reason.
    pub reason: Option<String>,
    /// When the biller is asked next.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub next_asked_at: Option<Instant>,
    /// Whether the biller has said otherwise after it ended.
    pub contested: bool,
    /// The clearing day in whose run it is settled, while the biller has its money.
    #[schema(value_type = Option<String>, format = "date")]
    pub settles_on: Option<Date>,
}

/// Where an instruction stands.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::api) enum InstructionStateName {
    Asked,
    Unknown,
    Reversing,
    Done,
    Refused,
    Reversed,
}

/// What is said next about an instruction.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::api) enum StepName {
    Await,
    Ask,
    Reverse,
    Rest,
}

/// One thing that is due at a biller.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BillerLine {
    /// What the biller calls it.
    pub label: String,
    /// The period charged, as the biller writes it; empty where it says none.
    pub period: String,
    /// What is due without its late fee, in fen.
    pub principal_fen: i64,
    /// The late fee, in fen.
    pub late_fee_fen: i64,
}

impl From<&InstructionLine> for BillerLine {
    fn from(line: &InstructionLine) -> BillerLine {
        BillerLine {
            label: line.label.clone(),
            period: line.period.clone(),
            principal_fen: line.principal.0,
            late_fee_fen: line.late_fee.0,
        }
    }
}

impl From<&Instruction> for AtBiller {
    fn from(instruction: &Instruction) -> AtBiller {
        AtBiller {
            instruction: instruction.id.0,
            state: instruction.state,
            step: instruction.step,
            customer: instruction.customer().to_owned(),
            lines: instruction.lines.iter().map(BillerLine::from).collect(),
            reference: instruction.reference().to_owned(),
            their_reference: instruction.their_reference.clone(),
            reason: instruction.reason.clone(),
            next_asked_at: instruction.next_asked_at(),
            contested: instruction.contested,
            settles_on: instruction.counted_on,
        }
    }
}

/// A payment with what was given back for it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PaymentDetail {
    /// The payment.
    #[serde(flatten)]
    pub payment: PaymentView,
    /// What is known of it at the core, if it is paid from an account there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<AtCore>,
    /// What is known of it at the biller, if it is a payment to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biller: Option<AtBiller>,
    /// The refunds, oldest first.
    pub refunds: Vec<RefundView>,
}

/// A list of payments.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PaymentList {
    /// The payments.
    pub payments: Vec<PaymentView>,
    /// The cursor to the rest; null at the end.
    pub next: Option<String>,
}
