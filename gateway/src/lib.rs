//! The gateway: doors, pipeline, workers and pages around the books and the scenes.

pub mod files;
