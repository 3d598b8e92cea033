//! Leave-trigger-out residual: of a run of words whose rows have one label, what does the rest of these rows say?
//!
//! The rest is what is left of a row without the run and without whatever stands in [`TOGETHER`] of its rows, judged by models
//! that have not learnt from the row ([`super::model`]).

use super::model::{Example, Feature, Models, features};
use super::tail::ln_count_tail;
use crate::profile::GAP;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Fewest rows of a run: fewer cannot reach the level of a single test by chance of one half, let alone of many.
pub const FEWEST: u32 = 8;
/// Words that stand in so many of a run's rows are left out with it.
const TOGETHER: f64 = 0.4;
/// Runs asked at most: the most over-associated ones.
const ASKED: usize = 1000;
/// Rows of a run that are looked at.
const LOOKED_AT: usize = 256;
/// Share of the rows that may hold a run: what stands in more of them is the nature of this data, whoever put it there.
const MOST: f64 = 0.1;
/// Level at which a run is over-associated with a class.
const ASSOCIATED: f64 = 0.001;
/// Counters of a first count, which leaves out what is rare.
const COUNTERS: usize = 1 << 22;
/// Longest run, in words.
const RUN: usize = 3;

/// What is looked for: words that follow each other, or values of one row.
pub type Gram = Vec<u64>;

/// What kind of rows a test is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Words,
    Values,
}

