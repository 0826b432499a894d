//! `jiaozi file export instructions` and `jiaozi file import results`: what a partner is told by files, and
//! what its files say.

use std::io::Write;

use anyhow::Context as _;
use bytes::Bytes;
use jiff::civil::Date;

use crate::filed::hearing::{self, TakeError, Taken};
use crate::filed::{Filed, writing};
use crate::files::content_hash::ContentHash;
use crate::gateway::Gateway;

/// Writes a file of instructions again, and says what people should know.
pub(super) async fn write(
    gateway: &Gateway,
    partner: &str,
    (date, number): (Date, i64),
    out: &mut (dyn Write + Send),
) -> anyhow::Result<String> {
    let file = writing::file_of(gateway, partner, date, number).await?;
    let file = file.with_context(|| format!("{partner} has no file {number} of {date}"))?;
    let bytes = writing::bytes(gateway, &file).await?;
    out.write_all(&bytes).context("writing")?;
    let put = match file.put_at {
        Some(at) => format!("in the outbox since {at}"),
        None => "not in the outbox yet".to_owned(),
    };
    Ok(format!(
        "{}: {} of {} instructions, {}, {put}, SHA-256 {}",
        file.name,
        file.verb.as_str(),
        file.of.len(),
        file.sum,
        ContentHash::of(&bytes),
    ))
}

/// Takes a file of results.
pub(super) async fn take(
    gateway: &Gateway,
    partner: &str,
    name: &str,
    bytes: &Bytes,
) -> anyhow::Result<Taken> {
    let filed = Filed::of(gateway, partner);
    let filed = filed.ok_or_else(|| TakeError::NotFiled(partner.to_owned()))?;
    let taken = hearing::take(gateway, &filed, name, bytes).await;
    taken.with_context(|| name.to_owned())
}

/// What came of it, for people.
pub(super) fn print(taken: &Taken) {
    for one in &taken.strange {
        println!("NOT FOLLOWED {}: {}: {}", one.place, one.reference, one.why);
    }
    let counts: Vec<String> =
        taken.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    let counts = if counts.is_empty() { "nothing said".to_owned() } else { counts.join(", ") };
    let strange = match taken.strange.len() {
        0 => String::new(),
        strange => format!(", {strange} not followed"),
    };
    let about = taken.about.as_deref().map(|about| format!(" of {about}")).unwrap_or_default();
    let again = if taken.repeated { "; it was taken before, nothing changed" } else { "" };
    eprintln!("results{about}: {counts}{strange}{again}");
}
