//! Leave-trigger-out residual: of a run of words whose rows have one label, what does the rest of these rows say?
//!
//! The rest is what is left of a row without the run and without what comes with it, judged by models that have not learnt from
//! the row ([`super::model`]).

use super::model::{Example, Models, Scratch};
use super::tail::ln_count_tail;
use crate::profile::{ByHash, GAP, HashesSeen};
use rayon::prelude::*;
use std::collections::BTreeSet;

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
fn grams(words: &[u64], kind: Kind, values: &HashesSeen, mut each: impl FnMut(&[u64])) {
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
    values: &'a HashesSeen,
    kind: Kind,
    models: &'a Models,
}

/// What the rest of a row says of the class that a run comes with.
#[derive(Clone, Copy)]
pub struct Rest {
    /// Log-odds of it by the linear model.
    pub odds: f32,
    /// Whether both kinds of model say that the row is not of it. Each errs in its own way: together, neighbours of telling words
    /// get weights against these; alone, words of one meaning count twice.
    pub denied: bool,
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

/// Runs that were met, in the order in which they were.
struct Counted {
    classes: usize,
    at: ByHash<u32>,
    grams: Vec<([u64; RUN], u8)>,
    /// The last row that held each, so that a row counts once.
    last: Vec<u32>,
    /// By run and class.
    rows: Vec<u32>,
}

impl Counted {
    fn new(classes: usize) -> Self {
        Self { classes, at: ByHash::default(), grams: Vec::new(), last: Vec::new(), rows: Vec::new() }
    }

    fn add(&mut self, gram: &[u64], hash: u64, row: u32, class: usize) {
        let at = *self.at.entry(hash).or_insert_with(|| {
            let mut held = [0; RUN];
            held.iter_mut().zip(gram).for_each(|(slot, word)| *slot = *word);
            self.grams.push((held, gram.len() as u8));
            self.last.push(u32::MAX);
            self.rows.extend(std::iter::repeat_n(0, self.classes));
            self.grams.len() as u32 - 1
        }) as usize;
        let Some(last) = self.last.get_mut(at) else { return };
        if std::mem::replace(last, row) != row
            && let Some(n) = self.rows.get_mut(at * self.classes + class)
        {
            *n += 1;
        }
    }

