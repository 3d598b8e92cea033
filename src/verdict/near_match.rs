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
