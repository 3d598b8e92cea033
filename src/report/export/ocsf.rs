//! `ocsf.ndjson`: OCSF 1.5 Data Security Findings (class 2006), one a file and detector, one JSON event a line, as security
//! data lakes take them.

use super::data::About;
use super::path::json_path;
use super::places::{At, Spread};
use super::words::{done, json_line, milliseconds, name, run_id, sentence, uuid};
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::{FileStatus, counted};
use serde_json::{Value, json};

/// Events that are written.
const EVENTS: usize = 5000;
/// Bytes after which no event is begun: names may be long.
const BYTES: usize = 12 << 20;
/// Columns of an event, as unmapped attributes.
const COLUMNS: usize = 50;

/// OCSF.
pub(super) struct Ocsf;

/// What a detector's family is to OCSF: `category_id` and its caption.
///
/// A first part of two letters is a country, whose numbers are mostly the state's.
pub(super) fn category(detector: &str) -> (u8, &'static str) {
    let (family, rest) = detector.split_once('.').unwrap_or((detector, ""));
    let personal = ["phone", "address", "postcode", "postal-code", "zip"];
    match family {
        "secret" | "network" | "device" => (6, "Security"),
        "finance" => (3, "Financial"),
        "contact" | "person" | "health" | "location" | "vehicle" => (1, "Personal"),
        _ if family.len() == 2 && personal.iter().any(|p| rest.starts_with(p)) => (1, "Personal"),
        _ if family.len() == 2 => (2, "Governmental"),
        _ => (99, "Other"),
    }
}

fn severity(severity: &str) -> (u8, &'static str) {
    match severity {
        "low" => (2, "Low"),
        "medium" => (3, "Medium"),
        "high" => (4, "High"),
        "critical" => (5, "Critical"),
        _ => (0, "Unknown"),
    }
}

impl Exporter for Ocsf {
    fn kind(&self) -> &'static str {
        "ocsf"
    }

    fn file_name(&self) -> &'static str {
        "ocsf.ndjson"
    }

    fn purpose(&self) -> &'static str {
        "OCSF Data Security Findings (class 2006): one event a file and type"
    }

    fn wants_places(&self) -> bool {
        true
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let files = finished.by_file();
        let pairs = finished.places.by_file.iter().flat_map(|(file, ids)| ids.iter().map(move |(id, spread)| (file, id, spread)));
        let run = run_id(finished);
        let (mut out, mut left_out) = (String::new(), 0u64);
        for (number, (file, id, spread)) in pairs.enumerate() {
            if number >= EVENTS || out.len() >= BYTES {
                left_out += 1;
                continue;
            }
            let of = Event { finished, run: &run, file, id, about: files.get(file.as_str()).copied().unwrap_or_default() };
            out.push_str(&json_line(&of.finding(spread))?);
        }
        if left_out > 0 || finished.places.left_out > 0 {
            out.push_str(&json_line(&cut(finished, &run, left_out))?);
        }
        Ok(out)
    }
}

/// What all events have.
fn frame(finished: &Finished<'_>, uid: &str) -> Value {
    json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2006,
        "class_name": "Data Security Finding",
        "type_uid": 200_601,
        "type_name": "Data Security Finding: Create",
        "status_id": 1,
        "status": "New",
        "time": milliseconds(&finished.manifest.finished),
        "start_time": milliseconds(&finished.report.timing.started),
        "end_time": milliseconds(&finished.manifest.finished),
        "metadata": {
            "version": "1.5.0",
            "uid": uid,
            "product": {"name": "untaint", "vendor_name": "untaint", "version": sentence(finished.version())},
        },
    })
}

fn with(mut event: Value, more: Value) -> Value {
    if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
        event.extend(more);
    }
    event
}

/// An event that says how many are not there.
fn cut(finished: &Finished<'_>, run: &str, events: u64) -> Value {
    let occurrences = finished.places.left_out;
    let uid = uuid(&["cut", run]);
    let message = format!(
        "{events} findings by file and type, and {occurrences} occurrences beyond them, are left out for the length of the export"
    );
    let more = json!({
        "severity_id": 1,
        "severity": "Informational",
        "message": message,
        "finding_info": {"uid": uid, "title": "Findings that are left out", "types": ["untaint.left-out"]},
    });
    with(frame(finished, &uid), more)
}

struct Event<'a> {
    finished: &'a Finished<'a>,
    run: &'a str,
    file: &'a str,
    id: &'a str,
    about: About<'a>,
}

