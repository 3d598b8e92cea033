//! Records of byte streams put back: the bytes between the places that the table of withheld rows names, copied.
//!
//! Nothing is parsed. A place counts from the begin of the whole file; what lies between two withheld records is the cleaned
//! file's, the records themselves are the quarantine's.

use super::rows::Row;
use crate::error::{Error, Result};
use crate::io::Glue;
use crate::io::commit::Access;
use crate::io::wide::Wide;
use crate::job::sink::OutFile;
use crate::job::{Stop, verify};
use crate::report::{Lost, OutputFile, Seam};
use std::io::Read;
use std::path::Path;

/// Bytes copied at once.
const COPY: usize = 1 << 18;

/// A cleaned or quarantined file as it lies in OUT.
struct Old<'a> {
    reader: Box<dyn Read + Send>,
    path: &'a Path,
}

impl Old<'_> {
    /// Hands the next `bytes` bytes on.
    fn pass(&mut self, bytes: u64, to: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let passed = self.pass_most(bytes, to)?;
        if passed == bytes { Ok(()) } else { Err(Error::Bug(format!("{} is shorter than its records", self.path.display()))) }
    }

    fn pass_most(&mut self, bytes: u64, to: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<u64> {
        let mut piece = vec![0; COPY.min(usize::try_from(bytes).unwrap_or(COPY))];
        let mut left = bytes;
        while left > 0 {
            let most = piece.len().min(usize::try_from(left).unwrap_or(COPY));
            let room = piece.get_mut(..most).unwrap_or_default();
            match self.reader.read(room) {
                Ok(0) => break,
                Ok(n) => {
                    to(room.get(..n).unwrap_or_default())?;
                    left -= n as u64;
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::store(self.path, "cannot read")(e)),
            }
        }
        Ok(bytes - left)
    }

    fn rest(&mut self, to: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.pass_most(u64::MAX, to).map(drop)
    }
}

/// A file that is written anew.
struct New {
    out: Option<OutFile>,
    glue: Glue,
    /// Of an array: the gap behind the last record, written once another one follows.
    gap: Vec<u8>,
    /// Where the last record ended in the whole file, as far as that is known.
    end: u64,
}

impl New {
    fn records(&mut self, bytes: &[u8]) -> Result<()> {
        let gap = std::mem::take(&mut self.gap);
        self.open(&gap)?;
        self.open(bytes)
    }

    /// What stands behind a record that ends at `end`.
    fn gap(&mut self, gap: &[u8], end: u64) -> Result<()> {
        self.end = end;
        match self.glue {
            Glue::Lines => self.open(gap),
            Glue::Array => {
                self.gap = gap.to_vec();
                Ok(())
            }
        }
    }

    /// Head and tail, which are no records.
    fn open(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.as_mut().map_or(Ok(()), |out| out.put(bytes))
    }

    fn finish(self, rows: u64, like: &OutputFile, seam: Option<Seam>) -> Result<Option<OutputFile>> {
        let (written, encoding) = (like.written.clone(), like.encoding.clone());
        let finished = self.out.map(|out| out.finish(rows)).transpose()?;
        Ok(finished.map(|file| OutputFile { written, encoding, seam, ..file }))
    }
}

/// What one file is put together from.
pub(super) struct Parted<'a> {
    /// OUT as it is.
    pub old: &'a Path,
    /// OUT as it will be.
    pub new: &'a Path,
    pub clean: &'a OutputFile,
    pub held: &'a OutputFile,
    pub glue: Glue,
    /// How many rows go back.
    pub back: u64,
    pub stop: &'a Stop,
}

impl Parted<'_> {
    /// Puts records back. `next` gives the withheld rows in order, each with whether it goes back. Gives the cleaned file, and
    /// the quarantined one where a row is left in it.
    pub fn join(&self, next: &mut dyn FnMut() -> Result<Option<(Row, bool)>>) -> Result<(OutputFile, Option<OutputFile>)> {
        let (old_clean, old_held) = (self.old.join(&self.clean.path), self.old.join(&self.held.path));
        let wide = self.clean.encoding.as_deref().and_then(Wide::named);
        let (coat, reader) = verify::coated(&old_clean, wide)?;
        let mut clean = Old { reader, path: &old_clean };
        let mut held = Old { reader: verify::coated(&old_held, wide)?.1, path: &old_held };
        let left = self.held.rows.unwrap_or_default().saturating_sub(self.back);
        let create =
            |listed: &OutputFile| OutFile::create(&self.new.join(&listed.path), listed.path.clone(), coat, Access::Default);
        let new = |out| New { out, glue: self.glue, gap: Vec::new(), end: 0 };
        let mut stays = new(Some(create(self.clean)?));
        let mut goes = new((left > 0).then(|| create(self.held)).transpose()?);
        let seam = self.held.seam.clone().unwrap_or_default();
        held.pass(seam.head, &mut |bytes| goes.open(bytes))?;
        let mut at = 0;
        let mut ends_with_one = false;
        while let Some((row, back)) = next()? {
            self.stop.check()?;
            let lost = seam.lost.as_ref().filter(|lost| lost.at + lost.text.len() as u64 == row.offset && lost.at >= at);
            let upto = lost.map_or(row.offset, |lost| lost.at);
            let between = upto.checked_sub(at).ok_or_else(|| Error::Bug("withheld rows are out of order".into()))?;
            clean.pass(between, &mut |bytes| stays.records(bytes))?;
            if let Some(lost) = lost {
                stays.gap(lost.text.as_bytes(), lost.at)?;
            }
            let to = if back { &mut stays } else { &mut goes };
            held.pass(row.bytes, &mut |bytes| to.records(bytes))?;
            let end = row.offset + row.bytes;
            if let Some(lost) = seam.lost.as_ref().filter(|lost| lost.at == end) {
                to.gap(lost.text.as_bytes(), end)?;
            } else {
                let mut gap = Vec::new();
                held.pass(row.gap, &mut |bytes| {
                    gap.extend_from_slice(bytes);
                    Ok(())
                })?;
                to.gap(&gap, end)?;
            }
            at = end + row.gap;
            ends_with_one = row.gap == 0;
        }
        // Behind the last record of an array stands its tail; it parts nothing.
        let tail = self.glue == Glue::Array && ends_with_one;
        if !tail {
            clean.rest(&mut |bytes| stays.records(bytes))?;
        }
        let lost = [&stays, &goes].into_iter().find(|file| !file.gap.is_empty());
        let lost = lost.map(|file| Lost { at: file.end, text: String::from_utf8_lossy(&file.gap).into_owned() });
        clean.rest(&mut |bytes| stays.open(bytes))?;
        held.rest(&mut |bytes| goes.open(bytes))?;
        let rows = self.clean.rows.unwrap_or_default() + self.back;
        let stays = stays.finish(rows, self.clean, None)?.ok_or_else(|| Error::Bug("no cleaned file was written".into()))?;
        let goes = goes.finish(left, self.held, Some(Seam { lost, ..seam }))?;
        Ok((stays, goes))
    }
}
