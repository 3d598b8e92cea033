//! The words of a text, as tests of poisoning count them.

/// Longest token in bytes: what is longer is cut into pieces, so that no text without spaces costs more than its bytes.
const LONGEST: usize = 64;

/// Calls `each` with the tokens of a text: runs of letters and digits with the marks that belong to them, and runs of other
/// characters that are no white space. Case is left as it is.
pub fn tokens<'t>(text: &'t str, mut each: impl FnMut(&'t str)) {
    let mut start = 0;
    let mut last = Kind::Space;
    for (at, c) in text.char_indices() {
        let kind = Kind::of(c, last);
        if kind != last || at - start >= LONGEST {
            if last != Kind::Space {
                each(text.get(start..at).unwrap_or_default());
            }
            start = at;
        }
        last = kind;
    }
    if last != Kind::Space {
        each(text.get(start..).unwrap_or_default());
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
            tokens(text, |token| got.push(token));
            assert_eq!(got, want, "{why}");
        }
        let mut longest = 0;
        tokens(&"x".repeat(1000), |token| longest = longest.max(token.len()));
        assert_eq!(longest, LONGEST);
    }
}
