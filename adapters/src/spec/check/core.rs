//! Contradictions among the terms of the core.

use super::{Problems, biller, fetch, known_calendar, messages, property_sections};
use crate::spec::biller::{Biller, BillerItem};
use crate::spec::calendar::Calendars;
use crate::spec::clearing::{Clearing, SettlementDay};
use crate::spec::core::Core;
use crate::spec::identity::{AccountCode, Code};
use crate::spec::message::Messages;
use crate::spec::outbound::{Reversal, Transport};
use crate::spec::reconciliation::{DifferentAmount, OnlyOurs, OnlyTheirs, Reconciliation};
use crate::spec::{PartnerFile, Terms};

/// What differs between the core's day and our books is shown and booked nowhere: what the core has given
/// is what our clearing account with it says, and no partner is owed it.
const NOTHING_BOOKED: Reconciliation = Reconciliation {
    only_ours: OnlyOurs::Nothing,
    only_theirs: OnlyTheirs::Nothing,
    different_amount: DifferentAmount::Nothing,
    different_status: crate::spec::reconciliation::DifferentStatus::Nothing,
};

pub(super) fn core(
    file: &PartnerFile,
    calendars: &Calendars,
    problems: &mut Problems<'_>,
) -> Option<Terms> {
    property_sections(file, problems);
    for (key, present) in [
        ("channel", file.channel.is_some()),
        ("biller", file.biller.is_some()),
        ("clearing", file.clearing.is_some()),
        ("fee", file.fee.is_some()),
        ("payout", file.payout.is_some()),
        ("withholding", file.withholding.is_some()),
        ("reconciliation", file.reconciliation.is_some()),
        ("webhook", file.webhook.is_some()),
        ("partner.scene", file.partner.scene.is_some()),
    ] {
        problems.unless(!present, key, "does not apply to kind `core`");
    }
    for (section, missing) in [
        ("core", file.core.is_none()),
        ("outbound", file.outbound.is_none()),
        ("message", file.message.is_none() && !told_by_files(file)),
    ] {
        problems.unless(!missing, section, "kind `core` needs this section");
    }
    let own = file.core.clone()?;
    let terms = Biller {
        customer: own.account.clone(),
        item: BillerItem {
            code: Code::try_from("draw".to_owned()).ok()?,
            name: file.partner.name.clone(),
        },
        quote_valid_seconds: 0,
        clearing: clearing(&own)?,
        fee: None,
        outbound: file.outbound.clone()?,
        messages: match &file.message {
            None if told_by_files(file) => Messages::default(),
            messages => messages.clone()?,
        },
        statement: file.statement.clone(),
        withholding: None,
        payout: None,
        reconciliation: NOTHING_BOOKED,
    };
    biller::customer(&own.account, "core.account", problems);
    known_calendar(&terms.clearing, calendars, "core.calendar", problems);
    biller::outbound(&terms.outbound, problems);
    biller::schedule(&terms, problems);
    problems.unless(
        terms.outbound.schedule.reversal == Reversal::UntilCutOff,
        "outbound.schedule.reversal",
        "expected `until_cut_off`: what a scene does not take must go back",
    );
    messages::all(&terms, messages::Of::Core, problems);
    if let Some(statement) = &terms.statement {
        biller::statement(statement, false, problems);
    }
    fetch::all(&terms, problems);
    Some(Terms::Core(Box::new(terms)))
}

/// Whether all that is said to it is in files.
fn told_by_files(file: &PartnerFile) -> bool {
    file.outbound.as_ref().is_some_and(|outbound| outbound.transport == Transport::Files)
}

fn clearing(own: &Core) -> Option<Clearing> {
    Some(Clearing {
        cut_off: own.cut_off,
        calendar: own.calendar.clone(),
        settlement_day: SettlementDay::SameDay,
        account: AccountCode::try_from(jiaozi_ledger::chart::CORE_CLEARING.to_owned()).ok()?,
    })
}
