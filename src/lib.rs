//! Cleans training data: masks personal data and secrets, finds the marks of poisoning, loses nothing.
//!
//! ```text
//! source ─ parts ─ blocks ─ cells ─ findings ─ edits ─ sink ── clean/  quarantine/        the line
//!                              └─ masked rows ─ profile ═ merge ═ verdicts ─ report        the side line
//! ```

pub mod batch;
pub mod detect;
pub mod error;
pub mod io;
pub mod mask;
pub mod merge;
pub mod policy;
pub mod profile;
pub mod report;
pub mod text;
pub mod verdict;
