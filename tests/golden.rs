//! The line as a whole, one folder a case: `in/` goes through the call in `args`, what comes out is compared byte for byte.
//!
//! `UNTAINT_BLESS=1` writes what came out as what is expected. Binary formats lie here as text: `x.csv.gz.txt` is packed
//! before the run, `x.parquet.jsonl` becomes a Parquet file with two rows a row group; what comes out is unpacked again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "small texts under known names"
)]

mod place;

use place::{Place, tree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const GROUP_ROWS: usize = 2;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The tokens of each file that a run of `restore` met.
fn tokens(place: &Place) -> Vec<String> {
    let manifest: serde_json::Value = serde_json::from_slice(&place.read("OUT/manifest.json")).unwrap();
    let files = manifest["restored"]["by_file"].as_object().unwrap();
    files.iter().map(|(file, tokens)| format!("{file} {}+{}", tokens["restored"], tokens["unopened"])).collect()
}

/// Runs one case and gives the files that it is judged by.
fn run(case: &Path) -> BTreeMap<String, Vec<u8>> {
    let place = Place::new();
    for (name, bytes) in tree(case).iter().filter(|(name, _)| !name.starts_with("out/") && *name != "args") {
        if let Some(name) = name.strip_suffix(".gz.txt") {
            place.write(&format!("{name}.gz"), place::gz(bytes));
        } else if let Some(name) = name.strip_suffix(".bz2.txt") {
            place.write(&format!("{name}.bz2"), place::bz2(bytes));
        } else if let Some(name) = name.strip_suffix(".parquet.jsonl") {
            let lines = std::str::from_utf8(bytes).unwrap();
            place.write(&format!("{name}.parquet"), place::parquet(lines, GROUP_ROWS));
        } else {
            place.write(name, bytes);
        }
    }
    let args = std::fs::read_to_string(case.join("args")).unwrap();
    let ran = place.run(&args);
    let mut out = BTreeMap::new();
    for (name, bytes) in place.tree("OUT") {
        if !name.contains('/') {
            continue;
        }
        if name.ends_with(".gz") {
            out.insert(format!("{name}.txt"), place::gunzip(&bytes));
        } else if name.ends_with(".bz2") {
            out.insert(format!("{name}.txt"), place::unbz2(&bytes));
        } else if name.ends_with(".parquet") {
            out.insert(format!("{name}.jsonl"), place::unparquet(&bytes).into_bytes());
        } else {
            out.insert(name, bytes);
        }
    }
    let mut told = format!("code {}\n", ran.code);
    let mut section = |title: &str, mut lines: Vec<String>| {
        lines.sort();
        told += &format!("\n{title}\n");
        for line in lines {
            told += &format!("{line}\n");
        }
    };
    if place.path("OUT/report.json").exists() {
        section("files: status reason read=clean+quarantined+rejected", place.ledger("OUT"));
        section("findings: file row column start-end detector confidence operator place", place.findings("OUT"));
    } else {
        section("restored: file restored+unopened", tokens(&place));
    }
    section("rejected: file row offset reason", place.rejects("OUT"));
    out.insert("told.txt".into(), told.into_bytes());
    out
}

#[test]
fn every_case_comes_out_as_it_lies_here() {
    let bless = std::env::var_os("UNTAINT_BLESS").is_some();
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    let halves: Vec<Vec<_>> = std::thread::scope(|scope| {
        let handles: Vec<_> =
            cases.chunks(cases.len().div_ceil(2)).map(|half| scope.spawn(|| half.iter().map(|c| run(c)).collect())).collect();
        handles.into_iter().map(|h| h.join().unwrap()).collect()
    });
    for (case, got) in cases.iter().zip(halves.into_iter().flatten()) {
        let expected = case.join("out");
        if bless {
            let _ = std::fs::remove_dir_all(&expected);
            for (name, bytes) in &got {
                let path = expected.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
            continue;
        }
        let want = tree(&expected);
        let names: std::collections::BTreeSet<&String> = got.keys().chain(want.keys()).collect();
        for name in names.into_iter().filter(|n| got.get(*n) != want.get(*n)) {
            let show = |side: &BTreeMap<String, Vec<u8>>| {
                side.get(name).map_or("(absent)".to_owned(), |b| b.escape_ascii().to_string().replace("\\n", "\n"))
            };
            wrong.push(format!("{}: {name}\nexpected\n{}\ngot\n{}", case.display(), show(&want), show(&got)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
