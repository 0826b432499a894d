//! The town: who lives where, and what they owe. Made from a seed, the same in every run but for the
//! month; nobody in it exists. Phone numbers and identity numbers are of ranges that are not given out.

use std::sync::Arc;

use jiaozi_adapters::property::company::Company;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::papers::Papers;
use crate::trial::chance::Chance;

const SURNAMES: [&str; 24] = [
    "林", "苏", "陆", "沈", "顾", "江", "程", "梁", "贺", "袁", "戚", "骆", "孟", "秦", "柳", "钟",
    "裴", "褚", "温", "叶", "傅", "白", "宁", "邵",
];
const NAMES: [&str; 32] = [
    "小满", "清和", "知遥", "听雨", "南舟", "晚晴", "思远", "东亭", "书意", "远山", "明月", "质夫",
    "望舒", "扶疏", "离岸", "若水", "怀瑾", "握瑜", "青禾", "长安", "采薇", "子衿", "云舒", "行简",
    "𠀋之", "知秋", "半夏", "忘忧", "景行", "令仪", "思齐", "既白",
];

/// The number of floors and of homes on a floor of a building's unit.
const FLOORS: usize = 18;
const HOMES: usize = 4;
const UNITS: usize = 2;

/// Of a hundred households, how many have not paid the month before either.
const LATE: u64 = 8;

/// Someone who lives in the town.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The phone number.
    pub phone: String,
    /// The identity number.
    pub identity_number: String,
}

/// Where a home is, before a company writes it in its own way.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    /// Which community of the company, from 0.
    pub community: usize,
    /// From 1.
    pub building: usize,
    /// From 1.
    pub unit: usize,
    /// Floor and place on it, as in 1203.
    pub room: usize,
}

/// One bill, before its company writes it in its own way.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its number among the company's bills, from 1.
    pub number: usize,
    /// The item, as the specification names it.
    pub item: &'static str,
    /// The first day of its month.
    pub month: Date,
    /// The amount.
    pub amount_fen: i64,
    /// The last day on which nothing is added.
    pub due: Date,
}

/// A household with its bills.
#[derive(Debug, Clone)]
pub struct Household {
    /// Its company.
    pub partner: String,
    /// Code of the community.
    pub site: String,
    /// Name of the community.
    pub site_name: String,
    /// Where the home is.
    pub home: Home,
    /// The house as bills and quotes name it.
    pub house: String,
    /// Who owns it and pays.
    pub owner: Person,
    /// The number of the owner's account.
    pub account: String,
    /// What it owes.
    pub bills: Vec<Due>,
}

impl Household {
    /// The code of the owner's account.
    #[must_use]
    pub fn payer(&self) -> String {
        format!("deposit:{}", self.account)
    }

    /// What it owes without late fees.
    #[must_use]
    pub fn owes_fen(&self) -> i64 {
        self.bills.iter().map(|bill| bill.amount_fen).sum()
    }
}

/// The households of a company, on the first of its months.
#[must_use]
pub fn households(
    company: &Company,
    papers: &dyn Papers,
    names: &[String],
    today: Date,
) -> Vec<Arc<Household>> {
    let code = &company.payee.code;
    let mut chance = Chance::of(code);
    let mut all = Vec::new();
    let mut bills = 0;
    for (nth, community) in company.terms.communities.iter().enumerate() {
        for place in 0..usize::try_from(community.households).unwrap_or(0) {
            let home = home(nth, place);
            let number = all.len() + 1;
            let household = Household {
                partner: code.clone(),
                site: community.code.to_string(),
                site_name: names.get(nth).cloned().unwrap_or_default(),
                home,
                house: papers.house(home),
                owner: person(&mut chance, code, number),
                account: format!("{code}-{number:05}"),
                bills: dues(&mut chance, papers.items(), today, &mut bills),
            };
            all.push(Arc::new(household));
        }
    }
    all
}

fn home(community: usize, place: usize) -> Home {
    let (floor_homes, unit_homes) = (HOMES, HOMES * FLOORS);
    let unit = place / unit_homes;
    let in_unit = place % unit_homes;
    Home {
        community,
        building: unit / UNITS + 1,
        unit: unit % UNITS + 1,
        room: (in_unit / floor_homes + 1) * 100 + in_unit % floor_homes + 1,
    }
}

fn person(chance: &mut Chance, company: &str, number: usize) -> Person {
    let surname = SURNAMES[chance.place(SURNAMES.len())];
    let name = NAMES[chance.place(NAMES.len())];
    // 10000…: no operator gives out numbers that begin like this.
    let area = company.bytes().map(usize::from).sum::<usize>() % 90 + 10;
    let year = 1950 + chance.place(55);
    let day = format!("{year}{:02}{:02}", 1 + chance.place(12), 1 + chance.place(28));
    Person {
        name: format!("{surname}{name}"),
        phone: format!("10000{area}{number:04}"),
        identity_number: identity_number(area, &day, number),
    }
}

/// An identity number of a region that does not exist (99…), with the right check character.
fn identity_number(area: usize, day: &str, number: usize) -> String {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let region = 990_000 + area * 100 + number / 1_000 % 100;
    let mut text = format!("{region:06}{day}{:03}", number % 1_000);
    let digits = text.bytes().map(|byte| usize::from(byte.saturating_sub(b'0')));
    let sum: usize = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    text.push(CHECKS[sum % CHECKS.len()]);
    text
}

/// What a household owes: the month's items, and a few still owe the month before.
fn dues(
    chance: &mut Chance,
    items: &[(&'static str, u64, u64, u64)],
    today: Date,
    bills: &mut usize,
) -> Vec<Due> {
    let mut dues = Vec::new();
    let this_month = today.first_of_month();
    let last_month = this_month.saturating_sub(1.month());
    for (nth, (item, share, least, most)) in items.iter().enumerate() {
        if !chance.percent(*share) {
            continue;
        }
        let amount_fen = i64::try_from(least + chance.below(most - least)).unwrap_or(1);
        let mut due = |month: Date| {
            *bills += 1;
            let due = month.last_of_month();
            dues.push(Due { number: *bills, item, month, amount_fen, due });
        };
        due(this_month);
        if nth == 0 && chance.percent(LATE) {
            due(last_month);
        }
    }
    dues
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiaozi_adapters::spec::fields;
    use std::collections::BTreeSet;

    #[test]
    fn people_are_well_formed_and_different() {
        let mut chance = Chance::of("yunhe");
        let mut seen = BTreeSet::new();
        for number in 1..2_000 {
            let person = person(&mut chance, "yunhe", number);
            assert!(fields::identity_number(&person.identity_number).is_ok(), "{person:?}");
            assert!(fields::phone(&person.phone).is_ok(), "{person:?}");
            assert!(seen.insert(person.phone.clone()) && seen.insert(person.identity_number));
        }
    }

    #[test]
    fn homes_are_different() {
        let mut seen = BTreeSet::new();
        for place in 0..1_500 {
            let home = home(0, place);
            assert!(seen.insert((home.building, home.unit, home.room)), "{home:?}");
        }
    }
}
