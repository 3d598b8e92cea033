//! Text behind backslash escapes: JSON in a string, source code, logs. An address written `ann\u0040example.com` is one, and
//! in `\n4111…` the letter belongs to the line end and not to the number.
//!
//! A text with escapes is decoded, and what comes out once more, as JSON in JSON needs it. Where the text reads as JSON and
//! one decoding is all, the decoded text alone is searched. Elsewhere a backslash may be itself (`DOMAIN\nancy@…`): every
//! reading is searched, and a finding covers the whole of each escape that it touches, so that no half of one is left.

use super::judge::Candidate;
use crate::text::reads_as_json;
use memchr::memchr;
use std::ops::Range;

/// How often a text is decoded at most: JSON in JSON in JSON.
const MOST_LAYERS: usize = 3;

/// The readings of one text that has escapes.
pub(super) struct Layers {
    /// The text decoded once, twice …; at least one.
    decoded: Vec<Vec<u8>>,
    /// Only the decoded text counts.
    exact: bool,
}

impl Layers {
    /// The readings of a text; nothing where it has no escape.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let mut decoded = vec![decode(text)?];
        while decoded.len() < MOST_LAYERS {
            let Some(next) = decoded.last().and_then(|text| decode(text)) else { break };
            decoded.push(next);
        }
        let exact = decoded.len() == 1 && reads_as_json(text);
        Some(Self { decoded, exact })
    }

    /// The numbers of the readings to be searched.
    pub(super) fn searched(&self) -> std::ops::RangeInclusive<usize> {
        usize::from(self.exact)..=self.decoded.len()
    }

    /// A reading; number 0 is `text` itself.
    pub(super) fn reading<'a>(&'a self, text: &'a [u8], layer: usize) -> &'a [u8] {
        layer.checked_sub(1).and_then(|at| self.decoded.get(at)).map_or(text, Vec::as_slice)
    }

    /// Puts candidates that were found in a reading where they stand in `text`, whole escapes of every depth.
    pub(super) fn settle(&self, text: &[u8], layer: usize, candidates: &mut [Candidate]) {
        if candidates.is_empty() {
            return;
        }
        for upper in layer..self.decoded.len() {
            convert(self.reading(text, upper), candidates, |unit| (unit.raw.clone(), unit.plain.clone(), unit.escape));
        }
        for lower in (0..self.decoded.len()).rev() {
            convert(self.reading(text, lower), candidates, |unit| (unit.plain.clone(), unit.raw.clone(), unit.escape));
        }
    }
}

/// The text with its escapes decoded; nothing where it has none.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    memchr(b'\\', text)?;
    Units::new(text).find(|unit| unit.escape)?;
    let mut out = Vec::with_capacity(text.len());
    for unit in Units::new(text) {
        let raw = text.get(unit.raw).unwrap_or_default();
        match escape(raw) {
            Some((letter, _)) => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.extend_from_slice(raw),
        }
    }
    Some(out)
}

/// A run of bytes that stand for themselves, or one escape.
struct Unit {
    /// Where it stands in the text.
    raw: Range<usize>,
    /// Where what it stands for stands in the decoded text.
    plain: Range<usize>,
    escape: bool,
}

/// The units of a text, in order.
struct Units<'a> {
    text: &'a [u8],
    at: usize,
    plain_at: usize,
}

impl<'a> Units<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, plain_at: 0 }
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let found = escape(rest);
        // A backslash that escapes nothing is the first byte of a run.
        let run = || rest.get(1..).and_then(|behind| memchr(b'\\', behind)).map_or(rest.len(), |at| at + 1);
        let (length, width) = found.map_or_else(|| (run(), None), |(letter, length)| (length, Some(letter.len_utf8())));
        let unit = Unit {
            raw: self.at..self.at + length,
            plain: self.plain_at..self.plain_at + width.unwrap_or(length),
            escape: width.is_some(),
        };
        (self.at, self.plain_at) = (unit.raw.end, unit.plain.end);
        Some(unit)
    }
}

