//! `slice-shift`: a source, file or stretch of time whose labels differ from the rest by more than slices differ here.
//!
//! Pearson's X² of a slice against the rest of its kind, over the classes it can hold 5 of, deflated by the natural spread
//! of that kind ([`super::spread`]): an F test. Rarer classes: exact beta-binomial tail of the one most in excess,
//! Bonferroni over them. Benjamini-Hochberg over the slices of all kinds; total-variation distance at least 0.05.
//! The spread is learnt without the slice that is tested, which may be large enough to make all others look odd.
//! Stepwise: the strongest slice leaves the rest, then the others are tested again. Where more than a fifth of a kind would
//! be named, differing is its nature: the spread is then learnt from all of its slices and the kind is judged again.

use super::discovery::ln_q_values;
use super::spread::{Group, Spread};
use super::tail::ln_count_tail;
use super::{Outcome, Pick, Settings, SliceKey, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{CLASSES, Profile, Slice};
use std::collections::BTreeMap;

/// The test.
pub struct SliceShift;

/// Total-variation distance below which a difference does not matter.
const EFFECT: f64 = 0.05;
/// Expected rows from which X² is close to its distribution (Cochran 1954).
const EXPECTED: f64 = 5.0;
/// Slices of fewer rows are not judged.
const FEWEST_ROWS: f64 = 5.0;
/// Slices of a kind, large enough to learn a spread from, below which the kind is not judged.
const FEWEST_SLICES: usize = 4;
const NAMED: usize = 100;
/// Suspects are at most this share of all rows.
const POINTED_AT: f64 = 0.25;
/// How many slices of the largest X² get a spread of their own, learnt without them; one of many more changes little.
const APART: usize = 16;
/// More days than this are judged by month.
const DAYS: usize = 92;

struct Unit {
    key: SliceKey,
    name: String,
    rows: f64,
    /// (class index, rows), sorted.
    counts: Vec<(usize, f64)>,
    named: bool,
}

/// Slices that partition the rows in one way.
struct Kind {
    word: &'static str,
    units: Vec<Unit>,
    /// Learn the spread from all slices.
    natural: bool,
    total: Vec<f64>,
    rows: f64,
    spread: Spread,
}

/// What a test of one slice came to.
struct Tested {
    kind: usize,
    unit: usize,
    ln_p: f64,
    statistic: f64,
}

impl Kind {
    fn new<'a>(
        word: &'static str,
        slices: impl Iterator<Item = (SliceKey, String, &'a Slice)>,
        index: &BTreeMap<u64, usize>,
    ) -> Self {
        let units: Vec<Unit> = slices
            .map(|(key, name, slice)| {
                let mut counts: Vec<(usize, f64)> =
                    slice.counts.iter().filter_map(|(label, n)| Some((*index.get(label)?, *n as f64))).collect();
                counts.sort_by_key(|c| c.0);
                Unit { key, name, rows: counts.iter().map(|c| c.1).sum(), counts, named: false }
            })
            .filter(|u| u.rows >= FEWEST_ROWS)
            .collect();
        Self { word, units, natural: false, total: vec![0.0; index.len()], rows: 0.0, spread: Spread { rho: 0.0, df: 1.0 } }
    }

    fn can_speak(&self) -> bool {
        self.units.iter().filter(|u| u.rows >= 4.0 * EXPECTED).count() >= FEWEST_SLICES
    }

    /// Sums the slices that are not named, and learns how they differ.
    fn learn(&mut self) {
        self.total.fill(0.0);
        self.rows = 0.0;
        for unit in self.units.iter().filter(|u| !u.named) {
            self.rows += unit.rows;
            for (class, n) in &unit.counts {
                if let Some(total) = self.total.get_mut(*class) {
                    *total += n;
                }
            }
        }
        let common = Common::new(&self.total, self.rows);
        let open = self.units.iter().filter(|u| self.natural || !u.named);
        let groups: Vec<Group> = open.filter_map(|u| common.group(u)).collect();
        self.spread = if self.natural { Spread::of_all(&groups) } else { Spread::robust(&groups) };
    }

    /// The natural spread of the open slices but one.
    fn spread_without(&self, at: usize) -> Spread {
        let (mut total, mut rows) = (self.total.clone(), self.rows);
        for unit in self.units.iter().skip(at).take(1) {
            rows -= unit.rows;
            for (class, n) in &unit.counts {
                total.iter_mut().skip(*class).take(1).for_each(|t| *t -= n);
            }
        }
        let common = Common::new(&total, rows);
        let others = self.units.iter().enumerate().filter(|(other, u)| *other != at && !u.named);
        Spread::robust(&others.filter_map(|(_, u)| common.group(u)).collect::<Vec<_>>())
    }

    fn test(&self, kind: usize, out: &mut Vec<Tested>) {
        let common = Common::new(&self.total, self.rows);
        let groups: Vec<Option<Group>> = self.units.iter().map(|u| common.group(u).filter(|_| !u.named)).collect();
        let mut largest: Vec<(usize, f64)> = groups.iter().enumerate().filter_map(|(at, g)| Some((at, g.as_ref()?.x2))).collect();
        largest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        largest.truncate(if self.natural { 0 } else { APART });
        for ((at, unit), group) in self.units.iter().enumerate().zip(&groups).filter(|((_, u), _)| !u.named) {
            let apart = largest.iter().any(|l| l.0 == at).then(|| self.spread_without(at));
            let large = group.map(|g| (apart.unwrap_or(self.spread).ln_p(&g), g.x2));
            let rare = common.rare(unit, self.spread.rho);
            let (ln_p, statistic) = match (large, rare) {
                (Some(a), Some(b)) => {
                    let best = if a.0 <= b.0 { a } else { b };
                    (best.0 + 2f64.ln(), best.1)
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => continue,
            };
            out.push(Tested { kind, unit: at, ln_p: ln_p.min(0.0), statistic });
        }
    }
}

/// The labels of all open slices, classes by frequency.
struct Common<'a> {
    total: &'a [f64],
    rows: f64,
    /// Totals, the largest first, with their running sum.
    sorted: Vec<(f64, f64)>,
}

impl<'a> Common<'a> {
    fn new(total: &'a [f64], rows: f64) -> Self {
        let mut sorted: Vec<f64> = total.iter().copied().filter(|t| *t > 0.0).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let mut sum = 0.0;
        let sorted = sorted
            .into_iter()
            .map(|t| {
                sum += t;
                (t, sum)
            })
            .collect();
        Self { total, rows, sorted }
    }

    fn expected(&self, unit: &Unit, class: usize) -> f64 {
        unit.rows * self.total.get(class).copied().unwrap_or(0.0) / self.rows.max(1.0)
    }

    /// X² over the classes that the slice can hold [`EXPECTED`] of, the others as one where together they can.
    fn group(&self, unit: &Unit) -> Option<Group> {
        let least = EXPECTED * self.rows / unit.rows;
        let large = self.sorted.partition_point(|(total, _)| *total >= least);
        let covered = large.checked_sub(1).and_then(|at| self.sorted.get(at)).map_or(0.0, |s| s.1) * unit.rows / self.rows;
        let (mut x2, mut seen, mut seen_expected) = (0.0, 0.0, 0.0);
        for &(class, n) in &unit.counts {
            let expected = self.expected(unit, class);
            if expected >= EXPECTED {
                x2 += (n - expected).powi(2) / expected;
                seen += n;
                seen_expected += expected;
            }
        }
        // Large classes that the slice lacks altogether.
        x2 += (covered - seen_expected).max(0.0);
        let (rest, rest_expected) = (unit.rows - seen, unit.rows - covered);
        let mut classes = large as f64;
        if rest_expected >= EXPECTED {
            x2 += (rest - rest_expected).powi(2) / rest_expected;
            classes += 1.0;
        }
        let others = (self.rows - unit.rows) / self.rows;
        (classes >= 2.0 && others > 0.0).then(|| Group { x2: x2 / others, df: classes - 1.0, n: unit.rows })
    }

    /// Exact tail of the rare class that is most in excess.
    fn rare(&self, unit: &Unit, rho: f64) -> Option<(f64, f64)> {
        let least = EXPECTED * self.rows / unit.rows;
        let rare = self.sorted.len() - self.sorted.partition_point(|(total, _)| *total >= least);
        let tail = |class: usize, n: f64| {
            let others = self.total.get(class).copied().unwrap_or(0.0) - n;
            // One imagined row more, so that a class found nowhere else is rare and not impossible.
            let share = (others.max(0.0) + 1.0) / (self.rows - unit.rows + 2.0);
            ln_count_tail(n, unit.rows, share, rho)
        };
        let rows = unit.counts.iter().filter(|(class, _)| self.expected(unit, *class) < EXPECTED);
        let (ln_p, n) = rows.map(|(class, n)| (tail(*class, *n), *n)).min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(((ln_p + (rare.max(1) as f64).ln()).min(0.0), n))
    }

    /// Total-variation distance of the slice from the rest, and the excess share of each class, the largest first.
    fn shift(&self, unit: &Unit) -> (f64, Vec<(usize, f64)>) {
        let others = (self.rows - unit.rows).max(1.0);
        let mut excess: Vec<(usize, f64)> = unit
            .counts
            .iter()
            .map(|(class, n)| {
                let elsewhere = (self.total.get(*class).copied().unwrap_or(0.0) - n).max(0.0) / others;
                (*class, n / unit.rows - elsewhere)
            })
            .collect();
        excess.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        (excess.iter().map(|e| e.1.max(0.0)).sum(), excess)
    }
}

impl Test for SliceShift {
    fn id(&self) -> &'static str {
        "slice-shift"
    }

    fn judge(&self, profile: &Profile, settings: &Settings) -> Outcome {
        if let Some(why) = labels::silence(profile) {
            return Outcome::could_not_speak(why);
        }
        let classes = if profile.labels().distinct() > CLASSES { CLASSES } else { 0 };
        let index = class_index(profile, classes);
        let label_of: Vec<u64> = index.keys().copied().collect();
        let mut times = profile.times().clone();
        if times.iter().count() > DAYS {
            times.lengthen();
        }
        let span = times.span();
        let mut kinds = vec![
            Kind::new("source", profile.sources().iter().map(|(h, s)| (SliceKey::Source(h), s.name.clone(), s)), &index),
            Kind::new("file", profile.files().iter().map(|(h, s)| (SliceKey::File(h), s.name.clone(), s)), &index),
            Kind::new("time", times.iter().map(|(at, s)| (SliceKey::Time(span, at), span.name(at), s)), &index),
        ];
        kinds.retain(Kind::can_speak);
        if kinds.is_empty() {
            return Outcome::could_not_speak("there are fewer than four sources, files or stretches of time to compare");
        }
        let judged = JudgedKinds { profile, settings, classes, label_of: &label_of };
        let mut verdicts = judged.stepwise(&mut kinds);
        // A kind of which many slices stand out is judged again by its own measure.
        let mut again = Vec::new();
        for (at, kind) in kinds.iter_mut().enumerate() {
            let named = kind.units.iter().filter(|u| u.named).count();
            if named > (kind.units.len() / 5).max(1) {
                kind.natural = true;
                again.push(at);
            }
        }
        let mut notes = Vec::new();
        if !again.is_empty() {
            kinds.iter_mut().flat_map(|k| &mut k.units).for_each(|u| u.named = false);
            verdicts = judged.stepwise(&mut kinds);
            let words: Vec<&str> = kinds.iter().filter(|k| k.natural).map(|k| k.word).collect();
            notes.push(format!(
                "labels differ widely by {} here, so that only what goes beyond that is named",
                words.join(" and by ")
            ));
        }
        for (word, sample) in [("sources", profile.sources().is_sample()), ("files", profile.files().is_sample())] {
            if sample {
                notes.push(format!("there are more {word} than can be held; a random part of them was judged"));
            }
        }
        let hypotheses: usize = kinds.iter().map(|k| k.units.len()).sum();
        let smallest = kinds.iter().filter_map(|k| smallest_visible(k, settings.fdr, hypotheses as f64)).min();
        Outcome {
            verdicts,
            why: notes.join("; "),
            hypotheses: hypotheses as u64,
            smallest_visible: smallest,
            ..Outcome::default()
        }
    }
}

