//! How far long work has come, for whoever watches it. It has no part in the work.

/// How far some work has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// How much there is in all, as far as it is known; nothing while it is not.
    pub of: u64,
}

/// Who is told how far some work has come.
pub type Watcher<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Steps between two words to the watcher.
const EVERY: u64 = 256;

/// Counts the steps of some work, and tells the watcher every now and then.
pub struct Pace<'a> {
    watcher: Watcher<'a>,
    progress: Progress,
}

impl<'a> Pace<'a> {
    /// Nothing is done yet, and how much there is has to be told.
    pub fn new(watcher: Watcher<'a>) -> Pace<'a> {
        Pace { watcher, progress: Progress::default() }
    }

    /// There is so much more to do.
    pub fn expect(&mut self, steps: i64) {
        self.progress.of = self.progress.of.saturating_add(u64::try_from(steps).unwrap_or(0));
        (self.watcher)(self.progress);
    }

    /// One more step is done.
    pub fn step(&mut self) {
        self.progress.done += 1;
        if self.progress.done.is_multiple_of(EVERY) || self.progress.done == self.progress.of {
            (self.watcher)(self.progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watcher_hears_of_the_beginning_and_of_the_end() {
        let mut heard = Vec::new();
        let mut watcher = |progress: Progress| heard.push((progress.done, progress.of));
        let mut pace = Pace::new(&mut watcher);
        pace.expect(300);
        (0..300).for_each(|_| pace.step());
        assert_eq!(heard, [(0, 300), (256, 300), (300, 300)]);
    }
}
