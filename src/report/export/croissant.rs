//! `croissant.json`: Croissant 1.0 (MLCommons), JSON-LD that data catalogues and loaders read, with the responsible-AI
//! vocabulary's `rai:personalSensitiveInformation`.
//!
//! A file is a `FileObject` with its SHA-256; where its columns are known and are texts it is a `RecordSet`, too.

use super::data::{DataFile, mime};
use super::path::json_path;
use super::words::{done, json_page, name, run_id, sentence, time, uri};
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::{count, counted};
use serde_json::{Value, json};

/// Files that are listed.
const FILES: usize = 2000;
/// Fields of all record sets.
const FIELDS: usize = 10_000;
/// Types of personal data that are named.
const TYPES: usize = 200;

/// Croissant.
pub(super) struct Croissant;

impl Exporter for Croissant {
    fn kind(&self) -> &'static str {
        "croissant"
    }

    fn file_name(&self) -> &'static str {
        "croissant.json"
    }

    fn purpose(&self) -> &'static str {
        "Croissant 1.0 JSON-LD: files, fields and personal data for catalogues"
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let report = finished.report;
        let data = finished.data();
        let files: Vec<Value> = data.iter().take(FILES).map(file_object).collect();
        let (mut sets, mut room, mut inner) = (Vec::new(), FIELDS, 0);
        for file in data.iter().take(FILES) {
            let Some(columns) = file.columns.filter(|c| c.len() <= room) else { continue };
            let fields = extracts(file, columns);
            if !fields.is_empty() {
                (room, inner) = (room - fields.len(), inner + columns.len() - fields.len());
                sets.push(record_set(file, fields));
            }
        }
        let mut limits = Vec::new();
        if data.len() > files.len() {
            limits.push(format!("{} more files are not listed here.", count((data.len() - files.len()) as u64)));
        }
        if files.len() > sets.len() {
            let none = (files.len() - sets.len()) as u64;
            limits.push(format!("{} no record set here.", counted(none, "file has", "files have")));
        }
        if inner > 0 {
            limits.push(format!(
                "{} not listed here: in lists, inside of others, or of odd names.",
                counted(inner as u64, "field is", "fields are")
            ));
        }
        if report.looked_for_pii() {
            limits.push("What the detectors do not know was not found.".to_owned());
        }
        json_page(&json!({
            "@context": context(),
            "@type": "sc:Dataset",
            "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
            "name": if finished.is_cleaned() { "cleaned-by-untaint" } else { "scanned-by-untaint" },
            "description": description(finished),
            "identifier": format!("urn:uuid:{}", run_id(finished)),
            "version": "1.0.0",
            "datePublished": time(&finished.manifest.finished),
            "distribution": files,
            "recordSet": sets,
            "rai:personalSensitiveInformation": personal(finished),
            "rai:dataPreprocessingProtocol": [protocol(finished)],
            "rai:dataLimitations": limits,
        }))
    }
}

/// The context that the specification asks for, word by word, and the responsible-AI vocabulary.
fn context() -> Value {
    let own = ["citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format"];
    let own = own.iter().chain(&["includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet"]);
    let own = own.chain(&[
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
        "separator",
        "source",
        "subField",
        "transform",
    ]);
    let mut context: serde_json::Map<String, Value> = own.map(|word| ((*word).to_owned(), format!("cr:{word}").into())).collect();
    for (word, meaning) in [
        ("@language", "en".into()),
        ("@vocab", "https://schema.org/".into()),
        ("conformsTo", "dct:conformsTo".into()),
        ("cr", "http://mlcommons.org/croissant/".into()),
        ("rai", "http://mlcommons.org/croissant/RAI/".into()),
        ("data", json!({"@id": "cr:data", "@type": "@json"})),
        ("dataType", json!({"@id": "cr:dataType", "@type": "@vocab"})),
        ("dct", "http://purl.org/dc/terms/".into()),
        ("examples", json!({"@id": "cr:examples", "@type": "@json"})),
        ("sc", "https://schema.org/".into()),
    ] {
        context.insert(word.to_owned(), meaning);
    }
    context.into()
}

/// What was done to the data.
fn protocol(finished: &Finished<'_>) -> String {
    let report = finished.report;
    let program = sentence(&report.program);
    if !report.looked_for_pii() {
        return format!("{program}: personal data and secrets were not looked for.");
    }
    let searched = format!(
        "{program}: personal data and secrets were searched by {} (profile {})",
        counted(report.policy.detectors, "detector", "detectors"),
        sentence(&report.policy.profile),
    );
    let operator = sentence(&report.policy.default_operator);
    match operator.as_str() {
        _ if !finished.is_cleaned() => format!("{searched}; nothing was changed."),
        "keep" => format!("{searched}; what was found stays where the policy names no operator."),
        _ => format!("{searched} and changed by the operator {operator} where the policy names no other."),
    }
}

