//! One `Ntry`, and the transactions that it books.

use std::io::BufRead;

use jiaozi_ledger::money::{Currency, Side};

use super::super::amount::Amount;
use super::super::entry::{
    Counterparty, Detail, Entry, References, Status, gained, named, numbered, reference,
};
use super::super::place::{Place, Refusal, StatementError};
use super::super::proof::{Proof, What};
use super::super::xml::{Element, Open, Xml};
use super::values::{account, amount, below, day, flag, needed_amount, needed_side, side, text};

/// Children of one entry beside its transactions.
const CHILDREN_MAX: usize = 200;
/// Transactions of one entry: they are handed out together with it.
const DETAILS_MAX: usize = 100_000;

/// What a transaction that was sent back is in the terms of ISO 20022, whatever its family.
const RETURNED: &str = "RRTN";

/// Reads the entry that has begun. What it says of its own transactions is compared.
pub(super) fn read<R: BufRead>(
    xml: &mut Xml<R>,
    open: Open,
    proof: &mut Proof,
) -> Result<Entry, StatementError> {
    let place = open.place;
    let mut own = Element { name: open.name, line: place.line, ..Element::default() };
    let mut details = Details::default();
    let mut money = None;
    while let Some(child) = xml.child()? {
        if own.children.len() == CHILDREN_MAX {
            let expected = format!("at most {CHILDREN_MAX} elements in an entry");
            return Err(child.place.refuse("more", expected).into());
        }
        if child.name != "NtryDtls" {
            own.children.push(xml.whole(child)?);
            continue;
        }
        let money = match money {
            Some(money) => money,
            None => *money.insert(Money::of(&place, &own)?),
        };
        details.read(xml, money, proof)?;
    }
    let money = money.map_or_else(|| Money::of(&place, &own), Ok)?;
    let mut entry = entry(place, &own, money)?;
    details.compare(&entry, own.first("Amt"), proof);
    if details.all.len() == 1 {
        details.all.into_iter().for_each(|only| fold(&mut entry, only));
    } else {
        entry.details = details.all;
    }
    Ok(entry)
}

/// What an entry is worth.
#[derive(Debug, Clone, Copy)]
struct Money {
    amount: Amount,
    side: Side,
    reversal: bool,
}

impl Money {
    fn of(place: &Place, own: &Element) -> Result<Self, Refusal> {
        Ok(Self {
            amount: needed_amount(place, own)?,
            side: needed_side(place, own)?,
            reversal: flag(place, own, "RvslInd")?,
        })
    }

    /// The other side's role: who pays a credit is the debtor; a reversal keeps the roles of what it
    /// takes back.
    fn other(&self, side: Side) -> [&'static str; 3] {
        if (side == Side::Credit) != self.reversal {
            ["Dbtr", "DbtrAcct", "DbtrAgt"]
        } else {
            ["Cdtr", "CdtrAcct", "CdtrAgt"]
        }
    }
}

fn entry(place: Place, own: &Element, money: Money) -> Result<Entry, Refusal> {
    let mut entry = Entry::new(place.clone(), Some(money.side), money.amount);
    let returned = text(own, "BkTxCd/Domn/Fmly/SubFmlyCd").as_deref() == Some(RETURNED);
    entry.reversal = money.reversal || returned;
    let word = ["Sts/Cd", "Sts/Prtry", "Sts"].into_iter().find_map(|path| text(own, path));
    let Some(word) = word else {
        return Err(place.refuse("none", "<Sts>"));
    };
    entry.status = match word.as_str() {
        "BOOK" => Status::Booked,
        "PDNG" | "FUTR" => Status::Pending,
        "INFO" => Status::Information,
        _ => Status::Other,
    };
    entry.status_word = Some(word);
    if let Some((date, at)) = day(&place, own, "BookgDt")? {
        entry.booking_date = Some(date);
        entry.at = at;
    }
    entry.value_date = day(&place, own, "ValDt")?.map(|(date, _)| date);
    entry.kind = kind(own);
    // The entry's own reference is the bank's too; ours stands with the transaction.
    let named = |name| text(own, name).as_deref().and_then(reference);
    entry.references.bank = named("AcctSvcrRef").or_else(|| named("NtryRef"));
    entry.description = text(own, "AddtlNtryInf");
    entry.fees = fees(&place, own)?;
    Ok(entry)
}

