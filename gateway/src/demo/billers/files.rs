//! The billers' files of the day: some are wrong on purpose. The gateway names each planted difference and
//! nothing else; corrected files explain them, and where nobody could tell, the files have decided.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::{Billers, Paid};
use crate::demo::stage::Stage;
use crate::trial::billers::day_file::Slip;
use crate::trial::program::run;

/// How long the last question to a biller may take, by the clock on the wall.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Partner, reference and kind of a difference.
type Difference = (String, String, String);

/// Lets every biller send its files of both days, wrong ones first.
///
/// # Errors
/// When a file is not taken, or the gateway does not answer.
pub(super) async fn play(billers: &Billers, stage: &Stage) -> anyhow::Result<()> {
    stage.move_to(stage.at(2, 0, 30)).await?;
    let mut planted = BTreeSet::new();
    for (code, biller) in &billers.biller {
        let slip = slip(billers, code);
        if let Some((slip, reference, kind)) = &slip {
            stage.notebook.plant(
                "a biller's file is wrong",
                code,
                format!("{reference}: {slip:?}"),
            );
            planted.insert(((*code).to_owned(), reference.clone(), (*kind).to_owned()));
        }
        let slips: Vec<Slip> = slip.into_iter().map(|(slip, _, _)| slip).collect();
        import(stage, code, biller.day_file(stage.day, &slips)).await?;
        import(stage, code, biller.day_file(stage.day.tomorrow()?, &[])).await?;
    }
    for paid in billers.paid.iter().filter(|paid| paid.dark) {
        planted.insert((paid.biller.to_owned(), paid.reference.clone(), "unknown".to_owned()));
    }
    let found = breaks(stage).await?;
    stage.notebook.expect("the differences that the gateway names", &planted, &found.0);
    stage.notebook.tell(format!(
        "{} files of four billers, three of them wrong: {} differences are named, the planted ones and no others",
        2 * billers.biller.len(),
        found.0.len(),
    ));
    for (code, biller) in &billers.biller {
        import(stage, code, biller.day_file(stage.day, &[])).await?;
    }
    let explained = async {
        loop {
            let (_, open, unexplained) = breaks(stage).await?;
            if open == 0 && unexplained == 0 {
                return anyhow::Ok(());
            }
            stage.move_to(stage.now().await?.plus_seconds(61)).await?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let explained = tokio::time::timeout(PATIENCE, explained).await;
    stage.notebook.expect("corrected files explain everything", true, explained.is_ok());
    explained.unwrap_or(Ok(()))?;
    stage
        .notebook
        .tell("corrected files come, the billers are asked a last time: nothing is unexplained");
    Ok(())
}

/// What is wrong with a biller's file, about which payment, and what it is called.
fn slip(billers: &Billers, code: &str) -> Option<(Slip, String, &'static str)> {
    let sound = |paid: &&Paid| paid.biller == code && !paid.faulty;
    let reference = billers.paid.iter().find(sound)?.reference.clone();
    Some(match code {
        "rongjiang-water" => (Slip::Missing(reference.clone()), reference, "only_ours"),
        "minbei-power" => (Slip::WrongAmount(reference.clone(), 100), reference, "amount"),
        "nanhu-college" => (Slip::WrongStatus(reference.clone()), reference, "status"),
        _ => return None,
    })
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

/// All differences so far, how many are open, and how much is unexplained.
async fn breaks(stage: &Stage) -> anyhow::Result<(BTreeSet<Difference>, usize, i64)> {
    let listed = run(&stage.place, ["break", "list", "--all", "--json"]).await?.done()?.json()?;
    let all = listed["breaks"].as_array().context("breaks")?;
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let named =
        all.iter().map(|one| (text(one, "partner"), text(one, "reference"), text(one, "kind")));
    let open = all.iter().filter(|one| one["state"] == "open").count();
    let unexplained = listed["unexplained_fen"].as_i64().context("unexplained_fen")?;
    Ok((named.collect(), open, unexplained))
}
