//! What changed since an earlier run: what appeared and went, shares that moved, settings that differ.

use super::sections::{NotLookedAt, Rows, Timing, VerdictFacts};
use super::share::{difference, share};
use super::{Report, bounded, fate_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Names that are listed of a kind.
const NAMES: usize = 200;
/// Shares that moved and are listed.
const SHARES: usize = 100;
/// A share that moves by less is no news, unless it is doubled or halved.
const STEP: f64 = 0.005;

/// How a run differs from an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changes {
    /// When that run began, RFC 3339 in UTC.
    pub since: String,
    /// What was there once and is not now, and the other way round, by kind; kinds without a change are left out.
    pub turnovers: Vec<Turnover>,
    /// Labels and types of findings whose share of the rows moved by more than chance, the largest step first.
    pub shares: Vec<Moved>,
    /// Numbers and settings that differ.
    pub figures: Vec<Figure>,
}

/// Names of one kind that came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turnover {
    /// The kind in the plural: `columns`.
    pub what: String,
    /// Those that are new.
    pub appeared: Listed,
    /// Those that are gone.
    pub gone: Listed,
}

/// Names, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// The first of them.
    pub names: Vec<String>,
    /// How many are not listed.
    pub left: u64,
}

/// A share of the rows that moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moved {
    /// `label` or `type`.
    pub kind: String,
    /// The label's name or the detector's id.
    pub name: String,
    /// In the earlier run …
    pub before: Share,
    /// … and in this one.
    pub now: Share,
}

/// A share of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Share {
    /// Rows that have it.
    pub rows: u64,
    /// All rows that count.
    pub of: u64,
}

impl Share {
    /// The share, 0 to 1.
    pub(super) fn value(self) -> f64 {
        share(self.rows, self.of)
    }
}

impl Moved {
    /// How much larger the share is now, and the 95 % interval.
    pub(super) fn step(&self) -> (f64, f64, f64) {
        difference((self.before.rows, self.before.of), (self.now.rows, self.now.of))
    }
}

/// A number or setting that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figure {
    /// What it is.
    pub what: String,
    /// What it was.
    pub before: String,
    /// What it is now.
    pub now: String,
}

impl Listed {
    fn new<'a>(all: impl Iterator<Item = &'a String>) -> Self {
        let mut all = all.cloned();
        let names: Vec<String> = all.by_ref().take(NAMES).collect();
        Self { names, left: all.count() as u64 }
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.left == 0
    }
}

/// Kinds whose names are texts of cells.
const OF_CELLS: &[&str] = &["sources", "labels", "suspicions"];

/// Whether two runs looked for the same and did the same with it, so that what one masks the other did.
fn looks_alike(before: &Report, now: &Report) -> bool {
    let of = |r: &Report| {
        let p = &r.policy;
        (p.profile.clone(), p.detectors, p.packs.clone(), p.min_confidence, p.default_operator.clone(), p.operators.clone())
    };
    of(before) == of(now)
}

impl Changes {
    /// How `now` differs from `before`. `spoken` gives a name as `now` would tell it: the earlier run may have looked for less and
    /// have kept names that this one masks.
    #[must_use]
    pub fn between(before: &Report, now: &Report, spoken: &dyn Fn(&str) -> String) -> Self {
        let before = &told_anew(before, &|name| spoken(&bounded(name)));
        let same = looks_alike(before, now);
        let turnovers = KINDS.iter().filter_map(|(what, of)| {
            let (before, now) = (of(before)?, of(now)?);
            let appeared = Listed::new(now.difference(&before));
            let gone = before.difference(&now);
            // What stands in cells is found by their column, too, which a name alone does not tell.
            let gone = if same || !OF_CELLS.contains(what) {
                Listed::new(gone)
            } else {
                Listed { left: gone.count() as u64, ..Listed::default() }
            };
            (!appeared.is_empty() || !gone.is_empty()).then(|| Turnover { what: (*what).to_owned(), appeared, gone })
        });
        let figures = FIGURES.iter().filter_map(|(what, of)| {
            let (before, now) = (of(before), of(now));
            (before != now).then(|| Figure { what: (*what).to_owned(), before, now })
        });
        Self {
            since: before.timing.started.clone(),
            turnovers: turnovers.collect(),
            shares: moved(before, now)
                .into_iter()
                .filter(|m| same || m.kind != "label" || now.labels.contains_key(&m.name))
                .collect(),
            figures: figures.collect(),
        }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turnovers.is_empty() && self.shares.is_empty() && self.figures.is_empty()
    }
}

