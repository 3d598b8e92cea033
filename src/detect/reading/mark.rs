//! Whether a text may have a reading besides itself: cheap, and wrong in one direction only.

use super::fold::is_control;
use super::runs;
use super::spell;
use super::split;
use crate::detect::escaped::escape;
use crate::text::lanes::{Lanes, STEP, between, is, is_digit, is_letter};
use wide::u8x16;

/// Whether four bytes begin with a word of three letters that may be part of a mark: a dot between words, a digit.
fn is_short(bytes: [u8; 4]) -> bool {
    const fn word(letters: [u8; 3]) -> u32 {
        u32::from_le_bytes([letters[0], letters[1], letters[2], 0])
    }
    const WORDS: [u32; 4] = [word(*b"dot"), word(*b"one"), word(*b"two"), word(*b"six")];
    let small = (u32::from_le_bytes(bytes) | 0x0020_2020) & 0x00FF_FFFF;
    WORDS.iter().fold(false, |any, word| any | (small == *word))
}

/// Where the first mark at `from` or behind it may begin: not before the answer.
pub(super) fn next(bytes: &[u8], from: usize) -> usize {
    if from >= bytes.len() {
        return usize::MAX;
    }
    let planes = |at: usize| Planes::of(bytes.get(at..).unwrap_or_default());
    // Before the first byte anything may stand.
    let (mut at, mut now, mut digit_before) = (from, planes(from), 1);
    loop {
        let then = planes(at + STEP);
        if let Some(mark) = now.first(&then, digit_before, bytes, at) {
            return mark;
        }
        at += STEP;
        if at >= bytes.len() {
            return usize::MAX;
        }
        digit_before = now.digits >> (STEP - 1);
        now = then;
    }
}

/// Some bytes by what they are, a bit each. Behind the end of the text stand line ends.
struct Planes {
    digits: u64,
    words: u64,
    /// What may be in a run, and more.
    unbroken: u64,
    signs: u64,
    /// Line ends and tabs.
    breaks: u64,
}

impl Planes {
    fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self { digits: 0, words: 0, unbroken: 0, signs: 0, breaks: 0 };
        }
        let lanes = Lanes::of(bytes, b'\n');
        let digits = lanes.plane(is_digit);
        let words = digits | lanes.plane(is_letter);
        let unbroken = lanes.plane(|b| b.max(u8x16::splat(b'+')).simd_eq(b));
        // Most text is words, spaces, commas and full stops, which are none of the signs.
        let common = words | lanes.plane(|b| is(b, b' ') | between(b, b',', 2));
        if common == u64::MAX {
            return Self { digits, words, unbroken, signs: 0, breaks: 0 };
        }
        let breaks = lanes.plane(|b| between(b, b'\t', 1) | is(b, b'\r'));
        let signs = lanes.plane(|b| {
            let code = between(b, b'%', 1) | is(b, b'(') | is(b, b'+') | between(b, b'<', 1) | is(b, b'@');
            // `[` and `{`, `\` and `|` differ in one bit.
            let open = between(b | u8x16::splat(0x20), b'{', 1);
            // From DEL on and, around the end of bytes, up to the last control.
            code | open | between(b, 0x7F, 0xA0)
        });
        Self { digits, words, unbroken, signs: signs & !breaks, breaks }
    }

    /// The first mark in these bytes, which stand at `at`, before `then`.
    fn first(&self, then: &Self, digit_before: u64, bytes: &[u8], at: usize) -> Option<usize> {
        let ahead = |now: u64, then: u64, by: u32| now >> by | then << (u64::BITS - by);
        let digits = |by: u32| ahead(self.digits, then.digits, by);
        let words = |by: u32| ahead(self.words, then.words, by);
        let (others, letters) = (!self.words, self.words & !self.digits);
        let letter_next = words(1) & !digits(1);
        let like = self.digits & letter_next | letters & digits(1);
        let parted = others & digits(1) & (self.digits << 1 | digit_before);
        let spaced = others & !words(2) & !words(4) & !words(6);
        let breaks = |by: u32| ahead(self.breaks, then.breaks, by);
        let over = !words(1) & !words(2) & (breaks(1) | breaks(2)) & digits(3);
        let broken = self.digits & (breaks(1) & digits(2) | over);
        let mut places = self.signs | spaced | like | parted | broken;
        let mut short = others & words(1) & words(2) & words(3) & !words(4);
        let mut first: Option<usize> = None;
        while places != 0 && first.is_none() {
            let place = at + places.trailing_zeros() as usize;
            places &= places - 1;
            first = stands(bytes, place).then_some(place);
        }
        while short != 0 {
            let place = at + short.trailing_zeros() as usize;
            short &= short - 1;
            // At the end of the text no word follows such a one.
            let word = bytes.get(place + 1..).and_then(|rest| rest.first_chunk());
            if word.is_some_and(|word| is_short(*word)) && stands(bytes, place) {
                first = Some(first.map_or(place, |first| first.min(place)));
                break;
            }
        }
        let sixteen = |now: u64, then: u64| {
            let run = u128::from(now) | u128::from(then) << u64::BITS;
            let pairs = run & run >> 1;
            let fours = pairs & pairs >> 2;
            let eights = fours & fours >> 4;
            (eights & fours >> 8) as u64
        };
        let mut long = sixteen(self.unbroken, then.unbroken);
        if long != 0 {
            let runs = |at: usize| Lanes::of(bytes.get(at..).unwrap_or_default(), b'\n').plane(is_run);
            long = sixteen(runs(at), runs(at + STEP));
        }
        while long != 0 {
            let from = long.trailing_zeros();
            let place = at + from as usize;
            if is_telling(around(bytes, place)) {
                return Some(first.map_or(place, |first| first.min(place)));
            }
            // The rest of the run says the same.
            let end = from + (long >> from).trailing_ones();
            long &= u64::MAX.checked_shl(end).unwrap_or(0);
        }
        first
    }
}

