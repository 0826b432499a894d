//! The partners: their specifications, keys, calendars.

use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{Store, StoreError};

use super::Finding;
use crate::config::Config;
use crate::keys::{KeyKind, PartnerKey};
use crate::partners::{Partners, PartnersError};

/// The specifications, if all of them can be used; and everything that is wrong with them.
pub(super) fn specifications(config: &Config) -> (Option<Partners>, Vec<Finding>) {
    match Partners::load(&config.partners.folder) {
        Ok(partners) => {
            let codes: Vec<&str> =
                partners.specs().map(|spec| spec.partner.code.as_str()).collect();
            let says = format!("{} in order: {}", codes.len(), codes.join(", "));
            (Some(partners), vec![Finding::ok("specifications", says)])
        }
        Err(PartnersError::Wrong(problems)) => {
            let todo = "correct it; `jiaozi partner check` says whether it is right";
            let wrong = |problem: &dyn std::fmt::Display| {
                Finding::wrong("specifications", problem.to_string(), todo)
            };
            (None, problems.iter().map(|problem| wrong(problem)).collect())
        }
        Err(error) => {
            let todo = "set partners.folder to the folder of the specifications";
            (None, vec![Finding::wrong("specifications", error.to_string(), todo)])
        }
    }
}

/// The keys that each partner needs.
pub(super) async fn keys(store: &Store, partners: &Partners) -> Vec<Finding> {
    let mut findings = Vec::new();
    for spec in partners.specs() {
        match of_partner(store, spec).await {
            Ok(found) => findings.extend(found),
            Err(error) => {
                let says = format!("{}: {error}", spec.partner.code.as_str());
                findings.push(Finding::wrong("keys", says, "see that the database answers"));
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok("keys", "every partner has those that it needs"));
    }
    findings
}

async fn of_partner(store: &Store, spec: &PartnerSpec) -> Result<Vec<Finding>, StoreError> {
    let code = spec.partner.code.as_str();
    let clause = "partner = $2 and revoked_at is null order by id";
    let keys: Vec<PartnerKey> = store.find(clause, vec![Cell::Text(code.to_owned())]).await?;
    let signing = |id: &str| keys.iter().any(|key| key.id == id && key.kind != KeyKind::Webhook);
    let mut findings = Vec::new();
    if let Some(signature) = &spec.access.signature {
        let named: Vec<&str> = signature.key_ids.iter().map(|id| id.as_str()).collect();
        let missing: Vec<&str> = named.iter().copied().filter(|id| !signing(id)).collect();
        let none = if named.is_empty() {
            !keys.iter().any(|key| key.kind != KeyKind::Webhook)
        } else {
            missing.len() == named.len()
        };
        let other_way = spec.access.mutual_tls.is_some();
        let list = missing.join(", ");
        if none && !other_way {
            findings.push(Finding::wrong(
                "keys",
                format!("{code} has no key to sign requests with: {list} is not there or revoked"),
                format!("jiaozi partner keys add --partner {code} --id ID --public-key FILE"),
            ));
        } else if !missing.is_empty() {
            findings.push(Finding::warn(
                "keys",
                format!("{code}: its specification names {list}, which is not there or revoked"),
                "add the key, or take it out of access.signature.key_ids",
            ));
        }
    }
    let hook = keys.iter().any(|key| key.kind == KeyKind::Webhook);
    if spec.webhook.is_some() && !hook {
        findings.push(Finding::wrong(
            "keys",
            format!("{code} wants notices, and there is no secret to sign them with"),
            format!("jiaozi partner keys generate --partner {code} --id ID --kind webhook"),
        ));
    }
    Ok(findings)
}
