//! `findings.parquet`: one row an occurrence. Written in batches of numbers, since there may be millions.

use super::found::{FindingBatch, Kind};
use super::keyed::{Group, KeyedSink, push_entry};
use super::names::{Names, bounded};
use super::side::is_group_full;
use crate::error::{Error, Result};
use arrow::datatypes::DataType;
use parquet::data_type::{Int32Type, Int64Type};
use std::collections::HashMap;
use std::io::Write;

/// One occurrence, as it is written.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct FindingRow<'a> {
    /// The file's relative path.
    pub file: &'a str,
    /// Record number in the file from 0; -1 for header, metadata and path.
    pub row: i64,
    /// The exact name of the column (`messages[0].content`).
    pub column: &'a str,
    /// Start in the cell's decoded text, in bytes.
    pub start: i32,
    /// End (exclusive).
    pub end: i32,
    /// The detector's id.
    pub detector: &'a str,
    /// Confidence in percent.
    pub confidence: i8,
    /// The operator that was used.
    pub operator: &'a str,
    /// [`crate::batch::Place::name`].
    pub place: &'a str,
    /// [`crate::batch::Evidence::name`].
    pub evidence: &'a str,
}

/// Writes `findings.parquet`, streaming: holds at most one row group.
pub struct FindingsWriter<W: Write + Send> {
    sink: KeyedSink<W>,
    /// File, column, detector, operator, place, evidence.
    texts: [Names; 6],
    /// The kinds of the row group in order of first use: the numbers of their texts, and the confidence, which is its own
    /// place in the dictionary of all confidences.
    kinds: Vec<[u32; 7]>,
    numbers: HashMap<[u32; 7], u32>,
    kind: Vec<u32>,
    row: Vec<i64>,
    start: Vec<i32>,
    end: Vec<i32>,
    /// For the batch being taken in: the number of a kind there to its number here, or `UNKNOWN`.
    known: Vec<u32>,
    count: u64,
}

const UNKNOWN: u32 = u32::MAX;

