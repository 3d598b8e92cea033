//! `macie.json`: findings in the form of Amazon Macie's sensitive data findings, one a file, with up to fifteen places a type.
//!
//! What reads Macie's findings reads these: `cells` of delimited text, with the header as row 1; `records` of JSON and
//! Parquet, with `recordIndex` from 0 and a `jsonPath`. A type that Macie knows has Macie's name; others are custom data
//! identifiers under their own. There is no account, region or bucket: `accountId` and `region` are empty and the bucket is
//! called `local`.

use super::data::About;
use super::path::json_path;
use super::places::{At, PLACES, Spread};
use super::words::{json_page, name, run_id, sentence, time, uuid};
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::{DetectorFacts, FileStatus, counted};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Findings that are written.
const FINDINGS: usize = 2000;
/// Types of a finding.
const TYPES: usize = 500;
/// Occurrences that are written of all findings together.
const OCCURRENCES: usize = 20_000;
/// Characters of a path; Macie's own bound.
const PATH: usize = 250;

/// Macie's form.
pub(super) struct Macie;

impl Exporter for Macie {
    fn kind(&self) -> &'static str {
        "macie"
    }

    fn file_name(&self) -> &'static str {
        "macie.json"
    }

    fn purpose(&self) -> &'static str {
        "the form of Amazon Macie's sensitive data findings, with places"
    }

    fn wants_places(&self) -> bool {
        true
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let files = finished.by_file();
        let (run, mut room) = (run_id(finished).replace('-', ""), OCCURRENCES);
        let mut findings = Vec::new();
        for (file, ids) in finished.places.by_file.iter().take(FINDINGS) {
            let of = Of { finished, run: &run, file, about: files.get(file.as_str()).copied().unwrap_or_default() };
            findings.push(of.finding(ids, &mut room));
        }
        let left_out = finished.places.by_file.len().saturating_sub(FINDINGS);
        json_page(&json!({"findings": findings, "untaintLeftOut": {"files": left_out, "occurrences": finished.places.left_out}}))
    }
}

/// A category of Macie's, and the word for it in a finding's type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Category {
    Credentials,
    Financial,
    Personal,
}

impl Category {
    fn of(detector: &str) -> Self {
        match super::ocsf::category(detector).0 {
            6 if detector.starts_with("secret.") => Self::Credentials,
            3 => Self::Financial,
            _ => Self::Personal,
        }
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Credentials => ("CREDENTIALS", "Credentials"),
            Self::Financial => ("FINANCIAL_INFORMATION", "Financial"),
            Self::Personal => ("PERSONAL_INFORMATION", "Personal"),
        }
    }
}

/// One file.
struct Of<'a> {
    finished: &'a Finished<'a>,
    /// The id of the run, as Macie writes ids.
    run: &'a str,
    file: &'a str,
    about: About<'a>,
}

