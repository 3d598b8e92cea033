//! `clean`, `scan` and `verify`.

use super::args::{Clean, ExistingArgs, ExportArgs, InputArgs, RunArgs, Scan, Voice};
use super::progress::Progress;
use super::{colour, print, tell};
use crate::detect::Catalogue;
use crate::error::{Error, Result};
use crate::io::commit::Existing;
use crate::io::csv;
use crate::io::store::{self, Choice, Input};
use crate::job::verify::Detectors;
use crate::job::{Baseline, Ended, Hints, Job, Mode, Observer, Options, Silent, Stop, Trusted, render_again};
use crate::mask::Key;
use crate::plan::{Looking, Plan};
use crate::policy::{Policy, Profile, Size, Tests, nearest, packs};
use crate::report::export::{Exporter, exporter};
use crate::report::{FileStatus, PackDigest, Report, summary, summary_json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// `untaint clean`.
pub(super) fn clean(args: Clean, stop: &Stop) -> Result<u8> {
    let out = (!args.dry_run).then_some(args.out.clone());
    let mut made = made(&args.input, args.run, args.fail_on, out, &args.voice)?;
    if let Some(time) = args.retention {
        made.plan.policy.quarantine.retention = Some(time.parse().map_err(|e| Error::Usage(format!("--retention: {e}")))?);
    }
    compare(&mut made, args.baseline, args.trusted)?;
    if args.dry_run {
        nothing_left_over(&made, "dry run")?;
        if !args.export.export.is_empty() {
            return Err(Error::Usage("--export writes to OUT/exports, and a dry run writes nothing".into()));
        }
    }
    store::keep_apart(&args.input.input, &made.inputs, &args.out)?;
    made.options.mode = if args.dry_run { Mode::Scan } else { Mode::Clean };
    made.options.existing = existing(&args.existing);
    made.options.exports = exporters(&args.export);
    made.options.since = since(args.since.as_deref(), &made)?;
    run(&made, &args.voice, stop)
}

/// `untaint scan`.
pub(super) fn scan(args: Scan, stop: &Stop) -> Result<u8> {
    let mut made = made(&args.input, args.run, args.fail_on, args.out.clone(), &args.voice)?;
    nothing_left_over(&made, "scan")?;
    compare(&mut made, args.baseline, args.trusted)?;
    if let Some(out) = &args.out {
        store::keep_apart(&args.input.input, &made.inputs, out)?;
    }
    made.options.mode = Mode::Scan;
    made.options.sample = args.sample;
    made.options.exports = exporters(&args.export);
    if args.out.is_none() && !made.options.exports.is_empty() {
        return Err(Error::Usage("--export writes to OUT/exports; name OUT with --out".into()));
    }
    made.options.existing = existing(&args.existing);
    made.options.since = since(args.since.as_deref(), &made)?;
    run(&made, &args.voice, stop)
}

/// Refuses the gate that looks at cleaned data where none is written: it would hold without a look.
fn nothing_left_over(made: &Made, verb: &str) -> Result<()> {
    if made.plan.policy.gates.fail_on.iter().any(|g| g == "leftover") {
        let why = format!("the gate leftover looks at cleaned data, and a {verb} writes none; use clean or verify");
        return Err(Error::Usage(why));
    }
    Ok(())
}

/// Gives a run its baseline and its trusted set, by flag or policy; refuses the gate that compares with a baseline where there is
/// none.
fn compare(made: &mut Made, baseline_flag: Option<PathBuf>, trusted_flag: Option<PathBuf>) -> Result<()> {
    let policy = &mut made.plan.policy;
    if baseline_flag.is_some() {
        policy.dataset.baseline = baseline_flag;
    }
    if trusted_flag.is_some() {
        policy.dataset.trusted = trusted_flag;
    }
    made.options.baseline = baseline(policy, made.plan.seed)?.filter(|_| made.plan.poison);
    made.options.trusted = trusted(policy, made.plan.seed)?.filter(|_| made.plan.poison);
    Ok(())
}

/// The baseline that a policy names.
pub(super) fn baseline(policy: &Policy, seed: u64) -> Result<Option<Baseline>> {
    match &policy.dataset.baseline {
        Some(path) => Baseline::read(path, seed).map(Some),
        None if policy.gates.fail_on.iter().any(|g| g == "drift") => {
            Err(Error::Usage("the gate drift compares with an earlier delivery; name its profile with --baseline".into()))
        }
        None => Ok(None),
    }
}

/// The trusted set that a policy names.
pub(super) fn trusted(policy: &Policy, seed: u64) -> Result<Option<Trusted>> {
    policy.dataset.trusted.as_deref().map(|path| Trusted::open(path, seed)).transpose()
}

/// The report of the run that `--since` names, else of the one that `--overwrite` replaces.
fn since(named: Option<&Path>, made: &Made) -> Result<Option<Arc<Report>>> {
    let report = |path: &Path| if path.is_dir() { path.join("report.json") } else { path.to_owned() };
    match (named, &made.options.out) {
        (Some(path), _) => Report::read(&report(path)).map(|before| Some(Arc::new(before))),
        // What is replaced may be of another version or broken: that is no reason to keep it.
        (None, Some(out)) if made.options.existing == Existing::Overwrite => Ok(Report::read(&report(out)).ok().map(Arc::new)),
        (None, _) => Ok(None),
    }
}

/// What `--export` names.
pub(super) fn exporters(args: &ExportArgs) -> Vec<&'static dyn Exporter> {
    args.export.iter().filter_map(|kind| exporter(kind)).collect()
}

