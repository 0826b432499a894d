//! One biller, one channel and some payers to try the scene with.

use std::sync::Arc;

use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::id::{BatchId, MandateId};
use jiaozi_ledger::mandate::{Again, Limits, Partial, Word};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::withholding::{Batch, BatchLine, LineOutcome, LineState};
use jiff::civil::date;

use crate::books::{Books, Said};
use crate::spec::PartnerSpec;
use crate::spec::calendar::{Calendar, Calendars};
use crate::utility::biller::Biller;
use crate::withholding::change::Change;
use crate::withholding::claimant::Claimant;
use crate::withholding::finish::{Finish, HandOver};
use crate::withholding::load::{Claim, Load};
use crate::withholding::present::Present;
use crate::withholding::receive::{FileOfClaims, Receive, Reject};
use crate::withholding::say::Say;
use crate::withholding::sign::Sign;

pub const SETTLEMENT: &str = "partner:minbei-power:settlement";

const SPEC: &str = include_str!("../../../../partner-specs/minbei-power/partner.toml");
const CALENDAR: &str = include_str!("../../../../partner-specs/calendars/cn-bank.toml");

/// The biller that is shipped, whose files are run when they come.
fn specified() -> (PartnerSpec, Biller) {
    let calendar = Calendar::parse("calendar", CALENDAR).expect("a calendar");
    let calendars: Calendars = [calendar].into_iter().collect();
    let text = SPEC.replace("run = \"next_working_day\"", "run = \"on_arrival\"");
    let spec = PartnerSpec::parse("partner.toml", &text, &calendars).expect("a specification");
    let biller = Biller::of(&spec, &calendars).expect("a biller");
    (spec, biller)
}

pub fn biller() -> Arc<Biller> {
    Arc::new(specified().1)
}

pub fn claimant() -> Arc<Claimant> {
    let (spec, biller) = specified();
    Arc::new(Claimant::of(&spec, &biller).expect("a section [withholding]"))
}

pub fn limits() -> Limits {
    Limits {
        of_debit: Fen(30_000),
        of_month: Some(Fen(50_000)),
        valid_from: date(2026, 1, 1),
        valid_to: Some(date(2027, 12, 31)),
        partial: Partial::None,
        again: Again::default(),
    }
}

pub struct Town {
    pub books: Books,
    pub claimant: Arc<Claimant>,
    keys: u32,
}

impl Town {
    /// Payers `deposit:1` … `deposit:4` with 500 yuan each.
    pub fn new() -> Town {
        let accounts = [
            ("deposit:1", 50_000),
            ("deposit:2", 50_000),
            ("deposit:3", 50_000),
            ("deposit:4", 50_000),
            (SETTLEMENT, 0),
            ("suspense:unexplained:minbei-power", 0),
        ];
        let books = Books::new("2026-11-25T10:00:00+08:00", &accounts);
        Town { books, claimant: claimant(), keys: 0 }
    }

    fn scope(&mut self, operation: &'static str) -> Scope {
        self.keys += 1;
        Scope { partner: "mobile-bank".to_owned(), operation, key: self.keys.to_string() }
    }

    pub fn sign(&mut self, contract: &str, account: &str, limits: Limits) -> Said {
        let command = Sign {
            scope: self.scope(Sign::OPERATION),
            claimant: Arc::clone(&self.claimant),
            channel: "mobile-bank".to_owned(),
            contract: contract.to_owned(),
            payer: AccountRef::Code(account.to_owned()),
            name_index: name(account),
            limits,
        };
        self.books.run(&command)
    }

    pub fn change(&mut self, channel: &str, mandate: MandateId, limits: Limits) -> Said {
        let scope = self.scope(Change::OPERATION);
        let claimant = Arc::clone(&self.claimant);
        self.books.run(&Change { scope, claimant, channel: channel.to_owned(), mandate, limits })
    }

    pub fn say(&mut self, channel: &str, mandate: MandateId, word: Word) -> Said {
        let scope = self.scope(Say::operation(word));
        self.books.run(&Say { scope, channel: channel.to_owned(), mandate, word })
    }

    pub fn file(hash: &str, name: &str, claims: &[Claim]) -> FileOfClaims {
        FileOfClaims {
            hash: hash.to_owned(),
            name: name.to_owned(),
            by: "minbei-power".to_owned(),
            bytes: 1,
            lines: claims.len() as i64,
            sum: Fen(claims.iter().map(|claim| claim.amount.0).sum()),
        }
    }

    pub fn receive(&mut self, file: FileOfClaims) -> Said {
        let command = Receive::new(Arc::clone(&self.claimant), file);
        self.books.run(&command)
    }

    pub fn reject(&mut self, file: FileOfClaims) -> Said {
        let command = Reject::new(Arc::clone(&self.claimant), file, 3);
        self.books.run(&command)
    }

    pub fn load(&mut self, batch: BatchId, before: i64, claims: &[Claim]) -> Said {
        let command = Load::new(Arc::clone(&self.claimant), batch, before, claims.to_vec());
        self.books.run(&command)
    }

    /// Receives and loads a file.
    pub fn hand_in(&mut self, hash: &str, claims: &[Claim]) -> BatchId {
        let said = self.receive(Town::file(hash, hash, claims)).done();
        let batch = batch(&said);
        self.load(batch, 0, claims).done();
        batch
    }

    pub fn lines(&self, batch: BatchId) -> Vec<BatchLine> {
        let mut lines: Vec<BatchLine> =
            self.books.batch_lines.values().filter(|line| line.batch == batch).cloned().collect();
        lines.sort_by_key(|line| line.line);
        lines
    }

    pub fn present(&mut self, line: BatchLine) -> Said {
        let hash = self.batch(line.batch).hash().to_owned();
        let command = Present::new(Arc::clone(&self.claimant), &hash, line);
        self.books.run(&command)
    }

    /// Presents every line that is open, and finishes the batch.
    pub fn run(&mut self, batch: BatchId) -> Vec<LineOutcome> {
        for line in self.lines(batch) {
            if line.state == LineState::New {
                self.present(line).done();
            }
        }
        self.books.run(&Finish::new(Arc::clone(&self.claimant), batch)).done();
        self.outcomes(batch)
    }

    pub fn outcomes(&self, batch: BatchId) -> Vec<LineOutcome> {
        self.lines(batch).iter().filter_map(|line| line.outcome).collect()
    }

    pub fn hand_over(&mut self, batch: BatchId) -> Said {
        let command = HandOver::new(Arc::clone(&self.claimant), batch);
        self.books.run(&command)
    }

    pub fn batch(&self, batch: BatchId) -> &Batch {
        &self.books.batches[&batch.0]
    }
}

/// The index of the name of an account's holder.
pub fn name(account: &str) -> Vec<u8> {
    format!("holder of {account}").into_bytes()
}

pub fn batch(said: &Said) -> BatchId {
    serde_json::from_value(said.body["batch"].clone()).expect("a batch")
}

pub fn mandate(said: &Said) -> MandateId {
    serde_json::from_value(said.body["mandate"].clone()).expect("a mandate")
}

/// A claim on line `line`.
pub fn claim(line: i64, contract: &str, account: &str, amount: i64) -> Claim {
    Claim {
        line,
        number: format!("{line:04}"),
        contract: contract.to_owned(),
        account: account.to_owned(),
        name_index: name(account),
        period: "2026-11".to_owned(),
        amount: Fen(amount),
    }
}
