//! The companies' files of the morning, through the command that operators use.

use serde_json::Value;

use super::super::cast::{Cast, Troupe};
use super::super::papers::Paper;
use super::super::stage::Stage;
use crate::trial::program::{Ran, run};

/// Bad lines that are put into one company's file.
const BAD_LINES: [&str; 3] = [
    "YHBAD0001,云台花园,1栋1单元0101室,物业费,2026-11,3843.540000000002,2026-11-30,林小满,新增,",
    "YHBAD0002,云台花园,1栋1单元0101室,保洁费,2026-11,20.00,2026-11-30,林小满,新增,",
    "YHBAD0003,云台花园,一栋101,物业费,2026-13,20.00,2026-11-30,林小满,新增,",
];

/// Everyone hands in rosters and bills. One file comes cut first, one has bad lines, one comes twice.
///
/// # Errors
/// When a good file is not taken.
pub async fn play(stage: &Stage, cast: &Cast) -> anyhow::Result<()> {
    for troupe in cast.troupes() {
        let roster = troupe.papers.roster(&troupe.households)?;
        let taken = hand_in(stage, &troupe.code, "roster", &roster).await?.done()?.json()?;
        let what = format!("{}: rows of the roster", troupe.code);
        stage.notebook.expect(what, troupe.households.len() as u64, count(&taken, "new"));
        let bills = troupe.papers.bills(&troupe.households)?;
        match troupe.code.as_str() {
            "jinding" => cut(stage, troupe, bills).await?,
            "yunhe" => bad_lines(stage, troupe, bills).await?,
            _ => twice(stage, troupe, bills).await?,
        }
    }
    Ok(())
}

async fn hand_in(stage: &Stage, code: &str, kind: &str, paper: &Paper) -> anyhow::Result<Ran> {
    let path = stage.place.put(&format!("papers/{code}/{}", paper.name), &paper.bytes)?;
    let path = path.display().to_string();
    let words =
        ["file", "import", kind, "--partner", code, "--operator", "demo", "--json", path.as_str()];
    run(&stage.place, words).await
}

fn count(report: &Value, result: &str) -> u64 {
    report["counts"][result].as_u64().unwrap_or(0)
}

fn bills_of(troupe: &Troupe) -> u64 {
    troupe.households.iter().map(|household| household.bills.len() as u64).sum()
}

async fn taken(stage: &Stage, troupe: &Troupe, paper: &Paper) -> anyhow::Result<Value> {
    let report = hand_in(stage, &troupe.code, "bills", paper).await?.done()?.json()?;
    let what = format!("{}: bills of the file", troupe.code);
    stage.notebook.expect(what, bills_of(troupe), count(&report, "new"));
    Ok(report)
}

/// The line breaks in the middle of the file: without its totals nothing of it is taken. Then the
/// whole file comes.
async fn cut(stage: &Stage, troupe: &Troupe, whole: Paper) -> anyhow::Result<()> {
    let notebook = &stage.notebook;
    let half = Paper {
        name: format!("cut-{}", whole.name),
        bytes: whole.bytes[..whole.bytes.len() / 2].to_vec(),
    };
    notebook.plant("a file without its end", &troupe.code, &half.name);
    let refused = hand_in(stage, &troupe.code, "bills", &half).await?;
    notebook.expect("a file that is cut ends with", Some(1), refused.code);
    let said = refused.said.contains("nothing of it was taken");
    notebook.expect("and says that nothing was taken", true, said);
    let report = taken(stage, troupe, &whole).await?;
    notebook.tell(format!(
        "{}: a bill file (GB18030, totals) arrives cut and is refused whole; then the whole one: {} bills of {} yuan",
        troupe.code,
        count(&report, "new"),
        report["sum_fen"].as_i64().unwrap_or(0) / 100,
    ));
    Ok(())
}

async fn bad_lines(stage: &Stage, troupe: &Troupe, mut paper: Paper) -> anyhow::Result<()> {
    for line in BAD_LINES {
        stage.notebook.plant(
            "a bad line in a file",
            &troupe.code,
            line.split(',').next().unwrap_or(""),
        );
        paper.bytes.extend(line.as_bytes());
        paper.bytes.extend(b"\r\n");
    }
    let report = taken(stage, troupe, &paper).await?;
    let bad = BAD_LINES.len() as u64;
    stage.notebook.expect("lines that are refused", bad, count(&report, "refused"));
    stage.notebook.tell(format!(
        "{}: a bill file (CSV, UTF-8) with {bad} bad lines: {} bills taken, {bad} lines named with column and expectation",
        troupe.code,
        count(&report, "new"),
    ));
    Ok(())
}

async fn twice(stage: &Stage, troupe: &Troupe, paper: Paper) -> anyhow::Result<()> {
    let first = taken(stage, troupe, &paper).await?;
    stage.notebook.plant("a file that comes twice", &troupe.code, &paper.name);
    let second = hand_in(stage, &troupe.code, "bills", &paper).await?.done()?.json()?;
    let same = first == second;
    stage.notebook.expect("the same file again has the same answer", true, same);
    stage.notebook.tell(format!(
        "{}: a workbook, handed in twice: {} bills once, the same answer both times",
        troupe.code,
        count(&first, "new"),
    ));
    Ok(())
}
