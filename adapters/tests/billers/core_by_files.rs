//! The shipped core that is told by files is understood, and what contradicts in such a specification is refused
//! with its place and what was expected.

use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::files::FileFormat;
use jiaozi_adapters::spec::outbound::Transport;
use jiaozi_adapters::utility::biller::{Biller, Role};

use super::office::{calendars, specification};

fn shipped() -> String {
    specification("minrong-core-files")
}

fn problems(text: &str) -> Vec<String> {
    let found = PartnerSpec::parse("partner.toml", text, &calendars()).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_shipped_core_by_files_is_understood() {
    let spec = PartnerSpec::parse("partner.toml", &shipped(), &calendars()).expect("it is right");
    let core = spec.core().expect("a core");
    assert_eq!(core.outbound.transport, Transport::Files);
    let files = core.outbound.files.as_ref().expect("files");
    assert_eq!(files.format, FileFormat::Iso20022);
    assert!(files.results.accepts("minrong-status-0001.xml"));
    assert!(!files.results.accepts("core_2026-11-20.csv"), "the day's file is somebody else's");
    let biller = Biller::of(&spec, &calendars()).expect("it is ready");
    assert_eq!(biller.role, Role::Core);
    assert_eq!(biller.files.expect("its times").answer_seconds, 1_800);
}

#[test]
fn what_contradicts_is_refused_with_its_place() {
    for (from, to, key, expected) in [
        (
            "transport = { type = \"files\" }",
            "transport = { type = \"files\", tls = true }",
            "outbound.transport",
            "`tls` does not apply",
        ),
        (
            "not_found = \"may_still_arrive\"",
            "not_found = \"final\"",
            "outbound.schedule.not_found",
            "expected `may_still_arrive`",
        ),
        (
            "ask_after_seconds = []",
            "ask_after_seconds = [5]",
            "outbound.schedule.ask_after_seconds",
            "expected no waits",
        ),
        (
            "reversals = \"minrong-reversals-{date}-{number}.xml\"\n",
            "",
            "outbound.schedule.reversal",
            "needs `reversals`",
        ),
        (
            "minrong-debits-{date}-{number}.xml",
            "minrong-debits-{date}.xml",
            "outbound.files.payments",
            "expected {number}",
        ),
        (
            "minrong-debits-{date}-{number}.xml",
            "../{date}-{number}.xml",
            "outbound.files.payments",
            "without path",
        ),
        ("minrong-status-*.xml", "minrong-*.xml", "outbound.files.results", "expected another"),
        ("minrong-status-*.xml", "minrong-status.xml", "outbound.files.results", "with one *"),
        (
            "every_minutes = 15",
            "every_minutes = 0",
            "outbound.files.every_minutes",
            "expected 1 to 1440",
        ),
        ("every_minutes = 15\n", "", "outbound.files.every_minutes", "expected this or `at`"),
        ("every_minutes = 15", "at = [\"25:00\"]", "outbound.files.at", "not a time of the day"),
        (
            "before_cut_off_minutes = 30",
            "before_cut_off_minutes = 0",
            "outbound.files.before_cut_off_minutes",
            "expected 1 to 720",
        ),
        (
            "answer_minutes = 30",
            "answer_minutes = 0",
            "outbound.files.answer_minutes",
            "expected 1 to 10080",
        ),
        (
            "number_digits = 3",
            "number_digits = 10",
            "outbound.files.number_digits",
            "expected 1 to 9",
        ),
        (
            "creditor = { name = \"交子支付待清算款项\", account = \"9900000088\" }",
            "",
            "outbound.files.creditor",
            "whose account",
        ),
        (
            ", account = \"9900000088\" }",
            " }",
            "outbound.files.creditor.account",
            "expected `account` or `iban`",
        ),
        ("prefix = \"JF\"", "prefix = \"J_\"", "outbound.reference.prefix", "no _"),
        (
            "[outbound.schedule]",
            "[outbound.limits]\nin_flight_max = 1\nper_minute = 1\n\n[outbound.schedule]",
            "outbound",
            "`limits` does not apply",
        ),
        ("[outbound.files]", "[outbound.filed]", "outbound", "filed"),
        (
            "# The debits of a day",
            "[message.ask]\n[message.ask.answer]\ncodes = {}\n# The debits of a day",
            "message.ask",
            "has no messages",
        ),
    ] {
        let text = shipped();
        assert!(text.contains(from), "{from}");
        let found = problems(&text.replacen(from, to, 1));
        let named = found.iter().any(|one| one.contains(key) && one.contains(expected));
        assert!(named, "{key}: {expected}\n{found:#?}");
    }
}

#[test]
fn a_biller_is_not_told_in_messages_of_the_core() {
    let files = shipped();
    let (_, section) = files.split_once("[outbound.files]").expect("the section");
    let (section, _) = section.split_once("# The debits").expect("its end");
    let gas = specification("huaran-gas");
    let found = problems(&format!("{gas}\n[outbound.files]{section}"));
    assert!(found.iter().any(|one| one.contains("kind `core` only")), "{found:#?}");
    assert!(found.iter().any(|one| one.contains("message.write_off")), "{found:#?}");
}
