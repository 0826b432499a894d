//! The real binary as a serving process: started on a port of its own, stopped, killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

/// What the server says when it listens.
const LISTENING: &str = "listening on http://";

/// A running server; it is killed when this goes.
#[derive(Debug)]
pub struct Server {
    /// Its base address, `http://127.0.0.1:PORT`.
    pub base: String,
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub fn start(mut command: Command) -> Server {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let errors = child.stderr.take().expect("piped");
        let (told, tells) = mpsc::channel();
        // Reads on to the end, so that the server never waits for a full pipe.
        let log = std::thread::spawn(move || {
            let mut said = String::new();
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once(LISTENING) {
                    let address = address.split_whitespace().next().unwrap_or("");
                    let address = address.trim_end_matches("\u{1b}[0m");
                    let _ = told.send(format!("http://{address}"));
                }
                said.push_str(&line);
                said.push('\n');
            }
            said
        });
        match tells.recv() {
            Ok(base) => Server { base, child, log: Some(log) },
            Err(_) => {
                let said = log.join().unwrap_or_default();
                panic!("the server ended before it listened:\n{said}");
            }
        }
    }

    /// Stops it as a supervisor does, waits until it has ended in order, and gives all that it logged.
    pub fn stop(mut self) -> String {
        let told = Command::new("kill").arg(self.id().to_string()).status().expect("kill runs");
        assert!(told.success(), "it still runs");
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0), "it ends in order");
        let log = self.log.take().expect("taken once");
        log.join().expect("the log was read")
    }

    /// Kills it at once (SIGKILL) and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Whether it is still the process that was started.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("asked").is_none()
    }

    /// Its process identifier.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
