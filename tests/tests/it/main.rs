//! Tests against the real binary: it is started as an operator would start it, and reached from outside.

mod browser;
mod serving;
