//! A second look at a finished OUT by other means than those that wrote it: hashes of every file, rows counted again, and
//! every value searched by the slow reference scanner.

mod json;
mod ledger;
mod listed;
mod looker;
mod search;
mod table;
mod text;

use super::{Observer, Stop};
use crate::detect::Catalogue;
use crate::error::{Error, Result};
use crate::io::commit::{is_finished, recover};
use crate::io::compress::{Coat, Codec};
use crate::io::csv;
use crate::io::sniff::{self, Kind};
use crate::io::wide::Wide;
use crate::plan::Plan;
use crate::report::{Manifest, OutputFile, PackDigest, Report};
use listed::Listed;
use looker::Looker;
use search::Search;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// What a second look found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Files that were looked at.
    pub files: u64,
    /// Cells that were searched.
    pub cells: u64,
    /// What does not fit the manifest or the ledger.
    pub faults: Vec<String>,
    /// Personal data left over: file, column and detector, and how often.
    pub leftover: Vec<Leftover>,
    /// Packs of the run whose detectors were not looked for, by file name.
    pub packs_left_out: Vec<String>,
}

/// Personal data that is left in an output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Leftover {
    /// The file's path in OUT.
    pub file: String,
    /// The column, as reports show it; empty outside columns.
    pub column: String,
    /// The detector's id.
    pub detector: String,
    /// How often.
    pub occurrences: u64,
}

/// The list of findings in OUT.
const FINDINGS: &str = "findings.parquet";

/// How many lines of one kind are printed.
const LINES: usize = 20;

impl Found {
    /// What to tell a person.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let left: u64 = self.leftover.iter().map(|l| l.occurrences).sum();
        let verdict = match self.exit_code() {
            0 => "SOUND",
            1 => "LEFTOVER",
            _ => "DAMAGED",
        };
        let mut lines = vec![format!(
            "{verdict}  {} files, {} cells searched, {left} values left over, {} faults",
            self.files,
            self.cells,
            self.faults.len()
        )];
        lines.extend(self.faults.iter().take(LINES).cloned());
        let left = |l: &Leftover| format!("{}: {}: {} x {}", l.file, l.column, l.detector, l.occurrences);
        lines.extend(self.leftover.iter().take(LINES).map(left));
        lines.extend(
            self.packs_left_out
                .iter()
                .map(|file| format!("values that {file} finds were not looked for; name the pack with --detectors")),
        );
        let more = self.faults.len().saturating_sub(LINES) + self.leftover.len().saturating_sub(LINES);
        if more > 0 {
            lines.push(format!("and {more} more; --json lists them all"));
        }
        lines
    }

    /// 4 before 1 before 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.faults.is_empty(), self.leftover.is_empty()) {
            (false, _) => 4,
            (true, false) => 1,
            (true, true) => 0,
        }
    }
}

/// How a data file is written, as the manifest keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Written {
    /// Delimited text.
    Csv(csv::Dialect),
    /// JSON or JSONL.
    Json(crate::io::json::Shape),
    /// Parquet.
    Parquet,
}

/// The text of an output: decompressed, and decoded where it is UTF-16 or UTF-32.
fn reader(path: &Path, wide: Option<Wide>) -> Result<Box<dyn std::io::Read + Send>> {
    coated(path, wide).map(|(_, reader)| reader)
}

/// The text of an output, and what stands between it and the bytes of the file.
pub(super) fn coated(path: &Path, wide: Option<Wide>) -> Result<(Coat, Box<dyn std::io::Read + Send>)> {
    use std::io::Read as _;
    let cannot = || Error::store(path, "cannot read");
    let mut file = std::fs::File::open(path).map_err(cannot())?;
    let mut magic = Vec::new();
    // bzip2 is told from a word by its first block, which begins at the fifth byte.
    (&mut file).take(16).read_to_end(&mut magic).map_err(cannot())?;
    let codec = match sniff::kind(&magic) {
        Kind::Gzip => Codec::Gzip,
        Kind::Bzip2 => Codec::Bzip2,
        Kind::Zstd => Codec::Zstd,
        _ => Codec::None,
    };
    let whole = std::io::Cursor::new(magic).chain(file);
    let coat = Coat { codec, wide };
    Ok((coat, coat.reader(whole).map_err(cannot())?))
}

