//! Which bytes can stand at the first places of a match: a sieve that few places of a text pass.
//!
//! Each pattern gives one set of bytes for each of its first sixteen places: words end early, long tokens do not. Of the patterns
//! that begin alike, up to 64 buckets share sixteen tables of 256 words; a place passes where the words that its bytes select
//! have a common bit.

#![expect(clippy::indexing_slicing, reason = "tables have 256 entries and are indexed by bytes; measured hot loop")]

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;
use std::collections::HashSet;

/// How many places are looked at: half of them at once, the others where the first half passes.
pub(super) const PLACES: usize = 16;

/// A set of bytes.
pub(super) type Bytes = [bool; 256];

/// The states reachable without a byte; looks are taken to hold.
fn closure(nfa: &NFA, from: &[StateID]) -> (Vec<StateID>, bool) {
    // The automaton of all patterns is large, what is reached of it is small.
    let mut seen = HashSet::new();
    let mut stack = from.to_vec();
    let mut found = Vec::new();
    let mut ends = false;
    while let Some(id) = stack.pop() {
        if !seen.insert(id) {
            continue;
        }
        match nfa.state(id) {
            State::Look { next, .. } | State::Capture { next, .. } => stack.push(*next),
            State::Union { alternates } => stack.extend(alternates.iter()),
            State::BinaryUnion { alt1, alt2 } => stack.extend([*alt1, *alt2]),
            State::Match { .. } => ends = true,
            State::Fail => {}
            State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => found.push(id),
        }
    }
    (found, ends)
}

/// Calls `each` with every range of bytes that leads on from a state, and where to.
fn steps(nfa: &NFA, id: StateID, mut each: impl FnMut(u8, u8, StateID)) {
    match nfa.state(id) {
        State::ByteRange { trans } => each(trans.start, trans.end, trans.next),
        State::Sparse(sparse) => sparse.transitions.iter().for_each(|t| each(t.start, t.end, t.next)),
        State::Dense(dense) => {
            for b in 0..=255 {
                if let Some(next) = dense.matches_byte(b) {
                    each(b, b, next);
                }
            }
        }
        _ => {}
    }
}

/// The sets of bytes at the first places of a match that starts in `start`. Behind the shortest match anything may stand.
/// A pattern of alternatives gives one array for each way to begin, so that their letters do not mix.
pub(super) fn places(nfa: &NFA, start: StateID) -> Vec<[Bytes; PLACES]> {
    let mut ways: Vec<(StateID, Bytes)> = Vec::new();
    for id in closure(nfa, &[start]).0 {
        steps(nfa, id, |from, to, target| {
            let known = ways.iter().position(|(t, _)| *t == target);
            let at = known.unwrap_or_else(|| {
                ways.push((target, [false; 256]));
                ways.len() - 1
            });
            ways[at].1[usize::from(from)..=usize::from(to)].fill(true);
        });
    }
    ways.into_iter().map(|(target, first)| places_behind(nfa, target, first)).collect()
}

/// The sets of matches that begin with a byte of `first` and go on in `at`.
fn places_behind(nfa: &NFA, at: StateID, first: Bytes) -> [Bytes; PLACES] {
    let mut sets = [[false; 256]; PLACES];
    sets[0] = first;
    let mut at = vec![at];
    let mut free = false;
    for set in sets.iter_mut().skip(1) {
        let (states, ends) = closure(nfa, &at);
        free |= ends;
        if free {
            set.fill(true);
            continue;
        }
        let mut next = Vec::new();
        for id in states {
            steps(nfa, id, |from, to, target| {
                set[usize::from(from)..=usize::from(to)].fill(true);
                next.push(target);
            });
        }
        next.sort_unstable();
        next.dedup();
        at = next;
    }
    sets
}

/// The bytes that can stand in a match before its first `anchor`, where every match has the anchor's first byte and, behind
/// it, the rest of the anchor.
pub(super) fn before_anchor(nfa: &NFA, start: StateID, anchor: &[u8]) -> Option<Bytes> {
    let first = *anchor.first()?;
    let mut before = [false; 256];
    let mut seen = vec![false; nfa.states().len()];
    let mut stack = vec![start];
    let mut behind = Vec::new();
    while let Some(id) = stack.pop() {
        let (states, ends) = closure(nfa, &[id]);
        if ends {
            return None;
        }
        for id in states {
            if std::mem::replace(&mut seen[id.as_usize()], true) {
                continue;
            }
            steps(nfa, id, |from, to, target| {
                if (from..=to).contains(&first) {
                    behind.push(target);
                }
                if from != first || to != first {
                    before[usize::from(from)..=usize::from(to)].fill(true);
                    stack.push(target);
                }
            });
        }
    }
    before[usize::from(first)] = false;
    for want in anchor.iter().skip(1) {
        let (states, ends) = closure(nfa, &behind);
        behind.clear();
        let mut only = !ends;
        for id in states {
            steps(nfa, id, |from, to, target| {
                only &= from == *want && to == *want;
                behind.push(target);
            });
        }
        if !only {
            return None;
        }
    }
    Some(before)
}

