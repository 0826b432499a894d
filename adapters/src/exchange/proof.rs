//! The signature of a file, proved while the file comes: it is never in memory as a whole.

use super::signature::{Running, is_stated};
use super::telling::Unreadable;
use crate::spec::biller::Biller;
use crate::spec::raw_line::Found;
use crate::spec::signing::{Over, Piece};

/// The proof of a file that is coming.
pub struct FileProof {
    running: Running,
    after: Vec<u8>,
    header: String,
    stated: String,
}

impl std::fmt::Debug for FileProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileProof").field("stated", &self.stated).finish_non_exhaustive()
    }
}

impl FileProof {
    /// Begins with the headers of an answer; nothing where the biller signs no files: its answers are not
    /// signed, or in a field, which a file has not.
    ///
    /// # Errors
    /// There is no secret to prove it by.
    pub fn begin(
        biller: &Biller,
        headers: &[(String, String)],
        secret: Option<&[u8]>,
    ) -> Result<Option<FileProof>, Unreadable> {
        let signing = biller.outbound.signature.as_ref();
        let Some((signing, answer)) = signing.and_then(|s| Some((s, s.answer.as_ref()?))) else {
            return Ok(None);
        };
        let Some(name) = &answer.header else { return Ok(None) };
        let header = format!("header {name}");
        let missing = || {
            let expected = format!("the secret `{}`", signing.key);
            Unreadable::new(&header, Found::text("no secret"), expected)
        };
        let mut running = secret
            .and_then(|secret| Running::new(signing.algorithm, secret))
            .ok_or_else(missing)?;
        let value = |name: &str| {
            let mut found = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let mut after = Vec::new();
        if let Over::Template(pieces) = answer.over.as_ref().unwrap_or(&signing.over) {
            let mut behind = false;
            for piece in pieces {
                let text = match piece {
                    Piece::Literal(text) => text.clone(),
                    Piece::Header(name) => value(name),
                    Piece::Body => {
                        behind = true;
                        continue;
                    }
                    // An answer has neither.
                    Piece::Method | Piece::Path => continue,
                };
                match behind {
                    true => after.extend_from_slice(text.as_bytes()),
                    false => running.add(text.as_bytes()),
                }
            }
        }
        let stated = value(name.as_str());
        Ok(Some(FileProof { running, after, header, stated }))
    }

    /// Some bytes of the file.
    pub fn add(&mut self, bytes: &[u8]) {
        self.running.add(bytes);
    }

    /// The file has ended.
    ///
    /// # Errors
    /// The signature is not the one of this file.
    pub fn finish(mut self) -> Result<(), Unreadable> {
        self.running.add(&self.after);
        if is_stated(&self.running.finish(), &self.stated) {
            return Ok(());
        }
        let found = Found::text(&self.stated);
        Err(Unreadable::new(self.header, found, "the signature of this file"))
    }
}
