//! `jiaozi people leads`: the list that staff work with.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiaozi_acquisition::lead::LeadState;
use jiaozi_acquisition::leads::{self, DisclosedLead, LeadFilter, LeadLine, PAGE, Unmask};
use jiaozi_ledger::decision::digest_of;
use jiaozi_ledger::operator::Role;
use serde_json::{Value, json};

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_json};
use crate::clock::{SystemClock, new_id};
use crate::gateway::Gateway;

/// Lists leads: who paid where, with the payment that shows it. Personal data is masked.
///
/// --unmask shows name and phone of those who allow marketing, to no one else; who asked and why is
/// recorded in the same transaction.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi people leads --partner yunhe
  jiaozi people leads --format json > leads.json
  jiaozi people leads --partner yunhe --unmask --reason \"call list of 2026-11, branch 12\"")]
pub(super) struct Leads {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// Only of this partner.
    #[arg(long, value_name = "CODE")]
    partner: Option<String>,
    /// Only of this community.
    #[arg(long, value_name = "CODE")]
    site: Option<String>,
    /// Only as far as this.
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<LeadState>,
    /// How the list is written.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// For programs: the same as --format json.
    #[arg(long)]
    json: bool,
    /// Show name and phone of those who allow marketing.
    #[arg(long, requires = "reason")]
    unmask: bool,
    /// Why they are needed in clear; it is recorded.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
}

fn state(text: &str) -> Result<LeadState, String> {
    text.parse().map_err(|error: jiaozi_acquisition::UnknownWord| error.to_string())
}

/// A line with what may be shown of the person.
struct Shown {
    line: LeadLine,
    name: Option<String>,
    phone: Option<String>,
}

impl Leads {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let lines = self.lines(&gateway).await?;
            if self.json || self.format == Format::Json {
                let all: Vec<Value> = lines.iter().map(value).collect();
                print_json(&all)?;
            } else {
                csv(&lines)?;
            }
            eprintln!("{} leads", lines.len());
            Ok(())
        })
    }

    /// Orders the disclosure, and says how records name who did.
    async fn ordered(&self, gateway: &Gateway) -> anyhow::Result<String> {
        let who = self.ordered_by.who()?;
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let state = self.state.map(|state| state.to_string());
        let (partner, site, reason) = (part(&self.partner), part(&self.site), part(&self.reason));
        let content = digest_of(&[&partner, &site, &part(&state), &reason]);
        let key = new_id(&SystemClock).to_string();
        let order = who.order_work(gateway, Role::Retail, "leads.disclose", &key, content).await;
        order.map_err(refused)?;
        Ok(who.actor())
    }

    async fn lines(&self, gateway: &Gateway) -> anyhow::Result<Vec<Shown>> {
        let filter = LeadFilter {
            partner: self.partner.clone(),
            site: self.site.clone(),
            state: self.state,
            ..LeadFilter::default()
        };
        let (store, vault) = (&gateway.store, &gateway.vault);
        let mut lines = Vec::new();
        let mut after = None;
        let actor = if self.unmask { self.ordered(gateway).await? } else { String::new() };
        loop {
            let next = if self.unmask {
                let reason = self.reason.as_deref().unwrap_or_default();
                let unmask = Unmask { actor: &actor, reason };
                let now = gateway.now().await?;
                let page = leads::disclose(store, vault, &filter, after, PAGE, unmask, now).await;
                let page = page.context("the leads")?;
                lines.extend(page.lines.into_iter().map(clear));
                page.next
            } else {
                let page = leads::list(store, vault, &filter, after, PAGE).await;
                let page = page.context("the leads")?;
                lines.extend(page.lines.into_iter().map(masked));
                page.next
            };
            match next {
                Some(next) => after = Some(next),
                None => return Ok(lines),
            }
        }
    }
}

fn masked(line: LeadLine) -> Shown {
    let (name, phone) = (line.name.clone(), line.phone.clone());
    Shown { line, name, phone }
}

fn clear(lead: DisclosedLead) -> Shown {
    let DisclosedLead { line, clear_name, clear_phone } = lead;
    let name = clear_name.map(|name| name.expose().to_owned()).or_else(|| line.name.clone());
    let phone = clear_phone.map(|phone| phone.expose().to_owned()).or_else(|| line.phone.clone());
    Shown { line, name, phone }
}

fn value(shown: &Shown) -> Value {
    let mut value = json!(shown.line);
    value["name"] = json!(shown.name);
    value["phone"] = json!(shown.phone);
    value
}

fn csv(lines: &[Shown]) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    out.write_record([
        "lead",
        "partner",
        "scene",
        "community",
        "house",
        "channel",
        "state",
        "payments",
        "cancelled",
        "first_at",
        "last_at",
        "evidence_seq",
        "order",
        "contactable",
        "name",
        "phone",
    ])?;
    for Shown { line, name, phone } in lines {
        out.write_record([
            &line.lead.to_string(),
            &line.partner,
            &line.scene,
            &line.site,
            &line.house,
            &line.channel,
            &line.state.to_string(),
            &line.payments.to_string(),
            &line.cancelled.to_string(),
            &line.at.to_string(),
            &line.last_at.to_string(),
            &line.seq.to_string(),
            &line.order.to_string(),
            &line.contactable.to_string(),
            name.as_deref().unwrap_or(""),
            phone.as_deref().unwrap_or(""),
        ])?;
    }
    Ok(out.flush()?)
}
