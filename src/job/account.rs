//! What a run says of itself: its identity, its report, its manifest.

use super::canaries;
use super::file::Record;
use super::schemas::Schemas;
use super::tally::add_shapes;
use super::{Job, Mode, Passed, gates, names};
use crate::batch::Leaves;
use crate::detect;
use crate::io::compress::Tally;
use crate::mask;
use crate::report::{
    Bytes, DetectorFacts, FileFacts, FileStatus, Inputs, LabelFacts, LimitReached, Memory, NotLookedAt, PolicySummary, Report,
    Risk, Timing,
};
use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes and SHA-256 of a file.
pub(super) fn hash_file(path: &Path) -> std::io::Result<(u64, String)> {
    hash_unless(path, &AtomicBool::new(false))
}

/// The same, given up with an error once `stop` is set.
pub(super) fn hash_unless(path: &Path, stop: &AtomicBool) -> std::io::Result<(u64, String)> {
    let mut file = std::fs::File::open(path)?;
    let tally = Tally::default();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((tally.bytes(), tally.sha256()));
        }
        if stop.load(Ordering::Relaxed) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        tally.add(buffer.get(..n).unwrap_or_default());
    }
}

/// Seconds since 1970 as RFC 3339 in UTC, to the millisecond.
pub(super) fn rfc3339(seconds: i64, nanos: u32) -> String {
    DateTime::from_timestamp(seconds, nanos).map(shown).unwrap_or_default()
}

/// The time now, as the manifest writes it.
pub(super) fn now() -> String {
    shown(Utc::now())
}

