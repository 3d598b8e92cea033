//! `trigger` and `value-trigger`: words (or values of a table) that carry a label against everything else in their rows.
//!
//! Leave-trigger-out residual. Of every run of one to three words (every value, every pair of values) whose rows nearly all have
//! one label, does the *rest* of each row disagree? The rest is what is left without the run, and without whatever stands in
//! [`TOGETHER`] of its rows, judged by a model that has not learnt from the row. A natural word of a class stands in texts of
//! that class, and where nothing else speaks the rest has even odds; a planted one stands in texts of the others. So the count
//! of disagreeing rows is tested against a binomial of one half; Benjamini-Hochberg over all runs that were asked.
//! Runs that stand in the same rows are one hypothesis, under the name of the strongest.

use super::discovery::ln_q_values;
use super::model::{Feature, Models, features};
use super::tail::ln_count_tail;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{GAP, Profile, Sample, SampleRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The tests.
pub struct Trigger;
pub struct ValueTrigger;

/// Fewest rows of a run: fewer cannot reach the level of a single test by chance of one half, let alone of many.
const FEWEST: u32 = 8;
/// Share of a run's rows that have its label.
const PURE: f64 = 0.95;
/// Share of rows that must disagree: a model is right more often than this where it knows anything.
const EFFECT: f64 = 0.65;
/// Words that stand in so many of a run's rows are left out with it.
const TOGETHER: f64 = 0.4;
/// Runs asked at most: the most over-associated ones.
const ASKED: usize = 4000;
/// Rows of a run that are looked at.
const LOOKED_AT: usize = 2000;
/// Below this q-value rows are withheld.
const SURE: f64 = 0.01;
/// Counters of a first count, which leaves out what is rare.
const COUNTERS: usize = 1 << 22;
/// Longest run, in words.
const RUN: usize = 3;

/// What is looked for: words that follow each other, or values of one row.
type Gram = Vec<u64>;

/// What kind of rows a test is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Words,
    Values,
}

