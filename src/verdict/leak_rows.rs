//! The part of `leak` on rows: which texts stand in the data and in the trusted set?
//!
//! A text is what tells a row from others ([`text`]); ids that differ hide no copy, and "thank you" is none. Texts repeat
//! by nature, within a set and across two that were drawn from one source. So the sets are thrown together: were they one,
//! rows of `n` and `m` mixed at random, a group of `c` equal rows would hold some of both with a probability of one less
//! `C(n, c) / C(n + m, c)` less `C(m, c) / C(n + m, c)` (the permutation null of Friedman, Rafsky 1979). How many groups do
//! is tested against a binomial of the mean of these, which bounds the tail of a sum of unequal chances (Hoeffding 1956).
//! What was leaked stands in groups that hold both, always.
//!
//! Near copies are asked alike, of texts that stand on one side alone: groups linked by likeness ([`super::shingle`]) with a
//! pair that is alike by a half, of at most [`FEW`] texts. A larger group is a template, and has its rows on both sides.

use super::leak::{Asked, Part};
use super::near_flood::NEAR;
use super::shingle::{alike, groups, pair, shingles};
use super::tail::ln_count_tail;
use super::{Pick, Verdict};
use crate::batch::Fate;
use crate::profile::{GAP, Profile, Sample};
use std::collections::{BTreeMap, BTreeSet};

/// Elements of a text, or cells of a row without longer text, below which equality says nothing.
const ENOUGH: usize = 6;
/// Texts of a group of near copies that is no template.
const FEW: usize = 4;
/// Share of the trusted rows below which no figure measured on them moves visibly.
const EFFECT: f64 = 0.001;
/// Trusted texts whose near copies are pointed at.
const POINTED_AT: usize = 2000;

/// The elements of what rows are compared by, sorted, each once: words and pairs of the cells that hold more than a few, or
/// all values of a table; none where that is too little. Gives whether it is text.
pub(super) fn text(words: &[u64], out: &mut Vec<u64>) -> bool {
    shingles(words, out);
    let is_prose = !out.is_empty();
    if !is_prose && words.split(|word| *word == GAP).filter(|cell| !cell.is_empty()).count() >= ENOUGH {
        out.extend(words.iter().filter(|word| **word != GAP));
        out.sort_unstable();
        out.dedup();
    }
    if out.len() < ENOUGH {
        out.clear();
    }
    is_prose
}

/// What a text is known by.
pub(super) fn name(elements: &[u64]) -> u64 {
    elements.iter().fold(0x1ea4, |name, element| pair(name, *element))
}

/// A text and where it stands: in the data, and in the trusted set.
#[derive(Default)]
struct Text {
    /// Of prose alone.
    elements: Vec<u64>,
    rows: [u64; 2],
    /// Of the rows that have one.
    labels: [Vec<u64>; 2],
}

impl Text {
    fn is_shared(&self) -> bool {
        self.rows.iter().all(|rows| *rows > 0)
    }

    fn is_of_data(&self) -> bool {
        self.rows[0] > 0
    }

    /// Whether both sides have labels and none is the same.
    fn is_labelled_otherwise(&self) -> bool {
        let [here, there] = &self.labels;
        let known: BTreeSet<&u64> = here.iter().collect();
        !here.is_empty() && !there.is_empty() && !there.iter().any(|label| known.contains(label))
    }
}

/// By name.
type Texts = BTreeMap<u64, Text>;

fn take(texts: &mut Texts, sample: &Sample, side: usize) {
    let mut elements = Vec::new();
    for (_, row) in sample.rows() {
        let is_prose = text(&row.words, &mut elements);
        if elements.is_empty() {
            continue;
        }
        let known = texts.entry(name(&elements)).or_default();
        if is_prose && known.elements.is_empty() {
            known.elements.clone_from(&elements);
        }
        if let (Some(rows), Some(labels)) = (known.rows.get_mut(side), known.labels.get_mut(side)) {
            *rows += 1;
            labels.extend(row.label);
        }
    }
}

/// The probability that `c` of `n + m` things, drawn at random, are of both kinds.
fn mixed(c: u64, n: u64, m: u64) -> f64 {
    let all_of = |kind: u64| -> f64 {
        (0..c)
            .map(|drawn| kind.saturating_sub(drawn) as f64 / (n + m - drawn).max(1) as f64)
            .take_while(|p| *p > 0.0)
            .product::<f64>()
            * f64::from(u8::from(kind >= c))
    };
    (1.0 - all_of(n) - all_of(m)).clamp(0.0, 1.0)
}

/// Groups of rows that are one text.
#[derive(Default)]
struct Groups {
    count: f64,
    /// Those with rows of both sides.
    shared: f64,
    /// How many those would be by nature.
    expected: f64,
}

impl Groups {
    fn add(&mut self, size: u64, is_shared: bool, (n, m): (u64, u64)) {
        self.count += 1.0;
        self.shared += f64::from(u8::from(is_shared));
        self.expected += mixed(size, n, m);
    }

