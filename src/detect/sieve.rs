//! A sieve that few places of a text pass: those where the first bytes of a match may stand.
//!
//! Each pattern gives sets of bytes for its first sixteen places: words end early, long tokens do not. Places are told apart by
//! the token that begins there, its first byte and its length. The patterns that begin with such a token share up to 64 buckets
//! in a table of sixteen words a byte; a place passes where the words that its bytes select have a common bit.

#![expect(clippy::indexing_slicing, reason = "tables have an entry a byte and a place; measured hot loop")]

use super::prefix::{ALL, Mask, NONE, Walk, common, fill, holds, places, united};
use std::ops::Range;

/// How many places are looked at: half of them at once, the others where the first half passes.
const PLACES: usize = 16;

/// What stands at the first places.
type Sets = [Mask; PLACES];

/// Tokens of so many letters and digits and more are one class.
const LONG: usize = 9;

/// Classes of places: what is no token; tokens that begin with a small letter, a capital, a digit, by their length.
const CLASSES: usize = 1 + 3 * LONG;

/// By byte: the number of the first class of tokens that begin with it, less one.
const CLASS: [u8; 256] = {
    let mut of = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        of[byte] = match byte as u8 {
            b'A'..=b'Z' => LONG as u8,
            b'0'..=b'9' => 2 * LONG as u8,
            _ => 0,
        };
        byte += 1;
    }
    of
};

