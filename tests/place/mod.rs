//! A private folder in which the built command is run, and readers for what it writes there.
#![allow(dead_code, reason = "every test binary uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int8Type, Int32Type, Int64Type};
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// SHA-256, 64 hex digits.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let mut hex = String::new();
    for byte in sha2::Sha256::digest(bytes) {
        hex.extend([byte >> 4, byte & 15].map(|half| char::from_digit(u32::from(half), 16).unwrap()));
    }
    hex
}

/// A folder that goes away with all in it.
pub struct Place(tempfile::TempDir);

/// What a call of the command ended with.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command speaks UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Fails with what was said where the exit code is another one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stderr: {}\nstdout: {}", self.err, self.out);
        self
    }
}

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The command, ready to be told more; it runs here, with none of the caller's settings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_untaint"));
        command.args(args).current_dir(self.0.path());
        for name in ["UNTAINT_JOBS", "UNTAINT_MEMORY", "UNTAINT_KEY", "NO_COLOR"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the command with words that hold no spaces.
    pub fn run(&self, words: &str) -> Ran {
        self.call(&words.split_whitespace().collect::<Vec<_>>())
    }

    pub fn call(&self, args: &[&str]) -> Ran {
        Ran::new(self.command(args).output().unwrap())
    }

    /// Runs the command with bytes on standard input.
    pub fn piped(&self, words: &str, input: &[u8]) -> Ran {
        let args: Vec<&str> = words.split_whitespace().collect();
        let mut command = self.command(&args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Ran::new(output)
    }

    /// Every file below a folder: its path there and its bytes. Nothing where there is no such folder.
    pub fn tree(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        tree(&self.path(folder))
    }

    /// The tree of a folder with every file unpacked; Parquet files as lines.
    pub fn unpacked(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let unpack = |name: &str, bytes: Vec<u8>| match name.rsplit('.').next() {
            Some("gz") => gunzip(&bytes),
            Some("zst") => unzst(&bytes),
            Some("parquet") => unparquet(&bytes).into_bytes(),
            _ => bytes,
        };
        self.tree(folder).into_iter().map(|(name, bytes)| (name.clone(), unpack(&name, bytes))).collect()
    }

    /// What is in the folder itself, by name; hidden things too.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn report(&self, out: &str) -> serde_json::Value {
        serde_json::from_slice(&self.read(&format!("{out}/report.json"))).unwrap()
    }

    /// `findings.parquet`, a line a row: file, row, column, start-end, detector, confidence, operator, place.
    pub fn findings(&self, out: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for batch in batches(&self.read(&format!("{out}/findings.parquet"))) {
            let text = |name: &str, at: usize| strings(&batch, name, at);
            let int = |name: &str, at: usize| batch.column_by_name(name).unwrap().as_primitive::<Int32Type>().value(at);
            for at in 0..batch.num_rows() {
                let evidence = text("evidence", at);
                lines.push(format!(
                    "{} {} {} {}-{} {} {} {} {}{}",
                    text("file", at),
                    batch.column_by_name("row").unwrap().as_primitive::<Int64Type>().value(at),
                    text("column", at),
                    int("start", at),
                    int("end", at),
                    text("detector", at),
                    batch.column_by_name("confidence").unwrap().as_primitive::<Int8Type>().value(at),
                    text("operator", at),
                    text("place", at),
                    if evidence == "own" { String::new() } else { format!(" {evidence}") },
                ));
            }
        }
        lines
    }

    /// `suspects.parquet`, a line a row: file, row, test, subject.
    pub fn suspects(&self, out: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for batch in batches(&self.read(&format!("{out}/suspects.parquet"))) {
            for at in 0..batch.num_rows() {
                let row = batch.column_by_name("row").unwrap().as_primitive::<Int64Type>().value(at);
                let text = |name: &str| strings(&batch, name, at);
                lines.push(format!("{} {row} {} {}", text("file"), text("test"), text("subject")));
            }
        }
        lines
    }

    /// `rejected.parquet`, a line a row: file, row, byte offset, reason. Nothing where it is absent.
    pub fn rejects(&self, out: &str) -> Vec<String> {
        let Ok(bytes) = std::fs::read(self.path(&format!("{out}/rejected.parquet"))) else { return Vec::new() };
        let mut lines = Vec::new();
        for batch in batches(&bytes) {
            for at in 0..batch.num_rows() {
                let number = |name: &str| {
                    let column = batch.column_by_name(name).unwrap();
                    (!column.is_null(at)).then(|| column.as_primitive::<Int64Type>().value(at))
                };
                let offset = number("byte_offset").map_or("-".to_owned(), |n| n.to_string());
                let row = number("row").unwrap();
                lines.push(format!("{} {row} {offset} {}", strings(&batch, "file", at), strings(&batch, "reason", at)));
            }
        }
        lines
    }

    /// The row ledger of each file, a line a file: status, reason, read = clean + quarantined + rejected. Fails where a sum
    /// is wrong, or the whole differs from its parts.
    #[track_caller]
    pub fn ledger(&self, out: &str) -> Vec<String> {
        ledger(&self.report(out))
    }
}

