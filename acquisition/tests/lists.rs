//! What is done with people: consent, rosters, lists and reports, with the same results on both
//! engines.
//!
//! SQLite always runs, on a real file. PostgreSQL runs where `JIAOZI_TEST_PG` names a server
//! (`scripts/with-postgres` starts one), each test in a database of its own.

#[macro_use]
mod support;

use jiaozi_acquisition::consent::{self, Party, Purpose, Word, allows, consent_of, record_consent};
use jiaozi_acquisition::lead::LeadState;
use jiaozi_acquisition::leads::{self, LeadFilter, Unmask};
use jiaozi_acquisition::onboarding::{Stage, advance};
use jiaozi_acquisition::person::Person;
use jiaozi_acquisition::report::{Rate, ReportQuery, community_report};
use jiaozi_acquisition::roster::{Basis, RosterEntry, RosterRow, import_roster};
use jiaozi_acquisition::{Counts, Error, counts};
use jiaozi_ledger::bill::{Bill, BillState};
use jiaozi_ledger::id::{BillId, PersonId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::personal::Personal;
use jiaozi_ledger::row::Row;
use jiaozi_ledger::time::Instant;
use support::{
    World, account, cancelled, holder, paid, paid_for, person, refunded, rows, say, word,
};
use uuid::Uuid;

async fn paying_needs_no_consent(world: World) {
    say(&world, Party::Payer(account(1)), false).await;
    world.post([paid(1, 1), paid(2, 2)]).await;
    assert_eq!(world.read().await.payments, 2);
    for nth in [1, 2] {
        let words = consent_of(&world.store, person(&world, nth).await).await.expect("read");
        assert_eq!(words.len(), Purpose::ALL.len());
        assert!(words.values().all(|granted| !granted), "without a word the answer is no");
    }
    world.all_hold().await;
}

async fn the_latest_word_counts_at_once(world: World) {
    let party = Party::Payer(account(1));
    for granted in [true, false, true, false] {
        say(&world, party, granted).await;
        let who = person(&world, 1).await;
        assert_eq!(allows(&world.store, who, Purpose::Marketing).await.expect("read"), granted);
        assert!(!allows(&world.store, who, Purpose::Profiling).await.expect("read"));
    }
    let who = person(&world, 1).await;
    assert_eq!(consent::history(&world.store, who).await.expect("read").len(), 4);
    let nobody = PersonId(Uuid::max());
    let blank = Word { evidence: " ", ..word(Purpose::Service, true) };
    let record = async |party, word: &Word<'_>| {
        record_consent(&world.store, &world.vault, party, word, world.now()).await
    };
    assert_eq!(record(party, &blank).await, Err(Error::Empty("the evidence")));
    let unknown = record(Party::Person(nobody), &word(Purpose::Service, true)).await;
    assert_eq!(unknown, Err(Error::UnknownPerson(nobody)));
}

fn row(line: i64, house: &str, name: &str, phone: &str, number: &str, basis: &str) -> RosterRow {
    RosterRow {
        line,
        site: "garden".to_owned(),
        house: house.to_owned(),
        name: Some(Personal::new(name)),
        phone: Some(Personal::new(phone)),
        identity_number: Some(Personal::new(number)),
        basis: basis.to_owned(),
    }
}

async fn a_roster_row_without_basis_is_refused_by_its_line(world: World) {
    let file = || {
        vec![
            row(2, "1-101", "王芳", "13800000001", "", "separate_consent"),
            row(3, "1-102", "李强", "13800000002", "", ""),
            row(4, "1-103", "赵敏", "13800000003", "", "because"),
            row(5, "", "孙丽", "13800000004", "", "entrusted"),
            row(6, "1-105", "", "", "", "entrusted"),
            row(7, "1-101", "王芳", "13800000001", "", "separate_consent"),
            row(8, "1-106", "周杰", "13800000006", "", "entrusted"),
        ]
    };
    let import = async |rows| {
        import_roster(&world.store, &world.vault, "property-a", rows, world.now(), world.now())
            .await
            .expect("imported")
    };
    let first = import(file()).await;
    assert_eq!((first.added, first.changed, first.unchanged), (2, 0, 1));
    let lines: Vec<_> = first.refused.iter().map(|row| (row.line, row.field)).collect();
    assert_eq!(lines, [(3, "basis"), (4, "basis"), (5, "house"), (6, "name")]);
    assert!(first.refused[1].reason.contains("separate_consent, contract_necessity, entrusted"));
    let before: Vec<RosterEntry> = rows(&world, "line").await;
    let second = import(file()).await;
    assert_eq!((second.added, second.changed, second.unchanged), (0, 0, 3));
    assert_eq!(rows::<RosterEntry>(&world, "line").await, before);
    assert_eq!(before[1].basis, Basis::Entrusted);
    let third = import(vec![row(2, "1-101", "王芳", "13800000009", "", "entrusted")]).await;
    assert_eq!((third.added, third.changed), (0, 1));
    assert_eq!(counts(&world.store).await.expect("counted"), Counts { people: 0, leads: 0 });
}

