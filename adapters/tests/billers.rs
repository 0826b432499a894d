//! The billers that are shipped: exactly the bytes of their samples are said, and their answers mean what
//! their interface says. The samples were made without this code, from the interfaces alone.

#[path = "billers/anything.rs"]
mod anything;
#[path = "billers/college.rs"]
mod college;
#[path = "billers/core_by_files.rs"]
mod core_by_files;
#[path = "billers/day_files.rs"]
mod day_files;
#[path = "billers/fetching.rs"]
mod fetching;
#[path = "billers/forms.rs"]
mod forms;
#[path = "billers/gas.rs"]
mod gas;
#[path = "billers/mistakes.rs"]
mod mistakes;
#[path = "billers/office.rs"]
mod office;
#[path = "billers/power.rs"]
mod power;
#[path = "billers/water.rs"]
mod water;
