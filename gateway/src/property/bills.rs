//! A partner's own bills: found, listed, and one with everything that happened to it.

use jiaozi_adapters::property::BillRef;
use jiaozi_ledger::bill::{Bill, BillState, BillVersion};
use jiaozi_ledger::order::Order;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;

use super::payments;
use crate::gateway::Gateway;
use crate::paging::{Listing, Page, Paging};
use crate::refused::Refused;

/// Which bills of a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this house.
    pub house: Option<String>,
    /// Only in this state.
    pub state: Option<BillState>,
    /// Only for this month, `yyyy-mm`.
    pub period: Option<String>,
}

/// A bill with everything that happened to it.
#[derive(Debug, Clone)]
pub struct History {
    /// The bill as it stands.
    pub bill: Bill,
    /// What each import said, oldest first.
    pub versions: Vec<BillVersion>,
    /// The payments, oldest first.
    pub payments: Vec<Order>,
}

/// A bill of a partner; nothing if there is none, or it is another's.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(
    gateway: &Gateway,
    partner: &str,
    bill: &BillRef,
) -> Result<Option<Bill>, StoreError> {
    let bill: Option<Bill> = match bill {
        BillRef::Id(id) => gateway.store.first("id = $2", vec![Cell::Id(id.0)]).await?,
        BillRef::ImportId(import_id) => {
            let key = Cell::Text(format!("{partner}/{import_id}"));
            gateway.store.first("import_key = $2", vec![key]).await?
        }
    };
    Ok(bill.filter(|bill| bill.partner == partner))
}

/// A bill of a partner with its versions and payments.
///
/// # Errors
/// When the database cannot be read.
pub async fn history(
    gateway: &Gateway,
    partner: &str,
    bill: &BillRef,
) -> Result<Option<History>, StoreError> {
    let Some(bill) = find(gateway, partner, bill).await? else { return Ok(None) };
    let versions =
        gateway.store.find("bill = $2 order by version", vec![Cell::Id(bill.id.0)]).await?;
    let payments = payments::of_bill(gateway, bill.id).await?;
    Ok(Some(History { bill, versions, payments }))
}

/// A partner's bills, in the order in which they came.
///
/// # Errors
/// A cursor of another list; or the database.
pub async fn list(
    gateway: &Gateway,
    partner: &str,
    filter: &Filter,
    paging: &Paging,
) -> Result<Page<Bill>, Refused> {
    let listing =
        Listing::open(&gateway.tokens, &format!("bills of {partner} {filter:?}"), paging)?;
    let mut clause = "id > $2 and partner = $3".to_owned();
    let mut binds = vec![Cell::Id(listing.after()), Cell::Text(partner.to_owned())];
    let mut and = |column: &str, value: Cell| {
        binds.push(value);
        clause.push_str(&format!(" and {column} = ${}", binds.len() + 1));
    };
    if let Some(house) = &filter.house {
        and("house_key", Cell::Text(Bill::house_key_of(partner, house)));
    }
    if let Some(state) = filter.state {
        and("state", Cell::Int(state.code()));
    }
    if let Some(period) = &filter.period {
        and("period", Cell::Text(period.clone()));
    }
    binds.push(Cell::Int(listing.rows()));
    clause.push_str(&format!(" order by id limit ${}", binds.len() + 1));
    let bills = gateway.store.find::<Bill>(&clause, binds).await?;
    Ok(listing.page(bills, |bill| bill.id.0))
}