pub(super) fn existing(args: &ExistingArgs) -> Existing {
    match (args.resume, args.overwrite) {
        (true, _) => Existing::Resume,
        (_, true) => Existing::Overwrite,
        _ => Existing::Refuse,
    }
}

/// What a command line comes to.
pub(super) struct Made {
    pub inputs: Vec<Input>,
    pub plan: Plan,
    pub options: Options,
}

/// Resolves flags over environment over policy file.
pub(super) fn made(input: &InputArgs, run: RunArgs, fail_on: Vec<String>, out: Option<PathBuf>, voice: &Voice) -> Result<Made> {
    let choice = Choice { include: input.include.clone(), exclude: input.exclude.clone(), stdin_format: input.format.clone() };
    let inputs = store::list(&input.input, &choice)?;
    let (mut policy, policy_file) = policy(run.policy.as_deref(), &input.input, voice)?;
    let label_named = run.label.is_some() || policy.dataset.label.is_some();
    let d = &mut policy.dataset;
    let set = |slot: &mut Option<String>, flag: Option<String>| {
        if flag.is_some() {
            *slot = flag;
        }
    };
    set(&mut d.label, run.label);
    set(&mut d.id, run.id);
    set(&mut d.source, run.source);
    set(&mut d.time, run.time);
    if !run.text.is_empty() {
        d.text = run.text;
    }
    policy.allow.files.extend(run.allow);
    if run.key_env.is_some() || run.key_file.is_some() {
        policy.key.env = run.key_env;
        policy.key.file = run.key_file;
    }
    policy.gates.fail_on.extend(fail_on);
    let looking = if run.no_pii {
        policy.pii.profile = Profile::None;
        policy.pii.detectors.clear();
        Looking::NotFor
    } else {
        Looking::For
    };
    if run.no_poison {
        policy.poison.tests = Tests::Word("none".into());
    }
    policy.check().map_err(Error::Usage)?;
    let (catalogue, packs) = catalogue(&run.detectors)?;
    let key = key(&policy)?;
    let jobs = jobs(run.jobs)?;
    let memory_bytes = memory(&mut policy, run.memory.as_deref(), jobs)?;
    let plan = Plan::resolve(policy, catalogue, key.as_ref(), run.seed, looking)?;
    let options = Options {
        mode: Mode::Scan,
        scores: run.scores,
        out,
        jobs,
        memory_bytes,
        hints: hints(input)?,
        policy_file,
        packs,
        label_named,
        ..Options::default()
    };
    Ok(Made { inputs, plan, options })
}