    /// `ln` of the probability of so many shared ones where `more` are added that were leaked.
    fn ln_p(&self, shared: f64, more: f64, chance: f64) -> f64 {
        let count = self.count + more;
        let mean = (self.expected + more * chance) / count.max(1.0);
        // Below the mean the bound does not hold, and nothing is to be said.
        if shared < mean * count + 1.0 { 0.0 } else { ln_count_tail(shared, count, mean, 0.0) }
    }
}

/// Compares the data with the trusted set; `ln_level` is what a p-value has to reach.
pub(super) fn ask(profile: &Profile, trusted: &Profile, ln_level: f64) -> Part {
    let mut texts = Texts::new();
    take(&mut texts, profile.sample(), 0);
    take(&mut texts, trusted.sample(), 1);
    let rows = |side: usize| texts.values().filter_map(|text| text.rows.get(side)).sum::<u64>();
    let (n, m) = (rows(0), rows(1));
    if n == 0 || m == 0 {
        let which = if m == 0 { "trusted set" } else { "data" };
        return Part::silent(&format!("no row of the {which} has a text of {ENOUGH} words, or {ENOUGH} values, to be compared"));
    }
    let of = Compared { profile, trusted, texts: &texts, n, m };
    let (equal, groups) = of.equal();
    let near = of.near();
    let mut part = Part { asked: vec![equal, near], ..Part::default() };
    let both: u64 = texts.values().filter(|text| text.is_shared()).map(|text| text.rows[1]).sum();
    part.notes.push(format!(
        "{both} of {m} trusted rows have an equal one here; {:.1} texts would be in both sets by nature, and {} are",
        groups.expected, groups.shared
    ));
    for (which, profile) in [("data", profile), ("trusted set", trusted)] {
        let sample = profile.sample();
        if sample.is_part() {
            part.notes.push(format!("of the {which} a sample of {} of {} rows was compared", sample.len(), profile.read()));
        }
    }
    let chance = mixed(2, n, m);
    let least = |more: &u64| groups.ln_p((groups.expected + *more as f64).floor(), *more as f64, chance) <= ln_level;
    part.smallest_visible = (1..=m.min(1000)).find(least).map(|more| more.max((EFFECT * m as f64).ceil() as u64));
    part
}

struct Compared<'a> {
    profile: &'a Profile,
    trusted: &'a Profile,
    texts: &'a Texts,
    n: u64,
    m: u64,
}