/// The bank's code of the transaction, in the terms of ISO 20022 if it has them.
fn kind(own: &Element) -> Option<String> {
    let code = own.first("BkTxCd")?;
    match text(code, "Domn/Cd") {
        None => text(code, "Prtry/Cd"),
        Some(domain) => {
            let below = ["Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd"];
            let parts = below.into_iter().filter_map(|path| text(code, path));
            Some(parts.fold(domain, |code, part| format!("{code}/{part}")))
        }
    }
}

/// What was charged: the total, or the sum of the charges; none if they are of several currencies.
fn fees(base: &Place, own: &Element) -> Result<Option<Amount>, Refusal> {
    if let Some(total) = own.first("Chrgs/TtlChrgsAndTaxAmt") {
        return amount(base, "Chrgs/TtlChrgsAndTaxAmt", total).map(Some);
    }
    let mut sum: Option<Amount> = None;
    let charges = own.all("Chrgs").into_iter().chain(own.all("Chrgs/Rcrd"));
    for charge in charges.filter(|charge| charge.first("Amt").is_some()) {
        let base = below(base, charge, "Chrgs");
        let Amount { currency, minor } = needed_amount(&base, charge)?;
        let minor = if side(&base, charge)? == Some(Side::Credit) { -minor } else { minor };
        let before = sum.map_or(Some(0), |sum| (sum.currency == currency).then_some(sum.minor));
        let Some(minor) = before.and_then(|before| before.checked_add(minor)) else {
            return Ok(None);
        };
        sum = Some(Amount { currency, minor });
    }
    Ok(sum)
}

/// The transactions of an entry.
#[derive(Default)]
struct Details {
    all: Vec<Detail>,
}

impl Details {
    /// Reads one `NtryDtls`.
    fn read<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        money: Money,
        proof: &mut Proof,
    ) -> Result<(), StatementError> {
        let first = self.all.len();
        let mut batch = None;
        while let Some(child) = xml.child()? {
            let place = child.place.clone();
            match child.name.as_str() {
                "Btch" => batch = Some((place, xml.whole(child)?)),
                "TxDtls" if self.all.len() == DETAILS_MAX => {
                    let expected = format!("at most {DETAILS_MAX} transactions in an entry");
                    return Err(place.refuse("more", expected).into());
                }
                "TxDtls" => {
                    let element = xml.whole(child)?;
                    self.all.push(detail(place, &element, money)?);
                }
                _ => xml.pass_over()?,
            }
        }
        if let Some((place, element)) = batch {
            compare_batch(&place, &element, &self.all[first..], proof)?;
        }
        Ok(())
    }

    /// Compares the transactions with the entry, where nothing else could explain a difference.
    fn compare(&self, entry: &Entry, stated: Option<&Element>, proof: &mut Proof) {
        let charged = entry.fees.is_some() || self.all.iter().any(|detail| detail.fees.is_some());
        let Some(stated) = stated.filter(|_| !charged) else { return };
        let currency = entry.amount.currency;
        if let Some(sum) = sum(&self.all, currency) {
            let place = below(&entry.place, stated, "Amt");
            proof.amount(place, What::BatchSum, currency, sum, entry.amount.minor);
        }
    }
}

/// What transactions of a currency sum to, if each of them says so.
fn sum(details: &[Detail], currency: Currency) -> Option<i128> {
    let mut sum = 0;
    for detail in details {
        let amount = detail.amount.filter(|amount| amount.currency == currency)?;
        sum += i128::from(gained(detail.side, amount.minor));
    }
    // Some banks give the payer's side of each transaction, so that only the size says something.
    (!details.is_empty()).then_some(sum.abs())
}

