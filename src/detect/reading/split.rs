//! Values with a line end or a tab in their middle, `219-0\n9-9123`, and numbers in words, `two one nine`. That a value was meant
//! is a guess: only what is sure for other reasons is a finding.

use super::map::Reading;
use memchr::memchr2;

/// How far a number or an address is followed from the break in it.
const FAR: usize = 40;

/// Digits of a number that is broken: with separators, and without, where two columns of a table would look the same.
const PARTED: std::ops::RangeInclusive<usize> = 9..=19;
const PLAIN: std::ops::RangeInclusive<usize> = 13..=19;

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\t' | b'\r')
}

/// The text without the line ends and tabs in values; nothing where there is none.
pub(super) fn whole(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::default();
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = memchr2(b'\n', b'\t', text.get(at..).unwrap_or_default()) {
        let place = at + found;
        let start = place - usize::from(place.checked_sub(1).and_then(|i| text.get(i)) == Some(&b'\r'));
        if start >= kept && (breaks_number(text, start) || breaks_address(text, start)) {
            out.keep(text.get(kept..start).unwrap_or_default(), kept);
            kept = place + 1;
        }
        at = place + 1;
    }
    if kept == 0 {
        return None;
    }
    out.keep(text.get(kept..).unwrap_or_default(), kept);
    Some(out)
}

/// Whether the break at `at` is the only one in a number: rows and columns of numbers have more.
pub(super) fn breaks_number(text: &[u8], at: usize) -> bool {
    let goes_on = |b: &&u8| b.is_ascii_digit() || matches!(b, b' ' | b'-');
    let head = text.get(at.saturating_sub(FAR)..at).unwrap_or_default();
    let behind = text.get(at..text.len().min(at + FAR)).unwrap_or_default();
    let behind = behind.get(behind.iter().take(2).take_while(|b| is_break(**b)).count()..).unwrap_or_default();
    let before = head.len() - head.iter().rev().take_while(goes_on).count();
    let after = behind.iter().take_while(goes_on).count();
    let (number, rest) = (head.get(before..).unwrap_or_default(), behind.get(..after).unwrap_or_default());
    // What goes on beyond what is looked at is no number of that length.
    let beside =
        |b: Option<&u8>| b.is_none_or(|b| !(is_break(*b) || b.is_ascii_alphanumeric() || *b >= 0x80 || b",./:".contains(b)));
    let ends = match behind.get(after..) {
        Some([b'.' | b',' | b':', b, ..]) => !b.is_ascii_digit(),
        Some([b'.' | b',' | b':' | b'\n' | b'\r'] | [b'\n' | b'\r', b'\n' | b'\r' | b'A'..=b'Z' | b'a'..=b'z', ..]) => true,
        rest => beside(rest.and_then(<[u8]>::first)) || rest.is_some_and(|r| r.starts_with(b".")),
    };
    // A word before it stands apart by a space, which is part of what goes on.
    let apart = number.first() == Some(&b' ')
        || match head.get(..before).unwrap_or_default() {
            [.., a, b'.' | b',' | b'/' | b':'] => !a.is_ascii_digit(),
            [b'.' | b',' | b'/' | b':'] => true,
            head => beside(head.last()),
        };
    let spoken = rest.last() == Some(&b' ') || ends;
    let (number, rest) = (number.trim_ascii_start(), rest.trim_ascii_end());
    let digits = |part: &[u8]| part.iter().filter(|b| b.is_ascii_digit()).count();
    let parted = [number, rest].iter().any(|part| part.trim_ascii().iter().any(|b| !b.is_ascii_digit()));
    let count = digits(number) + digits(rest);
    // Two dates, or two numbers with a dash more, are whole.
    let whole = [number, rest].iter().all(|part| part.iter().filter(|b| **b == b'-').nth(1).is_some());
    let both = !whole && digits(number) > 0 && digits(rest) > 0 && number.iter().rev().take(2).any(u8::is_ascii_digit);
    both && apart && spoken && if parted { PARTED.contains(&count) } else { PLAIN.contains(&count) }
}

