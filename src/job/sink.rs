//! Takes what parts gave, in order, and writes it: cleaned bytes, rejected bytes, spills, counts.

use super::spill::{self, Places, RowSet, SpillWriter};
use super::tally::FileTally;
use super::work::Done;
use crate::batch::{Load, Reason};
use crate::error::{Error, Result};
use crate::io::Glue;
use crate::io::commit::{Access, create};
use crate::io::compress::{Coat, Codec, CountedWriter, Tally, Writer};
use crate::io::settle::Settling;
use crate::io::wide::{Encoder, Wide};
use crate::profile::{Facts, Origin, Profile};
use crate::report::{FindingBatch, OutputFile};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

/// How many bytes are encoded at once: the encoded ones are up to four times as many.
const ENCODE_BYTES: usize = 1 << 16;

/// A file of the output while it is written: encoded, compressed, counted and hashed.
pub(super) struct OutFile {
    path: PathBuf,
    shown: String,
    writer: Writer<CountedWriter<BufWriter<Settling>>>,
    /// With its buffer.
    encoder: Option<(Encoder, Vec<u8>)>,
    tally: Tally,
}

impl OutFile {
    pub fn create(path: &Path, shown: String, coat: Coat, access: Access) -> Result<Self> {
        let file = create(path, access)?;
        let tally = Tally::default();
        let counted = CountedWriter::new(BufWriter::with_capacity(1 << 18, Settling::new(file)), tally.clone());
        let writer = Writer::new(counted, coat.codec).map_err(Error::store(path, "cannot compress"))?;
        let encoder = coat.wide.map(|wide| (Encoder::new(wide), Vec::new()));
        Ok(Self { path: path.to_owned(), shown, writer, encoder, tally })
    }

    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let put = match &self.encoder {
            None => self.writer.write_all(bytes),
            Some(_) => bytes.chunks(ENCODE_BYTES).try_for_each(|chunk| self.encoded(chunk)),
        };
        put.map_err(Error::store(&self.path, "cannot write"))
    }

    fn encoded(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let Some((encoder, buffer)) = &mut self.encoder else { return self.writer.write_all(bytes) };
        buffer.clear();
        encoder.encode(bytes, buffer)?;
        self.writer.write_all(buffer)
    }

    pub fn finish(self, rows: u64) -> Result<OutputFile> {
        let failed = || Error::store(&self.path, "cannot write");
        if let Some((encoder, _)) = &self.encoder {
            encoder.finish().map_err(failed())?;
        }
        let buffered = self.writer.finish().map_err(failed())?.into_inner();
        let file = buffered.into_inner().map_err(|e| failed()(e.into_error()))?;
        file.finish().map_err(failed())?;
        Ok(OutputFile {
            path: self.shown,
            bytes: self.tally.bytes(),
            rows: Some(rows),
            sha256: self.tally.sha256(),
            ..OutputFile::default()
        })
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let chunk = bytes.get(..ENCODE_BYTES).unwrap_or(bytes);
        match self.encoder {
            None => self.writer.write(bytes),
            Some(_) => self.encoded(chunk).map(|()| chunk.len()),
        }
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

/// Writes records that may be taken out again between a head and a tail, keeping the format whole.
pub(super) struct Glued {
    out: OutFile,
    glue: Glue,
    /// The gap behind the last record, not yet written: in an array the last one kept has none.
    held: Vec<u8>,
    any: bool,
    head: Vec<u8>,
    written: bool,
}

impl Glued {
    /// `head` opens the file: a byte order mark and a header; `[` and spaces.
    pub fn new(out: OutFile, glue: Glue, head: Vec<u8>) -> Self {
        Self { out, glue, held: Vec::new(), any: false, head, written: false }
    }

    /// More of the head: bytes that belong to no record.
    pub fn lead(&mut self, bytes: &[u8]) -> Result<()> {
        match self.glue {
            Glue::Lines => {
                self.open()?;
                let held = std::mem::take(&mut self.held);
                self.out.put(&held)?;
                self.out.put(bytes)
            }
            Glue::Array => {
                self.head.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Whole records with their gaps, the last `gap` bytes of which are behind the last record.
    pub fn records(&mut self, bytes: &[u8], gap: usize) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.open()?;
        if self.any && self.glue == Glue::Array && self.held.is_empty() {
            self.held.push(b',');
        }
        let held = std::mem::take(&mut self.held);
        self.out.put(&held)?;
        let (now, later) = bytes.split_at(bytes.len().saturating_sub(gap));
        self.out.put(now)?;
        self.held = held;
        self.held.clear();
        self.held.extend_from_slice(later);
        self.any = true;
        Ok(())
    }

    fn open(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.written, true) {
            if self.glue == Glue::Array && !self.head.contains(&b'[') {
                self.head.push(b'[');
            }
            let head = std::mem::take(&mut self.head);
            self.out.put(&head)?;
        }
        Ok(())
    }

    /// The gap behind the last record, which is written only where another one follows.
    pub fn held_back(&self) -> &[u8] {
        &self.held
    }

    /// Closes the file; `tail` is what stood behind the last record, if the source had an end.
    pub fn finish(mut self, tail: Option<&[u8]>, rows: u64) -> Result<OutputFile> {
        self.open()?;
        match (self.glue, tail) {
            (Glue::Lines, tail) => {
                let held = std::mem::take(&mut self.held);
                self.out.put(&held)?;
                self.out.put(tail.unwrap_or_default())?;
            }
            (Glue::Array, Some(tail)) => self.out.put(tail)?,
            (Glue::Array, None) => self.out.put(b"]\n")?,
        }
        self.out.finish(rows)
    }
}

/// Where one file's results go.
pub(super) struct FileSink<'a> {
    /// None for a scan.
    pub clean: Option<Glued>,
    /// Made with the first rejected record; none for a scan.
    pub rejected: Option<OutFile>,
    /// Where and under which name rejected records would be written.
    pub rejected_path: Option<(PathBuf, String)>,
    pub tail: Option<Vec<u8>>,
    pub tally: FileTally,
    pub profile: Profile,
    /// The file's relative path.
    pub file: String,
    pub seed: u64,
    pub dropped: RowSet,
    pub places: Option<SpillWriter>,
    pub facts: Option<SpillWriter>,
    /// Facts of the part at work, as bytes.
    pub encoded: Vec<u8>,
    pub rejects: SpillWriter,
    pub findings: Option<SpillWriter>,
    pub to_findings: &'a SyncSender<FindingBatch>,
    /// Row groups that were rejected whole: first row and rows of each.
    pub lost_rows: Vec<(u64, u64)>,
    pub occurrences: u64,
    /// How far the source was read, in decompressed bytes.
    pub read_bytes: u64,
    /// How the source is encoded where it is neither UTF-8 nor close to it.
    pub wide: Option<Wide>,
}

impl FileSink<'_> {
    /// Takes the next part's results in; they come in the order of the source. Gives the buffer of cleaned bytes back.
    pub fn take(&mut self, mut done: Done) -> Result<Vec<u8>> {
        match done.load {
            Load::Tail => {
                self.tail.get_or_insert_default().extend_from_slice(&done.clean);
                return Ok(done.clean);
            }
            Load::Oversize { reason, first, last } => {
                let mut places = Places::default();
                if first {
                    self.reject(self.tally.rows.read, done.source, reason)?;
                    self.tally.rows.read += 1;
                    places.spans.push(None);
                    if self.facts.is_some() {
                        self.facts(&Facts::of_rejected(self.seed), done.offset)?;
                    }
                    if let Some(spill) = &mut self.places {
                        spill.push(&spill::encode_places(&places))?;
                    }
                }
                self.rejected_bytes(&done.clean)?;
                if last && done.clean.last().is_some_and(|b| *b != b'\n') {
                    self.rejected_bytes(b"\n")?;
                }
                return Ok(done.clean);
            }
            Load::Records => {}
        }
        let base = self.tally.rows.read;
        for rejected in &done.rejected {
            self.reject(base + u64::from(rejected.row), done.source + u64::from(rejected.start), rejected.reason)?;
        }
        self.rejected_bytes(&done.rejected_bytes)?;
        for row in &done.dropped {
            self.dropped.insert(base + u64::from(*row));
        }
        if let Some(clean) = &mut self.clean {
            let lead = (done.lead as usize).min(done.clean.len());
            let (lead, records) = done.clean.split_at(lead);
            if !lead.is_empty() {
                clean.lead(lead)?;
            }
            clean.records(records, done.spans.last().map_or(0, |s| s.gap as usize))?;
        }
        if let Some(spill) = &mut self.places {
            let mut kept = done.spans.iter().copied();
            let mut rejected = done.rejected.iter().map(|r| r.row).peekable();
            let spans = (0..done.rows).map(|row| if rejected.next_if_eq(&row).is_some() { None } else { kept.next() }).collect();
            spill.push(&spill::encode_places(&Places { lead: done.lead, spans }))?;
        }
        if let Some(facts) = &done.facts {
            self.facts(facts, done.offset)?;
        }
        self.tally.take(&done.tally);
        self.tally.rows.read += u64::from(done.rows);
        self.tally.sampled += u64::from(done.sampled);
        self.found(done.found, base as i64)?;
        done.clean.clear();
        Ok(done.clean)
    }

    /// Passes findings on; their rows are counted from `base`.
    pub fn found(&mut self, mut batch: FindingBatch, base: i64) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.occurrences += batch.len();
        batch.shift(base);
        if let Some(spill) = &mut self.findings {
            spill.push(&batch.to_bytes())?;
        }
        // The writer is gone only after it failed; its own error is the one to tell.
        let _ = self.to_findings.send(batch);
        Ok(())
    }

    /// Takes the facts of a part's rows in and spills them.
    pub fn facts(&mut self, facts: &Facts, offset: u64) -> Result<()> {
        self.profile.take(Origin { file: &self.file, offset }, facts);
        match &mut self.facts {
            Some(spill) => {
                facts.rows().encode_into(&mut self.encoded);
                spill.push(&self.encoded)
            }
            None => Ok(()),
        }
    }

    /// Goes past rows that have no facts, which keep their numbers all the same. One chunk says so, however many they are: a
    /// footer may claim any number of rows.
    pub fn without_facts(&mut self, rows: u64) -> Result<()> {
        match &mut self.facts {
            Some(spill) => spill.push(&spill::encode_gap(rows)),
            None => Ok(()),
        }
    }

    /// Notes a rejected record.
    pub fn reject(&mut self, row: u64, offset: u64, reason: Reason) -> Result<()> {
        self.rejected_at(row, 1, offset, reason)
    }

    /// Notes rows that are rejected together, under the number of the first.
    pub fn reject_many(&mut self, row: u64, rows: u64, reason: Reason) -> Result<()> {
        self.rejected_at(row, rows, 0, reason)
    }

    fn rejected_at(&mut self, row: u64, rows: u64, offset: u64, reason: Reason) -> Result<()> {
        self.tally.reject(reason, rows);
        let mut chunk = [row.to_le_bytes(), offset.to_le_bytes()].concat();
        chunk.extend_from_slice(reason.name().as_bytes());
        self.rejects.push(&chunk)
    }

    fn rejected_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.rejected.is_none()
            && let Some((path, shown)) = self.rejected_path.take()
        {
            self.rejected = Some(OutFile::create(&path, shown, Coat { codec: Codec::None, wide: self.wide }, Access::Owner)?);
        }
        match &mut self.rejected {
            Some(out) => out.put(bytes),
            None => Ok(()),
        }
    }
}
