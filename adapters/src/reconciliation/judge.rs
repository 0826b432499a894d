//! What the two sides of one payment come to: the table in [`crate::reconciliation`].

use jiaozi_ledger::breaks::{Break, BreakKind, Cause, Resolution};
use jiaozi_ledger::instruction::{Instruction, InstructionState};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::statement::LineState;

use crate::spec::reconciliation::{DifferentAmount, OnlyOurs, OnlyTheirs, Reconciliation};

/// Our side of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ours {
    /// How much, in fen.
    pub amount: Fen,
    /// Where it stands.
    pub state: InstructionState,
    /// How much of it the payer got back later, in fen: that the biller has not got is no difference.
    pub refunded: Fen,
}

impl Ours {
    /// A payment that the biller was asked for, with its order.
    #[must_use]
    pub fn asked(instruction: &Instruction, order: Option<&Order>) -> Ours {
        let refunded = order.map_or(Fen::ZERO, |order| order.refunded);
        Ours { amount: instruction.amount, state: instruction.state, refunded }
    }

    /// A debit under a mandate: the partner has ordered it itself, so nothing of it is unknown. Nothing if
    /// the order is another one.
    #[must_use]
    pub fn withheld(order: &Order) -> Option<Ours> {
        let (amount, refunded) = (order.amount, order.refunded);
        let ours = Ours { amount, state: InstructionState::Done, refunded };
        (order.channel == order.partner).then_some(ours)
    }
}

/// What a line of their file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much, in fen.
    pub amount: Fen,
    /// What became of it.
    pub state: LineState,
}

/// What their files say of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its line; nothing where no file has one.
    pub line: Option<Line>,
    /// Whether the complete files of its day and of the next are both there.
    pub whole: bool,
    /// Whether this line is one too many: the file of another day has the payment too.
    pub repeated: bool,
}

/// In what they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// In what.
    pub kind: BreakKind,
    /// Our amount, in fen.
    pub ours: Fen,
    /// Theirs, in fen.
    pub theirs: Fen,
    /// How much is unexplained, in fen.
    pub gap: Fen,
    /// What belongs into suspense, in fen; below nothing out of it.
    pub booked: Fen,
    /// What may be the cause.
    pub cause: Cause,
}

/// What comes of both sides; nothing where they match.
#[must_use]
pub fn judge(ours: Option<Ours>, evidence: &Evidence, rules: &Reconciliation) -> Option<Found> {
    let paid = evidence.line.filter(|line| line.state == LineState::Paid);
    let ours = match (ours, evidence.repeated) {
        (Some(ours), false) => ours,
        (_, repeated) => {
            let cause = if repeated { Cause::Duplicate } else { Cause::UnknownReference };
            let theirs = |line: Line| only_theirs(Fen::ZERO, line.amount, cause, rules);
            // One payment in two files is theirs to explain: nobody is paid twice for it unasked.
            let booked = |found: Found| if repeated { Fen::ZERO } else { found.booked };
            return paid.map(theirs).map(|found| Found { booked: booked(found), ..found });
        }
    };
    let amount = ours.amount;
    let not_known = matches!(
        ours.state,
        InstructionState::Asked | InstructionState::Unknown | InstructionState::Reversing
    );
    match (ours.state, paid) {
        (InstructionState::Refused, Some(line)) => {
            Some(only_theirs(Fen::ZERO, line.amount, Cause::RefusedHere, rules))
        }
        (InstructionState::Reversed, Some(line)) => {
            Some(only_theirs(Fen::ZERO, line.amount, Cause::ReversedHere, rules))
        }
        (InstructionState::Refused | InstructionState::Reversed, None) => None,
        (_, Some(line)) if line.amount == amount => {
            // What is not known is done as soon as it is heard that they have it.
            not_known.then(|| unknown(amount, amount, Cause::StatusNotKnown))
        }
        (_, Some(line)) => Some(different_amount(amount, line.amount, not_known, rules)),
        (InstructionState::Done, None) => {
            // What we have given back already is not to be taken from the partner again.
            let kept = Fen(amount.0.saturating_sub(ours.refunded.0));
            match evidence.line {
                _ if kept == Fen::ZERO => None,
                Some(line) => Some(different_status(kept, line)),
                None => Some(only_ours(kept, evidence.whole, rules)),
            }
        }
        (_, None) => {
            let cause = if evidence.whole { Cause::StatusNotKnown } else { Cause::CutOff };
            Some(unknown(amount, Fen::ZERO, cause))
        }
    }
}