impl Of<'_> {
    fn finding(&self, ids: &BTreeMap<String, Spread>, room: &mut usize) -> Value {
        let Self { finished, run, file, about } = self;
        let facts = about.facts;
        let known = |id: &str| finished.report.pii.by_detector.get(id);
        let (mut managed, mut custom) = (BTreeMap::<Category, Vec<Value>>::new(), Vec::new());
        let (mut sums, mut custom_sum) = (BTreeMap::<Category, u64>::new(), 0);
        let (mut total, mut worst, mut shown) = (0, 1, 0);
        for (id, spread) in ids {
            total += spread.occurrences;
            worst = worst.max(score(known(id)));
        }
        for (id, spread) in ids.iter().take(TYPES) {
            let (occurrences, n) = self.occurrences(&spread.first, room);
            shown += n;
            if let Some(type_name) = known(id).and_then(|d| d.elsewhere.get("macie")).and_then(|names| names.first()) {
                let category = Category::of(id);
                *sums.entry(category).or_default() += spread.occurrences;
                let detection = json!({"type": name(type_name), "count": spread.occurrences, "occurrences": occurrences});
                managed.entry(category).or_default().push(detection);
            } else {
                custom_sum += spread.occurrences;
                let arn = format!("urn:untaint:detector:{}", super::words::uri(id));
                custom.push(json!({"arn": arn, "name": name(id), "count": spread.occurrences, "occurrences": occurrences}));
            }
        }
        let kind = match (managed.len(), custom.is_empty()) {
            (1, true) => managed.keys().next().map_or("Multiple", |c| c.names().1),
            (0, false) => "CustomIdentifier",
            _ => "Multiple",
        };
        let sensitive: Vec<Value> = managed
            .into_iter()
            .map(|(category, detections)| {
                let sum = sums.get(&category).copied().unwrap_or_default();
                json!({"category": category.names().0, "detections": detections, "totalCount": sum})
            })
            .collect();
        let (status, reason) = match facts.map(|f| f.status) {
            Some(FileStatus::Complete) => ("COMPLETE", None),
            Some(FileStatus::Partial) => ("PARTIAL", facts.and_then(|f| f.reason.as_deref())),
            _ => ("SKIPPED", None),
        };
        let mut job = json!({"code": status});
        if let (Some(job), Some(reason)) = (job.as_object_mut(), reason) {
            job.insert("reason".into(), sentence(reason).into());
        }
        let (sha256, bytes) = (about.sha256(), about.bytes());
        let finished_at = time(&finished.manifest.finished);
        let base = file.rsplit('/').next().unwrap_or(file);
        let mime = super::data::mime(about.format());
        json!({
            "schemaVersion": "1.0",
            "id": uuid(&["macie", file, sha256]).replace('-', ""),
            "accountId": "",
            "partition": "aws",
            "region": "",
            "type": format!("SensitiveData:S3Object/{kind}"),
            "category": "CLASSIFICATION",
            "title": "The file contains sensitive data.",
            "description": sentence(&format!("{} of {} in {file}.", counted(total, "occurrence", "occurrences"), counted(ids.len() as u64, "type", "types"))),
            "severity": {"score": worst, "description": severity(worst)},
            "createdAt": finished_at,
            "updatedAt": finished_at,
            "count": 1,
            "archived": false,
            "sample": false,
            "resourcesAffected": {
                "s3Bucket": {"name": "local"},
                "s3Object": {
                    "key": name(file),
                    "path": name(&format!("local/{file}")),
                    "extension": name(base.rsplit_once('.').map_or("", |(_, extension)| extension)),
                    "size": bytes,
                    "eTag": name(about.input.and_then(|i| i.etag.as_deref()).unwrap_or_default()),
                },
            },
            "classificationDetails": {
                "jobId": run,
                "originType": "SENSITIVE_DATA_DISCOVERY_JOB",
                "result": {
                    "status": job,
                    "sizeClassified": bytes,
                    "mimeType": mime,
                    "additionalOccurrences": total > shown,
                    "sensitiveData": sensitive,
                    "customDataIdentifiers": {"detections": custom, "totalCount": custom_sum},
                },
            },
        })
    }

    /// Up to [`PLACES`] places, and how many they are.
    fn occurrences(&self, first: &[At], room: &mut usize) -> (Value, u64) {
        let places: Vec<&At> = first.iter().take(PLACES.min(*room)).collect();
        *room -= places.len();
        let n = places.len() as u64;
        let list: Vec<Value> =
            places.iter().map(|at| if self.about.is_delimited() { self.cell(at) } else { self.record(at) }).collect();
        (if self.about.is_delimited() { json!({"cells": list}) } else { json!({"records": list}) }, n)
    }

    /// Row and column from 1, as a table shows them: a header is row 1. No row where it is not known whether there is one.
    fn cell(&self, at: &At) -> Value {
        let mut cell = json!({"columnName": name(&at.column)});
        if let (Some(cell), Some(header)) = (cell.as_object_mut(), self.about.has_header()) {
            cell.insert("row".into(), (at.row + 1 + i64::from(header)).into());
        }
        let columns = self.about.facts.and_then(|f| self.finished.columns_of(f)).unwrap_or_default();
        if let (Some(cell), Some(number)) = (cell.as_object_mut(), columns.iter().position(|c| *c == at.column)) {
            cell.insert("column".into(), (number as u64 + 1).into());
        }
        cell
    }

    /// The record from 0 and where in it. A JSON file that is one document has one record to Macie.
    fn record(&self, at: &At) -> Value {
        let (mut index, mut path) = (at.row, json_path(&at.column));
        match self.about.json() {
            Some("array") => (index, path) = (0, path.map(|path| path.replacen('$', &format!("$[{}]", at.row), 1))),
            Some("document") => index = 0,
            // Lines or an array: that decides where the record is.
            None if !self.about.is_parquet() => return json!({}),
            _ => {}
        }
        match path.filter(|path| path.chars().count() <= PATH) {
            Some(path) => json!({"recordIndex": index, "jsonPath": path}),
            None => json!({"recordIndex": index}),
        }
    }
}

fn severity(score: usize) -> &'static str {
    match score {
        3 => "High",
        2 => "Medium",
        _ => "Low",
    }
}

/// 1 low, 2 medium, 3 high.
fn score(detector: Option<&DetectorFacts>) -> usize {
    match detector.map_or("", |d| d.severity.as_str()) {
        "high" | "critical" => 3,
        "medium" => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Run, shown_as};
    use super::*;
    use crate::report::{FileFacts, InputFile};

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&Macie));
    }

    #[test]
    fn places_are_those_that_macie_would_name() {
        let run = Run::full();
        let finished = run.finished();
        let facts = Some(&run.report.files[5]);
        let at = |row, column: &str| At { row, column: column.into() };
        let told = |written: Value, format: &str, at: &At| {
            let input = InputFile { written: Some(written).filter(|w| !w.is_null()), ..InputFile::default() };
            let facts = facts.map(|f| FileFacts { format: Some(format.to_owned()), ..f.clone() });
            let of = Of { finished: &finished, run: "r", file: "f", about: About { input: Some(&input), facts: facts.as_ref() } };
            if format == "csv" { of.cell(at) } else { of.record(at) }
        };
        for (written, row, column, want) in [
            (json!({"csv": {"header": true}}), 0, "notes", json!({"row": 2, "column": 3, "columnName": "notes"})),
            (json!({"csv": {"header": false}}), 0, "gone", json!({"row": 1, "columnName": "gone"})),
            (Value::Null, 0, "gone", json!({"columnName": "gone"})),
        ] {
            assert_eq!(told(written, "csv", &at(row, column)), want);
        }
        for (written, row, column, want) in [
            (json!({"json": "lines"}), 7, "a[0].b", json!({"recordIndex": 7, "jsonPath": "$.a[0].b"})),
            (json!({"json": "array"}), 7, "a", json!({"recordIndex": 0, "jsonPath": "$[7].a"})),
            (json!({"json": "document"}), 0, "a", json!({"recordIndex": 0, "jsonPath": "$.a"})),
            (json!({"json": "lines"}), 1, &"x".repeat(300), json!({"recordIndex": 1})),
            (Value::Null, 1, "a", json!({})),
        ] {
            assert_eq!(told(written, "json", &at(row, column)), want);
        }
        assert_eq!(told("parquet".into(), "parquet", &at(3, "a.b")), json!({"recordIndex": 3, "jsonPath": "$.a.b"}));
    }
}
