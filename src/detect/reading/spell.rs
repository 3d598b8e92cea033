//! Values with something put between their characters, `5-3-6-2-2-…`, or letters in the place of digits, `4Ill`. That a value
//! was meant is a guess: only what is sure for other reasons is a finding.

use super::map::Reading;

/// Fewest characters that stand apart.
const FEWEST: usize = 7;

/// What is put between characters.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'_' | b'*' | b'|' | b'/' | b'~' | b'.')
}

/// The text without what stands between single characters; nothing where there is none.
pub(super) fn joined(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::default();
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        let Some((items, sure)) = stretch(text, at) else {
            at += 1;
            continue;
        };
        let end = items.last().map_or(at, |i| i + 1);
        if !sure {
            // No later start in it would say more, and trying each would cost the square of its length.
            at = end.max(at + 1);
            continue;
        }
        out.keep(text.get(kept..at).unwrap_or_default(), kept);
        for item in items {
            out.keep(text.get(item..=item).unwrap_or_default(), item);
        }
        (at, kept) = (end, end);
    }
    if kept == 0 {
        return None;
    }
    out.keep(text.get(kept..).unwrap_or_default(), kept);
    Some(out)
}

/// The places of the characters of a stretch that begins at `at`, and whether they may be a value.
fn stretch(text: &[u8], at: usize) -> Option<(Vec<usize>, bool)> {
    let get = |i: usize| text.get(i).copied();
    let word = |i: Option<usize>| i.and_then(get).is_some_and(|b| b.is_ascii_alphanumeric());
    let separator = get(at + 1).filter(|b| is_separator(*b))?;
    if !word(Some(at)) || word(at.checked_sub(1)) || get(at + 3) != Some(separator) || get(at + 5) != Some(separator) {
        return None;
    }
    let mut items = Vec::new();
    let mut next = at;
    while let Some(byte) = get(next).filter(|b| b.is_ascii_graphic() || *b == b' ') {
        if get(next + 1) == Some(separator) {
            items.push(next);
            next += 2;
        } else if byte == separator {
            // Two in a row part groups.
            items.push(next);
            next += 1;
        } else {
            if !word(Some(next + 1)) && byte.is_ascii_alphanumeric() {
                items.push(next);
            }
            break;
        }
    }
    while items.last().is_some_and(|i| !word(Some(*i))) {
        items.pop();
    }
    let count = items.iter().filter(|i| word(Some(**i))).count();
    let address = || items.iter().any(|i| get(*i) == Some(b'@'));
    let sure = count >= FEWEST && (separator != b'.' || address());
    Some((items, sure))
}

/// Fewest digits of a number with letters among them.
const DIGITS: usize = 9;

/// The digit that a letter is taken for.
fn like(byte: u8) -> Option<u8> {
    match byte {
        b'l' | b'I' | b'|' => Some(b'1'),
        b'o' | b'O' => Some(b'0'),
        _ => None,
    }
}

/// The text with digits for the letters that look like them, in numbers that have some; nothing where there is none.
pub(super) fn digits(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::default();
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        let behind_word = at.checked_sub(1).and_then(|i| text.get(i)).is_some_and(u8::is_ascii_alphanumeric);
        let (number, end) = if behind_word { (false, at + 1) } else { number(text, at) };
        if number {
            out.keep(text.get(kept..at).unwrap_or_default(), kept);
            for (i, byte) in text.iter().enumerate().take(end).skip(at) {
                match like(*byte) {
                    Some(digit) => out.put(&[digit], i..i + 1),
                    None => out.keep(&[*byte], i),
                }
            }
            kept = end;
        }
        at = end.max(at + 1);
    }
    if kept == 0 {
        return None;
    }
    out.keep(text.get(kept..).unwrap_or_default(), kept);
    Some(out)
}

/// Whether a number with letters among its digits may stand around `at`: enough of both.
pub(super) fn is_number_at(text: &[u8], at: usize) -> bool {
    has_digits_around(text, at, |b| b.is_ascii_digit() || like(b).is_some())
}

/// Whether such a number may stand around `at`, a digit beside a letter, in some text of that shape.
pub(super) fn may_be_like(shape: &[u8], at: usize) -> bool {
    let [a, b, ..] = shape.get(at..).unwrap_or_default() else { return false };
    let letter = |b: &u8| b.is_ascii_alphabetic() || *b == b'|';
    let beside = a.is_ascii_digit() && letter(b) || letter(a) && b.is_ascii_digit();
    beside && has_digits_around(shape, at, |b| b.is_ascii_alphanumeric() || b == b'|')
}

/// Whether enough bytes that are taken for digits stand around `at`, with nothing but separators between them.
fn has_digits_around(text: &[u8], at: usize, is_digit: impl Fn(u8) -> bool) -> bool {
    let goes_on = |b: &u8| is_digit(*b) || matches!(b, b' ' | b'-' | b'.' | b'/');
    let (before, behind) = text.split_at_checked(at).unwrap_or_default();
    let around = before.iter().rev().take(AROUND).take_while(|b| goes_on(b));
    let around = around.chain(behind.iter().take(AROUND).take_while(|b| goes_on(b)));
    around.filter(|b| is_digit(**b)).count() >= DIGITS
}

/// How far a number with letters among its digits is followed: beyond, any may be one.
const AROUND: usize = 2 * DIGITS;

