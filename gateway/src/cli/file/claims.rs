//! `jiaozi file import withholding`: a partner's file of claims, taken in and run if its day has come.

use std::path::Path;

use anyhow::Context as _;
use jiaozi_adapters::withholding::answer::batch_body;
use jiaozi_ledger::operator::Role;
use jiaozi_ledger::withholding::{Batch, BatchState};

use crate::cli::ordered_by::refused;
use crate::cli::progress::Bar;
use crate::cli::{Failure, open, print_json};
use crate::config::Config;
use crate::operators::Who;
use crate::withholding::claims::Content;
use crate::withholding::intake::{self, IntakeError, Source};
use crate::withholding::run;

/// What was asked for.
pub(super) struct Asked<'a> {
    pub(super) partner: &'a str,
    pub(super) file: &'a Path,
    /// Exit code 1 also if a line was refused.
    pub(super) strict: bool,
    pub(super) json: bool,
}

impl Asked<'_> {
    /// Takes the file in, and runs it if its day has come.
    pub(super) fn run(&self, config: &Config, who: &Who) -> Result<(), Failure> {
        let place = || self.file.display().to_string();
        let content = Content::Path(self.file.to_owned());
        let hash = content.hash().with_context(place)?;
        open::block_on(async {
            let gateway = open::gateway(config).await?;
            let claimant = intake::claimant(&gateway, self.partner).map_err(anyhow::Error::from)?;
            let key = format!("{}/withholding/{hash}", self.partner);
            let digest = *hash.as_bytes();
            let order = who.order_work(&gateway, Role::Maker, "file.import", &key, digest).await;
            order.map_err(refused)?;
            let name = self.file.file_name().unwrap_or(self.file.as_os_str());
            let name = name.to_string_lossy().into_owned();
            let source = Source { name, by: who.actor(), content };
            let bar = Bar::of("lines taken in");
            let taken = intake::take(&gateway, &claimant, source, &mut bar.watcher()).await;
            drop(bar);
            let taken = match taken {
                Err(IntakeError::Rejected { wrong, places }) => {
                    return self.rejected(wrong, &places);
                }
                other => other.with_context(place)?,
            };
            let mut batch = taken.batch;
            let today = claimant.payee.today(gateway.now().await.context("the books")?);
            if !batch.state.is_done() && batch.run_on <= today {
                let bar = Bar::of("lines presented");
                let whole = run::whole(&gateway, &claimant, &batch, &mut bar.watcher()).await;
                drop(bar);
                batch = whole.with_context(place)?;
            }
            self.say(&batch, taken.repeated)?;
            if self.strict && batch.refused + batch.waiting + batch.partial > 0 {
                return Err(Failure::Said);
            }
            Ok(())
        })
    }

    fn rejected(&self, wrong: usize, places: &[String]) -> Result<(), Failure> {
        if self.json {
            print_json(&serde_json::json!({
                "partner": self.partner, "state": BatchState::Rejected, "wrong": wrong, "places": places,
            }))?;
        } else {
            for place in places {
                println!("{place}");
            }
        }
        let more = wrong - places.len();
        let more = if more > 0 { format!("; {more} are not listed") } else { String::new() };
        eprintln!(
            "{}: refused as a whole, nothing was done; it is wrong in {wrong} places{more}",
            self.file.display()
        );
        Err(Failure::Said)
    }

    fn say(&self, batch: &Batch, repeated: bool) -> Result<(), Failure> {
        if self.json {
            print_json(&batch_body(batch))?;
            return Ok(());
        }
        let again = if repeated { "; it was handed in before" } else { "" };
        let Batch { lines, sum, done, partial, refused, waiting, debited, run_on, .. } = batch;
        let name = batch.name();
        if batch.state.is_done() {
            eprintln!(
                "{name}: {lines} lines, {sum} fen claimed, {debited} fen debited: {done} done, \
                 {partial} in part, {refused} refused, {waiting} wait to be presented again{again}"
            );
        } else {
            eprintln!("{name}: {lines} lines, {sum} fen claimed; it is run on {run_on}{again}");
        }
        println!("{}", batch.id);
        Ok(())
    }
}
