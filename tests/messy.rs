//! Files as they come in real life: what is read, what is rejected and why, and that the exit code says so.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use support::{folder, holds, report, root, untaint};

/// A file of `tests/messy/`: its bytes, and what a run says of it.
struct Messy {
    name: &'static str,
    bytes: Vec<u8>,
    status: &'static str,
    /// Words of the reason; empty where there is none.
    reason: &'static str,
    /// Read, clean, rejected.
    rows: (u64, u64, u64),
    why: &'static str,
}

fn messy() -> Vec<Messy> {
    let file = |name, bytes: &[u8], status, reason, rows, why| Messy { name, bytes: bytes.to_vec(), status, reason, rows, why };
    vec![
        file(
            "broken.jsonl",
            b"{\"id\": 1, \"text\": \"write to ann@example.com\"}\n\
              {\"id\": 2, \"text\": \"a quote is missing}\n\
              {\"id\": 3, \"text\": \"fine\"} and more\n\
              \n\
              {\"id\": 4, \"text\": \"fine\"}\n",
            "partial",
            "invalid-json",
            (4, 2, 2),
            "two of four records are no JSON; a blank line is none",
        ),
        file("empty.csv", b"", "complete", "", (0, 0, 0), "nothing in it, and nothing wrong with it"),
        Messy {
            name: "latin-1.csv",
            bytes: b"name,note\nJos\xe9,caf\xe9 at noon\nZo\xeb,na\xefve\n".to_vec(),
            status: "complete",
            reason: "",
            rows: (2, 2, 0),
            why: "Windows-1252 is read, and stays what it is",
        },
        Messy {
            name: "parquet.csv",
            bytes: parquet(),
            status: "complete",
            reason: "",
            rows: (3, 3, 0),
            why: "formats go by content, not by name",
        },
        file(
            "ragged.csv",
            b"id,email,note\n1,ann@example.com,fine\n2\n3,bob@example.com,one,two,many\n4,eve@example.com,fine\n",
            "partial",
            "too-many-fields",
            (4, 3, 1),
            "a short row lacks cells; one that is longer than the header cannot be understood",
        ),
        Messy {
            name: "truncated.csv.gz",
            bytes: truncated(),
            status: "partial",
            reason: "truncated",
            rows: (39, 38, 1),
            why: "the download broke off: the last record has no end",
        },
        file(
            "utf-16.csv",
            b"\xff\xfei\0d\0,\0n\0\n\x001\0,\x002\0\n\0",
            "complete",
            "",
            (1, 1, 0),
            "UTF-16 is read, and stays what it is",
        ),
        file(
            "picture.csv",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0",
            "skipped",
            "unknown-format",
            (0, 0, 0),
            "no data at all",
        ),
    ]
}

fn parquet() -> Vec<u8> {
    use arrow::array::{ArrayRef, RecordBatch, StringArray};
    let mails: ArrayRef = std::sync::Arc::new(StringArray::from(vec!["ann@example.com", "no address", "bob@example.com"]));
    let batch = RecordBatch::try_from_iter([("contact", mails)]).unwrap();
    let properties =
        parquet::file::properties::WriterProperties::builder().set_created_by("untaint sample data".to_owned()).build();
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Rows in stored blocks, so that no compressor's version shows; the last 40 bytes are gone.
fn truncated() -> Vec<u8> {
    let mut csv = "id,email\n".to_owned();
    for row in 0..40 {
        let _ = writeln!(csv, "{row},user{row}@example.com");
    }
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gz.write_all(csv.as_bytes()).unwrap();
    let mut bytes = gz.finish().unwrap();
    bytes.truncate(bytes.len() - 40);
    bytes
}

#[test]
fn the_files_are_what_the_test_makes() {
    for file in messy() {
        holds(&format!("tests/messy/{}", file.name), &file.bytes);
    }
}

#[test]
fn what_is_not_understood_is_never_called_clean() {
    let (_kept, at) = folder();
    let out = at.join("out");
    let run = untaint(root(), &["clean", "tests/messy", "--out", out.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(3), "{}", String::from_utf8_lossy(&run.stderr));
    let report = report(&out);
    for file in messy() {
        let told = report["files"].as_array().unwrap().iter().find(|f| f["file"] == file.name).unwrap();
        let rows = (0..3).map(|i| told["rows"][["read", "clean", "rejected"][i]].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(told["status"], file.status, "{}: {}", file.name, file.why);
        assert!(told["reason"].as_str().unwrap_or("").contains(file.reason), "{}: {}: {}", file.name, file.why, told["reason"]);
        assert_eq!(rows, [file.rows.0, file.rows.1, file.rows.2], "{}: {}", file.name, file.why);
    }

    let rejected = std::fs::read_to_string(out.join("rejected/broken.jsonl")).unwrap();
    assert_eq!(rejected.lines().count(), 2, "verbatim");
    let latin = std::fs::read(out.join("clean/latin-1.csv")).unwrap();
    assert!(latin.windows(4).any(|w| w == b"caf\xe9"), "in the encoding it came in");
    for (path, text) in
        [("clean/broken.jsonl", "ann@example.com"), ("clean/ragged.csv", "eve@example.com"), ("clean/parquet.csv", "bob@")]
    {
        let left = String::from_utf8_lossy(&std::fs::read(out.join(path)).unwrap()).into_owned();
        assert!(!left.contains(text), "{path} is masked as far as it was read");
    }
}