/// A time, as the manifest writes it.
pub(super) fn shown(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What the run is made from, as one hash: inputs by path, size and time, policy with its allow lists, detectors, key id, seed,
/// version.
pub(super) fn identity(job: &Job<'_>) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&serde_json::to_string(&job.plan.policy).unwrap_or_default());
    add(&format!("{:?} {:?} {:?}", job.options.mode, job.options.hints, job.plan.roles));
    add(&format!("{} {} {} {:?}", job.plan.poison, job.plan.scanner.is_some(), job.plan.seed, job.options.sample));
    add(job.plan.key_id.as_deref().unwrap_or_default());
    add(&job.plan.catalogue.digest());
    add(&crate::text::hex(&job.plan.allow_digest));
    for pack in job.options.packs.iter().chain(job.options.baseline.as_ref().map(|b| &b.digest)) {
        add(&pack.sha256);
    }
    if let Some(trusted) = &job.options.trusted {
        add(&format!("trusted {}", trusted.digest.sha256));
    }
    for input in job.inputs {
        add(&input.relative.display().to_string());
        add(&format!("{:?} {} {}", input.place, input.bytes, input.modified_ns));
        if input.path().is_none() {
            // What a stream holds nobody knows before it is read: no other run is made from the same.
            add(&format!("{:?} {}", std::time::SystemTime::now(), std::process::id()));
        }
    }
    crate::text::hex(&hash.finalize())
}

/// The report of a finished run.
pub(super) fn report(job: &Job<'_>, passed: &Passed, leftover: Option<u64>) -> Report {
    let Passed { files, judged, started, resumed, first_read } = passed;
    let mut report = Report {
        command: if job.options.mode == Mode::Clean { "clean" } else { "scan" }.to_owned(),
        policy: policy_summary(job),
        tests: judged.tests.clone(),
        verdicts: judged.verdicts.clone(),
        bias: judged.bias.clone().unwrap_or_default(),
        duplicates: judged.duplicates,
        columns: judged.columns.clone(),
        ..Report::default()
    };
    for (label, before, after) in &judged.labels {
        // Labels that are cut or masked to one name are counted together.
        let sum: &mut LabelFacts = report.labels.entry(label.clone()).or_default();
        sum.before += before;
        sum.after += after;
    }
    for (source, rows) in &judged.sources {
        *report.sources.entry(source.clone()).or_default() += rows;
    }
    for (what, kept) in &judged.samples {
        let why = "no more are kept; counts and shares are of those that are".to_owned();
        report.not_looked_at.push(NotLookedAt { what: format!("{what} beyond {kept}"), why });
    }
    let mut inputs = Inputs { files: files.len() as u64, ..Inputs::default() };
    let mut schemas = Schemas::default();
    let mut bytes = Bytes::default();
    for file in files {
        report.rows.add(file.facts.rows);
        let sha256 = Some(&file.input.sha256).filter(|digest| !digest.is_empty()).cloned();
        report.files.push(FileFacts { schema: schemas.number(&file.columns), sha256, ..file.facts.clone() });
        bytes.stored += file.facts.bytes;
        bytes.read += file.read_bytes;
        for output in &file.outputs {
            match output.path.split('/').next() {
                Some("clean") => bytes.clean += output.bytes,
                Some("quarantine") => bytes.quarantined += output.bytes,
                _ => bytes.rejected += output.bytes,
            }
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
    report.schemas = schemas.lists();
    let leaves = |operator: &str| mask::known(operator).map_or(Leaves::Value, |row| row.leaves);
    report.risk = report.looked_for_pii().then(|| Risk::new(&report.pii, leaves));
    if first_read.is_some_and(|first| first.full) {
        limit_reached(job, "values of the dataset looked for again", 1, &mut report);
    }
    not_looked_at(job, &mut report);
    if let Some(percent) = job.options.sample {
        let sampled: u64 = files.iter().map(|f| f.tally.sampled).sum();
        let left_out = report.rows.read.saturating_sub(sampled);
        report.not_looked_at.push(NotLookedAt { what: format!("{left_out} rows"), why: format!("--sample {percent}%") });
        report.sampled = Some(sampled);
    }
    for (role, name) in missing_roles(job, files) {
        let name = names::spoken(job.plan, name);
        job.observer.warn(&format!("no input has the {role} column {name}"));
        let why = format!("no input has it in its first records; the tests go without a {role}");
        report.not_looked_at.push(NotLookedAt { what: format!("{role} column {name}"), why });
    }
    let looked = files.iter().any(|f| !f.columns.is_empty());
    let met = |name: &String| files.iter().any(|f| f.ruled.contains(name));
    for name in job.plan.policy.columns.keys().filter(|name| looked && !met(name)) {
        let name = names::spoken(job.plan, name);
        job.observer.warn(&format!("no input has the column {name}, for which the policy has a rule"));
        let why = "no input has it, or it is not known by its name: a personal key, a header taken for data".to_owned();
        report.not_looked_at.push(NotLookedAt { what: format!("rule for the column {name}"), why });
    }
    let unmet = |name: &&String| looked && !files.iter().any(|f| names::has(job.plan, &f.columns, name));
    for name in job.plan.others().iter().filter(unmet) {
        let name = names::spoken(job.plan, name);
        job.observer.warn(&format!("no input has the column {name}, which an operator of the policy asks for"));
        let why = "no input has it in its first records; what hangs on it became tags or null".to_owned();
        report.not_looked_at.push(NotLookedAt { what: format!("column {name}"), why });
    }
    report.inputs = inputs;
    report.bytes = bytes;
    gates::set(job, leftover, &mut report);
    let seconds = started.elapsed().as_secs_f64();
    report.timing = Timing {
        seconds,
        mb_per_second: bytes.read as f64 / 1e6 / seconds.max(1e-9),
        jobs: job.options.jobs as u64,
        resumed: *resumed,
        first_read_seconds: first_read.map(|first| first.seconds),
        first_read_bytes: first_read.map(|first| first.bytes),
        started: shown(Utc::now() - chrono::TimeDelta::milliseconds((seconds * 1000.0) as i64)),
        kept_until: until(job).map(shown),
        out: job.options.out.as_ref().map(|o| o.display().to_string()),
        changes: None,
    };
    report.memory = Memory { peak_bytes: peak_bytes(), cap_bytes: job.options.memory_bytes };
    report
}

/// Until when what is withheld and rejected is kept, where the policy says how long.
fn until(job: &Job<'_>) -> Option<DateTime<Utc>> {
    let days = job.plan.policy.quarantine.retention.filter(|_| job.options.mode == Mode::Clean)?;
    Utc::now().checked_add_days(chrono::Days::new(days.0))
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
    for (column, detectors) in file.tally.shapes.iter().filter(|(column, _)| !column.is_empty()) {
        for (id, shapes) in detectors {
            add_shapes(&mut report.pii.shapes, column, id, shapes);
        }
    }
    canaries::report(&file.tally.planted, &mut report.pii.recall);
    for (id, n) in &file.tally.propagated {
        *report.pii.propagated.entry(id.clone()).or_default() += n;
    }
    for (id, n) in &file.tally.allowed {
        *report.allowed.entry(job.plan.target(*id).id.to_owned()).or_default() += n;
    }
}

fn described(job: &Job<'_>, id: &str) -> DetectorFacts {
    let detector = job.plan.catalogue.find(id).and_then(|n| job.plan.catalogue.detectors().get(n as usize));
    match detector {
        Some(d) => {
            let mut elsewhere: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (catalogue, name) in &d.elsewhere {
                elsewhere.entry((*catalogue).to_owned()).or_default().push(name.clone());
            }
            let (name, severity) = (d.name.clone(), d.severity.name().to_owned());
            DetectorFacts { name, severity, elsewhere, ..DetectorFacts::default() }
        }
        None => DetectorFacts { name: "column rule of the policy".into(), severity: "low".into(), ..DetectorFacts::default() },
    }
}

fn limit_reached(job: &Job<'_>, limit: &str, times: u64, report: &mut Report) {
    let limits = &job.plan.policy.limits;
    let (value, effect) = match limit {
        "cell" => (limits.cell.to_string(), "the record was rejected"),
        "nesting" => (limits.nesting.to_string(), "the record was rejected"),
        "distinct labels of a row group" => (String::new(), "further labels, sources and days of the row group were not counted"),
        "decoder budget" => (String::new(), "cells were searched as they are written, without decoding them"),
        "values of another column" => (String::new(), "operators that hang on another column wrote tags or null"),
        "values of a record looked for again" => {
            (detect::MOST_NEEDLES.to_string(), "further values of the record were not looked for in the rest of it")
        }
        "values of the dataset looked for again" => {
            (detect::MOST_KNOWN.to_string(), "further values were looked for in their own records alone")
        }
        "values of a row group looked for again" => {
            (String::new(), "further values of a column were not looked for in the free text of their rows")
        }
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
            note(format!("column {}", names::spoken(plan, name)), "columns.*.pii = \"skip\"");
        }
    }
}

/// Columns that were named for a part but are in no input: a slip of the pen, most likely.
fn missing_roles<'a>(job: &Job<'a>, files: &[Record]) -> Vec<(&'static str, &'a str)> {
    let roles = &job.plan.roles;
    let one = [("id", &roles.id), ("source", &roles.source), ("time", &roles.time)];
    let named = one.into_iter().filter_map(|(role, name)| Some((role, name.as_deref()?)));
    let named = named.chain(roles.text.iter().map(|name| ("text", name.as_str())));
    named.filter(|(_, name)| job.plan.poison && !files.iter().any(|f| names::has(job.plan, &f.columns, name))).collect()
}

fn policy_summary(job: &Job<'_>) -> PolicySummary {
    let (plan, options) = (job.plan, job.options);
    let policy = &plan.policy;
    let mut operators: BTreeMap<String, String> =
        policy.pii.operators.iter().map(|(id, o)| (id.clone(), o.operator.clone())).collect();
    for (name, rule) in &policy.columns {
        if let Some(o) = &rule.operator {
            operators.insert(format!("column {}", names::spoken(plan, name)), o.operator.clone());
        }
    }
    let spoken = |name: &Option<String>| name.as_deref().map(|name| names::spoken(plan, name));
    PolicySummary {
        file: options.policy_file.clone(),
        label: spoken(&plan.roles.label).filter(|_| plan.poison),
        text: plan.roles.text.iter().map(|name| names::spoken(plan, name)).collect(),
        id: spoken(&plan.roles.id),
        source: spoken(&plan.roles.source),
        time: spoken(&plan.roles.time),
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
        trusted: options.trusted.as_ref().map(|t| t.digest.file.clone()),
        baseline: options.baseline.as_ref().map(|b| b.digest.file.clone()),
        poison: plan.poison,
        fdr: policy.poison.fdr,
        fates: policy.poison.fate.clone(),
        fail_on: policy.gates.fail_on.clone(),
        key_id: plan.key_id.clone(),
        seed: plan.seed,
    }
}

/// The most memory that was resident so far, in bytes; 0 where the system does not say.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Silent, Stop, Trusted};
    use super::*;
    use crate::detect::Catalogue;
    use crate::io::store::{Input, Location};
    use crate::plan::{Looking, Plan};
    use crate::policy::Policy;
    use std::path::PathBuf;
    use std::sync::Arc;

    #[test]
    fn a_run_is_known_by_what_it_is_made_from() {
        let d = tempfile::tempdir().unwrap();
        let allow = d.path().join("allow.txt");
        let mut options = Options::default();
        let file = |bytes: u64, modified_ns: i128| Input {
            place: Location::File(PathBuf::from("a.csv")),
            relative: PathBuf::from("a.csv"),
            bytes,
            modified_ns,
            ignored: None,
        };
        let stream = Input { place: Location::Stdin, ..file(0, 0) };
        let identity_of = |inputs: &[Input], allowed: &str, options: &Options| {
            std::fs::write(&allow, allowed).unwrap();
            let mut policy = Policy::default();
            policy.allow.files.push(allow.clone());
            let catalogue = Arc::new(Catalogue::builtin().unwrap());
            let plan = Plan::resolve(policy, catalogue, None, 0, Looking::For).unwrap();
            identity(&Job { inputs, plan: &plan, options, observer: &Silent, stop: &Stop::default() })
        };
        let plain = options.clone();
        let made = |inputs: &[Input], allowed: &str| identity_of(inputs, allowed, &plain);
        let first = made(&[file(1, 1)], "a@b.org");
        assert_eq!(first, made(&[file(1, 1)], "a@b.org"), "the same");
        assert_ne!(first, made(&[file(2, 1)], "a@b.org"), "another size");
        assert_ne!(first, made(&[file(1, 2)], "a@b.org"), "another time");
        assert_ne!(first, made(&[file(1, 1)], "c@b.org"), "another allow list under the same name");
        let piped = [stream, file(1, 1)];
        assert_ne!(made(&piped, ""), made(&piped, ""), "what comes through a pipe may be other data");
        let mut vouched = |text: &str| {
            let path = d.path().join("holdout.csv");
            std::fs::write(&path, text).unwrap();
            options.trusted = Some(Trusted::open(&path, 0).unwrap());
            identity_of(&[file(1, 1)], "a@b.org", &options)
        };
        let with = vouched("text,label\n");
        assert_eq!(with, vouched("text,label\n"), "the same trusted set");
        assert!(with != first && with != vouched("text,label\na,b\n"), "another trusted set under the same name");
    }
}
