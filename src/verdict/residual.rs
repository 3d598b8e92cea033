//! Leave-trigger-out residual: of a run of words whose rows have one label, what does the rest of these rows say?
//!
//! The rest is what is left of a row without the run and without what comes with it, judged by models that have not learnt from
//! the row ([`super::model`]).

use super::model::{Example, Feature, Models, Seen, features};
use super::tail::ln_count_tail;
use crate::profile::GAP;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Fewest rows of a run: fewer cannot reach the level of a single test by chance of one half, let alone of many.
pub const FEWEST: u32 = 8;
/// Words that stand in so many of a run's rows, and by so many times the odds of the rows of any class, are left out with it.
const TOGETHER: f64 = 0.4;
const BEYOND: f64 = 2.0;
/// Runs asked at most: the most over-associated ones.
const ASKED: usize = 1000;
/// Rows of a run that are looked at, of one class and of all.
const LOOKED_AT: usize = 256;
const LOOKED_AT_ALL: usize = 1024;
/// Share of the rows that may hold a run: what stands in more of them is the nature of this data, whoever put it there.
const MOST: f64 = 0.2;
/// Share of a run's rows that have its label, where the run is taken for one of the label.
const PURE: f64 = 0.8;
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

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

fn hash(gram: &[u64]) -> u64 {
    gram.iter().fold(0x2545_f491, |sum: u64, word| (sum.rotate_left(23) ^ word).wrapping_mul(MIX))
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

/// Which of the rows that hold a run are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    OfItsClass,
    OfAll,
}

/// Rows that have a class.
pub struct Rows<'a> {
    of_class: Vec<(usize, Example<'a>)>,
    values: &'a HashSet<u64>,
    kind: Kind,
    models: &'a Models,
}

/// What the rest of a row says. Each kind of model errs in its own way: together, neighbours of telling words get weights against
/// these; alone, words of one meaning count twice.
pub struct Rest {
    pub seen: Seen,
    /// Of the features that other rows have too. Rows with the same ones are one observation.
    shared: u64,
    /// The row's class.
    pub class: usize,
}

/// Runs over-associated with a class.
pub struct Candidates {
    pub pure: Vec<Candidate>,
    pub mixed: Vec<Candidate>,
}

/// A run over-associated with a class.
#[derive(Clone)]
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

    /// Runs that are over-associated with a class, the most first, by whether at least [`PURE`] of their rows have it.
    pub fn candidates(&self) -> Candidates {
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
        let of_gram = |(gram, counts, _): (Gram, Vec<u32>, usize)| {
            let total: u32 = counts.iter().sum();
            let of_class = |(class, (rows, all_rows)): (usize, (&u32, &u32))| {
                if *rows < FEWEST || f64::from(total) > MOST * all {
                    return None;
                }
                let ln_p = ln_count_tail(f64::from(*rows), f64::from(total), f64::from(*all_rows) / all, 0.0);
                (ln_p < ASSOCIATED.ln()).then(|| Candidate { gram: gram.clone(), class, ln_p, rows: *rows, all: total })
            };
            counts.iter().zip(&by_class).enumerate().filter_map(of_class).collect::<Vec<_>>()
        };
        let mut found: Vec<Candidate> = counts.into_values().flat_map(of_gram).collect();
        found.sort_by(|a, b| a.ln_p.total_cmp(&b.ln_p).then_with(|| a.gram.cmp(&b.gram)));
        let (mut pure, mut mixed): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|c| f64::from(c.rows) >= PURE * f64::from(c.all));
        pure.truncate(ASKED);
        mixed.truncate(ASKED);
        Candidates { pure, mixed }
    }

    /// By candidate: the first rows that hold it, in one walk over all rows.
    pub fn holders(&self, candidates: &[Candidate], whose: Whose) -> Vec<Vec<usize>> {
        let most = if whose == Whose::OfAll { LOOKED_AT_ALL } else { LOOKED_AT };
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
                    let is_meant = whose == Whose::OfAll || *class == candidate.class;
                    if holds && is_meant && rows.last() != Some(&number) && rows.len() < most {
                        rows.push(number);
                    }
                }
            }
        }
        held
    }

    /// What the rests of some rows that hold a run say, each rest once. Rows of which nothing is left are left out.
    pub fn rest(&self, candidate: &Candidate, rows: &[usize]) -> Vec<Rest> {
        let mut together: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows.iter().filter_map(|at| self.of_class.get(*at)) {
            let words: BTreeSet<u64> = row.1.words.iter().copied().filter(|word| *word != GAP).collect();
            for word in words {
                *together.entry(word).or_default() += 1;
            }
        }
        let n = rows.len() as f64;
        let odds = |with: f64, rows: f64| (with + 0.5) / ((rows - with).max(0.0) + 0.5);
        // What any class has as often comes with that class, not with the run.
        let by_class =
            |word: u64| self.models.rows_with(word).map(|(with, rows)| odds(f64::from(with), rows)).fold(0.0, f64::max);
        let is_common = |word: u64, with: f64| with > TOGETHER * n && odds(with, n) > BEYOND * by_class(word);
        let common = together.into_iter().filter(|(word, with)| is_common(*word, *with as f64)).map(|(word, _)| word);
        let out: BTreeSet<u64> = common.chain(candidate.gram.iter().copied()).collect();
        let mut found: Vec<Feature> = Vec::new();
        let of = |(class, row): &(usize, Example<'_>)| {
            features(row.words, &mut found);
            let is_out = |at: u32| row.words.get(at as usize).is_some_and(|word| out.contains(word));
            let rest: Vec<u32> = found.iter().filter(|f| !is_out(f.first) && !is_out(f.last)).map(|f| f.place).collect();
            let seen = self.models.see(row.key, &rest);
            let shared = rest.iter().filter(|place| self.models.is_shared(**place));
            let shared = shared.fold(0, |sum: u64, place| (sum.rotate_left(23) ^ u64::from(*place)).wrapping_mul(MIX));
            (!rest.is_empty()).then_some(Rest { seen, shared, class: *class })
        };
        let mut seen = HashSet::new();
        let rests = rows.iter().filter_map(|at| self.of_class.get(*at)).filter_map(of);
        rests.filter(|rest| seen.insert(rest.shared)).collect()
    }
}
