//! What a statement says of itself: account, period, balances and totals.

use jiaozi_ledger::money::{Currency, Side};
use jiff::civil::Time;

use super::super::amount::{Amount, Written};
use super::super::entry::{named, numbered};
use super::super::place::{Place, Refusal};
use super::super::proof::{Figure, Proof, What};
use super::super::record::{Balance, Head, Issue};
use super::super::xml::Element;
use super::Kind;
use super::values::{account, amount, below, day, moment, needed_side, text};

/// A statement's head in the making.
pub(super) struct StatementHead {
    kind: Kind,
    head: Head,
    /// The closing balance of the statement before, which opens this one if nothing else does.
    previous: Option<Balance>,
    closing: Option<Balance>,
    /// Whether the period ends with the midnight that begins a day.
    until_midnight: bool,
    sums: Vec<StatedSum>,
}

/// A total whose currency is known only with the entries.
struct StatedSum {
    place: Place,
    what: What,
    text: String,
    debit: bool,
}

impl StatementHead {
    pub(super) fn new(place: Place, kind: Kind, version: &str) -> Self {
        let head = Head { place, kind: version.to_owned(), ..Head::default() };
        let (previous, closing, sums) = (None, None, Vec::new());
        Self { kind, head, previous, closing, until_midnight: false, sums }
    }

    /// Whether a child of the statement is one that we read.
    pub(super) fn knows(name: &str) -> bool {
        matches!(
            name,
            "Id" | "ElctrncSeqNb"
                | "LglSeqNb"
                | "StmtPgntn"
                | "NtfctnPgntn"
                | "FrToDt"
                | "CpyDplctInd"
                | "Acct"
                | "Bal"
                | "TxsSummry"
        )
    }

    /// One child of the statement.
    pub(super) fn child(&mut self, place: &Place, element: &Element) -> Result<(), Refusal> {
        let head = &mut self.head;
        match element.name.as_str() {
            "Id" => head.id = Some(element.text.clone()),
            "ElctrncSeqNb" if head.number.is_none() => head.number = Some(element.text.clone()),
            "LglSeqNb" => head.number = Some(element.text.clone()),
            "StmtPgntn" | "NtfctnPgntn" => head.page = text(element, "PgNb"),
            "FrToDt" => {
                if let Some(found) = element.first("FrDtTm") {
                    head.from = Some(moment(place, "FrDtTm", found)?.0);
                }
                if let Some(found) = element.first("ToDtTm") {
                    let (day, at) = moment(place, "ToDtTm", found)?;
                    head.to = Some(day);
                    self.until_midnight = at == Some(day.to_datetime(Time::midnight()));
                }
            }
            "CpyDplctInd" => {
                head.issue = match element.text.as_str() {
                    "COPY" => Issue::Copy,
                    "DUPL" => Issue::Duplicate,
                    "CODU" => Issue::CopyDuplicate,
                    other => return Err(place.clone().refuse(other, "COPY, DUPL or CODU")),
                };
            }
            "Acct" => {
                head.account = account(element).as_deref().and_then(numbered);
                head.owner = text(element, "Ownr/Nm").as_deref().and_then(named);
                if let Some(code) = text(element, "Ccy") {
                    let currency = Currency::parse(&code);
                    let place = || below(place, element, "Ccy");
                    head.currency = Some(
                        currency.ok_or_else(|| place().refuse(&code, "a currency such as CNY"))?,
                    );
                }
            }
            "Bal" => self.balance(place, element)?,
            "TxsSummry" => self.summary(place, element)?,
            _ => {}
        }
        Ok(())
    }

