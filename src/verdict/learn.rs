//! How the models of the labels are learnt ([`super::model`]).
//!
//! The linear one by `AdaGrad` (Duchi and others 2011) in a fixed order, so that it is the same on any number of threads.
//! Classes weigh the same, however rare: a row without a telling word has even odds.

use super::model::{CLASSES, Example, FOLDS, Fold, Models, Scratch, Seen, Trust, WEIGHTS, features};
use rayon::prelude::*;

/// Walks over the rows: so many that about [`STEPS`] rows are seen.
const EPOCHS: std::ops::RangeInclusive<usize> = 2..=6;
const STEPS: usize = 80_000;
const RATE: f32 = 0.35;
/// Strength of the pull to zero, by the number of rows.
const DECAY: f32 = 1.0;
/// Fewest rows of a label.
const CLASS_ROWS: usize = 20;
/// Features that are learnt at once.
const LANES: usize = 8;
/// Rows that are asked how far the models can be trusted.
const ASKED: usize = 4000;
/// Fewest rows that a model is made of.
const ROWS: usize = 100;

/// A row that is learnt from: its features by their rank, each with its weight.
struct Row {
    fold: u64,
    class: usize,
    vector: Vec<(u32, f32)>,
}

/// What is learnt from. Features are ranked by their first row: what is frequent lies close together, and what one row alone has
/// lies where that row is, so that walks over the rows find most of it at hand.
struct Learnt {
    rows: Vec<Row>,
    /// By rank.
    places: Vec<u32>,
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
        let of_all = |label: &u64| classes.iter().find(|c| c.0 == *label).map_or(0.0, |c| c.1 as f64 / rows as f64);
        let mut models = Self {
            share: labels.iter().map(of_all).collect(),
            classes: labels,
            rows: vec![vec![0; WEIGHTS]; classes.len()],
            learnt: rows as f64,
            idf: Vec::new(),
            folds: Vec::new(),
            trust: Trust { together: 1.0, alone: 0.0 },
            skill: 0.5,
            denied: Vec::new(),
        };
        let learnt = models.weigh_rows(examples, vouched);
        // Folds know nothing of each other: each is learnt in its own order, whichever is done first.
        models.folds = (0..FOLDS).into_par_iter().map(|fold| models.fold(fold, &learnt)).collect();
        drop(learnt);
        models.trust_after(examples);
        Some(models)
    }

    /// The rows as vectors, and what each place weighs.
    fn weigh_rows(&mut self, examples: &[Example<'_>], vouched: &[Example<'_>]) -> Learnt {
        let of_fold = |(row, is_vouched): (&Example<'_>, bool)| {
            let mut found = Vec::new();
            let class = self.class(row.label)?;
            features(row.words, &mut found);
            let fold = if is_vouched { FOLDS } else { row.key % FOLDS };
            // Places, until all are known.
            Some(Row { fold, class, vector: found.iter().map(|f| (f.place, 0.0)).collect() })
        };
        let all = examples.par_iter().map(|row| (row, false)).chain(vouched.par_iter().map(|row| (row, true)));
        let mut learnt: Vec<Row> = all.filter_map(of_fold).collect();
        for row in &learnt {
            let Some(rows) = self.rows.get_mut(row.class) else { continue };
            for (place, _) in &row.vector {
                if let Some(n) = rows.get_mut(*place as usize) {
                    *n += 1;
                }
            }
        }
        self.learnt = learnt.len() as f64;
        let rows_of = |place: usize| self.rows.iter().filter_map(|rows| rows.get(place)).sum::<u32>();
        let idf = (0..WEIGHTS).map(|place| Self::idf(self.learnt, rows_of(place))).collect::<Vec<_>>();
        learnt.par_iter_mut().for_each(|row| {
            for (place, x) in &mut row.vector {
                *x = idf.get(*place as usize).copied().unwrap_or(1.0);
            }
            let length = row.vector.iter().map(|(_, x)| x * x).sum::<f32>().sqrt().max(1e-6);
            row.vector.iter_mut().for_each(|(_, x)| *x /= length);
        });
        self.idf = idf;
        let (mut ranks, mut places) = (vec![u32::MAX; WEIGHTS], Vec::new());
        for (place, _) in learnt.iter_mut().flat_map(|row| &mut row.vector) {
            let Some(rank) = ranks.get_mut(*place as usize) else { continue };
            if *rank == u32::MAX {
                *rank = places.len() as u32;
                places.push(*place);
            }
            *place = *rank;
        }
        Learnt { rows: learnt, places }
    }

    /// What is learnt from all rows but those of a fold.
    fn fold(&self, fold: u64, learnt: &Learnt) -> Fold {
        let Learnt { rows, places } = learnt;
        let told = self.told();
        let first = self.classes.len() - told;
        let mut of = Fold { known: vec![[0.0; 2]; WEIGHTS * told], bias: vec![0.0; told] };
        let mut own = vec![vec![0u32; places.len()]; self.classes.len()];
        for row in rows.iter().filter(|row| row.fold == fold) {
            let Some(own) = own.get_mut(row.class) else { continue };
            for (rank, _) in &row.vector {
                if let Some(n) = own.get_mut(*rank as usize) {
                    *n += 1;
                }
            }
        }
        let of_class = |class: usize| rows.iter().filter(|row| row.fold != fold && row.class == class).count() as u32;
        let with_class: Vec<u32> = (0..self.classes.len()).map(of_class).collect();
        // Of others than the fold's.
        let count = |class: usize, rank: usize, place: usize| {
            let of = |rows: &[Vec<u32>], at: usize| rows.get(class).and_then(|rows| rows.get(at)).copied().unwrap_or(0);
            of(&self.rows, place) - of(&own, rank)
        };
        for told_class in 0..told {
            let class = first + told_class;
            let binary = Binary::learn(rows.iter().filter(|row| row.fold != fold), class, places.len());
            if let Some(bias) = of.bias.get_mut(told_class) {
                *bias = binary.bias;
            }
            let all_yes = with_class.get(class).copied().unwrap_or(0);
            let all_no = with_class.iter().sum::<u32>() - all_yes;
            for (rank, ([weight, _], place)) in binary.weights.into_iter().zip(places).enumerate() {
                let place = *place as usize;
                let yes = count(class, rank, place);
                let no = (0..self.classes.len()).map(|class| count(class, rank, place)).sum::<u32>() - yes;
                if let Some(known) = of.known.get_mut(place * told + told_class) {
                    *known = [weight, alone((yes, all_yes), (no, all_no))];
                }
            }
        }
        of
    }

    /// Asks rows that were not learnt from how far the models can be trusted.
    fn trust_after(&mut self, examples: &[Example<'_>]) {
        let known: Vec<(usize, &Example<'_>)> =
            examples.iter().filter_map(|row| Some((self.class(row.label)?, row))).take(ASKED).collect();
        let mut scratch = Scratch::default();
        let seen: Vec<(usize, Seen)> = known.into_iter().map(|(class, row)| (class, self.see(row, &mut scratch))).collect();
        let mut denied = vec![(0u32, 0u32); self.classes.len()];
        for (class, seen) in &seen {
            for (other, (denied, all)) in denied.iter_mut().enumerate().filter(|(other, _)| other != class) {
                *denied += u32::from(seen.denies(other));
                *all += 1;
            }
        }
        self.denied = denied;
        (self.trust, self.skill) = (Trust::learn(&seen, &self.share), skill(&seen, self.classes.len()));
    }
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
        let tried: Vec<Self> =
            steps(15, 0.1).flat_map(|together| steps(10, 0.05).map(move |alone| Self { together, alone })).collect();
        let tried: Vec<(Self, f64)> = tried.into_par_iter().map(|trust| (trust, loss(trust))).collect();
        tried.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Self { together: 1.0, alone: 0.0 }, |best| best.0)
    }
}