/// The detectors that are known to a second look.
pub struct Detectors<'a> {
    /// All of them.
    pub catalogue: &'a Arc<Catalogue>,
    /// The packs among them, beside the shipped ones.
    pub packs: &'a [PackDigest],
}

/// Looks at `out`.
///
/// # Errors
/// `Usage` where there is no finished run or it used another pack, `Interrupted`, `Store` where a file cannot be read.
pub fn run(out: &Path, detectors: &Detectors<'_>, observer: &dyn Observer, stop: &Stop) -> Result<Found> {
    with_deep_stack(|| look(out, detectors, observer, stop))
}

/// Reading JSON back recurses as deep as the policy lets it nest.
fn with_deep_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new().name("untaint-verify".into()).stack_size(STACK_BYTES);
        let thread = deep.spawn_scoped(scope, work);
        let thread = thread.map_err(|e| Error::Bug(format!("no thread to verify in: {e}")))?;
        thread.join().map_err(|_| Error::Bug("an output could not be read back".into()))?
    })
}

/// Address space for the reader's recursion; used only as deep as the data goes.
const STACK_BYTES: usize = 256 << 20;

fn look(out: &Path, detectors: &Detectors<'_>, observer: &dyn Observer, stop: &Stop) -> Result<Found> {
    recover(out)?;
    if !is_finished(out) {
        return Err(Error::Usage(format!("{} holds no finished run", out.display())));
    }
    let manifest = Manifest::read(&out.join(Manifest::FILE_NAME))?;
    if manifest.restored.is_some() {
        return Err(Error::Usage(format!("{} holds restored values; what verify looks for is there to stay", out.display())));
    }
    let policy = serde_json::from_value(manifest.policy.clone())
        .map_err(|_| Error::Usage(format!("{}: the manifest's policy is of another version", out.display())))?;
    let mut found = Found { packs_left_out: left_out(&manifest, detectors.packs)?, ..Found::default() };
    let looker = Looker::new(policy, detectors.catalogue)?;
    observer.begins(Some(manifest.outputs.iter().map(|o| o.bytes).sum()));
    found.faults = ledger::strangers(out, &manifest);
    found.faults.extend(super::audit::faults(out, &manifest));
    match Report::read(&out.join("report.json")) {
        Ok(report) => found.faults.extend(ledger::check(out, &manifest, &report)),
        Err(_) => found.faults.push("report.json: cannot be read back, so the ledger was not checked".to_owned()),
    }
    let findings = out.join(FINDINGS);
    let is_whole = |o: &OutputFile| {
        o.path == FINDINGS && super::account::hash_file(&findings).is_ok_and(|hashed| hashed == (o.bytes, o.sha256.clone()))
    };
    let whole = manifest.outputs.iter().any(is_whole);
    let mut listed = if whole { Listed::read(&findings, &looker.policy) } else { Listed::default() };
    for output in &manifest.outputs {
        stop.check()?;
        found.files += 1;
        if !ledger::lies_inside(&output.path) {
            continue;
        }
        let path = out.join(&output.path);
        if output.purged {
            continue;
        }
        match super::account::hash_file(&path) {
            Ok(hashed) if hashed == (output.bytes, output.sha256.clone()) => {
                look_at(&looker, output, &path, stop, &mut listed, &mut found)?;
            }
            Ok(_) => found.faults.push(format!("{}: bytes are not those of the manifest", output.path)),
            Err(_) => found.faults.push(format!("{}: missing or not readable", output.path)),
        }
        observer.advance(output.bytes, 0, 0);
    }
    observer.ends();
    found.leftover.sort();
    Ok(found)
}

