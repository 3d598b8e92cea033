//! One column chunk of a Parquet file: looked at, masked, its share of the row facts gathered. Runs on any worker.

use super::canaries::{Canaries, Ground};
use super::decide::{CellAt, Decision, Lister, Noted, Spot};
use super::leaf_done::LeafDone;
use super::map_keys::MapKeys;
use super::names::edited;
use super::others::Others;
use super::picked::Picked;
use super::row_parts::{GroupShare, LeafFacts, RowParts};
use super::spill::SpillWriter;
use super::tally::PartTally;
use super::told_rows::{Sweep, ToldRows};
use crate::batch::{Cell, Column, Edit, Finding, Form, Replacement};
use crate::detect;
use crate::error::{Error, Result};
use crate::io::parquet::{Answer, Batch, Change, Failure, Leaf, Mode, Occurrence, ParquetInput, Spill, Visitor, Wish};
use crate::mask::Place;
use crate::plan::{ColumnPlan, Plan};
use crate::profile::{ColumnKey, ColumnWords, Facts, KeyHasher, Reading};
use crate::report::FindingBatch;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// One chunk to be worked on.
pub(super) struct LeafWork<'a> {
    pub plan: &'a Plan,
    pub leaf: &'a Leaf,
    /// The column under its masked name.
    pub column: &'a Arc<Column>,
    pub columns: &'a ColumnPlan,
    pub file: &'a str,
    /// What is wanted of its rows.
    pub facts: Wanted,
    /// The rows to look at, where not all are.
    pub share: Option<GroupShare>,
    /// The row group's number.
    pub group: u64,
    /// Rows of the row group.
    pub rows: u32,
    /// What columns hold that operators ask for.
    pub others: &'a Others,
    /// Where the leaves' shares of the row facts are put together.
    pub parts: &'a Mutex<RowParts>,
    /// What scanners remember, handed from leaf to leaf.
    pub scratches: &'a Mutex<Vec<detect::Scratch>>,
    /// Where findings go that are too many to be held.
    pub work: &'a Path,
    /// Bytes of findings that may be held.
    pub held: usize,
    /// It is free text, in which is looked for what is told of a row.
    pub free: bool,
    /// Bytes of what it tells of its rows that may be held; 0 where no leaf is free text.
    pub room: usize,
    /// What other leaves told.
    pub told: &'a [&'a ToldRows],
    /// It is looked at for the second time: the rows' keys are known.
    pub again: bool,
    /// What is planted to see whether it is found; nothing where it is not searched for text.
    pub canaries: Option<&'a Canaries>,
    /// The file's number; which of the leaves that are searched for text it is, and how many there are.
    pub number: usize,
    pub among: (usize, usize),
}

/// What is wanted of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Nothing.
    Nothing,
    /// Facts of the rows, but not which of them have which of a column's few values.
    Facts,
    /// All facts.
    Facets,
}

impl LeafWork<'_> {
    fn is_looked_at(&self, row: u32) -> bool {
        self.share.is_none_or(|share| share.has(row))
    }

    fn give_back(&self, scratch: detect::Scratch) {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }

    /// Looks at the chunk of `leaf` in row group `group`.
    pub fn run(
        &self,
        input: &ParquetInput,
        group: usize,
        leaf: usize,
        mode: Mode,
        spill: Spill<'_>,
    ) -> std::result::Result<LeafDone, Failure> {
        // A column that nobody looks for anything in is read all the same: what cannot be read is not clean.
        if self.columns.drop {
            let chunk = input.untouched(group, leaf)?;
            let (found, tally, told) = Default::default();
            return Ok(LeafDone { chunk, found, spilled: None, tally, dropped: Vec::new(), facts: None, told, torn: false });
        }
        let store = |e: Error| Failure::Store(std::io::Error::other(e));
        let mut look = Look::new(self, false);
        let mut chunk = input.examine(group, leaf, &mut look, mode, spill)?;
        if look.wants_rows() {
            if let Some(path) = look.spilled().map_err(store)? {
                crate::io::commit::remove(&path).map_err(store)?;
            }
            let mut scan = std::mem::take(&mut look.scan);
            // They are counted anew.
            (_, _) = (scan.take_allowed(), scan.take_undecoded());
            self.give_back(scan);
            look = Look::new(self, true);
            chunk = input.examine(group, leaf, &mut look, mode, spill)?;
        }
        look.tally.untold = u64::from(look.sweep.told.full);
        look.tally.allowed.extend(look.scan.take_allowed());
        look.tally.undecoded += look.scan.take_undecoded();
        self.give_back(std::mem::take(&mut look.scan));
        if self.leaf.is_text() && look.is_personal(chunk.claimed_bounds()) {
            chunk.forget_bounds()?;
        }
        let spilled = look.spilled().map_err(store)?;
        let facts = look.facts.take().map(|mut facts| {
            let column = std::mem::replace(&mut facts.column, Facts::new(self.plan.seed));
            self.parts.lock().unwrap_or_else(PoisonError::into_inner).take(leaf, facts);
            column
        });
        let Look { found, tally, dropped, sweep, .. } = look;
        Ok(LeafDone { chunk, found, spilled, tally, dropped, facts, told: sweep.told, torn: sweep.torn })
    }
}

