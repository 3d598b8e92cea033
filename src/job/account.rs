//! What a run says of itself: its identity, its report, its manifest.

use super::file::Record;
use super::{Job, Mode, Passed};
use crate::error::{Error, Result};
use crate::io::compress::Tally;
use crate::policy::GATES;
use crate::report::{
    Bytes, ColumnFacts, DetectorFacts, FileStatus, Gate, Inputs, LabelFacts, LimitReached, Manifest, Memory, NotLookedAt,
    OutputFile, PolicySummary, Report, Timing,
};
use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// Bytes and SHA-256 of a file.
pub(super) fn hash_file(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = std::fs::File::open(path)?;
    let tally = Tally::default();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((tally.bytes(), tally.sha256()));
        }
        tally.add(buffer.get(..n).unwrap_or_default());
    }
}

/// A time as RFC 3339 in UTC, to the millisecond.
pub(super) fn rfc3339(seconds: i64, nanos: u32) -> String {
    DateTime::from_timestamp(seconds, nanos).map(shown).unwrap_or_default()
}

fn shown(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What the run is made from, as one hash: inputs by path, size and time, policy, detectors, key id, seed, version.
pub(super) fn identity(job: &Job<'_>) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&serde_json::to_string(&job.plan.policy).unwrap_or_default());
    add(&format!("{:?} {:?} {:?}", job.options.mode, job.options.hints, job.plan.roles));
    add(&format!("{} {} {}", job.plan.poison, job.plan.scanner.is_some(), job.plan.seed));
    add(job.plan.key_id.as_deref().unwrap_or_default());
    add(&job.plan.catalogue.digest());
    for pack in &job.options.packs {
        add(&pack.sha256);
    }
    for input in job.inputs {
        add(&input.relative.display().to_string());
        add(&format!("{:?} {} {}", input.place, input.bytes, input.modified_ns));
    }
    crate::text::hex(&hash.finalize())
}

/// The report of a finished run.
pub(super) fn report(job: &Job<'_>, passed: &Passed, leftover: Option<u64>) -> Report {
    let Passed { files, judged, started, resumed } = passed;
    let mut report = Report {
        command: if job.options.mode == Mode::Clean { "clean" } else { "scan" }.to_owned(),
        policy: policy_summary(job),
        tests: judged.tests.clone(),
        verdicts: judged.verdicts.clone(),
        duplicates: judged.duplicates,
        columns: judged.columns.clone(),
        ..Report::default()
    };
    report.labels = judged.labels.iter().map(|(l, b, a)| (l.clone(), LabelFacts { before: *b, after: *a })).collect();
    let mut inputs = Inputs { files: files.len() as u64, ..Inputs::default() };
    let mut bytes = Bytes::default();
    for file in files {
        report.rows.add(file.facts.rows);
        report.files.push(file.facts.clone());
        bytes.stored += file.facts.bytes;
        bytes.read += file.read_bytes;
        for output in file.outputs.iter().filter(|o| o.path.starts_with("clean/")) {
            bytes.clean += output.bytes;
        }
        if let Some(format) = &file.facts.format {
            *inputs.formats.entry(format.clone()).or_default() += 1;
        }
        take_findings(job, file, &mut report);
        for (limit, times) in &file.tally.limits {
            limit_reached(job, limit, *times, &mut report);
        }
        for (reason, times) in &file.tally.reasons {
            match reason.as_str() {
                "too-large" => limit_reached(job, "cell", *times, &mut report),
                "too-deep" => limit_reached(job, "nesting", *times, &mut report),
                "compression-ratio" => limit_reached(job, "ratio", *times, &mut report),
                _ => {}
            }
        }
        if file.facts.status == FileStatus::Skipped {
            let why = file.facts.reason.clone().unwrap_or_default();
            report.not_looked_at.push(NotLookedAt { what: format!("file {}", file.facts.file), why });
        }
    }
    if report.columns.is_empty() {
        let mut names: Vec<&String> = Vec::new();
        for name in files.iter().flat_map(|f| &f.columns) {
            if names.len() < 10_000 && !names.contains(&name) {
                names.push(name);
            }
        }
        report.columns = names.into_iter().map(|n| ColumnFacts { column: n.clone(), ..ColumnFacts::default() }).collect();
    }
    not_looked_at(job, &mut report);
    for (role, name) in missing_roles(job, files) {
        job.observer.warn(&format!("no input has the {role} column {name}"));
        let why = format!("no input has it in its first records; the tests go without a {role}");
        report.not_looked_at.push(NotLookedAt { what: format!("{role} column {name}"), why });
    }
    report.inputs = inputs;
    report.bytes = bytes;
    gates(job, leftover, &mut report);
    let seconds = started.elapsed().as_secs_f64();
    report.timing = Timing {
        seconds,
        mb_per_second: bytes.read as f64 / 1e6 / seconds.max(1e-9),
        jobs: job.options.jobs as u64,
        resumed: *resumed,
        started: shown(Utc::now() - chrono::TimeDelta::milliseconds((seconds * 1000.0) as i64)),
        out: job.options.out.as_ref().map(|o| o.display().to_string()),
    };
    report.memory = Memory { peak_bytes: peak_bytes(), cap_bytes: job.options.memory_bytes };
    report
}

fn take_findings(job: &Job<'_>, file: &Record, report: &mut Report) {
    for (column, detectors) in &file.tally.columns {
        for (id, count) in detectors {
            if !column.is_empty() {
                *report.pii.by_column.entry(column.clone()).or_default().entry(id.clone()).or_default() += count.occurrences;
            }
            let sum = report.pii.by_detector.entry(id.clone()).or_insert_with(|| described(job, id));
            sum.occurrences += count.occurrences;
            for (operator, n) in &count.operators {
                *sum.operators.entry(operator.clone()).or_default() += n;
                *report.operators.entry(operator.clone()).or_default() += n;
            }
        }
    }
    for (id, rows) in &file.tally.found_rows {
        if let Some(sum) = report.pii.by_detector.get_mut(id) {
            sum.rows += rows;
        }
    }
    for (id, n) in &file.tally.allowed {
        *report.allowed.entry(job.plan.target(*id).id.to_owned()).or_default() += n;
    }
}

fn described(job: &Job<'_>, id: &str) -> DetectorFacts {
    let detector = job.plan.catalogue.find(id).and_then(|n| job.plan.catalogue.detectors().get(n as usize));
    match detector {
        Some(d) => DetectorFacts { name: d.name.clone(), severity: d.severity.name().to_owned(), ..DetectorFacts::default() },
        None => DetectorFacts { name: "column rule of the policy".into(), severity: "low".into(), ..DetectorFacts::default() },
    }
}

fn limit_reached(job: &Job<'_>, limit: &str, times: u64, report: &mut Report) {
    let limits = &job.plan.policy.limits;
    let (value, effect) = match limit {
        "cell" => (limits.cell.to_string(), "the record was rejected"),
        "nesting" => (limits.nesting.to_string(), "the record was rejected"),
        "distinct labels of a row group" => (String::new(), "further labels, sources and days of the row group were not counted"),
        "ratio" => (limits.ratio.to_string(), "the rest of the file was not read"),
        _ => (String::new(), "the poisoning tests did not see its rows"),
    };
    if let Some(known) = report.limits_reached.iter_mut().find(|l| l.limit == limit) {
        known.times += times;
    } else {
        let (limit, effect) = (limit.to_owned(), effect.to_owned());
        report.limits_reached.push(LimitReached { limit, value, times, effect });
    }
}

fn not_looked_at(job: &Job<'_>, report: &mut Report) {
    let plan = job.plan;
    let mut note = |what: String, why: &str| report.not_looked_at.push(NotLookedAt { what, why: why.to_owned() });
    match &plan.scanner {
        None => note("personal data and secrets".into(), "--no-pii"),
        Some(scanner) => {
            let all = (0u16..).zip(plan.catalogue.detectors());
            let off: Vec<&str> = all.filter(|(n, _)| !scanner.is_enabled(*n)).map(|(_, d)| d.id.as_str()).collect();
            if !off.is_empty() {
                note(format!("detectors {}", off.join(", ")), "not in the profile, or switched off by the policy");
            }
        }
    }
    if !plan.poison {
        note("marks of poisoning, labels, duplicates, data quality of columns".into(), "--no-poison, or poison.tests = \"none\"");
    }
    for (name, rule) in &plan.policy.columns {
        if rule.pii == crate::policy::ColumnScan::Skip {
            note(format!("column {name}"), "columns.*.pii = \"skip\"");
        }
    }
}

/// Columns that were named for a part but are in no input: a slip of the pen, most likely.
fn missing_roles<'a>(job: &Job<'a>, files: &[Record]) -> Vec<(&'static str, &'a str)> {
    let roles = &job.plan.roles;
    let one = [("id", &roles.id), ("source", &roles.source), ("time", &roles.time)];
    let named = one.into_iter().filter_map(|(role, name)| Some((role, name.as_deref()?)));
    let named = named.chain(roles.text.iter().map(|name| ("text", name.as_str())));
    named.filter(|(_, name)| job.plan.poison && !files.iter().any(|f| f.columns.iter().any(|c| c == name))).collect()
}

