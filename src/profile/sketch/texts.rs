//! The distinct texts of a column with their counts while they are few; of many, counts by class of hash.

use super::super::rows::shorten_to;
use super::super::wire::{Broken, In, Out};
use super::super::words::ByHash;

/// Distinct texts up to which each is counted; ISO 3166 has 249 countries.
pub const CATEGORIES: usize = 256;
/// Classes of hashes.
pub const HASH_CLASSES: usize = 32;
/// Longest name of a text, in bytes; hashes are of the whole.
pub const CATEGORY_NAME: usize = 48;

/// Counts of a column's texts. Merging adds; more than [`CATEGORIES`] distinct ones are no list, in whatever order they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// Count and name by hash; none: there were too many.
    listed: Option<ByHash<(u64, String)>>,
    classes: [u64; HASH_CLASSES],
}

impl Default for Texts {
    fn default() -> Self {
        Self { listed: Some(ByHash::default()), classes: [0; HASH_CLASSES] }
    }
}

impl Texts {
    /// Takes in one text by its 64-bit hash, which has to be uniform.
    pub fn insert(&mut self, hash: u64, text: &[u8]) {
        if let Some(count) = self.classes.get_mut((hash >> 59) as usize) {
            *count += 1;
        }
        let Some(listed) = &mut self.listed else { return };
        listed.entry(hash).or_insert_with(|| (0, shorten_to(text, CATEGORY_NAME))).0 += 1;
        self.settle();
    }

    /// Takes in all that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.classes.iter_mut().zip(&other.classes) {
            *mine = mine.saturating_add(*theirs);
        }
        if let (Some(mine), Some(theirs)) = (&mut self.listed, other.listed()) {
            for (hash, n, name) in theirs {
                let entry = mine.entry(hash).or_insert_with(|| (0, name.to_owned()));
                entry.0 = entry.0.saturating_add(n);
            }
        } else {
            self.listed = None;
        }
        self.settle();
    }

    fn settle(&mut self) {
        if self.listed.as_ref().is_some_and(|listed| listed.len() > CATEGORIES) {
            self.listed = None;
        }
    }

    /// Hash, count and name of every distinct text, by hash; nothing where there are too many.
    #[must_use]
    pub fn listed(&self) -> Option<Vec<(u64, u64, &str)>> {
        let mut all: Vec<(u64, u64, &str)> =
            self.listed.as_ref()?.iter().map(|(hash, (n, name))| (*hash, *n, name.as_str())).collect();
        all.sort_unstable_by_key(|entry| entry.0);
        Some(all)
    }

    /// How many texts fell into each class of hashes.
    #[must_use]
    pub fn classes(&self) -> &[u64] {
        &self.classes
    }

    pub(crate) fn write(&self, out: &mut Out) {
        let listed = self.listed();
        out.u(listed.as_ref().map_or(0, |l| l.len() as u64 + 1));
        for (hash, n, name) in listed.unwrap_or_default() {
            out.fixed64(hash);
            out.u(n);
            out.text(name);
        }
        self.classes.iter().for_each(|n| out.u(*n));
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut texts = Self { listed: None, ..Self::default() };
        if let Some(n) = from.count(10)?.checked_sub(1) {
            if n > CATEGORIES {
                return Err(Broken("more texts of a column than a profile holds"));
            }
            let mut listed = ByHash::default();
            for _ in 0..n {
                let (hash, count) = (from.fixed64()?, from.u()?);
                listed.insert(hash, (count, from.text()?));
            }
            texts.listed = Some(listed);
        }
        for class in &mut texts.classes {
            *class = from.u()?;
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hashes: impl Iterator<Item = u64>) -> Texts {
        let mut texts = Texts::default();
        hashes.for_each(|h| texts.insert(h.wrapping_mul(0x9e37_79b9_7f4a_7c15), format!("text {h}").as_bytes()));
        texts
    }

    #[test]
    fn few_texts_are_listed_and_many_are_not_whatever_the_order() {
        let most = CATEGORIES as u64;
        for (left, right, there, why) in [
            (0..0, 0..0, Some(0), "nothing"),
            (0..5, 3..9, Some(9), "a union"),
            (0..most, 0..most, Some(most), "as many as are listed"),
            (0..most, 1..most + 1, None, "one more"),
            (0..most + 1, 0..1, None, "too many before"),
        ] {
            let whole = of(left.clone().chain(right.clone()));
            let (mut ab, mut ba) = (of(left.clone()), of(right.clone()));
            ab.merge(&of(right));
            ba.merge(&of(left));
            assert!(ab == whole && ba == whole, "{why}");
            assert_eq!(whole.listed().map(|l| l.len() as u64), there, "{why}");
            let mut out = Out::default();
            whole.write(&mut out);
            assert_eq!(Texts::read(&mut In::new(&out.done())), Ok(whole), "{why}");
        }
        let twice = of([7, 7, 8].into_iter());
        let listed = twice.listed().unwrap_or_default();
        assert!(listed.iter().any(|(_, n, name)| *n == 2 && *name == "text 7"), "{listed:?}");
        assert_eq!(twice.classes().iter().sum::<u64>(), 3);
    }
}
