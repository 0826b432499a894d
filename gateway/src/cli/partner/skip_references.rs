//! `jiaozi partner skip-references`: numbers that a database does not know to be drawn, after it was restored.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::decision::digest_of;
use jiaozi_ledger::operator::Role;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open};
use crate::utility::references::References;

/// Leaves out numbers of our references at a biller or the core. A database that was restored has forgotten
/// those that were drawn since it was copied: told again, they would be taken for the payments of then. Run it
/// for every biller before a restored gateway starts, with more than can have been drawn.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi partner skip-references rongjiang-water --by 1000000")]
pub(super) struct SkipReferences {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The biller's or core's code.
    #[arg(value_name = "PARTNER")]
    partner: String,
    /// How many numbers; each payment draws two.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    by: u32,
}

impl SkipReferences {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let Some(biller) = gateway.partners.called(&self.partner) else {
                let known: Vec<&str> =
                    gateway.partners.all_called().map(|one| one.payee.code.as_str()).collect();
                let (code, known) = (&self.partner, known.join(", "));
                return Err(
                    anyhow::anyhow!("there is no biller {code}; expected one of {known}").into()
                );
            };
            let references = References::new(gateway.store.clone());
            let next = references.peek(&self.partner).await.context("the numbers")?;
            let after = next.saturating_add(u64::from(self.by));
            if biller.reference.write(after).is_none() {
                let digits = biller.reference.digits;
                return Err(anyhow::anyhow!(
                    "{after} has more than the {digits} digits that {} takes; expected --by so that the next number, {next}, stays below",
                    self.partner
                )
                .into());
            }
            let by = self.by.to_string();
            let content = digest_of(&[&self.partner, &by]);
            let key = format!("{}/{next}/{by}", self.partner);
            let order =
                who.order_work(&gateway, Role::Maker, "partner.skip_references", &key, content);
            order.await.map_err(refused)?;
            let next = references.skip(&self.partner, self.by).await.context("the numbers")?;
            eprintln!("the next reference at {} is number {next} or later", self.partner);
            Ok(())
        })
    }
}