/// What is compared of an earlier report, its names as they would be told now. Paths of files stay as they are.
fn told_anew(report: &Report, spoken: &dyn Fn(&str) -> String) -> Report {
    let mut told = Report {
        verdict: report.verdict,
        rows: report.rows,
        sampled: report.sampled,
        program: report.program.clone(),
        files: report.files.clone(),
        risk: report.risk.clone(),
        policy: report.policy.clone(),
        timing: Timing { started: report.timing.started.clone(), ..Timing::default() },
        schemas: report.schemas.iter().map(|columns| columns.iter().map(|c| spoken(c)).collect()).collect(),
        ..Report::default()
    };
    for (source, rows) in &report.sources {
        *told.sources.entry(spoken(source)).or_default() += rows;
    }
    for (label, facts) in &report.labels {
        let sum = told.labels.entry(spoken(label)).or_default();
        (sum.before, sum.after) = (sum.before.saturating_add(facts.before), sum.after.saturating_add(facts.after));
    }
    for (column, ids) in &report.pii.by_column {
        told.pii.by_column.entry(spoken(column)).or_default().extend(ids.iter().map(|(id, n)| (id.clone(), *n)));
    }
    told.pii.by_detector.clone_from(&report.pii.by_detector);
    let verdict = |v: &VerdictFacts| VerdictFacts { subject: spoken(&v.subject), evidence: None, ..v.clone() };
    told.verdicts = report.verdicts.iter().map(verdict).collect();
    told.not_looked_at = report.not_looked_at.iter().map(|n| NotLookedAt { what: spoken(&n.what), ..n.clone() }).collect();
    for name in [&mut told.policy.label, &mut told.policy.source].into_iter().flatten() {
        *name = spoken(name);
    }
    told
}

/// The names of a kind; nothing where they cannot be compared.
type NamesOf = fn(&Report) -> Option<BTreeSet<String>>;

/// The kinds of names that come and go.
const KINDS: &[(&str, NamesOf)] = &[
    ("files", |r| Some(r.files.iter().map(|f| f.file.clone()).collect())),
    ("columns", |r| Some(r.schemas.iter().flatten().cloned().collect())),
    ("sources", |r| Some(r.sources.keys().cloned().collect())),
    ("labels", |r| r.policy.poison.then(|| r.labels.keys().cloned().collect())),
    ("types of personal data", |r| r.looked_for_pii().then(|| r.pii.by_detector.keys().cloned().collect())),
    ("columns with personal data", |r| {
        let of = |(column, ids): (&String, &std::collections::BTreeMap<String, u64>)| {
            ids.keys().map(|id| format!("{column}: {id}")).collect::<Vec<_>>()
        };
        r.looked_for_pii().then(|| r.pii.by_column.iter().flat_map(of).collect())
    }),
    ("suspicions", |r| {
        let of = |v: &VerdictFacts| format!("{} {} ({})", v.test, v.subject, fate_name(v.fate));
        r.policy.poison.then(|| r.verdicts.iter().map(of).collect())
    }),
    ("not looked at", |r| {
        // Which detectors are off is a setting, and a long list.
        let of_data = r.not_looked_at.iter().filter(|n| !n.what.starts_with("detectors "));
        Some(of_data.map(|n| n.what.clone()).collect())
    }),
];

/// What a report says of a thing, in short.
type FigureOf = fn(&Report) -> String;

fn or_none(name: Option<&String>) -> String {
    name.map_or_else(|| "none".to_owned(), Clone::clone)
}

