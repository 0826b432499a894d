//! A PostgreSQL server of the test's own, which it may stop, kill and start again. Its programs come
//! from the `PATH`, where `scripts/with-postgres` puts them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server with an empty folder of its own.
pub struct Server {
    folder: tempfile::TempDir,
    data: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one, if the tests run with PostgreSQL.
    pub fn start() -> Option<Server> {
        Server::start_with(None, None)
    }

    /// The same, with its data or its write-ahead log below another folder than its own.
    pub fn start_with(data: Option<&Path>, log: Option<&Path>) -> Option<Server> {
        std::env::var("JIAOZI_TEST_PG").ok()?;
        let folder = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        for place in [Some(folder.path()), data, log].into_iter().flatten().filter(|_| is_root()) {
            let owned = Command::new("chown").arg("postgres").arg(place).status();
            assert!(owned.expect("chown").success());
        }
        let data = data.unwrap_or(folder.path()).join("data");
        let server = Server { folder, data, port };
        let mut words = vec!["-U", "jiaozi", "-A", "trust", "-E", "UTF8", "--no-locale"];
        let log = log.map(|log| log.join("log").display().to_string());
        // Small parts of the log, so that it asks for room often.
        words.extend(log.iter().flat_map(|log| ["--wal-segsize", "1", "--waldir", log.as_str()]));
        server.run("initdb", &words);
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\n",
            server.folder.path().display()
        );
        let file = server.data.join("postgresql.conf");
        let mut all = std::fs::read_to_string(&file).expect("its settings");
        all.push_str(&settings);
        std::fs::write(&file, all).expect("its settings");
        server.start_again();
        Some(server)
    }

    /// The address of its first database.
    pub fn url(&self) -> String {
        format!("postgres://jiaozi@127.0.0.1:{}/postgres", self.port)
    }

    /// Its port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it as if its machine had failed: nothing is written out, no client is told. It may have
    /// failed by itself before.
    pub fn stop_immediately(&self) {
        let _ = self.command("pg_ctl", &["-m", "immediate", "-w", "stop"]).status();
        let runs = self.command("pg_ctl", &["status"]).status().expect("pg_ctl").success();
        assert!(!runs, "it still runs");
    }

    /// Starts it and waits until it answers.
    pub fn start_again(&self) {
        let log = self.folder.path().join("server.log").display().to_string();
        self.run("pg_ctl", &["-l", &log, "-w", "-t", "60", "start"]);
    }

    fn run(&self, program: &str, words: &[&str]) {
        assert!(self.command(program, words).status().expect(program).success(), "{program}");
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            let home = format!("HOME={}", self.folder.path().display());
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "env"]);
            command.args([home.as_str(), program]);
            command
        } else {
            Command::new(program)
        };
        command.arg("-D").arg(&self.data).args(words).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl", &["-m", "immediate", "-w", "stop"]).status();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout.starts_with(b"0\n")
}