/// The packs that the run used and that were not given, by file name.
fn left_out(manifest: &Manifest, packs: &[PackDigest]) -> Result<Vec<String>> {
    let same = |a: &PackDigest, b: &PackDigest| a.sha256 == b.sha256;
    if let Some(other) = packs.iter().find(|given| !manifest.packs.iter().any(|used| same(given, used))) {
        return Err(Error::Usage(format!("the run did not use the pack {}, or it has changed since", other.file)));
    }
    let missing = manifest.packs.iter().filter(|used| !packs.iter().any(|given| same(given, used)));
    Ok(missing.map(|used| used.file.clone()).collect())
}

/// Looks for personal data left over in data files of a run that is still staged in `out`.
///
/// # Errors
/// As [`run`].
pub(super) fn leftover(out: &Path, outputs: &[OutputFile], plan: &Plan, stop: &Stop) -> Result<u64> {
    with_deep_stack(|| {
        let looker = Looker::new(plan.policy.clone(), &plan.catalogue)?;
        let mut found = Found::default();
        let mut listed = Listed::read(&out.join(FINDINGS), &looker.policy);
        for output in outputs {
            look_at(&looker, output, &out.join(&output.path), stop, &mut listed, &mut found)?;
        }
        Ok(found.leftover.iter().map(|l| l.occurrences).sum())
    })
}

/// Counts rows and searches values of a data file; side files have their hashes alone.
fn look_at(looker: &Looker, output: &OutputFile, path: &Path, stop: &Stop, listed: &mut Listed, found: &mut Found) -> Result<()> {
    let data = output.path.starts_with("clean/") || output.path.starts_with("quarantine/");
    if !data || output.bytes == 0 {
        return Ok(());
    }
    let mut search = Search::new(looker);
    let written = output.written.clone().and_then(|w| serde_json::from_value(w).ok());
    let wide = output.encoding.as_deref().and_then(Wide::named);
    let rows = match written {
        _ if wide.is_none() && output.encoding.is_some() => {
            found.faults.push(format!("{}: the manifest names an encoding that is not known", output.path));
            return Ok(());
        }
        Some(Written::Csv(dialect)) => text::read(path, dialect, wide, stop, &mut search),
        Some(Written::Json(shape)) => json::read(path, shape, wide, stop, &mut search),
        Some(Written::Parquet) => table::read(path, stop, &mut search),
        None => {
            found.faults.push(format!("{}: the manifest does not say how it is written", output.path));
            return Ok(());
        }
    };
    search.flush();
    found.cells += search.cells;
    match rows {
        Ok(rows) if output.rows.is_some_and(|said| said != rows) => {
            let said = output.rows.unwrap_or_default();
            found.faults.push(format!("{}: the manifest says {said} rows, {rows} can be read", output.path));
        }
        Ok(_) => {}
        Err(Error::Interrupted(signal)) => return Err(Error::Interrupted(signal)),
        Err(error) => found.faults.push(format!("{}: cannot be read back: {error}", output.path)),
    }
    let file = output.path.split_once('/').map_or("", |(_, file)| file);
    let id = |detector: u16| looker.catalogue.get(detector).map(|d| d.id.clone()).unwrap_or_default();
    for ((column, detector, _), occurrences) in search.counts.iter().filter(|((.., left), _)| *left) {
        listed.left(file, column, &id(*detector), *occurrences);
    }
    for ((column, detector, _), occurrences) in search.counts.into_iter().filter(|((.., left), _)| !*left) {
        let occurrences = listed.beyond(file, &column, occurrences);
        if occurrences == 0 {
            continue;
        }
        let detector = id(detector);
        found.leftover.push(Leftover { file: output.path.clone(), column, detector, occurrences });
    }
    Ok(())
}
