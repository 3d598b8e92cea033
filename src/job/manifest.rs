//! The manifest of a run: every file that OUT holds, and what the run went by.

use super::account::{hash_file, now};
use super::file::Record;
use super::withheld::WITHHELD;
use super::{Job, Mode, names};
use crate::error::{Error, Result};
use crate::io::commit::{Access, MANIFEST, create, remove, write_whole};
use crate::io::compress::Tally;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::report::{FileStatus, InputFile, Manifest, OutputFile, Report, export};
use std::io::Write;
use std::path::Path;

/// Writes the exports that were asked for, and the manifest.
pub(super) fn write(job: &Job<'_>, report: &Report, files: &[Record], out: &Path) -> Result<()> {
    let mut manifest = manifest(job, files, out)?;
    manifest.kept_until.clone_from(&report.timing.kept_until);
    export(job, report, &mut manifest, out)?;
    write_whole(&out.join(MANIFEST), manifest.render()?.as_bytes())
}

/// The manifest: every file that OUT holds.
fn manifest(job: &Job<'_>, files: &[Record], out: &Path) -> Result<Manifest> {
    let mut outputs = outputs(files);
    let own =
        ["rejected.parquet", "findings.parquet", "suspects.parquet", WITHHELD, "scores.parquet", "report.json", "report.html"];
    for name in own {
        let path = out.join(name);
        if path.exists() {
            let (bytes, sha256) = hash_file(&path).map_err(Error::store(&path, "cannot read"))?;
            outputs.push(OutputFile { path: name.to_owned(), bytes, sha256, ..OutputFile::default() });
        }
    }
    Ok(Manifest {
        finished: now(),
        inputs: files.iter().filter(|f| f.facts.status != FileStatus::Ignored).map(input).collect(),
        outputs,
        policy: serde_json::to_value(spoken_policy(job.plan)).map_err(|e| Error::Bug(e.to_string()))?,
        packs: job.options.packs.clone(),
        baseline: job.options.baseline.as_ref().map(|b| b.digest.clone()),
        trusted: job.options.trusted.as_ref().map(|t| t.digest.clone()),
        key_id: job.plan.key_id.clone(),
        seed: job.plan.seed,
        restored: (job.options.mode == Mode::Restore).then(|| super::restored::account(files)),
        ..Manifest::default()
    })
}

/// Writes the report in the forms that other systems take, and lists the files.
fn export(job: &Job<'_>, report: &Report, manifest: &mut Manifest, out: &Path) -> Result<()> {
    // An interrupted run may have left some that nobody asks for now.
    remove(&out.join(export::FOLDER))?;
    for (path, text) in export::files(&job.options.exports, report, manifest, out)? {
        let tally = Tally::default();
        tally.add(text.as_bytes());
        let at = out.join(&path);
        create(&at, Access::Default)?.write_all(text.as_bytes()).map_err(Error::store(&at, "cannot write"))?;
        manifest.list(OutputFile { path, bytes: tally.bytes(), sha256: tally.sha256(), ..OutputFile::default() });
    }
    Ok(())
}

/// The policy with its columns under the names that they have in the output: a personal name is a found value.
fn spoken_policy(plan: &Plan) -> Policy {
    let mut policy = plan.policy.clone();
    let d = &mut policy.dataset;
    for name in [&mut d.label, &mut d.id, &mut d.source, &mut d.time].into_iter().flatten().chain(&mut d.text) {
        *name = names::spoken(plan, name);
    }
    let mut taken = names::Taken::new(std::iter::empty());
    let rules = std::mem::take(&mut policy.columns);
    policy.columns = rules.into_iter().map(|(name, rule)| (taken.unique(&names::spoken(plan, &name)), rule)).collect();
    policy
}

/// An input with how it is written.
fn input(file: &Record) -> InputFile {
    let written = file.written.filter(|_| file.facts.status != FileStatus::Skipped);
    InputFile { written: written.and_then(|w| serde_json::to_value(w).ok()), ..file.input.clone() }
}

/// The data files of a run with how they are written.
pub(super) fn outputs(files: &[Record]) -> Vec<OutputFile> {
    let mut outputs = Vec::new();
    for file in files {
        let written = file.written.and_then(|w| serde_json::to_value(w).ok());
        let data = |o: &OutputFile| o.path.starts_with("clean/") || o.path.starts_with("quarantine/");
        let encoding = file.wide.map(|w| w.name().to_owned());
        outputs.extend(file.outputs.iter().cloned().map(|o| {
            let data = data(&o);
            OutputFile { written: written.clone().filter(|_| data), encoding: encoding.clone().filter(|_| data), ..o }
        }));
    }
    outputs
}
