//! The simulated billers as their interface documents describe them, spoken to with plain sockets.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

#[path = "billers/support.rs"]
mod support;

#[path = "billers/college.rs"]
mod college;
#[path = "billers/faults.rs"]
mod faults;
#[path = "billers/gas.rs"]
mod gas;
#[path = "billers/lines.rs"]
mod lines;
#[path = "billers/power.rs"]
mod power;
#[path = "billers/water.rs"]
mod water;
