//! What no single key can tell: contradictions between keys, names that lead nowhere, and what two
//! specifications say about each other. All of them are collected.

mod biller;
mod core;
mod fetch;
mod files;
mod formats;
mod messages;
mod money;
mod payout;
mod withholding;

use std::collections::{BTreeMap, BTreeSet};

use super::biller::Biller;
use super::calendar::Calendars;
use super::clearing::Clearing;
use super::document::{Document, SpecError};
use super::identity::{Kind, PartnerCode, Scene};
use super::mirror::AccountFile;
use super::property::Property;
use super::{PartnerFile, PartnerSpec, Terms};

struct Problems<'d> {
    document: &'d Document<'d>,
    found: Vec<SpecError>,
}

impl Problems<'_> {
    fn at(&mut self, key: &str, message: impl Into<String>) {
        self.found.push(self.document.error(key, message));
    }

    fn unless(&mut self, right: bool, key: &str, message: &str) {
        if !right {
            self.at(key, message);
        }
    }

    fn unique<'a>(&mut self, section: &str, codes: impl IntoIterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (index, code) in codes.into_iter().enumerate() {
            if !seen.insert(code) {
                self.at(
                    &format!("{section}[{index}]"),
                    format!("`{code}` is there twice, expected it once"),
                );
            }
        }
    }
}

/// Turns a file into a specification, if nothing contradicts.
pub(super) fn one(
    file: PartnerFile,
    document: &Document<'_>,
    calendars: &Calendars,
) -> Result<PartnerSpec, Vec<SpecError>> {
    let mut problems = Problems { document, found: Vec::new() };
    access(&file, &mut problems);
    let terms = match file.partner.kind {
        Kind::Property => property(&file, calendars, &mut problems),
        Kind::Biller => biller(&file, calendars, &mut problems),
        Kind::Channel => channel(&file, &mut problems),
        Kind::Core => core::core(&file, calendars, &mut problems),
    };
    problems.found.sort_by_key(|p| p.line);
    match terms {
        Some(terms) if problems.found.is_empty() => Ok(PartnerSpec {
            partner: file.partner,
            access: file.access,
            webhook: file.webhook,
            terms,
        }),
        _ => Err(problems.found),
    }
}

fn access(file: &PartnerFile, problems: &mut Problems<'_>) {
    let kind = file.partner.kind;
    let access = &file.access;
    // A biller or the core need not call us: they are called.
    let silent = matches!(kind, Kind::Biller | Kind::Core) && access.scopes.is_empty();
    problems.unless(
        silent || !access.scopes.is_empty(),
        "access.scopes",
        "expected at least one scope",
    );
    let mut seen = BTreeSet::new();
    for (index, scope) in access.scopes.iter().enumerate() {
        let key = format!("access.scopes[{index}]");
        problems.unless(scope.suits(kind), &key, "this kind of partner cannot have this scope");
        problems.unless(seen.insert(scope), &key, "expected each scope once");
    }
    let signed = access.signature.as_ref().is_some_and(|s| !s.key_ids.is_empty());
    let mutual = access.mutual_tls.as_ref().is_some_and(|m| !m.certificate_sha256.is_empty());
    problems.unless(
        silent || signed || mutual,
        "access",
        "expected `signature` with `key_ids`, or `mutual_tls` with `certificate_sha256`",
    );
    problems.unless(
        signed || !access.require_nonce,
        "access.require_nonce",
        "a nonce is part of a signature: expected `signature`",
    );
    if let Some(webhook) = &file.webhook {
        problems.unless(
            !webhook.events.is_empty(),
            "webhook.events",
            "expected at least one event",
        );
    }
}

/// What only a property company has.
fn property_sections(file: &PartnerFile, problems: &mut Problems<'_>) {
    let kind = file.partner.kind;
    for (key, present) in [
        ("community", !file.community.is_empty()),
        ("item", !file.item.is_empty()),
        ("late_fee", file.late_fee.is_some()),
        ("split", !file.split.is_empty()),
        ("payment", file.payment.is_some()),
        ("refund", file.refund.is_some()),
        ("budget", !file.budget.is_empty()),
        ("prepay", !file.prepay.is_empty()),
        ("bills", !file.bills.is_empty()),
        ("roster", !file.roster.is_empty()),
        ("day_file", file.day_file.is_some()),
    ] {
        problems.unless(!present, key, &format!("does not apply to kind `{}`", kind.as_str()));
    }
}