/// The row ledger of a report, each sum checked.
#[track_caller]
pub fn ledger(report: &serde_json::Value) -> Vec<String> {
    let four = |rows: &serde_json::Value| {
        let n = ["read", "clean", "quarantined", "rejected"].map(|name| rows[name].as_u64().expect("a row count"));
        assert_eq!(n[0], n[1] + n[2] + n[3], "read = clean + quarantined + rejected: {rows}");
        n
    };
    let mut sum = [0; 4];
    let mut lines = Vec::new();
    for file in report["files"].as_array().unwrap() {
        let n = four(&file["rows"]);
        sum.iter_mut().zip(n).for_each(|(s, n)| *s += n);
        let word = |name: &str| file[name].as_str().unwrap_or("-").to_owned();
        lines.push(format!("{} {} {} {}={}+{}+{}", word("file"), word("status"), word("reason"), n[0], n[1], n[2], n[3]));
    }
    assert_eq!(sum, four(&report["rows"]), "the sum is that of the files");
    lines
}

fn strings(batch: &RecordBatch, name: &str, at: usize) -> String {
    let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
    let column = arrow::compute::cast(column, &DataType::Utf8).unwrap();
    column.as_string::<i32>().value(at).to_owned()
}

pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten().filter(|e| e.file_type().is_file()) {
        let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        files.insert(name, std::fs::read(entry.path()).unwrap());
    }
    files
}

/// The batches of a Parquet file.
pub fn batches(bytes: &[u8]) -> Vec<RecordBatch> {
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap().map(Result::unwrap).collect()
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

pub fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

pub fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn unbz2(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    bzip2::read::MultiBzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

pub fn unzst(bytes: &[u8]) -> Vec<u8> {
    zstd::decode_all(bytes).unwrap()
}

/// A Parquet file of objects, one a line: columns in order of their names, each of strings, whole numbers or lists of strings.
pub fn parquet(lines: &str, rows_a_group: usize) -> Vec<u8> {
    use arrow::array::{ArrayRef, Int64Array, ListBuilder, StringArray, StringBuilder};
    use serde_json::Value;
    let rows: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let names: std::collections::BTreeSet<&str> =
        rows.iter().flat_map(|r| r.as_object().unwrap().keys().map(String::as_str)).collect();
    let columns = names.into_iter().map(|name| {
        let cells = || rows.iter().map(move |r| r.get(name).filter(|v| !v.is_null()));
        let array: ArrayRef = match cells().flatten().next() {
            Some(Value::Number(_)) => {
                std::sync::Arc::new(cells().map(|v| v.map(|v| v.as_i64().unwrap())).collect::<Int64Array>())
            }
            Some(Value::Array(_)) => {
                let mut lists = ListBuilder::new(StringBuilder::new());
                for cell in cells() {
                    lists.append_option(cell.map(|v| v.as_array().unwrap().iter().map(|s| s.as_str()).collect::<Vec<_>>()));
                }
                std::sync::Arc::new(lists.finish())
            }
            _ => std::sync::Arc::new(cells().map(|v| v.map(|v| v.as_str().unwrap())).collect::<StringArray>()),
        };
        (name, array, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let settings = parquet::file::properties::WriterProperties::builder().set_max_row_group_row_count(Some(rows_a_group)).build();
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), Some(settings)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// What [`parquet`] wrote, as lines again.
pub fn unparquet(bytes: &[u8]) -> String {
    use serde_json::Value;
    let mut out = String::new();
    for batch in batches(bytes) {
        for at in 0..batch.num_rows() {
            let mut row = serde_json::Map::new();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let value = match field.data_type() {
                    _ if column.is_null(at) => Value::Null,
                    DataType::Utf8 => column.as_string::<i32>().value(at).into(),
                    DataType::Int64 => column.as_primitive::<Int64Type>().value(at).into(),
                    DataType::List(_) => {
                        let items = column.as_list::<i32>().value(at);
                        items.as_string::<i32>().iter().map(|s| s.map_or(Value::Null, Value::from)).collect()
                    }
                    other => panic!("a column of {other}"),
                };
                row.insert(field.name().clone(), value);
            }
            out += &Value::Object(row).to_string();
            out.push('\n');
        }
    }
    out
}
