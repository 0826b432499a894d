//! How two statements of an account stand to each other. A line must never count twice, and what another
//! statement alone tells must never be withdrawn: so what cannot be said for certain is refused.

use super::account_statement::AccountStatement;

/// How a statement stands to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They tell other days.
    Apart,
    /// They tell parts of the same days, such as pages.
    Part,
    /// It says everything anew that the other one says, which then counts no more.
    Anew,
    /// Both tell some days, and nothing says which of them counts there.
    Clash,
}

/// How a statement stands to an earlier one. `current` are all statements of the account that count, or
/// will when they are taken to their end.
#[must_use]
pub fn standing(
    of: &AccountStatement,
    before: &AccountStatement,
    current: &[&AccountStatement],
) -> Standing {
    let same_days = (of.from, of.date) == (before.from, before.date);
    if of.source() == before.source() && !same_days && of.lines > 0 {
        // The very lines of a file that does not say its day, with another day beside it.
        return Standing::Anew;
    }
    if of.from > before.date || before.from > of.date {
        return Standing::Apart;
    }
    let part = goes_on(of, before) || goes_on(before, of);
    if of.content_hash == before.content_hash {
        // One file corrects nothing of itself.
        let other = same_days && of_same_days(of, before, current) == Standing::Part;
        return if part || other { Standing::Part } else { Standing::Clash };
    }
    match same_days {
        true => of_same_days(of, before, current),
        false if part => Standing::Part,
        false if comes_back(of, before) || comes_back(before, of) => Standing::Clash,
        false if covers(of, before) && fits(of, current) => Standing::Anew,
        false => Standing::Clash,
    }
}

/// Whether one begins where the other ends, with its balance: on its last day at the earliest.
fn follows(of: &AccountStatement, before: &AccountStatement) -> bool {
    of.opening.is_some() && of.opening == before.closing && of.from >= before.date
}

/// Whether one goes on with the other: what that one lists is before its balance.
fn goes_on(of: &AccountStatement, before: &AccountStatement) -> bool {
    follows(of, before) && (before.opening != before.closing || before.lines == 0)
}

/// Whether one begins with a balance that the other both opens and closes with: it may go on with its lines,
/// or tell them once more.
fn comes_back(of: &AccountStatement, before: &AccountStatement) -> bool {
    follows(of, before) && !goes_on(of, before)
}

fn covers(of: &AccountStatement, before: &AccountStatement) -> bool {
    of.from <= before.from && before.date <= of.date
}

/// Whether the balances at both ends of a statement are those that the statements which it covers have there.
fn fits(of: &AccountStatement, current: &[&AccountStatement]) -> bool {
    let covered = || current.iter().filter(|one| one.id != of.id && covers(of, one));
    let whole = covered().all(|one| one.opening.is_some() == of.opening.is_some());
    let first = || covered().filter(|one| one.from == of.from);
    let last = || covered().filter(|one| one.date == of.date);
    let opens = first().next().is_none() || first().any(|one| one.opening == of.opening);
    let closes = last().next().is_none() || last().any(|one| one.closing == of.closing);
    whole && opens && closes
}

