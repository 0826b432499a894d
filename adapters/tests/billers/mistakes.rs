//! What the specification of a biller cannot say: each mistake is named with its line and its key.

use jiaozi_adapters::spec::PartnerSpec;

use super::office::{calendars, specification};

fn errors(text: &str) -> Vec<String> {
    match PartnerSpec::parse("p.toml", text, &calendars()) {
        Ok(_) => vec![],
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

/// Each change of a specification makes an error at a key, on a line that is not the first.
pub fn named(code: &str, changes: &[(&str, &str, &str)]) {
    for (from, to, key) in changes {
        let text = specification(code);
        assert!(text.contains(from), "{code} has {from}");
        let errors = errors(&text.replacen(from, to, 1));
        assert!(
            errors.iter().any(|error| error.contains(&format!(" {key}: "))),
            "{from} -> {to}: {errors:#?}"
        );
        assert!(!errors.iter().any(|error| error.starts_with("p.toml:1: ")), "placed: {errors:#?}");
    }
}

#[test]
fn values_that_are_not_there_at_that_point() {
    named(
        "rongjiang-water",
        &[
            (
                "source = \"carried\", carried = \"contract\"",
                "source = \"carried\", carried = \"meter\"",
                "message.write_off.fields[1].carried",
            ),
            (
                "source = \"carried\", carried = \"contract\"",
                "source = \"carried\"",
                "message.write_off.fields[1].carried",
            ),
            (
                "source = \"carried\", carried = \"contract\"",
                "source = \"colour\"",
                "message.write_off.fields[1].source",
            ),
            (
                "[{ name = \"BillKey\", source = \"customer\" }]\n\n[message.query.answer]",
                "[{ name = \"A\", source = \"amount\", unit = \"fen\" }]\n\n[message.query.answer]",
                "message.query.fields[0].source",
            ),
            (
                "[{ name = \"BillKey\", source = \"customer\" }]\n\n[message.query.answer]",
                "[{ name = \"A\", source = \"original_reference\" }]\n\n[message.query.answer]",
                "message.query.fields[0].source",
            ),
            (
                "{ name = \"TranSeq\", source = \"reference\" },\n]",
                "{ name = \"TranSeq\", source = \"signature\" },\n]",
                "outbound.request.head[6].source",
            ),
            ("carry = { contract = \"ContractNo\" }", "", "message.write_off.fields[1].carried"),
            ("code = \"Query\"\n", "", "message.query.code"),
            ("path = \"/bank/trade\"\n", "", "message.query.path"),
            ("path = \"/bank/trade\"", "path = \"/{original_reference}\"", "message.query.path"),
            (
                "code = \"Query\"\n",
                "code = \"Query\"\nreference = \"original\"\n",
                "message.query.reference",
            ),
            ("code = \"Query\"\n", "code = \"Query\"\nmethod = \"GET\"\n", "message.query.method"),
        ],
    );
}

#[test]
fn fields_whose_keys_contradict() {
    named(
        "rongjiang-water",
        &[
            (
                "{ name = \"Version\", value = \"1.0.1\" }",
                "{ name = \"Version\" }",
                "outbound.request.head[0]",
            ),
            (
                "{ name = \"Version\", value = \"1.0.1\" }",
                "{ name = \"Version\", value = \"1\", source = \"customer\" }",
                "outbound.request.head[0]",
            ),
            (
                "{ name = \"Version\", value = \"1.0.1\" }",
                "{ name = \"Version\", value = \"1\", bytes = 5 }",
                "outbound.request.head[0].bytes",
            ),
            (
                "{ name = \"Version\", value = \"1.0.1\" }",
                "{ name = \"Version\", value = \"1\", number = true }",
                "outbound.request.head[0].number",
            ),
            (
                "{ name = \"Version\", value = \"1.0.1\" }",
                "{ name = \"Version\", value = \"1\", list = true }",
                "outbound.request.head[0].list",
            ),
            (
                "{ name = \"Version\", value = \"1.0.1\" }",
                "{ name = \"Ver sion\", value = \"1\" }",
                "outbound.request.head[0].name",
            ),
            (
                "source = \"time\", pattern = \"HHMMSS\"",
                "source = \"time\"",
                "outbound.request.head[5].pattern",
            ),
            (
                "source = \"original_date\", pattern = \"yyyymmdd\"",
                "source = \"original_date\", pattern = \"yyyymmddHHMM\"",
                "message.ask.fields[1].pattern",
            ),
            (
                "source = \"amount\", unit = \"fen\"",
                "source = \"amount\"",
                "message.write_off.fields[2].unit",
            ),
            (
                "{ name = \"BillKey\", source = \"customer\" },\n",
                "{ name = \"TranSeq\", source = \"customer\" },\n",
                "message.write_off.fields[0].name",
            ),
            (
                "{ name = \"BillKey\", source = \"customer\" },\n",
                "{ name = \"Amount.Of\", source = \"customer\" },\n",
                "message.write_off.fields",
            ),
            ("root = \"in\"\n", "", "outbound.request.root"),
            ("root = \"in\"\n", "root = \"in.deep\"\n", "outbound.request.root"),
            ("declared = \"GBK\"", "declared = \"UTF-8\"", "outbound.declared"),
            ("content_type = \"application/xml\"", "tls = true", "outbound.transport"),
            ("https://bank", "http://bank", "outbound.transport"),
        ],
    );
    named(
        "minbei-power",
        &[
            (
                "value = \"100208\", bytes = 6",
                "value = \"100208\"",
                "outbound.request.head[1].bytes",
            ),
            (
                "bytes = 12, align = \"right\", pad = \"0\"",
                "bytes = 12, align = \"right\", pad = \"零\"",
                "message.query.answer.fields[2].pad",
            ),
            (
                "name = \"CustNo\", source = \"customer\", bytes",
                "name = \"A.B\", source = \"customer\", bytes",
                "message.query.fields[0].name",
            ),
            (
                "frame = { length = \"digits\", bytes = 6 }",
                "frame = { length = \"digits\", bytes = 12 }",
                "outbound.transport",
            ),
            (
                "body = \"fixed\"\nhead",
                "body = \"fixed\"\nheaders = [{ name = \"X\", value = \"1\" }]\nhead",
                "outbound.request.headers",
            ),
        ],
    );
}

#[test]
fn answers_that_could_not_be_read() {
    named(
        "rongjiang-water",
        &[
            (
                "WAT0002 = \"nothing_due\"",
                "WAT0002 = \"reversed\"",
                "message.query.answer.codes.WAT0002",
            ),
            (
                "AAAAAAA = \"done\", WAT0001 = \"no_such",
                "WAT0001 = \"no_such",
                "message.query.answer.codes",
            ),
            (
                "AAAAAAA = \"done\", WAT0001 = \"no_such",
                "AAAAAAA = \"yes\", WAT0001 = \"no_such",
                "message.query.answer.codes.AAAAAAA",
            ),
            (
                "their_reference = \"CompanySeq\"",
                "customer_name = \"CustName\"",
                "message.write_off.answer.customer_name",
            ),
            (
                "their_reference = \"CompanySeq\"",
                "otherwise = \"done\"",
                "message.write_off.answer.otherwise",
            ),
            ("\"4\" = \"reversed\"", "\"4\" = \"nothing_due\"", "message.ask.answer.status.map.4"),
            (
                "echo = [{ name = \"BankSeq\", source = \"reference\" }]",
                "echo = [{ name = \"BankSeq\", source = \"reference\", bytes = 3 }]",
                "message.write_off.answer.echo[0]",
            ),
            (
                "late_fee = { name = \"LateFee\", unit = \"yuan\" }",
                "late_fee_included = true",
                "message.query.answer.lines.late_fee_included",
            ),
            (
                "text = \"RetMsg\"",
                "text = \"RetMsg\"\nalso_read = [200]",
                "outbound.answer.also_read[0]",
            ),
            (
                "text = \"RetMsg\"",
                "text = \"RetMsg\"\nhead = [{ name = \"A\", bytes = 1 }]",
                "outbound.answer.head",
            ),
        ],
    );
    named(
        "minbei-power",
        &[
            ("code = \"RetCode\"\n", "code = \"Code\"\n", "outbound.answer.code"),
            (
                "customer_name = \"CustName\"",
                "customer_name = \"Name\"",
                "message.query.answer.customer_name",
            ),
            ("meter = \"MeterNo\" }", "meter = \"Meter\" }", "message.query.answer.carry.meter"),
            (
                "{ name = \"CustName\", bytes = 40 }",
                "{ name = \"TransLine\", bytes = 40 }",
                "message.query.answer.fields[1].name",
            ),
            (
                "[message.query.answer.lines]\n",
                "[message.query.answer.lines]\neach = \"CustNo\"\n",
                "message.query.answer.lines.each",
            ),
        ],
    );
}

#[test]
fn signatures_that_sign_nothing_or_stand_nowhere() {
    named(
        "nanhu-college",
        &[
            ("tail = [{ name = \"MAC\", source = \"signature\" }]\n", "", "outbound.signature"),
            ("\"STUDENTNO\", \"AMOUNT\"]", "\"STUDENTNO\", \"AMONUT\"]", "outbound.signature.over"),
            (
                "answer = { field = \"MAC\" }",
                "answer = { header = \"MAC\" }",
                "outbound.signature.answer.header",
            ),
            ("answer = { field = \"MAC\" }", "answer = {}", "outbound.signature.answer"),
            ("over = { fields", "over = { body = true } #", "outbound.signature.over"),
        ],
    );
    named(
        "huaran-gas",
        &[
            (
                "{header.X-Timestamp}\\n{body}\" }\nanswer",
                "{header.X-Time}\\n{body}\" }\nanswer",
                "outbound.signature.over",
            ),
            (
                "over = { template = \"{header.X-Timestamp}\\n{body}\" } }",
                "over = { template = \"{path}{body}\" } }",
                "outbound.signature.answer.over",
            ),
            (
                "algorithm = \"hmac_sha256\"",
                "algorithm = \"crc32\"",
                "outbound.signature.algorithm",
            ),
        ],
    );
    let unsigned = specification("huaran-gas").replace("[outbound.signature]", "[outbound.colour]");
    assert!(errors(&unsigned).iter().any(|e| e.contains(" outbound.colour: ")), "an unknown key");
}

#[test]
fn a_schedule_that_the_messages_do_not_carry() {
    named(
        "huaran-gas",
        &[
            ("reversal = \"none\"", "reversal = \"until_cut_off\"", "outbound.schedule.reversal"),
            (
                "reversal = \"none\"",
                "reversal = \"none\"\nreverse_attempts_max = 3",
                "outbound.schedule.reverse_attempts_max",
            ),
            (
                "ask_after_seconds = [3, 10, 30, 60, 300, 900, 3600]",
                "ask_after_seconds = []",
                "outbound.schedule.ask_after_seconds",
            ),
            ("per_minute = 3000", "per_minute = 0", "outbound.limits.per_minute"),
            ("answer_seconds = 5", "answer_seconds = 0", "outbound.timeouts.answer_seconds"),
            ("failures = 8", "failures = 0", "outbound.breaker.failures"),
            ("digits = 16", "digits = 3", "outbound.reference.digits"),
            ("least = 6, most = 16", "least = 16, most = 6", "biller.customer"),
            ("quote_valid_seconds = 600", "quote_valid_seconds = 1", "biller.quote_valid_seconds"),
            ("calendar = \"every-day\"", "calendar = \"never\"", "clearing.calendar"),
        ],
    );
    named(
        "rongjiang-water",
        &[
            ("reversal = \"until_cut_off\"", "reversal = \"none\"", "message.reversal"),
            ("reverse_attempts_max = 40\n", "", "outbound.schedule.reverse_attempts_max"),
            ("basis_points = 10", "basis_points = 10001", "fee.basis_points"),
        ],
    );
    // A partner that can neither be asked nor sends a file leaves payments unknown for ever.
    let text = specification("huaran-gas");
    let (before, rest) = text.split_once("[message.ask]").expect("the message");
    let silent = format!("{before}[nothing]\n").replace("[nothing]\n", "");
    let silent = silent.replace("[3, 10, 30, 60, 300, 900, 3600]", "[]");
    assert!(errors(&silent).iter().any(|e| e.contains(" message.ask: ")), "{:#?}", errors(&silent));
    let (_, statement) = rest.split_once("[statement]").expect("the day file");
    assert_eq!(errors(&format!("{silent}[statement]{statement}")), Vec::<String>::new());
}

#[test]
fn day_files_that_could_not_be_read() {
    named(
        "rongjiang-water",
        &[
            ("name = \"654321_{date}.txt\"", "name = \"654321.txt\"", "statement.name"),
            (
                "customer = { column = \"3\" }",
                "customer = { column = \"2\" }",
                "statement.customer",
            ),
            (
                "reference = { column = \"2\" }",
                "reference = { column = \"ref\" }",
                "statement.reference",
            ),
            (
                "date = { column = \"1\", pattern = \"yyyymmdd\" }",
                "date = { column = \"1\", pattern = \"HHMM\" }",
                "statement.date.pattern",
            ),
            (
                "{ \"01\" = \"paid\", \"02\" = \"reversed\" }",
                "{ \"01\" = \"reversed\" }",
                "statement.status",
            ),
            ("empty_day = \"has_file\"", "empty_day = \"maybe\"", "statement.empty_day"),
        ],
    );
    named(
        "nanhu-college",
        &[
            (
                "totals_date = { column = 2",
                "totals_date = { column = 0",
                "statement.totals_date.column",
            ),
            (
                "totals = { at = \"first_line\", marker = \"35002\", count = { column = 3 } }",
                "",
                "statement.totals_date",
            ),
        ],
    );
    named(
        "huaran-gas",
        &[(
            "totals = { at = \"last_line\", marker = \"TOTAL\", count = { column = 2 }, sum = { column = 3, unit = \"yuan\" } }",
            "",
            "statement.totals_cover",
        )],
    );
}

#[test]
fn sections_of_another_kind_do_not_apply() {
    let water = specification("rongjiang-water");
    let with = |section: &str| errors(&format!("{water}\n{section}\n"));
    for (section, key) in [
        ("[channel]\nserves = [\"*\"]", "channel"),
        ("[payment]\nquote_valid_seconds = 60\npartial = \"refused\"", "payment"),
        ("[refund]\nwithin_days = 3\npartial = \"refused\"", "refund"),
    ] {
        let errors = with(section);
        let expected = format!(" {key}: does not apply to kind `biller`");
        assert!(errors.iter().any(|error| error.contains(&expected)), "{errors:#?}");
    }
    let yunhe = specification("yunhe");
    let (_, biller) = water.split_once("[biller]").expect("the section");
    let (biller, _) = biller.split_once("\n[").expect("its end");
    let errors = errors(&format!("{yunhe}\n[biller]{biller}\n"));
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].contains(" biller: does not apply to kind `property`"), "{errors:#?}");
}

