//! What a specification cannot say.

use super::*;

const CALENDAR: &str = r#"
calendar = 1
name = "plain"
source = "made for this test"
covers = { from = "2026-01-01", to = "2026-12-31" }
rest_days = ["saturday", "sunday"]
"#;

fn calendars() -> Calendars {
    [super::super::calendar::Calendar::parse("plain.toml", CALENDAR).expect("a calendar")]
        .into_iter()
        .collect()
}

fn text() -> String {
    include_str!("sample.toml").to_owned()
}

fn errors(text: &str) -> Vec<String> {
    match PartnerSpec::parse("p.toml", text, &calendars()) {
        Ok(_) => vec![],
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(text().contains(from), "the sample has {from}");
    errors(&text().replacen(from, to, 1))
}

#[test]
fn the_sample_is_right() {
    assert_eq!(errors(&text()), Vec::<String>::new());
}

#[test]
fn each_mistake_is_named_at_its_key() {
    for (from, to, key) in [
        ("specification = 1", "specification = 2", "specification"),
        ("code = \"sample\"", "code = \"Sample\"", "partner.code"),
        ("zone = \"Asia/Shanghai\"", "zone = \"Asia/Nowhere\"", "partner.zone"),
        ("cut_off = \"22:30\"", "cut_off = \"22:60\"", "clearing.cut_off"),
        ("calendar = \"plain\"", "calendar = \"other\"", "clearing.calendar"),
        ("account = \"settlement:sample\"", "account = \"Settlement sample\"", "clearing.account"),
        ("budget = \"budget:sample\"", "budget = \"budget:other\"", "prepay[0].budget"),
        ("basis_points = 300", "basis_points = 10000", "split"),
        ("\"物业费\" = \"management\"", "\"物业费\" = \"managment\"", "bills[0].item"),
        ("column = \"截止\"", "column = \"金额\"", "bills[0].due"),
        ("\"publish\"", "\"pay\"", "access.scopes[0]"),
        ("unit = \"yuan\"", "unit = \"jiao\"", "bills[0].amount.unit"),
        ("pattern = \"yyyy-mm\"", "pattern = \"yyyy\"", "bills[0].period.pattern"),
        ("url = \"https://", "url = \"http://", "webhook.url"),
        ("{date}", "today", "day_file.name"),
        ("fixed = \"north\"", "fixed = \"south\"", "bills[0].community"),
        ("consent_date", "# consent_date", "roster[0]"),
        ("settle = \"net\"", "settle = \"monthly\"", "payout.settle"),
        ("settle = \"net\"", "settle = \"gross\"", "payout.settle"),
        ("minimum_fen = 5000", "minimum_fen = -1", "payout.minimum_fen"),
        ("account = \"6222-0001\"", "account = \"6222 0001\"", "payout.to.account"),
        ("account = \"6222-0001\", ", "", "payout.to.account"),
        (
            "account = \"6222-0001\"",
            "account = \"1\", iban = \"ES9121000418450200051332\"",
            "payout.to.iban",
        ),
        ("bic = \"SAMPCNBJ\"", "bic = \"SAMP\"", "payout.to.bic"),
        (
            "bic = \"SAMPCNBJ\"",
            "bic = \"SAMPCNBJ\", clearing_member = \"1\"",
            "payout.to.clearing_member",
        ),
        ("name = \"样本物业\"", "name = \"\"", "payout.to.name"),
        ("remittance = \"{from} {to}\"", "remittance = \"{days}\"", "payout.remittance"),
        ("iban = \"ES91", "iban = \"ES92", "payout.payee[0].to.iban"),
        (
            "account = \"settlement:fund\"",
            "account = \"settlement:nobody\"",
            "payout.payee[0].account",
        ),
        ("[payout]\n", "[payout]\nholidays = true\n", "payout.holidays"),
    ] {
        let errors = changed(from, to);
        assert!(
            errors.iter().any(|e| e.contains(&format!(" {key}: "))),
            "{from} -> {to}: {errors:#?}"
        );
        assert!(
            !errors.iter().any(|e| e.starts_with("p.toml:1: ") && key != "specification"),
            "placed: {errors:#?}"
        );
    }
}

#[test]
fn one_account_is_paid_out_to_one_place_whoever_says_so() {
    let sample = PartnerSpec::parse("p.toml", &text(), &calendars()).expect("a partner");
    let other = text()
        .replacen("code = \"sample\"", "code = \"other\"", 1)
        .replacen("key_ids = [\"", "key_ids = [\"other-", 1)
        .replacen("account = \"settlement:sample\"", "account = \"settlement:another\"", 1);
    let together = |other: &str| {
        let other = PartnerSpec::parse("q.toml", other, &calendars()).expect("a partner");
        together(&[("p.toml".into(), sample.clone()), ("q.toml".into(), other)])
    };
    assert_eq!(together(&other), [], "the fund is paid out to the same place");
    let wrong = together(&other.replacen("name = \"维修基金\", iban", "name = \"基金\", iban", 1));
    let said: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("payout.payee: `settlement:fund` is paid out to somewhere else by p.toml"),
        "{said:?}"
    );
}

#[test]
fn several_mistakes_are_reported_together() {
    let text = text()
        .replacen("cut_off = \"22:30\"", "cut_off = \"late\"", 1)
        .replacen("unit = \"yuan\"", "unit = \"jiao\", colour = 1", 1)
        .replacen("households = 120", "households = -1", 1);
    assert_eq!(errors(&text).len(), 4, "{:#?}", errors(&text));
}

#[test]
fn a_missing_mandatory_column_is_named() {
    let errors = changed("amount = {", "amonut = {");
    assert!(errors.iter().any(|e| e.contains("missing field `amount`")), "{errors:#?}");
    assert!(errors.iter().any(|e| e.contains("amonut")), "{errors:#?}");
}

#[test]
fn a_channel_cannot_have_bills_and_serves_partners_that_exist() {
    let channel = r#"
specification = 1
[partner]
code = "page"
kind = "channel"
name = { zh = "付款页", en = "Payer's page" }
[access]
scopes = ["query", "pay"]
signature = { key_ids = ["page-1"] }
[channel]
serves = ["sample", "nobody"]
"#;
    let page = PartnerSpec::parse("c.toml", channel, &calendars()).expect("a channel");
    let sample = PartnerSpec::parse("p.toml", &text(), &calendars()).expect("a partner");
    let problems = together(&[
        ("p.toml".into(), sample.clone()),
        ("c.toml".into(), page),
        ("q.toml".into(), sample),
    ]);
    assert_eq!(problems.len(), 3, "{problems:#?}");
    let wrong = format!("{channel}[payment]\nquote_valid_seconds = 60\npartial = \"refused\"\n");
    assert_eq!(errors(&wrong).len(), 1);
}
