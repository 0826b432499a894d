//! The statements and bills of others: what a bank, a clearing or a wallet says that happened to an
//! account. Bytes come in, one common record goes out; reconciliation reads the record and knows no format.
//!
//! # What comes out
//!
//! A file is a row of [`Part`]s: a statement begins, its entries follow one by one, it ends. Nothing is
//! kept but the part at hand, so that a file of a million lines needs no more memory than one of ten.
//! [`collect`] keeps all of it, for files that are known to be small.
//!
//! # Two kinds of wrong
//!
//! A file that cannot be understood is *refused* with a place and a reason ([`Refusal`]): nothing that was
//! read from it before may have an effect. A statement that can be understood, but is not what its own
//! totals say, is *reported*: its [`Ending`] names each [`Imbalance`] with the place, what was expected and
//! what was found, and its entries are still there to look at.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`record`], [`entry`] | the common record: statement and entry |
//! | [`amount`], [`date`] | exact amounts in minor units of any currency; dates |
//! | [`place`] | where something stands in a file, and why a file is refused |
//! | [`proof`], `running` | a statement against its own totals; balances after each line |
//! | [`mod@format`] | which formats there are, and how one is recognised |
//! | `lines`, `xml`, `table`, `wallet` | what formats are made of: bounded lines, bounded XML, tables with a header, a wallet's preamble |
//! | the others | one format each, in the same shape: an iterator of parts |

pub mod amount;
pub mod date;
pub mod entry;
pub mod format;
pub mod place;
pub mod proof;
pub mod record;

mod alipay;
mod bai2;
mod camt;
mod cmb;
mod icbc;
mod lines;
mod mt;
mod running;
mod table;
mod wallet;
mod wechat;
mod wechat_pay;
pub(crate) mod xml;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::BufRead;

pub use amount::Amount;
pub use entry::Entry;
pub use format::Format;
pub use place::{Place, Refusal, StatementError};
pub use proof::Imbalance;
pub use record::{Ending, Head, Part, Statement};

/// How each format is read: a step at a time.
trait Steps {
    /// Reads a little further.
    fn step(&mut self) -> Result<(), StatementError>;

    /// The parts that were read and not given yet, and whether the file is over.
    fn pending(&mut self) -> (&mut VecDeque<Part>, bool);
}

/// The parts of a file, in its order. After an error nothing more comes.
pub struct Parts<'s> {
    inner: Box<dyn Steps + 's>,
    refused: bool,
}

impl Iterator for Parts<'_> {
    type Item = Result<Part, StatementError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.refused {
            let (read, over) = self.inner.pending();
            if over || !read.is_empty() {
                return read.pop_front().map(Ok);
            }
            if let Err(error) = self.inner.step() {
                self.refused = true;
                return Some(Err(error));
            }
        }
        None
    }
}

/// Reads a file of a known format. The source is read only as far as the next part needs.
pub fn read<'s, R: BufRead + 's>(format: Format, source: R) -> Parts<'s> {
    let inner: Box<dyn Steps + 's> = match format {
        Format::Camt => Box::new(camt::Camt::new(source)),
        Format::Mt => Box::new(mt::Mt::new(source)),
        Format::Bai2 => Box::new(bai2::Bai2::new(source)),
        Format::WechatPay => Box::new(table::Reader::new(source, wechat_pay::WechatPay::default())),
        Format::Wechat => Box::new(table::Reader::new(source, wechat::Wechat::default())),
        Format::Alipay => Box::new(table::Reader::new(source, alipay::Alipay::default())),
        Format::Icbc => Box::new(table::Reader::new(source, icbc::Icbc::default())),
        Format::Cmb => Box::new(table::Reader::new(source, cmb::Cmb::default())),
    };
    Parts { inner, refused: false }
}

/// Keeps all statements of a file with their entries.
///
/// # Errors
/// The file is refused, or cannot be read.
pub fn collect(parts: Parts<'_>) -> Result<Vec<Statement>, StatementError> {
    let mut statements = Vec::new();
    let mut open: Option<(Head, Vec<Entry>)> = None;
    for part in parts {
        match part? {
            Part::Begins(head) => open = Some((*head, Vec::new())),
            Part::Entry(entry) => {
                if let Some((_, entries)) = &mut open {
                    entries.push(*entry);
                }
            }
            Part::Ends(ending) => {
                if let Some((head, entries)) = open.take() {
                    statements.push(Statement { head, entries, ending: *ending });
                }
            }
        }
    }
    Ok(statements)
}