impl<W: Write + Send> FindingsWriter<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where `out` fails.
    pub fn new(out: W) -> Result<Self> {
        let columns = [
            ("file", DataType::Utf8, false),
            ("row", DataType::Int64, false),
            ("column", DataType::Utf8, false),
            ("start", DataType::Int32, false),
            ("end", DataType::Int32, false),
            ("detector", DataType::Utf8, false),
            ("confidence", DataType::Int8, false),
            ("operator", DataType::Utf8, false),
            ("place", DataType::Utf8, false),
            ("evidence", DataType::Utf8, false),
        ];
        Ok(Self {
            sink: KeyedSink::new(out, &columns)?,
            texts: Default::default(),
            kinds: Vec::new(),
            numbers: HashMap::new(),
            kind: Vec::new(),
            row: Vec::new(),
            start: Vec::new(),
            end: Vec::new(),
            known: Vec::new(),
            count: 0,
        })
    }

    /// Appends the rows of a batch in their order. The bytes of the file do not depend on how rows are cut into batches.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn push_batch(&mut self, batch: &FindingBatch) -> Result<()> {
        self.forget(batch);
        let mut name_bytes = self.name_bytes();
        for at in batch.iter() {
            let kind = match self.known.get(at.kind as usize) {
                Some(&number) if number != UNKNOWN => number,
                _ => {
                    let number = self.take_kind(batch, at.kind);
                    name_bytes = self.name_bytes();
                    number
                }
            };
            self.kind.push(kind);
            self.row.push(at.row);
            self.start.push(at.start as i32);
            self.end.push(at.end as i32);
            if is_group_full(self.row.len(), name_bytes) {
                self.encode()?;
                self.forget(batch);
                name_bytes = 0;
            }
        }
        self.count += batch.len();
        Ok(())
    }

    fn name_bytes(&self) -> usize {
        self.texts.iter().map(Names::bytes).sum()
    }

    /// The number in this row group of a kind of the batch.
    fn take_kind(&mut self, batch: &FindingBatch, kind: u32) -> u32 {
        let Kind { file, column, detector, operator, place, evidence, confidence } =
            batch.kinds().get(kind as usize).copied().unwrap_or_default();
        let mut texts = self.texts.iter_mut().zip([file, column, detector, operator, place, evidence]);
        let mut text = || texts.next().map_or(0, |(names, id)| names.id(&bounded(batch.names.get(id))));
        let here = [text(), text(), text(), text(), text(), text(), u32::from(confidence.unsigned_abs())];
        let next = self.kinds.len() as u32;
        let number = *self.numbers.entry(here).or_insert(next);
        if number == next {
            self.kinds.push(here);
        }
        if let Some(slot) = self.known.get_mut(kind as usize) {
            *slot = number;
        }
        number
    }

    fn forget(&mut self, batch: &FindingBatch) {
        self.known.clear();
        self.known.resize(batch.kinds().len(), UNKNOWN);
    }

    fn encode(&mut self) -> Result<()> {
        if self.row.is_empty() {
            return Ok(());
        }
        let percents: Vec<u8> = (0..=i32::from(i8::MAX)).flat_map(i32::to_le_bytes).collect();
        let mut group = self.sink.group()?;
        let (kinds, kind) = (&self.kinds, &self.kind);
        let keys = |column: usize| -> Vec<u32> { kinds.iter().map(|k| k.get(column).copied().unwrap_or(0)).collect() };
        let mut dictionary = Vec::new();
        let mut text = |group: &mut Group<'_, W>, column: usize, names: &mut Names| {
            dictionary.clear();
            names.iter().for_each(|name| push_entry(&mut dictionary, name));
            group.keys(kind, &keys(column), &dictionary, names.len())?;
            names.clear();
            Ok::<_, Error>(())
        };
        let [file, column, detector, operator, place, evidence] = &mut self.texts;
        text(&mut group, 0, file)?;
        group.numbers::<Int64Type>(&self.row)?;
        text(&mut group, 1, column)?;
        group.numbers::<Int32Type>(&self.start)?;
        group.numbers::<Int32Type>(&self.end)?;
        text(&mut group, 2, detector)?;
        group.keys(kind, &keys(6), &percents, percents.len() / 4)?;
        text(&mut group, 3, operator)?;
        text(&mut group, 4, place)?;
        text(&mut group, 5, evidence)?;
        group.close()?;
        self.kinds.clear();
        self.numbers.clear();
        self.kind.clear();
        self.row.clear();
        self.start.clear();
        self.end.clear();
        Ok(())
    }

    /// How many rows were pushed.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Writes what is left and the footer; gives the output back for the caller to sync.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn finish(mut self) -> Result<W> {
        self.encode()?;
        self.sink.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<(String, i64, String, i32)> {
        (0..count).map(|i| (format!("part-{}.jsonl", i / 40_000), i as i64, format!("messages[{}].content", i % 7), 3)).collect()
    }

    fn row((file, row, column, start): &(String, i64, String, i32)) -> FindingRow<'_> {
        FindingRow {
            file,
            row: *row,
            column,
            start: *start,
            end: start + 9,
            detector: if row % 3 == 0 { "contact.email" } else { "contact.phone" },
            confidence: 97,
            operator: "replace",
            place: "value",
            evidence: "own",
        }
    }

    fn written(rows: &[(String, i64, String, i32)], cut: usize) -> Vec<u8> {
        let mut writer = FindingsWriter::new(Vec::new()).unwrap();
        for piece in rows.chunks(cut) {
            let mut batch = FindingBatch::default();
            for r in piece {
                batch.push(&row(r));
            }
            writer.push_batch(&batch).unwrap();
        }
        assert_eq!(writer.count(), rows.len() as u64);
        writer.finish().unwrap()
    }

    #[test]
    fn the_bytes_do_not_depend_on_how_rows_arrive() {
        let rows = rows(300_000);
        let whole = written(&rows, rows.len());
        for cut in [1, 977, 40_000] {
            assert!(written(&rows, cut) == whole, "cut into pieces of {cut}");
        }
    }

    #[test]
    fn names_of_megabytes_are_bounded() {
        let mut writer = FindingsWriter::new(Vec::new()).unwrap();
        let name = "x".repeat(1 << 20);
        for i in 0..2000 {
            let mut batch = FindingBatch::default();
            batch.push(&FindingRow { file: "a.csv", row: i, column: &name, ..FindingRow::default() });
            writer.push_batch(&batch).unwrap();
        }
        assert!(writer.finish().unwrap().len() < 100_000);
    }

    #[test]
    fn a_file_without_findings_is_a_table_with_its_columns() {
        use parquet::file::reader::{FileReader, SerializedFileReader};
        let file = FindingsWriter::new(tempfile::tempfile().unwrap()).unwrap().finish().unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr();
        let columns: Vec<String> =
            schema.columns().iter().map(|c| format!("{} {:?} {:?}", c.name(), c.physical_type(), c.logical_type_ref())).collect();
        insta::assert_snapshot!(columns.join("\n"));
    }

    #[test]
    #[ignore = "a measurement: cargo test --release -- --ignored eight_million"]
    fn eight_million_findings_take_two_seconds() {
        let mut writer = FindingsWriter::new(Vec::new()).unwrap();
        let rows = rows(80_000);
        let mut taken = std::time::Duration::ZERO;
        for turn in 0..100 {
            let mut batch = FindingBatch::default();
            for r in &rows {
                let start = (r.1 as i32).wrapping_mul(2_654_435) & 0xfff;
                batch.push(&FindingRow { row: turn * 80_000 + r.1, start, end: start + 5 + start % 17, ..row(r) });
            }
            let began = std::time::Instant::now();
            writer.push_batch(&batch).unwrap();
            taken += began.elapsed();
        }
        let size = writer.finish().unwrap().len();
        eprintln!("{taken:?} for 8 M rows, {size} bytes");
    }
}
