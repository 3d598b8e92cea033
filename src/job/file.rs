//! Pass 1 over one input: opened, sent down the line, recorded.

use super::canaries::{PlantedIn, join};
use super::look::{self, NameFinding, Opened, Stream};
use super::sink::{FileSink, Glued, OutFile};
use super::spill::{RowSet, SpillReader, SpillWriter};
use super::tally::FileTally;
use super::verify::Written;
use super::work::Shared;
use super::{Mode, Run, names, restored, stream};
use crate::batch::{Evidence, Place, Reason};
use crate::error::{Error, Result};
use crate::io::Glue;
use crate::io::commit::{Access, write_whole};
use crate::io::compress::{Coat, Codec, Tally};
use crate::io::store::Input;
use crate::io::wide::Wide;
use crate::merge::Merge;
use crate::profile::{Profile, RowShare};
use crate::report::{FileFacts, FileStatus, FindingBatch, FindingRow, InputFile, OutputFile, counted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// The folder of data whose tokens were turned back.
pub(super) const RESTORED: &str = "restored";

/// What is known of one input once it went down the line. Kept in the stage, so that `--resume` need not read it again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    pub facts: FileFacts,
    pub input: InputFile,
    pub outputs: Vec<OutputFile>,
    pub tally: FileTally,
    /// Decompressed bytes that were read; of Parquet, which is not read as a stream, the bytes as they are stored.
    pub read_bytes: u64,
    /// Columns in order of appearance, as reports show them.
    pub columns: Vec<String>,
    /// The columns among them that the policy has a rule for, by the rule's name.
    pub ruled: BTreeSet<String>,
    /// How the cleaned file is put together; the second pass takes rows out again.
    pub shape: Shape,
    /// How its data files are written.
    pub written: Option<Written>,
    /// The encoding of its data files where they are neither UTF-8 nor close to it.
    pub wide: Option<Wide>,
    /// Row groups that were rejected whole: first row and rows of each.
    pub lost_rows: Vec<(u64, u64)>,
}

/// How a cleaned file is put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Shape {
    /// There is none.
    #[default]
    None,
    Lines(Coat),
    Array(Coat),
    Parquet,
}

/// What a pass over an input gave: a profile of what was read, bytes and SHA-256 where they were counted beside.
type Passed = (Option<Profile>, Option<(u64, String)>);

