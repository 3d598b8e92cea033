//! `untaint.sarif`: SARIF 2.1.0 (OASIS), one result for each type, file and column, as code scanners' viewers read it.

use super::words::{json_page, name, run_id, sentence, time, uri, uuid};
use super::{Exporter, Finished};
use crate::batch::Fate;
use crate::error::Result;
use crate::report::{FileStatus, VerdictFacts, counted};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Results that are written; GitHub shows 5,000 of a run.
const RESULTS: usize = 5000;
/// Rules that are written.
const RULES: usize = 2000;

/// SARIF.
pub(super) struct Sarif;

impl Exporter for Sarif {
    fn kind(&self) -> &'static str {
        "sarif"
    }

    fn file_name(&self) -> &'static str {
        "untaint.sarif"
    }

    fn purpose(&self) -> &'static str {
        "SARIF 2.1.0: what was found by type, file and column, and the verdicts"
    }

    fn wants_places(&self) -> bool {
        true
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let report = finished.report;
        let (results, left_out) = results(finished);
        let unread = report.files.iter().filter(|f| matches!(f.status, FileStatus::Skipped | FileStatus::Partial));
        let notes: Vec<Value> = unread
            .take(100)
            .map(|f| {
                let why = f.reason.as_deref().unwrap_or("unknown");
                let (level, what) =
                    if f.status == FileStatus::Skipped { ("error", "not read") } else { ("warning", "read in part") };
                json!({
                    "level": level,
                    "message": {"text": format!("{} was {what}: {}", sentence(&f.file), sentence(why))},
                    "locations": [artifact(&f.file)],
                })
            })
            .collect();
        json_page(&json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "untaint",
                    "version": sentence(finished.version()),
                    "rules": rules(finished),
                }},
                "automationDetails": {"id": format!("untaint/{}/", sentence(&report.command)), "guid": run_id(finished)},
                "invocations": [{
                    "executionSuccessful": report.balances(),
                    "startTimeUtc": time(&report.timing.started),
                    "endTimeUtc": time(&finished.manifest.finished),
                    "toolExecutionNotifications": notes,
                }],
                "columnKind": "unicodeCodePoints",
                "results": results,
                "properties": {
                    "rows": report.rows,
                    "verdict": report.verdict,
                    "resultsLeftOut": left_out,
                },
            }],
        }))
    }
}

fn level(severity: &str) -> &'static str {
    match severity {
        "critical" | "high" => "error",
        "low" => "note",
        _ => "warning",
    }
}

fn rules(finished: &Finished<'_>) -> Vec<Value> {
    let report = finished.report;
    let detectors = report.pii.by_detector.iter().map(|(id, d)| {
        json!({
            "id": name(id),
            "name": pascal(id),
            "shortDescription": {"text": sentence(if d.name.is_empty() { id } else { &d.name })},
            "fullDescription": {"text": format!("{} in training data, found by its form, its check, the words beside it or its column.", sentence(if d.name.is_empty() { id } else { &d.name }))},
            "help": {"text": format!("`untaint detectors explain {}` says what it finds and how sure it is; the policy says what becomes of it.", name(id))},
            "defaultConfiguration": {"level": level(&d.severity)},
            "properties": {"tags": ["personal-data"], "severity": sentence(&d.severity)},
        })
    });
    let mut seen = BTreeSet::new();
    let tests = report.verdicts.iter().filter(move |v| seen.insert(v.test.as_str())).map(|v| {
        json!({
            "id": name(&v.test),
            "name": pascal(&v.test),
            "shortDescription": {"text": format!("The test {} for poisoning", sentence(&v.test))},
            "fullDescription": {"text": format!("Something stands out that the test {} for poisoning looks for; what survived error control is named.", sentence(&v.test))},
            "help": {"text": "report.html beside it shows the numbers; suspects.parquet names the rows; `untaint release` puts withheld ones back."},
            "defaultConfiguration": {"level": "warning"},
            "properties": {"tags": ["poisoning"]},
        })
    });
    detectors.chain(tests).take(RULES).collect()
}

