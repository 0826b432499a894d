//! The payer's page in a real browser: Chromium, steered by `tests/browser/pay.mjs`. The script says
//! what a person does and sees; when something has to happen behind the person's back, it asks for it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use jiaozi::accounts;
use jiaozi::asked::Asked;
use jiaozi::gateway::Gateway;
use jiaozi::payment::Payment;
use jiaozi::property::quotes::{self, Wish};
use jiaozi::property::{payments, publish};
use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::property::publishing::Line;
use jiaozi_adapters::property::quote::Wanted;
use jiaozi_adapters::property::refund::Reason;
use jiaozi_adapters::spec::import::Action;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use jiaozi_tests::installation::Installation;
use jiaozi_tests::project::root;
use jiff::ToSpan as _;
use jiff::civil::Date;

const PARTNER: &str = "yunhe";
const HOUSE: &str = "1-1-101";
/// The name that the script logs in with: it must not reach the log.
const NAME: &str = "王小明";

/// One bill of the house, due so many days from today.
async fn publish(gateway: &Gateway, key: &str, id: &str, item: &str, fen: i64, days: i64) {
    let company = gateway.partners.company(PARTNER).expect("the company");
    let today: Date = company.payee.today(gateway.now().await.expect("the time"));
    let due = today.checked_add(days.days()).expect("a day");
    let line = Line {
        line: 1,
        import_id: id.to_owned(),
        site: "yuntai".to_owned(),
        house: HOUSE.to_owned(),
        item: item.to_owned(),
        period: due.strftime("%Y-%m").to_string(),
        months: 1,
        amount: Fen(fen),
        due,
        action: Action::New,
    };
    let asked = Asked::by(PARTNER, key);
    let reply = publish::import(gateway, &asked, company, vec![line]).await.expect("an answer");
    assert_eq!(reply.answer.status, 200, "{}", String::from_utf8_lossy(&reply.answer.body));
}

async fn prepare(gateway: &Gateway) {
    publish(gateway, "a", "T-1", "management", 18_000, -13).await;
    publish(gateway, "b", "T-2", "parking", 30_000, 8).await;
    publish(gateway, "c", "T-3", "shared-utilities", 1_250, 8).await;
    let budget = Asked::by("operator", "budget");
    let reply = accounts::fund(gateway, &budget, "budget:yunhe-prepay", Fen(1_000_000)).await;
    assert_eq!(reply.expect("an answer").answer.status, 201);
}

/// What the script may ask for.
async fn behind_the_scenes(gateway: &Gateway, wish: &str) {
    match wish {
        "reprice" => publish(gateway, "reprice", "T-1", "management", 21_000, -13).await,
        "refund" => {
            let order = gateway
                .store
                .first::<jiaozi_ledger::order::Order>("order by id desc", vec![])
                .await
                .expect("it can be read")
                .expect("an order");
            let back = payments::GiveBack {
                order: order.id,
                amount: Some(Fen(5_000)),
                bills: None,
                reason: Reason::Other,
            };
            let caller = Caller::Partner(PARTNER.to_owned());
            let asked = Asked::by(PARTNER, "refund");
            let reply = payments::refund(gateway, &asked, caller, back).await.expect("an answer");
            let said = String::from_utf8_lossy(&reply.answer.body);
            assert_eq!(reply.answer.status, 201, "{said}");
        }
        "later" => {
            let now = gateway.now().await.expect("the time");
            gateway.store.move_time(now.plus_seconds(1_200)).await.expect("a sandbox");
        }
        "family" => pay_everything(gateway).await,
        "large" => publish(gateway, "large", "T-9", "parking", 3_000_000, 8).await,
        other => panic!("the script asks for {other:?}, which nobody knows"),
    }
}

