//! The demonstration and the benches, ended by a signal at any time: what they have started ends with
//! them, and nothing of theirs is left behind.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command that runs, with a folder of its own for temporary things.
struct Running {
    child: Child,
    said: BufReader<ChildStderr>,
    folder: TempDir,
}

impl Running {
    fn start(words: &[&str]) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiaozi"));
        // The configuration of whoever runs the tests is not ours.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JIAOZI_") {
                command.env_remove(name);
            }
        }
        // Where the shipped specifications are.
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
        command.args(words).env("TMPDIR", folder.path());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Running { child, said, folder }
    }

    /// Reads what it says until the gateway that it has started listens.
    fn gateway(&mut self) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.said.read_line(&mut line).unwrap(), 0, "it ended early: {all}");
            if let Some((_, address)) = line.trim().split_once("listens on http://") {
                return address.to_owned();
            }
            all.push_str(&line);
        }
    }

    fn send(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it with a signal, and looks at what is left.
    fn ends_with(mut self, signal: &str) {
        let started = processes_of(self.child.id());
        self.send(signal);
        let ended = self.child.wait().unwrap();
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        assert_eq!(ended.code(), Some(1), "{said}");
        assert!(said.contains(&format!("ended by SIG{}", &signal[1..])), "{said}");
        for process in started {
            assert!(!lives(process), "process {process} lives on");
        }
        let left: Vec<_> = std::fs::read_dir(self.folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After a failed test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// State and parent of a process.
fn stat(process: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

/// Whether a process is there, and not only its exit code.
fn lives(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != 'Z')
}

/// The processes that a process has started.
fn processes_of(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap();
    let numbers = all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    numbers.filter(|number| stat(*number).is_some_and(|(_, of)| of == parent)).collect()
}

/// Waits until something is so.
fn until(what: &str, so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "{what} takes too long");
        std::thread::yield_now();
    }
}

#[test]
fn a_demonstration_that_is_interrupted_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let mut demo = Running::start(&["demo"]);
        demo.gateway();
        assert_eq!(processes_of(demo.child.id()).len(), 1, "the gateway");
        demo.ends_with(signal);
    }
}

#[test]
fn a_demonstration_that_is_interrupted_while_it_sets_up_leaves_nothing() {
    let demo = Running::start(&["demo"]);
    until("its first command", || !processes_of(demo.child.id()).is_empty());
    demo.ends_with("-TERM");
}

#[test]
fn benches_that_are_interrupted_leave_nothing() {
    let post = Running::start(&["bench", "post", "--seconds", "600"]);
    let database = |folder: &Path| {
        let places = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        places.map(|place| place.join("jiaozi.db")).any(|file| file.exists())
    };
    until("its database", || database(post.folder.path()));
    post.ends_with("-INT");

    let pay = Running::start(&["bench", "pay", "--seconds", "600", "--entries", "5000"]);
    until("its gateway", || !processes_of(pay.child.id()).is_empty());
    pay.ends_with("-TERM");
}

#[test]
fn a_gateway_notices_that_its_demonstration_was_killed() {
    let mut demo = Running::start(&["demo"]);
    let mut stream = TcpStream::connect(demo.gateway()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let [gateway] = processes_of(demo.child.id())[..] else { panic!("the gateway") };
    demo.send("-KILL");
    demo.child.wait().unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it closes what nobody uses");
    until("the gateway's end", || !lives(gateway));
}
