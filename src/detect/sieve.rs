//! A sieve that few places of a text pass: those where the first bytes of a match may stand.
//!
//! Each pattern gives sets of bytes for its first twelve places: words end early, long tokens do not. Places are told apart by
//! the token that begins there, its first byte and its length. The patterns that begin with such a token share up to 64 buckets
//! in a table of a word for each place and byte; a place passes where the words that its bytes select have a common bit.

#![expect(clippy::indexing_slicing, reason = "tables have an entry a byte and a place; measured hot loop")]

use super::prefix::{ALL, Mask, NONE, Walk, common, holds, places, set, united};

/// How many places are looked at: [`FIRST`] at once, the others where those pass.
const PLACES: usize = 12;

/// See [`PLACES`].
const FIRST: usize = 8;

/// What stands at the first places.
type Sets = [Mask; PLACES];

/// Tokens of so many bytes and more are one class.
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

/// What matches begin with that begin with a token of `length` bytes: its first byte, the others, and what ends it.
fn lead(first: Mask, others: Mask, length: usize) -> Vec<Mask> {
    let mut lead = vec![others; length.max(1)];
    lead[0] = first;
    if (1..LONG).contains(&length) {
        lead.push(others.map(|bits| !bits));
    }
    lead
}

/// By place and byte: the buckets that go on.
type Table = [[u64; 256]; PLACES];

/// Tells which places of a text may begin a match.
pub(super) struct Sieve {
    /// By class: what passes with each byte at each place. A place's letters lie together, and its row is a fixed offset.
    tables: Vec<Table>,
    /// Bytes that are no letter or digit and may begin a match.
    pub(super) odd: Vec<u8>,
}

impl Sieve {
    /// Of the patterns that are walked.
    pub(super) fn new(walks: &mut [Walk<'_>]) -> Self {
        let (small, capital, digit) = (set(&[(b'a', b'z')]), set(&[(b'A', b'Z')]), set(&[(b'0', b'9')]));
        let word = united(&united(&small, &capital), &digit);
        // First bytes of tokens, the bytes that follow, the lengths that are told apart.
        let kinds = [
            (word.map(|bits| !bits), NONE, 0..1),
            (small, word, 1..LONG + 1),
            (capital, word, 1..LONG + 1),
            (digit, digit, 1..LONG + 1),
        ];
        let mut tables = Vec::with_capacity(CLASSES);
        for (first, others, lengths) in kinds {
            let begins = |walk: &mut Walk<'_>| !places::<1>(walk, &[first], &(0..0)).is_empty();
            let mut walks: Vec<_> = walks.iter_mut().filter_map(|walk| begins(walk).then_some(walk)).collect();
            for length in lengths {
                // What tells words apart are their letters, what tells numbers apart stands behind them.
                let forks = if others == digit { length..length + 3 } else { 0..2 };
                let lead = lead(first, others, length);
                let buckets = buckets(walks.iter_mut().flat_map(|walk| places(walk, &lead, &forks)).map(|way| way.sets));
                let word = |place: usize, byte: u8| {
                    let bits = buckets.iter().enumerate().map(|(bit, bucket)| u64::from(holds(&bucket.sets[place], byte)) << bit);
                    bits.fold(0, |word, bit| word | bit)
                };
                tables.push(std::array::from_fn(|place| std::array::from_fn(|byte| word(place, byte as u8))));
            }
        }
        let begins = |b: u8| tables.first().is_some_and(|table: &Table| table[0][usize::from(b)] != 0);
        let odd = (0..=255).filter(|b: &u8| !b.is_ascii_alphanumeric() && begins(*b)).collect();
        Self { tables, odd }
    }

    /// True where `rest` may begin with a match; its token is so long, as [`token`] has it.
    #[expect(clippy::inline_always, reason = "asked at every word of every text; measured")]
    #[inline(always)]
    pub(super) fn passes(&self, rest: &[u8], token: usize) -> bool {
        let Some(first) = rest.first() else { return false };
        let class = usize::from(CLASS[usize::from(*first)]) + token.min(LONG);
        let Some(t) = self.tables.get(class) else { return false };
        if let Some(near) = rest.first_chunk::<PLACES>() {
            let word = |place: usize| t[place][usize::from(near[place])];
            // Of the places of a text few pass the first half: that is foreseen well.
            let first = (1..FIRST).fold(word(0), |all, place| all & word(place));
            return first != 0 && (FIRST..PLACES).fold(first, |all, place| all & word(place)) != 0;
        }
        // Near the end only what is there is asked; a shorter match leaves the other places free.
        rest.iter().take(PLACES).enumerate().fold(u64::MAX, |left, (place, b)| left & t[place][usize::from(*b)]) != 0
    }
}

/// How long the token is that a text begins with, as far as the sieve asks: digits, or letters and digits behind a letter.
#[inline]
pub(super) fn token(rest: &[u8]) -> usize {
    let number = rest.first().is_some_and(u8::is_ascii_digit);
    let goes_on = |b: &&u8| b.is_ascii_digit() || !number && b.is_ascii_alphabetic();
    rest.iter().take(LONG).take_while(goes_on).count()
}

/// The patterns of a class in up to 64 buckets.
fn buckets(patterns: impl Iterator<Item = Sets>) -> Vec<Bucket> {
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
    buckets
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