/// True where no match has more than `most` bytes before its first byte `anchor`.
pub(super) fn is_within(nfa: &NFA, start: StateID, anchor: u8, most: usize) -> bool {
    let mut at = vec![start];
    for _ in 0..=most {
        let mut next = Vec::new();
        for id in closure(nfa, &at).0 {
            steps(nfa, id, |from, to, target| {
                if from != anchor || to != anchor {
                    next.push(target);
                }
            });
        }
        next.sort_unstable();
        next.dedup();
        at = next;
    }
    at.is_empty()
}

/// How many bytes of one pattern are looked at.
const HEAD: usize = 8;

/// What a match of one pattern may begin with.
pub(super) struct Head([Mask; HEAD]);

impl Head {
    /// Of all ways in which a pattern begins.
    pub(super) fn new(ways: &[[Bytes; PLACES]]) -> Self {
        let mut sets = [[0; 4]; HEAD];
        for way in ways {
            for (set, bytes) in sets.iter_mut().zip(way) {
                let more = mask(bytes);
                *set = std::array::from_fn(|i| set[i] | more[i]);
            }
        }
        Self(sets)
    }

    /// True where the bytes at `at` may begin a match.
    #[inline]
    pub(super) fn fits(&self, text: &[u8], at: usize) -> bool {
        let held = |set: &Mask, byte: u8| set[usize::from(byte) / 64] >> (byte % 64) & 1 == 1;
        let rest = text.get(at..).unwrap_or_default();
        // Behind the shortest match anything may stand, nothing too.
        let short = self.0.get(rest.len()).is_some_and(|set| *set != [u64::MAX; 4]);
        !short && self.0.iter().zip(rest).all(|(set, byte)| held(set, *byte))
    }
}

/// Tells which places of a text may begin a match: a sieve for each class of the first byte, so that the buckets hold what is
/// alike.
pub(super) struct Sieve {
    classes: [Class; CLASSES],
    /// Bytes that are no letter or digit and may begin a match.
    pub(super) odd: Vec<u8>,
}

/// The sieve of the patterns that begin with a byte of one class.
type Class = Vec<[u64; 256]>;

/// Lower-case letters, capitals, digits, others.
const CLASSES: usize = 4;

fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

impl Sieve {
    pub(super) fn new(patterns: &[[Bytes; PLACES]]) -> Self {
        let weights = Weights::new();
        let masks: Vec<[Mask; PLACES]> = patterns.iter().map(|sets| sets.each_ref().map(mask)).collect();
        let classes: [Class; CLASSES] = std::array::from_fn(|of| {
            let mut first = [false; 256];
            (0..=255).filter(|b| class(*b) == of).for_each(|b| first[usize::from(b)] = true);
            let first = mask(&first);
            let begin = |sets: &[Mask; PLACES]| {
                let mut sets = *sets;
                sets[0] = std::array::from_fn(|i| sets[0][i] & first[i]);
                (sets[0] != [0; 4]).then_some(sets)
            };
            tables(masks.iter().filter_map(begin), &weights)
        });
        let begins = |b: u8| classes[class(b)][0][usize::from(b)] != 0;
        let odd = (0..=255).filter(|b: &u8| !b.is_ascii_alphanumeric() && begins(*b)).collect();
        Self { classes, odd }
    }

    /// True where the bytes at `at` may begin a match.
    #[inline]
    pub(super) fn passes(&self, bytes: &[u8], at: usize) -> bool {
        let Some(rest) = bytes.get(at..) else { return false };
        let Some(t) = rest.first().and_then(|b| self.classes[class(*b)].first_chunk::<PLACES>()) else { return false };
        if let Some(near) = rest.first_chunk::<PLACES>() {
            let word = |place: usize| t[place][usize::from(near[place])];
            let first = word(0) & word(1) & word(2) & word(3) & word(4) & word(5) & word(6) & word(7);
            return first != 0
                && first & word(8) & word(9) & word(10) & word(11) & word(12) & word(13) & word(14) & word(15) != 0;
        }
        // Near the end only what is there is asked; a shorter match leaves the other places free.
        rest.iter().zip(t.iter()).fold(u64::MAX, |left, (b, table)| left & table[usize::from(*b)]) != 0
    }
}

/// The tables of up to 64 buckets.
fn tables(patterns: impl Iterator<Item = [Mask; PLACES]>, weights: &Weights) -> Class {
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut known = HashSet::new();
    for sets in patterns {
        // Numbers of many kinds begin alike.
        if !known.insert(sets) {
            continue;
        }
        if buckets.len() < 64 {
            buckets.push(Bucket { sets, held: sets.each_ref().map(|set| weights.held(set)) });
            continue;
        }
        let wider = |bucket: &Bucket| bucket.with(&sets, weights).share() - bucket.share();
        let cheapest = buckets.iter_mut().map(|bucket| (wider(bucket), bucket)).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, bucket)) = cheapest {
            *bucket = bucket.with(&sets, weights);
        }
    }
    let mut tables = vec![[0; 256]; PLACES];
    for (bit, bucket) in buckets.iter().enumerate() {
        for (table, set) in tables.iter_mut().zip(&bucket.sets) {
            for (byte, word) in table.iter_mut().enumerate() {
                *word |= (set[byte / 64] >> (byte % 64) & 1) << bit;
            }
        }
    }
    tables
}