/// As [`runs::is_run`].
fn is_run(b: u8x16) -> u8x16 {
    is_digit(b) | is_letter(b) | is(b, b'+') | is(b, b'/') | is(b, b'-') | is(b, b'_')
}

/// The run that a place lies in, as far as it is looked at.
fn around(bytes: &[u8], place: usize) -> &[u8] {
    let before = bytes.get(place.saturating_sub(LONGEST)..place).unwrap_or_default();
    let start = place - before.iter().rev().take_while(|b| runs::is_run(**b)).count();
    let behind = bytes.get(place..bytes.len().min(place + LONGEST)).unwrap_or_default();
    let end = place + behind.iter().take_while(|b| runs::is_run(**b)).count();
    bytes.get(start..end).unwrap_or_default()
}

/// Runs beyond this length are looked at in pieces.
const LONGEST: usize = 128;

/// Whether a run may be encoded: base64 of text has letters of both cases, and so many hexadecimal digits begin with text.
fn is_telling(run: &[u8]) -> bool {
    if run.len() < runs::BASE64 {
        return false;
    }
    let (mut upper, mut lower) = (false, false);
    for b in run {
        upper |= b.is_ascii_uppercase();
        lower |= b.is_ascii_lowercase();
    }
    upper && lower || run.split(|b| !b.is_ascii_alphanumeric()).any(runs::begins_as_hex)
}

/// What the shape of a text says of its readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) enum Reads {
    /// There is none but the text.
    #[default]
    Never,
    /// With digits for letters, at most.
    AsDigits,
    /// There may be any.
    Perhaps,
}

/// Whether a text may have another reading.
pub(super) fn maybe(text: &[u8]) -> bool {
    next(text, 0) != usize::MAX
}

/// Whether a mark stands at a place: anything but a run.
fn stands(text: &[u8], at: usize) -> bool {
    let Some(byte) = text.get(at) else { return false };
    let behind = || text.get(at + 1..).unwrap_or_default();
    let here = match byte {
        0xC3 => behind().first().is_some_and(|b| matches!(b, 0x97 | 0xB7)),
        0x80..=0xBF => at.checked_sub(1).and_then(|i| text.get(i)) != Some(&0xC3),
        0xC0.. => true,
        b'%' => matches!(behind(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() || matches!(a, b'u' | b'U')),
        b'&' => matches!(behind(), [a, ..] if *a == b'#' || a.is_ascii_alphabetic()),
        b'=' => {
            matches!(behind(), [b'\r' | b'\n', ..])
                || matches!(behind(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
        }
        b'+' => behind().first() == Some(&b'A'),
        b'\\' => escape(text.get(at..).unwrap_or_default()).is_some(),
        b'[' | b'(' | b'{' | b'<' => {
            let word = behind().trim_ascii_start();
            matches!(word, [b'a' | b'A' | b'd' | b'D' | b'@' | b'.' | b'p' | b'P', ..])
        }
        b' ' if behind().get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"dot ")) => true,
        b' ' if split::is_worded_at(text, at) => true,
        b'@' => split::is_parted_at(text, at),
        b'0'..=b'9' if split::is_broken_at(text, at) => true,
        b'|' => at.checked_sub(1).is_some_and(|before| like(text, before)),
        b'/' | b'.' | b'_' => spell::is_parted(text, at),
        b if is_control(*b) => true,
        _ => false,
    };
    here || spaced(text, at) || like(text, at)
}

/// Whether some text of that shape (`0` a digit, `a` and `A` letters) may have another reading.
pub(in crate::detect) fn shape_may(shape: &[u8]) -> Reads {
    let signs = shape.iter().enumerate().any(|(at, byte)| {
        let behind = || shape.get(at + 1..).unwrap_or_default();
        match byte {
            b'%' | b'&' | b'=' => behind().first().is_some_and(|b| b.is_ascii_alphanumeric() || b"#\r\n".contains(b)),
            b'+' => behind().first() == Some(&b'A'),
            b'\\' => true,
            b'@' => split::is_parted_at(shape, at),
            b'0' => split::is_broken_at(shape, at),
            b'[' | b'(' | b'{' | b'<' => {
                matches!(behind().trim_ascii_start(), [b'a' | b'A' | b'@' | b'.', ..])
            }
            b' ' => behind()
                .get(..4)
                .is_some_and(|word| matches!(word, [a, b, c, b' '] if [a, b, c].iter().all(|l| l.is_ascii_alphabetic()))),
            _ => false,
        }
    });
    let near = |at: usize| spaced(shape, at) || spell::is_parted(shape, at);
    let run = |run: &[u8]| {
        let both = run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase);
        run.len() >= runs::BASE64 && (both || run.split(|b| !b.is_ascii_alphanumeric()).any(|part| part.len() >= runs::HEX))
    };
    if signs || (0..shape.len()).any(near) || shape.split(|b| !runs::is_run(*b)).any(run) {
        Reads::Perhaps
    } else if (0..shape.len()).any(|at| spell::may_be_like(shape, at)) {
        Reads::AsDigits
    } else {
        Reads::Never
    }
}

