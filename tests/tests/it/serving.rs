//! The real `jiaozi serve` on a sandbox of its own, and a hand on the same books from outside.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use jiaozi::clock::SystemClock;
use jiaozi::config::{Key32, Secret, SecretKeys};
use jiaozi::gateway::{Gateway, Parts};
use jiaozi_ledger::store::OpenOptions;

/// The keys of the sandbox: the server and the test have the same.
const KEY: [u8; 32] = [7; 32];

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The program: where `JIAOZI_BIN` says, else beside this test's folder.
pub fn binary() -> PathBuf {
    let beside = || {
        let test = std::env::current_exe().expect("a test has a file");
        test.parent().and_then(Path::parent).expect("a target folder").join("jiaozi")
    };
    let path = std::env::var_os("JIAOZI_BIN").map_or_else(beside, PathBuf::from);
    assert!(
        path.is_file(),
        "the program is not at {}: build it first (cargo build), or set JIAOZI_BIN",
        path.display()
    );
    path
}

/// A running server on a sandbox database.
pub struct Serving {
    /// Where it listens, `http://127.0.0.1:…`.
    pub base: String,
    /// The same books, opened by another process: this one.
    pub gateway: Gateway,
    child: Child,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Serving {
    /// Creates a sandbox and starts the server on it.
    pub async fn start() -> Serving {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = format!("sqlite:{}", folder.path().join("jiaozi.db").display());
        let key = || -> Key32 { Secret::new(KEY) };
        let specs = root().join("partner-specs");
        let parts = Parts {
            database: &database,
            partner_specs: &specs,
            secrets: SecretKeys { personal_data_key: key(), quote_key: key() },
            clock: Arc::new(SystemClock),
            options: OpenOptions { create_sandbox: true, ..OpenOptions::default() },
        };
        let gateway = Gateway::open(parts).await.expect("a sandbox");
        let mut command = Command::new(binary());
        // The configuration of whoever runs the tests is not ours.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JIAOZI_") {
                command.env_remove(name);
            }
        }
        let key = "07".repeat(32);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &database])
            .env("JIAOZI_PARTNERS_FOLDER", &specs)
            .env("JIAOZI_SECRETS_PERSONAL_DATA_KEY", &key)
            .env("JIAOZI_SECRETS_QUOTE_KEY", &key)
            .current_dir(folder.path())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its log"));
        let mut said = String::new();
        let base = loop {
            let mut line = String::new();
            let read = lines.read_line(&mut line).expect("its log can be read");
            said.push_str(&line);
            assert_ne!(read, 0, "it ended early:\n{said}");
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break format!("http://{}", address.trim_end_matches("\u{1b}[0m"));
            }
        };
        let log = Arc::new(Mutex::new(said));
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut kept = kept.lock().expect("one writer");
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        Serving { base, gateway, child, log, reader: Some(reader), _folder: folder }
    }

    /// Stops the server and returns everything that it has logged.
    pub fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").arg(&pid).status().expect("kill runs");
        assert!(told.success());
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0), "it ends in order");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the log was read");
        }
        self.log.lock().expect("one reader").clone()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // After a failed test; `stop` has ended it otherwise.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
