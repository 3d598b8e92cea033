//! A file's rows in order, and stretches of them against the rest of the file.

use super::spread::{Group, Spread};
use crate::profile::Sequence;
use std::collections::BTreeSet;

/// Windows in blocks: 50, 200 and 800 rows until blocks had to be coarsened.
pub(super) const SIZES: [usize; 3] = [1, 4, 16];
/// Blocks below which a file has no order to speak of.
pub(super) const FEWEST_BLOCKS: usize = 8;
/// Expected rows from which X² is close to its distribution (Cochran 1954).
const EXPECTED: f64 = 5.0;

/// A file's blocks as running sums: `sums[c][b]` rows of class `c` before block `b`; the last class is all labelled rows.
pub(super) struct Track {
    pub(super) file: u64,
    /// First row of each block, and the row behind the last.
    pub(super) starts: Vec<u64>,
    pub(super) labels: Vec<u64>,
    counts: Vec<Vec<f64>>,
    sums: Vec<Vec<f64>>,
    pub(super) gone: Vec<bool>,
}

/// Label counts of a stretch of blocks against the rest.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) class: usize,
    pub(super) hits: f64,
    pub(super) rows: f64,
    pub(super) rest_hits: f64,
    pub(super) rest_rows: f64,
}

impl Stretch {
    pub(super) fn rest_share(&self) -> f64 {
        self.rest_hits / self.rest_rows.max(1.0)
    }

    pub(super) fn rise(&self) -> f64 {
        self.hits / self.rows.max(1.0) - self.rest_share()
    }

    /// X² of one class against all others, stretch against rest.
    pub(super) fn x2(&self) -> f64 {
        let (n, all) = (self.rows, self.rows + self.rest_rows);
        let share = (self.hits + self.rest_hits) / all;
        let variance = n * share * (1.0 - share) * self.rest_rows / all;
        if variance > 0.0 { (self.hits - n * share).powi(2) / variance } else { 0.0 }
    }

    pub(super) fn expected(&self) -> f64 {
        let share = (self.hits + self.rest_hits) / (self.rows + self.rest_rows);
        self.rows * share.min(1.0 - share)
    }

    /// Log likelihood ratio of a share of its own against the rest's.
    pub(super) fn likelihood(&self) -> f64 {
        if self.rise() <= 0.0 {
            return 0.0;
        }
        let p = ((self.rest_hits + 1.0) / (self.rest_rows + 2.0)).clamp(1e-9, 1.0 - 1e-9);
        let term = |k: f64, p: f64| if k > 0.0 { k * (k / self.rows / p).ln() } else { 0.0 };
        term(self.hits, p) + term(self.rows - self.hits, 1.0 - p)
    }
}

impl Track {
    pub(super) fn new(sequence: &Sequence<'_>) -> Self {
        let labels: BTreeSet<u64> = sequence.blocks.iter().flat_map(|b| b.1.counts.iter().map(|c| c.0)).collect();
        let labels: Vec<u64> = labels.into_iter().collect();
        let mut counts = vec![Vec::with_capacity(sequence.blocks.len()); labels.len() + 1];
        for (_, block) in &sequence.blocks {
            let mut all = 0.0;
            for (label, column) in labels.iter().zip(&mut counts) {
                let n =
                    block.counts.binary_search_by_key(label, |c| c.0).ok().and_then(|at| block.counts.get(at)).map_or(0, |c| c.1);
                column.push(n as f64);
                all += n as f64;
            }
            if let Some(column) = counts.last_mut() {
                column.push(all);
            }
        }
        let mut starts: Vec<u64> = sequence.blocks.iter().map(|b| b.0).collect();
        starts.push(sequence.blocks.last().map_or(0, |b| b.0.saturating_add(b.1.rows)));
        let mut track =
            Self { file: sequence.file, starts, labels, counts, sums: Vec::new(), gone: vec![false; sequence.blocks.len()] };
        track.sum();
        track
    }

    pub(super) fn blocks(&self) -> usize {
        self.gone.len()
    }

    pub(super) fn sum(&mut self) {
        let gone = &self.gone;
        let running = |column: &Vec<f64>| {
            let mut sum = 0.0;
            let mut sums = vec![0.0];
            sums.extend(column.iter().zip(gone).map(|(n, gone)| {
                sum += if *gone { 0.0 } else { *n };
                sum
            }));
            sums
        };
        self.sums = self.counts.iter().map(running).collect();
    }

