//! An account of ours that mirrors one elsewhere, as data: which account here, which number there, which
//! files come, which of their fields holds our reference, how many days may lie between both sides, and
//! what is booked where they differ. One file an account, `partner-specs/accounts/<code>.toml`.

use std::sync::Arc;

use jiaozi_ledger::chart;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::money::{Currency, Side};
use jiaozi_ledger::time::Instant;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::calendar::{Calendar, CalendarError, Calendars};
use super::check;
use super::document::{Document, SpecError};
use super::fetch::{Fetch, Naming, at};
use super::identity::{
    AccountCode, Code, Currency as CurrencyCode, Names, PartnerCode, Version, Zone,
};
use super::pattern::Pattern;
use crate::statement::Format;
use crate::statement::entry::References;

/// A mirrored account, checked.
#[derive(Debug, Clone)]
pub struct MirrorSpec {
    /// Its code, by which its breaks are listed; no partner has the same.
    pub code: String,
    /// Names that people see.
    pub name: Names,
    /// The account of the books: one with debits on its normal side.
    pub account: String,
    /// The number of the account there, as statements write it; nothing where they write none.
    pub theirs: Option<String>,
    /// The currency of both.
    pub currency: Currency,
    /// The formats in which statements come.
    pub formats: Vec<Format>,
    /// The first day that is reconciled.
    pub since: Date,
    /// The zone of its days.
    pub zone: Zone,
    /// On which days statements are made.
    pub calendar: Arc<Calendar>,
    /// How many working days after its day a statement is here.
    pub due_days: u8,
    /// How its statements come by themselves; nothing where they are imported by hand.
    pub statement: Option<AccountFile>,
    /// How both sides are matched.
    pub matching: Matching,
    /// What is booked.
    pub book: Bookings,
}

/// A mirrored account as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MirrorFile {
    #[expect(dead_code, reason = "only its value is checked")]
    mirror: Version,
    code: PartnerCode,
    name: Names,
    account: AccountCode,
    theirs: Option<String>,
    #[serde(default)]
    currency: CurrencyCode,
    formats: Vec<FormatName>,
    since: Date,
    #[serde(default)]
    zone: Zone,
    calendar: Code,
    #[serde(default = "one")]
    due_days: u8,
    statement: Option<AccountFile>,
    #[serde(default, rename = "match")]
    matching: Matching,
    #[serde(default)]
    book: Bookings,
}

fn one() -> u8 {
    1
}

/// The section `[statement]`: what the files of the account are called, and how they come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountFile {
    /// Name of the file, with `{date}`.
    pub name: String,
    /// How the day is written in the name.
    pub date_pattern: Pattern,
    /// For `https`: the partner at whose address it lies.
    pub partner: Option<PartnerCode>,
    /// How it comes. It is late as `due_days` says, at its time of day.
    pub fetch: Fetch,
}

impl AccountFile {
    /// What its files are called.
    #[must_use]
    pub fn naming(&self) -> Naming<'_> {
        Naming { name: &self.name, date_pattern: &self.date_pattern }
    }
}

/// A format by its name.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct FormatName(Format);

impl TryFrom<String> for FormatName {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        let known = || Format::ALL.map(Format::name).join(", ");
        let expected = || format!("`{name}` is no format, expected one of {}", known());
        Format::named(&name).map(FormatName).ok_or_else(expected)
    }
}

/// The section `[match]`; every key may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Matching {
    /// Which of their fields hold our reference; the first that says something.
    pub reference: Vec<Field>,
    /// Which members of our events hold it; the first that is there, else the subject's identifier without
    /// hyphens.
    pub ours: Vec<Member>,
    /// How many days may lie between our day and theirs: until they are over, what only we have is in
    /// transit, and so far apart may be what is matched by amount.
    pub days: u8,
    /// Their words for entries by which they take something for their service.
    pub charges: Vec<String>,
}

impl Default for Matching {
    fn default() -> Self {
        Self {
            reference: vec![Field::EndToEnd, Field::MerchantOrder, Field::Ours],
            ours: ["end_to_end", "core_reference", "reference"]
                .map(|name| Member(name.to_owned()))
                .to_vec(),
            days: 3,
            charges: Vec::new(),
        }
    }
}

