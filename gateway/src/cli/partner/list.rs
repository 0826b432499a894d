//! `jiaozi partner list`: who is connected, and how.

use clap::Args;
use jiaozi_adapters::spec::message::Verb;
use jiaozi_adapters::spec::{PartnerSpec, Terms};
use serde_json::{Value, json};

use crate::cli::{Common, Failure, open, print_json, print_table};

/// Lists the partners of the specifications' folder.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi partner list")]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let partners = open::partners(&config)?;
        if self.json {
            let all: Vec<Value> = partners.specs().map(|spec| shown(spec)).collect();
            print_json(&all)?;
            return Ok(());
        }
        let row = |spec: &PartnerSpec| {
            let (kind, what) = match &spec.terms {
                Terms::Property(terms) => {
                    let sites: Vec<&str> =
                        terms.communities.iter().map(|community| community.code.as_str()).collect();
                    ("property", format!("communities {}", sites.join(", ")))
                }
                Terms::Biller(terms) => {
                    ("biller", format!("at {}", terms.outbound.transport.address()))
                }
                Terms::Core(terms) => {
                    ("core", format!("at {}", terms.outbound.transport.address()))
                }
                Terms::Channel(channel) => ("channel", format!("serves {:?}", channel.serves)),
            };
            let identity = &spec.partner;
            let names = format!("{} / {}", identity.name.zh, identity.name.en);
            vec![identity.code.to_string(), kind.to_owned(), names, what]
        };
        let rows: Vec<Vec<String>> = partners.specs().map(|spec| row(spec)).collect();
        print_table(&["code", "kind", "name", "what"], &rows);
        Ok(())
    }
}

fn shown(spec: &PartnerSpec) -> Value {
    let identity = &spec.partner;
    let mut value = json!({
        "partner": identity.code, "kind": identity.kind, "name": identity.name,
        "currency": identity.currency, "scopes": spec.access.scopes,
        "webhook": spec.webhook.as_ref().map(|webhook| webhook.url.as_str()),
    });
    if let Some(terms) = spec.property() {
        let formats = |names: Vec<&str>| json!(names);
        value["communities"] =
            formats(terms.communities.iter().map(|community| community.code.as_str()).collect());
        value["items"] = formats(terms.items.iter().map(|item| item.code.as_str()).collect());
        value["bills"] = formats(terms.bills.iter().map(|format| format.name.as_str()).collect());
        value["rosters"] =
            formats(terms.rosters.iter().map(|format| format.name.as_str()).collect());
    }
    if let Some(terms) = spec.biller() {
        value["item"] = json!(terms.item.code);
    }
    if let Some(terms) = spec.called() {
        value["address"] = json!(terms.outbound.transport.address());
        value["messages"] = json!(
            Verb::ALL
                .into_iter()
                .filter(|verb| terms.messages.of(*verb).is_some())
                .collect::<Vec<_>>()
        );
    }
    value
}
