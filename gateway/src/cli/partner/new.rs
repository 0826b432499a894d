//! `jiaozi partner new`: a commented specification to fill in, which already passes the check.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiaozi_adapters::spec::identity::PartnerCode;

use super::check;
use crate::cli::{Common, Failure};

/// What a new partner begins with. CODE stands for its code.
const PROPERTY: &str = include_str!("new/property.toml");
const BILLER: &str = include_str!("new/biller.toml");
const CHANNEL: &str = include_str!("new/channel.toml");
const CORE: &str = include_str!("new/core.toml");

/// The calendar that the skeleton names, for a folder without calendars.
const EVERY_DAY: &str = include_str!("../../../../partner-specs/calendars/every-day.toml");

/// Writes the skeleton of a new partner's specification, <folder>/<CODE>/partner.toml.
///
/// The skeleton passes `jiaozi partner check` as it is; its comments say what to change.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi partner new greenhill --kind property
  jiaozi partner new riverside-heat --kind biller
  jiaozi partner new counter --kind channel
  jiaozi partner new our-core --kind core")]
pub(super) struct New {
    #[command(flatten)]
    common: Common,
    /// The code: 2 to 32 of a-z, 0-9 and -.
    #[arg(value_name = "CODE", value_parser = code)]
    code: PartnerCode,
    /// What kind of partner it is.
    #[arg(long, value_enum)]
    kind: Kind,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A property company whose bills are paid through the bank.
    Property,
    /// A utility, school or other payee whose own system the bank calls.
    Biller,
    /// A channel of the bank, which names payers and pays for them.
    Channel,
    /// The bank's own core system, where customers' deposits are.
    Core,
}

fn code(text: &str) -> Result<PartnerCode, String> {
    PartnerCode::try_from(text.to_owned())
}

impl New {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let folder = &config.partners.folder;
        let file = folder.join(self.code.as_str()).join("partner.toml");
        let skeleton = match self.kind {
            Kind::Property => PROPERTY,
            Kind::Biller => BILLER,
            Kind::Channel => CHANNEL,
            Kind::Core => CORE,
        };
        let calendar = folder.join("calendars").join("every-day.toml");
        if !calendar.exists() {
            write_new(&calendar, EVERY_DAY)?;
        }
        write_new(&file, &skeleton.replace("CODE", self.code.as_str()))?;
        check::passes(&file, folder)?;
        println!("{}", file.display());
        eprintln!("it passes the check; its comments say what to fill in");
        if !matches!(self.kind, Kind::Biller | Kind::Core) {
            eprintln!("then give it a key: jiaozi partner keys generate --partner {} …", self.code);
        }
        Ok(())
    }
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::File::create_new(path)?.write_all(text.as_bytes())
    };
    write().with_context(|| format!("{}: expected a place for a new file", path.display()))
}