impl Run<'_> {
    /// Reads one input, or takes over what an interrupted run knew of it.
    pub(super) fn file(&mut self, number: usize) -> Result<Record> {
        let input = self.job.inputs.get(number).ok_or_else(|| Error::Bug("no such input".into()))?;
        if let Some(record) = self.recorded(number)? {
            self.job.observer.advance(record.read_bytes, record.tally.rows.read, 0);
            return Ok(record);
        }
        let mut record = Record::default();
        record.facts.file = input.name();
        record.input = InputFile { file: input.name(), modified: modified(input), ..InputFile::default() };
        if let Some(why) = input.ignored {
            record.facts.status = FileStatus::Ignored;
            record.facts.reason = Some(why.to_owned());
            return Ok(record);
        }
        let stored = Tally::default();
        let opened = look::open(self.job.plan, input, self.job.options.hints, &stored)?;
        let pass = || self.opened(number, input, opened, &mut record);
        let (passed, planted) = match self.canaries.as_ref().zip(self.job.plan.scanner.as_ref()) {
            Some((canaries, scanner)) => canaries.beside(scanner, number, pass),
            None => (pass(), PlantedIn::default()),
        };
        let (profile, hashed) = passed?;
        join(&mut record.tally.planted, &planted);
        record.ruled = self.job.plan.take_met();
        hash(input, &stored, hashed, &mut record);
        if record.shape == Shape::Parquet {
            // Its pages are unpacked one by one, and not all of them.
            record.read_bytes = record.facts.bytes;
        }
        record.input.rows = record.tally.rows.read;
        record.facts.rows = rows(&record);
        if let Some(profile) = profile {
            if self.resumable(number) {
                write_whole(&self.work_file(number, "profile"), &profile.to_bytes())?;
            }
            self.profile.merge(profile);
        }
        self.unopened(&mut record);
        self.report_file(&record);
        if self.resumable(number) {
            let text = serde_json::to_vec(&record).map_err(|e| Error::Bug(e.to_string()))?;
            write_whole(&self.work_file(number, "done"), &text)?;
        }
        Ok(record)
    }

    /// Sends an opened input down the line: its profile, and its bytes and digest where they were read beside.
    fn opened(&self, number: usize, input: &Input, opened: Opened, record: &mut Record) -> Result<Passed> {
        let profile = match opened {
            Opened::Skipped(reason, what) => {
                record.facts.status = FileStatus::Skipped;
                record.facts.reason = Some(what.map_or_else(|| reason.name().to_owned(), |w| format!("{}: {w}", reason.name())));
                return Ok((None, None));
            }
            Opened::Empty(coat, mark) => self.empty(number, input, coat, &mark, record)?,
            Opened::Stream(stream) => self.stream(number, input, *stream, record)?,
            Opened::Parquet(None) => {
                // It is read here and there; all of its bytes are read beside that.
                let stop = AtomicBool::new(false);
                let (profile, hash) = std::thread::scope(|scope| {
                    let hash = input.path().map(|path| scope.spawn(|| super::account::hash_unless(path, &stop)));
                    let profile = self.parquet(number, input, None, record);
                    stop.store(profile.is_err(), Ordering::Relaxed);
                    (profile, hash.and_then(|hash| hash.join().ok()))
                });
                return Ok((Some(profile?), hash.and_then(std::result::Result::ok)));
            }
            Opened::Parquet(once) => self.parquet(number, input, once, record)?,
        };
        Ok((Some(profile), None))
    }

    /// Whether it is worth keeping what is needed to go on behind this file: not for the last one.
    fn resumable(&self, number: usize) -> bool {
        self.out.is_some() && number + 1 < self.job.inputs.len()
    }

    /// What an interrupted run knew of an input, if it finished it and its outputs are as it left them.
    fn recorded(&mut self, number: usize) -> Result<Option<Record>> {
        if !self.resumed {
            return Ok(None);
        }
        let read = |kind: &str| std::fs::read(self.work_file(number, kind)).ok();
        let Some(record) = read("done").and_then(|b| serde_json::from_slice::<Record>(&b).ok()) else { return Ok(None) };
        let Some(out) = &self.out else { return Ok(None) };
        for output in &record.outputs {
            if super::account::hash_file(&out.join(&output.path)).ok().as_ref() != Some(&(output.bytes, output.sha256.clone())) {
                return Ok(None);
            }
        }
        if let Some(bytes) = read("profile") {
            match Profile::from_bytes(&bytes) {
                Ok(profile) => self.profile.merge(profile),
                Err(_) => return Ok(None),
            }
        }
        let path = self.work_file(number, "findings");
        if path.exists() {
            let (mut spill, mut chunk) = (SpillReader::open(&path)?, Vec::new());
            while spill.next(&mut chunk)? {
                let batch = FindingBatch::from_bytes(&chunk).ok_or_else(|| Error::Bug("a findings spill is broken".into()))?;
                let _ = self.to_findings.send(batch);
            }
        }
        Ok(Some(record))
    }

    fn empty(&self, number: usize, input: &Input, coat: Coat, mark: &[u8], record: &mut Record) -> Result<Profile> {
        // Nothing reads the same in every format.
        record.written = Some(Written::Json(crate::io::json::Shape::Lines));
        record.wide = coat.wide;
        record.facts.format = Some(format_name("empty", coat));
        if let Some((path, shown)) = self.target("clean", input) {
            let mut out = OutFile::create(&path, shown, coat, Access::Default)?;
            out.put(mark)?;
            record.outputs.push(out.finish(0)?);
        }
        let mut sink = self.sink(number, input, None)?;
        self.found_in_names(&mut sink, &input.name(), &[])?;
        self.close(number, sink, record)
    }

    /// The rows of a file to look at, where not all are.
    pub(super) fn share(&self, file: &str) -> Option<RowShare> {
        self.job.options.sample.map(|percent| RowShare::new(self.job.plan.seed, file, percent))
    }

    /// Where a file of an input goes in OUT, and its path there; none for a scan.
    pub(super) fn target(&self, folder: &str, input: &Input) -> Option<(PathBuf, String)> {
        let out = self.out.as_ref().filter(|_| self.job.options.mode.writes_data())?;
        let folder = if folder == "clean" && self.job.options.mode == Mode::Restore { RESTORED } else { folder };
        Some((out.join(folder).join(&input.relative), format!("{folder}/{}", input.name())))
    }

    /// The sink of one input.
    pub(super) fn sink(&self, number: usize, input: &Input, clean: Option<Glued>) -> Result<FileSink<'_>> {
        let spill = |kind: &str, wanted: bool| -> Result<Option<SpillWriter>> {
            wanted.then(|| SpillWriter::create(&self.work_file(number, kind))).transpose()
        };
        let rejects = SpillWriter::create(&self.work_file(number, "rejects"))?;
        Ok(FileSink {
            places: spill("places", clean.is_some() && self.moves_rows())?,
            clean,
            rejected: None,
            rejected_path: self.target("rejected", input),
            tail: None,
            tally: FileTally::default(),
            profile: Profile::default(),
            file: input.name(),
            seed: self.job.plan.seed,
            dropped: RowSet::default(),
            facts: spill("facts", self.job.plan.poison)?,
            encoded: Vec::new(),
            rejects,
            findings: spill("findings", self.resumable(number))?,
            to_findings: &self.to_findings,
            lost_rows: Vec::new(),
            occurrences: 0,
            read_bytes: 0,
            wide: None,
        })
    }

    fn stream(&self, number: usize, input: &Input, opened: Stream, record: &mut Record) -> Result<Profile> {
        let Stream { mut split, parse, columns, names, head, head_bytes, found, coat, format, written } = opened;
        record.written = Some(written);
        record.wide = coat.wide;
        let name = input.name();
        record.facts.format = Some(format_name(format, coat));
        record.columns = names;
        let glue = parse.glue();
        record.shape = match glue {
            Glue::Lines => Shape::Lines(coat),
            Glue::Array => Shape::Array(coat),
        };
        if self.moves_rows() {
            write_whole(&self.work_file(number, "head"), &head)?;
        }
        let clean = match self.target("clean", input) {
            Some((path, shown)) => Some(Glued::new(OutFile::create(&path, shown, coat, Access::Default)?, glue, head)),
            None => None,
        };
        let mut sink = self.sink(number, input, clean)?;
        sink.read_bytes = head_bytes;
        sink.wide = coat.wide;
        self.found_in_names(&mut sink, &name, &found)?;
        let shared = Shared {
            plan: self.job.plan,
            columns: &columns,
            parse: &*parse,
            file: &name,
            options: self.job.options,
            share: self.share(&name),
            canaries: self.canaries.as_ref().map(|canaries| (canaries, number)),
        };
        stream::run(&self.pool, &shared, &mut *split, &mut sink, self.job.observer, self.job.stop)?;
        if let Some(reason) = split.fault() {
            record.facts.status = FileStatus::Partial;
            record.facts.reason = Some(reason.name().to_owned());
        }
        self.close(number, sink, record)
    }

    /// Closes a sink and writes down what it counted.
    pub(super) fn close(&self, number: usize, mut sink: FileSink<'_>, record: &mut Record) -> Result<Profile> {
        if !sink.dropped.is_empty() {
            write_whole(&self.work_file(number, "dropped"), &sink.dropped.to_bytes())?;
        }
        let rows = &mut sink.tally.rows;
        rows.quarantined = sink.dropped.len();
        rows.clean = rows.read - rows.rejected - rows.quarantined;
        let kept = rows.read - rows.rejected;
        if let Some(clean) = sink.clean {
            record.outputs.push(clean.finish(sink.tail.as_deref(), kept)?);
        }
        if let Some(rejected) = sink.rejected {
            record.outputs.push(rejected.finish(sink.tally.rows.rejected)?);
        }
        for spill in [sink.places, sink.facts, sink.findings].into_iter().flatten().chain([sink.rejects]) {
            spill.finish()?;
        }
        if sink.tally.rows.rejected > 0 {
            record.facts.status = FileStatus::Partial;
            let why: Vec<String> = sink.tally.reasons.iter().map(|(reason, n)| format!("{reason} ({n})")).collect();
            record.facts.reason = Some(match record.facts.reason.take() {
                Some(reason) if !sink.tally.reasons.contains_key(&reason) => format!("{reason}; {}", why.join(", ")),
                _ => why.join(", "),
            });
        }
        record.read_bytes = sink.read_bytes;
        record.tally = sink.tally;
        record.lost_rows = sink.lost_rows;
        Ok(sink.profile)
    }

    /// Lists findings in column names and in the path.
    pub(super) fn found_in_names(&self, sink: &mut FileSink<'_>, file: &str, found: &[NameFinding]) -> Result<()> {
        let mut batch = FindingBatch::default();
        let mut tally = super::tally::PartTally::default();
        // A path stays as it is.
        let scanned = if self.job.options.mode == Mode::Restore { None } else { names::scan_text(self.job.plan, file) };
        let in_path = scanned.map(|m| m.found).unwrap_or_default();
        let headers = found.iter().map(|f| (f.column.as_str(), f.place, f.detector, f.start, f.end, f.confidence, f.operator));
        let paths = in_path.iter().map(|f| ("", Place::Path, f.0, f.1, f.2, f.3, "keep"));
        for (column, place, detector, start, end, confidence, operator) in headers.chain(paths) {
            let detector = self.job.plan.target(detector).id;
            batch.push(&FindingRow {
                file,
                row: -1,
                column,
                start: start as i32,
                end: end as i32,
                detector,
                confidence: confidence as i8,
                operator,
                place: place.name(),
                evidence: Evidence::Own.name(),
            });
            let counter = tally.counter(column, detector, operator);
            tally.count(counter, None);
        }
        sink.tally.take(&tally);
        sink.found(batch, 0)
    }

    /// A file whose tokens did not all turn back is not what it was.
    fn unopened(&self, record: &mut Record) {
        let unopened = restored::of(&record.tally).unopened;
        if self.job.options.mode == Mode::Restore && unopened > 0 {
            record.facts.status = FileStatus::Partial;
            let others = record.facts.reason.take().map(|why| format!("; {why}")).unwrap_or_default();
            let tokens = counted(unopened, "token", "tokens");
            record.facts.reason = Some(format!("{tokens} did not open with the key{others}"));
        }
    }

    fn report_file(&self, record: &Record) {
        let facts = &record.facts;
        match &facts.reason {
            Some(reason) => {
                let line = format!("{}: {} ({reason})", facts.file, facts.status.name());
                self.job.observer.warn(&line);
            }
            None => self.job.observer.file(&facts.file, &format!("{} rows", facts.rows.read)),
        }
    }
}

