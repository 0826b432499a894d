//! The partner specification: what differs between two partners of a scene, as data.
//!
//! A specification is one TOML file, `partner-specs/<code>/partner.toml`. This module turns its text
//! into types and refuses what cannot be meant; `partner-specs/README.md` explains every key.
//! It is not the place where files are opened or partners are stored: text comes in, values go out.
//!
//! | module | thought |
//! |---|---|
//! | [`document`] | TOML text to types, with every error collected and placed |
//! | [`identity`], [`access`] | who the partner is, how it proves that, what it may do |
//! | [`property`], [`biller`], [`channel`], [`core`](mod@core) | the sections of each kind |
//! | [`outbound`], [`signing`], [`message`], [`request_path`], [`files`] | how a partner is called or told by files, and what is said to it |
//! | [`fetch`] | how files come by themselves |
//! | [`file_shape`], [`import`], [`statement`], [`reconciliation`], [`day_file`] | how its files look, what their columns mean |
//! | [`pattern`], [`fields`], [`raw_line`] | one cell of a file, as text and as a value |
//! | [`mirror`] | an account of ours that mirrors one elsewhere, a file of its own |
//! | [`withholding`], [`claim_line`] | what payers have allowed it to claim, by file |
//! | [`bill_line`], [`roster_line`], [`statement_line`], [`totals`] | one line of a file, and the lines together |
//! | [`rounding`], [`share`], [`fee`], [`late_fee`], [`split`], [`prepay`] | rules about money |
//! | [`calendar`], [`clearing`] | rules about days |
//! | [`payout`] | where the money goes then |
//! | [`check`] | what no single key can tell: contradictions between keys and between files |

pub mod access;
pub mod bill_line;
pub mod biller;
pub mod calendar;
pub mod channel;
pub mod check;
pub mod claim_line;
pub mod clearing;
pub mod core;
pub mod day_file;
pub mod document;
pub mod fee;
pub mod fetch;
pub mod fields;
pub mod file_shape;
pub mod files;
pub mod house;
pub mod identity;
pub mod import;
pub mod late_fee;
pub mod message;
pub mod mirror;
pub mod outbound;
pub mod pattern;
pub mod payout;
pub mod prepay;
pub mod property;
pub mod raw_line;
pub mod reconciliation;
pub mod request_path;
pub mod roster_line;
pub mod rounding;
pub mod share;
pub mod signing;
pub mod split;
pub mod statement;
pub mod statement_line;
pub mod totals;
pub mod withholding;

use serde::Deserialize;

use self::core::Core;
use access::{Access, Webhook};
use biller::{Biller, Service};
use calendar::Calendars;
use channel::Channel;
use clearing::Clearing;
use day_file::DayFile;
use document::{Document, SpecError};
use fee::Fee;
use identity::{Identity, Kind, Version};
use import::{BillFormat, RosterFormat};
use late_fee::LateFee;
use message::Messages;
use outbound::Outbound;
use payout::Payout;
use prepay::Prepay;
use property::{Budget, Community, Item, Payment, Property, Refund};
use reconciliation::Reconciliation;
use split::Split;
use statement::Statement;
use withholding::Withholding;

/// One partner, checked: every reference in it is known to resolve.
#[derive(Debug, Clone)]
pub struct PartnerSpec {
    /// Code, names, zone and currency.
    pub partner: Identity,
    /// How the partner proves who it is, and what it may ask for.
    pub access: Access,
    /// Where it wants to hear from us, if anywhere.
    pub webhook: Option<Webhook>,
    /// What is particular to the kind of partner.
    pub terms: Terms,
}

/// The part of a specification that depends on the kind.
#[derive(Debug, Clone)]
pub enum Terms {
    /// A property company whose bills are paid through us.
    Property(Box<Property>),
    /// A biller whose own system we call.
    Biller(Box<Biller>),
    /// A channel of the bank, which names payers and pays for them.
    Channel(Channel),
    /// The bank's core system: called like a biller, asked for customers' money.
    Core(Box<Biller>),
}

impl PartnerSpec {
    /// Reads and checks one specification; `file` only names it in errors.
    ///
    /// # Errors
    /// Every problem that could be found, in the order of the file, never only the first.
    pub fn parse(file: &str, text: &str, calendars: &Calendars) -> Result<Self, Vec<SpecError>> {
        let document = Document::parse(file, text)?;
        let raw: PartnerFile = document.typed()?;
        check::one(raw, &document, calendars)
    }

    /// The terms of a property company, if it is one.
    #[must_use]
    pub fn property(&self) -> Option<&Property> {
        match &self.terms {
            Terms::Property(property) => Some(property),
            Terms::Biller(_) | Terms::Channel(_) | Terms::Core(_) => None,
        }
    }

