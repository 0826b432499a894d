//! The billers' files of the day: some are wrong on purpose. The gateway names each planted difference and
//! nothing else; corrected files explain them, and where nobody could tell, the files have decided.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::plan::Booked;
use super::{Billers, NEVER_UNDOES};
use crate::demo::stage::Stage;
use crate::trial::billers::day_file::Slip;
use crate::trial::billers::order::Standing;
use crate::trial::program::run;

/// How long the last question to a biller may take, by the clock on the wall.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// By how much time moves until a biller is asked again; one of them is asked for more than an hour before
/// it is asked a last time.
const STEP_SECONDS: i64 = 600;

/// What is written down of a planted difference: reference, kind and how much of it is unexplained.
const WRONG_FILE: &str = "a biller's file is wrong";
/// What is written down of a payment that never arrived and cannot be undone: its amount in fen.
const IN_SUSPENSE: &str = "a payment never arrived and only the files can tell";

/// A difference between a biller's file and our books.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The biller.
    pub partner: String,
    /// The payment's reference there.
    pub reference: String,
    /// In what they differ.
    pub kind: String,
    /// How much of it is unexplained, in fen.
    pub gap_fen: i64,
}

/// Lets every biller send its files of both days, wrong ones first. Says which differences the gateway
/// named then, and how much was unexplained, in fen.
///
/// # Errors
/// When a file is not taken, or the gateway does not answer.
pub(super) async fn play(
    billers: &Billers,
    stage: &Stage,
) -> anyhow::Result<(Vec<Difference>, i64)> {
    stage.move_to(stage.at(2, 0, 30)).await?;
    // At night it cannot be asked a last time: what the files alone say is seen before that.
    billers.biller[NEVER_UNDOES].down().await;
    let noon = stage.civil(stage.at(0, 12, 0));
    let (mut planted, mut wrong) = (BTreeSet::new(), 0);
    for (code, biller) in &billers.biller {
        let slips = billers.plan.slips(code, booked(billers, code, stage.day), noon);
        wrong += usize::from(!slips.is_empty());
        for slip in &slips {
            let what = format!("{} {} {}", slip.reference, slip.kind, slip.gap_fen);
            stage.notebook.plant(WRONG_FILE, code, what);
            planted.insert(difference(code, &slip.reference, slip.kind, slip.gap_fen));
        }
        let slips: Vec<Slip> = slips.into_iter().map(|planted| planted.slip).collect();
        import(stage, code, biller.day_file(stage.day, &slips)).await?;
        import(stage, code, biller.day_file(stage.day.tomorrow()?, &[])).await?;
    }
    let mut unexplained: i64 = planted.iter().map(|one| one.gap_fen).sum();
    for paid in billers.paid.iter().filter(|paid| paid.dark) {
        // Its amount is in suspense, where it is counted.
        planted.insert(difference(paid.biller, &paid.reference, "unknown", 0));
        let what = format!("{} unknown 0", paid.reference);
        stage.notebook.plant(WRONG_FILE, paid.biller, what);
        stage.notebook.plant(IN_SUSPENSE, paid.biller, paid.amount_fen.to_string());
        unexplained += paid.amount_fen;
    }
    let found = breaks(stage).await?;
    stage.notebook.expect("the differences that the gateway names", &planted, &found.named);
    stage.notebook.expect("what is unexplained", unexplained, found.unexplained_fen);
    stage.notebook.tell(format!(
        "{} files of four billers, {wrong} of them wrong: {} differences are named, the planted ones and no \
         others; {unexplained} fen are unexplained",
        2 * billers.biller.len(),
        found.named.len(),
    ));
    billers.biller[NEVER_UNDOES].up().await?;
    for (code, biller) in &billers.biller {
        import(stage, code, biller.day_file(stage.day, &[])).await?;
    }
    let explained = async {
        loop {
            let breaks = breaks(stage).await?;
            if breaks.open.is_empty() && breaks.unexplained_fen == 0 {
                return anyhow::Ok(());
            }
            stage.move_to(stage.now().await?.plus_seconds(STEP_SECONDS)).await?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    if let Ok(explained) = tokio::time::timeout(PATIENCE, explained).await {
        explained?;
    }
    let left = breaks(stage).await?;
    stage.notebook.expect("differences that corrected files do not explain", Vec::new(), left.open);
    stage.notebook.expect("fen that corrected files do not explain", 0, left.unexplained_fen);
    stage.notebook.tell(format!(
        "corrected files come, the billers are asked a last time: {} fen are unexplained",
        left.unexplained_fen
    ));
    Ok((found.named.into_iter().collect(), found.unexplained_fen))
}

fn difference(partner: &str, reference: &str, kind: &str, gap_fen: i64) -> Difference {
    let (partner, reference, kind) = (partner.to_owned(), reference.to_owned(), kind.to_owned());
    Difference { partner, reference, kind, gap_fen }
}

/// The payments that are booked at a biller on a day, by their references.
fn booked(billers: &Billers, code: &str, day: Date) -> Vec<Booked> {
    let truth = billers.biller[code].office().truth();
    let booked = truth
        .into_iter()
        .filter(|(_, truth)| truth.standing == Standing::Booked && truth.date == day);
    let told = booked.map(|(reference, truth)| Booked {
        reference,
        customer: truth.customer.unwrap_or_default(),
        amount_fen: truth.amount_fen,
    });
    told.collect()
}

async fn import(
    stage: &Stage,
    code: &str,
    file: crate::trial::billers::day_file::DayFile,
) -> anyhow::Result<()> {
    let path = stage.place.put(&format!("statements/{code}/{}", file.name), &file.bytes)?;
    let words = ["file", "import", "statement", "--operator", "demo", "--partner", code];
    let mut words = words.map(str::to_owned).to_vec();
    words.push(path.display().to_string());
    run(&stage.place, words).await?.done()?;
    Ok(())
}

/// What the gateway names.
struct Breaks {
    /// All differences so far.
    named: BTreeSet<Difference>,
    /// Those that are open.
    open: Vec<Difference>,
    /// How much is unexplained, in fen.
    unexplained_fen: i64,
}

async fn breaks(stage: &Stage) -> anyhow::Result<Breaks> {
    let listed = run(&stage.place, ["break", "list", "--all", "--json"]).await?.done()?.json()?;
    let all = listed["breaks"].as_array().context("breaks")?;
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let told = |one: &Value| Difference {
        partner: text(one, "partner"),
        reference: text(one, "reference"),
        kind: text(one, "kind"),
        gap_fen: one["unexplained_fen"].as_i64().unwrap_or(-1),
    };
    Ok(Breaks {
        named: all.iter().map(told).collect(),
        open: all.iter().filter(|one| one["state"] == "open").map(told).collect(),
        unexplained_fen: listed["unexplained_fen"].as_i64().context("unexplained_fen")?,
    })
}
