//! `scores.parquet`: one row a (row, test that scores rows), whether or not a verdict points at it.

use super::side::{Sink, Text, is_full};
use crate::error::Result;
use arrow::array::{ArrayRef, Float64Array, Int64Array};
use arrow::datatypes::DataType;
use std::io::Write;
use std::sync::Arc;

/// Writes `scores.parquet`, streaming.
pub struct ScoresWriter<W: Write + Send> {
    sink: Sink<W>,
    /// File, test.
    texts: [Text; 2],
    row: Vec<i64>,
    score: Vec<f64>,
}

impl<W: Write + Send> ScoresWriter<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where `out` fails.
    pub fn new(out: W) -> Result<Self> {
        let columns = [
            ("file", DataType::Utf8, false),
            ("row", DataType::Int64, false),
            ("test", DataType::Utf8, false),
            ("score", DataType::Float64, false),
        ];
        Ok(Self { sink: Sink::new(out, &columns)?, texts: Default::default(), row: Vec::new(), score: Vec::new() })
    }

    /// Appends the score of one row; higher is worse.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn push(&mut self, file: &str, row: i64, test: &str, score: f64) -> Result<()> {
        for (column, text) in self.texts.iter_mut().zip([file, test]) {
            column.push(text);
        }
        self.row.push(row);
        self.score.push(score);
        if is_full(self.row.len(), self.texts.iter().map(Text::name_bytes).sum()) {
            self.encode()?;
        }
        Ok(())
    }

    /// Writes what is left and the footer; gives the output back.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn finish(mut self) -> Result<W> {
        self.encode()?;
        self.sink.finish()
    }

    fn encode(&mut self) -> Result<()> {
        if self.row.is_empty() {
            return Ok(());
        }
        let [file, test] = &mut self.texts;
        let columns: Vec<ArrayRef> = vec![
            file.take()?,
            Arc::new(Int64Array::from(std::mem::take(&mut self.row))),
            test.take()?,
            Arc::new(Float64Array::from(std::mem::take(&mut self.score))),
        ];
        self.sink.write(columns)
    }
}
