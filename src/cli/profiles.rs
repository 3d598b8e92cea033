//! `profile`, `baseline`, `merge` and `judge`: the side line spread over machines.

use super::args::{BaselineArgs, ProfileArgs, Voice};
use super::progress::Progress;
use super::{print, runs, tell};
use crate::batch::Fate;
use crate::error::{Error, Result};
use crate::io::commit::write_whole;
use crate::io::store;
use crate::job::{Job, Profiled, Shard, Stop};
use crate::policy::known;
use crate::profile::{Profile, Question};
use crate::report::export::{MODEL_MONITOR_FILES, model_monitor};
use crate::report::{counted, for_terminals};
use crate::verdict;
use std::path::{Path, PathBuf};

/// Opens a file of questions: eight bytes, then each question behind its length.
const ASK: &[u8; 8] = b"UTASK\x001\n";

/// `untaint baseline`: the profile of all inputs.
pub(super) fn baseline(args: BaselineArgs, stop: &Stop) -> Result<u8> {
    let BaselineArgs { input, out, export, run, voice } = args;
    let beside = |behind: &str| {
        let mut path = out.clone().into_os_string();
        path.push(behind);
        PathBuf::from(path)
    };
    let exports: &[&str] = if export.is_empty() { &[] } else { &MODEL_MONITOR_FILES };
    let further: Vec<PathBuf> = exports.iter().map(|behind| beside(behind)).collect();
    let code = profiled(ProfileArgs { input, out: out.clone(), shard: None, ask: None, run, voice }, &further, stop)?;
    if !exports.is_empty() {
        let mut profile = read(&out)?;
        profile.finish();
        for (behind, text) in model_monitor(&profile)? {
            write_whole(&beside(behind), text.as_bytes())?;
        }
    }
    Ok(code)
}

/// `untaint profile`.
pub(super) fn profile(args: ProfileArgs, stop: &Stop) -> Result<u8> {
    profiled(args, &[], stop)
}

/// Makes a profile; `further` files will be written beside it.
fn profiled(args: ProfileArgs, further: &[PathBuf], stop: &Stop) -> Result<u8> {
    let shard = args.shard.as_deref().map(Shard::parse).transpose()?;
    let questions = match &args.ask {
        Some(path) => read_questions(path)?,
        None => Vec::new(),
    };
    let mut made = runs::made(&args.input, args.run, Vec::new(), None, &args.voice)?;
    for path in further.iter().chain([&args.out]) {
        store::keep_apart(&args.input.input, &made.inputs, path)?;
    }
    if !made.plan.poison {
        return Err(Error::Usage("a profile is what the poisoning tests need; it cannot be made with them switched off".into()));
    }
    made.options.shard = shard;
    made.options.whole_order = !questions.is_empty();
    let progress = Progress::new(&args.voice);
    let job = Job { inputs: &made.inputs, plan: &made.plan, options: &made.options, observer: &progress, stop };
    let Profiled { profile, unread } = job.profile(&questions)?;
    write_whole(&args.out, &profile.to_bytes())?;
    if args.voice.json {
        let told = serde_json::json!({"rows": profile.rows(), "questions": questions.len(), "files_not_whole": unread});
        print(format!("{told}\n").as_bytes())?;
    } else if !args.voice.quiet {
        tell(&match questions.len() {
            0 => counted(profile.rows(), "row profiled", "rows profiled"),
            n => counted(n as u64, "question answered", "questions answered"),
        });
    }
    Ok(if unread > 0 { 3 } else { 0 })
}

fn read(path: &Path) -> Result<Profile> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|e| Error::Usage(format!("cannot read the profile {shown}: {e}")))?;
    Profile::from_bytes(&bytes).map_err(|broken| Error::Usage(format!("{shown}: {}", broken.0)))
}

/// `untaint merge`.
pub(super) fn merge(files: &[PathBuf], out: &Path) -> Result<u8> {
    let profiles = files.iter().map(|f| read(f)).collect::<Result<Vec<_>>>()?;
    let merged = crate::job::merge(profiles);
    if merged.is_mixed() {
        return Err(Error::Usage("the profiles were made with different seeds; make them again with one".into()));
    }
    write_whole(out, &merged.to_bytes())?;
    Ok(0)
}