/// A reference of a statement's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// ISO 20022 `EndToEndId`.
    EndToEnd,
    /// ISO 20022 `InstrId`, MT940 customer reference.
    Ours,
    /// ISO 20022 `AcctSvcrRef`, MT940 bank reference, a wallet's transaction number.
    Bank,
    /// A wallet's `out_trade_no`: the merchant's order number.
    MerchantOrder,
    /// The merchant's number of a refund.
    MerchantRefund,
    /// A wallet's number of a refund.
    Refund,
    /// The reference that the creditor asked for.
    Creditor,
}

impl Field {
    /// What an entry has there.
    #[must_use]
    pub fn of(self, references: &References) -> Option<&str> {
        let found = match self {
            Field::EndToEnd => &references.end_to_end,
            Field::Ours => &references.ours,
            Field::Bank => &references.bank,
            Field::MerchantOrder => &references.merchant_order,
            Field::MerchantRefund => &references.merchant_refund,
            Field::Refund => &references.refund,
            Field::Creditor => &references.creditor,
        };
        found.as_deref()
    }
}

/// The name of a member of our events, or `idempotency_key`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Member(String);

impl Member {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it is the key under which the command was given.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.0 == "idempotency_key"
    }
}

impl TryFrom<String> for Member {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        let right = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let expected = "the name of a member of our events, of a-z, 0-9 and _, or idempotency_key";
        if right {
            Ok(Self(name))
        } else {
            Err(format!("`{}`: expected {expected}", name.escape_debug()))
        }
    }
}

/// The section `[book]`: what is booked for each way in which the sides can differ. What is booked brings
/// the mirror to what they say and waits in suspense; every key may be left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bookings {
    /// Only we have it, and its days are over.
    pub only_ours: Booked,
    /// Only they have it.
    pub only_theirs: Booked,
    /// Both have it, with other amounts.
    pub different_amount: Booked,
}

/// What is booked for a difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booked {
    /// The mirror against suspense.
    #[default]
    MirrorToSuspense,
    /// Nothing.
    Nothing,
}

/// The longest reference, in characters.
const REFERENCE_MAX: usize = 128;

impl MirrorSpec {
    /// Reads and checks a file; `file` only names it in errors.
    ///
    /// # Errors
    /// Every problem that could be found.
    pub fn parse(file: &str, text: &str, calendars: &Calendars) -> Result<Self, Vec<SpecError>> {
        let document = Document::parse(file, text)?;
        let raw: MirrorFile = document.typed()?;
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: String| problems.push(document.error(key, message));
        let account = raw.account.as_str();
        let nobody = AccountId(Uuid::nil());
        match chart::account(nobody, account, Currency::CNY) {
            Ok(found) if found.side == Side::Debit => {}
            _ => wrong(
                "account",
                format!(
                    "`{account}` mirrors nothing, expected core:clearing or clearing:receivable, or one of several such as core:clearing:NAME"
                ),
            ),
        }
        let currency = Currency::parse(raw.currency.as_str());
        if currency.is_none() {
            wrong("currency", "expected an ISO 4217 code such as CNY".to_owned());
        }
        if raw.formats.is_empty() {
            wrong("formats", "expected at least one format".to_owned());
        }
        if raw.theirs.as_deref().is_some_and(|theirs| compact(theirs).is_empty()) {
            wrong("theirs", "expected the number of the account, or no such key".to_owned());
        }
        if raw.matching.reference.is_empty() {
            wrong("match.reference", "expected at least one field".to_owned());
        }
        if raw.due_days == 0 || raw.due_days > 31 {
            wrong("due_days", "expected 1 to 31 working days".to_owned());
        }
        if let Some(statement) = &raw.statement {
            for (key, message) in check::account_file(statement) {
                wrong(&key, message);
            }
        }
        let calendar = calendars.get(&raw.calendar).cloned();
        if calendar.is_none() {
            let known: Vec<&str> = calendars.names().collect();
            let message = format!(
                "there is no calendar `{}`, expected one of {}",
                raw.calendar,
                known.join(", ")
            );
            wrong("calendar", message);
        }
        match (calendar, currency) {
            (Some(calendar), Some(currency)) if problems.is_empty() => Ok(Self {
                code: raw.code.as_str().to_owned(),
                name: raw.name,
                account: account.to_owned(),
                theirs: raw.theirs,
                currency,
                formats: raw.formats.into_iter().map(|FormatName(format)| format).collect(),
                since: raw.since,
                zone: raw.zone,
                calendar: Arc::new(calendar),
                due_days: raw.due_days,
                statement: raw.statement,
                matching: raw.matching,
                book: raw.book,
            }),
            _ => Err(problems),
        }
    }

