//! Rows of Parquet files put back: row groups that get a row are woven of both files, all others go over as they are.

use super::rows::Row;
use crate::error::{Error, Result};
use crate::io::commit::Access;
use crate::io::compress::Coat;
use crate::io::parquet::{Chunk, Failure, Limits, OutputPlan, ParquetInput, ParquetOutput, Pick};
use crate::job::Stop;
use crate::job::sink::OutFile;
use crate::job::spill::RowSet;
use crate::job::table::{failed, tempfile_in};
use crate::report::{OutputFile, Seam};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Two Parquet files that were one.
pub(super) struct Tables<'a> {
    /// OUT as it is.
    pub old: &'a Path,
    /// OUT as it will be.
    pub new: &'a Path,
    /// For files without a name.
    pub work: &'a Path,
    pub clean: &'a OutputFile,
    pub held: &'a OutputFile,
    pub limits: Limits,
    pub stop: &'a Stop,
}

type Chunks = std::result::Result<Vec<Chunk>, Failure>;

impl Tables<'_> {
    /// Puts rows back. `next` gives the withheld rows in order, each with whether it goes back. Gives the cleaned file, and the
    /// quarantined one where a row is left in it.
    pub fn join(&self, next: &mut dyn FnMut() -> Result<Option<(Row, bool)>>) -> Result<(OutputFile, Option<OutputFile>)> {
        // By number in the whole file.
        let (mut withheld, mut back) = (RowSet::default(), RowSet::default());
        while let Some((row, goes_back)) = next()? {
            withheld.insert(row.offset);
            if goes_back {
                back.insert(row.offset);
            }
        }
        let seam = self.held.seam.clone().unwrap_or_default();
        let (clean, held) = (self.open(self.clean)?, self.open(self.held)?);
        let (to, aside) = (self.new.join(&self.clean.path), self.new.join(&self.held.path));
        let mut stays = Self::output(&clean, &to, self.clean)?;
        let left = withheld.len() > back.len();
        let mut goes = left.then(|| Self::output(&held, &aside, self.held)).transpose()?;
        let spill = || tempfile_in(self.work);
        let (mut first, mut of_clean, mut of_held) = (0, 0, 0);
        for rows in seam.groups.iter().copied() {
            self.stop.check()?;
            let group = Group { first, withheld: &withheld, back: &back };
            // Of each row that was away, in order: whether it goes back.
            let away_rows: Vec<bool> = withheld.within(first..first + rows).map(|row| back.contains(row)).collect();
            let away = away_rows.len() as u64;
            let returning = away_rows.iter().filter(|back| **back).count() as u64;
            let goes_back = |row: u32| away_rows.get(row as usize) == Some(&true);
            let leaves = || (0..clean.leaves().len()).into_par_iter();
            let chunks: Chunks = match (rows - away, returning) {
                (0, 0) => Ok(Vec::new()),
                (_, 0) => leaves().map(|leaf| clean.untouched(of_clean, leaf)).collect(),
                (0, _) => leaves().map(|leaf| held.filter(of_held, leaf, &goes_back, &spill)).collect(),
                _ => {
                    let rows = u32::try_from(rows).map_err(|_| Error::Bug("a row group of too many rows".into()))?;
                    let pick = |row| group.pick(row);
                    let woven = |leaf| clean.weave(of_clean, (&held, of_held), leaf, (rows, &pick), &spill);
                    leaves().map(woven).collect()
                }
            };
            let chunks = chunks.map_err(|f| failed(&to, f))?;
            // A group without a row that stayed has no sorted columns to keep.
            let like = if rows > away { of_clean } else { usize::MAX };
            if rows - away + returning > 0 {
                stays.row_group(like, rows - away + returning, chunks).map_err(|f| failed(&to, f))?;
            }
            if let Some(goes) = goes.as_mut().filter(|_| away > returning) {
                let chunks: Chunks = if returning == 0 {
                    leaves().map(|leaf| held.untouched(of_held, leaf)).collect()
                } else {
                    leaves().map(|leaf| held.filter(of_held, leaf, &|row| !goes_back(row), &spill)).collect()
                };
                let chunks = chunks.map_err(|f| failed(&aside, f))?;
                goes.row_group(of_held, away - returning, chunks).map_err(|f| failed(&aside, f))?;
            }
            first += rows;
            of_clean += usize::from(rows > away);
            of_held += usize::from(away > 0);
        }
        let ended = |out: ParquetOutput<'_, OutFile>, path: &Path, like: &OutputFile, seam| -> Result<OutputFile> {
            let rows = out.rows();
            let file = out.finish().map_err(|f| failed(path, f))?.finish(rows)?;
            Ok(OutputFile { written: like.written.clone(), encoding: like.encoding.clone(), seam, ..file })
        };
        let expected = self.clean.rows.unwrap_or_default() + back.len();
        let stays = ended(stays, &to, self.clean, None)?;
        if stays.rows != Some(expected) {
            return Err(Error::Bug(format!("{} would not have {expected} rows", self.clean.path)));
        }
        let seam: Option<Seam> = Some(seam);
        Ok((stays, goes.map(|goes| ended(goes, &aside, self.held, seam)).transpose()?))
    }

    fn open(&self, listed: &OutputFile) -> Result<ParquetInput> {
        let path = self.old.join(&listed.path);
        let file = File::open(&path).map_err(Error::store(&path, "cannot open"))?;
        let len = file.metadata().map_err(Error::store(&path, "cannot read"))?.len();
        ParquetInput::open(file, len, &self.limits).map_err(|reason| Error::Bug(format!("{}: {reason}", listed.path)))
    }

    fn output<'i>(like: &'i ParquetInput, path: &Path, listed: &OutputFile) -> Result<ParquetOutput<'i, OutFile>> {
        let plan = OutputPlan::new(like, &BTreeSet::new(), &mut |_, _| None).map_err(|f| failed(path, f))?;
        let out = OutFile::create(path, listed.path.clone(), Coat::default(), Access::Default)?;
        ParquetOutput::new(like, &Arc::new(plan), out).map_err(|f| failed(path, f))
    }
}

/// A row group of the whole file.
struct Group<'a> {
    first: u64,
    withheld: &'a RowSet,
    back: &'a RowSet,
}

impl Group<'_> {
    fn pick(&self, row: u32) -> Pick {
        let row = self.first + u64::from(row);
        match (self.withheld.contains(row), self.back.contains(row)) {
            (false, _) => Pick::Own,
            (_, true) => Pick::Other,
            _ => Pick::Passed,
        }
    }
}
