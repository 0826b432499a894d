//! Paying from accounts with a core that is told by files: the real binary between a signing channel, billers
//! on the network and a core that finds its files in its mailbox and leaves its answers there.

use std::path::PathBuf;
use std::time::Duration;

use jiaozi::trial::billers::faults::{Gate, Until};
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi::trial::core_files::FileFault;
use jiaozi_tests::billers::{CUSTOMERS, DUE, Payers, Utilities};
use jiaozi_tests::core::CORE_BY_FILES;
use jiaozi_tests::installation::{Installation, On};
use jiaozi_tests::server::Server;
use serde_json::{Value, json};

const MORNING: &str = "2036-11-20T10:00:00+08:00";
const QUARTER: &str = "2036-11-20T10:15:01+08:00";
const WATER: &str = CUSTOMERS[0].0;
const AT_WATER: &str = CUSTOMERS[0].1;
const FIRST: &str = "minrong-debits-20361120-001.xml";

/// A core by files, billers and a gateway on a morning far from every cut-off.
async fn morning(on: On) -> Option<(Utilities, Server, Payers)> {
    let utilities = Utilities::start(Installation::new(on).await?, MORNING).await;
    let utilities = utilities.with_core_by_files();
    let server = utilities.serve();
    let payers = utilities.channel(&server);
    Some((utilities, server, payers))
}

async fn at_water(payers: &Payers, key: &str) -> Value {
    let quote = payers.quote(WATER, AT_WATER).await;
    let accepted = payers.draw(key, &quote).await;
    assert_eq!(accepted.status, 202, "{:?}", accepted.body);
    accepted.json()
}

/// The books hold, and the customer was debited so much.
#[track_caller]
fn ends_well(utilities: &Utilities, debited: i64) {
    assert_eq!(utilities.debited(), debited, "what the core has taken");
    utilities.installation.all_hold();
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "never: {what}");
}

fn names(folder: PathBuf) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

fn put_aside(utilities: &Utilities, to: &str) -> Vec<String> {
    names(utilities.mailbox(CORE_BY_FILES).join("inbox").join(to))
}

fn outbox(utilities: &Utilities) -> Vec<String> {
    names(utilities.mailbox(CORE_BY_FILES).join("outbox"))
}

/// A command of the real binary.
fn run(utilities: &Utilities, words: &[&str]) -> (bool, Vec<u8>, String) {
    let output = utilities.jiaozi().args(words).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), output.stdout, said)
}

