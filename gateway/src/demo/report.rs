//! What came of the day, for programs, and the page of it that people read last.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use jiaozi_adapters::{property, utility};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store};
use serde::Serialize;
use serde_json::Value;

use super::companies::Heard;
use super::notebook::Notebook;
use super::reconcile::Reconciliation;
use super::stage::Stage;
use crate::trial::program::run;

/// Payments of a scene, cancelled ones left out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Payments {
    /// How many.
    pub count: i64,
    /// What payers paid, in fen.
    pub amount_fen: i64,
}

/// The sums of the books.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ledger {
    /// All debits, in fen.
    pub debits_fen: i64,
    /// All credits, in fen.
    pub credits_fen: i64,
}

/// What companies were told.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Webhooks {
    /// Different notices.
    pub notices: usize,
    /// Attempts to deliver them.
    pub attempts: usize,
    /// Attempts that were answered badly or too late.
    pub failures: usize,
    /// Attempts of notices that had been noted.
    pub duplicates: usize,
}

/// The report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// How long the demonstration took.
    pub seconds: f64,
    /// By scene.
    pub payments: BTreeMap<String, Payments>,
    /// Commands that were declined.
    pub declined: i64,
    /// Outcomes that were not known and became known.
    pub unknown_resolved: i64,
    /// The sums of the books.
    pub ledger: Ledger,
    /// Whether each invariant holds.
    pub invariants: BTreeMap<String, bool>,
    /// What the companies and we have alike.
    pub reconciliation: Reconciliation,
    /// People whom the payments have brought.
    pub people: i64,
    /// Leads.
    pub leads: i64,
    /// Accounts that were opened for people whom the scenes brought: 0 until onboarding exists.
    pub accounts_opened: i64,
    /// What companies were told.
    pub webhooks: Webhooks,
    /// How many things were expected.
    pub expectations: u64,
    /// What came otherwise.
    pub unexpected: Vec<String>,
}

/// Payments that stand, and what they come to.
const COUNT: &str = "select count(*) from orders
    where book = $1 and scene = $2 and state in (0, 2, 3)";
const AMOUNT: &str = "select cast(coalesce(sum(amount_fen), 0) as bigint) from orders
    where book = $1 and scene = $2 and state in (0, 2, 3)";

/// Payments whose outcome was not known for a while, and is.
const RESOLVED: &str = "select count(distinct j.subject) from journal j
    join orders o on o.book = j.book and o.id = j.subject
    where j.book = $1 and j.kind = 'payment.unknown' and o.state in (0, 7, 8)";

impl Report {
    /// Reads back what the books say at the end.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn of(
        stage: &Stage,
        store: &Store,
        reconciliation: Reconciliation,
        heard: Heard,
    ) -> anyhow::Result<Report> {
        let count = |sql: &'static str| store.number(sql, vec![Cell::Int(BOOK)]);
        let mut payments = BTreeMap::new();
        for scene in [property::SCENE, utility::SCENE] {
            let of_scene =
                |sql| store.number(sql, vec![Cell::Int(BOOK), Cell::Text(scene.to_owned())]);
            let (count, amount_fen) = (of_scene(COUNT).await?, of_scene(AMOUNT).await?);
            payments.insert(scene.to_owned(), Payments { count, amount_fen });
        }
        let checked = run(&stage.place, ["check", "--json"]).await?;
        stage.notebook.expect("`jiaozi check` ends with", Some(0), checked.code);
        let checked = checked.json()?;
        let invariants: BTreeMap<String, bool> =
            serde_json::from_value(checked["invariants"].clone()).context("the invariants")?;
        let head = checked["ledger"]["head"].as_str().unwrap_or_default().to_owned();
        let known = run(&stage.place, ["check", "--json", "--head", &head]).await?;
        stage.notebook.expect("the chain has had its head", Some(0), known.code);
        let fen = |name: &str| checked["ledger"][name].as_i64().unwrap_or(0);
        let people = jiaozi_acquisition::counts(store).await?;
        Ok(Report {
            payments,
            unknown_resolved: count(RESOLVED).await?,
            declined: count("select count(*) from journal where book = $1 and verdict = 1").await?,
            ledger: Ledger { debits_fen: fen("debits_fen"), credits_fen: fen("credits_fen") },
            invariants,
            reconciliation,
            people: people.people,
            leads: people.leads,
            webhooks: Webhooks {
                notices: heard.notices,
                attempts: heard.attempts,
                failures: heard.failures,
                duplicates: heard.duplicates,
            },
            ..Report::default()
        })
    }

    /// Adds what was written down, and how long it took.
    #[must_use]
    #[expect(clippy::float_arithmetic, reason = "a duration is no money")]
    pub fn closed_with(self, notebook: &Notebook) -> Report {
        Report {
            // Milliseconds of an hour are far below 2^53.
            seconds: notebook.elapsed_ms() as f64 / 1_000.0,
            expectations: notebook.expectations(),
            unexpected: notebook.surprises(),
            ..self
        }
    }

    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let reconciled = self.reconciliation.unexplained_fen == 0;
        let balanced = self.ledger.debits_fen == self.ledger.credits_fen;
        let holds = self.invariants.len() == 10 && self.invariants.values().all(|holds| *holds);
        reconciled && balanced && holds && self.unexpected.is_empty()
    }

    /// The last page of the story.
    pub fn tell(&self, notebook: &Notebook) {
        notebook.chapter("At the end", "what the books say");
        for (scene, payments) in &self.payments {
            let yuan = payments.amount_fen / 100;
            notebook.tell(format!("{scene}: {} payments of {yuan} yuan", payments.count));
        }
        notebook.tell(format!(
            "{} declined; {} outcomes were not known and became known",
            self.declined, self.unknown_resolved
        ));
        notebook.tell(format!(
            "debits {} fen, credits {} fen",
            self.ledger.debits_fen, self.ledger.credits_fen
        ));
        let broken: Vec<&str> = self
            .invariants
            .iter()
            .filter(|(_, holds)| !**holds)
            .map(|(name, _)| name.as_str())
            .collect();
        let verdict = if broken.is_empty() { "all hold".to_owned() } else { broken.join(", ") };
        notebook.tell(format!("{} invariants: {verdict}", self.invariants.len()));
        let reconciliation = &self.reconciliation;
        notebook.tell(format!(
            "with the companies: {} alike, {} not at first, {} fen unexplained; payments and postings: {} alike, {} not",
            reconciliation.matched,
            reconciliation.breaks,
            reconciliation.unexplained_fen,
            reconciliation.own_matched,
            reconciliation.own_breaks,
        ));
        notebook.tell(format!("{} people and {} leads were brought", self.people, self.leads));
        notebook.tell(format!(
            "{} expectations, {} came otherwise; {} s",
            self.expectations,
            self.unexpected.len(),
            self.seconds
        ));
    }
}

/// Writes the report, and beside it the faults that were planted.
///
/// # Errors
/// When a file cannot be written.
pub fn write(report: &Report, notebook: &Notebook, file: &Path) -> anyhow::Result<()> {
    let put = |path: &Path, value: &Value| {
        std::fs::write(path, format!("{value:#}\n")).with_context(|| path.display().to_string())
    };
    put(file, &serde_json::to_value(report)?)?;
    let mut faults = file.file_stem().unwrap_or_default().to_owned();
    faults.push("-faults.json");
    put(&file.with_file_name(faults), &serde_json::to_value(notebook.planted())?)
}