async fn an_older_roster_says_nothing_about_houses_of_a_newer_one(world: World) {
    let import = async |days: i64, rows| {
        let as_of = world.now().plus_seconds(days * 86_400);
        import_roster(&world.store, &world.vault, "property-a", rows, as_of, world.now())
            .await
            .expect("imported")
    };
    let newer = vec![
        row(2, "1-101", "王芳", "13800000001", "", "separate_consent"),
        row(3, "1-102", "李强", "13800000002", "", "entrusted"),
    ];
    assert_eq!(import(-1, newer.clone()).await.added, 2);
    let before: Vec<RosterEntry> = rows(&world, "line").await;
    let older = vec![
        // Says the same, says something else, names who lived there before, and another house.
        row(2, "1-101", "王芳", "13800000001", "", "separate_consent"),
        row(3, "1-102", "李强", "13800000009", "", "entrusted"),
        row(4, "1-102", "孙丽", "13800000004", "", "entrusted"),
        row(5, "1-103", "赵敏", "13800000003", "", "entrusted"),
    ];
    let taken = import(-30, older).await;
    assert_eq!((taken.unchanged, taken.outdated, taken.changed, taken.added), (1, 2, 0, 1));
    let after: Vec<RosterEntry> = rows(&world, "line").await;
    assert_eq!(after.iter().filter(|row| row.house != "1-103").count(), 2);
    assert!(before.iter().all(|row| after.contains(row)), "nothing newer is changed");
    // A row that is told again, unchanged, is as new as the roster that tells it.
    assert_eq!(import(0, newer).await.unchanged, 2);
    let between = vec![row(2, "1-101", "王芳", "13800000008", "", "separate_consent")];
    assert_eq!(import(-1, between.clone()).await.outdated, 1);
    assert_eq!(import(0, between).await.changed, 1, "of the same instant the last one counts");
}

async fn a_roster_row_is_linked_to_who_pays_before_or_after(world: World) {
    world.hold(1, holder("王芳", "13800000001", "110101199001010011")).await;
    world.post([paid(1, 1)]).await;
    world.read().await;
    let file = vec![
        row(2, "1-101", "王芳", "13800000001", "", "entrusted"),
        row(3, "1-102", "李强", "13800000002", "310101198505050022", "entrusted"),
        row(4, "1-103", "赵敏", "13800000003", "", "entrusted"),
    ];
    import_roster(&world.store, &world.vault, "property-a", file, world.now(), world.now())
        .await
        .expect("imported");
    world.hold(2, holder("", "", "310101198505050022")).await;
    world.post([paid(2, 2)]).await;
    world.read().await;
    let roster: Vec<RosterEntry> = rows(&world, "line").await;
    let linked: Vec<_> = roster.iter().map(|row| row.person).collect();
    assert_eq!(linked, [Some(person(&world, 1).await), Some(person(&world, 2).await), None]);
    // What was entrusted for the roster does not reach the person's own record.
    let known: Vec<Person> = rows(&world, "created_at, id").await;
    assert!(known.iter().all(
        |known| known.details.name.is_some() == (known.id == roster[0].person.expect("linked"))
    ));
    world.all_hold().await;
}

