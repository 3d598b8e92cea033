//! Where findings are, by file and detector, out of `findings.parquet`: sums, and the first few of each.

use super::path::shape;
use crate::batch::Place;
use crate::error::{Error, Result};
use crate::report::{FileFacts, Report, bounded, read_columns};
use arrow::array::{Array as _, AsArray as _, StringArray};
use arrow::datatypes::{Int8Type, Int64Type};
use arrow::record_batch::RecordBatch;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Record number in the file from 0.
    pub row: i64,
    /// The exact name of the column (`messages[0].content`).
    pub column: String,
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
    /// Occurrences whose column is not kept.
    pub columns_left_out: u64,
    /// The first places in records, in the file's order.
    pub first: Vec<At>,
}

/// Where all findings of a run are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// File, then detector id.
    pub by_file: BTreeMap<String, BTreeMap<String, Spread>>,
    /// Occurrences of files and detectors beyond those that are kept.
    pub left_out: u64,
    /// Files of which some are left out.
    pub cut: BTreeSet<String>,
    pairs: usize,
    columns: usize,
}

impl Places {
    /// Reads `findings.parquet`, a batch at a time. A name that stands among the columns of its file is no list's, whatever it
    /// looks like.
    ///
    /// # Errors
    /// [`Error::Usage`] where it cannot be read: whoever looks may have a damaged OUT.
    pub fn read(findings: &Path, report: &Report) -> Result<Self> {
        let mut places = Self::default();
        let odd = |columns: &Vec<String>| columns.iter().filter(|c| shape(c) != **c).map(|c| bounded(c).into_owned()).collect();
        let odd: Vec<BTreeSet<String>> = report.schemas.iter().map(odd).collect();
        let of_file = |f: &FileFacts| {
            let odd = odd.get(usize::try_from(f.schema?).ok()?).filter(|odd| !odd.is_empty())?;
            Some((bounded(&f.file).into_owned(), odd))
        };
        let odd: BTreeMap<String, &BTreeSet<String>> = report.files.iter().filter_map(of_file).collect();
        let wanted = ["file", "row", "column", "detector", "confidence", "operator", "place"];
        let read = read_columns(findings, wanted, |batch| places.take_batch(batch, &odd));
        let broken = || Error::Usage(format!("{}: cannot be read; untaint verify says what is wrong", findings.display()));
        read.map(|()| places).ok_or_else(broken)
    }

    fn take_batch(&mut self, batch: &RecordBatch, odd: &BTreeMap<String, &BTreeSet<String>>) -> Option<()> {
        let texts = |name: &str| -> Option<&StringArray> { batch.column_by_name(name)?.as_string_opt::<i32>() };
        let (files, columns, detectors) = (texts("file")?, texts("column")?, texts("detector")?);
        let (operators, places) = (texts("operator")?, texts("place")?);
        let rows = batch.column_by_name("row")?.as_primitive_opt::<Int64Type>()?;
        let confidences = batch.column_by_name("confidence")?.as_primitive_opt::<Int8Type>()?;
        for at in 0..batch.num_rows() {
            let [file, column, detector, operator, place] =
                [files, columns, detectors, operators, places].map(|of| if of.is_null(at) { "" } else { of.value(at) });
            let confidence = confidences.value(at).unsigned_abs();
            let is_odd = column.contains('[') && odd.get(file).is_some_and(|odd| odd.contains(column));
            self.take(file, detector, &Seen { row: rows.value(at), column, is_odd, place, confidence, operator });
        }
        Some(())
    }

    fn take(&mut self, file: &str, detector: &str, seen: &Seen<'_>) {
        let Self { by_file, left_out, cut, pairs, columns } = self;
        let known = by_file.get(file).is_some_and(|of_file| of_file.contains_key(detector));
        if !known && *pairs >= PAIRS {
            *left_out += 1;
            if cut.len() < PAIRS && !cut.contains(file) {
                cut.insert(file.to_owned());
            }
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
        if seen.place != Place::Value.name() || seen.row < 0 {
            return;
        }
        if spread.first.len() < PLACES {
            spread.first.push(At { row: seen.row, column: seen.column.to_owned() });
        }
        let column = if seen.is_odd { seen.column.to_owned() } else { shape(seen.column) };
        match count(&mut spread.columns, &column, *columns < COLUMNS) {
            Counted::New => *columns += 1,
            Counted::Known => {}
            Counted::Not => spread.columns_left_out += 1,
        }
    }
}

/// A place, as it is read.
struct Seen<'a> {
    row: i64,
    column: &'a str,
    /// It is the name of a column as it stands.
    is_odd: bool,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{FindingBatch, FindingRow, FindingsWriter};
    use std::fs::File;

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
        let one =
            FindingRow { file: "b.jsonl", row: 0, column: "messages[1]", detector: "contact.email", ..FindingRow::default() };
        batch.push(&FindingRow { operator: "replace", place: "value", ..one });
        let mut writer = FindingsWriter::new(File::create(&path).unwrap()).unwrap();
        writer.push_batch(&batch).unwrap();
        writer.finish().unwrap();
        let schemas = vec![vec!["messages[]".into(), "messages[1]".into()]];
        let files = vec![FileFacts { file: "b.jsonl".into(), schema: Some(0), ..FileFacts::default() }];
        let report = Report { files, schemas, ..Report::default() };
        let places = Places::read(&path, &report).unwrap();
        let spread = &places.by_file["a.jsonl"]["contact.email"];
        assert_eq!((spread.occurrences, spread.confidence, spread.first.len()), (41, 67, PLACES));
        assert_eq!(spread.columns, [("messages[].content".to_owned(), 40)].into(), "names have no column");
        assert_eq!(spread.operators, [("replace".to_owned(), 41)].into());
        assert_eq!(spread.first[2], At { row: 2, column: "messages[0].content".into() });
        let odd = &places.by_file["b.jsonl"]["contact.email"];
        assert_eq!(odd.columns, [("messages[1]".to_owned(), 1)].into(), "a column that is called so");
        std::fs::write(&path, "PAR1").unwrap();
        assert_eq!(Places::read(&path, &report).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_rest_is_counted() {
        let mut places = Places::default();
        for n in 0..PAIRS + 5 {
            for column in ["a", "b", "c", "d"] {
                let column = format!("{column}{n}");
                let (place, operator) = ("value", "replace");
                let seen = Seen { row: 1, column: &column, is_odd: false, place, confidence: 90, operator };
                places.take(&format!("{n}.csv"), "contact.email", &seen);
            }
        }
        let of_columns: u64 = places.by_file.values().flat_map(BTreeMap::values).map(|spread| spread.columns_left_out).sum();
        assert_eq!((places.left_out, of_columns), (20, 4 * PAIRS as u64 - COLUMNS as u64));
        assert_eq!(places.cut.len(), 5);
    }
}
