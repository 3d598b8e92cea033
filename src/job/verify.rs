//! A second look at a finished OUT.
use crate::error::Result;
use super::{Observer, Stop};
/// What a second look found.
#[derive(serde::Serialize)]
pub struct Found {}
impl Found {
    /// Lines.
    pub fn lines(&self) -> Vec<String> { Vec::new() }
    /// Code.
    pub fn exit_code(&self) -> u8 { 0 }
}
/// Runs.
pub fn run(_out: &std::path::Path, _o: &dyn Observer, _s: &Stop) -> Result<Found> { Ok(Found {}) }
