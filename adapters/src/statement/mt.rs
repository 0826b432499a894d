//! SWIFT MT940 (customer statement) and MT942 (interim report), with or without the blocks around them.
//!
//! A file is a row of messages. One with a balance (`:60F:`, `:60M:`) is an MT940 and ends with its closing
//! balance; one without is an MT942 and may end with its totals (`:90D:`, `:90C:`).

mod details;
mod fields;
mod line;

use std::collections::VecDeque;
use std::io::BufRead;

use fields::{Field, Fields, Next};
use jiaozi_ledger::money::{Currency, Side};
use jiaozi_ledger::personal::Personal;

use super::Steps;
use super::amount::{Amount, Written};
use super::date;
use super::entry::{AccountNumber, Entry, filled, numbered};
use super::place::{Place, Refusal, StatementError};
use super::proof::{Figure, Proof, What};
use super::record::{Balance, Head, Part};

/// The parts of a file.
pub(super) struct Mt<R> {
    fields: Fields<R>,
    message: Option<Message>,
    messages: u32,
    /// The page before, whose closing balance opens the next.
    page: Option<Page>,
    queue: VecDeque<Part>,
    over: bool,
}

/// A page that another one follows.
struct Page {
    account: Option<Personal<AccountNumber>>,
    closing: Balance,
}

/// A message that is under way.
#[derive(Default)]
struct Message {
    head: Head,
    /// An interim report: what would open an MT942 was seen.
    interim: bool,
    /// The head was given out, and entries are counted.
    proof: Option<Proof>,
    /// An entry whose details may still follow.
    entry: Option<Entry>,
    closing: Option<Balance>,
    /// The sums of an MT942 were seen: no entry may follow.
    summed: bool,
}

impl<R: BufRead> Mt<R> {
    pub(super) fn new(source: R) -> Self {
        let fields = Fields::new(source);
        Self { fields, message: None, messages: 0, page: None, queue: VecDeque::new(), over: false }
    }
}

