//! A made-up report in which every field says something, for the tests of all formats.

use super::*;
use crate::batch::Fate;
use crate::verdict::{Evidence, FacetBias, FacetKind, Measures, Point, Reference};

fn map<V, const N: usize>(entries: [(&str, V); N]) -> BTreeMap<String, V> {
    entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "short for the many optional texts below")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn rows(clean: u64, quarantined: u64, rejected: u64) -> Rows {
    Rows { read: clean + quarantined + rejected, clean, quarantined, rejected }
}

fn file(name: &str, status: FileStatus, reason: Option<&str>, format: Option<&str>, rows: Rows) -> FileFacts {
    FileFacts {
        file: name.into(),
        status,
        reason: reason.map(Into::into),
        format: format.map(Into::into),
        bytes: rows.read * 212,
        sha256: (rows.read > 0).then(|| "5f1e".repeat(16)),
        rows,
        schema: match format {
            Some("jsonl+gz") => Some(0),
            Some("csv") => Some(1),
            _ => None,
        },
    }
}

fn detector(name: &str, severity: &str, occurrences: u64, rows: u64, operator: &str) -> DetectorFacts {
    let elsewhere = map([("macie", vec![name.to_ascii_uppercase()])]);
    DetectorFacts {
        name: name.into(),
        severity: severity.into(),
        occurrences,
        rows,
        operators: map([(operator, occurrences)]),
        elsewhere,
    }
}

/// Labels that are spread unevenly over two facets, of which cleaning changes one.
fn bias() -> Bias {
    let measures = |rows, dpl: f64, kl, cddl| Measures {
        rows,
        others: 53_370 - rows,
        ci: 1.0 - rows as f64 / 26_685.0,
        dpl,
        kl,
        js: dpl.abs() / 9.0,
        lp: dpl.abs() * 1.4,
        tvd: dpl.abs(),
        ks: dpl.abs(),
        cddl,
    };
    let facet = |kind, name: &str, value: &str, before: Measures, after: Option<Measures>| {
        let mut facet = FacetBias::default();
        (facet.kind, facet.facet, facet.value, facet.before, facet.after) = (kind, name.into(), value.into(), before, after);
        facet.group = before.cddl.map(|_| "source".to_owned());
        facet
    };
    let phone = measures(301, 0.25, Some(0.125), Some(-0.0625));
    let mut bias = Bias::default();
    (bias.positive, bias.measured) = (some("negative"), 31);
    bias.facets = vec![
        facet(FacetKind::Personal, "contact.phone", "yes", phone, Some(Measures { dpl: 0.125, ..phone })),
        facet(FacetKind::Column, "metadata[\"plan\"]", "<free>", measures(8000, -0.125, None, None), None),
    ];
    bias
}

/// Numbers to draw, for the tests that have some.
fn evidence(test: &str) -> Option<Evidence> {
    let point = |name: &str, part, whole, meant| Point { name: name.into(), part, whole, meant, reference: None };
    match test {
        "slice-shift" => Some(Evidence {
            of: "rows labelled \"positive\", by source".into(),
            points: vec![point("s<09>", 120, 160, true), point("s01", 401, 1000, false), point("s02", 2, 9, false)],
            left: 3,
            ..Evidence::default()
        }),
        "order-scan" => Some(Evidence {
            of: "rows labelled \"positive\", along the file".into(),
            ordered: true,
            points: (0..40).map(|n| point(&format!("rows {}-{}", n * 50, n * 50 + 49), 20 + n % 3, 50, n == 7)).collect(),
            left: 0,
        }),
        "trigger" => {
            let against = Point { reference: Some(Reference { part: 3, whole: 41 }), ..point("rows with \"cf\"", 40, 41, true) };
            Some(Evidence { of: "rests that say otherwise".into(), points: vec![against], ..Evidence::default() })
        }
        _ => None,
    }
}

