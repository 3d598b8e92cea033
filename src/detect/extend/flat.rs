//! Addresses that are found by their flat: small letters tell nothing of a street, `apt 5` behind one does.

use super::address;
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// How far before the flat its house number may stand, in bytes.
const BEFORE: usize = 120;

/// A house number, up to four words, and perhaps one more number, at the end of a text.
static STREET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let number = r"(?:0[0-9]{3,5}|[1-9][0-9]{0,5})[A-Za-z]?(?:[-/][0-9]{1,4})?";
    let word = r" [A-Za-z\xC3-\xD1][A-Za-z'\x80-\xF4-]{1,18}\.?";
    Regex::new(&format!(r"(?-u)(?:\A|[^A-Za-z0-9_])({number}(?:{word}){{1,4}}( [0-9]{{1,5}}[A-Za-z]?)?[,\s]{{1,6}})\z")).ok()
});

/// All of an address around its flat at `found`; nothing where no street stands before it. A suite is one only behind a number.
pub(super) fn flat(text: &[u8], found: Range<usize>) -> Option<Range<usize>> {
    let head = text.get(..found.start)?;
    let from = head.len().saturating_sub(BEFORE);
    let groups = STREET.as_ref()?.captures(head.get(from..)?)?;
    let suite = text.get(found.start).is_some_and(|b| b.eq_ignore_ascii_case(&b's'));
    if suite && groups.get(2).is_none() {
        return None;
    }
    address(text, from + groups.get(1)?.start()..found.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_tells_of_the_street_before_it() {
        for (given, want, why) in [
            ("at 28245 puruntie 82 «apt. 595», ok", Some("28245 puruntie 82 apt. 595"), "small letters"),
            ("12 main st, «apartment 5b»", Some("12 main st, apartment 5b"), "a comma between"),
            ("in 12 jobs «apt 5», lyon, france", Some("12 jobs apt 5, lyon, france"), "up to a country"),
            ("12 main st 7 «suite 5»", Some("12 main st 7 suite 5"), "a suite behind a number"),
            ("12 main st «suite 5»", None, "a suite behind words"),
            ("the «apt 5»", None, "no number"),
            ("x12 main st «apt 5»", None, "a number within a word"),
            ("12 one two three four five «apt 5»", None, "too many words"),
            ("page 12 main points «apt 5»", None, "the number of a page"),
        ] {
            let start = given.find('«').unwrap();
            let text = given.replace(['«', '»'], "");
            let end = given.find('»').unwrap() - '«'.len_utf8();
            assert_eq!(flat(text.as_bytes(), start..end).and_then(|got| text.get(got)), want, "{why}");
        }
    }
}
