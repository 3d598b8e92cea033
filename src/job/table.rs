//! The line for Parquet: row groups in order, the column chunks of each at once. A chunk without a finding goes over as it
//! is.

#![expect(clippy::indexing_slicing, reason = "leaves are numbered by the file they come from")]

use super::Run;
use super::cell_facts::hold;
use super::found_rows::FoundRows;
use super::look::NameFinding;
use super::names;
use super::rounds::Looked;
use super::row_parts::GroupShare;
use super::sink::{FileSink, OutFile};
use super::spill::RowSet;
use super::withheld::Held;
use crate::batch::{Column, Place, Reason};
use crate::error::{Error, Result};
use crate::io::commit::{Access, create, write_whole};
use crate::io::compress::Coat;
use crate::io::parquet::{Failure, Limits, Mode as Edits, OutputPlan, ParquetInput, ParquetOutput};
use crate::io::store::Input;
use crate::plan::{ColumnPlan, Plan, SAMPLE_RECORDS};
use crate::policy::Policy;
use crate::profile::{Facts, Profile};
use crate::report::{FileStatus, OutputFile, Seam};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// Facts of rows are gathered for row groups of up to this many rows: 32 bytes of each are held until the group is done, and
/// as much again for each leaf at work. Writers make groups of a million rows at most, unless they are told otherwise.
pub(super) const FACT_ROWS: u64 = 1_250_000;

/// Of larger row groups only so many rows are asked whether they are in the share to look at.
const COUNTED_ROWS: u64 = 1 << 26;

/// Row groups of up to this many rows are worked on side by side, so many at once: what is held of them stays small.
const SMALL_GROUP_ROWS: u64 = 1 << 17;
const GROUPS_AT_ONCE: usize = 2;
/// Where facts of rows are gathered, groups of so many cells together: what each cell adds is held until its group is done.
const FACT_CELLS_AT_ONCE: u64 = 1 << 20;

/// A Parquet file and what is planned for its columns.
pub(super) struct Table {
    pub input: ParquetInput,
    pub plan: Arc<OutputPlan>,
    pub columns: Vec<ColumnPlan>,
    found: Vec<NameFinding>,
}

/// The memory that limits are shares of where the policy names none. It does not grow with the jobs: what is too large to be
/// read must be so for any number of them.
const USUAL_MEMORY_BYTES: u64 = 384 << 20;

/// What a chunk at work and a footer may take.
fn limits(plan: &Plan) -> Limits {
    limits_of(&plan.policy)
}

/// The same by a policy alone.
pub(super) fn limits_of(policy: &Policy) -> Limits {
    let l = &policy.limits;
    let memory_bytes = l.memory.map_or(USUAL_MEMORY_BYTES, |m| m.0);
    Limits { memory: (memory_bytes / 6).clamp(16 << 20, 256 << 20), cell: l.cell.0, ratio: u64::from(l.ratio) }
}

/// The columns of a Parquet file; none where it cannot be read.
pub(super) fn columns(plan: &Plan, input: &Input) -> Vec<String> {
    let Ok(file) = input.open() else { return Vec::new() };
    let Ok(opened) = ParquetInput::open(file, input.bytes, &limits(plan)) else { return Vec::new() };
    opened.leaves().iter().map(|l| names::spoken(plan, &l.column.name)).collect()
}

/// Every column of a Parquet file with the texts of its first values, and how many records a first look takes in.
pub(super) fn first_values(plan: &Plan, input: &Input) -> std::result::Result<(u64, Vec<ColumnTexts>), Reason> {
    let file = input.open().map_err(|_| Reason::Unreadable)?;
    let opened = ParquetInput::open(file, input.bytes, &limits(plan))?;
    let columns = (0..).zip(opened.leaves()).map(|(leaf, l)| {
        let texts = opened.sample(leaf, SAMPLE_RECORDS).unwrap_or_default();
        (Arc::clone(&l.column), texts)
    });
    Ok((opened.total_rows().min(SAMPLE_RECORDS as u64), columns.collect()))
}

/// A column and texts of it.
pub(super) type ColumnTexts = (Arc<Column>, Vec<String>);

