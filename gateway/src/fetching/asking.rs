//! The file of a day got into the inbox: by HTTPS from where it lies, or by messages whose answers have it.
//! It comes under a hidden name and gets its own when it is whole, so that whoever looks sees all of it or
//! nothing. What is cut off, too long or wrongly signed is thrown away.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use http::{HeaderMap, StatusCode};
use jiaozi_adapters::exchange::proof::FileProof;
use jiaozi_adapters::exchange::{FilePart, Outcome as Word, Telling, Verb, render, render_get};
use jiaozi_adapters::spec::biller::Biller as Terms;
use jiaozi_adapters::spec::fetch::By;
use jiaozi_adapters::spec::message::FieldSource;
use jiff::civil::Date;

use super::errand::Errand;
use super::record::{Heard, Outcome};
use super::{FetchError, Fetcher};
use crate::files::content::Content;
use crate::gateway::Gateway;
use crate::mailbox::Arrived;
use crate::outbound::download::{Intake, Lost};
use crate::outbound::heard;
use crate::utility::billers::{Billers, Reached};
use crate::utility::saying::{Mute, message, secret, texts, understood};

/// What came of asking for the file of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It lies in the inbox.
    Came(Arrived),
    /// It does not, and why.
    Heard(Heard),
}

/// Asks for the file of a day. One that is the very one that was refused last is not refused at length again.
///
/// # Errors
/// When the books or the inbox cannot be used. Nothing came then.
pub async fn ask(
    gateway: &Gateway,
    billers: &Billers,
    fetcher: &Fetcher,
    date: Date,
    refused: Option<&str>,
) -> Result<Asked, FetchError> {
    let errand = &fetcher.errand;
    let inbox = fetcher.mailbox.inbox();
    let name = errand.naming().of(date);
    let arrived = Arrived { path: inbox.join(&name), name };
    // What lies there already is taken first, wherever it came from.
    if arrived.path.exists() {
        return Ok(Asked::Came(arrived));
    }
    if errand.fetch.by == By::Inbox {
        let says = format!("{} is not in the inbox", arrived.name);
        return Ok(Asked::Heard(Heard::of(Outcome::NotThere, says)));
    }
    let reached = billers.get(&errand.partner);
    let Some((reached, terms)) = reached.and_then(|reached| Some((reached, reached.terms()?)))
    else {
        let says = format!("{} is not called any more", errand.partner);
        return Ok(Asked::Heard(Heard::of(Outcome::Unanswered, says)));
    };
    std::fs::create_dir_all(&inbox)?;
    let draft = inbox.join(format!(".{}.fetched", arrived.name));
    let question = Question { gateway, billers, errand, reached, terms, date };
    let came = question.fill(&draft).await;
    let heard = match came {
        Ok(None) => return finish(&draft, arrived, refused).await,
        Ok(Some(heard)) => Ok(Asked::Heard(heard)),
        Err(error) => Err(error),
    };
    let _ = std::fs::remove_file(&draft);
    heard
}

/// A draft that is whole gets its own name.
async fn finish(
    draft: &Path,
    arrived: Arrived,
    refused: Option<&str>,
) -> Result<Asked, FetchError> {
    let content = Content::File(draft.to_owned());
    let hash = tokio::task::spawn_blocking(move || content.hash()).await;
    let hash = hash.map_err(io::Error::other)??.to_string();
    if refused == Some(hash.as_str()) {
        std::fs::remove_file(draft)?;
        let says = "the very file came again that was refused before".to_owned();
        return Ok(Asked::Heard(Heard {
            outcome: Outcome::Refused,
            says,
            refused_hash: Some(hash),
        }));
    }
    std::fs::rename(draft, &arrived.path)?;
    if let Some(folder) = arrived.path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(Asked::Came(arrived))
}

/// A question for the file of a day.
struct Question<'a> {
    gateway: &'a Gateway,
    billers: &'a Billers,
    errand: &'a Errand,
    reached: &'a Reached,
    terms: &'a Terms,
    date: Date,
}

