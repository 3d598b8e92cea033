//! Tells rows that are equal to some texts.

use super::leak_rows::{name, text};
use super::matcher::Hit;
use std::collections::HashSet;

/// The texts, by the verdict on them.
#[derive(Default)]
pub(super) struct EqualTexts {
    texts: Vec<(HashSet<u64>, Hit)>,
    scratch: Vec<u64>,
}

impl EqualTexts {
    /// Adds texts by their names.
    pub fn add(&mut self, texts: &[u64], hit: Hit) {
        self.texts.push((texts.iter().copied().collect(), hit));
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Appends the verdicts on texts that a row is equal to.
    pub fn row(&mut self, words: &[u64], hits: &mut Vec<Hit>) {
        if self.is_empty() {
            return;
        }
        text(words, &mut self.scratch);
        if !self.scratch.is_empty() {
            let name = name(&self.scratch);
            hits.extend(self.texts.iter().filter(|(texts, _)| texts.contains(&name)).map(|(_, hit)| *hit));
        }
    }
}
