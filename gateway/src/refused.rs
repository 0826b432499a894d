//! Why something that a door asks for has no recorded answer, in every scene.

use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;

use crate::tokens::NotOurs;

/// Why something has no recorded answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// It was refused before it reached the books; nothing was recorded.
    Problem(Problem),
    /// The writer or the store could not do it.
    Failure(Failure),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        Refused::Problem(problem)
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Refused {
        Refused::Failure(failure)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused::Failure(Failure::Store(error))
    }
}

/// A cursor that does not belong to the list.
impl From<NotOurs> for Refused {
    fn from(_: NotOurs) -> Refused {
        let detail = "The cursor is not one of this list's.";
        let next = "Begin the list again, with the same filter for all its pages.";
        Problem::new(400, "cursor_invalid", detail, next)
            .with("place", "query cursor")
            .with("expected", "`next` of the previous page, unchanged, under the same filter")
            .into()
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::Problem(problem) => write!(f, "{} ({})", problem.detail, problem.code),
            Refused::Failure(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Refused {}

/// What is not there, or not for this caller: it cannot tell which.
#[must_use]
pub fn not_found(what: &str) -> Refused {
    let detail = format!("There is no such {what} among those that you can see.");
    Problem::new(404, "not_found", detail, "Check the identifier.").into()
}
