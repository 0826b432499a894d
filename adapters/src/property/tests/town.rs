//! Books in memory: loads what commands need, decides, applies. The shape is the writer's, with a
//! batch of one and maps instead of tables.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::bill::{Bill, BillPayment, BillState, BillVersion};
use jiaozi_ledger::book;
use jiaozi_ledger::chart::{FEE_INCOME, account};
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::{Answer, Command, Event, ROUNDS, Scope, Verdict};
use jiaozi_ledger::facts::{Fact, Facts, Moment, Need, Shelved};
use jiaozi_ledger::id::{Ids, OrderId};
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::order::{Order, Refund as RefundRow};
use jiaozi_ledger::time::Instant;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

use crate::property::cancel::Cancel;
use crate::property::company::Company;
use crate::property::import::ImportBills;
use crate::property::pay::Pay;
use crate::property::publishing::Line;
use crate::property::quote::{Quote, QuoteRequest, Wanted, WantedBill, quote};
use crate::property::refund::{Reason, Refund};
use crate::property::withdraw::{Step, WithdrawBill};
use crate::property::{BillRef, Caller};
use crate::settlement::close::CloseDay;
use crate::spec::PartnerSpec;
use crate::spec::calendar::{Calendar, Calendars};
use crate::spec::import::Action;
use jiaozi_ledger::problem::Problem;

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

/// What was said to the caller.
#[derive(Debug, Clone)]
pub struct Said {
    pub verdict: Verdict,
    pub status: u16,
    pub body: Value,
}

impl Said {
    fn of(verdict: Verdict, answer: &Answer) -> Said {
        let body = serde_json::from_slice(&answer.body).expect("answers are JSON");
        Said { verdict, status: answer.status, body }
    }

