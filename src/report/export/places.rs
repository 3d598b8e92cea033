//! Where findings are, by file and detector, out of `findings.parquet`: sums, and the first few of each.

use crate::batch::Place;
use crate::error::{Error, Result};
use crate::report::read_columns;
use arrow::array::{Array as _, AsArray as _, StringArray};
use arrow::datatypes::{Int8Type, Int64Type};
use arrow::record_batch::RecordBatch;
use std::collections::BTreeMap;
use std::path::Path;

/// Places that are kept of a file and detector, as many as Macie gives.
pub const PLACES: usize = 15;
/// Pairs of file and detector that are kept.
const PAIRS: usize = 20_000;
/// Columns that are kept, over all pairs.
const COLUMNS: usize = 60_000;
/// Operators of a pair that are kept; there are fewer.
const OPERATORS: usize = 64;

/// Where one finding is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// Record number in the file from 0; -1 for header, metadata and path.
    pub row: i64,
    /// The exact name of the column (`messages[0].content`).
    pub column: String,
    /// [`crate::batch::Place::name`].
    pub place: String,
}

/// What a detector found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Occurrences.
    pub occurrences: u64,
    /// The highest confidence among them, in percent.
    pub confidence: u8,
    /// Column, lists without their numbers (`messages[].content`), to occurrences; none for names, which have none.
    pub columns: BTreeMap<String, u64>,
    /// Operator to occurrences.
    pub operators: BTreeMap<String, u64>,
    /// The first places, in the file's order.
    pub first: Vec<At>,
}

/// Where all findings of a run are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// File, then detector id.
    pub by_file: BTreeMap<String, BTreeMap<String, Spread>>,
    /// Occurrences of files and detectors beyond those that are kept.
    pub left_out: u64,
    /// Occurrences whose column is not kept, though the file and the detector are.
    pub columns_left_out: u64,
    pairs: usize,
    columns: usize,
}

impl Places {
    /// Reads `findings.parquet`, a batch at a time.
    ///
    /// # Errors
    /// [`Error::Usage`] where it cannot be read: whoever looks may have a damaged OUT.
    pub fn read(findings: &Path) -> Result<Self> {
        let mut places = Self::default();
        let wanted = ["file", "row", "column", "detector", "confidence", "operator", "place"];
        let read = read_columns(findings, wanted, |batch| places.take_batch(batch));
        let broken = || Error::Usage(format!("{}: cannot be read; untaint verify says what is wrong", findings.display()));
        read.map(|()| places).ok_or_else(broken)
    }

    fn take_batch(&mut self, batch: &RecordBatch) -> Option<()> {
        let texts = |name: &str| -> Option<&StringArray> { batch.column_by_name(name)?.as_string_opt::<i32>() };
        let (files, columns, detectors) = (texts("file")?, texts("column")?, texts("detector")?);
        let (operators, places) = (texts("operator")?, texts("place")?);
        let rows = batch.column_by_name("row")?.as_primitive_opt::<Int64Type>()?;
        let confidences = batch.column_by_name("confidence")?.as_primitive_opt::<Int8Type>()?;
        for at in 0..batch.num_rows() {
            let [file, column, detector, operator, place] =
                [files, columns, detectors, operators, places].map(|of| if of.is_null(at) { "" } else { of.value(at) });
            let confidence = confidences.value(at).unsigned_abs();
            self.take(file, detector, &Seen { row: rows.value(at), column, place, confidence, operator });
        }
        Some(())
    }

