//! What one line of the company's does to one bill: publish, change, withdraw, mark as paid at the desk.
//! Files and single API calls follow the same rules; which bills are loaded is the commands' affair.
//!
//! | the bill is | a line that says the same | another amount or due date | withdraw | paid at the desk |
//! |---|---|---|---|---|
//! | unknown | new | new | refused | refused |
//! | published | unchanged | new version | withdrawn | paid at the desk |
//! | partial | unchanged | new version, not below what is paid | refused: give it back first | paid at the desk |
//! | paid | unchanged | refused | refused | refused |
//! | withdrawn, paid at the desk | published again | published again | as named | as named |
//!
//! A month that was paid ahead becomes the published bill: at the same price it stays paid, at a higher
//! one the difference is due, at a lower one the company owes the payer, and the answer says so.

use jiaozi_ledger::bill::{Bill, BillState};
use jiaozi_ledger::id::BillId;
use jiaozi_ledger::money::Fen;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::bills::{ADVANCE, advance_id, paid_by, state_by_paid};
use super::company::Company;
use crate::spec::bill_line::BillLine;
use crate::spec::fields::AMOUNT_FEN_MAX;
use crate::spec::import::Action;

/// The longest import id or house, in bytes.
const NAME_BYTES_MAX: usize = 512;

/// One line of the company's, without anything about persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The number of the line in its file, or of the bill in its request.
    pub line: usize,
    /// The company's own identifier of the bill.
    pub import_id: String,
    /// The community.
    pub site: String,
    /// The house.
    pub house: String,
    /// The item.
    pub item: String,
    /// The first month, `yyyy-mm`.
    pub period: String,
    /// How many months: 1, or 3 for a quarter.
    pub months: u8,
    /// The principal, in fen.
    #[serde(rename = "amount_fen")]
    pub amount: Fen,
    /// The last day on which nothing is added.
    pub due: Date,
    /// What is to be done.
    pub action: Action,
}

impl Line {
    /// A line of a file.
    #[must_use]
    pub fn of(line: usize, bill: BillLine) -> Line {
        Line {
            line,
            import_id: bill.import_id,
            site: bill.community,
            house: bill.house,
            item: bill.item,
            period: bill.period,
            months: bill.period_months,
            amount: Fen(bill.amount_fen),
            due: bill.due,
            action: bill.action,
        }
    }

    /// The import ids under which months that the line covers may have been paid ahead.
    #[must_use]
    pub fn ahead_ids(&self, company: &Company) -> Vec<String> {
        if self.action != Action::New || !company.sells_ahead(&self.item) {
            return Vec::new();
        }
        months_from(&self.period, u32::from(self.months))
            .into_iter()
            .flatten()
            .map(|period| advance_id(&self.house, &self.item, &period))
            .collect()
    }

    fn says_the_same(&self, bill: &Bill) -> bool {
        bill.amount == self.amount && bill.due == self.due && self.same_subject(bill)
    }

    fn same_subject(&self, bill: &Bill) -> bool {
        bill.site == self.site && bill.item == self.item && bill.period == self.period
    }
}

/// So many months from a month `yyyy-mm` on; nothing if it is no month.
#[must_use]
pub fn months_from(period: &str, count: u32) -> Option<Vec<String>> {
    let mut month = first_day(period)?;
    let mut months = Vec::new();
    for _ in 0..count {
        months.push(month.strftime("%Y-%m").to_string());
        month = month.last_of_month().tomorrow().ok()?;
    }
    Some(months)
}

/// The first day of a month `yyyy-mm`.
#[must_use]
pub fn first_day(period: &str) -> Option<Date> {
    let (year, month) = period.split_once('-')?;
    let right = year.len() == 4 && month.len() == 2;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !right || !digits(year) || !digits(month) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The bill is new.
    New,
    /// The bill said so already.
    Unchanged,
    /// The bill has a new version.
    NewVersion,
    /// The bill is withdrawn.
    Withdrawn,
    /// The bill is marked as paid at the desk.
    PaidAtDesk,
}

/// A bill after a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// What became of the line.
    pub effect: Effect,
    /// The bill as it is afterwards.
    pub bill: Bill,
}

/// Why a line is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The stable code.
    pub code: &'static str,
    /// What is the matter and what to do.
    pub why: String,
}

fn refuse<T>(code: &'static str, why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { code, why: why.into() })
}

/// What a line does to the bill of its import id, given the months of it that were paid ahead.
///
/// # Errors
/// The line is refused; nothing changes.
pub fn apply(
    company: &Company,
    line: &Line,
    bill: Option<&Bill>,
    ahead: &[&Bill],
    new_id: BillId,
) -> Result<Applied, Refused> {
    match line.action {
        Action::New => {
            well_formed(company, line)?;
            publish(company, line, bill, ahead, new_id)
        }
        Action::Withdraw => withdraw(bill),
        Action::PaidAtDesk => paid_at_desk(bill),
    }
}

fn well_formed(company: &Company, line: &Line) -> Result<(), Refused> {
    let named = |text: &str| !text.is_empty() && text.len() <= NAME_BYTES_MAX;
    if !named(&line.import_id) || !named(&line.house) {
        return refuse("name_missing", "expected an import id and a house of 1 to 512 bytes");
    }
    if line.import_id.starts_with(ADVANCE) {
        return refuse("import_id_reserved", "import ids do not begin with `advance:`");
    }
    if !company.terms.communities.iter().any(|community| community.code.as_str() == line.site) {
        return refuse("unknown_community", "the specification has no such community");
    }
    if company.terms.item(&line.item).is_none() {
        return refuse("unknown_item", "the specification has no such item");
    }
    if first_day(&line.period).is_none() || !(1..=12).contains(&line.months) {
        return refuse("period_malformed", "expected a month as yyyy-mm");
    }
    if !(1..=AMOUNT_FEN_MAX).contains(&line.amount.0) {
        return refuse(
            "amount_out_of_range",
            "expected an amount above zero, 100,000,000 yuan at most",
        );
    }
    Ok(())
}

