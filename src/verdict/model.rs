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
/// A label less likely than this is in doubt where rows of its slice are: with a share of flips of a third to a half, as slices
/// that are named have, this finds three quarters of them, and every second row that it points at is one or more.
const DOUBTED: f64 = 0.6;
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

fn place(hash: u64) -> u32 {
    (mixed(hash, 0x51_7cc1) >> (64 - WEIGHTS.trailing_zeros())) as u32
}

/// The features of a row: each once, where it stands first.
pub fn features(words: &[u64], out: &mut Vec<Feature>) {
    out.clear();
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
    /// By class and place: how many rows of the class have it.
    rows: Vec<Vec<u32>>,
    /// Rows that were learnt from.
    learnt: f64,
    /// By place: its weight by how many rows have it.
    idf: Vec<f32>,
    /// By fold and class; of two classes the second alone.
    folds: Vec<Vec<Binary>>,
    /// The same by naive Bayes: what each place says by itself.
    alone: Vec<Vec<Vec<f32>>>,
    trust: Trust,
    /// Share of rows that were not learnt from of which it says that they have their label, all labels weighing the same: one
    /// half where words say nothing of labels.
    pub skill: f64,
    /// By class: how many rows of it there are, as a share.
    share: Vec<f64>,
    /// By class: of rows that have another label, the share that both kinds of model say so of.
    denied: Vec<f64>,
}

/// How far the odds of either kind of model are to be trusted: what they are multiplied by before they are likelihoods.
#[derive(Clone, Copy, Debug)]
struct Trust {
    together: f64,
    alone: f64,
}

impl Trust {
    /// Under which the labels of rows that were not learnt from are likeliest: near 0 where labels have nothing to do with words.
    fn learn(seen: &[(usize, Seen)], share: &[f64]) -> Self {
        let steps = |most: i32, step: f64| (0..=most).map(move |n| f64::from(n) * step);
        let loss = |trust: Self| -> f64 {
            seen.iter()
                .map(|(class, seen)| -seen.share_of(*class, trust, |of| share.get(of).copied().unwrap_or(0.0)).max(1e-9).ln())
                .sum()
        };
        let tried = steps(15, 0.1).flat_map(|together| steps(10, 0.05).map(move |alone| Self { together, alone }));
        let tried = tried.map(|trust| (trust, loss(trust)));
        tried.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Self { together: 1.0, alone: 0.0 }, |best| best.0)
    }
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
        let right = of_class().filter(|s| s.1.together.get(class).is_some_and(|odds| *odds > 0.0)).count();
        right as f64 / of_class().count().max(1) as f64
    };
    (0..classes).map(recall).sum::<f64>() / classes.max(1) as f64
}

/// A row as the models see it.
pub struct Seen {
    /// By class: log-odds against the rest by the linear model.
    pub together: Vec<f32>,
    /// The same by naive Bayes.
    pub alone: Vec<f32>,
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
    /// Models of less skill cannot tell: then nothing is said of single rows.
    pub const KNOWS: f64 = 0.65;

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
        let of_all = |label: &u64| classes.iter().find(|c| c.0 == *label).map_or(0.0, |c| c.1 as f64 / rows as f64);
        let mut models = Self {
            share: labels.iter().map(of_all).collect(),
            classes: labels,
            rows: vec![vec![0; WEIGHTS]; classes.len()],
            learnt: rows as f64,
            idf: Vec::new(),
            folds: Vec::new(),
            alone: Vec::new(),
            trust: Trust { together: 1.0, alone: 0.0 },
            skill: 0.5,
            denied: Vec::new(),
        };
        let mut found = Vec::new();
        let of_fold = examples.iter().map(|row| (row.key % FOLDS, row)).chain(vouched.iter().map(|row| (FOLDS, row)));
        let learnt: Vec<(u64, usize, Vec<u32>)> = of_fold
            .filter_map(|(fold, row)| {
                let class = models.class(row.label)?;
                features(row.words, &mut found);
                Some((fold, class, found.iter().map(|f| f.place).collect()))
            })
            .collect();
        for (_, class, places) in &learnt {
            let Some(rows) = models.rows.get_mut(*class) else { continue };
            for place in places {
                rows.iter_mut().skip(*place as usize).take(1).for_each(|n| *n += 1);
            }
        }
        let all = learnt.len() as f32;
        let rows_of = |place: usize| models.rows.iter().filter_map(|rows| rows.get(place)).sum::<u32>();
        models.idf = (0..WEIGHTS).map(|place| ((1.0 + all) / (1.0 + rows_of(place) as f32)).ln() + 1.0).collect();
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
        let mut denied = vec![(0u32, 0u32); models.classes.len()];
        let mut see = |(class, row): (usize, &Example<'_>)| {
            let seen = models.see_row(row, &mut scratch);
            for (other, (denied, all)) in denied.iter_mut().enumerate().filter(|(other, _)| *other != class) {
                *denied += u32::from(seen.denies(other));
                *all += 1;
            }
            (class, seen)
        };
        let seen: Vec<(usize, Seen)> = known.map(&mut see).collect();
        models.denied = denied.into_iter().map(|(denied, all)| f64::from(denied) / f64::from(all.max(1))).collect();
        (models.trust, models.skill) = (Trust::learn(&seen, &models.share), skill(&seen, models.classes.len()));
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
    pub fn see(&self, key: u64, features: &[u32]) -> Seen {
        let at = (key % FOLDS) as usize;
        let vector = self.vector(features.iter().copied());
        let together = self.folds.get(at).into_iter().flatten().map(|binary| binary.odds(&vector)).collect();
        let sum = |weights: &Vec<f32>| features.iter().map(|place| weights.get(*place as usize).copied().unwrap_or(0.0)).sum();
        let alone = self.alone.get(at).into_iter().flatten().map(sum).collect();
        // Of two classes the second is told alone.
        let [together, alone] = [together, alone].map(|odds: Vec<f32>| match odds.as_slice() {
            [odd] if self.classes.len() == 2 => vec![-odd, *odd],
            _ => odds,
        });
        Seen { together, alone }
    }

