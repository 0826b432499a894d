//! The folders in which files are exchanged with those who do so by files: `<folder>/<code>/outbox`, into which
//! we put what is for them, and `<folder>/<code>/inbox`, where what comes from them is found. Who carries files
//! between these and the other side (an SFTP server, the bank's file transfer) is outside.
//!
//! What is found is looked at twice before it is read: one whose size or time has changed in between is still
//! being written. What was read is put aside, into `inbox/taken` or `inbox/refused`, and beside a refused one
//! lies `NAME.why.txt`. Putting aside is no proof of an effect: a process may end before it. So whoever reads
//! a file must not mind reading it again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::files::whole::{self, WholeError};

/// What a file that is still carried is called at its end, by those who carry files.
const UNFINISHED: [&str; 4] = [".part", ".filepart", ".tmp", ".uploading"];

/// One mailbox. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Mailbox {
    folder: PathBuf,
    seen: Arc<Mutex<BTreeMap<String, Looks>>>,
}

/// What a file looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Looks {
    length: u64,
    modified: SystemTime,
}

/// A file that lies in an inbox and is not being written any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl Mailbox {
    /// The mailbox of a partner below the folder of all of them. Nothing is made until something is put there.
    #[must_use]
    pub fn of(folder: &Path, code: &str) -> Mailbox {
        Mailbox { folder: folder.join(code), seen: Arc::default() }
    }

    /// Where what is for them is put.
    #[must_use]
    pub fn outbox(&self) -> PathBuf {
        self.folder.join("outbox")
    }

    /// Where what comes from them is found.
    #[must_use]
    pub fn inbox(&self) -> PathBuf {
        self.folder.join("inbox")
    }

    /// Puts a file into the outbox, whole. The same bytes under the same name again are left as they are.
    ///
    /// # Errors
    /// When the folder cannot be written, or another file has the name.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, WholeError> {
        whole::put(&self.outbox(), name, bytes)
    }

    /// Files of the inbox that have not changed since the look before this one, by name. An inbox that is
    /// not there is made, so that whoever carries files finds it.
    ///
    /// # Errors
    /// When the folder cannot be read or made.
    pub fn look(&self) -> io::Result<Vec<Arrived>> {
        let inbox = self.inbox();
        std::fs::create_dir_all(&inbox)?;
        let mut there = BTreeMap::new();
        for entry in std::fs::read_dir(&inbox)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                tracing::warn!(path = %entry.path().display(), "a name is not UTF-8: it is not read");
                continue;
            };
            let unfinished = UNFINISHED.iter().any(|end| name.ends_with(end));
            if unfinished || whole::is_hidden(name.as_ref()) {
                continue;
            }
            // One that is gone again was somebody else's to read.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() {
                let looks = Looks { length: metadata.len(), modified: metadata.modified()? };
                there.insert(name, looks);
            }
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let still = there.iter().filter(|(name, looks)| seen.get(*name) == Some(looks));
        let arrived = still.map(|(name, _)| Arrived { name: name.clone(), path: inbox.join(name) });
        let arrived = arrived.collect();
        *seen = there;
        Ok(arrived)
    }

    /// Whether there was a file at the last look whose name is of a kind, and which had not lain still for two
    /// looks.
    #[must_use]
    pub fn is_coming(&self, arrived: &[Arrived], is_meant: impl Fn(&str) -> bool) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let still = |name: &str| arrived.iter().any(|file| file.name == name);
        seen.keys().any(|name| is_meant(name) && !still(name))
    }

    /// Puts a file aside that had its effect.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn taken(&self, file: &Arrived) -> io::Result<()> {
        self.aside(file, "taken").map(|_| ())
    }

    /// Puts a file aside that was refused, and beside it why.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn refused(&self, file: &Arrived, why: &str) -> io::Result<()> {
        let Some(path) = self.aside(file, "refused")? else { return Ok(()) };
        let mut beside = path.into_os_string();
        beside.push(".why.txt");
        std::fs::write(beside, format!("{why}\n"))
    }

    /// Moves a file away, under a name that nothing has there; nothing if another process did.
    fn aside(&self, file: &Arrived, to: &str) -> io::Result<Option<PathBuf>> {
        let folder = self.inbox().join(to);
        std::fs::create_dir_all(&folder)?;
        let mut names = std::iter::once(file.name.clone())
            .chain((2_u64..).map(|nth| format!("{nth}.{}", file.name)))
            .map(|name| folder.join(name));
        let path = names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(&file.name));
        match std::fs::rename(&file.path, &path) {
            Ok(()) => Ok(Some(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arrived: &[Arrived]) -> Vec<&str> {
        arrived.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn a_file_is_read_when_it_has_not_changed_between_two_looks() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::of(folder.path(), "a");
        assert!(mailbox.look().unwrap().is_empty());
        std::fs::write(mailbox.inbox().join("1.csv"), "half").unwrap();
        std::fs::write(mailbox.inbox().join("2.csv.part"), "half").unwrap();
        std::fs::write(mailbox.inbox().join(".3.csv"), "half").unwrap();
        assert!(mailbox.look().unwrap().is_empty());
        std::fs::write(mailbox.inbox().join("1.csv"), "half and half").unwrap();
        assert!(mailbox.look().unwrap().is_empty());
        assert!(mailbox.is_coming(&[], |name| name == "1.csv"));
        let arrived = mailbox.look().unwrap();
        assert_eq!(names(&arrived), ["1.csv"]);
        assert!(!mailbox.is_coming(&arrived, |name| name == "1.csv"));
        assert_eq!(names(&mailbox.look().unwrap()), ["1.csv"]);
    }

    #[test]
    fn what_was_read_is_put_aside_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::of(folder.path(), "a");
        for text in ["first", "second"] {
            std::fs::create_dir_all(mailbox.inbox()).unwrap();
            std::fs::write(mailbox.inbox().join("1.csv"), text).unwrap();
            mailbox.look().unwrap();
            let arrived = mailbox.look().unwrap();
            mailbox.refused(&arrived[0], "line 1: no").unwrap();
            // Another process that read it too finds it gone.
            mailbox.taken(&arrived[0]).unwrap();
        }
        let refused = mailbox.inbox().join("refused");
        let read = |name: &str| std::fs::read_to_string(refused.join(name)).unwrap();
        assert_eq!((read("1.csv"), read("2.1.csv")), ("first".to_owned(), "second".to_owned()));
        assert_eq!(read("2.1.csv.why.txt"), "line 1: no\n");
        assert!(mailbox.look().unwrap().is_empty());
    }

    #[test]
    fn what_is_put_is_there_whole_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::of(folder.path(), "a");
        let path = mailbox.put("1.xml", b"1").unwrap();
        assert_eq!(mailbox.put("1.xml", b"1").unwrap(), path);
        assert!(matches!(mailbox.put("1.xml", b"2"), Err(WholeError::Differs)));
        assert_eq!(std::fs::read(path).unwrap(), b"1");
    }
}
