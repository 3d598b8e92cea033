//! The words of a text, as tests of poisoning count them.

use super::lanes::{Lanes, STEP, between, is, is_digit, is_letter};
use std::ops::Range;

/// Longest token in bytes: what is longer is cut into pieces, so that no text without spaces costs more than its bytes.
const LONGEST: usize = 64;

/// Calls `each` with the place of each token of a text: runs of letters and digits with the marks that belong to them, and runs
/// of other characters that are no white space. Case is left as it is.
pub fn tokens(text: &str, each: impl FnMut(Range<usize>)) {
    if text.is_ascii() { of_ascii(text.as_bytes(), each) } else { by_character(text, each) }
}

/// Cuts where the kind of a character is another than that of the one before.
fn by_character(text: &str, mut each: impl FnMut(Range<usize>)) {
    let mut start = 0;
    let mut last = Kind::Space;
    for (at, c) in text.char_indices() {
        let kind = Kind::of(c, last);
        if kind != last || at - start >= LONGEST {
            if last != Kind::Space {
                each(start..at);
            }
            start = at;
        }
        last = kind;
    }
    if last != Kind::Space {
        each(start..text.len());
    }
}

/// The same of a text without any other character than those of ASCII, 64 bytes at a time.
fn of_ascii(text: &[u8], mut each: impl FnMut(Range<usize>)) {
    let mut run = |from: usize, to: usize| {
        let mut from = from;
        while to - from > LONGEST {
            each(from..from + LONGEST);
            from += LONGEST;
        }
        each(from..to);
    };
    let (mut start, mut in_space) = (0, true);
    let mut last = (0, 1);
    for (step, bytes) in text.chunks(STEP).enumerate() {
        let lanes = Lanes::of(bytes, b' ');
        let spaces = lanes.plane(|b| is(b, b' ') | between(b, b'\t', 4));
        let mut words = lanes.plane(|b| is_digit(b) | is_letter(b));
        // An apostrophe behind a word belongs to it.
        let mut apostrophes = lanes.plane(|b| is(b, b'\''));
        while apostrophes != 0 {
            let bit = apostrophes & apostrophes.wrapping_neg();
            words |= bit & (words << 1 | last.0);
            apostrophes ^= bit;
        }
        let mut changes = (words ^ (words << 1 | last.0)) | (spaces ^ (spaces << 1 | last.1));
        last = (words >> (STEP - 1), spaces >> (STEP - 1));
        while changes != 0 {
            let bit = changes.trailing_zeros() as usize;
            let at = step * STEP + bit;
            if !in_space && at > start {
                run(start, at);
            }
            (start, in_space) = (at, spaces >> bit & 1 == 1);
            changes &= changes - 1;
        }
    }
    if !in_space && text.len() > start {
        run(start, text.len());
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Word,
    Sign,
}

impl Kind {
    fn of(c: char, last: Self) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Self::Word,
            ' ' | '\n' | '\t' | '\r' => Self::Space,
            // Letters are written with them in many tongues: apostrophes, joiners, combining marks.
            '\'' | '’' if last == Self::Word => Self::Word,
            c if c.is_alphanumeric() => Self::Word,
            c if c.is_whitespace() => Self::Space,
            c if c as u32 >= 0x300 && last == Self::Word && !is_sign(c) => Self::Word,
            _ => Self::Sign,
        }
    }
}

/// Punctuation and symbols beyond Latin-1, by block: general punctuation and on to the symbols, CJK punctuation, full-width
/// forms of ASCII signs, pictographs.
fn is_sign(c: char) -> bool {
    matches!(c as u32, 0x2010..=0x2BFF | 0x3001..=0x303F | 0xFF01..=0xFF0F | 0xFF1A..=0xFF20 | 0x1F000..=0x1FAFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_fall_into_words_and_signs() {
        for (text, want, why) in [
            ("Don't stop, it's 10.5!", &["Don't", "stop", ",", "it's", "10", ".", "5", "!"][..], "words, signs and numbers"),
            (" <SUDO> x", &["<", "SUDO", ">", "x"], "signs around a word"),
            ("||| a", &["|||", "a"], "a run of signs"),
            ("नमस्ते दुनिया", &["नमस्ते", "दुनिया"], "vowel signs belong to their word"),
            ("na\u{0301}ïve — ok", &["na\u{0301}ïve", "—", "ok"], "a combining mark, a dash"),
            ("", &[], "nothing"),
        ] {
            let mut got = Vec::new();
            tokens(text, |token| got.push(&text[token]));
            assert_eq!(got, want, "{why}");
        }
        let mut longest = 0;
        tokens(&"x".repeat(1000), |token| longest = longest.max(token.len()));
        assert_eq!(longest, LONGEST);
    }

    proptest! {
        #[test]
        fn texts_of_ascii_fall_as_all_others(text in "([a-c0'’ .,\\x00-\\x7f]|x{1,90}|'{1,9}|\\.{1,70}| {1,70}){0,40}") {
            let ascii: String = text.chars().filter(char::is_ascii).collect();
            let (mut by_chunk, mut by_char) = (Vec::new(), Vec::new());
            of_ascii(ascii.as_bytes(), |token| by_chunk.push(token));
            by_character(&ascii, |token| by_char.push(token));
            prop_assert_eq!(by_chunk, by_char);
        }
    }
}