    /// Where its differences wait.
    #[must_use]
    pub fn unexplained(&self) -> String {
        chart::suspense_unexplained(&self.code)
    }

    /// The accounts that it needs.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        vec![self.account.clone(), self.unexplained()]
    }

    /// Whether a statement's number of the account is this one, however it is spaced.
    #[must_use]
    pub fn is_theirs(&self, number: &str) -> bool {
        self.theirs.as_deref().is_some_and(|theirs| compact(theirs) == compact(number))
    }

    /// The day of an instant there.
    #[must_use]
    pub fn day_of(&self, at: Instant) -> Date {
        at.date_in(self.zone.time_zone())
    }

    /// When a day begins; nothing at the end of the representable calendar.
    #[must_use]
    pub fn begins(&self, date: Date) -> Option<Instant> {
        let midnight = date.to_datetime(jiff::civil::Time::midnight());
        self.zone.time_zone().to_timestamp(midnight).ok().map(Instant::from)
    }

    /// The last day by which what we posted on a day is there.
    #[must_use]
    pub fn in_transit_until(&self, date: Date) -> Date {
        date.saturating_add(i64::from(self.matching.days).days())
    }

    /// Our reference in the references of an entry. Ours are single words of visible ASCII: what others write
    /// there for people to read, names perhaps, is none.
    #[must_use]
    pub fn reference_in<'r>(&self, references: &'r References) -> Option<&'r str> {
        let mut given = self.matching.reference.iter().filter_map(|field| field.of(references));
        given.find(|text| is_reference(text))
    }

    /// Their word for what an entry is, where the specification knows it. Others are not kept: wallets write
    /// names there.
    #[must_use]
    pub fn known_word<'k>(&self, kind: Option<&'k str>) -> Option<&'k str> {
        kind.filter(|kind| self.matching.charges.iter().any(|word| word == kind))
    }

    /// The reference of an entry of ours: its event's, by the members that the specification names, else the
    /// event's subject, or its number where it has none.
    #[must_use]
    pub fn reference_of(
        &self,
        key: &str,
        subject: Uuid,
        seq: i64,
        data: &serde_json::Value,
    ) -> String {
        let text = |member: &Member| {
            if member.is_key() { Some(key) } else { data.get(member.name())?.as_str() }
        };
        match self.matching.ours.iter().filter_map(text).find(|text| is_reference(text)) {
            Some(found) => found.to_owned(),
            None if subject.is_nil() => format!("seq-{seq}"),
            None => subject.simple().to_string(),
        }
    }

    /// When the statement of a working day is late; nothing where no statements are fetched.
    ///
    /// # Errors
    /// The calendar does not cover the days in question.
    pub fn late_from(&self, date: Date) -> Result<Option<Instant>, CalendarError> {
        let Some(statement) = &self.statement else { return Ok(None) };
        Ok(Some(at(self.due_on(date)?, statement.fetch.late, self.zone.time_zone())))
    }

    /// The day by which the statement of a working day is here.
    fn due_on(&self, date: Date) -> Result<Date, CalendarError> {
        let days = std::iter::repeat_n((), usize::from(self.due_days));
        days.into_iter().try_fold(date, |due, ()| self.calendar.next_working_day(due))
    }

    /// The last working day of which the statement should have come before a day; nothing where there is none
    /// since reconciliation began.
    ///
    /// # Errors
    /// The calendar does not cover the days in question.
    pub fn expected_by(&self, today: Date) -> Result<Option<Date>, CalendarError> {
        // So many days hold the due days, whatever holidays lie between.
        let first = self.since.max(today.saturating_sub(60.days()));
        let (mut day, mut last) = (first, None);
        while day < today {
            if self.calendar.is_working_day(day)? {
                if self.due_on(day)? >= today {
                    break;
                }
                last = Some(day);
            }
            day = day.saturating_add(1.day());
        }
        Ok(last)
    }
}

/// Whether a text can be a reference.
fn is_reference(text: &str) -> bool {
    (1..=REFERENCE_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The number of an account without its spaces.
fn compact(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace()).collect()
}
