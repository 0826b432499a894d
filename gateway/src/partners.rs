//! The partners: the specifications of a folder, read and checked together.
//!
//! `partner-specs/<code>/partner.toml` is a partner, `partner-specs/calendars/*.toml` are calendars, and
//! `partner-specs/accounts/*.toml` are accounts of ours that mirror one elsewhere.
//! Nothing of a partner is known anywhere else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::spec::calendar::{Calendar, Calendars};
use jiaozi_adapters::spec::document::SpecError;
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_adapters::spec::{PartnerSpec, check_together, hindrances_of_files};
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_adapters::withholding::claimant::Claimant;

/// The folder of the mirrored accounts.
const MIRRORS: &str = "accounts";

/// All partners of an installation, by their codes.
#[derive(Debug, Clone, Default)]
pub struct Partners {
    specs: BTreeMap<String, Arc<PartnerSpec>>,
    companies: BTreeMap<String, Arc<Company>>,
    billers: BTreeMap<String, Arc<Biller>>,
    payees: BTreeMap<String, Arc<Payee>>,
    claimants: BTreeMap<String, Arc<Claimant>>,
    cores: BTreeMap<String, Arc<Biller>>,
    mirrors: BTreeMap<String, Arc<MirrorSpec>>,
}

/// Why the partners cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PartnersError {
    /// The folder or a file in it cannot be read.
    #[error("{path}: {error}; expected a folder with <code>/partner.toml for every partner")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// What is wrong with the specifications, all of it.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<SpecError>),
}

impl Partners {
    /// Reads and checks every specification of a folder.
    ///
    /// # Errors
    /// Every problem that could be found, with file, line and key; or what could not be read.
    pub fn load(folder: &Path) -> Result<Partners, PartnersError> {
        let mut problems = Vec::new();
        let calendars = read_calendars(&folder.join("calendars"), &mut problems)?;
        let mut specs = Vec::new();
        for path in entries(folder)? {
            let file = path.join("partner.toml");
            if !file.is_file() {
                continue;
            }
            let name = file.display().to_string();
            match PartnerSpec::parse(&name, &read(&file)?, &calendars) {
                Ok(spec) => specs.push((name, spec)),
                Err(found) => problems.extend(found),
            }
        }
        problems.extend(check_together(&specs));
        let mirrors = read_mirrors(&folder.join(MIRRORS), &calendars, &specs, &mut problems)?;
        if !problems.is_empty() {
            return Err(PartnersError::Wrong(problems));
        }
        let mut partners = Partners { mirrors, ..Partners::default() };
        for (_, spec) in specs {
            let code = spec.partner.code.as_str().to_owned();
            if let Some(company) = Company::of(&spec, &calendars) {
                partners.payees.insert(code.clone(), Arc::clone(&company.payee));
                partners.companies.insert(code.clone(), Arc::new(company));
            }
            if let Some(core) = Biller::of(&spec, &calendars).filter(|_| spec.core().is_some()) {
                partners.cores.insert(code.clone(), Arc::new(core));
            } else if let Some(biller) = Biller::of(&spec, &calendars) {
                partners.payees.insert(code.clone(), Arc::clone(&biller.payee));
                if let Some(claimant) = Claimant::of(&spec, &biller) {
                    partners.claimants.insert(code.clone(), Arc::new(claimant));
                }
                partners.billers.insert(code.clone(), Arc::new(biller));
            }
            partners.specs.insert(code, Arc::new(spec));
        }
        Ok(partners)
    }

    /// Checks one specification on its own, with the calendars of a folder.
    ///
    /// # Errors
    /// Every problem that could be found, or what could not be read.
    pub fn check_one(file: &Path, calendars: &Path) -> Result<(), PartnersError> {
        let mut problems = Vec::new();
        let calendars = read_calendars(calendars, &mut problems)?;
        let (name, text) = (file.display().to_string(), read(file)?);
        let folder = file.parent().and_then(Path::file_name);
        let found = match folder.is_some_and(|folder| folder == MIRRORS) {
            true => MirrorSpec::parse(&name, &text, &calendars).map(|_| ()),
            false => PartnerSpec::parse(&name, &text, &calendars).map(|_| ()),
        };
        problems.extend(found.err().into_iter().flatten());
        if problems.is_empty() { Ok(()) } else { Err(PartnersError::Wrong(problems)) }
    }

    /// A partner's specification.
    #[must_use]
    pub fn spec(&self, code: &str) -> Option<&Arc<PartnerSpec>> {
        self.specs.get(code)
    }

    /// A property company, ready for decisions.
    #[must_use]
    pub fn company(&self, code: &str) -> Option<&Arc<Company>> {
        self.companies.get(code)
    }

    /// A biller, ready for decisions.
    #[must_use]
    pub fn biller(&self, code: &str) -> Option<&Arc<Biller>> {
        self.billers.get(code)
    }

    /// All billers, by code.
    pub fn billers(&self) -> impl Iterator<Item = &Arc<Biller>> {
        self.billers.values()
    }

    /// A core system of the bank, ready for decisions.
    #[must_use]
    pub fn core(&self, code: &str) -> Option<&Arc<Biller>> {
        self.cores.get(code)
    }

