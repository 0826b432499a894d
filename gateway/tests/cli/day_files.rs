//! Billers' files of the day, as the simulated billers write them, with everything that can be wrong with
//! them: by the real program, on both engines.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi::gateway::Gateway;
use jiaozi::reconciliation::asking;
use jiaozi::telemetry::Metrics;
use jiaozi::trial::billers::day_file::{Day, DayFile, Line, Slip};
use jiaozi::trial::billers::huaran_gas::HuaranGas;
use jiaozi::trial::billers::minbei_power::MinbeiPower;
use jiaozi::trial::billers::nanhu_college::NanhuCollege;
use jiaozi::trial::billers::office::{Bill, Customer};
use jiaozi::trial::billers::order::{Order, Outcome, Verb};
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::protocol::Protocol;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;
use jiaozi::utility::billers::Billers;
use jiaozi_adapters::utility::accept::{Accept, References};
use jiaozi_adapters::utility::hear::Hear;
use jiaozi_adapters::utility::quote::{Due, quote};
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::{Scope, Verdict};
use jiaozi_ledger::instruction::{
    Instruction, InstructionLine, InstructionState, News, Said, Step,
};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::check;
use jiff::civil::{Date, date};
use serde_json::Value;

use crate::support::{Done, MORNING, Place, instant, path, payer};

const DAY: Date = date(2036, 11, 20);
const NEXT: Date = date(2036, 11, 21);
/// When the files of both days can have come.
const LATER: &str = "2036-11-23T02:00:00Z";

const BILLERS: [&str; 4] = ["rongjiang-water", "minbei-power", "huaran-gas", "nanhu-college"];

fn protocol(code: &str) -> Box<dyn Protocol> {
    let key = b"key".to_vec();
    match code {
        "rongjiang-water" => Box::new(RongjiangWater),
        "minbei-power" => Box::new(MinbeiPower { key }),
        "huaran-gas" => Box::new(HuaranGas { key }),
        _ => Box::new(NanhuCollege { key }),
    }
}

/// Books with payments to a biller.
struct Books {
    place: Place,
    gateway: Gateway,
    code: &'static str,
    payer: AccountRef,
    paid: u64,
}

impl Books {
    async fn of(place: Place, code: &'static str) -> Books {
        place.run(&["sandbox", "create"]).well();
        let gateway = place.gateway().await;
        gateway.store.move_time(instant(MORNING)).await.unwrap();
        let payer = payer(&gateway, "li").await;
        Books { place, gateway, code, payer, paid: 0 }
    }

    /// Pays, and hears what the biller says; gives our reference.
    async fn pay(&mut self, fen: i64, heard: Option<Said>) -> String {
        self.paid += 1;
        let biller = Arc::clone(self.gateway.partners.biller(self.code).unwrap());
        let line = InstructionLine {
            label: "本期".to_owned(),
            period: String::new(),
            principal: Fen(fen),
            late_fee: Fen::ZERO,
        };
        let due = Due { lines: vec![line], total: Fen(fen), carried: BTreeMap::new() };
        let now = self.gateway.now().await.unwrap();
        let customer = format!("{:010}", self.paid);
        let quote = quote(&biller, &customer, due, uuid::Uuid::new_v4(), now).unwrap();
        let reference = |number| biller.reference.write(number).unwrap();
        let references = References {
            instruction: reference(self.paid * 2),
            reversal: reference(self.paid * 2 + 1),
        };
        let our = references.instruction.clone();
        let scope = |operation, key: &str| Scope {
            partner: "mobile-bank".to_owned(),
            operation,
            key: key.to_owned(),
        };
        let accept = Accept {
            scope: scope(Accept::OPERATION, &our),
            biller: Arc::clone(&biller),
            channel: "mobile-bank".to_owned(),
            quote,
            payer: self.payer.clone(),
            reference: None,
            order: None,
            references,
        };
        let reply = self.gateway.submit(accept).await.unwrap();
        assert_eq!(reply.verdict, Verdict::Done, "{:?}", String::from_utf8(reply.answer.body));
        if let Some(said) = heard {
            let news = News::Answered(said);
            let instruction = self.instruction(&our).await;
            let hear = Hear {
                scope: scope(Hear::OPERATION, &Hear::key(instruction.id, news, 0)),
                biller,
                instruction: instruction.id,
                news,
                tried: 0,
                their_reference: None,
                reason: None,
            };
            assert_eq!(self.gateway.submit(hear).await.unwrap().verdict, Verdict::Done);
        }
        our
    }

