//! What no single key can tell: contradictions between keys, names that lead nowhere, and what two
//! specifications say about each other. All of them are collected.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Calendars;
use super::day_file::{DayFile, Source};
use super::document::{Document, SpecError};
use super::file_shape::{FileKind, FileShape, FileType};
use super::identity::{Kind, PartnerCode, Scene};
use super::import::{BillFormat, Coded, ColumnName, Due, ImportIdParts, LawfulBasis, RosterFormat};
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
    let mut problems = Problems {
        document,
        found: Vec::new(),
    };
    access(&file, &mut problems);
    let terms = match file.partner.kind {
        Kind::Property => property(&file, calendars, &mut problems),
        Kind::Channel => channel(&file, &mut problems),
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
    problems.unless(
        !access.scopes.is_empty(),
        "access.scopes",
        "expected at least one scope",
    );
    let mut seen = BTreeSet::new();
    for (index, scope) in access.scopes.iter().enumerate() {
        let key = format!("access.scopes[{index}]");
        problems.unless(
            scope.suits(kind),
            &key,
            "this kind of partner cannot have this scope",
        );
        problems.unless(seen.insert(scope), &key, "expected each scope once");
    }
    let signed = access
        .signature
        .as_ref()
        .is_some_and(|s| !s.key_ids.is_empty());
    let mutual = access
        .mutual_tls
        .as_ref()
        .is_some_and(|m| !m.certificate_sha256.is_empty());
    problems.unless(
        signed || mutual,
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

fn channel(file: &PartnerFile, problems: &mut Problems<'_>) -> Option<Terms> {
    let present = [
        ("community", !file.community.is_empty()),
        ("item", !file.item.is_empty()),
        ("clearing", file.clearing.is_some()),
        ("fee", file.fee.is_some()),
        ("late_fee", file.late_fee.is_some()),
        ("split", !file.split.is_empty()),
        ("payment", file.payment.is_some()),
        ("refund", file.refund.is_some()),
        ("budget", !file.budget.is_empty()),
        ("prepay", !file.prepay.is_empty()),
        ("bills", !file.bills.is_empty()),
        ("roster", !file.roster.is_empty()),
        ("day_file", file.day_file.is_some()),
        ("partner.scene", file.partner.scene.is_some()),
    ];
    for (key, _) in present.iter().filter(|(_, present)| *present) {
        problems.at(key, "does not apply to kind `channel`");
    }
    problems.unless(
        file.channel.is_some(),
        "channel",
        "kind `channel` needs this section",
    );
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
    problems.unless(
        file.channel.is_none(),
        "channel",
        "does not apply to kind `property`",
    );
    problems.unless(
        !file.community.is_empty(),
        "community",
        "kind `property` needs at least one [[community]]",
    );
    problems.unless(
        !file.item.is_empty(),
        "item",
        "kind `property` needs at least one [[item]]",
    );
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
    names(&terms, problems);
    money(&terms, problems);
    splits(&terms, problems);
    if calendars.get(&terms.clearing.calendar).is_none() {
        let known = calendars.names().collect::<Vec<_>>().join(", ");
        let message = format!(
            "no calendar `{}`, expected one of: {known}",
            terms.clearing.calendar
        );
        problems.at("clearing.calendar", message);
    }
    for (index, format) in terms.bills.iter().enumerate() {
        bills(&terms, format, &format!("bills[{index}]"), problems);
    }
    for (index, format) in terms.rosters.iter().enumerate() {
        roster(&terms, format, &format!("roster[{index}]"), problems);
    }
    day_file(&terms.day_file, problems);
    Some(Terms::Property(Box::new(terms)))
}

fn names(terms: &Property, problems: &mut Problems<'_>) {
    problems.unique(
        "community",
        terms.communities.iter().map(|c| c.code.as_str()),
    );
    problems.unique("item", terms.items.iter().map(|i| i.code.as_str()));
    problems.unique("budget", terms.budgets.iter().map(|b| b.account.as_str()));
    problems.unique("prepay", terms.prepay.iter().map(|p| p.code.as_str()));
    problems.unique("bills", terms.bills.iter().map(|b| b.name.as_str()));
    problems.unique("roster", terms.rosters.iter().map(|r| r.name.as_str()));
    for (index, plan) in terms.prepay.iter().enumerate() {
        let key = |field: &str| format!("prepay[{index}].{field}");
        problems.unless(
            terms.item(plan.item.as_str()).is_some(),
            &key("item"),
            "expected the code of an [[item]]",
        );
        let budget = terms.budgets.iter().any(|b| b.account == plan.budget);
        problems.unless(
            budget,
            &key("budget"),
            "expected the account of a [[budget]]",
        );
        problems.unless(
            (1..=120).contains(&plan.months),
            &key("months"),
            "expected 1 to 120 months",
        );
        let discount = (0..=10_000).contains(&plan.discount_basis_points);
        problems.unless(
            discount,
            &key("discount_basis_points"),
            "expected 0 to 10000",
        );
    }
}

fn money(terms: &Property, problems: &mut Problems<'_>) {
    if let Some(fee) = &terms.fee {
        problems.unless(
            (0..=10_000).contains(&fee.basis_points),
            "fee.basis_points",
            "expected 0 to 10000",
        );
        problems.unless(
            fee.minimum_fen >= 0,
            "fee.minimum_fen",
            "expected 0 or more",
        );
        let ordered = fee
            .maximum_fen
            .is_none_or(|maximum| maximum >= fee.minimum_fen);
        problems.unless(
            ordered,
            "fee.maximum_fen",
            "expected at least `minimum_fen`",
        );
    }
    if let Some(late) = &terms.late_fee {
        problems.unless(
            (1..=1_000).contains(&late.basis_points_per_day),
            "late_fee.basis_points_per_day",
            "expected 1 to 1000",
        );
        let cap = late
            .cap_basis_points
            .is_none_or(|cap| (0..=100_000).contains(&cap));
        problems.unless(cap, "late_fee.cap_basis_points", "expected 0 to 100000");
        problems.unless(
            late.grace_days <= 366,
            "late_fee.grace_days",
            "expected 0 to 366",
        );
    }
    let payment = &terms.payment;
    problems.unless(
        (30..=86_400).contains(&payment.quote_valid_seconds),
        "payment.quote_valid_seconds",
        "expected 30 to 86400",
    );
    problems.unless(
        payment.partial_minimum_fen >= 0,
        "payment.partial_minimum_fen",
        "expected 0 or more",
    );
    if let Some(refund) = &terms.refund {
        problems.unless(
            (1..=3_650).contains(&refund.within_days),
            "refund.within_days",
            "expected 1 to 3650",
        );
    }
    for (index, budget) in terms.budgets.iter().enumerate() {
        problems.unless(
            budget.limit_fen > 0,
            &format!("budget[{index}].limit_fen"),
            "expected more than 0",
        );
    }
    for (index, community) in terms.communities.iter().enumerate() {
        problems.unless(
            community.households > 0,
            &format!("community[{index}].households"),
            "expected more than 0",
        );
    }
}

fn splits(terms: &Property, problems: &mut Problems<'_>) {
    for (index, split) in terms.splits.iter().enumerate() {
        let key = format!("split[{index}]");
        let own = split.payee == terms.clearing.account;
        problems.unless(
            !own,
            &format!("{key}.payee"),
            "expected another account than the partner's own",
        );
        let named = match &split.share {
            super::split::SplitShare::WholeOf(items) => items.as_slice(),
            super::split::SplitShare::BasisPoints { items, .. } => {
                items.as_deref().unwrap_or_default()
            }
        };
        for item in named
            .iter()
            .filter(|item| terms.item(item.as_str()).is_none())
        {
            problems.at(&key, format!("`{item}` is not the code of an [[item]]"));
        }
    }
    for item in &terms.items {
        let code = item.code.as_str();
        let whole = terms.splits.iter().filter(|s| s.takes_whole(code)).count();
        let named = terms.splits.iter().any(|s| match &s.share {
            super::split::SplitShare::BasisPoints {
                items: Some(items), ..
            } => items.contains(&item.code),
            _ => false,
        });
        problems.unless(
            whole <= 1,
            "split",
            &format!("item `{code}` is given away whole twice"),
        );
        problems.unless(
            whole == 0 || !named,
            "split",
            &format!("item `{code}` is given away whole and in part"),
        );
        let points: i64 = terms.splits.iter().map(|s| s.basis_points_of(code)).sum();
        problems.unless(
            points <= 10_000,
            "split",
            &format!("shares of item `{code}` are {points} basis points, expected 10000 at most"),
        );
    }
}

fn bills(terms: &Property, format: &BillFormat, key: &str, problems: &mut Problems<'_>) {
    let mut columns: Vec<(&str, &ColumnName)> = Vec::new();
    columns.extend(format.community.column().map(|c| ("community", c)));
    columns.extend(format.house.columns.iter().map(|c| ("house", c)));
    columns.extend(format.item.column().map(|c| ("item", c)));
    columns.push(("period", &format.period.column));
    columns.push(("amount", &format.amount.column));
    if let Due::Column(due) = &format.due {
        columns.push(("due", &due.column));
    }
    columns.extend(
        format
            .action
            .as_ref()
            .and_then(Coded::column)
            .map(|c| ("action", c)),
    );
    columns.extend(format.owner.as_ref().map(|c| ("owner", &c.column)));
    columns.extend(format.note.as_ref().map(|c| ("note", &c.column)));
    once_each(&columns, key, problems);
    // An identifier may be composed of columns that mean something else as well.
    if let ImportIdParts::Columns(names) = &format.import_id.parts {
        columns.extend(names.iter().map(|c| ("import_id", c)));
    }
    exist(&format.file, &columns, key, problems);
    communities(terms, &format.community, key, problems);
    for item in format.item.values() {
        let known = terms.item(item.as_str()).is_some();
        problems.unless(
            known,
            &format!("{key}.item"),
            &format!("`{item}` is not the code of an [[item]]"),
        );
    }
}

fn roster(terms: &Property, format: &RosterFormat, key: &str, problems: &mut Problems<'_>) {
    let mut columns: Vec<(&str, &ColumnName)> = Vec::new();
    columns.extend(format.community.column().map(|c| ("community", c)));
    columns.extend(format.house.columns.iter().map(|c| ("house", c)));
    columns.push(("person", &format.person.column));
    columns.extend(format.phone.as_ref().map(|c| ("phone", &c.column)));
    columns.extend(
        format
            .identity_number
            .as_ref()
            .map(|c| ("identity_number", &c.column)),
    );
    columns.extend(
        format
            .relation
            .as_ref()
            .and_then(Coded::column)
            .map(|c| ("relation", c)),
    );
    columns.extend(format.lawful_basis.column().map(|c| ("lawful_basis", c)));
    columns.extend(
        format
            .consent_date
            .as_ref()
            .map(|c| ("consent_date", &c.column)),
    );
    columns.extend(
        format
            .consent_reference
            .as_ref()
            .map(|c| ("consent_reference", &c.column)),
    );
    once_each(&columns, key, problems);
    exist(&format.file, &columns, key, problems);
    communities(terms, &format.community, key, problems);
    let consent = format
        .lawful_basis
        .values()
        .contains(&&LawfulBasis::SeparateConsent);
    problems.unless(
        !consent || format.consent_date.is_some(),
        key,
        "a basis of separate consent needs `consent_date`: consent without its day proves nothing",
    );
    let sums = format.file.totals.as_ref().is_some_and(|t| t.sum.is_some());
    problems.unless(
        !sums,
        &format!("{key}.file.totals"),
        "a roster has no amounts: expected `count` only",
    );
}

fn communities(
    terms: &Property,
    coded: &Coded<super::identity::Code>,
    key: &str,
    problems: &mut Problems<'_>,
) {
    for code in coded.values() {
        let known = terms.communities.iter().any(|c| c.code == *code);
        problems.unless(
            known,
            &format!("{key}.community"),
            &format!("`{code}` is not the code of a [[community]]"),
        );
    }
}

fn once_each(columns: &[(&str, &ColumnName)], key: &str, problems: &mut Problems<'_>) {
    let mut seen: BTreeMap<&ColumnName, &str> = BTreeMap::new();
    for (field, column) in columns {
        if let Some(other) = seen.insert(column, field) {
            problems.at(
                &format!("{key}.{field}"),
                format!(
                    "column `{column}` is already used by `{other}`, expected each column once"
                ),
            );
        }
    }
}

fn exist(
    shape: &FileShape,
    columns: &[(&str, &ColumnName)],
    key: &str,
    problems: &mut Problems<'_>,
) {
    for (field, column) in columns {
        let field = format!("{key}.{field}");
        match &shape.kind {
            FileKind::FixedWidth { fields, .. } => {
                let known = fields.iter().any(|f| f.name == column.as_str());
                problems.unless(
                    known,
                    &field,
                    &format!("no field `{column}` in `file.fields`"),
                );
            }
            _ if !shape.header => {
                let number = column
                    .as_str()
                    .parse::<u32>()
                    .is_ok_and(|n| (1..=1_000).contains(&n));
                problems.unless(
                    number,
                    &field,
                    "a file without header needs column numbers, such as \"3\"",
                );
            }
            _ => {}
        }
    }
}

fn day_file(file: &DayFile, problems: &mut Problems<'_>) {
    let name = &file.name;
    let safe = name.contains("{date}")
        && name.chars().count() <= 100
        && !name.starts_with('.')
        && !name
            .chars()
            .any(|c| matches!(c, '/' | '\\' | ':') || c.is_control());
    problems.unless(
        safe,
        "day_file.name",
        "expected a file name with {date} and without path",
    );
    problems.unless(
        !file.columns.is_empty(),
        "day_file.columns",
        "expected at least one column",
    );
    let fixed = file.r#type == FileType::FixedWidth;
    for (index, column) in file.columns.iter().enumerate() {
        let key = |field: &str| format!("day_file.columns[{index}].{field}");
        let sized = column.bytes.is_some_and(|b| (1..=1_000).contains(&b)) == fixed;
        problems.unless(
            sized,
            &key("bytes"),
            "expected 1 to 1000 bytes in a fixed_width file, and none in others",
        );
        let texted = (column.source == Source::Text) == column.text.is_some();
        problems.unless(
            texted,
            &key("text"),
            "expected `text` with source `text`, and only there",
        );
        let padded = column
            .pad
            .is_none_or(|pad| pad.is_ascii() && !pad.is_ascii_control());
        problems.unless(padded, &key("pad"), "expected one plain ASCII character");
    }
    let csv = file.r#type == FileType::Csv;
    problems.unless(
        csv || file.delimiter.is_none(),
        "day_file.delimiter",
        "applies to type `csv` only",
    );
    problems.unless(
        csv || file.quote.is_none(),
        "day_file.quote",
        "applies to type `csv` only",
    );
    problems.unless(
        !fixed || !file.header,
        "day_file.header",
        "a fixed_width file has no header",
    );
    let delimiter = file.delimiter.unwrap_or(',');
    problems.unless(
        !delimiter.is_alphanumeric() && !matches!(delimiter, '\n' | '\r' | '"' | '\''),
        "day_file.delimiter",
        "expected a sign such as , or |",
    );
    let too_wide = file
        .totals
        .as_ref()
        .is_some_and(|t| t.cells.len() > file.columns.len());
    problems.unless(
        !too_wide,
        "day_file.totals.cells",
        "expected at most as many cells as there are columns",
    );
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
            let payee = specs
                .iter()
                .any(|(_, s)| s.partner.code == *code && s.property().is_some());
            if !payee {
                problems.push(error(
                    file,
                    "channel.serves",
                    format!("`{code}` is not a partner that is paid"),
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
