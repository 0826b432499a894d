//! How many attempts may be under way, to each partner and in total, so that one partner that hangs or
//! is gone takes nothing from the others.
//!
//! A partner has a few places, far fewer than there are in total. When as many attempts in a row have
//! failed as it has places, it is in trouble: until one is heard it has one place, and rests after each
//! failure, so that it costs next to nothing however much waits for it. Every process counts for
//! itself; what is claimed by whom is in the books.

use std::collections::HashMap;

use jiaozi_ledger::time::Instant;

/// How long a partner in trouble rests after its first, second, … failure; the last one repeats. When
/// it is back, it hears from us within this.
const RESTS_SECONDS: [i64; 3] = [5, 30, 60];

/// The places of a process.
#[derive(Debug)]
pub struct Places {
    total: usize,
    each: usize,
    taken: usize,
    partners: HashMap<String, Partner>,
}

/// What is known of a partner that has attempts under way, or whose last attempt has failed.
#[derive(Debug, Default)]
struct Partner {
    taken: usize,
    /// Failures in a row.
    failures: usize,
    rests_until: Option<Instant>,
}

impl Places {
    /// So many in total, and so many for each partner.
    #[must_use]
    pub fn new(total: usize, each: usize) -> Places {
        Places { total, each, taken: 0, partners: HashMap::new() }
    }

    /// How many attempts are under way.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// How many more attempts may begin for each of these partners; those that have none are left out.
    /// Where there are too few for all, who has fewest under way comes first, and nobody gets more
    /// than an even share of what is left.
    #[must_use]
    pub fn free(&self, partners: Vec<String>, now: Instant) -> Vec<(String, usize)> {
        let mut open: Vec<(String, usize)> = partners
            .into_iter()
            .map(|partner| (self.open(&partner, now), partner))
            .filter(|(open, _)| *open > 0)
            .map(|(open, partner)| (partner, open))
            .collect();
        open.sort_by_key(|(partner, _)| self.partners.get(partner).map_or(0, |known| known.taken));
        let mut left = self.total.saturating_sub(self.taken);
        let mut behind = open.len();
        for (_, places) in &mut open {
            *places = (*places).min(left.div_ceil(behind));
            left -= *places;
            behind -= 1;
        }
        open.retain(|(_, places)| *places > 0);
        open
    }

    /// How many more attempts a partner may have under way, whatever others have.
    fn open(&self, partner: &str, now: Instant) -> usize {
        match self.partners.get(partner) {
            None => self.each,
            Some(known) if known.rests(now) => 0,
            Some(known) if known.failures >= self.each => 1_usize.saturating_sub(known.taken),
            Some(known) => self.each.saturating_sub(known.taken),
        }
    }

    /// An attempt begins.
    pub fn take(&mut self, partner: &str) {
        self.partners.entry(partner.to_owned()).or_default().taken += 1;
        self.taken += 1;
    }

    /// An attempt has ended. Says whether the partner is in trouble since this one.
    pub fn give_back(&mut self, partner: &str, heard: bool, now: Instant) -> bool {
        let Some(known) = self.partners.get_mut(partner) else { return false };
        known.taken = known.taken.saturating_sub(1);
        self.taken = self.taken.saturating_sub(1);
        let before = known.failures;
        if heard {
            (known.failures, known.rests_until) = (0, None);
        } else if !known.rests(now) {
            // What was under way already when it went to rest says nothing new.
            known.failures += 1;
            if known.failures >= self.each {
                let nth = (known.failures - self.each).min(RESTS_SECONDS.len() - 1);
                known.rests_until = Some(now.plus_seconds(RESTS_SECONDS[nth]));
            }
        }
        let in_trouble = before < self.each && known.failures >= self.each;
        if known.taken == 0 && known.failures == 0 {
            self.partners.remove(partner);
        }
        in_trouble
    }
}

impl Partner {
    fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant(0);

    fn named(partners: &[&str]) -> Vec<String> {
        partners.iter().map(|&partner| partner.to_owned()).collect()
    }

    fn free(places: &Places, partners: &[&str], now: Instant) -> Vec<(String, usize)> {
        places.free(named(partners), now)
    }

    fn some(partner: &str, places: usize) -> (String, usize) {
        (partner.to_owned(), places)
    }

    #[test]
    fn a_partner_has_its_own_places_and_no_others() {
        let mut places = Places::new(10, 2);
        for _ in 0..2 {
            places.take("hangs");
        }
        assert_eq!(free(&places, &["hangs", "well"], START), [some("well", 2)]);
        places.give_back("hangs", true, START);
        assert_eq!(free(&places, &["hangs"], START), [some("hangs", 1)]);
    }

    #[test]
    fn too_few_places_are_shared_and_who_has_fewest_comes_first() {
        let mut places = Places::new(5, 4);
        places.take("a");
        assert_eq!(
            free(&places, &["a", "b", "c"], START),
            [some("b", 2), some("c", 1), some("a", 1)]
        );
        for _ in 0..4 {
            places.take("b");
        }
        assert_eq!(free(&places, &["a", "b", "c"], START), []);
        assert_eq!(places.taken(), 5);
    }

    #[test]
    fn in_trouble_a_partner_is_tried_one_at_a_time_with_growing_rests() {
        let mut places = Places::new(10, 2);
        for _ in 0..2 {
            places.take("gone");
        }
        assert!(!places.give_back("gone", false, START));
        assert!(places.give_back("gone", false, START), "as many as it has places");
        let mut now = START;
        for rest in [5, 30, 60, 60] {
            assert_eq!(free(&places, &["gone"], now.plus_seconds(rest - 1)), []);
            now = now.plus_seconds(rest);
            assert_eq!(free(&places, &["gone"], now), [some("gone", 1)], "after {rest}");
            places.take("gone");
            assert_eq!(free(&places, &["gone"], now), [], "one at a time");
            assert!(!places.give_back("gone", false, now), "it was in trouble before");
        }
        places.take("gone");
        places.give_back("gone", true, now);
        assert_eq!(free(&places, &["gone"], now), [some("gone", 2)], "heard is heard");
    }

    #[test]
    fn what_was_under_way_before_a_rest_does_not_lengthen_it() {
        let mut places = Places::new(10, 2);
        for _ in 0..4 {
            places.take("gone");
        }
        for _ in 0..4 {
            places.give_back("gone", false, START);
        }
        assert_eq!(free(&places, &["gone"], START.plus_seconds(5)), [some("gone", 1)]);
    }
}