    async fn instruction(&self, reference: &str) -> Instruction {
        let key = vec![Cell::Text(format!("{}/{reference}", self.code))];
        self.gateway.store.first("reference_key = $2", key).await.unwrap().unwrap()
    }

    /// Nobody answers until the schedule is at its end.
    async fn until_nobody_is_asked(&self, reference: &str) {
        let biller = self.gateway.partners.biller(self.code).unwrap();
        loop {
            let instruction = self.instruction(reference).await;
            let news = match instruction.step {
                Step::Rest => return,
                Step::Reverse => News::Reversal(Said::Nothing),
                Step::Ask | Step::Await => News::Queried(Said::Nothing),
            };
            let tried = instruction.tries;
            let hear = Hear {
                scope: Scope {
                    partner: "worker".to_owned(),
                    operation: Hear::OPERATION,
                    key: Hear::key(instruction.id, news, tried),
                },
                biller: Arc::clone(biller),
                instruction: instruction.id,
                news,
                tried,
                their_reference: None,
                reason: None,
            };
            self.gateway.submit(hear).await.unwrap();
        }
    }

    async fn state(&self, reference: &str) -> InstructionState {
        self.instruction(reference).await.state
    }

    /// What the biller's file has of our payments, if it has all that are done, with what is wrong.
    async fn file(&self, slips: &[Slip]) -> DayFile {
        let done = vec![Cell::Text(self.code.to_owned()), Cell::Int(InstructionState::Done.code())];
        let clause = "partner = $2 and state = $3 order by reference_key";
        let all: Vec<Instruction> = self.gateway.store.find(clause, done).await.unwrap();
        let lines = all.iter().map(|one| line(one.reference(), one.amount.0)).collect();
        self.written(DAY, lines, slips)
    }

    fn written(&self, date: Date, lines: Vec<Line>, slips: &[Slip]) -> DayFile {
        protocol(self.code).day_file(&Day::with(date, lines, slips))
    }

    fn import(&self, file: &DayFile) -> Done {
        let place = self.place.file(&file.name, &file.bytes);
        let arguments =
            ["file", "import", "statement", "--partner", self.code, path(&place), "--json"];
        self.place.run(&arguments)
    }

    /// Imports the files of both days: the first with something wrong, the second empty.
    async fn both_days(&self, slips: &[Slip]) -> Value {
        self.gateway.store.move_time(instant(LATER)).await.unwrap();
        self.import(&self.file(slips).await).well();
        self.import(&self.written(NEXT, Vec::new(), &[])).well();
        self.breaks()
    }

    fn breaks(&self) -> Value {
        self.place.run(&["break", "list", "--all", "--json"]).well().json()
    }

    async fn suspense(&self) -> i64 {
        let code = format!("suspense:unexplained:{}", self.code);
        self.gateway.store.account(&code).await.unwrap().unwrap().posted.0
    }

    /// All invariants hold, and what is unexplained is what the breaks say.
    #[track_caller]
    fn sound(&self, unexplained: i64) -> impl Future<Output = ()> {
        let store = self.gateway.store.clone();
        async move {
            let (invariants, totals) = check::check(&store, &mut |_| {}).await.unwrap();
            for one in invariants {
                assert!(one.holds, "{} {}: {}", one.name, one.says, one.found);
            }
            assert_eq!(totals.unexplained_fen, unexplained);
        }
    }
}

fn line(reference: &str, amount_fen: i64) -> Line {
    Line {
        reference: reference.to_owned(),
        customer: "0012345678".to_owned(),
        amount_fen,
        at: DAY.at(10, 15, 30, 0),
        paid: true,
        slipped: false,
    }
}

/// Kind, cause, amounts and what is booked of each break, by reference.
fn found(breaks: &Value) -> BTreeMap<String, (String, String, i64, i64, i64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fen = |value: &Value| value.as_i64().unwrap();
    let all = breaks["breaks"].as_array().unwrap().iter();
    all.map(|one| {
        let figures = (
            text(&one["kind"]),
            text(&one["cause"]),
            fen(&one["ours_fen"]),
            fen(&one["theirs_fen"]),
            fen(&one["booked_fen"]),
        );
        (text(&one["reference"]), figures)
    })
    .collect()
}

