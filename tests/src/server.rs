//! The real binary as a process: started on a port of its own, stopped, killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

/// What the server says when it listens.
const LISTENING: &str = "listening on http://";

/// A running server; it is killed when this goes.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Its base address, `http://127.0.0.1:PORT`.
    pub base: String,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub fn start(mut command: Command) -> Server {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let errors = child.stderr.take().expect("piped");
        let (told, tells) = mpsc::channel();
        // Reads on to the end, so that the server never waits for a full pipe.
        std::thread::spawn(move || {
            let mut said = Vec::new();
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once(LISTENING) {
                    let address = address.split_whitespace().next().unwrap_or("").to_owned();
                    let _ = told.send(Ok(format!("http://{address}")));
                }
                said.push(line);
            }
            let _ = told.send(Err(said.join("\n")));
        });
        match tells.recv() {
            Ok(Ok(base)) => Server { child, base },
            Ok(Err(said)) => panic!("the server ended before it listened:\n{said}"),
            Err(_) => panic!("the server said nothing"),
        }
    }

    /// Kills it at once (SIGKILL) and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
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