/// A set of bytes as bits.
type Mask = [u64; 4];

fn mask(set: &Bytes) -> Mask {
    let mut bits = [0; 4];
    for byte in (0..256).filter(|b| set[*b]) {
        bits[byte / 64] |= 1 << (byte % 64);
    }
    bits
}

/// About how often a byte stands in running text.
fn frequency(byte: u8) -> f64 {
    match byte {
        b' ' => 0.16,
        b'a'..=b'z' => 0.028,
        b'0'..=b'9' => 0.005,
        b'A'..=b'Z' => 0.002,
        _ => 0.0002,
    }
}

/// How often the bytes of a set stand in running text, looked up eight bytes at a time: sets are weighed by the hundred thousand.
struct Weights(Vec<[f64; 256]>);

impl Weights {
    fn new() -> Self {
        let of = |first: u8, bits: usize| (0..8).filter(|bit| bits >> bit & 1 == 1).map(|bit| frequency(first + bit)).sum();
        Self((0..32).map(|at| std::array::from_fn(|bits| of(at * 8, bits))).collect())
    }

    /// How often the bytes of a set stand at a place.
    fn held(&self, set: &Mask) -> f64 {
        if *set == [u64::MAX; 4] {
            return 1.0;
        }
        // Plain loops: this is done a hundred thousand times in builds without optimisation, too.
        let mut sum = 0.0;
        let mut at = 0;
        while at < 32 {
            let word = set[at / 8];
            if word != 0 {
                sum += self.0[at][(word >> (at % 8 * 8) & 0xFF) as usize];
            }
            at += 1;
        }
        sum
    }
}

/// Patterns that share a bit.
#[derive(Clone, Copy)]
struct Bucket {
    sets: [Mask; PLACES],
    /// How often the bytes of each set stand at their place.
    held: [f64; PLACES],
}

impl Bucket {
    /// The share of places in running text that pass.
    fn share(&self) -> f64 {
        self.held.iter().product()
    }

    fn with(&self, more: &[Mask; PLACES], weights: &Weights) -> Self {
        let mut wider = *self;
        for ((set, held), more) in wider.sets.iter_mut().zip(&mut wider.held).zip(more) {
            let united: Mask = [set[0] | more[0], set[1] | more[1], set[2] | more[2], set[3] | more[3]];
            if united != *set {
                *held = weights.held(&united);
                *set = united;
            }
        }
        wider
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nfa(pattern: &str) -> NFA {
        NFA::compiler().build(pattern).unwrap()
    }

    #[test]
    fn places_follow_the_pattern_and_open_behind_it() {
        let nfa = nfa("ab?[0-9]{2}");
        let sets = places(&nfa, nfa.start_anchored()).remove(0);
        let held = |p: usize| (0..=255u8).filter(|b| sets[p][usize::from(*b)]).map(char::from).collect::<String>();
        assert_eq!(held(0), "a");
        assert_eq!(held(1), "0123456789b");
        assert_eq!(held(2), "0123456789");
        assert_eq!(sets[3].iter().filter(|b| **b).count(), 256, "the shortest match has three bytes");
    }

    #[test]
    fn anchors_must_be_in_every_match() {
        let table = [
            ("[a-z]+@x", "@", true),
            ("[a-z@]+@x", "@", true),
            ("[a-z:]+://x", "://", false),
            ("[a-z]+(?:@x|-y)", "@", false),
            ("[a-z]+://x", "://", true),
            ("[a-z]+:/?/x", "://", false),
        ];
        for (pattern, anchor, fits) in table {
            let nfa = nfa(pattern);
            assert_eq!(before_anchor(&nfa, nfa.start_anchored(), anchor.as_bytes()).is_some(), fits, "{pattern} {anchor}");
        }
    }

    #[test]
    fn bytes_before_an_anchor_are_counted() {
        for (pattern, within) in [("[a-z]{1,8}@x", true), ("[a-z]{1,9}@x", false), ("[a-z]+@x", false), ("[a-z@]{1,8}@x", true)] {
            let nfa = nfa(pattern);
            assert_eq!(is_within(&nfa, nfa.start_anchored(), b'@', 8), within, "{pattern}");
        }
    }

    #[test]
    fn sieve_passes_every_start_even_with_more_patterns_than_buckets() {
        let words: Vec<String> = (0..200).map(|i| format!("k{i:03}x[0-9]+")).collect();
        let sets: Vec<_> = words.iter().map(|w| nfa(w)).flat_map(|n| places(&n, n.start_anchored())).collect();
        let sieve = Sieve::new(&sets);
        for i in 0..200 {
            let text = format!("k{i:03}x1");
            assert!(sieve.passes(text.as_bytes(), 0), "{text}");
        }
        assert!(!sieve.passes(b"hello world", 0));
        assert!(!sieve.passes(b"k12", 1));
    }
}
