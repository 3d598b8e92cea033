//! `rejected.parquet`: one row a record (or part of a file) that could not be parsed.

use super::side_table::{Cell, Kind, Side, SideWriter};

/// One record that could not be parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RejectedRow<'a> {
    /// The file's relative path.
    pub file: &'a str,
    /// Record number in the file from 0.
    pub row: i64,
    /// Where it begins in the decompressed file, in bytes.
    pub byte_offset: i64,
    /// [`crate::batch::Reason::name`].
    pub reason: &'a str,
}

/// `rejected.parquet`.
pub struct Rejected;

/// Writes `rejected.parquet`, streaming.
pub type RejectedWriter<W> = SideWriter<Rejected, W>;

impl Side for Rejected {
    type Row<'a> = RejectedRow<'a>;

    const COLUMNS: &'static [(&'static str, Kind)] =
        &[("file", Kind::Text), ("row", Kind::Integer), ("byte_offset", Kind::Integer), ("reason", Kind::Text)];

    fn cells<'a>(row: &RejectedRow<'a>, put: &mut dyn FnMut(Cell<'a>)) {
        put(Cell::Text(row.file));
        put(Cell::Integer(row.row));
        put(Cell::Integer(row.byte_offset));
        put(Cell::Text(row.reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Reason;
    use std::io::Write;

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let write = || {
            let mut writer = RejectedWriter::new(Vec::new()).unwrap();
            for row in 0..1000 {
                let reason = Reason::TooManyFields.name();
                writer.push(&RejectedRow { file: "a.csv", row, byte_offset: row * 80, reason }).unwrap();
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
            writer.push(&RejectedRow { file: "a.csv", reason: "too-large", ..RejectedRow::default() })?;
            writer.finish()
        });
        let error = written.err().map(|e| format!("{e:?}"));
        assert!(error.as_ref().is_some_and(|e| e.starts_with("Store")), "{error:?}");
    }
}
