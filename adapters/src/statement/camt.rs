//! ISO 20022 camt.053 (bank to customer statement) and camt.054 (debit credit notification), versions 02 to
//! 08. What differs between the versions is small, and both ways are read everywhere: a status as text or as
//! a code, a party with or without `Pty`.
//!
//! A statement is walked entry by entry, and an entry transaction by transaction, so that nothing larger
//! than one transaction is held as XML.

mod entry;
mod head;
mod values;

use std::collections::VecDeque;
use std::io::BufRead;

use head::StatementHead;

use super::Steps;
use super::place::StatementError;
use super::proof::Proof;
use super::record::{Balance, Part};
use super::xml::{Open, Xml};

const VERSIONS: &str = "camt.053.001.02 to .08 or camt.054.001.02 to .08";

/// The parts of a message.
pub(super) struct Camt<R: BufRead> {
    xml: Xml<R>,
    message: Option<Message>,
    within: Option<Within>,
    queue: VecDeque<Part>,
    over: bool,
}

/// The message that has begun.
struct Message {
    kind: Kind,
    version: String,
    statements: u32,
}

/// What kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// camt.053: with balances.
    Statement,
    /// camt.054: without.
    Notification,
}

impl Kind {
    /// The element of the message.
    fn message(self) -> &'static str {
        match self {
            Self::Statement => "BkToCstmrStmt",
            Self::Notification => "BkToCstmrDbtCdtNtfctn",
        }
    }

    /// The element of one statement.
    fn statement(self) -> &'static str {
        match self {
            Self::Statement => "Stmt",
            Self::Notification => "Ntfctn",
        }
    }
}

/// The statement that is under way.
enum Within {
    /// Its head is read.
    Head(Box<StatementHead>),
    /// Its entries are.
    Entries(Box<StatementHead>, Option<Balance>, Box<Proof>),
}

impl<R: BufRead> Camt<R> {
    pub(super) fn new(source: R) -> Self {
        let xml = Xml::new(source);
        Self { xml, message: None, within: None, queue: VecDeque::new(), over: false }
    }

    fn start(&mut self) -> Result<(), StatementError> {
        let root = self.named("Document")?;
        let namespace = root.namespace.as_deref().unwrap_or_default();
        let version = namespace.strip_prefix("urn:iso:std:iso:20022:tech:xsd:").unwrap_or_default();
        let kind = match version.rsplit_once(".001.0") {
            Some(("camt.053", "2" | "3" | "4" | "5" | "6" | "7" | "8")) => Kind::Statement,
            Some(("camt.054", "2" | "3" | "4" | "5" | "6" | "7" | "8")) => Kind::Notification,
            _ => {
                let expected = format!("the namespace of {VERSIONS}");
                return Err(root.place.refuse(namespace, expected).into());
            }
        };
        self.message = Some(Message { kind, version: version.to_owned(), statements: 0 });
        self.named(kind.message()).map(|_| ())
    }

    /// The next child, which must have this name.
    fn named(&mut self, name: &str) -> Result<Open, StatementError> {
        match self.xml.child()? {
            Some(open) if open.name == name => Ok(open),
            other => {
                let found = other.map_or("nothing".to_owned(), |open| format!("<{}>", open.name));
                Err(self.xml.place().refuse(&found, format!("<{name}>")).into())
            }
        }
    }

    /// Between statements.
    fn between(&mut self) -> Result<(), StatementError> {
        let next = self.xml.child()?;
        let Some(message) = &mut self.message else { return Ok(()) };
        let expected = format!("<{}>", message.kind.statement());
        let Some(open) = next else {
            if message.statements == 0 {
                return Err(self
                    .xml
                    .place()
                    .refuse("a message without a statement", expected)
                    .into());
            }
            if let Some(open) = self.xml.child()? {
                return Err(open.place.refuse(&open.name, "nothing after the message").into());
            }
            self.over = true;
            return self.xml.end();
        };
        match open.name.as_str() {
            name if name == message.kind.statement() => {
                message.statements = message.statements.saturating_add(1);
                let head = StatementHead::new(open.place, message.kind, &message.version);
                self.within = Some(Within::Head(Box::new(head)));
                Ok(())
            }
            "GrpHdr" | "SplmtryData" => self.xml.pass_over(),
            name => Err(open.place.refuse(&format!("<{name}>"), expected).into()),
        }
    }

    /// Within a statement.
    fn within(&mut self, within: Within) -> Result<(), StatementError> {
        let next = self.xml.child()?;
        let is_entry = next.as_ref().is_some_and(|open| open.name == "Ntry");
        let (mut head, opening, mut proof) = match within {
            Within::Head(mut head) => {
                if let Some(open) = next.as_ref().filter(|_| !is_entry) {
                    self.of_head(&mut head, open.clone())?;
                    self.within = Some(Within::Head(head));
                    return Ok(());
                }
                let given = head.give()?;
                let opening = given.opening.clone();
                let proof = Box::new(Proof::new(given.currency));
                self.queue.push_back(Part::Begins(Box::new(given)));
                (head, opening, proof)
            }
            Within::Entries(head, opening, proof) => (head, opening, proof),
        };
        match next {
            Some(open) if is_entry => {
                let entry = entry::read(&mut self.xml, open, &mut proof)?;
                proof.entry(&entry);
                self.queue.push_back(Part::Entry(Box::new(entry)));
            }
            Some(open) => self.of_head(&mut head, open)?,
            None => {
                let place = self.xml.place();
                let closing = head.close(place, &mut proof)?;
                let ending = proof.end(opening.as_ref(), closing);
                self.queue.push_back(Part::Ends(Box::new(ending)));
                return Ok(());
            }
        }
        self.within = Some(Within::Entries(head, opening, proof));
        Ok(())
    }

    /// A child of the statement that is no entry.
    fn of_head(&mut self, head: &mut StatementHead, open: Open) -> Result<(), StatementError> {
        if !StatementHead::knows(&open.name) {
            return self.xml.pass_over();
        }
        let place = open.place.clone();
        let element = self.xml.whole(open)?;
        Ok(head.child(&place, &element)?)
    }
}

impl<R: BufRead> Steps for Camt<R> {
    fn step(&mut self) -> Result<(), StatementError> {
        match (self.message.is_some(), self.within.take()) {
            (false, _) => self.start(),
            (true, None) => self.between(),
            (true, Some(within)) => self.within(within),
        }
    }

    fn pending(&mut self) -> (&mut VecDeque<Part>, bool) {
        (&mut self.queue, self.over)
    }
}
