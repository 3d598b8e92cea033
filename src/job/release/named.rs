//! The rows that a steward names: a file with columns `file` and `row` as CSV, JSONL or Parquet.

use crate::error::{Error, Result};
use crate::io::compress::Tally;
use crate::job::spill::RowSet;
use crate::report::{bounded, shown_up_to};
use arrow::array::{Array as _, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// Rows by the file they are of, long names cut as side tables have them.
#[derive(Default)]
pub(super) struct Named(pub BTreeMap<String, RowSet>);

/// How a file that cannot be read is told of: by its name and a place in it, never by what stands there.
struct Wrong<'a>(&'a Path);

impl Wrong<'_> {
    fn say(&self, what: &str) -> Error {
        Error::Usage(format!("{}: {what}", shown_up_to(&self.0.display().to_string(), 200)))
    }

    fn line(&self, line: u64, what: &str) -> Error {
        self.say(&format!("line {line}: {what}"))
    }
}

/// Longest file of rows that is read: a few million of them.
const LONGEST_BYTES: u64 = 256 << 20;
const TOO_LARGE: &str = "is larger than 256 MiB; name the rows in several calls";
const NO_ROW: &str = "a row is a whole number from 0";
const NO_COLUMNS: &str = "needs the columns `file` and `row`";

impl Named {
    /// Reads the rows named in a file, or on standard input where it is `-`.
    ///
    /// # Errors
    /// `Usage` where it cannot be read, is of no such form or names no row.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = Wrong(path);
        let unreadable = |e: std::io::Error| wrong.say(&format!("cannot be read: {e}"));
        let source: Box<dyn Read> = if path == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            Box::new(std::fs::File::open(path).map_err(unreadable)?)
        };
        let mut head = Vec::new();
        let mut source = source.take(LONGEST_BYTES + 1);
        (&mut source).take(4096).read_to_end(&mut head).map_err(unreadable)?;
        let mut named = Self::default();
        if head.starts_with(b"PAR1") {
            source.read_to_end(&mut head).map_err(unreadable)?;
            let rest = (LONGEST_BYTES + 1).saturating_sub(head.len() as u64);
            named.parquet(head.into(), &wrong).map_err(|error| if rest == 0 { wrong.say(TOO_LARGE) } else { error })?;
        } else {
            let mark = if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
            let text = head.get(mark..).unwrap_or_default().to_vec();
            let json = text.trim_ascii_start().starts_with(b"{");
            let mut text = BufReader::new(Cursor::new(text).chain(source));
            if json {
                named.jsonl(&mut text, &wrong)?;
            } else {
                named.csv(&mut text, &wrong)?;
            }
            if text.into_inner().into_inner().1.limit() == 0 {
                return Err(wrong.say(TOO_LARGE));
            }
        }
        if named.0.is_empty() { Err(wrong.say("names no row")) } else { Ok(named) }
    }

    /// How many rows are named, each once.
    pub fn len(&self) -> u64 {
        self.0.values().map(RowSet::len).sum()
    }

    pub fn contains(&self, file: &str, row: u64) -> bool {
        self.0.get(file).is_some_and(|rows| rows.contains(row))
    }

    /// SHA-256 of the rows as lines of JSON, sorted by file and row.
    pub fn sha256(&self) -> String {
        let tally = Tally::default();
        for (file, rows) in &self.0 {
            let file = serde_json::Value::from(file.as_str()).to_string();
            for row in rows.iter() {
                tally.add(format!("{{\"file\":{file},\"row\":{row}}}\n").as_bytes());
            }
        }
        tally.sha256()
    }

    /// Adds a row; nothing where the number is none of a row.
    pub fn add(&mut self, file: &str, row: i64) -> Option<()> {
        let row = u64::try_from(row).ok()?;
        let file = bounded(file);
        match self.0.get_mut(file.as_ref()) {
            Some(rows) => rows.insert(row),
            None => self.0.entry(file.into_owned()).or_default().insert(row),
        }
        Some(())
    }

    fn csv(&mut self, text: &mut impl Read, wrong: &Wrong<'_>) -> Result<()> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let broken = |e: &csv::Error| wrong.line(e.position().map_or(1, csv::Position::line), "no line of CSV in UTF-8");
        let header = reader.headers().map_err(|e| broken(&e))?;
        let at = |name: &str| header.iter().position(|column| column.trim() == name);
        let (Some(file), Some(row)) = (at("file"), at("row")) else { return Err(wrong.say(NO_COLUMNS)) };
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|e| broken(&e))? {
            let row = record.get(row).and_then(|row| row.trim().parse().ok());
            let added = row.zip(record.get(file)).and_then(|(row, file)| self.add(file, row));
            added.ok_or_else(|| wrong.line(record.position().map_or(1, csv::Position::line), NO_ROW))?;
        }
        Ok(())
    }

    fn jsonl(&mut self, text: &mut impl BufRead, wrong: &Wrong<'_>) -> Result<()> {
        #[derive(Deserialize)]
        struct Row {
            file: String,
            row: i64,
        }
        for (number, line) in (1..).zip(text.split(b'\n')) {
            let line = line.map_err(|_| wrong.line(number, "cannot be read"))?;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let row = serde_json::from_slice::<Row>(&line).map_err(|_| wrong.line(number, "no object with `file` and `row`"))?;
            self.add(&row.file, row.row).ok_or_else(|| wrong.line(number, NO_ROW))?;
        }
        Ok(())
    }

    fn parquet(&mut self, bytes: Bytes, wrong: &Wrong<'_>) -> Result<()> {
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.batches(bytes, wrong)));
        read.unwrap_or_else(|_| Err(wrong.say("no Parquet that can be read")))
    }

    fn batches(&mut self, bytes: Bytes, wrong: &Wrong<'_>) -> Result<()> {
        let unreadable = || wrong.say("no Parquet that can be read");
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|_| unreadable())?;
        // A cast would make a whole number of a half, and a name of a list.
        let kind = |name: &str| {
            let field = reader.schema().field_with_name(name).map_err(|_| wrong.say(NO_COLUMNS))?;
            Ok(match field.data_type() {
                DataType::Dictionary(_, value) => (**value).clone(),
                kind => kind.clone(),
            })
        };
        let is_text = |kind: &DataType| {
            matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary)
                || *kind == DataType::BinaryView
        };
        if !is_text(&kind("file")?) {
            return Err(wrong.say("the column `file` holds no text"));
        }
        if !kind("row").map(|kind| kind.is_integer() || is_text(&kind))? {
            return Err(wrong.say(NO_ROW));
        }
        let reader = reader.with_batch_size(1 << 14).build().map_err(|_| unreadable())?;
        for batch in reader {
            let batch = batch.map_err(|_| unreadable())?;
            let column = |name: &str, kind: &DataType| batch.column_by_name(name).and_then(|column| cast(column, kind).ok());
            let (Some(files), Some(rows)) = (column("file", &DataType::Utf8), column("row", &DataType::Int64)) else {
                return Err(wrong.say(NO_COLUMNS));
            };
            let (files, rows) = (files.as_string::<i32>(), rows.as_primitive::<Int64Type>());
            for at in 0..batch.num_rows() {
                if files.is_null(at) {
                    return Err(wrong.say("a row has no file"));
                }
                let row = (!rows.is_null(at)).then(|| rows.value(at));
                row.and_then(|row| self.add(files.value(at), row)).ok_or_else(|| wrong.say(NO_ROW))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_from_every_form_and_told_by_their_place() {
        let d = tempfile::tempdir().unwrap();
        let path = d.path().join("rows");
        let read = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            Named::read(&path).map(|named| {
                let rows = named.0.iter().map(|(file, rows)| format!("{file} {:?}", rows.iter().collect::<Vec<_>>()));
                rows.collect::<Vec<_>>().join(" ")
            })
        };
        for (text, wanted, why) in [
            ("file,row\nb,2\na,1\n", "a [1] b [2]", "CSV"),
            ("\u{feff}row,test,file\r\n7,\"x,y\",a\r\n7,z,a\r\n", "a [7]", "other columns, a mark, a row twice"),
            ("{\"row\":3,\"file\":\"a\",\"test\":null}\n\n{\"file\":\"a\",\"row\":1}", "a [1, 3]", "JSONL"),
            ("file,row\n\"a, b\",0\n", "a, b [0]", "a quoted name"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap(), wanted, "{why}");
        }
        for (text, wanted, why) in [
            ("file,row\n", "names no row", "a header alone"),
            ("", "needs the columns", "nothing"),
            ("file,line\na,1\n", "needs the columns", "another column"),
            ("file,row\na,1\na,secret\n", "line 3: a row is", "no number"),
            ("file,row\na,-1\n", "line 2: a row is", "the header's row"),
            ("file,row\na\n", "line 2: a row is", "a short line"),
            ("{\"file\":\"a\",\"row\":1}\n{\"file\":\"a\"}\n", "line 2: no object", "a key too few"),
            ("{\"file\":\"a\",\"row\":1.5}\n", "line 1: no object", "half a row"),
            ("PAR1 but no Parquet", "no Parquet", "magic alone"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(wanted) && !error.to_string().contains("secret"), "{why}: {error}");
            assert_eq!(error.exit_code(), 2, "{why}");
        }
    }

    #[test]
    fn the_same_rows_have_one_digest_however_they_are_written() {
        let d = tempfile::tempdir().unwrap();
        let of = |name: &str, text: &str| {
            std::fs::write(d.path().join(name), text).unwrap();
            Named::read(&d.path().join(name)).unwrap().sha256()
        };
        let csv = of("a.csv", "file,row\nb,1\na,2\nb,1\n");
        assert_eq!(csv, of("a.jsonl", "{\"file\":\"a\",\"row\":2}\n{\"file\":\"b\",\"row\":1}\n"));
        assert_ne!(csv, of("b.csv", "file,row\nb,1\na,3\n"));
    }
}
