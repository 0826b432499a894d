//! From payments to people and leads, with the same results on both engines.
//!
//! SQLite always runs, on a real file. PostgreSQL runs where `JIAOZI_TEST_PG` names a server
//! (`scripts/with-postgres` starts one), each test in a database of its own.

#[macro_use]
mod support;

use jiaozi_acquisition::consent::{Party, Purpose, allows};
use jiaozi_acquisition::identity::Identity;
use jiaozi_acquisition::lead::{Lead, LeadPayment};
use jiaozi_acquisition::payment::UnreadEvent;
use jiaozi_acquisition::person::Person;
use jiaozi_acquisition::reader::run_once;
use jiaozi_acquisition::{Counts, check, counts};
use jiaozi_ledger::row::Cell;
use serde_json::json;
use support::{
    World, account, cancelled, event, holder, leads_of, paid, paid_for, person, refunded, rows, say,
};

async fn each_payer_becomes_a_person_once(world: World) {
    world.hold(1, holder("王芳", "13800000001", "110101199001010011")).await;
    world.post([paid(1, 1), paid(2, 2), paid(3, 1)]).await;
    world.post([paid(4, 1), paid_for(5, 2, "property-b", "park", "9")]).await;
    let progress = world.read().await;
    assert_eq!((progress.people, progress.leads, progress.payments), (2, 3, 5));
    assert!(progress.caught_up && progress.unread == 0);
    assert_eq!(counts(&world.store).await.expect("counted"), Counts { people: 2, leads: 3 });
    let lead = &leads_of(&world).await[0];
    assert_eq!((lead.seq, lead.payments, lead.house.as_str()), (1, 3, "1-101"));
    let known: Vec<Person> = rows(&world, "id").await;
    let details = known[0].open(&world.vault).expect("opens");
    assert_eq!(details.name.expect("a name").expose(), "王芳");
    world.all_hold().await;
}

async fn a_second_run_changes_nothing(world: World) {
    world.hold(1, holder("王芳", "13800000001", "110101199001010011")).await;
    world.hold(3, holder("王芳", "13800000001", "110101199001010011")).await;
    world.post([paid(1, 1), paid(2, 2), paid(3, 3), cancelled(2), refunded(3, 100)]).await;
    world.read().await;
    let all = async || {
        (
            rows::<Person>(&world, "id").await,
            rows::<Identity>(&world, "identity_key, person").await,
            rows::<Lead>(&world, "id").await,
            rows::<LeadPayment>(&world, "order_id").await,
        )
    };
    let before = all().await;
    assert_eq!(before.3.iter().map(|payment| payment.refunded.0).sum::<i64>(), 100);
    assert_eq!(world.read().await.events, 0);
    world.forget_cursor().await;
    let again = world.read().await;
    assert_eq!((again.events, again.people, again.leads, again.payments), (5, 0, 0, 0));
    assert_eq!(all().await, before);
    world.all_hold().await;
}

async fn two_accounts_of_one_identity_number_merge(world: World) {
    world.post([paid(1, 1)]).await;
    world.clock.advance_seconds(1);
    world.post([paid(2, 2), paid_for(3, 2, "property-b", "park", "9")]).await;
    world.read().await;
    let (older, younger) = (person(&world, 1).await, person(&world, 2).await);
    assert_ne!(older, younger);
    say(&world, Party::Person(younger), true).await;
    world.hold(2, holder("王芳", "13800000001", "11010119900101001x")).await;
    world.hold(1, holder("", "", "11010119900101001X")).await;
    assert_eq!((person(&world, 1).await, person(&world, 2).await), (older, older));
    let leads = leads_of(&world).await;
    assert_eq!(leads.iter().map(|lead| lead.payments).collect::<Vec<_>>(), [2, 1]);
    assert!(leads.iter().all(|lead| lead.person == older) && leads[0].seq == 1);
    assert!(allows(&world.store, older, Purpose::Marketing).await.expect("read"));
    assert_eq!(counts(&world.store).await.expect("counted"), Counts { people: 1, leads: 2 });
    world.all_hold().await;
    // What comes later belongs to the one who stays.
    world.post([paid(4, 2), cancelled(2)]).await;
    world.read().await;
    let lead = &leads_of(&world).await[0];
    assert_eq!((lead.payments, lead.cancelled), (3, 1));
    world.all_hold().await;
}