/// What an earlier run had otherwise.
fn changes() -> Changes {
    let listed = |names: &[&str], left| Listed { names: names.iter().map(|name| (*name).to_owned()).collect(), left };
    Changes {
        since: "2026-11-13T16:00:00.000Z".into(),
        turnovers: vec![
            Turnover { what: "columns".into(), appeared: listed(&["dob", "notes"], 0), gone: listed(&["birthday"], 0) },
            Turnover { what: "sources".into(), appeared: listed(&["s<09>"], 41), gone: listed(&["s00"], 0) },
        ],
        shares: vec![Moved {
            kind: "label".into(),
            name: "positive".into(),
            before: Share { rows: 20_000, of: 50_000 },
            now: Share { rows: 23_235, of: 53_370 },
        }],
        figures: vec![Figure { what: "rows read".into(), before: "50000".into(), now: "53385".into() }],
    }
}

/// The report of a run that met a bit of everything.
pub(super) fn full() -> Report {
    let decision = Decision {
        time: "2026-11-21T09:30:00.000Z".into(),
        by: "Ann Lee <b>".into(),
        action: Action::Release,
        why: "looked at each: real tickets".into(),
        rows: 12,
        files: 1,
        tests: map([("duplicate-flood", 12)]),
    };
    let verdict = |test: &str, subject: &str, fate, p: f64, rows, effect, why: &str| VerdictFacts {
        test: test.into(),
        subject: subject.into(),
        slice: some("train/"),
        statistic: Some(41.5),
        p_value: Some(p),
        q_value: Some(p * 12.0),
        rows,
        effect: Some(effect),
        fate,
        why: why.into(),
        evidence: evidence(test),
    };
    let column = |name: &str, nulls, distinct, length: Option<(u64, u64)>| ColumnFacts {
        column: name.into(),
        cells: 53_385,
        nulls,
        empty: nulls / 3,
        numbers: if name.contains("id") { 53_380 - nulls - nulls / 3 } else { 7 },
        distinct,
        length_min: length.map(|l| l.0),
        length_max: length.map(|l| l.1),
    };
    let test = |name: &str, why: Option<&str>, hypotheses, smallest_visible: Option<u64>| TestFacts {
        test: name.into(),
        state: if smallest_visible.is_some() { TestState::Ran } else { TestState::CouldNotSpeak },
        why: why.map(Into::into),
        hypotheses,
        smallest_visible,
    };
    let mut report = Report {
        program: "untaint 0.1.0".into(),
        rows: rows(53_101, 269, 15),
        inputs: Inputs { files: 6, formats: map([("csv", 2), ("jsonl+gz", 2), ("parquet", 1)]) },
        bytes: Bytes { stored: 41_200_314, read: 84_120_993, clean: 83_402_117, quarantined: 418_220, rejected: 2_411 },
        files: vec![
            file("README.md", FileStatus::Ignored, Some("not data by its name"), None, Rows::default()),
            file("eval/held\u{202e}out.csv", FileStatus::Partial, Some("too-many-fields"), Some("csv"), rows(1_904, 2, 15)),
            file("train/part-0.jsonl.gz", FileStatus::Complete, None, Some("jsonl+gz"), rows(25_640, 267, 0)),
            file("train/part-1.jsonl.gz", FileStatus::Complete, None, Some("jsonl+gz"), rows(25_550, 0, 0)),
            file("train/part-2.parquet", FileStatus::Skipped, Some("broken-footer"), Some("parquet"), Rows::default()),
            file("users.csv", FileStatus::Complete, None, Some("csv"), rows(7, 0, 0)),
        ],
        schemas: vec![
            ["id", "messages[].content", "metadata[\"author.name\"]", "label", "created_at"].map(str::to_owned).to_vec(),
            ["id", "payment", "notes", "dob", "label"].map(str::to_owned).to_vec(),
        ],
        pii: Pii {
            by_detector: map([
                ("contact.email", detector("E-mail address", "high", 812, 640, "token")),
                ("contact.phone", detector("Telephone number", "high", 344, 301, "replace")),
                ("de.tax-id", detector("German tax identification number (Steuer-IdNr.)", "high", 12, 12, "replace")),
                ("finance.payment-card", detector("Payment card number", "critical", 31, 29, "mask")),
                ("network.ipv4", detector("IPv4 address", "low", 96, 90, "replace")),
                ("secrets.aws-access-key", detector("AWS access key id", "critical", 2, 2, "replace")),
            ]),
            propagated: map([("de.tax-id", 3)]),
            shapes: map([
                ("payment", map([("finance.payment-card", map([("9999 9999 9999 9999", 20), ("9999999999999999", 11)]))])),
                ("messages[].content", map([("contact.email", map([("aaa@aaa.aaa", 64)]))])),
            ]),
            recall: Some(Recall {
                all: Planted { planted: 4096, found: 4001 },
                by_detector: map([
                    ("contact.email", Planted { planted: 12, found: 12 }),
                    ("de.tax-id", Planted { planted: 12, found: 3 }),
                ]),
                by_column: map([("messages[].content", Planted { planted: 2048, found: 2040 })]),
            }),
            by_column: map([
                (
                    "messages[].content",
                    map([("contact.email", 790), ("contact.phone", 344), ("network.ipv4", 96), ("secrets.aws-access-key", 2)]),
                ),
                ("metadata[\"author.name\"]", map([("contact.email", 15)])),
                ("payment", map([("finance.payment-card", 31)])),
                ("notes", map([("contact.email", 7), ("de.tax-id", 12)])),
            ]),
        },
        operators: map([("mask", 31), ("replace", 454), ("token", 812)]),
        allowed: map([("contact.email", 118)]),
        tests: vec![
            test("duplicate-flood", None, 53_370, Some(12)),
            test("hidden-text", None, 3, Some(1)),
            test("trigger", None, 18_204, Some(31)),
            test("label-flip", Some("suspects only; 41 of them are expected to be false"), 53_370, Some(90)),
            test("slice-shift", Some("no column is named as source or time; files were used"), 5, Some(64)),
            test("drift", Some("no baseline was given"), 0, None),
            test("leak", Some("no trusted set was given"), 0, None),
        ],
        verdicts: vec![
            verdict(
                "slice-shift",
                "part-1",
                Fate::Report,
                3.1e-4,
                0,
                0.041,
                "In part-1 label positive is 4.1 points rarer than in the other files; that alone is no proof of tampering.",
            ),
            verdict(
                "trigger",
                "cf",
                Fate::Quarantine,
                1.234_567_8e-94,
                267,
                0.985,
                "267 of 271 rows that hold \"cf\" are labelled positive, though the rest of their text reads negative: 98.5 % disagree, where 11 % would be usual.",
            ),
            verdict(
                "duplicate-flood",
                "cluster 7f3a",
                Fate::Review,
                2.2e-11,
                64,
                64.0,
                "64 rows are equal but for their id; natural text repeats at most 9 times here.",
            ),
            verdict(
                "hidden-text",
                "U+202E in text",
                Fate::Quarantine,
                8.0e-7,
                2,
                1.0,
                "2 rows turn the reading direction around inside a word; no other row does.",
            ),
        ],
        sources: map([("s01", 40_000), ("s<09>", 13_385)]),
        labels: map([
            ("negative", LabelFacts { before: 26_114, after: 26_110 }),
            ("neutral", LabelFacts { before: 4_021, after: 4_019 }),
            ("positive", LabelFacts { before: 23_235, after: 22_972 }),
        ]),
        bias: bias(),
        columns: vec![
            column("id", 0, Some(53_385), Some((1, 6))),
            column("messages[].content", 12, Some(53_210), Some((1, 18_402))),
            column("metadata[\"author.name\"]", 40_112, Some(8_044), Some((2, 61))),
            column("label", 0, Some(3), Some((7, 8))),
            column("dob", 51_000, Some(1_980), Some((10, 10))),
            column("unused", 53_385, None, None),
        ],
        duplicates: Some(Duplicates { exact_groups: 212, exact_rows: 418, conflicting_groups: 3, conflicting_rows: 7 }),
        gates: map([
            ("poison", Gate { tripped: true, why: "2 verdicts withhold rows".into() }),
            ("quarantined", Gate { tripped: false, why: "0.50 % of rows, at most 1 % allowed".into() }),
        ]),
        limits_reached: vec![LimitReached {
            limit: "cell".into(),
            value: "16MiB".into(),
            times: 1,
            effect: "the record was rejected".into(),
        }],
        not_looked_at: vec![
            NotLookedAt { what: "column id".into(), why: "the policy skips it".into() },
            NotLookedAt { what: "detector us.npi".into(), why: "not in the recommended profile".into() },
            NotLookedAt { what: "drift".into(), why: "no baseline".into() },
        ],
        decisions: vec![decision],
        policy: PolicySummary {
            file: some("untaint.toml"),
            label: some("label"),
            text: vec!["messages[].content".into(), "notes".into()],
            id: some("id"),
            source: some("source"),
            time: some("created_at"),
            trusted: some("holdout.parquet"),
            baseline: some("last.profile"),
            profile: "recommended".into(),
            detectors: 94,
            packs: map([("own.toml", "5f".repeat(32))]),
            min_confidence: 50,
            default_operator: "replace".into(),
            operators: map([("contact.email", "token".to_owned()), ("finance.payment-card", "mask".to_owned())]),
            poison: true,
            fdr: 0.05,
            fates: map([("trigger", Fate::Quarantine)]),
            fail_on: vec!["secret".into(), "poison".into()],
            key_id: some("k-4f2a91"),
            seed: 1,
        },
        timing: Timing {
            started: "2026-11-20T16:00:00Z".into(),
            seconds: 1.684_219_4,
            mb_per_second: 49.946_1,
            jobs: 2,
            resumed: false,
            first_read_seconds: Some(0.5),
            first_read_bytes: Some(61_000_000),
            kept_until: some("2027-02-18T16:00:02.000Z"),
            out: some("cleaned"),
            changes: Some(changes()),
        },
        memory: Memory { peak_bytes: 211_000_000, cap_bytes: 402_653_184 },
        ..Report::default()
    };
    report.risk = Some(Risk::new(&report.pii, |operator| match operator {
        "token" => crate::batch::Leaves::Pseudonym,
        "mask" => crate::batch::Leaves::Part,
        _ => crate::batch::Leaves::Nothing,
    }));
    report.conclude();
    report
}

