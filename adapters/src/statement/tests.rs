//! The readers on samples of our own, and on everything that a file can be.

mod samples;