/// Compares what a batch says of its transactions; a bank may also keep them to itself.
fn compare_batch(
    base: &Place,
    batch: &Element,
    details: &[Detail],
    proof: &mut Proof,
) -> Result<(), Refusal> {
    if details.is_empty() {
        return Ok(());
    }
    if let Some(stated) = batch.first("NbOfTxs") {
        let place = below(base, stated, "NbOfTxs");
        let count = stated.text.parse();
        let count = count.map_err(|_| place.clone().refuse(&stated.text, "a number"))?;
        proof.count(place, What::BatchCount, details.len() as u64, count);
    }
    if let Some(stated) = batch.first("TtlAmt") {
        let Amount { currency, minor } = amount(base, "TtlAmt", stated)?;
        if let Some(sum) = sum(details, currency) {
            proof.amount(below(base, stated, "TtlAmt"), What::BatchSum, currency, sum, minor);
        }
    }
    Ok(())
}

fn detail(place: Place, own: &Element, money: Money) -> Result<Detail, Refusal> {
    let side = side(&place, own)?.unwrap_or(money.side);
    let found = ["Amt", "AmtDtls/TxAmt/Amt"]
        .into_iter()
        .find_map(|path| own.first(path).map(|element| (path, element)));
    let amount = found.map(|(path, element)| amount(&place, path, element)).transpose()?;
    let refer = |path: &str| text(own, path).as_deref().and_then(reference);
    let free: Vec<&str> = own.all("RmtInf/Ustrd").iter().map(|line| line.text.as_str()).collect();
    Ok(Detail {
        side: Some(side),
        amount,
        reversal: own.first("RtrInf").is_some()
            || text(own, "BkTxCd/Domn/Fmly/SubFmlyCd").as_deref() == Some(RETURNED),
        references: References {
            ours: refer("Refs/InstrId"),
            end_to_end: refer("Refs/EndToEndId"),
            bank: refer("Refs/AcctSvcrRef"),
            mandate: refer("Refs/MndtId"),
            creditor: refer("RmtInf/Strd/CdtrRefInf/Ref"),
            ..References::default()
        },
        // A transaction within a batch is given from the entry's side.
        counterparty: counterparty(own, money.other(money.side)),
        description: match free.join("\n") {
            none if none.is_empty() => text(own, "AddtlTxInf"),
            lines => Some(lines),
        },
        fees: fees(&place, own)?,
        place,
    })
}

fn counterparty(own: &Element, [party, number, agent]: [&str; 3]) -> Counterparty {
    let parties = own.first("RltdPties");
    let at = |path: String| parties.and_then(|parties| text(parties, &path));
    let name = at(format!("{party}/Nm")).or_else(|| at(format!("{party}/Pty/Nm")));
    let number = parties.and_then(|parties| parties.first(number)).and_then(account);
    let agent = own.first("RltdAgts").and_then(|agents| agents.first(agent));
    let bank = agent.and_then(|agent| {
        let paths = ["FinInstnId/BICFI", "FinInstnId/BIC", "FinInstnId/ClrSysMmbId/MmbId"];
        paths.into_iter().find_map(|path| text(agent, path))
    });
    Counterparty {
        name: name.as_deref().and_then(named),
        account: number.as_deref().and_then(numbered),
        bank,
    }
}

/// An entry of one transaction says everything itself.
fn fold(entry: &mut Entry, only: Detail) {
    let own = std::mem::take(&mut entry.references);
    entry.references = References {
        bank: own.bank.or(only.references.bank),
        ours: only.references.ours.or(own.ours),
        ..only.references
    };
    entry.reversal |= only.reversal;
    entry.counterparty = only.counterparty;
    entry.description = only.description.or(entry.description.take());
    entry.fees = entry.fees.or(only.fees);
    let foreign = only.amount.filter(|amount| amount.currency != entry.amount.currency);
    entry.order_amount = foreign.filter(|amount| amount.minor != 0);
}
