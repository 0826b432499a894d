//! The machine: folders, files with secrets, disks, addresses, certificates.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiaozi_ledger::time::Instant;
use rustix::fs::{Access, access, statvfs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Finding, certificate};
use crate::config::Config;
use crate::edge::address::Reserved;
use crate::edge::tls;
use crate::sandbox;

/// Less than this is too little to go on with: a checkpoint and a day's files need room.
const FREE_MIN: u64 = 256 << 20;

/// Less than this should be seen to.
const FREE_LOW: u64 = 2 << 30;

/// Days before its end within which a certificate should be renewed.
const RENEW_DAYS: i64 = 30;

/// How long whoever has our address may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn examine(config: &Config, now: Instant) -> Vec<Finding> {
    let mut findings = vec![reads("partner-specs", &config.partners.folder)];
    findings.push(writes("day files", &config.days.folder));
    findings.push(writes("mailboxes", &config.mailboxes.folder));
    let database = sandbox::database_file(&config.database.url);
    let beside = database.as_deref().map(folder_of);
    findings.extend(beside.as_deref().map(|folder| writes("database", folder)));
    findings.extend(secrets(config));
    let folders = [&config.days.folder, &config.mailboxes.folder];
    let mut disks: Vec<PathBuf> =
        beside.iter().chain(folders).map(|folder| nearest(folder)).collect();
    disks.dedup();
    findings.extend(disks.iter().filter_map(|folder| disk(folder)));
    findings.extend(certificates(config, now));
    findings.extend(addresses(config).await);
    findings
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The folder itself, or the nearest one above it that is there: it is made when it is needed.
fn nearest(folder: &Path) -> PathBuf {
    let mut ancestors = folder.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    let found = ancestors.find(|folder| folder.exists()).map(Path::to_owned);
    found.unwrap_or_else(|| PathBuf::from("."))
}

fn reads(what: &str, folder: &Path) -> Finding {
    let shown = format!("{what}: {}", folder.display());
    match access(folder, Access::READ_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok("folder", shown),
        Err(error) => Finding::wrong(
            "folder",
            format!("{shown}: {error}"),
            "name a folder that this user can read",
        ),
    }
}

fn writes(what: &str, folder: &Path) -> Finding {
    let there = nearest(folder);
    let shown = format!("{what}: {}", folder.display());
    match access(&there, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if there == folder => Finding::ok("folder", shown),
        Ok(()) => Finding::ok("folder", format!("{shown}, which is made when it is needed")),
        Err(error) => Finding::wrong(
            "folder",
            format!("{shown}: {}: {error}", there.display()),
            "let this user write there, or name another folder",
        ),
    }
}

/// Files that nobody but their owner should be able to read.
fn secrets(config: &Config) -> Vec<Finding> {
    let mut files = config.secrets.files();
    files.extend([config.tls.key_file.as_path(), &config.signatures.signing_key_file]);
    let mut findings = Vec::new();
    for file in files.into_iter().filter(|file| !file.as_os_str().is_empty()) {
        let shown = file.display();
        match std::fs::metadata(file) {
            Err(error) => findings.push(Finding::wrong(
                "secret",
                format!("{shown}: {error}"),
                "put the file there, readable for this user",
            )),
            Ok(meta) if meta.permissions().mode() & 0o077 != 0 => findings.push(Finding::warn(
                "secret",
                format!(
                    "{shown}: others can read it (mode {:04o})",
                    meta.permissions().mode() & 0o7777
                ),
                format!("chmod 600 {shown}"),
            )),
            Ok(_) => findings.push(Finding::ok("secret", format!("{shown}: its owner's only"))),
        }
    }
    findings
}

fn disk(folder: &Path) -> Option<Finding> {
    let disk = statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let says = format!("{}: {} MiB free", folder.display(), free >> 20);
    let todo = "make room: a full disk stops every payment";
    Some(match free {
        free if free < FREE_MIN => Finding::wrong("disk", says, todo),
        free if free < FREE_LOW => Finding::warn("disk", says, todo),
        _ => Finding::ok("disk", says),
    })
}

fn certificates(config: &Config, now: Instant) -> Vec<Finding> {
    if !config.tls.is_on() {
        return vec![Finding::ok("tls", "off: plain HTTP, on loopback or behind a proxy")];
    }
    if let Err(error) = tls::server_config(&config.tls) {
        let todo = "give certificate, key and authority that fit together";
        return vec![Finding::wrong("tls", error.to_string(), todo)];
    }
    let file = &config.tls.certificate_file;
    let shown = file.display();
    match certificate::valid_until(file) {
        Err(error) => {
            let todo = "give a PEM file with X.509 certificates";
            vec![Finding::warn("tls", format!("{shown}: {error}"), todo)]
        }
        Ok(until) => {
            let days = (until.0 - now.0) / (24 * 3_600 * 1_000_000);
            let says = format!("{shown}: valid until {until}");
            let todo = "renew the certificate and start the gateway again";
            vec![match days {
                _ if until.0 <= now.0 => Finding::wrong("tls", format!("{says}: over"), todo),
                days if days < RENEW_DAYS => Finding::warn("tls", says, todo),
                _ => Finding::ok("tls", says),
            }]
        }
    }
}

async fn addresses(config: &Config) -> Vec<Finding> {
    let admin = config.listen.admin;
    let mut all = vec![("listen.http", config.listen.http)];
    all.extend(admin.map(|admin| ("listen.admin", admin)));
    // Where health is told in plain HTTP.
    let health = admin.or((!config.tls.is_on()).then_some(config.listen.http));
    let mut findings = Vec::new();
    for (key, address) in all {
        let shown = format!("{key} = {address}");
        findings.push(match Reserved::at(address) {
            Ok(_) => Finding::ok("address", format!("{shown}: free")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                taken(&shown, health).await
            }
            Err(error) => Finding::wrong(
                "address",
                format!("{shown}: {error}"),
                "name an address of this machine",
            ),
        });
    }
    findings
}

async fn taken(shown: &str, health: Option<SocketAddr>) -> Finding {
    let Some(health) = health else {
        let says = format!("{shown}: taken, and TLS hides by whom");
        return Finding::warn("address", says, "if no gateway runs, find out who has it");
    };
    match tokio::time::timeout(PATIENCE, is_alive(health)).await {
        Ok(Ok(true)) => Finding::ok("address", format!("{shown}: a gateway is running")),
        _ => {
            let says = format!("{shown}: taken by something that is no gateway");
            Finding::wrong("address", says, "end it, or name another address")
        }
    }
}

async fn is_alive(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).contains("\"status\":\"alive\""))
}
