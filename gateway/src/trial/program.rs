//! This program as a process: a command that ends, and the server that stays as long as we do.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};

use super::place::Place;

/// How long the server may take until it listens.
const START_MAX: Duration = Duration::from_secs(30);

/// How often is looked whether it does.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How often is looked whether a process that was killed is gone.
const GONE_EVERY: Duration = Duration::from_millis(1);

/// What the server says when it listens; its address follows.
const LISTENING: &str = "listening on http://";

/// Lines of the log that are shown when something is wrong.
const LOG_LINES: usize = 20;

/// This program, without the configuration of whoever started it.
fn program() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("this program's own file")?);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JIAOZI_") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// A process that does not outlive its owner: when this is dropped, it is killed and gone, so that it
/// writes nothing any more into the folder that is removed next.
#[derive(Debug)]
struct Process(Child);

impl Process {
    fn spawn(command: &mut Command) -> anyhow::Result<Process> {
        Ok(Process(command.spawn().context("this program cannot be started")?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What cannot be killed has ended before.
        if self.0.start_kill().is_ok() {
            while matches!(self.0.try_wait(), Ok(None)) {
                std::thread::sleep(GONE_EVERY);
            }
        }
    }
}

/// What came of a command.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed for programs.
    pub output: String,
    /// What it said to people.
    pub said: String,
}

impl Ran {
    /// The output as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> anyhow::Result<Value> {
        let what = || format!("expected JSON, got {:?}; it said {:?}", self.output, self.said);
        serde_json::from_str(&self.output).with_context(what)
    }

    /// The same, if it has succeeded.
    ///
    /// # Errors
    /// What it said, if it has not.
    pub fn done(self) -> anyhow::Result<Ran> {
        anyhow::ensure!(self.code == Some(0), "exit code {:?}: {}", self.code, self.said.trim());
        Ok(self)
    }
}

/// Runs a command of this program in a trial, and waits for its end.
///
/// # Errors
/// When it cannot be started; what it came to is in the answer.
pub async fn run<S: AsRef<OsStr>>(
    place: &Place,
    arguments: impl IntoIterator<Item = S>,
) -> anyhow::Result<Ran> {
    run_with(place, arguments, b"").await
}

/// The same, with something on its standard input.
///
/// # Errors
/// When it cannot be started or does not take its input.
pub async fn run_with<S: AsRef<OsStr>>(
    place: &Place,
    arguments: impl IntoIterator<Item = S>,
    input: &[u8],
) -> anyhow::Result<Ran> {
    let mut command = program()?;
    command.args(arguments).env("JIAOZI_CONFIG", place.config());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Process::spawn(&mut command)?;
    let running = &mut process.0;
    if let Some(mut stdin) = running.stdin.take() {
        match stdin.write_all(input).await {
            // A command that reads nothing may be gone already.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                return Err(error.into());
            }
            _ => {}
        }
    }
    let outputs = running.stdout.take().zip(running.stderr.take());
    let (mut stdout, mut stderr) = outputs.context("the outputs of this program")?;
    let (mut output, mut said) = (Vec::new(), Vec::new());
    let (_, _, status) = tokio::try_join!(
        stdout.read_to_end(&mut output),
        stderr.read_to_end(&mut said),
        running.wait()
    )?;
    Ok(Ran {
        code: status.code(),
        output: String::from_utf8_lossy(&output).into_owned(),
        said: String::from_utf8_lossy(&said).into_owned(),
    })
}

/// A server of a trial. It is killed when this is dropped, and ends by itself when we are killed.
#[derive(Debug)]
pub struct Server {
    process: Process,
    /// The end of its standard input that we hold: it goes with us.
    _stdin: ChildStdin,
    /// Where it listens.
    pub address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Starts `jiaozi serve` and waits until it listens.
    ///
    /// # Errors
    /// When it ends instead, with the end of its log.
    pub async fn start(place: &Place, listen: SocketAddr) -> anyhow::Result<Server> {
        let number = std::iter::successors(Some(1u32), |number| number.checked_add(1));
        let logs = number.map(|number| place.path(&format!("serve-{number}.log")));
        let log = logs.into_iter().find(|log| !log.exists()).context("a name for the log")?;
        let file = std::fs::File::create(&log).with_context(|| log.display().to_string())?;
        let mut command = program()?;
        command.args(["serve", "--until-stdin-ends", "--listen", &listen.to_string()]);
        command.env("JIAOZI_CONFIG", place.config());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(file);
        // Not of our group: what a keyboard interrupts is we, and we end it.
        let mut process = Process::spawn(command.process_group(0))?;
        let stdin = process.0.stdin.take().context("the server's standard input")?;
        let listening = async {
            loop {
                if let Some(address) = address_in(&read(&log)) {
                    return Ok(address);
                }
                if let Some(ended) = process.0.try_wait()? {
                    anyhow::bail!("the server ended with {ended}:\n{}", last_lines(&read(&log)));
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let address = tokio::time::timeout(START_MAX, listening).await.with_context(|| {
            format!("the server does not listen:\n{}", last_lines(&read(&log)))
        })??;
        Ok(Server { process, _stdin: stdin, address, log })
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.0.id()
    }

    /// The end of what it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        last_lines(&read(&self.log))
    }

    /// Kills it, as a loss of power would: it has no time to finish anything.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.process.0.kill().await.context("the server cannot be killed")
    }

    /// Waits for its end, which someone else brings about.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        self.process.0.wait().await.context("the server cannot be waited for")?;
        Ok(())
    }
}

fn read(log: &std::path::Path) -> String {
    std::fs::read(log).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
}

fn address_in(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once(LISTENING)?;
    let digits = |c: char| c.is_ascii_hexdigit() || "[]:.".contains(c);
    let end = rest.find(|c| !digits(c))?;
    rest.get(..end)?.parse().ok()
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_log() {
        let log = "2026 INFO jiaozi::cli::serve: listening on http://127.0.0.1:41234\nmore";
        assert_eq!(address_in(log), "127.0.0.1:41234".parse().ok());
        assert_eq!(address_in("listening on http://127.0.0.1:412"), None);
        assert_eq!(address_in("INFO starting"), None);
    }
}
