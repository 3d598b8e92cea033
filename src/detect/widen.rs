//! Patterns made wider: a digit stands for every digit, a letter for every letter of its case. What matches a pattern matches
//! it widened, and so does every text of the same shape. Automata of them have fewer states.

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, ClassUnicodeRange, Hir, HirKind, Literal, Repetition};

/// Bytes that are taken for the same.
pub(super) type Alike = [(u8, u8)];

/// All digits.
pub(super) const DIGITS: &Alike = &[(b'0', b'9')];

/// All digits, all capitals, all lower-case letters: what has the same shape.
pub(super) const SHAPES: &Alike = &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')];

/// The pattern, widened, without what it captures.
pub(super) fn widened(hir: &Hir, alike: &Alike) -> Hir {
    let widened = |part: &Hir| widened(part, alike);
    let one = |class: &ClassBytes| one(class, alike);
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Literal(Literal(bytes)) => {
            Hir::concat(bytes.iter().map(|b| one(&ClassBytes::new([ClassBytesRange::new(*b, *b)]))).collect())
        }
        HirKind::Class(Class::Bytes(class)) => one(class),
        HirKind::Class(Class::Unicode(class)) => {
            let mut wide = class.clone();
            for (from, to) in alike {
                if class.iter().any(|range| range.start() <= char::from(*to) && range.end() >= char::from(*from)) {
                    wide.push(ClassUnicodeRange::new(char::from(*from), char::from(*to)));
                }
            }
            Hir::class(Class::Unicode(wide))
        }
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            Hir::repetition(Repetition { min: *min, max: *max, greedy: *greedy, sub: Box::new(widened(sub)) })
        }
        HirKind::Capture(Capture { sub, .. }) => widened(sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(widened).collect()),
        HirKind::Alternation(ways) => Hir::alternation(ways.iter().map(widened).collect()),
    }
}

