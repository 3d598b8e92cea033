//! `openlineage.ndjson`: two OpenLineage run events (spec 2-0-2), START and COMPLETE or FAIL, one JSON document a line.
//!
//! The paths of a report are relative, so the names of datasets are: inputs stand in the namespace `untaint.input.NAME`, the
//! files of OUT in `untaint.output.NAME`, NAME being that of OUT. A gate that tripped makes the run FAIL, whose data is there all the same.

use super::data::DataFile;
use super::words::{json_line, name, run_id, sentence, time};
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::{FileFacts, InputFile, bounded};
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Files that are listed, each as an input and as an output.
const FILES: usize = 1000;
/// Columns that are listed, over all files.
const COLUMNS: usize = 20_000;
/// Columns with their quality, and with what was found in them.
const MEASURED: usize = 1000;

const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
/// Of columns and files of the run.
const INPUT: &str = "untaint.input";
const OUTPUT: &str = "untaint.output";

/// OpenLineage events.
pub(super) struct OpenLineage;

impl Exporter for OpenLineage {
    fn kind(&self) -> &'static str {
        "openlineage"
    }

    fn file_name(&self) -> &'static str {
        "openlineage.ndjson"
    }

    fn purpose(&self) -> &'static str {
        "OpenLineage events: START and COMPLETE or FAIL, with column lineage and quality"
    }

    fn wants_places(&self) -> bool {
        true
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let (left, schemas_left_out) = (Cell::new(COLUMNS), Cell::new(0));
        let lineage = Lineage { finished, producer: producer(finished), left, schemas_left_out };
        let tripped: Vec<String> =
            finished.report.gates.iter().filter(|(_, g)| g.tripped).take(20).map(|(n, g)| format!("{n}: {}", g.why)).collect();
        let ended = if tripped.is_empty() { "COMPLETE" } else { "FAIL" };
        let started = lineage.event("START", &finished.report.timing.started, &json!({}), (&lineage.inputs(false), &[]));
        let (outputs, inputs) = (lineage.outputs(), lineage.inputs(true));
        let facets = lineage.run_facets(&tripped);
        let ended = lineage.event(ended, &finished.manifest.finished, &facets, (&inputs, &outputs));
        Ok(json_line(&started)? + &json_line(&ended)?)
    }
}

/// A URI for who says so.
fn producer(finished: &Finished<'_>) -> String {
    format!("urn:untaint:{}", super::words::uri(finished.version()))
}

/// The schema of a facet of the specification.
fn facet(version: &str, facet: &str) -> String {
    format!("https://openlineage.io/spec/facets/{version}/{facet}.json#/$defs/{facet}")
}

struct Lineage<'a> {
    finished: &'a Finished<'a>,
    producer: String,
    /// Columns that may still be listed.
    left: Cell<usize>,
    /// Inputs and outputs whose columns are not listed for want of room.
    schemas_left_out: Cell<u64>,
}

