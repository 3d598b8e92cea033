//! What is known of the data as a whole: mergeable integers, bounded whatever the data's size and cardinality.
//!
//! A worker gathers the [`Facts`] of a part; a [`Profile`] takes them in under their [`Origin`]; profiles merge in any tree
//! to the same bytes. What a profile cannot hold is told apart by hash: it keeps the things that hash smallest, with exact
//! counts, so that no order of merging matters.
//!
//! The seed keys all hashes; profiles of different seeds cannot be put together.

mod ask;
mod columns;
mod days;
mod facets;
mod facts;
mod key;
mod labels;
mod order;
mod repeats;
mod rows;
mod sample;
pub mod sketch;
mod slices;
mod times;
mod wire;
mod words;

pub use ask::{Answer, Answers, CLUSTER_LABELS, Cluster, Question};
pub use columns::{ColumnFacts, Columns};
pub use days::{date_of, day_of};
pub use facets::{Cross, FACET_PAIRS, FACET_VALUES};
pub(crate) use facets::{Facet, Holders};
pub use facts::{ColumnWords, Facts};
pub use key::{ColumnKey, KeyHasher, RowShare, column_hash, file_hash, text_hash};
pub use labels::{LABELS, Labels};
pub use order::{BLOCK_ROWS, Block, ORDER_CLASSES, Order, Sequence};
pub use repeats::{KEYS, Repeat, Repeats, half};
pub use rows::{INJECTION, NAME_BYTES, RowFacts, RowView};
pub use sample::{SAMPLE_ROWS, Sample, SampleRow};
pub use slices::{CLASSES, Slice, Slices, fold};
pub use times::{Span, Times};
pub use wire::Broken;
pub(crate) use words::{ByHash, HashesSeen};
pub use words::{CUT_NAME, GAP, ROW_WORDS, Reading, Words, named_number, value_word};

use crate::merge::Merge;
use key::{Of, TextHasher};
use wire::{In, Out};

const MAGIC: &[u8; 4] = b"UTPR";
const VERSION: u64 = 5;
/// A part's table of slices by labels is counted densely up to this many cells.
const DENSE: usize = 1 << 16;

/// Where a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Relative path of the file.
    pub file: &'a str,
    /// Where the part begins, in bytes of the decompressed file (Parquet: any number that grows with the row group).
    pub offset: u64,
}

/// Mergeable facts about all rows seen. Merging is associative and commutative; an empty profile is the identity.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    seed: Option<u64>,
    mixed: bool,
    rows: u64,
    skipped: u64,
    columns: Columns,
    labels: Labels,
    files: Slices,
    sources: Slices,
    personal: Slices,
    times: Times,
    order: Order,
    repeats: Repeats,
    answers: Answers,
    marked: [u64; 8],
    sample: Sample,
}

impl Profile {
    /// Takes in the facts of a part. Much cheaper than merging: fold parts by this, shards by [`Merge`].
    pub fn take(&mut self, origin: Origin<'_>, facts: &Facts) {
        if self.mixed || self.seed.is_some_and(|seed| seed != facts.seed) {
            *self = Self { mixed: true, ..Self::default() };
            return;
        }
        self.seed = Some(facts.seed);
        let rows = &facts.rows;
        let labels = rows.label_names.entries.len() + 1;
        self.columns.take(&facts.names, &facts.columns);
        for (name, facet) in facts.names.iter().zip(&rows.facets) {
            self.columns.take_cross(name, &facet.against(rows, labels));
        }
        self.columns.settle(facts.seed);

        let mut by_label = vec![0u64; labels];
        let mut skipped = 0;
        for &label in &rows.labels {
            match by_label.get_mut(label as usize) {
                Some(count) => *count += 1,
                None => skipped += 1,
            }
        }
        self.rows = self.rows.saturating_add(rows.len() as u64);
        self.skipped = self.skipped.saturating_add(skipped);
        self.labels.take(&rows.label_names, by_label.get(1..).unwrap_or_default(), by_label.first().copied().unwrap_or(0));

        let file = file_hash(facts.seed, origin.file);
        let whole = counts_of(rows, by_label.iter().enumerate().map(|(label, n)| (label as u32, *n)));
        self.files.add(file, &rows::shorten(origin.file.as_bytes()), rows.len() as u64 - skipped, &whole);
        self.take_sources(rows, labels);
        self.take_personal(rows, labels);
        self.take_times(rows);
        self.times.unread = self.times.unread.saturating_add(facts.unread_times);
        let label_of = |label: &u32| rows.label_names.entries.get((*label as usize).wrapping_sub(1)).map(|e| e.0);
        self.order.take(file, origin.offset, rows.labels.iter().map(label_of));
        for mark in &rows.marks {
            for (bit, slot) in self.marked.iter_mut().enumerate() {
                *slot = slot.saturating_add(u64::from(mark >> bit & 1));
            }
        }
        self.sample.take(facts.seed, file, origin.offset, rows);
        for (key, label) in rows.keys.iter().zip(&rows.labels).filter(|(key, l)| **key != 0 && (**l as usize) < labels) {
            self.repeats.add(*key, label_of(label));
        }
        self.settle();
    }

