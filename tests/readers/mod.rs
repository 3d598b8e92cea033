//! What must hold of every reader of foreign bytes, whatever the bytes: no panic, nothing lost, nothing out of bounds. One
//! function a reader, called by the fuzz targets and by `tests/mutants.rs`.
#![allow(dead_code, reason = "a fuzz target uses one of them")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::io::Cursor;
use std::sync::{Arc, LazyLock};
use untaint::batch::{Block, Column, Finding, Load, Part, Reason};
use untaint::detect::{Catalogue, Scratch, View, pack};
use untaint::io::store::{Choice, list};
use untaint::io::{NoNames, Parse, Split, csv, json};
use untaint::job::{Ended, Job, Options, Silent, Stop, settings};
use untaint::merge::Merge;
use untaint::plan::{Looking, Plan};
use untaint::policy::Policy;
use untaint::profile::Profile;
use untaint::verdict;

/// The plan of the default policy.
static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let catalogue = Arc::new(Catalogue::builtin().unwrap());
    Plan::resolve(Policy::default(), catalogue, None, 0, Looking::For).unwrap()
});

/// Parts put together again are the input, and records and cells lie where they may. Gives the records and what they are
/// rejected for.
fn read(bytes: &[u8], header: usize, split: &mut dyn Split, parse: &dyn Parse) -> Vec<Option<Reason>> {
    let (mut part, mut block) = (Part::default(), Block::default());
    let mut records = Vec::new();
    let mut at = header;
    while split.next(&mut part) {
        let here = &bytes[at..(at + part.bytes.len()).min(bytes.len())];
        assert!(here == part.bytes, "a part is what was read");
        assert!(!part.bytes.is_empty(), "a part holds something");
        at += part.bytes.len();
        match part.load {
            Load::Tail => {}
            Load::Oversize { reason, first, .. } => records.extend(first.then_some(Some(reason))),
            Load::Records => {
                block.clear();
                parse.parse(&part, &NoNames, &mut block);
                laid_out(&part.bytes, &block, parse);
                records.extend(block.records.iter().map(|r| r.reject));
            }
        }
    }
    assert!(at == bytes.len() || split.fault().is_some(), "nothing is lost");
    records
}

/// Records and gaps cover the part; cells lie in their records, in order, with texts in UTF-8; unedited they are rewritten as
/// they were.
fn laid_out(bytes: &[u8], block: &Block, parse: &dyn Parse) {
    let mut at = block.head_end;
    for record in &block.records {
        assert_eq!(record.start, at, "records follow each other");
        assert!(record.start <= record.end && record.end <= record.gap_end);
        at = record.gap_end;
    }
    assert_eq!(at as usize, bytes.len(), "records cover the part");
    let mut behind = (0, 0);
    let mut written = Vec::new();
    for (number, cell) in (0u32..).zip(&block.cells) {
        let record = &block.records[cell.row as usize];
        assert!(record.reject.is_none(), "a rejected record has no cells");
        assert!((cell.row, cell.start) >= behind && cell.start <= cell.end, "cells are in order");
        assert!(record.start <= cell.start && cell.end <= record.end, "a cell lies in its record");
        behind = (cell.row, cell.end);
        assert!((cell.column as usize) < block.columns.len());
        assert!(std::str::from_utf8(block.text(bytes, cell)).is_ok(), "texts are UTF-8");
        written.clear();
        parse.rewrite(bytes, block, cell, &[], &mut written);
        assert!(written == bytes[cell.start as usize..cell.end as usize], "no edit, no change");
        if number < 50 {
            for cut in parse.removals(bytes, block, &[number]) {
                assert!(record.start <= cut.start && cut.start <= cut.end && cut.end <= record.end, "a cut stays in its record");
            }
        }
    }
    let all: Vec<u32> = (0..block.cells.len() as u32).collect();
    assert_eq!(parse.exact_names(bytes, block, &all).len(), all.len());
    let cuts = parse.removals(bytes, block, &all);
    assert!(cuts.windows(2).all(|w| w[0].end <= w[1].start), "cuts are apart and ascending");
}