fn publish(
    company: &Company,
    line: &Line,
    bill: Option<&Bill>,
    ahead: &[&Bill],
    new_id: BillId,
) -> Result<Applied, Refused> {
    let month_paid = ahead.iter().find(|bill| bill.advance && bill.state != BillState::Withdrawn);
    match (bill, month_paid) {
        (None, Some(month)) if line.months == 1 => {
            Ok(Applied { effect: Effect::NewVersion, bill: next_version(company, line, month) })
        }
        (bill, Some(month))
            if bill
                .is_none_or(|bill| !bill.state.is_payable() && bill.state != BillState::Paid) =>
        {
            refuse(
                "month_paid_ahead",
                format!(
                    "{} is {}: publish that month alone, under an import id that is not used yet",
                    month.period,
                    paid_by(month)
                ),
            )
        }
        (None, _) => {
            Ok(Applied { effect: Effect::New, bill: first_version(company, line, new_id) })
        }
        (Some(bill), _) => change(company, line, bill),
    }
}

fn change(company: &Company, line: &Line, bill: &Bill) -> Result<Applied, Refused> {
    if bill.house_key != Bill::house_key_of(&company.payee.code, &line.house) {
        return refuse(
            "house_changed",
            "the bill is of another house: withdraw it and publish under a new import id",
        );
    }
    let settled_otherwise = matches!(bill.state, BillState::Withdrawn | BillState::PaidAtDesk);
    if line.says_the_same(bill) && !settled_otherwise {
        return Ok(Applied { effect: Effect::Unchanged, bill: bill.clone() });
    }
    if line.amount < bill.paid {
        let why = format!(
            "{} fen of it are {}: give the difference back first, then publish the lower amount",
            bill.paid.0,
            paid_by(bill)
        );
        return refuse("below_paid", why);
    }
    if bill.state == BillState::Paid {
        let why = format!("{}: publish what is due besides under a new import id", paid_by(bill));
        return refuse("bill_already_paid", why);
    }
    if bill.paid.is_positive() && !line.same_subject(bill) {
        let why = format!("a part of it is {}: only amount and due date can change", paid_by(bill));
        return refuse("bill_part_paid", why);
    }
    Ok(Applied { effect: Effect::NewVersion, bill: next_version(company, line, bill) })
}

fn first_version(company: &Company, line: &Line, id: BillId) -> Bill {
    Bill {
        id,
        partner: company.payee.code.clone(),
        import_key: format!("{}/{}", company.payee.code, line.import_id),
        house_key: Bill::house_key_of(&company.payee.code, &line.house),
        site: line.site.clone(),
        item: line.item.clone(),
        period: line.period.clone(),
        amount: line.amount,
        paid: Fen::ZERO,
        due: line.due,
        late_paid_to: line.due,
        state: BillState::Published,
        version: 1,
        revision: 1,
        advance: false,
        last_order: None,
    }
}

fn next_version(company: &Company, line: &Line, bill: &Bill) -> Bill {
    // Days whose late fee is paid stay paid, unless nothing was paid at all.
    let late_paid_to = if bill.paid.is_positive() && !bill.advance {
        bill.late_paid_to.max(line.due)
    } else {
        line.due
    };
    Bill {
        id: bill.id,
        paid: bill.paid,
        late_paid_to,
        state: state_by_paid(line.amount, bill.paid),
        version: bill.version + 1,
        revision: bill.revision + 1,
        last_order: bill.last_order,
        ..first_version(company, line, bill.id)
    }
}

/// Takes a bill back.
///
/// # Errors
/// It is unknown, or money was paid for it.
pub fn withdraw(bill: Option<&Bill>) -> Result<Applied, Refused> {
    let Some(bill) = bill else { return unknown() };
    match bill.state {
        BillState::Withdrawn => Ok(Applied { effect: Effect::Unchanged, bill: bill.clone() }),
        BillState::Paid => {
            refuse("bill_already_paid", format!("{}: give the payment back first", paid_by(bill)))
        }
        _ if bill.paid.is_positive() => refuse(
            "bill_part_paid",
            format!("a part of it is {}: give that back first", paid_by(bill)),
        ),
        _ => Ok(settled_otherwise(bill, BillState::Withdrawn, Effect::Withdrawn)),
    }
}

/// Marks what is left of a bill as settled at the partner's desk.
///
/// # Errors
/// It is unknown, withdrawn or paid.
pub fn paid_at_desk(bill: Option<&Bill>) -> Result<Applied, Refused> {
    let Some(bill) = bill else { return unknown() };
    match bill.state {
        BillState::PaidAtDesk => Ok(Applied { effect: Effect::Unchanged, bill: bill.clone() }),
        BillState::Withdrawn => {
            refuse("bill_withdrawn", "the bill is withdrawn: publish it again first")
        }
        BillState::Paid => refuse(
            "bill_already_paid",
            format!("{}: give the payment back, with the reason paid_at_desk", paid_by(bill)),
        ),
        _ => Ok(settled_otherwise(bill, BillState::PaidAtDesk, Effect::PaidAtDesk)),
    }
}

fn settled_otherwise(bill: &Bill, state: BillState, effect: Effect) -> Applied {
    let (version, revision) = (bill.version + 1, bill.revision + 1);
    Applied { effect, bill: Bill { state, version, revision, ..bill.clone() } }
}

fn unknown<T>() -> Result<T, Refused> {
    refuse("unknown_bill", "there is no bill with this import id: publish it first")
}