async fn leads_are_masked_and_clear_data_leaves_a_trace(world: World) {
    for nth in 1..=5u128 {
        let phone = format!("1380000000{nth}");
        world.hold(nth, holder("王小芳", &phone, "")).await;
        world.post([paid_for(nth, nth, "property-a", "garden", &nth.to_string())]).await;
        world.clock.advance_seconds(60);
    }
    world.read().await;
    say(&world, Party::Person(person(&world, 2).await), true).await;
    let filter = LeadFilter { partner: Some("property-a".to_owned()), ..LeadFilter::default() };
    let first = leads::list(&world.store, &world.vault, &filter, None, 3).await.expect("listed");
    let rest =
        leads::list(&world.store, &world.vault, &filter, first.next, 3).await.expect("listed");
    let houses: Vec<_> =
        first.lines.iter().chain(&rest.lines).map(|line| line.house.as_str()).collect();
    assert_eq!((houses, rest.next), (vec!["1", "2", "3", "4", "5"], None));
    let contactable: Vec<_> = first.lines.iter().map(|line| line.contactable).collect();
    assert_eq!(contactable, [false, true, false]);
    assert_eq!(first.lines[0].phone.as_deref(), Some("138******01"));
    let since = Some(Instant(world.now().0 - 121_000_000));
    for (filter, expected) in [
        (LeadFilter { since, ..filter.clone() }, 2),
        (LeadFilter { site: Some("park".to_owned()), ..filter.clone() }, 0),
        (LeadFilter { scene: Some("property".to_owned()), ..filter.clone() }, 5),
        (LeadFilter { state: Some(LeadState::New), ..LeadFilter::default() }, 5),
        (LeadFilter { state: Some(LeadState::Lost), ..filter.clone() }, 0),
    ] {
        let page =
            leads::list(&world.store, &world.vault, &filter, None, 10).await.expect("listed");
        assert_eq!(page.lines.len(), expected, "{filter:?}");
    }
    let disclose = async |reason| {
        let unmask = Unmask { actor: "op-7", reason };
        leads::disclose(&world.store, &world.vault, &filter, None, 10, unmask, world.now()).await
    };
    assert_eq!(disclose("").await, Err(Error::Empty("the reason")));
    let page = disclose("call list for May").await.expect("disclosed");
    let clear: Vec<_> = page.lines.iter().filter_map(|lead| lead.clear_phone.as_ref()).collect();
    assert_eq!(clear.len(), 1, "only who allows marketing");
    assert_eq!(clear[0].expose(), "13800000002");
    assert!(!format!("{page:?}").contains("13800000002"));
    let trace = leads::disclosures(&world.store).await.expect("read");
    assert_eq!((trace.len(), trace[0].reason.as_str()), (1, "call list for May"));
    assert_eq!(trace[0].people, [person(&world, 2).await]);
}

fn bill(nth: u128, period: &str, amount: i64, paid: i64, state: BillState) -> Bill {
    let due = jiff::civil::date(2026, 12, 15);
    Bill {
        id: BillId(Uuid::from_u128(nth)),
        partner: "property-a".to_owned(),
        import_key: format!("property-a/{nth}"),
        house_key: format!("property-a/{nth}"),
        site: "garden".to_owned(),
        item: "fee".to_owned(),
        period: period.to_owned(),
        amount: Fen(amount),
        paid: Fen(paid),
        due,
        late_paid_to: due,
        state,
        version: 1,
        revision: 1,
        advance: false,
        last_order: None,
    }
}

