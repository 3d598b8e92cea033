//! A linear model of the labels, trained on the sample: what do the words of a row say its label is, where the row itself was
//! not learnt from?
//!
//! Logistic regression, one against the rest, on words and pairs of neighbours hashed into [`WEIGHTS`] places (Weinberger and
//! others 2009), weighed by inverse document frequency and of length one; `AdaGrad` (Duchi and others 2011) in a fixed order.
//! Classes weigh the same, however rare: a row without a telling word has even odds. Rows are dealt into [`FOLDS`] folds by
//! their keys, so that copies of a row are in one; a row is judged by the model that has not seen its fold.

use crate::profile::{GAP, Sample, SampleRow};

const WEIGHTS: usize = 1 << 18;
/// Folds.
pub const FOLDS: u64 = 5;
/// Walks over the rows: so many that about [`STEPS`] rows are seen.
const EPOCHS: std::ops::RangeInclusive<usize> = 2..=6;
const STEPS: usize = 80_000;
const RATE: f32 = 0.35;
/// Strength of the pull to zero, by the number of rows.
const DECAY: f32 = 1.0;
/// Labels that are told apart; rows of others are left out.
const CLASSES: usize = 8;
/// Fewest rows of a label.
const CLASS_ROWS: usize = 20;
/// Rows that are asked how far the models can be trusted.
const ASKED: usize = 4000;
/// Fewest rows that a model is made of.
const ROWS: usize = 100;

/// A feature's place among the weights, and the words that it is made of, by their position in the row.
#[derive(Clone, Copy)]
pub struct Feature {
    pub place: u32,
    pub first: u32,
    pub last: u32,
}

fn mixed(a: u64, b: u64) -> u64 {
    (a ^ b.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The features of a row: each once, where it stands first.
pub fn features(words: &[u64], out: &mut Vec<Feature>) {
    out.clear();
    let place = |hash: u64| (mixed(hash, 0x51_7cc1) >> (64 - WEIGHTS.trailing_zeros())) as u32;
    let mut before = GAP;
    for (at, word) in (0u32..).zip(words) {
        if *word != GAP {
            out.push(Feature { place: place(*word), first: at, last: at });
            if before != GAP {
                out.push(Feature { place: place(mixed(before, *word)), first: at - 1, last: at });
            }
        }
        before = *word;
    }
    out.sort_unstable_by_key(|f| (f.place, f.first));
    out.dedup_by_key(|f| f.place);
}

/// One against the rest: a weight for each place.
struct Binary {
    weights: Vec<f32>,
    bias: f32,
}

/// The models of all folds, and the classes that they tell apart.
pub struct Models {
    /// Hashes of the labels.
    pub classes: Vec<u64>,
    idf: Vec<f32>,
    /// By fold and class; of two classes the second alone.
    folds: Vec<Vec<Binary>>,
    /// The same by naive Bayes: what each place says by itself.
    alone: Vec<Vec<Vec<f32>>>,
    /// How far odds are to be trusted: what they are multiplied by before they are likelihoods.
    trust: f64,
    /// Share of rows that were not learnt from of which it says that they have their label, all labels weighing the same: one
    /// half where words say nothing of labels.
    pub skill: f64,
}

/// The factor of odds under which the labels of rows that were not learnt from are likeliest: about 1 where what was learnt
/// holds, near 0 where labels have nothing to do with words.
fn trust(seen: &[(usize, Seen)]) -> f64 {
    let loss = |factor: f64| -> f64 { seen.iter().map(|(class, seen)| -seen.likelihood(*class, factor).max(1e-9).ln()).sum() };
    let tried = (0..=30).map(|step| f64::from(step) * 0.05).map(|factor| (factor, loss(factor)));
    tried.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(1.0, |best| best.0)
}

/// What each place says by itself: log-odds with one added (Laplace). A linear model gives words that stand beside telling ones
/// weights against these; what is left of a row without its telling words must not be judged by that.
fn alone<'a>(rows: impl Iterator<Item = (bool, &'a [u32])>) -> Vec<f32> {
    let (mut yes, mut no, mut rows_yes, mut rows_no) = (vec![0u32; WEIGHTS], vec![0u32; WEIGHTS], 0u32, 0u32);
    for (is, places) in rows {
        let (counts, n) = if is { (&mut yes, &mut rows_yes) } else { (&mut no, &mut rows_no) };
        *n += 1;
        for place in places {
            if let Some(count) = counts.get_mut(*place as usize) {
                *count += 1;
            }
        }
    }
    let share = |count: u32, rows: u32| (count as f32 + 1.0) / (rows as f32 + 2.0);
    // A place that nobody saw says nothing, however many rows of each kind there are.
    let of = |(yes, no): (u32, u32)| if yes + no == 0 { 0.0 } else { (share(yes, rows_yes) / share(no, rows_no)).ln() };
    yes.into_iter().zip(no).map(of).collect()
}

