//! Tests of the whole: the real binary, real sockets, real databases, clients that others wrote. One
//! test binary, one aspect a module.

mod arrows;
mod billers;
mod browser;
mod core;
mod core_by_files;
mod docs;
mod fault;
mod notices;
mod race;
mod starting;
mod strangers;
mod tidy;