fn of_same_days(
    of: &AccountStatement,
    before: &AccountStatement,
    current: &[&AccountStatement],
) -> Standing {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let differ = |one: &Option<String>, other: &Option<String>| {
        one.is_some() && other.is_some() && one != other
    };
    let continues = |one: &AccountStatement, other: &AccountStatement| {
        one.opening.is_some() && one.opening == other.closing && other.opening != other.closing
    };
    if same(&of.number, &before.number) && of.page == before.page {
        // Some number nothing, and write the same for every statement.
        let more = continues(of, before) || continues(before, of);
        return if more { Standing::Clash } else { Standing::Anew };
    }
    let moved_on = before.opening != before.closing;
    let same_opening = of.opening.is_some() && of.opening == before.opening;
    // One that goes on from where that balance was reached again.
    let reached_again = current.iter().any(|one| {
        let elsewhere = one.id != of.id && one.id != before.id;
        elsewhere && one.date == of.date && one.closing.is_some() && one.closing == of.opening
    });
    if differ(&of.number, &before.number) || differ(&of.page, &before.page) {
        let pages = same(&of.number, &before.number);
        let corrects = same_opening && moved_on && of.lines > 0 && !pages && !reached_again;
        return if corrects { Standing::Clash } else { Standing::Part };
    }
    match (of.opening.is_some(), before.opening.is_some()) {
        (false, false) if of.number.is_none() && before.number.is_none() => Standing::Anew,
        (true, true) if of.lines == 0 && !moved_on => Standing::Part,
        (true, true) if same_opening && of.lines == 0 => match of.closing == before.opening {
            true => Standing::Part,
            false => Standing::Clash,
        },
        (true, true) if same_opening && before.lines == 0 => Standing::Part,
        (true, true) if same_opening && moved_on && !reached_again => Standing::Anew,
        (true, true) if same_opening => Standing::Clash,
        (true, true) if of.opening == before.closing || of.closing == before.opening => {
            Standing::Part
        }
        // One that goes on with another part of the day, or with which another one goes on.
        (true, true)
            if current.iter().any(|one| {
                let elsewhere = one.id != of.id && one.id != before.id;
                let of_day = (one.from, one.date) == (of.from, of.date);
                elsewhere && of_day && (continues(of, one) || continues(one, of))
            }) =>
        {
            Standing::Part
        }
        _ => Standing::Clash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AccountStatementId;
    use crate::money::Fen;
    use crate::time::Instant;
    use jiff::civil::date;
    use uuid::Uuid;

    fn statement(
        id: u128,
        number: Option<&str>,
        days: (i8, i8),
        balances: Option<(i64, i64)>,
    ) -> AccountStatement {
        AccountStatement {
            id: AccountStatementId(Uuid::from_u128(id)),
            statement_key: format!("core/{id}/0/{}", days.1),
            mirror: "core".to_owned(),
            from: date(2026, 11, days.0),
            date: date(2026, 11, days.1),
            number: number.map(str::to_owned),
            page: None,
            content_hash: id.to_string(),
            name: "s.sta".to_owned(),
            opening: balances.map(|(opening, _)| Fen(opening)),
            closing: balances.map(|(_, closing)| Fen(closing)),
            lines: 3,
            taken: 3,
            received_at: Instant(0),
            completed_at: Some(Instant(0)),
            replaced_by: None,
            seq: 1,
        }
    }

    fn page(of: AccountStatement, page: &str) -> AccountStatement {
        AccountStatement { page: Some(page.to_owned()), ..of }
    }

    /// How a statement stands to each of those that count.
    fn stands(of: &AccountStatement, current: &[AccountStatement]) -> Vec<Standing> {
        let all: Vec<&AccountStatement> = current.iter().collect();
        current.iter().map(|before| standing(of, before, &all)).collect()
    }

    #[test]
    fn a_month_replaces_its_days_and_days_never_a_part_of_a_month() {
        let days = [
            statement(1, Some("1"), (1, 10), Some((100, 150))),
            statement(2, Some("2"), (11, 20), Some((150, 120))),
        ];
        let month = statement(3, Some("9"), (1, 30), Some((100, 190)));
        assert_eq!(stands(&month, &days), [Standing::Anew, Standing::Anew]);
        let day = statement(4, Some("3"), (20, 20), Some((130, 120)));
        assert_eq!(stands(&day, &[month]), [Standing::Clash]);
        let part = statement(5, Some("9"), (5, 30), Some((110, 190)));
        assert_eq!(stands(&part, &days), [Standing::Clash, Standing::Anew]);
        let elsewhere = statement(6, Some("9"), (1, 20), Some((100, 121)));
        assert_eq!(
            stands(&elsewhere, &days),
            [Standing::Clash, Standing::Clash],
            "it closes otherwise"
        );
        let silent = statement(7, Some("9"), (1, 20), None);
        assert_eq!(
            stands(&silent, &days),
            [Standing::Clash, Standing::Clash],
            "no balance proves it"
        );
        let next = statement(8, Some("3"), (21, 21), Some((120, 90)));
        assert_eq!(stands(&next, &days), [Standing::Apart, Standing::Apart]);
    }

    #[test]
    fn a_page_that_opens_where_the_first_did_replaces_nothing() {
        let pages = [
            page(statement(1, Some("324"), (20, 20), Some((1_000, 1_200))), "1"),
            page(statement(2, Some("324"), (20, 20), Some((1_200, 1_000))), "2"),
        ];
        let third = page(statement(3, Some("324"), (20, 20), Some((1_000, 1_300))), "3");
        assert_eq!(stands(&third, &pages), [Standing::Part, Standing::Part]);
        let numbered = statement(3, Some("325"), (20, 20), Some((1_000, 1_300)));
        assert_eq!(stands(&numbered, &pages), [Standing::Part, Standing::Part]);
        // Without the second it may be the first one corrected under another number: nobody can say.
        assert_eq!(stands(&numbered, &pages[..1]), [Standing::Clash]);
        let corrected = page(statement(4, Some("324"), (20, 20), Some((1_000, 1_250))), "1");
        assert_eq!(stands(&corrected, &pages), [Standing::Anew, Standing::Part]);
    }

    #[test]
    fn without_numbers_only_the_balances_say_what_is_corrected_and_what_goes_on() {
        let morning = statement(1, None, (20, 20), Some((1_000, 1_100)));
        let evening = statement(2, None, (20, 20), Some((1_100, 1_200)));
        let first = || std::slice::from_ref(&morning);
        assert_eq!(stands(&evening, first()), [Standing::Part]);
        assert_eq!(stands(&morning, std::slice::from_ref(&evening)), [Standing::Part]);
        let corrected = statement(3, None, (20, 20), Some((1_000, 1_150)));
        assert_eq!(stands(&corrected, first()), [Standing::Anew]);
        let numbered = statement(4, Some("1"), (20, 20), Some((1_000, 1_150)));
        assert_eq!(stands(&numbered, first()), [Standing::Anew]);
        let hanging = statement(5, None, (20, 20), Some((1_300, 1_400)));
        assert_eq!(stands(&hanging, first()), [Standing::Clash]);
        let night = statement(5, None, (20, 20), Some((1_200, 1_250)));
        let both = [morning.clone(), evening];
        assert_eq!(stands(&night, &both), [Standing::Part, Standing::Part]);
        let back = statement(6, None, (20, 20), Some((1_100, 1_000)));
        let on = statement(7, None, (20, 20), Some((1_000, 1_400)));
        assert_eq!(stands(&on, &[morning.clone(), back]), [Standing::Clash, Standing::Part]);
        let silent = statement(8, None, (20, 20), None);
        assert_eq!(stands(&silent, first()), [Standing::Clash]);
        let bill = statement(9, None, (20, 20), None);
        assert_eq!(stands(&bill, std::slice::from_ref(&silent)), [Standing::Anew]);
        let quiet =
            AccountStatement { lines: 0, ..statement(10, None, (20, 20), Some((1_000, 1_000))) };
        assert_eq!(stands(&quiet, first()), [Standing::Part], "nothing is withdrawn for nothing");
    }

    #[test]
    fn the_same_bytes_with_another_day_beside_them_are_the_same_lines() {
        let wrong = statement(1, None, (21, 21), None);
        let right = AccountStatement {
            statement_key: "core/1/0/2026-11-20".to_owned(),
            ..statement(1, None, (20, 20), None)
        };
        assert_eq!(stands(&right, std::slice::from_ref(&wrong)), [Standing::Anew]);
        let empty = AccountStatement { lines: 0, ..right };
        assert_eq!(stands(&empty, &[wrong]), [Standing::Apart], "days without lines look the same");
    }

    #[test]
    fn a_file_replaces_nothing_of_itself() {
        let of_file = |one: AccountStatement| AccountStatement {
            content_hash: "one file".to_owned(),
            statement_key: format!("core/one file/{}/{}", one.id.0.as_u128(), one.date),
            ..one
        };
        let first = of_file(statement(1, Some("324"), (20, 20), Some((1_000, 1_100))));
        let twice = of_file(statement(2, Some("324"), (20, 20), Some((1_000, 1_100))));
        assert_eq!(stands(&twice, std::slice::from_ref(&first)), [Standing::Clash]);
        let other = of_file(statement(2, Some("325"), (20, 20), Some((1_000, 1_100))));
        assert_eq!(stands(&other, std::slice::from_ref(&first)), [Standing::Clash]);
        let on = of_file(statement(3, Some("324"), (20, 20), Some((1_100, 1_200))));
        assert_eq!(stands(&on, std::slice::from_ref(&first)), [Standing::Part]);
        let second = page(twice, "2");
        assert_eq!(stands(&second, &[page(first, "1")]), [Standing::Part]);
        let bill = of_file(statement(4, None, (20, 20), None));
        let same = of_file(statement(5, None, (20, 20), None));
        assert_eq!(stands(&same, &[bill]), [Standing::Clash]);
    }

    #[test]
    fn what_goes_on_under_the_same_number_replaces_nothing() {
        let morning = statement(1, Some("0"), (20, 20), Some((1_000, 1_100)));
        let evening = statement(2, Some("0"), (20, 20), Some((1_100, 1_200)));
        assert_eq!(stands(&evening, std::slice::from_ref(&morning)), [Standing::Clash]);
        assert_eq!(stands(&morning, &[evening]), [Standing::Clash]);
        let corrected = statement(3, Some("0"), (20, 20), Some((1_000, 1_150)));
        assert_eq!(stands(&corrected, &[morning]), [Standing::Anew]);
    }

    #[test]
    fn a_day_that_comes_back_to_its_balance_says_nothing_of_what_goes_on() {
        let day = statement(1, Some("1"), (20, 20), Some((100, 100)));
        let both = statement(2, Some("2"), (20, 21), Some((100, 130)));
        assert_eq!(stands(&both, std::slice::from_ref(&day)), [Standing::Clash]);
        assert_eq!(stands(&day, std::slice::from_ref(&both)), [Standing::Clash]);
        let quiet = AccountStatement { lines: 0, ..day };
        assert_eq!(stands(&both, &[quiet]), [Standing::Part], "nothing counts twice there");
    }
}