impl Run<'_> {
    /// Sends a Parquet file down the line.
    pub(super) fn parquet(
        &self,
        number: usize,
        input: &Input,
        once: Option<Box<dyn Read + Send>>,
        record: &mut super::file::Record,
    ) -> Result<Profile> {
        record.facts.format = Some("parquet".to_owned());
        let opened = match once {
            Some(reader) => self.put_down(number, reader)?,
            None => input.open().map(|file| (file, input.bytes)),
        };
        let Ok((file, len)) = opened else {
            record.facts.status = FileStatus::Skipped;
            record.facts.reason = Some(Reason::Unreadable.name().to_owned());
            return Ok(Profile::default());
        };
        let table = match self.table(file, len)? {
            Ok(table) => table,
            Err(reason) => {
                record.facts.status = FileStatus::Skipped;
                record.facts.reason = Some(reason.name().to_owned());
                return Ok(Profile::default());
            }
        };
        record.columns = table.plan.columns().iter().map(|c| c.name.clone()).collect();
        let dropped = table.input.leaves().iter().zip(&table.columns).filter(|(_, plan)| plan.drop);
        record.columns.extend(dropped.map(|(leaf, _)| names::spoken(self.job.plan, &leaf.column.name)));
        record.shape = super::file::Shape::Parquet;
        record.written = Some(super::verify::Written::Parquet);
        let mut sink = self.sink(number, input, None)?;
        let name = input.name();
        self.found_in_names(&mut sink, &name, &table.found)?;
        let mut out = match self.target("clean", input) {
            Some((path, shown)) => {
                let out = OutFile::create(&path, shown, Coat::default(), Access::Default)?;
                Some(ParquetOutput::new(&table.input, &table.plan, out).map_err(|f| failed(&path, f))?)
            }
            None => None,
        };
        let mut cut = RowSet::default();
        let edits = if out.is_some() { Edits::Rewrite } else { Edits::Scan };
        let wanted: Vec<usize> = (0..table.input.row_groups()).filter(|g| self.job.options.wants(*g as u64)).collect();
        let windows = windows(&table.input, &wanted, self.job.plan.poison);
        let mut looked = windows.first().map_or_else(Vec::new, |first| self.look_at(&table, first, (number, &name), edits));
        for (at, window) in windows.iter().enumerate() {
            self.job.stop.check()?;
            let small = |window: &&Window<'_>| window.iter().all(|group| table.input.rows(*group) <= SMALL_GROUP_ROWS);
            let next = windows.get(at + 1);
            let beside = next.filter(small).filter(|_| small(&window));
            let mut ahead = None;
            let mut written = Ok(());
            // While what was looked at is written, the workers look at what comes next.
            self.pool.in_place_scope(|scope| {
                if let Some(next) = beside {
                    scope.spawn(|_| ahead = Some(self.look_at(&table, next, (number, &name), edits)));
                }
                for (group, looked) in window.iter().zip(std::mem::take(&mut looked)) {
                    if written.is_ok() {
                        written = self.row_group(&table, *group, looked, &mut sink, out.as_mut(), &mut cut);
                    }
                }
            });
            written?;
            looked = ahead.or_else(|| next.map(|next| self.look_at(&table, next, (number, &name), edits))).unwrap_or_default();
        }
        if !cut.is_empty() {
            write_whole(&self.work_file(number, "cut"), &cut.to_bytes())?;
        }
        if let Some(out) = out {
            let written = out.rows();
            let finished = out.finish().map_err(|f| failed(&input.relative, f))?;
            record.outputs.push(finished.finish(written)?);
        }
        self.close(number, sink, record)
    }

    /// Standard input is put down in a nameless file first, since Parquet is read from its end. Fails where that cannot be
    /// written; an input that cannot be read is the inner error.
    fn put_down(&self, number: usize, mut reader: Box<dyn Read + Send>) -> Result<std::io::Result<(File, u64)>> {
        let path = self.work_file(number, "stdin");
        let mut file = tempfile_in(&self.work).map_err(Error::store(&path, "cannot create"))?;
        let mut piece = vec![0; 1 << 18];
        loop {
            self.job.stop.check()?;
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(n) => {
                    let read = piece.get(..n).unwrap_or_default();
                    std::io::Write::write_all(&mut file, read).map_err(Error::store(&path, "cannot write"))?;
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Ok(Err(e)),
            }
        }
        let len = file.metadata().map_err(Error::store(&path, "cannot read"))?.len();
        Ok(Ok((file, len)))
    }

    fn table(&self, file: File, len: u64) -> Result<std::result::Result<Table, Reason>> {
        let plan = self.job.plan;
        let opened = match ParquetInput::open(file, len, &limits(plan)) {
            Ok(opened) => opened,
            Err(reason) => return Ok(Err(reason)),
        };
        let dropped: BTreeSet<usize> =
            (0..).zip(opened.leaves()).filter(|(_, l)| plan.column(&l.column, &[]).drop).map(|(n, _)| n).collect();
        let mut found = Vec::new();
        let mut masker = |place: Place, text: &str| {
            let masked = names::scan_text(plan, text)?;
            let changed = (masked.text != text).then(|| masked.text.clone());
            let header = place == Place::Header;
            let column = if header { changed.clone().unwrap_or_else(|| text.to_owned()) } else { String::new() };
            for (detector, start, end, confidence, operator) in masked.found {
                found.push(NameFinding { place, column: column.clone(), detector, start, end, confidence, operator });
            }
            changed
        };
        let output = match OutputPlan::new(&opened, &dropped, &mut masker) {
            Ok(output) => Arc::new(output),
            Err(Failure::Data(reason)) => return Ok(Err(reason)),
            Err(Failure::Store(e)) => return Err(Error::store("the input", "cannot read")(e)),
        };
        let columns = self.leaf_plans(&opened);
        Ok(Ok(Table { input: opened, plan: output, columns, found }))
    }

    /// Plans every leaf by its name and the first values of the first row group.
    fn leaf_plans(&self, input: &ParquetInput) -> Vec<ColumnPlan> {
        let plan = self.job.plan;
        let work = || {
            (0..input.leaves().len())
                .into_par_iter()
                .map(|leaf| {
                    let column = &input.leaves()[leaf].column;
                    let first = plan.column(column, &[]);
                    if first.is_idle() || input.row_groups() == 0 {
                        return first;
                    }
                    let texts = input.sample(leaf, SAMPLE_RECORDS).unwrap_or_default();
                    let sample: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
                    plan.column(column, &sample)
                })
                .collect()
        };
        self.pool.install(work)
    }

    fn row_group(
        &self,
        table: &Table,
        group: usize,
        looked: Looked,
        sink: &mut FileSink<'_>,
        out: Option<&mut ParquetOutput<'_, OutFile>>,
        cut: &mut RowSet,
    ) -> Result<()> {
        let rows = table.input.rows(group);
        let base = sink.tally.rows.read;
        let facts = self.job.plan.poison && rows <= FACT_ROWS;
        if self.job.plan.poison && !facts {
            *sink.tally.limits.entry("rows of a row group".to_owned()).or_default() += 1;
        }
        let Looked { leaves, parts, others_full } = looked;
        if others_full {
            *sink.tally.limits.entry("values of another column".to_owned()).or_default() += 1;
        }
        let mut leaves_done = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            match leaf {
                Ok(done) => leaves_done.push(done),
                Err(Failure::Data(reason)) => return reject_group(sink, base, rows, reason),
                Err(Failure::Store(e)) => return Err(Error::store(&self.work, "cannot write")(e)),
            }
        }
        let mut rejected: Vec<(u32, Reason)> = leaves_done.iter().flat_map(|l| l.chunk.rejected.iter().copied()).collect();
        rejected.sort_unstable();
        rejected.dedup_by_key(|r| r.0);
        for (row, reason) in &rejected {
            sink.reject(base + u64::from(*row), 0, *reason)?;
            cut.insert(base + u64::from(*row));
        }
        let share = self.share(&sink.file).map(|rows| GroupShare { rows, group: group as u64 });
        if let Some(share) = share {
            // A footer may claim any number of rows that cost it nothing.
            sink.tally.sampled += (0..rows.min(COUNTED_ROWS) as u32).filter(|row| share.has(*row)).count() as u64;
        }
        let mut column_facts = Facts::new(self.job.plan.seed);
        let mut chunks = Vec::with_capacity(leaves_done.len());
        let mut found_rows = FoundRows::new(&leaves_done);
        for mut done in leaves_done {
            // A row that another of its cells rejects has left already.
            for row in done.dropped.iter().map(|row| base + u64::from(*row)).filter(|row| !cut.contains(*row)) {
                sink.dropped.insert(row);
            }
            sink.tally.take_without_rows(&done.tally);
            done.each_batch(|batch| {
                found_rows.take(&batch);
                if facts {
                    hold(&mut column_facts, &batch);
                }
                sink.found(batch, base as i64)
            })?;
            if let Some(facts) = done.facts {
                column_facts.adopt(facts);
            }
            chunks.push(done.chunk);
        }
        found_rows.finish(sink);
        if facts {
            if parts.is_full() {
                *sink.tally.limits.entry("distinct labels of a row group".to_owned()).or_default() += 1;
            }
            if parts.has_more_words() {
                *sink.tally.limits.entry("words of a row group".to_owned()).or_default() += 1;
            }
            parts.rows(self.job.plan.seed, &mut column_facts, &rejected, share);
            sink.facts(&column_facts, offset(group))?;
        } else {
            sink.without_facts(rows)?;
        }
        sink.tally.rows.read += rows;
        let bytes = chunks.iter().map(crate::io::parquet::Chunk::bytes).sum();
        if let Some(out) = out {
            out.row_group(group, rows, chunks).map_err(|f| failed(&PathBuf::from(&sink.file), f))?;
        }
        self.job.observer.advance(bytes, rows, 0);
        Ok(())
    }

    /// Takes rows out of a staged Parquet file: `rows` for the quarantine, those that were rejected for good.
    pub(super) fn move_parquet_rows(
        &self,
        number: usize,
        input: &Input,
        record: &mut super::file::Record,
        rows: &RowSet,
        mut listed: Held<'_>,
    ) -> Result<()> {
        let cut = std::fs::read(self.work_file(number, "cut")).map(|b| RowSet::from_bytes(&b)).unwrap_or_default();
        if (rows.is_empty() && cut.is_empty()) || !self.job.options.mode.writes_data() {
            return Ok(());
        }
        let (Some(clean), Some(aside)) = (self.target("clean", input), self.target("quarantine", input)) else { return Ok(()) };
        let whole = self.work_file(number, "whole");
        std::fs::rename(&clean.0, &whole).map_err(Error::store(&clean.0, "cannot move"))?;
        let file = File::open(&whole).map_err(Error::store(&whole, "cannot open"))?;
        let len = file.metadata().map_err(Error::store(&whole, "cannot read"))?.len();
        let staged = ParquetInput::open(file, len, &limits(self.job.plan))
            .map_err(|reason| Error::Bug(format!("a staged Parquet file cannot be read: {reason}")))?;
        // Row groups that were rejected are not in the staged file: its rows have other numbers.
        let numbers = rows;
        let (rows, cut) = (in_stage(&record.lost_rows, rows), in_stage(&record.lost_rows, &cut));
        let kept = self.part(&staged, &clean, &|row| !rows.contains(row) && !cut.contains(row))?;
        record.outputs.retain(|o| o.path != kept.path);
        record.outputs.push(kept);
        if !rows.is_empty() {
            let held = self.part(&staged, &aside, &|row| rows.contains(row) && !cut.contains(row))?;
            let (mut gone, mut before) = (cut.iter().peekable(), 0);
            for (number, row) in numbers.iter().zip(rows.iter()).filter(|(_, row)| !cut.contains(*row)) {
                while gone.next_if(|gone| *gone < row).is_some() {
                    before += 1;
                }
                listed.push(number, row - before, 0, 0)?;
            }
            record.outputs.push(OutputFile { seam: Some(seam(&staged, &cut)), ..held });
        }
        crate::io::commit::remove(&whole)
    }

    /// Writes the rows of a staged file for which `keep` is true; row groups that lose none go over as they are.
    fn part(&self, staged: &ParquetInput, to: &(PathBuf, String), keep: &(dyn Fn(u64) -> bool + Sync)) -> Result<OutputFile> {
        let plan = OutputPlan::new(staged, &BTreeSet::new(), &mut |_, _| None).map_err(|f| failed(&to.0, f))?;
        let out = OutFile::create(&to.0, to.1.clone(), Coat::default(), Access::Default)?;
        let mut out = ParquetOutput::new(staged, &Arc::new(plan), out).map_err(|f| failed(&to.0, f))?;
        let spill = || tempfile_in(&self.work);
        let mut first = 0;
        for group in 0..staged.row_groups() {
            self.job.stop.check()?;
            let rows = staged.rows(group);
            let stays = (first..first + rows).filter(|row| keep(*row)).count() as u64;
            let chunk = |leaf: usize| {
                if stays == rows {
                    staged.untouched(group, leaf)
                } else {
                    staged.filter(group, leaf, &|row| keep(first + u64::from(row)), &spill)
                }
            };
            if stays > 0 {
                let work = || (0..staged.leaves().len()).into_par_iter().map(chunk).collect::<std::result::Result<Vec<_>, _>>();
                let chunks = self.pool.install(work).map_err(|f| failed(&to.0, f))?;
                out.row_group(group, stays, chunks).map_err(|f| failed(&to.0, f))?;
            }
            first += rows;
        }
        let rows = out.rows();
        out.finish().map_err(|f| failed(&to.0, f))?.finish(rows)
    }
}