    fn take_sources(&mut self, rows: &RowFacts, labels: usize) {
        let sources = rows.source_names.entries.len() + 1;
        if sources == 1 {
            return;
        }
        let pairs = rows.sources.iter().copied().zip(rows.labels.iter().copied());
        let joint = joint_counts(pairs, sources, labels);
        for group in joint.chunk_by(|a, b| a.0 == b.0) {
            let entry = group.first().and_then(|g| rows.source_names.entries.get((g.0 as usize).wrapping_sub(1)));
            if let Some((hash, name)) = entry {
                let counts = counts_of(rows, group.iter().map(|g| (g.1, g.2)));
                self.sources.add(*hash, name, group.iter().map(|g| g.2).sum(), &counts);
            }
        }
    }

    fn take_personal(&mut self, rows: &RowFacts, labels: usize) {
        for held in &rows.personal {
            let mut by_label = vec![0u64; labels];
            for label in held.rows().filter_map(|row| rows.labels.get(row)) {
                if let Some(count) = by_label.get_mut(*label as usize) {
                    *count += 1;
                }
            }
            let counts = counts_of(rows, by_label.iter().enumerate().map(|(label, n)| (label as u32, *n)));
            self.personal.add(held.hash, &rows::shorten(held.id.as_bytes()), by_label.iter().sum(), &counts);
        }
    }

    fn take_times(&mut self, rows: &RowFacts) {
        let mut pairs: Vec<(i32, u32)> =
            rows.days.iter().zip(&rows.labels).filter(|(day, _)| **day != i32::MIN).map(|(d, l)| (*d, *l)).collect();
        pairs.sort_unstable();
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let counts =
                counts_of(rows, group.chunk_by(|a, b| a == b).map(|same| (same.first().map_or(0, |s| s.1), same.len() as u64)));
            if let Some((day, _)) = group.first() {
                self.times.add(*day, group.len() as u64, &counts);
            }
        }
    }

    /// Folds and drops what every merge tree folds and drops.
    fn settle(&mut self) {
        let labels = self.labels.distinct();
        self.files.settle(labels > CLASSES);
        self.sources.settle(labels > CLASSES);
        self.personal.settle(labels > CLASSES);
        self.times.settle(labels > CLASSES);
        self.order.settle(labels > ORDER_CLASSES);
    }

    /// Takes in what a part of the rows answered to a question.
    pub fn answer(&mut self, question: &Question, answer: Answer) {
        self.answers.add(question.id(), answer);
    }

    /// The seed its hashes are keyed with; nothing where there was no row.
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// Whether profiles of different seeds were put together, so that nothing can be said.
    pub fn is_mixed(&self) -> bool {
        self.mixed
    }

    /// Rows seen, rejected records included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rejected records among the rows.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Rows that could be read.
    pub fn read(&self) -> u64 {
        self.rows.saturating_sub(self.skipped)
    }

    /// Columns by name.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Labels overall.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Labels by file.
    pub fn files(&self) -> &Slices {
        &self.files
    }

    /// Labels by source.
    pub fn sources(&self) -> &Slices {
        &self.sources
    }

    /// Labels of the rows that hold personal data, by type.
    pub fn personal(&self) -> &Slices {
        &self.personal
    }

    /// Labels by day, month or year.
    pub fn times(&self) -> &Times {
        &self.times
    }

    /// Labels by row order.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// How often each row key stands. Only after [`Profile::finish`] all of them.
    pub fn repeats(&self) -> &Repeats {
        &self.repeats
    }

    /// A sample of the rows with their words.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// How many rows have a mark: one of the bits of [`RowView::marks`].
    pub fn marked(&self, mark: u8) -> u64 {
        self.marked.get(mark.trailing_zeros() as usize).copied().unwrap_or(0)
    }

    /// What was answered so far.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Whether nothing is pending.
    pub fn is_finished(&self) -> bool {
        self.repeats.is_settled()
    }

    /// Brings all that is pending into order; needed before reading [`Profile::repeats`]. Changes no fact.
    pub fn finish(&mut self) {
        self.repeats.settle();
        self.sample.settle();
    }

    /// The profile as bytes: the same for the same data, in whatever order and grouping it came.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut profile = self.clone();
        profile.finish();
        let mut out = Out::default();
        out.raw(MAGIC);
        out.u(VERSION);
        out.byte(u8::from(profile.seed.is_some()) | u8::from(profile.mixed) << 1);
        for n in [profile.seed.unwrap_or_default(), profile.rows, profile.skipped] {
            out.u(n);
        }
        profile.columns.write(&mut out);
        profile.labels.write(&mut out);
        profile.files.write(&mut out);
        profile.sources.write(&mut out);
        profile.personal.write(&mut out);
        profile.times.write(&mut out);
        profile.order.write(&mut out);
        profile.repeats.write(&mut out);
        profile.answers.write(&mut out);
        profile.marked.iter().for_each(|n| out.u(*n));
        profile.sample.write(&mut out);
        let mut bytes = out.done();
        bytes.extend_from_slice(&check(&bytes).to_le_bytes());
        bytes
    }

    /// Whether a file that begins so is a profile, of this version or another.
    #[must_use]
    pub fn opens(head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    /// Reads what [`Profile::to_bytes`] wrote, on this machine or another.
    ///
    /// # Errors
    /// Where the bytes are damaged, of another version, or anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Broken> {
        let (content, sum) = bytes.split_last_chunk::<8>().ok_or(Broken("this is no profile"))?;
        let mut from = In::new(content);
        if from.take(4)? != MAGIC {
            return Err(Broken("this is no profile"));
        }
        if from.u()? != VERSION {
            return Err(Broken("the profile was made by another version; make it again"));
        }
        if check(content).to_le_bytes() != *sum {
            return Err(Broken("the profile is damaged"));
        }
        let flags = from.byte()?;
        let seed = from.u()?;
        let mut profile = Self {
            seed: (flags & 1 == 1).then_some(seed),
            mixed: flags & 2 == 2,
            rows: from.u()?,
            skipped: from.u()?,
            columns: Columns::read(&mut from)?,
            labels: Labels::read(&mut from)?,
            files: Slices::read(&mut from)?,
            sources: Slices::read(&mut from)?,
            personal: Slices::read(&mut from)?,
            times: Times::read(&mut from)?,
            order: Order::read(&mut from)?,
            repeats: Repeats::read(&mut from)?,
            answers: Answers::read(&mut from)?,
            marked: Default::default(),
            sample: Sample::default(),
        };
        for slot in &mut profile.marked {
            *slot = from.u()?;
        }
        profile.sample = Sample::read(&mut from)?;
        if !from.at_end() {
            return Err(Broken("bytes behind the profile"));
        }
        profile.settle();
        Ok(profile)
    }
}

