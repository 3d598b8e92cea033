//! The chain of `audit.jsonl`: begun by the first decision, added to by others, checked by `verify` and before anything is added.

use crate::error::{Error, Result};
use crate::io::commit::{Access, create};
use crate::io::compress::Tally;
use crate::report::{Action, Anchor, Decision, Entry, Manifest, Report};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::Path;

/// The program, in the place of a name where nobody was asked.
pub(super) const PROGRAM: &str = concat!("untaint ", env!("CARGO_PKG_VERSION"));

/// Longest entry, in bytes: names and reasons are bounded, and what is longer is none of ours.
const LONGEST_BYTES: u64 = 1 << 20;

/// The SHA-256 of bytes, 64 hex digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let tally = Tally::default();
    tally.add(bytes);
    tally.sha256()
}

/// The digest of a manifest without its anchor, which hangs on it. Sorted keys and no spaces, so that any program can make it.
fn digest(mut manifest: Value) -> String {
    if let Some(keys) = manifest.as_object_mut() {
        keys.remove("audit");
    }
    sha256(manifest.to_string().as_bytes())
}

/// Writes `entry` as the next line of a chain into `audit.jsonl` of `out`, and anchors it in the manifest. Everything but
/// the anchor is in the manifest already.
pub(super) fn append(chain: &Chain, out: &Path, mut entry: Entry, manifest: &mut Manifest) -> Result<()> {
    manifest.sort();
    entry.manifest_sha256 = digest(serde_json::to_value(&*manifest).map_err(|e| Error::Bug(e.to_string()))?);
    entry.seq = chain.anchor.entries;
    entry.prev = Some(chain.anchor.head.clone());
    entry.before_sha256 = Some(chain.manifest_sha256.clone());
    let line = serde_json::to_string(&entry).map_err(|e| Error::Bug(e.to_string()))?;
    manifest.audit = Some(Anchor { entries: entry.seq + 1, head: sha256(line.as_bytes()) });
    let path = out.join(Entry::FILE_NAME);
    let failed = || Error::store(&path, "cannot write");
    let mut file = create(&path, Access::Default)?;
    file.write_all(&chain.bytes)
        .and_then(|()| file.write_all(line.as_bytes()))
        .and_then(|()| file.write_all(b"\n"))
        .map_err(failed())
}

/// The chain of an OUT that nobody decided on yet: its first entry is of the run that made it, out of what that left. It is
/// written with the first decision, so that what a run writes hangs on no clock.
fn begun(out: &Path, manifest: &Manifest, manifest_sha256: String) -> Result<Chain> {
    let ledger = Report::read(&out.join("report.json"))?.rows;
    let decision = Decision {
        time: manifest.finished.clone(),
        by: manifest.program.clone(),
        rows: ledger.read,
        files: manifest.inputs.len() as u64,
        ..Decision::default()
    };
    let entry = Entry { decision, ledger, manifest_sha256: manifest_sha256.clone(), ..Entry::default() };
    let mut bytes = serde_json::to_vec(&entry).map_err(|e| Error::Bug(e.to_string()))?;
    let anchor = Anchor { entries: 1, head: sha256(&bytes) };
    bytes.push(b'\n');
    Ok(Chain { bytes, anchor, manifest_sha256 })
}

/// A chain that holds.
pub(super) struct Chain {
    /// The file as it is.
    bytes: Vec<u8>,
    anchor: Anchor,
    manifest_sha256: String,
}

/// The chain of `out`, to be added to.
///
/// # Errors
/// `Store` where it is broken: whatever is added to it would vouch for what somebody changed.
pub(super) fn sound(out: &Path) -> Result<Chain> {
    let manifest = Manifest::read(&out.join(Manifest::FILE_NAME))?;
    let mut faults = Vec::new();
    let chain = check(out, &manifest, &mut faults)?;
    match (chain, faults.first()) {
        (Some(chain), None) => Ok(chain),
        (_, fault) => {
            let why = fault.map_or("no entry is there", String::as_str).to_owned();
            let source = std::io::Error::new(ErrorKind::InvalidData, why);
            Err(Error::store(out, "the record of what was done to it is broken; verify says more")(source))
        }
    }
}

/// What does not fit in the chain of `out`.
pub(super) fn faults(out: &Path, manifest: &Manifest) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(error) = check(out, manifest, &mut faults) {
        faults.push(format!("{}: {error}", Entry::FILE_NAME));
    }
    faults
}

