//! One part of a byte stream: records in, edited bytes, findings and facts out. Pure; runs on any worker.

#![expect(
    clippy::indexing_slicing,
    reason = "hot loop; rows, cells and columns of a block refer to each other by the parser's promise, and a part that breaks it is caught and rejected"
)]

use super::canaries::{Canaries, Ground};
use super::cell_facts::CellFacts;
use super::decide::{CellAt, Decision, Lister, Spot};
use super::names::Personal;
use super::others::Asked;
use super::tally::PartTally;
use crate::batch::{Block, Cell, Edit, Finding, Form, Load, Part, Reason, Record, Replacement};
use crate::detect;
use crate::io::{Glue, Parse};
use crate::mask::Place;
use crate::plan::{ColumnPlan, FilePlan, Plan};
use crate::profile::{Facts, RowShare};
use crate::report::FindingBatch;
use std::borrow::Cow;
use std::sync::Arc;

/// What every worker of a file shares.
pub(super) struct Shared<'a> {
    pub plan: &'a Plan,
    pub columns: &'a FilePlan,
    pub parse: &'a dyn Parse,
    pub file: &'a str,
    pub options: &'a super::Options,
    /// The rows to look at, where not all are.
    pub share: Option<RowShare>,
    /// What is planted to see whether it is found, and the file's number.
    pub canaries: Option<(&'a Canaries, usize)>,
}

/// A rejected record.
#[derive(Clone, Copy)]
pub(super) struct Rejected {
    /// Record number in the part.
    pub row: u32,
    /// Where it begins in the part.
    pub start: u32,
    pub reason: Reason,
}

/// Where a kept record lies in the cleaned bytes: its length and that of the gap behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub record: u32,
    pub gap: u32,
}

/// What a part gave.
#[derive(Default)]
pub(super) struct Done {
    /// The part's offset in the text of the source.
    pub offset: u64,
    /// The part's offset in the decompressed source; another one where that is UTF-16 or UTF-32.
    pub source: u64,
    /// The cleaned bytes: `lead` bytes that belong to no record, then the records and gaps of `spans`.
    pub clean: Vec<u8>,
    pub lead: u32,
    pub spans: Vec<Span>,
    /// Records in the part, rejected ones included.
    pub rows: u32,
    /// Records that were looked at where only a share was to be.
    pub sampled: u32,
    pub rejected: Vec<Rejected>,
    pub rejected_bytes: Vec<u8>,
    /// Findings, rows counted from the part's first.
    pub found: FindingBatch,
    /// Rows that an operator sends to the quarantine, ascending.
    pub dropped: Vec<u32>,
    pub facts: Option<Facts>,
    pub tally: PartTally,
    /// Set for pieces of records that are not held: the load they came with.
    pub load: Load,
}

/// Memory that a worker uses again from part to part.
#[derive(Default)]
pub(super) struct Scratch {
    block: Block,
    scan: detect::Scratch,
    findings: Vec<Finding>,
    written: Vec<u8>,
    text: Vec<u8>,
}

