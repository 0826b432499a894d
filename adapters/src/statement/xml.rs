//! XML of others, bounded: no document type, no entities but the five of XML itself, and limits on depth, on
//! what stands between two tags, and on how large an element may be that is held as a whole.
//!
//! Elements are known by their local names; which namespace the document is in is asked once, of its root.

use std::io::{self, BufRead, Read};

use quick_xml::Error;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::PrefixDeclaration;
use quick_xml::reader::Reader;

use super::place::{Place, Refusal, StatementError};

/// Bytes of one tag, text or comment, and of the text of one element.
const PIECE_BYTES_MAX: usize = 64 * 1024;
/// Open elements.
const DEPTH_MAX: usize = 40;
/// Elements of one that is held as a whole; the largest honest one has some hundred.
const TREE_ELEMENTS_MAX: usize = 4_000;
/// Elements that are numbered in paths, for they repeat.
const NUMBERED: [&str; 8] =
    ["Stmt", "Ntfctn", "Bal", "Ntry", "TxDtls", "OrgnlPmtInfAndSts", "TxInfAndSts", "StsRsnInf"];

/// An element that has begun, and whose content is ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) name: String,
    /// The attribute `Ccy`.
    pub(crate) currency: Option<String>,
    /// The element's namespace as its own tag declares it.
    pub(crate) namespace: Option<String>,
    pub(crate) place: Place,
}

/// An element that was read as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) currency: Option<String>,
    pub(crate) line: u32,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Every element at a path below this one, such as `RmtInf/Ustrd`.
    pub(crate) fn all<'e>(&'e self, path: &str) -> Vec<&'e Element> {
        let mut found = vec![self];
        for name in path.split('/') {
            found = found
                .into_iter()
                .flat_map(|element| element.children.iter().filter(|child| child.name == name))
                .collect();
        }
        found
    }

    /// The first element at a path below this one.
    pub(crate) fn first<'e>(&'e self, path: &str) -> Option<&'e Element> {
        self.all(path).into_iter().next()
    }
}

/// A document that is walked through.
pub(crate) struct Xml<R: BufRead> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    levels: Vec<Level>,
    begun: bool,
    /// Encodings that the declaration may name.
    declared: &'static [&'static str],
}

/// An open element.
struct Level {
    name: String,
    number: Option<u32>,
    /// How often each of [`NUMBERED`] has begun in it.
    counts: [u32; NUMBERED.len()],
}

/// What comes next.
enum Step {
    Open(Open),
    Text(String),
    Close,
    End,
}

impl<R: BufRead> Xml<R> {
    pub(crate) fn new(source: R) -> Self {
        let mut reader = Reader::from_reader(Metered { source, left: 0, exceeded: false, line: 1 });
        reader.config_mut().expand_empty_elements = true;
        let declared = &["UTF-8"];
        Self { reader, buffer: Vec::new(), levels: Vec::new(), begun: false, declared }
    }

