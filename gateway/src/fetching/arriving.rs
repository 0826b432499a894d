//! A file of the inbox taken, as the command line takes it.

use jiff::civil::Date;

use super::errand::{Errand, Whose};
use super::record::{Heard, Outcome};
use crate::files::FileError;
use crate::files::content::Content;
use crate::files::limits::Limits;
use crate::files::statement::Refusal;
use crate::gateway::Gateway;
use crate::mailbox::Arrived;
use crate::mirror::proving;
use crate::mirror::taking as accounts;
use crate::reconciliation::taking as billers;

/// What came of a file that lies in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was taken.
    Taken(Heard),
    /// It is refused.
    Refused(Heard),
    /// It is not to blame: it stays where it is.
    Left(Heard),
    /// It is not there any more: another process has put it aside.
    Gone,
}

/// Takes the file of a day.
pub async fn take(gateway: &Gateway, errand: &Errand, date: Date, file: &Arrived) -> Came {
    let mut limits = Limits::default();
    limits.file_bytes_max = limits.file_bytes_max.min(errand.fetch.bytes_max);
    let came = match Content::of_file(&file.path, &limits) {
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Came::Refused(Heard::of(Outcome::Refused, format!("the file is refused: {error}")))
        }
        Err(error) => Came::Left(Heard::of(Outcome::Stopped, error.to_string())),
        Ok(content) => {
            let source = Source { date, file, content: content.clone() };
            let came = match &errand.whose {
                Whose::Payee(..) => of_biller(gateway, errand, source).await,
                Whose::Account(_) => of_account(gateway, errand, source).await,
            };
            match came {
                Came::Refused(heard) => {
                    let hash = tokio::task::spawn_blocking(move || content.hash()).await;
                    let refused_hash = hash.ok().and_then(Result::ok).map(|hash| hash.to_string());
                    Came::Refused(Heard { refused_hash, ..heard })
                }
                other => other,
            }
        }
    };
    // Whatever was said of a file that another process has moved away says nothing of the file.
    match came {
        Came::Taken(heard) => Came::Taken(heard),
        other if file.path.exists() => other,
        _ => Came::Gone,
    }
}

struct Source<'a> {
    date: Date,
    file: &'a Arrived,
    content: Content,
}

async fn of_biller(gateway: &Gateway, errand: &Errand, source: Source<'_>) -> Came {
    let name = source.file.name.clone();
    let source = billers::Source {
        partner: errand.code.clone(),
        date: Some(source.date),
        name: name.clone(),
        content: source.content,
    };
    match billers::take(gateway, source, &mut |_| {}).await {
        Ok(taken) if taken.repeated => {
            Came::Taken(Heard::of(Outcome::Same, format!("{name} was taken before")))
        }
        Ok(taken) => {
            let what = match taken.number {
                0 => name,
                number => format!("{name}, correction {number}"),
            };
            Came::Taken(Heard::of(Outcome::Taken, what))
        }
        Err(error) => {
            use billers::TakeError as E;
            let ours = match &error {
                E::Refused(refusal) => {
                    matches!(refusal, Refusal::File(FileError::Read(_)) | Refusal::Changed)
                }
                other => !matches!(other, E::NotOver { .. } | E::OfAnotherDate { .. }),
            };
            not_taken(ours, &error)
        }
    }
}

async fn of_account(gateway: &Gateway, errand: &Errand, source: Source<'_>) -> Came {
    let (name, date) = (source.file.name.clone(), source.date);
    let source = accounts::Source {
        account: Some(errand.code.clone()),
        date: Some(date),
        name: name.clone(),
        content: source.content,
    };
    match accounts::take(gateway, source, &mut |_| {}).await {
        Ok(taken) => {
            let of_day = taken.statements.iter().any(|one| (one.from..=one.date).contains(&date));
            let repeated = taken.statements.iter().all(|one| one.repeated);
            let outcome = if repeated { Outcome::Same } else { Outcome::Taken };
            let says = match (of_day, repeated) {
                (false, _) => format!("{name} was taken, and tells other days"),
                (true, true) => format!("{name} was taken before"),
                (true, false) => name,
            };
            // One that tells other days has had its effect, and this day is still to come.
            let outcome = if of_day { outcome } else { Outcome::NotThere };
            Came::Taken(Heard::of(outcome, says))
        }
        Err(error) => {
            use accounts::TakeError as E;
            let ours = match &error {
                E::Refused(refusal) => {
                    matches!(refusal, proving::Refusal::Unreadable(_) | proving::Refusal::Changed)
                }
                other => !matches!(other, E::NotYet { .. } | E::Currency { .. } | E::Clash(_)),
            };
            not_taken(ours, &error)
        }
    }
}

/// A file that was not taken: for a reason of ours it stays, otherwise it is refused.
fn not_taken(ours: bool, error: &dyn std::error::Error) -> Came {
    match ours {
        true => Came::Left(Heard::of(Outcome::Stopped, error.to_string())),
        false => Came::Refused(Heard::of(Outcome::Refused, error.to_string())),
    }
}
