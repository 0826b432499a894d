//! A business day of the property and the utility scene, from the companies' files in the morning to the reconciliation
//! of what everyone believes, played by outsiders: companies, billers, payers and operators who have nothing but
//! the doors. Time is the sandbox's; what happens is the same in every run, but for who is quicker.
//!
//! Everything that happens has something that must come of it. What comes otherwise is told, written
//! into the report, and makes the demonstration fail.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`stage`], [`specs`] | a folder, a sandbox, keys, the gateway's process |
//! | [`town`], [`cast`] | households, and which of them play what |
//! | [`papers`] | what companies write and read with programs of their own |
//! | [`companies`] | their servers and their books |
//! | [`core`](mod@core) | the bank's core, and who pays from accounts there |
//! | [`billers`] | water, power, gas and tuition, and what becomes of payments to them |
//! | [`caller`], [`payers`] | those at the door |
//! | [`trouble`] | what goes wrong on purpose |
//! | [`evening`], [`reconcile`] | cut-offs, closed days, comparisons |
//! | [`notebook`], [`report`] | the story, the planted faults, what came of it |

pub mod billers;
pub mod caller;
pub mod cast;
pub mod companies;
pub mod core;
pub mod evening;
pub mod notebook;
pub mod papers;
pub mod payers;
pub mod reconcile;
pub mod report;
pub mod specs;
pub mod stage;
pub mod town;
pub mod trouble;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, OpenOptions, Store};
use serde_json::json;

use self::billers::Billers;
use self::cast::Cast;
use self::companies::Companies;
use self::core::{CORE, Core};
use self::notebook::Notebook;
use self::report::Report;
use self::stage::{PAGE, Stage};
use self::trouble::changed::Change;
use self::trouble::{changed, files, forged, lost, money, races, repeats};
use crate::clock::SystemClock;
use crate::interrupt::{Interrupt, Interrupted};
use crate::trial::client::Order;

/// The companies that have a part, whatever others there are.
const COMPANIES: [&str; 3] = ["huating", "jinding", "yunhe"];

/// Of a hundred households without a part of their own, how many pay in the morning, and how many of
/// those that are left in the afternoon.
const MORNING: usize = 50;
const AFTERNOON: usize = 55;

/// How long people may take to be counted.
const PATIENCE: Duration = Duration::from_secs(60);

/// A part of the day that can be played by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scene {
    /// Property fees.
    Property,
    /// Water, power, gas and tuition.
    Utility,
}

/// What is asked of the demonstration.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The one scene that is played; all of them if it is left out.
    pub scene: Option<Scene>,
    /// From which everything that goes wrong by chance is made.
    pub seed: u64,
    /// A new database; one in a temporary folder if it is left out.
    pub database: Option<String>,
    /// Where the report goes.
    pub report: Option<PathBuf>,
    /// Whether the gateway stays open afterwards.
    pub stay: bool,
    /// Where it listens; any free port if it is left out.
    pub listen: Option<SocketAddr>,
}

/// Plays the day. Says whether everything came as expected. However it ends, the gateway is gone
/// afterwards and its folder too.
///
/// # Errors
/// When it cannot go on, or a signal ends it.
pub async fn run(terms: &Terms) -> anyhow::Result<bool> {
    let mut interrupt = Interrupt::listen().context("signal handler")?;
    let notebook = Arc::new(Notebook::default());
    notebook.chapter("Before", "a sandbox, the gateway, and everyone who comes to its doors");
    let companies = Companies::open(&COMPANIES, Arc::clone(&notebook)).await?;
    let mut billers = Billers::open(terms.seed).await?;
    let core = Core::open().await?;
    let mut others = stage::Others {
        companies: companies.address,
        billers: billers.addresses(),
        secrets: billers.secrets.clone(),
    };
    others.billers.insert(CORE, core.address());
    others.secrets.insert(CORE, core.secret.clone());
    let stage = Stage::set(terms.database.as_deref(), terms.listen, &others, Arc::clone(&notebook));
    let stage = Arc::new(interrupt.or(stage).await?);
    let report = match played(terms, &stage, &companies, &mut billers, &core, &mut interrupt).await
    {
        Ok(report) => report.closed_with(&notebook),
        Err(error) => {
            if !error.is::<Interrupted>() {
                eprintln!("\nthe gateway's log ends with:\n{}", stage.log().await);
            }
            return Err(error);
        }
    };
    report.tell(&notebook);
    if let Some(file) = &terms.report {
        report::write(&report, &notebook, file)?;
    }
    if terms.stay {
        stay(&stage, &mut interrupt).await?;
    }
    let stage = Arc::into_inner(stage).context("someone is still on the stage")?;
    stage.strike().await?;
    Ok(report.is_well())
}

