//! In what order the leaves of a row group are looked at: those of free text after the others, since these tell what to look
//! for in them, and once more where one of them told something of another.

#![expect(clippy::indexing_slicing, reason = "leaves are numbered by the file they come from")]

use super::Run;
use super::leaf_done::LeafDone;
use super::leaves::{LeafWork, Wanted};
use super::others::Others;
use super::row_parts::{GroupShare, RowParts};
use super::table::{FACT_ROWS, Table, tempfile_in};
use super::told_rows::ToldRows;
use crate::io::parquet::{Failure, Leaf, Mode};
use crate::plan::ColumnPlan;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Findings of the row groups at work are held up to this many bytes; further ones are put down until their group is known to
/// be sound.
const HELD_FINDINGS: usize = 32 << 20;

/// What leaves tell of the rows of the row groups at work is held up to this many bytes.
const HELD_TOLD: usize = 48 << 20;

/// Which row has which of a column's few values takes a byte of each: of larger row groups, of many columns or rows, it is
/// not remembered.
const FACET_CELLS: u64 = 32 << 20;

/// What looking at a row group's leaves gave.
pub(super) struct Looked {
    pub leaves: Vec<Result<LeafDone, Failure>>,
    pub parts: RowParts,
    /// Columns that operators ask for are too large to be held.
    pub others_full: bool,
}

type Slot = Option<Result<LeafDone, Failure>>;

impl Run<'_> {
    /// Looks at all leaves of some row groups at once. `number` and `name` are the file's.
    pub(super) fn look_at(&self, table: &Table, groups: &[usize], (number, name): (usize, &str), edits: Mode) -> Vec<Looked> {
        let leaves = table.input.leaves();
        let spill = || tempfile_in(&self.work);
        let of_facts = |group: usize| self.job.plan.poison && table.input.rows(group) <= FACT_ROWS;
        let parts = |group: usize| RowParts::new(if of_facts(group) { table.input.rows(group) as usize } else { 0 });
        let parts: Vec<Mutex<RowParts>> = groups.iter().map(|g| Mutex::new(parts(*g))).collect();
        let others_of: Vec<Others> = groups.iter().map(|group| Others::read(self.job.plan, &table.input, *group)).collect();
        let count = leaves.len();
        let is_searched =
            |(_, (l, c)): &(usize, (&Leaf, &ColumnPlan))| l.is_text() && c.view.is_some() && c.whole.is_none() && !c.drop;
        let searched: Vec<usize> =
            leaves.iter().zip(&table.columns).enumerate().filter(is_searched).map(|(leaf, _)| leaf).collect();
        let free: Vec<bool> = leaves.iter().zip(&table.columns).map(|(l, c)| c.prose && l.is_text() && !l.is_key).collect();
        let speak = table.columns.iter().filter(|c| c.view.as_ref().is_some_and(|view| view.is_telling())).count();
        let room = HELD_TOLD / groups.len().max(1) / speak.max(4);
        let round = |of: &[(usize, Vec<&ToldRows>)], again: bool| -> Vec<Result<LeafDone, Failure>> {
            let work = |(at, told): &(usize, Vec<&ToldRows>)| {
                let (nth, leaf) = (at / count, at % count);
                let group = groups[nth];
                let work = LeafWork {
                    plan: self.job.plan,
                    canaries: self.canaries.as_ref().filter(|_| searched.contains(&leaf)),
                    number,
                    among: (searched.partition_point(|other| *other < leaf), searched.len()),
                    leaf: &leaves[leaf],
                    column: &table.plan.columns()[leaf],
                    columns: &table.columns[leaf],
                    file: name,
                    share: self.share(name).map(|rows| GroupShare { rows, group: group as u64 }),
                    group: group as u64,
                    facts: match table.input.rows(group).saturating_mul(count as u64) {
                        _ if !of_facts(group) => Wanted::Nothing,
                        cells if cells > FACET_CELLS => Wanted::Facts,
                        _ => Wanted::Facets,
                    },
                    rows: table.input.rows(group) as u32,
                    others: &others_of[nth],
                    parts: &parts[nth],
                    scratches: &self.scratches,
                    work: &self.work,
                    held: (HELD_FINDINGS / (groups.len() * count)).max(8 << 10),
                    free: free[leaf],
                    room: if free.contains(&true) { room } else { 0 },
                    told,
                    again,
                };
                work.run(&table.input, group, leaf, edits, &spill)
            };
            self.pool.install(|| of.par_iter().map(work).collect())
        };
        let mut done: Vec<Slot> = std::iter::repeat_with(|| None).take(groups.len() * count).collect();
        let (prose, others): (Vec<usize>, Vec<usize>) = (0..done.len()).partition(|at| free[at % count]);
        let fresh = round(&others.iter().map(|at| (*at, Vec::new())).collect::<Vec<_>>(), false);
        store(&mut done, &others, fresh);
        let group = |at: usize| at / count * count..(at / count + 1) * count;
        if !prose.is_empty() {
            let fresh = round(&prose.iter().map(|at| (*at, told_in(&done, group(*at), &|_, _| true))).collect::<Vec<_>>(), false);
            store(&mut done, &prose, fresh);
            // What free text told of other free text, or of a list whose row was read in pieces.
            let is_told_more = |at: &usize| {
                let of_text = |other: usize, done: &LeafDone| free[other % count] && (other != *at || done.torn);
                !told_in(&done, group(*at), &of_text).is_empty()
            };
            let once_more: Vec<usize> = prose.into_iter().filter(is_told_more).collect();
            let fresh =
                round(&once_more.iter().map(|at| (*at, told_in(&done, group(*at), &|_, _| true))).collect::<Vec<_>>(), true);
            for at in &once_more {
                if let Some(Ok(old)) = &mut done[*at] {
                    old.discard();
                }
            }
            store(&mut done, &once_more, fresh);
        }
        let mut done = done.into_iter().flatten();
        let parts = parts.into_iter().map(|p| p.into_inner().unwrap_or_else(PoisonError::into_inner));
        let made = parts.zip(&others_of).map(|(parts, others)| Looked {
            leaves: done.by_ref().take(count).collect(),
            parts,
            others_full: others.is_full,
        });
        made.collect()
    }
}

fn store(done: &mut [Slot], of: &[usize], fresh: Vec<Result<LeafDone, Failure>>) {
    for (at, result) in of.iter().zip(fresh) {
        done[*at] = Some(result);
    }
}

/// What the wanted leaves among `of` told.
fn told_in<'d>(done: &'d [Slot], of: std::ops::Range<usize>, wanted: &dyn Fn(usize, &LeafDone) -> bool) -> Vec<&'d ToldRows> {
    let leaves = of.filter_map(|at| match &done[at] {
        Some(Ok(leaf)) => Some((at, leaf)),
        _ => None,
    });
    leaves.filter(|(at, leaf)| !leaf.told.is_empty() && wanted(*at, leaf)).map(|(_, leaf)| &leaf.told).collect()
}
