//! What a column chunk of a Parquet file gave.

use super::spill::SpillReader;
use super::tally::PartTally;
use super::told_rows::ToldRows;
use crate::error::{Error, Result};
use crate::io::parquet::Chunk;
use crate::profile::Facts;
use crate::report::FindingBatch;
use std::path::PathBuf;

/// What a chunk gave.
pub(super) struct LeafDone {
    pub chunk: Chunk,
    /// The last findings; the first are in `spilled` where they were too many.
    pub found: FindingBatch,
    pub spilled: Option<PathBuf>,
    pub tally: PartTally,
    /// Rows that an operator sends to the quarantine.
    pub dropped: Vec<u32>,
    /// Facts of the column, without rows.
    pub facts: Option<Facts>,
    /// What it tells of its rows.
    pub told: ToldRows,
    /// A row of a list was read in pieces.
    pub torn: bool,
}

impl LeafDone {
    /// Leaves no file of findings behind. That one could not be removed is met when the work folder is.
    pub fn discard(&mut self) {
        if let Some(path) = self.spilled.take() {
            let _ = crate::io::commit::remove(&path);
        }
    }

    /// Goes through all findings in order, batch by batch, and empties them.
    pub fn each_batch(&mut self, mut each: impl FnMut(FindingBatch) -> Result<()>) -> Result<()> {
        if let Some(path) = self.spilled.take() {
            let (mut spill, mut chunk) = (SpillReader::open(&path)?, Vec::new());
            while spill.next(&mut chunk)? {
                let batch = FindingBatch::from_bytes(&chunk).ok_or_else(|| Error::Bug("a spill of findings is broken".into()))?;
                each(batch)?;
            }
            crate::io::commit::remove(&path)?;
        }
        each(std::mem::take(&mut self.found))
    }
}
