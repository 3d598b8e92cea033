//! Pass 2: rows that verdicts or operators point at leave the cleaned file for the quarantine. Only files that lose a row
//! are touched; their records are moved as bytes, by the places that pass 1 noted.

use super::Run;
use super::file::{Record, Shape};
use super::sink::{Glued, OutFile};
use super::spill::{self, RowSet, SpillReader};
use super::withheld::{Held, Withheld};
use crate::error::{Error, Result};
use crate::io::Glue;
use crate::io::commit::{Access, remove};
use crate::io::compress::Coat;
use crate::report::{Lost, OutputFile, Seam};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

impl Run<'_> {
    /// Whether this run writes cleaned files, out of which rows may be moved.
    pub(super) fn moves_rows(&self) -> bool {
        self.out.is_some() && self.job.options.mode.writes_data()
    }

    /// Moves `rows` of one input from `clean/` to `quarantine/`, if it has a cleaned file, lists them in `withheld`, and sets
    /// its ledger right.
    pub(super) fn quarantine(
        &self,
        number: usize,
        record: &mut Record,
        rows: &RowSet,
        withheld: Option<&mut Withheld>,
    ) -> Result<()> {
        let ledger = &mut record.tally.rows;
        ledger.quarantined = rows.len();
        ledger.clean = ledger.read.saturating_sub(ledger.rejected + rows.len());
        record.facts.rows = super::file::rows(record);
        let input = self.job.inputs.get(number).ok_or_else(|| Error::Bug("no such input".into()))?;
        let Some(withheld) = withheld.filter(|_| self.moves_rows()) else { return Ok(()) };
        let name = input.name();
        let listed = self.held(number, &name, withheld)?;
        let (glue, coat) = match record.shape {
            // Rejected rows of a Parquet file still stand in it, whether or not others go to the quarantine.
            Shape::Parquet => return self.move_parquet_rows(number, input, record, rows, listed),
            Shape::None => return Ok(()),
            _ if rows.is_empty() => return Ok(()),
            Shape::Lines(coat) => (Glue::Lines, coat),
            Shape::Array(coat) => (Glue::Array, coat),
        };
        let (Some(clean), Some(aside)) = (self.target("clean", input), self.target("quarantine", input)) else { return Ok(()) };
        let whole = self.work_file(number, "whole");
        std::fs::rename(&clean.0, &whole).map_err(Error::store(&clean.0, "cannot move"))?;
        let mut moved = Move { run: self, number, glue, coat, rows, listed, seam: Seam::default() };
        let (kept, held) = moved.records(&whole, &clean, &aside)?;
        let seam = Some(moved.seam);
        remove(&whole)?;
        let kept = kept.1.finish(Some(&kept.0), record.tally.rows.clean)?;
        let tail = if glue == Glue::Array { held.0 } else { Vec::new() };
        let held = held.1.finish(Some(&tail), record.tally.rows.quarantined)?;
        record.outputs.retain(|o| o.path != kept.path);
        record.outputs.extend([kept, OutputFile { seam, ..held }]);
        Ok(())
    }
}

/// One file whose records are parted.
struct Move<'a> {
    run: &'a Run<'a>,
    number: usize,
    glue: Glue,
    coat: Coat,
    rows: &'a RowSet,
    listed: Held<'a>,
    seam: Seam,
}

type Target = (PathBuf, String);
/// A record that goes aside or stays, and the length of the gap behind it.
type Waiting = (bool, Vec<u8>, u32);
/// What stands behind the last record, and the file it belongs behind.
type Open = (Vec<u8>, Glued);

