//! Contradictions among codes, rates and shares.

use super::Problems;
use crate::spec::fee::Fee;
use crate::spec::property::Property;
use crate::spec::split::SplitShare;

pub(super) fn names(terms: &Property, problems: &mut Problems<'_>) {
    problems.unique("community", terms.communities.iter().map(|c| c.code.as_str()));
    problems.unique("item", terms.items.iter().map(|i| i.code.as_str()));
    problems.unique("budget", terms.budgets.iter().map(|b| b.account.as_str()));
    problems.unique("prepay", terms.prepay.iter().map(|p| p.code.as_str()));
    problems.unique("bills", terms.bills.iter().map(|b| b.name.as_str()));
    problems.unique("roster", terms.rosters.iter().map(|r| r.name.as_str()));
    for (index, plan) in terms.prepay.iter().enumerate() {
        let key = |field: &str| format!("prepay[{index}].{field}");
        problems.unless(
            terms.item(plan.item.as_str()).is_some(),
            &key("item"),
            "expected the code of an [[item]]",
        );
        let budget = terms.budgets.iter().any(|b| b.account == plan.budget);
        problems.unless(budget, &key("budget"), "expected the account of a [[budget]]");
        problems.unless(
            (1..=120).contains(&plan.months),
            &key("months"),
            "expected 1 to 120 months",
        );
        let discount = (0..=10_000).contains(&plan.discount_basis_points);
        problems.unless(discount, &key("discount_basis_points"), "expected 0 to 10000");
    }
}

pub(super) fn rates(terms: &Property, problems: &mut Problems<'_>) {
    if let Some(late) = &terms.late_fee {
        problems.unless(
            (1..=1_000).contains(&late.basis_points_per_day),
            "late_fee.basis_points_per_day",
            "expected 1 to 1000",
        );
        let cap = late.cap_basis_points.is_none_or(|cap| (0..=100_000).contains(&cap));
        problems.unless(cap, "late_fee.cap_basis_points", "expected 0 to 100000");
        problems.unless(late.grace_days <= 366, "late_fee.grace_days", "expected 0 to 366");
    }
    let payment = &terms.payment;
    problems.unless(
        (30..=86_400).contains(&payment.quote_valid_seconds),
        "payment.quote_valid_seconds",
        "expected 30 to 86400",
    );
    problems.unless(
        payment.partial_minimum_fen >= 0,
        "payment.partial_minimum_fen",
        "expected 0 or more",
    );
    if let Some(refund) = &terms.refund {
        problems.unless(
            (1..=3_650).contains(&refund.within_days),
            "refund.within_days",
            "expected 1 to 3650",
        );
    }
    for (index, budget) in terms.budgets.iter().enumerate() {
        problems.unless(
            budget.limit_fen > 0,
            &format!("budget[{index}].limit_fen"),
            "expected more than 0",
        );
    }
    for (index, community) in terms.communities.iter().enumerate() {
        problems.unless(
            community.households > 0,
            &format!("community[{index}].households"),
            "expected more than 0",
        );
    }
}

pub(super) fn fee(fee: &Fee, problems: &mut Problems<'_>) {
    problems.unless(
        (0..=10_000).contains(&fee.basis_points),
        "fee.basis_points",
        "expected 0 to 10000",
    );
    problems.unless(fee.minimum_fen >= 0, "fee.minimum_fen", "expected 0 or more");
    let ordered = fee.maximum_fen.is_none_or(|maximum| maximum >= fee.minimum_fen);
    problems.unless(ordered, "fee.maximum_fen", "expected at least `minimum_fen`");
}

pub(super) fn splits(terms: &Property, problems: &mut Problems<'_>) {
    for (index, split) in terms.splits.iter().enumerate() {
        let key = format!("split[{index}]");
        let own = split.payee == terms.clearing.account;
        problems.unless(
            !own,
            &format!("{key}.payee"),
            "expected another account than the partner's own",
        );
        let named = match &split.share {
            SplitShare::WholeOf(items) => items.as_slice(),
            SplitShare::BasisPoints { items, .. } => items.as_deref().unwrap_or_default(),
        };
        for item in named.iter().filter(|item| terms.item(item.as_str()).is_none()) {
            problems.at(&key, format!("`{item}` is not the code of an [[item]]"));
        }
    }
    for item in &terms.items {
        let code = item.code.as_str();
        let whole = terms.splits.iter().filter(|s| s.takes_whole(code)).count();
        let named = terms.splits.iter().any(|s| match &s.share {
            SplitShare::BasisPoints { items: Some(items), .. } => items.contains(&item.code),
            _ => false,
        });
        problems.unless(whole <= 1, "split", &format!("item `{code}` is given away whole twice"));
        problems.unless(
            whole == 0 || !named,
            "split",
            &format!("item `{code}` is given away whole and in part"),
        );
        let points: i64 = terms.splits.iter().map(|s| s.basis_points_of(code)).sum();
        problems.unless(
            points <= 10_000,
            "split",
            &format!("shares of item `{code}` are {points} basis points, expected 10000 at most"),
        );
    }
}