/// One byte of a class, or one that is taken for it.
fn one(class: &ClassBytes, alike: &Alike) -> Hir {
    let mut wide = class.clone();
    for (from, to) in alike {
        if class.iter().any(|range| range.start() <= *to && range.end() >= *from) {
            wide.push(ClassBytesRange::new(*from, *to));
        }
    }
    Hir::class(Class::Bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use proptest::string::bytes_regex;
    use regex_automata::{Anchored, Input, meta};
    use regex_syntax::{ParserBuilder, parse};

    /// On bytes, as packs have it.
    fn read(pattern: &str) -> Hir {
        ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).unwrap()
    }

    fn regex(hir: &Hir) -> meta::Regex {
        meta::Builder::new().configure(meta::Config::new().utf8_empty(false)).build_from_hir(hir).unwrap()
    }

    /// Whether all of a text matches in some way: an alternative that fits less must not hide one that fits all.
    fn fits(hir: &Hir, text: &[u8]) -> bool {
        let all = Hir::concat(vec![hir.clone(), Hir::look(regex_syntax::hir::Look::End)]);
        regex(&all).is_match(Input::new(text).anchored(Anchored::Yes))
    }

    #[test]
    fn what_is_alike_matches_and_nothing_else_does() {
        let table: &[(&str, &Alike, &str, bool, &str)] = &[
            ("a1-B", SHAPES, "z9-Q", true, "a literal of each kind"),
            ("a1-B", SHAPES, "z9_Q", false, "a sign stands for itself"),
            ("a1-B", SHAPES, "Z9-Q", false, "a capital is no small letter"),
            ("a1-B", SHAPES, "99-Q", false, "a digit is no letter"),
            ("a1", DIGITS, "a9", true, "digits alone"),
            ("a1", DIGITS, "b9", false, "letters are as they were"),
            ("a1", &[], "a2", false, "nothing is alike"),
            ("[0-4x]", SHAPES, "9", true, "one end of the digits in a class"),
            ("[5-9x]", SHAPES, "0", true, "the other end"),
            ("[!-0]", SHAPES, "9", true, "a range that ends at the first digit"),
            ("[9-@]", SHAPES, "0", true, "one that begins at the last"),
            ("[!-/:-@\\[-`{-~]", SHAPES, "5", false, "all that stands beside digits and letters"),
            ("[!-/:-@\\[-`{-~]", SHAPES, "M", false, "no capital in it"),
            ("[!-/:-@\\[-`{-~]", SHAPES, "m", false, "no small letter in it"),
            ("[X-c]", SHAPES, "Am", false, "one byte stays one byte"),
            ("[X-c]", SHAPES, "m", true, "a range over both cases, the small ones"),
            ("[X-c]", SHAPES, "A", true, "and the capitals"),
            ("[X-c]", SHAPES, "_", true, "and what lies between"),
            ("1{2,3}", SHAPES, "78", true, "as often as before"),
            ("1{2,3}", SHAPES, "7", false, "less often"),
            ("1{2,3}", SHAPES, "7890", false, "more often"),
            ("(ab)|(?P<n>12)", SHAPES, "90", true, "a group in an alternative"),
            ("(ab)|(?P<n>12)", SHAPES, "a0", false, "alternatives do not mix"),
            ("ab?c", SHAPES, "xy", true, "what may be missing"),
            ("(?-u:\\b)a1(?-u:\\b)", SHAPES, "x9", true, "borders stay"),
            ("a(?-u:\\b)1", SHAPES, "x9", false, "a border where there is none stays, too"),
        ];
        for (pattern, alike, text, matches, why) in table {
            assert_eq!(fits(&widened(&read(pattern), alike), text.as_bytes()), *matches, "{why}: {pattern} {text}");
        }
    }

    #[test]
    fn characters_beyond_ascii_stay_what_they_are() {
        let table: &[(&str, &str, bool, &str)] = &[
            ("[é-ü3]", "7", true, "a digit in a class of characters"),
            ("[é-ü3]", "ö", true, "a character of it"),
            ("[é-ü3]", "à", false, "one outside"),
            ("[é-ü3]", "x", false, "a letter, of which there is none in it"),
            ("[é-üc]", "x", true, "a letter"),
            ("[é-üc]", "X", false, "a capital"),
            ("[/:é]", "5", false, "the signs beside digits"),
            ("[0é]", "9", true, "the first digit"),
            ("[9é]", "0", true, "the last"),
            ("é1", "é2", true, "a literal"),
            ("é1", "è2", false, "another one"),
        ];
        for (pattern, text, matches, why) in table {
            assert_eq!(fits(&widened(&parse(pattern).unwrap(), SHAPES), text.as_bytes()), *matches, "{why}: {pattern} {text}");
        }
    }

    /// Patterns as packs have them; borders are added by the test.
    const PATTERNS: &[&str] = &[
        r"\d{3}-\d{2}-\d{4}",
        r"[1-9]\d{3} ?[A-Z]{2}",
        r"(?i)de[0-9]{4}(?:x|yy)*",
        r"(?:[1-478]|2[AB]) ?\d{2,5}[0-9X]?",
        r"[a-fA-F0-9]{4,8}",
        r"(sk|pk)_(live|test)_[a-z0-9]{6}",
        r"[^0-9]{2}[^a-z]{2}\d+?",
        r"[A-Za-z0-9._%+-]{1,6}@(?:[a-z]{1,3}\.)+com",
        r"[\xC3-\xD6][\x80-\xBF]\d|[!-3]{3}",
        r"A{2,}b*?(?:C|d1?)+",
    ];

    proptest! {
        #[test]
        fn what_matches_and_all_of_its_shape_match_the_pattern_widened(
            (pattern, text) in (0..PATTERNS.len())
                .prop_flat_map(|at| (Just(PATTERNS[at]), bytes_regex(&format!("(?-u:{})", PATTERNS[at])).unwrap())),
            others in proptest::collection::vec(any::<Index>(), 40),
        ) {
            let bordered = format!(r"(?-u:\b{{start-half}}|\b{{end-half}})(?:{pattern})(?-u:\b{{start-half}}|\b{{end-half}})");
            let alike = |alike: &Alike, text: &[u8]| -> Vec<u8> {
                let other = |(b, at): (&u8, &Index)| match alike.iter().find(|(from, to)| (from..=to).contains(&b)) {
                    Some((from, to)) => from + at.index(usize::from(to - from) + 1) as u8,
                    None => *b,
                };
                text.iter().zip(others.iter().cycle()).map(other).collect()
            };
            for pattern in [pattern, &bordered] {
                let hir = read(pattern);
                if !fits(&hir, &text) {
                    // Where no word begins, a border forbids what the pattern allows.
                    prop_assert!(pattern == bordered);
                    continue;
                }
                for by in [&[], DIGITS, SHAPES] {
                    let wide = widened(&hir, by);
                    prop_assert!(fits(&wide, &text), "itself");
                    prop_assert!(fits(&wide, &alike(by, &text)), "{:?}", alike(by, &text));
                }
            }
        }
    }
}