impl Shared<'_> {
    /// Whether a part is to be worked on by this run.
    pub fn wants(&self, part: u64) -> bool {
        self.options.wants(part)
    }

    /// Works on a part. A panic below costs the part: it is rejected whole.
    pub fn work(&self, part: &Part, scratch: &mut Scratch) -> Done {
        let done = match part.load {
            Load::Records => std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.records(part, scratch))),
            load => Ok(Done { clean: part.bytes.clone(), load, ..Done::default() }),
        };
        let mut done = done.unwrap_or_else(|_| {
            *scratch = Scratch::default();
            Done {
                rows: 1,
                rejected: vec![Rejected { row: 0, start: 0, reason: Reason::DecoderFault }],
                rejected_bytes: part.bytes.clone(),
                // Its row has a number, so that those behind it keep theirs.
                facts: self.plan.poison.then(|| Facts::of_rejected(self.plan.seed)),
                ..Done::default()
            }
        });
        done.offset = part.offset;
        done
    }

    fn records(&self, part: &Part, scratch: &mut Scratch) -> Done {
        let Scratch { block, scan, findings, written, text } = scratch;
        block.clear();
        findings.clear();
        written.clear();
        self.parse.parse(part, &Personal(self.plan), block);
        let columns: Vec<Arc<ColumnPlan>> = block.columns.iter().map(|c| self.columns.column(self.plan, c)).collect();
        let looked_at: Vec<bool> = self
            .share
            .map_or_else(Vec::new, |share| block.records.iter().map(|r| share.has(part.offset + u64::from(r.start))).collect());
        let is_looked_at = |row: usize| looked_at.get(row).copied().unwrap_or(true);
        if self.share.is_some() {
            // A scan alone has a share: what is not looked at is written nowhere.
            block.cells.retain(|cell| is_looked_at(cell.row as usize));
        }
        if let Some(scanner) = &self.plan.scanner {
            let unseen = Arc::new(detect::View::unseen());
            let views: Vec<_> = columns.iter().map(|c| c.view.clone().unwrap_or_else(|| Arc::clone(&unseen))).collect();
            scanner.scan(&part.bytes, block, &views, scan, findings);
            let prose: Vec<bool> = columns.iter().map(|c| c.prose).collect();
            scan.crowded = scanner.again(&self.plan.hearsay, &part.bytes, block, &prose, findings);
        }
        self.plan.tokens_of(&part.bytes, block, findings);
        let mut done = Done { rows: block.records.len() as u32, clean: Vec::with_capacity(part.bytes.len()), ..Done::default() };
        let mut facts = self.plan.poison.then(|| CellFacts::new(self.plan.seed, block, &columns));
        let mut splices = Vec::with_capacity(findings.len());
        let lister = Lister::new(self.plan, self.file, &mut done.found.names);
        let drops = columns.iter().any(|c| c.drop);
        let mut cells = Cells {
            shared: self,
            part,
            block: &*block,
            columns: &columns,
            done: &mut done,
            next: 0,
            exact: Vec::new(),
            decision: Decision::default(),
            asked: Asked::default(),
            lister,
            shapes: vec![None; columns.len()],
        };
        cells.name_exactly(findings);
        let mut found = findings.as_slice();
        let mut at = 0;
        for (row, record) in block.records.iter().enumerate() {
            let (first, before) = (at, splices.len());
            while block.cells.get(at).is_some_and(|c| c.row as usize == row) {
                let cell = &block.cells[at];
                let plan = &columns[cell.column as usize];
                let upto = found.iter().take_while(|f| f.cell as usize == at).count();
                let (here, rest) = found.split_at(upto);
                found = rest;
                let touched = !here.is_empty() || plan.whole.is_some() || cell.form == Form::Key;
                if touched {
                    cells.decide(at as u32, cell, plan, here);
                }
                let edits: &[Edit] = if touched { &cells.decision.edits } else { &[] };
                if !edits.is_empty() {
                    let from = written.len();
                    self.parse.rewrite(&part.bytes, block, cell, edits, written);
                    splices.push(Splice { start: cell.start, end: cell.end, from: from as u32, to: written.len() as u32 });
                }
                if let Some(facts) = &mut facts
                    && record.reject.is_none()
                    && !plan.drop
                {
                    let told = if touched { cells.decision.told() } else { Cow::default() };
                    let of = (block.columns[cell.column as usize].name.as_str(), &**plan);
                    facts.cell(cell, of, block.text(&part.bytes, cell), &told, text);
                }
                at += 1;
            }
            if let Some(facts) = &mut facts {
                facts.row_ends(record.reject.is_none() && is_looked_at(row));
            }
            if drops {
                let mut own = splices.split_off(before);
                self.dropped_columns(part, block, &columns, first..at, &mut own, written);
                splices.append(&mut own);
            }
        }
        assemble(part, block, self.parse.glue(), &splices, written, &mut done);
        done.facts = facts.map(|f| f.finish(&done.found));
        done.sampled = looked_at.iter().map(|looked| u32::from(*looked)).sum();
        done.tally.cells = block.cells.len() as u64;
        done.tally.crowded = std::mem::take(&mut scan.crowded);
        done.tally.allowed = scan.take_allowed();
        done.tally.undecoded = scan.take_undecoded();
        let due = self.canaries.filter(|(canaries, _)| canaries.are_due(part.index));
        if let Some(((canaries, file), scanner)) = due.zip(self.plan.scanner.as_ref()) {
            let found = findings.iter().map(|finding| finding.detector).collect();
            let ground = block.columns.iter().zip(&columns).map(|(column, plan)| {
                let view = plan.view.as_ref().filter(|_| plan.whole.is_none() && !plan.drop)?;
                Some((column.name.as_str(), view))
            });
            let (bytes, columns, place) = (&part.bytes, ground.collect(), part.index);
            let ground = Ground { bytes, block, columns, file, place, among: (0, 1), found };
            done.tally.planted = canaries.plant(scanner, scan, &ground);
        }
        done
    }

    /// Cuts the cells of dropped columns out of one record. `splices` are the record's own.
    fn dropped_columns(
        &self,
        part: &Part,
        block: &Block,
        columns: &[Arc<ColumnPlan>],
        cells: std::ops::Range<usize>,
        splices: &mut Vec<Splice>,
        written: &mut Vec<u8>,
    ) {
        let gone: Vec<u32> = cells.filter(|at| columns[block.cells[*at].column as usize].drop).map(|at| at as u32).collect();
        let Some(first) = gone.first() else { return };
        let cell = &block.cells[*first as usize];
        let record = block.records[cell.row as usize];
        if is_alone(&part.bytes, record, cell) {
            // Cut out, it would leave no record behind.
            let from = written.len() as u32;
            let whole = Edit { span: 0..cell.text_end - cell.text_start, replacement: Replacement::Null };
            self.parse.rewrite(&part.bytes, block, cell, &[whole], written);
            splices.clear();
            splices.push(Splice { start: cell.start, end: cell.end, from, to: written.len() as u32 });
            return;
        }
        let cuts = self.parse.removals(&part.bytes, block, &gone);
        // Both ascend, and no splice reaches over the border of a cut: one walk tells which lie in one.
        let mut ahead = cuts.as_slice();
        splices.retain(|s| {
            ahead = ahead.split_at(ahead.partition_point(|c| c.end < s.end)).1;
            ahead.first().is_none_or(|c| s.start < c.start)
        });
        splices.extend(cuts.into_iter().map(|c| Splice { start: c.start, end: c.end, from: 0, to: 0 }));
        splices.sort_unstable_by_key(|s| (s.start, s.end));
        if is_blank(&part.bytes, record, splices) {
            // A blank line is no record: something must stand for this one.
            let from = written.len() as u32;
            written.extend_from_slice(self.parse.empty_record());
            let stand_in = Splice { start: record.start, end: record.start, from, to: written.len() as u32 };
            splices.insert(0, stand_in);
        }
    }
}