/// How many decisions people made on an OUT since the run that made it.
pub(super) fn decisions(out: &Path) -> u64 {
    let Ok(file) = File::open(out.join(Entry::FILE_NAME)) else { return 0 };
    let entries = BufReader::new(file).split(b'\n').map_while(std::result::Result::ok);
    let actions = entries.filter_map(|line| serde_json::from_slice::<Entry>(&line).ok()).map(|entry| entry.decision.action);
    actions.filter(|action| is_decision(*action)).count() as u64
}

/// Whether people decided something.
fn is_decision(action: Action) -> bool {
    !matches!(action, Action::Run | Action::Report)
}

/// Holds the decisions of the chain against those that the report tells of: a record that was taken out whole leaves no other
/// trace. That the report cannot be read is told elsewhere.
fn told(out: &Path, decisions: &[Decision], faults: &mut Vec<String>) {
    if Report::read(&out.join("report.json")).is_ok_and(|report| report.decisions != decisions) {
        faults.push(format!("{}: its decisions are not those that report.json tells of", Entry::FILE_NAME));
    }
}

/// Reads the chain and says what is wrong with it.
fn check(out: &Path, manifest: &Manifest, faults: &mut Vec<String>) -> Result<Option<Chain>> {
    let name = Entry::FILE_NAME;
    let path = out.join(name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            if manifest.audit.is_some() {
                faults.push(format!("{name}: missing or not readable"));
                return Ok(None);
            }
            told(out, &[], faults);
            return begun(out, manifest, digest_of(out)?).map(Some);
        }
        Err(e) => return Err(Error::store(path, "cannot open")(e)),
    };
    let mut reader = BufReader::new(file);
    let (mut bytes, mut line) = (Vec::new(), Vec::new());
    let mut last: Option<(Entry, String)> = None;
    let mut decisions = Vec::new();
    let mut seq = 0;
    loop {
        line.clear();
        let read = (&mut reader).take(LONGEST_BYTES).read_until(b'\n', &mut line);
        if read.map_err(Error::store(&path, "cannot read"))? == 0 {
            break;
        }
        bytes.extend_from_slice(&line);
        let number = seq + 1;
        let entry = line.strip_suffix(b"\n").and_then(|line| Some((serde_json::from_slice::<Entry>(line).ok()?, sha256(line))));
        let Some((entry, hash)) = entry else {
            faults.push(format!("{name}: line {number} is no entry"));
            return Ok(None);
        };
        if entry.seq != seq {
            faults.push(format!("{name}: line {number} has the number {}, not {seq}", entry.seq));
        }
        let (prev, before) = last.as_ref().map(|(e, hash)| (hash, &e.manifest_sha256)).unzip();
        if entry.prev.as_ref() != prev {
            faults.push(format!("{name}: line {number} was not written behind the line before it"));
        }
        if entry.before_sha256.as_ref() != before {
            faults.push(format!("{name}: line {number} was made on another manifest than the line before it left"));
        }
        if is_decision(entry.decision.action) {
            decisions.push(entry.decision.clone());
        }
        last = Some((entry, hash));
        seq += 1;
    }
    told(out, &decisions, faults);
    let Some((entry, head)) = last else {
        faults.push(format!("{name}: holds no entry"));
        return Ok(None);
    };
    let anchor = Anchor { entries: seq, head };
    match &manifest.audit {
        None => faults.push(format!("{}: names no end of {name}", Manifest::FILE_NAME)),
        Some(said) if said.entries != seq => {
            faults.push(format!("{name}: holds {seq} entries, the manifest says {}", said.entries));
        }
        Some(said) if *said != anchor => faults.push(format!("{name}: its last line is not the one that the manifest names")),
        Some(_) => {}
    }
    if digest_of(out)? != entry.manifest_sha256 {
        faults.push(format!("{}: is not the one that the last line of {name} names", Manifest::FILE_NAME));
    }
    Ok(Some(Chain { bytes, anchor, manifest_sha256: entry.manifest_sha256 }))
}

/// The digest of the manifest as it lies in `out`.
fn digest_of(out: &Path) -> Result<String> {
    let path = out.join(Manifest::FILE_NAME);
    let file = File::open(&path).map_err(Error::store(&path, "cannot open"))?;
    let text =
        serde_json::from_reader(BufReader::new(file)).map_err(|_| Error::Usage(format!("{}: not a manifest", path.display())))?;
    Ok(digest(text))
}