/// Somebody else of the family pays all bills of the house, through another channel.
async fn pay_everything(gateway: &Gateway) {
    let asked = Asked::by("mobile-bank", "family");
    accounts::open(gateway, &asked, "family").await.expect("an answer");
    accounts::fund(gateway, &asked, "deposit:family", Fen(1_000_000)).await.expect("an answer");
    let company = gateway.partners.company(PARTNER).expect("the company");
    let wish = Wish { house: HOUSE.to_owned(), bills: Wanted::All, prepay: None };
    let (_, quote) = quotes::quote(gateway, company, wish).await.expect("a quote");
    let payer = AccountRef::Code("deposit:family".to_owned());
    let channel = gateway.partners.spec("mobile-bank").expect("the channel");
    let payment = Payment { quote, payer, reference: None };
    let reply = payments::pay(gateway, &asked, channel, payment).await.expect("an answer");
    assert_eq!(reply.answer.status, 201, "{}", String::from_utf8_lossy(&reply.answer.body));
}

async fn orders(gateway: &Gateway) -> i64 {
    let sql = "select count(*) from orders where book = $1";
    gateway.store.number(sql, vec![Cell::Int(BOOK)]).await.expect("it can be counted")
}

/// Plays a scene of the script against a server of its own; returns how many payments there were.
async fn play(scene: &str) -> i64 {
    let installation = Installation::on_sqlite().await;
    let gateway = installation.gateway().await;
    prepare(&gateway).await;
    let server = installation.serve();
    let profile = tempfile::tempdir().expect("a temporary folder");
    let modules = std::env::var_os("JIAOZI_TEST_NODE_MODULES").expect(
        "JIAOZI_TEST_NODE_MODULES names a folder with playwright-core: scripts/test installs it, or \
         run `npm ci` in tests/browser",
    );
    let mut node = Command::new("node")
        .arg(root().join("tests/browser/pay.mjs"))
        .args([scene, &server.base])
        .env("JIAOZI_TEST_NODE_MODULES", modules)
        .env("JIAOZI_TEST_PROFILE", profile.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut answers = node.stdin.take().expect("its input");
    let mut errors = node.stderr.take().expect("its errors");
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).map(|_| text)
    });
    let mut done = false;
    for line in BufReader::new(node.stdout.take().expect("its output")).lines() {
        let line = line.expect("text");
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("ask", wish) => {
                behind_the_scenes(&gateway, wish).await;
                writeln!(answers, "done").expect("it listens");
            }
            ("passed", name) => done = name == scene,
            _ => eprintln!("{line}"),
        }
    }
    let status = node.wait().expect("it ends");
    let errors = errors.join().expect("read").unwrap_or_default();
    if !status.success() || !done {
        panic!("{scene} failed:\n{errors}\nthe server said\n{}", server.stop());
    }
    let paid = orders(&gateway).await;
    let log = server.stop();
    for personal in [NAME, HOUSE, "demo-1001"] {
        assert!(!log.contains(personal), "the log has personal data: {personal}\n{log}");
    }
    paid
}

#[tokio::test]
async fn a_payer_finds_the_house_pays_and_keeps_the_receipt_in_chinese() {
    assert_eq!(play("happy-zh").await, 1);
}

#[tokio::test]
async fn a_payer_finds_the_house_pays_and_keeps_the_receipt_in_english() {
    assert_eq!(play("happy-en").await, 1);
}

#[tokio::test]
async fn a_bill_repriced_between_quote_and_payment_is_shown_again_before_anything_is_taken() {
    assert_eq!(play("repriced").await, 1);
}

#[tokio::test]
async fn a_double_click_pays_once_and_so_do_reload_and_back() {
    assert_eq!(play("double-click").await, 1);
}

#[tokio::test]
async fn what_is_declined_is_explained_and_nothing_is_taken() {
    assert_eq!(play("declined").await, 1, "only the family's payment");
}

#[tokio::test]
async fn everything_works_without_scripts() {
    assert_eq!(play("no-script").await, 1);
}

#[tokio::test]
async fn marketing_is_refused_and_withdrawn_and_paying_goes_on() {
    assert_eq!(play("marketing").await, 1);
}

#[tokio::test]
async fn a_part_is_paid_and_what_cannot_be_is_explained() {
    assert_eq!(play("parts").await, 1);
}
