//! Decoders: one pass over a text replaces what is encoded by what it stands for.

use super::map::Reading;
use super::runs;
use crate::detect::escaped;
use std::ops::Range;

/// The text with everything decoded that reads as encoded; nothing where there is no such thing.
pub(super) fn decode(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::default();
    let (mut kept, mut at) = (0, 0);
    let mut run_end = 0;
    while let Some(byte) = text.get(at) {
        if at >= run_end && runs::is_run(*byte) {
            let run = runs::of(text, at);
            run_end = run.end;
            let found = runs::decode(text, run.clone());
            for (span, bytes) in &found {
                out.keep(text.get(kept..span.start).unwrap_or_default(), kept);
                out.put(bytes, span.clone());
                kept = span.end;
            }
            if !found.is_empty() {
                at = kept;
                continue;
            }
        }
        let found = match byte {
            b'%' => percent(text, at),
            b'&' => entity(text, at),
            b'=' => quoted(text, at),
            b'+' => runs::utf7(text, at),
            b'\\' => escaped::escape(text.get(at..).unwrap_or_default()).map(|(c, length)| (string(c), at + length)),
            _ => None,
        };
        let Some((bytes, end)) = found else {
            at += 1;
            continue;
        };
        out.keep(text.get(kept..at).unwrap_or_default(), kept);
        out.put(&bytes, at..end);
        (at, kept) = (end, end);
    }
    if kept == 0 {
        return None;
    }
    out.keep(text.get(kept..).unwrap_or_default(), kept);
    Some(out)
}

/// Bytes that a literal stands for, and where it ends.
pub(super) type Decoded = Option<(Vec<u8>, usize)>;

fn string(c: char) -> Vec<u8> {
    c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()
}

/// The value of the hexadecimal digits at `at`.
pub(super) fn hex(text: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = text.get(at..at + count)?;
    digits.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
}

