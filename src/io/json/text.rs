//! JSON strings: where they end, what they mean, how text is written into them.

use std::borrow::Cow;

/// A byte that a plain run inside a string cannot contain: `"`, `\` or a control character.
fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Position of the first special byte of a little-endian word, in bytes.
fn special_in_word(word: u64) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // A borrow can mark a byte above a true hit, never one below it, so the lowest mark is exact.
    let below = |x: u64, n: u64| x.wrapping_sub(ONES * n) & !x & HIGHS;
    let hits = below(word, 0x20) | below(word ^ (ONES * 0x22), 1) | below(word ^ (ONES * 0x5C), 1);
    (hits != 0).then(|| hits.trailing_zeros() as usize / 8)
}

/// The first position at or after `from` that holds a special byte, or the end of `text`.
///
/// Short strings are the rule for keys, long ones for contents: two words first, then blocks that compile to vector code.
pub(super) fn plain_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut rest = text.get(from..).unwrap_or_default();
    for _ in 0..2 {
        let Some((word, tail)) = rest.split_first_chunk::<8>() else { break };
        if let Some(hit) = special_in_word(u64::from_le_bytes(*word)) {
            return at + hit;
        }
        (at, rest) = (at + 8, tail);
    }
    while let Some((block, tail)) = rest.split_first_chunk::<32>() {
        if block.iter().fold(false, |any, &b| any | is_special(b)) {
            break;
        }
        (at, rest) = (at + 32, tail);
    }
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        if let Some(hit) = special_in_word(u64::from_le_bytes(*word)) {
            return at + hit;
        }
        (at, rest) = (at + 8, tail);
    }
    at + rest.iter().position(|&b| is_special(b)).unwrap_or(rest.len())
}

/// The end of the string that opens at `open`, closing quote included, and whether it has escapes.
///
/// # Errors
/// The position of the first byte that does not belong; `text.len()` where the text ends inside the string.
#[inline]
pub(super) fn string_end(text: &[u8], open: usize) -> Result<(usize, bool), usize> {
    let mut at = open + 1;
    let mut escaped = false;
    loop {
        at = plain_end(text, at);
        match text.get(at) {
            Some(b'"') => return Ok((at + 1, escaped)),
            Some(b'\\') => {
                escaped = true;
                at = escape_end(text, at)?;
            }
            _ => return Err(at),
        }
    }
}

/// The end of the escape sequence at `at`; a pair of surrogates counts as two.
fn escape_end(text: &[u8], at: usize) -> Result<usize, usize> {
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => {
            let mut end = at + 2;
            while end < at + 6 {
                if !text.get(end).is_some_and(u8::is_ascii_hexdigit) {
                    return Err(end);
                }
                end += 1;
            }
            Ok(end)
        }
        _ => Err(at + 1),
    }
}

fn unit(raw: &[u8]) -> Option<u32> {
    let digits = raw.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |sum, &d| Some(sum * 16 + char::from(d).to_digit(16)?))
}

/// The character that the escape at the start of `raw` stands for, and its length in `raw` (12 for a pair of surrogates).
///
/// A surrogate without its other half is U+FFFD. Nothing where `raw` does not begin with an escape.
pub(super) fn escape(raw: &[u8]) -> Option<(char, usize)> {
    let simple = match raw.get(1)? {
        b'u' => {
            let first = unit(raw)?;
            if let (0xD800..0xDC00, Some(second @ 0xDC00..0xE000)) = (first, raw.get(6..).and_then(unit)) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
            }
            return Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
        }
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        &other => char::from(other),
    };
    Some((simple, 2))
}

/// Appends the text that the inside of a string literal stands for.
pub(super) fn decode_into(inside: &[u8], out: &mut Vec<u8>) {
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((letter, len)) = escape(tail) else {
            out.extend_from_slice(tail);
            return;
        };
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        rest = tail.get(len..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// The inside of a quoted literal; the whole of anything else.
pub(super) fn inside(literal: &[u8]) -> &[u8] {
    literal.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(literal)
}

/// The text of a string literal, quotes included or not. Lone surrogates and invalid UTF-8 become U+FFFD.
pub fn decode_string(literal: &[u8]) -> Cow<'_, str> {
    let inside = inside(literal);
    if memchr::memchr(b'\\', inside).is_none() {
        return String::from_utf8_lossy(inside);
    }
    let mut out = Vec::with_capacity(inside.len());
    decode_into(inside, &mut out);
    Cow::Owned(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

/// Appends `text` as it has to stand inside a string literal.
pub(super) fn escape_into(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    loop {
        let (plain, tail) = rest.split_at(plain_end(rest, 0).min(rest.len()));
        out.extend_from_slice(plain);
        let Some((&byte, tail)) = tail.split_first() else { return };
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn strings_end_where_the_grammar_says() {
        for (text, expected, reason) in [
            (r#""""#, Ok((2, false)), "empty"),
            (r#""a"b"#, Ok((3, false)), "ends at the first quote"),
            (r#""a\"b""#, Ok((6, true)), "an escaped quote does not end it"),
            (r#""\\""#, Ok((4, true)), "an escaped backslash does not escape the quote"),
            ("\"a\u{1}\"", Err(2), "control characters are not allowed"),
            ("\"\u{7f}\"", Ok((3, false)), "DEL is allowed"),
            (r#""\x""#, Err(2), "unknown escape"),
            (r#""\u12g4""#, Err(5), "four hex digits"),
            (r#""\ud800""#, Ok((8, true)), "lone surrogates pass"),
            (r#""abc"#, Err(4), "unclosed"),
            (r#""abc\"#, Err(5), "cut inside an escape"),
        ] {
            assert_eq!(string_end(text.as_bytes(), 0), expected, "{reason}");
        }
    }

    #[test]
    fn escapes_decode() {
        for (literal, expected, reason) in [
            (r#""\u0061\u00e9""#, "aé", "basic plane"),
            (r#""\ud83d\ude00""#, "😀", "a pair is one character"),
            (r#""\ud83dx""#, "\u{fffd}x", "a lone high surrogate"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}", "a pair the wrong way round"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀", "the second high surrogate has its low one"),
            (r#""\b\f\n\r\t\/\"\\""#, "\u{8}\u{c}\n\r\t/\"\\", "short forms"),
        ] {
            assert_eq!(decode_string(literal.as_bytes()), expected, "{reason}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_scan_finds_what_a_slow_one_finds(mut text: Vec<u8>, from in 0usize..40, dense: bool) {
            if !dense {
                for (i, b) in text.iter_mut().enumerate() {
                    if i % 37 != 0 && is_special(*b) { *b = b'x'; }
                }
            }
            let from = from.min(text.len());
            let slow = (from..text.len()).find(|&i| is_special(text[i])).unwrap_or(text.len());
            prop_assert_eq!(plain_end(&text, from), slow);
        }

        #[test]
        fn escaping_then_decoding_gives_the_text(text: String) {
            let mut literal = Vec::new();
            escape_into(text.as_bytes(), &mut literal);
            prop_assert_eq!(decode_string(&literal), text.as_str());
            let quoted = format!("\"{}\"", String::from_utf8(literal).unwrap());
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        }
    }
}