async fn a_payment_is_drawn_by_a_file_and_given_back_by_another(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let accepted = at_water(&payers, "one").await;
    assert_eq!(accepted["state"], "accepted");
    let leaves_at = accepted["core"]["next_asked_at"].as_str().expect("a time");
    assert!(leaves_at.starts_with("2036-11-20T02:15:00"), "it is in the file of 10:15: {accepted}");
    utilities.move_time(&payers, QUARTER).await;
    let paid = payers.until(&accepted, "paid").await;
    assert_eq!(paid["core"]["state"], "spent");
    assert!(paid["core"]["their_reference"].is_string(), "{paid}");
    assert_eq!(utilities.truth_at_core(&paid), Some(Standing::Booked));
    assert_eq!(utilities.truth(&paid), Some(Standing::Booked));
    assert_eq!(outbox(&utilities), [FIRST]);
    until("the answer is put aside", || put_aside(&utilities, "taken").len() == 1).await;

    let taken = payers.take_back("back", &paid).await;
    assert_eq!(taken.status, 202, "{:?}", taken.body);
    utilities.move_time(&payers, "2036-11-20T10:20:00+08:00").await;
    payers.until(&paid, "reversed").await;
    payers.until_drawn(&paid, "returning").await;
    utilities.move_time(&payers, "2036-11-20T10:30:01+08:00").await;
    payers.until_drawn(&paid, "returned").await;
    assert_eq!(outbox(&utilities), [FIRST, "minrong-reversals-20361120-002.xml"]);
    assert_eq!(utilities.truth_at_core(&paid), Some(Standing::Reversed));

    // The day's file of the core and our books say the same.
    let second = at_water(&payers, "two").await;
    utilities.move_time(&payers, "2036-11-20T10:45:01+08:00").await;
    payers.until(&second, "paid").await;
    let file = utilities.the_core_by_files().day_file("2036-11-20".parse().expect("a date"));
    let path = utilities.installation.folder().join(&file.name);
    std::fs::write(&path, &file.bytes).expect("written");
    utilities.move_time(&payers, "2036-11-20T23:30:00+08:00").await;
    let path = path.to_str().expect("text");
    let words = ["file", "import", "statement", "--partner", CORE_BY_FILES, "--strict", path];
    let (right, _, said) = run(&utilities, &words);
    assert!(right, "{said}");
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_drawn_by_a_file_and_given_back_by_another_on_sqlite() {
    a_payment_is_drawn_by_a_file_and_given_back_by_another(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_drawn_by_a_file_and_given_back_by_another_on_postgres() {
    a_payment_is_drawn_by_a_file_and_given_back_by_another(On::Postgres).await;
}

async fn a_file_that_was_lost_with_its_process_is_written_again(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    // Nothing can be put there: the file is made, and is nowhere.
    let outbox_of_core = utilities.mailbox(CORE_BY_FILES).join("outbox");
    std::fs::create_dir_all(utilities.mailbox(CORE_BY_FILES)).expect("made");
    std::fs::write(&outbox_of_core, "in the way").expect("written");
    let accepted = at_water(&payers, "lost").await;
    utilities.move_time(&payers, QUARTER).await;
    let words = ["file", "export", "instructions", "--partner", CORE_BY_FILES];
    let words = [&words[..], &["--date", "2036-11-20", "--number", "1"]].concat();
    until("the file is made", || run(&utilities, &words).0).await;
    let (_, made, said) = run(&utilities, &words);
    assert!(said.contains("not in the outbox yet"), "{said}");
    server.kill();
    std::fs::remove_file(&outbox_of_core).expect("out of the way");

    let server = utilities.serve();
    let payers = utilities.channel(&server);
    payers.until(&accepted, "paid").await;
    assert_eq!(outbox(&utilities), [FIRST]);
    let put = std::fs::read(outbox_of_core.join(FIRST)).expect("it is there");
    assert_eq!(String::from_utf8_lossy(&put), String::from_utf8_lossy(&made));
    // Again it is the same, also when it was carried away and comes twice.
    std::fs::remove_file(outbox_of_core.join(FIRST)).expect("carried away");
    assert_eq!(run(&utilities, &words).1, made);
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_lost_with_its_process_is_written_again_on_sqlite() {
    a_file_that_was_lost_with_its_process_is_written_again(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_lost_with_its_process_is_written_again_on_postgres() {
    a_file_that_was_lost_with_its_process_is_written_again(On::Postgres).await;
}

async fn what_never_has_a_result_is_taken_back(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    let core = utilities.the_core_by_files();
    core.next(Verb::Pay, FileFault::NeverAnswers);
    core.next(Verb::Reverse, FileFault::NeverAnswers);
    let accepted = at_water(&payers, "silent").await;
    utilities.move_time(&payers, QUARTER).await;
    until("the file is read", || core.read() == [FIRST]).await;
    utilities.move_time(&payers, "2036-11-20T10:46:00+08:00").await;
    let reversing = payers.until(&accepted, "reversing").await;
    assert_eq!(reversing["core"]["reason"], "no_result", "{reversing}");
    utilities.move_time(&payers, "2036-11-20T11:00:01+08:00").await;
    until("the reversal is read", || core.read().len() == 2).await;
    // Nobody answers that either: it is told again, under the same reference.
    utilities.move_time(&payers, "2036-11-20T11:31:00+08:00").await;
    let next = |read: &Value| read["core"]["next_asked_at"].as_str().map(|at| at[..16].to_owned());
    payers.until_so(&accepted, |read| next(read).as_deref() == Some("2036-11-20T03:32")).await;
    utilities.move_time(&payers, "2036-11-20T11:45:01+08:00").await;
    let reversed = payers.until(&accepted, "reversed").await;
    assert_eq!(utilities.truth_at_core(&reversed), Some(Standing::Reversed));
    let text = |name: &str| {
        let path = utilities.mailbox(CORE_BY_FILES).join("outbox").join(name);
        std::fs::read_to_string(path).expect("it is there")
    };
    let told = |name: &str| {
        let text = text(name);
        let (_, rest) = text.split_once("<RvslId>").expect("a reversal");
        rest.split('<').next().map(str::to_owned)
    };
    let files = outbox(&utilities);
    assert_eq!(files.len(), 3, "{files:?}");
    assert_eq!(told(&files[1]), told(&files[2]));
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_has_a_result_is_taken_back_on_sqlite() {
    what_never_has_a_result_is_taken_back(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_has_a_result_is_taken_back_on_postgres() {
    what_never_has_a_result_is_taken_back(On::Postgres).await;
}

async fn a_result_that_comes_twice_has_one_effect(on: On) {
    let Some((utilities, server, payers)) = morning(on).await else { return };
    utilities.the_core_by_files().next(Verb::Pay, FileFault::Twice);
    let accepted = at_water(&payers, "twice").await;
    utilities.move_time(&payers, QUARTER).await;
    payers.until(&accepted, "paid").await;
    until("both are put aside", || put_aside(&utilities, "taken").len() == 2).await;
    let name = &put_aside(&utilities, "taken")[0];
    let path = utilities.mailbox(CORE_BY_FILES).join("inbox/taken").join(name);
    let path = path.to_str().expect("text");
    let words = ["file", "import", "results", "--partner", CORE_BY_FILES, "--json", path];
    let (right, said, errors) = run(&utilities, &words);
    assert!(right, "{errors}");
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    assert_eq!(
        (&said["repeated"], &said["counts"], &said["about"]),
        (&json!(true), &json!({"payments.done": 1}), &json!(FIRST))
    );
    let words = ["file", "import", "results", "--partner", WATER, path];
    let (right, _, errors) = run(&utilities, &words);
    assert!(!right && errors.contains("not told by files"), "{errors}");
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_comes_twice_has_one_effect_on_sqlite() {
    a_result_that_comes_twice_has_one_effect(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_comes_twice_has_one_effect_on_postgres() {
    a_result_that_comes_twice_has_one_effect(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_followed_decides_nothing_and_the_whole_file_does_later() {
    for (fault, refused) in [
        (FileFault::Half, true),
        (FileFault::UnknownCode, true),
        (FileFault::WrongAmount(1), false),
        (FileFault::UnknownReference, false),
    ] {
        let what = format!("{fault:?}");
        let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
        let core = utilities.the_core_by_files();
        core.next(Verb::Pay, fault);
        // A file of somebody else's lies there too.
        let inbox = utilities.mailbox(CORE_BY_FILES).join("inbox");
        std::fs::create_dir_all(&inbox).expect("made");
        std::fs::write(inbox.join("core_2036-11-19.csv"), "serial\n").expect("written");
        let accepted = at_water(&payers, "strange").await;
        utilities.move_time(&payers, QUARTER).await;
        let to = if refused { "refused" } else { "taken" };
        until(&what, || !put_aside(&utilities, to).is_empty()).await;
        assert_eq!(payers.read(&accepted).await["state"], "accepted", "{what}");
        if refused {
            until(&what, || put_aside(&utilities, to).len() == 2).await;
            let why =
                std::fs::read_to_string(inbox.join("refused/minrong-status-0001.xml.why.txt"));
            let why = why.expect("why");
            assert!(why.contains("line ") && why.contains("nothing of it was taken"), "{why}");
        }
        assert!(core.answer_again(FIRST), "it has read it");
        payers.until(&accepted, "paid").await;
        assert!(inbox.join("core_2036-11-19.csv").exists(), "it is not ours to read");
        drop(server);
        ends_well(&utilities, DUE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_waited_for() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let gate = Gate::new();
    let under_way = FileFault::UnderWay(Until::Told(gate.clone()));
    utilities.the_core_by_files().next(Verb::Pay, under_way);
    let accepted = at_water(&payers, "slow").await;
    utilities.move_time(&payers, QUARTER).await;
    until("the first answer is taken", || !put_aside(&utilities, "taken").is_empty()).await;
    assert_eq!(payers.read(&accepted).await["state"], "accepted");
    gate.open();
    payers.until(&accepted, "paid").await;
    drop(server);
    ends_well(&utilities, DUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_older_than_the_reversal_s_moves_nothing() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let (gate, core) = (Gate::new(), utilities.the_core_by_files());
    core.next(Verb::Pay, FileFault::AnswersLate(Until::Told(gate.clone())));
    let accepted = at_water(&payers, "late").await;
    utilities.move_time(&payers, QUARTER).await;
    gate.reached_by(1).await;
    utilities.move_time(&payers, "2036-11-20T10:46:00+08:00").await;
    payers.until(&accepted, "reversing").await;
    utilities.move_time(&payers, "2036-11-20T11:00:01+08:00").await;
    let reversed = payers.until(&accepted, "reversed").await;
    assert_eq!(utilities.truth_at_core(&reversed), Some(Standing::Reversed));
    gate.open();
    // It says something else than what our money did: a person looks at it.
    let contested = payers.until_so(&accepted, |read| read["core"]["contested"] == true).await;
    assert_eq!(contested["state"], "reversed");
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_read_after_its_reversal_is_never_booked() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let (gate, core) = (Gate::new(), utilities.the_core_by_files());
    core.next(Verb::Pay, FileFault::ReadLate(Until::Told(gate.clone())));
    let accepted = at_water(&payers, "late").await;
    utilities.move_time(&payers, QUARTER).await;
    gate.reached_by(1).await;
    utilities.move_time(&payers, "2036-11-20T10:46:00+08:00").await;
    payers.until(&accepted, "reversing").await;
    utilities.move_time(&payers, "2036-11-20T11:00:01+08:00").await;
    let reversed = payers.until(&accepted, "reversed").await;
    gate.open();
    until("both answers are taken", || put_aside(&utilities, "taken").len() == 2).await;
    assert_eq!(utilities.truth_at_core(&reversed), Some(Standing::NeverCame));
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_core_refuses_is_named() {
    let Some((utilities, server, payers)) = morning(On::Sqlite).await else { return };
    let office = utilities.the_core_by_files().office();
    office.open_account("622202000002", DUE - 1);
    office.open_account("622202000003", DUE);
    office.freeze("622202000003");
    let quote = payers.quote(WATER, AT_WATER).await;
    let numbers = [
        ("622202999999", "core_no_such_account"),
        ("622202000002", "core_insufficient_funds"),
        ("622202000003", "core_account_frozen"),
    ];
    let mut asked = Vec::new();
    for (number, reason) in numbers {
        asked.push((payers.draw_from(number, &quote, number).await.json(), reason));
    }
    utilities.move_time(&payers, QUARTER).await;
    for (accepted, reason) in asked {
        let refused = payers.until(&accepted, "refused").await;
        assert_eq!(refused["core"]["reason"], reason, "{refused}");
    }
    assert_eq!(outbox(&utilities), [FIRST], "one file tells of all three");
    drop(server);
    ends_well(&utilities, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_in_no_file_by_the_cut_off_is_refused() {
    let utilities = Utilities::start(Installation::on_sqlite().await, MORNING).await;
    let utilities = utilities.with_core_by_files();
    // A process that only answers: nobody makes a file.
    let server = utilities.serve_with(&["--role", "http"]);
    let payers = utilities.channel(&server);
    let accepted = at_water(&payers, "never-told").await;
    utilities.move_time(&payers, "2036-11-20T23:00:01+08:00").await;
    assert_eq!(payers.read(&accepted).await["state"], "accepted", "nobody knows more yet");
    server.kill();
    let server = utilities.serve();
    let payers = utilities.channel(&server);
    let refused = payers.until(&accepted, "refused").await;
    assert_eq!(refused["core"]["reason"], "in_no_file", "{refused}");
    assert_eq!(outbox(&utilities), Vec::<String>::new());
    drop(server);
    ends_well(&utilities, 0);
}