/// Whether a text has a letter beside a digit that it looks like, in what may be a number.
pub(super) fn may_be_digits(text: &[u8]) -> bool {
    let is_like = |b: u8| matches!(b, b'l' | b'I' | b'|') || b | 0x20 == b'o';
    let beside = |(a, b): (&u8, &u8)| a.is_ascii_digit() & is_like(*b) | is_like(*a) & b.is_ascii_digit();
    // Asked of many texts, few of which have one.
    let any = text.iter().zip(text.iter().skip(1)).fold(false, |any, pair| any | beside(pair));
    any && (0..text.len()).any(|at| like(text, at))
}

fn spaced(text: &[u8], at: usize) -> bool {
    let [a, b, c, _, d, _, e, ..] = text.get(at..).unwrap_or_default() else { return false };
    a == c && a == d && a == e && a != b && !a.is_ascii_alphanumeric()
}

fn like(text: &[u8], at: usize) -> bool {
    let [a, b, ..] = text.get(at..).unwrap_or_default() else { return false };
    let like = |b: &u8| matches!(b, b'l' | b'I' | b'o' | b'O' | b'|');
    (a.is_ascii_digit() && like(b) || like(a) && b.is_ascii_digit()) && spell::is_number_at(text, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::shape::Shape;
    use proptest::prelude::*;

    #[test]
    fn plain_text_has_no_marks() {
        for text in [
            "",
            "The order of 2024-01-02 was late, and more.",
            "René, Straße",
            "ann@example.com",
            "x(y) [z]",
            "12/31/2024 10.0.0.1 1.2.3",
            "50 % off & more = less",
            "4l and O2",
            "12\n34\t56 of 2019\n2020 are",
            "the one by one, a two",
        ] {
            assert!(!maybe(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn marks_are_seen_wherever_they_stand() {
        for mark in [
            "%40",
            "&#64;",
            "=40",
            "\\u0040",
            "\u{200b}",
            "[at]",
            "(dot)",
            " dot ",
            "4 1 1 1 1",
            "5-3-6-2-2",
            "4l11 1111 1",
            "Ym9iQG1haWwu",
            "3533362d32322d38",
            "+AEA-",
            "\u{1}",
            "536/22/8726",
            "219-0\n9-9123",
            "4111 1111\n 1111 1111",
            "4111 1111 \t1111 1111",
            "x@e\nxample.com",
            " one two three four",
        ] {
            for before in [0, 1, 50, 60, 63, 64, 65, 127, 200] {
                let text = format!("{}{mark}{}", ";, ".repeat(before).get(..before).unwrap(), " ,,".repeat(40));
                assert!(maybe(text.as_bytes()), "{mark} behind {before}");
                let at = next(text.as_bytes(), 0);
                assert!(at <= before + mark.len() && at + 2 * STEP > before, "{mark} behind {before}: {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_shape_says_no_less_than_its_texts(text in r"[ -~]{0,12}([0-9lIoO| ./-]{0,24}|[A-Za-z0-9+/]{0,20}|( dot |\[at\]|%40|=3d|&#6|1/2/3456789)?)[ -~]{0,6}") {
            if let Some(shape) = Shape::of(text.as_bytes()).filter(|_| maybe(text.as_bytes())) {
                let said = shape_may(shape.text());
                prop_assert!(said != Reads::Never && (said == Reads::Perhaps || may_be_digits(text.as_bytes())), "{text:?}");
            }
        }
    }
}