/// The memory cap in bytes: the flag, else the policy, else by the jobs.
pub(super) fn memory(policy: &mut Policy, asked: Option<&str>, jobs: usize) -> Result<u64> {
    if let Some(size) = asked {
        policy.limits.memory = Some(size.parse::<Size>().map_err(|e| Error::Usage(format!("--memory: {e}")))?);
    }
    let least = 64 << 20;
    let bytes = policy.limits.memory.map_or((256 << 20) + jobs as u64 * (64 << 20), |m| m.0);
    if bytes < least {
        return Err(Error::Usage(format!("--memory must be at least {}", Size(least))));
    }
    Ok(bytes)
}

pub(super) fn jobs(asked: Option<usize>) -> Result<usize> {
    match asked {
        Some(0) => Err(Error::Usage("--jobs must be at least 1".into())),
        Some(n) if n > 1024 => Err(Error::Usage("--jobs must be at most 1024".into())),
        Some(n) => Ok(n),
        None => Ok(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
    }
}

pub(super) fn hints(input: &InputArgs) -> Result<Hints> {
    let delimiter = match input.delimiter.as_deref() {
        None => None,
        Some("\\t" | "tab") => Some(b'\t'),
        Some(text) => match text.as_bytes() {
            [c] if c.is_ascii() && !matches!(c, b'"' | b'\'' | b'\r' | b'\n') => Some(*c),
            _ => return Err(Error::Usage("--delimiter takes one ASCII character, or \\t".into())),
        },
    };
    Ok(Hints { csv: csv::Hints { delimiter, no_header: input.no_header } })
}

/// The policy that is named, else `untaint.toml` in the working folder, else the defaults.
pub(super) fn policy(named: Option<&Path>, inputs: &[String], voice: &Voice) -> Result<(Policy, Option<String>)> {
    let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned());
    if let Some(path) = named {
        let word = path.to_str().filter(|_| !path.exists());
        return match word.and_then(packs::find) {
            Some(pack) => Ok((pack.policy()?, Some(pack.name.to_owned()))),
            None => Ok((Policy::read(path).map_err(|e| or_pack(e, word))?, name(path))),
        };
    }
    let path = Path::new("untaint.toml");
    if !path.is_file() {
        return Ok((Policy::default(), None));
    }
    let here = store::resolved(path);
    let hostile = inputs.iter().any(|i| here.starts_with(store::resolved(Path::new(i))));
    if hostile {
        if !voice.quiet {
            tell("warning: untaint.toml lies in an input and is ignored; name it with --policy to use it");
        }
        return Ok((Policy::default(), None));
    }
    Ok((Policy::read(path)?, name(path)))
}

/// Names the shipped policy that a word which is no file may have meant.
fn or_pack(error: Error, word: Option<&str>) -> Error {
    let near = word.and_then(|w| nearest(w, packs::PACKS.iter().map(|p| p.name)));
    match (error, near) {
        (Error::Usage(why), Some(near)) => Error::Usage(format!("{why}; did you mean the shipped policy `{near}`?")),
        (error, _) => error,
    }
}

/// The shipped detectors and those of packs.
pub(super) fn catalogue(packs: &[PathBuf]) -> Result<(Arc<Catalogue>, Vec<PackDigest>)> {
    let mut catalogue = Catalogue::builtin()?;
    let mut digests = Vec::new();
    for pack in packs {
        let text =
            std::fs::read_to_string(pack).map_err(|e| Error::Usage(format!("cannot read the pack {}: {e}", pack.display())))?;
        let file = pack.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        catalogue.add_pack(&file, &text)?;
        let tally = crate::io::compress::Tally::default();
        tally.add(text.as_bytes());
        digests.push(PackDigest { file, sha256: tally.sha256() });
    }
    Ok((Arc::new(catalogue), digests))
}

