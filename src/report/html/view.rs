//! What the page shows: the report cut to length, in reading order, every name and number already text.

use crate::report::shown::{bytes, count, counted, number, percent, shown_up_to};
use crate::report::{FileStatus, Outcome, Report, fate_name, ranked};
use serde::Serialize;

/// How much of long lists is shown.
#[derive(Clone, Copy)]
pub(super) struct Caps {
    /// Rows of a table.
    rows: usize,
    /// Verdicts, which are paragraphs.
    verdicts: usize,
    /// Labels in chart and table.
    labels: usize,
    /// Characters of a name.
    name: usize,
    /// Characters of a sentence.
    text: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { rows: 200, verdicts: 60, labels: 24, name: crate::report::NAME_CHARS, text: 600 }
    }
}

impl Caps {
    /// Half of everything but names; nothing once lists are as short as they may get.
    pub(super) fn halved(self) -> Option<Self> {
        (self.rows > 10).then_some(Self {
            rows: self.rows / 2,
            verdicts: self.verdicts.div_ceil(2),
            labels: self.labels.div_ceil(2),
            name: self.name.min(80),
            text: (self.text / 2).max(120),
        })
    }
}

/// The beginning of a list and how many entries are not shown.
#[derive(Serialize)]
struct Cut<T> {
    shown: Vec<T>,
    /// `and 9,850 more columns`; nothing where all are shown.
    left: Option<String>,
}

impl<T> Cut<T> {
    fn new<S>(all: impl ExactSizeIterator<Item = S>, cap: usize, nouns: (&str, &str), show: impl FnMut(S) -> T) -> Self {
        let left = all.len().saturating_sub(cap);
        let shown = all.take(cap).map(show).collect();
        let left = (left > 0).then(|| format!("{} more {}", count(left as u64), if left == 1 { nouns.0 } else { nouns.1 }));
        Self { shown, left }
    }
}

