//! `restore`: tokens in cleaned data turned back into values.

use super::args::Restore;
use super::progress::Progress;
use super::runs::{catalogue, existing, exit_code, hints, jobs, key, memory, policy};
use super::{print, tell};
use crate::error::{Error, Result};
use crate::io::commit::is_finished;
use crate::io::store::{self, Choice};
use crate::job::{Ended, Job, Mode, Observer as _, Options, Stop};
use crate::plan::Plan;
use crate::report::{Manifest, Report, Restored, count, counted, for_terminals, shown_up_to};
use std::path::Path;

/// Types of value that are listed.
const TYPES: usize = 10;

/// `untaint restore`.
pub(super) fn restore(args: Restore, stop: &Stop) -> Result<u8> {
    let voice = &args.voice;
    let (mut policy, policy_file) = policy(args.policy.as_deref(), &args.input.input, voice)?;
    if args.key_env.is_some() || args.key_file.is_some() {
        policy.key.env = args.key_env;
        policy.key.file = args.key_file;
    }
    let key = key(&policy)?.ok_or_else(|| {
        let how = "name the key that the tokens were made with: --key-env, --key-file, or key.env in the policy";
        Error::Usage(how.to_owned())
    })?;
    let (catalogue, packs) = catalogue(&args.detectors)?;
    let jobs = jobs(args.jobs)?;
    let memory_bytes = memory(&mut policy, args.memory.as_deref(), jobs)?;
    let (arguments, key_ids) = cleaned(&args.input.input);
    let choice = Choice {
        include: args.input.include.clone(),
        exclude: args.input.exclude.clone(),
        stdin_format: args.input.format.clone(),
    };
    let inputs = store::list(&arguments, &choice)?;
    store::keep_apart(&arguments, &inputs, &args.out)?;
    let plan = Plan::restoring(&policy, catalogue, &key)?;
    let options = Options {
        mode: Mode::Restore,
        out: Some(args.out.clone()),
        existing: existing(&args.existing),
        jobs,
        memory_bytes,
        hints: hints(&args.input)?,
        policy_file,
        packs,
        ..Options::default()
    };
    let progress = Progress::new(voice);
    let id = key.id();
    for other in key_ids.iter().filter(|other| **other != id) {
        progress.warn(&format!("the run was made with the key {}, and this is {id}", shown_up_to(other, 32)));
    }
    let ended = Job { inputs: &inputs, plan: &plan, options: &options, observer: &progress, stop }.run()?;
    let report = match ended {
        Ended::Done(report) => report,
        Ended::NothingToDo => {
            if !voice.quiet {
                tell("the run is finished already; nothing left to do");
            }
            return Ok(0);
        }
    };
    let done = Manifest::read(&args.out.join(Manifest::FILE_NAME))?.restored.unwrap_or_default();
    if voice.json {
        print(format!("{}\n", for_terminals(&as_json(&done, &report, &id))).as_bytes())?;
    } else if !voice.quiet {
        for line in lines(&done, &report, &id, &args.out) {
            tell(&line);
        }
    }
    Ok(exit_code(&report))
}

/// Inputs with the cleaned data in place of finished runs, and the ids of the keys that those were made with.
fn cleaned(arguments: &[String]) -> (Vec<String>, Vec<String>) {
    let mut key_ids = Vec::new();
    let arguments = arguments.iter().map(|argument| {
        let out = Path::new(argument);
        let data = out.join("clean");
        if !(is_finished(out) && data.is_dir()) {
            return argument.clone();
        }
        key_ids.extend(Manifest::read(&out.join(Manifest::FILE_NAME)).ok().and_then(|manifest| manifest.key_id));
        data.to_str().map_or_else(|| argument.clone(), str::to_owned)
    });
    (arguments.collect(), key_ids)
}

fn lines(done: &Restored, report: &Report, key_id: &str, out: &Path) -> Vec<String> {
    let tokens = done.tokens;
    let back = format!("{} turned back", counted(tokens.restored, "token", "tokens"));
    let mut lines = vec![match (tokens.restored, tokens.unopened) {
        (0, 0) => "NOTHING   no token was found".to_owned(),
        (0, n) => format!(
            "WRONG KEY none of {} opened: {key_id} is not the key they were made with, or their pack is not named",
            counted(n, "token", "tokens")
        ),
        (_, 0) => format!("RESTORED  {back}"),
        (_, n) => format!("PARTLY    {back}, {} did not open with the key {key_id} and stay", count(n)),
    }];
    for (id, tokens) in done.by_type.iter().take(TYPES) {
        lines.push(format!("          {:<32} {:>11}", shown_up_to(id, 32), count(tokens.restored)));
    }
    if done.by_type.len() > TYPES {
        lines.push(format!("          and {} more types", done.by_type.len() - TYPES));
    }
    let rows = report.rows;
    let (read, written, rejected) = (count(rows.read), count(rows.clean), count(rows.rejected));
    lines.push(format!("rows      {read} read = {written} written + {rejected} rejected"));
    lines.push(format!("data      {}", shown_up_to(&out.join("restored").display().to_string(), 200)));
    lines
}

fn as_json(done: &Restored, report: &Report, key_id: &str) -> String {
    let files: Vec<_> =
        report.files.iter().map(|f| serde_json::json!({"file": f.file, "status": f.status.name(), "reason": f.reason})).collect();
    let rows = report.rows;
    let rows = serde_json::json!({"read": rows.read, "written": rows.clean, "rejected": rows.rejected});
    serde_json::json!({"key_id": key_id, "restored": done, "rows": rows, "files": files}).to_string()
}