/// See [`Models::skill`].
fn skill(seen: &[(usize, Seen)], classes: usize) -> f64 {
    let recall = |class: usize| {
        let of_class = || seen.iter().filter(move |s| s.0 == class);
        let right = of_class().filter(|s| s.1.odds.get(class).is_some_and(|odds| *odds > 0.0)).count();
        right as f64 / of_class().count().max(1) as f64
    };
    (0..classes).map(recall).sum::<f64>() / classes.max(1) as f64
}

/// A row as the models see it.
pub struct Seen {
    /// By class: log-odds against the rest.
    pub odds: Vec<f32>,
}

/// A row to learn from.
#[derive(Clone, Copy)]
pub struct Example<'a> {
    /// Half of the row's key.
    pub key: u64,
    /// Hash of what is to be told.
    pub label: u64,
    /// Hashes of its words.
    pub words: &'a [u64],
}

/// The rows of a sample that have a label.
pub fn labelled(sample: &Sample) -> Vec<Example<'_>> {
    let of = |row: &'_ SampleRow| row.label.map(|label| (row.key, label));
    sample.rows().filter_map(|(_, row)| of(row).map(|(key, label)| Example { key, label, words: &row.words })).collect()
}

impl Models {
    /// Learns from examples; nothing where there are too few rows or classes. Every fold learns from all that are `vouched`
    /// for, which are never judged.
    pub fn learn(examples: &[Example<'_>], vouched: &[Example<'_>]) -> Option<Self> {
        let mut counts = std::collections::BTreeMap::<u64, usize>::new();
        for example in examples {
            *counts.entry(example.label).or_default() += 1;
        }
        let mut classes: Vec<(u64, usize)> = counts.into_iter().filter(|(_, n)| *n >= CLASS_ROWS).collect();
        classes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        classes.truncate(CLASSES);
        let rows: usize = classes.iter().map(|c| c.1).sum();
        if classes.len() < 2 || rows < ROWS {
            return None;
        }
        let mut labels: Vec<u64> = classes.iter().map(|c| c.0).collect();
        labels.sort_unstable();
        let mut models =
            Self { classes: labels, idf: vec![0.0; WEIGHTS], folds: Vec::new(), alone: Vec::new(), trust: 1.0, skill: 0.5 };
        let mut found = Vec::new();
        let of_fold = examples.iter().map(|row| (row.key % FOLDS, row)).chain(vouched.iter().map(|row| (FOLDS, row)));
        let learnt: Vec<(u64, usize, Vec<u32>)> = of_fold
            .filter_map(|(fold, row)| {
                let class = models.class(row.label)?;
                features(row.words, &mut found);
                Some((fold, class, found.iter().map(|f| f.place).collect()))
            })
            .collect();
        for place in learnt.iter().flat_map(|row| &row.2) {
            if let Some(n) = models.idf.get_mut(*place as usize) {
                *n += 1.0;
            }
        }
        let all = learnt.len() as f32;
        models.idf.iter_mut().for_each(|n| *n = ((1.0 + all) / (1.0 + *n)).ln() + 1.0);
        let vectors: Vec<Vec<(u32, f32)>> = learnt.iter().map(|row| models.vector(row.2.iter().copied())).collect();
        let told: &[usize] = if models.classes.len() == 2 { &[1] } else { &(0..CLASSES).collect::<Vec<_>>() };
        let fold = &|fold: u64| -> Vec<Binary> {
            let of = |class: &usize| {
                let rows = learnt.iter().zip(&vectors).filter(|(row, _)| row.0 != fold);
                Binary::learn(rows.map(|(row, vector)| (row.1 == *class, vector.as_slice())))
            };
            told.iter().filter(|class| **class < models.classes.len()).map(of).collect()
        };
        // Folds know nothing of each other: each is learnt in its own order, whichever is done first.
        models.folds = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..FOLDS).map(|n| scope.spawn(move || fold(n))).collect();
            threads.into_iter().map(|thread| thread.join().ok()).collect::<Option<_>>()
        })?;
        models.alone = (0..FOLDS)
            .map(|fold| {
                let of = |class: &usize| {
                    let rows = learnt.iter().filter(|row| row.0 != fold);
                    alone(rows.map(|row| (row.1 == *class, row.2.as_slice())))
                };
                told.iter().filter(|class| **class < models.classes.len()).map(of).collect()
            })
            .collect();
        let mut scratch = Vec::new();
        let known = examples.iter().filter_map(|row| Some((models.class(row.label)?, row))).take(ASKED);
        let seen: Vec<(usize, Seen)> = known.map(|(class, row)| (class, models.see_row(row, &mut scratch))).collect();
        (models.trust, models.skill) = (trust(&seen), skill(&seen, models.classes.len()));
        Some(models)
    }

    /// The position of a label among the classes.
    pub fn class(&self, label: u64) -> Option<usize> {
        self.classes.binary_search(&label).ok()
    }

    fn vector(&self, places: impl Iterator<Item = u32>) -> Vec<(u32, f32)> {
        let mut vector: Vec<(u32, f32)> =
            places.map(|place| (place, self.idf.get(place as usize).copied().unwrap_or(1.0))).collect();
        let length = vector.iter().map(|(_, x)| x * x).sum::<f32>().sqrt().max(1e-6);
        for (_, x) in &mut vector {
            *x /= length;
        }
        vector
    }

    /// What the models of a fold that a row is in say of some of its features.
    pub fn see(&self, key: u64, features: impl Iterator<Item = u32>) -> Seen {
        let vector = self.vector(features);
        let fold = self.folds.get((key % FOLDS) as usize).map(Vec::as_slice).unwrap_or_default();
        let mut odds: Vec<f32> = fold.iter().map(|binary| binary.odds(&vector)).collect();
        if let ([odd], 2) = (odds.as_slice(), self.classes.len()) {
            odds = vec![-odd, *odd];
        }
        Seen { odds }
    }

    /// How likely a class is by what was seen, all classes weighing the same.
    pub fn probability(&self, seen: &Seen, class: usize) -> f64 {
        seen.likelihood(class, self.trust)
    }

    /// How often the rest of rows must disagree with a run that was planted in them: three quarters of what the models know more
    /// than chance does, and at least `least`.
    pub fn effect(&self, least: f64) -> f64 {
        (0.5 + 0.75 * (self.skill - 0.5)).max(least)
    }

    /// What words say by themselves, of some of a row's features: log-odds of a class against the rest.
    pub fn alone(&self, key: u64, class: usize, features: impl Iterator<Item = u32>) -> f64 {
        let fold = self.alone.get((key % FOLDS) as usize).map(Vec::as_slice).unwrap_or_default();
        let (at, sign) = if self.classes.len() == 2 { (0, if class == 1 { 1.0 } else { -1.0 }) } else { (class, 1.0) };
        let weights = fold.get(at).map(Vec::as_slice).unwrap_or_default();
        sign * features.map(|place| f64::from(weights.get(place as usize).copied().unwrap_or(0.0))).sum::<f64>()
    }

    /// What they say of a whole row.
    pub fn see_row(&self, row: &Example<'_>, scratch: &mut Vec<Feature>) -> Seen {
        features(row.words, scratch);
        self.see(row.key, scratch.iter().map(|f| f.place))
    }
}

