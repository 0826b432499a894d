//! Contradictions within the section `[withholding]`.

use jiaozi_ledger::withholding::LineOutcome;

use super::Problems;
use crate::spec::file_shape::FileType;
use crate::spec::import::ColumnName;
use crate::spec::withholding::{ResultFile, ResultSource, Withholding};

pub(super) fn all(terms: &Withholding, problems: &mut Problems<'_>) {
    let mut columns: Vec<(&str, &ColumnName)> = vec![
        ("number", &terms.number.column),
        ("contract", &terms.contract.column),
        ("period", &terms.period.column),
        ("amount", &terms.amount.column),
    ];
    columns.extend(terms.account.as_ref().map(|column| ("account", &column.column)));
    columns.extend(terms.holder.as_ref().map(|column| ("holder", &column.column)));
    super::formats::columns(&terms.file, &columns, "withholding", problems);
    // What is debited without a person looking on is proved by the file itself first.
    let proved = terms.file.totals.as_ref();
    let proved = proved.is_some_and(|totals| totals.count.is_some() && totals.sum.is_some());
    problems.unless(proved, "withholding.file.totals", "expected `totals` with `count` and `sum`");
    result(&terms.result, problems);
}

fn result(file: &ResultFile, problems: &mut Problems<'_>) {
    let safe = file.name.contains("{name}")
        && file.name.contains("{round}")
        && file.name.chars().count() <= 100
        && !file.name.starts_with('.')
        && !file.name.chars().any(|c| matches!(c, '/' | '\\' | ':') || c.is_control());
    let expected = "expected a file name with {name} and {round} and without path";
    problems.unless(safe, "withholding.result.name", expected);
    let text = file.r#type != FileType::Xlsx;
    problems.unless(text, "withholding.result.type", "expected `csv` or `fixed_width`");
    let some = !file.columns.is_empty();
    problems.unless(some, "withholding.result.columns", "expected at least one column");
    let fixed = file.r#type == FileType::FixedWidth;
    for (index, column) in file.columns.iter().enumerate() {
        let key = |field: &str| format!("withholding.result.columns[{index}].{field}");
        let sized = column.bytes.is_some_and(|bytes| (1..=1_000).contains(&bytes)) == fixed;
        let expected = "expected 1 to 1000 bytes in a fixed_width file, and none in others";
        problems.unless(sized, &key("bytes"), expected);
        let texted = (column.source == ResultSource::Text) == column.text.is_some();
        problems.unless(texted, &key("text"), "expected `text` with source `text`, and only there");
        let padded = column.pad.is_none_or(|pad| pad.is_ascii() && !pad.is_ascii_control());
        problems.unless(padded, &key("pad"), "expected one plain ASCII character");
    }
    let says = |source| file.columns.iter().any(|column| column.source == source);
    let told =
        says(ResultSource::Code) && (says(ResultSource::Number) || says(ResultSource::Contract));
    let expected = "expected a column `code`, and `number` or `contract`";
    problems.unless(told || !some, "withholding.result.columns", expected);
    let csv = file.r#type == FileType::Csv;
    let plain = csv || (file.delimiter.is_none() && file.quote.is_none());
    problems.unless(
        plain,
        "withholding.result",
        "`delimiter` and `quote` apply to type `csv` only",
    );
    problems.unless(
        !fixed || !file.header,
        "withholding.result.header",
        "a fixed_width file has no header",
    );
    let delimiter = file.delimiter.unwrap_or(',');
    let sign = !delimiter.is_alphanumeric() && !matches!(delimiter, '\n' | '\r' | '"' | '\'');
    problems.unless(sign, "withholding.result.delimiter", "expected a sign such as , or |");
    let too_wide = file.totals.as_ref().is_some_and(|t| t.cells.len() > file.columns.len());
    let expected = "expected at most as many cells as there are columns";
    problems.unless(!too_wide, "withholding.result.totals.cells", expected);
    for outcome in LineOutcome::ALL {
        let coded = file.codes.get(outcome).is_some_and(|code| !code.is_empty());
        let key = "withholding.result.codes";
        problems.unless(coded, key, &format!("expected a code for `{}`", outcome.name()));
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::PartnerSpec;
    use crate::spec::calendar::{Calendar, Calendars};

    const SPEC: &str = include_str!("../../../../partner-specs/minbei-power/partner.toml");
    const CALENDAR: &str = include_str!("../../../../partner-specs/calendars/cn-bank.toml");

    /// The keys that are complained of when the shipped specification is changed so.
    fn complaints(from: &str, to: &str) -> Vec<String> {
        let calendar = Calendar::parse("calendar", CALENDAR).expect("a calendar");
        let calendars: Calendars = [calendar].into_iter().collect();
        let (before, section) = SPEC.split_once("[withholding]").expect("the section");
        assert!(section.contains(from), "{from}");
        let text = format!("{before}[withholding]{}", section.replacen(from, to, 1));
        keys(&text, &calendars)
    }

    /// The keys that are complained of.
    fn keys(text: &str, calendars: &Calendars) -> Vec<String> {
        let errors = PartnerSpec::parse("partner.toml", text, calendars).expect_err(text);
        assert!(errors.iter().all(|error| error.line > 0), "{errors:?}");
        errors.into_iter().map(|error| error.key).collect()
    }

    #[test]
    fn whether_the_days_file_has_such_debits_is_said_where_there_are_such() {
        let calendar = Calendar::parse("calendar", CALENDAR).expect("a calendar");
        let calendars: Calendars = [calendar].into_iter().collect();
        let said = "withheld = \"not_listed\"\n";
        let listed = "withheld = \"listed\"\n";
        let contract = "contract = { column = \"5\" }\n";
        let period = "period = { column = \"6\", pattern = \"yyyymm\" }\n";
        let with = |text: &str| SPEC.replacen(said, text, 1);
        assert_eq!(keys(&with(""), &calendars), ["statement.withheld"]);
        assert_eq!(keys(&with(listed), &calendars), ["statement.contract", "statement.period"]);
        assert_eq!(keys(&with(&format!("{said}{period}")), &calendars), ["statement.period"]);
        assert_eq!(keys(&with(&format!("{listed}{contract}")), &calendars), ["statement.period"]);
        let whole = with(&format!("{listed}{contract}{period}"));
        assert!(PartnerSpec::parse("partner.toml", &whole, &calendars).is_ok());
        let twice = whole.replacen("column = \"5\"", "column = \"1\"", 1);
        assert_eq!(keys(&twice, &calendars), ["statement.contract"]);
        let (before, _) = SPEC.split_once("[withholding]").expect("the section");
        assert_eq!(keys(before, &calendars), ["statement.withheld"]);
    }

    #[test]
    fn contradictions_are_named_with_their_key() {
        for (from, to, key) in [
            (
                "contract = { column = \"2\" }",
                "contract = { column = \"1\" }",
                "withholding.contract",
            ),
            ("count = { column = 1 }, ", "", "withholding.file.totals"),
            ("{name}_JG{round}", "{name}", "withholding.result.name"),
            ("source = \"code\"", "source = \"outcome\"", "withholding.result.columns"),
            ("revoked = \"2003\"\n", "", "withholding.result.codes"),
        ] {
            let keys = complaints(from, to);
            assert!(keys.iter().any(|found| found == key), "{to}: {keys:?}");
        }
    }
}