fn policy_summary(job: &Job<'_>) -> PolicySummary {
    let (plan, options) = (job.plan, job.options);
    let policy = &plan.policy;
    let mut operators: std::collections::BTreeMap<String, String> =
        policy.pii.operators.iter().map(|(id, o)| (id.clone(), o.operator.clone())).collect();
    for (name, rule) in &policy.columns {
        if let Some(o) = &rule.operator {
            operators.insert(format!("column {name}"), o.operator.clone());
        }
    }
    PolicySummary {
        file: options.policy_file.clone(),
        label: plan.roles.label.clone().filter(|_| plan.poison),
        text: plan.roles.text.clone(),
        id: plan.roles.id.clone(),
        source: plan.roles.source.clone(),
        time: plan.roles.time.clone(),
        profile: match policy.pii.profile {
            crate::policy::Profile::Recommended => "recommended",
            crate::policy::Profile::All => "all",
            crate::policy::Profile::None => "none",
        }
        .to_owned(),
        detectors: (0..plan.catalogue.detectors().len() as u16)
            .filter(|n| plan.scanner.as_ref().is_some_and(|s| s.is_enabled(*n)))
            .count() as u64,
        packs: options.packs.iter().map(|p| (p.file.clone(), p.sha256.clone())).collect(),
        min_confidence: policy.pii.min_confidence,
        default_operator: policy.pii.default.operator.clone(),
        operators,
        poison: plan.poison,
        fdr: policy.poison.fdr,
        fates: policy.poison.fate.clone(),
        fail_on: policy.gates.fail_on.clone(),
        key_id: plan.key_id.clone(),
        seed: plan.seed,
        ..PolicySummary::default()
    }
}