/// A name and what is said of it; the pairs that most small tables are made of.
#[derive(Serialize)]
struct Pair {
    name: String,
    value: String,
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

#[derive(Serialize)]
struct DetectorView {
    id: String,
    name: String,
    severity: String,
    occurrences: String,
    rows: String,
    operators: String,
    allowed: String,
}

#[derive(Serialize)]
struct InColumnView {
    column: String,
    detector: String,
    severity: String,
    occurrences: String,
    operators: String,
}

#[derive(Serialize)]
struct LabelView {
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
struct VerdictView {
    test: String,
    subject: String,
    slice: String,
    fate: &'static str,
    fate_words: &'static str,
    why: String,
    facts: Vec<Pair>,
}

#[derive(Serialize)]
struct TestView {
    test: String,
    ran: bool,
    state: &'static str,
    why: String,
    hypotheses: String,
    smallest: String,
}

#[derive(Serialize)]
struct ColumnView {
    column: String,
    kind: String,
    cells: String,
    nulls: String,
    distinct: String,
    length: String,
    operator: String,
}

#[derive(Serialize)]
struct FileView {
    file: String,
    status: &'static str,
    reason: String,
    format: String,
    bytes: String,
    read: String,
    clean: String,
    quarantined: String,
    rejected: String,
}

/// Everything the template needs.
#[derive(Serialize)]
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
    detectors: Cut<DetectorView>,
    in_columns: Cut<InColumnView>,
    pii_off: bool,
    labels: Cut<LabelView>,
    labels_height: usize,
    verdicts: Cut<VerdictView>,
    tests: Cut<TestView>,
    poison_off: bool,
    duplicates: Vec<Pair>,
    columns: Cut<ColumnView>,
    files: Cut<FileView>,
    limits: Cut<Pair>,
    not_looked_at: Cut<Pair>,
    quarantine_glob: String,
    provenance: Vec<Pair>,
    operators: Cut<Pair>,
}

/// Height of one label in the chart, in pixels.
const LABEL_HEIGHT: usize = 58;
/// Share of the chart's width that the longest bar takes; the rest is for its number.
const BAR_PERCENT: f64 = 72.0;

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
            detectors: detectors(report, caps),
            in_columns: in_columns(report, caps),
            pii_off: report.policy.profile == "none",
            labels: label_views(report, &labels, caps),
            labels_height: shown_labels * LABEL_HEIGHT,
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
            quarantine_glob: quarantine_example(report),
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

fn operators_of(report: &Report, id: &str, caps: Caps) -> String {
    let Some(facts) = report.pii.by_detector.get(id) else { return "–".to_owned() };
    let names: Vec<_> = facts.operators.keys().take(4).map(|o| shown_up_to(o, caps.name.min(40))).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

fn detectors(report: &Report, caps: Caps) -> Cut<DetectorView> {
    Cut::new(ranked::detectors(report).into_iter(), caps.rows, ("type", "types"), |(id, facts)| DetectorView {
        id: shown_up_to(id, caps.name),
        name: shown_up_to(&facts.name, caps.name),
        severity: shown_up_to(&facts.severity, 20),
        occurrences: count(facts.occurrences),
        rows: count(facts.rows),
        operators: operators_of(report, id, caps),
        allowed: report.allowed.get(id).map_or_else(|| "–".to_owned(), |&n| count(n)),
    })
}

fn in_columns(report: &Report, caps: Caps) -> Cut<InColumnView> {
    Cut::new(ranked::in_columns(report).into_iter(), caps.rows, ("pair", "pairs"), |(column, id, n)| InColumnView {
        column: shown_up_to(column, caps.name),
        detector: shown_up_to(id, caps.name),
        severity: report.pii.by_detector.get(id).map_or_else(String::new, |f| shown_up_to(&f.severity, 20)),
        occurrences: count(n),
        operators: operators_of(report, id, caps),
    })
}

fn label_views(report: &Report, labels: &[(&str, crate::report::LabelFacts)], caps: Caps) -> Cut<LabelView> {
    let longest = labels.first().map_or(1, |(_, f)| f.before.max(f.after)).max(1) as f64;
    let total = |of: fn(&crate::report::LabelFacts) -> u64| report.labels.values().fold(0u64, |sum, f| sum.saturating_add(of(f)));
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

fn verdicts(report: &Report, caps: Caps) -> Cut<VerdictView> {
    Cut::new(ranked::verdicts(report).into_iter(), caps.verdicts, ("suspicion", "suspicions"), |v| {
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
                crate::batch::Fate::Quarantine => "rows withheld",
                crate::batch::Fate::Review => "to review",
                crate::batch::Fate::Report => "for information",
            },
            why: shown_up_to(&v.why, caps.text),
            facts,
        }
    })
}

fn tests(report: &Report, caps: Caps) -> Cut<TestView> {
    Cut::new(report.tests.iter(), caps.rows.min(60), ("test", "tests"), |t| TestView {
        test: shown_up_to(&t.test, caps.name),
        ran: t.state == crate::report::TestState::Ran,
        state: t.state.name(),
        why: t.why.as_deref().map_or_else(String::new, |w| shown_up_to(w, caps.text)),
        hypotheses: count(t.hypotheses),
        smallest: t.smallest_visible.map_or_else(|| "–".to_owned(), |n| counted(n, "row", "rows")),
    })
}

fn duplicates(report: &Report) -> Vec<Pair> {
    let Some(d) = report.duplicates else { return Vec::new() };
    let pair = |name: &str, groups, rows, what: &str| Pair {
        name: name.to_owned(),
        value: format!("{} {what} in {}", count(rows), counted(groups, "group", "groups")),
    };
    vec![
        pair("equal rows", d.exact_groups, d.exact_rows, "repeats"),
        pair("nearly equal rows", d.near_groups, d.near_rows, "repeats"),
        pair("equal rows with different labels", d.conflicting_groups, d.conflicting_rows, "rows"),
    ]
}

fn columns(report: &Report, caps: Caps) -> Cut<ColumnView> {
    let dash = || "–".to_owned();
    Cut::new(ranked::columns(report).into_iter(), caps.rows, ("column", "columns"), |c| ColumnView {
        column: shown_up_to(&c.column, caps.name),
        kind: shown_up_to(&c.kind, 40),
        cells: count(c.cells),
        nulls: if c.nulls == 0 { "0".to_owned() } else { format!("{} ({})", count(c.nulls), percent(c.nulls, c.cells)) },
        distinct: c.distinct.map_or_else(dash, count),
        length: match (c.length_min, c.length_max) {
            (Some(min), Some(max)) if min == max => count(min),
            (Some(min), Some(max)) => format!("{} to {}", count(min), count(max)),
            _ => dash(),
        },
        operator: c.operator.as_deref().map_or_else(dash, |o| shown_up_to(o, 40)),
    })
}

fn files(report: &Report, caps: Caps) -> Cut<FileView> {
    Cut::new(ranked::files(report).into_iter(), caps.rows, ("file", "files"), |f| FileView {
        file: shown_up_to(&f.file, caps.name),
        status: f.status.name(),
        reason: f.reason.as_deref().map_or_else(String::new, |r| shown_up_to(r, caps.name)),
        format: f.format.as_deref().map_or_else(|| "–".to_owned(), |r| shown_up_to(r, 20)),
        bytes: bytes(f.bytes),
        read: count(f.rows.read),
        clean: count(f.rows.clean),
        quarantined: count(f.rows.quarantined),
        rejected: count(f.rows.rejected),
    })
}

/// The quarantined file to look at first; only a name that is harmless in a shell and in SQL is quoted.
fn quarantine_example(report: &Report) -> String {
    let harmless = |name: &str| {
        name.len() <= 120 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
    };
    let fullest = report
        .files
        .iter()
        .filter(|f| f.rows.quarantined > 0 && f.status != FileStatus::Ignored)
        .max_by(|a, b| a.rows.quarantined.cmp(&b.rows.quarantined).then_with(|| b.file.cmp(&a.file)));
    match fullest {
        Some(f) if harmless(&f.file) => format!("quarantine/{}", f.file),
        Some(_) => "quarantine/FILE".to_owned(),
        None => String::new(),
    }
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