async fn report_shows_each_rate_with_its_denominator(world: World) {
    let query = |site: Option<&str>, month: Option<&str>| ReportQuery {
        partner: "property-a".to_owned(),
        site: site.map(str::to_owned),
        month: month.map(str::to_owned),
        zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(8)),
    };
    let empty = community_report(&world.store, &query(None, None)).await.expect("reported");
    assert_eq!(empty.households_reached, Rate { numerator: 0, denominator: 0, basis_points: None });
    let file = (1..=4)
        .map(|nth| row(nth, &format!("1-10{nth}"), &format!("住户{nth}"), "", "", "entrusted"))
        .collect();
    import_roster(&world.store, &world.vault, "property-a", file, world.now(), world.now())
        .await
        .expect("imported");
    let bills = [
        bill(1, "2026-11", 10_000, 10_000, BillState::Paid),
        bill(2, "2026-11", 10_000, 2_500, BillState::Partial),
        bill(3, "2026-11", 10_000, 0, BillState::PaidAtDesk),
        bill(4, "2026-11", 99_999, 0, BillState::Withdrawn),
        bill(5, "2026-12", 10_000, 0, BillState::Published),
    ];
    let (mut unit, _) = world.store.engine().begin().await.expect("begins");
    let cells = bills.iter().map(Row::cells).collect();
    unit.write(&Bill::TABLE, cells, false).await.expect("writes");
    unit.commit().await.expect("commits");
    let pay = |nth, payer, house| paid_for(nth, payer, "property-a", "garden", house);
    world.post([pay(1, 1, "1-101"), pay(2, 1, "1-102"), pay(3, 2, "1-102"), pay(4, 3, "7")]).await;
    world.post([pay(5, 4, "1-103"), cancelled(5), refunded(1, 300)]).await;
    world.read().await;
    advance(&world.store, "property-a", Stage::Prospect, "call", "op-7", world.now())
        .await
        .expect("recorded");
    let report = community_report(&world.store, &query(Some("garden"), Some("2026-11")))
        .await
        .expect("reported");
    assert_eq!(report.households_reached, Rate::of(2, 4));
    assert_eq!(report.households_reached.basis_points, Some(5_000));
    assert_eq!((report.reach_baseline_basis_points, report.houses_not_on_roster), (3_500, 1));
    assert_eq!((report.payers, report.payments, report.paid_fen), (3, 4, 4 * 12_300 - 300));
    assert_eq!(report.bills_collected, Rate::of(2, 3));
    assert_eq!(report.fen_collected, Rate::of(22_500, 30_000));
    assert_eq!(report.fen_collected_through_us, Rate::of(12_500, 30_000));
    assert_eq!(report.stage, Some(Stage::Prospect));
    let all = community_report(&world.store, &query(None, None)).await.expect("reported");
    assert_eq!(all.bills_collected, Rate::of(2, 4));
    let december = query(Some("garden"), Some("2026-12"));
    let december = community_report(&world.store, &december).await.expect("reported");
    assert_eq!((december.payers, december.households_reached), (0, Rate::of(0, 4)));
    let wrong = community_report(&world.store, &query(None, Some("2026-13"))).await;
    assert_eq!(wrong, Err(Error::Month("2026-13".to_owned())));
}

async fn the_work_with_a_partner_goes_step_by_step(world: World) {
    let step = async |stage, evidence| {
        advance(&world.store, "property-a", stage, evidence, "op-7", world.now()).await
    };
    assert!(matches!(step(Stage::Live, "x").await, Err(Error::Stage { .. })));
    for (nth, stage) in (1..).zip(&Stage::ALL[..5]) {
        assert_eq!(step(*stage, "paper 12").await.expect("recorded").nth, nth);
    }
    assert_eq!(step(Stage::Live, "again").await.expect("as it is").nth, 5);
    assert_eq!(step(Stage::Closed, "").await, Err(Error::Empty("the evidence")));
    assert_eq!(step(Stage::Closed, "letter").await.expect("recorded").nth, 6);
    assert!(matches!(step(Stage::Live, "x").await, Err(Error::Stage { .. })));
}

suite! {
    paying_needs_no_consent,
    the_latest_word_counts_at_once,
    a_roster_row_without_basis_is_refused_by_its_line,
    a_roster_row_is_linked_to_who_pays_before_or_after,
    an_older_roster_says_nothing_about_houses_of_a_newer_one,
    leads_are_masked_and_clear_data_leaves_a_trace,
    report_shows_each_rate_with_its_denominator,
    the_work_with_a_partner_goes_step_by_step,
}

#[tokio::test]
async fn personal_data_does_not_appear_in_clear_anywhere_in_the_database_file() {
    let world = World::on_sqlite().await;
    let secrets = ["欧阳修文", "13812349876", "110101199003077758", "1-101"];
    world.hold(1, holder(secrets[0], secrets[1], secrets[2])).await;
    world.post([paid(1, 1)]).await;
    world.read().await;
    let file = vec![row(2, secrets[3], secrets[0], secrets[1], secrets[2], "entrusted")];
    import_roster(&world.store, &world.vault, "property-a", file, world.now(), world.now())
        .await
        .expect("imported");
    say(&world, Party::Person(person(&world, 1).await), true).await;
    let unmask = Unmask { actor: "op-7", reason: "a call" };
    let filter = LeadFilter::default();
    leads::disclose(&world.store, &world.vault, &filter, None, 9, unmask, world.now())
        .await
        .expect("disclosed");
    world.store.close().await.expect("closes");
    let folder = world.folder.as_ref().expect("a folder");
    let mut houses = 0;
    for file in std::fs::read_dir(folder.path()).expect("listed") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("read");
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        houses += i32::from(holds(secrets[3]));
        for secret in &secrets[..3] {
            assert!(!holds(secret), "{secret} is in the file in clear");
        }
    }
    assert!(houses > 0, "the search finds what is there");
}
