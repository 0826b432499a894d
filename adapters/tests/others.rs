//! Statements and bills that others have published, with what others say that is in them. The files lie in
//! the folder that `JIAOZI_SHARED_DATA` names; without it these tests are passed over.

#[path = "others/banks.rs"]
mod banks;
#[path = "others/bookings.rs"]
mod bookings;
#[path = "others/iso.rs"]
mod iso;
#[path = "others/swift.rs"]
mod swift;
#[path = "others/wallets.rs"]
mod wallets;

use jiaozi_adapters::statement::{self, Format, Statement};

/// A file of the shared folder, where it is present.
fn file(name: &str) -> Option<Vec<u8>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var("JIAOZI_SHARED_DATA").unwrap_or_else(|_| beside.to_owned());
    std::fs::read(format!("{folder}/{name}")).ok()
}

/// Reads a file in the format that is recognised, which must be this one.
fn read(format: Format, bytes: &[u8]) -> Result<Vec<Statement>, String> {
    assert_eq!(Format::recognise(bytes), Some(format));
    let parts = statement::read(format, bytes);
    statement::collect(parts).map_err(|error| error.to_string())
}

/// What does not balance, as it is shown.
fn reported(statements: &[Statement]) -> Vec<String> {
    let imbalances = statements.iter().flat_map(|statement| &statement.ending.imbalances);
    imbalances.map(ToString::to_string).collect()
}
