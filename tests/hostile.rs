//! Hostile inputs end as a status, a reason and an exit code; never as a panic, a hang or a row too many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "small texts under known names"
)]

mod place;

use arrow::array::{ArrayRef, StringArray};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use place::{Place, bz2, gz, zst};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

const POLICY: &str = "[limits]\ncell = \"4KiB\"\nnesting = 20\nratio = 100\n";

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mut bytes = if mark { vec![0xFF, 0xFE] } else { Vec::new() };
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

fn table(rows: usize) -> String {
    (0..rows).fold("id,mail\n".to_owned(), |mut out, n| {
        let _ = writeln!(out, "{n},user{n}@example.com");
        out
    })
}

#[test]
fn every_hostile_file_ends_with_a_status_and_a_reason() {
    let rows = table(50);
    let lines = "{\"mail\": \"maria.lang@example.com\"}\n".repeat(30);
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    let packed = gz(rows.as_bytes());
    let columns = lines.lines().take(20).map(|l| format!("{l}\n")).collect::<String>();
    let parquet = place::parquet(&columns, 7);
    let end = parquet.len();
    let with = |at: usize, bytes: &[u8]| {
        let mut broken = parquet.clone();
        broken[at..at + bytes.len()].copy_from_slice(bytes);
        broken
    };
    let long = bz2((0..60_000).map(|n| format!("{n},{}\n", n * 7919 % 60_013)).collect::<String>().as_bytes());
    let flipped = |bytes: &[u8], at: usize| bytes.iter().zip(0..).map(|(b, i)| if i == at { b ^ 0x10 } else { *b }).collect();
    let big_cell = |n: usize| format!("id,mail\n1,{}\n2,maria.lang@example.com\n", "x".repeat(n));
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("bomb.csv.gz", gz(&b"a,b\n1,2\n".repeat(1 << 18)), "compression-ratio", "expands 100 times and more"),
        ("bomb.jsonl.zst", zst(&b"{\"a\": 1}\n".repeat(1 << 18)), "compression-ratio", "so does this"),
        ("bomb.csv.bz2", bz2(&b"a,b\n1,2\n".repeat(1 << 18)), "compression-ratio", "and this"),
        ("cut.csv.bz2", bz2(rows.as_bytes())[..60].to_vec(), "skipped truncated", "cut in the block"),
        ("cut-later.csv.bz2", long[..long.len() * 2 / 3].to_vec(), "partial truncated", "what came before is read"),
        ("flip.csv.bz2", flipped(&bz2(rows.as_bytes()), 60), "skipped broken-compression", "a checksum that does not fit"),
        ("flip-later.csv.bz2", flipped(&long, long.len() * 2 / 3), "partial broken-compression", "the same, further on"),
        ("head.csv.bz2", b"BZh9".to_vec(), "complete - 0=0+0+0", "four letters are a word"),
        ("tail.csv.bz2", [&bz2(rows.as_bytes())[..], b"garbage"].concat(), "partial ", "what follows is no stream"),
        ("mixed.csv.bz2", bz2(&packed), "skipped nested-compression", "of another kind"),
        ("two-streams.csv.bz2", [bz2(rows.as_bytes()), bz2(b"99,x\n")].concat(), "complete - 51=51+0+0", "as its tool reads it"),
        ("empty.csv.bz2", bz2(b""), "complete - 0=0+0+0", "a stream of nothing"),
        ("word.csv", b"BZh9,b\n1,2\n".to_vec(), "complete - 1=1+0+0", "a column of that name"),
        ("cut.csv.gz", packed[..packed.len() - 20].to_vec(), "partial truncated", "cut in the stream"),
        ("cut-head.csv.gz", packed[..6].to_vec(), "skipped truncated", "cut in the head"),
        ("cut.csv.zst", zst(rows.as_bytes())[..60].to_vec(), "skipped truncated", "cut in the frame"),
        ("tail.csv.gz", [&packed[..], b"garbage"].concat(), "partial ", "what follows is no stream"),
        ("twice.csv.gz", gz(&packed), "skipped nested-compression", "compression in compression"),
        ("mixed.csv.gz", gz(&zst(rows.as_bytes())), "skipped nested-compression", "of another kind"),
        ("inner.gz", gz(&parquet), "skipped nested-compression", "packed Parquet"),
        (
            "two-members.csv.gz",
            [packed.clone(), gz(b"99,x\n")].concat(),
            "complete - 51=51+0+0",
            "that is one file by the standard",
        ),
        (
            "deep.jsonl",
            format!("{}\n{}\n", deep(19), deep(21)).into_bytes(),
            "partial too-deep (1) 2=1+0+1",
            "one deeper than the limit",
        ),
        ("deepest.json", deep(200_000).into_bytes(), "0+0+", "deeper than any stack"),
        ("deepest.jsonl", format!("{{\"a\": {}}}\n", deep(200_000)).into_bytes(), "partial too-", "as a line"),
        ("open.json", "[".repeat(100_000).into_bytes(), "0+0+", "opened and never closed"),
        ("open.csv", b"id,note\n1,\"never closed\n2,x\n3,y\n".to_vec(), "partial unclosed-quote (1)", "a quote to the end"),
        (
            "open-long.csv",
            format!("id,note\n1,\"never closed\n{}", "2,x\n".repeat(20_000)).into_bytes(),
            "partial ",
            "over the limit",
        ),
        ("nul.csv", b"id,note\n1,a\0b maria.lang@example.com\n2,\0\n".to_vec(), "complete - 2=2+0+0", "a few NULs are data"),
        ("nul.jsonl", b"{\"a\": \"x\0y\"}\n{\"a\": 1}\n".to_vec(), "partial invalid-json (1) 2=1+0+1", "a raw NUL is no JSON"),
        ("zeros.csv", vec![0; 5000], "skipped unknown-format", "nothing but NULs"),
        ("wide.csv", utf16(&rows, true), "complete - 50=50+0+0", "with a mark"),
        ("wide-bare.csv", utf16(&rows, false), "complete - 50=50+0+0", "without one"),
        ("wide-odd.csv", [&utf16(&rows, true)[..], b"x"].concat(), "partial invalid-encoding (1) 51=50+0+1", "a byte too many"),
        (
            "wide-half.csv",
            utf16(&rows, true).into_iter().chain(*b"\x31\0,\0\0\xD8\n\0").collect(),
            "partial invalid-encoding (1) 51=50+0+1",
            "half of a pair",
        ),
        ("wide-tiny.csv", b"\xFF\xFEa".to_vec(), "partial invalid-encoding (1) 1=0+0+1", "a mark and one byte"),
        ("wide-zeros.csv", [&b"\xFF\xFE"[..], &[0; 5000]].concat(), "skipped unknown-format", "nothing but NULs behind a mark"),
        (
            "wide-any.csv",
            [&b"\xFE\xFF"[..], &(0..=255).cycle().take(5001).collect::<Vec<_>>()].concat(),
            "skipped unknown-format",
            "any bytes behind a mark",
        ),
        ("wide-cut.csv.gz", gz(&utf16(&rows, true))[..120].to_vec(), "partial truncated", "cut in the stream"),
        ("wide-deep.json", utf16(&deep(200_000), true), "0+0+", "deeper than any stack"),
        ("wide-cell.csv", utf16(&big_cell(4097), true), "partial too-large (1) 2=1+0+1", "a cell is as long as its text"),
        ("wide-cell-fits.csv", utf16(&big_cell(4096), true), "complete - 2=2+0+0", "not as its units"),
        (
            "wide-bomb.csv.gz",
            gz(&utf16(&"a,b\n1,2\n".repeat(1 << 18), true)),
            "compression-ratio",
            "bytes of the source are counted",
        ),
        ("cell.csv", big_cell(4097).into_bytes(), "partial too-large (1) 2=1+0+1", "one byte over the limit"),
        ("cell-fits.csv", big_cell(4096).into_bytes(), "complete - 2=2+0+0", "the limit itself"),
        (
            "cell.jsonl",
            format!("{{\"a\": \"{}\"}}\n{{\"a\": 1}}\n", "x".repeat(5000)).into_bytes(),
            "partial too-large (1) 2=1+0+1",
            "a line",
        ),
        (
            "cell.json",
            format!("[{{\"a\": \"{}\"}},\n{{\"a\": 1}}]", "x".repeat(5000)).into_bytes(),
            "partial too-large (1) 2=1+0+1",
            "an element",
        ),
        ("really.parquet", rows.clone().into_bytes(), "complete - 50=50+0+0", "the content tells, not the name"),
        ("really.csv", parquet.clone(), "complete - 20=20+0+0", "Parquet by another name"),
        ("really.gz", rows.clone().into_bytes(), "complete - 50=50+0+0", "not packed at all"),
        ("really.csv.gz", lines.clone().into_bytes(), "complete - 30=30+0+0", "lines of JSON"),
        ("really.json", b"id,mail\n1,maria.lang@example.com\n".to_vec(), "partial invalid-json", "never read as a table"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "skipped unknown-format", "a picture"),
        ("binary.csv", (0..=255).cycle().take(5000).collect(), "skipped ", "any bytes"),
        ("footer.parquet", with(end - 20, &[0xFF; 8]), "skipped broken-footer", "garbage in the footer"),
        ("length.parquet", with(end - 8, &[0xFF, 0xFF, 0xFF, 0x7F]), "skipped broken-footer", "a footer longer than the file"),
        ("zero.parquet", with(end - 8, &[0; 4]), "skipped broken-footer", "a footer of no bytes"),
        ("cut.parquet", parquet[..end - 30].to_vec(), "skipped broken-footer", "cut"),
        ("head.parquet", parquet[..40].to_vec(), "skipped broken-footer", "only its head"),
        ("page.parquet", with(8, &[0xFF; 24]), "partial broken-page", "garbage in a page"),
        ("longer.parquet", [&parquet[..], b"more"].concat(), "skipped broken-footer", "something behind the end"),
        ("lines.csv", "\n".repeat(100_000).into_bytes(), "complete - 0=0+0+0", "nothing but line ends"),
        ("commas.csv", vec![b','; 4_000], "complete - ", "four thousand columns without a name"),
        ("quotes.csv", vec![b'"'; 50_001], "", "nothing but quotes"),
        (
            "keys.jsonl",
            format!("{{{}}}\n", (0..400).map(|n| format!("\"k{n}\": {n}")).collect::<Vec<_>>().join(",")).into_bytes(),
            "1=",
            "many keys",
        ),
        ("surrogate.jsonl", b"{\"a\": \"\\ud800 maria.lang@example.com\"}\n{\"a\": 1}\n".to_vec(), "2=", "half of a pair"),
        (
            "mark.jsonl",
            b"\xEF\xBB\xBF{\"mail\": \"maria.lang@example.com\"}\n".to_vec(),
            "complete - 1=1+0+0",
            "a byte order mark",
        ),
        ("overlong.jsonl", b"{\"a\": \"\xC0\xAF\"}\n{\"a\": 1}\n".to_vec(), "partial invalid-encoding (1) 2=1+0+1", "no UTF-8"),
    ];
    let place = Place::new();
    place.write("p.toml", POLICY);
    for (name, bytes, _, _) in &cases {
        place.write(&format!("in/{name}"), bytes);
    }
    let from = Instant::now();
    let ran = place.run("clean in --out o --policy p.toml --jobs 2").expect(3);
    assert!(from.elapsed() < Duration::from_secs(60), "a file takes too long");
    for word in ["panic", "internal error", "RUST_BACKTRACE"] {
        assert!(!ran.err.contains(word), "{}", ran.err);
    }
    let ledger = place.ledger("o");
    let mut wrong = Vec::new();
    for (name, _, expected, why) in &cases {
        let line = ledger.iter().find(|l| l.starts_with(&format!("{name} "))).unwrap();
        if !line.contains(expected) {
            wrong.push(format!("{expected:?} is missing in {line:?}: {why}"));
        }
        if line.contains(" skipped ") == place.path(&format!("o/clean/{name}")).exists() {
            wrong.push(format!("{name}: what is read in part has a cleaned file, what is skipped has none"));
        }
    }
    for (name, bytes) in place.tree("o/clean") {
        if memchr::memmem::find(&bytes, b"maria.lang@").is_some() {
            wrong.push(format!("{name}: an address was left"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    place.run("verify o -q").expect(0);
}

#[test]
fn a_dictionary_that_stands_for_gigabytes_is_judged_by_its_entries() {
    let place = Place::new();
    place.write("p.toml", POLICY);
    // One entry of four thousand bytes, a hundred thousand times: 400 MB if it were written out.
    let value = format!("maria.lang@example.com {}", "x".repeat(4000));
    let line = serde_json::json!({ "text": value }).to_string() + "\n";
    let bytes = place::parquet(&line.repeat(100_000), 100_000);
    assert!(bytes.len() < 100_000, "a dictionary: {} bytes", bytes.len());
    place.write("in/a.parquet", bytes);
    let from = Instant::now();
    place.run("clean in --out o -q --jobs 2 --memory 128MiB").expect(0);
    assert!(from.elapsed() < Duration::from_secs(20));
    assert_eq!(place.ledger("o"), ["a.parquet complete - 100000=100000+0+0"]);
    let peak = place.report("o")["memory"]["peak_bytes"].as_u64().unwrap();
    assert!(peak < 128 << 20, "peak {peak}");
    assert!(place.read("o/clean/a.parquet").len() < 100_000, "it is a dictionary still");
}

#[test]
fn what_is_too_large_is_so_for_any_number_of_workers() {
    let place = Place::new();
    place.write("p.toml", "[pii]\nprofile = \"none\"\ndetectors = [\"+contact.email\"]\n");
    // A page of 30 MB: more than a share of what one worker is given by default, less than one of seven.
    let texts: StringArray = (0..4).map(|n| Some(format!("{n} {}", "x".repeat(7_500_000)))).collect();
    let batch = RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap();
    let one_page = WriterProperties::builder().set_dictionary_enabled(false).set_data_page_size_limit(1 << 30).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(one_page)).unwrap();
    writer.write(&batch).unwrap();
    place.write("a.parquet", writer.into_inner().unwrap());
    let ledger = |jobs: u32| {
        let ran = place.run(&format!("clean a.parquet --out o -q --overwrite --no-poison --policy p.toml --jobs {jobs}"));
        (ran.code, place.ledger("o"))
    };
    assert_eq!(ledger(1), ledger(7));
}

#[test]
fn one_bad_file_does_not_keep_the_others_from_being_cleaned() {
    let place = Place::new();
    place.write("in/a.csv", table(3));
    place.write("in/b.parquet", b"PAR1\x15\0\x15\x80 garbage PAR1");
    place.write("in/c.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    place.write("in/sub/d.jsonl", "{\"mail\": \"maria.lang@example.com\"}\n{\n");
    let ran = place.run("clean in --out o").expect(3);
    for part in ["b.parquet", "broken-footer", "c.csv", "unknown-format", "sub/d.jsonl", "invalid-json"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert_eq!(
        place.ledger("o"),
        [
            "a.csv complete - 3=3+0+0",
            "b.parquet skipped broken-footer 0=0+0+0",
            "c.csv skipped unknown-format: png 0=0+0+0",
            "sub/d.jsonl partial invalid-json (1) 2=1+0+1",
        ]
    );
    assert_eq!(place.tree("o/clean").into_keys().collect::<Vec<_>>(), ["a.csv", "sub/d.jsonl"]);
}

#[cfg(unix)]
#[test]
fn names_and_links_lead_nowhere_else() {
    let place = Place::new();
    place.write("outside/secret.csv", "a\nmaria.lang@example.com\n");
    place.write("in/a.csv", table(2));
    place.write("in/we ird\u{1b}[2J\n.csv", table(1));
    place.write("in/..hidden", "x");
    std::os::unix::fs::symlink(place.path("outside"), place.path("in/folder")).unwrap();
    std::os::unix::fs::symlink(place.path("nowhere"), place.path("in/dangling")).unwrap();
    std::os::unix::fs::symlink(place.path("in"), place.path("in/circle")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(place.path("in/pipe")).status().unwrap();
    assert!(fifo.success());
    place.run("clean in --out o").expect(0);
    let status: Vec<String> = place.report("o")["files"].as_array().unwrap().iter().map(|f| f["status"].to_string()).collect();
    assert_eq!(status.iter().filter(|s| *s == "\"complete\"").count(), 2, "{status:?}");
    assert_eq!(place.tree("o/clean").len(), 2);
    place.run("verify o -q").expect(0);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_skipped_with_a_reason() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let path = place.write("in/a.csv", table(2));
    place.write("in/b.csv", table(2));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        // Permissions do not bind this user.
        return;
    }
    place.run("clean in --out o").expect(3);
    assert_eq!(place.ledger("o"), ["a.csv skipped unreadable 0=0+0+0", "b.csv complete - 2=2+0+0"]);
}