    fn balance(&mut self, place: &Place, element: &Element) -> Result<(), Refusal> {
        let found = element.first("Amt").map(|found| amount(place, "Amt", found)).transpose()?;
        let Some(Amount { currency, minor }) = found else {
            return Err(place.clone().refuse("none", "<Amt>"));
        };
        let minor = match needed_side(place, element)? {
            Side::Credit => minor,
            Side::Debit => -minor,
        };
        let balance = Balance {
            place: place.clone(),
            date: day(place, element, "Dt")?.map(|(date, _)| date),
            amount: Amount { currency, minor },
            intermediate: text(element, "Tp/SubTp/Cd").as_deref() == Some("INTM"),
        };
        let code = text(element, "Tp/CdOrPrtry/Cd").unwrap_or_default();
        let kept = match code.as_str() {
            "OPBD" => &mut self.head.opening,
            "PRCD" => &mut self.previous,
            "CLBD" => &mut self.closing,
            // Available and forward balances say nothing of the entries.
            _ => return Ok(()),
        };
        if kept.replace(balance).is_some() {
            return Err(place.clone().refuse(&format!("{code} twice"), "each balance once"));
        }
        Ok(())
    }

    fn summary(&mut self, place: &Place, element: &Element) -> Result<(), Refusal> {
        for (group, count, sum) in [
            ("TtlNtries", What::EntryCount, What::EntrySum),
            ("TtlCdtNtries", What::CreditCount, What::CreditSum),
            ("TtlDbtNtries", What::DebitCount, What::DebitSum),
        ] {
            for (name, what) in [("NbOfNtries", count), ("Sum", sum)] {
                self.total(place, element, &format!("{group}/{name}"), what, false);
            }
        }
        for (path, side) in [
            ("TtlNtries/TtlNetNtryAmt", "TtlNtries/CdtDbtInd"),
            ("TtlNtries/TtlNetNtry/Amt", "TtlNtries/TtlNetNtry/CdtDbtInd"),
        ] {
            let debit = text(element, side).as_deref() == Some("DBIT");
            self.total(place, element, path, What::Net, debit);
        }
        Ok(())
    }

    fn total(&mut self, place: &Place, element: &Element, path: &str, what: What, debit: bool) {
        if let Some(found) = element.first(path) {
            let place = below(place, found, path);
            self.sums.push(StatedSum { place, what, text: found.text.clone(), debit });
        }
    }

    /// The head, once the first entry or the end is reached.
    pub(super) fn give(&mut self) -> Result<Head, Refusal> {
        let head = &mut self.head;
        if head.opening.is_none() {
            head.opening = self.previous.take();
        }
        if self.kind == Kind::Statement && head.opening.is_none() {
            let place = head.place.clone();
            return Err(
                place.refuse("none", "an opening balance (OPBD or PRCD) before the entries")
            );
        }
        // A midnight belongs to the day before, but for those who write no other time.
        if let (true, Some(from), Some(to)) = (self.until_midnight, head.from, head.to) {
            let closes = self.closing.as_ref().and_then(|closing| closing.date);
            if from < to && closes != Some(to) {
                head.to = to.yesterday().ok();
            }
        }
        let of_opening = head.opening.as_ref().map(|opening| opening.amount.currency);
        head.currency = head.currency.or(of_opening);
        Ok(head.clone())
    }

    /// The closing balance and the totals, once the end is reached.
    pub(super) fn close(
        mut self,
        end: Place,
        proof: &mut Proof,
    ) -> Result<Option<Balance>, Refusal> {
        if self.kind == Kind::Statement && self.closing.is_none() {
            let end = Place { at: self.head.place.at, ..end };
            return Err(end.refuse("none", "a closing balance (CLBD)"));
        }
        for StatedSum { place, what, text, debit } in std::mem::take(&mut self.sums) {
            let figure = if matches!(what, What::EntryCount | What::CreditCount | What::DebitCount)
            {
                let count = text.parse();
                Figure::Count(count.map_err(|_| place.clone().refuse(&text, "a number"))?)
            } else {
                match proof.currency() {
                    Some(currency) => {
                        let minor = Written::Point.signed(&text, currency);
                        let minor =
                            minor.map_err(|expected| place.clone().refuse(&text, expected))?;
                        let minor = if debit { -minor } else { minor };
                        Figure::Amount(Amount { currency, minor })
                    }
                    // No entry and no account says which currency: there is nothing to compare.
                    None => continue,
                }
            };
            proof.state(place, what, figure);
        }
        Ok(self.closing.take())
    }
}
