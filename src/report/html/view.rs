//! What the page shows: the report cut to length, in reading order, every name and number already text.

use super::bias::{BiasView, bias};
use super::changes::{ChangesView, changes};
use super::decisions::{DecisionView, decisions};
use super::recall::{RecallView, recall};
use super::risk::{RiskView, risk};
use super::tables::{
    ColumnView, DetectorView, FileView, InColumnView, LABEL_HEIGHT, LabelView, TestView, VerdictView, columns, detectors,
    duplicates, files, in_columns, label_views, tests, verdicts,
};
use crate::report::shown::{bytes, count, counted, number, percent, shown_up_to};
use crate::report::{Outcome, Report, ranked};
use serde::Serialize;

/// How much of long lists is shown.
#[derive(Clone, Copy)]
pub(super) struct Caps {
    /// Rows of a table.
    pub(super) rows: usize,
    /// Verdicts, which are paragraphs.
    pub(super) verdicts: usize,
    /// Verdicts with a chart, and the shares in a chart.
    pub(super) plots: usize,
    pub(super) points: usize,
    /// Labels in chart and table.
    pub(super) labels: usize,
    /// Characters of a name.
    pub(super) name: usize,
    /// Characters of a sentence.
    pub(super) text: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { rows: 200, verdicts: 60, plots: 24, points: 60, labels: 24, name: crate::report::NAME_CHARS, text: 600 }
    }
}

impl Caps {
    /// Half of everything but names; nothing once lists are as short as they may get.
    pub(super) fn halved(self) -> Option<Self> {
        (self.rows > 10).then_some(Self {
            rows: self.rows / 2,
            verdicts: self.verdicts.div_ceil(2),
            plots: self.plots / 2,
            points: self.points.div_ceil(2).max(8),
            labels: self.labels.div_ceil(2),
            name: self.name.min(80),
            text: (self.text / 2).max(120),
        })
    }
}

/// The beginning of a list and how many entries are not shown.
#[derive(Serialize)]
pub(super) struct Cut<T> {
    shown: Vec<T>,
    /// `and 9,850 more columns`; nothing where all are shown.
    left: Option<String>,
}

impl<T> Cut<T> {
    pub(super) fn new<S>(
        all: impl ExactSizeIterator<Item = S>,
        cap: usize,
        nouns: (&str, &str),
        show: impl FnMut(S) -> T,
    ) -> Self {
        let left = all.len().saturating_sub(cap) as u64;
        Self::with_left(all.take(cap).map(show), left, nouns)
    }

    /// Of a list that was cut before.
    pub(super) fn with_left(shown: impl Iterator<Item = T>, left: u64, nouns: (&str, &str)) -> Self {
        let left = (left > 0).then(|| format!("{} more {}", count(left), if left == 1 { nouns.0 } else { nouns.1 }));
        Self { shown: shown.collect(), left }
    }
}

/// A name and what is said of it; the pairs that most small tables are made of.
#[derive(Serialize)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Serialize)]
struct GateView {
    name: String,
    tripped: bool,
    why: String,
}

#[derive(Serialize)]
struct Ledger {
    name: &'static str,
    class: &'static str,
    rows: String,
    share: String,
    /// Place and width in the bar, in percent.
    start: String,
    width: String,
}

/// Everything the template needs.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is one question the template asks")]
pub(super) struct View {
    style: &'static str,
    title: String,
    outcome: &'static str,
    headline: &'static str,
    lead: String,
    scan: bool,
    reasons: Cut<String>,
    gates: Cut<GateView>,
    ledger: Vec<Ledger>,
    read: String,
    risk: Option<RiskView>,
    changes: Option<ChangesView>,
    decisions: Cut<DecisionView>,
    detectors: Cut<DetectorView>,
    in_columns: Cut<InColumnView>,
    pii_off: bool,
    /// How many occurrences were told elsewhere in their record; empty for none.
    propagated: String,
    recall: Option<RecallView>,
    labels: Cut<LabelView>,
    labels_height: usize,
    bias: BiasView,
    verdicts: Cut<VerdictView>,
    tests: Cut<TestView>,
    poison_off: bool,
    duplicates: Vec<Pair>,
    columns: Cut<ColumnView>,
    files: Cut<FileView>,
    limits: Cut<Pair>,
    not_looked_at: Cut<Pair>,
    quarantine: String,
    has_folder: bool,
    balances: bool,
    provenance: Vec<Pair>,
    operators: Cut<Pair>,
}