fn hash(gram: &[u64]) -> u64 {
    gram.iter().fold(0x2545_f491, |sum: u64, word| (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Calls `each` with the runs of a row; some more than once. `values` are the words that are values of a table.
fn grams(words: &[u64], kind: Kind, values: &HashSet<u64>, mut each: impl FnMut(&[u64])) {
    match kind {
        Kind::Words => {
            for cell in words.split(|word| *word == GAP || values.contains(word)) {
                (1..=RUN).flat_map(|length| cell.windows(length)).for_each(&mut each);
            }
        }
        Kind::Values => {
            let values: Vec<u64> = words.iter().copied().filter(|word| values.contains(word)).collect();
            for (at, first) in values.iter().enumerate() {
                each(&[*first]);
                for second in values.iter().skip(at + 1) {
                    each(&[*first, *second]);
                }
            }
        }
    }
}

/// Rows that have a class.
pub struct Rows<'a> {
    of_class: Vec<(usize, Example<'a>)>,
    values: &'a HashSet<u64>,
    kind: Kind,
    models: &'a Models,
}

/// Log-odds of a run's class by the rest of a row. Each errs in its own way: together, neighbours of telling words get weights
/// against these; alone, words of one meaning count twice.
pub struct Rest {
    pub together: f64,
    pub alone: f64,
}

/// A run over-associated with a class.
pub struct Candidate {
    pub gram: Gram,
    pub class: usize,
    ln_p: f64,
    /// Rows of the class that hold it, and all that do.
    pub rows: u32,
    pub all: u32,
}

impl<'a> Rows<'a> {
    pub fn new(examples: &[Example<'a>], models: &'a Models, kind: Kind, values: &'a HashSet<u64>) -> Self {
        let rows = examples.iter().filter_map(|row| Some((models.class(row.label)?, *row)));
        Self { of_class: rows.collect(), values, kind, models }
    }

    /// Runs that are over-associated with a class, which at least `pure` of their rows have, the most first.
    pub fn candidates(&self, pure: f64) -> Vec<Candidate> {
        let classes = self.models.classes.len();
        let mut counters = vec![0u8; COUNTERS];
        for (_, row) in &self.of_class {
            grams(row.words, self.kind, self.values, |gram| {
                if let Some(n) = counters.get_mut(hash(gram) as usize & (COUNTERS - 1)) {
                    *n = n.saturating_add(1);
                }
            });
        }
        let mut counts: HashMap<u64, (Gram, Vec<u32>, usize)> = HashMap::new();
        for (at, (class, row)) in self.of_class.iter().enumerate() {
            grams(row.words, self.kind, self.values, |gram| {
                let hash = hash(gram);
                if counters.get(hash as usize & (COUNTERS - 1)).is_some_and(|n| u32::from(*n) >= FEWEST) {
                    let (_, by_class, last) = counts.entry(hash).or_insert_with(|| (gram.to_vec(), vec![0; classes], usize::MAX));
                    // Once a row.
                    if std::mem::replace(last, at) != at
                        && let Some(n) = by_class.get_mut(*class)
                    {
                        *n += 1;
                    }
                }
            });
        }
        let mut by_class = vec![0u32; classes];
        self.of_class.iter().for_each(|(class, _)| by_class.iter_mut().skip(*class).take(1).for_each(|n| *n += 1));
        let all = self.of_class.len() as f64;
        let mut found: Vec<Candidate> = counts
            .into_values()
            .filter_map(|(gram, counts, _)| {
                let total: u32 = counts.iter().sum();
                let (class, rows) =
                    counts.iter().copied().enumerate().max_by_key(|(class, n)| (*n, std::cmp::Reverse(*class)))?;
                let is_pure = f64::from(rows) >= pure * f64::from(total);
                let share = f64::from(by_class.get(class).copied().unwrap_or(0)) / all;
                let ln_p = ln_count_tail(f64::from(rows), f64::from(total), share, 0.0);
                let told = rows >= FEWEST && is_pure && ln_p < ASSOCIATED.ln() && f64::from(total) <= MOST * all;
                told.then_some(Candidate { gram, class, ln_p, rows, all: total })
            })
            .collect();
        found.sort_by(|a, b| a.ln_p.total_cmp(&b.ln_p).then_with(|| a.gram.cmp(&b.gram)));
        found.truncate(ASKED);
        found
    }

    /// By candidate: the rows of its class that hold it, in one walk over all rows.
    pub fn holders(&self, candidates: &[Candidate]) -> Vec<Vec<usize>> {
        let mut by_first: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, candidate) in candidates.iter().enumerate() {
            by_first.entry(candidate.gram.first().copied().unwrap_or(GAP)).or_default().push(at);
        }
        let mut held = vec![Vec::new(); candidates.len()];
        for (number, (class, row)) in self.of_class.iter().enumerate() {
            for (at, word) in row.words.iter().enumerate() {
                for one in by_first.get(word).into_iter().flatten() {
                    let Some((candidate, rows)) = candidates.get(*one).zip(held.get_mut(*one)) else { continue };
                    let behind = row.words.get(at..).unwrap_or_default();
                    let holds = match self.kind {
                        Kind::Words => behind.starts_with(&candidate.gram),
                        Kind::Values => candidate.gram.iter().skip(1).all(|value| row.words.contains(value)),
                    };
                    if holds && *class == candidate.class && rows.last() != Some(&number) && rows.len() < LOOKED_AT {
                        rows.push(number);
                    }
                }
            }
        }
        held
    }

    /// What the rest says of each of some rows that hold a run. Rows of which nothing is left are left out.
    pub fn rest(&self, candidate: &Candidate, rows: &[usize]) -> Vec<Rest> {
        let mut together: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows.iter().filter_map(|at| self.of_class.get(*at)) {
            let words: BTreeSet<u64> = row.1.words.iter().copied().filter(|word| *word != GAP).collect();
            for word in words {
                *together.entry(word).or_default() += 1;
            }
        }
        let most = (TOGETHER * rows.len() as f64) as usize;
        let common = together.into_iter().filter(|(_, n)| *n > most).map(|(word, _)| word);
        let out: BTreeSet<u64> = common.chain(candidate.gram.iter().copied()).collect();
        let mut found: Vec<Feature> = Vec::new();
        let of = |(_, row): &(usize, Example<'_>)| {
            features(row.words, &mut found);
            let is_out = |at: u32| row.words.get(at as usize).is_some_and(|word| out.contains(word));
            let rest: Vec<u32> = found.iter().filter(|f| !is_out(f.first) && !is_out(f.last)).map(|f| f.place).collect();
            let together = self.models.see(row.key, rest.iter().copied()).odds.get(candidate.class).copied()?;
            let alone = self.models.alone(row.key, candidate.class, rest.iter().copied());
            (!rest.is_empty()).then_some(Rest { together: f64::from(together), alone })
        };
        rows.iter().filter_map(|at| self.of_class.get(*at)).filter_map(of).collect()
    }
}