/// What is remembered of a dictionary's entry.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// Where its findings stand in [`Look::noted`].
    from: u32,
    count: u32,
    drop_row: bool,
    /// Which of [`Sweep::told`] it tells of its rows: the first, and behind the last.
    told: (u32, u32),
}

/// What facts need of a dictionary's entry: the text as it was read and as it stays.
#[derive(Default)]
struct EntryFacts {
    part: u128,
    marks: u8,
    after: Option<Vec<u8>>,
}

struct Look<'a> {
    work: &'a LeafWork<'a>,
    views: Vec<Arc<detect::View>>,
    scan: detect::Scratch,
    findings: Vec<Finding>,
    decision: Decision,
    text: Vec<u8>,
    entries: Vec<Entry>,
    noted: Vec<Noted>,
    /// By entry; only where facts are gathered.
    entry_facts: Vec<EntryFacts>,
    lister: Lister<'a>,
    /// The names behind these are exact ones of cells: a list has any number of them.
    settled: usize,
    /// The number of the column's name.
    shape: u32,
    key: Option<ColumnKey>,
    found: FindingBatch,
    tally: PartTally,
    dropped: Vec<u32>,
    facts: Option<LeafFacts>,
    spill: Option<(PathBuf, SpillWriter)>,
    failed: Option<Error>,
    keys: MapKeys,
    sweep: Sweep<'a>,
    /// Every value is wanted in its row.
    by_row: bool,
}

/// A text that stands in more rows than this, taken all in all, is of none of them.
const ROWS_OF_A_TEXT: usize = 4;

/// Numbers the files of findings.
static SPILLS: AtomicU64 = AtomicU64::new(0);

impl<'a> Look<'a> {
    fn new(work: &'a LeafWork<'a>, by_row: bool) -> Self {
        let plan = work.columns;
        let facts = (work.facts != Wanted::Nothing).then(|| {
            let mut column = Facts::new(work.plan.seed);
            column.columns(std::slice::from_ref(&work.column.name));
            if work.facts != Wanted::Facets {
                column.without_facets();
            }
            let picked = |wanted: bool| wanted.then(|| Picked::new(work.rows));
            let sums = if plan.key && !work.again { vec![(0, 0); work.rows as usize] } else { Vec::new() };
            let words = plan.key.then(|| ColumnWords::new(work.plan.seed, &work.column.name, Reading::of(plan.by_word)));
            let (label, source, time) = (picked(plan.label), picked(plan.source), picked(plan.time));
            LeafFacts { column, sums, label, source, time, words }
        });
        let mut found = FindingBatch::default();
        let lister = Lister::new(work.plan, work.file, &mut found.names);
        let shape = found.names.id(&work.column.name);
        Self {
            work,
            views: vec![plan.view.clone().unwrap_or_else(|| Arc::new(detect::View::unseen()))],
            scan: work.scratches.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default(),
            findings: Vec::new(),
            decision: Decision::default(),
            text: Vec::new(),
            entries: Vec::new(),
            noted: Vec::new(),
            entry_facts: Vec::new(),
            lister,
            settled: found.names.len(),
            shape,
            key: plan.key.then(|| KeyHasher::new(work.plan.seed).column(&work.column.name)),
            found,
            tally: PartTally::default(),
            dropped: Vec::new(),
            facts,
            spill: None,
            failed: None,
            keys: MapKeys::default(),
            sweep: Sweep::new(work.leaf.repeated, work.room, work.told),
            by_row,
        }
    }

