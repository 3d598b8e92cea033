//! What holds for every form: it is valid and bounded whatever the names hold, and the same for the same run.

use super::words::uuid;
use super::*;
use crate::report::sample::{endless, full};
use crate::report::{FileFacts, Gate, InputFile, OutputFile, VerdictFacts};
use proptest::prelude::*;
use serde_json::Value;

/// A run with all that exporters look at.
pub(super) struct Run {
    pub(super) report: Report,
    pub(super) manifest: Manifest,
    pub(super) places: Places,
}

impl Run {
    /// A run that met a bit of everything.
    pub(super) fn full() -> Self {
        Self::of(full())
    }

    /// A run whose names are as hostile and as many as they get.
    pub(super) fn endless() -> Self {
        Self::of(endless())
    }

    /// The manifest and the findings that would go with a report.
    pub(super) fn of(report: Report) -> Self {
        let mut manifest = Manifest {
            program: report.program.clone(),
            finished: "2026-11-20T16:00:01.684Z".into(),
            policy: serde_json::json!({"pii": {"default": "replace"}}),
            key_id: report.policy.key_id.clone(),
            ..Manifest::default()
        };
        let mut places = Places::default();
        let detectors: Vec<&String> = report.pii.by_detector.keys().take(3).collect();
        let columns: Vec<&String> = report.pii.by_column.keys().take(3).collect();
        for file in report.files.iter().filter(|f| f.format.is_some()) {
            let sha256 = uuid(&[&file.file]).replace('-', "").repeat(2);
            let written = match file.format.as_deref() {
                Some("csv") => {
                    serde_json::json!({"csv": {"header": true, "delimiter": 44, "quote": 34, "encoding": "utf8"}})
                }
                Some("parquet") => "parquet".into(),
                _ => serde_json::json!({"json": "lines"}),
            };
            let input = InputFile { bytes: file.bytes, rows: file.rows.read, sha256: sha256.clone(), ..InputFile::default() };
            manifest.inputs.push(InputFile { file: file.file.clone(), written: Some(written.clone()), ..input });
            for (folder, rows) in [("clean", file.rows.clean), ("quarantine", file.rows.quarantined)] {
                let path = format!("{folder}/{}", file.file);
                let output = OutputFile { path, bytes: rows * 200, rows: Some(rows), ..OutputFile::default() };
                manifest.outputs.push(OutputFile { sha256: sha256.clone(), written: Some(written.clone()), ..output });
            }
            for (at, detector) in (0..).zip(&detectors) {
                let mut spread = Spread { occurrences: 40 + at, confidence: 85, ..Spread::default() };
                spread.operators = [("replace".to_owned(), 40 + at)].into();
                spread.columns = columns.iter().map(|c| ((*c).clone(), 11)).collect();
                let at = |n: i64| At { row: n, column: columns[0].replace("[]", "[3]") };
                spread.first = (0..PLACES_OF_A_TEST).map(at).collect();
                places.by_file.entry(file.file.clone()).or_default().insert((*detector).clone(), spread);
            }
        }
        manifest.outputs.push(OutputFile { path: "exports/old.json".into(), ..OutputFile::default() });
        Self { report, manifest, places }
    }

    pub(super) fn finished(&self) -> Finished<'_> {
        Finished::new(&self.report, &self.manifest, &self.places)
    }
}

const PLACES_OF_A_TEST: i64 = 4;

/// What an exporter makes of a run that met a bit of everything.
pub(super) fn shown_as(exporter: &dyn Exporter) -> String {
    exporter.export(&Run::full().finished()).unwrap()
}

/// What is wrong with a text, by the form of its file.
fn wrong(file_name: &str, text: &str) -> Option<String> {
    if let Some(c) = text.chars().find(|c| *c != '\n' && crate::report::shown::is_invisible(*c)) {
        return Some(format!("the character {:x} stands in it", u32::from(c)));
    }
    let json = |text: &str| serde_json::from_str::<Value>(text).err().map(|e| e.to_string());
    match file_name.rsplit_once('.').unwrap().1 {
        "json" | "sarif" => json(text),
        "ndjson" => text.lines().find_map(json),
        "xml" => ill_formed(text),
        "prom" => text.lines().find(|line| !is_prometheus(line)).map(str::to_owned),
        "md" => card(text),
        other => Some(format!("no check for {other}")),
    }
}

/// Whether a line is a comment that Prometheus knows, or a series.
fn is_prometheus(line: &str) -> bool {
    if line.starts_with("# HELP untaint_") || line.starts_with("# TYPE untaint_") {
        return true;
    }
    let name = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let Some((series, value)) = line.rsplit_once(' ') else { return false };
    if value.parse::<f64>().is_err() {
        return false;
    }
    let Some((metric, labels)) = series.split_once('{') else { return name(series) };
    let Some(labels) = labels.strip_suffix('}') else { return false };
    let mut rest = labels;
    while let Some((label, quoted)) = rest.split_once("=\"") {
        let mut escaped = false;
        let ends = quoted.char_indices().find(|(_, c)| {
            let end = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            end
        });
        let Some((end, _)) = ends else { return false };
        if !name(label) {
            return false;
        }
        rest = quoted[end + 1..].trim_start_matches(',');
    }
    name(metric) && rest.is_empty()
}