/// Whether a break in a number stands behind the digit at `at`.
pub(super) fn is_broken_at(text: &[u8], at: usize) -> bool {
    let place = match text.get(at + 1..).unwrap_or_default() {
        [a, ..] if is_break(*a) => at + 1,
        [b' ', b, ..] if is_break(*b) => at + 2,
        _ => return false,
    };
    text.get(at).is_some_and(u8::is_ascii_digit) && breaks_number(text, place)
}

/// Whether a break in the domain stands behind the sign at `at`.
pub(super) fn is_parted_at(text: &[u8], at: usize) -> bool {
    let label = text.get(at + 1..).unwrap_or_default().iter().take(FAR);
    let end = at + 1 + label.take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    text.get(end).is_some_and(|b| is_break(*b)) && breaks_address(text, end)
}

/// Whether the break at `at` is in the domain of an e-mail address: before it no point, behind it one.
pub(super) fn breaks_address(text: &[u8], at: usize) -> bool {
    let is_label = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'-';
    let head = text.get(at.saturating_sub(FAR)..at).unwrap_or_default();
    let label = head.iter().rev().take_while(is_label).count();
    let mut name = head.iter().rev().skip(label);
    let address = name.next() == Some(&b'@') && name.next().is_some_and(u8::is_ascii_alphanumeric);
    if !address {
        return false;
    }
    let behind = text.get(at..text.len().min(at + FAR)).unwrap_or_default();
    let behind = behind.get(behind.iter().take(2).take_while(|b| is_break(**b)).count()..).unwrap_or_default();
    let rest = behind.iter().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || **b == b'-').count();
    matches!(behind.get(rest..), Some([b'.', a, b, ..]) if rest > 0 && a.is_ascii_lowercase() && b.is_ascii_lowercase())
}

/// The digits' names.
const NAMES: [&[u8]; 11] = [b"zero", b"one", b"two", b"three", b"four", b"five", b"six", b"seven", b"eight", b"nine", b"oh"];

/// Fewest digits of a number in words, and how many are taken together.
const FEWEST: usize = 7;
const MOST: usize = 64;

/// The digit whose name begins at `at`, and where it ends.
fn name(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = text.get(at..text.len().min(at + 6))?;
    let length = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let word = rest.get(..length)?;
    let digit = NAMES.iter().position(|name| word.eq_ignore_ascii_case(name))?;
    let open = text.get(at + length).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    (!open).then_some((b'0' + (digit % 10) as u8, at + length))
}

/// What stands between the names of two digits: its end, and what it means.
fn between(text: &[u8], at: usize) -> Option<(usize, &'static [u8])> {
    let gap = text.get(at..text.len().min(at + 5))?;
    let length = gap.iter().take_while(|b| matches!(b, b' ' | b'-' | b',')).count();
    let gap = gap.get(..length).filter(|gap| !gap.is_empty() && length < 5)?;
    let sign: &[u8] = match gap {
        [b' ' | b'-'] | b", " => b"",
        _ if gap.contains(&b'-') => b"-",
        _ => b" ",
    };
    Some((at + length, sign))
}

/// The text with digits for their names, in rows of them; nothing where there is none.
pub(super) fn worded(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::default();
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        let letters = text.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_alphanumeric() || **b >= 0x80).count();
        let row = row(text, at);
        let (Some(first), Some(last)) = (row.first().filter(|_| row.len() >= FEWEST), row.last()) else {
            // What follows a row that is too short is no longer one.
            at = row.last().map_or(at, |d| d.2).max(at + letters.max(1));
            continue;
        };
        let (start, end) = (first.1, last.2);
        out.keep(text.get(kept..start).unwrap_or_default(), kept);
        let mut gap = start;
        for (digit, from, to) in &row {
            if let Some((_, sign)) = between(text, gap).filter(|_| *from > gap && !sign_is_empty(text, gap)) {
                out.put(sign, gap..*from);
            }
            out.put(&[*digit], *from..*to);
            gap = *to;
        }
        (at, kept) = (end, end);
    }
    if kept == 0 {
        return None;
    }
    out.keep(text.get(kept..).unwrap_or_default(), kept);
    Some(out)
}