/// The day, and what everyone finds afterwards.
async fn played(
    terms: &Terms,
    stage: &Arc<Stage>,
    companies: &Companies,
    billers: &mut Billers,
    core: &Core,
    interrupt: &mut Interrupt,
) -> anyhow::Result<Report> {
    let cast = interrupt.or(play(terms, stage, companies, billers, core)).await?;
    stage.notebook.chapter("Later", "everyone compares");
    let options = OpenOptions { allow_weak_durability: true, ..OpenOptions::default() };
    let store = Store::open(&stage.place.database, Arc::new(SystemClock), options).await?;
    let report = interrupt.or(compare(stage, &store, cast.as_ref(), companies, billers)).await;
    // Whatever came of it: the folder goes, and nothing of it may be open then.
    store.close().await?;
    report
}

/// The day itself. Says who had a part in the property scene, if it was played.
async fn play(
    terms: &Terms,
    stage: &Arc<Stage>,
    companies: &Companies,
    billers: &mut Billers,
    core: &Core,
) -> anyhow::Result<Option<Cast>> {
    for (company, secret) in &stage.secrets {
        if COMPANIES.contains(&company.as_str()) {
            companies.trust(company, secret)?;
        }
    }
    let plays = |scene| terms.scene.is_none_or(|only| only == scene);
    let mut cast = None;
    if plays(Scene::Property) {
        cast = Some(property_morning(stage).await?);
    }
    if plays(Scene::Utility) {
        stage.notebook.chapter("10:00", "water, power, gas and tuition: others are asked");
        stage.move_to(stage.at(0, 10, 0)).await?;
        billers.morning(stage).await?;
        core.play(stage, billers).await?;
    }
    if let Some(cast) = &mut cast {
        property_afternoon(stage, cast).await?;
    }
    if plays(Scene::Utility) {
        stage.notebook.chapter("15:30", "a biller goes down");
        stage.move_to(stage.at(0, 15, 30)).await?;
        billers.afternoon(stage).await?;
    }
    if let Some(cast) = &mut cast {
        evening::play(stage, cast).await?;
    }
    if plays(Scene::Utility) {
        stage.notebook.chapter("Then", "a biller is back, and what was in the dark is known");
        billers.next_day(stage).await?;
    }
    Ok(cast)
}

/// Bills and rosters come in, and the first people pay.
async fn property_morning(stage: &Arc<Stage>) -> anyhow::Result<Cast> {
    let mut cast = Cast::of(stage, stage.day);
    let (households, communities) = cast.size();
    stage.notebook.tell(format!(
        "{households} households in {communities} communities; the gateway listens on http://{}",
        stage.address
    ));

    stage.move_to(stage.at(0, 8, 0)).await?;
    stage.notebook.chapter("08:00", &format!("{}: rosters and bills come in", stage.day));
    files::play(stage, &cast).await?;

    stage.notebook.chapter("09:00", "people pay");
    stage.move_to(stage.at(0, 9, 0)).await?;
    people_pay(stage, &mut cast, MORNING).await?;
    consents(stage, &mut cast).await?;
    Ok(cast)
}

/// What goes wrong in the middle of the day, and the others pay.
async fn property_afternoon(stage: &Arc<Stage>, cast: &mut Cast) -> anyhow::Result<()> {
    stage.notebook.chapter("12:00", "lines break, clients repeat themselves, families race");
    stage.move_to(stage.at(0, 12, 0)).await?;
    repeats::play(stage, &cast.take("jinding", 40)?).await?;
    races::play(stage, &cast.take("huating", 30)?).await?;
    lost::hang_up(stage, &cast.take("yunhe", 40)?).await?;
    lost::power_cut(stage, &cast.take("jinding", 80)?).await?;
    let [victim] = cast.take("jinding", 1)?.try_into().map_err(|_| anyhow::anyhow!("a victim"))?;
    forged::play(stage, &victim).await?;

    stage.notebook.chapter("13:00", "bills change under people's hands, and money is not simple");
    stage.move_to(stage.at(0, 13, 0)).await?;
    changed::play(stage, Change::Repriced, &cast.take("jinding", 12)?).await?;
    changed::play(stage, Change::AtTheDesk, &cast.take("yunhe", 8)?).await?;
    changed::play(stage, Change::Withdrawn, &cast.take("huating", 6)?).await?;
    changed::expired(stage, &cast.take("jinding", 4)?).await?;
    money::parts(stage, &cast.take("yunhe", 10)?).await?;
    money::ahead(stage, &cast.take("yunhe", 12)?).await?;
    money::too_little(stage, &cast.take("huating", 10)?).await?;
    money::taken_back(stage, &cast.take("yunhe", 8)?).await?;
    money::given_back(stage, &cast.take("yunhe", 6)?, true).await?;
    money::given_back(stage, &cast.take("huating", 4)?, false).await?;

    stage.notebook.chapter("15:00", "people pay");
    stage.move_to(stage.at(0, 15, 0)).await?;
    people_pay(stage, cast, AFTERNOON).await
}