async fn a_payer_is_recognised_by_phone_and_name_but_not_against_the_identity_number(world: World) {
    world.hold(1, holder("王芳", "13800000001", "")).await;
    world.hold(2, holder("王芳", "+86 138-0000-0001", "110101199001010011")).await;
    world.hold(3, holder("王芳", "13800000001", "310101198505050022")).await;
    // The husband pays with the family's phone; a nameless account has it too.
    world.hold(4, holder("李强", "13800000001", "")).await;
    world.hold(5, holder("", "13900000002", "")).await;
    world.hold(6, holder("赵敏", "13900000002", "")).await;
    world.post((1..=6).map(|nth| paid(nth, nth))).await;
    world.read().await;
    let mut people = Vec::new();
    for nth in 1..=6 {
        people.push(person(&world, nth).await);
    }
    assert_eq!(people[0], people[1]);
    assert_ne!(people[0], people[2], "different identity numbers");
    assert_ne!(people[0], people[3], "another name");
    assert_eq!(people[4], people[5], "nothing speaks against the phone");
    assert_eq!(counts(&world.store).await.expect("counted").people, 4);
    // Two people have this name and phone now: a third account could be either's.
    world.hold(7, holder("王芳", "13800000001", "")).await;
    world.post([paid(7, 7)]).await;
    world.read().await;
    let third = person(&world, 7).await;
    assert!(third != people[0] && third != people[2]);
    world.all_hold().await;
}

async fn three_people_met_in_a_chain_become_the_oldest(world: World) {
    for nth in 1..=3 {
        world.post([paid(nth, nth)]).await;
        world.clock.advance_seconds(1);
    }
    world.read().await;
    let oldest = person(&world, 1).await;
    world.hold(3, holder("王芳", "13800000001", "")).await;
    world.hold(2, holder("王芳", "13800000001", "110101199001010011")).await;
    world.hold(1, holder("", "", "110101199001010011")).await;
    assert_eq!(person(&world, 3).await, oldest);
    let all: Vec<Person> = rows(&world, "id").await;
    assert!(all.iter().filter(|person| person.merged_into == Some(oldest)).count() == 2);
    assert_eq!(leads_of(&world).await[0].payments, 3);
    world.all_hold().await;
}

async fn a_crash_between_batches_loses_and_doubles_nothing(world: World) {
    world.post((1..=40).map(|nth| paid(nth, nth % 7))).await;
    world.post([cancelled(3), cancelled(11)]).await;
    let mut events = 0;
    for limit in [1, 13, 5, 0, 2] {
        events += run_once(&world.store, &world.vault, limit).await.expect("read").events;
        world.all_hold().await;
    }
    assert_eq!(events, 21);
    // A run that dies at any of its steps, most of them inside a transaction, leaves whole batches.
    for steps in 0..40 {
        dies_after(steps, run_once(&world.store, &world.vault, 1)).await;
        world.all_hold().await;
    }
    assert_eq!(world.read().await.cursor, 42);
    let leads = leads_of(&world).await;
    assert_eq!(leads.len(), 7);
    assert_eq!(leads.iter().map(|lead| lead.payments).sum::<i64>(), 40);
    assert_eq!(leads.iter().map(|lead| lead.cancelled).sum::<i64>(), 2);
    world.all_hold().await;
}

/// Polls a future at most so often, then drops it.
async fn dies_after<T>(polls: u32, future: impl Future<Output = T>) {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(());
        }
        left -= 1;
        future.as_mut().poll(context).map(drop)
    })
    .await;
}