    /// Rows of a class in a stretch of blocks, and all labelled ones, whatever was named there.
    pub(super) fn counted(&self, from: usize, to: usize, class: usize) -> (f64, f64) {
        let sum = |column: Option<&Vec<f64>>| column.and_then(|c| c.get(from..to)).unwrap_or_default().iter().sum();
        (sum(self.counts.get(class)), sum(self.counts.last()))
    }

    pub(super) fn stretch(&self, from: usize, to: usize, class: usize) -> Stretch {
        let between = |column: Option<&Vec<f64>>| {
            let at = |i: usize| column.and_then(|c| c.get(i)).copied().unwrap_or(0.0);
            (at(to) - at(from), at(self.blocks()) - at(to) + at(from))
        };
        let ((hits, rest_hits), (rows, rest_rows)) = (between(self.sums.get(class)), between(self.sums.last()));
        Stretch { from, to, class, hits, rows, rest_hits, rest_rows }
    }

    /// Mean intraclass correlation of the blocks: 0 where order says nothing about labels, 1 where blocks are pure.
    pub(super) fn correlation(&self) -> f64 {
        let mut groups = Vec::new();
        for block in 0..self.blocks() {
            let all: Vec<Stretch> = (0..self.labels.len()).map(|c| self.stretch(block, block + 1, c)).collect();
            let x2 = all.iter().map(|s| s.x2() * (1.0 - (s.hits + s.rest_hits) / (s.rows + s.rest_rows))).sum::<f64>();
            if let Some(s) = all.first().filter(|s| s.rows >= 10.0) {
                groups.push(Group { x2, df: self.labels.len() as f64 - 1.0, n: s.rows });
            }
        }
        if groups.len() < FEWEST_BLOCKS / 2 { 0.0 } else { Spread::of_all(&groups).rho }
    }

    /// X² of the windows of a size that do not overlap, one label of two.
    pub(super) fn natural(&self, size: usize, groups: &mut Vec<Group>) {
        let classes = if self.labels.len() == 2 { 1 } else { self.labels.len() };
        for from in (0..self.blocks() + 1 - size.min(self.blocks())).step_by(size) {
            for class in 0..classes {
                let stretch = self.stretch(from, from + size, class);
                if stretch.expected() >= EXPECTED {
                    groups.push(Group { x2: stretch.x2(), df: 1.0, n: stretch.rows });
                }
            }
        }
    }

    pub(super) fn windows(&self, size: usize) -> usize {
        // A window has to leave a rest to be compared with.
        if size * 4 <= self.blocks() { self.blocks() + 1 - size } else { 0 }
    }

    pub(super) fn is_open(&self, from: usize, to: usize) -> bool {
        self.gone.get(from..to).is_some_and(|gone| !gone.contains(&true))
    }

    /// The stretch of blocks around a window with the largest likelihood ratio, and the block on either side where its label
    /// is in excess as well: a window seldom ends where a block does.
    pub(super) fn widen(&self, window: &Stretch) -> Stretch {
        let reach = SIZES.iter().copied().max().unwrap_or(1);
        let low = (0..reach).map_while(|by| window.from.checked_sub(by)).take_while(|from| self.is_open(*from, window.to)).last();
        let high = (window.to..=(window.to + reach).min(self.blocks())).take_while(|to| self.is_open(window.from, *to)).last();
        let (low, high) = (low.unwrap_or(window.from), high.unwrap_or(window.to));
        let mut best = *window;
        for from in low..window.to {
            for to in from.max(window.from) + 1..=high {
                let stretch = self.stretch(from, to, window.class);
                if stretch.rest_rows > 0.0 && stretch.likelihood() > best.likelihood() + 1e-9 {
                    best = stretch;
                }
            }
        }
        let edge = |from: usize, to: usize| {
            let block = self.stretch(from, to, window.class);
            usize::from(self.is_open(from, to) && block.rise() > 0.0 && block.x2() > 1.0)
        };
        let from = best.from - best.from.checked_sub(1).map_or(0, |before| edge(before, best.from));
        let to = best.to + edge(best.to, best.to + 1);
        self.stretch(from, to, window.class)
    }
}