/// What is wrong with a card: its front matter, or markup that only a name can have brought.
fn card(text: &str) -> Option<String> {
    let (front, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let yaml = |line: &str| line.trim_start().trim_start_matches("- ").chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let bad = front.lines().find(|line| !yaml(line));
    let bad = bad.or_else(|| body.lines().find(|line| line.contains('<') || line.contains("](") || line.contains("www.")));
    bad.map(str::to_owned)
}

/// What is ill-formed in XML without comments, sections and processing instructions.
fn ill_formed(text: &str) -> Option<String> {
    let mut open = Vec::new();
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once('<') {
        if let Some(bad) = bad_text(before) {
            return Some(bad);
        }
        let (tag, after) = behind.split_once('>')?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (inside, closed) = tag.strip_suffix('/').map_or((tag, false), |inside| (inside, true));
        let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut left = attributes.trim();
        while !left.is_empty() {
            let (_, value) = left.split_once("=\"")?;
            let (value, after) = value.split_once('"')?;
            if let Some(bad) = bad_text(value) {
                return Some(bad);
            }
            left = after.trim_start();
        }
        if !closed {
            open.push(name);
        }
    }
    (!open.is_empty() || !rest.trim().is_empty()).then(|| "something is left open".to_owned())
}

fn bad_text(text: &str) -> Option<String> {
    let entity = |rest: &str| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|e| rest.starts_with(e));
    let bare = text.match_indices('&').any(|(at, _)| !entity(&text[at + 1..]));
    (bare || text.contains('>')).then(|| format!("{text:?} is not escaped"))
}

#[test]
fn kinds_and_files_are_told_apart() {
    let kinds: std::collections::BTreeSet<_> = EXPORTERS.iter().map(|e| e.kind()).collect();
    let files: std::collections::BTreeSet<_> = EXPORTERS.iter().map(|e| e.file_name()).collect();
    assert_eq!((kinds.len(), files.len()), (EXPORTERS.len(), EXPORTERS.len()));
    assert!(kinds.iter().all(|k| exporter(k).is_some_and(|e| e.kind() == *k)) && exporter("csv").is_none());
}

#[test]
fn every_form_is_valid_and_bounded_however_long_and_hostile_names_are() {
    let run = Run::endless();
    for exporter in EXPORTERS {
        let text = exporter.export(&run.finished()).unwrap();
        assert_eq!(wrong(exporter.file_name(), &text), None, "{}", exporter.kind());
        assert!(text.len() < 24 << 20, "{}: {} bytes", exporter.kind(), text.len());
    }
}

#[test]
fn an_empty_run_has_every_form() {
    let run = Run::of(Report::default());
    for exporter in EXPORTERS {
        let text = exporter.export(&run.finished()).unwrap();
        assert_eq!(wrong(exporter.file_name(), &text), None, "{}", exporter.kind());
    }
}

#[test]
fn what_was_exported_before_changes_nothing() {
    let mut run = Run::full();
    let before: Vec<String> = EXPORTERS.iter().map(|e| e.export(&run.finished()).unwrap()).collect();
    run.manifest.outputs.retain(|o| !o.path.starts_with(FOLDER));
    let after: Vec<String> = EXPORTERS.iter().map(|e| e.export(&run.finished()).unwrap()).collect();
    assert_eq!(before, after);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn every_form_is_valid_whatever_names_hold(name in "\\PC{0,8}|[\\x00-\\x7f]{0,12}|.{0,20}|[\"'\\\\\n\r\t<>&{}=,|`#:\\-]{0,9}") {
        let mut report = full();
        let file = |n: u64| FileFacts { file: format!("{name}{n}"), format: Some(name.clone()), schema: Some(2), ..report.files[2].clone() };
        report.files = vec![file(0), FileFacts { file: name.clone(), format: Some("csv".into()), ..file(1) }];
        report.schemas.push(vec![name.clone(), "id".into(), name.clone()]);
        let detector = report.pii.by_detector["contact.email"].clone();
        report.pii.by_detector.insert(name.clone(), crate::report::DetectorFacts { name: name.clone(), severity: name.clone(), ..detector });
        report.pii.by_column = [(name.clone(), [(name.clone(), 3)].into())].into();
        report.operators.insert(name.clone(), 7);
        report.labels.insert(name.clone(), report.labels["neutral"]);
        report.columns[0].column.clone_from(&name);
        report.gates.insert(name.clone(), Gate { tripped: true, why: name.clone() });
        report.verdicts.push(VerdictFacts { test: name.clone(), subject: name.clone(), slice: Some(name.clone()), why: name.clone(), ..report.verdicts[0].clone() });
        report.policy.label = Some(name.clone());
        (report.program, report.command) = (name.clone(), if name.len() % 2 == 0 { "clean".into() } else { name.clone() });
        report.timing.started.clone_from(&name);
        report.reasons.push(name.clone());
        let run = Run::of(report);
        for exporter in EXPORTERS {
            let text = exporter.export(&run.finished()).unwrap();
            prop_assert_eq!(wrong(exporter.file_name(), &text), None, "{}", exporter.kind());
        }
    }
}
