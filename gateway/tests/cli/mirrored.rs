//! A bank with an account of ours elsewhere, for the tests of its statements.

use std::sync::Arc;

use jiaozi::gateway::Gateway;
use jiaozi_ledger::command::{AccountRef, Post};
use jiaozi_ledger::decision::{Command, Scope, Verdict};
use jiaozi_ledger::money::{Fen, Side};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use serde_json::{Value, json};

use crate::support::{Done, Place, instant, path, payer, shipped};

pub const NUMBER: &str = "6222000011112222";

/// A sandbox with the shipped examples of accounts, on a day of 2036.
pub struct Bank {
    pub place: Place,
    pub gateway: Gateway,
}

impl Bank {
    pub async fn of(place: Place) -> Bank {
        std::fs::create_dir_all(place.path("partners/accounts")).unwrap();
        for name in ["core-bank", "wechat-pay"] {
            let example = shipped().join(format!("examples/{name}.toml"));
            let text = std::fs::read_to_string(example).unwrap();
            let text = text
                .replace("2026-11-01", "2036-11-20")
                .replace("calendar = \"cn-bank\"", "calendar = \"every-day\"")
                .replace("ours = [\"end_to_end\",", "ours = [\"idempotency_key\",")
                .replace("ours = [\"reference\"]", "ours = [\"idempotency_key\"]");
            place.file(&format!("partners/accounts/{name}.toml"), text);
        }
        place.run(&["sandbox", "create"]).well();
        let gateway = place.gateway().await;
        let bank = Bank { place, gateway };
        bank.day("2036-11-17").await;
        // 100,000 yuan from before reconciliation begins.
        payer(&bank.gateway, "1001").await;
        bank.day("2036-11-20").await;
        bank
    }

    /// Moves the time to noon of a day there.
    pub async fn day(&self, day: &str) {
        let noon = instant(&format!("{day}T04:00:00Z"));
        self.gateway.store.move_time(noon).await.unwrap();
    }

    /// Posts what comes in at the core, or goes out of it, under a reference.
    pub async fn post(&self, reference: &str, fen: i64) {
        self.post_on("core:clearing", reference, fen).await;
    }

    /// The same on another account.
    pub async fn post_on(&self, account: &str, reference: &str, fen: i64) {
        let reply = self.gateway.submit(posting(account, reference, fen)).await.unwrap();
        assert_eq!(reply.verdict, Verdict::Done);
    }

    /// Posts many, a few hundred a commit.
    pub async fn post_many(&self, all: &[(String, i64)]) {
        for part in all.chunks(500) {
            let posts: Vec<Arc<dyn Command>> = part
                .iter()
                .map(|(reference, fen)| {
                    Arc::new(posting("core:clearing", reference, *fen)) as Arc<dyn Command>
                })
                .collect();
            for reply in self.gateway.store.run(&posts).await {
                assert_eq!(reply.unwrap().verdict, Verdict::Done);
            }
        }
    }

    pub fn import(&self, name: &str, text: &str) -> Done {
        let file = self.place.file(name, text);
        self.place.run(&["file", "import", "statement", path(&file), "--json"])
    }

    /// The account after an import.
    pub fn imported(&self, name: &str, text: &str) -> Value {
        let taken = self.import(name, text).well().json();
        let account = taken["accounts"][0].clone();
        // The difference of both balances is what is open, to the fen.
        if account["balances"].is_object() {
            assert_eq!(account["balances"]["rest_fen"], 0, "{account}");
        }
        account
    }

    /// Open breaks: reference, kind, cause, ours, theirs, unexplained, booked.
    pub fn breaks(&self) -> Vec<Value> {
        let list = self.place.run(&["break", "list", "--json"]).well().json();
        let told = |one: &Value| {
            json!([
                one["reference"],
                one["kind"],
                one["cause"],
                one["ours_fen"],
                one["theirs_fen"],
                one["unexplained_fen"],
                one["booked_fen"]
            ])
        };
        let mut all: Vec<Value> = list["breaks"].as_array().unwrap().iter().map(told).collect();
        all.sort_by_key(ToString::to_string);
        all
    }

    pub fn unexplained(&self) -> i64 {
        let list = self.place.run(&["break", "list", "--json"]).well().json();
        list["unexplained_fen"].as_i64().unwrap()
    }

    pub fn id_of(&self, reference: &str) -> String {
        let list = self.place.run(&["break", "list", "--json"]).well().json();
        let all = list["breaks"].as_array().unwrap();
        let one = all.iter().find(|one| one["reference"] == reference);
        one.unwrap_or_else(|| panic!("{reference}: {list}"))["break"].as_str().unwrap().to_owned()
    }

    /// Proposes a resolution as one operator.
    pub fn propose(&self, id: &str, more: &[&str]) -> Done {
        let propose = ["break", "propose", id, "--reason", "their letter", "--operator", "li"];
        self.place.run(&[&propose[..], more].concat())
    }

