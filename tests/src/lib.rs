//! What the tests of the whole share: one harness for the real binary, on real databases, over real
//! sockets.
//!
//! | module | holds |
//! |---|---|
//! | [`project`] | the project's folders, and the binary as it was built |
//! | [`installation`] | a sandbox of its own: database, keys, commands, a look inside |
//! | [`server`] | the binary as a serving process: started, stopped, killed |
//! | [`client`] | signed requests, and what comes back |
//! | [`billers`] | billers as peers on the network, and who pays them |
//! | [`browser`] | a scene in a real browser |
//! | [`parties`] | a company that publishes bills and a channel that pays them |
//! | [`load`] | payers at the same time, until something happens |
//! | [`disk`] | a small disk that can be filled |
//! | [`postgres`] | a PostgreSQL server of the test's own, to be stopped and started again |

pub mod billers;
pub mod browser;
pub mod client;
pub mod core;
pub mod disk;
pub mod installation;
pub mod load;
pub mod parties;
#[path = "../../ledger/tests/support/server.rs"]
pub mod postgres;
pub mod project;
pub mod server;