fn is(kind: &str, cause: &str, figures: [i64; 3]) -> (String, String, i64, i64, i64) {
    (kind.to_owned(), cause.to_owned(), figures[0], figures[1], figures[2])
}

async fn every_slip_is_found(place: Place, code: &'static str) {
    let mut books = Books::of(place, code).await;
    let mut done = Vec::new();
    for nth in 0..5 {
        done.push(books.pay(10_000 + nth, Some(Said::Done)).await);
    }
    let stranger = books.gateway.partners.biller(code).unwrap().reference.write(900).unwrap();
    let slips = [
        Slip::Missing(done[1].clone()),
        Slip::TooMany(line(&stranger, 7_700)),
        Slip::WrongAmount(done[2].clone(), -602),
        Slip::WrongStatus(done[3].clone()),
    ];
    let breaks = books.both_days(&slips).await;
    let found = found(&breaks);
    let mut expected = BTreeMap::from([
        (done[1].clone(), is("only_ours", "not_listed", [10_001, 0, 10_001])),
        (stranger, is("only_theirs", "unknown_reference", [0, 7_700, -7_700])),
        (done[2].clone(), is("amount", "other_amount", [10_002, 9_400, 602])),
    ]);
    let mut unexplained = 10_001 + 7_700 + 602;
    // The power company's file tells no status.
    if code != "minbei-power" {
        let cause = if code == "rongjiang-water" { "reversed_there" } else { "not_paid_there" };
        expected.insert(done[3].clone(), is("status", cause, [10_003, 10_003, 0]));
        unexplained += 10_003;
    }
    assert_eq!(found, expected, "{code}");
    assert_eq!(breaks["unexplained_fen"], unexplained);
    assert_eq!(breaks["partners"][code]["ages"]["today_fen"], unexplained);
    assert_eq!(books.suspense().await, 10_001 - 7_700 + 602, "booked, and never netted above");
    books.sound(unexplained).await;

    // A corrected file takes everything back; the first one once more changes nothing.
    let corrected = books.import(&books.file(&[]).await).well().json();
    assert_eq!(corrected["number"], 1);
    assert_eq!(
        (&corrected["day"]["matched"], &corrected["day"]["resolved"]),
        (&5.into(), &expected.len().into())
    );
    assert_eq!((books.breaks()["unexplained_fen"].as_i64(), books.suspense().await), (Some(0), 0));
    books.sound(0).await;
    let again = books.import(&books.file(&slips).await).well().json();
    assert_eq!((&again["repeated"], &again["superseded"]), (&true.into(), &true.into()));
    books.sound(0).await;
}

#[tokio::test]
async fn every_slip_is_found_and_a_correction_takes_it_back() {
    for code in BILLERS {
        every_slip_is_found(Place::empty(), code).await;
    }
}

#[tokio::test]
async fn every_slip_is_found_on_postgres_too() {
    for code in BILLERS {
        let Some(place) = Place::empty_on_postgres().await else { return };
        every_slip_is_found(place, code).await;
    }
}

#[tokio::test]
async fn a_file_that_does_not_balance_or_read_is_refused_whole() {
    for code in BILLERS {
        let mut books = Books::of(Place::empty(), code).await;
        let one = books.pay(10_000, Some(Said::Done)).await;
        books.gateway.store.move_time(instant(LATER)).await.unwrap();
        let refused = |file: &DayFile, why: &str| {
            let done = books.import(file);
            assert_eq!(done.code, Some(1), "{}", done.both());
            assert!(done.err.contains(why), "{code}, expected {why:?}: {}", done.both());
            assert!(done.err.contains("nothing of it was taken"), "{}", done.both());
        };
        refused(&books.file(&[Slip::WrongTotals]).await, "the file states");
        refused(&books.file(&[Slip::NoBytes]).await, "ends");
        let twice = Slip::TooMany(line(&one, 10_000));
        refused(&books.file(&[twice]).await, "each reference once");
        let mut torn = books.file(&[]).await;
        let text = String::from_utf8_lossy(&torn.bytes).replace("100", "1OO");
        torn.bytes = text.into_bytes();
        refused(&torn, "expected");
        let after = protocol(code).day_file(&Day::with(date(2036, 12, 1), Vec::new(), &[]));
        refused(&after, "is not over");
        let named = DayFile { name: "renamed.txt".to_owned(), ..books.file(&[]).await };
        refused(&named, "nothing says of which clearing date");
        let files = "select count(*) from statements where book = $1";
        assert_eq!(books.gateway.store.number(files, vec![Cell::Int(1)]).await, Ok(0));
        books.sound(0).await;
    }
}