/// What a place says by itself: log-odds with one added (Laplace), from rows that have it and all rows, of the class and of
/// others. A linear model gives words that stand beside telling ones weights against these; what is left of a row without its
/// telling words must not be judged by that.
fn alone((yes, rows_yes): (u32, u32), (no, rows_no): (u32, u32)) -> f32 {
    let share = |count: u32, rows: u32| (count as f32 + 1.0) / (rows as f32 + 2.0);
    // A place that nobody saw says nothing, however many rows of each kind there are.
    if yes + no == 0 { 0.0 } else { (share(yes, rows_yes) / share(no, rows_no)).ln() }
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

/// One against the rest: for each feature its weight, and the squares of its gradients.
struct Binary {
    weights: Vec<[f32; 2]>,
    bias: f32,
}

impl Binary {
    fn learn<'a>(rows: impl Iterator<Item = &'a Row>, class: usize, features: usize) -> Self {
        let rows: Vec<(bool, &[(u32, f32)])> = rows.map(|row| (row.class == class, row.vector.as_slice())).collect();
        let yes = rows.iter().filter(|row| row.0).count().max(1) as f32;
        let all = rows.len() as f32;
        let weight = [all / (2.0 * (all - yes).max(1.0)), all / (2.0 * yes)];
        let mut model = Self { weights: vec![[0.0, 1e-4]; features], bias: 0.0 };
        let mut bias_squares = 1e-4f32;
        let decay = DECAY / all.max(1.0);
        let epochs = STEPS.div_ceil(rows.len().max(1)).clamp(*EPOCHS.start(), *EPOCHS.end());
        for _ in 0..epochs {
            for (is, vector) in &rows {
                let odds = model.odds(vector);
                let miss = 1.0 / (1.0 + (-odds).exp()) - f32::from(u8::from(*is));
                let step = miss * weight.get(usize::from(*is)).copied().unwrap_or(1.0);
                // The features of a row differ, so that some may be learnt at once.
                let (some, rest) = vector.as_chunks::<LANES>();
                for lanes in some {
                    model.update(lanes, step, decay);
                }
                for lane in rest {
                    model.update(&[*lane], step, decay);
                }
                bias_squares += step * step;
                model.bias -= RATE * 0.1 * step / bias_squares.sqrt();
            }
        }
        model
    }

    fn update<const N: usize>(&mut self, lanes: &[(u32, f32); N], step: f32, decay: f32) {
        let mut known = lanes.map(|(at, _)| self.weights.get(at as usize).copied().unwrap_or_default());
        for ([w, square], (_, x)) in known.iter_mut().zip(lanes) {
            let gradient = step * x + decay * *w * x.abs();
            *square += gradient * gradient;
            *w -= RATE * gradient / square.sqrt();
        }
        for (new, (at, _)) in known.into_iter().zip(lanes) {
            if let Some(slot) = self.weights.get_mut(*at as usize) {
                *slot = new;
            }
        }
    }

    fn odds(&self, vector: &[(u32, f32)]) -> f32 {
        vector.iter().fold(self.bias, |sum, (place, x)| sum + self.weights.get(*place as usize).map_or(0.0, |w| w[0]) * x)
    }
}