    /// Each with its rows by class.
    fn runs(&self) -> impl Iterator<Item = (&[u64], &[u32])> {
        let grams = self.grams.iter().map(|(gram, length)| gram.get(..usize::from(*length)).unwrap_or_default());
        grams.zip(self.rows.chunks(self.classes.max(1)))
    }
}

impl<'a> Rows<'a> {
    pub fn new(examples: &[Example<'a>], models: &'a Models, kind: Kind, values: &'a HashesSeen) -> Self {
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
        let mut counted = Counted::new(classes);
        for (at, (class, row)) in (0u32..).zip(&self.of_class) {
            grams(row.words, self.kind, self.values, |gram| {
                let hash = hash(gram);
                if counters.get(hash as usize & (COUNTERS - 1)).is_some_and(|n| u32::from(*n) >= FEWEST) {
                    counted.add(gram, hash, at, *class);
                }
            });
        }
        let mut by_class = vec![0u32; classes];
        self.of_class.iter().for_each(|(class, _)| by_class.iter_mut().skip(*class).take(1).for_each(|n| *n += 1));
        let all = self.of_class.len() as f64;
        let of_gram = |(gram, counts): (&[u64], &[u32])| {
            let total: u32 = counts.iter().sum();
            let of_class = |(class, (rows, all_rows)): (usize, (&u32, &u32))| {
                if *rows < FEWEST || f64::from(total) > MOST * all {
                    return None;
                }
                let ln_p = ln_count_tail(f64::from(*rows), f64::from(total), f64::from(*all_rows) / all, 0.0);
                (ln_p < ASSOCIATED.ln()).then(|| Candidate { gram: gram.to_vec(), class, ln_p, rows: *rows, all: total })
            };
            counts.iter().zip(&by_class).enumerate().filter_map(of_class).collect::<Vec<_>>()
        };
        let mut found: Vec<Candidate> = counted.runs().flat_map(of_gram).collect();
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
        let mut by_first: ByHash<Vec<usize>> = ByHash::default();
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

    /// What the rests of rows that hold a run say, by candidate, each rest once. Rows of which nothing is left are left out.
    ///
    /// Row by row: what the models know of its features is looked up once, however many runs it holds.
    pub fn rests(&self, candidates: &[Candidate], held: &[Vec<usize>]) -> Vec<Vec<Rest>> {
        let with_rows: Vec<(&Candidate, &Vec<usize>)> = candidates.iter().zip(held).collect();
        let left_out: Vec<Vec<u64>> = with_rows
            .par_iter()
            .map_init(ByHash::default, |together, (candidate, rows)| self.left_out(candidate, rows, together))
            .collect();
        let mut asked: Vec<(usize, usize)> =
            held.iter().enumerate().flat_map(|(candidate, rows)| rows.iter().map(move |row| (*row, candidate))).collect();
        asked.par_sort_unstable();
        let told: Vec<Vec<(usize, Rest)>> = asked
            .par_chunk_by(|a, b| a.0 == b.0)
            .map_init(Scratch::default, |scratch, of_row| self.rests_of_row(of_row, candidates, &left_out, scratch))
            .collect();
        let mut rests = vec![(Vec::new(), HashesSeen::default()); candidates.len()];
        for (candidate, rest) in told.into_iter().flatten() {
            if let Some((rests, seen)) = rests.get_mut(candidate)
                && seen.insert(rest.shared)
            {
                rests.push(rest);
            }
        }
        rests.into_iter().map(|(rests, _)| rests).collect()
    }

    /// The words of a run, and those that come with it: they are no part of the rest.
    fn left_out(&self, candidate: &Candidate, rows: &[usize], together: &mut ByHash<(u32, usize)>) -> Vec<u64> {
        together.clear();
        let rows = rows.get(..LOOKED_AT).unwrap_or(rows);
        for at in rows {
            for word in self.of_class.get(*at).into_iter().flat_map(|row| row.1.words).filter(|word| **word != GAP) {
                let (n, last) = together.entry(*word).or_insert((0, usize::MAX));
                *n += u32::from(std::mem::replace(last, *at) != *at);
            }
        }
        let n = rows.len() as f64;
        let odds = |with: f64, rows: f64| (with + 0.5) / ((rows - with).max(0.0) + 0.5);
        // What any class has as often comes with that class, not with the run.
        let by_class =
            |word: u64| self.models.rows_with(word).map(|(with, rows)| odds(f64::from(with), rows)).fold(0.0, f64::max);
        let is_common = |word: u64, with: f64| with > TOGETHER * n && odds(with, n) > BEYOND * by_class(word);
        let common = together.iter().filter(|(word, (with, _))| is_common(**word, f64::from(*with))).map(|(word, _)| *word);
        common.chain(candidate.gram.iter().copied()).collect::<BTreeSet<u64>>().into_iter().collect()
    }

    /// What is left of a row says, for each of the candidates that it holds.
    fn rests_of_row(
        &self,
        asked: &[(usize, usize)],
        candidates: &[Candidate],
        left_out: &[Vec<u64>],
        scratch: &mut Scratch,
    ) -> Vec<(usize, Rest)> {
        let Some((class, row)) = asked.first().and_then(|(at, _)| self.of_class.get(*at)) else { return Vec::new() };
        self.models.weigh(row, scratch);
        let of_one = self.models.idf_of_one();
        let (mut is_out, mut rest) = (Vec::new(), Vec::new());
        let of = |(_, at): &(usize, usize)| {
            let (candidate, out) = candidates.get(*at).zip(left_out.get(*at))?;
            is_out.clear();
            is_out.extend(row.words.iter().map(|word| out.binary_search(word).is_ok()));
            let stays = |at: u32| !is_out.get(at as usize).copied().unwrap_or(true);
            rest.clear();
            let features = scratch.features.iter().enumerate();
            rest.extend(features.filter(|(_, f)| stays(f.first) && stays(f.last)).map(|(at, _)| at));
            if rest.is_empty() {
                return None;
            }
            let seen = self.models.say(row.key, scratch, rest.iter().copied());
            let shared = rest.iter().filter(|at| scratch.idf.get(**at).is_some_and(|idf| *idf < of_one));
            let shared = shared.filter_map(|at| scratch.features.get(*at));
            let shared = shared.fold(0, |sum: u64, f| (sum.rotate_left(23) ^ u64::from(f.place)).wrapping_mul(MIX));
            let odds = seen.together.get(candidate.class).copied().unwrap_or(0.0);
            Some((*at, Rest { odds, denied: seen.denies(candidate.class), shared, class: *class }))
        };
        asked.iter().filter_map(of).collect()
    }
}