impl View {
    pub(super) fn new(report: &Report, caps: Caps) -> Self {
        let text = |s: &str| shown_up_to(s, caps.text);
        let headline = match report.verdict {
            Outcome::Pass => "Pass",
            Outcome::Review => "A person should look",
            Outcome::Fail => "Fail",
        };
        let scan = report.command == "scan";
        let lead = format!(
            "{} of {}, {}, {}",
            if scan { "Scan" } else { "Cleaning" },
            counted(report.inputs.files, "file", "files"),
            counted(report.rows.read, "row", "rows"),
            bytes(report.bytes.read),
        );
        let labels = ranked::labels(report);
        let shown_labels = labels.len().min(caps.labels);
        Self {
            style: include_str!("style.css"),
            title: format!("untaint: {}", headline.to_lowercase()),
            outcome: report.verdict.name(),
            headline,
            lead,
            scan,
            reasons: Cut::new(report.reasons.iter(), caps.rows.min(12), ("reason", "reasons"), |r| text(r)),
            gates: Cut::new(report.gates.iter(), caps.rows.min(30), ("gate", "gates"), |(name, gate)| GateView {
                name: shown_up_to(name, caps.name),
                tripped: gate.tripped,
                why: text(&gate.why),
            }),
            ledger: ledger(report),
            read: count(report.rows.read),
            risk: risk(report, scan),
            changes: changes(report, caps),
            decisions: decisions(report, caps),
            detectors: detectors(report, caps),
            in_columns: in_columns(report, caps),
            pii_off: !report.looked_for_pii(),
            propagated: Some(report.pii.propagated.values().fold(0u64, |sum, n| sum.saturating_add(*n)))
                .filter(|n| *n > 0)
                .map_or_else(String::new, count),
            recall: recall(report, caps),
            labels: label_views(report, &labels, caps),
            labels_height: shown_labels * LABEL_HEIGHT,
            bias: bias(report, caps),
            verdicts: verdicts(report, caps),
            tests: tests(report, caps),
            poison_off: !report.policy.poison,
            duplicates: duplicates(report),
            columns: columns(report, caps),
            files: files(report, caps),
            limits: Cut::new(report.limits_reached.iter(), caps.rows.min(50), ("limit", "limits"), |l| Pair {
                name: format!("{} = {}", shown_up_to(&l.limit, caps.name), shown_up_to(&l.value, caps.name)),
                value: format!("reached {}: {}", counted(l.times, "time", "times"), text(&l.effect)),
            }),
            not_looked_at: Cut::new(report.not_looked_at.iter(), caps.rows, ("thing", "things"), |n| Pair {
                name: shown_up_to(&n.what, caps.name),
                value: shown_up_to(&n.why, caps.text.min(200)),
            }),
            quarantine: quarantine_example(report),
            has_folder: !scan || report.timing.out.is_some(),
            balances: report.balances(),
            provenance: provenance(report, caps),
            operators: Cut::new(
                report.policy.operators.iter(),
                caps.rows.min(100),
                ("operator", "operators"),
                |(what, operator)| Pair { name: shown_up_to(what, caps.name), value: shown_up_to(operator, caps.name) },
            ),
        }
    }
}

fn ledger(report: &Report) -> Vec<Ledger> {
    let rows = report.rows;
    let whole = (rows.read as f64).max(1.0);
    let mut start = 0.0;
    [("clean", "clean", rows.clean), ("quarantined", "held", rows.quarantined), ("rejected", "rejected", rows.rejected)]
        .map(|(name, class, n)| {
            // A sliver is still to be seen.
            let width = if n == 0 { 0.0 } else { (n as f64 * 100.0 / whole).clamp(0.4, 100.0) };
            let from = f64::min(start, 100.0 - width);
            start = from + width;
            Ledger {
                name,
                class,
                rows: count(n),
                share: percent(n, rows.read),
                start: format!("{from:.3}"),
                width: format!("{width:.3}"),
            }
        })
        .into()
}

