//! Reads a chunk's values and levels in batches that never span pages.

use super::failure::{Failure, fenced, reading};
use super::pages::{Gate, Gated, Walk};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::DataType;
use parquet::schema::types::ColumnDescPtr;
use std::sync::Arc;

/// Records asked for at once, at most.
pub(super) const RECORDS: usize = 4096;

/// A chunk's values and levels, one batch at a time.
pub(super) struct Reader<T: DataType> {
    column: ColumnReaderImpl<T>,
    gate: Arc<Gate>,
    /// Definition levels of the batch; empty where the column has none.
    pub defs: Vec<i16>,
    /// Repetition levels of the batch; empty where the column has none.
    pub reps: Vec<i16>,
    /// The values that are not null.
    pub values: Vec<T::T>,
    /// Values and nulls in the batch.
    pub levels: usize,
    records: usize,
}

impl<T: DataType> Reader<T> {
    /// `records` are read at once, at most.
    pub(super) fn new(descr: &ColumnDescPtr, walk: Walk, records: usize) -> Self {
        let (pages, gate) = Gated::new(walk);
        let column = ColumnReaderImpl::new(Arc::clone(descr), Box::new(pages));
        Self { column, gate, defs: Vec::new(), reps: Vec::new(), values: Vec::new(), levels: 0, records }
    }

    /// Reads the next batch; false at the end of the chunk.
    pub(super) fn next(&mut self) -> Result<bool, Failure> {
        fenced(|| {
            loop {
                self.defs.clear();
                self.reps.clear();
                self.values.clear();
                let read = self.column.read_records(self.records, Some(&mut self.defs), Some(&mut self.reps), &mut self.values);
                let (_, _, levels) = read.map_err(|e| reading(&e))?;
                self.levels = levels;
                if levels > 0 {
                    return Ok(true);
                }
                if !self.gate.open() {
                    return Ok(false);
                }
            }
        })
    }
}