    /// The terms of a biller, if it is one.
    #[must_use]
    pub fn biller(&self) -> Option<&Biller> {
        match &self.terms {
            Terms::Biller(biller) => Some(biller),
            Terms::Property(_) | Terms::Channel(_) | Terms::Core(_) => None,
        }
    }

    /// The terms of the bank's core system, if it is one.
    #[must_use]
    pub fn core(&self) -> Option<&Biller> {
        match &self.terms {
            Terms::Core(core) => Some(core),
            Terms::Property(_) | Terms::Biller(_) | Terms::Channel(_) => None,
        }
    }

    /// The terms of whoever we call: a biller or the core.
    #[must_use]
    pub fn called(&self) -> Option<&Biller> {
        self.biller().or_else(|| self.core())
    }

    /// Whether bills of this partner can be paid through us.
    #[must_use]
    pub fn is_payee(&self) -> bool {
        matches!(self.terms, Terms::Property(_) | Terms::Biller(_))
    }

    /// The terms of a channel, if it is one.
    #[must_use]
    pub fn channel(&self) -> Option<&Channel> {
        match &self.terms {
            Terms::Channel(channel) => Some(channel),
            Terms::Property(_) | Terms::Biller(_) | Terms::Core(_) => None,
        }
    }
}

/// The file as it is written: every section that any kind knows. [`check`] turns it into a [`PartnerSpec`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerFile {
    /// Version of the format; 1 is the only one.
    pub specification: Version,
    /// Code, names, zone and currency.
    pub partner: Identity,
    /// Authentication and scopes.
    pub access: Access,
    /// Notices to the partner.
    pub webhook: Option<Webhook>,
    /// Kind `channel`: whom it serves.
    pub channel: Option<Channel>,
    /// Kind `biller`: what is paid there, and by which number.
    pub biller: Option<Service>,
    /// Kind `core`: what its account numbers look like, and when its day ends.
    pub core: Option<Core>,
    /// Kinds `biller` and `core`: how it is called.
    pub outbound: Option<Outbound>,
    /// Kinds `biller` and `core`: what is said to it.
    pub message: Option<Messages>,
    /// Kinds `biller` and `core`: the day's file that it sends.
    pub statement: Option<Statement>,
    /// Kind `biller`: the files of claims under mandates that it sends.
    pub withholding: Option<Withholding>,
    /// Kind `biller`: what is booked where that file and our books differ.
    pub reconciliation: Option<Reconciliation>,
    /// Communities, at least one for kind `property`.
    #[serde(default)]
    pub community: Vec<Community>,
    /// What can be on a bill.
    #[serde(default)]
    pub item: Vec<Item>,
    /// Cut-off, calendar, settlement day and account.
    pub clearing: Option<Clearing>,
    /// What the partner pays us.
    pub fee: Option<Fee>,
    /// Where its money is paid to, if we pay it.
    pub payout: Option<Payout>,
    /// What a late payer owes.
    pub late_fee: Option<LateFee>,
    /// Shares of other payees.
    #[serde(default)]
    pub split: Vec<Split>,
    /// How bills are paid.
    pub payment: Option<Payment>,
    /// Whether and how long money can be given back.
    pub refund: Option<Refund>,
    /// Budgets that discounts come from.
    #[serde(default)]
    pub budget: Vec<Budget>,
    /// Plans to pay months ahead.
    #[serde(default)]
    pub prepay: Vec<Prepay>,
    /// Bill files that the partner sends.
    #[serde(default)]
    pub bills: Vec<BillFormat>,
    /// Roster files that the partner sends.
    #[serde(default)]
    pub roster: Vec<RosterFormat>,
    /// The day's file that we send.
    pub day_file: Option<DayFile>,
}

/// Checks specifications against each other: codes are unique, a channel serves partners that exist.
#[must_use]
pub fn check_together(specs: &[(String, PartnerSpec)]) -> Vec<SpecError> {
    check::together(specs)
}

/// Why no file can be got at the address of a partner that we call; nothing where one can.
#[must_use]
pub fn hindrances_of_files(terms: &Biller) -> Vec<&'static str> {
    check::hindrances_of_files(terms)
}

/// The kind that a specification declares.
impl From<&Terms> for Kind {
    fn from(terms: &Terms) -> Self {
        match terms {
            Terms::Property(_) => Self::Property,
            Terms::Biller(_) => Self::Biller,
            Terms::Channel(_) => Self::Channel,
            Terms::Core(_) => Self::Core,
        }
    }
}
