//! What a cell's words say about being noise, counted; and the predicate on rows made of such counts.

use super::seen::{Others, Seen};
use super::tail::ln_count_tail;
use crate::profile::GAP;
use serde::{Deserialize, Serialize};

/// Which kind of noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseKind {
    /// Words that others use, in no order that others use.
    Order,
    /// The same, but hardly any of the words is one that many use: it may be a list.
    List,
    /// Words that nobody else uses, each once.
    Words,
}

/// Of so many …
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// … pairs or words …
    pub of: usize,
    /// … so many are new to the other rows.
    pub new: usize,
}

impl NoiseKind {
    /// Pairs or words that a cell must have to be judged.
    pub fn fewest(self) -> usize {
        match self {
            Self::Order | Self::List => 32,
            Self::Words => 16,
        }
    }

    /// Counts what is new in a cell. Two look-ups a word.
    pub(super) fn count(self, cell: &[u64], others: Others<'_>) -> Count {
        let mut count = Count::default();
        match self {
            Self::Order | Self::List => {
                let mut before = None;
                for word in cell {
                    let word = Some(*word).filter(|word| others.has_word(*word));
                    if let (Some(one), Some(two)) = (before, word) {
                        count.of += 1;
                        count.new += usize::from(!others.has_pair(one, two));
                    }
                    before = word;
                }
            }
            Self::Words => {
                for word in cell.iter().filter(|word| !others.is_sign(**word)) {
                    count.of += 1;
                    count.new += usize::from(!others.has_word(*word));
                }
            }
        }
        count
    }

    /// Whether the cell itself looks like a draw: nearly all words known and neighbours known no more often than words that
    /// stand apart (binomial at [`BY_CHANCE`]); or words that do not come again.
    pub(super) fn is_drawn(self, cell: &[u64], count: Count, others: Others<'_>) -> bool {
        let words: Vec<u64> = cell.iter().copied().filter(|word| !others.is_sign(*word)).collect();
        match self {
            Self::Order | Self::List => {
                let known = words.iter().filter(|word| others.has_word(**word)).count();
                let frequent = words.iter().filter(|word| others.is_frequent(**word)).count();
                let is_list = frequent * FEW_FREQUENT < known;
                known * MOST_KNOWN.1 >= words.len() * MOST_KNOWN.0
                    && is_list == (self == Self::List)
                    && !has_order(cell, count, others)
            }
            Self::Words => {
                let mut once = words.clone();
                once.sort_unstable();
                once.dedup();
                (words.len() - once.len()) * 20 <= words.len()
            }
        }
    }
}

/// Whether neighbours are known more often than words that stand apart.
fn has_order(cell: &[u64], count: Count, others: Others<'_>) -> bool {
    let mut apart = Count::default();
    for distance in APART {
        for (one, two) in cell.iter().zip(cell.iter().skip(distance)) {
            if others.has_word(*one) && others.has_word(*two) {
                apart.of += 1;
                apart.new += usize::from(!others.has_pair(*one, *two));
            }
        }
    }
    let share = (apart.of - apart.new + 1) as f64 / (apart.of + 2) as f64;
    ln_count_tail((count.of - count.new) as f64, count.of as f64, share, 0.0) < BY_CHANCE.ln()
}

/// Words of a text that others know as well: a text of another language shares a third of its words, or fewer.
const MOST_KNOWN: (usize, usize) = (2, 3);
/// One of so many known words is frequent where a text is drawn from all words; names and things are not frequent.
const FEW_FREQUENT: usize = 10;
/// Distances at which two words of a text have nothing to do with each other's place in a phrase.
const APART: [usize; 4] = [7, 8, 9, 11];
/// Order that chance explains less than this is order.
const BY_CHANCE: f64 = 1e-3;

/// Tells noise among rows.
pub(super) struct Noise {
    pub kind: NoiseKind,
    pub seen: Seen,
    /// How many must be new of the fewest, of one more and so on.
    pub least: Vec<u32>,
}

impl Noise {
    /// Whether a cell of the row is noise.
    pub fn is_in(&self, words: &[u64]) -> bool {
        let others = self.seen.for_row(words);
        words.split(|word| *word == GAP).filter(|cell| cell.len() >= self.kind.fewest()).any(|cell| {
            let count = self.kind.count(cell, others);
            self.is_new(count) && self.kind.is_drawn(cell, count, others)
        })
    }

    /// Behind the end of the table the last share holds on.
    pub fn is_new(&self, count: Count) -> bool {
        let Some(at) = count.of.checked_sub(self.kind.fewest()) else { return false };
        match (self.least.get(at), self.least.last()) {
            (Some(least), _) => count.new >= *least as usize,
            (None, Some(last)) => count.new * (self.kind.fewest() + self.least.len() - 1) >= *last as usize * count.of,
            (None, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shingle::{pair, spread};
    use super::*;

    #[test]
    fn a_text_keeps_some_order_where_neighbours_are_known_more_often_than_words_apart() {
        let cell: Vec<u64> = (1..=120).map(spread).collect();
        for (each, want, why) in [(10, true, "one of ten pairs is known"), (1000, false, "none is")] {
            let pairs = cell.windows(2).step_by(each).skip(1).map(|two| pair(two[0], two[1]));
            let seen = Seen::made(&cell.iter().copied().chain(pairs).collect::<Vec<_>>());
            let others = seen.for_row(&cell);
            let count = NoiseKind::Order.count(&cell, others);
            assert_eq!(count.of, 119);
            assert_eq!(has_order(&cell, count, others), want, "{why}: {count:?}");
        }
    }
}
