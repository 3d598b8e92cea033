//! How often each row key stands: exactly for the keys that hash smallest, as an upper bound for all of them.

use super::sketch::count_min::CountMin;
use super::wire::{Broken, In, Out};

/// Keys that are kept. A kept key's count is exact, whatever the number of keys.
pub const KEYS: usize = 1 << 18;
const PENDING: usize = 1 << 16;
const NO_LABEL: (u32, u32) = (u32::MAX, 0);

/// One key: the high half of the row's key, which is uniform; two of 10 million rows meet by chance once in 300,000 sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The high half of the row's key.
    pub key: u64,
    /// Rows that have it.
    pub rows: u32,
    /// The smallest and the largest label hash (high half) among them.
    labels: (u32, u32),
}

impl Repeat {
    /// Whether its rows carry more than one label.
    pub fn conflicts(&self) -> bool {
        self.labels.0 < self.labels.1
    }

    fn join(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.labels = (self.labels.0.min(other.labels.0), self.labels.1.max(other.labels.1));
    }
}

/// The half of a row's key that repeats are counted by.
pub fn half(key: u128) -> u64 {
    (key >> 64) as u64
}

/// Counts of row keys.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    /// Sorted by key.
    kept: Vec<Repeat>,
    pending: Vec<Repeat>,
    /// Smallest key that was dropped.
    limit: Option<u64>,
    /// Counts all rows, from the moment that a key is dropped.
    bounds: Option<Box<CountMin>>,
}

impl Repeats {
    pub(crate) fn add(&mut self, key: u128, label: Option<u64>) {
        let labels = label.map_or(NO_LABEL, |l| ((l >> 32) as u32, (l >> 32) as u32));
        let key = half(key);
        if let Some(bounds) = &mut self.bounds {
            bounds.add(key, 1);
        }
        if self.limit.is_none_or(|limit| key < limit) {
            self.pending.push(Repeat { key, rows: 1, labels });
            if self.pending.len() >= PENDING {
                self.settle();
            }
        }
    }

    /// The kept keys, sorted. Only after `settle` all of them.
    pub fn kept(&self) -> &[Repeat] {
        &self.kept
    }

    /// What share of all keys is kept: 1 where none was dropped.
    pub fn share(&self) -> f64 {
        self.limit.map_or(1.0, |limit| limit as f64 / 2f64.powi(64))
    }