/// Everyone compares.
async fn compare(
    stage: &Stage,
    store: &Store,
    cast: Option<&Cast>,
    companies: &Companies,
    billers: &Billers,
) -> anyhow::Result<Report> {
    let heard = reconcile::until_heard(stage, store, companies).await?;
    stage.notebook.tell(format!(
        "{} notices were heard in {} attempts: {} failed or came too late, {} came again although noted",
        heard.notices, heard.attempts, heard.failures, heard.duplicates
    ));
    let mut reconciliation = reconcile::all(stage, cast, companies).await?;
    reconciliation.differences.clone_from(&billers.named);
    reconciliation.differences_unexplained_fen = billers.unexplained_fen;
    people_are_counted(store).await?;
    let report = Report::of(stage, store, reconciliation, heard).await?;
    stage.notebook.expect("leads", true, report.leads > 0);
    Ok(report)
}

async fn people_pay(stage: &Arc<Stage>, cast: &mut Cast, part: usize) -> anyhow::Result<()> {
    let households = cast.take_of_all(part);
    let wanted = households.len() as u64;
    let (count, fen) = payers::all_pay(stage, households).await?;
    stage.notebook.expect("households that pay", wanted, count);
    stage.notebook.tell(format!("{count} households pay {} yuan", fen / 100));
    Ok(())
}

/// Some say yes to marketing when they have paid, some say no.
async fn consents(stage: &Arc<Stage>, cast: &mut Cast) -> anyhow::Result<()> {
    let mut page = stage.caller(PAGE)?;
    let mut said = [0, 0];
    for (household, nth) in cast.take("huating", 24)?.into_iter().zip(0..) {
        payers::settle_in(&mut page, &household).await?;
        payers::pays(&mut page, &household).await?;
        let granted = nth % 3 != 0;
        let word = json!({
            "account": household.payer(), "purpose": "marketing", "granted": granted,
            "version": "demo-1", "evidence": "receipt page",
        });
        let word = Order::post("/v1/consents", &word).under(format!("word-{}", household.account));
        let answer = page.insist(&word).await?;
        stage.notebook.expect("a word is on record", 204, answer.status.as_u16());
        said[usize::from(granted)] += 1;
    }
    let [no, yes] = said;
    stage.notebook.tell(format!("{yes} payers say yes to marketing, {no} say no"));
    Ok(())
}

/// Waits until acquisition has read the feed to its end.
async fn people_are_counted(store: &Store) -> anyhow::Result<()> {
    const BEHIND: &str = "select max(j.seq) - coalesce((select c.seq from cursors c
        where c.book = $1 and c.reader = 'acquisition'), 0) from journal j where j.book = $1";
    let counting = async {
        while store.number(BEHIND, vec![Cell::Int(BOOK)]).await? > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, counting).await.context("people are not counted in time")?
}

/// Keeps the gateway open, and says where to look.
async fn stay(stage: &Stage, interrupt: &mut Interrupt) -> anyhow::Result<()> {
    let at = format!("http://{}", stage.address);
    eprintln!("\nthe gateway stays open; end it with Ctrl-C:");
    eprintln!("  payer's page   {at}/");
    eprintln!("  interface      {at}/openapi.json");
    eprintln!("  health         {at}/readyz");
    eprintln!("  metrics        {at}/metrics");
    eprintln!("  configuration  {}", stage.place.config().display());
    tokio::select! {
        ended = stage.ended() => ended,
        _ = interrupt.signal() => Ok(()),
    }
}