/// What only those have that we call.
fn called_sections(file: &PartnerFile, problems: &mut Problems<'_>) {
    let kind = file.partner.kind;
    for (key, present) in [
        ("biller", file.biller.is_some()),
        ("core", file.core.is_some()),
        ("outbound", file.outbound.is_some()),
        ("message", file.message.is_some()),
        ("statement", file.statement.is_some()),
        ("withholding", file.withholding.is_some()),
        ("reconciliation", file.reconciliation.is_some()),
    ] {
        problems.unless(!present, key, &format!("does not apply to kind `{}`", kind.as_str()));
    }
}

fn known_calendar(
    clearing: &Clearing,
    calendars: &Calendars,
    key: &str,
    problems: &mut Problems<'_>,
) {
    if calendars.get(&clearing.calendar).is_none() {
        let known = calendars.names().collect::<Vec<_>>().join(", ");
        let message = format!("no calendar `{}`, expected one of: {known}", clearing.calendar);
        problems.at(key, message);
    }
}

fn biller(file: &PartnerFile, calendars: &Calendars, problems: &mut Problems<'_>) -> Option<Terms> {
    problems.unless(
        file.partner.scene == Some(Scene::Utility),
        "partner.scene",
        "kind `biller` needs `scene = \"utility\"`",
    );
    problems.unless(file.channel.is_none(), "channel", "does not apply to kind `biller`");
    problems.unless(file.core.is_none(), "core", "does not apply to kind `biller`");
    property_sections(file, problems);
    for (section, missing) in [
        ("biller", file.biller.is_none()),
        ("clearing", file.clearing.is_none()),
        ("outbound", file.outbound.is_none()),
        ("message", file.message.is_none()),
    ] {
        problems.unless(!missing, section, "kind `biller` needs this section");
    }
    let service = file.biller.clone()?;
    let terms = Biller {
        customer: service.customer.clone(),
        item: service.item.clone(),
        quote_valid_seconds: service.quote_valid_seconds,
        clearing: file.clearing.clone()?,
        fee: file.fee.clone(),
        payout: file.payout.clone(),
        outbound: file.outbound.clone()?,
        messages: file.message.clone()?,
        statement: file.statement.clone(),
        withholding: file.withholding.clone(),
        reconciliation: file.reconciliation.unwrap_or_default(),
    };
    biller::service(&service, problems);
    known_calendar(&terms.clearing, calendars, "clearing.calendar", problems);
    if let Some(fee) = &terms.fee {
        money::fee(fee, problems);
    }
    if let Some(payout) = &terms.payout {
        payout::all(payout, &terms.clearing, terms.fee.as_ref(), &[], problems);
    }
    biller::outbound(&terms.outbound, problems);
    biller::schedule(&terms, problems);
    messages::all(&terms, messages::Of::Biller, problems);
    if let Some(statement) = &terms.statement {
        biller::statement(statement, terms.withholding.is_some(), problems);
    }
    fetch::all(&terms, problems);
    if let Some(terms) = &terms.withholding {
        withholding::all(terms, problems);
    }
    let compared = terms.statement.is_some() || file.reconciliation.is_none();
    problems.unless(compared, "reconciliation", "needs a [statement] to compare with");
    Some(Terms::Biller(Box::new(terms)))
}

fn channel(file: &PartnerFile, problems: &mut Problems<'_>) -> Option<Terms> {
    property_sections(file, problems);
    called_sections(file, problems);
    for (key, present) in [
        ("clearing", file.clearing.is_some()),
        ("fee", file.fee.is_some()),
        ("payout", file.payout.is_some()),
        ("partner.scene", file.partner.scene.is_some()),
    ] {
        problems.unless(!present, key, "does not apply to kind `channel`");
    }
    problems.unless(file.channel.is_some(), "channel", "kind `channel` needs this section");
    file.channel.clone().map(Terms::Channel)
}