impl Question<'_> {
    /// Gets the file into a draft. Says what was heard instead, if it did not come.
    async fn fill(&self, draft: &Path) -> Result<Option<Heard>, FetchError> {
        let key = secret(self.gateway, self.terms).await.map_err(Mute::from)?;
        let key = key.as_deref();
        match self.errand.fetch.by {
            By::Message => self.by_messages(draft, key).await,
            By::Https | By::Inbox => {
                self.by_https(draft, &self.errand.naming().of(self.date), key).await
            }
        }
    }

    /// What is said, of a part of the file; nothing if a reference does not fit.
    async fn telling(&self, part: u32) -> Result<Option<Telling>, FetchError> {
        let (payee, code) = (&self.reached.biller.payee, self.reached.code());
        // No number is drawn that nobody sees.
        let headers = &self.terms.outbound.request.headers;
        let shown = headers.iter().any(|field| field.source == Some(FieldSource::Reference));
        let number = match shown || self.errand.fetch.by == By::Message {
            true => self.billers.references.next(code).await?,
            false => 0,
        };
        let at = payee.zone.to_datetime(self.gateway.now().await?.timestamp());
        let reference = self.reached.biller.reference.write(number);
        Ok(reference.map(|reference| Telling {
            verb: Verb::DayFile,
            reference,
            original: None,
            at,
            clearing_date: self.date,
            customer: String::new(),
            amount: None,
            carried: std::collections::BTreeMap::new(),
            part,
        }))
    }

    async fn by_https(
        &self,
        draft: &Path,
        name: &str,
        key: Option<&[u8]>,
    ) -> Result<Option<Heard>, FetchError> {
        let Some(path) = &self.errand.fetch.path else { return Ok(Some(unsayable("no path"))) };
        let Some(telling) = self.telling(1).await? else {
            return Ok(Some(unsayable("our reference has more digits than it takes")));
        };
        let day = self.errand.naming().date(self.date);
        let request = match render_get(self.terms, path, (&day, name), &telling, key) {
            Ok(outgoing) => message(outgoing),
            Err(error) => return Ok(Some(unsayable(error))),
        };
        let Some(request) = request else {
            return Ok(Some(unsayable("a header is not one of HTTP")));
        };
        let mut coming = Coming {
            terms: self.terms,
            key,
            file: File::create(draft)?,
            status: None,
            proof: None,
            wrong: None,
        };
        let most = self.errand.fetch.bytes_max;
        let Some(line) = &self.reached.files else { return Ok(Some(unsayable(BY_FILES))) };
        let got = line.download(request, most, &mut coming).await;
        if let Err(lost) = got {
            return match lost {
                Lost::Unkept(error) => Err(error.into()),
                lost => Ok(Some(Heard::of(Outcome::Unanswered, lost.to_string()))),
            };
        }
        if let Some(status) = coming.status.filter(|status| !status.is_success()) {
            let number = status.as_u16();
            let absent = number == 404 || self.errand.fetch.not_there.contains(&number);
            let outcome = if absent { Outcome::NotThere } else { Outcome::Unanswered };
            return Ok(Some(Heard::of(outcome, format!("HTTP {number}"))));
        }
        coming.finish().map_err(FetchError::from)
    }

    async fn by_messages(
        &self,
        draft: &Path,
        key: Option<&[u8]>,
    ) -> Result<Option<Heard>, FetchError> {
        let mut file = File::create(draft)?;
        let (mut part, mut parts, mut came) = (1, None, 0_u64);
        loop {
            let bytes = match self.part(part, key).await? {
                Err(heard) => return Ok(Some(heard)),
                Ok(FilePart::Named(name)) => return self.by_https(draft, &name, key).await,
                Ok(FilePart::Content { parts: told, .. })
                    if parts.is_some_and(|parts| parts != told) =>
                {
                    let says = format!(
                        "part {part} says that there are {told} parts, others say another number"
                    );
                    return Ok(Some(Heard::of(Outcome::Refused, says)));
                }
                Ok(FilePart::Content { bytes, parts: told }) => {
                    parts = Some(told);
                    bytes
                }
            };
            came = came.saturating_add(bytes.len() as u64);
            if came > self.errand.fetch.bytes_max {
                let says = format!("more than {} bytes came", self.errand.fetch.bytes_max);
                return Ok(Some(Heard::of(Outcome::Unanswered, says)));
            }
            file.write_all(&bytes)?;
            if parts.is_none_or(|parts| part >= parts) {
                file.sync_all()?;
                return Ok(None);
            }
            part += 1;
        }
    }

    /// Asks for a part of the file by a message.
    async fn part(
        &self,
        part: u32,
        key: Option<&[u8]>,
    ) -> Result<Result<FilePart, Heard>, FetchError> {
        let Some(telling) = self.telling(part).await? else {
            return Ok(Err(unsayable("our reference has more digits than it takes")));
        };
        let outgoing = match render(self.terms, &telling, key) {
            Ok(outgoing) => message(outgoing),
            Err(error) => return Ok(Err(unsayable(error))),
        };
        let Some(outgoing) = outgoing else {
            return Ok(Err(unsayable("a header is not one of HTTP")));
        };
        let Some(line) = &self.reached.files else { return Ok(Err(unsayable(BY_FILES))) };
        let answer = match line.exchange(None, outgoing).await {
            heard::Heard::Answer(answer) => answer,
            heard::Heard::NotSent(why) => {
                return Ok(Err(Heard::of(Outcome::Unanswered, why.to_string())));
            }
            heard::Heard::Silent(silent) => {
                return Ok(Err(Heard::of(Outcome::Unanswered, silent.why.to_string())));
            }
        };
        let reading = match understood(self.terms, &telling, &answer, key) {
            Ok(reading) => reading,
            Err(why) => return Ok(Err(Heard::of(Outcome::Refused, why))),
        };
        let outcome = match (reading.outcome, reading.file) {
            (Word::Done, Some(file)) => return Ok(Ok(file)),
            (Word::InProgress, _) => Outcome::NotThere,
            (Word::NotFound, _) => Outcome::NoFile,
            _ => Outcome::Unanswered,
        };
        let text = reading.message.map(|text| format!(" {text}")).unwrap_or_default();
        Ok(Err(Heard::of(outcome, format!("{}{text}", reading.code))))
    }
}