/// The results, and how many are left out.
fn results(finished: &Finished<'_>) -> (Vec<Value>, u64) {
    let Finished { report, places, .. } = finished;
    let mut all: Vec<Value> = Vec::new();
    let mut left_out = places.left_out;
    let files: BTreeSet<&str> = report.files.iter().map(|f| f.file.as_str()).collect();
    for told in &report.verdicts {
        push(&mut all, &mut left_out, || verdict(told, &files));
    }
    for (file, detectors) in &places.by_file {
        for (id, spread) in detectors {
            let operators: Vec<&str> = spread.operators.keys().map(String::as_str).collect();
            let of_columns: u64 = spread.columns.values().sum();
            let elsewhere = spread.occurrences.saturating_sub(of_columns);
            let columns = spread.columns.iter().map(|(column, n)| (Some(column.as_str()), *n));
            for (column, n) in columns.chain((elsewhere > 0).then_some((None, elsewhere))) {
                push(&mut all, &mut left_out, || finding(finished, [file, id], column, n, &operators));
            }
        }
    }
    (all, left_out)
}

fn push(all: &mut Vec<Value>, left_out: &mut u64, result: impl FnOnce() -> Value) {
    if all.len() < RESULTS { all.push(result()) } else { *left_out += 1 }
}

/// A file; the region is what viewers of code ask for, and its first line.
fn artifact(file: &str) -> Value {
    json!({"physicalLocation": {"artifactLocation": {"uri": uri(file)}, "region": {"startLine": 1}}})
}

/// An id as SARIF likes names: `ContactEmail` of `contact.email`.
fn pascal(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital =
        |word: &str| word.split_at_checked(1).map_or_else(String::new, |(first, rest)| first.to_ascii_uppercase() + rest);
    name(&words.map(capital).collect::<String>())
}

fn finding(finished: &Finished<'_>, [file, id]: [&str; 2], column: Option<&str>, n: u64, operators: &[&str]) -> Value {
    let facts = finished.report.pii.by_detector.get(id);
    let what = facts.map_or(id, |d| d.name.as_str());
    let done = if finished.is_cleaned() { "used" } else { "to be used" };
    let place = column.map_or_else(|| "in names and metadata".to_owned(), |c| format!("in column {}", sentence(c)));
    let found = counted(n, "occurrence", "occurrences");
    let text = format!("{found} of {} {place}; operator {done}: {}", sentence(what), sentence(&operators.join(", ")));
    let mut location = artifact(file);
    if let (Some(column), Some(location)) = (column, location.as_object_mut()) {
        let member = json!([{"fullyQualifiedName": name(column), "kind": "member"}]);
        location.insert("logicalLocations".into(), member);
    }
    json!({
        "ruleId": name(id),
        "level": level(facts.map_or("", |d| d.severity.as_str())),
        "message": {"text": text},
        "locations": [location],
        "occurrenceCount": n,
        "partialFingerprints": {"untaint/v1": uuid(&["finding", file, id, column.unwrap_or_default()])},
    })
}

fn verdict(verdict: &VerdictFacts, files: &BTreeSet<&str>) -> Value {
    let file = verdict.slice.as_deref().filter(|slice| files.contains(slice));
    // What is about all files has a place, too, or GitHub refuses the document: where it is told in full.
    let locations = [artifact(file.unwrap_or("report.json"))];
    let level = match verdict.fate {
        Fate::Quarantine => "error",
        Fate::Review => "warning",
        Fate::Report => "note",
    };
    let subject = sentence(&verdict.subject);
    json!({
        "ruleId": name(&verdict.test),
        "level": level,
        "message": {"text": format!("{subject}: {}", sentence(&verdict.why))},
        "locations": locations,
        "partialFingerprints": {
            "untaint/v1": uuid(&["verdict", &verdict.test, &verdict.subject, verdict.slice.as_deref().unwrap_or_default()]),
        },
        "properties": {"rows": verdict.rows, "fate": verdict.fate, "subject": name(&verdict.subject)},
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Run, shown_as};
    use super::*;

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&Sarif));
    }

    #[test]
    fn results_beyond_what_is_shown_are_counted() {
        let run = Run::endless();
        let page: Value = serde_json::from_str(&Sarif.export(&run.finished()).unwrap()).unwrap();
        let run = &page["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), RESULTS);
        assert!(run["properties"]["resultsLeftOut"].as_u64().unwrap() > 1000);
    }
}