/// The quarantined file to look at first, as a table of DuckDB; only a name that is harmless in a shell and in SQL is quoted.
fn quarantine_example(report: &Report) -> String {
    let harmless = |name: &str| {
        name.len() <= 120 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
    };
    let fullest = report
        .files
        .iter()
        .filter(|f| f.rows.quarantined > 0)
        .max_by(|a, b| a.rows.quarantined.cmp(&b.rows.quarantined).then_with(|| b.file.cmp(&a.file)));
    let Some(file) = fullest.filter(|_| !report.is_purged()) else { return String::new() };
    let path = if harmless(&file.file) { file.file.as_str() } else { "FILE" };
    // By the reader's name: a file of any name may hold any format.
    let format = file.format.as_deref().unwrap_or_default();
    let reader = match format {
        f if f.starts_with("parquet") => "read_parquet",
        f if f.starts_with("json") => "read_json",
        _ => "read_csv",
    };
    format!("{reader}('quarantine/{path}')")
}

fn provenance(report: &Report, caps: Caps) -> Vec<Pair> {
    let policy = &report.policy;
    let name = |s: &str| shown_up_to(s, caps.name);
    let given = |s: &Option<String>| s.as_deref().map(name);
    let list = |all: &[String]| -> Option<String> {
        let mut shown: Vec<_> = all.iter().take(8).map(|s| name(s)).collect();
        if all.len() > shown.len() {
            shown.push(format!("{} more", count((all.len() - shown.len()) as u64)));
        }
        (!shown.is_empty()).then(|| shown.join(", "))
    };
    let packs: Vec<String> = policy.packs.iter().map(|(file, digest)| format!("{file} (sha256 {digest})")).collect();
    let formats: Vec<String> = report.inputs.formats.iter().map(|(format, n)| format!("{} {format}", count(*n))).collect();
    let timing = &report.timing;
    let facts = [
        ("program", Some(name(&report.program))),
        ("verb", Some(name(&report.command))),
        ("policy", Some(given(&policy.file).unwrap_or_else(|| "built-in defaults".to_owned()))),
        ("formats", list(&formats)),
        ("label column", given(&policy.label)),
        ("text columns", list(&policy.text)),
        ("id column", given(&policy.id)),
        ("source column", given(&policy.source)),
        ("time column", given(&policy.time)),
        ("trusted set", given(&policy.trusted)),
        ("baseline", given(&policy.baseline)),
        ("detector profile", Some(format!("{} ({})", name(&policy.profile), counted(policy.detectors, "detector", "detectors")))),
        ("own packs", list(&packs)),
        ("least confidence", Some(format!("{} %", policy.min_confidence))),
        ("default operator", Some(name(&policy.default_operator))),
        ("false-discovery rate", policy.poison.then(|| number(Some(policy.fdr)))),
        ("gates asked for", list(&policy.fail_on)),
        ("key", Some(given(&policy.key_id).unwrap_or_else(|| "none".to_owned()))),
        ("seed", Some(policy.seed.to_string())),
        ("what is withheld is kept until", given(&timing.kept_until).filter(|_| !report.is_purged())),
        ("started", (!timing.started.is_empty()).then(|| name(&timing.started))),
        ("folder", given(&timing.out)),
        (
            "time",
            Some(format!(
                "{:.1} s, {:.1} MB/s, {}{}",
                timing.seconds,
                timing.mb_per_second,
                counted(timing.jobs, "job", "jobs"),
                if timing.resumed { ", resumed" } else { "" }
            )),
        ),
        ("memory", Some(format!("peak {} of {}", bytes(report.memory.peak_bytes), bytes(report.memory.cap_bytes)))),
    ];
    facts.into_iter().filter_map(|(name, value)| value.map(|value| Pair { name: name.to_owned(), value })).collect()
}
