//! Files that come by themselves: by HTTPS, by messages and by inbox, with everything that goes wrong on the
//! way; by the real program and its workers, from billers on the network, on both engines.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;

use jiaozi::config::Config;
use jiaozi::fetching::record::{self, Fetched, Outcome};
use jiaozi::trial::billers::day_file::{Day, DayFile, Slip};
use jiaozi::trial::billers::huaran_gas::HuaranGas;
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;
use jiaozi::trial::billers::shelf::FileFault;
use jiaozi_ledger::instruction::Said;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::statement::Statement;
use jiff::civil::{Date, DateTime, date};
use serde_json::Value;

use crate::biller_books::{Books, DAY, NEXT, protocol};
use crate::mirrored::Bank;
use crate::support::{Done, Place, instant};
use crate::workers::until_as_configured;

const KEY: &str = "a secret that both sides know, long enough";

/// The morning after the first day, and the one after that, where the billers are 10:00 and 10:30.
const FIRST: &str = "2036-11-21T02:00:00Z";
const SECOND: &str = "2036-11-22T02:30:00Z";
const NOON: DateTime = DateTime::constant(2036, 11, 21, 10, 0, 0, 0);

/// Books with a payment, and the biller on the network.
struct Town {
    books: Books,
    biller: Option<Biller>,
    paid: String,
}

impl Town {
    async fn of(place: Place, code: &'static str) -> Town {
        let mut books = Books::of(place, code).await;
        let paid = books.pay(10_000, Some(Said::Done)).await;
        let key = KEY.as_bytes().to_vec();
        let biller = match code {
            "huaran-gas" => Some(Biller::start(HuaranGas { key }, NOON, None).await.unwrap()),
            "rongjiang-water" => Some(Biller::start(RongjiangWater, NOON, None).await.unwrap()),
            _ => None,
        };
        if code == "huaran-gas" {
            add_key(&books.place);
        }
        books.gateway.store.move_time(instant(FIRST)).await.unwrap();
        Town { books, biller, paid }
    }

    fn biller(&self) -> &Biller {
        self.biller.as_ref().unwrap()
    }

    fn addresses(&self) -> String {
        let at = |biller: &Biller| format!("{}={}", self.books.code, biller.address());
        self.biller.as_ref().map(at).unwrap_or_default()
    }

    fn config(&self) -> Config {
        self.books.place.config_with(&[("OUTBOUND_ADDRESSES", &self.addresses())])
    }

    /// The file of the first day, with what is wrong with it.
    async fn file(&self, slips: &[Slip]) -> DayFile {
        self.books.file(slips).await
    }

    async fn hands_out(&self, slips: &[Slip]) {
        self.biller().shelf().put(DAY, self.file(slips).await);
    }

    /// The real program asks now.
    fn asks(&self, date: Date) -> Done {
        let date = date.to_string();
        let words = ["file", "fetch", "statement", "--partner", self.books.code, "--date", &date];
        let mut command = self.books.place.jiaozi();
        command.args(words).arg("--json").env("JIAOZI_OUTBOUND_ADDRESSES", self.addresses());
        Done::of(command.output().unwrap())
    }

    fn asks_in_vain(&self, outcome: &str, says: &str) {
        let done = self.asks(DAY);
        assert_eq!(done.code, Some(1), "{}", done.both());
        let told = done.json();
        assert_eq!(told["outcome"], outcome, "{told}");
        assert!(told["says"].as_str().unwrap().contains(says), "{told}");
    }

    async fn record(&self, date: Date) -> Option<Fetched> {
        record::of(&self.books.gateway.store, self.books.code, date).await.unwrap()
    }

    /// The workers run until something came of a day.
    async fn until(&self, date: Date, outcome: Outcome) {
        let so =
            || async { self.record(date).await.is_some_and(|one| one.outcome == Some(outcome)) };
        until_as_configured(&self.books.gateway, &self.config(), so).await;
    }