/// Numbers and settings that are compared.
const FIGURES: &[(&str, FigureOf)] = &[
    ("verdict", |r| r.verdict.name().to_owned()),
    ("rows read", |r| r.rows.read.to_string()),
    ("rows quarantined", |r| r.rows.quarantined.to_string()),
    ("records rejected", |r| r.rows.rejected.to_string()),
    ("what can be read after cleaning", |r| r.risk.as_ref().map_or("not measured", |risk| risk.after.name()).to_owned()),
    ("program", |r| r.program.clone()),
    ("policy", |r| or_none(r.policy.file.as_ref())),
    ("detector profile", |r| r.policy.profile.clone()),
    ("detectors", |r| r.policy.detectors.to_string()),
    ("own packs", |r| r.policy.packs.values().cloned().collect::<Vec<_>>().join(", ")),
    ("least confidence", |r| r.policy.min_confidence.to_string()),
    ("default operator", |r| r.policy.default_operator.clone()),
    ("poisoning tests", |r| if r.policy.poison { "on" } else { "off" }.to_owned()),
    ("label column", |r| or_none(r.policy.label.as_ref())),
    ("source column", |r| or_none(r.policy.source.as_ref())),
    ("share of the rows looked at", |r| r.sampled.map_or_else(|| "all".to_owned(), |n| format!("{n} rows"))),
];

/// Rows that can hold findings.
fn searched(report: &Report) -> u64 {
    let Rows { read, rejected, .. } = report.rows;
    report.sampled.unwrap_or_else(|| read.saturating_sub(rejected))
}

/// Labels and types whose shares moved.
fn moved(before: &Report, now: &Report) -> Vec<Moved> {
    let mut all = Vec::new();
    let mut compare = |kind: &str, names: BTreeSet<&String>, of: &dyn Fn(&Report, &str) -> Share| {
        for name in names {
            let moved = Moved { kind: kind.to_owned(), name: name.clone(), before: of(before, name), now: of(now, name) };
            if is_news(&moved) {
                all.push(moved);
            }
        }
    };
    if before.policy.poison && now.policy.poison {
        let labelled = |r: &Report| r.labels.values().fold(0u64, |sum, l| sum.saturating_add(l.before));
        let (then, today) = (labelled(before), labelled(now));
        let of = |r: &Report, name: &str| {
            let rows = r.labels.get(name).map_or(0, |l| l.before);
            Share { rows, of: if std::ptr::eq(r, before) { then } else { today } }
        };
        compare("label", before.labels.keys().chain(now.labels.keys()).collect(), &of);
    }
    if before.looked_for_pii() && now.looked_for_pii() {
        let of = |r: &Report, id: &str| Share { rows: r.pii.by_detector.get(id).map_or(0, |d| d.rows), of: searched(r) };
        compare("type", before.pii.by_detector.keys().chain(now.pii.by_detector.keys()).collect(), &of);
    }
    let step = |m: &Moved| (m.now.value() - m.before.value()).abs();
    all.sort_by(|a, b| step(b).total_cmp(&step(a)).then_with(|| (&a.kind, &a.name).cmp(&(&b.kind, &b.name))));
    all.truncate(SHARES);
    all
}

/// Whether a share moved by more than chance, and by so much that it matters.
fn is_news(m: &Moved) -> bool {
    if m.before.of == 0 || m.now.of == 0 {
        return false;
    }
    let (step, low, high) = m.step();
    let (one, two) = (m.before.value(), m.now.value());
    (low > 0.0 || high < 0.0) && (step.abs() >= STEP || one.max(two) >= 2.0 * one.min(two))
}

#[cfg(test)]
mod tests {
    use super::super::sample::full;
    use super::*;
    use crate::report::LabelFacts;

    #[test]
    fn a_run_does_not_differ_from_itself() {
        let report = full();
        let changes = Changes::between(&report, &report, &str::to_owned);
        assert!(changes.is_empty(), "{changes:?}");
        assert_eq!(changes.since, report.timing.started);
    }

    #[test]
    fn what_came_and_went_is_told() {
        let before = full();
        let mut now = full();
        now.files.remove(1);
        now.schemas[0].push("ssn".into());
        now.sources.insert("s99".into(), 40);
        now.pii.by_detector.insert("us.ssn".into(), crate::report::DetectorFacts { rows: 9000, ..Default::default() });
        now.pii.by_column.entry("notes".into()).or_default().insert("us.ssn".into(), 9000);
        now.verdicts.push(VerdictFacts { test: "drift".into(), subject: "x".into(), ..VerdictFacts::default() });
        now.rows.quarantined += 1;
        let changes = Changes::between(&before, &now, &str::to_owned);
        let told: Vec<(&str, &[String], &[String])> =
            changes.turnovers.iter().map(|t| (t.what.as_str(), &*t.appeared.names, &*t.gone.names)).collect();
        let list = |name: &str| vec![name.to_owned()];
        assert_eq!(
            told,
            [
                ("files", &[][..], &list(&before.files[1].file)[..]),
                ("columns", &list("ssn")[..], &[][..]),
                ("sources", &list("s99")[..], &[][..]),
                ("types of personal data", &list("us.ssn")[..], &[][..]),
                ("columns with personal data", &list("notes: us.ssn")[..], &[][..]),
                ("suspicions", &list("drift x (report)")[..], &[][..]),
            ]
        );
        let figures: Vec<&str> = changes.figures.iter().map(|f| f.what.as_str()).collect();
        assert_eq!(figures, ["rows quarantined"]);
        assert_eq!(changes.shares.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["us.ssn"]);
        let back = Changes::between(&now, &before, &str::to_owned);
        assert_eq!(back.turnovers[1].gone.names, ["ssn"]);
    }

