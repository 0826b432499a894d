//! The double entries that the program double-entry-generator makes of the bills beside them.

use jiff::civil::{Date, DateTime};

/// A transaction of a beancount file.
#[derive(Debug)]
pub struct Booking {
    pub date: Date,
    /// What stands between quotes.
    title: String,
    meta: Vec<(String, String)>,
    /// Minor units of each posting.
    pub postings: Vec<(String, i64)>,
}

impl Booking {
    /// All transactions of a file.
    pub fn all(text: &str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for line in text.lines() {
            if let Some((date, title)) = line.split_once(" * ") {
                all.push(Self {
                    date: date.parse().expect("a date"),
                    title: title.to_owned(),
                    meta: Vec::new(),
                    postings: Vec::new(),
                });
            } else if let (Some(line), Some(last)) = (line.strip_prefix('\t'), all.last_mut()) {
                last.line(line);
            }
        }
        all
    }

    fn line(&mut self, line: &str) {
        if let Some((key, value)) = line.split_once(": \"") {
            let value = value.strip_suffix('"').expect("a closing quote");
            self.meta.push((key.to_owned(), value.to_owned()));
            return;
        }
        let [account, amount, "CNY"] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("a posting: {line}")
        };
        let minor = amount.replace('.', "").parse().expect("an amount with two decimals");
        self.postings.push((account.to_owned(), minor));
    }

    pub fn meta(&self, key: &str) -> Option<&str> {
        self.meta.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    /// Whether the title names this.
    pub fn names(&self, text: &str) -> bool {
        self.title.contains(&text.replace('"', "\\\""))
    }

    /// Date and time of the payment.
    pub fn at(&self) -> Option<DateTime> {
        let text = self.meta("payTime")?.strip_suffix(" +0800 CST").expect("a time in China");
        Some(text.parse().expect("a time"))
    }

    /// What moved: the sum of what was gained on one side.
    pub fn moved(&self) -> i64 {
        self.postings.iter().map(|(_, minor)| (*minor).max(0)).sum()
    }
}