fn property(
    file: &PartnerFile,
    calendars: &Calendars,
    problems: &mut Problems<'_>,
) -> Option<Terms> {
    problems.unless(
        file.partner.scene == Some(Scene::Property),
        "partner.scene",
        "kind `property` needs `scene = \"property\"`",
    );
    problems.unless(file.channel.is_none(), "channel", "does not apply to kind `property`");
    called_sections(file, problems);
    problems.unless(
        !file.community.is_empty(),
        "community",
        "kind `property` needs at least one [[community]]",
    );
    problems.unless(!file.item.is_empty(), "item", "kind `property` needs at least one [[item]]");
    problems.unless(
        !file.bills.is_empty(),
        "bills",
        "kind `property` needs at least one [[bills]] format",
    );
    for (section, missing) in [
        ("clearing", file.clearing.is_none()),
        ("payment", file.payment.is_none()),
        ("day_file", file.day_file.is_none()),
    ] {
        problems.unless(!missing, section, "kind `property` needs this section");
    }
    let terms = Property {
        communities: file.community.clone(),
        items: file.item.clone(),
        clearing: file.clearing.clone()?,
        fee: file.fee.clone(),
        payout: file.payout.clone(),
        late_fee: file.late_fee.clone(),
        splits: file.split.clone(),
        payment: file.payment.clone()?,
        refund: file.refund.clone(),
        budgets: file.budget.clone(),
        prepay: file.prepay.clone(),
        bills: file.bills.clone(),
        rosters: file.roster.clone(),
        day_file: file.day_file.clone()?,
    };
    money::names(&terms, problems);
    money::rates(&terms, problems);
    money::splits(&terms, problems);
    known_calendar(&terms.clearing, calendars, "clearing.calendar", problems);
    if let Some(fee) = &terms.fee {
        money::fee(fee, problems);
    }
    if let Some(payout) = &terms.payout {
        let (clearing, fee) = (&terms.clearing, terms.fee.as_ref());
        payout::all(payout, clearing, fee, &terms.splits, problems);
    }
    for (index, format) in terms.bills.iter().enumerate() {
        formats::bills(&terms, format, &format!("bills[{index}]"), problems);
    }
    for (index, format) in terms.rosters.iter().enumerate() {
        formats::roster(&terms, format, &format!("roster[{index}]"), problems);
    }
    formats::day_file(&terms.day_file, problems);
    Some(Terms::Property(Box::new(terms)))
}

/// What is wrong with how the statements of an account come, by key.
pub(super) fn account_file(file: &AccountFile) -> Vec<(String, String)> {
    fetch::of_account(file)
}

/// Why no file can be got at a biller's address.
pub(super) fn hindrances_of_files(biller: &Biller) -> Vec<&'static str> {
    fetch::hindrances(biller)
}

/// Checks specifications against each other.
pub(super) fn together(specs: &[(String, PartnerSpec)]) -> Vec<SpecError> {
    let error = |file: &str, key: &str, message: String| SpecError {
        file: file.to_owned(),
        line: 1,
        key: key.to_owned(),
        message,
    };
    let mut problems = Vec::new();
    let mut codes: BTreeMap<&PartnerCode, &str> = BTreeMap::new();
    let mut keys: BTreeMap<&str, &str> = BTreeMap::new();
    for (file, spec) in specs {
        if let Some(other) = codes.insert(&spec.partner.code, file) {
            problems.push(error(
                file,
                "partner.code",
                format!("`{}` is the code of {other} too", spec.partner.code),
            ));
        }
        for key in spec.access.signature.iter().flat_map(|s| &s.key_ids) {
            if let Some(other) = keys.insert(key.as_str(), file) {
                problems.push(error(
                    file,
                    "access.signature.key_ids",
                    format!("`{key}` is a key of {other} too"),
                ));
            }
        }
    }
    for (file, spec) in specs {
        let Some(super::channel::Serves::These(served)) = spec.channel().map(|c| &c.serves) else {
            continue;
        };
        for code in served {
            let payee = specs.iter().any(|(_, s)| s.partner.code == *code && s.is_payee());
            if !payee {
                problems.push(error(
                    file,
                    "channel.serves",
                    format!("`{code}` is not a partner that is paid"),
                ));
            }
        }
    }
    problems.extend(payout::together(specs));
    problems
}

#[cfg(test)]
mod tests;