/// A row group that cannot be decoded is left out whole; one line says so, since there may be any number of rows.
fn reject_group(sink: &mut FileSink<'_>, base: u64, rows: u64, reason: Reason) -> Result<()> {
    sink.reject_many(base, rows, reason)?;
    sink.lost_rows.push((base, rows));
    sink.tally.rows.read = sink.tally.rows.read.saturating_add(rows);
    sink.without_facts(rows)
}

/// Row groups that are worked on at once.
type Window<'g> = &'g [usize];

/// Cuts row groups into windows. Small groups are worked on side by side: of a file with one long column a single worker would
/// do all.
fn windows<'g>(input: &ParquetInput, mut groups: &'g [usize], facts: bool) -> Vec<Window<'g>> {
    let mut windows = Vec::new();
    while !groups.is_empty() {
        let mut together = 0;
        let fits = |rows: u64| {
            together = rows.saturating_add(together);
            rows <= SMALL_GROUP_ROWS && (!facts || together.saturating_mul(input.leaves().len() as u64) <= FACT_CELLS_AT_ONCE)
        };
        let small = groups.iter().map(|group| input.rows(*group)).take(GROUPS_AT_ONCE).map(fits).take_while(|fits| *fits).count();
        let (window, rest) = groups.split_at(small.max(1));
        windows.push(window);
        groups = rest;
    }
    windows
}

