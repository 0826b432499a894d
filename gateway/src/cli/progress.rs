//! How far long work has come, as a bar on standard error; only where that is a terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use jiaozi_ledger::progress::Progress;

/// A bar that counts things. It is gone when the work is.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Counts things of a name, such as `lines`.
    pub(super) fn of(things: &'static str) -> Bar {
        // The templates are constants that the library accepts.
        let template = format!("{{bar:40}} {{pos}}/{{len}} {things}, {{eta}} left");
        let style = ProgressStyle::with_template(&template);
        Bar(ProgressBar::no_length()
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// The same for work whose result goes to standard output as it is made: no bar is drawn into it.
    pub(super) fn beside_output(things: &'static str) -> Bar {
        if std::io::stdout().is_terminal() { Bar(ProgressBar::hidden()) } else { Bar::of(things) }
    }

    /// The watcher that moves it.
    pub(super) fn watcher(&self) -> impl FnMut(Progress) + Send + use<> {
        let bar = self.0.clone();
        move |Progress { done, of }| {
            if of > 0 {
                bar.set_length(of);
            }
            bar.set_position(done);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
