//! Tells near copies of some texts among rows.
//!
//! Who is alike to a text by a half has half of its elements at least, so that one of any larger part of them is shared: rows
//! are held against the texts one of whose rarer elements they have (prefix filtering; Chaudhuri and others 2006).

use super::matcher::Hit;
use super::near_flood::NEAR;
use super::shingle::{alike, shingles};
use std::collections::{HashMap, HashSet};

struct NearText {
    signature: Vec<u64>,
    label: Option<u64>,
    hit: Hit,
}

/// The texts. A row that has few of their words costs a look-up a word.
#[derive(Default)]
pub(super) struct NearTexts {
    texts: Vec<NearText>,
    /// Elements of all signatures.
    elements: HashSet<u64>,
    /// By element: positions of the texts that it is one of the rarer elements of.
    rarer: HashMap<u64, Vec<usize>>,
    /// Size of the smallest signature.
    smallest: usize,
    scratch: Vec<u64>,
    found: Vec<usize>,
}

impl NearTexts {
    /// Adds a text; `signature` is sorted. Before rows are asked [`NearTexts::settle`].
    pub fn add(&mut self, signature: &[u64], label: Option<u64>, hit: Hit) {
        self.smallest = if self.texts.is_empty() { signature.len() } else { self.smallest.min(signature.len()) };
        self.elements.extend(signature);
        self.texts.push(NearText { signature: signature.to_vec(), label, hit });
    }

    /// Brings the texts into order, once all are there.
    pub fn settle(&mut self) {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for element in self.texts.iter().flat_map(|text| &text.signature) {
            *counts.entry(*element).or_default() += 1;
        }
        self.rarer.clear();
        for (at, text) in self.texts.iter().enumerate() {
            let mut elements = text.signature.clone();
            elements.sort_unstable_by_key(|element| (counts.get(element).copied(), *element));
            let (part, whole) = NEAR;
            let enough = elements.len() + 1 - (elements.len() * part).div_ceil(whole);
            for element in elements.into_iter().take(enough) {
                self.rarer.entry(element).or_default().push(at);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Appends the verdicts on texts that a row is a near copy of, each once.
    pub fn row(&mut self, label: Option<u64>, words: &[u64], hits: &mut Vec<Hit>) {
        let fits = |text: &&NearText| text.label.is_none() || text.label == label;
        if !self.texts.iter().any(|text| fits(&text)) {
            return;
        }
        // Half of either is shared, so at least half of the signature is; each word of a row is one of its elements and the
        // end of at most one more.
        let known = words.iter().filter(|word| self.elements.contains(*word)).count();
        if known * 4 < self.smallest {
            return;
        }
        shingles(words, &mut self.scratch);
        self.found.clear();
        self.found.extend(self.scratch.iter().filter_map(|element| self.rarer.get(element)).flatten());
        self.found.sort_unstable();
        self.found.dedup();
        let near = |text: &&NearText| alike(&self.scratch, &text.signature, NEAR);
        let before = hits.len();
        for text in self.found.iter().filter_map(|at| self.texts.get(*at)).filter(fits).filter(near) {
            if !hits.iter().skip(before).any(|hit| hit.verdict == text.hit.verdict) {
                hits.push(text.hit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shingle::spread;
    use super::*;
    use crate::batch::Fate;

    #[test]
    fn rows_are_found_as_by_asking_every_text() {
        // Three texts each are alike, but for the words at their beginning.
        let text = |n: u64, changed: u64| -> Vec<u64> {
            let word = |at: u64| if at < changed { spread(n << 20 | at | 1 << 40) } else { spread((n / 3) << 20 | at) };
            (0..12 + n % 7).map(word).collect()
        };
        let hit = |verdict| Hit { verdict, score: 1.0, p_value: None, fate: Fate::Review };
        let (mut texts, mut signatures) = (NearTexts::default(), Vec::new());
        for n in 0..60 {
            let mut signature = Vec::new();
            shingles(&text(n, 0), &mut signature);
            texts.add(&signature, (n % 5 == 0).then_some(7), hit(n as usize % 40));
            signatures.push((signature, (n % 5 == 0).then_some(7), n as usize % 40));
        }
        texts.settle();
        let mut found = 0;
        for (n, changed, label) in (0..60).flat_map(|n| (0..8).map(move |changed| (n, changed, (n % 2 == 0).then_some(7)))) {
            let (words, mut row, mut hits) = (text(n, changed), Vec::new(), Vec::new());
            shingles(&words, &mut row);
            texts.row(label, &words, &mut hits);
            let fits = |s: &&(Vec<u64>, Option<u64>, usize)| (s.1.is_none() || s.1 == label) && alike(&row, &s.0, NEAR);
            let mut wanted: Vec<usize> = signatures.iter().filter(fits).map(|s| s.2).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let mut got: Vec<usize> = hits.iter().map(|hit| hit.verdict).collect();
            got.sort_unstable();
            assert_eq!(got, wanted, "text {n}, {changed} words changed");
            found += got.len();
        }
        assert!(found > 60, "{found}");
    }
}