    /// How likely a class is by what was seen, all classes weighing the same.
    pub fn probability(&self, seen: &Seen, class: usize) -> f64 {
        seen.share_of(class, self.trust, |_| 1.0)
    }

    /// How likely a class is, each class weighing as much as it has rows.
    pub fn weighed(&self, seen: &Seen, class: usize) -> f64 {
        seen.share_of(class, self.trust, |of| self.share.get(of).copied().unwrap_or(0.0))
    }

    /// The share of rows that both kinds of model say not to be of a class, of rows that are not.
    pub fn denied(&self, class: usize) -> f64 {
        self.denied.get(class).copied().unwrap_or(0.0)
    }

    /// Whether more than one row has a feature: one that a single row has says nothing of others.
    pub fn is_shared(&self, place: u32) -> bool {
        self.rows.iter().filter_map(|rows| rows.get(place as usize)).sum::<u32>() > 1
    }

    /// By class: how many of its rows have a word, and how many rows it has.
    pub fn rows_with(&self, word: u64) -> impl Iterator<Item = (u32, f64)> + '_ {
        let with = self.rows.iter().map(move |rows| rows.get(place(word) as usize).copied().unwrap_or(0));
        with.zip(self.share.iter().map(|share| share * self.learnt))
    }

    /// Whether words say little for the label that a row has; nothing where its label was not learnt.
    pub fn doubts(&self, row: &Example<'_>, scratch: &mut Vec<Feature>) -> Option<bool> {
        let class = self.class(row.label)?;
        let seen = self.see_row(row, scratch);
        Some(self.probability(&seen, class) < DOUBTED)
    }

    /// What they say of a whole row.
    pub fn see_row(&self, row: &Example<'_>, scratch: &mut Vec<Feature>) -> Seen {
        features(row.words, scratch);
        self.see(row.key, &scratch.iter().map(|f| f.place).collect::<Vec<_>>())
    }
}

impl Seen {
    /// Whether both kinds of model say that the row is not of a class.
    pub fn denies(&self, class: usize) -> bool {
        [&self.together, &self.alone].into_iter().all(|odds| odds.get(class).is_some_and(|odd| *odd < 0.0))
    }

    /// How likely a class is where classes weigh so much.
    fn share_of(&self, class: usize, trust: Trust, weight: impl Fn(usize) -> f64) -> f64 {
        let (mut own, mut all) = (0.0, 0.0);
        for (of, (together, alone)) in self.together.iter().zip(&self.alone).enumerate() {
            let odds = f64::from(*together) * trust.together + f64::from(*alone) * trust.alone;
            let likely = weight(of) / (1.0 + (-odds).exp());
            all += likely;
            if of == class {
                own = likely;
            }
        }
        own / all.max(1e-12)
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
