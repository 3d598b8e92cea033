//! `suspects.parquet`: one row a (row, test) that a verdict points at.

use super::side::{Sink, Text, is_full};
use crate::batch::Fate;
use crate::error::Result;
use arrow::array::{ArrayRef, Float64Array, Int64Array};
use arrow::datatypes::DataType;
use std::io::Write;
use std::sync::Arc;

/// One row that a verdict points at.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct SuspectRow<'a> {
    /// The file's relative path.
    pub file: &'a str,
    /// Record number in the file from 0.
    pub row: i64,
    /// The test's id.
    pub test: &'a str,
    /// Higher is worse.
    pub score: f64,
    /// Nothing where the test has none.
    pub p_value: Option<f64>,
    /// The trigger, slice or cluster it belongs to, masked.
    pub subject: &'a str,
    /// [`Fate::Quarantine`] or [`Fate::Review`].
    pub fate: Fate,
}

/// Writes `suspects.parquet`, streaming.
pub struct SuspectsWriter<W: Write + Send> {
    sink: Sink<W>,
    /// File, test, subject, fate.
    texts: [Text; 4],
    row: Vec<i64>,
    score: Vec<f64>,
    p_value: Vec<Option<f64>>,
}

impl<W: Write + Send> SuspectsWriter<W> {
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
            ("p_value", DataType::Float64, true),
            ("subject", DataType::Utf8, false),
            ("fate", DataType::Utf8, false),
        ];
        Ok(Self {
            sink: Sink::new(out, &columns)?,
            texts: Default::default(),
            row: Vec::new(),
            score: Vec::new(),
            p_value: Vec::new(),
        })
    }

    /// Appends one row. Scores and p-values are written as they are, not rounded.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn push(&mut self, row: &SuspectRow<'_>) -> Result<()> {
        let texts = [row.file, row.test, row.subject, fate_name(row.fate)];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(text);
        }
        self.row.push(row.row);
        self.score.push(row.score);
        self.p_value.push(row.p_value);
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
        let [file, test, subject, fate] = &mut self.texts;
        let columns: Vec<ArrayRef> = vec![
            file.take()?,
            Arc::new(Int64Array::from(std::mem::take(&mut self.row))),
            test.take()?,
            Arc::new(Float64Array::from(std::mem::take(&mut self.score))),
            Arc::new(Float64Array::from(std::mem::take(&mut self.p_value))),
            subject.take()?,
            fate.take()?,
        ];
        self.sink.write(columns)
    }
}

/// The word that reports and side files use for a fate.
#[must_use]
pub fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Report => "report",
        Fate::Review => "review",
        Fate::Quarantine => "quarantine",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Array as _;
    use arrow::datatypes::Float64Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

    #[test]
    fn rows_come_back_in_order_with_their_nulls() {
        let mut writer = SuspectsWriter::new(tempfile::tempfile().unwrap()).unwrap();
        let trigger =
            SuspectRow { file: "a.csv", row: 7, test: "trigger", score: 9.5, p_value: Some(1e-94), ..Default::default() };
        writer.push(&trigger).unwrap();
        writer.push(&SuspectRow { file: "a.csv", test: "hidden-text", fate: Fate::Quarantine, ..Default::default() }).unwrap();
        let batch = ParquetRecordBatchReader::try_new(writer.finish().unwrap(), 10).unwrap().next().unwrap().unwrap();
        assert_eq!(batch.num_rows(), 2);
        let p = batch.column(4);
        assert!(p.is_valid(0) && p.is_null(1));
        let p = p.as_any().downcast_ref::<arrow::array::PrimitiveArray<Float64Type>>().unwrap();
        assert_eq!(p.value(0), 1e-94);
        assert_eq!(batch.schema().field(0).data_type(), &DataType::Utf8, "a plain string, not a dictionary");
    }
}