fn only_ours(amount: Fen, whole: bool, rules: &Reconciliation) -> Found {
    let books = whole && rules.only_ours == OnlyOurs::PartnerToSuspense;
    Found {
        kind: BreakKind::OnlyOurs,
        ours: amount,
        theirs: Fen::ZERO,
        gap: amount,
        booked: if books { amount } else { Fen::ZERO },
        cause: if whole { Cause::NotListed } else { Cause::CutOff },
    }
}

fn only_theirs(ours: Fen, theirs: Fen, cause: Cause, rules: &Reconciliation) -> Found {
    let books = rules.only_theirs == OnlyTheirs::SuspenseToPartner;
    let booked = if books { Fen(-theirs.0) } else { Fen::ZERO };
    Found { kind: BreakKind::OnlyTheirs, ours, theirs, gap: theirs, booked, cause }
}

fn different_amount(ours: Fen, theirs: Fen, not_known: bool, rules: &Reconciliation) -> Found {
    let difference = ours.0 - theirs.0;
    // While we do not know, the partner has none of it by our books.
    let books = !not_known && rules.different_amount == DifferentAmount::DifferenceToSuspense;
    let in_hundreds = |one: Fen, other: Fen| one.0.checked_mul(100) == Some(other.0);
    let unit = in_hundreds(ours, theirs) || in_hundreds(theirs, ours);
    Found {
        kind: BreakKind::Amount,
        ours,
        theirs,
        gap: Fen(difference.abs()),
        booked: if books { Fen(difference) } else { Fen::ZERO },
        cause: if unit { Cause::AmountUnit } else { Cause::OtherAmount },
    }
}

fn different_status(ours: Fen, line: Line) -> Found {
    Found {
        kind: BreakKind::Status,
        ours,
        theirs: line.amount,
        gap: ours,
        booked: Fen::ZERO,
        cause: match line.state {
            LineState::Reversed => Cause::ReversedThere,
            LineState::Paid | LineState::NotPaid => Cause::NotPaidThere,
        },
    }
}

/// Its amount is in suspense as an outcome that is not known: it is not unexplained twice.
fn unknown(ours: Fen, theirs: Fen, cause: Cause) -> Found {
    let (gap, booked) = (Fen::ZERO, Fen::ZERO);
    Found { kind: BreakKind::Unknown, ours, theirs, gap, booked, cause }
}

/// What is to become of a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// In what both sides differ; nothing where the break is resolved by that.
    pub found: Option<Found>,
    /// What is to be in suspense for it, in fen.
    pub booked: Fen,
}

/// What is to become of a break by what was found; nothing where it is as it should be.
#[must_use]
pub fn target(found: Option<Found>, before: Option<&Break>) -> Option<Target> {
    let Some(before) = before else {
        return found.map(|found| Target { found: Some(found), booked: found.booked });
    };
    // What two operators took from the partner because its file says that it has not got it, it still has
    // not by another file that says the same, whatever the figures there.
    let ruled = before.resolution == Some(Resolution::Approved) && before.moved != Fen::ZERO;
    let still = found.is_some_and(|found| found.kind == BreakKind::Status);
    if ruled && still && before.kind == BreakKind::Status {
        return None;
    }
    // What two operators have moved elsewhere is not the partner's any more, whatever the files say.
    let owed = found.map_or(0, |found| found.booked.0) - before.moved.0;
    let found = match found {
        None if owed == 0 => {
            return before.is_open().then_some(Target { found: None, booked: Fen::ZERO });
        }
        None => Found {
            kind: before.kind,
            ours: before.ours,
            theirs: before.theirs,
            gap: Fen(owed.abs()),
            booked: Fen(owed),
            cause: Cause::RuledOtherwise,
        },
        Some(found) => found,
    };
    let figures = |kind, ours, theirs| (kind, ours, theirs);
    let same = figures(found.kind, found.ours, found.theirs)
        == figures(before.kind, before.ours, before.theirs);
    let as_it_is = match before.resolution {
        Some(Resolution::Approved) => same && found.cause != Cause::RuledOtherwise,
        Some(Resolution::Evidence) => false,
        None => same && found.cause == before.cause && before.booked.0 == owed,
    };
    (!as_it_is).then_some(Target { found: Some(found), booked: Fen(owed) })
}
