//! Draws against books in memory.

mod anything;
mod drawing;
mod town;