    /// The code of a decline, or of a refused line.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    #[track_caller]
    pub fn done(self) -> Said {
        assert_eq!(self.verdict, Verdict::Done, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn declined(self, code: &str) -> Said {
        assert_eq!(self.verdict, Verdict::Declined, "{}", self.body);
        if self.status != 200 {
            assert_eq!(self.code(), code, "{}", self.body);
            assert!(self.body["detail"].as_str().is_some_and(|text| !text.is_empty()));
            assert!(self.body["next"].as_str().is_some_and(|text| !text.is_empty()));
        }
        self
    }

    pub fn order(&self) -> OrderId {
        serde_json::from_value(self.body["order"].clone()).expect("an order")
    }

    pub fn fen(&self, name: &str) -> i64 {
        self.body[name].as_i64().unwrap_or_else(|| panic!("{name} in {}", self.body))
    }

    /// The results of an import, line by line.
    pub fn results(&self) -> Vec<&str> {
        let lines = self.body["lines"].as_array().expect("lines");
        lines.iter().map(|line| line["result"].as_str().expect("a result")).collect()
    }
}

/// Everything there is.
#[derive(Debug, Clone)]
pub struct Town {
    pub company: Arc<Company>,
    pub at: Instant,
    pub seq: i64,
    pub accounts: HashMap<Uuid, Account>,
    pub bills: HashMap<Uuid, Bill>,
    pub orders: HashMap<Uuid, Order>,
    pub refunds: HashMap<Uuid, RefundRow>,
    pub days: HashMap<Uuid, Day>,
    pub versions: BTreeMap<(Uuid, i64), BillVersion>,
    pub payments: Vec<BillPayment>,
    pub events: Vec<Event>,
}

impl Town {
    /// 20 November 2026, a Friday, ten in the morning at the company; Li and Wang have 10,000 yuan each,
    /// the budget has 1,000.
    pub fn new() -> Town {
        Town::of(company_with("code = \"yunhe\"", "code = \"yunhe\""))
    }

    pub fn of(company: Company) -> Town {
        let mut town = Town {
            company: Arc::new(company),
            at: Instant(0),
            seq: 0,
            accounts: HashMap::new(),
            bills: HashMap::new(),
            orders: HashMap::new(),
            refunds: HashMap::new(),
            days: HashMap::new(),
            versions: BTreeMap::new(),
            payments: Vec::new(),
            events: Vec::new(),
        };
        town.clock("2026-11-20T10:00:00+08:00");
        let mut codes = town.company.accounts();
        codes.extend([FEE_INCOME, "deposit:li", "deposit:wang"].map(str::to_owned));
        for (code, nth) in codes.iter().zip(0u16..) {
            let id = Ids::new(Instant(1), 1, 0).id(nth);
            let mut account = account(id, code, Currency::CNY).expect("in the chart");
            account.posted = match code.as_str() {
                "deposit:li" | "deposit:wang" => Fen(1_000_000),
                "budget:yunhe" => Fen(100_000),
                _ => Fen::ZERO,
            };
            town.accounts.insert(account.id.0, account);
        }
        town
    }

    pub fn clock(&mut self, text: &str) {
        let at: Timestamp = text.parse().expect("a time");
        self.at = self.at.max(at.into());
    }

    pub fn days_pass(&mut self, days: i64) {
        self.at = self.at.plus_seconds(days * 86_400);
    }

    pub fn today(&self) -> Date {
        self.company.payee.today(self.at)
    }

    /// Decides and applies one command.
    pub fn run(&mut self, command: &dyn Command) -> Said {
        self.seq += 1;
        self.at = Instant(self.at.0 + 1);
        let ids = Ids::new(self.at, self.seq.unsigned_abs(), 0);
        let mut facts = Facts::new(Moment { at: self.at, seq: self.seq, ids });
        let mut rounds = 0;
        loop {
            let missing: Vec<Need> =
                command.needs(&facts).into_iter().filter(|need| !facts.knows(need)).collect();
            if missing.is_empty() {
                break;
            }
            rounds += 1;
            assert!(rounds <= ROUNDS, "more than {ROUNDS} rounds: {missing:?}");
            load(&self.accounts, &mut facts, &missing);
            load(&self.bills, &mut facts, &missing);
            load(&self.orders, &mut facts, &missing);
            load(&self.refunds, &mut facts, &missing);
            load(&self.days, &mut facts, &missing);
        }
        let decision = command.decide(&facts);
        let again = command.decide(&facts);
        assert_eq!(decision.answer(), again.answer(), "a decision is a function of its facts");
        book::apply(&mut facts, decision.changes()).expect("what is decided can be applied");
        save(&mut self.accounts, &facts);
        save(&mut self.bills, &facts);
        save(&mut self.orders, &facts);
        save(&mut self.refunds, &facts);
        save(&mut self.days, &facts);
        for version in &decision.changes().bill_versions {
            let key = (version.bill.0, version.version);
            assert!(self.versions.insert(key, version.clone()).is_none(), "a version comes once");
        }
        self.payments.extend(decision.changes().bill_payments.iter().cloned());
        self.events.push(decision.event().clone());
        Said::of(decision.verdict(), decision.answer())
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

    pub fn balance(&self, code: &str) -> i64 {
        let account = self.accounts.values().find(|account| account.code == code);
        account.unwrap_or_else(|| panic!("account {code}")).posted.0
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

    pub fn order(&self, id: OrderId) -> &Order {
        &self.orders[&id.0]
    }

    pub fn day(&self, date: Date) -> &Day {
        self.days.values().find(|day| day.date == date).expect("the day")
    }
}

fn load<T: Fact>(rows: &HashMap<Uuid, T>, facts: &mut Facts, needs: &[Need]) {
    let needs: Vec<Need> =
        needs.iter().filter(|need| need.table == T::TABLE.name).cloned().collect();
    let place = |need: &Need| T::TABLE.columns.iter().position(|column| column.name == need.column);
    let wanted = |row: &&T| {
        let cells = row.cells();
        needs.iter().any(|need| place(need).and_then(|place| cells.get(place)) == Some(&need.value))
    };
    let found: Vec<T> = rows.values().filter(wanted).cloned().collect();
    T::shelf_mut(facts).load(&needs, found);
}

fn save<T: Fact + Shelved>(rows: &mut HashMap<Uuid, T>, facts: &Facts) {
    let shelf = T::shelf(facts);
    for row in shelf.new_rows().chain(shelf.changed_rows()) {
        rows.insert(row.key(), row.clone());
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