/// Why somebody is not asked.
const BY_FILES: &str = "it is told by files alone";

fn unsayable(why: impl std::fmt::Display) -> Heard {
    Heard::of(Outcome::Unanswered, format!("it cannot be asked for: {why}"))
}

/// A file that is coming.
struct Coming<'a> {
    terms: &'a Terms,
    key: Option<&'a [u8]>,
    file: File,
    status: Option<StatusCode>,
    proof: Option<FileProof>,
    wrong: Option<String>,
}

impl Coming<'_> {
    /// It has ended. Says what is wrong with it.
    fn finish(self) -> io::Result<Option<Heard>> {
        let proved = self.proof.map_or(Ok(()), FileProof::finish);
        let wrong = self.wrong.or(proved.err().map(|error| error.to_string()));
        if let Some(wrong) = wrong {
            return Ok(Some(Heard::of(Outcome::Refused, wrong)));
        }
        self.file.sync_all()?;
        Ok(None)
    }
}

impl Intake for Coming<'_> {
    fn head(&mut self, status: StatusCode, headers: &HeaderMap) -> bool {
        self.status = Some(status);
        if !status.is_success() {
            return false;
        }
        match FileProof::begin(self.terms, &texts(headers), self.key) {
            Ok(proof) => self.proof = proof,
            Err(error) => self.wrong = Some(error.to_string()),
        }
        self.wrong.is_none()
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(proof) = &mut self.proof {
            proof.add(bytes);
        }
        self.file.write_all(bytes)
    }
}