async fn two_readers_at_once_count_each_payment_once(world: World) {
    for batch in 0..6 {
        world.post((0..100).map(|nth| paid(batch * 100 + nth, nth))).await;
    }
    let run = async || run_once(&world.store, &world.vault, 60).await.expect("read");
    for _ in 0..10 {
        let (one, other, third) = tokio::join!(run(), run(), run());
        assert!(one.payments + other.payments + third.payments <= 180);
    }
    world.read().await;
    assert_eq!(leads_of(&world).await.iter().map(|lead| lead.payments).sum::<i64>(), 600);
    world.all_hold().await;
}

async fn an_event_that_cannot_be_used_is_kept_and_holds_up_nobody(world: World) {
    let broken = event("payment.posted", 1, json!({"order": "?", "payer": 7}));
    world.post([broken, cancelled(9), paid(2, 2)]).await;
    let progress = world.read().await;
    assert_eq!((progress.unread, progress.payments), (2, 1));
    let unread: Vec<UnreadEvent> = rows(&world, "seq").await;
    assert_eq!(unread.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(unread[1].reason, "its payment is not known");
    world.forget_cursor().await;
    world.read().await;
    assert_eq!(rows::<UnreadEvent>(&world, "seq").await, unread);
    world.all_hold().await;
}

async fn a_lead_without_evidence_and_a_reader_ahead_of_the_feed_are_found(world: World) {
    world.post([paid(1, 1), paid(2, 2)]).await;
    world.read().await;
    world.all_hold().await;
    // I10 counts what offends the reader too.
    let (read, one, two) = ("read to 2", "1 offend it", "2 offend it");
    let (three, four) = ("3 offend it", "4 offend it");
    for (sql, of_i10, of_reader) in [
        ("update leads set order_id = person where book = $1 and seq = 1", one, read),
        ("update leads set payments = payments + 1 where book = $1 and seq = 2", two, read),
        ("update cursors set seq = 3 where book = $1", three, one),
        ("delete from lead_payments where book = $1 and seq = 2", four, two),
    ] {
        let (mut unit, _) = world.store.engine().begin().await.expect("begins");
        unit.execute(sql.to_owned(), vec![Cell::Int(1)]).await.expect("breaks");
        unit.commit().await.expect("commits");
        let i10 = check::check(&world.store).await.expect("checked");
        let reader = check::check_reader(&world.store).await.expect("checked");
        assert_eq!((i10.found.as_str(), reader.found.as_str()), (of_i10, of_reader), "{sql}");
    }
}

async fn three_thousand_payers_are_read_in_time(world: World) {
    let holders = (0..3_000).map(|nth| {
        let name = format!("住户{nth}");
        (account(nth), holder(&name, &format!("139{nth:08}"), &format!("11010119900101{nth:04}")))
    });
    jiaozi_acquisition::holder::register_holders(
        &world.store,
        &world.vault,
        holders.collect(),
        "app",
        world.now(),
    )
    .await
    .expect("registered");
    for batch in 0..12 {
        world.post((0..250).map(|nth| paid(batch * 250 + nth, batch * 250 + nth))).await;
    }
    let started = std::time::Instant::now();
    let progress = world.read().await;
    let took = started.elapsed();
    println!("3,000 payers in {took:?}");
    assert_eq!((progress.people, progress.leads), (3_000, 3_000));
    // Half a second on two idle cores, unoptimised; the bound leaves room for busy ones.
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    world.all_hold().await;
}

suite! {
    each_payer_becomes_a_person_once,
    a_second_run_changes_nothing,
    two_accounts_of_one_identity_number_merge,
    a_payer_is_recognised_by_phone_and_name_but_not_against_the_identity_number,
    three_people_met_in_a_chain_become_the_oldest,
    a_crash_between_batches_loses_and_doubles_nothing,
    two_readers_at_once_count_each_payment_once,
    an_event_that_cannot_be_used_is_kept_and_holds_up_nobody,
    a_lead_without_evidence_and_a_reader_ahead_of_the_feed_are_found,
    three_thousand_payers_are_read_in_time,
}

#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let Some(postgres) = World::on_postgres().await else { return };
    let sqlite = World::on_sqlite().await;
    let on_sqlite = sqlite.store.schema().await.expect("read");
    let on_postgres = postgres.store.schema().await.expect("read");
    assert_eq!(on_sqlite, on_postgres);
}