impl Seen {
    fn likelihood(&self, class: usize, trust: f64) -> f64 {
        let of = |odd: f32| 1.0 / (1.0 + (-f64::from(odd) * trust).exp());
        let all: f64 = self.odds.iter().map(|odd| of(*odd)).sum();
        self.odds.get(class).map_or(0.0, |odd| of(*odd) / all.max(1e-12))
    }
}

impl Binary {
    fn learn<'a>(rows: impl Iterator<Item = (bool, &'a [(u32, f32)])>) -> Self {
        let rows: Vec<(bool, &[(u32, f32)])> = rows.collect();
        let yes = rows.iter().filter(|row| row.0).count().max(1) as f32;
        let all = rows.len() as f32;
        let weight = [all / (2.0 * (all - yes).max(1.0)), all / (2.0 * yes)];
        let mut model = Self { weights: vec![0.0; WEIGHTS], bias: 0.0 };
        let mut squares = vec![1e-4f32; WEIGHTS];
        let mut bias_squares = 1e-4f32;
        let decay = DECAY / all.max(1.0);
        let epochs = STEPS.div_ceil(rows.len().max(1)).clamp(*EPOCHS.start(), *EPOCHS.end());
        for _ in 0..epochs {
            for (is, vector) in &rows {
                let odds = model.odds(vector);
                let miss = 1.0 / (1.0 + (-odds).exp()) - f32::from(u8::from(*is));
                let step = miss * weight.get(usize::from(*is)).copied().unwrap_or(1.0);
                for (place, x) in *vector {
                    let at = *place as usize;
                    if let (Some(w), Some(square)) = (model.weights.get_mut(at), squares.get_mut(at)) {
                        let gradient = step * x + decay * *w * x.abs();
                        *square += gradient * gradient;
                        *w -= RATE * gradient / square.sqrt();
                    }
                }
                bias_squares += step * step;
                model.bias -= RATE * 0.1 * step / bias_squares.sqrt();
            }
        }
        model
    }

    fn odds(&self, vector: &[(u32, f32)]) -> f32 {
        vector.iter().fold(self.bias, |sum, (place, x)| sum + self.weights.get(*place as usize).copied().unwrap_or(0.0) * x)
    }
}
