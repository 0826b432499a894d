//! Draws against books in memory.

mod anything;
mod by_files;
mod drawing;
mod town;