fn sign_is_empty(text: &[u8], at: usize) -> bool {
    between(text, at).is_none_or(|(_, sign)| sign.is_empty())
}

/// The names of digits in a row from `at` on: each digit, where it begins and where it ends.
fn row(text: &[u8], at: usize) -> Vec<(u8, usize, usize)> {
    let mut row = Vec::new();
    let mut next = at;
    while let Some((digit, end)) = name(text, next).filter(|_| row.len() < MOST) {
        row.push((digit, next, end));
        match between(text, end) {
            Some((begin, _)) => next = begin,
            None => break,
        }
    }
    row
}

/// Whether the name of a digit in three letters stands behind the space at `at`, and another behind it.
pub(super) fn is_worded_at(text: &[u8], at: usize) -> bool {
    let [b' ', a, b, c, b' ', ..] = text.get(at..).unwrap_or_default() else { return false };
    // Asked of every word of three letters.
    if !matches!([a | 0x20, b | 0x20, c | 0x20], [b'o', b'n', b'e'] | [b't', b'w', b'o'] | [b's', b'i', b'x']) {
        return false;
    }
    let end = at + 4;
    let follows = between(text, end).is_some_and(|(next, _)| name(text, next).is_some());
    let head = text.get(at.saturating_sub(8)..at).unwrap_or_default();
    let word = head.iter().rev().skip_while(|b| matches!(b, b' ' | b'-' | b',')).take_while(|b| b.is_ascii_alphabetic()).count();
    let skipped = head.iter().rev().take_while(|b| matches!(b, b' ' | b'-' | b',')).count();
    let precedes = head.len().checked_sub(word + skipped).and_then(|from| name(head, from)).is_some();
    follows || precedes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reading: Option<Reading>) -> Option<String> {
        reading.map(|r| String::from_utf8(r.text).unwrap())
    }

    #[test]
    fn breaks_in_values_are_left_out() {
        for (given, want, why) in [
            ("is 219-0\n9-9123 ok", Some("is 219-09-9123 ok"), "a line end"),
            ("is 4111 1111\t 1111 1111.", Some("is 4111 1111 1111 1111."), "a tab and a space"),
            ("41111111\r\n11111111", Some("4111111111111111"), "no separators"),
            ("to ann@e\nxample.com now", Some("to ann@example.com now"), "an address"),
            ("to ann@\nexample.com", Some("to ann@example.com"), "behind the sign"),
            ("12345\t67890", None, "two columns"),
            ("219-0\n9-9\n123-45", None, "more than one break"),
            ("1 2 3\n4 5 6", None, "few digits"),
            ("from ann@example.com\nwww.example.com", None, "a whole address"),
            ("ask @bob\nexample.com", None, "a handle"),
            ("ann@host\nThe end.", None, "a sentence"),
            ("page 12\n2019 was good", None, "text"),
            ("2024-01-02\n2024-01-03", None, "two dates"),
        ] {
            assert_eq!(text(whole(given.as_bytes())).as_deref(), want, "{why}");
        }
    }

    #[test]
    fn names_of_digits_are_digits_in_rows() {
        for (given, want, why) in [
            ("is two one nine - zero nine - nine one two three ok", Some("is 219-09-9123 ok"), "dashes"),
            ("four one one one   one one one one", Some("4111 1111"), "groups"),
            ("Four-Five-Five-Oh-One-Two-Three", Some("4550123"), "other separators, other cases"),
            ("one two three", None, "too few"),
            ("one by one they came, one two three four", None, "words between"),
            ("someone two three four five six seven eighty", None, "parts of words"),
        ] {
            assert_eq!(text(worded(given.as_bytes())).as_deref(), want, "{why}");
        }
        assert!(is_worded_at(b"a one two", 1) && is_worded_at(b"zero one x", 4) && !is_worded_at(b"the one we", 3));
    }
}
