//! The rows of the page's tables: every name and number already text, the worst first.

use super::plots::{PlotView, plot};
use super::view::{Caps, Cut, Pair};
use crate::batch::Fate;
use crate::report::shown::{bytes, count, counted, number, percent, shown_up_to};
use crate::report::{ColumnFacts, DetectorFacts, LabelFacts, Report, TestState, fate_name, ranked};
use serde::Serialize;

/// Height of one label in the chart, in pixels.
pub(super) const LABEL_HEIGHT: usize = 58;
/// Share of the chart's width that the longest bar takes; the rest is for its number.
const BAR_PERCENT: f64 = 72.0;

#[derive(Serialize)]
pub(super) struct DetectorView {
    id: String,
    name: String,
    severity: String,
    occurrences: String,
    rows: String,
    operators: String,
    allowed: String,
}

#[derive(Serialize)]
pub(super) struct InColumnView {
    column: String,
    detector: String,
    severity: String,
    occurrences: String,
    operators: String,
    shapes: Vec<String>,
}

/// Shapes of a column and type that are shown.
const SHAPES: usize = 3;

#[derive(Serialize)]
pub(super) struct LabelView {
    label: String,
    short: String,
    before: String,
    after: String,
    change: String,
    before_share: String,
    after_share: String,
    before_width: String,
    after_width: String,
    y: usize,
}

#[derive(Serialize)]
pub(super) struct VerdictView {
    test: String,
    subject: String,
    slice: String,
    fate: &'static str,
    fate_words: &'static str,
    why: String,
    facts: Vec<Pair>,
    plot: Option<PlotView>,
}

#[derive(Serialize)]
pub(super) struct TestView {
    test: String,
    ran: bool,
    state: &'static str,
    why: String,
    hypotheses: String,
    smallest: String,
}

#[derive(Serialize)]
pub(super) struct ColumnView {
    column: String,
    cells: String,
    filled: String,
    kind: String,
    distinct: String,
    unique: String,
    length: String,
}

#[derive(Serialize)]
pub(super) struct FileView {
    file: String,
    status: &'static str,
    reason: String,
    format: String,
    /// The first digits of its SHA-256.
    sha256: String,
    bytes: String,
    read: String,
    clean: String,
    quarantined: String,
    rejected: String,
}