/// The character that the escape at the start of `text` stands for, and the escape's length: those of JSON, `\'` and `\x40`.
/// Half a pair of surrogates is U+FFFD.
pub(super) fn escape(text: &[u8]) -> Option<(char, usize)> {
    let [b'\\', kind, behind @ ..] = text else { return None };
    let letter = match kind {
        b'"' | b'\'' | b'\\' | b'/' => char::from(*kind),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'x' => return Some((char::from_u32(digits(behind, 2)?)?, 4)),
        b'u' => {
            let first = digits(behind, 4)?;
            let second = || behind.get(4..)?.strip_prefix(b"\\u").and_then(|low| digits(low, 4));
            if let (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) = (first, second()) {
                return Some((char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00))?, 12));
            }
            return Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
        }
        _ => return None,
    };
    Some((letter, 2))
}

/// The value of the first `count` hexadecimal digits.
fn digits(text: &[u8], count: usize) -> Option<u32> {
    text.get(..count)?.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
}

/// Carries spans over from one side of the units of `text` to the other; `sides` gives where a unit is, where it goes, and
/// whether it cannot be parted.
fn convert(text: &[u8], candidates: &mut [Candidate], sides: impl Fn(&Unit) -> (Range<usize>, Range<usize>, bool)) {
    // Ends come before starts: an end belongs to the unit before it.
    let mut marks: Vec<(u32, bool, usize)> =
        candidates.iter().enumerate().flat_map(|(i, c)| [(c.start, true, i), (c.end, false, i)]).collect();
    marks.sort_unstable();
    let mut marks = marks.into_iter().peekable();
    for unit in Units::new(text) {
        let (from, to, whole) = sides(&unit);
        let here = |&(at, start, _): &(u32, bool, usize)| (at as usize) < from.end || !start && at as usize == from.end;
        while let Some((at, start, i)) = marks.next_if(here) {
            let inside = to.start + (at as usize).saturating_sub(from.start);
            let Some(candidate) = candidates.get_mut(i) else { continue };
            if start {
                candidate.start = if whole { to.start } else { inside } as u32;
            } else {
                candidate.end = if whole { to.end } else { inside } as u32;
            }
        }
        if marks.peek().is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_json_and_a_few_more() {
        for (text, expected, why) in [
            (r"a\u0040b", Some("a@b"), "a code"),
            (r"a\x40b", Some("a@b"), "as source code has it"),
            (r#"\"a\"\\\/\'"#, Some(r#""a"\/'"#), "signs"),
            (r"\ud83d\ude00\ud83d", Some("😀\u{fffd}"), "a pair and half of one"),
            (r"C:\Users\ann", None, "no escapes"),
            (r"\u00g0 \x4 \", None, "escapes that are none"),
            ("plain", None, "no backslash"),
            ("", None, "nothing"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), expected.map(str::as_bytes), "{why}");
        }
    }

    #[test]
    fn spans_cover_whole_escapes_at_every_depth() {
        for (text, layer, plain, expected, why) in [
            (r#"{"a":"x\ny\u0040z"}"#, 1, "y@z", r"y\u0040z", "behind a line end"),
            (r#"{"a":"\u0040z"}"#, 1, "@z", r"\u0040z", "from an escape on"),
            (r"DOMAIN\nancy", 0, "nancy", r"\nancy", "a letter that may be half of an escape takes the other half along"),
            (r"a\\nb", 0, r"\n", r"\\n", "half of the inner one"),
            (r"a\\nb", 1, "nb", r"\\nb", "the same, one deeper"),
            (r"a\\nb", 2, "b", "b", "behind both"),
            (r"x\\\\u0040y", 3, "@", r"\\\\u0040", "three deep"),
        ] {
            let layers = Layers::of(text.as_bytes()).unwrap();
            let reading = String::from_utf8_lossy(layers.reading(text.as_bytes(), layer));
            let start = reading.find(plain).unwrap();
            let mut found = [Candidate {
                cell: 0,
                start: start as u32,
                end: (start + plain.len()) as u32,
                detector: 0,
                confidence: 0,
                checked: false,
                surprise: 0,
            }];
            layers.settle(text.as_bytes(), layer, &mut found);
            assert_eq!(&text[found[0].start as usize..found[0].end as usize], expected, "{why}");
        }
    }
}
