//! The `jiaozi` program. All of it is in the library, where tests can reach it.

use std::process::ExitCode;

/// Requests, rows and answers are made on one thread and dropped on another; this allocator is built for
/// that. SQLite's own memory comes from it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    jiaozi::cli::run()
}