fn operators_of(report: &Report, id: &str, caps: Caps) -> String {
    let Some(facts) = report.pii.by_detector.get(id) else { return "–".to_owned() };
    let names: Vec<_> = facts.operators.keys().take(4).map(|o| shown_up_to(o, caps.name.min(40))).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

pub(super) fn detectors(report: &Report, caps: Caps) -> Cut<DetectorView> {
    let mut all = ranked::detectors(report);
    // What the allow list let through everywhere stands last.
    let nothing = DetectorFacts::default();
    all.extend(report.allowed.keys().filter(|id| !report.pii.by_detector.contains_key(*id)).map(|id| (id.as_str(), &nothing)));
    Cut::new(all.into_iter(), caps.rows, ("type", "types"), |(id, facts)| DetectorView {
        id: shown_up_to(id, caps.name),
        name: shown_up_to(&facts.name, caps.name),
        severity: shown_up_to(&facts.severity, 20),
        occurrences: count(facts.occurrences),
        rows: count(facts.rows),
        operators: operators_of(report, id, caps),
        allowed: report.allowed.get(id).map_or_else(|| "–".to_owned(), |&n| count(n)),
    })
}

pub(super) fn in_columns(report: &Report, caps: Caps) -> Cut<InColumnView> {
    Cut::new(ranked::in_columns(report).into_iter(), caps.rows, ("pair", "pairs"), |(column, id, n)| InColumnView {
        column: shown_up_to(column, caps.name),
        detector: shown_up_to(id, caps.name),
        severity: report.pii.by_detector.get(id).map_or_else(String::new, |f| shown_up_to(&f.severity, 20)),
        occurrences: count(n),
        operators: operators_of(report, id, caps),
        shapes: shapes(report, column, id),
    })
}

/// What values of a type look like in a column, the most frequent first.
fn shapes(report: &Report, column: &str, id: &str) -> Vec<String> {
    let Some(shapes) = report.pii.shapes.get(column).and_then(|of| of.get(id)) else { return Vec::new() };
    let all: u64 = shapes.values().sum();
    let mut ranked: Vec<(&String, u64)> = shapes.iter().map(|(shape, n)| (shape, *n)).collect();
    ranked.sort_by_key(|(shape, n)| (std::cmp::Reverse(*n), *shape));
    let shown = |(shape, n): (&String, u64)| match shapes.len() {
        1 => shown_up_to(shape, 40),
        _ => format!("{} {}", shown_up_to(shape, 40), percent(n, all)),
    };
    ranked.into_iter().take(SHAPES).map(shown).collect()
}

pub(super) fn label_views(report: &Report, labels: &[(&str, LabelFacts)], caps: Caps) -> Cut<LabelView> {
    let longest = labels.first().map_or(1, |(_, f)| f.before.max(f.after)).max(1) as f64;
    let total = |of: fn(&LabelFacts) -> u64| report.labels.values().fold(0u64, |sum, f| sum.saturating_add(of(f)));
    let (before, after) = (total(|f| f.before), total(|f| f.after));
    Cut::new(labels.iter().enumerate(), caps.labels, ("label", "labels"), |(i, (label, facts))| {
        let lost = facts.before.saturating_sub(facts.after);
        LabelView {
            label: shown_up_to(label, caps.name),
            short: shown_up_to(label, 40),
            before: count(facts.before),
            after: count(facts.after),
            change: if facts.after > facts.before {
                format!("+{}", count(facts.after - facts.before))
            } else if lost > 0 {
                format!("−{}", count(lost))
            } else {
                "0".to_owned()
            },
            before_share: percent(facts.before, before),
            after_share: percent(facts.after, after),
            before_width: format!("{:.2}", facts.before as f64 * BAR_PERCENT / longest),
            after_width: format!("{:.2}", facts.after as f64 * BAR_PERCENT / longest),
            y: i * LABEL_HEIGHT,
        }
    })
}

pub(super) fn verdicts(report: &Report, caps: Caps) -> Cut<VerdictView> {
    let mut plots = 0;
    Cut::new(ranked::verdicts(report).into_iter(), caps.verdicts, ("suspicion", "suspicions"), |v| {
        let drawn = v.evidence.as_ref().filter(|evidence| plots < caps.plots && !evidence.points.is_empty());
        plots += usize::from(drawn.is_some());
        let mut facts = vec![Pair { name: "rows".to_owned(), value: count(v.rows) }];
        for (name, value) in [("effect", v.effect), ("q", v.q_value), ("p", v.p_value), ("statistic", v.statistic)] {
            if value.is_some() {
                facts.push(Pair { name: name.to_owned(), value: number(value) });
            }
        }
        VerdictView {
            test: shown_up_to(&v.test, caps.name),
            subject: shown_up_to(&v.subject, caps.name),
            slice: v.slice.as_deref().map_or_else(String::new, |s| shown_up_to(s, caps.name)),
            fate: fate_name(v.fate),
            fate_words: match v.fate {
                Fate::Quarantine => "rows withheld",
                Fate::Review => "to review",
                Fate::Report => "for information",
            },
            why: shown_up_to(&v.why, caps.text),
            facts,
            plot: drawn.map(|evidence| plot(evidence, &v.subject, caps)),
        }
    })
}

pub(super) fn tests(report: &Report, caps: Caps) -> Cut<TestView> {
    Cut::new(report.tests.iter(), caps.rows.min(60), ("test", "tests"), |t| TestView {
        test: shown_up_to(&t.test, caps.name),
        ran: t.state == TestState::Ran,
        state: t.state.name(),
        why: t.why.as_deref().map_or_else(String::new, |w| shown_up_to(w, caps.text)),
        hypotheses: count(t.hypotheses),
        smallest: match t.smallest_visible {
            Some(n) if n > report.rows.read => "more than all rows".to_owned(),
            Some(n) => counted(n, "row", "rows"),
            None => "–".to_owned(),
        },
    })
}

pub(super) fn duplicates(report: &Report) -> Vec<Pair> {
    let Some(d) = report.duplicates else { return Vec::new() };
    let pair = |name: &str, groups, rows, what: &str| Pair {
        name: name.to_owned(),
        value: format!("{} {what} in {}", count(rows), counted(groups, "group", "groups")),
    };
    vec![
        pair("rows with the same text", d.exact_groups, d.exact_rows, "repeats"),
        pair("rows with the same text and different labels", d.conflicting_groups, d.conflicting_rows, "rows"),
    ]
}

/// Cells that hold something.
fn filled(c: &ColumnFacts) -> u64 {
    c.cells.saturating_sub(c.nulls).saturating_sub(c.empty)
}

/// What the cells are, and the share of those that are so, where not all are: the others are what a reader trips over.
fn kind(c: &ColumnFacts) -> String {
    let (numbers, filled) = (c.numbers.min(filled(c)), filled(c));
    // One in twenty may differ; then it is of both kinds.
    match numbers {
        _ if filled == 0 => "–".to_owned(),
        0 => "texts".to_owned(),
        n if n == filled => "numbers".to_owned(),
        n if n.saturating_mul(20) >= filled.saturating_mul(19) => format!("{} numbers", percent(n, filled)),
        n if n.saturating_mul(20) <= filled => format!("{} texts", percent(filled - n, filled)),
        n => format!("{} numbers, {} texts", percent(n, filled), percent(filled - n, filled)),
    }
}

pub(super) fn columns(report: &Report, caps: Caps) -> Cut<ColumnView> {
    let dash = || "–".to_owned();
    Cut::new(report.columns.iter(), caps.rows, ("column", "columns"), |c| ColumnView {
        column: shown_up_to(&c.column, caps.name),
        cells: count(c.cells),
        filled: percent(filled(c), c.cells),
        kind: kind(c),
        distinct: c.distinct.map_or_else(dash, count),
        unique: c.distinct.filter(|_| filled(c) > 0).map_or_else(dash, |n| percent(n.min(filled(c)), filled(c))),
        length: match (c.length_min, c.length_max) {
            (Some(min), Some(max)) if min == max => count(min),
            (Some(min), Some(max)) => format!("{} to {}", count(min), count(max)),
            _ => dash(),
        },
    })
}

pub(super) fn files(report: &Report, caps: Caps) -> Cut<FileView> {
    Cut::new(ranked::files(report).into_iter(), caps.rows, ("file", "files"), |f| FileView {
        file: shown_up_to(&f.file, caps.name),
        status: f.status.name(),
        reason: f.reason.as_deref().map_or_else(String::new, |r| shown_up_to(r, caps.name)),
        format: f.format.as_deref().map_or_else(|| "–".to_owned(), |r| shown_up_to(r, 20)),
        sha256: f.sha256.as_deref().map_or_else(String::new, |digest| shown_up_to(digest, 16)),
        bytes: bytes(f.bytes),
        read: count(f.rows.read),
        clean: count(f.rows.clean),
        quarantined: count(f.rows.quarantined),
        rejected: count(f.rows.rejected),
    })
}