    /// Plants values in copies of the cells of a batch, where it is one of those that get some.
    fn plant(&mut self, batch: &Batch<'_>, found: BTreeSet<u16>) {
        let work = self.work;
        let due = work.canaries.filter(|canaries| canaries.are_due(work.group));
        let Some((canaries, scanner)) = due.zip(work.plan.scanner.as_ref()) else { return };
        let columns = vec![work.columns.view.as_ref().map(|view| (work.column.name.as_str(), view))];
        let (bytes, block, place, file, among) = (batch.bytes, batch.block, work.group, work.number, work.among);
        let ground = Ground { bytes, block, columns, file, place, among, found };
        self.tally.allowed = self.scan.take_allowed();
        self.tally.undecoded = self.scan.take_undecoded();
        self.tally.planted = canaries.plant(scanner, &mut self.scan, &ground);
    }

    /// Scans a batch and decides on its cells in order; `each` gets the cell's number and what was decided.
    fn look(&mut self, batch: &Batch<'_>, in_rows: bool, mut each: impl FnMut(&mut Self, u32, &Batch<'_>) -> bool) -> Answer {
        let mut findings = std::mem::take(&mut self.findings);
        findings.clear();
        if let (Some(scanner), Some(_)) = (&self.work.plan.scanner, &self.work.columns.view) {
            scanner.scan(batch.bytes, batch.block, &self.views, &mut self.scan, &mut findings);
            scanner.hear(&self.work.plan.hearsay, batch.bytes, batch.block, &findings);
            if self.work.free {
                self.tally.crowded += self.sweep.sweep(scanner, batch, in_rows, &mut findings);
                scanner.find_known(&self.work.plan.hearsay, batch.bytes, batch.block, |_| true, &mut findings);
            }
        }
        if self.tally.cells == 0 {
            self.plant(batch, findings.iter().map(|finding| finding.detector).collect());
        }
        self.work.plan.tokens_of(batch.bytes, batch.block, &mut findings);
        self.tally.cells += batch.block.cells.len() as u64;
        let mut answer = Answer::default();
        let mut rest = findings.as_slice();
        for (number, cell) in (0u32..).zip(&batch.block.cells) {
            let here = rest.iter().take_while(|f| f.cell == number).count();
            let (mut in_cell, behind) = rest.split_at(here);
            rest = behind;
            if here > 0 && batch.is_nothing(cell) {
                in_cell = &[];
            }
            let bytes = batch.block.text(batch.bytes, cell);
            self.decision.clear();
            self.sweep.tells = (0, 0);
            if let Some(scanner) = self.work.plan.scanner.as_ref().filter(|_| !in_cell.is_empty() && self.work.room > 0) {
                self.sweep.tell(scanner, in_cell, bytes, in_rows.then_some(cell.row));
            }
            if !in_cell.is_empty() || self.work.columns.whole.is_some() {
                let list = batch.positions(number).unwrap_or_default().iter().fold(0, |at, p| at << 16 ^ u64::from(*p));
                let record = self.work.group << 32 | u64::from(cell.row);
                let (file, column) = (self.work.file, self.work.column.name.as_str());
                let place = Place { file, column, record, within: [list, 0], day_first: self.work.columns.day_first };
                let other = |column: &str| self.work.others.text(column, cell.row);
                let at = CellAt { form: cell.form, bytes, place, other: &other };
                self.decision.decide(self.work.plan, self.work.columns, &at, in_cell);
            }
            let marked = each(self, number, batch);
            if self.decision.edits.is_empty() {
                if marked {
                    answer.marked.push(number);
                }
                continue;
            }
            let null = self.decision.edits.iter().any(|e| e.replacement == Replacement::Null);
            let replacement = if null {
                Replacement::Null
            } else if let [Edit { span, replacement }] = self.decision.edits.as_mut_slice()
                && (span.start, span.end as usize) == (0, bytes.len())
            {
                std::mem::replace(replacement, Replacement::Null)
            } else {
                let text = edited(bytes, &self.decision.edits, &mut self.text);
                Replacement::Text(String::from_utf8_lossy(text).into_owned())
            };
            answer.changes.push(Change { cell: number, replacement });
        }
        self.findings = findings;
        if self.work.leaf.is_key {
            self.keys.tell_apart(self.work.leaf, batch, &mut answer.changes);
        }
        answer
    }

    /// Whether the texts were seen apart from their rows, of which others told something that may stand in them.
    fn wants_rows(&self) -> bool {
        let own = self.entries.len().saturating_mul(ROWS_OF_A_TEXT) >= self.work.rows as usize;
        self.work.free && !self.entries.is_empty() && !self.work.told.is_empty() && own
    }

    /// The text that stays of the cell just decided on; none where it is null.
    fn after<'b>(&'b mut self, form: Form, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let edits = &*self.decision.told();
        if form == Form::Null || edits.iter().any(|e| e.replacement == Replacement::Null) {
            None
        } else if edits.is_empty() {
            Some(bytes)
        } else if form == Form::Scalar {
            None
        } else {
            Some(edited(bytes, edits, &mut self.text))
        }
    }

    /// Lists findings in a row; `name` is the number of the cell's exact name, `value` its text where it is at hand.
    fn record(&mut self, row: u32, name: u32, value: Option<&[u8]>, noted: &[Noted]) {
        let spot = Spot { row, column: (name, self.shape), form: Form::Bare, value };
        for n in noted {
            self.lister.list(n, &spot, &mut self.found, &mut self.tally);
        }
        self.overflow();
    }

    /// The text of a cell that is no name.
    fn value<'b>(&self, batch: &'b Batch<'_>, cell: &Cell) -> Option<&'b [u8]> {
        (!self.work.leaf.is_key).then(|| batch.block.text(batch.bytes, cell))
    }

    /// Puts findings down once they are many. A failure is told at the end, since a visitor cannot fail.
    fn overflow(&mut self) {
        if self.found.bytes() < self.work.held || self.failed.is_some() {
            return;
        }
        let write = |spill: &mut Option<(PathBuf, SpillWriter)>, found: &FindingBatch, work: &Path| -> Result<()> {
            if spill.is_none() {
                let path = work.join(format!("found.{}", SPILLS.fetch_add(1, Relaxed)));
                *spill = Some((path.clone(), SpillWriter::create(&path)?));
            }
            spill.as_mut().map_or(Ok(()), |(_, writer)| writer.push(&found.to_bytes()))
        };
        self.failed = write(&mut self.spill, &self.found, self.work.work).err();
        // Numbers of names and kinds are remembered, but not of those of cells in lists.
        if self.work.leaf.repeated {
            self.found.truncate(self.settled);
            self.lister.forget();
        } else {
            self.found.clear_occurrences();
        }
    }

    /// Whether any of these texts holds what is not kept.
    fn is_personal<'t>(&mut self, texts: impl Iterator<Item = &'t [u8]>) -> bool {
        let (Some(scanner), Some(view)) = (&self.work.plan.scanner, &self.work.columns.view) else { return false };
        let mut findings = Vec::new();
        for text in texts {
            scanner.scan_text(String::from_utf8_lossy(text).as_bytes(), view, &mut self.scan, &mut findings);
        }
        findings.iter().any(|finding| self.work.plan.operator(finding).name() != "keep")
    }

    /// The file with the findings that were put down.
    fn spilled(&mut self) -> Result<Option<PathBuf>> {
        match (self.failed.take(), self.spill.take()) {
            (Some(error), _) => Err(error),
            (None, Some((path, writer))) => writer.finish().map(|()| Some(path)),
            (None, None) => Ok(None),
        }
    }

    fn drop_row(&mut self, row: u32) {
        if self.dropped.last() != Some(&row) {
            self.dropped.push(row);
        }
    }
}

