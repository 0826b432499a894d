//! No answer leaves before it is on the disk, shown by the system calls of a child process; and what a
//! disk that is really full leaves behind.
//!
//! The children are tests of this binary too, run by their parents alone: they are ignored otherwise.
#![cfg(all(feature = "store", target_os = "linux"))]

mod support;

use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;
use std::io::Write;
use std::process::{Command, Output};
use support::commands::post;
use support::{TestClock, account, all_hold, feed, funded, one, open};

const DATABASE: &str = "JIAOZI_TEST_CHILD_DATABASE";

/// This binary's test of a name, as a command that `before` goes before.
fn child(before: &[&str], test: &str, database: &str) -> Output {
    let own = std::env::current_exe().expect("a path");
    let mut words = before.iter().map(ToString::to_string).collect::<Vec<_>>();
    words.push(own.display().to_string());
    words.extend(["--ignored", "--exact", "--nocapture", test].map(str::to_owned));
    let (program, words) = words.split_first().expect("a program");
    Command::new(program).args(words).env(DATABASE, database).output().expect("runs")
}

/// Tells the parent, in one system call.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).expect("heard");
    out.flush().expect("heard");
}

#[tokio::test]
#[ignore = "the child of a test"]
async fn child_that_says_what_was_answered() {
    let store = open(&std::env::var(DATABASE).expect("a parent"), &TestClock::new()).await;
    funded(&store).await;
    for nth in 1..=20 {
        let reply = one(&store, post(&format!("p{nth}"), "deposit:a", "deposit:b", 1)).await;
        assert_eq!(reply.expect("answered").verdict, Verdict::Done);
        say(&format!("answered {nth}"));
    }
}

/// What a traced process did, in the order in which it was begun or, for a sync, done.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Bytes went to the log.
    Logged,
    /// The log is on the disk.
    Synced,
    /// An answer left.
    Answered,
}

fn steps(trace: &str) -> Vec<Step> {
    let mut syncing: Vec<&str> = Vec::new();
    let mut steps = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let of_log = call.contains("-wal>");
        let is_sync = call.starts_with("fdatasync(") || call.starts_with("fsync(");
        if of_log && call.starts_with("pwrite64(") {
            steps.push(Step::Logged);
        } else if of_log && is_sync && call.ends_with("= 0") {
            steps.push(Step::Synced);
        } else if of_log && is_sync && call.ends_with("<unfinished ...>") {
            syncing.push(thread);
        } else if call.contains("sync resumed>") && call.ends_with("= 0") {
            // Of the log, or of something else that was begun elsewhere.
            if let Some(place) = syncing.iter().position(|one| *one == thread) {
                syncing.swap_remove(place);
                steps.push(Step::Synced);
            }
        } else if call.starts_with("write(1") && call.contains(", \"answered ") {
            steps.push(Step::Answered);
        }
    }
    steps
}

#[test]
fn no_answer_leaves_before_its_log_is_on_the_disk() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("skipped: strace is not installed (apt-get install strace)");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace").display().to_string();
    let calls = "trace=fsync,fdatasync,pwrite64,write";
    let strace = ["strace", "-f", "-y", "-s", "64", "-e", calls, "-o", &trace];
    let ran = child(&strace, "child_that_says_what_was_answered", &support::sqlite_url(&folder));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let steps = steps(&std::fs::read_to_string(&trace).expect("a trace"));
    let answers: Vec<usize> =
        (0..steps.len()).filter(|place| steps[*place] == Step::Answered).collect();
    assert_eq!(answers.len(), 20);
    let mut from = 0;
    for answer in answers {
        let before = &steps[from..answer];
        let logged = before.iter().rposition(|step| *step == Step::Logged);
        let synced = before.iter().rposition(|step| *step == Step::Synced);
        assert!(logged.is_some(), "each payment goes to the log: {before:?}");
        assert!(synced > logged, "the last write is synced before the answer: {before:?}");
        from = answer + 1;
    }
}

#[test]
fn the_order_of_system_calls_is_read_as_it_is() {
    let good = "7 pwrite64(9</x/db-wal>, \"..\", 24, 0) = 24\n8 fdatasync(9</x/db-wal> <unfinished ...>\n\
                7 fsync(3</x/db>) = 0\n8 <... fdatasync resumed>) = 0\n7 write(1</out>, \"answered 1\\n\", 11) = 11";
    assert_eq!(steps(good), [Step::Logged, Step::Synced, Step::Answered]);
    let failed = "8 fdatasync(9</x/db-wal>) = -1 EIO (Input/output error)";
    assert_eq!(steps(failed), []);
}

#[tokio::test]
#[ignore = "the child of a test"]
async fn child_that_pays_until_its_disk_is_full() {
    let store = open(&std::env::var(DATABASE).expect("a parent"), &TestClock::new()).await;
    for nth in 0.. {
        match one(&store, post(&format!("p{nth}"), "deposit:a", "deposit:b", 1)).await {
            Ok(_) => say(&format!("answered {nth}")),
            Err(Failure::Store(StoreError::Unavailable(why))) => {
                say(&format!("refused {nth}: {why}"));
                // What is said once must stay so: the next one neither panics nor hangs.
                let next = || one(&store, post("next", "deposit:a", "deposit:b", 1));
                let failed = next().await;
                assert!(matches!(failed, Err(Failure::Store(_))), "{failed:?}");
                make_room();
                assert!(!next().await.expect("there is room again").replayed);
                say("answered with room");
                return;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Lifts the bound of this process's own files.
fn make_room() {
    let own = std::process::id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &own, "--fsize=unlimited"]).status();
    assert!(lifted.expect("prlimit").success());
}

#[tokio::test]
async fn a_disk_that_takes_no_more_bytes_keeps_what_was_answered_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, clock) = (support::sqlite_url(&folder), TestClock::new());
    let store = open(&url, &clock).await;
    funded(&store).await;
    store.close().await.expect("closes");
    let size =
        |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
    let blocks = size("jiaozi.db").max(size("jiaozi.db-wal")) / 1_024 + 200;
    // The signal is ignored, so that writing fails as it does on a full disk.
    let bounded = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$@\"");
    let bash = ["bash", "-c", &bounded, "bash"];
    let ran = child(&bash, "child_that_pays_until_its_disk_is_full", &url);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    let answered = said.matches("answered ").count();
    assert!(said.contains("refused "), "{said}");

    let store = open(&url, &clock).await;
    assert_eq!(feed(&store).await.len(), 3 + answered, "each answered payment, and no other");
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(10_000 - answered as i64));
    let next = one(&store, post("next", "deposit:a", "deposit:b", 1)).await;
    assert!(next.expect("answered by the child").replayed);
    all_hold(&store).await;
}