/// A cell is all that its record holds.
fn is_alone(bytes: &[u8], record: Record, cell: &Cell) -> bool {
    let blank = |from: u32, to: u32| bytes.get(from as usize..to as usize).unwrap_or_default().trim_ascii().is_empty();
    blank(record.start, cell.start) && blank(cell.end, record.end)
}

/// Nothing stays of a record but its line end.
fn is_blank(bytes: &[u8], record: Record, splices: &[Splice]) -> bool {
    let mut at = record.start;
    let ends = splices.iter().map(|s| (s.start, s.end)).chain([(record.end, record.end)]);
    let nothing_left = ends.into_iter().all(|(start, end)| {
        let between = bytes.get(at as usize..start as usize).unwrap_or_default();
        at = end;
        between.iter().all(|b| matches!(b, b'\n' | b'\r'))
    });
    nothing_left && splices.iter().all(|s| s.from == s.to)
}

/// The cells of a part while their findings are decided.
struct Cells<'a, 'b> {
    shared: &'a Shared<'a>,
    part: &'a Part,
    block: &'a Block,
    columns: &'a [Arc<ColumnPlan>],
    done: &'b mut Done,
    /// The next of `exact`.
    next: usize,
    /// Exact column names of the cells that are edited or have findings: cell and number in the batch's names.
    exact: Vec<(u32, u32)>,
    decision: Decision,
    asked: Asked,
    lister: Lister<'a>,
    /// By column: the number of its name, once it was needed.
    shapes: Vec<Option<u32>>,
}

