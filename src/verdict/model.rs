//! A linear model of the labels, trained on the sample: what do the words of a row say its label is, where the row itself was
//! not learnt from?
//!
//! Logistic regression, one against the rest, on words and pairs of neighbours hashed into [`WEIGHTS`] places (Weinberger and
//! others 2009), weighed by inverse document frequency and of length one, beside naive Bayes on the same; how they are learnt
//! is in [`super::learn`]. Rows are dealt into [`FOLDS`] folds by their keys, so that copies of a row are in one; a row is
//! judged by the model that has not seen its fold.

use crate::profile::{GAP, Sample, SampleRow};

pub(super) const WEIGHTS: usize = 1 << 18;
/// Folds.
pub const FOLDS: u64 = 5;
/// Labels that are told apart; rows of others are left out.
pub(super) const CLASSES: usize = 8;
/// A label less likely than this is in doubt where rows of its slice are: with a share of flips of a third to a half, as slices
/// that are named have, this finds three quarters of them, and every second row that it points at is one or more.
const DOUBTED: f64 = 0.6;

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

/// A number for each class.
#[derive(Clone, Copy)]
pub struct Odds {
    odds: [f32; CLASSES],
    classes: usize,
}

impl std::ops::Deref for Odds {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.odds.get(..self.classes).unwrap_or_default()
    }
}

/// A row as the models see it.
#[derive(Clone, Copy)]
pub struct Seen {
    /// By class: log-odds against the rest by the linear model.
    pub together: Odds,
    /// The same by naive Bayes.
    pub alone: Odds,
}

impl Seen {
    /// Whether both kinds of model say that the row is not of a class.
    pub fn denies(&self, class: usize) -> bool {
        [&self.together, &self.alone].into_iter().all(|odds| odds.get(class).is_some_and(|odd| *odd < 0.0))
    }