#[test]
fn a_biller_needs_keys_only_if_it_calls_us() {
    let water = specification("rongjiang-water");
    assert_eq!(errors(&water), Vec::<String>::new());
    let calls = water.replace("scopes = []", "scopes = [\"orders\", \"files\"]");
    assert!(errors(&calls).iter().any(|e| e.contains(" access: ")), "{:#?}", errors(&calls));
    let signs = calls.replace(
        "scopes = [\"orders\", \"files\"]",
        "scopes = [\"orders\", \"files\"]\nsignature = { key_ids = [\"water-1\"] }",
    );
    assert_eq!(errors(&signs), Vec::<String>::new());
    let pays = signs.replace("\"orders\", \"files\"", "\"orders\", \"pay\"");
    assert!(errors(&pays).iter().any(|e| e.contains(" access.scopes[1]: ")));
}

#[test]
fn a_channel_may_serve_a_biller() {
    let biller = PartnerSpec::parse("b.toml", &specification("huaran-gas"), &calendars());
    let channel = specification("mobile-bank")
        .replace("[\"yunhe\", \"jinding\", \"huating\"]", "[\"huaran-gas\", \"nobody\"]");
    let channel = PartnerSpec::parse("c.toml", &channel, &calendars());
    let specs = [
        ("b.toml".to_owned(), biller.expect("a biller")),
        ("c.toml".to_owned(), channel.expect("a channel")),
    ];
    let problems = jiaozi_adapters::spec::check_together(&specs);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].message.contains("`nobody`"), "{problems:#?}");
}