#[tokio::test]
async fn columns_may_come_in_another_order_where_they_have_names() {
    let mut books = Books::of(Place::empty(), "huaran-gas").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    let file = books.file(&[]).await;
    let text = format!(
        "status,paidAt,requestId,amount,accountNo\n\
         SUCCESS,2036-11-20T10:15:30+08:00,{one},100.00,0012345678\nTOTAL,1,100.00,,\n"
    );
    let day = books.import(&DayFile { bytes: text.into_bytes(), ..file }).well().json();
    assert_eq!(day["day"]["matched"], 1);
    let missing = "status,requestId,accountNo,paidAt\n";
    let named = DayFile { name: "gas_2036-11-21.csv".to_owned(), bytes: missing.into() };
    let done = books.import(&named);
    assert!(done.err.contains("a column named amount"), "{}", done.both());
}

#[tokio::test]
async fn the_same_file_twice_has_one_effect_and_files_may_come_in_any_order() {
    let mut books = Books::of(Place::empty(), "minbei-power").await;
    let here = books.pay(10_000, Some(Said::Done)).await;
    let later = books.pay(5_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    // At their cut-off one of them fell into the next day, whose file comes first.
    let next = books.written(NEXT, vec![line(&later, 5_000)], &[]);
    books.import(&next).well();
    assert_eq!(books.breaks()["breaks"], serde_json::json!([]));
    let first = books.file(&[Slip::Missing(later.clone())]).await;
    let day = books.import(&first).well().json();
    assert_eq!(
        (&day["day"]["matched"], &day["day"]["breaks"]),
        (&1.into(), &serde_json::json!({}))
    );
    let before = books.gateway.store.head().await.unwrap().seq;
    let again = books.import(&first).well().json();
    assert_eq!(again["repeated"], true);
    let by_hand = books.gateway.store.head().await.unwrap().seq - before;
    assert_eq!(by_hand, 0, "nothing but what was recorded");
    assert_eq!(books.state(&here).await, InstructionState::Done);
    books.sound(0).await;
}

#[tokio::test]
async fn at_the_cut_off_a_payment_waits_for_the_file_of_the_next_day() {
    let mut books = Books::of(Place::empty(), "minbei-power").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    books.import(&books.file(&[Slip::Empty]).await).well();
    let waits = found(&books.breaks());
    assert_eq!(waits[&one], is("only_ours", "cut_off", [10_000, 0, 0]));
    books.sound(10_000).await;
    books.import(&books.written(NEXT, vec![line(&one, 10_000)], &[])).well();
    assert_eq!(books.breaks()["breaks"][0]["resolution"], "evidence");
    // The file of yet another day has it too: paid twice, by what they say.
    let again = books.written(date(2036, 11, 22), vec![line(&one, 10_000)], &[]);
    books.import(&again).well();
    assert_eq!(books.suspense().await, -10_000);
    books.sound(10_000).await;
}

#[tokio::test]
async fn presence_decides_what_nobody_knew_and_absence_only_asks_a_last_time() {
    let mut books = Books::of(Place::empty(), "minbei-power").await;
    let there = books.pay(10_000, Some(Said::Nothing)).await;
    let absent = books.pay(5_000, Some(Said::Nothing)).await;
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    books.import(&books.written(DAY, vec![line(&there, 10_000)], &[])).well();
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    assert_eq!(books.state(&there).await, InstructionState::Done);
    assert_eq!(books.state(&absent).await, InstructionState::Unknown);
    let open = books.breaks();
    assert_eq!(found(&open)[&absent], is("unknown", "status_not_known", [5_000, 0, 0]));
    assert_eq!(open["unexplained_fen"], 5_000, "not twice");
    books.sound(5_000).await;

    // Two operators rule; the same one cannot.
    let id = open["breaks"][0]["break"].as_str().unwrap().to_owned();
    let propose = ["break", "propose", &id, "--not-done", "--reason", "x", "--operator", "li"];
    let proposed = books.place.run(&propose).well().json();
    let approval = proposed["approval"].as_str().unwrap();
    let approve = |by: &str| books.place.run(&["approval", "approve", approval, "--operator", by]);
    assert_eq!(approve("li").code, Some(1));
    approve("wang").well();
    assert_eq!(books.state(&absent).await, InstructionState::Reversed);
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    assert_eq!(books.breaks()["breaks"][0]["resolution"], "evidence");
    books.sound(0).await;
}

/// A biller on the network, and the lines to it.
async fn reached(books: &Books) -> (Biller, Billers) {
    let biller = Biller::start(RongjiangWater, date(2036, 11, 23).at(10, 0, 0, 0), None);
    let biller = biller.await.unwrap();
    let addresses = format!("{}={}", books.code, biller.address());
    let config = books.place.config_with(&[("OUTBOUND_ADDRESSES", &addresses)]);
    let metrics = Metrics::new("test").unwrap();
    let billers = Billers::open(&books.gateway, &config.outbound, &metrics.meter()).unwrap();
    (biller, billers)
}

#[tokio::test]
async fn a_last_query_decides_what_no_file_has_and_silence_decides_nothing() {
    for (truly_done, state, kind) in [
        (false, InstructionState::Reversed, None),
        (true, InstructionState::Done, Some("only_ours")),
    ] {
        let mut books = Books::of(Place::empty(), "rongjiang-water").await;
        let one = books.pay(10_000, Some(Said::Nothing)).await;
        books.gateway.store.move_time(instant(LATER)).await.unwrap();
        books.until_nobody_is_asked(&one).await;
        books.import(&books.written(DAY, Vec::new(), &[])).well();
        assert!(waiting(&books).await.is_none(), "the file of the next day is not there");
        books.import(&books.written(NEXT, Vec::new(), &[])).well();
        let (biller, billers) = reached(&books).await;
        if truly_done {
            let number = "0012345678".to_owned();
            let customer =
                Customer { number: number.clone(), name: "林".to_owned(), repeats: String::new() };
            let bill = Bill {
                id: "B".to_owned(),
                fee: "水费".to_owned(),
                period: "203611".to_owned(),
                amount_fen: 10_000,
                late_fee_fen: 0,
            };
            biller.office().bill(customer, vec![bill]);
            let order = Order {
                verb: Verb::Pay,
                reference: one.clone(),
                sent_on: Some(DAY),
                customer: Some(number),
                amount_fen: Some(10_000),
                bills: None,
                repeats: Some(String::new()),
                echo: Vec::new(),
            };
            let booked = biller.office().carry_out(&order, false);
            assert!(matches!(booked, Outcome::Booked { .. }), "{booked:?}");
        }
        biller.down().await;
        let (found, ours) = waiting(&books).await.unwrap();
        asking::bring_on(&books.gateway, &billers, &found, &ours).await.unwrap();
        assert_eq!(books.state(&one).await, InstructionState::Unknown, "nobody has answered");
        biller.up().await.unwrap();
        asking::bring_on(&books.gateway, &billers, &found, &ours).await.unwrap();
        assert_eq!(books.state(&one).await, state);
        let breaks = books.breaks();
        let resolved = breaks["breaks"][0]["resolution"] == "evidence";
        assert_eq!(resolved, kind.is_none(), "{breaks}");
        if let Some(kind) = kind {
            assert_eq!(self::found(&breaks)[&one], is(kind, "not_listed", [10_000, 0, 10_000]));
        }
        books.sound(if truly_done { 10_000 } else { 0 }).await;
    }
}

/// The one break whose payment is to be asked for now.
async fn waiting(books: &Books) -> Option<(Break, Instruction)> {
    let found = asking::waiting(&books.gateway).await.unwrap().pop()?;
    let ours = asking::ready(&books.gateway, &found).await.unwrap()?;
    Some((found, ours))
}

#[tokio::test]
async fn an_owner_lowers_nothing_and_two_operators_move_what_is_explained() {
    let mut books = Books::of(Place::empty(), "rongjiang-water").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    let open = books.both_days(&[Slip::Missing(one)]).await;
    let id = open["breaks"][0]["break"].as_str().unwrap().to_owned();
    books.place.run(&["break", "own", &id, "--owner", "li.wei"]).well();
    let owned = books.place.run(&["break", "show", &id]).well().json();
    assert_eq!((&owned["owner"], &owned["unexplained_fen"]), (&"li.wei".into(), &10_000.into()));
    let report = books.place.run(&["day", "report", "--date", "2036-11-20", "--json"]);
    assert_eq!(report.code, Some(1), "{}", report.both());
    let report = report.json();
    let billers = report["billers"].as_array().unwrap();
    let water = billers.iter().find(|one| one["partner"] == "rongjiang-water").unwrap();
    assert_eq!(water["breaks"], serde_json::json!({"only_ours": 1}));
    assert_eq!(report["unexplained_fen"], 10_000);
    assert_eq!(report["unexplained"]["rongjiang-water"]["ages"]["today_fen"], 10_000);
    let propose = [
        "break",
        "propose",
        &id,
        "--account",
        "deposit:li",
        "--reason",
        "their letter",
        "--operator",
        "li",
    ];
    let proposed = books.place.run(&propose).well().json();
    let approval = proposed["approval"].as_str().unwrap();
    let approve = |by: &str| books.place.run(&["approval", "approve", approval, "--operator", by]);
    assert_eq!(approve("li").code, Some(1));
    assert_eq!(books.suspense().await, 10_000);
    approve("wang").well();
    let resolved = books.place.run(&["break", "show", &id]).well().json();
    assert_eq!(
        (&resolved["resolution"], &resolved["approval"]),
        (&"approved".into(), &approval.into())
    );
    assert_eq!(books.suspense().await, 0);
    books.sound(0).await;
}

#[tokio::test]
async fn whoever_changes_what_is_in_suspense_behind_the_books_is_found() {
    let mut books = Books::of(Place::empty(), "rongjiang-water").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.both_days(&[Slip::Missing(one)]).await;
    let execute = async |sql: &str| {
        let (mut unit, _) = books.gateway.store.engine().begin().await.unwrap();
        assert!(unit.execute(sql.to_owned(), vec![Cell::Int(1)]).await.unwrap() > 0, "{sql}");
        unit.commit().await.unwrap();
    };
    for (change, back) in [
        (
            "update breaks set booked_fen = booked_fen - 1 where book = $1",
            "update breaks set booked_fen = booked_fen + 1 where book = $1",
        ),
        (
            "update breaks set moved_fen = 1 where book = $1",
            "update breaks set moved_fen = 0 where book = $1",
        ),
        (
            "update instructions set state = 1 where book = $1",
            "update instructions set state = 3 where book = $1",
        ),
        (
            "update statements set taken = lines + 1 where book = $1",
            "update statements set taken = lines where book = $1",
        ),
    ] {
        execute(change).await;
        let (all, _) = check::check(&books.gateway.store, &mut |_| {}).await.unwrap();
        let broken: Vec<&str> = all.iter().filter(|one| !one.holds).map(|one| one.name).collect();
        assert_eq!(broken, ["I5"], "{change}");
        execute(back).await;
        books.sound(10_000).await;
    }
}

#[tokio::test]
async fn no_correction_by_hand_touches_what_belongs_to_open_items() {
    let mut books = Books::of(Place::empty(), "rongjiang-water").await;
    let one = books.pay(10_000, Some(Said::Done)).await;
    books.both_days(&[Slip::Missing(one)]).await;
    let suspense = "suspense:unexplained:rongjiang-water";
    let adjust = ["account", "adjust", "--debit", suspense, "--credit", "deposit:li", "--fen", "1"];
    let by_li = ["--reason", "x", "--operator", "li"];
    let proposed = books.place.run(&[&adjust[..], &by_li[..]].concat()).well().json();
    let approval = proposed["approval"].as_str().unwrap();
    let approved = books.place.run(&["approval", "approve", approval, "--operator", "wang"]);
    assert!(
        approved.code == Some(1) && approved.err.contains("account_of_items"),
        "{}",
        approved.both()
    );
    books.sound(10_000).await;
}
