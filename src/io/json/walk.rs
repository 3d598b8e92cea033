//! The one strict RFC 8259 pass; parsing, naming and cutting are visitors of it.
//!
//! It keeps its own stack, so depth costs no native stack. UTF-8 is checked by the caller, for a part at a time.

use super::text::string_end;
use crate::batch::Reason;

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Array,
    Object,
}

/// What a value without inner values is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// A string without a backslash.
    Plain,
    /// A string with escapes.
    Escaped,
    /// A number, `true` or `false`.
    Scalar,
    Null,
}

/// What a walk tells, in the order of the text. All positions are into the walked text.
pub(super) trait Visit {
    /// A container opens at `at`.
    fn open(&mut self, at: usize, kind: Kind);
    /// The innermost container has ended; `end` is behind its bracket.
    fn close(&mut self, end: usize);
    /// An object key, quotes included.
    fn key(&mut self, start: usize, end: usize, escaped: bool);
    /// An array element comes next.
    fn item(&mut self);
    /// A value without inner values.
    fn leaf(&mut self, start: usize, end: usize, leaf: Leaf);
}

/// Hears nothing: for validating.
pub(super) struct Deaf;

impl Visit for Deaf {
    fn open(&mut self, _: usize, _: Kind) {}
    fn close(&mut self, _: usize) {}
    fn key(&mut self, _: usize, _: usize, _: bool) {}
    fn item(&mut self) {}
    fn leaf(&mut self, _: usize, _: usize, _: Leaf) {}
}

/// Where and why a walk stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fail {
    /// The first byte that does not belong; the text's length where it ends too early.
    pub at: usize,
    /// `InvalidJson`, `TooDeep`, or `Truncated` where the text ends too early.
    pub reason: Reason,
}

/// The byte at `at`; NUL, which JSON allows nowhere, behind the end.
#[inline]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The first position at or after `at` that is no white space.
#[inline]
pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while is_space(byte(text, at)) {
        at += 1;
    }
    at
}

/// A walker and its scratch.
#[derive(Default)]
pub(super) struct Walker {
    open: Vec<Kind>,
    /// Containers inside each other that are allowed.
    nesting: usize,
}

impl Walker {
    pub fn new(nesting: usize) -> Self {
        Self { open: Vec::new(), nesting }
    }

    /// Walks the value that begins at `from` (no white space before it) and returns its end.
    #[inline]
    pub fn walk<V: Visit>(&mut self, text: &[u8], from: usize, visit: &mut V) -> Result<usize, Fail> {
        self.open.clear();
        self.run(text, from, visit).map_err(|fail| match fail.reason {
            Reason::InvalidJson if fail.at >= text.len() => Fail { at: text.len(), reason: Reason::Truncated },
            _ => fail,
        })
    }

