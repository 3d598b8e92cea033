//! Tells near copies of some texts among rows.

use super::matcher::Hit;
use super::near_flood::NEAR;
use super::shingle::{alike, shingles};
use std::collections::HashSet;

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
    /// Size of the smallest signature.
    smallest: usize,
    scratch: Vec<u64>,
}

impl NearTexts {
    /// Adds a text; `signature` is sorted.
    pub fn add(&mut self, signature: &[u64], label: Option<u64>, hit: Hit) {
        self.smallest = if self.texts.is_empty() { signature.len() } else { self.smallest.min(signature.len()) };
        self.elements.extend(signature);
        self.texts.push(NearText { signature: signature.to_vec(), label, hit });
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Appends the verdicts on texts that a row is a near copy of.
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
        let near = |text: &&NearText| alike(&self.scratch, &text.signature, NEAR);
        hits.extend(self.texts.iter().filter(fits).filter(near).map(|text| text.hit));
    }
}
