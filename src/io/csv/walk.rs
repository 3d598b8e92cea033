//! A literal as the text it stands for: decoded whole, or walked unit by unit beside its text.

use super::Encoding;
use super::encoding;
use super::grammar::{Grammar, Inside};
use memchr::{memchr, memchr2};

/// Appends the text of a literal whose first byte is a quote (unless `bare`).
pub(super) fn decode(grammar: &Grammar, charset: Encoding, literal: &[u8], bare: bool, out: &mut Vec<u8>) {
    let (Some(quote), false) = (grammar.quote, bare) else {
        encoding::decode(charset, literal, out);
        return;
    };
    let mut rest = literal.get(1..).unwrap_or_default();
    loop {
        let next = if grammar.backslash { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
        let Some((text, tail)) = next.and_then(|at| rest.split_at_checked(at)) else {
            encoding::decode(charset, rest, out);
            return;
        };
        encoding::decode(charset, text, out);
        match *tail {
            [b'\\', escaped, ref behind @ ..] if grammar.backslash && (escaped == quote || escaped == b'\\') => {
                out.push(escaped);
                rest = behind;
            }
            [b'\\', ref behind @ ..] if grammar.backslash => {
                out.push(b'\\');
                rest = behind;
            }
            [first, second, ref behind @ ..] if first == quote && second == quote => {
                out.push(quote);
                rest = behind;
            }
            // The closing quote: what follows is bare.
            [_, ref behind @ ..] => {
                encoding::decode(charset, behind, out);
                return;
            }
            [] => return,
        }
    }
}

/// The smallest piece of a literal that stands for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Bytes of decoded text; none for the quotes around the text.
    pub(super) width: usize,
    /// A backslash inside quotes that escapes nothing.
    pub(super) lone_backslash: bool,
    /// Inside quotes.
    pub(super) quoted: bool,
}

/// The units of a literal, in order.
pub(super) struct Units<'a> {
    grammar: &'a Grammar,
    charset: Encoding,
    literal: &'a [u8],
    at: usize,
    /// The closing quote, where the literal is quoted.
    close: Option<usize>,
}

impl<'a> Units<'a> {
    pub(super) fn new(grammar: &'a Grammar, charset: Encoding, literal: &'a [u8], bare: bool) -> Self {
        let close = if bare { None } else { grammar.close(literal, &mut Inside::new(0), false) };
        Self { grammar, charset, literal, at: 0, close }
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let start = self.at;
        let byte = *self.literal.get(start)?;
        let quoted = self.close.is_some_and(|close| start < close);
        let mut unit = Unit { start, end: start + 1, width: encoding::width(self.charset, byte), lone_backslash: false, quoted };
        if self.close.is_some_and(|close| start == 0 || start == close) {
            unit.width = 0;
        } else if quoted {
            let next = self.literal.get(start + 1).copied();
            if self.grammar.backslash && byte == b'\\' {
                if next == Some(b'\\') || next == self.grammar.quote {
                    unit.end = start + 2;
                } else {
                    unit.lone_backslash = true;
                }
            } else if Some(byte) == self.grammar.quote {
                unit.end = start + 2;
            }
        }
        self.at = unit.end;
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, Escape};
    use super::*;

    #[test]
    fn units_add_up_to_the_text() {
        let double = Dialect::default();
        let slash = Dialect { escape: Escape::Backslash, ..double };
        for (dialect, charset, literal, text, why) in [
            (double, Encoding::Utf8, &b"\"a\"\"b\""[..], "a\"b", "doubled"),
            (double, Encoding::Utf8, b"\"a\"b\"\"c", "ab\"\"c", "quotes behind the closing one are text"),
            (double, Encoding::Utf8, b"\"\"x", "x", "empty quotes, then bare"),
            (slash, Encoding::Utf8, b"\"a\\\"\\\\\\n\"", "a\"\\\\n", "only quote and backslash are escaped"),
            (slash, Encoding::Utf8, b"\"\\\\\"", "\\", "a backslash before the closing quote"),
            (double, Encoding::Windows1252, b"\"\x80\"\"\xFC\"", "€\"ü", "Windows-1252"),
        ] {
            let grammar = Grammar::new(dialect);
            let mut out = Vec::new();
            decode(&grammar, charset, literal, false, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), text, "{why}");
            let units: Vec<Unit> = Units::new(&grammar, charset, literal, false).collect();
            assert_eq!(units.iter().map(|u| u.width).sum::<usize>(), text.len(), "{why}");
            assert_eq!(units.last().map(|u| u.end), Some(literal.len()), "{why}");
        }
    }
}