    /// Whoever we call: a biller or a core.
    #[must_use]
    pub fn called(&self, code: &str) -> Option<&Arc<Biller>> {
        self.biller(code).or_else(|| self.core(code))
    }

    /// All whom we call: billers, then cores, each by code.
    pub fn all_called(&self) -> impl Iterator<Item = &Arc<Biller>> {
        self.billers.values().chain(self.cores.values())
    }

    /// A partner that claims under mandates, ready for decisions.
    #[must_use]
    pub fn claimant(&self, code: &str) -> Option<&Arc<Claimant>> {
        self.claimants.get(code)
    }

    /// All partners that claim under mandates, by code.
    pub fn claimants(&self) -> impl Iterator<Item = &Arc<Claimant>> {
        self.claimants.values()
    }

    /// Someone who is paid through us and settled with, whatever the scene.
    #[must_use]
    pub fn payee(&self, code: &str) -> Option<&Arc<Payee>> {
        self.payees.get(code)
    }

    /// All who are settled with, by code.
    pub fn payees(&self) -> impl Iterator<Item = &Arc<Payee>> {
        self.payees.values()
    }

    /// An account of ours that mirrors one elsewhere.
    #[must_use]
    pub fn mirror(&self, code: &str) -> Option<&Arc<MirrorSpec>> {
        self.mirrors.get(code)
    }

    /// All such accounts, by code.
    pub fn mirrors(&self) -> impl Iterator<Item = &Arc<MirrorSpec>> {
        self.mirrors.values()
    }

    /// All specifications, by code.
    pub fn specs(&self) -> impl Iterator<Item = &Arc<PartnerSpec>> {
        self.specs.values()
    }

    /// All property companies, by code.
    pub fn companies(&self) -> impl Iterator<Item = &Arc<Company>> {
        self.companies.values()
    }

    /// Whether a channel may act for a partner.
    #[must_use]
    pub fn serves(&self, channel: &PartnerSpec, partner: &PartnerSpec) -> bool {
        channel.channel().is_some_and(|channel| channel.serves(&partner.partner.code))
    }
}

/// Reads the mirrored accounts. Each has a code that no partner has and an account that no other mirrors.
fn read_mirrors(
    folder: &Path,
    calendars: &Calendars,
    specs: &[(String, PartnerSpec)],
    problems: &mut Vec<SpecError>,
) -> Result<BTreeMap<String, Arc<MirrorSpec>>, PartnersError> {
    let mut mirrors: BTreeMap<String, Arc<MirrorSpec>> = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(mirrors);
    }
    for path in entries(folder)? {
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.display().to_string();
        let spec = match MirrorSpec::parse(&name, &read(&path)?, calendars) {
            Ok(spec) => spec,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        let mut wrong = |key: &str, message: String| {
            let (file, key) = (name.clone(), key.to_owned());
            problems.push(SpecError { file, line: 1, key, message });
        };
        if path.file_stem().is_none_or(|stem| stem != spec.code.as_str()) {
            wrong("code", format!("expected the file to be named {}.toml", spec.code));
        }
        if specs.iter().any(|(_, partner)| partner.partner.code.as_str() == spec.code) {
            wrong("code", format!("a partner is called {} too, expected another code", spec.code));
        }
        if let Some(other) = mirrors.values().find(|other| other.account == spec.account) {
            let message = format!(
                "{} mirrors {} too, expected an account of its own such as {}:{}",
                other.code, spec.account, spec.account, spec.code
            );
            wrong("account", message);
        }
        if let Some(code) = spec.statement.as_ref().and_then(|file| file.partner.as_ref()) {
            let partner = specs.iter().find(|(_, partner)| partner.partner.code == *code);
            match partner.and_then(|(_, partner)| partner.called()) {
                Some(terms) => {
                    for hindrance in hindrances_of_files(terms) {
                        wrong(
                            "statement.partner",
                            format!("no file is got from {code}: {hindrance}"),
                        );
                    }
                }
                None => wrong(
                    "statement.partner",
                    format!(
                        "there is no partner {code} that we call, expected a biller or the core"
                    ),
                ),
            }
        }
        mirrors.insert(spec.code.clone(), Arc::new(spec));
    }
    Ok(mirrors)
}

fn read_calendars(
    folder: &Path,
    problems: &mut Vec<SpecError>,
) -> Result<Calendars, PartnersError> {
    let mut calendars = Vec::new();
    for path in entries(folder)? {
        if path.extension().is_some_and(|extension| extension == "toml") {
            match Calendar::parse(&path.display().to_string(), &read(&path)?) {
                Ok(calendar) => calendars.push(calendar),
                Err(found) => problems.extend(found),
            }
        }
    }
    Ok(calendars.into_iter().collect())
}

/// What a folder holds, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, PartnersError> {
    let unreadable = |error| PartnersError::Unreadable { path: folder.to_owned(), error };
    let mut paths = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()
        .map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, PartnersError> {
    std::fs::read_to_string(path)
        .map_err(|error| PartnersError::Unreadable { path: path.to_owned(), error })
}