/// Delimited text, cut small and large.
pub fn delimited(bytes: &[u8]) {
    let dialect = csv::sniff(bytes, true, &csv::Hints::default());
    let limits = csv::Limits { cell_bytes: 4096, record_bytes: 8192 };
    let records = |target| {
        let opened = csv::open(std::io::empty(), bytes.to_vec(), &dialect, limits, target, |_| Reason::Unreadable);
        let Ok(mut opened) = opened else { return Vec::new() };
        assert!(bytes.starts_with(&opened.header.bytes));
        read(bytes, opened.header.bytes.len(), &mut opened.split, &opened.parse)
    };
    assert_eq!(records(7), records(1 << 20), "where parts are cut shows nowhere");
}

/// JSON in the shape it has and in the others.
pub fn notation(bytes: &[u8]) {
    let limits = json::Limits { record_bytes: 4096, nesting: 32 };
    let own = json::decide(bytes, true, true);
    for shape in own.into_iter().chain([json::Shape::Lines, json::Shape::Array, json::Shape::Document]) {
        let parse = json::Json::new(shape, limits);
        let records = |target| read(bytes, 0, &mut *json::split(Cursor::new(bytes.to_vec()), shape, target, limits), &parse);
        let (small, large) = (records(7), records(1 << 20));
        assert_eq!(small, large, "where parts are cut shows nowhere: {shape:?}");
        if own == Some(shape) && shape == json::Shape::Document && large.first() == Some(&None) {
            assert!(serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() || bytes.starts_with(b"\xEF\xBB\xBF"));
        }
    }
}

/// A whole file of any format, through a job: rows add up.
pub fn file(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let inputs = list(&[path.display().to_string()], &Choice::default()).unwrap();
    let options = Options { out: Some(folder.path().join("out")), memory_bytes: 96 << 20, ..Options::default() };
    let job = Job { inputs: &inputs, plan: &PLAN, options: &options, observer: &Silent, stop: &Stop::default() };
    let Ended::Done(report) = job.run().unwrap() else { panic!("it was not done before") };
    let rows = &report.rows;
    assert_eq!(rows.read, rows.clean + rows.quarantined + rows.rejected, "nothing lost, nothing doubled");
    let reasons = report.files.iter().filter_map(|f| f.reason.as_deref());
    for reason in reasons {
        assert!(!reason.contains("decoder-fault"), "a decoder panicked: {name}");
    }
}

/// Parquet, through a job.
pub fn columns(bytes: &[u8]) {
    file("a.parquet", bytes);
}

/// Any text: findings lie on characters, in order; what was replaced is found no more.
pub fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(scanner) = &PLAN.scanner else { return };
    let view: View = scanner.column(&Column::default());
    let find = |text: &str| {
        let mut found: Vec<Finding> = Vec::new();
        scanner.scan_text(text.as_bytes(), &view, &mut Scratch::default(), &mut found);
        found
    };
    let found = find(&text);
    let (mut at, mut masked) = (0, String::new());
    for finding in &found {
        let (start, end) = (finding.start as usize, finding.end as usize);
        assert!(at <= start && start < end, "in order and apart");
        masked += text.get(at..start).expect("on characters");
        masked += PLAN.target(finding.detector).tag;
        at = end;
    }
    masked += text.get(at..).expect("on characters");
    assert!(find(&masked).is_empty(), "what was replaced is found no more");
}

/// A profile: what can be read is written the same, merges and is judged.
pub fn profile(bytes: &[u8]) {
    let Ok(mut profile) = Profile::from_bytes(bytes) else { return };
    let written = profile.to_bytes();
    let Ok(again) = Profile::from_bytes(&written) else { panic!("what was written can be read") };
    assert!(again.to_bytes() == written, "written the same");
    profile.merge(again);
    profile.finish();
    let judgement = verdict::judge(&profile, &settings(&Policy::default(), profile.seed().unwrap_or_default()));
    assert!(serde_json::to_string(&judgement).is_ok());
}

/// A pack: problems name a line that is there.
pub fn detectors(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lines = text.lines().count() + 1;
    for problem in pack::check("pack.toml", text) {
        assert!(problem.line <= lines, "line {} of {lines}", problem.line);
    }
}

/// A policy: what can be read is written so that it reads the same.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(policy) = Policy::parse("untaint.toml", text) {
        let written = toml::to_string(&policy).expect("a policy can be written");
        let again = Policy::parse("untaint.toml", &written).expect("what was written can be read");
        assert!(again == policy, "it is the same policy");
    }
}