    /// Upper bounds for all keys, where some were dropped.
    pub fn bounds(&self) -> Option<&CountMin> {
        self.bounds.as_deref()
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        other.settle();
        if other.bounds.is_none() && self.pending.len() + other.kept.len() < PENDING {
            // A small one waits its turn, as rows do: going through all keys for it would cost more than its rows.
            if let Some(bounds) = &mut self.bounds {
                other.kept.iter().for_each(|r| bounds.add(r.key, r.rows));
            }
            self.pending.extend_from_slice(&other.kept);
            return;
        }
        self.settle();
        match (&mut self.bounds, other.bounds.take()) {
            (None, None) => {}
            (Some(mine), Some(theirs)) => mine.merge(&theirs),
            (Some(mine), None) => other.kept.iter().for_each(|r| mine.add(r.key, r.rows)),
            (None, Some(mut theirs)) => {
                self.kept.iter().for_each(|r| theirs.add(r.key, r.rows));
                self.bounds = Some(theirs);
            }
        }
        self.limit = [self.limit, other.limit].into_iter().flatten().min();
        self.join(&other.kept);
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// Brings what is pending into order, and drops keys beyond the limit.
    pub(crate) fn settle(&mut self) {
        if !self.pending.is_empty() {
            let mut pending = std::mem::take(&mut self.pending);
            pending.sort_unstable_by_key(|r| r.key);
            pending.dedup_by(|next, first| {
                next.key == first.key && {
                    first.join(next);
                    true
                }
            });
            self.join(&pending);
        }
    }

    fn join(&mut self, others: &[Repeat]) {
        let limit = self.limit;
        let mut mine = std::mem::take(&mut self.kept).into_iter().peekable();
        let mut theirs = others.iter().copied().peekable();
        let mut all: Vec<Repeat> = Vec::with_capacity(mine.len() + others.len());
        loop {
            let next = match (mine.peek().copied(), theirs.peek().copied()) {
                (Some(mut a), Some(b)) if a.key == b.key => {
                    a.join(&b);
                    mine.next();
                    theirs.next();
                    a
                }
                (Some(a), Some(b)) if a.key > b.key => {
                    theirs.next();
                    b
                }
                (Some(a), _) => {
                    mine.next();
                    a
                }
                (None, Some(b)) => {
                    theirs.next();
                    b
                }
                (None, None) => break,
            };
            if limit.is_some_and(|limit| next.key >= limit) {
                break;
            }
            all.push(next);
        }
        if let Some(over) = all.get(KEYS).map(|r| r.key) {
            if self.bounds.is_none() {
                let mut bounds = Box::<CountMin>::default();
                for repeat in &all {
                    bounds.add(repeat.key, repeat.rows);
                }
                self.bounds = Some(bounds);
            }
            self.limit = Some(over);
            all.truncate(KEYS);
        }
        self.kept = all;
    }

    /// Written compactly: sorted keys as differences, a key that stands once without its count. Ask for it settled.
    pub(crate) fn write(&self, out: &mut Out) {
        out.u(self.limit.map_or(0, |_| 1));
        out.fixed64(self.limit.unwrap_or_default());
        out.u(self.kept.len() as u64);
        let mut last = 0;
        for repeat in &self.kept {
            // The lowest two bits of a count say: one label, several, or none.
            let kind = match repeat.labels {
                NO_LABEL => 0,
                (low, high) if low == high => 1,
                _ => 2,
            };
            out.u(repeat.key.wrapping_sub(last));
            last = repeat.key;
            out.u(u64::from(repeat.rows) << 2 | kind);
            if kind > 0 {
                out.raw(&repeat.labels.0.to_le_bytes());
            }
            if kind == 2 {
                out.raw(&repeat.labels.1.to_le_bytes());
            }
        }
        if let Some(bounds) = &self.bounds {
            bounds.write(out);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let limited = from.u()? == 1;
        let limit = from.fixed64()?;
        let n = from.count(2)?;
        if n > KEYS {
            return Err(Broken("more row keys than a profile holds"));
        }
        let mut repeats = Self { limit: limited.then_some(limit), ..Self::default() };
        let (mut key, four) =
            (0u64, |from: &mut In<'_>| Ok(from.take(4)?.iter().rev().fold(0u32, |n, &b| n << 8 | u32::from(b))));
        for at in 0..n {
            let step = from.u()?;
            key = key.checked_add(step).filter(|_| at == 0 || step > 0).ok_or(Broken("row keys out of order"))?;
            let rows = from.u()?;
            let labels = match rows & 3 {
                0 => NO_LABEL,
                1 => {
                    let label = four(from)?;
                    (label, label)
                }
                _ => (four(from)?, four(from)?),
            };
            let rows = u32::try_from(rows >> 2).map_err(|_| Broken("a number is too large"))?;
            repeats.kept.push(Repeat { key, rows, labels });
        }
        if limited {
            repeats.bounds = Some(Box::new(CountMin::read(from)?));
        }
        Ok(repeats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(i: u64) -> u128 {
        u128::from(i.wrapping_mul(0xd134_2543_de82_ef95).rotate_left(31).wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64
    }

    fn bytes(repeats: &mut Repeats) -> Vec<u8> {
        repeats.settle();
        let mut out = Out::default();
        repeats.write(&mut out);
        out.done()
    }

    #[test]
    fn more_keys_than_fit_merge_to_the_same_bytes() {
        let (mut all, mut small, mut large) = (Repeats::default(), Repeats::default(), Repeats::default());
        for i in 0..400_000u64 {
            let n = if i % 1000 == 0 { 5 } else { i };
            all.add(key(n), Some(n << 32));
            if i % 7 == 0 { &mut small } else { &mut large }.add(key(n), Some(n << 32));
        }
        small.merge(large);
        let whole = bytes(&mut all);
        assert_eq!(whole, bytes(&mut small));
        assert!(whole.len() < 5 << 20, "{} bytes", whole.len());
        assert_eq!(all.kept().len(), KEYS);
        let mut back = Repeats::read(&mut In::new(&whole)).unwrap();
        assert_eq!(bytes(&mut back), whole);
        assert!((all.share() - KEYS as f64 / 399_600.0).abs() < 0.01);
    }

    #[test]
    fn labels_conflict_where_they_differ_and_none_conflicts_with_nothing() {
        let mut repeats = Repeats::default();
        for (n, label) in [(1, Some(5 << 32)), (1, None), (2, Some(5 << 32)), (2, Some(6 << 32)), (3, None), (3, None)] {
            repeats.add(key(n), label);
        }
        repeats.settle();
        let conflicts = |n| repeats.kept().iter().find(|r| r.key == half(key(n))).unwrap().conflicts();
        assert_eq!([conflicts(1), conflicts(2), conflicts(3)], [false, true, false]);
    }
}
