//! What a community's partner and the bank's branch look at: whom the scene has reached and how well
//! fees come in. Only counts and sums, each rate with what it is a part of; nobody is named.

use crate::Error;
use crate::lead::PaymentState;
use crate::onboarding::{Stage, stage_of};
use jiaozi_ledger::bill::BillState;
use jiaozi_ledger::row::{Cell, Kind};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, Store};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

/// The reach that a bank's own channels peak at, to compare with: 35 %.
pub const REACH_BASELINE_BASIS_POINTS: i64 = 3_500;

/// What the report is about.
#[derive(Clone, Debug)]
pub struct ReportQuery {
    /// The partner.
    pub partner: String,
    /// One of its sites; without it all.
    pub site: Option<String>,
    /// The month, `yyyy-mm`: payments posted in it, and bills charged for it. Without it all.
    pub month: Option<String>,
    /// The partner's zone, which says when a month begins.
    pub zone: TimeZone,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// The part.
    pub numerator: i64,
    /// The whole.
    pub denominator: i64,
    /// Hundredths of a percent, rounded down; nothing when the whole is nothing.
    pub basis_points: Option<i64>,
}

impl Rate {
    /// A part of a whole.
    pub fn of(numerator: i64, denominator: i64) -> Rate {
        let points = |whole: i128| i64::try_from(i128::from(numerator) * 10_000 / whole).ok();
        let basis_points = if denominator > 0 { points(i128::from(denominator)) } else { None };
        Rate { numerator, denominator, basis_points }
    }
}

/// The report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommunityReport {
    /// The partner.
    pub partner: String,
    /// The site, if it is about one.
    pub site: Option<String>,
    /// The month, if it is about one.
    pub month: Option<String>,
    /// How far the work with the partner has come.
    pub stage: Option<Stage>,
    /// Households on the roster with a payment through us, of all households on the roster.
    pub households_reached: Rate,
    /// What to compare that with.
    pub reach_baseline_basis_points: i64,
    /// Houses with a payment through us that no roster names.
    pub houses_not_on_roster: i64,
    /// Roster rows whose person we know, of all roster rows.
    pub residents_known: Rate,
    /// Different people who paid through us.
    pub payers: i64,
    /// Payments through us that were not cancelled.
    pub payments: i64,
    /// What they paid, less what was given back, in fen.
    pub paid_fen: i64,
    /// Bills paid (through us or at the desk), of all bills issued and not withdrawn.
    pub bills_collected: Rate,
    /// Of their amounts in fen, what was collected (through us or at the desk).
    pub fen_collected: Rate,
    /// Of their amounts in fen, what was paid through us.
    pub fen_collected_through_us: Rate,
}

/// Makes the report.
///
/// # Errors
/// When the month is none, or the store cannot be read.
pub async fn community_report(
    store: &Store,
    query: &ReportQuery,
) -> Result<CommunityReport, Error> {
    let month = query.month.as_deref();
    let within = month.map(|month| bounds(month, &query.zone)).transpose()?;
    let [households] =
        Count::of(query, "h").read(store, "select count(*) from households h").await?;
    let [reached] = Count::of(query, "h")
        .and_paid_by_house(within)
        .read(store, "select count(*) from households h")
        .await?;
    let [houses_not_on_roster] = Count::of(query, "y")
        .and_paid("y", within)
        .and(
            "y.house <> '' and not exists (select 1 from households h where h.book = y.book
            and h.partner = y.partner and h.house = y.house)",
            [],
        )
        .read(store, "select count(distinct y.house) from lead_payments y")
        .await?;
    let [residents, known] =
        Count::of(query, "r").read(store, "select count(*), count(r.person) from roster r").await?;
    let [payers, payments, paid_fen] = Count::of(query, "y")
        .and_paid("y", within)
        .read(
            store,
            "select count(distinct l.person), count(*),
                 cast(coalesce(sum(y.amount_fen - y.refunded_fen), 0) as bigint)
             from lead_payments y join leads l on l.book = y.book and l.id = y.lead",
        )
        .await?;
    let mut bills =
        Count::of(query, "b").and("b.state <> {}", [Cell::Int(BillState::Withdrawn.code())]);
    if let Some(month) = month {
        bills = bills.and("b.period = {}", [Cell::Text(month.to_owned())]);
    }
    let (paid, at_desk) = (BillState::Paid.code(), BillState::PaidAtDesk.code());
    let collected = format!(
        "select count(*), count(case when b.state in ({paid}, {at_desk}) then 1 end),
             cast(coalesce(sum(b.amount_fen), 0) as bigint),
             cast(coalesce(sum(case b.state when {at_desk} then b.amount_fen else b.paid_fen end), 0)
                 as bigint),
             cast(coalesce(sum(b.paid_fen), 0) as bigint)
         from bills b",
    );
    let [issued, collected, issued_fen, collected_fen, through_us_fen] =
        bills.read(store, &collected).await?;
    Ok(CommunityReport {
        partner: query.partner.clone(),
        site: query.site.clone(),
        month: query.month.clone(),
        stage: stage_of(store, &query.partner).await?.map(|step| step.stage),
        households_reached: Rate::of(reached, households),
        reach_baseline_basis_points: REACH_BASELINE_BASIS_POINTS,
        houses_not_on_roster,
        residents_known: Rate::of(known, residents),
        payers,
        payments,
        paid_fen,
        bills_collected: Rate::of(collected, issued),
        fen_collected: Rate::of(collected_fen, issued_fen),
        fen_collected_through_us: Rate::of(through_us_fen, issued_fen),
    })
}