    fn take(&mut self, file: &str, detector: &str, seen: &Seen<'_>) {
        let Self { by_file, left_out, columns_left_out, pairs, columns } = self;
        let known = by_file.get(file).is_some_and(|of_file| of_file.contains_key(detector));
        if !known && *pairs >= PAIRS {
            *left_out += 1;
            return;
        }
        if !known {
            *pairs += 1;
            by_file.entry(file.to_owned()).or_default().insert(detector.to_owned(), Spread::default());
        }
        let Some(spread) = by_file.get_mut(file).and_then(|of_file| of_file.get_mut(detector)) else { return };
        spread.occurrences += 1;
        spread.confidence = spread.confidence.max(seen.confidence);
        let room = spread.operators.len() < OPERATORS;
        count(&mut spread.operators, seen.operator, room);
        if spread.first.len() < PLACES {
            let (column, place) = (seen.column.to_owned(), seen.place.to_owned());
            spread.first.push(At { row: seen.row, column, place });
        }
        if seen.place != Place::Value.name() {
            return;
        }
        match count(&mut spread.columns, &shape(seen.column), *columns < COLUMNS) {
            Counted::New => *columns += 1,
            Counted::Known => {}
            Counted::Not => *columns_left_out += 1,
        }
    }
}

/// A place, as it is read.
struct Seen<'a> {
    row: i64,
    column: &'a str,
    place: &'a str,
    confidence: u8,
    operator: &'a str,
}

enum Counted {
    New,
    Known,
    Not,
}

/// Adds one to a name's count; a new name only where there is room.
fn count(counts: &mut BTreeMap<String, u64>, name: &str, room: bool) -> Counted {
    if let Some(n) = counts.get_mut(name) {
        *n += 1;
        return Counted::Known;
    }
    if !room {
        return Counted::Not;
    }
    counts.insert(name.to_owned(), 1);
    Counted::New
}

/// The column of an exact name: `messages[].content` of `messages[0].content`.
#[must_use]
pub fn shape(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once('[') {
        out.push_str(before);
        out.push('[');
        rest = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        // Digits that are no list's number stay.
        if !rest.starts_with(']') {
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{FindingBatch, FindingRow, FindingsWriter};
    use std::fs::File;

    #[test]
    fn positions_are_left_out_of_names() {
        for (name, want, why) in [
            ("note", "note", "no list"),
            ("messages[0].content", "messages[].content", "a list"),
            ("a[10][2]", "a[][]", "lists in lists"),
            ("a[\"x.y\"][3]", "a[\"x.y\"][]", "an odd key"),
            ("a[\"1]\"]", "a[\"1]\"]", "a key that reads like a position"),
        ] {
            assert_eq!(shape(name), want, "{why}");
        }
    }

    #[test]
    fn sums_are_of_all_findings_and_places_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("findings.parquet");
        let mut batch = FindingBatch::default();
        for row in -1..40 {
            let place = if row < 0 { "header" } else { "value" };
            let column = format!("messages[{}].content", row & 1);
            let finding =
                FindingRow { file: "a.jsonl", row, column: &column, detector: "contact.email", place, ..FindingRow::default() };
            batch.push(&FindingRow { operator: "replace", confidence: 60 + (row & 7) as i8, ..finding });
        }
        let mut writer = FindingsWriter::new(File::create(&path).unwrap()).unwrap();
        writer.push_batch(&batch).unwrap();
        writer.finish().unwrap();
        let places = Places::read(&path).unwrap();
        let spread = &places.by_file["a.jsonl"]["contact.email"];
        assert_eq!((spread.occurrences, spread.confidence, spread.first.len()), (41, 67, PLACES));
        assert_eq!(spread.columns, [("messages[].content".to_owned(), 40)].into(), "names have no column");
        assert_eq!(spread.operators, [("replace".to_owned(), 41)].into());
        assert_eq!(spread.first[2], At { row: 1, column: "messages[1].content".into(), place: "value".into() });
        std::fs::write(&path, "PAR1").unwrap();
        assert_eq!(Places::read(&path).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_rest_is_counted() {
        let mut places = Places::default();
        for n in 0..PAIRS + 5 {
            for column in ["a", "b", "c", "d"] {
                let seen = Seen { row: 1, column: &format!("{column}{n}"), place: "value", confidence: 90, operator: "replace" };
                places.take(&format!("{n}.csv"), "contact.email", &seen);
            }
        }
        assert_eq!((places.left_out, places.columns_left_out), (20, 4 * PAIRS as u64 - COLUMNS as u64));
    }
}