    /// The numbers of the files that were taken of a day.
    async fn taken(&self, date: Date) -> Vec<i64> {
        let key = vec![Cell::Text(format!("{}/{date}", self.books.code))];
        let clause = "day_key = $2 and completed_at is not null order by number";
        let all: Vec<Statement> = self.books.gateway.store.find(clause, key).await.unwrap();
        all.iter().map(|one| one.number).collect()
    }

    fn inbox(&self) -> PathBuf {
        self.books.place.path("mailboxes").join(self.books.code).join("inbox")
    }

    fn lies(&self, name: &str) -> bool {
        self.inbox().join(name).exists()
    }

    fn lay(&self, file: &DayFile) {
        std::fs::create_dir_all(self.inbox()).unwrap();
        std::fs::write(self.inbox().join(&file.name), &file.bytes).unwrap();
    }

    /// What the doctor says of files.
    fn doctor(&self) -> Vec<(String, String)> {
        let mut command = self.books.place.jiaozi();
        let output = command.args(["doctor", "--json"]).output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all = json["findings"].as_array().unwrap().iter();
        all.filter(|one| one["about"] == "files")
            .map(|one| (text(&one["level"]), text(&one["says"])))
            .filter(|(_, says)| says.starts_with(self.books.code))
            .collect()
    }

    /// What the report of a day says of its file.
    fn report(&self, date: Date) -> Value {
        let date = date.to_string();
        let report = self.books.place.run(&["day", "report", "--json", "--date", &date]).json();
        let mut all = report["fetched"].as_array().unwrap().iter();
        all.find(|one| one["code"] == self.books.code).cloned().unwrap()
    }
}

/// Hands over the secret of the gas company's messages.
fn add_key(place: &Place) {
    let words = ["partner", "keys", "add", "--partner", "huaran-gas", "--id", "huaran-gas-2026"];
    let mut add = place.jiaozi();
    let add = add.args(words).args(["--secret", "--kind", "message"]);
    let mut adding = add.stdin(Stdio::piped()).spawn().unwrap();
    adding.stdin.take().unwrap().write_all(KEY.as_bytes()).unwrap();
    assert!(adding.wait().unwrap().success());
}

fn empty(code: &str, date: Date) -> DayFile {
    protocol(code).day_file(&Day::with(date, Vec::new(), &[]))
}

