//! Rows of the side tables of a finished OUT, one after the other.

use crate::error::{Error, Result};
use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A side table, read in batches.
pub(super) struct SideTable {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl SideTable {
    /// Opens a table that this program wrote and whose bytes were looked at.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::store(path, "cannot open"))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.with_batch_size(1 << 14).build());
        Ok(Self { path: path.to_owned(), reader: reader.map_err(|_| unreadable(path))? })
    }

    /// Goes through the table.
    pub fn each(mut self, mut row: impl FnMut(&SideRow<'_>) -> Result<()>) -> Result<()> {
        while let Some(batch) = self.batch()? {
            for at in 0..batch.num_rows() {
                row(&SideRow { path: &self.path, batch: &batch, at })?;
            }
        }
        Ok(())
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        self.reader.next().transpose().map_err(|_| unreadable(&self.path))
    }
}

fn unreadable(path: &Path) -> Error {
    Error::store(path, "cannot read")(std::io::ErrorKind::InvalidData.into())
}

/// One row of a table.
pub(super) struct SideRow<'a> {
    path: &'a Path,
    batch: &'a RecordBatch,
    at: usize,
}

impl SideRow<'_> {
    pub fn text(&self, column: &str) -> Result<&str> {
        let texts = self.batch.column_by_name(column).and_then(|c| c.as_string_opt::<i32>());
        texts.filter(|texts| !texts.is_null(self.at)).map(|texts| texts.value(self.at)).ok_or_else(|| unreadable(self.path))
    }

    pub fn number(&self, column: &str) -> Result<u64> {
        let numbers = self.batch.column_by_name(column).and_then(|c| c.as_primitive_opt::<Int64Type>());
        let number = numbers.and_then(|numbers| u64::try_from(numbers.value(self.at)).ok());
        number.ok_or_else(|| unreadable(self.path))
    }
}

/// A row of `withheld.parquet`.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub file: String,
    pub number: u64,
    pub label: String,
    pub offset: u64,
    pub bytes: u64,
    pub gap: u64,
}

impl Row {
    pub fn of(side: &SideRow<'_>) -> Result<Self> {
        let (number, offset) = (side.number("row")?, side.number("offset")?);
        let (bytes, gap) = (side.number("bytes")?, side.number("gap")?);
        Ok(Self { file: side.text("file")?.to_owned(), number, label: side.text("label")?.to_owned(), offset, bytes, gap })
    }
}

/// The rows of `withheld.parquet`, with a look at the next one.
pub(super) struct Rows {
    table: SideTable,
    batch: Option<(RecordBatch, usize)>,
    next: Option<Row>,
}

impl Rows {
    pub fn open(path: &Path) -> Result<Self> {
        let mut rows = Self { table: SideTable::open(path)?, batch: None, next: None };
        rows.read()?;
        Ok(rows)
    }

    /// The file of the next row.
    pub fn file(&self) -> Option<&str> {
        self.next.as_ref().map(|row| row.file.as_str())
    }

    /// The next row where it is of `file`.
    pub fn next_of(&mut self, file: &str) -> Result<Option<Row>> {
        if self.file() != Some(file) {
            return Ok(None);
        }
        let row = self.next.take();
        self.read()?;
        Ok(row)
    }

    fn read(&mut self) -> Result<()> {
        loop {
            if let Some((batch, at)) = &mut self.batch
                && *at < batch.num_rows()
            {
                self.next = Some(Row::of(&SideRow { path: &self.table.path, batch, at: *at })?);
                *at += 1;
                return Ok(());
            }
            match self.table.batch()? {
                Some(batch) => self.batch = Some((batch, 0)),
                None => return Ok(()),
            }
        }
    }
}