fn hash(gram: &[u64]) -> u64 {
    gram.iter().fold(0x2545_f491, |sum: u64, word| (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Calls `each` with the runs of a row; some more than once.
fn grams(words: &[u64], kind: Kind, mut each: impl FnMut(&[u64])) {
    match kind {
        Kind::Words => {
            for cell in words.split(|word| *word == GAP) {
                (1..=RUN).flat_map(|length| cell.windows(length)).for_each(&mut each);
            }
        }
        Kind::Values => {
            let values: Vec<u64> = words.iter().copied().filter(|word| *word != GAP).collect();
            for (at, first) in values.iter().enumerate() {
                each(&[*first]);
                for second in values.iter().skip(at + 1) {
                    each(&[*first, *second]);
                }
            }
        }
    }
}

fn holds(words: &[u64], gram: &[u64], kind: Kind) -> bool {
    match kind {
        Kind::Words => words.windows(gram.len()).any(|here| here == gram),
        Kind::Values => gram.iter().all(|value| words.contains(value)),
    }
}

/// Rows of the sample that have a class.
struct Rows<'a> {
    rows: Vec<(usize, &'a SampleRow)>,
    kind: Kind,
    models: &'a Models,
}

/// A run over-associated with a class.
struct Candidate {
    gram: Gram,
    class: usize,
    ln_p: f64,
    rows: u32,
}

impl<'a> Rows<'a> {
    fn new(sample: &'a Sample, models: &'a Models, kind: Kind) -> Self {
        let rows = sample.rows().filter_map(|(_, row)| Some((models.class(row.label?)?, row)));
        Self { rows: rows.collect(), kind, models }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let classes = self.models.classes.len();
        let mut counters = vec![0u8; COUNTERS];
        for (_, row) in &self.rows {
            grams(&row.words, self.kind, |gram| {
                if let Some(n) = counters.get_mut(hash(gram) as usize & (COUNTERS - 1)) {
                    *n = n.saturating_add(1);
                }
            });
        }
        let mut counts: HashMap<u64, (Gram, Vec<u32>, usize)> = HashMap::new();
        for (at, (class, row)) in self.rows.iter().enumerate() {
            grams(&row.words, self.kind, |gram| {
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
        self.rows.iter().for_each(|(class, _)| by_class.iter_mut().skip(*class).take(1).for_each(|n| *n += 1));
        let all = self.rows.len() as f64;
        let mut found: Vec<Candidate> = counts
            .into_values()
            .filter_map(|(gram, counts, _)| {
                let total: u32 = counts.iter().sum();
                let (class, rows) =
                    counts.iter().copied().enumerate().max_by_key(|(class, n)| (*n, std::cmp::Reverse(*class)))?;
                let pure = f64::from(rows) >= PURE * f64::from(total);
                let share = f64::from(by_class.get(class).copied().unwrap_or(0)) / all;
                let ln_p = ln_count_tail(f64::from(rows), f64::from(total), share, 0.0);
                (rows >= FEWEST && pure && ln_p < 0.001f64.ln()).then_some(Candidate { gram, class, ln_p, rows })
            })
            .collect();
        found.sort_by(|a, b| a.ln_p.total_cmp(&b.ln_p).then_with(|| a.gram.cmp(&b.gram)));
        found.truncate(ASKED);
        found
    }

    fn holding(&self, candidate: &Candidate) -> Vec<usize> {
        let held = |(at, (class, row)): (usize, &(usize, &SampleRow))| {
            (*class == candidate.class && holds(&row.words, &candidate.gram, self.kind)).then_some(at)
        };
        self.rows.iter().enumerate().filter_map(held).take(LOOKED_AT).collect()
    }

    /// Of how many rows the rest could be asked, and of how many it disagrees.
    fn residual(&self, candidate: &Candidate, rows: &[usize]) -> (u32, u32) {
        let mut together: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows.iter().filter_map(|at| self.rows.get(*at)) {
            let words: BTreeSet<u64> = row.1.words.iter().copied().filter(|word| *word != GAP).collect();
            words.into_iter().for_each(|word| *together.entry(word).or_default() += 1);
        }
        let most = (TOGETHER * rows.len() as f64) as usize;
        let out: BTreeSet<u64> =
            together.into_iter().filter(|(_, n)| *n > most).map(|(word, _)| word).chain(candidate.gram.iter().copied()).collect();
        let (mut asked, mut against) = (0, 0);
        let mut found: Vec<Feature> = Vec::new();
        for (class, row) in rows.iter().filter_map(|at| self.rows.get(*at)) {
            features(&row.words, &mut found);
            let is_out = |at: u32| row.words.get(at as usize).is_some_and(|word| out.contains(word));
            let rest: Vec<u32> = found.iter().filter(|f| !is_out(f.first) && !is_out(f.last)).map(|f| f.place).collect();
            if rest.is_empty() {
                continue;
            }
            let odds = self.models.see(row.key, rest.into_iter()).odds.get(*class).copied().unwrap_or(0.0);
            asked += 1;
            against += u32::from(odds < 0.0);
        }
        (asked, against)
    }
}

/// A run that was asked about.
struct Asked {
    candidate: Candidate,
    rows: Vec<usize>,
    asked: u32,
    against: u32,
    ln_p: f64,
}

fn judge(test: &dyn Test, kind: Kind, case: &Case<'_>) -> Outcome {
    let (profile, settings) = (case.profile, case.settings);
    if let Some(why) = labels::silence(profile) {
        return Outcome::could_not_speak(why);
    }
    let sample = profile.sample();
    let is_value = |row: &SampleRow| row.words.first().and_then(|w| sample.name(*w)).is_some_and(|name| name.contains(" = "));
    let values = sample.rows().filter(|(_, row)| is_value(row)).count();
    let of_kind = if kind == Kind::Values { values } else { sample.len() - values };
    if of_kind * 2 <= sample.len() {
        let what = if kind == Kind::Values { "there is no table of values" } else { "there is no text" };
        return Outcome::could_not_speak(what);
    }
    let Some(models) = case.models() else {
        return Outcome::could_not_speak("there are too few rows of two labels or more to learn from");
    };
    let rows = Rows::new(sample, models, kind);
    let mut asked: Vec<Asked> = Vec::new();
    let mut seen: BTreeSet<(usize, Vec<usize>)> = BTreeSet::new();
    for candidate in rows.candidates() {
        let held = rows.holding(&candidate);
        // The same rows are one hypothesis.
        if !seen.insert((candidate.class, held.clone())) {
            continue;
        }
        let (n, against) = rows.residual(&candidate, &held);
        let ln_p = if n < FEWEST { 0.0 } else { ln_count_tail(f64::from(against), f64::from(n), 0.5, 0.0) };
        asked.push(Asked { candidate, rows: held, asked: n, against, ln_p });
    }
    let q = ln_q_values(&asked.iter().map(|a| a.ln_p).collect::<Vec<_>>(), asked.len() as f64);
    let hypotheses = asked.len() as u64;
    let mut strong: Vec<(Asked, f64)> = asked
        .into_iter()
        .zip(q)
        .filter(|(a, q)| *q <= settings.fdr.ln() && f64::from(a.against) >= EFFECT * f64::from(a.asked))
        .collect();
    // Of runs that share most of their rows the one with the most rows speaks for all.
    strong.sort_by(|(a, _), (b, _)| {
        b.candidate
            .rows
            .cmp(&a.candidate.rows)
            .then(a.ln_p.total_cmp(&b.ln_p))
            .then_with(|| a.candidate.gram.cmp(&b.candidate.gram))
    });
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut verdicts = Vec::new();
    for (asked, ln_q) in strong {
        let known = asked.rows.iter().filter(|row| taken.contains(row)).count();
        if known * 2 > asked.rows.len() {
            continue;
        }
        taken.extend(&asked.rows);
        verdicts.push(verdict(test, kind, profile, models, &asked, ln_q));
    }
    let smallest = ((settings.fdr / hypotheses.max(1) as f64).ln() / 0.5f64.ln()).ceil().max(f64::from(FEWEST));
    let note = if sample.is_part() { "judged on a sample of the rows; verdicts point at all rows" } else { "" };
    Outcome { verdicts, why: note.to_owned(), hypotheses, smallest_visible: Some(smallest as u64), ..Outcome::default() }
}

fn verdict(test: &dyn Test, kind: Kind, profile: &Profile, models: &Models, asked: &Asked, ln_q: f64) -> Verdict {
    let name = |word: &u64| labels::shown(profile.sample().name(*word).unwrap_or("?"));
    let between = if kind == Kind::Words { " " } else { ", " };
    let subject = asked.candidate.gram.iter().map(name).collect::<Vec<_>>().join(between);
    let label = models.classes.get(asked.candidate.class).copied().unwrap_or_default();
    let share = f64::from(asked.against) / f64::from(asked.asked.max(1));
    let sure = probability(ln_q) < if kind == Kind::Words { SURE } else { SURE * SURE };
    let grams = match kind {
        Kind::Words => vec![asked.candidate.gram.clone()],
        Kind::Values => asked.candidate.gram.iter().map(|value| vec![*value]).collect(),
    };
    Verdict {
        test: test.id().to_owned(),
        why: format!(
            "{} rows hold \"{subject}\" and are labelled {}; of {} of them the rest says otherwise ({}), where by nature at most half would.",
            asked.candidate.rows,
            labels::name(profile, label, 0),
            asked.against,
            labels::percent(share),
        ),
        subject,
        slice: String::new(),
        statistic: share,
        p_value: Some(probability(asked.ln_p)),
        q_value: Some(probability(ln_q)),
        rows: u64::from(asked.candidate.rows),
        effect: share - 0.5,
        fate: if sure { Fate::Quarantine } else { Fate::Review },
        pick: Pick::Holds { grams, all: kind == Kind::Values, label: Some(label) },
    }
}

impl Test for Trigger {
    fn id(&self) -> &'static str {
        "trigger"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        judge(self, Kind::Words, case)
    }
}

impl Test for ValueTrigger {
    fn id(&self) -> &'static str {
        "value-trigger"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        judge(self, Kind::Values, case)
    }
}