/// Bytes and SHA-256 of the input as it is stored, reading what a fault left unread where they are not told; says where it
/// changed meanwhile.
fn hash(input: &Input, stored: &Tally, told: Option<(u64, String)>, record: &mut Record) {
    let read = || (stored.bytes(), stored.sha256());
    let skipped = record.facts.status == FileStatus::Skipped;
    let (bytes, sha256) = match input.path() {
        Some(path) if stored.bytes() != input.bytes => match told.map_or_else(|| super::account::hash_file(path), Ok) {
            Ok(hashed) => hashed,
            Err(_) if skipped => (0, String::new()),
            // It was there and is gone: what was read of it is what there is to tell.
            Err(_) => read(),
        },
        _ => read(),
    };
    record.facts.bytes = bytes;
    record.input.bytes = bytes;
    record.input.sha256 = sha256;
    if !skipped && input.has_changed() {
        record.facts.status = FileStatus::Partial;
        let others = record.facts.reason.take().map(|why| format!("; {why}")).unwrap_or_default();
        record.facts.reason = Some(format!("{}{others}", Reason::Changed.name()));
    }
}

/// The ledger in the report's type.
pub(super) fn rows(record: &Record) -> crate::report::Rows {
    let r = record.tally.rows;
    crate::report::Rows { read: r.read, clean: r.clean, quarantined: r.quarantined, rejected: r.rejected }
}