/// Where a row group stands in its file, for facts that are put in order.
fn offset(group: usize) -> u64 {
    (group as u64) << 16
}

/// Rows of the source by their numbers in the staged file, which is without the row groups that were rejected (`lost`, in
/// order).
fn in_stage(lost: &[(u64, u64)], rows: &RowSet) -> RowSet {
    let (mut staged, mut lost, mut gone) = (RowSet::default(), lost.iter().peekable(), 0);
    for row in rows.iter() {
        while let Some((_, rows)) = lost.next_if(|(first, _)| *first < row) {
            gone += rows;
        }
        staged.insert(row - gone);
    }
    staged
}

/// The row groups of a staged file without the rows that are cut out.
fn seam(staged: &ParquetInput, cut: &RowSet) -> Seam {
    let (mut gone, mut first) = (cut.iter().peekable(), 0);
    let mut groups = Vec::with_capacity(staged.row_groups());
    for rows in (0..staged.row_groups()).map(|group| staged.rows(group)) {
        first += rows;
        let mut left = rows;
        while gone.next_if(|gone| *gone < first).is_some() {
            left -= 1;
        }
        groups.extend((left > 0).then_some(left));
    }
    Seam { groups, ..Seam::default() }
}

/// A nameless file in the work folder.
pub(super) fn tempfile_in(work: &std::path::Path) -> std::io::Result<File> {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let path = work.join(format!("chunk.{}", NUMBER.fetch_add(1, Relaxed)));
    let file = create(&path, Access::Owner).map_err(std::io::Error::other)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// A failure of our own output.
pub(super) fn failed(path: &std::path::Path, failure: Failure) -> Error {
    match failure {
        Failure::Store(e) => Error::store(path, "cannot write")(e),
        Failure::Data(reason) => Error::Bug(format!("{}: a Parquet part cannot be written: {reason}", path.display())),
    }
}