/// From when to before when a month is.
type Within = (Instant, Instant);

/// The instants between which a month lies in a zone.
fn bounds(month: &str, zone: &TimeZone) -> Result<Within, Error> {
    let none = || Error::Month(month.to_owned());
    let well_formed = month.len() == 7 && month.is_ascii();
    let (year, number) = month.split_once('-').filter(|_| well_formed).ok_or_else(none)?;
    let first =
        Date::new(year.parse().map_err(|_| none())?, number.parse().map_err(|_| none())?, 1)
            .map_err(|_| none())?;
    let next = first.last_of_month().tomorrow().map_err(|_| none())?;
    let begins = |date: Date| {
        date.to_zoned(zone.clone()).map(|at| Instant::from(at.timestamp())).map_err(|_| none())
    };
    Ok((begins(first)?, begins(next)?))
}

/// A statement that counts rows of a partner, and of a site if one is asked for.
struct Count {
    clauses: String,
    binds: Vec<Cell>,
}

impl Count {
    fn of(query: &ReportQuery, alias: &str) -> Count {
        let clauses = format!("{alias}.book = $1");
        let count = Count { clauses, binds: vec![Cell::Int(BOOK)] };
        let text = |text: &str| [Cell::Text(text.to_owned())];
        let count = count.and(&format!("{alias}.partner = {{}}"), text(&query.partner));
        match &query.site {
            Some(site) => count.and(&format!("{alias}.site = {{}}"), text(site)),
            None => count,
        }
    }

    /// One more condition; each `{}` in it stands for the next value.
    fn and(mut self, clause: &str, values: impl IntoIterator<Item = Cell>) -> Count {
        let clause = values.into_iter().fold(clause.to_owned(), |clause, value| {
            self.binds.push(value);
            clause.replacen("{}", &format!("${}", self.binds.len()), 1)
        });
        self.clauses.push_str(" and ");
        self.clauses.push_str(&clause);
        self
    }

    /// Only payments that stand, within a month if one is asked for.
    fn and_paid(self, alias: &str, within: Option<Within>) -> Count {
        let (clause, values) = paid(alias, within);
        self.and(&clause, values)
    }

    /// Only households (`h`) for which there is such a payment.
    fn and_paid_by_house(self, within: Option<Within>) -> Count {
        let (clause, values) = paid("y", within);
        let clause = format!(
            "exists (select 1 from lead_payments y where y.book = h.book
                and y.partner = h.partner and y.house = h.house and {clause})",
        );
        self.and(&clause, values)
    }

    /// Reads `N` numbers.
    async fn read<const N: usize>(self, store: &Store, select: &str) -> Result<[i64; N], Error> {
        let query = Query {
            sql: format!("{select} where {}", self.clauses),
            binds: self.binds,
            kinds: vec![Kind::Int; N],
        };
        let row = store.engine().read(query).await?.pop().unwrap_or_default();
        let mut numbers = [0; N];
        for (number, cell) in numbers.iter_mut().zip(row) {
            if let Cell::Int(value) = cell {
                *number = value;
            }
        }
        Ok(numbers)
    }
}

fn paid(alias: &str, within: Option<Within>) -> (String, Vec<Cell>) {
    let mut clause = format!("{alias}.state = {{}}");
    let mut values = vec![Cell::Int(PaymentState::Posted.code())];
    if let Some((from, before)) = within {
        clause.push_str(&format!(" and {alias}.at >= {{}} and {alias}.at < {{}}"));
        values.extend([Cell::Int(from.0), Cell::Int(before.0)]);
    }
    (clause, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_nothing_is_no_rate() {
        assert_eq!(Rate::of(0, 0).basis_points, None);
        assert_eq!(Rate::of(1, 3).basis_points, Some(3_333));
        assert_eq!(Rate::of(3, 3).basis_points, Some(10_000));
        assert_eq!(Rate::of(i64::MAX, i64::MAX).basis_points, Some(10_000));
    }

    #[test]
    fn a_month_begins_in_the_partners_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let (from, before) = bounds("2026-12", &zone).expect("a month");
        assert_eq!(from.to_string(), "2026-11-30T16:00:00Z");
        assert_eq!(before.to_string(), "2026-12-31T16:00:00Z");
        for wrong in ["2026-13", "2026", "26-1", "2026-1", "ab-cd", "2026-\u{661}"] {
            assert_eq!(bounds(wrong, &zone), Err(Error::Month(wrong.to_owned())), "{wrong}");
        }
    }
}