/// The places where a match begins with tokens of one class: the sets of its first bytes, and where its ways are told apart.
fn lead(first: &Mask, length: usize, forks: Range<usize>) -> (Vec<Mask>, Range<usize>) {
    let mut word = NONE;
    [(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')].iter().for_each(|(from, to)| fill(&mut word, *from, *to));
    let mut lead = vec![word; length.max(1)];
    lead[0] = *first;
    if (1..LONG).contains(&length) {
        lead.push(word.map(|bits| !bits));
    }
    (lead, forks)
}

/// Tells which places of a text may begin a match.
pub(super) struct Sieve {
    /// By class and byte: what passes with that byte at each place. Text has few bytes, whose words lie together.
    classes: Vec<[[u64; PLACES]; 256]>,
    /// Bytes that are no letter or digit and may begin a match.
    pub(super) odd: Vec<u8>,
}

impl Sieve {
    /// Of the patterns that are walked.
    pub(super) fn new(walks: &mut [Walk<'_>]) -> Self {
        let range = |from, to| {
            let mut set = NONE;
            fill(&mut set, from, to);
            set
        };
        let tokens = [range(b'a', b'z'), range(b'A', b'Z'), range(b'0', b'9')];
        let others = tokens.iter().fold(NONE, |all, set| united(&all, set)).map(|bits| !bits);
        let mut classes = Vec::with_capacity(CLASSES);
        for (first, lengths) in [(others, 0..1)].into_iter().chain(tokens.map(|first| (first, 1..LONG + 1))) {
            let begins = |walk: &mut Walk<'_>| !places::<1>(walk, &[first], &(0..0)).is_empty();
            let mut walks: Vec<_> = walks.iter_mut().filter_map(|walk| begins(walk).then_some(walk)).collect();
            for length in lengths {
                // What tells words apart are their letters, what tells numbers apart stands behind them.
                let forks = if first == tokens[2] { length..length + 3 } else { 0..2 };
                let (lead, forks) = lead(&first, length, forks);
                classes.push(tables(walks.iter_mut().flat_map(|walk| places(walk, &lead, &forks)).map(|way| way.sets)));
            }
        }
        let begins = |b: u8| classes[0][usize::from(b)][0] != 0;
        let odd = (0..=255).filter(|b: &u8| !b.is_ascii_alphanumeric() && begins(*b)).collect();
        Self { classes, odd }
    }

    /// True where `rest` may begin with a match; `token` letters and digits stand there first.
    #[inline]
    pub(super) fn passes(&self, rest: &[u8], token: usize) -> bool {
        let Some(first) = rest.first() else { return false };
        let Some(t) = self.classes.get(usize::from(CLASS[usize::from(*first)]) + token.min(LONG)) else { return false };
        if let Some(near) = rest.first_chunk::<PLACES>() {
            let word = |place: usize| t[usize::from(near[place])][place];
            let half = |from: usize| (from + 1..from + 8).fold(word(from), |all, place| all & word(place));
            // Of the places of a text few pass the first half: that is foreseen well.
            let first = half(0);
            return first != 0 && first & half(8) != 0;
        }
        // Near the end only what is there is asked; a shorter match leaves the other places free.
        rest.iter().enumerate().fold(u64::MAX, |left, (place, b)| left & t[usize::from(*b)][place]) != 0
    }
}

/// How many letters and digits a text begins with, as far as the sieve asks.
#[inline]
pub(super) fn token(rest: &[u8]) -> usize {
    rest.iter().take(LONG).take_while(|b| b.is_ascii_alphanumeric()).count()
}

/// The tables of up to 64 buckets.
fn tables(patterns: impl Iterator<Item = Sets>) -> [[u64; PLACES]; 256] {
    let mut patterns: Vec<Bucket> = patterns.map(|sets| Bucket { sets, held: sets.each_ref().map(held) }).collect();
    // The widest first: what they hold costs nothing more, and numbers of many kinds begin alike.
    patterns.sort_by(|a, b| b.share().total_cmp(&a.share()));
    let mut buckets: Vec<Bucket> = Vec::new();
    for pattern in patterns {
        if buckets.iter().any(|bucket| bucket.holds(&pattern.sets)) {
            continue;
        }
        if buckets.len() < 64 {
            buckets.push(pattern);
            continue;
        }
        let cheapest = buckets.iter_mut().map(|bucket| (bucket.wider(&pattern.sets) - bucket.share(), bucket));
        if let Some((_, bucket)) = cheapest.min_by(|a, b| a.0.total_cmp(&b.0)) {
            bucket.add(&pattern.sets);
        }
    }
    let mut tables = [[0; PLACES]; 256];
    for (bit, bucket) in buckets.iter().enumerate() {
        for (byte, words) in tables.iter_mut().enumerate() {
            for (word, set) in words.iter_mut().zip(&bucket.sets) {
                *word |= u64::from(holds(set, byte as u8)) << bit;
            }
        }
    }
    tables
}

/// About how often the bytes of a set stand at a place of running text.
fn held(set: &Mask) -> f64 {
    const SPACE: u64 = 1 << b' ';
    const DIGIT: u64 = 0x3FF << b'0';
    const UPPER: u64 = 0x3FF_FFFF << (b'A' - 64);
    const LOWER: u64 = 0x3FF_FFFF << (b'a' - 64);
    if *set == ALL {
        return 1.0;
    }
    let share = |word: u64, each: f64| f64::from(word.count_ones()) * each;
    let ascii =
        share(set[0] & SPACE, 0.16) + share(set[0] & DIGIT, 0.005) + share(set[1] & UPPER, 0.002) + share(set[1] & LOWER, 0.028);
    let others = [set[0] & !(SPACE | DIGIT), set[1] & !(UPPER | LOWER), set[2], set[3]];
    ascii + others.map(|word| share(word, 0.0002)).iter().sum::<f64>()
}

/// Patterns that share a bit.
struct Bucket {
    sets: Sets,
    /// How often the bytes of each set stand at their place.
    held: [f64; PLACES],
}

impl Bucket {
    /// The share of places in running text that pass.
    fn share(&self) -> f64 {
        self.held.iter().product()
    }

    /// True where everything that passes with the sets passes here.
    fn holds(&self, sets: &Sets) -> bool {
        self.sets.iter().zip(sets).all(|(all, some)| common(all, some) == *some)
    }

    /// The same with one more pattern.
    fn wider(&self, more: &Sets) -> f64 {
        let with = |((set, alone), more): ((&Mask, &f64), &Mask)| {
            if common(set, more) == *more { *alone } else { held(&united(set, more)) }
        };
        self.sets.iter().zip(&self.held).zip(more).map(with).product()
    }

    fn add(&mut self, more: &Sets) {
        for ((set, held_now), more) in self.sets.iter_mut().zip(&mut self.held).zip(more) {
            *set = united(set, more);
            *held_now = held(set);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_automata::nfa::thompson::NFA;

    fn sieve(patterns: &[String]) -> Sieve {
        let nfas: Vec<NFA> = patterns.iter().map(|p| NFA::compiler().build(p).unwrap()).collect();
        Sieve::new(&mut nfas.iter().map(Walk::new).collect::<Vec<_>>())
    }

    fn passes(sieve: &Sieve, text: &str) -> bool {
        sieve.passes(text.as_bytes(), token(text.as_bytes()))
    }

    #[test]
    fn every_start_passes_even_with_more_patterns_than_buckets() {
        let words: Vec<String> = (0..200).map(|i| format!("k{i:03}x[0-9]+")).collect();
        let sieve = sieve(&words);
        for i in 0..200 {
            assert!(passes(&sieve, &format!("k{i:03}x1")), "{i}");
        }
        assert!(!passes(&sieve, "hello world"));
        assert!(!passes(&sieve, "12"));
    }

    #[test]
    fn tokens_are_told_by_their_length_and_by_what_stands_behind_them() {
        let patterns =
            ["[0-9]{2} (?:may|june)", "[0-9]{7}", "[A-Z0-9]{3}", "[0-9]{1,6}-x", "(?:dear|hi) [A-Z][a-z]+", r"\+[0-9]{3}"];
        let sieve = sieve(&patterns.map(|p| format!(r"(?:{p})(?-u:\b{{start-half}}|\b{{end-half}})")));
        for (text, want, why) in [
            ("12 may 2020, the day", true, "a date"),
            ("12 jobs were done by", false, "no month begins so"),
            ("1 may 2020 was a day", false, "one digit"),
            ("1234567", true, "seven digits, and the end"),
            ("1234567 was the number", true, "behind the shortest match anything stands"),
            ("123456 was the number", false, "six digits"),
            ("123 was the number of", true, "three"),
            ("12345678901 was the no", false, "too long"),
            ("12 A", false, "two"),
            ("1A2", true, "a digit and others"),
            ("1A2B", false, "more than three"),
            ("1-x", true, "a short number"),
            ("123456-x", true, "a long number"),
            ("12", true, "what is not there is not asked"),
            ("dear Ann, this is all", true, "a word"),
            ("hear Ann, this is all", false, "another"),
            ("dearest Ann, this is i", false, "a longer one"),
            ("+123 was the number of", true, "no token"),
            ("+12", true, "no token, near the end"),
            ("", false, "nothing"),
        ] {
            assert_eq!(passes(&sieve, text), want, "{text}: {why}");
        }
    }
}
