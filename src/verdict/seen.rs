//! Which words and pairs of neighbours the rows of a sample have, told in few bytes.
//!
//! A Bloom filter (Bloom 1970) for each half of the rows. The half of a row hangs on its words alone, and a row is asked of
//! the other half: no row, and no copy of it, vouches for itself, and a row is judged alike whether it is in the sample or
//! not. A full filter says yes too often; the tests then see less, for the rows that they learn from are asked like all.

use super::shingle::{pair, spread};
use crate::profile::{ByHash, GAP, HashesSeen, Sample};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bits of a filter at most: 256 KiB.
const MOST_BITS: usize = 1 << 21;
/// Bits an element where there is room: one in a hundred is said to be there and is not.
const ELEMENT_BITS: usize = 10;
const MOST_PROBES: u64 = 6;

/// A set that may take strangers for members, and no member for a stranger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Filter {
    bits: Vec<u8>,
    probes: u64,
}

impl Filter {
    /// Of so many elements.
    fn of(count: usize, elements: impl Iterator<Item = u64>) -> Self {
        let bits = (count * ELEMENT_BITS).next_power_of_two().clamp(64, MOST_BITS);
        // ln 2 bits an element and probe leave half of the bits set, which is best.
        let probes = (bits as u64 * 7 / 10 / count.max(1) as u64).clamp(1, MOST_PROBES);
        let mut filter = Self { bits: vec![0; bits / 8], probes };
        for element in elements {
            for at in filter.places(element) {
                if let Some(byte) = filter.bits.get_mut(at / 8) {
                    *byte |= 1 << (at % 8);
                }
            }
        }
        filter
    }

    /// Double hashing (Kirsch, Mitzenmacher 2006).
    fn places(&self, element: u64) -> impl Iterator<Item = usize> + use<> {
        let (first, step) = (spread(element), spread(!element) | 1);
        let mask = (self.bits.len() as u64 * 8).wrapping_sub(1);
        (0..self.probes).map(move |i| (first.wrapping_add(step.wrapping_mul(i)) & mask) as usize)
    }

    fn has(&self, element: u64) -> bool {
        self.places(element).all(|at| self.bits.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1))
    }
}

/// What the halves of a sample have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen([Filter; 2]);

/// What is told of the words of a sample.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Words with a letter, pairs of such neighbours, and which words are frequent.
    Pairs,
    /// Words with a letter.
    Words,
}

/// Numbers and signs of either half are told under this mask, …
const SIGN: u64 = 0x5107_6e5a_91f3_c2d7;
/// … and words that at least one in a hundred rows has, and ten rows, under this.
const FREQUENT: u64 = 0xa3d9_4c1e_07b5_68f2;
const FREQUENT_ROWS: (usize, usize) = (100, 10);

/// What was met of a word.
#[derive(Default)]
struct Met {
    is_word: bool,
    halves: [bool; 2],
    /// Rows that have it, and the last of them.
    rows: u32,
    last: u32,
}

impl Seen {
    /// Of a sample; linear in its words.
    pub fn of(sample: &Sample, what: What) -> Self {
        let mut words: ByHash<Met> = ByHash::default();
        let mut pairs = [HashesSeen::default(), HashesSeen::default()];
        let mut signs = HashesSeen::default();
        for (number, (_, row)) in (0u32..).zip(sample.rows()) {
            let half = half(&row.words);
            let Some(pairs) = pairs.get_mut(half) else { continue };
            let mut before = None;
            for word in &row.words {
                // A name is looked at once for each word.
                let met = words.entry(*word).or_insert_with(|| Met {
                    is_word: sample.name(*word).is_some_and(|name| name.chars().any(char::is_alphabetic)),
                    ..Met::default()
                });
                if !met.is_word {
                    before = None;
                    if *word != GAP {
                        signs.insert(*word ^ SIGN);
                    }
                    continue;
                }
                if let Some(has) = met.halves.get_mut(half) {
                    *has = true;
                }
                // From 1: the row before the first is none.
                met.rows += u32::from(std::mem::replace(&mut met.last, number + 1) != number + 1);
                if let (What::Pairs, Some(before)) = (what, before) {
                    pairs.insert(pair(before, *word));
                }
                before = Some(*word);
            }
        }
        if what == What::Pairs {
            let frequent = (sample.len() / FREQUENT_ROWS.0).max(FREQUENT_ROWS.1);
            signs.extend(words.iter().filter(|(_, met)| met.rows as usize >= frequent).map(|(word, _)| word ^ FREQUENT));
        }
        let filter = |half: usize| {
            let of_half = |met: &Met| met.halves.get(half) == Some(&true);
            let words = words.iter().filter(|(_, met)| of_half(met)).map(|(word, _)| *word);
            let pairs = pairs.get(half).into_iter().flatten().copied();
            let elements = words.chain(pairs).chain(signs.iter().copied());
            Filter::of(elements.clone().count(), elements)
        };
        Self([filter(0), filter(1)])
    }

