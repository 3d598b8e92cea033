//! `sample-data/` is what its generator makes, and cleaning it does what the README says.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod files;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod tables;

use files::{CHATS, CUSTOMERS, TICKETS, Truth};
use std::collections::{BTreeMap, BTreeSet};
use support::{folder, holds, report, root, untaint};
use tables::{content, numbers, table, texts};

fn truth() -> Truth {
    let mut truth = Truth::default();
    files::tickets(&mut truth);
    files::chats(&mut truth);
    files::customers(&mut truth);
    truth
}

#[test]
fn the_page_of_detectors_is_what_the_packs_say() {
    let (_kept, place) = folder();
    let page = untaint(&place, &["detectors", "list", "--markdown"]);
    assert!(page.status.success() && page.stdout.starts_with(b"# Detectors"));
    holds("detectors/CATALOGUE.md", &page.stdout);
}

#[test]
fn the_files_are_what_the_generator_makes() {
    let mut truth = Truth::default();
    holds("sample-data/tickets.csv", &files::tickets(&mut truth));
    holds("sample-data/chats.jsonl", &files::chats(&mut truth));
    holds("sample-data/customers.parquet", &files::customers(&mut truth));
    holds("tests/truth/spans.csv", truth.spans_csv().as_bytes());
    holds("tests/truth/rows.csv", truth.rows_csv().as_bytes());
}

#[test]
fn what_was_planted_is_masked_and_nothing_else() {
    let (_kept, at) = folder();
    let out = at.join("out");
    let run = untaint(root(), &["clean", "sample-data", "--out", out.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let truth = truth();

    // A published test value stands in the data more often than once; none of them may be left anywhere.
    for file in [TICKETS, CHATS, CUSTOMERS] {
        let left = content(&out.join("clean").join(file));
        let values: BTreeSet<&str> = truth.spans.iter().filter(|s| s.0 == file).map(|s| s.6.as_str()).collect();
        assert!(values.len() > 100, "{file} has plenty planted");
        for value in values {
            assert!(!left.contains(value), "{file} still holds a planted value");
        }
    }

    let findings = table(&out.join("findings.parquet"));
    let (rows, starts, ends) = (numbers(&findings, "row"), numbers(&findings, "start"), numbers(&findings, "end"));
    let (names, columns, detectors) = (texts(&findings, "file"), texts(&findings, "column"), texts(&findings, "detector"));
    let found: BTreeSet<_> = (0..rows.len())
        .map(|i| {
            (
                names[i].as_str(),
                rows[i] as usize,
                columns[i].as_str(),
                starts[i] as usize,
                ends[i] as usize,
                detectors[i].as_str(),
            )
        })
        .collect();
    let planted: BTreeSet<_> = truth.spans.iter().map(|s| (s.0, s.1, s.2.as_str(), s.3, s.4, s.5)).collect();
    let missed: Vec<_> = planted.difference(&found).take(5).collect();
    let more: Vec<_> = found.difference(&planted).take(5).collect();
    assert!(missed.is_empty() && more.is_empty(), "missed {missed:?}, found besides {more:?}");
}

#[test]
fn the_flood_is_withheld_and_the_flipped_rows_are_named() {
    let (_kept, at) = folder();
    let out = at.join("out");
    let run = untaint(root(), &["clean", "sample-data", "--out", out.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let (truth, report) = (truth(), report(&out));

    let of = |what: &str| truth.rows.iter().filter(|r| r.2 == what).map(|r| r.1).collect::<BTreeSet<usize>>();
    let withheld = std::fs::read_to_string(out.join("quarantine").join(CHATS)).unwrap();
    assert_eq!(withheld.lines().count(), of("copy").len(), "every copy but the first");
    assert!(withheld.lines().all(|l| l.contains("Perfect service")));
    assert!(content(&out.join("clean").join(CHATS)).contains("Perfect service"), "the first copy stays");

    let verdicts = report["verdicts"].as_array().unwrap();
    // What is told of the data as a whole alarms nobody.
    let alarms = verdicts.iter().filter(|v| v["fate"] != "report");
    let tests: Vec<&str> = alarms.map(|v| v["test"].as_str().unwrap()).collect();
    assert_eq!(tests, ["duplicate-flood", "order-scan"], "and nothing else alarms");

    let suspects = table(&out.join("suspects.parquet"));
    let (rows, names) = (numbers(&suspects, "row"), texts(&suspects, "file"));
    let named: BTreeSet<usize> = rows.iter().zip(&names).filter(|(_, f)| *f == TICKETS).map(|(r, _)| *r as usize).collect();
    let flipped = of("flip");
    let caught = flipped.intersection(&named).count();
    assert!(caught * 10 >= flipped.len() * 9, "{caught} of {} flipped rows are named", flipped.len());
    assert!(named.iter().all(|row| (950..1250).contains(row)), "within a block of 50 of the batch");

    let mut sum = BTreeMap::new();
    for file in report["files"].as_array().unwrap() {
        let rows = &file["rows"];
        let n = |key: &str| rows[key].as_u64().unwrap();
        assert_eq!(n("read"), n("clean") + n("quarantined") + n("rejected"), "{file}");
        for key in ["read", "clean", "quarantined", "rejected"] {
            *sum.entry(key).or_insert(0) += n(key);
        }
    }
    for (key, n) in sum {
        assert_eq!(report["rows"][key].as_u64(), Some(n), "{key}");
    }
}

#[test]
fn with_the_source_column_the_vendor_is_named() {
    let (_kept, at) = folder();
    let out = at.join("out");
    let run = untaint(root(), &["scan", "sample-data", "--source", "source", "--out", out.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let report = report(&out);
    let shifted: Vec<&str> = report["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|v| v["test"] == "slice-shift")
        .map(|v| v["subject"].as_str().unwrap())
        .collect();
    assert_eq!(shifted, ["vendor-7"]);
}

/// A summary from its verdict on, without what differs from run to run.
fn summary(text: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|l| !l.starts_with("REVIEW"));
    lines.take_while(|l| !l.starts_with("time ")).map(str::to_owned).collect()
}

#[test]
fn the_readme_shows_what_is_printed() {
    let (_kept, at) = folder();
    std::fs::create_dir(at.join("sample-data")).unwrap();
    for file in [TICKETS, CHATS, CUSTOMERS] {
        std::fs::copy(root().join("sample-data").join(file), at.join("sample-data").join(file)).unwrap();
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown: Vec<&str> = readme.split("```text\n").filter(|block| block.starts_with("REVIEW")).collect();
    let runs: [&[&str]; 2] = [&["clean", "sample-data", "--out", "out"], &["scan", "sample-data", "--source", "source"]];
    assert_eq!(shown.len(), runs.len());
    for (shown, args) in shown.into_iter().zip(runs) {
        let printed = untaint(&at, args).stderr;
        assert_eq!(summary(shown), summary(&String::from_utf8_lossy(&printed)), "{args:?}");
    }
}
