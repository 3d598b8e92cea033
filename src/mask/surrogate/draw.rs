//! Choices that look random and hang on a key, a kind and a value alone.

use crate::mask::Key;
use sha2::{Digest as _, Sha256};

/// A stream of choices.
pub(super) struct Draw {
    seed: Sha256,
    block: [u8; 32],
    used: usize,
    blocks: u64,
}

/// What is drawn for, to begin a stream of its own for each attempt.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    key: &'a Key,
    /// Attempts that came to nothing.
    pub attempt: u32,
}

impl<'a> Source<'a> {
    pub fn new(key: &'a Key) -> Self {
        Self { key, attempt: 0 }
    }

    /// The choices for a value of a kind.
    pub fn draw(&self, kind: &str, value: &str) -> Draw {
        let seed = self.key.tag("surrogate", kind, value.as_bytes());
        Draw::new(&seed, self.attempt)
    }
}

impl Draw {
    /// The choices of one attempt under a seed.
    pub fn new(seed: &[u8; 32], attempt: u32) -> Self {
        let seed = Sha256::new().chain_update(seed).chain_update(attempt.to_le_bytes());
        Self { seed, block: [0; 32], used: 32, blocks: 0 }
    }

    fn number(&mut self) -> u32 {
        if self.used >= self.block.len() {
            self.block = self.seed.clone().chain_update(self.blocks.to_le_bytes()).finalize().into();
            self.blocks += 1;
            self.used = 0;
        }
        let number = self.block.iter().skip(self.used).take(4).fold(0, |n, b| n << 8 | u32::from(*b));
        self.used += 4;
        number
    }

    /// A number below `bound`, nought where there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        // A product of 32 bits each: its upper half is spread evenly enough for lists of hundreds.
        ((u64::from(self.number()) * bound as u64) >> 32) as usize
    }

    /// A digit.
    pub fn digit(&mut self) -> u8 {
        b'0' + self.below(10) as u8
    }

    /// One of a list; nothing of an empty one.
    pub fn of<'l, T: ?Sized>(&mut self, list: &'l [&'l T]) -> Option<&'l T> {
        list.get(self.below(list.len())).copied()
    }

    /// Another sign of the same class: a digit for a digit, a letter for a letter, in its case; what is neither stays.
    pub fn like(&mut self, sign: char) -> char {
        let letter = |first: u8, at: usize| char::from(first + at as u8);
        match sign {
            c if c.is_numeric() => char::from(self.digit()),
            c if c.is_uppercase() => letter(b'A', self.below(26)),
            c if c.is_alphabetic() => letter(b'a', self.below(26)),
            c => c,
        }
    }

    /// A text with the signs of a pattern, `#` a digit.
    pub fn filled(&mut self, pattern: &str) -> Vec<u8> {
        pattern.bytes().map(|b| if b == b'#' { self.digit() } else { b }).collect()
    }
}
