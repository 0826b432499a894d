//! What is written down while the day is played: the story as people read it, what was expected and
//! came otherwise, and which faults were planted. The faults go to a file that nothing reads: what the
//! gateway finds, it has to find by itself.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Instant as Stopwatch;

use serde::Serialize;

/// A fault that was planted on purpose.
#[derive(Debug, Clone, Serialize)]
pub struct Planted {
    /// What was done.
    pub fault: &'static str,
    /// By whom, or to whom.
    pub whom: String,
    /// To which thing.
    pub what: String,
}

#[derive(Debug, Default)]
struct Pages {
    surprises: Vec<String>,
    expectations: u64,
    planted: Vec<Planted>,
}

/// The notebook of a run.
#[derive(Debug)]
pub struct Notebook {
    started: Stopwatch,
    pages: Mutex<Pages>,
}

impl Default for Notebook {
    fn default() -> Notebook {
        Notebook { started: Stopwatch::now(), pages: Mutex::default() }
    }
}

impl Notebook {
    /// Tells people what happened.
    pub fn tell(&self, text: impl AsRef<str>) {
        let after = self.started.elapsed();
        eprintln!("{:>3}.{:01} s  {}", after.as_secs(), after.subsec_millis() / 100, text.as_ref());
    }

    /// Begins a chapter: an hour of the day.
    pub fn chapter(&self, hour: &str, text: &str) {
        eprintln!("\n{hour}  {text}");
    }

    /// Something must be as it is expected.
    pub fn expect<T: PartialEq + Debug>(&self, what: impl AsRef<str>, wanted: T, found: T) -> bool {
        let right = wanted == found;
        let mut pages = self.pages();
        pages.expectations += 1;
        if !right {
            let surprise = format!("{}: expected {wanted:?}, found {found:?}", what.as_ref());
            eprintln!("   UNEXPECTED  {surprise}");
            pages.surprises.push(surprise);
        }
        right
    }

    /// Plants a fault.
    pub fn plant(&self, fault: &'static str, whom: &str, what: impl Into<String>) {
        let planted = Planted { fault, whom: whom.to_owned(), what: what.into() };
        self.pages().planted.push(planted);
    }

    /// What was not as expected.
    #[must_use]
    pub fn surprises(&self) -> Vec<String> {
        self.pages().surprises.clone()
    }

    /// How many things were expected.
    #[must_use]
    pub fn expectations(&self) -> u64 {
        self.pages().expectations
    }

    /// The faults that were planted.
    #[must_use]
    pub fn planted(&self) -> Vec<Planted> {
        self.pages().planted.clone()
    }

    /// How long it has taken so far, in milliseconds.
    #[must_use]
    pub fn elapsed_ms(&self) -> u128 {
        self.started.elapsed().as_millis()
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
