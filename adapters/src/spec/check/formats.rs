//! Contradictions within a file format: columns that are used twice, or that no file can have.

use std::collections::BTreeMap;

use super::Problems;
use crate::spec::day_file::{DayFile, Source};
use crate::spec::file_shape::{FileKind, FileShape, FileType};
use crate::spec::identity::Code;
use crate::spec::import::{
    BillFormat, Coded, ColumnName, Due, ImportIdParts, LawfulBasis, RosterFormat,
};
use crate::spec::property::Property;

pub(super) fn bills(terms: &Property, format: &BillFormat, key: &str, problems: &mut Problems<'_>) {
    let mut columns: Vec<(&str, &ColumnName)> = Vec::new();
    columns.extend(format.community.column().map(|c| ("community", c)));
    columns.extend(format.house.columns.iter().map(|c| ("house", c)));
    columns.extend(format.item.column().map(|c| ("item", c)));
    columns.push(("period", &format.period.column));
    columns.push(("amount", &format.amount.column));
    if let Due::Column(due) = &format.due {
        columns.push(("due", &due.column));
    }
    columns.extend(format.action.as_ref().and_then(Coded::column).map(|c| ("action", c)));
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

pub(super) fn roster(
    terms: &Property,
    format: &RosterFormat,
    key: &str,
    problems: &mut Problems<'_>,
) {
    let mut columns: Vec<(&str, &ColumnName)> = Vec::new();
    columns.extend(format.community.column().map(|c| ("community", c)));
    columns.extend(format.house.columns.iter().map(|c| ("house", c)));
    columns.push(("person", &format.person.column));
    columns.extend(format.phone.as_ref().map(|c| ("phone", &c.column)));
    columns.extend(format.identity_number.as_ref().map(|c| ("identity_number", &c.column)));
    columns.extend(format.relation.as_ref().and_then(Coded::column).map(|c| ("relation", c)));
    columns.extend(format.lawful_basis.column().map(|c| ("lawful_basis", c)));
    columns.extend(format.consent_date.as_ref().map(|c| ("consent_date", &c.column)));
    columns.extend(format.consent_reference.as_ref().map(|c| ("consent_reference", &c.column)));
    once_each(&columns, key, problems);
    exist(&format.file, &columns, key, problems);
    communities(terms, &format.community, key, problems);
    let consent = format.lawful_basis.values().contains(&&LawfulBasis::SeparateConsent);
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

fn communities(terms: &Property, coded: &Coded<Code>, key: &str, problems: &mut Problems<'_>) {
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
                problems.unless(known, &field, &format!("no field `{column}` in `file.fields`"));
            }
            _ if !shape.header => {
                let number = column.as_str().parse::<u32>().is_ok_and(|n| (1..=1_000).contains(&n));
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

/// A name of a file that comes or goes once a day.
pub(super) fn file_name(name: &str, key: &str, problems: &mut Problems<'_>) {
    problems.unless(is_file_name(name), key, NO_FILE_NAME);
}

/// What is said of a name that is none.
pub(super) const NO_FILE_NAME: &str = "expected a file name with {date} and without path";

/// Whether a name is one of files of days.
pub(super) fn is_file_name(name: &str) -> bool {
    name.contains("{date}")
        && name.chars().count() <= 100
        && !name.starts_with('.')
        && !name.chars().any(|c| matches!(c, '/' | '\\' | ':') || c.is_control())
}

/// Columns that mean one thing each, in a file that has them.
pub(super) fn columns(
    shape: &FileShape,
    columns: &[(&str, &ColumnName)],
    key: &str,
    problems: &mut Problems<'_>,
) {
    once_each(columns, key, problems);
    exist(shape, columns, key, problems);
}

pub(super) fn day_file(file: &DayFile, problems: &mut Problems<'_>) {
    file_name(&file.name, "day_file.name", problems);
    problems.unless(!file.columns.is_empty(), "day_file.columns", "expected at least one column");
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
        problems.unless(texted, &key("text"), "expected `text` with source `text`, and only there");
        let padded = column.pad.is_none_or(|pad| pad.is_ascii() && !pad.is_ascii_control());
        problems.unless(padded, &key("pad"), "expected one plain ASCII character");
    }
    let csv = file.r#type == FileType::Csv;
    problems.unless(
        csv || file.delimiter.is_none(),
        "day_file.delimiter",
        "applies to type `csv` only",
    );
    problems.unless(csv || file.quote.is_none(), "day_file.quote", "applies to type `csv` only");
    problems.unless(!fixed || !file.header, "day_file.header", "a fixed_width file has no header");
    let delimiter = file.delimiter.unwrap_or(',');
    problems.unless(
        !delimiter.is_alphanumeric() && !matches!(delimiter, '\n' | '\r' | '"' | '\''),
        "day_file.delimiter",
        "expected a sign such as , or |",
    );
    let too_wide = file.totals.as_ref().is_some_and(|t| t.cells.len() > file.columns.len());
    problems.unless(
        !too_wide,
        "day_file.totals.cells",
        "expected at most as many cells as there are columns",
    );
}
