//! `rejected.parquet`: one row a record (or part of a file) that could not be parsed.

use super::side::{Sink, Text, is_full};
use crate::error::Result;
use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use std::io::Write;
use std::sync::Arc;

/// Writes `rejected.parquet`, streaming.
pub struct RejectedWriter<W: Write + Send> {
    sink: Sink<W>,
    file: Text,
    row: Vec<i64>,
    byte_offset: Vec<i64>,
    reason: Text,
}

impl<W: Write + Send> RejectedWriter<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where `out` fails.
    pub fn new(out: W) -> Result<Self> {
        let columns = [
            ("file", DataType::Utf8, false),
            ("row", DataType::Int64, false),
            ("byte_offset", DataType::Int64, false),
            ("reason", DataType::Utf8, false),
        ];
        Ok(Self {
            sink: Sink::new(out, &columns)?,
            file: Text::default(),
            row: Vec::new(),
            byte_offset: Vec::new(),
            reason: Text::default(),
        })
    }

    /// Appends one record: its file, its number from 0, where it begins in the decompressed file in bytes, and
    /// [`crate::batch::Reason::name`].
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn push(&mut self, file: &str, row: i64, byte_offset: i64, reason: &str) -> Result<()> {
        self.file.push(file);
        self.row.push(row);
        self.byte_offset.push(byte_offset);
        self.reason.push(reason);
        if is_full(self.row.len(), self.file.name_bytes() + self.reason.name_bytes()) {
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
        let columns: Vec<ArrayRef> = vec![
            self.file.take()?,
            Arc::new(Int64Array::from(std::mem::take(&mut self.row))),
            Arc::new(Int64Array::from(std::mem::take(&mut self.byte_offset))),
            self.reason.take()?,
        ];
        self.sink.write(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Reason;

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let write = || {
            let mut writer = RejectedWriter::new(Vec::new()).unwrap();
            for row in 0..1000 {
                writer.push("a.csv", row, row * 80, Reason::TooManyFields.name()).unwrap();
            }
            writer.finish().unwrap()
        };
        assert!(write() == write());
    }

    #[test]
    fn a_full_disk_is_the_store_s_fault() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let written = RejectedWriter::new(Full).and_then(|mut writer| {
            writer.push("a.csv", 0, 0, "too-large")?;
            writer.finish()
        });
        let error = written.err().map(|e| format!("{e:?}"));
        assert!(error.as_ref().is_some_and(|e| e.starts_with("Store")), "{error:?}");
    }
}
