//! Contradictions about where money is paid to.

use std::collections::BTreeMap;

use super::Problems;
use crate::spec::clearing::Clearing;
use crate::spec::document::SpecError;
use crate::spec::fee::Fee;
use crate::spec::payout::{Destination, Payout, Settle};
use crate::spec::split::Split;
use crate::spec::{PartnerSpec, Terms};

/// The largest minimum, in fen: a hundred million yuan.
const MINIMUM_MAX: i64 = 10_000_000_000;

pub(super) fn all(
    payout: &Payout,
    clearing: &Clearing,
    fee: Option<&Fee>,
    splits: &[Split],
    problems: &mut Problems<'_>,
) {
    problems.unless(
        (0..=MINIMUM_MAX).contains(&payout.minimum_fen),
        "payout.minimum_fen",
        "expected 0 to 10000000000",
    );
    if payout.settle == Settle::Gross {
        problems.unless(
            fee.is_some(),
            "payout.settle",
            "there is no [fee] to be collected apart: expected `net`",
        );
        problems.unless(
            clearing.account.as_str().starts_with("settlement:"),
            "clearing.account",
            "fees are collected from it apart: expected `settlement:…`",
        );
    }
    destination("payout.to", &payout.to, problems);
    problems.unique("payout.payee", payout.payee.iter().map(|payee| payee.account.as_str()));
    for (index, payee) in payout.payee.iter().enumerate() {
        let key = |field: &str| format!("payout.payee[{index}].{field}");
        problems.unless(
            splits.iter().any(|split| split.payee == payee.account),
            &key("account"),
            "expected the payee of a [[split]]",
        );
        destination(&key("to"), &payee.to, problems);
    }
}

pub(super) fn destination(key: &str, to: &Destination, problems: &mut Problems<'_>) {
    if let Some((field, expected)) = to.contradiction() {
        problems.at(&format!("{key}.{field}"), expected);
    }
}

/// One account of the books is paid out to one account, whoever's specification says it.
pub(super) fn together(specs: &[(String, PartnerSpec)]) -> Vec<SpecError> {
    let mut problems = Vec::new();
    let mut known: BTreeMap<&str, (&str, &Destination)> = BTreeMap::new();
    for (file, spec) in specs {
        let (payout, clearing) = match &spec.terms {
            Terms::Property(terms) => (&terms.payout, &terms.clearing),
            Terms::Biller(terms) => (&terms.payout, &terms.clearing),
            Terms::Channel(_) | Terms::Core(_) => continue,
        };
        let Some(payout) = payout else { continue };
        let own = std::iter::once(("payout.to", &clearing.account, &payout.to));
        let others = payout.payee.iter().map(|one| ("payout.payee", &one.account, &one.to));
        for (key, account, to) in own.chain(others) {
            let (other, there) = *known.entry(account.as_str()).or_insert((file, to));
            if there != to {
                problems.push(SpecError {
                    file: file.clone(),
                    line: 1,
                    key: key.to_owned(),
                    message: format!("`{account}` is paid out to somewhere else by {other}"),
                });
            }
        }
    }
    problems
}