/// Whether a number with letters among its digits begins at `at`, and where what was looked at ends.
fn number(text: &[u8], at: usize) -> (bool, usize) {
    let (mut end, mut count, mut letters) = (at, 0, 0);
    loop {
        let group = text.get(end..).unwrap_or_default();
        let length = group.iter().take_while(|b| b.is_ascii_digit() || like(**b).is_some()).count();
        let group = group.get(..length).unwrap_or_default();
        let glued = text.get(end + length).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
        // The first group has a digit: `I` and `lo` are words.
        if length == 0 || glued || count == 0 && !group.iter().any(u8::is_ascii_digit) {
            break;
        }
        count += length;
        letters += group.iter().filter(|b| !b.is_ascii_digit()).count();
        end += length;
        if !text.get(end).is_some_and(|b| matches!(b, b' ' | b'-' | b'.' | b'/')) {
            return (count >= DIGITS && letters > 0, end);
        }
        end += 1;
    }
    let behind = if count > 0 { end - 1 } else { end };
    (count >= DIGITS && letters > 0, behind)
}

/// Most digits of a number in groups.
const MOST: usize = 19;

/// The text with dashes for what stands between the groups of a number where nobody puts it; nothing where there is none.
pub(super) fn parted(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::default();
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        let Some(end) = groups(text, at) else {
            let digits = text.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
            at += digits.max(1);
            continue;
        };
        out.keep(text.get(kept..at).unwrap_or_default(), kept);
        for (i, byte) in text.iter().enumerate().take(end).skip(at) {
            if is_part(*byte) {
                out.put(b"-", i..i + 1);
            } else {
                out.keep(&[*byte], i);
            }
        }
        (at, kept) = (end, end);
    }
    if kept == 0 {
        return None;
    }
    out.keep(text.get(kept..).unwrap_or_default(), kept);
    Some(out)
}

fn is_part(byte: u8) -> bool {
    matches!(byte, b'/' | b'.' | b'_')
}

/// Whether a number in groups may hold the sign at `at`, as its first.
pub(super) fn is_parted(text: &[u8], at: usize) -> bool {
    let digits = text.get(at.saturating_sub(MOST)..at).unwrap_or_default();
    groups(text, at - digits.iter().rev().take_while(|b| b.is_ascii_digit()).count()).is_some()
}

/// The end of a number in three groups or more, parted by the same sign, that begins at `at`, behind no word and no such sign.
/// Four short ones with dots are an address.
fn groups(text: &[u8], at: usize) -> Option<usize> {
    if at.checked_sub(1).and_then(|i| text.get(i)).is_some_and(|b| b.is_ascii_alphanumeric() || is_part(*b)) {
        return None;
    }
    let (mut end, mut count, mut groups, mut longest) = (at, 0, 0, 0);
    let mut sign = None;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let length = rest.iter().take(MOST + 1).take_while(|b| b.is_ascii_digit()).count();
        (count, groups, longest) = (count + length, groups + 1, length.max(longest));
        end += length;
        if length == 0 || count > MOST {
            return None;
        }
        let next = text.get(end).copied().filter(|b| is_part(*b));
        let goes_on = text.get(end + 1).is_some_and(u8::is_ascii_digit);
        match next {
            Some(next) if goes_on && sign.is_none_or(|sign| sign == next) => sign = Some(next),
            _ => break,
        }
        end += 1;
    }
    let glued = text.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    let address = sign == Some(b'.') && groups == 4 && longest <= 3;
    (groups >= 3 && count >= DIGITS && !glued && !address).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reading: Option<Reading>) -> Option<String> {
        reading.map(|r| String::from_utf8(r.text).unwrap())
    }

    #[test]
    fn what_stands_between_single_characters_is_left_out() {
        for (given, want, why) in [
            ("is 5 3 6 - 2 2 - 8 7 2 6 ok", Some("is 536-22-8726 ok"), "spaces"),
            ("4 1 1 1   1 1 1 1", Some("4111 1111"), "spaces between spaces"),
            ("4 1 1 1  1 1 1 1", Some("4111 1111"), "groups"),
            ("b-o-b-@-m-a-i-l-.-o-r-g", Some("bob@mail.org"), "dashes"),
            ("b.o.b.@.m.a.i.l...o.r.g", Some("bob@mail.org"), "dots around an address"),
            ("1.3.6.1.4.1.3.1.1", None, "dots between numbers are names of objects"),
            ("I am a b c man", None, "words"),
            ("- - - - - - - -", None, "lines"),
            ("1 0 1", None, "too few"),
        ] {
            assert_eq!(text(joined(given.as_bytes())).as_deref(), want, "{why}");
        }
    }

    #[test]
    fn letters_are_digits_among_digits() {
        for (given, want, why) in [
            ("am I 4lll llll OOOO l234 here", Some("am I 4111 1111 0000 1234 here"), "a card"),
            ("5Ol-22-98O7", Some("501-22-9807"), "two kinds"),
            ("Ill Oil lo", None, "words"),
            ("4111 1111", None, "digits"),
            ("1O", None, "too short"),
        ] {
            assert_eq!(text(digits(given.as_bytes())).as_deref(), want, "{why}");
        }
    }

    #[test]
    fn signs_between_groups_are_dashes() {
        for (given, want, why) in [
            ("is 536/22/8726.", Some("is 536-22-8726."), "slashes"),
            ("4111.1111.1111.1111", Some("4111-1111-1111-1111"), "dots"),
            ("12/31/2024", None, "a date"),
            ("192.168.100.200", None, "an address"),
            ("3.14159265358979", None, "one sign"),
            ("1.2.840.113549.1.1.11.12345678901", None, "too many digits"),
            ("a536/22/8726", None, "behind a word"),
        ] {
            assert_eq!(text(parted(given.as_bytes())).as_deref(), want, "{why}");
            let signs = given.bytes().enumerate().filter(|(_, b)| is_part(*b)).map(|(at, _)| at);
            assert_eq!(signs.filter(|at| is_parted(given.as_bytes(), *at)).count() > 0, want.is_some(), "the mark: {why}");
        }
    }
}
