//! `findings.parquet`: one row an occurrence. Written in batches of numbers, since there may be millions.

use super::keyed::{Group, KeyedSink, push_entry};
use super::names::Names;
use super::side::{Text, is_group_full};
use crate::error::{Error, Result};
use arrow::datatypes::DataType;
use parquet::data_type::{Int32Type, Int64Type};
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
}

/// One occurrence of a [`FindingBatch`]: texts are numbers in its `names`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct FindingIds {
    /// Record number in the file from 0; -1 for header, metadata and path.
    pub row: i64,
    /// The file's relative path.
    pub file: u32,
    /// The exact name of the column.
    pub column: u32,
    /// Start in the cell's decoded text, in bytes.
    pub start: i32,
    /// End (exclusive).
    pub end: i32,
    /// The detector's id.
    pub detector: u32,
    /// The operator that was used.
    pub operator: u32,
    /// [`crate::batch::Place::name`].
    pub place: u32,
    /// Confidence in percent.
    pub confidence: i8,
}

/// Occurrences that a worker gathers for a part and hands over whole.
#[derive(Default)]
pub struct FindingBatch {
    /// The strings that rows refer to.
    pub names: Names,
    /// The occurrences, in the order of the file.
    pub rows: Vec<FindingIds>,
}

impl FindingBatch {
    /// Appends one occurrence. Looks up five strings; a hot loop fills `rows` itself with numbers it remembers.
    pub fn push(&mut self, row: &FindingRow<'_>) {
        self.rows.push(FindingIds {
            row: row.row,
            file: self.names.id(row.file),
            column: self.names.id(row.column),
            start: row.start,
            end: row.end,
            detector: self.names.id(row.detector),
            operator: self.names.id(row.operator),
            place: self.names.id(row.place),
            confidence: row.confidence,
        });
    }

    /// Empties the batch, keeping its memory.
    pub fn clear(&mut self) {
        self.names.clear();
        self.rows.clear();
    }
}

/// Writes `findings.parquet`, streaming: holds at most one row group.
pub struct FindingsWriter<W: Write + Send> {
    sink: KeyedSink<W>,
    /// File, column, detector, operator, place.
    texts: [Text; 5],
    row: Vec<i64>,
    start: Vec<i32>,
    end: Vec<i32>,
    /// As the place in the dictionary of all confidences, which are counted from 0.
    confidence: Vec<u32>,
    /// For the batch being taken in: number there to number in `texts`, or `UNKNOWN`; one list a text column.
    known: [Vec<u32>; 5],
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
        ];
        Ok(Self {
            sink: KeyedSink::new(out, &columns)?,
            texts: Default::default(),
            row: Vec::new(),
            start: Vec::new(),
            end: Vec::new(),
            confidence: Vec::new(),
            known: Default::default(),
            count: 0,
        })
    }

    /// Appends one occurrence.
    ///
    /// # Errors
    /// As for [`FindingsWriter::push_batch`].
    pub fn push(&mut self, row: &FindingRow<'_>) -> Result<()> {
        let texts = [row.file, row.column, row.detector, row.operator, row.place];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(text);
        }
        self.push_numbers(row.row, row.start, row.end, row.confidence).map(|_| ())
    }

    /// Appends the rows of a batch in their order. The bytes of the file do not depend on how rows are cut into batches.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the output fails.
    pub fn push_batch(&mut self, batch: &FindingBatch) -> Result<()> {
        self.forget(batch.names.len());
        for row in &batch.rows {
            let ids = [row.file, row.column, row.detector, row.operator, row.place];
            for ((column, known), id) in self.texts.iter_mut().zip(&mut self.known).zip(ids) {
                let number = match known.get(id as usize) {
                    Some(&number) if number != UNKNOWN => number,
                    _ => {
                        let number = column.id(batch.names.get(id));
                        if let Some(slot) = known.get_mut(id as usize) {
                            *slot = number;
                        }
                        number
                    }
                };
                column.push_id(number);
            }
            if self.push_numbers(row.row, row.start, row.end, row.confidence)? {
                self.forget(batch.names.len());
            }
        }
        Ok(())
    }

    /// Appends the numbers of a row whose texts were appended; true where the batch was encoded and text numbers start anew.
    fn push_numbers(&mut self, row: i64, start: i32, end: i32, confidence: i8) -> Result<bool> {
        self.row.push(row);
        self.start.push(start);
        self.end.push(end);
        self.confidence.push(u32::try_from(confidence).unwrap_or(0));
        self.count += 1;
        let full = is_group_full(self.row.len(), self.texts.iter().map(Text::name_bytes).sum());
        if full {
            self.encode()?;
        }
        Ok(full)
    }

    fn forget(&mut self, names: usize) {
        for known in &mut self.known {
            known.clear();
            known.resize(names, UNKNOWN);
        }
    }

    fn encode(&mut self) -> Result<()> {
        if self.row.is_empty() {
            return Ok(());
        }
        let percents: Vec<u8> = (0..=i32::from(i8::MAX)).flat_map(i32::to_le_bytes).collect();
        let mut group = self.sink.group()?;
        let mut dictionary = Vec::new();
        let mut text = |group: &mut Group<'_, W>, text: &mut Text| {
            let (keys, names) = text.parts();
            dictionary.clear();
            names.iter().for_each(|name| push_entry(&mut dictionary, name));
            group.keys(keys, &dictionary, names.len())?;
            text.clear();
            Ok::<_, Error>(())
        };
        let [file, column, detector, operator, place] = &mut self.texts;
        text(&mut group, file)?;
        group.numbers::<Int64Type>(&self.row)?;
        text(&mut group, column)?;
        group.numbers::<Int32Type>(&self.start)?;
        group.numbers::<Int32Type>(&self.end)?;
        text(&mut group, detector)?;
        group.keys(&self.confidence, &percents, percents.len() / 4)?;
        text(&mut group, operator)?;
        text(&mut group, place)?;
        group.close()?;
        self.row.clear();
        self.start.clear();
        self.end.clear();
        self.confidence.clear();
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
        }
    }

    fn written(rows: &[(String, i64, String, i32)], cut: usize) -> Vec<u8> {
        let mut writer = FindingsWriter::new(Vec::new()).unwrap();
        for piece in rows.chunks(cut) {
            if cut == 1 {
                writer.push(&row(&piece[0])).unwrap();
                continue;
            }
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
            writer.push(&FindingRow { file: "a.csv", row: i, column: &name, ..FindingRow::default() }).unwrap();
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
        let mut batch = FindingBatch::default();
        for r in &rows(80_000) {
            batch.push(&row(r));
        }
        let mut writer = FindingsWriter::new(Vec::new()).unwrap();
        let began = std::time::Instant::now();
        for turn in 0..100 {
            for r in &mut batch.rows {
                r.row = turn * 80_000 + r.row % 80_000;
                r.start = (r.row as i32).wrapping_mul(2_654_435) & 0xfff;
                r.end = r.start + 5 + r.start % 17;
            }
            writer.push_batch(&batch).unwrap();
        }
        let size = writer.finish().unwrap().len();
        eprintln!("{:?} for 8 M rows, {size} bytes", began.elapsed());
    }
}
