//! Whether a text may have a reading besides itself: cheap, and wrong in one direction only.

use super::fold::is_control;
use super::runs;
use super::spell;
use crate::detect::escaped::escape;

/// Bytes that are looked at together.
const STEP: usize = 64;

/// How far a mark is looked at behind the byte that it begins with.
const REACH: usize = 8;

/// Where the first mark at `from` or behind it may begin: not before the answer. Bytes are compared by arithmetic that
/// compilers turn into vector code.
pub(super) fn next(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let hit = match rest.first_chunk::<{ STEP + REACH }>() {
            Some(chunk) => has_sign(chunk) || has_spacing(chunk) || has_like(chunk) || has_parts(chunk) || has_run(bytes, at),
            None => true,
        };
        if hit {
            return at;
        }
        at += STEP;
    }
    usize::MAX
}

/// A byte that marks begin with.
fn has_sign(chunk: &[u8; STEP + REACH]) -> bool {
    let signs = chunk.iter().take(STEP).fold(false, |any, b| {
        let control = (*b < 0x20) & (*b != b'\n') & (*b != b'\r') & (*b != b'\t');
        let code = (*b == b'%') | (*b == b'&') | (*b == b'=') | (*b == b'\\') | (*b >= 0x7F);
        let open = (*b == b'[') | (*b == b'(') | (*b == b'{');
        any | control | code | open
    });
    let pair = |first: u8, second: u8| {
        let pairs = chunk.iter().zip(chunk.iter().skip(1)).take(STEP);
        pairs.fold(false, |any, (a, b)| any | ((*a == first) & (*b | 0x20 == second)))
    };
    signs || pair(b'+', b'a') || pair(b'<', b'a') || pair(b' ', b'd') && has_dot_word(chunk)
}

fn has_dot_word(chunk: &[u8; STEP + REACH]) -> bool {
    chunk.windows(5).any(|w| w.eq_ignore_ascii_case(b" dot "))
}

/// The same byte three times with one other between: `4 1 1 1`.
fn has_spacing(chunk: &[u8; STEP + REACH]) -> bool {
    let ahead = |count: usize| chunk.iter().skip(count);
    let rows = chunk.iter().zip(ahead(1)).zip(ahead(2)).zip(ahead(4)).zip(ahead(6)).take(STEP);
    rows.fold(false, |any, ((((a, b), c), d), e)| {
        let separator = (*a < b'0') | (*a == b'_') | (*a == b'|') | (*a == b'~');
        any | (separator & (a == c) & (a == d) & (a == e) & (a != b))
    })
}

/// A digit beside a letter that looks like one.
fn has_like(chunk: &[u8; STEP + REACH]) -> bool {
    let pairs = chunk.iter().zip(chunk.iter().skip(1)).take(STEP);
    pairs.fold(false, |any, (a, b)| {
        let digit = |b: u8| b.wrapping_sub(b'0') < 10;
        let like = |b: u8| (b == b'l') | (b == b'I') | (b | 0x20 == b'o') | (b == b'|');
        any | (digit(*a) & like(*b)) | (like(*a) & digit(*b))
    })
}

/// Two digits, or three or four, between the same signs: `536/22/8726`.
fn has_parts(chunk: &[u8; STEP + REACH]) -> bool {
    let ahead = |count: usize| chunk.iter().skip(count);
    let rows = chunk.iter().zip(ahead(1)).zip(ahead(2)).zip(ahead(3)).zip(ahead(4)).zip(ahead(5)).take(STEP);
    rows.fold(false, |any, (((((a, b), c), d), e), f)| {
        let digit = |b: u8| b.wrapping_sub(b'0') < 10;
        let sign = (*a == b'/') | (*a == b'.') | (*a == b'_');
        let three = digit(*d) & ((a == e) | (digit(*e) & (a == f)));
        any | (sign & digit(*b) & digit(*c) & ((a == d) | three))
    })
}

/// A run that may be encoded, over one of the places that every such run covers.
fn has_run(bytes: &[u8], at: usize) -> bool {
    let places = (at..at + STEP + runs::BASE64).step_by(runs::BASE64 / 2);
    let mut seen = 0;
    for place in places {
        if place >= seen && bytes.get(place).is_some_and(|b| runs::is_run(*b)) {
            let before = bytes.get(place.saturating_sub(LONGEST)..place).unwrap_or_default();
            let start = place - before.iter().rev().take_while(|b| runs::is_run(**b)).count();
            let behind = bytes.get(place..bytes.len().min(place + LONGEST)).unwrap_or_default();
            seen = place + behind.iter().take_while(|b| runs::is_run(**b)).count();
            if is_telling(bytes.get(start..seen).unwrap_or_default()) {
                return true;
            }
        }
    }
    false
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
    let mut run = 0_usize;
    for (at, byte) in text.iter().enumerate() {
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
            b if is_control(*b) => true,
            _ => false,
        };
        if here || spaced(text, at) || like(text, at) || matches!(byte, b'/' | b'.' | b'_') && spell::is_parted(text, at) {
            return true;
        }
        if runs::is_run(*byte) {
            run += 1;
        } else {
            if is_telling(text.get(at - run..at).unwrap_or_default()) {
                return true;
            }
            run = 0;
        }
    }
    is_telling(text.get(text.len() - run..).unwrap_or_default())
}

/// Whether some text of that shape (`0` a digit, `a` and `A` letters) may have another reading.
pub(super) fn shape_may(shape: &[u8]) -> Reads {
    let signs = shape.iter().enumerate().any(|(at, byte)| {
        let behind = || shape.get(at + 1..).unwrap_or_default();
        match byte {
            b'%' | b'&' | b'=' => behind().first().is_some_and(|b| b.is_ascii_alphanumeric() || b"#\r\n".contains(b)),
            b'+' => behind().first() == Some(&b'A'),
            b'\\' => true,
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
    text.iter().zip(text.iter().skip(1)).fold(false, |any, pair| any | beside(pair)) && maybe(text)
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
            "4l",
            "Ym9iQG1haWwu",
            "3533362d32322d38",
            "+AEA-",
            "\u{1}",
            "536/22/8726",
        ] {
            for before in [0, 1, 50, 60, 63, 64, 65, 127, 200] {
                let text = format!("{}{mark}{}", "., ".repeat(before).get(..before).unwrap(), " ,,".repeat(40));
                assert!(maybe(text.as_bytes()), "{mark} behind {before}");
                let at = next(text.as_bytes(), 0);
                assert!(at <= before + mark.len() && at + 2 * STEP > before, "{mark} behind {before}: {at}");
            }
        }
    }
}