async fn a_file_comes_by_https(place: Place) {
    let town = Town::of(place, "huaran-gas").await;
    town.until(DAY, Outcome::NotThere).await;
    assert_eq!(town.biller().shelf().asked(), 1, "it is asked again after a quarter of an hour");
    let late = town.doctor();
    assert_eq!(late.len(), 1, "{late:?}");
    assert_eq!(late[0].0, "warn");
    assert!(late[0].1.contains("2036-11-20 is late since 2036-11-20T22:00:00Z"), "{late:?}");
    assert!(late[0].1.contains("not_there") && late[0].1.contains("HTTP 404"), "{late:?}");
    let report = town.report(DAY);
    assert_eq!((&report["here"], &report["tries"]), (&false.into(), &1.into()), "{report}");

    // A wrong one comes; on the next day a corrected one, and the file of that day.
    town.hands_out(&[Slip::Missing(town.paid.clone())]).await;
    let store = &town.books.gateway.store;
    store.move_time(instant("2036-11-21T02:16:00Z")).await.unwrap();
    town.until(DAY, Outcome::Taken).await;
    assert_eq!(town.books.breaks()["breaks"][0]["kind"], "only_ours");
    assert_eq!(town.doctor()[0].0, "ok");
    town.hands_out(&[]).await;
    town.biller().shelf().put(NEXT, empty("huaran-gas", NEXT));
    store.move_time(instant(SECOND)).await.unwrap();
    town.until(NEXT, Outcome::Taken).await;
    assert_eq!((town.taken(DAY).await, town.taken(NEXT).await), (vec![0, 1], vec![0]));
    assert_eq!(town.books.breaks()["unexplained_fen"], 0);

    // The same file again changes nothing, and then nobody asks any more.
    let before = store.head().await.unwrap().seq;
    assert_eq!(town.asks(DAY).well().json()["outcome"], "same");
    assert_eq!(store.head().await.unwrap().seq, before);
    let report = town.report(DAY);
    assert_eq!((&report["here"], &report["outcome"]), (&true.into(), &"same".into()), "{report}");
    town.books.sound(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_late_comes_by_https_and_is_corrected() {
    a_file_comes_by_https(Place::empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_late_comes_by_https_and_is_corrected_on_postgres_too() {
    let Some(place) = Place::empty_on_postgres().await else { return };
    a_file_comes_by_https(place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_wrongly_signed_or_of_another_day_has_no_effect() {
    let town = Town::of(Place::empty(), "huaran-gas").await;
    town.hands_out(&[]).await;
    let shelf = town.biller().shelf();
    shelf.next(FileFault::CutOff);
    town.asks_in_vain("unanswered", "ended before the answer");
    shelf.next(FileFault::WrongSignature);
    town.asks_in_vain("refused", "header X-Sign");
    let name = "gas_2036-11-20.csv";
    let nothing = |town: &Town| {
        let left = std::fs::read_dir(town.inbox()).unwrap().count();
        assert_eq!(left, 0, "neither a draft nor a file");
    };
    nothing(&town);

    // Lines of another day under the name of this one are refused once, and put aside once.
    let other = town.books.written(date(2036, 11, 19), Vec::new(), &[Slip::WrongTotals]);
    shelf.put(DAY, DayFile { name: name.to_owned(), bytes: other.bytes });
    town.asks_in_vain("refused", "the file is refused");
    town.asks_in_vain("refused", "the very file came again");
    let refused = town.inbox().join("refused");
    assert_eq!(std::fs::read_dir(&refused).unwrap().count(), 2, "the file and why");
    let why = std::fs::read_to_string(refused.join(format!("{name}.why.txt"))).unwrap();
    assert!(why.contains("nothing of it was taken"), "{why}");
    assert!(town.taken(DAY).await.is_empty());

    town.hands_out(&[]).await;
    assert_eq!(town.asks(DAY).well().json()["outcome"], "taken");
    assert!(town.inbox().join("taken").join(name).exists());
    // Nobody else's day, and none that is not over.
    for (date, why) in [(date(2036, 11, 21), "is not over"), (date(2036, 12, 1), "is not over")] {
        let done = town.asks(date);
        assert!(done.code == Some(1) && done.err.contains(why), "{}", done.both());
    }
    town.books.sound(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_long_is_not_kept() {
    let place = Place::empty();
    place.change_partner("huaran-gas", |text| {
        text.replace("again_days = 2", "again_days = 2\nbytes_max = 60")
    });
    let town = Town::of(place, "huaran-gas").await;
    town.hands_out(&[]).await;
    town.asks_in_vain("unanswered", "too long");
    assert_eq!(std::fs::read_dir(town.inbox()).unwrap().count(), 0);
}

async fn a_file_comes_by_messages(place: Place) {
    let mut town = Town::of(place, "rongjiang-water").await;
    // So many lines that it comes in several parts.
    for nth in 0..100 {
        town.books.pay(1_000 + nth, Some(Said::Done)).await;
    }
    let file = town.file(&[]).await;
    assert!(file.bytes.len() > 2 * 2_048, "three parts");
    town.asks_in_vain("not_there", "WAT0106");
    town.biller().shelf().put(DAY, file);
    let before = town.biller().shelf().asked();
    town.biller().shelf().next(FileFault::CutOff);
    town.asks_in_vain("unanswered", "ended before the answer");
    assert_eq!(town.asks(DAY).well().json()["outcome"], "taken");
    assert_eq!(town.biller().shelf().asked() - before, 1 + 3, "part by part");
    assert_eq!(town.asks(DAY).well().json()["outcome"], "same");
    assert_eq!(town.taken(DAY).await, [0]);
    let lines = "select lines from statements where book = $1";
    assert_eq!(town.books.gateway.store.number(lines, vec![Cell::Int(1)]).await, Ok(101));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_parts_by_messages() {
    a_file_comes_by_messages(Place::empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_parts_by_messages_on_postgres_too() {
    let Some(place) = Place::empty_on_postgres().await else { return };
    a_file_comes_by_messages(place).await;
}

async fn a_file_comes_by_inbox(place: Place) {
    let town = Town::of(place, "nanhu-college").await;
    let others = DayFile { name: "RESULT20361120.xml".to_owned(), bytes: b"<a/>".to_vec() };
    town.lay(&others);
    // What comes before its day is over waits for that.
    town.lay(&empty("nanhu-college", NEXT));
    town.lay(&town.file(&[Slip::WrongTotals]).await);
    town.until(DAY, Outcome::Refused).await;
    assert!(town.inbox().join("refused/YKT.20361120.why.txt").exists());
    town.lay(&town.file(&[Slip::Missing(town.paid.clone())]).await);
    town.until(DAY, Outcome::Taken).await;
    let corrected = DayFile { name: "YKT.20361120.1".to_owned(), ..town.file(&[]).await };
    town.lay(&corrected);
    let so = || async { town.taken(DAY).await == [0, 1] };
    until_as_configured(&town.books.gateway, &town.config(), so).await;
    assert!(!town.lies("YKT.20361120.1") && town.lies("YKT.20361121"));
    town.books.gateway.store.move_time(instant(SECOND)).await.unwrap();
    town.until(NEXT, Outcome::Taken).await;
    assert!(town.lies(&others.name), "what is none of ours is left alone");
    assert_eq!(town.books.breaks()["unexplained_fen"], 0);
    town.books.sound(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_its_correction_come_by_inbox() {
    a_file_comes_by_inbox(Place::empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_its_correction_come_by_inbox_on_postgres_too() {
    let Some(place) = Place::empty_on_postgres().await else { return };
    a_file_comes_by_inbox(place).await;
}

/// The real server with its workers.
fn serve(town: &Town) -> Child {
    let mut command = town.books.place.jiaozi();
    command.args(["serve", "--listen", "127.0.0.1:0", "--role", "workers"]);
    command.env("JIAOZI_OUTBOUND_ADDRESSES", town.addresses());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn until(so: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        while !so().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("in time");
}

async fn a_process_is_killed(place: Place) {
    let town = Arc::new(Town::of(place, "huaran-gas").await);
    town.hands_out(&[]).await;
    let shelf = town.biller().shelf();
    shelf.next(FileFault::Hangs);
    let mut server = serve(&town);
    until(async || shelf.asked() == 1 && town.lies(".gas_2036-11-20.csv.fetched")).await;
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(town.taken(DAY).await.is_empty());
    let store = &town.books.gateway.store;
    let claimed = town.record(DAY).await.unwrap();
    assert!(claimed.claimed_until > store.now().await.unwrap(), "a dead process has the day");

    // Another one begins anew when the claim has run out, and ends before it takes what came: the file lies
    // there, and is taken without another question.
    store.move_time(claimed.claimed_until.plus_seconds(1)).await.unwrap();
    let now = store.now().await.unwrap();
    let second = record::claim(store, "huaran-gas", DAY, now).await.unwrap().unwrap();
    town.lay(&town.file(&[]).await);
    let mut server = serve(&town);
    store.move_time(second.claimed_until.plus_seconds(1)).await.unwrap();
    until(async || town.taken(DAY).await == [0] && !town.lies("gas_2036-11-20.csv")).await;
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(shelf.asked(), 1);
    town.books.sound(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_leaves_the_file_to_the_next() {
    a_process_is_killed(Place::empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_leaves_the_file_to_the_next_on_postgres_too() {
    let Some(place) = Place::empty_on_postgres().await else { return };
    a_process_is_killed(place).await;
}

/// The shipped example of an account whose files come as these lines say; the gateway has read them.
fn with_statement(bank: &Bank, lines: &str) {
    let file = "partners/accounts/core-bank.toml";
    let text = std::fs::read_to_string(bank.place.path(file)).unwrap();
    let text = text.split("\n[statement]").next().unwrap();
    let text = text.replace("since = \"2036-11-20\"", "since = \"2036-11-18\"");
    bank.place.file(file, format!("{text}\n[statement]\nname = \"ZH_{{date}}.sta\"\n{lines}"));
}

fn statement_of(day: u8, number: u8) -> DayFile {
    let bytes = format!(
        ":20:S{number}\n:25:6222000011112222\n:28C:{number}/1\n:60F:C3611{day}CNY100,00\n:62F:C3611{day}CNY100,00\n-\n"
    );
    DayFile { name: format!("ZH_203611{day}.sta"), bytes: bytes.into_bytes() }
}

async fn statements_of_an_account_come(place: Place) {
    let bank = Bank::of(place).await;
    let asks = |addresses: &str, date: &str| {
        let words = ["file", "fetch", "statement", "--partner", "core-bank", "--json", "--date"];
        let mut command = bank.place.jiaozi();
        command.args(words).arg(date).env("JIAOZI_OUTBOUND_ADDRESSES", addresses);
        Done::of(command.output().unwrap())
    };
    let times = "from = \"02:00\"\nlate = \"08:00\"\n";
    let by_inbox =
        format!("date_pattern = \"yyyymmdd\"\n[statement.fetch]\nby = \"inbox\"\n{times}");
    with_statement(&bank, &by_inbox);
    let inbox = bank.place.path("mailboxes/core-bank/inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    let first = statement_of(18, 1);
    std::fs::write(inbox.join(&first.name), &first.bytes).unwrap();
    assert_eq!(asks("", "2036-11-18").well().json()["outcome"], "taken");
    assert!(inbox.join("taken").join(&first.name).exists());
    let missing = asks("", "2036-11-19");
    assert_eq!((missing.code, &missing.json()["outcome"]), (Some(1), &"not_there".into()));

    // The same account's files may lie at the address of a partner that we call.
    let key = KEY.as_bytes().to_vec();
    let biller = Biller::start(HuaranGas { key }, NOON, None).await.unwrap();
    add_key(&bank.place);
    let by_https = format!(
        "date_pattern = \"yyyy-mm-dd\"\npartner = \"huaran-gas\"\n[statement.fetch]\nby = \"https\"\npath = \"/v2/statements/gas_{{date}}.csv\"\n{times}"
    );
    with_statement(&bank, &by_https);
    let addresses = format!("huaran-gas={}", biller.address());
    biller.shelf().put(date(2036, 11, 19), statement_of(19, 2));
    assert_eq!(asks(&addresses, "2036-11-19").well().json()["outcome"], "taken");
    assert_eq!(asks(&addresses, "2036-11-19").well().json()["outcome"], "same");
    let report = bank.place.run(&["day", "report", "--json", "--date", "2036-11-19"]).json();
    let fetched = report["fetched"].as_array().unwrap();
    let account = fetched.iter().find(|one| one["code"] == "core-bank").unwrap();
    assert_eq!((&account["here"], &account["tries"]), (&true.into(), &3.into()), "{account}");

    // Somebody whom we do not call has no address.
    with_statement(&bank, &by_https.replace("huaran-gas", "yunhe"));
    let refused = asks("", "2036-11-19");
    assert_eq!(refused.code, Some(64), "{}", refused.both());
    assert!(refused.err.contains("statement.partner"), "{}", refused.both());
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_an_account_come_by_inbox_and_by_https() {
    statements_of_an_account_come(Place::empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_an_account_come_by_inbox_and_by_https_on_postgres_too() {
    let Some(place) = Place::empty_on_postgres().await else { return };
    statements_of_an_account_come(place).await;
}