impl Visitor for Look<'_> {
    fn wish(&self) -> Wish {
        let by_entry = !(self.work.leaf.is_key || self.work.plan.by_place() || self.by_row);
        Wish { by_entry, every_row: self.facts.is_some(), every_value: self.work.columns.whole.is_some() }
    }

    fn values(&mut self, batch: &Batch<'_>) -> Answer {
        self.look(batch, true, |look, number, batch| {
            let cell = batch.block.cells.get(number as usize);
            let Some(cell) = cell.filter(|cell| look.work.is_looked_at(cell.row)) else { return false };
            if !look.decision.noted.is_empty() {
                let noted = std::mem::take(&mut look.decision.noted);
                let name = if look.work.leaf.repeated { look.found.names.id(&batch.name(number)) } else { look.shape };
                look.record(cell.row, name, look.value(batch, cell), &noted);
                look.decision.noted = noted;
            }
            if look.decision.drop_row {
                look.drop_row(cell.row);
            }
            if let Some(mut facts) = look.facts.take() {
                let bytes = batch.block.text(batch.bytes, cell);
                let part = look.key.filter(|_| !bytes.is_empty()).map(|k| k.part(bytes));
                facts.value(cell.row, part, facts.marks(bytes), look.after(cell.form, bytes));
                look.facts = Some(facts);
            }
            false
        })
    }

    fn entries(&mut self, batch: &Batch<'_>) -> Answer {
        self.look(batch, false, |look, number, batch| {
            let Some(cell) = batch.block.cells.get(number as usize) else { return false };
            let at = cell.row as usize;
            if look.facts.is_some() {
                let bytes = batch.block.text(batch.bytes, cell);
                let part = look.key.filter(|_| !bytes.is_empty()).map_or(0, |k| k.part(bytes));
                let marks = look.facts.as_ref().map_or(0, |facts| facts.marks(bytes));
                let after = look.after(cell.form, bytes).map(<[u8]>::to_vec);
                if look.entry_facts.len() <= at {
                    look.entry_facts.resize_with(at + 1, EntryFacts::default);
                }
                if let Some(slot) = look.entry_facts.get_mut(at) {
                    *slot = EntryFacts { part, marks, after };
                }
            }
            let (from, count) = (look.noted.len() as u32, look.decision.noted.len() as u32);
            if let Some(text) = look.value(batch, cell) {
                for noted in &look.decision.noted {
                    look.lister.shape(noted, (look.shape, look.shape), text, &mut look.found, &mut look.tally);
                }
            }
            look.noted.extend_from_slice(&look.decision.noted);
            let marked = count > 0;
            if look.entries.len() <= at {
                look.entries.resize(at + 1, Entry::default());
            }
            if let Some(slot) = look.entries.get_mut(at) {
                *slot = Entry { from, count, drop_row: look.decision.drop_row, told: look.sweep.tells };
            }
            marked
        })
    }

    fn occurrence(&mut self, at: Occurrence<'_>) {
        if !self.work.is_looked_at(at.row) {
            return;
        }
        if let Some(Entry { from, count, drop_row, told }) = at.entry.and_then(|e| self.entries.get(e as usize)).copied() {
            if count > 0 {
                let leaf = self.work.leaf;
                let name = if leaf.repeated { self.found.names.id(&leaf.name_at(at.positions)) } else { self.shape };
                let noted = std::mem::take(&mut self.noted);
                let (from, count) = (from as usize, count as usize);
                self.record(at.row, name, None, noted.get(from..from + count).unwrap_or_default());
                self.noted = noted;
            }
            if drop_row {
                self.drop_row(at.row);
            }
            (told.0..told.1).for_each(|value| self.sweep.told.stands(at.row, value));
        }
        if let Some(facts) = &mut self.facts {
            let entry = at.entry.and_then(|e| self.entry_facts.get(e as usize));
            let part = entry.map(|e| e.part).filter(|p| *p != 0);
            facts.value(at.row, part, entry.map_or(0, |e| e.marks), entry.and_then(|e| e.after.as_deref()));
        }
    }
}