impl Cells<'_, '_> {
    /// Looks up the exact names of the cells that findings or whole-column operators touch, and of keys, in one walk; those
    /// in columns without list positions have the column's name.
    fn name_exactly(&mut self, findings: &[Finding]) {
        let listed: Vec<bool> = self.block.columns.iter().map(|c| c.name.contains(['[', '{'])).collect();
        if !listed.contains(&true) {
            return;
        }
        let in_list = |cell: &Cell| listed.get(cell.column as usize).copied().unwrap_or(false);
        let found = findings.iter().map(|f| f.cell);
        let mut cells: Vec<u32> = found.filter(|at| self.block.cells.get(*at as usize).is_some_and(in_list)).collect();
        let ruled = |cell: &Cell| cell.form == Form::Key || self.columns[cell.column as usize].whole.is_some();
        cells.extend((0u32..).zip(&self.block.cells).filter(|(_, c)| in_list(c) && ruled(c)).map(|(at, _)| at));
        cells.sort_unstable();
        cells.dedup();
        let names = self.shared.parse.exact_names(&self.part.bytes, self.block, &cells);
        for (cell, name) in cells.iter().zip(&names) {
            self.exact.push((*cell, self.done.found.names.id(name)));
        }
    }

    /// Decides what the findings of one cell come to and lists them.
    fn decide(&mut self, index: u32, cell: &Cell, plan: &ColumnPlan, findings: &[Finding]) {
        let bytes = self.block.text(&self.part.bytes, cell);
        // The decision is lent out: what looks up other cells needs the rest.
        let mut decision = std::mem::take(&mut self.decision);
        let start = self.block.records.get(cell.row as usize).map_or(0, |record| record.start);
        let place = Place {
            file: self.shared.file,
            column: &self.block.columns[cell.column as usize].name,
            record: self.part.offset + u64::from(start),
            within: [u64::from(cell.start - start.min(cell.start)), 0],
            day_first: plan.day_first,
        };
        let other = |column: &str| self.asked.text(&self.part.bytes, self.block, index, column);
        let at = CellAt { form: cell.form, bytes, place, other: &other };
        decision.decide(self.shared.plan, plan, &at, findings);
        self.decision = decision;
        if self.decision.drop_row && self.done.dropped.last() != Some(&cell.row) {
            self.done.dropped.push(cell.row);
        }
        if self.decision.noted.is_empty() {
            return;
        }
        let shape = match self.shapes.get_mut(cell.column as usize) {
            Some(Some(id)) => *id,
            slot => {
                let id = self.done.found.names.id(&self.block.columns[cell.column as usize].name);
                if let Some(slot) = slot {
                    *slot = Some(id);
                }
                id
            }
        };
        while self.exact.get(self.next).is_some_and(|(c, _)| *c < index) {
            self.next += 1;
        }
        let column = self.exact.get(self.next).filter(|(c, _)| *c == index).map_or(shape, |(_, n)| *n);
        let value = (cell.form != Form::Key).then_some(bytes);
        let spot = Spot { row: cell.row, column: (column, shape), form: cell.form, value };
        for noted in &self.decision.noted {
            self.lister.list(noted, &spot, &mut self.done.found, &mut self.done.tally);
        }
    }
}