    pub fn approve(&self, approval: &str, by: &str) -> Done {
        self.place.run(&["approval", "approve", approval, "--operator", by])
    }

    pub fn check(&self) -> Done {
        self.place.run(&["check"])
    }

    pub async fn execute(&self, sql: &str) {
        let (mut unit, _) = self.gateway.store.engine().begin().await.unwrap();
        let changed = unit.execute(sql.to_owned(), vec![Cell::Int(BOOK)]).await.unwrap();
        unit.commit().await.unwrap();
        assert!(changed > 0, "{sql}: changes nothing");
    }
}

/// What moves money on an account of ours, against a payer.
fn posting(account: &str, reference: &str, fen: i64) -> Post {
    let (core, payer) = match fen > 0 {
        true => (Side::Debit, Side::Credit),
        false => (Side::Credit, Side::Debit),
    };
    let line = |code: &str, side| (AccountRef::Code(code.to_owned()), side, Fen(fen.abs()));
    let scope =
        Scope { partner: "operator".to_owned(), operation: "test.post", key: reference.to_owned() };
    let lines = vec![line(account, core), line("deposit:1001", payer)];
    Post { scope, lines, effective_at: None }
}

fn amount(fen: i64) -> String {
    format!("{},{:02}", fen.abs() / 100, fen.abs() % 100)
}

fn mark(fen: i64) -> &'static str {
    if fen < 0 { "D" } else { "C" }
}

/// An MT940 statement of a day: what moved with its type and reference, from a balance on.
pub fn mt940(number: u32, day: &str, opening: i64, lines: &[(i64, &str, &str)]) -> String {
    let short = &day.replace('-', "")[2..];
    let before: u32 = short.parse::<u32>().unwrap() - 1;
    let mut text = format!(
        ":20:S{number}\n:25:{NUMBER}\n:28C:{number}/1\n:60F:{}{before}CNY{}\n",
        mark(opening),
        amount(opening)
    );
    let mut closing = opening;
    for (nth, (fen, kind, reference)) in lines.iter().enumerate() {
        let (way, sum) = (mark(*fen), amount(*fen));
        text.push_str(&format!(
            ":61:{short}{}{way}{sum}{kind}{reference}//B{number}{nth}\n",
            &short[2..]
        ));
        closing += fen;
    }
    text.push_str(&format!(":62F:{}{short}CNY{}\n-\n", mark(closing), amount(closing)));
    text
}

/// What was at the core before reconciliation began, in fen.
pub const OPENING: i64 = 10_000_000;

/// A day on which four things differ, and one is on its way.
pub async fn a_day(place: Place) -> Bank {
    let bank = Bank::of(place).await;
    for (reference, fen) in [("A", 100_000), ("B", -2_500), ("C", -3_000), ("D", -700)] {
        bank.post(reference, fen).await;
    }
    bank.day("2036-11-21").await;
    bank
}

/// Its statement: what it says of C is different.
pub fn first_statement(c: i64) -> String {
    let lines = [
        (100_000, "NTRF", "A"),
        (-2_500, "NTRF", "B"),
        (c, "NTRF", "C"),
        (5_000, "NTRF", "X"),
        (-15, "NCHG", "NONREF"),
    ];
    mt940(1, "2036-11-20", OPENING, &lines)
}

/// A camt.053 statement whose one entry books some of ours together.
pub fn camt053(day: &str, opening: i64, parts: &[(i64, &str)]) -> String {
    let yuan = |fen: i64| format!("{}.{:02}", fen.abs() / 100, fen.abs() % 100);
    let way = |fen: i64| if fen < 0 { "DBIT" } else { "CRDT" };
    let sum: i64 = parts.iter().map(|(fen, _)| fen).sum();
    let balance = |code: &str, fen: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{}</Amt>\
             <CdtDbtInd>{}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>",
            yuan(fen),
            way(fen)
        )
    };
    let details: String = parts
        .iter()
        .map(|(fen, reference)| {
            format!(
                "<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>\
                 <Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{}</CdtDbtInd></TxDtls>\n",
                yuan(*fen),
                way(*fen)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>M1</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr><Stmt><Id>I1</Id>\
         <ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm>\
         <FrToDt><FrDtTm>{day}T00:00:00</FrDtTm><ToDtTm>{day}T23:59:59</ToDtTm></FrToDt>\
         <Acct><Id><Othr><Id>{NUMBER}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{}{}\
         <Ntry><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
         <BookgDt><Dt>{day}</Dt></BookgDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>\
         <SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><Btch><NbOfTxs>{}</NbOfTxs>\
         </Btch>{details}</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>\n",
        balance("OPBD", opening),
        balance("CLBD", opening + sum),
        yuan(sum),
        way(sum),
        parts.len(),
    )
}