/// The format and what it is wrapped in, from the inside out: `csv+utf-16le+gz`.
fn format_name(format: &str, coat: Coat) -> String {
    let format = coat.wide.map_or_else(|| format.to_owned(), |wide| format!("{format}+{}", wide.name()));
    match coat.codec {
        Codec::None => format,
        Codec::Gzip => format!("{format}+gz"),
        Codec::Bzip2 => format!("{format}+bz2"),
        Codec::Zstd => format!("{format}+zst"),
    }
}

fn modified(input: &Input) -> Option<String> {
    let seconds = i64::try_from(input.modified_ns.div_euclid(1_000_000_000)).ok()?;
    let nanos = input.modified_ns.rem_euclid(1_000_000_000) as u32;
    (input.modified_ns != 0).then(|| super::account::rfc3339(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::store::{Choice, list};

    #[test]
    fn an_input_that_changes_while_it_is_read_is_partial() {
        let d = tempfile::tempdir().unwrap();
        let path = d.path().join("a.csv");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        let rewrite = |text: &str| {
            std::fs::write(&path, text).unwrap();
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        };
        let changed = Some("changed-while-read");
        let nothing: &dyn Fn() = &|| ();
        let cases = [
            (nothing, None, "nothing happens"),
            (&|| rewrite("a\n2\n"), changed, "other bytes, as many as before"),
            (&|| rewrite("a\n1\n2\n"), changed, "it grows"),
            (&|| std::fs::remove_file(&path).unwrap(), changed, "it is gone"),
        ];
        for (happens, reason, why) in cases {
            std::fs::write(&path, "a\n1\n").unwrap();
            let input = list(&[path.display().to_string()], &Choice::default()).unwrap().remove(0);
            let (mut record, stored) = (Record::default(), Tally::default());
            stored.add(b"a\n");
            happens();
            hash(&input, &stored, None, &mut record);
            assert_eq!(record.facts.reason.as_deref(), reason, "{why}");
            assert_eq!(record.facts.status == FileStatus::Partial, reason.is_some(), "{why}");
        }
    }
}
