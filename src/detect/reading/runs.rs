//! Runs of letters and digits that are text in base64 or hexadecimal digits.

use super::decode::{Decoded, hex};
use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

/// Shortest run that is taken for base64, and for hexadecimal digits.
pub(super) const BASE64: usize = 12;
pub(super) const HEX: usize = 16;

/// Lines of wrapped base64 are at least this long.
const LINE: usize = 60;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A byte of either alphabet.
pub(super) fn is_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The run of such bytes from `at` on; wrapped lines are one.
pub(super) fn of(text: &[u8], at: usize) -> Range<usize> {
    let (mut end, mut line) = (at, at);
    loop {
        end += text.get(end..).unwrap_or_default().iter().take_while(|b| is_run(**b)).count();
        let rest = text.get(end..).unwrap_or_default();
        let feed = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
        if feed == 0 || end - line < LINE || (end - line) % 4 != 0 || !rest.get(feed).is_some_and(|b| is_run(*b)) {
            return at..end;
        }
        (line, end) = (end + feed, end + feed);
    }
}

/// What in a run is text, and what it stands for, in order.
pub(super) fn decode(text: &[u8], run: Range<usize>) -> Vec<(Range<usize>, Vec<u8>)> {
    if run.len() < BASE64 {
        return Vec::new();
    }
    if let Some(found) = one(text, run.clone()) {
        return vec![found];
    }
    // A word or a path may stand before it.
    let body = text.get(run.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut start = run.start;
    for part in body.split(|b| !b.is_ascii_alphanumeric()) {
        found.extend(one(text, start..start + part.len()));
        start += part.len() + 1;
    }
    if found.is_empty() {
        for signs in [b"-_", b"+/"] {
            let mut start = run.start;
            for part in body.split(|b| signs.contains(b) || b.is_ascii_whitespace()) {
                found.extend(one(text, start..start + part.len()));
                start += part.len() + 1;
            }
            if !found.is_empty() {
                break;
            }
        }
    }
    found
}

/// One stretch that is text as a whole, with its padding.
fn one(text: &[u8], span: Range<usize>) -> Option<(Range<usize>, Vec<u8>)> {
    if span.len() < BASE64 {
        return None;
    }
    let body = text.get(span.clone())?;
    let digits = without_prefix(body);
    if digits.len().is_multiple_of(2) && begins_as_hex(body) && digits.iter().all(u8::is_ascii_hexdigit) {
        return Some(pairs(digits).collect()).filter(|b: &Vec<u8>| is_text(b)).map(|b| (span, b));
    }
    let upper = body.iter().any(u8::is_ascii_uppercase);
    if !upper || !body.iter().any(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return None;
    }
    let engine = if body.iter().any(|b| matches!(b, b'-' | b'_')) { &URL } else { &STANDARD };
    let head = engine.decode(body.get(..BASE64)?).ok()?;
    if !begins_text(&head) {
        return None;
    }
    let bytes = if body.iter().any(u8::is_ascii_whitespace) {
        engine.decode(body.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<u8>>()).ok()?
    } else {
        engine.decode(body).ok()?
    };
    let padding = text.get(span.end..).unwrap_or_default().iter().take(2).take_while(|b| **b == b'=').count();
    is_text(&bytes).then_some((span.start..span.end + padding, bytes))
}

fn without_prefix(digits: &[u8]) -> &[u8] {
    digits.strip_prefix(b"0x").or_else(|| digits.strip_prefix(b"0X")).unwrap_or(digits)
}

fn pairs(digits: &[u8]) -> impl Iterator<Item = u8> {
    digits.chunks_exact(2).map_while(|pair| hex(pair, 0, 2)).map(|b| b as u8)
}

/// Whether so many hexadecimal digits as it takes stand for the beginning of a text.
pub(super) fn begins_as_hex(run: &[u8]) -> bool {
    let head: Vec<u8> = match without_prefix(run).get(..HEX) {
        Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => pairs(digits).collect(),
        _ => return false,
    };
    begins_text(&head)
}

/// The beginning of a text, whose last character may be cut.
fn begins_text(head: &[u8]) -> bool {
    let whole = std::str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true);
    whole && head.iter().copied().all(is_written)
}

/// A byte that text may hold.
fn is_written(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E | 0x80..=0xF4)
}

/// Text: UTF-8 without controls, and mostly ASCII that is printed, or letters.
fn is_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let plain = |c: &char| c.is_alphanumeric() || c.is_ascii_graphic() || c.is_whitespace();
    let (all, good) = text.chars().fold((0, 0), |(all, good), c| (all + 1, good + usize::from(plain(&c))));
    bytes.iter().copied().all(is_written) && good * 10 >= all * 9
}

/// A run of UTF-7 at the plus sign at `at`: `+AEA-`.
pub(super) fn utf7(text: &[u8], at: usize) -> Decoded {
    let rest = text.get(at + 1..)?;
    let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'+' || **b == b'/').count();
    if rest.first() != Some(&b'A') || length < 3 || rest.get(length) != Some(&b'-') {
        return None;
    }
    let bytes = STANDARD.decode(rest.get(..length)?).ok()?;
    let units = bytes.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, b| sum << 8 | u16::from(*b)));
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    (!text.is_empty() && text.chars().all(|c| !c.is_control())).then_some((text.into_bytes(), at + length + 2))
}
