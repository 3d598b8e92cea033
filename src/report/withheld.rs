//! `withheld.parquet`: one row a row in the quarantine, with where in its cleaned file it belongs.

use super::side::{Sink, Text, is_full};
use crate::error::Result;
use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::Arc;

/// One row in the quarantine.
///
/// Places are those in the whole file, as it would be cleaned with no row withheld, decompressed and in UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithheldRow<'a> {
    /// The file's relative path.
    pub file: &'a str,
    /// Record number in the file from 0.
    pub row: i64,
    /// Its label as the report counts it; empty where it has none.
    pub label: &'a str,
    /// Where the record begins in the whole file, in bytes; of Parquet its number among the rows of the whole file.
    pub offset: i64,
    /// The record's bytes; 0 for Parquet.
    pub bytes: i64,
    /// Bytes behind it that go with it (blank lines, a comma); 0 for Parquet.
    pub gap: i64,
}

/// Where a quarantined file and its cleaned file were one: what no row of `withheld.parquet` can say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seam {
    /// Bytes that open both files: mark and header; of an array all before its first record.
    pub head: u64,
    /// Of an array: the comma and spaces that stand in neither file, since the last record of each has none behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// Of Parquet: rows of each row group of the whole file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<u64>,
}

/// Text that parted two records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lost {
    /// Where in the whole file.
    pub at: u64,
    /// The text.
    pub text: String,
}

/// Writes `withheld.parquet`, streaming.
pub struct WithheldWriter<W: Write + Send> {
    sink: Sink<W>,
    /// File, label.
    texts: [Text; 2],
    /// Row, offset, bytes, gap.
    numbers: [Vec<i64>; 4],
}

impl<W: Write + Send> WithheldWriter<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where `out` fails.
    pub fn new(out: W) -> Result<Self> {
        let columns = [
            ("file", DataType::Utf8, false),
            ("row", DataType::Int64, false),
            ("label", DataType::Utf8, false),
            ("offset", DataType::Int64, false),
            ("bytes", DataType::Int64, false),
            ("gap", DataType::Int64, false),
        ];
        Ok(Self { sink: Sink::new(out, &columns)?, texts: Default::default(), numbers: Default::default() })
    }

    /// Appends one row.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn push(&mut self, row: &WithheldRow<'_>) -> Result<()> {
        for (column, text) in self.texts.iter_mut().zip([row.file, row.label]) {
            column.push(text);
        }
        for (column, number) in self.numbers.iter_mut().zip([row.row, row.offset, row.bytes, row.gap]) {
            column.push(number);
        }
        if is_full(self.numbers.first().map_or(0, Vec::len), self.texts.iter().map(Text::name_bytes).sum()) {
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
        let [file, label] = &mut self.texts;
        let mut numbers = self.numbers.iter_mut().map(|n| Int64Array::from(std::mem::take(n)));
        let mut next = || -> ArrayRef { Arc::new(numbers.next().unwrap_or_else(|| Int64Array::from(Vec::<i64>::new()))) };
        let row = next();
        if row.is_empty() {
            return Ok(());
        }
        self.sink.write(vec![file.take()?, row, label.take()?, next(), next(), next()])
    }
}