    #[test]
    fn shares_are_news_where_they_move_by_more_than_chance_and_enough() {
        let share = |(rows, of)| Share { rows, of };
        let of = |before, now| Moved { before: share(before), now: share(now), ..Moved::default() };
        for (moved, want, why) in [
            (of((500, 1000), (500, 1000)), false, "the same"),
            (of((500, 1000), (520, 1000)), false, "chance"),
            (of((500, 1000), (600, 1000)), true, "a tenth more"),
            (of((500_000, 1_000_000), (503_000, 1_000_000)), false, "sure and small"),
            (of((10, 100_000), (90, 100_000)), true, "small and many times as often"),
            (of((0, 100_000), (1, 100_000)), false, "one of many"),
            (of((0, 0), (90, 100)), false, "nothing to compare with"),
        ] {
            assert_eq!(is_news(&moved), want, "{why}");
        }
    }

    #[test]
    fn what_one_run_did_not_look_for_is_no_change() {
        let mut now = full();
        now.policy.poison = false;
        now.policy.detectors = 0;
        (now.labels, now.pii, now.verdicts) = Default::default();
        let changes = Changes::between(&full(), &now, &str::to_owned);
        assert!(changes.turnovers.is_empty() && changes.shares.is_empty(), "{changes:?}");
        let told: Vec<&str> = changes.figures.iter().map(|f| f.what.as_str()).collect();
        assert_eq!(told, ["detectors", "poisoning tests"]);
    }

    #[test]
    fn names_that_an_earlier_run_kept_are_told_as_this_one_tells_them() {
        let (mut before, mut now) = (full(), full());
        for (report, name) in [(&mut before, "ann@example.com"), (&mut now, "<EMAIL>")] {
            report.schemas[0].push(name.into());
            report.sources.insert(name.into(), 4);
            report.labels.insert(name.into(), LabelFacts { before: 20_000, after: 1 });
            report.verdicts[0].subject = name.into();
            report.policy.label = Some(name.into());
            report.pii.by_column.entry(name.into()).or_default().insert("own.x".into(), 3);
        }
        let spoken = |name: &str| name.replace("ann@example.com", "<EMAIL>");
        let changes = Changes::between(&before, &now, &spoken);
        assert!(changes.is_empty(), "{changes:?}");
        // Under another policy nobody knows what a text was: how many went is all that is told.
        before.sources.insert("Maria".into(), 9);
        before.policy.min_confidence += 1;
        let told = Changes::between(&before, &now, &spoken);
        assert_eq!(told.turnovers.iter().map(|t| (t.gone.names.len(), t.gone.left)).collect::<Vec<_>>(), [(0, 1)]);
        now.schemas[0].pop();
        let told = serde_json::to_string(&Changes::between(&before, &now, &spoken)).unwrap();
        assert!(told.contains("<EMAIL>") && !told.contains("ann@") && !told.contains("Maria"), "{told}");
    }

    #[test]
    fn a_label_that_takes_over_is_told_and_long_lists_are_cut() {
        let mut now = full();
        let labels: Vec<String> = (0..1000).map(|n| format!("l{n:04}")).collect();
        now.labels = labels.into_iter().map(|l| (l, LabelFacts { before: 90, after: 90 })).collect();
        let changes = Changes::between(&full(), &now, &str::to_owned);
        let labels = changes.turnovers.iter().find(|t| t.what == "labels").unwrap();
        assert_eq!((labels.appeared.names.len(), labels.appeared.left), (NAMES, 800));
        assert_eq!(changes.shares[0].kind, "label");
    }
}