/// Bytes that were tampered with, with a checksum that fits: what a hostile file may hold.
#[cfg(test)]
pub(crate) fn resealed(bytes: &[u8]) -> Vec<u8> {
    let content = &bytes[..bytes.len() - 8];
    [content, &check(content).to_le_bytes()].concat()
}

fn check(bytes: &[u8]) -> u64 {
    TextHasher::new(VERSION, Of::Check).hash(bytes)
}

impl Merge for Profile {
    fn merge(&mut self, other: Self) {
        self.mixed |= other.mixed || matches!((self.seed, other.seed), (Some(a), Some(b)) if a != b);
        self.seed = [self.seed, other.seed].into_iter().flatten().min();
        if self.mixed {
            // Nothing can be said; what is left is the same whatever came first.
            *self = Self { mixed: true, ..Self::default() };
            return;
        }
        self.rows = self.rows.saturating_add(other.rows);
        self.skipped = self.skipped.saturating_add(other.skipped);
        self.columns.merge(other.columns);
        self.columns.settle(self.seed.unwrap_or_default());
        self.labels.merge(other.labels);
        self.files.merge(&other.files);
        self.sources.merge(&other.sources);
        self.personal.merge(&other.personal);
        self.times.merge(other.times);
        self.order.merge(other.order);
        self.repeats.merge(other.repeats);
        self.answers.merge(other.answers);
        for (mine, theirs) in self.marked.iter_mut().zip(other.marked) {
            *mine = mine.saturating_add(theirs);
        }
        self.sample.merge(other.sample);
        self.settle();
    }
}

/// Labels and how many rows carry each, the most frequent first.
pub fn label_counts(profile: &Profile) -> Vec<(&str, u64)> {
    profile.labels.counts()
}

/// (label position, rows) to sorted (label hash, rows); rows without label are left out.
fn counts_of(rows: &RowFacts, counts: impl Iterator<Item = (u32, u64)>) -> Vec<(u64, u64)> {
    let mut out: Vec<(u64, u64)> = counts
        .filter(|c| c.1 > 0)
        .filter_map(|(label, n)| Some((rows.label_names.entries.get((label as usize).checked_sub(1)?)?.0, n)))
        .collect();
    out.sort_unstable();
    // A part with a flood of labels is folded at once: there are too many of them in the whole, too.
    if out.len() > CLASSES {
        slices::fold_counts(&mut out, CLASSES);
    }
    out
}

/// (group, label, rows) of pairs of positions, sorted; rejected records left out.
fn joint_counts(pairs: impl Iterator<Item = (u32, u32)>, group_count: usize, label_count: usize) -> Vec<(u32, u32, u64)> {
    let pairs = pairs.filter(|(_, label)| (*label as usize) < label_count);
    if group_count.saturating_mul(label_count) <= DENSE {
        let mut table = vec![0u64; group_count * label_count];
        for (group, label) in pairs {
            if let Some(cell) = table.get_mut(group as usize * label_count + label as usize) {
                *cell += 1;
            }
        }
        let cells = table.iter().enumerate().filter(|(_, n)| **n > 0);
        return cells.map(|(at, n)| ((at / label_count) as u32, (at % label_count) as u32, *n)).collect();
    }
    let mut sorted: Vec<(u32, u32)> = pairs.collect();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).filter_map(|same| same.first().map(|s| (s.0, s.1, same.len() as u64))).collect()
}

#[cfg(test)]
mod laws;