impl<R: BufRead> Steps for Mt<R> {
    fn step(&mut self) -> Result<(), StatementError> {
        match self.fields.next()? {
            Next::Field(field) => match &mut self.message {
                Some(message) => message.field(&field, self.page.as_ref(), &mut self.queue)?,
                None if field.tag == "20" => {
                    self.messages = self.messages.saturating_add(1);
                    self.message = Some(Message::new(&field)?);
                }
                None => {
                    return Err(field
                        .place()
                        .refuse(&field.name(), "a message, from :20: on")
                        .into());
                }
            },
            Next::EndOfMessage(place) => {
                if let Some(message) = self.message.take() {
                    self.page = message.end(place, &mut self.queue)?;
                }
            }
            Next::End(place) => {
                self.over = true;
                match self.message.take() {
                    Some(message) => self.page = message.end(place, &mut self.queue)?,
                    None if self.messages == 0 => {
                        return Err(place.refuse("no message", "a message, from :20: on").into());
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }

    fn pending(&mut self) -> (&mut VecDeque<Part>, bool) {
        (&mut self.queue, self.over)
    }
}

impl Message {
    fn new(reference: &Field) -> Result<Self, Refusal> {
        let id = filled(reference.only()?);
        let head = Head { place: reference.place(), id, ..Head::default() };
        Ok(Self { head, ..Self::default() })
    }

    fn field(
        &mut self,
        field: &Field,
        before: Option<&Page>,
        queue: &mut VecDeque<Part>,
    ) -> Result<(), Refusal> {
        if field.tag != "86" {
            self.settle(queue);
        }
        match field.tag.as_str() {
            "21" => {}
            "25" | "25P" => self.head.account = numbered(field.first()),
            "28" | "28C" => {
                let text = field.only()?;
                let (number, page) = text.split_once('/').unwrap_or((text, ""));
                self.head.number = filled(number);
                self.head.page = filled(page);
            }
            "34F" => {
                self.interim = true;
                let currency = floor_limit(field)?;
                self.head.currency = self.head.currency.or(Some(currency));
            }
            "13" | "13C" | "13D" => {
                self.interim = true;
                self.head.to = self.head.to.or(day_of(field.only()?));
            }
            "60F" | "60M" => self.opening(field, before, queue)?,
            "61" => self.entry(field, queue)?,
            "86" => self.information(field)?,
            "62F" | "62M" => self.closing(field)?,
            "64" | "65" if self.closing.is_none() => {
                let expected = "a closing balance (:62F:, :62M:) before it";
                return Err(field.place().refuse(&field.name(), expected));
            }
            "64" | "65" => {
                balance(field)?;
            }
            "90D" => self.total(field, What::DebitCount, What::DebitSum, queue)?,
            "90C" => self.total(field, What::CreditCount, What::CreditSum, queue)?,
            // What banks and programs put in beside the standard.
            "NS" => {}
            _ => {
                return Err(field.place().refuse(&field.name(), "a field of MT940 or MT942"));
            }
        }
        Ok(())
    }

    /// Gives out the entry whose details are complete.
    fn settle(&mut self, queue: &mut VecDeque<Part>) {
        if let (Some(entry), Some(proof)) = (self.entry.take(), &mut self.proof) {
            proof.entry(&entry);
            queue.push_back(Part::Entry(Box::new(entry)));
        }
    }

    fn opening(
        &mut self,
        field: &Field,
        before: Option<&Page>,
        queue: &mut VecDeque<Part>,
    ) -> Result<(), Refusal> {
        if self.proof.is_some() {
            return Err(field
                .place()
                .refuse(&field.name(), "one opening balance, before the entries"));
        }
        let opening = balance(field)?;
        self.head.currency = Some(opening.amount.currency);
        self.head.opening = Some(opening.clone());
        self.interim = false;
        self.give("MT940", queue);
        let before =
            before.filter(|page| opening.intermediate && page.account == self.head.account);
        if let (Some(page), Some(proof)) = (before, &mut self.proof)
            && page.closing.amount != opening.amount
        {
            let expected = Figure::Amount(page.closing.amount);
            let found = Figure::Amount(opening.amount);
            proof.report(opening.place, What::OpeningBalance, expected, found);
        }
        Ok(())
    }

    /// Gives out the head.
    fn give(&mut self, kind: &str, queue: &mut VecDeque<Part>) {
        kind.clone_into(&mut self.head.kind);
        self.proof = Some(Proof::new(self.head.currency));
        queue.push_back(Part::Begins(Box::new(self.head.clone())));
    }

    /// Gives out the head of an interim report, which has no balance to wait for.
    fn begin(&mut self, field: &Field, queue: &mut VecDeque<Part>) -> Result<(), Refusal> {
        if self.proof.is_none() {
            if !self.interim {
                let expected =
                    "an opening balance (:60F:, :60M:), or the :34F: of an MT942, before it";
                return Err(field.place().refuse(&field.name(), expected));
            }
            self.give("MT942", queue);
        }
        if self.closing.is_some() || self.summed {
            let expected = "no entry after the closing balance or the sums";
            return Err(field.place().refuse(&field.name(), expected));
        }
        Ok(())
    }

    fn entry(&mut self, field: &Field, queue: &mut VecDeque<Part>) -> Result<(), Refusal> {
        self.begin(field, queue)?;
        let Some(currency) = self.head.currency else {
            return Err(field.place().refuse("no currency", "a :34F: with the currency before it"));
        };
        self.entry = Some(line::read(field, currency)?);
        Ok(())
    }

    fn information(&mut self, field: &Field) -> Result<(), Refusal> {
        match &mut self.entry {
            Some(entry) => details::read(field, entry),
            // After the closing balance or the sums it is about the statement.
            None if self.closing.is_some() || self.interim => {}
            None => return Err(field.place().refuse(&field.name(), "an entry (:61:) before it")),
        }
        Ok(())
    }

    fn closing(&mut self, field: &Field) -> Result<(), Refusal> {
        if self.closing.is_some() || self.head.opening.is_none() {
            let expected = "one closing balance, after an opening one";
            return Err(field.place().refuse(&field.name(), expected));
        }
        self.closing = Some(balance(field)?);
        Ok(())
    }

    /// The number and sum of debits or credits.
    fn total(
        &mut self,
        field: &Field,
        count: What,
        sum: What,
        queue: &mut VecDeque<Part>,
    ) -> Result<(), Refusal> {
        if self.proof.is_none() {
            self.begin(field, queue)?;
        }
        self.summed = true;
        let text = field.only()?;
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at(digits);
        let refuse = || field.place().refuse(text, "a number, a currency and a sum, 2EUR12,30");
        let stated = number.parse().map_err(|_| refuse())?;
        let amount = money(rest).ok_or_else(refuse)?;
        if let Some(proof) = &mut self.proof {
            proof.state(field.place(), count, Figure::Count(stated));
            proof.state(field.place(), sum, Figure::Amount(amount));
        }
        Ok(())
    }

    /// The end, and the page that it leaves if another one is to follow.
    fn end(mut self, place: Place, queue: &mut VecDeque<Part>) -> Result<Option<Page>, Refusal> {
        self.settle(queue);
        if self.proof.is_none() && self.interim {
            self.give("MT942", queue);
        }
        let Some(proof) = self.proof else {
            return Err(place.refuse("the end of the message", "an opening balance (:60F:, :60M:)"));
        };
        if self.head.opening.is_some() && self.closing.is_none() {
            return Err(place.refuse("the end of the message", "a closing balance (:62F:, :62M:)"));
        }
        let page = self.closing.clone().filter(|closing| closing.intermediate);
        let page = page.map(|closing| Page { account: self.head.account, closing });
        let ending = proof.end(self.head.opening.as_ref(), self.closing);
        queue.push_back(Part::Ends(Box::new(ending)));
        Ok(page)
    }
}

/// `C110522EUR3236,28`.
fn balance(field: &Field) -> Result<Balance, Refusal> {
    let text = field.only()?;
    let refuse = || field.place().refuse(text, "a balance such as C261120CNY3236,28");
    let side = match text.as_bytes().first() {
        Some(b'C') => Side::Credit,
        Some(b'D') => Side::Debit,
        _ => return Err(refuse()),
    };
    let date = text.get(1..7).ok_or_else(refuse)?;
    let date = date::short(date)
        .ok_or_else(|| field.place().refuse(date, "a date such as 261120 (YYMMDD)"))?;
    let rest = text.get(7..).ok_or_else(refuse)?;
    let currency = rest.get(..3).and_then(Currency::parse).ok_or_else(refuse)?;
    let minor = Written::Comma.unsigned(&rest[3..], currency);
    let minor = minor.map_err(|expected| field.place().refuse(&rest[3..], expected))?;
    Ok(Balance {
        place: field.place(),
        date: Some(date),
        amount: Amount { currency, minor: super::entry::gained(Some(side), minor) },
        intermediate: field.tag.ends_with('M'),
    })
}

/// `EUR12,30`.
fn money(text: &str) -> Option<Amount> {
    let currency = Currency::parse(text.get(..3)?)?;
    let minor = Written::Comma.unsigned(text.get(3..)?, currency).ok()?;
    Some(Amount { currency, minor })
}

/// The currency of `EURD0,00` or `EUR0,00`: entries below the limit are left out of the report.
fn floor_limit(field: &Field) -> Result<Currency, Refusal> {
    let text = field.only()?;
    let refuse = || field.place().refuse(text, "a floor limit such as CNYD0,00");
    let code = text.get(..3).ok_or_else(refuse)?;
    let limit = text[3..].trim_start_matches(['C', 'D']);
    money(&format!("{code}{limit}")).map(|amount| amount.currency).ok_or_else(refuse)
}

/// The day of `1610301730+0000`.
fn day_of(text: &str) -> Option<jiff::civil::Date> {
    date::short(text.get(..6)?)
}