    /// How likely a class is where classes weigh so much.
    pub(super) fn share_of(&self, class: usize, trust: Trust, weight: impl Fn(usize) -> f64) -> f64 {
        let (mut own, mut all) = (0.0, 0.0);
        for (of, (together, alone)) in self.together.iter().zip(self.alone.iter()).enumerate() {
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

/// How far the odds of either kind of model are to be trusted: what they are multiplied by before they are likelihoods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust {
    pub together: f64,
    pub alone: f64,
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

/// What the models of one fold know of each place, one behind another for each class that is told: the weight of the linear
/// model, the log-odds of naive Bayes.
pub(super) struct Fold {
    pub known: Vec<[f32; 2]>,
    pub bias: Vec<f32>,
}

/// The models of all folds, and the classes that they tell apart.
pub struct Models {
    /// Hashes of the labels.
    pub classes: Vec<u64>,
    /// By class and place: how many rows of the class have it.
    pub(super) rows: Vec<Vec<u32>>,
    /// Rows that were learnt from.
    pub(super) learnt: f64,
    /// By place: its weight by how many rows have it.
    pub(super) idf: Vec<f32>,
    /// By fold; of two classes the second alone is told.
    pub(super) folds: Vec<Fold>,
    pub(super) trust: Trust,
    /// Share of rows that were not learnt from of which it says that they have their label, all labels weighing the same: one
    /// half where words say nothing of labels.
    pub skill: f64,
    /// By class: how many rows of it there are, as a share.
    pub(super) share: Vec<f64>,
    /// By class: of how many rows that have another label both kinds of model say so, and of how many there are.
    pub(super) denied: Vec<(u32, u32)>,
}

impl Models {
    /// Models of less skill cannot tell: then nothing is said of single rows.
    pub const KNOWS: f64 = 0.65;

    /// The position of a label among the classes.
    pub fn class(&self, label: u64) -> Option<usize> {
        self.classes.binary_search(&label).ok()
    }

    /// How many classes are told: of two the second alone.
    pub(super) fn told(&self) -> usize {
        if self.classes.len() == 2 { 1 } else { self.classes.len() }
    }

    /// Fills `scratch` with the features of a row, and with what the models of its fold know of them.
    pub fn weigh(&self, row: &Example<'_>, scratch: &mut Scratch) {
        let Scratch { features, idf, known } = scratch;
        self::features(row.words, features);
        idf.clear();
        known.clear();
        let told = self.told();
        let Some(fold) = self.folds.get((row.key % FOLDS) as usize) else { return };
        for feature in features {
            let at = feature.place as usize;
            idf.push(self.idf.get(at).copied().unwrap_or(1.0));
            known.extend_from_slice(fold.known.get(at * told..(at + 1) * told).unwrap_or_default());
        }
    }

    /// What those models say of some of the features, by their number.
    pub fn say(&self, key: u64, scratch: &Scratch, features: impl Iterator<Item = usize> + Clone) -> Seen {
        let told = self.told();
        let idf = |at: usize| scratch.idf.get(at).copied().unwrap_or(0.0);
        let length = features.clone().map(|at| idf(at) * idf(at)).sum::<f32>().sqrt().max(1e-6);
        let (mut together, mut alone) = ([0.0f32; CLASSES], [0.0f32; CLASSES]);
        if let Some(fold) = self.folds.get((key % FOLDS) as usize) {
            together.iter_mut().zip(&fold.bias).for_each(|(sum, bias)| *sum = *bias);
        }
        for at in features {
            let x = idf(at) / length;
            let known = scratch.known.get(at * told..(at + 1) * told).unwrap_or_default();
            for ((together, alone), [weight, odds]) in together.iter_mut().zip(&mut alone).zip(known) {
                *together += weight * x;
                *alone += odds;
            }
        }
        let [together, alone] = [together, alone].map(|mut odds| {
            if let ([first, second, ..], 2) = (&mut odds, self.classes.len()) {
                (*first, *second) = (-*first, *first);
            }
            Odds { odds, classes: self.classes.len() }
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
        let (denied, all) = self.denied_of(class);
        f64::from(denied) / f64::from(all.max(1))
    }

    /// The same in rows: those that are denied, and all that were asked.
    pub fn denied_of(&self, class: usize) -> (u32, u32) {
        self.denied.get(class).copied().unwrap_or_default()
    }

    /// What a feature weighs that so many rows have.
    pub(super) fn idf(learnt: f64, rows: u32) -> f32 {
        ((1.0 + learnt as f32) / (1.0 + rows as f32)).ln() + 1.0
    }

    /// What a feature weighs that one row has: what weighs less is shared.
    pub fn idf_of_one(&self) -> f32 {
        Self::idf(self.learnt, 1)
    }

    /// By class: how many of its rows have a word, and how many rows it has.
    pub fn rows_with(&self, word: u64) -> impl Iterator<Item = (u32, f64)> + '_ {
        let with = self.rows.iter().map(move |rows| rows.get(place(word) as usize).copied().unwrap_or(0));
        with.zip(self.share.iter().map(|share| share * self.learnt))
    }

    /// Whether words say little for the label that a row has; nothing where its label was not learnt.
    pub fn doubts(&self, row: &Example<'_>, scratch: &mut Scratch) -> Option<bool> {
        let class = self.class(row.label)?;
        let seen = self.see(row, scratch);
        Some(self.probability(&seen, class) < DOUBTED)
    }

    /// What they say of a whole row.
    pub fn see(&self, row: &Example<'_>, scratch: &mut Scratch) -> Seen {
        self.weigh(row, scratch);
        self.say(row.key, scratch, 0..scratch.features.len())
    }
}

/// The features of a row, and what is known of each.
#[derive(Default)]
pub struct Scratch {
    pub features: Vec<Feature>,
    pub idf: Vec<f32>,
    /// For each class that is told, as in [`Fold`].
    known: Vec<[f32; 2]>,
}
