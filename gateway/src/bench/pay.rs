//! `bench pay`: placeholder.
use super::{Figures, Terms};
/// How many clients there are if nobody says.
pub const CLIENTS: usize = 64;
/// Runs the bench.
///
/// # Errors
/// Not yet.
pub async fn run(_terms: &Terms) -> anyhow::Result<Figures> {
    anyhow::bail!("not yet")
}