impl Event<'_> {
    fn finding(&self, spread: &Spread) -> Value {
        let Self { finished, run, file, id, about } = self;
        let detector = finished.report.pii.by_detector.get(*id);
        let what = detector.map(|d| d.name.as_str()).filter(|n| !n.is_empty()).unwrap_or(id);
        let (severity_id, severity) = severity(detector.map_or("", |d| d.severity.as_str()));
        let (category_id, category) = category(id);
        let (sha256, bytes) = (about.sha256(), about.bytes());
        let found = counted(spread.occurrences, "occurrence", "occurrences");
        let done = done(finished.is_cleaned(), spread.operators.keys().map(String::as_str));
        let title = sentence(&format!("{what} in {file}"));
        let (status_id, status) = match about.facts.map(|f| f.status) {
            Some(FileStatus::Complete) => (1, "Complete"),
            Some(FileStatus::Partial) => (2, "Partial"),
            _ => (0, "Unknown"),
        };
        let columns: Vec<Value> =
            spread.columns.iter().take(COLUMNS).map(|(column, n)| json!({"column": name(column), "occurrences": n})).collect();
        // The same file and type are one finding, however often it is looked at.
        let uid = uuid(&["finding", file, sha256, id]);
        let base = file.rsplit('/').next().unwrap_or(file);
        let more = json!({
            "severity_id": severity_id,
            "severity": severity,
            "confidence_score": spread.confidence,
            "message": sentence(&format!("{found} of {what} in {file}, {done}")),
            "finding_info": {
                "uid": uid,
                "title": title,
                "types": [name(id)],
                "created_time": milliseconds(&finished.manifest.finished),
            },
            "data_security": {
                "category_id": category_id,
                "category": category,
                "classifier_details": {"type": "detector", "name": sentence(what), "uid": name(id)},
                "data_lifecycle_state_id": 1,
                "data_lifecycle_state": "Data at-Rest",
                "detection_system_id": 4,
                "detection_system": "Data Discovery & Classification",
                "discovery_details": [{
                    "type": name(id),
                    "count": spread.occurrences,
                    "occurrences": spread.first.iter().map(|at| self.occurrence(at)).collect::<Vec<_>>(),
                }],
                "status_id": status_id,
                "status": status,
                "total": spread.occurrences,
                "size": bytes,
                "uid": run,
            },
            "file": {
                "name": name(base),
                "path": name(file),
                "type_id": 1,
                "type": "Regular File",
                "size": bytes,
                "hashes": if sha256.is_empty() { json!([]) } else { json!([{"algorithm_id": 3, "algorithm": "SHA-256", "value": name(sha256)}]) },
            },
            "unmapped": {
                "columns": columns,
                "columns_left_out": spread.columns.len().saturating_sub(COLUMNS),
                "occurrences_of_columns_left_out": spread.columns_left_out,
            },
        });
        // Of a finding there is an event each time it is looked for.
        with(frame(finished, &uuid(&["event", run, &uid])), more)
    }

    /// A place: of a table the column and the row, from 1, a header being the first as in a spreadsheet; else the record from 0
    /// and where in it.
    fn occurrence(&self, at: &At) -> Value {
        if self.about.is_delimited() {
            let header = self.about.has_header().unwrap_or(true);
            return json!({"column_name": name(&at.column), "row_number": at.row + 1 + i64::from(header)});
        }
        match json_path(&at.column) {
            Some(path) => json!({"json_path": path, "record_index_in_array": at.row}),
            None => json!({"record_index_in_array": at.row}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Run, shown_as};
    use super::*;

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&Ocsf));
    }

    #[test]
    fn families_have_a_category() {
        for (id, want) in [
            ("secret.aws-access-key", 6),
            ("finance.iban", 3),
            ("us.phone", 1),
            ("us.ssn", 2),
            ("person.name", 1),
            ("own.number", 99),
            ("policy.column", 99),
        ] {
            assert_eq!(category(id).0, want, "{id}");
        }
    }

    #[test]
    fn events_beyond_what_is_shown_are_counted_in_one_of_their_own() {
        let mut run = Run::full();
        let spread = run.places.by_file["users.csv"].values().next().unwrap().clone();
        for n in 0..EVENTS {
            run.places.by_file.insert(format!("{n}.csv"), [("contact.email".to_owned(), spread.clone())].into());
        }
        let text = Ocsf.export(&run.finished()).unwrap();
        assert_eq!(text.lines().count(), EVENTS + 1);
        assert!(text.lines().last().unwrap().contains("are left out"));
    }
}
