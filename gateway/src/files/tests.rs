//! Readers and writers, tried on whole files.
