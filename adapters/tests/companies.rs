//! Every property company that is shipped can be decided for: its calendar is there, and the chart
//! knows each account that it names. So it does for billers.

use std::fs;
use std::path::Path;

use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::calendar::{Calendar, Calendars};
use jiaozi_ledger::chart;
use jiaozi_ledger::id::Ids;
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::time::Instant;

#[test]
fn shipped_companies_resolve_and_their_accounts_are_in_the_chart() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../partner-specs");
    let read = |path: &Path| fs::read_to_string(path).expect("a readable file");
    let entries = |path: &Path| {
        fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path())
    };
    let calendars: Calendars = entries(&folder.join("calendars"))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| Calendar::parse("calendar", &read(&path)).expect("a calendar"))
        .collect();
    let mut companies = 0;
    for file in entries(&folder).map(|path| path.join("partner.toml")).filter(|path| path.exists())
    {
        let spec =
            PartnerSpec::parse("partner.toml", &read(&file), &calendars).expect("a specification");
        if let Some(biller) = spec.biller() {
            let code = biller.clearing.account.as_str();
            let id = Ids::new(Instant(0), 0, 0).id(0);
            assert!(chart::account(id, code, Currency::CNY).is_ok(), "{code}");
        }
        if spec.property().is_none() {
            continue;
        }
        let company = Company::of(&spec, &calendars).expect("a company");
        for code in company.accounts() {
            let id = Ids::new(Instant(0), 0, 0).id(0);
            assert!(
                chart::account(id, &code, Currency::CNY).is_ok(),
                "{code} of {}",
                company.payee.code
            );
        }
        companies += 1;
    }
    assert!(companies >= 3, "{companies} companies");
}