/// A report that is as hostile and as long as it gets.
pub(super) fn endless() -> Report {
    let mut report = full();
    let name = |i: usize| format!("{i}'\"<script>alert(1)</script>&\u{202e}\u{1b}[2J\n{}", "'".repeat(200));
    let huge = "<'>".repeat(4_000_000);
    report.labels = (0..100_000).map(|i| (name(i), LabelFacts { before: 9, after: 8 })).collect();
    report.labels.insert(huge.clone(), LabelFacts { before: u64::MAX, after: u64::MAX });
    let facet = |i: usize| {
        let mut facet = report.bias.facets[1].clone();
        (facet.facet, facet.value, facet.group) = (name(i), name(i), Some(name(i)));
        facet
    };
    report.bias.facets = (0..5_000).map(facet).collect();
    (report.bias.positive, report.bias.measured) = (Some(huge.clone()), u64::MAX);
    report.columns = (0..10_000).map(|i| ColumnFacts { column: name(i), ..ColumnFacts::default() }).collect();
    report.columns.insert(0, ColumnFacts { column: huge.clone(), ..ColumnFacts::default() });
    report.files = (0..3_000)
        .map(|i| FileFacts {
            file: name(i),
            reason: Some(name(i)),
            format: Some(name(i)),
            status: if i % 2 == 0 { FileStatus::Complete } else { FileStatus::Skipped },
            schema: Some(i as u64 % 3),
            ..FileFacts::default()
        })
        .collect();
    report.schemas = vec![vec![huge.clone()], (0..10_000).map(name).collect()];
    report.pii.by_column =
        (0..10_000).map(|i| (name(i), (0..3).map(|d| (format!("own.{d}{}", "'".repeat(200)), u64::MAX)).collect())).collect();
    report.pii.shapes = report
        .pii
        .by_column
        .iter()
        .take(1_000)
        .map(|(column, ids)| {
            let shapes: BTreeMap<String, u64> = (0..12).map(|i| (name(i), 1 << 40)).collect();
            (column.clone(), ids.keys().map(|id| (id.clone(), shapes.clone())).collect())
        })
        .collect();
    let planted = |i: usize| (name(i), Planted { planted: u64::MAX, found: i as u64 });
    report.pii.recall = Some(Recall {
        all: Planted { planted: 0, found: u64::MAX },
        by_detector: (0..2_000).map(planted).collect(),
        by_column: (0..10_000).map(planted).collect(),
    });
    report.pii.by_detector = (0..500)
        .map(|i| {
            (name(i), DetectorFacts { name: huge.chars().take(1000).collect(), severity: name(i), ..DetectorFacts::default() })
        })
        .collect();
    let verdict =
        VerdictFacts { subject: name(0), test: name(0), why: huge.clone(), slice: Some(huge.clone()), ..VerdictFacts::default() };
    report.verdicts = vec![verdict; 5];
    let point = |i: usize| Point { name: name(i), part: u64::MAX, whole: i as u64, meant: true, reference: None };
    report.verdicts.extend((0..2_000).map(|i| VerdictFacts {
        evidence: Some(Evidence { of: name(i), ordered: i % 2 == 0, points: (0..100).map(point).collect(), left: u64::MAX }),
        subject: name(i),
        test: name(i),
        why: name(i),
        ..VerdictFacts::default()
    }));
    let listed = || Listed { names: (0..5_000).map(name).collect(), left: u64::MAX };
    let turnover = |i| Turnover { what: name(i), appeared: listed(), gone: listed() };
    let share = Share { rows: u64::MAX, of: 1 };
    let moved = |i| Moved { kind: name(i), name: name(i), before: share, now: share };
    let figure = |i| Figure { what: name(i), before: name(i), now: name(i) };
    report.timing.changes = Some(Changes {
        since: name(0),
        turnovers: (0..5).map(turnover).collect(),
        shares: (0..5_000).map(moved).collect(),
        figures: (0..50).map(figure).collect(),
    });
    report.sources = (0..1_000).map(|i| (name(i), u64::MAX)).collect();
    report.not_looked_at = (0..5_000).map(|i| NotLookedAt { what: name(i), why: name(i) }).collect();
    let decision = |i| Decision { by: name(i), why: name(i), time: name(i), ..Decision::default() };
    report.decisions = (0..500).map(decision).collect();
    let tests = (0..500).map(|t| (name(t), u64::MAX)).collect();
    report.decisions.push(Decision { by: huge.clone(), why: huge.clone(), tests, ..decision(1) });
    report.tests = (0..500).map(|i| TestFacts { test: name(i), why: Some(name(i)), ..TestFacts::default() }).collect();
    report.limits_reached =
        (0..500).map(|i| LimitReached { limit: name(i), effect: name(i), ..LimitReached::default() }).collect();
    report.gates = (0..500).map(|i| (name(i), Gate { tripped: i % 2 == 0, why: name(i) })).collect();
    report.policy.operators = (0..5_000).map(|i| (name(i), name(i))).collect();
    report.policy.text = (0..5_000).map(name).collect();
    report.policy.label = Some(huge.clone());
    report.timing.out = Some(huge.clone());
    report.command = huge;
    report.conclude();
    report
}
