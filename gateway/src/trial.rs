//! A gateway on trial: a process of its own with a configuration of its own, and clients that come
//! through its doors. The bench and the demonstration are made of this; they see of the gateway what
//! an outsider sees.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`place`] | the folder of a trial: database, configuration, specifications, logs |
//! | [`program`] | this program as a process: commands, and the server |
//! | [`billers`] | billers on the network, with faults by script |
//! | [`core`](mod@core), [`core_files`] | the bank's core on the network, and one that is told by files |
//! | [`chance`] | numbers that look random and are the same in every run |
//! | [`client`] | what a partner's own program does: it signs, sends and repeats |

pub mod billers;
pub mod chance;
pub mod client;
pub mod core;
pub mod core_files;
pub mod place;
pub mod program;
