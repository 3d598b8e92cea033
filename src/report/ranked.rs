//! The order in which people read facts: what is worst comes first. Every order is total, so that bytes are the same.

use super::Report;
use super::sections::{DetectorFacts, FileFacts, LabelFacts, VerdictFacts};
use std::cmp::{Ordering, Reverse};

/// Severities from harmless to critical; an unknown one stands below all.
fn severity(name: &str) -> u8 {
    match name {
        "critical" => 4,
        "high" => 3,
        "medium" => 2,
        "low" => 1,
        _ => 0,
    }
}

/// Detectors that found something: by severity, then occurrences, then id.
pub(super) fn detectors(report: &Report) -> Vec<(&str, &DetectorFacts)> {
    let mut all: Vec<_> = report.pii.by_detector.iter().map(|(id, facts)| (id.as_str(), facts)).collect();
    all.sort_by_key(|(id, facts)| (Reverse(severity(&facts.severity)), Reverse(facts.occurrences), *id));
    all
}

/// A finding by column: column, detector id, occurrences.
pub(super) type InColumn<'a> = (&'a str, &'a str, u64);

/// Findings by column and detector: by severity, then occurrences, then names.
pub(super) fn in_columns(report: &Report) -> Vec<InColumn<'_>> {
    let rank = |id: &str| report.pii.by_detector.get(id).map_or(0, |facts| severity(&facts.severity));
    let mut all: Vec<_> = report
        .pii
        .by_column
        .iter()
        .flat_map(|(column, ids)| ids.iter().map(move |(id, &n)| (column.as_str(), id.as_str(), n)))
        .collect();
    all.sort_by_key(|&(column, id, n)| (Reverse(rank(id)), Reverse(n), column, id));
    all
}

/// Verdicts from the most alarming: by fate, then q-value, p-value, rows.
pub(super) fn verdicts(report: &Report) -> Vec<&VerdictFacts> {
    let by = |a: Option<f64>, b: Option<f64>| -> Ordering { a.unwrap_or(1.0).total_cmp(&b.unwrap_or(1.0)) };
    let mut all: Vec<_> = report.verdicts.iter().collect();
    all.sort_by(|a, b| {
        b.fate
            .cmp(&a.fate)
            .then_with(|| by(a.q_value, b.q_value))
            .then_with(|| by(a.p_value, b.p_value))
            .then_with(|| b.rows.cmp(&a.rows))
            .then_with(|| (&a.test, &a.subject).cmp(&(&b.test, &b.subject)))
    });
    all
}

/// Labels from the most frequent, then by name.
pub(super) fn labels(report: &Report) -> Vec<(&str, LabelFacts)> {
    let mut all: Vec<_> = report.labels.iter().map(|(label, facts)| (label.as_str(), *facts)).collect();
    all.sort_by_key(|(label, facts)| (Reverse(facts.before.max(facts.after)), *label));
    all
}

/// Files: those not read whole first, then by path.
pub(super) fn files(report: &Report) -> Vec<&FileFacts> {
    let mut all: Vec<_> = report.files.iter().collect();
    all.sort_by_key(|f| (f.status, f.file.as_str()));
    all
}