/// The key of keyed operators, where the policy names one.
pub(super) fn key(policy: &Policy) -> Result<Option<Key>> {
    let material = if let Some(variable) = &policy.key.env {
        let value =
            std::env::var(variable).map_err(|_| Error::Usage(format!("the environment variable {variable} holds no key")))?;
        Zeroizing::new(value.into_bytes())
    } else if let Some(path) = &policy.key.file {
        let read = std::fs::read(path).map_err(|e| Error::Usage(format!("cannot read the key file {}: {e}", path.display())))?;
        Zeroizing::new(read)
    } else {
        return Ok(None);
    };
    Key::new(&material).map(Some).map_err(Error::Usage)
}

fn run(made: &Made, voice: &Voice, stop: &Stop) -> Result<u8> {
    let progress = Progress::new(voice);
    let Made { inputs, plan, options } = made;
    let ended = Job { inputs, plan, options, observer: &progress, stop }.run()?;
    match ended {
        Ended::NothingToDo => {
            if !voice.quiet {
                tell("the run is finished already; nothing left to do");
            }
            // What the run did not export is made now: a batch job asks for it in the same words each time.
            if let (false, Some(out)) = (options.exports.is_empty(), &options.out) {
                render_again(out, &options.exports)?;
            }
            // Who asked for the summary gets it, whether or not this call made it.
            if let (true, Some(out)) = (voice.json, &options.out) {
                print(summary_json(&Report::read(&out.join("report.json"))?)?.as_bytes())?;
            }
            Ok(0)
        }
        Ended::Done(report) => {
            if voice.json {
                print(summary_json(&report)?.as_bytes())?;
            } else if !voice.quiet {
                tell(summary(&report, colour(voice)).trim_end());
            }
            Ok(exit_code(&report))
        }
    }
}

/// 4 before 3 before 1: a row that was lost is our fault, and input that was not read weighs more than a gate.
pub(super) fn exit_code(report: &Report) -> u8 {
    if !report.balances() {
        return 4;
    }
    let unread = report.files.iter().any(|f| matches!(f.status, FileStatus::Partial | FileStatus::Skipped));
    if unread { 3 } else { u8::from(report.gates.values().any(|g| g.tripped)) }
}

/// `untaint verify`.
pub(super) fn verify(out: &Path, packs: &[PathBuf], voice: &Voice, stop: &Stop) -> Result<u8> {
    let (catalogue, packs) = catalogue(packs)?;
    let detectors = Detectors { catalogue: &catalogue, packs: &packs };
    let observer: &dyn Observer = if voice.quiet { &Silent } else { &Progress::new(voice) };
    let found = crate::job::verify::run(out, &detectors, observer, stop)?;
    if voice.json {
        let text = serde_json::to_string(&found).map_err(|e| Error::Bug(e.to_string()))?;
        print(format!("{}\n", crate::report::for_terminals(&text)).as_bytes())?;
    } else if !voice.quiet {
        for line in found.lines() {
            tell(&crate::report::shown(&line));
        }
    }
    Ok(found.exit_code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{FileFacts, Gate, Rows};

    #[test]
    fn what_is_worst_gives_the_exit_code() {
        let gate = |tripped| [("pii".to_owned(), Gate { tripped, why: String::new() })].into();
        let file = |status, read| FileFacts { status, rows: Rows { read, ..Rows::default() }, ..FileFacts::default() };
        let of = |files, tripped| Report { files, gates: gate(tripped), ..Report::default() };
        for (report, code, why) in [
            (of(vec![file(FileStatus::Complete, 0), file(FileStatus::Ignored, 0)], false), 0, "all is well"),
            (of(vec![file(FileStatus::Complete, 0)], true), 1, "a gate"),
            (of(vec![file(FileStatus::Partial, 0)], true), 3, "unread input weighs more than a gate"),
            (of(vec![file(FileStatus::Skipped, 0)], false), 3, "not read at all"),
            (of(vec![file(FileStatus::Partial, 1)], true), 4, "a lost row weighs most"),
        ] {
            assert_eq!(exit_code(&report), code, "{why}");
        }
    }
}