    /// A document whose bytes were made UTF-8 by the caller, and which may declare one of these encodings.
    pub(crate) fn recoded(source: R, declared: &'static [&'static str]) -> Self {
        Self { declared, ..Self::new(source) }
    }

    /// Where we are.
    pub(crate) fn place(&mut self) -> Place {
        // The message and what wraps it are the same everywhere.
        let names = self.levels.iter().skip(2).map(|level| match level.number {
            Some(number) => format!("{}[{number}]", level.name),
            None => level.name.clone(),
        });
        Place::new(self.reader.get_mut().line, names.collect::<Vec<_>>().join("/"))
    }

    /// The next child of the element that was opened last, or none when that element ends. At the very
    /// beginning: the root.
    pub(crate) fn child(&mut self) -> Result<Option<Open>, StatementError> {
        loop {
            match self.step()? {
                Step::Open(open) => return Ok(Some(open)),
                Step::Close => return Ok(None),
                Step::Text(text) if text.trim().is_empty() => {}
                Step::Text(text) => return Err(self.place().refuse(&text, "an element").into()),
                Step::End => {
                    let found = "the end of the file";
                    return Err(self.place().refuse(found, "an element").into());
                }
            }
        }
    }

    /// Reads the element that was opened last to its end.
    pub(crate) fn whole(&mut self, open: Open) -> Result<Element, StatementError> {
        let mut above = Vec::new();
        let mut element = begin(open);
        let mut count = 1;
        loop {
            match self.step()? {
                Step::Open(open) => {
                    count += 1;
                    if count > TREE_ELEMENTS_MAX {
                        let expected = format!("at most {TREE_ELEMENTS_MAX} elements");
                        return Err(self.place().refuse("more", expected).into());
                    }
                    above.push(std::mem::replace(&mut element, begin(open)));
                }
                Step::Text(text) => {
                    if element.text.len() + text.len() > PIECE_BYTES_MAX {
                        return Err(too_long(self.place()).into());
                    }
                    element.text.push_str(&text);
                }
                Step::Close => {
                    let trimmed = element.text.trim();
                    if trimmed.len() != element.text.len() {
                        element.text = trimmed.to_owned();
                    }
                    match above.pop() {
                        Some(mut parent) => {
                            parent.children.push(element);
                            element = parent;
                        }
                        None => return Ok(element),
                    }
                }
                Step::End => {
                    return Err(self.place().refuse("the end of the file", "an end tag").into());
                }
            }
        }
    }

    /// Passes over the element that was opened last, to its end.
    pub(crate) fn pass_over(&mut self) -> Result<(), StatementError> {
        let depth = self.levels.len();
        while self.levels.len() >= depth {
            if matches!(self.step()?, Step::End) {
                return Err(self.place().refuse("the end of the file", "an end tag").into());
            }
        }
        Ok(())
    }

    /// Nothing but comments and white space may follow the root.
    pub(crate) fn end(&mut self) -> Result<(), StatementError> {
        loop {
            match self.step()? {
                Step::End => return Ok(()),
                Step::Text(text) if text.trim().is_empty() => {}
                _ => return Err(self.place().refuse("more", "the end of the file").into()),
            }
        }
    }

    fn step(&mut self) -> Result<Step, StatementError> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = PIECE_BYTES_MAX;
            let event = self.reader.read_event_into(&mut self.buffer);
            let begun = std::mem::replace(&mut self.begun, true);
            let step = match event {
                Ok(Event::Start(tag)) => Seen::Open(Tag::of(&tag)),
                Ok(Event::End(_)) => Seen::Close,
                Ok(Event::Text(text)) => Seen::Text(text.xml10_content().into_owned()),
                Ok(Event::CData(text)) => Seen::Text(text.xml10_content().into_owned()),
                Ok(Event::GeneralRef(name)) => match name.resolve_char_ref() {
                    Ok(Some(character)) => Seen::Text(character.to_string()),
                    _ => predefined(&name).map_or_else(
                        || Seen::Wrong(format!("&{};", &*name), "no entities"),
                        |text| Seen::Text(text.to_owned()),
                    ),
                },
                Ok(Event::Decl(declaration)) if !begun => match declaration.encoding() {
                    None => continue,
                    Some(Ok(name)) if accepts(self.declared, &name) => continue,
                    Some(Ok(name)) => Seen::Foreign(name.into_owned()),
                    Some(Err(_)) => Seen::Foreign("another encoding".to_owned()),
                },
                Ok(Event::Decl(_)) => {
                    Seen::Wrong("a declaration".to_owned(), "it at the beginning")
                }
                Ok(Event::DocType(_)) => Seen::Wrong("<!DOCTYPE".to_owned(), "no document type"),
                Ok(Event::Comment(_) | Event::PI(_)) => continue,
                Ok(Event::Eof) => Seen::End,
                // `expand_empty_elements` leaves none.
                Ok(Event::Empty(_)) => continue,
                Err(error) => return Err(self.failed(error)),
            };
            return self.take(step);
        }
    }

    fn take(&mut self, seen: Seen) -> Result<Step, StatementError> {
        Ok(match seen {
            Seen::Open(tag) => {
                let tag = tag.map_err(|found| self.malformed(&found))?;
                if self.levels.len() == DEPTH_MAX {
                    let expected = format!("elements at most {DEPTH_MAX} deep");
                    return Err(self.place().refuse(&tag.name, expected).into());
                }
                let number = self.levels.last_mut().and_then(|level| level.next(&tag.name));
                let level = Level { name: tag.name.clone(), number, counts: [0; _] };
                self.levels.push(level);
                let Tag { name, currency, namespace } = tag;
                Step::Open(Open { name, currency, namespace, place: self.place() })
            }
            Seen::Close => {
                self.levels.pop();
                Step::Close
            }
            Seen::Text(text) => Step::Text(text),
            Seen::Wrong(found, expected) => {
                return Err(self.place().refuse(&found, expected).into());
            }
            Seen::Foreign(found) => {
                let expected = format!("encoding {}", self.declared.join(" or "));
                return Err(self.place().refuse(&found, expected).into());
            }
            Seen::End if self.levels.is_empty() => Step::End,
            Seen::End => return Err(self.malformed("the end of the file").into()),
        })
    }

    fn malformed(&mut self, found: &str) -> Refusal {
        self.place().refuse(found, "well-formed XML")
    }

    fn failed(&mut self, error: Error) -> StatementError {
        if self.reader.get_mut().exceeded {
            return too_long(self.place()).into();
        }
        match error {
            Error::Io(error) => io::Error::new(error.kind(), error).into(),
            Error::Encoding(_) => self.place().refuse("bytes that are no text", "UTF-8").into(),
            other => self.malformed(&other.to_string()).into(),
        }
    }
}

