//! Who plays: the households of all companies, each given out once, so that no two parts of the day
//! get into each other's way.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::civil::Date;

use super::papers::{self, Papers};
use super::stage::Stage;
use super::town::{self, Household};

/// A company with its programs and its households.
pub struct Troupe {
    /// Its code.
    pub code: String,
    /// Its programs.
    pub papers: Arc<dyn Papers>,
    /// All its households, in the order of its files.
    pub households: Vec<Arc<Household>>,
    /// Those that have no part yet.
    free: VecDeque<Arc<Household>>,
}

/// All companies that have a part.
pub struct Cast {
    troupes: BTreeMap<String, Troupe>,
}

impl Cast {
    /// The companies of the stage, on the first of the month of a day.
    #[must_use]
    pub fn of(stage: &Stage, day: Date) -> Cast {
        let mut troupes = BTreeMap::new();
        for company in stage.partners.companies() {
            let Some(papers) = papers::of(&company.payee.code) else {
                let code = &company.payee.code;
                stage.notebook.tell(format!("{code} has no programs here and takes no part"));
                continue;
            };
            let names: Vec<String> = company
                .terms
                .communities
                .iter()
                .map(|community| community.name.zh.to_string())
                .collect();
            let households = town::households(company, papers.as_ref(), &names, day);
            let free = scattered(&households);
            let code = company.payee.code.clone();
            troupes.insert(code.clone(), Troupe { code, papers, households, free });
        }
        Cast { troupes }
    }

    /// All troupes, by code.
    pub fn troupes(&self) -> impl Iterator<Item = &Troupe> {
        self.troupes.values()
    }

    /// Gives out so many households of a company.
    ///
    /// # Errors
    /// When there are not so many left.
    pub fn take(&mut self, code: &str, count: usize) -> anyhow::Result<Vec<Arc<Household>>> {
        let troupe = self.troupes.get_mut(code).with_context(|| format!("no company {code}"))?;
        let free = troupe.free.len();
        anyhow::ensure!(free >= count, "{code}: {free} households are left, expected {count}");
        Ok(troupe.free.drain(..count).collect())
    }

    /// Gives out this part, in a hundred, of all that are left of every company.
    pub fn take_of_all(&mut self, part: usize) -> Vec<Arc<Household>> {
        let mut taken = Vec::new();
        for troupe in self.troupes.values_mut() {
            let count = troupe.free.len() * part / 100;
            taken.extend(troupe.free.drain(..count));
        }
        taken
    }

    /// How many households there are in how many communities.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let households = self.troupes.values().flat_map(|troupe| &troupe.households);
        let sites: std::collections::BTreeSet<&str> =
            households.clone().map(|household| household.site.as_str()).collect();
        (households.count(), sites.len())
    }
}

/// The same households so that neighbours in the list are not neighbours in the house: whoever is
/// given out next may live anywhere.
fn scattered(households: &[Arc<Household>]) -> VecDeque<Arc<Household>> {
    const STEP: usize = 61;
    let mut all = VecDeque::with_capacity(households.len());
    for first in 0..STEP {
        all.extend(households.iter().skip(first).step_by(STEP).cloned());
    }
    all
}
