//! What a payer can find: the companies that a channel serves, and the bills of a house with what is
//! open as of today. Read from the books as they are now; nothing is asked of the company.

use std::sync::Arc;

use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiff::civil::Date;

use crate::gateway::Gateway;

/// A company together with its specification.
#[derive(Debug, Clone)]
pub struct Served {
    /// Names, zone, currency.
    pub spec: Arc<PartnerSpec>,
    /// Terms.
    pub company: Arc<Company>,
}

/// The companies for which a channel may act, by their codes.
#[must_use]
pub fn served(gateway: &Gateway, channel: &PartnerSpec) -> Vec<Served> {
    let specs = gateway.partners.specs().filter(|spec| gateway.partners.serves(channel, spec));
    specs.filter_map(|spec| with_company(gateway, spec)).collect()
}

/// A company for which a channel may act; nothing if there is none, or none for this channel.
#[must_use]
pub fn served_one(gateway: &Gateway, channel: &PartnerSpec, code: &str) -> Option<Served> {
    let spec = gateway.partners.spec(code)?;
    with_company(gateway, spec).filter(|_| gateway.partners.serves(channel, spec))
}

fn with_company(gateway: &Gateway, spec: &Arc<PartnerSpec>) -> Option<Served> {
    let company = gateway.partners.company(spec.partner.code.as_str())?;
    Some(Served { spec: Arc::clone(spec), company: Arc::clone(company) })
}

/// Which bills of a house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that can be paid.
    Due,
    /// All of them, paid and withdrawn ones too.
    All,
}

/// The bills of a house as of a day.
#[derive(Debug, Clone)]
pub struct HouseBills {
    /// The day whose late fees these are.
    pub as_of: Date,
    /// The bills, oldest month first.
    pub bills: Vec<OpenBill>,
}

/// A bill with what is open of it.
#[derive(Debug, Clone)]
pub struct OpenBill {
    /// The bill.
    pub bill: Bill,
    /// The late fee, if it is paid on that day.
    pub late_fee: Fen,
    /// Unpaid principal and late fee; nothing if it cannot be paid.
    pub open: Fen,
    /// Whether a part of it may be paid.
    pub takes_parts: bool,
}

/// The bills of a house with what is open of each today. A house without bills has an empty list:
/// which houses exist, only the company knows.
///
/// # Errors
/// When the database cannot be read.
pub async fn bills(
    gateway: &Gateway,
    company: &Company,
    house: &str,
    which: Which,
) -> Result<HouseBills, StoreError> {
    let as_of = company.payee.today(gateway.now().await?);
    let mut bills: Vec<OpenBill> = read(gateway, company, house)
        .await?
        .into_iter()
        .filter(|bill| which == Which::All || bill.state.is_payable())
        .map(|bill| open(company, bill, as_of))
        .collect();
    bills.sort_by(|a, b| (&a.bill.period, &a.bill.item).cmp(&(&b.bill.period, &b.bill.item)));
    Ok(HouseBills { as_of, bills })
}

/// The bills of a house, as they are stored.
pub(super) async fn read(
    gateway: &Gateway,
    company: &Company,
    house: &str,
) -> Result<Vec<Bill>, StoreError> {
    let key = Cell::Text(Bill::house_key_of(&company.payee.code, house));
    gateway.store.find("house_key = $2 order by id", vec![key]).await
}

/// A bill with what is open of it on a day.
pub(crate) fn open(company: &Company, bill: Bill, as_of: Date) -> OpenBill {
    let payable = bill.state.is_payable();
    let late_fee = company.late_fee(&bill, as_of).filter(|_| payable).unwrap_or(Fen::ZERO);
    let open = bill.unpaid().plus(late_fee).filter(|_| payable).unwrap_or(Fen::ZERO);
    let takes_parts = payable && company.takes_parts(&bill.item);
    OpenBill { bill, late_fee, open, takes_parts }
}
