//! Whether what OUT holds, what the manifest lists and what the report says are one thing.

use crate::batch::Fate;
use crate::job::purge::is_kept_for_a_time;
use crate::report::{Action, Entry, FileFacts, FileStatus, Manifest, OutputFile, Report};
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Side files that the run must have left, each with the rows that the report says it has.
fn side_files(report: &Report) -> impl Iterator<Item = (&'static str, Option<u64>)> {
    let found = report.pii.by_detector.values().map(|d| d.occurrences).sum();
    let purged = report.decisions.iter().any(|d| d.action == Action::Purge);
    let withheld = report.command == "clean" && report.rows.quarantined > 0 && !purged;
    let points = report.verdicts.iter().any(|v| v.fate != Fate::Report);
    [
        ("findings.parquet", true, Some(found)),
        ("suspects.parquet", points, None),
        ("withheld.parquet", withheld, Some(report.rows.quarantined)),
        ("rejected.parquet", report.rows.rejected > 0, None),
        ("report.json", true, None),
        ("report.html", true, None),
    ]
    .into_iter()
    .filter_map(|(name, due, rows)| due.then_some((name, rows)))
}

/// Says what does not fit.
pub(super) fn check(out: &Path, manifest: &Manifest, report: &Report) -> Vec<String> {
    let mut faults = Vec::new();
    let outputs = listed(manifest, &mut faults);
    let files: BTreeMap<&str, &FileFacts> = report.files.iter().map(|f| (f.file.as_str(), f)).collect();
    if files.len() < report.files.len() {
        faults.push("report.json: a file is listed twice".to_owned());
    }
    inputs(manifest, &files, &mut faults);
    rows(report, &outputs, &mut faults);
    for (path, output) in &outputs {
        let Some((_, file)) = data(path) else { continue };
        if !files.contains_key(file) {
            faults.push(format!("{path}: the report knows no such file"));
        }
        if output.rows.is_none() {
            faults.push(format!("{path}: the manifest does not say how many rows it has"));
        }
    }
    for (name, said) in side_files(report) {
        if !outputs.contains_key(name) {
            faults.push(format!("{name}: not in the manifest"));
        } else if let Some(said) = said
            && let Some(rows) = table_rows(&out.join(name))
            && rows != said
        {
            faults.push(format!("{name}: the report says {said} rows, {rows} are there"));
        }
    }
    faults
}

/// The folder and the relative path of a data file.
fn data(path: &str) -> Option<(&str, &str)> {
    path.split_once('/').filter(|(folder, _)| matches!(*folder, "clean" | "quarantine" | "rejected"))
}

/// The outputs by path; says which are listed twice or lie elsewhere.
fn listed<'a>(manifest: &'a Manifest, faults: &mut Vec<String>) -> BTreeMap<&'a str, &'a OutputFile> {
    let mut outputs = BTreeMap::new();
    for output in &manifest.outputs {
        if !lies_inside(&output.path) {
            faults.push(format!("{}: a path that leads out of the folder", output.path));
        } else if output.purged && !is_kept_for_a_time(&output.path) {
            faults.push(format!("{}: said to be purged, but it is nothing that could be", output.path));
        } else if outputs.insert(output.path.as_str(), output).is_some() {
            faults.push(format!("{}: in the manifest twice", output.path));
        }
    }
    outputs
}

/// Whether a path in the manifest stays in OUT.
pub(super) fn lies_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|c| matches!(c, Component::Normal(_)))
}

/// The inputs of the manifest are the files of the report, with the rows that were read.
fn inputs(manifest: &Manifest, files: &BTreeMap<&str, &FileFacts>, faults: &mut Vec<String>) {
    let mut inputs = BTreeMap::new();
    for input in &manifest.inputs {
        inputs.insert(input.file.as_str(), input.rows);
        match files.get(input.file.as_str()) {
            None => faults.push(format!("report.json: says nothing of the input {}", input.file)),
            Some(file) if file.rows.read != input.rows => {
                let (said, rows) = (file.rows.read, input.rows);
                faults.push(format!("{}: the report says that {said} rows were read, the manifest {rows}", input.file));
            }
            Some(_) => {}
        }
    }
    for (name, file) in files {
        if file.status != FileStatus::Ignored && !inputs.contains_key(name) {
            faults.push(format!("{name}: the report has it, the manifest lists no such input"));
        }
    }
}

/// Rows read are clean, quarantined or rejected, for each file and in sum, and in the files there are.
fn rows(report: &Report, outputs: &BTreeMap<&str, &OutputFile>, faults: &mut Vec<String>) {
    let mut sum = crate::report::Rows::default();
    for file in &report.files {
        sum.add(file.rows);
        if !file.rows.balances() {
            faults.push(format!("report.json: {}: the rows do not add up", file.file));
        }
        let written = report.command == "clean";
        let was_read = matches!(file.status, FileStatus::Complete | FileStatus::Partial);
        // What cannot be read of a Parquet file has no bytes to keep.
        let kept = file.format.as_deref() != Some("parquet");
        for (folder, said, due) in [
            ("clean", file.rows.clean, written && was_read),
            ("quarantine", file.rows.quarantined, written && file.rows.quarantined > 0),
            ("rejected", file.rows.rejected, written && file.rows.rejected > 0 && kept),
        ] {
            let path = format!("{folder}/{}", file.file);
            match outputs.get(path.as_str()) {
                None if due => faults.push(format!("{path}: the report says {said} rows, the manifest lists no such file")),
                Some(output) if output.rows.is_some_and(|rows| rows != said) => {
                    let rows = output.rows.unwrap_or_default();
                    faults.push(format!("{path}: the report says {said} rows, the manifest {rows}"));
                }
                _ => {}
            }
        }
    }
    if sum != report.rows || !report.rows.balances() {
        faults.push("report.json: the rows do not add up".to_owned());
    }
}

/// What lies in OUT and is no file of the manifest; links are none, wherever they lead.
pub(super) fn strangers(out: &Path, manifest: &Manifest) -> Vec<String> {
    let mut faults = Vec::new();
    let known: std::collections::BTreeSet<&str> =
        manifest.outputs.iter().filter(|o| !o.purged).map(|o| o.path.as_str()).collect();
    for entry in walkdir::WalkDir::new(out).min_depth(1).sort_by_file_name() {
        let Ok(entry) = entry else {
            faults.push("a folder cannot be read".to_owned());
            continue;
        };
        let relative = entry.path().strip_prefix(out).unwrap_or(entry.path());
        let name: Vec<_> = relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
        let name = name.join("/");
        if entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            faults.push(format!("{name}: a link or the like, no file"));
        } else if ![Manifest::FILE_NAME, Entry::FILE_NAME].contains(&name.as_str()) && !known.contains(name.as_str()) {
            faults.push(format!("{name}: not in the manifest"));
        }
    }
    faults
}

/// The rows of a side table by its footer; nothing where it cannot be read, which its hash tells.
fn table_rows(path: &Path) -> Option<u64> {
    let file = std::fs::File::open(path).ok()?;
    let reader = std::panic::catch_unwind(|| SerializedFileReader::new(file)).ok()?.ok()?;
    u64::try_from(reader.metadata().file_metadata().num_rows()).ok()
}