fn description(finished: &Finished<'_>) -> String {
    let rows = finished.report.rows;
    if finished.is_cleaned() {
        return format!(
            "Training data{}: {} of {} read; {} were withheld, {} could not be parsed.",
            if finished.is_masked() { " with personal data and secrets masked" } else { "" },
            counted(rows.clean, "record", "records"),
            count(rows.read),
            count(rows.quarantined),
            count(rows.rejected)
        );
    }
    format!("Training data: {} were looked at and not changed.", finished.looked_at())
}

/// The word for a file's format that Croissant's loader knows. It unpacks gzip by itself.
fn encoding(file: &DataFile<'_>) -> &'static str {
    let format = file.facts.format.as_deref().unwrap_or_default();
    match mime(format.strip_suffix("+gz").unwrap_or(format)) {
        "application/vnd.apache.parquet" => "application/x-parquet",
        other => other,
    }
}

fn file_object(file: &DataFile<'_>) -> Value {
    json!({
        "@type": "cr:FileObject",
        "@id": uri(file.path),
        "name": name(file.path),
        "description": counted(file.rows, "record", "records"),
        // As it is: the loader takes what is no URL for a path, and does not turn percents back.
        "contentUrl": name(file.path),
        "contentSize": format!("{} B", file.bytes),
        "encodingFormat": encoding(file),
        "sha256": name(file.sha256),
    })
}

/// How a loader reaches the columns of a file, each with its name; none of a file that it cannot read.
///
/// It reads delimited text with commas (or tabs, of that name), double quotes, a header and UTF-8. JSONL it reads by its outermost fields, and of these only what is one value; JSON that is one document by paths. Columns of
/// Parquet have types, which the report does not know and a field has to name; a loader finds them in the file.
fn extracts(file: &DataFile<'_>, columns: &[String]) -> Vec<(String, Value)> {
    let by_column = |c: &str| (name(c), json!({"column": name(c)}));
    match encoding(file) {
        kind @ ("text/csv" | "text/tab-separated-values") => {
            let is = |key: &str, value: Value| file.written.and_then(|w| w.pointer(key)) == Some(&value);
            let delimiter = if kind == "text/csv" { b',' } else { b'\t' };
            let plain = is("/csv/header", true.into())
                && is("/csv/delimiter", delimiter.into())
                && (is("/csv/quote", b'"'.into()) || is("/csv/quote", Value::Null))
                && is("/csv/encoding", "utf8".into());
            // A header that stands twice, or is cut, is another name here than in the file.
            let exact = |c: &String| !c.is_empty() && name(c) == *c && !c.contains('#');
            if plain && columns.iter().all(exact) { columns.iter().map(|c| by_column(c)).collect() } else { Vec::new() }
        }
        "application/jsonlines" => columns.iter().filter(|c| !c.contains(['.', '['])).map(|c| by_column(c)).collect(),
        "application/json" => {
            let root = match file.written.and_then(|w| w.pointer("/json")).and_then(Value::as_str) {
                Some("array") => "$[*]",
                Some("document") => "$",
                _ => return Vec::new(),
            };
            let path = |c: &String| Some((name(c), json!({"jsonPath": json_path(c)?.replacen('$', root, 1)})));
            columns.iter().filter_map(path).collect()
        }
        _ => Vec::new(),
    }
}

/// The record set of a file with these fields.
fn record_set(file: &DataFile<'_>, fields: Vec<(String, Value)>) -> Value {
    let field = |(column, extract): (String, Value)| {
        json!({
            "@type": "cr:Field",
            "@id": format!("{}/{}", uri(file.path), uri(&column)),
            "name": column,
            "dataType": "sc:Text",
            "source": {"fileObject": {"@id": uri(file.path)}, "extract": extract},
        })
    };
    json!({
        "@type": "cr:RecordSet",
        "@id": format!("{}/records", uri(file.path)),
        "name": name(file.path),
        "field": fields.into_iter().map(field).collect::<Vec<_>>(),
    })
}

/// What was found, a sentence a type.
fn personal(finished: &Finished<'_>) -> Vec<String> {
    let report = finished.report;
    if !report.looked_for_pii() {
        return vec!["Not looked for.".to_owned()];
    }
    let found = report.pii.by_detector.iter().take(TYPES).map(|(id, d)| {
        let done = done(finished.is_cleaned(), d.operators.keys().map(String::as_str));
        let what = if d.name.is_empty() { id } else { &d.name };
        sentence(&format!(
            "{what} ({id}): {} in {}, {done}",
            counted(d.occurrences, "occurrence", "occurrences"),
            counted(d.rows, "record", "records"),
        ))
    });
    let mut lines: Vec<String> = found.collect();
    let left = report.pii.by_detector.len().saturating_sub(TYPES);
    if left > 0 {
        lines.push(format!("and {} more types", count(left as u64)));
    }
    if lines.is_empty() {
        lines.push(format!("{} looked for it and found none.", counted(report.policy.detectors, "detector", "detectors")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown_as;
    use super::*;

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&Croissant));
    }
}