impl Level {
    fn next(&mut self, name: &str) -> Option<u32> {
        let at = NUMBERED.iter().position(|numbered| *numbered == name)?;
        self.counts[at] = self.counts[at].saturating_add(1);
        Some(self.counts[at])
    }
}

/// An event, free of the buffer.
enum Seen {
    Open(Result<Tag, String>),
    Text(String),
    Close,
    End,
    Wrong(String, &'static str),
    /// A declared encoding that is not the agreed one.
    Foreign(String),
}

/// What we take from a start tag.
struct Tag {
    name: String,
    currency: Option<String>,
    namespace: Option<String>,
}

impl Tag {
    fn of(start: &BytesStart<'_>) -> Result<Self, String> {
        let name = start.name();
        let prefix = name.prefix().map(|prefix| prefix.into_inner());
        let (mut currency, mut namespace) = (None, None);
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let declares = match attribute.key.as_namespace_binding() {
                Some(PrefixDeclaration::Default) => prefix.is_none(),
                Some(PrefixDeclaration::Named(own)) => prefix == Some(own),
                None => false,
            };
            if declares {
                namespace = Some(attribute.value.into_owned());
            } else if attribute.key.into_inner() == "Ccy" {
                currency = Some(attribute.value.into_owned());
            }
        }
        Ok(Self { name: start.local_name().into_inner().to_owned(), currency, namespace })
    }
}

fn accepts(declared: &[&str], name: &str) -> bool {
    declared.iter().any(|agreed| agreed.eq_ignore_ascii_case(name))
}

fn begin(open: Open) -> Element {
    let Open { name, currency, place, .. } = open;
    Element { name, currency, line: place.line, ..Element::default() }
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

fn too_long(place: Place) -> Refusal {
    place.refuse("a longer text or tag", format!("at most {PIECE_BYTES_MAX} bytes"))
}

/// A source that gives no more than it was allowed to, and counts lines.
struct Metered<R> {
    source: R,
    left: usize,
    exceeded: bool,
    line: u32,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let given = self.fill_buf()?;
        let count = given.len().min(into.len());
        into[..count].copy_from_slice(&given[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let given = self.source.fill_buf()?;
        if self.left == 0 && !given.is_empty() {
            self.exceeded = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(&given[..given.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        // What was given is still there: nothing is read for this, and nothing can fail.
        if let Ok(given) = self.source.fill_buf() {
            let lines = given.iter().take(count).filter(|byte| **byte == b'\n').count();
            self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        }
        self.left = self.left.saturating_sub(count);
        self.source.consume(count);
    }
}
