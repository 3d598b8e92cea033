//! The Parquet side files that are written row by row: one piece that writes, and a row type for each file.

use super::side::{Sink, Text, is_full};
use crate::error::Result;
use arrow::array::{ArrayRef, Float64Array, Int64Array};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::io::Write;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Texts.
    Text,
    /// 64-bit integers.
    Integer,
    /// Doubles.
    Double,
    /// Doubles, or nothing.
    DoubleOrNull,
}

/// A value, of the kind of its column.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// Of a [`Kind::Text`].
    Text(&'a str),
    /// Of a [`Kind::Integer`].
    Integer(i64),
    /// Of a [`Kind::Double`].
    Double(f64),
    /// Of a [`Kind::DoubleOrNull`].
    DoubleOrNull(Option<f64>),
}

/// A side file: its columns, and what its rows are. A new one is a file that implements this.
pub trait Side {
    /// A row.
    type Row<'a>;

    /// Names and kinds of the columns.
    const COLUMNS: &'static [(&'static str, Kind)];

    /// The values of a row, in the order of the columns.
    fn cells<'a>(row: &Self::Row<'a>, put: &mut dyn FnMut(Cell<'a>));
}

enum Held {
    Text(Text),
    Integer(Vec<i64>),
    Double(Vec<f64>),
    DoubleOrNull(Vec<Option<f64>>),
}

/// Writes a side file, streaming.
pub struct SideWriter<S: Side, W: Write + Send> {
    sink: Sink<W>,
    columns: Vec<Held>,
    rows: usize,
    side: PhantomData<S>,
}

impl<S: Side, W: Write + Send> SideWriter<S, W> {
    /// Begins the file.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where `out` fails.
    pub fn new(out: W) -> Result<Self> {
        let stored = S::COLUMNS.iter().map(|(name, kind)| match kind {
            Kind::Text => (*name, DataType::Utf8, false),
            Kind::Integer => (*name, DataType::Int64, false),
            Kind::Double => (*name, DataType::Float64, false),
            Kind::DoubleOrNull => (*name, DataType::Float64, true),
        });
        let held = S::COLUMNS.iter().map(|(_, kind)| match kind {
            Kind::Text => Held::Text(Text::default()),
            Kind::Integer => Held::Integer(Vec::new()),
            Kind::Double => Held::Double(Vec::new()),
            Kind::DoubleOrNull => Held::DoubleOrNull(Vec::new()),
        });
        let sink = Sink::new(out, &stored.collect::<Vec<_>>())?;
        Ok(Self { sink, columns: held.collect(), rows: 0, side: PhantomData })
    }

    /// Appends one row. Numbers are written as they are, not rounded.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn push(&mut self, row: &S::Row<'_>) -> Result<()> {
        let mut columns = self.columns.iter_mut();
        S::cells(row, &mut |cell| match (columns.next(), cell) {
            (Some(Held::Text(column)), Cell::Text(text)) => column.push(text),
            (Some(Held::Integer(column)), Cell::Integer(n)) => column.push(n),
            (Some(Held::Double(column)), Cell::Double(n)) => column.push(n),
            (Some(Held::DoubleOrNull(column)), Cell::DoubleOrNull(n)) => column.push(n),
            // The batch would not fit its schema, which is said when it is encoded.
            _ => {}
        });
        self.rows += 1;
        let bytes = |column: &Held| if let Held::Text(text) = column { text.name_bytes() } else { 0 };
        if is_full(self.rows, self.columns.iter().map(bytes).sum()) {
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
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        let take = |column: &mut Held| -> Result<ArrayRef> {
            Ok(match column {
                Held::Text(text) => text.take()?,
                Held::Integer(of) => Arc::new(Int64Array::from(std::mem::take(of))),
                Held::Double(of) => Arc::new(Float64Array::from(std::mem::take(of))),
                Held::DoubleOrNull(of) => Arc::new(Float64Array::from(std::mem::take(of))),
            })
        };
        let columns: Result<Vec<ArrayRef>> = self.columns.iter_mut().map(take).collect();
        self.sink.write(columns?)
    }
}

/// Reads some columns of a side file, a batch at a time; nothing where it is damaged or a batch is not what was expected.
pub fn read_columns<const N: usize>(
    path: &Path,
    columns: [&str; N],
    mut take: impl FnMut(&RecordBatch) -> Option<()>,
) -> Option<()> {
    let read = || {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).ok()?).ok()?;
        let wanted = ProjectionMask::columns(builder.parquet_schema(), columns);
        for batch in builder.with_projection(wanted).with_batch_size(READ_ROWS).build().ok()? {
            take(&batch.ok()?)?;
        }
        Some(())
    };
    // The reader may panic on a file that is damaged.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok().flatten()
}

/// Rows of a side file that are looked at at once.
const READ_ROWS: usize = 1 << 15;

#[cfg(test)]
mod tests {
    use super::*;

    struct Odd;

    impl Side for Odd {
        type Row<'a> = i64;
        const COLUMNS: &'static [(&'static str, Kind)] = &[("a", Kind::Integer), ("b", Kind::Text)];
        fn cells<'a>(row: &i64, put: &mut dyn FnMut(Cell<'a>)) {
            put(Cell::Integer(*row));
            put(Cell::Integer(*row));
        }
    }

    #[test]
    fn a_value_of_another_kind_is_a_bug_that_is_told() {
        let mut writer = SideWriter::<Odd, _>::new(Vec::new()).unwrap();
        writer.push(&1).unwrap();
        assert_eq!(writer.finish().unwrap_err().exit_code(), 4);
    }
}
