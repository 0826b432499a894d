//! What a specification cannot say of how its files come: each mistake is named with its line and its key.

use super::mistakes::named;

const FETCH: &str = "by = \"https\"\npath = \"/v2/statements/{name}\"\nfrom = \"01:00\"";

#[test]
fn a_way_that_the_transport_and_the_signature_do_not_have() {
    let path = "statement.fetch.path";
    named(
        "huaran-gas",
        &[
            ("path = \"/v2/statements/{name}\"\n", "", path),
            ("path = \"/v2/statements/{name}\"", "path = \"/v2/statements\"", path),
            ("{method}\\n{path}\\n", "{method}\\n", path),
            ("{header.X-Timestamp}\\n{body}\" } }", "{body}\\n{body}\" } }", path),
            (
                "{ name = \"X-App-Id\", value = \"jiaozi\" }",
                "{ name = \"X-App-Id\", source = \"customer\" }",
                "outbound.request.headers",
            ),
            ("by = \"https\"", "by = \"inbox\"", path),
            ("by = \"https\"", "by = \"inbox\"", "statement.fetch.again_days"),
            (
                "by = \"https\"",
                "by = \"https\"\ncorrections = \"{date}\"",
                "statement.fetch.corrections",
            ),
            ("by = \"https\"", "by = \"pigeon\"", "statement.fetch.by"),
        ],
    );
    named(
        "minbei-power",
        &[(
            "[statement.file]",
            "[statement.fetch]\nby = \"https\"\npath = \"/{name}\"\nfrom = \"01:00\"\nlate = \"08:00\"\n[statement.file]",
            path,
        )],
    );
}

#[test]
fn times_that_cannot_be() {
    let with = |text: &str| format!("{FETCH}\n{text}");
    for (to, key) in [
        (FETCH.replace("01:00", "06:00"), "statement.fetch.late"),
        (FETCH.replace("01:00", "1:00"), "statement.fetch.from"),
        (with("on = \"same_day\""), "statement.fetch.from"),
        (with("on = \"next_working_day\"\nlate_on = \"next_day\""), "statement.fetch.late_on"),
        (with("every_minutes = 0"), "statement.fetch.every_minutes"),
        (with("bytes_max = 0"), "statement.fetch.bytes_max"),
        (with("not_there = [200]"), "statement.fetch.not_there"),
    ] {
        named("huaran-gas", &[(FETCH, &to, key)]);
    }
    named("huaran-gas", &[("again_days = 2", "again_days = 32", "statement.fetch.again_days")]);
    named("nanhu-college", &[("YKT.{date}.{number}", "YKT.{date}", "statement.fetch.corrections")]);
}

#[test]
fn a_message_for_the_file_that_says_nothing_of_it() {
    let place = "message.day_file.answer.file";
    let at =
        "content = \"FileContent\", form = \"base64\", part = \"PartNo\", parts = \"PartCount\"";
    named(
        "rongjiang-water",
        &[
            (at, "part = \"PartNo\", parts = \"PartCount\"", place),
            (at, "name = \"FileName\", form = \"hex\"", place),
            (at, "name = \"FileName\"", "statement.fetch.path"),
            (at, "content = \"FileContent\", part = \"PartNo\"", place),
            ("source = \"part\"", "source = \"customer\"", "message.day_file.fields[1].source"),
            ("by = \"message\"", "by = \"inbox\"", "message.day_file"),
            (
                "source = \"customer\" }]\n\n[message.query.answer]",
                "source = \"part\" }]\n\n[message.query.answer]",
                "message.query.fields[0].source",
            ),
            (
                "WAT0107 = \"not_found\"",
                "WAT0107 = \"nothing_due\"",
                "message.day_file.answer.codes.WAT0107",
            ),
        ],
    );
}