/// Sets the gates that were asked for.
fn gates(job: &Job<'_>, leftover: Option<u64>, report: &mut Report) {
    let policy = &job.plan.policy.gates;
    let found = |secret: bool| -> u64 {
        report.pii.by_detector.iter().filter(|(id, _)| id.starts_with("secret.") == secret).map(|(_, d)| d.occurrences).sum()
    };
    let pointed = report.verdicts.iter().filter(|v| v.fate != crate::batch::Fate::Report).count();
    let unread = report.files.iter().filter(|f| f.status == FileStatus::Skipped).count();
    let share = report.rows.quarantined as f64 / (report.rows.read.max(1)) as f64;
    for gate in GATES.iter().filter(|g| policy.fail_on.iter().any(|f| f == **g)) {
        let (tripped, why) = match *gate {
            "secret" => (found(true) > 0, format!("{} secrets found", found(true))),
            "pii" => (found(false) > 0, format!("{} personal values found", found(false))),
            "poison" => (pointed > 0, format!("{pointed} suspicious subjects")),
            "rejected" => {
                let why = format!("{} records rejected, {unread} files not read", report.rows.rejected);
                (report.rows.rejected > 0 || unread > 0, why)
            }
            "quarantined" => (report.rows.quarantined > 0, format!("{} rows quarantined", report.rows.quarantined)),
            // Set only where data was written; a scan with this gate is refused.
            _ => (leftover.unwrap_or(0) > 0, format!("{} values left over in the output", leftover.unwrap_or(0))),
        };
        report.gates.insert((*gate).to_owned(), Gate { tripped, why });
    }
    if let Some(most) = policy.max_quarantined {
        let why = format!("{} rows quarantined, at most {most} of {} allowed", report.rows.quarantined, report.rows.read);
        report.gates.insert("max_quarantined".to_owned(), Gate { tripped: share > most.0, why });
    }
}

/// The manifest: every file that OUT holds.
pub(super) fn manifest(job: &Job<'_>, files: &[Record], out: &Path) -> Result<String> {
    let mut outputs = outputs(files);
    for name in ["rejected.parquet", "findings.parquet", "suspects.parquet", "report.json", "report.html"] {
        let path = out.join(name);
        if path.exists() {
            let (bytes, sha256) = hash_file(&path).map_err(Error::store(&path, "cannot read"))?;
            outputs.push(OutputFile { path: name.to_owned(), bytes, rows: None, sha256, written: None });
        }
    }
    let mut manifest = Manifest {
        finished: shown(Utc::now()),
        inputs: files.iter().filter(|f| f.facts.status != FileStatus::Ignored).map(|f| f.input.clone()).collect(),
        outputs,
        policy: serde_json::to_value(&job.plan.policy).map_err(|e| Error::Bug(e.to_string()))?,
        packs: job.options.packs.clone(),
        key_id: job.plan.key_id.clone(),
        seed: job.plan.seed,
        ..Manifest::default()
    };
    manifest.render()
}

/// The data files of a run with how they are written.
pub(super) fn outputs(files: &[Record]) -> Vec<OutputFile> {
    let mut outputs = Vec::new();
    for file in files {
        let written = file.written.and_then(|w| serde_json::to_value(w).ok());
        let data = |o: &OutputFile| o.path.starts_with("clean/") || o.path.starts_with("quarantine/");
        outputs.extend(file.outputs.iter().cloned().map(|o| OutputFile { written: written.clone().filter(|_| data(&o)), ..o }));
    }
    outputs
}

/// The most memory that was resident so far, in bytes; 0 where the system does not say.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kib| kib * 1024)
}
