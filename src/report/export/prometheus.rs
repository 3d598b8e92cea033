//! `untaint.prom`: gauges of the run in Prometheus' text format, for the node exporter's textfile collector.

use super::words::milliseconds;
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::shown_up_to;
use std::fmt::Write as _;

/// Series of one metric; a label of hostile data could make as many as there are rows.
const SERIES: usize = 200;
/// Characters of a label's value.
const LABEL: usize = 200;

/// Prometheus text format.
pub(super) struct Prometheus;

impl Exporter for Prometheus {
    fn kind(&self) -> &'static str {
        "prometheus"
    }

    fn file_name(&self) -> &'static str {
        "untaint.prom"
    }

    fn purpose(&self) -> &'static str {
        "Prometheus text format: gauges for the textfile collector"
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let report = finished.report;
        // A collector refuses a series that two files have: the folder that the run wrote tells them apart.
        let mut page = Page { dataset: escaped(finished.dataset), ..Page::default() };
        let about = [("version", finished.version()), ("command", report.command.as_str()), ("verdict", report.verdict.name())];
        page.metric("untaint_run_info", "What ran and how it ended.", [(about, 1.0)]);
        let seconds = |at: &str| milliseconds(at) as f64 / 1000.0;
        page.one("untaint_run_start_timestamp_seconds", "When the run began, since 1970.", seconds(&report.timing.started));
        page.one("untaint_run_end_timestamp_seconds", "When the run ended, since 1970.", seconds(&finished.manifest.finished));
        page.one("untaint_run_duration_seconds", "How long the run took.", report.timing.seconds);
        page.one("untaint_run_failed", "Whether a gate tripped.", f64::from(u8::from(report.gates.values().any(|g| g.tripped))));
        let rows = report.rows;
        let rows = [("clean", rows.clean), ("quarantined", rows.quarantined), ("rejected", rows.rejected)];
        page.metric("untaint_rows", "Records read, by what became of them.", rows.map(|(fate, n)| ([("fate", fate)], n as f64)));
        let looked_at = report.sampled.unwrap_or(report.rows.read.saturating_sub(report.rows.rejected));
        page.one("untaint_rows_looked_at", "Records that were searched: fewer than were read in a sample.", looked_at as f64);
        let statuses = ["complete", "partial", "skipped", "ignored"].map(|status| {
            let files = report.files.iter().filter(|f| f.status.name() == status).count();
            ([("status", status)], files as f64)
        });
        page.metric("untaint_files", "Input files, by what became of them.", statuses);
        page.one("untaint_input_bytes", "Size of the inputs as they are stored.", report.bytes.stored as f64);
        page.one("untaint_read_bytes", "Size of the inputs after decompression.", report.bytes.read as f64);
        let written =
            [("clean", report.bytes.clean), ("quarantine", report.bytes.quarantined), ("rejected", report.bytes.rejected)];
        page.metric("untaint_output_bytes", "Size of the data written.", written.map(|(f, n)| ([("folder", f)], n as f64)));
        let detectors = report.pii.by_detector.iter();
        let found =
            |n: u64, id: &'_ str, severity: &'_ str| ([("detector", id.to_owned()), ("severity", severity.to_owned())], n as f64);
        let occurrences = detectors.clone().map(|(id, d)| found(d.occurrences, id, &d.severity));
        page.metric("untaint_findings", "Occurrences of personal data and secrets.", occurrences);
        let rows = detectors.map(|(id, d)| found(d.rows, id, &d.severity));
        page.metric("untaint_finding_rows", "Records with at least one occurrence.", rows);
        let operators = report.operators.iter().map(|(operator, n)| ([("operator", operator.as_str())], *n as f64));
        page.metric("untaint_masked", "Occurrences, by the operator that was used or would be.", operators);
        let mut verdicts = std::collections::BTreeMap::new();
        for v in &report.verdicts {
            *verdicts.entry((v.test.as_str(), crate::report::fate_name(v.fate))).or_insert(0u64) += 1;
        }
        let verdicts = verdicts.into_iter().map(|((test, fate), n)| ([("test", test), ("fate", fate)], n as f64));
        page.metric("untaint_verdicts", "Signs of poisoning that survived error control.", verdicts);
        let gates = report.gates.iter().map(|(gate, g)| ([("gate", gate.as_str())], f64::from(u8::from(g.tripped))));
        page.metric("untaint_gate_tripped", "Whether a gate tripped.", gates);
        let labels = report.labels.iter().flat_map(|(label, n)| {
            let of = |when: &'static str, n: u64| ([("label", label.as_str()), ("when", when)], n as f64);
            [of("before", n.before), of("after", n.after)]
        });
        page.metric("untaint_label_rows", "Records of a label, before and after cleaning.", labels);
        page.one("untaint_memory_peak_bytes", "Most memory that was resident.", report.memory.peak_bytes as f64);
        page.one("untaint_memory_cap_bytes", "Memory that was allowed.", report.memory.cap_bytes as f64);
        let left = page.left_out;
        page.one("untaint_export_series_left_out", "Series that this file leaves out for its length.", left as f64);
        Ok(page.text)
    }
}

#[derive(Default)]
struct Page {
    text: String,
    /// The value of the label that every series has.
    dataset: String,
    left_out: u64,
}

impl Page {
    fn one(&mut self, name: &str, help: &str, value: f64) {
        self.metric::<&str, 0>(name, help, [([], value)]);
    }

    /// A gauge with its series; nothing where there are none.
    fn metric<V: AsRef<str>, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = ([(&'static str, V); N], f64)>,
    ) {
        let mut seen = std::collections::BTreeSet::new();
        for (labels, value) in series {
            let labels: Vec<String> = labels.iter().map(|(n, v)| format!("{n}=\"{}\"", escaped(v.as_ref()))).collect();
            let labels = [vec![format!("dataset=\"{}\"", self.dataset)], labels].concat();
            let labels = format!("{{{}}}", labels.join(","));
            // Two names that are cut to one would be one series twice, which makes the whole file wrong.
            if seen.len() >= SERIES || seen.contains(&labels) {
                self.left_out += 1;
                continue;
            }
            if seen.is_empty() {
                let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
            }
            let value = if value.is_finite() { value } else { 0.0 };
            let _ = writeln!(self.text, "{name}{labels} {value}");
            seen.insert(labels);
        }
    }
}

/// A label's value: backslash, quote and line end are escaped, everything else that cannot be seen is written out.
fn escaped(value: &str) -> String {
    shown_up_to(value, LABEL).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Run, shown_as};
    use super::*;

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&Prometheus));
    }

    #[test]
    fn no_series_stands_twice() {
        let mut run = Run::full();
        for end in ["a", "b"] {
            run.report.labels.insert("x".repeat(500) + end, crate::report::LabelFacts::default());
        }
        let text = Prometheus.export(&run.finished()).unwrap();
        let lines: std::collections::BTreeSet<&str> = text.lines().collect();
        assert_eq!(lines.len(), text.lines().count());
        assert!(text.contains("untaint_export_series_left_out{dataset=\"cleaned\"} 2\n"), "{text}");
    }
}