impl Lineage<'_> {
    fn event(&self, kind: &str, at: &str, run_facets: &Value, (inputs, outputs): (&[Value], &[Value])) -> Value {
        let command = sentence(&self.finished.report.command);
        json!({
            "eventType": kind,
            "eventTime": time(at),
            "producer": self.producer,
            "schemaURL": SCHEMA,
            "run": {"runId": run_id(self.finished), "facets": run_facets},
            "job": {"namespace": "untaint", "name": format!("{command}.{}", sentence(self.finished.dataset)), "facets": {
                "jobType": self.with_schema(&facet("2-0-4", "JobTypeJobFacet"), json!({
                    "processingType": "BATCH", "integration": "UNTAINT", "jobType": "JOB",
                })),
                "documentation": self.with_schema(&facet("1-1-0", "DocumentationJobFacet"), json!({
                    "description": "Masks personal data and secrets, withholds rows that look planted, and accounts for every row.",
                })),
            }},
            "inputs": inputs,
            "outputs": outputs,
        })
    }

    /// Paths are relative, so two runs on other data would have the same names: the folder that a run wrote tells them apart.
    fn namespace(&self, side: &str) -> String {
        format!("{side}.{}", self.finished.dataset)
    }

    fn with_schema(&self, schema: &str, mut facet: Value) -> Value {
        if let Some(facet) = facet.as_object_mut() {
            facet.insert("_producer".into(), self.producer.as_str().into());
            facet.insert("_schemaURL".into(), schema.into());
        }
        facet
    }

    /// A facet of our own: what the specification has no word for.
    fn own(&self, name: &str, facet: Value) -> Value {
        self.with_schema(&format!("urn:untaint:openlineage:1#/$defs/{name}"), facet)
    }

    fn run_facets(&self, tripped: &[String]) -> Value {
        let report = self.finished.report;
        let version = sentence(self.finished.version());
        let mut facets = json!({
            "processing_engine": self.with_schema(&facet("1-1-1", "ProcessingEngineRunFacet"), json!({
                "name": "untaint", "version": version,
            })),
            "untaint_ledger": self.own("LedgerRunFacet", json!({
                "rowsRead": report.rows.read,
                "rowsClean": report.rows.clean,
                "rowsQuarantined": report.rows.quarantined,
                "rowsRejected": report.rows.rejected,
                "verdict": report.verdict,
            })),
            "untaint_extent": self.own("ExtentRunFacet", json!({
                "inputsLeftOut": self.finished.manifest.inputs.len().saturating_sub(FILES),
                "outputsLeftOut": if self.finished.is_cleaned() { self.finished.data().len().saturating_sub(FILES) } else { 0 },
                "schemasLeftOut": self.schemas_left_out.get(),
                "columnsLeftOut": self.columns_left_out(),
                "findingsLeftOut": self.findings_left_out(),
            })),
            "untaint_findings": self.own("FindingsRunFacet", json!({
                "byDetector": report.pii.by_detector.iter().take(MEASURED).map(|(id, d)| {
                    json!({"detector": name(id), "severity": sentence(&d.severity), "occurrences": d.occurrences, "rows": d.rows})
                }).collect::<Vec<_>>(),
                "detectorsLeftOut": report.pii.by_detector.len().saturating_sub(MEASURED),
                "poisoningVerdicts": report.verdicts.len(),
            })),
        });
        if let (Some(facets), false) = (facets.as_object_mut(), tripped.is_empty()) {
            let message = sentence(&format!("a gate tripped: {}", tripped.join("; ")));
            let facet = facet("1-0-1", "ErrorMessageRunFacet");
            let message = json!({"message": message, "programmingLanguage": "Rust"});
            facets.insert("errorMessage".into(), self.with_schema(&facet, message));
        }
        facets
    }

    /// The inputs; once the run ended, with how many rows were read.
    fn inputs(&self, ended: bool) -> Vec<Value> {
        let manifest = self.finished.manifest;
        let files = self.finished.by_file();
        let input = |input: &InputFile| {
            let mut facets = Map::new();
            let facts = files.get(&*bounded(&input.file)).and_then(|about| about.facts);
            if let Some(columns) = facts.filter(|_| ended).and_then(|f| self.columns(f)) {
                facets.insert("schema".into(), self.schema(columns));
            }
            if ended {
                let version = facet("1-0-1", "DatasetVersionDatasetFacet");
                let version = self.with_schema(&version, json!({"datasetVersion": name(&input.sha256)}));
                facets.insert("version".into(), version);
            }
            let mut dataset = json!({"namespace": self.namespace(INPUT), "name": name(&input.file), "facets": facets});
            if let (Some(dataset), true) = (dataset.as_object_mut(), ended) {
                let read = json!({"rowCount": input.rows, "size": input.bytes, "fileCount": 1});
                let read = self.with_schema(&facet("1-0-0", "InputStatisticsInputDatasetFacet"), read);
                dataset.insert("inputFacets".into(), json!({"inputStatistics": read}));
            }
            dataset
        };
        manifest.inputs.iter().take(FILES).map(input).collect()
    }

    /// The columns of a file, as long as there is room for more.
    fn columns(&self, facts: &FileFacts) -> Option<&[String]> {
        let columns = self.finished.columns_of(facts)?;
        if let Some(left) = self.left.get().checked_sub(columns.len()) {
            self.left.set(left);
            return Some(columns);
        }
        self.schemas_left_out.set(self.schemas_left_out.get() + 1);
        None
    }

    fn schema(&self, columns: &[String]) -> Value {
        let fields: Vec<Value> = columns.iter().map(|c| json!({"name": name(c)})).collect();
        self.with_schema(&facet("1-2-0", "SchemaDatasetFacet"), json!({"fields": fields}))
    }

    /// The cleaned files, and one dataset for all of them together, which has what is known of columns over files.
    fn outputs(&self) -> Vec<Value> {
        if !self.finished.is_cleaned() {
            return Vec::new();
        }
        let data = self.finished.data();
        let mut outputs = vec![self.whole(&data)];
        outputs.extend(data.iter().take(FILES).map(|file| self.output(file)));
        outputs
    }

    /// Columns without their quality, at least: a report keeps so many itself.
    fn columns_left_out(&self) -> usize {
        let report = self.finished.report;
        let all: BTreeSet<&String> = report.schemas.iter().flatten().collect();
        all.len().max(report.columns.len()).saturating_sub(report.columns.len().min(MEASURED))
    }

    /// Findings whose file, type or column is not known here.
    fn findings_left_out(&self) -> u64 {
        let places = self.finished.places;
        let of_columns = places.by_file.values().flat_map(BTreeMap::values).map(|spread| spread.columns_left_out);
        of_columns.fold(places.left_out, u64::saturating_add)
    }

    fn whole(&self, data: &[DataFile<'_>]) -> Value {
        let report = self.finished.report;
        let measured = report.columns.iter().take(MEASURED).map(|c| {
            let missing = c.nulls.saturating_add(c.empty).min(c.cells);
            let mut metrics = json!({"nullCount": missing, "count": c.cells.saturating_sub(missing)});
            if let (Some(metrics), Some(distinct)) = (metrics.as_object_mut(), c.distinct) {
                metrics.insert("distinctCount".into(), distinct.into());
            }
            (name(&c.column), metrics)
        });
        let metrics = json!({
            "rowCount": report.rows.read.saturating_sub(report.rows.rejected),
            "bytes": report.bytes.clean,
            "fileCount": data.len(),
            "columnMetrics": measured.collect::<Map<_, _>>(),
        });
        json!({
            "namespace": self.namespace(OUTPUT),
            "name": "clean",
            "facets": {
                "dataQualityMetrics": self.with_schema(&facet("1-0-0", "DataQualityMetricsDatasetFacet"), metrics),
            },
            "outputFacets": {"outputStatistics": self.statistics(report.rows.clean, report.bytes.clean, data.len())},
        })
    }

    fn statistics(&self, rows: u64, bytes: u64, files: usize) -> Value {
        let statistics = json!({"rowCount": rows, "size": bytes, "fileCount": files});
        self.with_schema(&facet("1-0-2", "OutputStatisticsOutputDatasetFacet"), statistics)
    }

    fn output(&self, file: &DataFile<'_>) -> Value {
        let mut facets = Map::new();
        if let Some(columns) = self.columns(file.facts) {
            facets.insert("schema".into(), self.schema(columns));
            facets.insert("columnLineage".into(), self.lineage(file, columns));
        }
        let version =
            self.with_schema(&facet("1-0-1", "DatasetVersionDatasetFacet"), json!({"datasetVersion": name(file.sha256)}));
        facets.insert("version".into(), version);
        json!({
            "namespace": self.namespace(OUTPUT),
            "name": name(file.path),
            "facets": facets,
            "outputFacets": {"outputStatistics": self.statistics(file.rows, file.bytes, 1)},
        })
    }

    /// Each column comes from the input's of its name: as it was, or masked where something was found in it. Where not all
    /// findings of the file are known here, a column without one is not said to be as it was.
    fn lineage(&self, file: &DataFile<'_>, columns: &[String]) -> Value {
        let mut masked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let places = self.finished.places;
        let file_name = bounded(&file.facts.file);
        let mut is_cut = places.cut.contains(&*file_name);
        for (id, spread) in places.by_file.get(&*file_name).into_iter().flatten() {
            is_cut |= spread.columns_left_out > 0;
            if spread.operators.keys().all(|operator| operator == "keep") {
                continue;
            }
            for column in spread.columns.keys() {
                masked.entry(column).or_default().insert(id);
            }
        }
        let field = |column: &String| {
            let transformations = match masked.get(&*bounded(column)) {
                None if is_cut => Vec::new(),
                None => vec![json!({"type": "DIRECT", "subtype": "IDENTITY", "masking": false, "description": ""})],
                Some(ids) => {
                    let ids: Vec<&str> = ids.iter().copied().collect();
                    let what = sentence(&format!("masked: {}", ids.join(", ")));
                    vec![json!({"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": true, "description": what})]
                }
            };
            let from = json!({
                "namespace": self.namespace(INPUT),
                "name": name(&file.facts.file),
                "field": name(column),
                "transformations": transformations,
            });
            (name(column), json!({"inputFields": [from]}))
        };
        let fields: Map<String, Value> = columns.iter().map(field).collect();
        self.with_schema(&facet("1-2-0", "ColumnLineageDatasetFacet"), json!({"fields": fields}))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Run, shown_as};
    use super::*;

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&OpenLineage));
    }

    #[test]
    fn a_run_is_one_run_and_another_is_another() {
        let mut run = Run::full();
        let ids = |run: &Run| -> Vec<String> {
            let text = OpenLineage.export(&run.finished()).unwrap();
            let event = |line: &str| serde_json::from_str::<Value>(line).unwrap()["run"]["runId"].to_string();
            text.lines().map(event).collect()
        };
        let first = ids(&run);
        assert!(first.len() == 2 && first[0] == first[1]);
        run.report.timing.started = "2026-11-21T16:00:00Z".into();
        assert_ne!(ids(&run), first);
    }

    #[test]
    fn without_a_gate_that_tripped_it_is_complete() {
        let mut run = Run::full();
        run.report.gates.clear();
        let text = OpenLineage.export(&run.finished()).unwrap();
        assert!(text.contains(r#""eventType":"COMPLETE""#) && !text.contains("errorMessage"));
    }
}