    fn run<V: Visit>(&mut self, text: &[u8], from: usize, visit: &mut V) -> Result<usize, Fail> {
        let mut at = from;
        loop {
            // A value begins at `at`.
            match byte(text, at) {
                b'"' => {
                    let (end, escaped) = string_end(text, at).map_err(invalid)?;
                    visit.leaf(at, end, if escaped { Leaf::Escaped } else { Leaf::Plain });
                    at = end;
                }
                b'{' => {
                    self.enter(at, Kind::Object)?;
                    visit.open(at, Kind::Object);
                    at = skip_space(text, at + 1);
                    if byte(text, at) != b'}' {
                        at = key(text, at, visit)?;
                        continue;
                    }
                }
                b'[' => {
                    self.enter(at, Kind::Array)?;
                    visit.open(at, Kind::Array);
                    at = skip_space(text, at + 1);
                    if byte(text, at) != b']' {
                        visit.item();
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let end = number_end(text, at).map_err(invalid)?;
                    visit.leaf(at, end, Leaf::Scalar);
                    at = end;
                }
                b't' => at = word(text, at, b"true", Leaf::Scalar, visit)?,
                b'f' => at = word(text, at, b"false", Leaf::Scalar, visit)?,
                b'n' => at = word(text, at, b"null", Leaf::Null, visit)?,
                _ => return Err(invalid(at)),
            }
            // A value has ended, or an empty container is about to.
            loop {
                let Some(&kind) = self.open.last() else { return Ok(at) };
                at = skip_space(text, at);
                match (byte(text, at), kind) {
                    (b',', Kind::Object) => {
                        at = key(text, skip_space(text, at + 1), visit)?;
                        break;
                    }
                    (b',', Kind::Array) => {
                        visit.item();
                        at = skip_space(text, at + 1);
                        break;
                    }
                    (b'}', Kind::Object) | (b']', Kind::Array) => {
                        self.open.pop();
                        at += 1;
                        visit.close(at);
                    }
                    _ => return Err(invalid(at)),
                }
            }
        }
    }

    fn enter(&mut self, at: usize, kind: Kind) -> Result<(), Fail> {
        if self.open.len() >= self.nesting {
            return Err(Fail { at, reason: Reason::TooDeep });
        }
        self.open.push(kind);
        Ok(())
    }
}

fn invalid(at: usize) -> Fail {
    Fail { at, reason: Reason::InvalidJson }
}

/// Reads a key and its colon; returns where the value begins.
#[inline]
fn key<V: Visit>(text: &[u8], at: usize, visit: &mut V) -> Result<usize, Fail> {
    if byte(text, at) != b'"' {
        return Err(invalid(at));
    }
    let (end, escaped) = string_end(text, at).map_err(invalid)?;
    visit.key(at, end, escaped);
    let colon = skip_space(text, end);
    if byte(text, colon) != b':' {
        return Err(invalid(colon));
    }
    Ok(skip_space(text, colon + 1))
}

fn word<V: Visit>(text: &[u8], at: usize, word: &[u8], leaf: Leaf, visit: &mut V) -> Result<usize, Fail> {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with(word) {
        visit.leaf(at, at + word.len(), leaf);
        return Ok(at + word.len());
    }
    Err(invalid(at + rest.iter().zip(word).take_while(|(a, b)| a == b).count()))
}

fn digits(text: &[u8], mut at: usize) -> Result<usize, usize> {
    if !byte(text, at).is_ascii_digit() {
        return Err(at);
    }
    while byte(text, at).is_ascii_digit() {
        at += 1;
    }
    Ok(at)
}

fn number_end(text: &[u8], from: usize) -> Result<usize, usize> {
    let mut at = from + usize::from(byte(text, from) == b'-');
    at = if byte(text, at) == b'0' { at + 1 } else { digits(text, at)? };
    if byte(text, at) == b'.' {
        at = digits(text, at + 1)?;
    }
    if matches!(byte(text, at), b'e' | b'E') {
        at += 1;
        at += usize::from(matches!(byte(text, at), b'+' | b'-'));
        at = digits(text, at)?;
    }
    Ok(at)
}

/// Whether `record` is one JSON value in UTF-8, white space around it allowed, of any depth.
pub fn is_valid(record: &[u8]) -> bool {
    let start = skip_space(record, 0);
    simdutf8::basic::from_utf8(record).is_ok()
        && Walker::new(usize::MAX).walk(record, start, &mut Deaf).is_ok_and(|end| skip_space(record, end) == record.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_strict() {
        for (text, valid, reason) in [
            ("0", true, "a scalar document"),
            (" [ ] ", true, "spaces"),
            ("-0.5e+10", true, "all parts of a number"),
            (r#"{"a":[1,{"b":null}],"a":true}"#, true, "duplicate keys"),
            ("01", false, "leading zero"),
            ("1.", false, "a fraction needs digits"),
            (".5", false, "a number begins with a digit"),
            ("+1", false, "no plus"),
            ("-", false, "a sign alone"),
            ("1e", false, "an exponent needs digits"),
            ("NaN", false, "not a literal"),
            ("True", false, "literals are lower-case"),
            ("nul", false, "cut literal"),
            ("[1,]", false, "trailing comma"),
            ("[,1]", false, "leading comma"),
            (r#"{"a":1,}"#, false, "trailing comma in an object"),
            (r#"{"a" 1}"#, false, "missing colon"),
            ("{a:1}", false, "unquoted key"),
            (r#"{"a"}"#, false, "key without value"),
            ("[1}", false, "brackets do not match"),
            ("[1] x", false, "trailing garbage"),
            ("[\u{c}]", false, "form feed is no white space"),
            ("", false, "nothing"),
            ("[\0]", false, "NUL"),
        ] {
            assert_eq!(is_valid(text.as_bytes()), valid, "{reason}: {text}");
        }
        assert!(!is_valid(b"\"\xff\""), "invalid UTF-8");
    }

    #[test]
    fn depth_is_limited_and_costs_no_native_stack() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert!(is_valid(deep.as_bytes()));
        let walk = |text: &str| Walker::new(3).walk(text.as_bytes(), 0, &mut Deaf).map_err(|f| f.reason);
        assert_eq!(walk("[[[1]]]"), Ok(7), "at the limit");
        assert_eq!(walk("[[[[1]]]]"), Err(Reason::TooDeep), "over it");
    }

    #[test]
    fn an_early_end_is_told_from_a_wrong_byte() {
        for (text, reason) in [
            (r#"{"a":"x"#, Reason::Truncated),
            (r#"{"a":tr"#, Reason::Truncated),
            (r#"{"a":1.x"#, Reason::InvalidJson),
            ("[1,", Reason::Truncated),
            ("[1;", Reason::InvalidJson),
            (r#"["\u00"#, Reason::Truncated),
        ] {
            assert_eq!(Walker::new(9).walk(text.as_bytes(), 0, &mut Deaf).map_err(|f| f.reason), Err(reason), "{text}");
        }
    }
}