    /// Of words and pairs that both halves have.
    #[cfg(test)]
    pub fn made(elements: &[u64]) -> Self {
        let filter = || Filter::of(elements.len(), elements.iter().copied());
        Self([filter(), filter()])
    }

    /// What the rows of the other half have.
    pub fn for_row(&self, words: &[u64]) -> Others<'_> {
        let [zero, one] = &self.0;
        Others(if half(words) == 0 { one } else { zero })
    }

    /// The filters as text.
    pub fn to_text(&self) -> Vec<String> {
        self.0.iter().map(|filter| format!("{}:{}", filter.probes, STANDARD.encode(&filter.bits))).collect()
    }

    /// Reads what [`Seen::to_text`] wrote; nothing where it is damaged.
    pub fn from_text(text: &[String]) -> Option<Self> {
        let filter = |text: &String| {
            let (probes, bits) = text.split_once(':')?;
            let (probes, bits) = (probes.parse().ok()?, STANDARD.decode(bits).ok()?);
            (bits.len().is_power_of_two() && bits.len() <= MOST_BITS / 8 && probes <= MOST_PROBES)
                .then_some(Filter { bits, probes })
        };
        let [zero, one] = text else { return None };
        Some(Self([filter(zero)?, filter(one)?]))
    }
}

/// The half that a row of these words belongs to.
fn half(words: &[u64]) -> usize {
    (words.iter().fold(0, |all, word| pair(all, *word)) & 1) as usize
}

/// What rows of the other half have.
#[derive(Clone, Copy)]
pub(super) struct Others<'a>(&'a Filter);

impl Others<'_> {
    pub fn has_word(self, word: u64) -> bool {
        self.0.has(word)
    }

    pub fn has_pair(self, one: u64, two: u64) -> bool {
        self.0.has(pair(one, two))
    }

    pub fn is_sign(self, word: u64) -> bool {
        self.0.has(word ^ SIGN)
    }

    pub fn is_frequent(self, word: u64) -> bool {
        self.0.has(word ^ FREQUENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_from_strangers_and_through_text() {
        let members: Vec<u64> = (0..20_000).map(spread).collect();
        let filter = Filter::of(members.len(), members.iter().copied());
        assert!(members.iter().all(|m| filter.has(*m)));
        let wrong = (20_000..40_000).filter(|n| filter.has(spread(*n))).count();
        assert!(wrong < 400, "{wrong} of 20,000 strangers");
        let seen = Seen([filter, Filter::of(0, std::iter::empty())]);
        assert_eq!(Seen::from_text(&seen.to_text()), Some(seen));
        for (text, why) in [
            (vec![], "no filter"),
            (vec!["6:AAAA".to_owned(), "6:AAAA".to_owned()], "three bytes"),
            (vec!["9:AA==".to_owned(), "6:AA==".to_owned()], "too many probes"),
            (vec!["6:§".to_owned(), "6:AA==".to_owned()], "no base64"),
        ] {
            assert_eq!(Seen::from_text(&text), None, "{why}");
        }
    }

    #[test]
    fn a_full_filter_says_yes_too_often_and_never_no_to_a_member() {
        let members: Vec<u64> = (0..1_500_000).map(spread).collect();
        let filter = Filter::of(members.len(), members.iter().copied());
        assert_eq!(filter.bits.len() * 8, MOST_BITS);
        assert!(members.iter().step_by(1000).all(|m| filter.has(*m)));
    }
}