/// One character that begins at `at`, each of its bytes written as `sign` and two digits.
fn character(text: &[u8], at: usize, sign: u8) -> Decoded {
    let byte = |i: usize| (text.get(at + 3 * i) == Some(&sign)).then(|| hex(text, at + 3 * i + 1, 2)).flatten();
    let first = byte(0)? as u8;
    let length = match first {
        b'\t' | b'\n' | b'\r' | 0x20..=0x7E => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let bytes: Vec<u8> = (0..length).map_while(byte).map(|b| b as u8).collect();
    (bytes.len() == length && std::str::from_utf8(&bytes).is_ok()).then_some((bytes, at + 3 * length))
}

/// `%40`, and `%u0040` as old scripts have it.
fn percent(text: &[u8], at: usize) -> Decoded {
    if let Some(b'u' | b'U') = text.get(at + 1) {
        return Some((string(char::from_u32(hex(text, at + 2, 4)?).filter(|c| !c.is_control())?), at + 6));
    }
    character(text, at, b'%')
}

/// `=40` of quoted-printable, and its line ends that are none. A letter or digit would not be written so by itself, but is
/// part of `?a=41`.
fn quoted(text: &[u8], at: usize) -> Decoded {
    let rest = text.get(at + 1..).unwrap_or_default();
    let end = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    if end > 0 {
        let solid = |b: Option<&u8>| b.is_some_and(|b| !b.is_ascii_whitespace());
        let broken = solid(at.checked_sub(1).and_then(|i| text.get(i))) && solid(rest.get(end));
        return broken.then_some((Vec::new(), at + 1 + end));
    }
    let (bytes, end) = character(text, at, b'=')?;
    let escape = |at: usize| text.get(at) == Some(&b'=') && hex(text, at + 1, 2).is_some();
    let in_row = escape(end) || at.checked_sub(3).is_some_and(escape);
    (in_row || !bytes.first()?.is_ascii_alphanumeric()).then_some((bytes, end))
}

/// Names that stand for a character in HTML, those of ASCII and of what is not seen.
const NAMES: &[(&str, char)] = &[
    ("AMP", '&'),
    ("GT", '>'),
    ("LT", '<'),
    ("NewLine", '\n'),
    ("QUOT", '"'),
    ("Tab", '\t'),
    ("amp", '&'),
    ("apos", '\''),
    ("ast", '*'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '-'),
    ("dollar", '$'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("equals", '='),
    ("excl", '!'),
    ("gt", '>'),
    ("hyphen", '-'),
    ("lbrace", '{'),
    ("lbrack", '['),
    ("lcub", '{'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lsqb", '['),
    ("lt", '<'),
    ("mdash", '-'),
    ("minus", '-'),
    ("nbsp", ' '),
    ("ndash", '-'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quot", '"'),
    ("rbrace", '}'),
    ("rbrack", ']'),
    ("rcub", '}'),
    ("rpar", ')'),
    ("rsqb", ']'),
    ("semi", ';'),
    ("shy", '\u{ad}'),
    ("sol", '/'),
    ("thinsp", ' '),
    ("verbar", '|'),
    ("vert", '|'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

/// Longest entity in bytes, `&#x0000040;` and such.
const ENTITY: usize = 12;

/// `&#64;`, `&#x40;`, `&commat;`. Browsers want no semicolon behind a number.
fn entity(text: &[u8], at: usize) -> Decoded {
    let body = text.get(at + 1..text.len().min(at + ENTITY))?;
    if let Some(number) = body.strip_prefix(b"#") {
        let (digits, radix) = match number {
            [b'x' | b'X', digits @ ..] => (digits, 16),
            digits => (digits, 10),
        };
        let count = digits.iter().take_while(|b| char::from(**b).is_digit(radix)).count();
        let code = u32::from_str_radix(std::str::from_utf8(digits.get(..count)?).ok()?, radix).ok()?;
        let c = char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())?;
        let end = at + 1 + (body.len() - digits.len()) + count;
        return Some((string(c), end + usize::from(text.get(end) == Some(&b';'))));
    }
    let close = body.iter().position(|b| *b == b';')?;
    let name: Range<usize> = at + 1..at + 1 + close;
    let name = std::str::from_utf8(text.get(name)?).ok()?;
    let found = NAMES.binary_search_by_key(&name, |entry| entry.0).ok()?;
    Some((string(NAMES.get(found)?.1), at + close + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_read() {
        for (text, want, why) in [
            ("bob%40mail.org", Some("bob@mail.org"), "percent"),
            ("caf%C3%A9 %u0040", Some("café @"), "more than a byte, and old scripts"),
            ("100% of %zz %C3", None, "percent signs"),
            ("&#98;&#x6f;b&commat;m&period;o", Some("bob@m.o"), "entities"),
            ("&#64&#65", Some("@A"), "without semicolons"),
            ("a & b; R&D; &unknown; &#xD800;", None, "none"),
            ("bob=40mail=2Eorg", Some("bob@mail.org"), "quoted-printable"),
            ("=35=33=36=2D", Some("536-"), "all of it"),
            ("a=30&b=41", None, "values in an address"),
            ("bob@ma=\nil.org", Some("bob@mail.org"), "a line end that is none"),
            ("x =\n5", None, "a line end in code"),
            ("bob+AEA-mail.org", Some("bob@mail.org"), "UTF-7"),
            ("to Ym9iQG1haWwub3Jn.", Some("to bob@mail.org."), "base64"),
            ("id=Ym9iQG1haWwub3JnLg==", Some("id=bob@mail.org."), "with its padding"),
            ("x 626f62406d61696c2e6f7267", Some("x bob@mail.org"), "hexadecimal"),
            ("auth-Ym9iQG1haWwub3Jn", Some("auth-bob@mail.org"), "behind a word"),
            ("internationally InternationalBusiness d41d8cd98f00b204e9800998ecf8427e", None, "words and digests"),
        ] {
            let got = decode(text.as_bytes()).map(|r| String::from_utf8(r.text).unwrap());
            assert_eq!(got.as_deref(), want, "{why}");
        }
    }

    #[test]
    fn names_stand_in_order() {
        assert!(NAMES.is_sorted_by_key(|entry| entry.0));
    }
}
