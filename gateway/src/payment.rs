//! A payment as every door hands it to its scene.

use jiaozi_ledger::command::AccountRef;

/// A payment as a channel orders it.
#[derive(Debug, Clone)]
pub struct Payment {
    /// The quote's token.
    pub quote: String,
    /// The payer's account.
    pub payer: AccountRef,
    /// The channel's own reference, unique where given.
    pub reference: Option<String>,
}
