//! Cleans training data: masks personal data and secrets, finds the marks of poisoning, loses nothing.
//!
//! ```text
//! source ─ parts ─ blocks ─ cells ─ findings ─ edits ─ sink ── clean/  quarantine/        the line
//!                              └─ masked rows ─ profile ═ merge ═ verdicts ─ report        the side line
//! ```

pub mod batch;
#[cfg(feature = "cli")]
pub mod cli;
pub mod detect;
pub mod error;
pub mod io;
pub mod job;
pub mod mask;
pub mod merge;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod report;
pub mod text;
pub mod verdict;
