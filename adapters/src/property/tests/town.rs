//! A property company and its books in memory, with what people do in the tests.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use jiaozi_ledger::bill::{Bill, BillState};
use jiaozi_ledger::chart::FEE_INCOME;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::id::{Ids, OrderId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;

use crate::books::{Books, Said};
use crate::caller::Caller;
use crate::property::BillRef;
use crate::property::cancel::Cancel;
use crate::property::company::Company;
use crate::property::import::ImportBills;
use crate::property::pay::Pay;
use crate::property::publishing::Line;
use crate::property::quote::{Quote, QuoteRequest, Wanted, WantedBill, quote};
use crate::property::refund::{Reason, Refund};
use crate::property::withdraw::{Step, WithdrawBill};
use crate::settlement::close::CloseDay;
use crate::spec::PartnerSpec;
use crate::spec::calendar::{Calendar, Calendars};
use crate::spec::import::Action;

const CALENDAR: &str = r#"
calendar = 1
name = "plain"
source = "made for these tests"
covers = { from = "2026-01-01", to = "2027-12-31" }
rest_days = ["saturday", "sunday"]
"#;

/// The company of the tests, with a part of its specification replaced.
pub fn company_with(from: &str, to: &str) -> Company {
    let calendars: Calendars =
        [Calendar::parse("plain.toml", CALENDAR).expect("a calendar")].into_iter().collect();
    let text = include_str!("company.toml");
    assert!(text.contains(from), "the specification has {from}");
    let spec = PartnerSpec::parse("company.toml", &text.replacen(from, to, 1), &calendars)
        .expect("a specification");
    Company::of(&spec, &calendars).expect("a property company")
}

/// A company and its books.
#[derive(Debug, Clone)]
pub struct Town {
    pub company: Arc<Company>,
    books: Books,
}

impl Deref for Town {
    type Target = Books;
    fn deref(&self) -> &Books {
        &self.books
    }
}

impl DerefMut for Town {
    fn deref_mut(&mut self) -> &mut Books {
        &mut self.books
    }
}

impl Town {
    /// 20 November 2026, a Friday, ten in the morning at the company; Li and Wang have 10,000 yuan each,
    /// the budget has 1,000.
    pub fn new() -> Town {
        Town::of(company_with("code = \"yunhe\"", "code = \"yunhe\""))
    }

    pub fn of(company: Company) -> Town {
        let codes = company.accounts();
        let mut accounts: Vec<(&str, i64)> =
            vec![(FEE_INCOME, 0), ("deposit:li", 1_000_000), ("deposit:wang", 1_000_000)];
        let of_company = |code: &String| if code == "budget:yunhe" { 100_000 } else { 0 };
        accounts.extend(codes.iter().map(|code| (code.as_str(), of_company(code))));
        let books = Books::new("2026-11-20T10:00:00+08:00", &accounts);
        Town { company: Arc::new(company), books }
    }

    pub fn days_pass(&mut self, days: i64) {
        self.at = self.at.plus_seconds(days * 86_400);
    }

    pub fn today(&self) -> Date {
        self.company.payee.today(self.at)
    }

    fn scope(&self, operation: &'static str) -> Scope {
        Scope { partner: self.company.payee.code.clone(), operation, key: self.seq.to_string() }
    }

    pub fn import(&mut self, lines: Vec<Line>) -> Said {
        let (scope, company) = (self.scope(ImportBills::OPERATION), Arc::clone(&self.company));
        self.run(&ImportBills { scope, company, lines })
    }

    pub fn step(&mut self, import_id: &str, step: Step) -> Said {
        let (scope, company) = (self.scope(WithdrawBill::OPERATION), Arc::clone(&self.company));
        let import_id = import_id.to_owned();
        self.run(&WithdrawBill { scope, company, import_id, step })
    }

    /// A quote of a house: all that is due, or some bills with amounts, and perhaps a plan.
    pub fn ask(
        &mut self,
        house: &str,
        bills: Option<&[(&str, Option<i64>)]>,
        plan: Option<&str>,
    ) -> Result<Quote, Problem> {
        let wanted = |(id, amount): &(&str, Option<i64>)| WantedBill {
            bill: BillRef::ImportId((*id).to_owned()),
            amount: amount.map(Fen),
        };
        let request = QuoteRequest {
            id: Ids::new(self.at, 99, 0).id(0),
            house: house.to_owned(),
            bills: bills
                .map_or(Wanted::All, |bills| Wanted::These(bills.iter().map(wanted).collect())),
            prepay: plan.map(str::to_owned),
        };
        let bills: Vec<Bill> = self.bills.values().cloned().collect();
        quote(&self.company, &bills, &request, self.at)
    }

    pub fn quoted(&mut self, house: &str) -> Quote {
        self.ask(house, None, None).expect("something is due")
    }

    pub fn pay(&mut self, quote: &Quote, payer: &str) -> Said {
        self.pay_with(quote, payer, None)
    }

    pub fn pay_with(&mut self, quote: &Quote, payer: &str, reference: Option<&str>) -> Said {
        let sealed = serde_json::to_string(quote).expect("quotes serialise");
        let quote: Quote = serde_json::from_str(&sealed).expect("and come back");
        let pay = Pay {
            scope: self.scope(Pay::OPERATION),
            company: Arc::clone(&self.company),
            channel: "app".to_owned(),
            quote,
            payer: AccountRef::Code(format!("deposit:{payer}")),
            reference: reference.map(str::to_owned),
            order: None,
        };
        self.run(&pay)
    }

    pub fn cancel(&mut self, order: OrderId) -> Said {
        let (scope, company) = (self.scope(Cancel::OPERATION), Arc::clone(&self.company));
        let caller = Caller::Channel("app".to_owned());
        self.run(&Cancel { scope, company, caller, order })
    }

    pub fn refund(&mut self, order: OrderId, amount: Option<i64>, reason: Reason) -> Said {
        self.refund_of(order, amount, None, reason)
    }

    pub fn refund_of(
        &mut self,
        order: OrderId,
        amount: Option<i64>,
        bills: Option<&[&str]>,
        reason: Reason,
    ) -> Said {
        let named =
            |ids: &[&str]| ids.iter().map(|id| BillRef::ImportId((*id).to_owned())).collect();
        let refund = Refund {
            scope: self.scope(Refund::OPERATION),
            company: Arc::clone(&self.company),
            caller: Caller::Partner(self.company.payee.code.clone()),
            order,
            amount: amount.map(Fen),
            bills: bills.map(named),
            reason,
        };
        self.run(&refund)
    }

    pub fn close(&mut self, date: Date) -> Said {
        let payee = Arc::clone(&self.company.payee);
        let scope = self.scope(CloseDay::OPERATION);
        self.run(&CloseDay { scope, payee, date })
    }

    #[track_caller]
    pub fn bill(&self, import_id: &str) -> &Bill {
        let bill = self.bills.values().find(|bill| bill.import_id() == import_id);
        bill.unwrap_or_else(|| panic!("bill {import_id}"))
    }

    pub fn stands(&self, import_id: &str) -> (BillState, i64) {
        let bill = self.bill(import_id);
        (bill.state, bill.paid.0)
    }
}

/// A management bill of 200 yuan for October, due on 10 November.
pub fn line(import_id: &str, house: &str) -> Line {
    Line {
        line: 1,
        import_id: import_id.to_owned(),
        site: "north".to_owned(),
        house: house.to_owned(),
        item: "management".to_owned(),
        period: "2026-10".to_owned(),
        months: 1,
        amount: Fen(20_000),
        due: jiff::civil::date(2026, 11, 30),
        action: Action::New,
    }
}

pub fn parking(import_id: &str, house: &str) -> Line {
    Line { item: "parking".to_owned(), amount: Fen(30_000), ..line(import_id, house) }
}
