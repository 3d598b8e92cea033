//! The words of a text, as tests of poisoning count them.

/// Longest token in bytes: what is longer is cut into pieces, so that no text without spaces costs more than its bytes.
const LONGEST: usize = 64;

/// Calls `each` with the tokens of a text: runs of letters and digits with the marks that belong to them, and runs of other
/// characters that are no white space. Case is left as it is.
pub fn tokens<'t>(text: &'t str, each: impl FnMut(&'t str)) {
    if text.is_ascii() {
        let kind = |byte: u8, last| match ASCII.get(usize::from(byte)) {
            Some(Kind::Sign) if byte == b'\'' && last == Kind::Word => Kind::Word,
            kind => kind.copied().unwrap_or(Kind::Sign),
        };
        cut(text, text.bytes().enumerate(), kind, each);
    } else {
        cut(text, text.char_indices(), Kind::of, each);
    }
}

/// Cuts a text where the kind of its characters changes; the kind of one may depend on that of the one before.
fn cut<'t, C>(
    text: &'t str,
    characters: impl Iterator<Item = (usize, C)>,
    kind_of: impl Fn(C, Kind) -> Kind,
    mut each: impl FnMut(&'t str),
) {
    let mut start = 0;
    let mut last = Kind::Space;
    for (at, c) in characters {
        let kind = kind_of(c, last);
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

/// The kinds of the characters of ASCII; an apostrophe behind a word belongs to it.
#[expect(clippy::indexing_slicing, reason = "made when the program is")]
static ASCII: [Kind; 128] = {
    let mut kinds = [Kind::Sign; 128];
    let mut at = 0;
    while at < 128 {
        kinds[at] = match at as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Kind::Word,
            b' ' | b'\t'..=b'\r' => Kind::Space,
            _ => Kind::Sign,
        };
        at += 1;
    }
    kinds
};

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
        let signs: String = (0..128u8).map(char::from).collect();
        for text in [&signs, "it's 'so' x''y\u{b}\u{c}z\u{1c}w", &"x".repeat(200)] {
            // Behind a character that is no ASCII the other way is taken.
            let (mut by_table, mut by_char) = (Vec::new(), Vec::new());
            let other = format!("{text} é");
            tokens(text, |token| by_table.push(token.to_owned()));
            tokens(&other, |token| by_char.push(token.to_owned()));
            assert_eq!(by_char.pop().as_deref(), Some("é"));
            assert_eq!(by_table, by_char);
        }
        let mut longest = 0;
        tokens(&"x".repeat(1000), |token| longest = longest.max(token.len()));
        assert_eq!(longest, LONGEST);
    }
}