/// Every label or class that stands in a table, with its position.
fn class_index(profile: &Profile, classes: usize) -> BTreeMap<u64, usize> {
    let labels: std::collections::BTreeSet<u64> =
        if classes == 0 { profile.labels().iter().map(|l| l.0).collect() } else { (0..classes as u64).collect() };
    labels.into_iter().enumerate().map(|(at, label)| (label, at)).collect()
}

struct JudgedKinds<'a> {
    profile: &'a Profile,
    settings: &'a Settings,
    classes: usize,
    label_of: &'a [u64],
}

impl JudgedKinds<'_> {
    fn stepwise(&self, kinds: &mut [Kind]) -> Vec<Verdict> {
        let hypotheses: usize = kinds.iter().map(|k| k.units.len()).sum();
        let mut verdicts: Vec<Verdict> = Vec::new();
        let mut points = (self.profile.rows() - self.profile.skipped()) as f64 * POINTED_AT;
        kinds.iter_mut().for_each(Kind::learn);
        while verdicts.len() < NAMED {
            let mut tested = Vec::new();
            kinds.iter().enumerate().for_each(|(at, kind)| kind.test(at, &mut tested));
            let q = ln_q_values(&tested.iter().map(|t| t.ln_p).collect::<Vec<_>>(), hypotheses as f64);
            let mut order: Vec<(&Tested, f64)> = tested.iter().zip(q).filter(|(_, q)| *q <= self.settings.fdr.ln()).collect();
            // Beyond 1e-300 the statistic still tells which slice is the strongest.
            order.sort_by(|a, b| a.0.ln_p.total_cmp(&b.0.ln_p).then(b.0.statistic.total_cmp(&a.0.statistic)));
            let next = order.into_iter().find_map(|(tested, ln_q)| {
                let kind = kinds.get(tested.kind)?;
                let unit = kind.units.get(tested.unit)?;
                let (effect, excess) = Common::new(&kind.total, kind.rows).shift(unit);
                (effect >= EFFECT).then(|| (tested.kind, tested.unit, self.verdict(kind, unit, tested, ln_q, effect, &excess)))
            });
            let Some((kind, unit, mut verdict)) = next else { break };
            if let Some(kind) = kinds.get_mut(kind) {
                kind.units.iter_mut().skip(unit).take(1).for_each(|u| u.named = true);
                kind.learn();
            }
            points -= verdict.rows as f64;
            if points < 0.0 {
                verdict.pick = Pick::Nothing;
            }
            verdicts.push(verdict);
        }
        verdicts
    }

    fn verdict(&self, kind: &Kind, unit: &Unit, tested: &Tested, ln_q: f64, effect: f64, excess: &[(usize, f64)]) -> Verdict {
        let most = excess.first().map_or(0.0, |e| e.1);
        let over: Vec<usize> = excess.iter().filter(|e| e.1 > 0.0 && e.1 >= most / 2.0).map(|e| e.0).collect();
        let labels: Vec<u64> = over.iter().filter_map(|class| self.label_of.get(*class).copied()).collect();
        let rows_of = |class: usize| unit.counts.iter().find(|c| c.0 == class).map_or(0.0, |c| c.1);
        let rows: f64 = over.iter().map(|class| rows_of(*class)).sum();
        let first = over.first().copied().unwrap_or_default();
        let (inside, here) = (rows_of(first), rows_of(first) / unit.rows);
        let why = format!(
            "{} \"{}\": {:.0} of {:.0} rows ({}) are labelled {}, against {} elsewhere: about {:.0} rows more than expected, \
             and more than {}s differ by nature here (p = {:.1e}).",
            kind.word,
            labels::shown(&unit.name),
            inside,
            unit.rows,
            labels::percent(here),
            self.label_of.get(first).map_or_else(String::new, |l| labels::name(self.profile, *l, self.classes)),
            labels::percent((here - most).max(0.0)),
            most * unit.rows,
            if kind.word == "time" { "such stretche" } else { kind.word },
            probability(tested.ln_p),
        );
        Verdict {
            test: SliceShift.id().to_owned(),
            subject: labels::shown(&unit.name),
            slice: kind.word.to_owned(),
            statistic: tested.statistic,
            p_value: probability(tested.ln_p),
            q_value: probability(ln_q),
            rows: rows as u64,
            effect,
            fate: Fate::Review,
            why,
            pick: Pick::Slice { of: unit.key, labels, classes: self.classes },
        }
    }
}

/// The fewest flipped rows that would have been seen in the slice of median size.
fn smallest_visible(kind: &Kind, fdr: f64, hypotheses: f64) -> Option<u64> {
    let mut sizes: Vec<f64> = kind.units.iter().map(|u| u.rows).collect();
    sizes.sort_by(f64::total_cmp);
    let n = *sizes.get(sizes.len() / 2)?;
    let share = kind.total.iter().copied().fold(0.0, f64::max) / kind.rows.max(1.0);
    let x2 = kind.spread.x2_for(fdr.ln() - hypotheses.ln(), n);
    let shift = (x2 * share * (1.0 - share) / n).sqrt().max(EFFECT);
    (shift <= 1.0 - share.min(0.5)).then(|| (shift * n).ceil() as u64)
}