/// A span of the part and what takes its place in `written`.
#[derive(Clone, Copy)]
struct Splice {
    start: u32,
    end: u32,
    from: u32,
    to: u32,
}

/// Copies what stays and splices in what was written.
fn assemble(part: &Part, block: &Block, glue: Glue, splices: &[Splice], written: &[u8], done: &mut Done) {
    let bytes = &part.bytes;
    done.clean.extend_from_slice(bytes.get(..block.head_end as usize).unwrap_or_default());
    done.lead = block.head_end;
    let mut splices = splices.iter().peekable();
    for (row, record) in block.records.iter().enumerate() {
        let Record { start, end, gap_end, reject } = *record;
        let gap = bytes.get(end as usize..gap_end as usize).unwrap_or_default();
        if let Some(reason) = reject {
            done.rejected.push(Rejected { row: row as u32, start, reason });
            done.rejected_bytes.extend_from_slice(bytes.get(start as usize..end as usize).unwrap_or_default());
            // Every rejected record ends its line, so that the file can be read by lines.
            if done.rejected_bytes.last().is_some_and(|b| *b != b'\n') {
                done.rejected_bytes.push(b'\n');
            }
            if glue == Glue::Lines {
                done.clean.extend_from_slice(gap);
                match done.spans.last_mut() {
                    Some(span) => span.gap += gap.len() as u32,
                    None => done.lead += gap.len() as u32,
                }
            }
            continue;
        }
        let from = done.clean.len();
        let mut at = start;
        while let Some(splice) = splices.next_if(|s| s.start < end) {
            done.clean.extend_from_slice(bytes.get(at as usize..splice.start as usize).unwrap_or_default());
            done.clean.extend_from_slice(written.get(splice.from as usize..splice.to as usize).unwrap_or_default());
            at = splice.end;
        }
        done.clean.extend_from_slice(bytes.get(at as usize..end as usize).unwrap_or_default());
        let record = (done.clean.len() - from) as u32;
        done.clean.extend_from_slice(gap);
        done.spans.push(Span { record, gap: gap.len() as u32 });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::*;
    use crate::detect::Catalogue;
    use crate::io::Names;
    use crate::plan::Looking;
    use crate::policy::Policy;

    /// A parser with a fault.
    struct Faulty;

    impl Parse for Faulty {
        fn parse(&self, _: &Part, _: &dyn Names, _: &mut Block) {
            panic!("a fault");
        }
        fn rewrite(&self, _: &[u8], _: &Block, _: &Cell, _: &[Edit], _: &mut Vec<u8>) {}
        fn removals(&self, _: &[u8], _: &Block, _: &[u32]) -> Vec<std::ops::Range<u32>> {
            Vec::new()
        }
        fn exact_names(&self, _: &[u8], _: &Block, _: &[u32]) -> Vec<String> {
            Vec::new()
        }
        fn glue(&self) -> Glue {
            Glue::Lines
        }
    }

    #[test]
    fn a_part_that_a_fault_costs_keeps_its_place_among_the_facts_of_rows() {
        let catalogue = Arc::new(Catalogue::builtin().unwrap());
        let plan = Plan::resolve(Policy::default(), catalogue, None, 0, Looking::For).unwrap();
        let options = Options::default();
        let columns = FilePlan::new(&plan, &[]);
        let shared = Shared {
            plan: &plan,
            columns: &columns,
            parse: &Faulty,
            file: "a.csv",
            options: &options,
            share: None,
            canaries: None,
        };
        let part = Part { bytes: b"1,2\n3,4\n".to_vec(), ..Part::default() };
        let done = shared.work(&part, &mut Scratch::default());
        assert_eq!(done.rejected_bytes, part.bytes);
        assert_eq!(u64::from(done.rows), done.facts.map_or(0, |f| f.rows().len() as u64), "verdicts count rows by their facts");
    }
}