impl Move<'_> {
    fn open(&self, target: &Target, head: &[u8]) -> Result<Glued> {
        let out = OutFile::create(&target.0, target.1.clone(), self.coat, Access::Default)?;
        Ok(Glued::new(out, self.glue, head.to_vec()))
    }

    fn list(&mut self, row: Option<[u64; 4]>) -> Result<()> {
        row.map_or(Ok(()), |[row, at, bytes, gap]| self.listed.push(row, at, bytes, gap))
    }

    /// Reads the file as it was written and writes each record to where it belongs.
    fn records(&mut self, whole: &Path, clean: &Target, aside: &Target) -> Result<(Open, Open)> {
        let (run, number) = (self.run, self.number);
        let work = |kind| run.work_file(number, kind);
        let head = std::fs::read(work("head")).map_err(Error::store(work("head"), "cannot read"))?;
        let file = File::open(whole).map_err(Error::store(whole, "cannot open"))?;
        let reader = self.coat.reader(file).map_err(Error::store(whole, "cannot read"))?;
        let mut bytes = Pieces { reader, path: whole };
        let (mut kept, mut held) = (self.open(clean, &head)?, self.open(aside, &head)?);
        bytes.next(head.len() as u32, &mut Vec::new())?;
        let (mut places, mut chunk) = (SpillReader::open(&work("places"))?, Vec::new());
        let mut row = 0;
        // Where the next record begins in the whole file, and where the last one ended of what stays and of what goes.
        let (mut at, mut ends) = (head.len() as u64, (0, 0));
        // A row that goes: it is listed once it is known whether another record follows.
        let mut unlisted: Option<[u64; 4]> = None;
        self.seam.head = at;
        // A record waits for the gap behind it: behind the last one of an array stands the tail instead.
        let mut waiting: Option<Waiting> = None;
        let mut piece = Vec::new();
        while places.next(&mut chunk)? {
            self.run.job.stop.check()?;
            let part = spill::decode_places(&chunk).ok_or_else(|| Error::Bug("a spill of places is broken".into()))?;
            if part.lead > 0 {
                bytes.gap(&mut waiting, &mut kept, &mut held)?;
                bytes.next(part.lead, &mut piece)?;
                kept.lead(&piece)?;
                at += u64::from(part.lead);
                if self.glue == Glue::Array {
                    held.lead(&piece)?;
                    self.seam.head = at;
                }
            }
            for span in part.spans {
                if let Some(span) = span {
                    bytes.gap(&mut waiting, &mut kept, &mut held)?;
                    let mut record = Vec::with_capacity((span.record + span.gap) as usize);
                    bytes.next(span.record, &mut record)?;
                    self.list(unlisted.take())?;
                    let aside = self.rows.contains(row);
                    unlisted = aside.then(|| [row, at, u64::from(span.record), u64::from(span.gap)]);
                    at += u64::from(span.record);
                    *if aside { &mut ends.1 } else { &mut ends.0 } = at;
                    at += u64::from(span.gap);
                    waiting = Some((aside, record, span.gap));
                }
                row += 1;
            }
        }
        if let Some([.., gap]) = unlisted.as_mut().filter(|_| self.glue == Glue::Array) {
            // Behind the last record of an array stands its tail.
            *gap = 0;
        }
        self.list(unlisted)?;
        match (self.glue, waiting) {
            (Glue::Array, Some((aside, record, _))) => if aside { &mut held } else { &mut kept }.records(&record, 0)?,
            (_, mut waiting) => bytes.gap(&mut waiting, &mut kept, &mut held)?,
        }
        // What is held back now parted a record from one that is on the other side.
        let lost = [(kept.held_back(), ends.0), (held.held_back(), ends.1)].into_iter().find(|(gap, _)| !gap.is_empty());
        let lost = lost.filter(|_| self.glue == Glue::Array);
        self.seam.lost = lost.map(|(gap, at)| Lost { at, text: String::from_utf8_lossy(gap).into_owned() });
        let mut tail = Vec::new();
        bytes.reader.read_to_end(&mut tail).map_err(Error::store(whole, "cannot read"))?;
        Ok(((tail.clone(), kept), (tail, held)))
    }
}

/// A file read in pieces of known length.
struct Pieces<'a> {
    reader: Box<dyn Read + Send>,
    path: &'a Path,
}

impl Pieces<'_> {
    /// Puts the next `n` bytes in `piece`.
    fn next(&mut self, n: u32, piece: &mut Vec<u8>) -> Result<()> {
        piece.clear();
        self.more(n, piece)
    }

    fn more(&mut self, n: u32, piece: &mut Vec<u8>) -> Result<()> {
        let failed = Error::store(self.path, "cannot read");
        let read = (&mut self.reader).take(u64::from(n)).read_to_end(piece).map_err(failed)?;
        if read == n as usize { Ok(()) } else { Err(Error::Bug("a staged file is shorter than its records".into())) }
    }

    /// Reads the gap behind a waiting record and writes both.
    fn gap(&mut self, waiting: &mut Option<Waiting>, kept: &mut Glued, held: &mut Glued) -> Result<()> {
        let Some((aside, mut record, gap)) = waiting.take() else { return Ok(()) };
        self.more(gap, &mut record)?;
        if aside { held } else { kept }.records(&record, gap as usize)
    }
}