/// What `untaint judge` is told.
pub(super) struct Judging<'a> {
    pub file: &'a Path,
    pub out: &'a Path,
    pub policy: Option<&'a Path>,
    pub ask: Option<&'a Path>,
    pub baseline: Option<PathBuf>,
    pub trusted: Option<PathBuf>,
    pub fail_on: Vec<String>,
    pub voice: &'a Voice,
}

/// `untaint judge`.
pub(super) fn judge(args: Judging<'_>) -> Result<u8> {
    for gate in &args.fail_on {
        known("gate of judge", gate, ["poison", "drift"].into_iter()).map_err(Error::Usage)?;
    }
    let mut written = [Some(args.out), args.ask].into_iter().flatten();
    if let Some(path) = written.find(|path| store::resolved(path) == store::resolved(args.file)) {
        return Err(Error::Usage(format!("{} is the profile that is judged; name another file to write", path.display())));
    }
    let (mut policy, _) = runs::policy(args.policy, &[], args.voice)?;
    policy.gates.fail_on.extend(args.fail_on);
    if args.baseline.is_some() {
        policy.dataset.baseline = args.baseline;
    }
    if args.trusted.is_some() {
        policy.dataset.trusted = args.trusted;
    }
    policy.check().map_err(Error::Usage)?;
    crate::plan::check_tests(&policy)?;
    let mut profile = read(args.file)?;
    profile.finish();
    let seed = profile.seed().unwrap_or_default();
    let mut settings = crate::job::settings(&policy, seed);
    settings.baseline = runs::baseline(&policy, seed)?.map(|baseline| baseline.profile);
    let trusted = runs::trusted(&policy, seed)?;
    settings.trusted = trusted.map(|trusted| trusted.beside(&profile, &policy.dataset.text)).transpose()?;
    let judgement = verdict::judge(&profile, &settings);
    let text = serde_json::to_string_pretty(&judgement).map_err(|e| Error::Bug(e.to_string()))?;
    write_whole(args.out, format!("{text}\n").as_bytes())?;
    match (args.ask, judgement.questions.is_empty()) {
        (Some(path), false) => {
            let mut bytes = ASK.to_vec();
            for question in &judgement.questions {
                let question = question.to_bytes();
                bytes.extend_from_slice(&(question.len() as u64).to_le_bytes());
                bytes.extend_from_slice(&question);
            }
            write_whole(path, &bytes)?;
        }
        // No file of questions means that nothing is left to ask.
        (Some(path), true) => crate::io::commit::remove(path)?,
        (None, false) if !args.voice.quiet => tell(
            "warning: the verdicts are not final: duplicates need a second look. Write the questions with --ask FILE, answer them \
with `profile --ask FILE` on every shard, merge the answers with the profile and judge again",
        ),
        _ => {}
    }
    let pointed = judgement.verdicts.iter().filter(|v| v.fate != Fate::Report).count();
    if args.voice.json {
        let told = serde_json::to_string(&judgement).map_err(|e| Error::Bug(e.to_string()))?;
        print(format!("{}\n", for_terminals(&told)).as_bytes())?;
    } else if !args.voice.quiet {
        let verdicts = counted(judgement.verdicts.len() as u64, "verdict", "verdicts");
        tell(&format!("{verdicts}, {}", counted(judgement.questions.len() as u64, "question", "questions")));
    }
    let drift = judgement.verdicts.iter().filter(|v| v.test == "drift").count();
    let trips = |gate: &String| (gate == "poison" && pointed > 0) || (gate == "drift" && drift > 0);
    Ok(u8::from(policy.gates.fail_on.iter().any(trips)))
}

fn read_questions(path: &Path) -> Result<Vec<Question>> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|e| Error::Usage(format!("cannot read the questions {shown}: {e}")))?;
    let broken = || Error::Usage(format!("{shown} holds no questions of this version"));
    let mut rest = bytes.strip_prefix(ASK).ok_or_else(broken)?;
    let mut questions = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| broken())?;
        let (question, behind) = behind.split_at_checked(length).ok_or_else(broken)?;
        questions.push(Question::from_bytes(question).map_err(|_| broken())?);
        rest = behind;
    }
    Ok(questions)
}
