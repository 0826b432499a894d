//! Several gateways on one database send a company's notices together: each once, those of a resource in
//! order, and all of them although another company never answers.

use jiaozi::notices::{Notice, NoticeState};
use jiaozi_ledger::row::{Cell, Row as _};
use jiaozi_ledger::store::BOOK;
use jiaozi_ledger::time::Instant;
use jiaozi_tests::installation::{Installation, On};
use jiaozi_tests::server::Server;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use uuid::Uuid;

const HANGS: &str = "huating";
const HEARS: &str = "yunhe";
const RESOURCES: i64 = 40;
const NOTICES_EACH: i64 = 5;
/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// The shipped specifications, with the companies' servers on this machine.
fn specs(installation: &Installation, companies: &[(&str, SocketAddr)]) -> PathBuf {
    let folder = installation.folder().join("partner-specs");
    copy(&jiaozi_tests::project::partner_specs(), &folder);
    for (code, address) in companies {
        let path = folder.join(code).join("partner.toml");
        let mut spec: toml::Table =
            std::fs::read_to_string(&path).expect("readable").parse().expect("TOML");
        spec["webhook"]["url"] = format!("http://{address}/").into();
        std::fs::write(&path, spec.to_string()).expect("writable");
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).expect("copied");
        }
    }
}

fn notice(partner: &str, resource: Uuid, seq: i64) -> Notice {
    Notice {
        id: format!("{partner}-{seq}"),
        partner: partner.to_owned(),
        seq,
        kind: "bill.paid".to_owned(),
        subject: resource,
        body: format!("{resource} {seq}"),
        attempts: 0,
        next_at: Instant(seq),
        state: NoticeState::Waiting,
        outcome: None,
    }
}

/// Reads what comes on a connection, request by request, and answers each.
async fn hear(stream: TcpStream, heard: mpsc::UnboundedSender<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some(said) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = said.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let _ = heard.send(String::from_utf8(body).expect("text"));
        stream.get_mut().write_all(b"HTTP/1.1 204 x\r\n\r\n").await?;
    }
}

async fn each_is_told_once_and_in_order(on: On, processes: usize) {
    let Some(installation) = Installation::new(on).await else { return };
    let (hangs, hears) = (listener().await, listener().await);
    let address = |listener: &TcpListener| listener.local_addr().expect("bound");
    let specs = specs(&installation, &[(HANGS, address(&hangs)), (HEARS, address(&hears))]);
    let jiaozi = || {
        let mut command = installation.jiaozi();
        command.env("JIAOZI_PARTNERS_FOLDER", &specs);
        command.env("JIAOZI_WEBHOOKS_ALLOW_PRIVATE_TARGETS", "true");
        command.env("JIAOZI_WEBHOOKS_ATTEMPT_SECONDS", "60");
        command
    };
    for company in [HANGS, HEARS] {
        let mut generate = jiaozi();
        generate.args(["partner", "keys", "generate", "--kind", "webhook", "--partner", company]);
        let output = generate.args(["--id", &format!("{company}-hook")]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let gateway = installation.gateway().await;
    let mut rows = Vec::new();
    for nth in 0..RESOURCES {
        let resource = Uuid::new_v4();
        rows.push(notice(HANGS, resource, nth + 1).cells());
        for place in 0..NOTICES_EACH {
            rows.push(notice(HEARS, resource, place * RESOURCES + nth + 1).cells());
        }
    }
    let (mut unit, _) = gateway.store.engine().begin().await.expect("begun");
    unit.write(&Notice::TABLE, rows, false).await.expect("written");
    unit.commit().await.expect("committed");

    // Accepts and never answers.
    let hanging = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = hangs.accept().await {
            open.push(stream);
        }
    });
    let (told, mut heard) = mpsc::unbounded_channel();
    let hearing = tokio::spawn(async move {
        while let Ok((stream, _)) = hears.accept().await {
            tokio::spawn(hear(stream, told.clone()));
        }
    });
    let servers: Vec<Server> = (0..processes)
        .map(|_| {
            let mut serve = jiaozi();
            serve.args(["serve", "--listen", "127.0.0.1:0", "--role", "webhooks"]);
            Server::start(serve)
        })
        .collect();

    let mut by_resource: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for _ in 0..RESOURCES * NOTICES_EACH {
        let body = tokio::time::timeout(PATIENCE, heard.recv()).await.expect("in time");
        let body = body.expect("the company hears");
        let (resource, seq) = body.split_once(' ').expect("two words");
        by_resource.entry(resource.to_owned()).or_default().push(seq.parse().expect("a number"));
    }
    // Until all are on record: after that nobody has anything more to tell.
    let waiting =
        "select count(*) from notices where book = $1 and partner = 'yunhe' and state = 0";
    let recorded = async {
        while gateway.store.number(waiting, vec![Cell::Int(BOOK)]).await.expect("read") > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, recorded).await.expect("in time");
    drop(servers);
    assert!(heard.try_recv().is_err(), "nothing was told twice");
    assert_eq!(by_resource.len() as i64, RESOURCES);
    for (resource, seqs) in by_resource {
        assert!(seqs.is_sorted(), "{resource}: {seqs:?}");
    }
    hanging.abort();
    hearing.abort();
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_once_and_in_order_on_sqlite() {
    each_is_told_once_and_in_order(On::Sqlite, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_once_and_in_order_on_postgres() {
    each_is_told_once_and_in_order(On::Postgres, 3).await;
}