impl Compared<'_> {
    /// Rows that are equal.
    fn equal(&self) -> (Asked, Groups) {
        let mut groups = Groups::default();
        let (mut here, mut there, mut otherwise) = (0, 0, 0);
        for text in self.texts.values().filter(|text| text.rows.iter().sum::<u64>() > 1) {
            groups.add(text.rows.iter().sum(), text.is_shared(), (self.n, self.m));
            if let ([data, trusted], true) = (text.rows, text.is_shared()) {
                (here, there) = (here + data, there + trusted);
                otherwise += u64::from(text.is_labelled_otherwise());
            }
        }
        // Rows outside of a sample are copies of any trusted row.
        let any = self.profile.sample().is_part();
        let wanted = self.texts.iter().filter(|(_, text)| text.rows[1] > 0 && (any || text.is_shared()));
        let pick = Pick::Equal { texts: wanted.map(|(name, _)| *name).collect() };
        let labelled = if otherwise > 0 { format!(", {otherwise} of them under another label") } else { String::new() };
        let why = format!("{there} of {} rows of the trusted set stand in {} word for word{labelled}", self.m, self.data());
        (self.asked("equal rows", &groups, (here, there), &why, pick), groups)
    }

    /// What was compared of the data.
    fn data(&self) -> &'static str {
        if self.profile.sample().is_part() { "the sample of the data" } else { "the data" }
    }

    /// Rows that are nearly equal and not equal.
    fn near(&self) -> Asked {
        let of_prose = |text: &&Text| !text.elements.is_empty() && !text.is_shared();
        let texts: Vec<&Text> = self.texts.values().filter(of_prose).collect();
        let sets: Vec<&[u64]> = texts.iter().map(|text| text.elements.as_slice()).collect();
        let m = texts.iter().filter(|text| text.rows[1] > 0).count() as u64;
        let sides = (texts.len() as u64 - m, m);
        let (mut found, mut here, mut there) = (Groups::default(), BTreeSet::new(), BTreeSet::new());
        let mut lone: BTreeSet<usize> =
            (0..texts.len()).filter(|at| texts.get(*at).is_some_and(|text| !text.is_of_data())).collect();
        for group in groups(&sets) {
            for at in &group {
                lone.remove(at);
            }
            if group.len() > FEW {
                continue;
            }
            let (mut is_near, mut is_shared) = (false, false);
            for (at, one) in group.iter().enumerate() {
                for other in group.iter().skip(at + 1) {
                    let Some((a, b)) = texts.get(*one).zip(texts.get(*other)) else { continue };
                    if !alike(&a.elements, &b.elements, NEAR) {
                        continue;
                    }
                    is_near = true;
                    if a.is_of_data() != b.is_of_data() {
                        is_shared = true;
                        let (data, trusted) = if a.is_of_data() { (*one, *other) } else { (*other, *one) };
                        here.insert(data);
                        there.insert(trusted);
                    }
                }
            }
            if is_near {
                found.add(group.len() as u64, is_shared, sides);
            }
        }
        let rows = |of: &BTreeSet<usize>, side: usize| -> u64 { of.iter().filter_map(|at| texts.get(*at)?.rows.get(side)).sum() };
        // Rows outside of a sample may be near copies of texts that nothing in it is like.
        let more = lone.iter().filter(|_| self.profile.sample().is_part());
        let signatures = there.iter().chain(more).take(POINTED_AT).filter_map(|at| Some(texts.get(*at)?.elements.clone()));
        let pick = Pick::NearAny { signatures: signatures.collect() };
        let counts = (rows(&here, 0), rows(&there, 1));
        let why = format!("{} of {} rows of the trusted set stand in {} with some words changed", counts.1, self.m, self.data());
        self.asked("near copies", &found, counts, &why, pick)
    }

    fn asked(&self, subject: &str, groups: &Groups, (here, there): (u64, u64), why: &str, pick: Pick) -> Asked {
        let ln_p = groups.ln_p(groups.shared, 0.0, 0.0);
        let effect = there as f64 / self.m.max(1) as f64;
        let sample = self.profile.sample();
        let share = self.profile.read() as f64 / sample.len().max(1) as f64;
        let rows = if sample.is_part() { (here as f64 * share) as u64 } else { here };
        let whole = if self.trusted.sample().is_part() { " that were compared" } else { "" };
        let verdict = || Verdict {
            test: "leak".to_owned(),
            subject: subject.to_owned(),
            slice: "trusted set".to_owned(),
            statistic: groups.shared,
            p_value: None,
            q_value: None,
            rows,
            effect,
            fate: Fate::Review,
            why: format!(
                "{why}{whole}: {} texts are in both, where about {:.1} of {} that repeat would be by nature; what is measured \
                 on these rows does not hold for new data.",
                groups.shared, groups.expected, groups.count,
            ),
            pick,
            evidence: None,
        };
        Asked { ln_p, verdict: (effect >= EFFECT).then(verdict) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_compared_by_texts_of_enough_words_or_by_many_values() {
        let of = |words: &[u64]| {
            let mut out = Vec::new();
            (text(words, &mut out), out.len())
        };
        for (words, want, why) in [
            (&[1, 2, GAP][..], (false, 0), "thank you"),
            (&[1, 2, 3, 4, 5, 6, GAP, 7, GAP], (true, 11), "six words and five pairs; the id beside them is left out"),
            (&[1, 1, 1, 1, 1, 1, GAP], (true, 0), "one word over and over"),
            (&[1, GAP, 2, GAP, 3, GAP, 4, GAP, 5, GAP], (false, 0), "five values"),
            (&[1, GAP, 2, GAP, 3, GAP, 4, GAP, 5, GAP, 6, GAP], (false, 6), "six values"),
            (&[], (false, 0), "nothing"),
        ] {
            assert_eq!(of(words), want, "{why}");
        }
    }

    #[test]
    fn groups_are_mixed_by_chance_as_often_as_drawing_makes_them() {
        for (c, n, m, want, why) in [
            (2, 1, 1, 1.0, "one of each kind"),
            (2, 3, 1, 0.5, "the odd one is among the two in 3 of 6 draws"),
            (3, 2, 1, 1.0, "all there are"),
            (2, 5, 0, 0.0, "one kind alone"),
            (1, 3, 4, 0.0, "one thing is of one kind"),
        ] {
            assert!((mixed(c, n, m) - want).abs() < 1e-12, "{why}: {}", mixed(c, n, m));
        }
    }

    #[test]
    fn what_was_leaked_shows_against_what_repeats_by_nature() {
        let groups = |pairs: usize, shared: usize| {
            let mut groups = Groups::default();
            (0..pairs).for_each(|at| groups.add(2, at < shared, (9000, 1000)));
            groups
        };
        for (pairs, shared, least, most, why) in [
            (200, 36, -0.5, 0.0, "18 in 100, as chance has it"),
            (200, 10, -1e-9, 0.0, "fewer than by chance"),
            (236, 72, -20.0, -8.0, "36 leaked beside 200 by nature"),
            (8, 8, -20.0, -13.0, "8 leaked and none by nature"),
            (0, 0, -1e-9, 0.0, "nothing repeats"),
        ] {
            let groups = groups(pairs, shared);
            let ln_p = groups.ln_p(groups.shared, 0.0, 0.0);
            assert!((least..=most).contains(&ln_p), "{why}: {ln_p}");
        }
    }
}
